import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.errors import ReviewerError
from reviewer.hook.script import KEPT, VERSION, Neighbour, compose, recognise
from tests.hook.pushing import LINES, Recorder, recorder, run_hook

SHELLS = [
    pytest.param(command, marks=pytest.mark.skipif(shutil.which(command[0]) is None, reason=f"no {command[0]}"))
    for command in (["sh"], ["dash"], ["bash"], ["bash", "--posix"], ["busybox", "sh"], ["ksh"], ["mksh"])
]
INPUTS = {
    "empty": b"",
    "a line": LINES,
    "no line feed at the end": LINES.removesuffix(b"\n"),
    "line feeds at the end": LINES + b"\n\n\n",
    "bytes that are no text": b"\x00\xff\xc3\r\n\\n %s $(x) `x` ' \"",
    "large": LINES * 20_000,
}
NEIGHBOURS = {
    "run": Neighbour(),
    "read by its shell": Neighbour(reader=("/usr/bin/env", "sh")),
    "of pre-commit": Neighbour(is_pre_commit=True),
}


class Hooks:
    """A hook folder with the gate in it, and a hook that was there before."""

    def __init__(self, folder: Path, neighbour: Neighbour = NEIGHBOURS["run"]) -> None:
        self.gate = recorder(folder / "program", folder / "gate log")
        self.other = recorder(folder / "hooks" / KEPT, folder / "other log")
        self.path = folder / "hooks" / "pre-push"
        self.write(compose([str(self.gate.path)], neighbour))

    def write(self, content: bytes) -> None:
        self.path.write_bytes(content)
        self.path.chmod(0o755)

    @property
    def both(self) -> tuple[Recorder, Recorder]:
        return self.gate, self.other


@pytest.fixture
def hooks(tmp_path: Path) -> Hooks:
    return Hooks(tmp_path)


def _path_without_the_program() -> str:
    """Return PATH as it is where nobody has activated an environment with `reviewer` in it."""
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if not Path(folder, "reviewer").exists())


