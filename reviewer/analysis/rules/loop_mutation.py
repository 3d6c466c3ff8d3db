import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.outline import Outline, dotted, outline_of
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, children_of

_REMOVING = frozenset({"remove", "pop", "popitem", "popleft", "discard", "clear", "difference_update"})
_ADDING = frozenset({"append", "appendleft", "extend", "extendleft"})
_CHANGING = _REMOVING | {"insert", "add", "sort", "reverse", "update", "setdefault", "intersection_update"}
_METHODS = _CHANGING | _ADDING | {"symmetric_difference_update"}
_VIEWS = frozenset({"items", "keys", "values"})
_DEEPEST = 50
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
# What a literal or a call says about the type of the collection.
_MADE_BY: Mapping[str, str] = {
    "list": "list", "sorted": "list", "dict": "dict", "set": "set", "defaultdict": "dict", "OrderedDict": "dict",
    "Counter": "dict", "deque": "list",
}  # fmt: skip
_SET_OPERATORS = (ast.BitOr, ast.BitAnd, ast.Sub, ast.BitXor)


@dataclass(frozen=True, slots=True)
class _Walked:
    """What a loop goes through: its code, the loop's key if it has one, and the kind of collection if that is known."""

    code: str
    key: str
    kind: str
    by_index: bool = False


