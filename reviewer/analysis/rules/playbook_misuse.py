import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.secrets import names_secret
from reviewer.analysis.tokens import Token
from reviewer.analysis.yaml_lines import Entry, entries_of

_PLACE = regex(r"(?:^|/)(?:tasks|handlers|playbooks?|roles)/|(?:^|/)(?:site|playbook[\w-]*|main)\.ya?ml$")
_LISTS = frozenset({"tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always"})
_LOOPS = frozenset({"loop", "with_items", "with_list"})
_MODULE = regex(r"(?:ansible\.(?:builtin|windows|legacy)\.)?(?P<name>(?:win_)?shell|(?:win_)?command|raw|script|debug)")
_PACKAGES = regex(
    r"(?:[\w.]+\.)?(?:apt|yum|dnf|package|apk|pip|npm|gem|zypper|pacman|homebrew|snap|community\.general\.\w+|win_chocolatey)"
)
_HOLE = regex(r"\{\{-?\s*(?P<what>[^{}]{1,200}?)\s*-?\}\}")
# Quoted for the shell, a number, one of two texts, or a thing of Ansible's own.
_HARMLESS = regex(
    r"\|\s*(?:quote|int|float|bool|b64encode|ternary|hash|length|count|dirname|to_json)\b|^(?:ansible_\w+|inventory_hostname\w*|"
    r"playbook_dir|role_path|\w*(?:dir|path|file|port|version|folder|home|root|prefix|timeout|bin|arch|release|conf\w*|uid|gid|"
    r"interface|number|count|size|interval|engine|network|device|package|src|dest|executable|cmd|command|script|args|options|flags))\b"
    r"(?!\.)|^lookup\(|^['\"]",
)
_OUTSIDE = regex(r"item\b|hostvars\b|\w*(?:user|customer|input|title|comment|branch|message|query|email|domain|login)")
# Molecule plays its scenarios there.
_TRIAL = regex(r"(?:^|/)(?:molecule|tests?)/")
_YES = regex(r"(?:true|yes|on|1)", re.IGNORECASE)
_NAME = regex(r"[A-Za-z_]\w*")
_NO_SECRET = regex(r"file|path|dir|_name|_url|enabled|policy|length|is_|has_|_id\b|expir", re.IGNORECASE)


@dataclass(slots=True)
class _Task:
    """The entries of one task by their key; `module` is the entry of what it calls."""

    entries: dict[str, Entry] = field(default_factory=dict)
    all: list[Entry] = field(default_factory=list)

    def value(self, key: str) -> str:
        return self.entries[key].value if key in self.entries else ""

    @property
    def is_listed(self) -> bool:
        """True if what it is repeated for is written in full beside it."""
        loops = [entry for entry in self.all if entry.keys[-1] in _LOOPS or _LOOPS & set(entry.keys)]
        return bool(loops) and not any("{{" in entry.value for entry in loops)


