"""What is said of a line that moved, and where its other end is. Pure."""

from reviewer.diff.blocks import Block, Moves
from reviewer.diff.model import Line, LineKind
from reviewer.tui.rows import Row, RowMap
from reviewer.visible import show
from reviewer.walk.places import Place


def block_of(row: Row, line: Line | None, moves: Moves) -> Block | None:
    """Return the block that the line of a row moved with."""
    if line is None or line.kind is LineKind.CONTEXT:
        return None
    is_old = line.kind is LineKind.REMOVED
    return moves.at(row.file, (line.old if is_old else line.new) or 0, is_old=is_old)


def told(block: Block, rows: RowMap, *, is_old: bool) -> str:
    """Return where the lines of a block came from; of the old side, where they went."""
    number = block.new_file if is_old else block.old_file
    first = block.new_line if is_old else block.old_line
    file = rows.files[number]
    path = file.new_path if is_old else file.old_path
    lines = f"{first}" if block.count == 1 else f"{first}-{first + block.count - 1}"
    return f"moved {'to' if is_old else 'from'} {show(path or b'')}:{lines}, {_difference(block, is_old=is_old)}"


def other_end(row: Row, line: Line, moves: Moves, rows: RowMap) -> Place | None:
    """Return where the line came from, or went to."""
    block = block_of(row, line, moves)
    if block is None:
        return None
    is_old = line.new is None
    file = block.new_file if is_old else block.old_file
    number = block.other_end((line.old if is_old else line.new) or 0, is_old=is_old)
    for index in rows.hunks_of_file(file):
        hunk = rows.hunks[index]
        start, count = (hunk.new_start, hunk.new_count) if is_old else (hunk.old_start, hunk.old_count)
        if start <= number < start + count:
            return Place(index, number, is_old=not is_old)
    return None


def _difference(block: Block, *, is_old: bool) -> str:
    gained = block.indent
    facts = []
    if gained:
        facts.append(f"indented {abs(gained)} {'deeper' if gained > 0 else 'less'}{' there' if is_old else ''}")
    if not block.is_exact:
        facts.append("white space at line ends changed")
    return " and ".join(facts) or "unchanged"
