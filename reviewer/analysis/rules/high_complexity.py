import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.measures import complexity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.twins import twins_of

_MOST = 10
# A change that adds one more `if` to a function that was complex before is not the one to split it.
_GROWN = 3
_FAR_TOO_MANY = 15
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

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - see twins
        if file.is_test or file.is_example:
            return
        for twin in twins_of(file):
            if not isinstance(twin.new, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            lines = range(twin.new.lineno, (twin.new.end_lineno or twin.new.lineno) + 1)
            if len(lines) <= _MOST or file.added.isdisjoint(lines):
                continue
            now = complexity(twin.new)
            before = complexity(twin.old) if twin.old is not None else 0
            if now > _MOST and now >= before + min(_GROWN, now - _MOST):
                first = next(line for line in lines if line in file.added)
                told = f", {before} before" if before else ""
                severity = Severity.LOW if now > _FAR_TOO_MANY and before <= _MOST else Severity.INFO
                yield LineSighting(first, f"{now} ways lead through `{twin.new.name}`{told}", severity)
