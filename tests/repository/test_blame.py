"""Which commits lines are from, and which touched them: no setting of anybody's changes the answer."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from reviewer.diff.lines import lines_of
from reviewer.errors import CannotDetermine
from reviewer.repository.blame import Lines, Stretch, Touch, blame, touches
from reviewer.repository.history import commits_by_id
from tests.scratch import Scratch

TEXT = "".join(f"line {number} of a file that is long enough to be found again\n" for number in range(1, 9))


def _shown(touch: Touch) -> list[str]:
    """Return the lines of the patch with their signs."""
    assert touch.hunks is not None
    return [f"{line.kind.value}{line.text.decode()}" for hunk in touch.hunks for line in lines_of(hunk)]


@pytest.fixture
def edited(scratch: Scratch) -> tuple[Scratch, str, str, str]:
    """A file of eight lines, whose third changed twice."""
    first = scratch.commit({"f": TEXT})
    second = scratch.commit({"f": TEXT.replace("line 3 ", "line III ")})
    third = scratch.commit({"f": TEXT.replace("line 3 ", "line three ")})
    return scratch, first, second, third


def test_every_line_is_given_to_the_commit_it_is_from(edited: tuple[Scratch, str, str, str]) -> None:
    scratch, first, _, third = edited

    assert blame(scratch.repository, Lines(third, b"f", 2, 5)) == (
        Stretch(first, 2, 2),
        Stretch(third, 3, 3),
        Stretch(first, 4, 5),
    )


def test_the_commits_that_touched_a_line_come_newest_first_each_with_what_it_did(
    edited: tuple[Scratch, str, str, str],
) -> None:
    scratch, first, second, third = edited

    found = touches(scratch.repository, Lines(third, b"f", 3, 3))

    rest = " of a file that is long enough to be found again"
    assert [touch.commit for touch in found] == [third, second, first]
    assert [_shown(touch) for touch in found] == [
        [f"-line III{rest}", f"+line three{rest}"],
        [f"-line 3{rest}", f"+line III{rest}"],
        [f"+line 3{rest}"],
    ]


def test_no_more_commits_are_given_than_were_asked_for(edited: tuple[Scratch, str, str, str]) -> None:
    scratch, _, second, third = edited

    assert [touch.commit for touch in touches(scratch.repository, Lines(third, b"f", 3, 3), most=2)] == [third, second]


def test_what_an_older_commit_has_already_is_not_asked_about(edited: tuple[Scratch, str, str, str]) -> None:
    scratch, _, second, third = edited

    lines = Lines(third, b"f", 3, 3, since=second)

    assert blame(scratch.repository, lines) == (Stretch(third, 3, 3),)
    assert [touch.commit for touch in touches(scratch.repository, lines)] == [third]


def test_lines_are_followed_through_renames(edited: tuple[Scratch, str, str, str]) -> None:
    scratch, first, second, third = edited
    scratch.git("mv", "f", "g")
    renamed = scratch.commit()

    assert blame(scratch.repository, Lines(renamed, b"g", 3, 4)) == (Stretch(third, 3, 3), Stretch(first, 4, 4))
    assert [touch.commit for touch in touches(scratch.repository, Lines(renamed, b"g", 3, 3))] == [third, second, first]


def test_a_merge_in_which_the_lines_came_together_has_no_patch(edited: tuple[Scratch, str, str, str]) -> None:
    scratch, _, _, third = edited
    scratch.git("checkout", "--quiet", "-b", "side", "HEAD^")
    side = scratch.commit({"f": TEXT.replace("line 3 ", "line drei ")})
    scratch.git("checkout", "--quiet", "main")
    scratch.git("merge", "--quiet", "--no-commit", "-s", "ours", "side")
    merged = scratch.commit({"f": TEXT.replace("line 3 ", "line trois ")})

    found = touches(scratch.repository, Lines(merged, b"f", 3, 3))

    assert found[0] == Touch(merged, ())
    assert {touch.commit for touch in found[1:3]} == {side, third}


@pytest.mark.parametrize("ask", [blame, touches])
def test_lines_beyond_the_end_and_files_that_are_not_there_are_refused(
    ask: Callable[..., object], edited: tuple[Scratch, str, str, str]
) -> None:
    scratch, _, _, third = edited

    with pytest.raises(CannotDetermine, match="has only 8 lines"):
        ask(scratch.repository, Lines(third, b"f", 9, 9))
    with pytest.raises(CannotDetermine, match="path"):
        ask(scratch.repository, Lines(third, b"nothing", 1, 1))


def test_nobodys_settings_change_the_answer(edited: tuple[Scratch, str, str, str]) -> None:
    scratch, _, _, third = edited
    lines = Lines(third, b"f", 2, 4)
    expected = blame(scratch.repository, lines), touches(scratch.repository, lines)
    ran = scratch.folder.parent / "ran"
    program = f"sh -c 'touch {ran}; cat \"$0\"'"
    scratch.write("ignored", f"{third}\n")
    scratch.write(".mailmap", "Somebody Else <else@example.org> <ada@example.org>\n")
    scratch.write(".gitattributes", "f diff=hostile -text\n")
    for name, value in {
        "blame.ignoreRevsFile": "ignored", "blame.markIgnoredLines": "true", "blame.showRoot": "true",
        "blame.showEmail": "true", "blame.date": "relative", "blame.coloring": "repeatedLines",
        "blame.blankBoundary": "true",
        "log.showSignature": "true", "log.decorate": "full", "log.mailmap": "true", "log.follow": "true",
        "log.showRoot": "false", "log.diffMerges": "remerge", "log.abbrevCommit": "true", "format.pretty": "fuller",
        "format.notes": "*", "diff.noprefix": "true", "diff.mnemonicPrefix": "true", "diff.algorithm": "patience",
        "diff.context": "0", "diff.interHunkContext": "20", "diff.external": program, "diff.renames": "false",
        "diff.orderFile": str(scratch.folder / "ignored"), "diff.colorMoved": "zebra", "color.ui": "always",
        "diff.wsErrorHighlight": "all", "core.pager": program, "core.quotePath": "false", "gpg.program": program,
        "diff.hostile.textconv": program, "diff.hostile.command": program, "diff.hostile.xfuncname": "^(.*)$",
        "diff.relative": "true",
    }.items():  # fmt: skip
        scratch.git("config", name, value)

    assert (blame(scratch.repository, lines), touches(scratch.repository, lines)) == expected
    assert not ran.exists()


def test_a_file_name_that_looks_like_a_patch_forges_none(scratch: Scratch) -> None:
    name = "x\n--- a/y\n+++ b/y\n@@ -0,0 +1,1 @@\n+forged\n\ndiff --git a/z b/z"
    commit = scratch.commit({name: "true\n"})

    (touch,) = touches(scratch.repository, Lines(commit, name.encode(), 1, 1))

    assert touch.commit == commit
    assert touch.hunks is None or _shown(touch) == ["+true"]


def test_names_that_git_would_take_for_something_else_are_only_names(scratch: Scratch) -> None:
    for name in ("-L1,1:f", ":(glob)*", "a:b", "tab\there", 'quo"te', "\x1b[31m"):
        commit = scratch.commit({name: f"text of {name!r}\n"})

        assert blame(scratch.repository, Lines(commit, name.encode(), 1, 1)) == (Stretch(commit, 1, 1),)
        (touch,) = touches(scratch.repository, Lines(commit, name.encode(), 1, 1))
        assert _shown(touch) == [f"+text of {name!r}"]


def test_a_text_that_looks_like_an_answer_of_git_is_only_text(scratch: Scratch) -> None:
    text = f"{'0' * 40} 1 1 1\n\t{'0' * 40} 2 2\nfilename f\n@@ -1 +1 @@\ndiff --git a/f b/f\n"
    commit = scratch.commit({"f": text}, message=f"{'0' * 40} 1 1 1\n\n{'1' * 40}")

    assert blame(scratch.repository, Lines(commit, b"f", 1, 5)) == (Stretch(commit, 1, 5),)
    (touch,) = touches(scratch.repository, Lines(commit, b"f", 1, 5))
    assert _shown(touch) == [f"+{line}" for line in text.splitlines()]


def test_names_are_those_of_the_commit_and_a_mailmap_has_no_say(scratch: Scratch) -> None:
    scratch.write(".mailmap", "Somebody Else <else@example.org> <ada@example.org>\n")
    commit = scratch.commit({"f": "x\n"}, message="the subject")

    found = commits_by_id(scratch.repository, [commit, "0" * 40])

    assert list(found) == [commit]
    assert found[commit].author.name == b"Ada"
    assert found[commit].message == b"the subject\n"
    assert str(found[commit].authored) == "2023-11-14 22:13:20+00:00"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Ada <a> 1700000000 +0530", "2023-11-15 03:43:20+05:30"),
        ("Ada <a> 1700000000 -1200", "2023-11-14 10:13:20-12:00"),
        ("Ada <a> 999999999999 +0000", "None"),
        ("Ada <a> 1700000000 +9999", "None"),
        ("Ada <a> soon", "None"),
        ("<> > 5 +0000 <a> 1700000000 +0000", "2023-11-14 22:13:20+00:00"),
    ],
)
def test_a_time_is_what_the_commit_says_or_none(header: str, expected: str, scratch: Scratch) -> None:
    tree = scratch.git("hash-object", "-t", "tree", "-w", "--stdin").decode().strip()
    raw = f"tree {tree}\nauthor {header}\ncommitter Ada <a> 1700000000 +0000\n\nx\n".encode()
    commit = scratch.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=raw).decode().strip()

    assert str(commits_by_id(scratch.repository, [commit])[commit].authored) == expected


def test_parents_are_told_even_if_they_are_not_here(edited: tuple[Scratch, str, str, str]) -> None:
    scratch, first, second, third = edited

    found = commits_by_id(scratch.repository, [first, third])

    assert found[first].parents == ()
    assert found[third].parents == (second,)
    assert found[third].authored is not None
    assert found[third].authored.utcoffset() == timedelta(0)
