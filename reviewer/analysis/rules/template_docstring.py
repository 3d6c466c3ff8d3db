import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.touched import touched

_STOP = frozenset(
    {
        "a",
        "an",
        "and",
        "are",
        "as",
        "by",
        "be",
        "class",
        "do",
        "does",
        "for",
        "from",
        "function",
        "given",
        "if",
        "in",
        "into",
    }
    | {"is", "it", "its", "method", "of", "on", "or", "that", "the", "this", "to", "which", "with", "return", "returns"}
    | {"gets", "get", "sets", "set", "value", "object", "new", "instance", "used", "will", "perform", "performs", "all"}
)
_WORD = regex(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_ARGUMENT = regex(r"^\s*(?:\*{0,2}(?P<name>\w+)\s*(?:\([^)]*\))?\s*:|:param (?:\w+ )?(?P<field>\w+):)\s*(?P<text>.+)$")
_SHORTEST_STEM = 3
_ENDINGS = ("ing", "ies", "es", "ed", "s", "e", "y")


class TemplateDocstring(ModuleRule):
    """A docstring repeats the name and says no more.

    Why look: it costs a line and answers nothing; what a caller must know is still missing.
    Ask: what may a caller rely on that the name does not say?
    """

    informs = "readability"
    severity = Severity.INFO
    words = ('"""', "'''")

    INVALID = (
        Example('def get_user_name(user):\n    """Get the user name."""\n    return user.name\n'),
        Example('class OrderLoader:\n    """The order loader class."""\n\n    rate = 2\n'),
        Example(
            'def total(order, rate):\n    """Sum up.\n\n    Args:\n        order: The order.\n        rate: The rate.\n'
            '    """\n    return order * rate\n',
        ),
        Example('def process_payment(payment):\n    """Processes the payment."""\n    return payment\n'),
    )  # fmt: skip
    VALID = (
        Example('def get_user_name(user):\n    """Return the name people chose."""\n    return user.name\n'),
        Example('def total(order):\n    """Sum up what is paid; an empty order costs nothing."""\n    return order\n'),
        Example("def get_user_name(user):\n    return user.name\n"),
        Example('def test_total():\n    """Test total."""\n    assert total()\n', path="tests/test_orders.py"),
        Example(
            'def total(order):\n    """Sum up.\n\n    Args:\n        order: Must be paid.\n    """\n    return order\n'
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - see touched
        if file.is_test or file.is_example:
            return
        nodes = touched(file)
        for node in (*nodes.functions, *nodes.of(ast.ClassDef)):
            text = ast.get_docstring(node)
            if text is None or node.body[0].lineno not in file.added:
                continue
            line = node.body[0].lineno
            if "\n" not in text.strip() and _stems(text) <= _stems(node.name) | {_stem(word) for word in _STOP}:
                yield LineSighting(line, f"the docstring of `{node.name}` only repeats its name")
            elif len(empty := list(_empty_arguments(text))) > 1:
                shown = ", ".join(f"`{name}`" for name in empty[:3])
                yield LineSighting(line, f"the docstring of `{node.name}` says of {shown} only the name")


def _empty_arguments(text: str) -> Iterator[str]:
    for line in text.splitlines():
        match = _ARGUMENT.match(line)
        if match is not None:
            name = match["name"] or match["field"]
            if name not in ("Args", "Returns", "Raises", "Yields") and _stems(match["text"]) <= _stems(name) | {
                _stem(word) for word in _STOP
            }:
                yield name


def _stems(text: str) -> set[str]:
    return {_stem(word.lower()) for word in _WORD.findall(text)}


def _stem(word: str) -> str:
    """Return a word without the endings that tell `process` from `processes`."""
    shorter: str | None = word
    while shorter is not None:
        word, shorter = shorter, next(_shorter(shorter), None)
    return word


def _shorter(word: str) -> Iterator[str]:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            yield word[: -len(ending)]
