from dataclasses import replace

from reviewer.review.events import Entry, Event, Resolve, Retract, TakeNote
from reviewer.review.model import EventId, Intent, Note, Reviewer, ReviewState
from reviewer.review.state import fold, read_here, said_by_people
from reviewer.review.thread import threads
from tests.review.samples import ADA, BEN, entry

AGENT = Reviewer("Ada", "ada@example.org", "helper")
ASKED = EventId("asked")
QUESTION = TakeNote("why 5?", intent=Intent.QUESTION, is_blocking=True)


def _log(*said: tuple[Event, Reviewer]) -> list[Entry]:
    """Return Ada's question, and what came after it."""
    first = entry(QUESTION, 0, name=ASKED)
    return [first, *(entry(event, clock, by) for clock, (event, by) in enumerate(said, 1))]


def _after(*said: tuple[Event, Reviewer]) -> ReviewState:
    return fold(said_by_people(_log(*said)))


def _question(*said: tuple[Event, Reviewer]) -> Note:
    return _after(*said).notes[ASKED]


def test_an_edit_puts_new_words_in_the_place_of_ones_own_and_keeps_the_note() -> None:
    edit = TakeNote("why 5 s?", replaces=ASKED)

    note = _question((edit, ADA))

    assert (note.body, note.intent, note.is_blocking) == ("why 5 s?", Intent.REMARK, False)
    assert note.versions == ("0001",)


def test_an_edit_that_is_undone_gives_the_old_words_back() -> None:
    assert _question((TakeNote("oh", replaces=ASKED), ADA), (Retract(EventId("0001")), ADA)) == _question()


def test_nobody_can_put_words_into_the_mouth_of_another() -> None:
    for other in (BEN, AGENT):
        state = _after((TakeNote("all is well", replaces=ASKED), other))

        assert state.notes[ASKED].body == "why 5?"
        assert state.notes[EventId("0001")].by == other


def test_an_edit_of_what_is_gone_is_a_note_of_its_own() -> None:
    state = _after((TakeNote("still here", replaces=EventId("nowhere")), ADA))

    assert state.notes[EventId("0001")].body == "still here"


def test_answers_stand_in_the_thread_of_the_first_note_whichever_they_answer() -> None:
    first, second = TakeNote("because", answers=ASKED), TakeNote("of what?", answers=EventId("0001"))

    state = _after((first, AGENT), (second, ADA))

    assert [note.body for note in threads(state.notes.values())[ASKED]] == ["because", "of what?"]


def test_an_answer_to_a_note_that_was_deleted_is_not_lost() -> None:
    state = _after((TakeNote("because", answers=ASKED), AGENT), (Retract(ASKED), ADA))

    assert [(note.body, note.answers) for note in state.notes.values()] == [("because", None)]


def test_an_agent_can_propose_to_settle_a_note_and_no_more() -> None:
    note = _question((Resolve(proposes=ASKED), AGENT))

    assert (note.proposed_by, note.is_resolved) == (AGENT, False)
    assert not _question((Resolve(ASKED), AGENT)).is_resolved
    assert not _question((Resolve(ASKED, proposes=ASKED), AGENT)).is_resolved
    assert _question((Resolve(ASKED), ADA), (Resolve(reopens=ASKED), AGENT)).is_resolved


def test_a_proposal_ends_with_a_persons_word_for_or_against_it() -> None:
    proposed = (Resolve(proposes=ASKED), AGENT)
    for word in (Resolve(ASKED), TakeNote("no", answers=ASKED)):
        assert _question(proposed, (word, BEN)).proposed_by is None
    assert _question(proposed, (TakeNote("see line 3", answers=ASKED), AGENT)).proposed_by == AGENT


def test_a_settled_note_can_be_taken_up_again() -> None:
    assert not _question((Resolve(ASKED), ADA), (Resolve(reopens=ASKED), BEN)).is_resolved


def test_a_record_from_elsewhere_takes_no_word_back_that_was_said_here() -> None:
    here = entry(QUESTION, 0, name=ASKED)
    forged = [entry(Retract(ASKED), 1), entry(TakeNote("fine", replaces=ASKED), 2)]

    assert fold(read_here([here, *forged], {ASKED})) == fold([here])


def test_a_note_is_called_after_the_agent_that_wrote_it_not_after_its_person() -> None:
    assert AGENT.called == "agent helper"
    assert replace(AGENT, agent="").called == "Ada"


def test_the_headline_is_the_first_line_that_says_something() -> None:
    note = _question()

    assert note.headline == "why 5?"
    assert replace(note, body="\n\nfirst\nsecond").headline == "first …"
    assert replace(note, body="\n").headline == ""
