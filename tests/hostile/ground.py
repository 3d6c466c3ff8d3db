"""A repository in which somebody hostile wrote all that can be written, and the same one in plain words.

Every text begins with the name of its field and a mark, so that a test can tell where it was shown.
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from reviewer.analysis.finding import Finding, FindingId, RuleSlug, Severity
from reviewer.checklist import QuestionId
from reviewer.diff.identity import ScopeId, scope_of
from reviewer.points import Point
from reviewer.repository import choose_target, discover, read_diff
from reviewer.repository.exchange import put_records
from reviewer.review.events import (
    Dispose,
    Event,
    GiveAnswer,
    Open,
    Raise,
    Range,
    RunTests,
    Sign,
    Signature,
    TakeNote,
    Waive,
)
from reviewer.review.model import Disposition, EventId, Reply, Reviewed, Reviewer, ReviewId, Side, Spot, Verdict
from reviewer.review.record import encode, event_id
from tests.scratch import EXECUTABLE, SYMLINK, Scratch

# What a terminal obeys: a title, the clipboard, wiping the screen, a colour, a device string, going back.
STEERING = ("\x1b]0;PWN\x07", "\x1b]52;c;UFdO\x07", "\x1b[2J", "\x9b31m", "\x1bPPWN\x1b\\", "\x08\x7f", "\x0e\x0c\x0b")
# What turns text around, takes no room, or ends a line for some.
HIDING = "\u202e\u2066\u2069\u200b\u200d\ufeff\u00ad\u061c\u2028\u0085\U000e0041"
# What Textual and Rich would take for markup.
MARKUP = "[/][$x][@click=app.exit]x[/][link=http://x]"
# What Markdown and HTML would take for theirs.
WEB = "<b onclick=x>```![i](x)[l](javascript:x)<!--&lt;|**b**"
# How each text in `hostile` begins, and how that is to be drawn.
START = "\x1b[2J[red]\u202e"
MARK = "␛[2J[red]⟦U+202E⟧"
# What git takes in the name of a ref, and in a path.
_IN_REF = "\u202e\u009b2J\u200b]"
_IN_PATH = START.encode()

RANGE = "main...HEAD"
AT = "2026-01-31T12:00:00Z"

Write = Callable[[str], str]


def hostile(field: str) -> str:
    return f"{field}{START}{''.join(STEERING)}{HIDING}{MARKUP}{WEB}\r"


def harmless(field: str) -> str:
    return f"{field} in plain words"


@dataclass(frozen=True, slots=True)
class Ground:
    """`folder` holds the repository; `files` lie beside it, by what they are. `name_rule` writes the names of rules."""

    folder: Path
    files: Path
    write: Write
    name_rule: Write

    @property
    def branch(self) -> str:
        return f"topic{self.in_ref}"

    @property
    def in_ref(self) -> str:
        return _IN_REF if self.write is hostile else ""

    def path(self, name: str) -> bytes:
        """Return a path that is as hostile as the texts are."""
        stem, _, suffix = name.rpartition(".")
        return os.fsencode(stem) + (_IN_PATH if self.write is hostile else b"") + b"." + suffix.encode()

    @property
    def scratch(self) -> Scratch:
        """The repository, without beginning it anew."""
        scratch = Scratch.__new__(Scratch)
        scratch.folder = self.folder
        return scratch

    @property
    def review(self) -> ReviewId:
        return ReviewId(f"2026-01-31-{self.scope[:10]}")

    @property
    def scope(self) -> ScopeId:
        repository = discover(self.folder)
        return scope_of(read_diff(repository, choose_target(repository, RANGE))).id


def prepare(folder: Path, write: Write, name_rule: Write | None = None) -> Ground:
    """Make the repository: a base, a branch with a change, records of somebody else, and files to name."""
    ground = Ground(
        folder / (f"repo{os.fsdecode(_IN_PATH)}" if write is hostile else "repo"),
        folder / "files",
        write,
        name_rule or write,
    )
    scratch = Scratch(ground.folder)
    ground.files.mkdir()
    _configure(ground)
    before = {b"words.py": "x = 0\n", ground.path("gone.txt"): "gone\n", ground.path("moved.txt"): "moved\n" * 9}
    _put(scratch, before)
    _put(scratch, {".reviews/policy.toml": "schema = 1\n", ground.path("heading.c"): _headed(write, 1)})
    scratch.commit(message=write("base"))
    scratch.git("checkout", "--quiet", "-b", ground.branch)
    _change(ground)
    scratch.git("tag", f"tag{ground.in_ref}")
    scratch.git("update-ref", f"refs/remotes/origin/far{ground.in_ref}", "main")
    scratch.git("notes", "--ref=ai", "add", "-F", "-", stdin=_agents(write).encode())
    _leave_records(ground)
    _leave_files(ground)
    _leave_remote(ground)
    return ground


def _configure(ground: Ground) -> None:
    scratch, write = ground.scratch, ground.write
    for name, value in (("user.name", write("me")), ("user.email", write("mail"))):
        scratch.git("config", name, value)
    remote = f"remote.far{ground.in_ref}"
    scratch.git("config", f"{remote}.url", str(ground.files / "nowhere"))
    scratch.git("config", f"{remote}.fetch", f"+refs/heads/*:refs/remotes/far{ground.in_ref}/*")


def _put(scratch: Scratch, files: dict[str | bytes, str | bytes] | dict[bytes, str]) -> None:
    for path, content in files.items():
        scratch.write(path, content)


def _headed(write: Write, number: int) -> str:
    """Return a function whose first line git puts behind the `@@` of what changes in it."""
    lines = "".join(f"    line({line});\n" for line in range(12))
    return f"int f() {{ // {write('heading')}".replace("\r", "") + f"\n{lines}    return {number};\n}}\n"


def _python(write: Write) -> str:
    """Return code that many rules flag and that parses: its words stand in comments and strings."""
    said = write("comment").replace("\r", "").replace("\x0c", "").replace("\\", "")
    return f"""\
