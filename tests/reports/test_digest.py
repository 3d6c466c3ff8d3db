from dataclasses import replace

import pytest

from reviewer.analysis.finding import Severity
from reviewer.checklist import QuestionId
from reviewer.points import Point
from reviewer.reports.digest import Item, Part, digest, place
from reviewer.review.events import (
    Dispose,
    Event,
    GiveAnswer,
    Raise,
    Range,
    Resolve,
    RunTests,
    Sign,
    TakeNote,
    View,
    Waive,
)
from reviewer.review.model import Disposition, EventId, Intent, Reply, Reviewer, ReviewState, Side, Spot, Verdict
from reviewer.review.state import fold
from reviewer.store import Record
from tests.review.samples import (
    EDITS,
    OTHER_SCOPE,
    QUESTIONS,
    REVIEW,
    REVIEWED,
    SCOPE,
    entry,
    finding,
    state_after,
)

SCALE = QUESTIONS[2]


def _parts(*events: Event, damages: tuple[str, ...] = ()) -> dict[str, tuple[Item, ...]]:
    parts = digest(Record(REVIEW, (), damages), state_after(*events), QUESTIONS)
    return {part.heading: part.items for part in parts}


def _summary(*events: Event) -> list[str]:
    return [item.text for item in _parts(*events)[f"Review {REVIEW}"]]


def test_the_summary_says_what_was_reviewed_by_whom_and_how_much_of_it_was_read() -> None:
    assert _summary(View(EDITS[:2])) == [
        "uncommitted changes: 2 files, 3 hunks, 4 changed lines",
        f"scope {SCOPE.id}",
        "reviewer Ada <ada@example.org>",
        "2 edits marked as read",
        "not signed off",
    ]


def test_a_waiver_and_a_test_run_are_told_with_who_and_why() -> None:
    events = (Waive("ai-tag", "old commit", SCOPE.id), RunTests(SCOPE.id, "pytest", 1), RunTests(OTHER_SCOPE, "tox", 0))

    items = _parts(*events)["Review 2026-01-31-0123456789"]

    told = [(item.text, item.below, item.is_done) for item in items if "by Ada" in item.text]
    assert told == [
        ("ai-tag waived by Ada <ada@example.org>", ("old commit",), None),
        ("`pytest` ended with 1, run by Ada <ada@example.org>", (), False),
        ("`tox` ended with 0, run by Ada <ada@example.org>, for an earlier state of the change", (), True),
    ]


def test_a_sign_off_is_told_with_who_when_and_how_much_and_that_it_is_unsigned() -> None:
    *_, verdict, unsigned = _summary(Sign(Verdict.APPROVE, SCOPE.id, 0.996))

    assert (
        verdict
        == "verdict approve by Ada <ada@example.org> at 2026-01-31T12:00:00Z, unsigned, 99 % of changed lines read"
    )
    assert unsigned.startswith("an unsigned sign-off shows accidental damage only")


def test_a_sign_off_for_an_earlier_state_of_the_change_is_told_as_one() -> None:
    *_, verdict, _ = _summary(Sign(Verdict.APPROVE, OTHER_SCOPE, 1.0))

    assert verdict.endswith("100 % of changed lines read, for an earlier state of the change")


def test_a_review_of_nothing_known_is_still_a_digest() -> None:
    first, *points = digest(Record(REVIEW, ()), ReviewState(), QUESTIONS)

    assert first == Part(f"Review {REVIEW}", (Item("0 edits marked as read"), Item("not signed off")))
    assert [part.heading for part in points] == [f"{point.number} {point.title}" for point in Point]


def test_flags_come_gravest_first_with_the_word_they_were_given() -> None:
    flags = (finding("f"), finding("g", severity=Severity.HIGH), finding("h", line=3), finding("i", suppressed="known"))
    words = (
        Dispose(finding("f").id, Disposition.ACCEPTED_RISK, "bounded"),
        Dispose(finding("g").id, Disposition.NEEDS_CHANGE),
    )

    items = _parts(Raise(flags, SCOPE.id), *words)["Flags"]

    what = "missing-timeout: a call that can wait for ever"
    assert items == (
        Item(f"shop.py:12  high {what}", ("needs a change",), is_done=True),
        Item(f"shop.py:3  medium {what}", ("open",), is_done=False),
        Item(f"shop.py:12  medium {what}", ("accepted risk: bounded",), is_done=True),
        Item(f"shop.py:12  medium {what}", ("suppressed: known",)),
    )


