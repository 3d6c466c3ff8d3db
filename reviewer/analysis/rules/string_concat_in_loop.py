import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.syntax import FUNCTIONS, Loop, Syntax, code, dotted_name, syntax_of, text_of


class StringConcatInLoop(ModuleRule):
    """A text is put together piece by piece with `+` in a loop.

    Why look: each piece copies all that stands there already, so a text of n pieces costs n * n.
    Ask: would a list and one `join` do?
    """

    informs = "scale"
    severity = Severity.LOW
    words = (" += ", " + ")

    INVALID = (
        Example(
            "def report(orders):\n    text = ''\n    for order in orders:\n"
            "        text += f'{order.id}: {order.total}\\n'\n    return text\n"
        ),
        Example(
            "def report(orders):\n    text = 'Orders\\n'\n    for order in orders:\n"
            "        text = text + order.name + '\\n'\n    return text\n"
        ),
        Example(
            "def report(orders):\n    text = str()\n    for order in orders:\n        if order.paid:\n"
            "            text += str(order)\n    return text\n"
        ),
        Example(
            "def read(stream):\n    body = b''\n    while chunk := stream.read(1024):\n"
            "        body += chunk\n    return body\n"
        ),
        Example(
            "class Report:\n    def add(self, orders):\n        self.text = ''\n"
            "        for order in orders:\n            self.text += order.name\n"
        ),
        Example("HEAD = '<ul>'\n\ndef f(teas):\n    page = HEAD\n    for tea in teas:\n        page += tea\n"),
    )
    VALID = (
        Example("def report(orders):\n    return '\\n'.join(str(order) for order in orders)\n"),
        Example(
            "def total(orders):\n    total = 0\n    for order in orders:\n        total += order.total\n"
            "    return total\n"
        ),
        Example(
            "def lines(orders):\n    lines = []\n    for order in orders:\n        lines += [str(order)]\n"
            "    return lines\n"
        ),
        Example(
            "def names(orders):\n    for order in orders:\n        name = ''\n        name += order.first\n"
            "        name += order.last\n        yield name\n"
        ),
        Example("def dots():\n    text = ''\n    for _ in range(3):\n        text += '.'\n    return text\n"),
        Example(
            "def name(parts):\n    text = ''\n    for part in ('a', 'b'):\n        text += parts[part]\n"
            "    return text\n"
        ),
        Example(
            "def first(orders):\n    text = ''\n    for order in orders:\n        text += order.name\n"
            "        break\n    return text\n"
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example:
            return
        tree = syntax_of(source)
        told: set[tuple[int, str]] = set()
        for node in [*tree.nodes.get(ast.AugAssign, ()), *tree.nodes.get(ast.Assign, ())]:
            name, added = _grown(node)
            loop = _loop(tree, node) if name else None
            if loop is None or (id(loop), name) in told or not _is_text(tree, node, name, loop):
                continue
            told.add((id(loop), name))
            yield LineSighting(tree.line(node), f"`{name}` grows by `{code(added)}` each time round")


def _grown(node: ast.AST) -> tuple[str, ast.AST]:
    """Return the name that `name += piece` or `name = name + piece` makes longer, and the piece."""
    match node:
        case ast.AugAssign(target=target, op=ast.Add(), value=value):
            return dotted_name(target), value
        case ast.Assign(targets=[target], value=ast.BinOp(op=ast.Add()) as value):
            left: ast.expr = value
            while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
                left = left.left
            name = dotted_name(target)
            return (name, value.right) if name and dotted_name(left) == name else ("", node)
        case _:
            return "", node


def _loop(tree: Syntax, node: ast.AST) -> Loop | None:
    """Return the innermost loop that goes on after the node and is not short by itself."""
    loop = next(tree.loops(node), None)
    if loop is None or isinstance(loop, ast.comprehension):
        return None
    if isinstance(loop.body[-1], (ast.Break, ast.Return, ast.Raise)):
        return None
    return None if isinstance(loop, (ast.For, ast.AsyncFor)) and _is_short(loop.iter) else loop


def _is_short(values: ast.expr) -> bool:
    match values:
        case ast.Tuple() | ast.List() | ast.Constant():
            return True
        case ast.Call(func=ast.Name(id="range"), args=args):
            return all(isinstance(arg, ast.Constant) or dotted_name(arg).isupper() for arg in args)
        case ast.Call(func=ast.Name(id="enumerate" | "reversed" | "sorted" | "zip"), args=[first, *_]):
            return isinstance(first, (ast.Tuple, ast.List, ast.Constant))
        case _:
            return dotted_name(values).rpartition(".")[2].isupper()


def _is_text(tree: Syntax, node: ast.AST, name: str, loop: Loop) -> bool:
    """True if the name held a text before the loop began; one made anew in the loop stays short."""
    values = [
        value
        for value in tree.values(node, name)
        if isinstance(value, ast.expr) and value is not getattr(node, "value", None)
    ]
    if name.startswith("self.") and len(values) > 1:
        values = [value for value in values if tree.function(value) is tree.function(node)]
    starts = [value for value in values if not _is_in(tree, value, loop)]
    constants = tree.source.constants
    said = [constants.get(value.id, value) if isinstance(value, ast.Name) else value for value in starts]
    return bool(starts) and all(_says_text(value) for value in said) and len(starts) == len([*values])


def _is_in(tree: Syntax, node: ast.AST, loop: Loop) -> bool:
    for outer in tree.around(node):
        if outer is loop:
            return True
        if isinstance(outer, FUNCTIONS):
            return False
    return False


def _says_text(value: ast.expr) -> bool:
    if isinstance(value, ast.Constant):
        return isinstance(value.value, (str, bytes))
    if isinstance(value, ast.Call):
        called = value.func.id if isinstance(value.func, ast.Name) else ""
        return called in ("str", "bytes") or text_of(value) is not None
    return text_of(value) is not None
