from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.checked import are_checked
from reviewer.analysis.finding import Severity
from reviewer.analysis.literals import literal_of
from reviewer.analysis.origin import below, names_read
from reviewer.analysis.outside import argument, entry_into, is_checked, makers, shown
from reviewer.analysis.place import Place, keyword, positional, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import HOLE, called_name, template_of

_CALLS = frozenset(
    {f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen")}
    | {"asyncio.create_subprocess_exec", "asyncio.subprocess.create_subprocess_exec", "anyio.run_process"}
)
# Programs that run others, or write files, when an option says so.
_OBEDIENT = frozenset(
    {
        "git",
        "hg",
        "svn",
        "ssh",
        "scp",
        "sftp",
        "rsync",
        "curl",
        "wget",
        "tar",
        "zip",
        "unzip",
        "7z",
        "find",
        "grep",
        "rg",
    }
    | {"sed", "awk", "sort", "xargs", "convert", "magick", "mogrify", "ffmpeg", "ffprobe", "mail", "sendmail", "psql"}
    | {"mysql", "mysqldump", "pg_dump", "docker", "kubectl", "pip", "npm", "pandoc", "wkhtmltopdf", "yt-dlp", "openssl"}
    | {"youtube-dl", "nmap", "tee", "man", "less", "pdflatex", "latex", "gs", "exiftool", "soffice", "qpdf", "chromium"}
    | {
        "chrome",
        "inkscape",
        "dot",
        "make",
        "terraform",
        "ansible",
        "ansible-playbook",
        "helm",
        "tcpdump",
        "borg",
        "restic",
    }
)
# Where even the name of a parameter says that it comes from a person, and an option is known to run a program.
_FETCHING = {
    "git": frozenset({"clone", "fetch", "pull", "ls-remote", "submodule", "remote"}),
    "hg": frozenset({"clone", "pull"}), "svn": frozenset({"checkout", "co", "export"}),
}  # fmt: skip
_ASKED_FOR = regex(
    r"(?:\w+_)?(?:url|uri|repo|repository|remote|branch|ref|rev|revision|tag|origin|host|hostname)(?:_\w+)?"
)


class OptionInjection(PythonRule):
    """A value that a program gets as a word of its command may begin with a dash, and then is an option.

    Why look: `--upload-pack=...` for git and `-oProxyCommand=...` for ssh start whatever they are told to.
    Ask: what keeps the value from beginning with a dash, and could `--` stand before it?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 88
    visits = (cst.Call,)
    words = (
        "subprocess",
        "Popen",
        "check_output",
        "check_call",
        "create_subprocess_exec",
        "run_process",
        "run(",
        "call(",
    )

    INVALID = (
        Example(
            "import subprocess\nfrom flask import request\n\n\ndef look():\n"
            "    return subprocess.check_output(['grep', request.args['tea'], 'teas.txt'])\n"
        ),
        Example(
            "import subprocess\n\n\ndef load(repo_url, folder):\n"
            "    subprocess.run(['git', 'clone', repo_url, str(folder)], check=True)\n"
        ),
        Example(
            "import asyncio\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/at/{host}')\n"
            "async def at(host: str):\n    return await asyncio.create_subprocess_exec('ssh', host, 'uptime')\n"
        ),
        Example(
            "import subprocess\nfrom flask import request\n\n\ndef pack():\n"
            "    words = ['tar', 'cf', 'a.tar', request.form['name']]\n    subprocess.run(words)\n"
        ),
    )
    VALID = (
        Example(
            "import subprocess\nfrom flask import request\n\n\ndef look():\n"
            "    return subprocess.check_output(['grep', '--', request.args['tea'], 'teas.txt'])\n"
        ),
        Example(
            "import subprocess\n\n\ndef load(repo_url):\n    if repo_url.startswith('-'):\n        raise ValueError\n"
            "    subprocess.run(['git', 'clone', repo_url])\n"
        ),
        Example("import subprocess\n\n\ndef log(name):\n    return subprocess.check_output(['git', 'log', name])\n"),
        Example(
            "import subprocess\nfrom flask import request\n\n\ndef look():\n    tea = request.args['tea']\n"
            "    return subprocess.check_output(['grep', '-e', tea, f'teas/{tea}.txt', f'--max={tea}'])\n"
        ),
        Example(
            "import subprocess\nfrom flask import request\n\n\ndef look():\n"
            "    return subprocess.check_output(['head', '-n', '3', str(int(request.args['count']))])\n"
        ),
        Example(
            "import subprocess\n\n\ndef test_load(repo_url):\n    subprocess.run(['git', 'clone', repo_url])\n",
            path="tests/test_load.py",
        ),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or at.file.is_test or not at.is_imported(node.func):
            return
        if (at.name(node.func) or "") not in _CALLS or _is_shell(node):
            return
        words = _words(node, at)
        program = str(literal_of(words[0], at) or "").rpartition("/")[2] if words else ""
        for place, word in enumerate(words[1:], 1):
            if string_value(word) == "--":
                return
            if _is_no_option(word, words[place - 1], at):
                continue
            severity = _weight(word, program, words, node, at)
            if severity is not None:
                where = word if any(part is word for part in below(node)) else node
                yield Sighting(where, f"`{shown(word, at)}` may be taken for an option of `{program}`", severity)
                return


def _is_shell(call: cst.Call) -> bool:
    shell = keyword(call, "shell")
    return isinstance(shell, cst.Name) and shell.value == "True"


def _words(call: cst.Call, at: Place) -> Sequence[cst.BaseExpression]:
    if called_name(call) == "create_subprocess_exec":
        return positional(call)
    first = argument(call, 0, "args", "command")
    listed = next(iter(makers(first, at)), first) if first is not None else None
    if not isinstance(listed, (cst.List, cst.Tuple)):
        return ()
    return [element.value for element in listed.elements if not isinstance(element, cst.StarredElement)]


def _is_no_option(word: cst.BaseExpression, before: cst.BaseExpression, at: Place) -> bool:
    """True for what begins with a text of the code, for numbers, and for the value of the option before."""
    made = next(iter(makers(word, at)), word)
    template = template_of(made)
    if template is not None and not template.text.startswith(HOLE):
        return True
    if isinstance(made, cst.BinaryOperation) and isinstance(made.operator, cst.Divide):
        return True
    option = string_value(before) or ""
    return isinstance(made, (cst.SimpleString, cst.Integer)) or (option.startswith("-") and "=" not in option)


def _weight(
    word: cst.BaseExpression, program: str, words: Sequence[cst.BaseExpression], call: cst.Call, at: Place
) -> Severity | None:
    entry = entry_into(word, at, _is_number)
    if entry is not None and entry.is_remote:
        if is_checked(entry, call, at):
            return None
        return Severity.MEDIUM if program in _OBEDIENT else Severity.LOW
    names = frozenset(names_read(word))
    asked = (
        isinstance(word, cst.Name) and _ASKED_FOR.fullmatch(word.value) is not None and _is_parameter(word.value, at)
    )
    fetches = any(string_value(each) in _FETCHING.get(program, ()) for each in words[1:3])
    return Severity.LOW if asked and fetches and not are_checked(names, call, at) else None


def _is_number(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Call) and called_name(node) in (
        "int",
        "float",
        "resolve",
        "abspath",
        "realpath",
        "uuid4",
    )


def _is_parameter(name: str, at: Place) -> bool:
    params = at.function.params if at.function is not None else None
    return params is not None and any(isinstance(one, cst.Param) and one.name.value == name for one in below(params))
