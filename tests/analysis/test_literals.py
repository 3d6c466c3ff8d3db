from collections.abc import Iterator

import libcst as cst
import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.literals import literal_of, text_of
from reviewer.analysis.place import Place
from reviewer.analysis.python import see
from reviewer.analysis.rule import PythonRule, Sighting
from reviewer.analysis.template import HOLE


class _Take(PythonRule):
    """Remembers the argument of `take(…)`, and says what is known of it."""

    informs = "debug"
    severity = Severity.INFO
    visits = (cst.Call,)

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "take":
            argument = node.args[0].value
            self.literal, self.text = literal_of(argument, at), text_of(argument, at)
        return iter(())


def _taken(code: str) -> _Take:
    rule = _Take()
    lines = frozenset(range(1, code.count("\n") + 2))
    list(see(ChangedFile(b"shop.py", None, code.encode(), lines, frozenset()), [rule]))
    return rule


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("take(5)", 5),
        ("take(-5)", -5),
        ("take('tea' 'pot')", "teapot"),
        ("take(b'0' * 4)", b"0"),
        ("take(False)", False),
        ("TEA = 'green'\ntake(TEA)", "green"),
        ("tea: str = 'green'\ntake(tea)", "green"),
        ("def brew():\n    tea = 'green'\n    take(tea)", "green"),
        ("tea = 'green'\ntea = 'black'\ntake(tea)", None),
        ("tea = 'green'\ndef brew(tea):\n    take(tea)", None),
        ("take(tea)", None),
        ("take(tea())", None),
    ],
)
def test_a_literal_is_read_through_its_only_name(code: str, expected: object) -> None:
    taken = _taken(code)

    assert taken.literal == expected


def test_a_text_has_a_hole_for_what_is_put_into_it() -> None:
    taken = _taken("URL = f'http://{host}/'\ntake(URL)")

    assert taken.text == f"http://{HOLE}/"
