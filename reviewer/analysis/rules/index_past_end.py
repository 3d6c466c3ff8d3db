import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.tree import Tree, catches, dotted, full_name, head_line, own, quote, tree_of

_HANDLED = frozenset({"IndexError", "LookupError", "Exception", "BaseException"})
_Fault = tuple[ast.AST, str, Severity | None]


class IndexPastEnd(ModuleRule):
    """A loop counts one too far or one too few: an index past the end, a last window or page that is left out.

    Why look: the last round raises an IndexError, or the last element is never seen.
    Ask: what happens in the first and in the last round?
    """

    informs = "edge-cases"
    severity = Severity.HIGH
    cwe = 193
    words = ("len(", "range(", "enumerate(")

    INVALID = (
        Example("def gaps(days):\n    for i in range(len(days)):\n        print(days[i + 1] - days[i])\n"),
        Example("def gaps(days):\n    for i, day in enumerate(days):\n        print(days[i + 1] - day)\n"),
        Example("def gaps(days):\n    return [days[i + 1] - days[i] for i in range(len(days))]\n"),
        Example(
            "def f(days):\n    for i in range(len(days)):\n        if days[i + 1] - days[i] > 1:\n            go()\n"
        ),
        Example("def show(teas):\n    for i in range(len(teas) + 1):\n        print(teas[i])\n"),
        Example("def f(x):\n    for i in range(1, len(x) + 1):\n        show(x[i])\n"),
        Example("def show(teas):\n    i = 0\n    while i <= len(teas):\n        print(teas[i])\n        i += 1\n"),
        Example("def last(teas):\n    return teas[len(teas)]\n"),
        Example("import random\n\ndef pick(teas):\n    return teas[random.randint(0, len(teas))]\n"),
        Example(
            "def means(values, width):\n    found = []\n    for start in range(len(values) - width):\n"
            "        found.append(sum(values[start : start + width]))\n    return found\n"
        ),
        Example("def pairs(text, n):\n    return [text[i:i+n] for i in range(0, len(text) - n)]\n"),
        Example("def pairs(text):\n    return [text[i:i+3] for i in range(len(text) - 3)]\n"),
        Example("def gaps(days):\n    for i in range(len(days)):\n        print(days[i] - days[i - 1])\n"),
        Example("def parts(rows, size):\n    return [rows[i:i+size] for i in range(0, len(rows) - 1, size)]\n"),
        Example("def f(x, n):\n    for page in range(len(x) // n):\n        show(x[page * n:(page + 1) * n])\n"),
        Example("def f(x):\n    i = 0\n    while i < len(x):\n        print(x[i + 1])\n        i += 1\n"),
    )
    VALID = (
        Example("def f(x):\n    i = 0\n    while i < len(x):\n        i += 1\n        print(x[i - 1])\n"),
        Example("def gaps(days):\n    for i in range(len(days) - 1):\n        print(days[i + 1] - days[i])\n"),
        Example("def gaps(days):\n    for i, day in enumerate(days[:-1]):\n        print(days[i + 1] - day)\n"),
        Example(
            "def gaps(days):\n    for i in range(len(days)):\n        if i + 1 < len(days):\n"
            "            print(days[i + 1] - days[i])\n"
        ),
        Example(
            "def gaps(days):\n    for i, day in enumerate(days):\n        if i == len(days) - 1:\n            break\n"
            "        print(days[i + 1] - day)\n"
        ),
        Example("def ring(days):\n    return [days[(i + 1) % len(days)] for i in range(len(days))]\n"),
        Example("def ready(days):\n    return [i for i in range(len(days)) if i + 1 in days and days[i] > 3]\n"),
        Example("def sums(days):\n    for i in range(len(days)):\n        total[i + 1] = total[i] + days[i]\n"),
        Example(
            "def f(days):\n    for i in range(len(days)):\n        days[i + 1:i + 2] = rest[i + 1] + days[i + 1:]\n"
        ),
        Example("def f(x):\n    for i in range(len(x)):\n        if i and x[i] - x[i - 1] > 1:\n            go()\n"),
        Example("def means(v, width):\n    return [v[i : i + width] for i in range(len(v) - width + 1)]\n"),
        Example("def parts(rows, size):\n    return [rows[i:i+size] for i in range(0, len(rows), size)]\n"),
        Example("def gaps(days):\n    return [days[i] - days[i - 1] for i in range(1, len(days))]\n"),
        Example("def back(days):\n    for i in range(1, len(days) + 1):\n        print(days[-i], days[i - 1])\n"),
        Example(
            "def f(x):\n    try:\n        [x[i + 1] for i in range(len(x))]\n    except IndexError:\n        pass\n"
        ),
        Example(
            "def f(x, i):\n    while i <= len(x):\n        if i < len(x):\n            print(x[i])\n        i += 1\n"
        ),
        Example("def f(days):\n    for i in range(len(days)):\n        days.append(3)\n        print(days[i + 1])\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        tree = tree_of(source.tree)
        seen: set[int] = set()
        for node, message, severity in _faults(tree, source):
            line = head_line(node, source, file)
            if line is not None and line not in seen and not catches(node, _HANDLED, tree, source):
                seen.add(line)
                yield LineSighting(line, message, severity)


@dataclass(frozen=True, slots=True)
class _Count:
    """A loop that counts `index` from `first` up to `end`, in steps; None where it starts at 0 or counts by one."""

    index: str
    first: ast.expr | None
    end: ast.expr
    step: ast.expr | None
    body: Sequence[ast.AST]

    def reads(self, name: str) -> Iterator[tuple[ast.Subscript, int]]:
        """Yield `name[i]` with how far past the index it reads, unless a test of the loop looks at the index."""
        if self.is_asked(name):
            return
        for node in own(*self.body):
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and dotted(node.value) == name:
                ahead = _distance(node.slice, self.index)
                if ahead is not None:
                    yield node, ahead

    def slices(self, name: str) -> Iterator[tuple[ast.Subscript, ast.Slice]]:
        for node in own(*self.body):
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and dotted(node.value) == name:
                yield node, node.slice

    def is_asked(self, name: str) -> bool:
        """True if a test compares the index, or the body makes the list longer or counts on its own."""
        for node in own(*self.body):
            match node:
                case ast.Compare(left=left, comparators=others):
                    if any(_distance(each, self.index) is not None for each in (left, *others)):
                        return True
                case ast.If(test=test) | ast.IfExp(test=test) | ast.BoolOp(values=[test, *_]):
                    test = test.operand if isinstance(test, ast.UnaryOp) else test
                    if _distance(test, self.index) is not None:
                        return True
                case ast.Call(func=ast.Attribute(value=owner, attr="append" | "insert" | "extend" | "pop" | "remove")):
                    if dotted(owner) == name:
                        return True
                case ast.Assign(targets=[ast.Name(id=set_name)]) if set_name == self.index:
                    return True
        return False


def _faults(tree: Tree, source: Source) -> Iterator[_Fault]:
    for node in tree.every:
        match node:
            case ast.For(target=target, iter=ast.Call() as values, body=body):
                yield from _counted(_count(target, values, body))
            case ast.ListComp(elt=element) | ast.SetComp(elt=element) | ast.GeneratorExp(elt=element):
                loop = node.generators[0]
                if isinstance(loop.iter, ast.Call) and len(node.generators) == 1:
                    yield from _counted(_count(loop.target, loop.iter, [*loop.ifs, element]))
            case ast.While(test=ast.Compare(left=ast.Name(id=index), ops=[operator], comparators=[size]), body=body):
                if isinstance(operator, (ast.Lt, ast.LtE)) and (name := _measured(size)):
                    before = list(takewhile(lambda part: not _moves(part, index), body))
                    yield from _past(_Count(index, None, size, None, before), name, int(isinstance(operator, ast.Lt)))
            case ast.Subscript(value=values, slice=place, ctx=ast.Load()) if name := dotted(values):
                is_random = isinstance(place, ast.Call) and full_name(place.func, source) == "random.randint"
                size = place.args[-1] if is_random and isinstance(place, ast.Call) and place.args else place
                if _measured(size) == name:
                    yield node, f"`{quote(node)}`: the last index is `len({name}) - 1`", None


def _count(target: ast.expr, values: ast.Call, body: Sequence[ast.AST]) -> _Count | None:
    """Read `for i in range(...)` and `for i, x in enumerate(...)`."""
    match target, values:
        case ast.Name(id=index), ast.Call(func=ast.Name("range"), args=[end]):
            return _Count(index, None, end, None, body)
        case ast.Name(id=index), ast.Call(func=ast.Name("range"), args=[first, end, *step]):
            is_zero = isinstance(first, ast.Constant) and first.value == 0
            return _Count(index, None if is_zero else first, end, step[0] if step else None, body)
        case ast.Tuple(elts=[ast.Name(id=index), _]), ast.Call(func=ast.Name("enumerate"), args=[several], keywords=[]):
            size = ast.Call(ast.Name("len", ast.Load()), [several], [])
            return _Count(index, None, size, None, body)
    return None


def _counted(count: _Count | None) -> Iterator[_Fault]:
    if count is None:
        return
    if name := _measured(count.end):
        yield from _past(count, name, 1) if count.step is None else ()
        yield from _around(count, name)
        return
    match count.end:
        case ast.BinOp(left=left, op=ast.Add(), right=ast.Constant(value=1)) if name := _measured(left):
            yield from _past(count, name, 0)
        case ast.BinOp(left=left, op=ast.Sub(), right=less) if name := _measured(left):
            yield from _windows(count, name, less)
        case ast.BinOp(left=left, op=ast.FloorDiv(), right=size) if name := _measured(left):
            yield from _pages(count, name, size)


def _past(count: _Count, name: str, least: int) -> Iterator[_Fault]:
    sure = set(_every_round(count.body))
    for node, ahead in count.reads(name):
        if ahead >= least:
            # Behind a condition, something may rule the last round out.
            severity = None if node in sure else Severity.LOW
            yield node, f"`{quote(node)}` runs past the end of `{name}` in the last round", severity


def _every_round(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Yield what runs in each round: nothing under a condition, nor after one that may leave the round."""
    for statement in body:
        parts: list[ast.AST] = [statement]
        if isinstance(statement, (ast.If, ast.While)):
            parts = [statement.test]
        elif isinstance(statement, ast.For):
            parts = [statement.iter]
        yield from own(*parts)
        if any(isinstance(each, (ast.Continue, ast.Break, ast.Return)) for each in own(statement)):
            return


def _around(count: _Count, name: str) -> Iterator[_Fault]:
    """Report `x[i - 1]` where `i` begins at 0: it reads the last element."""
    sure = set(_every_round(count.body))
    for node, ahead in count.reads(name) if count.first is None else ():
        if ahead < 0 and node in sure:
            message = f"`{quote(node)}` is `{name}[{ahead}]` in the first round: the end of the list"
            yield node, message, Severity.LOW


def _windows(count: _Count, name: str, less: ast.expr) -> Iterator[_Fault]:
    """Report windows of which the last is left out, and parts of which the last may be."""
    for node, place in count.slices(name):
        match place:
            case ast.Slice(lower=ast.Name(id=low), upper=ast.BinOp(left=ast.Name(id=base), op=ast.Add(), right=width)):
                is_window = count.step is None and _is_same(width, less) and not _is_one(width)
                is_part = count.step is not None and _is_same(width, count.step)
                if low == base == count.index and (is_window or is_part):
                    what = f"the last `{quote(node)}` is left out: `{quote(count.end)}` is one too few"
                    yield count.end, what, Severity.MEDIUM


def _pages(count: _Count, name: str, size: ast.expr) -> Iterator[_Fault]:
    """Report `range(len(x) // size)` with `x[i * size:(i + 1) * size]`: what is left over is dropped."""
    for _, place in count.slices(name):
        match place.lower:
            case ast.BinOp(left=ast.Name(id=index), op=ast.Mult(), right=width):
                if index == count.index and _is_same(width, size):
                    what = f"`{quote(count.end)}` leaves out what does not fill a whole part of `{name}`"
                    yield count.end, what, Severity.MEDIUM


def _measured(node: ast.expr) -> str | None:
    """Return `x` for `len(x)`."""
    match node:
        case ast.Call(func=ast.Name("len"), args=[several]):
            return dotted(several)
    return None


def _distance(place: ast.expr, index: str) -> int | None:
    """Return 1 for `i + 1`, -1 for `i - 1` and 0 for `i`."""
    match place:
        case ast.Name(id=name) if name == index:
            return 0
        case ast.BinOp(left=ast.Name(id=name), op=ast.Add() | ast.Sub() as sign, right=ast.Constant(value=int(far))):
            if name == index and not isinstance(far, bool):
                return far if isinstance(sign, ast.Add) else -far
    return None


def _moves(statement: ast.stmt, index: str) -> bool:
    return isinstance(statement, ast.AugAssign) and dotted(statement.target) == index


def _is_same(one: ast.expr, other: ast.expr) -> bool:
    return ast.dump(one) == ast.dump(other)


def _is_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1
