import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.measures import statement_lines
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.twins import twins_of

_MOST = 50
_GROWN = 10
_STEPS = "".join(f"    step_{number}(order)\n" for number in range(60))


class LongFunction(ModuleRule):
    """A function is longer than fifty lines of code, and it is new or grew by this change.

    Why look: a long function does several things; a reader has to find out where one ends.
    Ask: which of its steps could stand alone?
    """

    informs = "maintain"
    severity = Severity.LOW

    INVALID = (
        Example(f"def ship(order):\n{_STEPS}"),
        Example(f"def ship(order):\n{_STEPS}", before="def ship(order):\n    step_0(order)\n"),
        Example(f"class Shop:\n    async def ship(self, order):\n{_STEPS.replace('    ', '        ')}"),
    )
    VALID = (
        Example("def ship(order):\n    step(order)\n"),
        Example(f"def ship(order):\n{_STEPS}    done()\n", before=f"def ship(order):\n{_STEPS}"),
        Example(f"def test_ship(order):\n{_STEPS}", path="tests/test_orders.py"),
        Example(
            "def rates():\n    return {\n" + "".join(f"        {number}: 1,\n" for number in range(80)) + "    }\n"
        ),
        Example('def ship(order):\n    """Ship it.\n' + "\n    More words.\n" * 60 + '    """\n    go(order)\n'),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - see twins
        if file.is_test or file.is_example:
            return
        for twin in twins_of(file):
            if not isinstance(twin.new, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            lines = range(twin.new.lineno, (twin.new.end_lineno or twin.new.lineno) + 1)
            if len(lines) <= _MOST or file.added.isdisjoint(lines):
                continue
            now = statement_lines(twin.new)
            before = statement_lines(twin.old) if twin.old is not None else 0
            if now > _MOST and now >= before + _GROWN:
                first = next(line for line in lines if line in file.added)
                told = f", {before} before" if before else ""
                yield LineSighting(
                    first,
                    f"`{twin.new.name}` has {now} lines of code{told}",
                    Severity.LOW if before <= _MOST else Severity.INFO,
                )
