"""Attributes cannot hide a line, and no program that configuration attaches to them is run."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from reviewer.diff.identity import scope_of
from reviewer.diff.model import Diff, FileDiff, Hunk
from reviewer.errors import CannotDetermine
from reviewer.repository import TargetKind
from tests.repository.cases import CONTENTS
from tests.scratch import Scratch, Tree

_HIDING = ("-diff", "binary", "diff=driver", "-text", "diff=python", "-diff text=auto", "whitespace=-trail")
_DRIVER = {
    "diff.driver.binary": "true",
    "diff.driver.textconv": "touch PWNED; true",
    "diff.driver.command": "touch PWNED",
}
# Each of them would show other lines behind an `@@`, hide what is text, or show what is not.
_DRIVERS = {
    f"diff.{name}.{setting}": value
    for name in ("default", "python", "driver", 'od"d\\')
    for setting, value in (("xfuncname", "^ *(.*)$"), ("funcname", "^\\(.*\\)$"), ("binary", "{binary}"))
}
_SAYING = (
    "diff", "diff=python", "diff=driver", 'diff=od"d\\', "diff=a=b", "diff=unknown", "-diff", "!diff",
    "binary",
)  # fmt: skip
_PYTHON = "import os\nprint(1)\nprint(2)\n"
_SHOP = "class Shop:\n\n    def sum(self):\n" + "".join(f"        line({number})\n" for number in range(10))


@pytest.mark.parametrize("attributes", _HIDING)
def test_no_attribute_changes_what_is_shown(scratch: Scratch, attributes: str) -> None:
    commits = scratch.import_commits(*_changes())
    expected = scratch.diff_of(*commits)
    _configure(scratch, _DRIVER)

    (scratch.folder / ".git" / "info" / "attributes").write_text(f"* {attributes}\n")
    shown = scratch.diff_of(*commits)

    assert _counts(shown) == _counts(expected)
    assert list(scope_of(shown).edits) == list(scope_of(expected).edits)
    assert not list(scratch.folder.rglob("PWNED"))


@pytest.mark.parametrize("attributes", _SAYING)
def test_what_is_text_and_what_heads_a_hunk_is_the_same_under_all_attributes_and_drivers(
    scratch: Scratch, attributes: str
) -> None:
    old, new = _changes()
    commits = scratch.import_commits(old, new)
    scratch.git("reset", "--quiet", "--hard", commits[1])
    scratch.git("reset", "--quiet", "--soft", commits[0])
    views = (None, TargetKind.STAGED)
    expected = [_seen(scratch.diff_of(*commits)), *(_seen(scratch.diff(kind=kind)) for kind in views)]
    assert "class Shop:" in {hunk.section.decode() for _, hunks in expected[0] for hunk, _ in hunks}

    (scratch.folder / ".git" / "info" / "attributes").write_text(f"* {attributes}\n")
    _configure(scratch, {"diff.a=b.binary": "true", "diff.a=b.xfuncname": "^ .*$"})
    for binary in ("true", "false"):
        _configure(scratch, {name: value.format(binary=binary) for name, value in _DRIVERS.items()})

        assert [_seen(scratch.diff_of(*commits)), *(_seen(scratch.diff(kind=kind)) for kind in views)] == expected


@pytest.mark.parametrize(
    "heading", [b"x", b"$a \t", b"_" * 99, b"y\0z", b"y\1\2 ", b"\xc3\xa9", b"e\xff\xfe", b" f()", b"z\v\r"]
)
def test_the_line_behind_a_hunks_header_is_the_one_git_shows_without_a_driver(scratch: Scratch, heading: bytes) -> None:
    lines = b"".join(b" %d\n" % number for number in range(9))
    text = b" " * 8_000 + b"\nfirst\n" + heading + b"\n" + lines
    old, new = scratch.import_commits({b"f": text}, {b"f": text[:-1]})
    expected = scratch.git("diff-tree", "-p", old, new).partition(b" @@")[2].partition(b"\n")[0].removeprefix(b" ")

    scratch.git("config", "diff.default.xfuncname", "^.*9.*$")

    ((_, hunk),) = scratch.diff_of(old, new).walk()
    assert hunk.section == expected


def test_a_driver_for_each_file_is_not_too_many(scratch: Scratch) -> None:
    names = [f"{number:04}{'x' * 200}" for number in range(1_500)]
    old = {name.encode(): b"a\n" for name in names}
    commits = scratch.import_commits(old, dict.fromkeys(old, b"b\n"))
    attributes = "".join(f"{name[:4]}* diff={name}\n" for name in names)

    (scratch.folder / ".git" / "info" / "attributes").write_text(attributes)

    assert set(_counts(scratch.diff_of(*commits)).values()) == {(1, 1)}


def test_text_that_has_another_encoding_in_the_working_tree_is_text_there_too(scratch: Scratch) -> None:
    scratch.commit({".gitattributes": "*.txt diff working-tree-encoding=UTF-16\n*.log diff\n"})

    for name in ("x.txt", "x.log"):
        scratch.write(name, "a\n".encode("utf-16"))
    unstaged = scratch.diff()
    scratch.git("add", ".")

    assert _counts(unstaged) == {b"x.txt": (1, 0), b"x.log": (None, None)}
    assert _counts(scratch.diff(kind=TargetKind.STAGED)) == _counts(unstaged)


@pytest.mark.parametrize("attributes", ["-diff", "diff", "diff=python"])
def test_a_path_that_leads_out_of_the_repository_is_shown_all_the_same(scratch: Scratch, attributes: str) -> None:
    scratch.commit({".gitattributes": f"* {attributes}\n"})
    blobs = [scratch.git("hash-object", "-w", "--stdin", stdin=text).strip() for text in (b"a\n", b"\0\n")]
    listing = b"100644 blob %s\ttext\n100644 blob %s\tbinary\n" % (blobs[0], blobs[1])
    inner = scratch.git("mktree", stdin=listing).strip()
    tree = scratch.git("mktree", stdin=b"040000 tree %s\t..\n" % inner).decode().strip()

    diff = scratch.diff_of(scratch.git("hash-object", "-t", "tree", "-w", "/dev/null").decode().strip(), tree)

    assert _counts(diff) == {b"../text": (1, 0), b"../binary": (None, None)}


@pytest.mark.parametrize("attributes", _HIDING)
@pytest.mark.parametrize("kind", [None, TargetKind.STAGED])
def test_an_attribute_that_comes_with_the_change_does_not_hide_it(
    scratch: Scratch, attributes: str, kind: TargetKind | None
) -> None:
    scratch.commit({"a.py": _PYTHON})
    _configure(scratch, _DRIVER)

    scratch.write("a.py", _PYTHON + "os.system('evil')\n")
    scratch.write("new.py", "os.system('evil')\n")
    scratch.write(".gitattributes", f"*.py {attributes}\n")
    scratch.git("add", ".")
    diff = scratch.diff(kind=kind)

    assert _counts(diff) == {b".gitattributes": (1, 0), b"a.py": (1, 0), b"new.py": (1, 0)}
    assert b"+os.system('evil')\n" in b"".join(hunk.body for _, hunk in diff.walk())
    assert not list(scratch.folder.rglob("PWNED"))


def test_a_hidden_file_that_is_also_renamed_is_shown(scratch: Scratch) -> None:
    text = "".join(f"line {number}\n" for number in range(20))
    scratch.commit({"a.py": text, ".gitattributes": "* -diff\n"})

    scratch.git("mv", "a.py", "b c.py")
    scratch.write("b c.py", text + "evil\n")
    scratch.git("add", ".")
    (file,) = scratch.diff(kind=TargetKind.STAGED).files

    assert (file.old_path, file.new_path, file.added, file.removed) == (b"a.py", b"b c.py", 1, 0)


def test_a_hidden_text_too_large_to_hold_stays_hidden(scratch: Scratch) -> None:
    scratch.commit({".gitattributes": "*.txt -diff\n"})
    scratch.write("small.txt", "b\n")
    scratch.write("large.txt", b"b\n" * 32_000_000)

    (large, small) = scratch.diff().files

    assert (large.path, large.is_binary) == (b"large.txt", True)
    assert (small.path, small.is_binary) == (b"small.txt", False)


def test_binary_content_stays_binary_whatever_its_attributes(scratch: Scratch) -> None:
    scratch.commit({".gitattributes": "*.bin -diff\n"})

    scratch.write("x.bin", b"\0\1\2")
    scratch.write("y", b"\0\1\2")
    diff = scratch.diff()

    assert _counts(diff) == {b"x.bin": (None, None), b"y": (None, None)}


@pytest.mark.parametrize("name", ["x", "with.dots", "with blank", "UPPER", "quo'te"])
@pytest.mark.parametrize("setting", ["clean", "smudge", "process"])
def test_no_filter_runs_because_someone_looks(scratch: Scratch, name: str, setting: str) -> None:
    scratch.commit({"f": "a\n", "untouched": "b\n", ".gitattributes": f'* "filter={name}"\n'.replace('"', "")})
    (scratch.folder / ".git" / "info" / "attributes").write_text(f"* filter={name.replace(' ', '?')}\n")
    scratch.git("config", f"filter.{name}.{setting}", "touch PWNED; cat")
    scratch.git("config", f"filter.{name}.required", "true")

    scratch.write("f", "c\n")
    scratch.write("untouched", "b\n")
    scratch.write("new", "n\n")
    worktree, staged = scratch.diff(), scratch.diff(kind=TargetKind.STAGED)

    assert _counts(worktree) == {b"f": (1, 1), b"new": (1, 0)}
    assert staged == Diff(())
    assert not list(scratch.folder.rglob("PWNED"))


def test_a_filter_that_cannot_be_turned_off_is_reported(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"})
    scratch.git("config", "filter.a=b.clean", "touch PWNED; cat")

    with pytest.raises(CannotDetermine, match='filter "a=b"'):
        scratch.diff()


def test_nothing_runs_inside_a_submodule(scratch: Scratch, make_scratch: Callable[..., Scratch]) -> None:
    inner = make_scratch("inner")
    inner.commit({"f": "a\n", ".gitattributes": "* filter=x\n"})
    scratch.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.folder), "sub")
    scratch.commit()
    marker = scratch.folder.parent / "PWNED"
    _trap(scratch.folder / "sub", scratch, marker)

    assert scratch.diff() == Diff(())
    assert not marker.exists()


def test_nothing_runs_inside_an_untracked_repository(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"})
    inner = Scratch(scratch.folder / "inner")
    commit = inner.commit({"f": "a\n", ".gitattributes": "* filter=x\n"})
    marker = scratch.folder.parent / "PWNED"
    _trap(inner.folder, scratch, marker)

    (file,) = scratch.diff().files

    assert (file.path, file.new_mode, file.new_oid) == (b"inner", "160000", commit)
    assert not marker.exists()


@pytest.mark.parametrize("hook", ["post-index-change", "pre-auto-gc", "post-checkout"])
def test_no_hook_runs(scratch: Scratch, hook: str) -> None:
    scratch.commit({"f": "a\n"})
    script = scratch.folder / ".git" / "hooks" / hook
    script.parent.mkdir(exist_ok=True)
    script.write_text(f"#!/bin/sh\ntouch {scratch.folder}/PWNED\n")
    script.chmod(0o755)

    scratch.write("f", "a\n")
    scratch.diff()

    assert not (scratch.folder / "PWNED").exists()


def test_line_ends_that_git_converts_are_no_change(scratch: Scratch) -> None:
    scratch.commit({"f": "a\nb\n", ".gitattributes": "* text=auto eol=crlf\n"})

    scratch.write("f", b"a\r\nb\r\n")

    assert scratch.diff() == Diff(())


def _changes() -> tuple[Tree, Tree]:
    """Return every kind of change in a folder of its own, and one below a name that git shows."""
    old, new = ({b"%s/%s" % (name.encode(), path): entry for name, pair in CONTENTS.items() if "very long" not in name
                 for path, entry in pair[side].items()} for side in (0, 1))  # fmt: skip
    return {**old, b"shop.py": _SHOP.encode()}, {**new, b"shop.py": _SHOP.replace("9", "8").encode()}


def _seen(diff: Diff) -> list[tuple[FileDiff, list[tuple[Hunk, bytes]]]]:
    """Return all that a reviewer sees of a diff, and all that an edit's id depends on, wherever it stood in a patch."""
    return [
        (replace(file, hunks=()), [(hunk._replace(patch=b"", start=0, end=0), hunk.body) for hunk in file.hunks])
        for file in diff.files
    ]


def _configure(scratch: Scratch, settings: dict[str, str]) -> None:
    for name, value in settings.items():
        scratch.git("config", name, value)


def _trap(folder: Path, scratch: Scratch, marker: Path) -> None:
    """Make the repository there run programs as soon as git asks it for its state."""
    for name, value in {"filter.x.clean": f"touch {marker}; cat", "core.fsmonitor": f"touch {marker}"}.items():
        scratch.git("-C", str(folder), "config", name, value)
    place = folder / "f"
    place.unlink()
    place.write_text("b\n")


def _counts(diff: Diff) -> dict[bytes, tuple[int | None, int | None]]:
    return {file.path: (file.added, file.removed) for file in diff.files}