class PlaybookMisuse(TokenRule):
    """A task of a playbook hides that it failed, shows a secret, or makes a variable part of a shell's line.

    Why look: the play goes on as if all were well, on every machine at once.
    Ask: what happens on the one machine where this fails, or where the variable holds something else?
    """

    informs = "maintain"
    severity = Severity.LOW
    cwe = 78
    words = ("shell", "raw", "command", "ignore_errors", "failed_when", "no_log", "debug", "latest")
    languages = frozenset({"yaml"})

    INVALID = (
        Example(
            '- name: Add users\n  shell: useradd {{ item.login }}\n  loop: "{{ users }}"\n',
            path="roles/a/tasks/main.yml",
        ),
        Example(
            "- hosts: web\n  tasks:\n    - ansible.builtin.shell: |\n        cd /srv\n        tea {{ customer }}\n",
            path="deploy.yml",
        ),
        Example("- hosts: web\n  tasks:\n    - command: make\n      ignore_errors: yes\n", path="deploy.yml"),
        Example(
            "- name: Log in\n  ansible.builtin.command: tea login --password {{ tea_password }}\n",
            path="roles/a/tasks/b.yml",
        ),
        Example('- debug:\n    msg: "the key is {{ api_key }}"\n', path="roles/a/tasks/b.yml"),
        Example("- debug:\n    var: db_password\n", path="roles/a/tasks/b.yml"),
        Example("- apt:\n    name: tea\n    state: latest\n", path="roles/a/tasks/b.yml"),
    )
    VALID = (
        Example("- shell: useradd {{ login | quote }}\n- raw: tea --port {{ port }}\n", path="roles/a/tasks/main.yml"),
        Example('- command: useradd {{ login }}\n- user:\n    name: "{{ login }}"\n', path="roles/a/tasks/main.yml"),
        Example(
            "- command: make\n  register: made\n  ignore_errors: true\n- fail:\n  when: made.rc != 0\n",
            path="roles/a/tasks/b.yml",
        ),
        Example("- command: make\n  ignore_errors: true  # may be gone already\n", path="roles/a/tasks/b.yml"),
        Example('- command: make\n  ignore_errors: "{{ ansible_check_mode }}"\n', path="roles/a/tasks/b.yml"),
        Example("- command: tea login --password {{ tea_password }}\n  no_log: true\n", path="roles/a/tasks/b.yml"),
        Example('- debug:\n    msg: "{{ password_file }} of {{ user }}"\n', path="roles/a/tasks/b.yml"),
        Example(
            "jobs:\n  a:\n    steps:\n      - run: tea ${{ matrix.a }}\n        shell: bash\n",
            path=".github/workflows/x.yml",
        ),
        Example("- apt:\n    name: tea\n    state: present\n", path="roles/a/tasks/b.yml"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - entries
        entries = entries_of(file)
        is_place = _PLACE.search(file.name) is not None
        if (
            file.is_test
            or _TRIAL.search(file.name)
            or not (is_place or any(entry.keys[1:2] == ("hosts",) for entry in entries))
        ):
            return
        text = "\n".join(file.lines)
        for task in _tasks(entries, is_place=is_place).values():
            for entry in task.all:
                yield from _fault(entry, task, text, file.lines[entry.line - 1])


def _tasks(entries: Sequence[Entry], *, is_place: bool) -> Mapping[tuple[str, ...], _Task]:
    tasks: dict[tuple[str, ...], _Task] = {}
    for entry in entries:
        owner = _owner(entry.keys, is_place=is_place)
        if owner is not None:
            task = tasks.setdefault(owner, _Task())
            task.all.append(entry)
            task.entries.setdefault(entry.keys[len(owner)], entry)
    return tasks


def _owner(keys: tuple[str, ...], *, is_place: bool) -> tuple[str, ...] | None:
    """Return the keys of the innermost task that an entry belongs to."""
    for index in range(len(keys) - 2, -1, -1):
        is_listed = index > 0 and keys[index - 1] in _LISTS
        if keys[index].isdigit() and (is_listed or (is_place and index == 0)):
            return keys[: index + 1]
    return None


def _fault(entry: Entry, task: _Task, text: str, line: str) -> Iterator[LineSighting]:
    name = next((key for key in task.entries if _MODULE.fullmatch(key)), "")
    module = name.rpartition(".")[2].removeprefix("win_")
    key = entry.keys[-1]
    if key in ("ignore_errors", "failed_when"):
        if "#" not in line:  # what is explained is meant
            yield from _ignored(entry, task, text)
    elif key == "state" and entry.value == "latest" and any(_PACKAGES.fullmatch(one) for one in task.entries):
        yield LineSighting(entry.line, "`state: latest` changes the package whenever a new one is out", Severity.INFO)
    elif name and name in entry.keys and key in (name, "cmd", "_raw_params", "msg", "var"):
        yield from _written(entry, task, module)


def _ignored(entry: Entry, task: _Task, text: str) -> Iterator[LineSighting]:
    is_off = entry.value.lower() == "false" if entry.keys[-1] == "failed_when" else _YES.fullmatch(entry.value)
    if not is_off:
        return
    result = task.value("register")
    is_asked = bool(result) and len(re.findall(rf"\b{re.escape(result)}\b", text)) > 1
    if not is_asked:
        yield LineSighting(
            entry.line, f"`{entry.keys[-1]}: {entry.value}` goes on after every failure, whichever it is"
        )


def _written(entry: Entry, task: _Task, module: str) -> Iterator[LineSighting]:
    is_hidden = _YES.fullmatch(task.value("no_log")) is not None or "{{" in task.value("no_log")
    for line, text in entry.lines:
        holes = [hole["what"] for hole in _HOLE.finditer(text)]
        holes += [text.strip("\"' ")] if entry.keys[-1] == "var" else []
        secret = next((name for what in holes for name in _NAME.findall(what) if _is_secret(name)), None)
        if secret is not None and not is_hidden:
            severity = Severity.MEDIUM if module == "debug" else Severity.LOW
            yield LineSighting(
                line, f"`{secret}` is shown to whoever runs the play and kept in its log: no `no_log`", severity
            )
            return
        is_listed = task.is_listed
        loose = next(
            (what for what in holes if not (_HARMLESS.search(what) or (is_listed and what[:4] == "item"))), None
        )
        if module in ("shell", "raw") and loose is not None:
            said = f"`{{{{ {loose[:40]} }}}}` is part of what the shell runs, unquoted: no `| quote`"
            # Who writes the role names its variables, but not what a list of users holds.
            yield LineSighting(line, said, Severity.LOW if _OUTSIDE.match(loose) else Severity.INFO)
            return


def _is_secret(name: str) -> bool:
    return names_secret(name) and not _NO_SECRET.search(name)
