from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.analysis.finding import Severity
from reviewer.diff.identity import EditId, scope_of
from reviewer.diff.model import Diff
from reviewer.diff.patchfile import parse_patch_file
from reviewer.points import Point
from reviewer.review.events import Dispose, GiveAnswer, Raise, Range, Resolve, TakeNote, View
from reviewer.review.model import Disposition, EventId, Reply
from reviewer.review.progress import (
    blockers,
    current_answer,
    flags_of,
    is_answered,
    progress,
    viewed_hunks,
)
from reviewer.review.tally import tally_of
from tests.review.samples import (
    DIFF,
    EDITS,
    OTHER_SCOPE,
    QUESTIONS,
    REVIEWED,
    SCOPE,
    answers,
    finding,
    state_after,
)

NOTHING = Diff(())


def _texts(*events: object) -> list[str]:
    state = state_after(*events)  # type: ignore[arg-type]  # the tests pass events
    return [blocker.text for blocker in blockers(DIFF, SCOPE, state, QUESTIONS)]


def test_coverage_is_the_share_of_changed_lines_and_a_change_without_text_counts_as_one() -> None:
    shares = [
        progress(tally_of(DIFF, SCOPE, state_after(View(SCOPE.by_hunk[index]))), QUESTIONS).coverage
        for index in range(3)
    ]

    assert shares == [1 / 5, 3 / 5, 1 / 5]


@settings(deadline=None)
@given(marked=st.sets(st.sampled_from(EDITS)))
def test_coverage_is_whole_only_when_every_edit_is_marked(marked: set[EditId]) -> None:
    done = progress(tally_of(DIFF, SCOPE, state_after(View(tuple(marked)))), QUESTIONS)

    assert 0 <= done.coverage <= 1
    assert (done.coverage == 1) == (marked == set(EDITS)) == (done.hunks_viewed == done.hunks)


def test_one_unread_line_among_thousands_is_not_everything() -> None:
    lines = b"".join(b"+%d\n" % number for number in range(20_000))
    diff = parse_patch_file(
        b"--- a/x\n+++ b/x\n@@ -0,0 +1,20000 @@\n" + lines + b"--- a/y\n+++ b/y\n@@ -0,0 +1 @@\n+y\n", "long"
    )
    scope = scope_of(diff)

    coverage = progress(tally_of(diff, scope, state_after(View(scope.by_hunk[0]))), QUESTIONS).coverage

    assert 0.999 < coverage < 1
    assert int(coverage * 100) == 99


def test_an_empty_diff_is_read_to_its_end() -> None:
    assert progress(tally_of(NOTHING, scope_of(NOTHING), state_after()), QUESTIONS).coverage == 1.0


def test_a_hunk_is_viewed_when_all_its_edits_are() -> None:
    diff = parse_patch_file(b"--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n-a\n+A\n b\n-c\n+C\n", "two edits")
    (edits,) = scope_of(diff).by_hunk

    half, whole = state_after(View(edits[:1])), state_after(View(edits))

    assert len(edits) == 2
    assert viewed_hunks(scope_of(diff), half) == (False,)
    assert viewed_hunks(scope_of(diff), whole) == (True,)


def test_marks_of_another_change_do_not_count() -> None:
    assert progress(tally_of(DIFF, SCOPE, state_after(View((EditId("elsewhere"),)))), QUESTIONS).hunks_viewed == 0


def test_suppressed_flags_are_not_counted() -> None:
    state = state_after(Raise((finding("f"), finding("g", suppressed="known"), finding("h")), SCOPE.id),
                        Dispose(finding("h").id, Disposition.FALSE_ALARM))  # fmt: skip

    done = progress(tally_of(DIFF, SCOPE, state), QUESTIONS)

    assert (done.flags, done.open_flags) == (2, 1)


def test_a_point_is_answered_when_all_its_questions_are() -> None:
    second = replace(QUESTIONS[0], key="team/second")
    asked = (*QUESTIONS, second)
    one = state_after(GiveAnswer(QUESTIONS[0].key, Reply.YES, SCOPE.id))
    both = state_after(GiveAnswer(QUESTIONS[0].key, Reply.YES, SCOPE.id), GiveAnswer(second.key, Reply.NO, SCOPE.id))

    assert not is_answered(Point.VALIDATE, one, asked)
    assert is_answered(Point.VALIDATE, one, QUESTIONS)
    assert is_answered(Point.VALIDATE, both, asked)
    assert progress(tally_of(DIFF, SCOPE, both), asked).points_answered == 1


def test_a_point_nobody_asks_about_is_not_answered() -> None:
    assert not is_answered(Point.SCALE, state_after(), ())


