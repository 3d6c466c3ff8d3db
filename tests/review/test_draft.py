from dataclasses import replace

from hypothesis import given

from reviewer.points import Point
from reviewer.review.draft import Draft, anchored_draft, begin_draft, decode_draft, draft_at, encode_draft
from reviewer.review.events import TakeNote
from reviewer.review.model import EventId, Intent, Side, Spot
from tests.review.samples import DIFF
from tests.review.strategies import values

PAY = Spot(b"shop.py", Side.NEW, 12, 13, b"    send(2)\n    send(3)")
ON_PAY = begin_draft(TakeNote("twice?", PAY))


@given(note=values(TakeNote))
def test_a_draft_reads_back_as_it_was_written(note: TakeNote) -> None:
    draft = begin_draft(note)

    assert decode_draft(draft.key, encode_draft(draft)) == draft


def test_what_is_no_draft_or_a_newer_versions_is_none() -> None:
    for content in (
        b"",
        b"\xff",
        b"[]",
        b'{"schema": "reviewer.draft/2", "body": "x"}',
        b'{"schema": "reviewer.draft/1"}',
    ):
        assert decode_draft("k", content) is None


def test_two_drafts_at_one_place_are_one_whatever_they_say() -> None:
    other = begin_draft(TakeNote("or once?", PAY, is_blocking=True, intent=Intent.QUESTION))

    assert other.key == ON_PAY.key
    assert begin_draft(TakeNote("twice?", PAY, Point.SCALE)).key != ON_PAY.key
    assert begin_draft(TakeNote("twice?", PAY, answers=EventId("1"))).key != ON_PAY.key


def test_a_draft_moves_with_its_lines_and_keeps_its_key() -> None:
    moved = Draft("k", replace(ON_PAY.note, spot=replace(PAY, first=40, last=41)))

    assert anchored_draft(moved, DIFF) == Draft("k", ON_PAY.note)


def test_a_draft_whose_lines_are_gone_is_about_the_file() -> None:
    gone = Draft("k", replace(ON_PAY.note, spot=replace(PAY, text=b"nowhere\nelse")))

    assert anchored_draft(gone, DIFF).note.spot == Spot(b"shop.py")


def test_a_draft_is_found_at_its_lines_and_from_any_one_of_them() -> None:
    line = TakeNote("", replace(PAY, first=13, last=13, text=b"    send(3)"))

    assert draft_at([ON_PAY], TakeNote("", PAY), is_exact=True) is ON_PAY
    assert draft_at([ON_PAY], line, is_exact=False) is ON_PAY
    assert draft_at([ON_PAY], line, is_exact=True) is None
    assert draft_at([ON_PAY], TakeNote("", Spot(b"shop.py")), is_exact=False) is None
    assert draft_at([ON_PAY], TakeNote(""), is_exact=False) is None
    assert draft_at([ON_PAY], replace(line, point=Point.SCALE), is_exact=False) is None
    assert draft_at([ON_PAY], replace(line, spot=replace(PAY, side=Side.OLD)), is_exact=False) is None
