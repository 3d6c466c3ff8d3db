import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.syntax import Syntax, code, dotted_name, names_in, syntax_of

_COPIES = frozenset({"list", "tuple"})


class InefficientLoop(ModuleRule):
    """A loop copies, looks up or unpacks more than it uses.

    Why look: it costs nothing with ten elements, and memory and time with ten million.
    Ask: does the loop need the copy?
    """

    informs = "scale"
    severity = Severity.INFO
    words = ("for ", ".keys()")

    INVALID = (
        Example("def send(orders: tuple[Order, ...]):\n    for order in list(orders):\n        mail(order)\n"),
        Example("for name in shops.keys():\n    print(name)\n"),
        Example("if 'corner' in shops.keys():\n    visit()\n"),
        Example("for name, _ in shops.items():\n    print(name)\n"),
        Example("for _, shop in shops.items():\n    print(shop)\n"),
        Example("for state in {'new', 'paid'}:\n    print(state)\n"),
        Example(
            "def paid(orders):\n    found = []\n    for order in orders:\n        if order.paid:\n"
            "            found.append(order)\n    return found\n"
        ),
        Example(
            "def by_id(orders):\n    found = {}\n    for order in orders:\n        found[order.id] = order\n"
            "    return found\n"
        ),
        Example("for index in range(len(orders)):\n    print(orders[index])\n"),
    )
    VALID = (
        Example("for name in list(shops):\n    del shops[name]\n"),
        Example("for name in list(shops.keys()):\n    shops.pop(name)\n"),
        Example("for name, shop in shops.items():\n    print(name, shop)\n"),
        Example("for state in ('new', 'paid'):\n    print(state)\n"),
        Example(
            "def paid(orders):\n    found = []\n    for order in orders:\n        if order.paid:\n"
            "            found.append(order)\n        elif order.late:\n            warn(order)\n"
            "    return found\n"
        ),
        Example(
            "def send(orders):\n    try:\n        for order in orders:\n            mail(order)\n"
            "    except OSError:\n        failed.append(orders)\n"
        ),
        Example("for index in range(len(orders)):\n    orders[index] = read(index)\n"),
        Example("def keep(orders, found):\n    for order in orders:\n        found.append(order)\n"),
        Example("both = first.keys() & second.keys()\n"),
        Example("for name in shops.keys():\n    print(name)\n", path="tests/test_shops.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example:
            return
        tree = syntax_of(source)
        for kind in (ast.For, ast.AsyncFor, ast.comprehension):
            for loop in tree.nodes.get(kind, ()):
                if isinstance(loop, (ast.For, ast.AsyncFor, ast.comprehension)):
                    yield from _source(tree, loop)
                if isinstance(loop, ast.For):
                    yield from _body(tree, loop)
        for node in tree.nodes.get(ast.Compare, ()):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
                yield from _asked(tree, node.comparators[0])


def _asked(tree: Syntax, values: ast.expr) -> Iterator[LineSighting]:
    match values:
        case ast.Call(
            func=ast.Name(id="list" | "set" | "tuple"), args=[ast.Call(func=ast.Attribute(attr="keys")) as keys]
        ):
            yield from _asked(tree, keys)
        case ast.Call(func=ast.Attribute(value=owner, attr="keys"), args=[]) if _is_mapping(owner):
            yield LineSighting(tree.line(values), f"`in {code(owner)}` asks the same as `in {code(owner)}.keys()`")


_Through = ast.For | ast.AsyncFor | ast.comprehension


def _source(tree: Syntax, loop: _Through) -> Iterator[LineSighting]:
    """Say what is wrong with what a loop goes through."""
    line = tree.line(loop.iter)
    match loop.iter:
        case ast.Call(func=ast.Attribute(value=owner, attr="keys"), args=[], keywords=[]):
            if _is_mapping(owner) and not _is_changed(loop, owner):
                yield LineSighting(line, f"`{code(owner)}` gives its keys without `.keys()`")
        case ast.Call(func=ast.Attribute(value=owner, attr="items"), args=[], keywords=[]) if (
            dotted_name(owner) != "self"
        ):
            yield from _unused_half(tree, loop, owner)
        case ast.Call(func=ast.Name(id=name), args=[values], keywords=[]) if name in _COPIES:
            if _is_known(tree, values) and not _is_changed(loop, values):
                yield LineSighting(line, f"`{code(loop.iter)}` copies what could be gone through as it is")
        case ast.Set(elts=elements) if not any(isinstance(element, ast.Starred) for element in elements):
            yield LineSighting(line, f"`{code(loop.iter)}` is made to be gone through once; a tuple keeps its order")


def _is_mapping(owner: ast.expr) -> bool:
    """True for a name in small letters or capitals, and for literals: `Shop.keys()` may be anything."""
    last = dotted_name(owner).rpartition(".")[2]
    return isinstance(owner, (ast.Dict, ast.DictComp)) or (
        bool(last) and (last.islower() or last.isupper()) and last != "dict"
    )


def _unused_half(tree: Syntax, loop: _Through, owner: ast.expr) -> Iterator[LineSighting]:
    match loop.target:
        case ast.Tuple(elts=[ast.Name(id="_" | "__"), other]) if names_in(other) != {"_"}:
            yield LineSighting(tree.line(loop.iter), f"only the values of `{code(owner)}` are used: `.values()`")
        case ast.Tuple(elts=[other, ast.Name(id="_" | "__")]) if names_in(other) != {"_"}:
            yield LineSighting(tree.line(loop.iter), f"only the keys of `{code(owner)}` are used")


def _is_known(tree: Syntax, values: ast.expr) -> bool:
    """True if it can be gone through as it is: a parameter of such a type, a list, a tuple or a set made here."""
    value = tree.value(values)
    if isinstance(value, (ast.Tuple, ast.List, ast.ListComp, ast.GeneratorExp, ast.Set)):
        return True
    if isinstance(value, ast.Call) and dotted_name(value.func) in (
        "range",
        "sorted",
        "list",
        "tuple",
        "enumerate",
        "zip",
        "map",
    ):
        return True
    bound = tree.values(values, dotted_name(values)) if isinstance(values, ast.Name) else ()
    annotation = bound[0].annotation if len(bound) == 1 and isinstance(bound[0], ast.arg) else None
    return annotation is not None and ast.unparse(annotation).lower().startswith(("list", "tuple", "sequence"))


def _is_changed(loop: _Through, values: ast.expr) -> bool:
    """True if the loop may change what it goes through, so that it needs the copy: it touches it, or calls what may."""
    name = dotted_name(values)
    if isinstance(loop, ast.comprehension) or not name:
        return False
    for statement in loop.body:
        for part in nodes_in(statement):
            if isinstance(part, (ast.Subscript, ast.Attribute)) and dotted_name(part.value) == name:
                is_read = isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Load)
                if not is_read:
                    return True
            if isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Store):
                return True
    # An attribute may be changed by any method called here.
    return "." in name and any(isinstance(part, ast.Call) for statement in loop.body for part in nodes_in(statement))


