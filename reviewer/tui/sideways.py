"""How far a line is scrolled sideways. Pure; all in cells of its text."""

# One key's worth; offsets are multiples of it.
STEP = 8


def offset_to_see(first: int, last: int, offset: int, room: int) -> int:
    """Return the offset at which the cells from `first` up to `last` are in sight, as it was if they are already.

    As little of the line as possible is scrolled away: none, if they are in sight without.
    """
    if offset <= first and last <= offset + room:
        return offset
    if last <= room:
        return 0
    return max(0, first - room // 2) // STEP * STEP
