"""Lines that moved are told from new ones, in blocks; what is said of one side holds for the other."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reviewer.diff.blocks import Block
from reviewer.diff.lines import lines_of
from reviewer.diff.model import Hunk, LineKind
from reviewer.diff.moves import find_moves
from tests.diff.patches import hunk

Signed = list[tuple[str, str]]

FUNCTION = ["def total(orders):", "    return sum(order.price for order in orders)", "", "# the end of it"]
OTHER = ["class Basket:", "    items = ()", "    owner = None"]
LONG = "raise PaymentRefused(order.customer, reason=answer.reason_of_refusal)"


def _hunks(*bodies: Signed) -> list[tuple[int, Hunk]]:
    """Return hunks of files of their own; each begins at line 10."""
    return [(number, _hunk(body)) for number, body in enumerate(bodies)]


def _hunk(body: Signed) -> Hunk:
    return hunk("".join(f"{sign}{text}\n" for sign, text in body).encode(), old_start=10, new_start=10)


def _removed(lines: Sequence[str]) -> Signed:
    return [("-", line) for line in lines]


def _added(lines: Sequence[str]) -> Signed:
    return [("+", line) for line in lines]


def _moves(*bodies: Signed) -> set[Block]:
    return set(find_moves(_hunks(*bodies)))


def test_a_block_that_went_to_another_file_moved_as_one() -> None:
    moves = _moves([(" ", "x"), *_removed(FUNCTION)], [(" ", "y"), (" ", "z"), *_added(OTHER), *_added(FUNCTION)])

    assert moves == {Block(0, 11, 1, 15, 4)}


def test_a_block_that_went_to_another_edit_of_its_file_moved() -> None:
    assert _moves([*_removed(FUNCTION), (" ", "x"), *_added(FUNCTION)]) == {Block(0, 10, 0, 11, 4)}


def test_lines_that_come_back_in_their_own_edit_did_not_move() -> None:
    assert not _moves([*_removed(FUNCTION), *_removed(OTHER), *_added(OTHER), *_added(FUNCTION)])


def test_what_was_indented_in_place_is_not_said_to_come_from_a_copy_that_went_away() -> None:
    deeper = [f"    {line}" if line else line for line in FUNCTION]

    assert not _moves([*_removed(FUNCTION), *_added(deeper)], _removed(FUNCTION))


def test_an_indentation_that_changed_alike_is_told() -> None:
    deeper = [f"    {line}" if line else line for line in FUNCTION]

    assert _moves(_removed(FUNCTION), _added(deeper)) == {Block(0, 10, 1, 10, 4, indent=4)}
    assert _moves(_removed(deeper), _added(FUNCTION)) == {Block(0, 10, 1, 10, 4, indent=-4)}


def test_a_block_ends_where_the_indentation_changes_otherwise() -> None:
    lines = [f"value_{number} = compute_value({number})" for number in range(4)]

    assert _moves(_removed(lines), _added([*lines[:2], *(f"  {line}" for line in lines[2:])])) == {
        Block(0, 10, 1, 10, 2),
        Block(0, 12, 1, 12, 2, indent=2),
    }


def test_tabs_in_place_of_blanks_are_another_text() -> None:
    assert not _moves(_removed([f"    {LONG}"]), _added([f"\t{LONG}"]))


def test_white_space_at_line_ends_does_not_hide_a_move_and_is_told() -> None:
    assert _moves(_removed(FUNCTION), _added([f"{line}\r" for line in FUNCTION])) == {
        Block(0, 10, 1, 10, 4, is_exact=False)
    }


def test_one_line_must_be_long() -> None:
    assert _moves(_removed([LONG]), _added([LONG])) == {Block(0, 10, 1, 10, 1)}
    assert not _moves(_removed(["from collections.abc import Set"]), _added(["from collections.abc import Set"]))


def test_a_few_short_lines_are_no_block() -> None:
    assert not _moves(_removed(["x = 1", "y = 2", "}"]), _added(["x = 1", "y = 2", "}"]))


def test_letters_of_any_script_count() -> None:
    lines = ["переменная = 1", "значение = 2", "ещё = 3"]

    assert _moves(_removed(lines), _added(lines)) == {Block(0, 10, 1, 10, 3)}


def test_of_two_copies_one_moved_and_the_other_is_new() -> None:
    assert len(_moves(_removed(FUNCTION), _added(FUNCTION), _added(FUNCTION))) == 1


def test_the_larger_block_wins_the_line_that_both_hold() -> None:
    moves = _moves(_removed([*FUNCTION, LONG]), _added([LONG]), _added([*FUNCTION, LONG]))

    assert moves == {Block(0, 10, 2, 10, 5)}


def test_a_text_that_is_everywhere_moves_with_the_block_it_is_in_but_alone_it_tells_nothing() -> None:
    everywhere = [(sign, LONG) for sign in "-+" * 5]

    assert not _moves(*([pair] for pair in everywhere))
    assert _moves(*([pair] for pair in everywhere), _removed([*FUNCTION, LONG]), _added([*FUNCTION, LONG])) == {
        Block(10, 10, 11, 10, 5)
    }


def test_a_marker_of_a_missing_line_feed_is_no_line() -> None:
    end = hunk(b"".join(b"-%s\n" % line.encode() for line in FUNCTION) + b"\\ No newline at end of file\n")

    assert set(find_moves([(0, end), *[(1, _hunk(_added(FUNCTION)))]])) == {Block(0, 1, 1, 10, 4)}


_TEXTS = st.sampled_from(
    ["", "  ", "}", "x = 1", "alpha = beta", "gamma(delta, epsilon)", "zeta.eta(theta)", f"{LONG}", "iota kappa lambda"]
)
_LINES = st.builds("{}{}{}".format, st.sampled_from(["", "  ", "    ", "\t"]), _TEXTS, st.sampled_from(["", " ", "\r"]))
_BODIES = st.lists(st.tuples(st.sampled_from("+- "), _LINES), min_size=1, max_size=25).filter(
    lambda body: any(sign != " " for sign, _ in body)
)
_DIFFS = st.lists(_BODIES, min_size=1, max_size=4).map(lambda bodies: _hunks(*bodies))


def _lines(hunks: Sequence[tuple[int, Hunk]], kind: LineKind) -> dict[tuple[int, int], bytes]:
    """Return the lines of a kind by file and number."""
    return {
        (file, (line.old if kind is LineKind.REMOVED else line.new) or 0): line.text
        for file, each in hunks
        for line in lines_of(each)
        if line.kind is kind
    }


def _ends(block: Block) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return [((block.old_file, block.old_line + at), (block.new_file, block.new_line + at)) for at in range(block.count)]


@given(_DIFFS)
def test_the_text_of_a_block_is_the_same_on_both_sides(hunks: list[tuple[int, Hunk]]) -> None:
    removed, added = _lines(hunks, LineKind.REMOVED), _lines(hunks, LineKind.ADDED)

    for block in find_moves(hunks):
        pairs = [(removed[old], added[new]) for old, new in _ends(block)]
        assert all(before.strip() == after.strip() for before, after in pairs)
        if block.is_exact:
            inner = [(before[max(0, -block.indent) :], after[max(0, block.indent) :]) for before, after in pairs]
            assert all(before == after for before, after in inner)
        grown = {
            len(after) - len(after.lstrip()) - len(before) + len(before.lstrip())
            for before, after in pairs
            if before.strip()
        }
        assert grown == {block.indent}


@given(_DIFFS)
def test_nothing_moves_twice_or_within_its_edit(hunks: list[tuple[int, Hunk]]) -> None:
    ends = [pair for block in find_moves(hunks) for pair in _ends(block)]

    assert len({old for old, _ in ends}) == len({new for _, new in ends}) == len(ends)
    edits = _edits(hunks)
    assert all(edits["-", *old] != edits["+", *new] for old, new in ends)


@given(_DIFFS)
def test_of_a_diff_reversed_the_same_blocks_moved_back(hunks: list[tuple[int, Hunk]]) -> None:
    back = {
        replace(
            block,
            old_file=block.new_file,
            old_line=block.new_line,
            new_file=block.old_file,
            new_line=block.old_line,
            indent=-block.indent,
        )
        for block in find_moves([(file, _reversed(each)) for file, each in hunks])
    }

    assert back == set(find_moves(hunks))


def _edits(hunks: Sequence[tuple[int, Hunk]]) -> dict[tuple[str, int, int], int]:
    """Return which edit each changed line is in, by sign, file and number."""
    found: dict[tuple[str, int, int], int] = {}
    edit = 0
    for file, each in hunks:
        edit += 1
        for line in lines_of(each):
            if line.kind is LineKind.CONTEXT:
                edit += 1
            else:
                found[line.kind.value, file, line.new or line.old or 0] = edit
    return found


def _reversed(each: Hunk) -> Hunk:
    other = {"+": "-", "-": "+", " ": " "}
    return _hunk([(other[line.kind.value], line.text.decode()) for line in lines_of(each)])
