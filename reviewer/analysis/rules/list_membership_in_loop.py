import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.syntax import Loop, Syntax, code, dotted_name, last_name, syntax_of

_LIST_TYPE = regex(r"(typing\.)?(list|List|Sequence|tuple|Tuple|Iterable)\b(?!\[.*\.\.\.\])")
_LIST = regex(r"(typing\.)?(list|List)\b")
_MAKING = frozenset(
    {"list", "sorted", "readlines", "splitlines", "fetchall", "tolist", "to_list", "all", "glob"}
    | {"listdir", "findall", "split"}
)


class ListMembershipInLoop(ModuleRule):
    """A list is searched from its beginning again and again.

    Why look: with n elements on both sides that is n * n comparisons, where a set needs n.
    Ask: can it be a set or a dict, made once before the loop?
    """

    informs = "scale"
    severity = Severity.LOW
    words = (" in ", ".index(", ".count(", ".remove(")

    INVALID = (
        Example(
            "def new(orders, known: list[str]):\n    return [order for order in orders if order.id not in known]\n"
        ),
        Example(
            "def unique(orders):\n    seen = []\n    for order in orders:\n"
            "        if order.id not in seen:\n            seen.append(order.id)\n    return seen\n"
        ),
        Example(
            "def open_orders(orders, lines):\n    known = [line.order for line in lines]\n"
            "    for order in orders:\n        if order.id in known:\n            yield order\n"
        ),
        Example("def places(names, wanted: list[str]):\n    return {name: wanted.index(name) for name in names}\n"),
        Example(
            "def common(first, second):\n    other = list(second)\n"
            "    return [value for value in first if value in other]\n"
        ),
        Example(
            "def counts(text):\n    words = text.split()\n    return {word: words.count(word) for word in words}\n"
        ),
        Example(
            "def blocked() -> list[str]:\n    return load()\n\ndef f(teas):\n    names = blocked()\n"
            "    return [tea for tea in teas if tea in names]\n"
        ),
    )
    VALID = (
        Example("def new(orders, known: set[str]):\n    return [order for order in orders if order.id not in known]\n"),
        Example("def new(orders, known):\n    return [order for order in orders if order.id not in known]\n"),
        Example("def paid(orders):\n    return [order for order in orders if order.state in ['paid', 'sent']]\n"),
        Example(
            "def paid(orders):\n    states = ['paid', 'sent']\n"
            "    return [order for order in orders if order.state in states]\n"
        ),
        Example(
            "def unique(orders):\n    seen = set()\n    for order in orders:\n"
            "        if order.id not in seen:\n            seen.add(order.id)\n"
        ),
        Example("def has(order, lines: list[str]):\n    return order in lines\n"),
        Example(
            "def some(orders, known: list[str]):\n    for state in ('new', 'paid'):\n"
            "        if state in known:\n            yield state\n"
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example:
            return
        tree = syntax_of(source)
        for node in tree.nodes.get(ast.Compare, ()):
            match node:
                case ast.Compare(left=element, ops=[ast.In() | ast.NotIn()], comparators=[values]):
                    yield from _searched(tree, node, element, values, "in")
        for call in tree.called("index", "count"):
            if isinstance(call.func, ast.Attribute) and len(call.args) == 1:
                yield from _searched(tree, call, call.args[0], call.func.value, call.func.attr)


def _searched(tree: Syntax, node: ast.AST, element: ast.expr, values: ast.expr, how: str) -> Iterator[LineSighting]:
    name = dotted_name(values)
    if not name or "." in name or name.isupper() or isinstance(element, ast.Constant):
        return
    loop = next((loop for loop in tree.loops(node) if _is_long(loop, name)), None)
    if loop is None or not _is_list(tree, values, name, loop):
        return
    shown = f"{code(element)} in {name}" if how == "in" else f"{name}.{how}({code(element)})"
    yield LineSighting(tree.line(node), f"`{shown}` goes through the list each time round")


def _is_long(loop: Loop, name: str) -> bool:
    """True for a loop over more than a few things; one over the searched list itself is a loop like any other."""
    if isinstance(loop, ast.While):
        return name not in {part.id for part in nodes_in(loop.test) if isinstance(part, ast.Name)}
    values = loop.iter
    if isinstance(values, (ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Constant)):
        return False
    if isinstance(values, ast.Call) and last_name(values.func) == "range":
        return not all(isinstance(arg, ast.Constant) for arg in values.args)
    return not last_name(values).isupper()


def _is_list(tree: Syntax, node: ast.AST, name: str, loop: Loop) -> bool:
    """True if all that is known of the name says that it is a list, filled by a loop, and made before this one."""
    bound = tree.values(node, name)
    kinds = [_kind(tree, value) for value in bound]
    if not kinds or any(kind is None for kind in kinds):
        return False
    if any(loop in tree.around(value) for value in bound if isinstance(value, ast.expr)):
        return False
    return "empty" not in kinds or _is_filled(tree, node, name)


def _kind(tree: Syntax, value: ast.AST) -> str | None:
    """Return how a value is known to be a list; None if it is not."""
    if isinstance(value, ast.arg):
        annotation = value.annotation
        return "long" if annotation is not None and _LIST_TYPE.match(ast.unparse(annotation)) else None
    if isinstance(value, ast.ListComp):
        few = value.generators[0].iter
        return None if isinstance(few, (ast.Tuple, ast.List)) or last_name(few).isupper() else "long"
    if isinstance(value, ast.List) and not value.elts:
        above = tree.parents.get(value)
        return "empty" if isinstance(above, (ast.Assign, ast.AnnAssign)) else None
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and _gives_list(tree, value.func.id):
        return "long"
    if isinstance(value, ast.Call) and last_name(value.func) in _MAKING:
        return "long" if isinstance(value.func, ast.Attribute) or last_name(value.func) in ("list", "sorted") else None
    return None


def _gives_list(tree: Syntax, name: str) -> bool:
    """True for a function of this file whose type says that it returns a list."""
    found = [part for part in tree.source.tree.body if getattr(part, "name", None) == name]
    kinds = [part.returns for part in found if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return len(kinds) == len(found) == 1 and kinds[0] is not None and _LIST.match(ast.unparse(kinds[0])) is not None


def _is_filled(tree: Syntax, node: ast.AST, name: str) -> bool:
    """True if a loop puts elements into the list."""
    scope = tree.scope(node)
    return any(
        isinstance(call.func, ast.Attribute)
        and dotted_name(call.func.value) == name
        and next(tree.loops(call), None) is not None
        and tree.scope(call) is scope
        for call in tree.called("append", "extend", "insert")
    )
