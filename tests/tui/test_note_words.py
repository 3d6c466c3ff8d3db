from dataclasses import replace

from reviewer.points import Point
from reviewer.review.draft import begin_draft
from reviewer.review.events import Resolve, TakeNote, View
from reviewer.review.model import EventId, Intent, Note, Reviewer, Side, Spot
from reviewer.tui.note_words import beside_line, draft_line, drafts_words, news_words, note_line
from tests.review.samples import ADA, EDITS, entry

NOTE = Note(EventId("n"), "why\nso?", Spot(b"a.py", Side.NEW, 3, 5), Point.SCALE, is_blocking=True, by=ADA)
AGENT = Reviewer("Ada", "ada@example.org", "helper\x1b")


def test_a_note_in_the_list_has_every_word_one_may_look_for_it_by() -> None:
    question = replace(NOTE, intent=Intent.QUESTION, by=AGENT)

    assert note_line(question, [NOTE]) == (
        "open     blocking question, Scale  a.py:3-5  agent helper␛: why …  (1 answer)"
    )


def test_the_list_tells_what_state_a_note_is_in() -> None:
    assert note_line(replace(NOTE, is_resolved=True), ()).startswith("resolved ")
    assert note_line(replace(NOTE, proposed_by=AGENT), ()).startswith("proposed ")


def test_the_panel_says_the_lines_of_a_range_and_the_old_side_and_nothing_of_the_line_it_stands_beside() -> None:
    assert beside_line(NOTE) == ", lines 3-5"
    assert beside_line(replace(NOTE, spot=Spot(b"a.py", Side.NEW, 3, 3))) == ""
    assert beside_line(replace(NOTE, spot=Spot(b"a.py", Side.OLD, 3, 3))) == ", line 3, old side"
    assert beside_line(replace(NOTE, spot=Spot(b"a.py"))) == ""
    assert beside_line(replace(NOTE, spot=None)) == ", on the whole review"
    assert beside_line(replace(NOTE, spot=Spot(b"a.py"), was=NOTE.spot)) == ", was on a.py:3-5"


def test_a_draft_in_the_list_says_what_it_will_be() -> None:
    assert draft_line(begin_draft(TakeNote("\nhalf\nmore", Spot(b"a.py")))) == "draft    note  a.py  half"
    assert draft_line(begin_draft(TakeNote("x", answers=EventId("n")))) == "draft    answer  the whole review  x"
    assert draft_line(begin_draft(TakeNote("x", replaces=EventId("n")))) == "draft    edit  the whole review  x"


def test_a_start_tells_of_drafts_only_if_there_are_any() -> None:
    draft = begin_draft(TakeNote("x", Spot(b"a.py")))

    assert drafts_words(()) == ""
    assert drafts_words([draft]) == "a draft of a note on a.py from before; @ shows what you were writing"
    assert drafts_words([draft, draft]).startswith("2 drafts from before")


def test_news_say_who_said_what_where_and_no_more_than_their_number_if_there_are_many() -> None:
    said = entry(TakeNote("so", answers=NOTE.id), 3, AGENT, "a")
    notes = {NOTE.id: NOTE, said.id: replace(NOTE, id=said.id, body="so", by=AGENT, answers=NOTE.id)}
    proposed = entry(Resolve(proposes=NOTE.id), 4, AGENT)

    assert news_words(notes, [said, proposed]) == "agent helper␛ answered on a.py:3-5: so"
    assert news_words(notes, [said, said]) == "agent helper␛ wrote 2 notes; @ lists all"
    assert news_words(notes, [proposed]) == "agent helper␛ thinks a note settled; @ lists them"
    assert news_words(notes, [entry(View(EDITS), 3, AGENT)]) == ""
