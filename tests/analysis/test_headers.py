"""Which value of a header that is written as text may hold a line break."""

from collections.abc import Iterator

import libcst as cst
import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.headers import value_in_head
from reviewer.analysis.place import Place
from reviewer.analysis.python import see
from reviewer.analysis.rule import PythonRule, Sighting


class Heads(PythonRule):
    """Keeps the headers and values seen."""

    informs = "debug"
    severity = Severity.INFO
    visits = (cst.FormattedString, cst.BinaryOperation)

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        found = value_in_head(node, at, lambda _: False)
        if found is not None:
            self.seen.append((found[0], at.code(found[1])))
        yield from ()


def _heads(line: str) -> list[tuple[str, str]]:
    text = f"def write(title, size):\n    {line}\n".encode()
    file = ChangedFile(b"shop/mail.py", None, text, frozenset({1, 2}), frozenset())
    rule = Heads()
    list(see(file, [rule]))
    return rule.seen


@pytest.mark.parametrize(
    "line",
    [
        'return f"Subject: {title}\\r\\n"',
        'return "Subject: " + title + "\\r\\n"',
        'return "To: tea\\nSubject: %s\\n\\n" % title',
        'return "\\r\\n".join(["To: tea", f"Subject: {title}"])',
    ],
)
def test_a_header_is_ended_by_a_line_break_and_so_is_the_value(line: str) -> None:
    assert _heads(line) == [("Subject", "title")]


@pytest.mark.parametrize(
    "line",
    [
        'return f"Subject: {title}"',
        'return f"Content-Length: {size}\\r\\n"',
        'return f"Subject: {int(title)}\\r\\n"',
        'return f"Subject: tea\\r\\n\\r\\n{title}"',
        'print(f"Subject: {title}\\r\\n")',
    ],
)
def test_prose_numbers_and_the_text_of_a_mail_are_none(line: str) -> None:
    assert _heads(line) == []
