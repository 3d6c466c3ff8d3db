import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.measures import statement_lines
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.touched import touched
from reviewer.analysis.twins import Function, Twin, twins_of

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

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - see touched
        if file.is_test or file.is_example:
            return
        for function in touched(file).functions:
            lines = range(function.lineno, (function.end_lineno or function.lineno) + 1)
            first = next((line for line in lines if line in file.added), None)
            if len(lines) <= _MOST or first is None:
                continue
            now = statement_lines(function)
            if now <= _MOST:
                continue
            before = max(
                (
                    statement_lines(twin.old)
                    for twin in twins_of(file)
                    if twin.old is not None and _is_same(twin, function)
                ),
                default=0,
            )
            if now >= before + _GROWN:
                told = f", {before} before" if before else ""
                severity = Severity.LOW if before <= _MOST else Severity.INFO
                yield LineSighting(first, f"`{function.name}` has {now} lines of code{told}", severity)


def _is_same(twin: Twin, function: Function) -> bool:
    return isinstance(twin.new, (ast.FunctionDef, ast.AsyncFunctionDef)) and twin.new.lineno == function.lineno
