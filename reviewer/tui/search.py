"""Text search over the diff's bytes: finds rows without making the lines between."""

from collections.abc import Iterator

from reviewer.diff.lines import HunkLines
from reviewer.tui.rows import RowMap


def matching_rows(rows: RowMap, text: str) -> Iterator[int]:
    """Yield the rows whose line holds the text, whatever its case; a hunk without it costs one scan of its bytes.

    A folded file has no such rows.
    """
    needle = text.lower().encode("utf-8", "surrogateescape")
    for number, hunk in enumerate(rows.hunks):
        if hunk.is_textless or rows.is_folded(number) or needle not in hunk.body.lower():
            continue
        for index, line in enumerate(HunkLines(hunk).slice(0, hunk.line_count)):
            if needle in line.text.lower():
                yield rows.row_of_line(number, index)
