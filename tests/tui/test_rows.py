from hypothesis import given
from hypothesis import strategies as st

from reviewer.diff.model import TEXTLESS, Diff, FileDiff, Hunk, Status
from reviewer.tui.rows import RowKind, RowMap


def _hunk(old: int, added: int) -> Hunk:
    return Hunk(b"", 0, 1, 1, old, 1, added, b"", added=added, removed=old)


_HUNKS = st.one_of(st.just(TEXTLESS), st.builds(_hunk, st.integers(0, 5), st.integers(1, 5)))
_FILES = st.lists(st.lists(_HUNKS, min_size=1, max_size=4), min_size=1, max_size=5)


def _diff(files: list[list[Hunk]]) -> Diff:
    return Diff(
        tuple(
            FileDiff(Status.MODIFIED, b"a", b"a", "100644", "100644", None, None, 0, 0, tuple(hunks)) for hunks in files
        )
    )


@given(_FILES)
def test_every_row_belongs_to_one_thing_and_every_thing_has_its_rows(files: list[list[Hunk]]) -> None:
    rows = RowMap(_diff(files))

    shown = [rows.at(row) for row in range(rows.count)]

    assert sum(row.kind is RowKind.FILE for row in shown) == len(files)
    assert sum(row.kind is RowKind.BLANK for row in shown) == len(files) - 1
    for number, hunk in enumerate(rows.hunks):
        own = [row for row in shown if row.hunk == number and row.kind not in (RowKind.FILE, RowKind.BLANK)]
        assert [row.line for row in own if row.kind is RowKind.LINE] == list(range(hunk.line_count))
        assert len(own) == (1 if hunk.is_textless else hunk.line_count + 1)


@given(_FILES)
def test_first_last_and_line_rows_agree_with_the_map(files: list[list[Hunk]]) -> None:
    rows = RowMap(_diff(files))

    for number, hunk in enumerate(rows.hunks):
        assert rows.at(rows.first_row(number)).hunk == number
        assert rows.at(rows.last_row(number)).hunk == number
        assert rows.last_row(number) == rows.count - 1 or rows.at(rows.last_row(number) + 1) != rows.at(
            rows.last_row(number)
        )
        for line in range(hunk.line_count):
            assert rows.at(rows.row_of_line(number, line)).line == line
    for number in range(len(files)):
        assert rows.at(rows.file_row(number)).kind is RowKind.FILE
        assert rows.at(rows.file_row(number)).file == number


@given(_FILES, st.data())
def test_a_folded_file_has_one_row_for_all_its_hunks(files: list[list[Hunk]], data: st.DataObject) -> None:
    folded = data.draw(st.sets(st.integers(0, len(files) - 1)))
    rows = RowMap(_diff(files), dict.fromkeys(folded, "long"))

    shown = [rows.at(row) for row in range(rows.count)]

    for number in range(len(files)):
        own = [row for row in shown if row.file == number and row.kind not in (RowKind.FILE, RowKind.BLANK)]
        assert (len(own) == 1 and own[0].kind is RowKind.FOLDED) == (number in folded)
        for hunk in rows.hunks_of_file(number) if number in folded else ():
            assert rows.is_folded(hunk)
            assert rows.first_row(hunk) == rows.last_row(hunk) == rows.row_of_line(hunk, 0) == rows.file_row(number) + 1


@given(_FILES, st.data())
def test_what_is_folded_and_shown_again_is_as_it_was(files: list[list[Hunk]], data: st.DataObject) -> None:
    rows, plain = RowMap(_diff(files)), RowMap(_diff(files))
    file = data.draw(st.integers(0, len(files) - 1))

    rows.fold(file, "long")
    rows.fold(file, None)

    assert [rows.at(row) for row in range(rows.count)] == [plain.at(row) for row in range(plain.count)]
