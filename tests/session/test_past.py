"""What commits made of lines is told step by step, and what is not known is said."""

import asyncio
from collections.abc import Callable

import pytest

from reviewer.repository import choose_target, discover, read_diff
from reviewer.repository.runners import current_runner
from reviewer.session import past
from reviewer.session.past import Past, Span, Told
from reviewer.session.subject import Subject
from tests.scratch import Scratch

BEFORE = "".join(f"line {number} of a file that is long enough to be found again\n" for number in range(1, 9))


def _subject(scratch: Scratch, revision: str | None = None, *, root: bool = False) -> Subject:
    repository = discover(scratch.folder)
    target = choose_target(repository, revision, root=root)
    return Subject(read_diff(repository, target), target.label, repository, target.old, target.new)


def _told(subject: Subject, span: Span) -> list[Told]:
    async def listen() -> list[Told]:
        return [told async for told in Past(subject, span).told()]

    return asyncio.run(listen())


@pytest.fixture
def edited(scratch: Scratch) -> tuple[Scratch, str, str]:
    """Two commits, and an edit of the third and fourth line that is not committed."""
    first = scratch.commit({"f": BEFORE})
    second = scratch.commit({"f": BEFORE.replace("line 3 ", "line III ")})
    scratch.write("f", BEFORE.replace("line 3 ", "line three ").replace("line 4 ", "line four "))
    return scratch, first, second


def test_first_is_told_where_lines_are_from_and_then_who_touched_them(edited: tuple[Scratch, str, str]) -> None:
    scratch, first, second = edited

    blamed, whole = _told(_subject(scratch), Span(0, 3, 4, is_old=True))

    assert {(each.commit.oid, each.left, each.hunks) for each in blamed.commits} == {
        (first, ((4, 4),), None),
        (second, ((3, 3),), None),
    }
    assert not blamed.is_done
    assert [(each.commit.oid, each.left) for each in whole.commits] == [(second, ((3, 3),)), (first, ((4, 4),))]
    assert all(each.hunks for each in whole.commits)
    assert (whole.is_done, whole.is_cut, whole.trouble) == (True, False, "")


def test_an_added_line_of_a_range_is_from_a_commit_of_it(edited: tuple[Scratch, str, str]) -> None:
    scratch, first, second = edited
    scratch.git("checkout", "--quiet", "f")

    *_, whole = _told(_subject(scratch, f"{first}..{second}"), Span(0, 3, 3, is_old=False))

    assert [each.commit.oid for each in whole.commits] == [second]


def test_everything_of_a_first_commit_is_from_it(edited: tuple[Scratch, str, str]) -> None:
    scratch, first, _ = edited

    *_, whole = _told(_subject(scratch, first), Span(0, 1, 8, is_old=False))

    assert [(each.commit.oid, each.left, each.is_edge) for each in whole.commits] == [(first, ((1, 8),), False)]


def test_a_line_that_is_not_committed_has_no_past(edited: tuple[Scratch, str, str]) -> None:
    scratch, *_ = edited

    (told,) = _told(_subject(scratch), Span(0, 3, 3, is_old=False))

    assert told.is_done
    assert told.trouble == "these lines are not committed yet; lines that were removed, or stayed, have a past"


def test_a_new_file_has_no_past_before_the_change(scratch: Scratch) -> None:
    scratch.commit({"f": BEFORE})
    scratch.write("g", "new\n")

    (told,) = _told(_subject(scratch), Span(0, 1, 1, is_old=True))

    assert "not committed yet" in told.trouble


def test_of_a_patch_nothing_is_known(edited: tuple[Scratch, str, str]) -> None:
    scratch, *_ = edited
    subject = Subject(_subject(scratch).diff, "a.patch", discover(scratch.folder), is_patch=True)

    (told,) = _told(subject, Span(0, 3, 3, is_old=True))

    assert told.trouble == "a patch does not say which commits its lines are from"


def test_lines_beyond_the_end_are_refused_in_gits_words(edited: tuple[Scratch, str, str]) -> None:
    scratch, *_ = edited

    (told,) = _told(_subject(scratch), Span(0, 99, 99, is_old=True))

    assert "has only 8 lines" in told.trouble


def test_where_a_shallow_clone_ends_it_is_said_that_lines_may_be_older(
    edited: tuple[Scratch, str, str], make_scratch: Callable[..., Scratch]
) -> None:
    scratch, _, second = edited
    clone = make_scratch("clone")
    clone.git("fetch", "--quiet", "--depth=1", f"file://{scratch.folder}", "main")
    clone.git("reset", "--quiet", "--hard", "FETCH_HEAD")
    clone.write("f", "")

    *_, whole = _told(_subject(clone), Span(0, 1, 8, is_old=True))

    assert [(each.commit.oid, each.is_edge) for each in whole.commits] == [(second, True)]


def test_of_a_long_history_the_newest_are_told_and_that_there_are_more(
    scratch: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "MOST_TOUCHES", 2)
    commits = [scratch.commit({"f": f"a line, the {number}.\nanother one that stays\n"}) for number in range(4)]
    scratch.write("f", "gone\n")

    *_, whole = _told(_subject(scratch), Span(0, 1, 2, is_old=True))

    assert [each.commit.oid for each in whole.commits] == [commits[3], commits[2], commits[0]]
    assert [each.left for each in whole.commits] == [((1, 1),), (), ((2, 2),)]
    assert whole.commits[2].hunks is None
    assert whole.is_cut


def test_what_is_too_much_to_be_read_is_not_and_that_is_said(
    edited: tuple[Scratch, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch, *_ = edited
    monkeypatch.setattr(past, "_MOST_BYTES", 1_000)

    *_, told = _told(_subject(scratch), Span(0, 1, 8, is_old=True))

    assert told.trouble == "git's answer is longer than 1,000 bytes"
    assert told.is_done


def test_a_question_is_stopped_while_git_is_at_work(
    edited: tuple[Scratch, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch, *_ = edited
    subject = _subject(scratch)
    monkeypatch.setattr(past, "blame", lambda *_: current_runner()(["sleep", "600"], {}, None))

    async def stop_soon() -> list[Told]:
        asked = Past(subject, Span(0, 1, 8, is_old=True))
        asyncio.get_running_loop().call_later(0.3, asked.stop)
        return [told async for told in asked.told()]

    assert [told.trouble for told in asyncio.run(stop_soon())] == ["stopped; what is shown is as it was"]
