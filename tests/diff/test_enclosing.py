import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.diff.enclosing import enclosing, headline
from reviewer.diff.model import Line, LineKind

_PYTHON = b"""\
class Till:
    limit = 3

    def pay(
        self, amount: int,
    ) -> int:
        if amount > self.limit:
            raise TooMuch

        return amount

    def close(self):
        pass

total = 3"""
_GO = b"""\
func (t *Till) Pay(amount int) error {
\tfor _, note := range t.notes {
\t\tif note > amount {
\t\t\treturn nil
\t\t}
\t}
}"""
_JAVA = b"""\
public class Till {
    @Override
    public int pay(final int amount) throws TooMuch {
        while (amount > limit) {
            count(amount);
        }
    }
}"""


def _lines(text: bytes) -> list[Line]:
    return [Line(LineKind.CONTEXT, each, number, number) for number, each in enumerate(text.split(b"\n"), 1)]


def _around(text: bytes, number: int, section: bytes = b"") -> bytes:
    lines = _lines(text)
    return headline(enclosing(reversed(lines[: number - 1]), lines[number - 1], section))


@pytest.mark.parametrize(
    ("text", "number", "expected"),
    [
        (_PYTHON, 8, "class Till › def pay"),
        (_PYTHON, 2, "class Till"),
        (_PYTHON, 13, "class Till › def close(self)"),
        (_PYTHON, 12, "class Till"),
        (_PYTHON, 15, ""),
        (_PYTHON, 1, ""),
        (_GO, 4, "func (t *Till) Pay(amount int) error"),
        (_JAVA, 5, "public class Till › public int pay(final int amount) throws TooMuch"),
    ],
)
def test_a_line_stands_in_the_definitions_around_it(text: bytes, number: int, expected: str) -> None:
    assert _around(text, number) == expected.encode()


def test_what_begins_above_the_hunk_is_taken_from_its_header() -> None:
    assert _around(b"    x = 1\n    y = 2", 2, b"def f():") == b"def f()"
    assert _around(b"x = 1\ny = 2", 2, b"def f():") == b""


def test_the_other_side_of_the_diff_does_not_count() -> None:
    lines = [
        Line(LineKind.REMOVED, b"def old():", 1, None),
        Line(LineKind.ADDED, b"def new():", None, 1),
        Line(LineKind.CONTEXT, b"    pass", 2, 2),
        Line(LineKind.REMOVED, b"    gone", 3, None),
    ]

    assert enclosing(reversed(lines[:2]), lines[2], b"") == (b"def new():",)
    assert enclosing(reversed(lines[:3]), lines[3], b"") == (b"def old():",)


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_any_bytes_have_an_answer_without_a_line_feed(text: bytes, section: bytes) -> None:
    lines = _lines(text)

    found = headline(enclosing(reversed(lines[:-1]), lines[-1], section.replace(b"\n", b"")))

    assert b"\n" not in found