def test_the_word_on_a_suppressed_flag_is_told_as_well() -> None:
    (item,) = _parts(Raise((finding(suppressed="known"),), SCOPE.id), Dispose(finding().id, Disposition.NEEDS_CHANGE))[
        "Flags"
    ]

    assert item.below == ("suppressed: known", "needs a change")


@pytest.mark.parametrize(("reply", "is_done"), [(Reply.YES, True), (Reply.NO, False), (Reply.NOT_APPLICABLE, True)])
def test_an_answer_stands_under_its_point_with_its_note(reply: Reply, is_done: bool) -> None:
    (item,) = _parts(GiveAnswer(SCALE.key, reply, SCOPE.id, "measured"))["3 Scale"]

    assert item == Item(f"What of Scale? {reply.value}", ("measured",), is_done=is_done)


def test_a_question_without_an_answer_is_told_as_one() -> None:
    assert _parts()["3 Scale"] == (Item("What of Scale? not answered", is_done=False),)


def test_an_answer_for_an_earlier_state_of_the_change_is_told_as_one() -> None:
    (item,) = _parts(GiveAnswer(SCALE.key, Reply.YES, OTHER_SCOPE))["3 Scale"]

    assert item.text == "What of Scale? yes, for an earlier state of the change"


def test_an_answer_to_a_question_that_is_no_longer_asked_is_not_lost() -> None:
    parts = _parts(GiveAnswer(QuestionId("team/old"), Reply.NO, SCOPE.id, "it does not"))

    assert parts["Answers to questions no longer asked"] == (Item("team/old no", ("it does not",), is_done=False),)


def test_a_note_is_told_with_place_author_code_and_text() -> None:
    spot = Spot(b"shop.py", Side.OLD, 11, 12, b"    send(1)\n\n")

    (item,) = _parts(TakeNote("why?\nand when?", spot, Point.DEBUG))["Notes"]

    assert item.text == "shop.py:11-12 (old)  note by Ada, Debug"
    assert item.below == ("        send(1)", "    ", "    ", "why?", "and when?")
    assert item.is_done is None


def test_a_blocking_note_is_to_be_done_until_it_is_resolved() -> None:
    blocking = TakeNote("first this", is_blocking=True)

    (before,), (after,) = _parts(blocking)["Notes"], _parts(blocking, Resolve(EventId("0002")))["Notes"]

    assert (before.text, before.is_done) == ("the whole review  blocking note by Ada", False)
    assert after.is_done


def test_damage_is_told() -> None:
    assert _parts(damages=("ada.1.jsonl: line 3: cut off",))["Damage"] == (Item("ada.1.jsonl: line 3: cut off"),)


def test_what_a_record_calls_its_scope_is_shown_and_not_sent_to_the_terminal() -> None:
    summary = _summary(Range(replace(REVIEWED, scope="\x1b[2J", label="\x1b[2J")))

    assert all(line.isprintable() for line in summary)


@pytest.mark.parametrize(
    ("spot", "shown"),
    [
        (Spot(b"a b.py"), "a b.py"),
        (Spot(b"a.py", first=3, last=3), "a.py:3"),
        (Spot(b"a.py", first=3, last=9), "a.py:3-9"),
        (Spot(b"a.py", Side.OLD, 3, 9), "a.py:3-9 (old)"),
        (Spot(b"a.py", first=3), "a.py:3"),
        (Spot(b"caf\xe9\n.py", first=3, last=3), "caf⟦E9⟧␊.py:3"),
    ],
)
def test_a_place_is_written_so_that_an_editor_finds_it(spot: Spot, shown: str) -> None:
    assert place(spot) == shown


def test_an_answer_stands_below_its_note_under_the_name_of_who_gave_it() -> None:
    agent = Reviewer("Ada", "ada@example.org", "helper")
    asked = entry(TakeNote("why?", intent=Intent.QUESTION), 2)
    log = [asked, entry(TakeNote("so", answers=asked.id), 3, agent), entry(Resolve(proposes=asked.id), 4, agent)]

    (part,) = [part for part in digest(Record(REVIEW, ()), fold(log), QUESTIONS) if part.heading == "Notes"]
    (item,) = part.items

    assert (item.text, item.below) == (
        "the whole review  question by Ada",
        ("why?", "agent helper: so", "agent helper thinks it settled"),
    )
