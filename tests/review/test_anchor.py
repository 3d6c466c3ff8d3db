"""A note moves with its line, and says where it was when the line is gone."""

from hypothesis import given
from hypothesis import strategies as st

from reviewer.diff.model import Diff
from reviewer.diff.patchfile import parse_patch_file
from reviewer.review.anchor import anchored
from reviewer.review.model import EventId, Note, Side, Spot
from tests.review.samples import ADA

_HEAD = b"diff --git a/f.py b/f.py\n--- a/f.py\n+++ b/f.py\n"


def _diff(*lines: bytes, start: int = 1, head: bytes = _HEAD) -> Diff:
    old = sum(not line.startswith(b"+") for line in lines)
    new = sum(not line.startswith(b"-") for line in lines)
    counts = b"@@ -%d,%d +%d,%d @@\n" % (start, old, start, new)
    return parse_patch_file(head + counts + b"".join(line + b"\n" for line in lines), "sample")


def _note(spot: Spot | None) -> Note:
    return Note(EventId("n"), "why?", spot, None, is_blocking=False, by=ADA)


def test_a_note_moves_with_its_line() -> None:
    note = _note(Spot(b"f.py", Side.NEW, 2, 2, b"pay()"))

    moved = anchored(note, _diff(b" a", b" b", b"+new", b"+pay()", b" c", start=10))

    assert moved.spot == Spot(b"f.py", Side.NEW, 13, 13, b"pay()")
    assert moved.was is None


def test_of_two_lines_alike_the_nearer_one_is_meant() -> None:
    lines = (b"+pay()", b" a", b" b", b" c", b" d", b"+pay()")
    note = _note(Spot(b"f.py", Side.NEW, 5, 5, b"pay()"))

    assert anchored(note, _diff(*lines)).spot == Spot(b"f.py", Side.NEW, 6, 6, b"pay()")


def test_several_lines_move_together_or_not_at_all() -> None:
    note = _note(Spot(b"f.py", Side.NEW, 1, 2, b"a\nb"))

    assert anchored(note, _diff(b"+x", b"+a", b"+b")).spot == Spot(b"f.py", Side.NEW, 2, 3, b"a\nb")
    assert anchored(note, _diff(b"+a", b"+x", b"+b")).was == note.spot


def test_a_note_on_a_removed_line_looks_at_the_old_side_alone() -> None:
    note = _note(Spot(b"f.py", Side.OLD, 1, 1, b"pay()"))

    assert anchored(note, _diff(b"+pay()", b" a", b"-pay()")).spot == Spot(b"f.py", Side.OLD, 2, 2, b"pay()")


def test_a_note_whose_line_is_gone_stands_at_its_file_and_says_where_it_was() -> None:
    note = _note(Spot(b"f.py", Side.NEW, 2, 2, b"pay()"))

    gone = anchored(note, _diff(b"+paid()"))

    assert gone.spot == Spot(b"f.py")
    assert gone.was == note.spot


def test_a_note_whose_file_is_gone_is_about_the_review_and_says_where_it_was() -> None:
    note = _note(Spot(b"g.py", Side.NEW, 2, 2, b"pay()"))

    gone = anchored(note, _diff(b"+pay()"))

    assert (gone.spot, gone.was) == (None, note.spot)


def test_a_note_goes_with_a_renamed_file() -> None:
    head = b"diff --git a/g.py b/f.py\nsimilarity index 90%\nrename from g.py\nrename to f.py\n--- a/g.py\n+++ b/f.py\n"
    diff = _diff(b"+pay()", b" a", head=head)

    assert anchored(_note(Spot(b"g.py", Side.NEW, 9, 9, b"pay()")), diff).spot == Spot(
        b"f.py", Side.NEW, 1, 1, b"pay()"
    )
    assert anchored(_note(Spot(b"g.py")), diff).spot == Spot(b"f.py")
    assert anchored(_note(None), diff).spot is None


@given(st.lists(st.sampled_from([b"a", b"b", b"c"]), min_size=1, max_size=8), st.data())
def test_a_note_always_stands_on_its_own_text_or_says_that_it_is_gone(texts: list[bytes], data: st.DataObject) -> None:
    wanted = b"\n".join(data.draw(st.lists(st.sampled_from([b"a", b"b", b"d"]), min_size=1, max_size=3)))
    spot = Spot(b"f.py", Side.NEW, 1, 1 + wanted.count(b"\n"), wanted)

    placed = anchored(_note(spot), _diff(*(b"+" + text for text in texts)))

    if placed.was is None:
        assert placed.spot is not None
        assert placed.spot.first is not None
        assert placed.spot.last is not None
        assert b"\n".join(texts[placed.spot.first - 1 : placed.spot.last]) == wanted
    else:
        assert wanted not in b"\n".join(texts) or placed.spot == Spot(b"f.py")
