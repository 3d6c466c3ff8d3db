"""No setting, attribute or variable of the user changes the answer, starts a program, or leaves a trace."""

from pathlib import Path

import pytest

from reviewer.diff.model import Diff
from reviewer.repository import TargetKind
from tests.oracle import assert_faithful, paths_of
from tests.repository.cases import CONTENTS, NAMES
from tests.scratch import SUBMODULE, Entry, Scratch

_SETTINGS = {
    "diff.noprefix": "true", "diff.mnemonicPrefix": "true", "diff.srcPrefix": "x/", "diff.dstPrefix": "y/",
    "color.ui": "always", "color.diff": "always", "diff.colorMoved": "zebra", "diff.wsErrorHighlight": "all",
    "core.quotePath": "false", "diff.algorithm": "myers", "diff.context": "0", "diff.interHunkContext": "9",
    "diff.indentHeuristic": "false", "diff.suppressBlankEmpty": "true", "diff.renames": "false",
    "diff.renameLimit": "1",
    "diff.relative": "true", "diff.submodule": "log", "diff.ignoreSubmodules": "all", "diff.wordRegex": ".",
    "core.abbrev": "4", "core.bigFileThreshold": "1", "core.pager": "touch PWNED", "pager.diff-tree": "touch PWNED",
    "core.fsmonitor": "touch PWNED", "core.splitIndex": "true", "core.untrackedCache": "true",
    "status.showUntrackedFiles": "no",
    "diff.orderFile": "order", "diff.external": "touch PWNED", "diff.autoRefreshIndex": "false", "index.version": "4",
    "core.commitGraph": "false", "diff.statGraphWidth": "1", "diff.dirstat": "lines", "core.whitespace": "cr-at-eol",
}  # fmt: skip
_VARIABLES = {
    "GIT_EXTERNAL_DIFF": "touch PWNED", "GIT_DIFF_OPTS": "-u0", "GIT_PAGER": "touch PWNED",
    "GIT_LITERAL_PATHSPECS": "0",
    "GIT_GLOB_PATHSPECS": "1", "GIT_NOGLOB_PATHSPECS": "1", "GIT_ICASE_PATHSPECS": "1", "GIT_TRACE": "1",
    "GIT_TRACE2": "1", "GIT_CONFIG_PARAMETERS": "'diff.noprefix=true' 'core.quotepath=false'",
    "GIT_OPTIONAL_LOCKS": "1",
    "LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de", "GIT_REFLOG_ACTION": "x", "TERM": "dumb", "COLUMNS": "20",
}  # fmt: skip

_GITMODULES = b'[submodule "sub"]\n\tpath = sub\n\turl = ./sub\n\tignore = all\n\tupdate = !touch PWNED\n'


@pytest.fixture
def change(scratch: Scratch) -> Scratch:
    """A repository whose last commit and whose working tree hold the same rich change."""
    old, new = ({b"%s/%s" % (name.encode(), path): entry for name, pair in CONTENTS.items() if "very long" not in name
                 for path, entry in pair[side].items()} for side in (0, 1))  # fmt: skip
    names = [{b"names/" + name: text for name in NAMES} for text in (b"a\n", b"b\n")]
    commits = scratch.import_commits(
        {**old, **names[0], b"sub": Entry(b"1" * 40, SUBMODULE)},
        {**new, **names[1], b"sub": Entry(b"2" * 40, SUBMODULE), b".gitmodules": _GITMODULES},
    )
    scratch.git("reset", "--quiet", "--hard", commits[1])
    scratch.git("reset", "--quiet", "--soft", commits[0])
    scratch.write("order", "".join(f"{name}/*\n" for name in reversed(CONTENTS)))
    scratch.git("tag", "old", commits[0])
    scratch.git("tag", "new", commits[1])
    return scratch


def _all_views(scratch: Scratch) -> tuple[Diff, ...]:
    return scratch.diff("old..new"), scratch.diff(kind=TargetKind.STAGED), scratch.diff()


def test_no_setting_changes_the_answer(change: Scratch) -> None:
    expected = _all_views(change)
    assert all(b"sub" in paths_of(view) for view in expected)

    for name, value in _SETTINGS.items():
        change.git("config", name, value)
        assert change.diff() == expected[-1], name

    assert _all_views(change) == expected
    assert not list(change.folder.rglob("PWNED"))


@pytest.mark.parametrize("name", _VARIABLES)
def test_no_variable_changes_the_answer(change: Scratch, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = _all_views(change)

    monkeypatch.setenv(name, _VARIABLES[name])

    assert _all_views(change) == expected
    assert not list(change.folder.rglob("PWNED"))


def test_reading_leaves_no_trace(change: Scratch) -> None:
    change.write("untracked", "x\n")
    change.write("announced", "x\n")
    change.git("add", "--intent-to-add", "announced")
    before = _everything_in(change.folder)

    _all_views(change)

    assert _everything_in(change.folder) == before


def test_a_repository_that_cannot_be_written_to_is_read(change: Scratch) -> None:
    expected = _all_views(change)
    git_dir = change.folder / ".git"
    folders = [git_dir, *(path for path in git_dir.rglob("*") if path.is_dir())]

    for folder in folders:
        folder.chmod(0o555)

    assert _all_views(change) == expected
    for folder in folders:
        folder.chmod(0o755)


def test_replaced_objects_are_not_honoured(scratch: Scratch) -> None:
    first, real, fake = scratch.import_commits({b"f": b"a\n"}, {b"f": b"evil\n"}, {b"f": b"harmless\n"})
    scratch.git("replace", real, fake)
    scratch.git("replace", "-f", scratch.oid(f"{real}:f"), scratch.oid(f"{fake}:f"))

    diff = scratch.diff(f"{first}..{real}")

    assert [hunk.body for _, hunk in diff.walk()] == [b"-a\n+evil\n"]


def test_grafted_parents_are_not_honoured(scratch: Scratch) -> None:
    first, second, third = scratch.import_commits({b"f": b"a\n"}, {b"f": b"b\n"}, {b"f": b"c\n"})
    (scratch.folder / ".git" / "info").mkdir(exist_ok=True)
    (scratch.folder / ".git" / "info" / "grafts").write_text(f"{third} {first}\n")

    diff = scratch.diff(third)

    assert_faithful(scratch, diff, second, third)


def _everything_in(folder: Path) -> dict[Path, tuple[float, bytes]]:
    """Return the bytes and the time of each file, and the time of each folder."""
    places = [folder, *folder.rglob("*")]
    return {
        place: (place.lstat().st_mtime_ns, place.read_bytes() if place.is_file() and not place.is_symlink() else b"")
        for place in places
    }