def test_an_answer_for_an_earlier_state_of_the_change_is_none() -> None:
    state = state_after(GiveAnswer(QUESTIONS[0].key, Reply.YES, OTHER_SCOPE))
    moved = state_after(GiveAnswer(QUESTIONS[0].key, Reply.YES, SCOPE.id), Range(replace(REVIEWED, scope=OTHER_SCOPE)))

    assert current_answer(QUESTIONS[0].key, state) is None
    assert current_answer(QUESTIONS[0].key, moved) is None
    assert progress(tally_of(DIFF, SCOPE, state), QUESTIONS).points_answered == 0


def test_the_flags_of_a_point_come_gravest_first_then_by_place_and_without_suppressed_ones() -> None:
    flags = (
        finding("low", severity=Severity.LOW),
        finding("late", line=40),
        finding("early", line=3),
        finding("high", severity=Severity.HIGH),
        finding("elsewhere", point=Point.DEBUG),
        finding("quiet", suppressed="known"),
    )

    found = flags_of(Point.SCALE, state_after(Raise(flags, SCOPE.id)))

    assert [flag.finding.id for flag in found] == ["high", "early", "late", "low"]


def test_an_untouched_review_waits_for_every_hunk_and_every_point() -> None:
    assert _texts() == [
        "shop.py:2  not reviewed",
        "shop.py:12  not reviewed",
        "run.sh:1  not reviewed",
        *(f"{point.title}: not answered" for point in Point),
    ]


def test_nothing_is_left_when_all_is_read_and_answered() -> None:
    assert _texts(View(EDITS), *answers()) == []


@pytest.mark.parametrize("severity", [Severity.HIGH, Severity.MEDIUM])
def test_an_open_flag_of_weight_is_left(severity: Severity) -> None:
    (left,) = _texts(View(EDITS), *answers(), Raise((finding(severity=severity),), SCOPE.id))

    assert left == f"shop.py:12  {severity.value} flag missing-timeout is open"


@pytest.mark.parametrize("severity", [Severity.LOW, Severity.INFO])
def test_a_light_flag_is_not_waited_for(severity: Severity) -> None:
    assert _texts(View(EDITS), *answers(), Raise((finding(severity=severity),), SCOPE.id)) == []


def test_a_suppressed_flag_is_not_waited_for() -> None:
    assert (
        _texts(View(EDITS), *answers(), Raise((finding(severity=Severity.HIGH, suppressed="known"),), SCOPE.id)) == []
    )


@pytest.mark.parametrize("severity", Severity)
def test_a_flag_that_needs_a_change_is_left_whatever_its_weight(severity: Severity) -> None:
    needs_change = Dispose(finding().id, Disposition.NEEDS_CHANGE)

    (left,) = _texts(View(EDITS), *answers(), Raise((finding(severity=severity),), SCOPE.id), needs_change)

    assert left == "shop.py:12  flag missing-timeout needs a change"


@pytest.mark.parametrize("word", [Disposition.ACCEPTED_RISK, Disposition.FALSE_ALARM])
def test_a_flag_that_was_met_is_not_left(word: Disposition) -> None:
    assert _texts(View(EDITS), *answers(), Raise((finding(),), SCOPE.id), Dispose(finding().id, word, "bounded")) == []


def test_an_answer_of_no_is_left() -> None:
    no = GiveAnswer(QUESTIONS[2].key, Reply.NO, SCOPE.id, "it reads the whole table")

    assert _texts(View(EDITS), *answers(), no) == ["Scale: answered no"]


def test_answers_of_not_applicable_are_not_waited_for() -> None:
    assert _texts(View(EDITS), *answers(Reply.NOT_APPLICABLE)) == []


def test_a_blocking_note_is_left_until_it_is_resolved() -> None:
    done = (View(EDITS), *answers())
    note = EventId(f"{2 + len(done):04}")

    assert _texts(*done, TakeNote("first this", is_blocking=True)) == ["blocking note: first this"]
    assert _texts(*done, TakeNote("first this", is_blocking=True), Resolve(note)) == []
    assert _texts(*done, TakeNote("by the way")) == []


def test_every_blocker_says_where_to_go() -> None:
    state = state_after(Raise((finding(),), SCOPE.id), TakeNote("first this", is_blocking=True))

    found = blockers(DIFF, SCOPE, state, QUESTIONS)

    assert [(b.hunk is not None) + bool(b.flag) + bool(b.question) + bool(b.note) for b in found] == [1] * len(found)
    assert {b.hunk for b in found} == {0, 1, 2, None}


def test_a_blocker_shows_a_path_without_what_steers_a_terminal() -> None:
    state = state_after(View(EDITS), *answers(), Raise((finding(path=b"\x1b[2J.py", rule="\x07"),), SCOPE.id))

    (left,) = blockers(DIFF, SCOPE, state, QUESTIONS)

    assert left.text.isprintable()
