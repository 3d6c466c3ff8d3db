"""Blocks are found by the lines in them, on either side, and survive the way between two processes."""

from hypothesis import given
from hypothesis import strategies as st

from reviewer.diff.blocks import Block, Moves

_GAPS = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4)), max_size=12)


@st.composite
def _apart(draw: st.DrawFn) -> list[Block]:
    """Draw blocks that share no line on either side."""
    old, new, blocks = [0, 0, 0], [0, 0, 0], []
    for gap, count in draw(_GAPS):
        old_file, new_file = draw(st.integers(0, 2)), draw(st.integers(0, 2))
        blocks.append(
            Block(
                old_file, old[old_file] + gap, new_file, new[new_file] + gap, count,
                draw(st.integers(-8, 8)), draw(st.booleans()),
            )
        )  # fmt: skip
        old[old_file] += gap + count
        new[new_file] += gap + count
    return draw(st.permutations(blocks))


@given(_apart())
def test_every_line_finds_its_block_and_no_other_line_finds_one(blocks: list[Block]) -> None:
    moves = Moves(blocks)
    new = {(block.new_file, block.new_line + at): block for block in blocks for at in range(block.count)}
    old = {(block.old_file, block.old_line + at): block for block in blocks for at in range(block.count)}

    for file in range(4):
        for number in range(100):
            assert moves.at(file, number, is_old=False) == new.get((file, number))
            assert moves.at(file, number, is_old=True) == old.get((file, number))


@given(_apart())
def test_moves_are_the_same_after_the_way_between_processes(blocks: list[Block]) -> None:
    again = Moves.unpack(Moves(blocks).pack())

    assert set(again) == set(blocks)
    assert [again.at(block.old_file, block.old_line, is_old=True) for block in blocks] == blocks


@given(_apart())
def test_the_other_end_of_a_lines_other_end_is_the_line(blocks: list[Block]) -> None:
    for block in blocks:
        for number in range(block.old_line, block.old_line + block.count):
            there = block.other_end(number, is_old=True)
            assert block.new_line <= there < block.new_line + block.count
            assert block.other_end(there, is_old=False) == number
