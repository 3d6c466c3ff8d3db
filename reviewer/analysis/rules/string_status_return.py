import ast
import re
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, children_of, nodes_in

_STATUS = regex(
    r"\b(success\w*|ok|okay|done|error\w*|fail\w*|invalid|not found|denied|rejected|approved|accepted|valid|missing|"
    r"expired|unknown|cannot|could not|unable|complete\w*|sent|locked|insufficient|already|too|ready|exists|allowed|"
    r"available|forbidden|in use|closed|ended|finished|started|updated|deleted|created|saved|added|removed|stored|"
    r"booked|paid|cancel+ed|checked|processed|found)\b",
    re.IGNORECASE,
)
_NAMES = regex(
    r"__\w+__|(get|to|format|render|describe|label|name|display|as|choose|pick)_\w*|\w*_(name|label|text|message)"
)


class StringStatusReturn(ModuleRule):
    """A function says by a sentence how it went.

    Why look: callers must compare texts, and a better wording breaks them without anybody noticing.
    Ask: which outcomes are there, and would an enum, a value or an exception say so?
    """

    informs = "readability"
    severity = Severity.INFO
    words = ("return '", 'return "', "return f")

    INVALID = (
        Example(
            "def ship(order):\n    if not order:\n        return 'Error: no order'\n    send(order)\n"
            "    return 'Success'\n"
        ),
        Example("def login(user):\n    if user.locked:\n        return 'account locked'\n    return 'ok'\n"),
        Example(
            'class Shop:\n    def pay(self, total):\n        if total < 0:\n            return "Invalid amount"\n'
            '        elif total > self.limit:\n            return "Insufficient funds"\n        return "Success"\n'
        ),
        Example(
            "def book(room, guest):\n    if room is None:\n        return 'No room found'\n    room.guest = guest\n"
            "    return f'Room {room.name} was booked'\n"
        ),
    )
    VALID = (
        Example("def colour(tea):\n    if tea.black:\n        return 'black'\n    return 'green'\n"),
        Example("def ship(order):\n    if not order:\n        return 'Error'\n    return order.number\n"),
        Example("def ship(order):\n    return 'Success'\n"),
        Example("def __str__(self):\n    if self.done:\n        return 'done'\n    return 'failed'\n"),
        Example("def status_label(order):\n    if order.sent:\n        return 'sent'\n    return 'failed'\n"),
        Example("def test_it():\n    if a:\n        return 'error'\n    return 'ok'\n", path="tests/test_it.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        for node in nodes_in(source.tree):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or _NAMES.fullmatch(node.name):
                continue
            found = _returned_texts(node)
            lines = [source.numbers[place - 1] for place, text in found or () if _STATUS.search(text)]
            line = next((line for line in sorted(lines) if line in file.added), None)
            texts = [text for _, text in found or ()]
            if line is not None and sum(_STATUS.search(text) is not None for text in set(texts)) >= 2:
                shown = " or ".join(repr(text) for text in sorted(set(texts))[:2])
                yield LineSighting(line, f"`{node.name}` returns {shown} to say how it went")


def _returned_texts(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[tuple[int, str]] | None:
    """Return the texts the function returns, with their lines; None if it returns anything else."""
    texts: list[tuple[int, str]] = []
    stack: list[ast.AST] = list(function.body)
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            continue
        if isinstance(node, ast.Return):
            text = _text(node.value)
            if text is None:
                return None
            texts.append((node.lineno, text))
        stack.extend(children_of(node))
    return texts


def _text(value: ast.expr | None) -> str | None:
    """Return what a literal says; of an f-string, what stands between its values."""
    if isinstance(value, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in value.values)
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
