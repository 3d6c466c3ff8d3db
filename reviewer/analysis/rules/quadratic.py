import ast
import re
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.syntax import Syntax, code, dotted_name, keyword, syntax_of

_ADDING = frozenset({"operator.add", "operator.iadd", "operator.concat", "operator.iconcat"})
_STACKING = frozenset(
    {"pandas.concat", "numpy.append", "numpy.concatenate", "numpy.vstack", "numpy.hstack"}
    | {"polars.concat", "torch.cat", "pandas.merge"}
)


class Quadratic(ModuleRule):
    """Something grows by being copied whole for each piece that is added.

    Why look: a thousand pieces copy the first one a thousand times; ten times the data take a hundred times as long.
    Ask: can the pieces be collected and joined once at the end?
    """

    informs = "scale"
    severity = Severity.LOW
    words = ("sum(", "reduce(", "concat", "append(", " + ", "vstack(", "hstack(", ".cat(", "merge(")

    INVALID = (
        Example("lines = sum([order.lines for order in orders], [])\n"),
        Example("def flat(lists):\n    return sum(lists, start=[])\n"),
        Example(
            "import functools\nimport operator\n\ndef flat(lists):\n    return functools.reduce(operator.add, lists)\n"
        ),
        Example("from functools import reduce\n\ndef flat(lists):\n    return reduce(lambda a, b: a + b, lists, [])\n"),
        Example(
            "import pandas as pd\n\ndef load(paths):\n    df = pd.DataFrame()\n    for path in paths:\n"
            "        df = pd.concat([df, pd.read_csv(path)])\n    return df\n"
        ),
        Example(
            "import numpy as np\n\ndef load(rows):\n    table = np.array([])\n    for row in rows:\n"
            "        table = np.append(table, row)\n    return table\n"
        ),
        Example(
            "import pandas as pd\n\ndef load(rows):\n    df = pd.DataFrame()\n    for row in rows:\n"
            "        df = df.append(row, ignore_index=True)\n    return df\n"
        ),
        Example(
            "def flat(lists):\n    found = []\n    for part in lists:\n        found = found + part\n    return found\n"
        ),
    )
    VALID = (
        Example("from itertools import chain\n\nlines = list(chain.from_iterable(order.lines for order in orders))\n"),
        Example("total = sum([order.total for order in orders], 0)\n"),
        Example("total = sum(prices, Money(0))\n"),
        Example("import functools\n\ndef biggest(values):\n    return functools.reduce(max, values)\n"),
        Example(
            "import functools\nimport operator\n\ndef either(conditions):\n"
            "    return functools.reduce(operator.or_, conditions)\n"
        ),
        Example(
            "import pandas as pd\n\ndef load(paths):\n    return pd.concat([pd.read_csv(path) for path in paths])\n"
        ),
        Example("def add(rows):\n    found = []\n    for row in rows:\n        found.append(row)\n    return found\n"),
        Example("def flat(lists):\n    for part in lists:\n        whole = HEAD + part\n        yield whole\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or not self.may_see("\n".join(source.lines)):
            return
        tree = syntax_of(source)
        for call in tree.called("sum", "reduce"):
            if (shown := _flattening(tree, call)) is not None:
                yield LineSighting(tree.line(call), f"`{shown}` copies the list once for each part")
        for statement in tree.nodes.get(ast.Assign, ()):
            if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                yield from _restacked(tree, statement, dotted_name(statement.targets[0]), statement.value)


def _flattening(tree: Syntax, call: ast.Call) -> str | None:
    match call:
        case ast.Call(func=ast.Name(id="sum"), args=[_, start]) if _is_list(start):
            return code(call)
        case ast.Call(func=ast.Name(id="sum"), args=[_]) if (given := keyword(call, "start")) is not None and _is_list(
            given
        ):
            return code(call)
        case ast.Call(args=[how, _, *rest]) if tree.name(call.func) == "functools.reduce":
            is_adding = tree.name(how) in _ADDING or _is_adding(how)
            starts_empty = bool(rest) and _is_list(rest[0])
            looks_like_lists = (
                not rest
                and re.search(r"list|rows|lines|parts|chunks|pages|nested|groups|batches", code(call.args[1]))
                is not None
            )
            return code(call) if is_adding and (starts_empty or looks_like_lists) else None
        case _:
            return None


def _is_list(node: ast.AST) -> bool:
    return (isinstance(node, (ast.List, ast.Tuple)) and not node.elts) or (
        isinstance(node, ast.Call) and dotted_name(node.func) in ("list", "tuple")
    )


def _is_adding(how: ast.AST) -> bool:
    match how:
        case ast.Lambda(body=ast.BinOp(left=ast.Name(), op=ast.Add(), right=ast.Name())):
            return True
        case _:
            return False


def _restacked(tree: Syntax, statement: ast.Assign, name: str, value: ast.expr) -> Iterator[LineSighting]:
    """`df = pd.concat([df, part])`, `df = df.append(part)` and `rows = rows + part` in a loop."""
    loop = next(tree.loops(statement), None) if name else None
    if loop is None or isinstance(loop, ast.comprehension) or isinstance(loop.body[-1], (ast.Break, ast.Return)):
        return
    if any(
        loop in tree.around(given)
        for given in tree.values(statement, name)
        if isinstance(given, ast.expr) and given is not value
    ):
        return
    match value:
        case ast.Call(func=ast.Attribute(value=owner, attr="append")) if dotted_name(owner) == name and value.args:
            is_copied = True
        case ast.Call(args=[ast.List() | ast.Tuple() as parts, *_]) if tree.name(value.func) in _STACKING:
            is_copied = any(dotted_name(part) == name for part in parts.elts)
        case ast.Call(args=[first, *_]) if tree.name(value.func) in _STACKING:
            is_copied = dotted_name(first) == name
        case ast.BinOp(left=left, op=ast.Add()) if dotted_name(left) == name:
            starts = [given for given in tree.values(statement, name) if given is not value]
            is_copied = bool(starts) and all(isinstance(given, (ast.List, ast.ListComp)) for given in starts)
        case _:
            is_copied = False
    if is_copied:
        yield LineSighting(tree.line(statement), f"`{code(statement)}` copies all of `{name}` each time round")
