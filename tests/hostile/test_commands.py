"""Every command, in every form, on a terminal and through pipes: no byte of what others wrote gets out as it is."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import click
import pytest

from reviewer.cli.main import commands
from tests.hostile.ground import HIDING, RANGE, START, STEERING, Ground, hostile
from tests.hostile.judging import as_is, marked, of_github, of_json, of_markdown, steering_in
from tests.hostile.speaking import Said, Speaker

_LOG = ("--import", "{files}/log.sarif")
_RECORDED = (
    "reviewer", "address", "label", "rule-a", "message", "disposition", "note", "more", "file-note", "whole-note",
    "stray", "stray-note", "answer", "question", "other-answer", "spot", "command", "waiver", "requirement", "reason",
    "suppressed", "bot-note",
)  # fmt: skip
_TO_DO = ("rule-a", "message", "disposition", "note", "more", "file-note", "whole-note", "stray-note", "bot-note")


@dataclass(frozen=True, slots=True)
class Case:
    """A command line; `{files}` and the like are filled in. `fields` are those it has to show, as `read` finds them.

    `errors` are shown beside them, on standard error. `arrange` changes a copy of the ground before.
    """

    words: tuple[str, ...]
    fields: tuple[str, ...] = ()
    status: int = 0
    errors: tuple[str, ...] = ()
    read: Callable[[str], str] = as_is
    stdin: str | None = None
    arrange: Callable[[Ground], None] | None = None

    def __str__(self) -> str:
        arranged = self.arrange.__name__.strip("_") if self.arrange else ""
        return re.sub(r"[^\w.{}/ -]+", "?", " ".join((*self.words, arranged)), flags=re.ASCII).strip()


def _configured(ground: Ground) -> None:
    shutil.copy(ground.files / "config.toml", ground.folder / ".reviewer.toml")


def _with_odd_paths(ground: Ground) -> None:
    key = "".join(f"\\U{ord(char):08X}" for char in hostile("odd"))
    (ground.folder / ".reviewer.toml").write_text(f'[rules.paths]\n"{key}" = ["magic-number"]\n')


def _with_hooks(ground: Ground) -> None:
    hooks = ground.folder / hostile("hooks").replace("/", "").replace("\r", "")
    hooks.mkdir()
    (hooks / "pre-push").write_text("#!/bin/sh\n")
    (hooks / "pre-push").chmod(0o755)
    ground.scratch.git("config", "core.hooksPath", str(hooks))


def _with_newer_record(ground: Ground) -> None:
    folder = ground.folder / ".git" / "reviewer" / "reviews" / "newer"
    folder.mkdir(parents=True)
    text = hostile("9").encode("unicode_escape").replace(b"\\x", b"\\u00").replace(b"\\U000e0041", b"")
    (folder / "a.1.jsonl").write_bytes(b'{"e":"open","n":0,"lc":0,"schema":"reviewer.review/%s"}\n' % text)


def _without_damage(ground: Ground) -> None:
    for file in (ground.folder / ".reviews").rglob("journal*"):
        file.unlink()


def _as_it_is(ground: Ground) -> None:
    """Only work on a copy."""


def _staged(ground: Ground) -> None:
    ground.scratch.write(ground.path("staged.py"), f"eval(x)  # {hostile('staged')}\n".replace("\r", ""))
    ground.scratch.git("add", "--all")


_FOREIGN = hostile("word").replace("/", "")
_LOOKS = tuple(
    word
    for option, forms in (("--layout", "auto unified split"), ("--context", "3 10 30 100 whole"))
    for form in forms.split()
    for word in (option, form)
)
CASES = (
    Case(("diff", RANGE), ("line", "comment", "heading", "script"), read=of_json),
    Case(("diff", "--root", "HEAD"), ("line",), read=of_json),
    Case(("diff", "--staged"), ("staged",), read=of_json, arrange=_staged),
    Case(("diff", "--worktree"), ("staged",), read=of_json, arrange=_staged),
    Case(("diff", "--patch", "{files}/change.patch"), ("line",), read=of_json),
    Case(("diff", "--patch", "{files}/plain.diff"), ("patched",), read=of_json),
    Case(("diff", "--patch", "-"), ("patched",), read=of_json, stdin="plain.diff"),
    Case(("diff", "--patch", "{files}/broken.patch"), status=3),
    Case(("diff", "--patch", _FOREIGN), errors=("word",), status=3),
    Case(("diff", _FOREIGN), errors=("word",), status=3),
    Case(("diff", _FOREIGN, "more"), errors=("word",), status=2),
    Case(("diff", f"{_FOREIGN}...{_FOREIGN}"), errors=("word",), status=3),
    Case(("diff", f"--{_FOREIGN}"), status=2),
    Case(("diff", "--", f"../../../{_FOREIGN}"), errors=("word",), status=3),
    Case(("scan", RANGE, *_LOG), ("sarif", "says", "engine"), status=0),
    Case(("scan", RANGE, *_LOG, "--format", "json"), ("sarif", "says", "engine", "excuse"), read=of_json),
    Case(("scan", RANGE, *_LOG, "--format", "sarif"), ("sarif", "says", "engine", "excuse"), read=of_json),
    Case(("scan", RANGE, *_LOG, "--format", "github"), ("sarif", "says", "engine")),
    Case(("scan", RANGE, *_LOG, "--format", "rdjson"), ("sarif", "says", "engine"), read=of_json),
    Case(("scan", RANGE, "--fail-on", "high"), status=1),
    Case(("scan", RANGE, "--fail-on", _FOREIGN), status=2),
    Case(("scan", "--staged"), arrange=_staged),
    Case(("scan", "--patch", "{files}/plain.diff")),
    Case(("scan", "--import", "{files}/old.sarif"), errors=("9",), status=2),
    Case(("scan", "--import", "{files}/broken.sarif"), status=2),
    Case(("scan", "--import", _FOREIGN), errors=("word",), status=2),
    Case(("scan", RANGE), errors=("table", "enable", "entry", "graded", "grade"), status=2, arrange=_configured),
    Case(("verify", RANGE), ("reviewer", "rule-a"), status=1, arrange=_without_damage),
    Case(("verify", RANGE), ("journal",), status=4),
    Case(("verify", RANGE, "--format", "json"), ("reviewer", "address"), status=4, read=of_json),
    Case(("verify", RANGE, "--trailers"), errors=("journal",), status=4),
    Case(("verify", RANGE, "--target", "strict"), errors=("rule",), status=3),
    Case(("verify", _FOREIGN), errors=("word",), status=3),
    Case(("show",), _RECORDED, status=4, errors=("journal",)),
    Case(("show",), errors=("9",), status=5, arrange=_with_newer_record),
    Case(("show", "--format", "markdown"), _RECORDED, status=0, read=of_markdown, arrange=_without_damage),
    Case(("show", _FOREIGN), errors=("word",), status=2),
    Case(("export",), _TO_DO, arrange=_without_damage),
    Case(("export", "--for", "markdown"), ("rule-a", "note"), read=of_markdown, arrange=_without_damage),
    Case(("export", "--for", "github"), ("rule-a", "note"), read=of_github, arrange=_without_damage),
    Case(("hook", "status"), status=1),
    Case(("hook", "status"), ("hooks",), status=1, arrange=_with_hooks),
    Case(("hook", "install"), ("hooks",), arrange=_with_hooks),
    Case(("hook", "uninstall"), arrange=_as_it_is),
    Case(("hook", "pre-push", _FOREIGN, _FOREIGN), errors=("journal",), status=1, stdin="pushed"),
    Case(("hook", "pre-push", "origin", "x"), errors=("rule-a",), status=1, stdin="pushed", arrange=_without_damage),
    Case(("push", "origin", "HEAD"), status=4, arrange=_as_it_is),
    Case(("push", _FOREIGN), status=3),
    Case(("sync",), status=3, arrange=_as_it_is),
    Case(("sync", _FOREIGN), errors=("word",), status=2),
    Case(("rules",)),
    Case(("rules", "--format", "markdown")),
    Case(("explain", "code-injection")),
    Case(("explain", _FOREIGN), errors=("word",), status=2),
    Case(("checklist", "list")),
    Case(("checklist", "show")),
    Case(("checklist", "show", _FOREIGN), errors=("word",), status=2),
    Case(("checklist", "check", "{files}/checklist.toml")),
    Case(("checklist", "check", "{files}/mistakes.toml"), errors=("key", "Qid", "schema"), status=2),
    Case(("checklist", "check", "{files}/raw.toml"), status=2),
    Case(("checklist", "check", "{named}"), errors=("file",), status=2),
    Case(("checklist", "check", _FOREIGN), errors=("word",), status=2),
    Case(("config", "show", "--format", "json"), ("odd",), read=of_json, arrange=_with_odd_paths),
    Case(("config", "show"), ("odd",), arrange=_with_odd_paths),
    Case(("config", "show"), errors=("table", "enable"), status=2, arrange=_configured),
    Case(("config", "keys")),
    Case(("config", "keys", "--format", "json"), read=of_json),
    Case(("completions", "bash")),
    Case(("completions", _FOREIGN), status=2),
    Case(("man-page",)),
    Case(("note", "list"), ("note", "more"), arrange=_without_damage),
    Case(("note", "list", "--format", "json"), ("note", "more"), read=of_json, arrange=_without_damage),
    Case(("note", "add", f"{_FOREIGN}:1", "-m", _FOREIGN, "--as-agent", _FOREIGN), status=2),
    Case(("note", "reply", _FOREIGN, "-m", _FOREIGN), status=2),
    Case(("demo",)),
    Case(("demo", *_LOOKS)),
    Case(("tests", RANGE, "--", _FOREIGN), status=2),
    Case(("waive", _FOREIGN, "--reason", "why"), status=2),
    Case(("waive", "ai-tests", RANGE, "--reason", hostile("why")), arrange=_without_damage),
    Case(("review",), status=2),
    Case(("review", *_LOOKS), status=2),
    Case(("review", "--theme", _FOREIGN), status=2),
    Case(("review", RANGE), status=2),
    Case((_FOREIGN,), status=2),
    Case((f"--{_FOREIGN}",), status=2),
)


@pytest.mark.parametrize("on_terminal", [True, False], ids=["terminal", "pipes"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_others_wrote_is_shown_and_does_nothing(
    case: Case, speaker: Speaker, prepared: Ground, tmp_path: Path, on_terminal: bool
) -> None:
    ground = prepared if case.arrange is None else _copy(prepared, tmp_path)
    if case.arrange is not None:
        case.arrange(ground)

    said = _said(case, speaker, ground, on_terminal=on_terminal)

    assert (steering_in(said.output), steering_in(said.error)) == ([], [])
    output, error = (words.decode().replace("\r\n", "\n") for words in (said.output, said.error))
    assert "Traceback" not in output + error
    assert said.status == case.status, output + error
    assert [field for field in case.fields if marked(field) not in case.read(output)] == []
    told = output if on_terminal else error
    assert [field for field in case.errors if marked(field) not in told] == []


def test_every_command_is_tried_in_every_form() -> None:
    tried = {case.words[: len(name)]: True for case in CASES for name in _names(commands)}
    words = [set(case.words) for case in CASES]

    for name, command in _names(commands).items():
        assert name in tried
        for option in command.params:
            forms = option.type.choices if isinstance(option.type, click.Choice) and option.opts[0][:2] == "--" else ()
            untried = [form for form in forms if not any({*name, option.opts[0], form} <= said for said in words)]
            assert [form for form in untried if form not in (option.default, "medium", "low")] == []


@pytest.mark.parametrize("piece", [*STEERING, *HIDING, "\r", "\xff"])
def test_every_canary_would_be_found(piece: str) -> None:
    assert steering_in(f"before{piece}after\n".encode("latin-1" if piece == "\xff" else "utf-8"))


def _copy(ground: Ground, folder: Path) -> Ground:
    return replace(ground, folder=shutil.copytree(ground.folder, folder / ground.folder.name, symlinks=True))


def _said(case: Case, speaker: Speaker, ground: Ground, *, on_terminal: bool) -> Said:
    (named,) = ground.files.glob("file*.toml")
    words = [word.replace("{files}", str(ground.files)).replace("{named}", str(named)) for word in case.words]
    stdin = None if case.stdin is None else _pushed(ground) if case.stdin == "pushed" else _content(ground, case.stdin)
    # On any other terminal these would begin a walk.
    walks = words[0] in ("review", "demo") or words[0].startswith("-")
    environment = {"TERM": "dumb"} if walks else {}
    return speaker.say(*words, folder=ground.folder, on_terminal=on_terminal, stdin=stdin, **environment)


def _content(ground: Ground, name: str) -> bytes:
    return (ground.files / name).read_bytes()


def _pushed(ground: Ground) -> bytes:
    """Return what git tells a hook; the name of the ref there is one that git would not take."""
    line = f"refs/heads/{ground.branch} {ground.scratch.oid('HEAD')} refs/heads/to{START} {'0' * 40}\n"
    return line.encode()


def _names(group: click.Group, above: tuple[str, ...] = ()) -> dict[tuple[str, ...], click.Command]:
    """Return every command with the words that call it."""
    found: dict[tuple[str, ...], click.Command] = {}
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = _names(command, (*above, name)) if isinstance(command, click.Group) else {(*above, name): command}
        found |= inner
    return found