def _body(tree: Syntax, loop: ast.For) -> Iterator[LineSighting]:
    yield from _collected(tree, loop)
    yield from _counted(tree, loop)


def _collected(tree: Syntax, loop: ast.For) -> Iterator[LineSighting]:
    """`for x in xs: if …: found.append(…)`, where `found` was made empty directly before."""
    inner: list[ast.stmt] = loop.body
    if len(inner) == 1 and isinstance(inner[0], ast.If) and not inner[0].orelse:
        if any(isinstance(part, ast.NamedExpr) for part in nodes_in(inner[0].test)):
            return
        inner = inner[0].body
    if len(inner) != 1 or loop.orelse:
        return
    match inner[0]:
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[value], keywords=[])
        ):
            kind = "list"
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name), slice=key)], value=value) if names_in(
            key
        ) & names_in(loop.target):
            kind = "dict"
        case _:
            return
    start = _empty_before(tree, loop, name)
    if (
        isinstance(start, ast.List if kind == "list" else ast.Dict)
        and name not in names_in(value) | names_in(loop.iter)
        and not _waits(value)
    ):
        yield LineSighting(tree.line(inner[0]), f"`{name}` could be a {kind} comprehension")


def _empty_before(tree: Syntax, loop: ast.For, name: str) -> ast.AST | None:
    """Return the empty collection the name is given just before the loop."""
    parent = tree.parents.get(loop)
    block = getattr(parent, tree.field(loop), None) if parent is not None else None
    if not isinstance(block, list):
        return None
    values = [value for value in tree.values(loop, name) if tree.statement(value) in block[: block.index(loop)][-3:]]
    value = values[-1] if values else None
    is_empty = isinstance(value, (ast.List, ast.Dict)) and not (
        getattr(value, "elts", None) or getattr(value, "keys", None)
    )
    return value if is_empty else None


def _waits(value: ast.expr) -> bool:
    return any(isinstance(part, (ast.Await, ast.Yield, ast.YieldFrom)) for part in nodes_in(value))


def _counted(tree: Syntax, loop: ast.For) -> Iterator[LineSighting]:
    """`for i in range(len(xs))` that only reads `xs[i]`."""
    match loop:
        case ast.For(
            target=ast.Name(id=index),
            iter=ast.Call(func=ast.Name(id="range"), args=[ast.Call(func=ast.Name(id="len"), args=[values])]),
        ):
            name = dotted_name(values)
        case _:
            return
    taken = 0
    for part in (part for statement in loop.body for part in nodes_in(statement)):
        if isinstance(part, ast.Name) and part.id == index:
            above = tree.parents.get(part)
            is_taken = isinstance(above, ast.Subscript) and above.slice is part and dotted_name(above.value) == name
            if not is_taken or not isinstance(getattr(above, "ctx", None), ast.Load):
                return
            taken += 1
    if taken and name:
        yield LineSighting(tree.line(loop), f"`{name}` can be gone through without its indices")