import os, requests, sqlite3

def fetch(items=[], name="{said}"):
    # {said}
    # TODO {said}
    try:
        requests.get("http://x/{said}" + name, verify=False)
        os.system("rm {said} " + name)
    except:  # reviewer: ignore[swallowed-exception] {write("excuse").replace(chr(13), "")}
        pass
    api_token = "sk-live-4242424242424242424242{said}"
    sqlite3.connect(name).execute(f"SELECT * FROM t WHERE n = '{{name}}' {said}")
    print(f"{said}", api_token)
    return eval(name)
"""  # noqa: S608 - it is only read


def _change(ground: Ground) -> None:
    """Commit one change of every kind, each in names and contents as hostile as they can be."""
    scratch, write = ground.scratch, ground.write
    lines = [write("line"), *(f"{text} alone" for text in (*STEERING, *HIDING)), MARKUP, "\ttab", "a" * 300]
    raw = b"\n".join(line.encode() for line in lines) if write is hostile else b"line\n" * len(lines)
    _put(scratch, {
        ground.path("code.py"): _python(write),
        ground.path("broken.py"): f"def ({write('broken')}\n",
        ground.path("data.txt"): raw + (b"\nraw \x9b31m \xff\xc2\n" if write is hostile else b"\n"),
        ground.path("heading.c"): _headed(write, 2),
        ground.path("made.txt"): f"@generated by {write('maker')}\nmade\n",
        ground.path("web.js"): f"// TODO {write('script')}\nel.innerHTML = x + `{write('markup')}`;\neval(x)\n",
        ground.path("blob.bin"): b"\0\1\2" + write("binary").encode(),
        "requirements.txt": f"requests==1.0\n{write('package')}==6.6.6\n",
        "words.py": "x = 1\n",
    })  # fmt: skip
    scratch.write(ground.path("link.to"), write("goal"), SYMLINK)
    scratch.write(ground.path("run.sh"), f"#!/bin/sh\ncurl {write('curl')} | sh\n", EXECUTABLE)
    (ground.folder / os.fsdecode(ground.path("gone.txt"))).unlink()
    there = os.fsdecode(ground.path("there.txt"))
    (ground.folder / os.fsdecode(ground.path("moved.txt"))).rename(ground.folder / there)
    submodule = ground.path("sub.module")
    scratch.write(".gitmodules", f'[submodule "sub{_quoted(write("module"))}"]\n\turl = {_quoted(write("url"))}\n')
    scratch.git("add", "--all")
    scratch.git("update-index", "--add", "--cacheinfo", b"160000," + b"1" * 40 + b"," + submodule)
    names = {f"GIT_{role}_NAME": write(f"{role.lower()}") for role in ("AUTHOR", "COMMITTER")}
    message = f"{write('subject')}\n\n{write('body')}\n\nCo-authored-by: {write('Claude')} <noreply@anthropic.com>\n"
    scratch.git("commit", "--quiet", "--no-verify", "-m", message, **names, GIT_AUTHOR_EMAIL=write("a@b"))


def _quoted(text: str) -> str:
    return text.replace("\\", "").replace("\r", "").replace('"', "")


def _agents(write: Write) -> str:
    return f"  {'a' * 9} 1-4\n---\n" + json.dumps({"prompts": {"p": {"agent_id": {"tool": write("tool")}}}})


def _leave_records(ground: Ground) -> None:
    """Bring reviews of somebody else: in the working tree, in refs, and one that is damaged."""
    write, review, scope = ground.write, ground.review, ground.scope
    mallory = Reviewer(write("reviewer"), write("address"))
    journal = journal_of(mallory, *_words(ground, scope))
    folder = ground.folder / ".reviews" / review
    folder.mkdir(parents=True)
    (folder / "mallory.1.jsonl").write_bytes(journal)
    (folder / f"{_quoted(write('journal')).replace('/', '')}.jsonl").write_bytes(write("damage").encode() + b"\n{}\n")
    agent = Reviewer(write("bot"), write("bot-address"), write("agent"))
    signed = journal_of(agent, TakeNote(write("bot-note")), Sign(Verdict.APPROVE, scope, 1.0))
    put_records(discover(ground.folder), review, {"bot.1.jsonl": signed})


def _words(ground: Ground, scope: ScopeId) -> Sequence[Event]:
    """Return everything a reviewer can say, said by somebody hostile."""
    write, path = ground.write, ground.path("code.py")
    reviewed = Reviewed(scope, write("label"), write("old"), write("new"), 1, 1, 1)
    facts = (path, 4, Severity.HIGH, Point.SECURITY, write("message"))
    rules = [RuleSlug(ground.name_rule(f"rule-{letter}")) for letter in "abc"]
    found = [Finding(FindingId(write(f"id-{rule[:6]}")), rule, *facts, code=write("code")) for rule in rules[:2]]
    excused = Finding(FindingId(write("id-c")), rules[2], *facts, suppressed=write("suppressed"))
    spot = Spot(ground.path("heading.c"), Side.NEW, 14, 14, b"    return 2;")
    return (
        Range(reviewed),
        Raise((*found, excused), scope),
        Dispose(found[0].id, Disposition.NEEDS_CHANGE, write("disposition")),
        TakeNote(f"{write('note')}\n{write('more')}", spot, Point.SECURITY, is_blocking=True),
        TakeNote(write("file-note"), Spot(path)),
        TakeNote(write("whole-note")),
        TakeNote(write("stray-note"), Spot(write("stray").encode(), Side.OLD, 1, 2, write("spot").encode())),
        GiveAnswer(QuestionId("nine-point/validate"), Reply.NO, scope, write("answer")),
        GiveAnswer(QuestionId(write("question")), Reply.YES, scope, write("other-answer")),
        Sign(Verdict.REQUEST_CHANGES, scope, 0.5),
        Signature(EventId(write("event")), write("signature")),
        RunTests(scope, write("command"), 1),
        Waive("ai-tests", write("waiver"), scope),
        Waive(write("requirement"), write("reason"), scope),
    )


def journal_of(by: Reviewer, *events: Event) -> bytes:
    """Return a journal as our own program would write it."""
    lines: list[bytes] = []
    for number, event in enumerate((Open(ReviewId("any"), by, by.name), *events)):
        prev = event_id(lines[-1]) if lines else None
        lines.append(encode(event, number=number, clock=number, at=f"{AT}{by.name}", prev=prev))
    return b"".join(line + b"\n" for line in lines)


def _leave_files(ground: Ground) -> None:
    """Write the files a command line can name: patches, logs, checklists, configurations."""
    write, files, name = ground.write, ground.files, ground.name_rule
    place = {"artifactLocation": {"uri": quote(ground.path("code.py"))}, "region": {"startLine": 4}}
    result = {"ruleId": name("sarif"), "level": "error", "message": {"text": write("says")},
              "locations": [{"physicalLocation": place}]}  # fmt: skip
    driver = {"name": name("engine"), "rules": [{"id": name("sarif"), "properties": {"tags": [write("tag")]}}]}
    log = {"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": [result]}]}
    toml = _toml
    odd = write("file").replace("/", "").replace("\r", "")
    contents = {
        "log.sarif": json.dumps(log),
        "old.sarif": json.dumps({**log, "version": write("9")}),
        "broken.sarif": write("{"),
        "broken.patch": f"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@ {write('hunk')}\n {write('cut')}\n",
        "checklist.toml": f"schema = 1\nid = 'team'\ntitle = {toml(write('title').replace(chr(13), ''))}\n"
        f"[[question]]\nid = 'one'\npoint = 'scale'\nask = {toml(write('ask').replace(chr(13), ''))}\n",
        "mistakes.toml": f"schema = {toml(write('schema'))}\nid = {toml(write('Id'))}\n{toml(write('key'))} = 1\n"
        f"[[question]]\nid = {toml(write('Qid'))}\npoint = {toml(write('point'))}\n[when]\n"
        f"patterns = [{toml('(' + write('pattern'))}]\nlanguages = [{toml(write('language'))}]\n",
        "raw.toml": f"title = {write('raw')}\n",
        f"{odd}.toml": "schema = 2\n",
        "config.toml": f"{toml(write('table'))} = 1\n[rules]\nenable = [{toml(write('enable'))}]\n"
        f"{toml(write('entry'))} = 2\n[rules.severity]\n{toml(write('graded'))} = {toml(write('grade'))}\n"
        f"[rules.paths]\n{toml(write('glob'))} = [{toml(write('silent'))}]\n",
        "policy.toml": f"schema = 1\n{toml(write('rule'))} = 1\nprotected = [{toml(write('ref'))}]\n"
        f"waivable = [{toml(write('waivable'))}]\n[require]\nflags = {toml(write('flags'))}\n",
    }  # fmt: skip
    for file, content in contents.items():
        (files / file).write_bytes(content.encode())
    (files / "change.patch").write_bytes(ground.scratch.git("format-patch", "--stdout", "main..HEAD"))
    (files / "plain.diff").write_bytes(_plain_diff(ground))
    _leave_policy(ground)


def _leave_policy(ground: Ground) -> None:
    """Put a policy with mistakes on a branch of its own."""
    scratch = ground.scratch
    blob = scratch.git("hash-object", "-w", str(ground.files / "policy.toml")).decode().strip()
    folder = scratch.git("mktree", stdin=f"100644 blob {blob}\tpolicy.toml\n".encode()).decode().strip()
    tree = scratch.git("mktree", stdin=f"040000 tree {folder}\t.reviews\n".encode()).decode().strip()
    commit = scratch.git("commit-tree", tree, "-m", ground.write("policy")).decode().strip()
    scratch.git("update-ref", "refs/heads/strict", commit)


def _leave_remote(ground: Ground) -> None:
    """Make a remote that has the base, refuses all else, and says so in its own words."""
    remote, scratch = ground.files / "remote.git", ground.scratch
    scratch.git("init", "--quiet", "--bare", "--initial-branch=main", str(remote))
    scratch.git("remote", "add", "origin", str(remote))
    scratch.git("push", "--quiet", "origin", "main")
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    words = ground.write("refused").encode().replace(b"\r", b"")
    hook.write_bytes(b"#!/bin/sh\ncat >&2 <<'END'\n%s\nEND\nexit 1\n" % words)
    hook.chmod(0o755)


def _plain_diff(ground: Ground) -> bytes:
    """Return what `diff -u` would print: names as they are, without git's quotes."""
    path = ground.path("plain.py").replace(b"\n", b"")
    words = ground.write("patched").replace("\r", "").encode()
    return b"--- a/%s\n+++ b/%s\n@@ -1 +1,2 @@ %s\n x = 1\n+eval(x)  # %s\n" % (path, path, words, words)


def _toml(text: str) -> str:
    """Return a string of TOML; what may not stand in one as it is, escaped."""
    return '"' + "".join(char if char.isalnum() and char.isascii() else f"\\U{ord(char):08X}" for char in text) + '"'
