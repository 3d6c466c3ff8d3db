import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.outline import Outline, dotted, keyword_of, outline_of
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in


class ZipStrict(ModuleRule):
    """Two collections are paired, and whatever the longer one has left over is dropped.

    Why look: a missing value shifts nothing and raises nothing; the pairs simply end too soon.
    Ask: are both always of the same length, and should `strict=True` make sure of it?
    """

    informs = "edge-cases"
    severity = Severity.INFO
    words = ("zip(",)

    INVALID = (
        Example("def bill(names, prices):\n    return dict(zip(names, prices))\n"),
        Example(
            "def bill(order, prices):\n    for line, price in zip(order.lines, prices):\n        add(line, price)\n"
        ),
        Example(
            "class Bill:\n    def rows(self, prices):\n        return [a * b for a, b in zip(self.counts, prices)]\n"
        ),
    )
    VALID = (
        Example("def bill(names, prices):\n    return dict(zip(names, prices, strict=True))\n"),
        Example("from itertools import count\n\ndef number(rows):\n    return zip(count(), rows)\n"),
        Example("def steps(prices):\n    return [b - a for a, b in zip(prices, prices[1:])]\n"),
        Example("def turn(rows):\n    return list(zip(*rows))\n"),
        Example("def bill():\n    return zip(NAMES, PRICES)\n"),
        Example("def pairs(order):\n    return zip(order.names, order.prices)\n"),
        Example("def test_bill(names, prices):\n    zip(names, prices)\n", path="tests/test_bill.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        outline = outline_of(source)
        for call in outline.added(file, ast.Call):
            if outline.known(call.func) == "zip" and keyword_of(call, "strict") is None and _may_differ(call, outline):
                yield LineSighting(outline.line(call), f"`{outline.quote(call)}` ends with the shortest of them")


def _may_differ(call: ast.Call, outline: Outline) -> bool:
    roots = {dotted(argument).partition(".")[0] for argument in call.args}
    function = outline.function(call)
    if len(call.args) < 2 or len(roots) < 2 or "" in roots or function is None:
        return False
    parameters = {argument.arg for argument in nodes_in(function.args) if isinstance(argument, ast.arg)}
    return bool(roots & (parameters - {"self", "cls"}))
