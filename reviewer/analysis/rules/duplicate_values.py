import ast
from collections.abc import Callable, Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.tree import Node, Tree, added_line, dotted, full_name, head_line, quote, tree_of

_BROAD = frozenset({"Exception", "BaseException"})
_OF_OS = frozenset(
    {"FileNotFoundError", "PermissionError", "FileExistsError", "ConnectionError", "TimeoutError", "IsADirectoryError"}
    | {"NotADirectoryError", "ConnectionResetError", "ConnectionRefusedError", "BrokenPipeError", "InterruptedError"}
)
_Fault = tuple[ast.AST, str, Severity | None]


class DuplicateValues(ModuleRule):
    """One key, branch or handler stands there twice, and the second one never counts or silently wins.

    Why look: it is a slip of copying; something else was meant in one of the two places.
    Ask: which of the two is right, and what should the other one say?
    """

    informs = "correctness"
    severity = Severity.HIGH

    INVALID = (
        Example("RATES = {'new': 1, 'old': 2, 'new': 3}\n"),
        Example("RATES = {\n    KEY: 1,\n    OLD: 2,\n    KEY: 3,\n}\n"),
        Example("KINDS = {'a', 'b', 'a'}\n"),
        Example("def f(rows):\n    return {'key': row.value for row in rows}\n"),
        Example("def f(rows, name):\n    return {name: row.value for row in rows}\n"),
        Example(
            "def f(kind):\n    if kind == 'a':\n        return 1\n    elif kind == 'b':\n        return 2\n"
            "    elif kind == 'a':\n        return 3\n"
        ),
        Example("def f(a, b):\n    return a.ready and b.ready and a.ready\n"),
        Example("try:\n    go()\nexcept ValueError:\n    stop()\nexcept (OSError, ValueError):\n    wait()\n"),
        Example("try:\n    go()\nexcept Exception:\n    stop()\nexcept ValueError:\n    wait()\n"),
        Example("def f(value):\n    return isinstance(value, (int, str, int))\n"),
        Example("def f(flag):\n    return 1 if flag else 1\n"),
        Example("from enum import Enum\n\nclass Kind(Enum):\n    NEW = 'new'\n    OLD = 'new'\n"),
    )
    VALID = (
        Example("RATES = {'new': 1, 'old': 2, 1: 3, '1': 4}\n"),
        Example("RATES = {**BASE, 'new': 1, **MORE, f(): 2, f(): 3}\n"),
        Example("KINDS = {'a', 'b', *MORE, *MORE}\n"),
        Example("def f(rows):\n    return {row.key: row.value for row in rows}\n"),
        Example("def f(rows):\n    return {(key := row.name): key for row in rows}\n"),
        Example("def f(rows):\n    return {next(numbers): row for row in rows}\n"),
        Example("def f(queue):\n    if queue.pop():\n        return 1\n    elif queue.pop():\n        return 2\n"),
        Example("def f(a, b):\n    return a.ready and b.ready or a.ready and c.ready\n"),
        Example("try:\n    go()\nexcept ValueError:\n    stop()\nexcept Exception:\n    wait()\n"),
        Example("def f(kind):\n    if kind == 'a':\n        return 1\n    if kind == 'a':\n        return 2\n"),
        Example("from enum import Enum\n\nclass Kind(Enum):\n    NEW = 'new'\n    OLD = 'old'\n    LAST = OLD\n"),
        Example("def f(rows):\n    return {key: 1 for row in rows for key in row}\n"),
        Example("def f(data):\n    return data.read(1) and data.read(1)\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        tree = tree_of(source.tree)

        def each(kind: type[Node], look: Callable[[Node], Iterator[_Fault]]) -> Iterator[LineSighting]:
            for node in tree.nodes(kind):
                for place, message, severity in look(node) if added_line(node, source, file) is not None else ():
                    line = head_line(place, source, file)
                    if line is not None:
                        yield LineSighting(line, message, severity)

        yield from each(ast.Dict, _keys)
        yield from each(ast.Set, _members)
        yield from each(ast.DictComp, _static_key)
        yield from each(ast.If, lambda node: _branches(node, tree))
        yield from each(ast.BoolOp, _operands)
        yield from each(ast.Try, lambda node: _handlers(node, source))
        yield from each(ast.Call, _types)
        yield from each(ast.IfExp, _choice)
        yield from each(ast.ClassDef, lambda node: _members_of_enum(node, source))


def _twice(nodes: Sequence[ast.expr | None]) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield each node that stands there before, with that one."""
    seen: dict[object, ast.expr] = {}
    for node in nodes:
        key = _identity(node)
        if node is None or key is None:
            continue
        if key in seen:
            yield seen[key], node
        seen.setdefault(key, node)


def _identity(node: ast.expr | None) -> object:
    """Return what makes two expressions the same value; None if nobody can say."""
    match node:
        case ast.Constant(value=value):
            # 1, 1.0 and True are one key; "1" and b"1" are others.
            return ("number", value) if isinstance(value, (int, float, complex)) else (type(value), value)
        case ast.Name() | ast.Attribute():
            return dotted(node)
        case ast.Tuple(elts=elements):
            parts = [_identity(element) for element in elements]
            return tuple(parts) if all(part is not None for part in parts) else None
    return None


def _keys(node: ast.Dict) -> Iterator[_Fault]:
    values = {id(key): value for key, value in zip(node.keys, node.values, strict=True)}
    for first, again in _twice(node.keys):
        is_same = ast.dump(values[id(first)]) == ast.dump(values[id(again)])
        message = f"the key `{quote(again)}` stands here twice; the last one wins"
        yield again, message, Severity.LOW if is_same else None


def _members(node: ast.Set) -> Iterator[_Fault]:
    for _, again in _twice(node.elts):
        yield again, f"`{quote(again)}` is in this set twice", Severity.LOW


def _static_key(node: ast.DictComp) -> Iterator[_Fault]:
    if any(
        not isinstance(
            part,
            (
                ast.Constant,
                ast.Name,
                ast.Attribute,
                ast.Load,
                ast.Tuple,
                ast.Subscript,
                ast.JoinedStr,
                ast.FormattedValue,
            ),
        )
        for part in nodes_in(node.key)
    ):
        return
    fed = {part.id for loop in node.generators for part in nodes_in(loop.target) if isinstance(part, ast.Name)}
    fed |= {part.target.id for part in nodes_in(node) if isinstance(part, ast.NamedExpr)}
    if not fed & {part.id for part in nodes_in(node.key) if isinstance(part, ast.Name)}:
        yield node, f"every round sets the same key `{quote(node.key)}`; only the last value stays", None


def _branches(node: ast.If, tree: Tree) -> Iterator[_Fault]:
    parent = tree.parents.get(node)
    if isinstance(parent, ast.If) and parent.orelse == [node]:
        return
    tests: list[ast.expr] = []
    branch: ast.stmt = node
    while isinstance(branch, ast.If):
        tests.append(branch.test)
        if len(branch.orelse) != 1:
            break
        branch = branch.orelse[0]
    seen: dict[str, ast.expr] = {}
    for test in tests:
        if not _is_steady(test):
            return
        code = ast.dump(test)
        if code in seen:
            yield test, f"`{quote(test)}` was asked above; this branch is never reached", None
        seen[code] = test


def _operands(node: ast.BoolOp) -> Iterator[_Fault]:
    seen: set[str] = set()
    for value in node.values:
        if not _is_steady(value) or isinstance(value, ast.Constant):
            return
        code = ast.dump(value)
        if code in seen:
            word = "and" if isinstance(node.op, ast.And) else "or"
            yield value, f"`{quote(value)}` stands on both sides of `{word}`", Severity.MEDIUM
        seen.add(code)


def _is_steady(node: ast.AST) -> bool:
    """True if asking twice must give the same answer."""
    return not any(
        isinstance(part, (ast.Await, ast.NamedExpr, ast.Yield))
        or (
            isinstance(part, ast.Call)
            and dotted(part.func) not in ("isinstance", "len", "issubclass", "hasattr", "callable")
        )
        for part in nodes_in(node)
    )


def _handlers(node: ast.Try, source: Source) -> Iterator[_Fault]:
    seen: set[str] = set()
    for handler in node.handlers:
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type] if handler.type else []
        names = [full_name(kind, source) for kind in kinds]
        again = next(
            (name for number, name in enumerate(names) if name and (name in seen or name in names[:number])), None
        )
        if again is not None:
            yield handler, f"`{again}` is caught above; this handler never sees it", Severity.MEDIUM
        elif names and seen & _BROAD and not set(names) & _BROAD:
            broad = min(seen & _BROAD)
            yield handler, f"`except {broad}` above catches this first", None
        elif names and {"OSError", "IOError", "EnvironmentError"} & seen and set(names) <= _OF_OS:
            yield handler, "`except OSError` above catches this first", None
        seen.update(name for name in names if name)


def _types(node: ast.Call) -> Iterator[_Fault]:
    match node:
        case ast.Call(func=ast.Name("isinstance" | "issubclass"), args=[_, ast.Tuple(elts=kinds)]):
            for _, again in _twice(kinds):
                yield again, f"`{quote(again)}` is in this tuple twice", Severity.LOW


def _choice(node: ast.IfExp) -> Iterator[_Fault]:
    if ast.dump(node.body) == ast.dump(node.orelse):
        yield node, f"both sides of `{quote(node)}` are the same", None


def _members_of_enum(owner: ast.ClassDef, source: Source) -> Iterator[_Fault]:
    bases = {(full_name(base, source) or "").rpartition(".")[2] for base in owner.bases}
    if not bases & {"Enum", "IntEnum", "StrEnum"}:
        return
    seen: dict[object, str] = {}
    for part in owner.body:
        match part:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant() as value) if value.value is not ...:
                key = _identity(value)
                if key in seen:
                    yield (
                        part,
                        f"`{name}` has the value of `{seen[key]}` and is only another name for it",
                        Severity.MEDIUM,
                    )
                seen.setdefault(key, name)
