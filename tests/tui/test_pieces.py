from reviewer.diff.model import LineKind
from reviewer.diff.patchfile import parse_patch_file
from reviewer.tui.pieces import Pieces
from reviewer.tui.rows import RowMap

_PATCH = b"""\
diff --git a/a.py b/a.py
index 1111111..2222222 100644
--- a/a.py
+++ b/a.py
@@ -1,4 +1,4 @@
 def f():
-return  1
-x = old
+    return 1
+x = new
 end
"""


def _pieces() -> Pieces:
    return Pieces(RowMap(parse_patch_file(_PATCH, "test")))


def test_changed_words_are_marked_on_both_lines_of_a_replacement() -> None:
    piece = _pieces().piece(0, 0, 80)

    assert piece.words[2] == ((4, 7),)
    assert piece.words[4] == ((4, 7),)


def test_lines_that_only_moved_white_space_are_told_from_others() -> None:
    piece = _pieces().piece(0, 0, 80)

    assert piece.blank_changes == {1, 3}


def test_colours_are_wanted_for_both_sides_of_what_is_looked_at() -> None:
    pieces = _pieces()

    pieces.piece(0, 0, 80)

    assert [request.key for request in pieces.wanted] == [(0, 0, "new"), (0, 0, "old")]
    assert pieces.wanted[0].lines == ("def f():", "    return 1", "x = new", "end")
    assert pieces.wanted[1].lines == ("def f():", "return  1", "x = old", "end")


def test_colours_land_on_the_lines_they_were_asked_for() -> None:
    pieces = _pieces()
    piece = pieces.piece(0, 0, 80)

    is_taken = pieces.colour(pieces.wanted[0], ((), ((4, 10, "keyword"),), (), ()))

    assert is_taken
    assert piece.spans[3] == ((4, 10, "keyword"),)
    assert piece.lines[3].kind is LineKind.ADDED


def test_a_long_line_is_decoded_only_as_far_as_it_is_looked_at() -> None:
    patch = b"--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+" + b"a" * 5_000_000 + b"\n"
    pieces = Pieces(RowMap(parse_patch_file(patch, "test")))

    piece = pieces.piece(0, 0, 80)

    assert len(piece.shown[0]) <= 4 * 80


def test_colours_asked_for_another_diff_are_not_taken() -> None:
    before, now = _pieces(), _pieces()
    before.piece(0, 0, 80)
    piece = now.piece(0, 0, 80)

    is_taken = now.colour(before.wanted[0], (((0, 3, "keyword"),), (), (), ()))

    assert not is_taken
    assert piece.spans == {}