def _run(
    hooks: Hooks, shell: list[str], stdin: bytes = LINES, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    command = [*shell, str(hooks.path), "origin", "a url"]
    return subprocess.run(command, input=stdin, capture_output=True, env={**os.environ, **environment})


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("neighbour", NEIGHBOURS.values(), ids=NEIGHBOURS)
@pytest.mark.parametrize("stdin", INPUTS.values(), ids=INPUTS)
def test_both_get_the_same_bytes_and_arguments_in_every_shell(
    tmp_path: Path, shell: list[str], neighbour: Neighbour, stdin: bytes
):
    hooks = Hooks(tmp_path, neighbour)

    done = _run(hooks, shell, stdin)

    assert (done.returncode, done.stderr) == (0, b"")
    assert hooks.gate.stdin == hooks.other.stdin == stdin
    assert hooks.gate.arguments == ["hook", "pre-push", *hooks.other.arguments]
    assert hooks.other.arguments == ["origin", "a url"]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("status", [1, 3, 126, 255])
def test_the_status_of_the_gate_counts_first(hooks: Hooks, shell: list[str], status: int):
    hooks.gate.refuse(status)

    assert _run(hooks, shell).returncode == (3 if status == 126 else status)
    assert hooks.other.runs == 0


@pytest.mark.parametrize("shell", SHELLS)
def test_the_status_of_the_other_counts_if_the_gate_is_satisfied(hooks: Hooks, shell: list[str]):
    hooks.other.refuse(9)

    assert _run(hooks, shell).returncode == 9


@pytest.mark.parametrize("shell", SHELLS)
def test_a_program_that_reads_nothing_disturbs_nobody(hooks: Hooks, shell: list[str]):
    hooks.gate.path.write_text("#!/bin/sh\nexit 0\n")

    done = _run(hooks, shell, INPUTS["large"])

    assert (done.returncode, done.stderr) == (0, b"")
    assert hooks.other.stdin == INPUTS["large"]


@pytest.mark.parametrize("shell", SHELLS)
def test_without_its_program_the_gate_asks_the_one_on_the_path(hooks: Hooks, shell: list[str], tmp_path: Path):
    hooks.gate.path.rename(tmp_path / "git-reviewer")

    assert _run(hooks, shell, PATH=f"{tmp_path}:{os.environ['PATH']}").returncode == 0
    assert hooks.gate.arguments[:2] == ["hook", "pre-push"]
    assert hooks.gate.stdin == LINES


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("break_it", ["remove", "chmod", "folder", "interpreter"])
def test_without_any_program_nothing_is_pushed_and_the_way_out_is_told(hooks: Hooks, shell: list[str], break_it: str):
    path = hooks.gate.path
    if break_it == "chmod":
        path.chmod(0o644)
    elif break_it == "interpreter":
        path.write_text("#!/nowhere/python\n")
    else:
        path.unlink()
        if break_it == "folder":
            path.mkdir()

    done = _run(hooks, shell, PATH=_path_without_the_program())

    assert done.returncode == 3
    assert b"git push --no-verify" in done.stderr
    assert b"reviewer hook install" in done.stderr
    assert hooks.other.runs == 0


@pytest.mark.parametrize("shell", SHELLS)
def test_without_a_place_for_what_git_wrote_nothing_is_pushed(hooks: Hooks, shell: list[str], tmp_path: Path):
    done = _run(hooks, shell, TMPDIR=str(tmp_path / "nowhere"))

    assert done.returncode == 3
    assert b"git push --no-verify" in done.stderr
    assert hooks.gate.runs == hooks.other.runs == 0


def test_nothing_is_left_in_the_folder_for_temporary_files(hooks: Hooks, tmp_path: Path):
    (tmp_path / "tmp").mkdir()

    _run(hooks, ["sh"], TMPDIR=str(tmp_path / "tmp"))

    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_gate_finds_the_other_from_any_folder(hooks: Hooks, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(hooks.path.parent)

    assert run_hook(Path("pre-push"), LINES, "o", "u", by="sh") == 0
    assert hooks.other.stdin == LINES


def test_a_hook_read_by_its_shell_keeps_its_name_and_its_options(tmp_path: Path):
    hooks = Hooks(tmp_path, Neighbour(reader=("/bin/sh", "-e")))
    (hooks.path.parent / KEPT).write_text('#!/bin/sh -e\n[ "${0##*/}" = pre-push ]\nfalse\nexit 0\n')

    assert _run(hooks, ["sh"]).returncode == 1
    (hooks.path.parent / KEPT).write_text('#!/bin/sh -e\n[ "${0##*/}" = pre-push ]\nexit 0\n')
    assert _run(hooks, ["sh"]).returncode == 0


_NAMES = st.text(st.characters(exclude_characters="\0\n/", exclude_categories=["Cs"]), min_size=1, max_size=20)


@settings(max_examples=30)
@given(name=_NAMES.filter(lambda name: name not in (".", "..") and len(name.encode()) < 200), word=_NAMES)
def test_any_name_of_a_program_is_quoted_safely(tmp_path_factory: pytest.TempPathFactory, name: str, word: str):
    folder = tmp_path_factory.mktemp("program")
    program = recorder(folder / name / "reviewer", folder / "log")
    hook = folder / "pre-push"
    hook.write_bytes(compose([str(program.path), word], Neighbour()))

    assert run_hook(hook, LINES, "origin", by="sh") == 0
    assert "\n".join(program.arguments).split("\nhook\n")[-1] == "pre-push\norigin"
    assert (program.folder / "arguments").read_bytes().decode().startswith(f"{word}\nhook\n")


def test_a_program_that_is_no_utf_8_is_found(tmp_path: Path):
    program = recorder(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe"), "reviewer"), tmp_path / "log")
    hook = tmp_path / "pre-push"
    hook.write_bytes(compose([str(program.path)], Neighbour()))

    assert run_hook(hook, LINES, by="sh") == 0
    assert program.runs == 1


@pytest.mark.parametrize("program", [(), ("reviewer",), ("./reviewer",), ("/a\nb",), ("/a", "b\n"), ("/a\0",)])
def test_a_program_that_cannot_be_named_is_refused(program: tuple[str, ...]):
    with pytest.raises(ReviewerError):
        compose(program, Neighbour())


@pytest.mark.parametrize("folders", [0, 2])
def test_a_gate_is_recognised_with_what_it_says_of_itself(folders: int):
    gate = recognise(compose(["/p"], Neighbour(), folders_made=folders))

    assert gate is not None
    assert (gate.version, gate.is_intact, gate.folders_made) == (VERSION, True, folders)


@given(st.data())
def test_one_byte_changed_below_the_mark_is_noticed(data: st.DataObject):
    content = compose(["/p"], Neighbour())
    start = content.index(b"\n", content.index(b"\n") + 1) + 1
    at = data.draw(st.integers(start, len(content) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[at]))

    gate = recognise(content[:at] + bytes([byte]) + content[at + 1 :])

    assert gate is not None
    assert not gate.is_intact


@pytest.mark.parametrize(
    "content", [b"", b"#!/bin/sh\n", b"#!/bin/sh\n# reviewer-pre-push\n", b"x" + compose(["/p"], Neighbour())]
)
def test_what_has_no_mark_is_not_ours(content: bytes):
    assert recognise(content) is None


def test_the_gate_names_no_other_hook_manager():
    # pre-commit and lefthook take a hook for their own by words in it, and then overwrite it.
    text = compose(["/p"], Neighbour()).lower()

    assert not any(word in text for word in (b"lefthook", b"pre-commit", b"husky", b"overcommit"))
