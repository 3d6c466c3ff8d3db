import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.measures import complexity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.touched import touched
from reviewer.analysis.twins import Function, Twin, twins_of

_MOST = 10
# A change that adds one more `if` to a function that was complex before is not the one to split it.
_GROWN = 3
_FAR_TOO_MANY = 15
# The words at which ways part; counting them costs a hundredth of counting the ways.
_PARTING = regex(r"\b(?:if|elif|for|while|except|and|or|case)\b")
_TEN_CHECKS = "".join(f"    if order.kind == {kind}:\n        return ship_{kind}(order)\n" for kind in range(10))


class HighComplexity(ModuleRule):
    """More than ten ways lead through a function that is new or grew by this change.

    Why look: each way needs a test, and nobody holds that many in mind while changing the function.
    Ask: which part of it has a name of its own?
    """

    informs = "maintain"
    severity = Severity.LOW

    INVALID = (
        Example(f"def ship(order):\n{_TEN_CHECKS}"),
        Example(
            f"def ship(order):\n{_TEN_CHECKS}    return [each for each in order if each and each.ok]\n",
            before="def ship(order):\n    return order\n",
        ),
        Example(f"class Shop:\n    def ship(self, order):\n{_TEN_CHECKS.replace('    ', '        ')}"),
        Example(f"async def ship(order):\n{_TEN_CHECKS}"),
    )
    VALID = (
        Example("def ship(order):\n    if order.kind == 1:\n        return 1\n    return 2\n"),
        Example(
            f"def ship(order):\n{_TEN_CHECKS}    return LAST\n",
            before=f"def ship(order):\n{_TEN_CHECKS}    return FIRST\n",
        ),
        Example(
            f"def ship(order):\n    if not order:\n        return None\n{_TEN_CHECKS}",
            before=f"def ship(order):\n{_TEN_CHECKS}",
        ),
        Example(f"def test_ship(order):\n{_TEN_CHECKS}", path="tests/test_orders.py"),
        Example(
            "def ship(order):\n    return {" + ", ".join(f"{kind}: ship_{kind}" for kind in range(30)) + "}[order]\n"
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - see touched
        if file.is_test or file.is_example:
            return
        for function in touched(file).functions:
            lines = range(function.lineno, (function.end_lineno or function.lineno) + 1)
            first = next((line for line in lines if line in file.added), None)
            if len(lines) <= _MOST or first is None:
                continue
            if sum(map(len, map(_PARTING.findall, file.lines[lines.start - 1 : lines.stop - 1]))) < _MOST:
                continue
            now = complexity(function)
            if now <= _MOST:
                continue
            before = max(
                (complexity(twin.old) for twin in twins_of(file) if twin.old is not None and _is_same(twin, function)),
                default=0,
            )
            if now >= before + min(_GROWN, now - _MOST):
                told = f", {before} before" if before else ""
                severity = Severity.LOW if now > _FAR_TOO_MANY and before <= _MOST else Severity.INFO
                yield LineSighting(first, f"{now} ways lead through `{function.name}`{told}", severity)


def _is_same(twin: Twin, function: Function) -> bool:
    return isinstance(twin.new, (ast.FunctionDef, ast.AsyncFunctionDef)) and twin.new.lineno == function.lineno