class LoopMutation(ModuleRule):
    """A collection is changed while a loop goes through it.

    Why look: a list skips elements, and a dict or set raises RuntimeError; both only with some data.
    Ask: would a loop over a copy, or a new collection, do the same?
    """

    informs = "edge-cases"
    severity = Severity.HIGH
    words = ("for ",)

    INVALID = (
        Example("for tea in teas:\n    if tea.is_old:\n        teas.remove(tea)\n"),
        Example("for name in prices:\n    if prices[name] is None:\n        del prices[name]\n"),
        Example("for name, price in prices.items():\n    if not price:\n        prices.pop(name)\n"),
        Example("def clean(self):\n    for order in self.orders:\n        self.orders.discard(order)\n"),
        Example("for i, tea in enumerate(teas):\n    if tea.is_old:\n        del teas[i]\n"),
        Example("for i in range(len(teas)):\n    if teas[i].is_old:\n        teas.pop(i)\n"),
        Example("for name, price in prices.items():\n    prices[name.upper()] = price\n"),
        Example("for tea in teas:\n    teas.append(tea.twin)\n"),
        Example("[teas.remove(tea) for tea in teas if tea.is_old]\n"),
        Example("seen = set()\nfor tea in seen:\n    seen |= {tea.twin}\n"),
        Example(
            "for tea in teas:\n    if tea.is_old:\n        teas.remove(tea)\n        if tea.rare:\n            break\n"
        ),
    )
    VALID = (
        Example("for tea in list(teas):\n    teas.remove(tea)\nfor tea in teas[:]:\n    teas.remove(tea)\n"),
        Example("for tea in teas:\n    if tea.is_old:\n        teas.remove(tea)\n        break\n"),
        Example("def drop(teas, old):\n    for tea in teas:\n        if tea == old:\n            return teas.pop()\n"),
        Example("for name, price in prices.items():\n    prices[name] = price * 2\n"),
        Example("for name in list(prices):\n    del prices[name]\nfor name in prices.copy():\n    prices.pop(name)\n"),
        Example("for tea in teas:\n    tea.orders.remove(1)\n    others.append(tea)\n"),
        Example("for i in reversed(range(len(teas))):\n    del teas[i]\n"),
        Example("for letter in text:\n    text += letter\n"),
        Example("for tea in teas:\n    teas = teas + [tea]\n    teas.append(tea)\n"),
        Example("for i, tea in enumerate(teas):\n    teas[i] = tea.upper()\n"),
        Example("for _ in range(len(jobs)):\n    run(jobs.pop())\n"),
        Example("while teas:\n    teas.pop()\n"),
        Example("for job in jobs:\n    def done():\n        jobs.remove(job)\n    job.then(done)\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        outline = outline_of(source)
        loops: list[ast.For | ast.AsyncFor] = [*outline.every(ast.For), *outline.every(ast.AsyncFor)]
        for loop in loops:
            walked = _walked(loop.iter, loop.target, outline)
            if walked is not None and not file.is_test:
                for node in _changes(loop.body, walked, in_loop=False):
                    yield _sighting(node, walked, outline)
        for part in outline.every(ast.comprehension):
            walked = _walked(part.iter, part.target, outline)
            whole = outline.parents[part]
            if walked is not None and isinstance(whole, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
                for node in _in_expressions(whole.elt, walked):
                    yield _sighting(node, walked, outline)


def _sighting(node: ast.AST, walked: _Walked, outline: Outline) -> LineSighting:
    # To add to a list that is gone through is sometimes meant; to take from it is not.
    is_adding = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ADDING
    severity = Severity.MEDIUM if is_adding or (isinstance(node, ast.Subscript) and walked.kind != "dict") else None
    message = f"`{outline.quote(node)}` changes `{walked.code}` while the loop goes through it"
    return LineSighting(outline.line(node), message, severity)


def _walked(values: ast.expr, target: ast.expr, outline: Outline) -> _Walked | None:
    """Read `xs`, `xs.items()`, `enumerate(xs)` and `range(len(xs))`; None for copies and anything else."""
    first = target.elts[0] if isinstance(target, (ast.Tuple, ast.List)) and target.elts else target
    key, kind, by_index = dotted(first), "", False
    match values:
        case ast.Call(func=ast.Attribute(value=owner, attr=view), args=[]) if view in _VIEWS:
            key, kind, values = key if view != "values" else "", "dict", owner
        case ast.Call(func=ast.Name(id="enumerate" | "iter"), args=[inner, *_]):
            values, key = inner, ""
        case ast.Call(func=ast.Name(id="range"), args=[ast.Call(func=ast.Name(id="len"), args=[inner])]):
            values, by_index = inner, True
    if not dotted(values):
        return None
    made = {_kind(value) for value in outline.values(values)}
    return _Walked(dotted(values), key, kind or (made.pop() if len(made) == 1 else ""), by_index)


def _kind(value: ast.expr) -> str:
    match value:
        case ast.List() | ast.ListComp():
            return "list"
        case ast.Dict() | ast.DictComp():
            return "dict"
        case ast.Set() | ast.SetComp():
            return "set"
        case ast.Call(func=func) | ast.Subscript(value=func):
            return _MADE_BY.get(dotted(func).rpartition(".")[2], "")
    return _MADE_BY.get(dotted(value), "")


def _changes(body: Sequence[ast.stmt], walked: _Walked, *, in_loop: bool, depth: int = 0) -> Iterator[ast.AST]:
    """Yield what changes the collection, unless the block then always leaves the loop."""
    leaving = (ast.Return, ast.Raise) if in_loop else (ast.Return, ast.Raise, ast.Break)
    if depth > _DEEPEST or any(isinstance(statement, leaving) for statement in body):
        return
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        if _rebinds(statement, walked.code):
            return
        blocks = [block for name in ("body", "orelse", "finalbody") if (block := getattr(statement, name, None))]
        blocks += [case.body for case in getattr(statement, "handlers", [])]
        blocks += [case.body for case in getattr(statement, "cases", [])]
        for part in _own_parts(statement, is_compound=bool(blocks)):
            yield from _in_expressions(part, walked)
        for block in blocks:
            yield from _changes(block, walked, in_loop=in_loop or isinstance(statement, _LOOPS), depth=depth + 1)


def _own_parts(statement: ast.stmt, *, is_compound: bool) -> Iterator[ast.AST]:
    """Yield a statement's expressions: all of it, or only the head of a compound one."""
    if not is_compound:
        yield statement
        return
    for name in ("test", "iter", "subject"):
        part = getattr(statement, name, None)
        if part is not None:
            yield part


def _rebinds(statement: ast.stmt, code: str) -> bool:
    targets = statement.targets if isinstance(statement, (ast.Assign, ast.Delete)) else []
    return any(dotted(target) == code for target in targets)


def _in_expressions(part: ast.AST, walked: _Walked) -> Iterator[ast.AST]:
    stack = [part]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Lambda):
            continue
        if _is_change(node, walked):
            yield node
        stack.extend(reversed(list(children_of(node))))


def _is_change(node: ast.AST, walked: _Walked) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr=method)) if dotted(owner) == walked.code:
            # `for _ in range(len(jobs)): jobs.pop()` counts beforehand, so it only empties the list.
            return bool(node.args) and method in _REMOVING if walked.by_index else method in _METHODS
        case ast.Subscript(value=owner, ctx=ast.Del()):
            return dotted(owner) == walked.code
        case ast.Subscript(value=owner, slice=index, ctx=ast.Store()) if dotted(owner) == walked.code:
            if walked.kind == "dict":
                return dotted(index) != walked.key or not walked.key
            return isinstance(index, ast.Slice) and not walked.by_index
        case ast.AugAssign(target=ast.Name(id=name), op=operator) if name == walked.code and not walked.by_index:
            is_list = walked.kind == "list" and isinstance(operator, (ast.Add, ast.Mult))
            return is_list or (walked.kind in ("set", "dict") and isinstance(operator, _SET_OPERATORS))
    return False
