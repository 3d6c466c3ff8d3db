import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.tree import (
    Function,
    Tree,
    catches,
    dotted,
    full_name,
    head_line,
    is_imported,
    names_tested,
    own,
    quote,
    tree_of,
)

_HANDLED = frozenset({"IndexError", "LookupError", "Exception", "BaseException", "ValueError", "TypeError"})
# Calls whose list may be empty, and those that have one element more than there are separators.
_MAYBE_EMPTY = frozenset(
    {"findall", "fetchall", "glob", "listdir", "all", "select", "find_all", "readlines", "xpath", "scandir"}
)
_MAYBE_EMPTY_NAMES = frozenset({"re.findall", "glob.glob", "os.listdir", "list", "sorted"})
_PARTS = frozenset({"split", "rsplit"})
_LISTS = frozenset({"list", "List", "Sequence", "typing.List", "typing.Sequence", "collections.abc.Sequence"})


class UnguardedIndex(ModuleRule):
    """An element is taken by its number from a list that may be shorter.

    Why look: the first empty result or line without a separator ends in an IndexError.
    Ask: what should happen when there are fewer elements?
    """

    informs = "edge-cases"
    severity = Severity.LOW
    words = ("[", "split(")

    INVALID = (
        Example("def value(line):\n    return line.split('=')[1]\n"),
        Example("import re\n\ndef number(text):\n    return re.findall('[0-9]+', text)[0]\n"),
        Example("import sys\n\ndef main():\n    return load(sys.argv[1])\n"),
        Example("def first(orders: list[str]):\n    return orders[0]\n"),
        Example("def newest(cursor):\n    return cursor.fetchall()[0]\n"),
        Example("def domain(mail):\n    parts = mail.split('@')\n    return parts[1]\n"),
        Example("def best(orders):\n    return sorted(orders)[0]\n"),
        Example("def first(orders):\n    return [order for order in orders if order.is_open][0]\n"),
        Example("def value(line):\n    key, value = line.split('=')\n    return value\n"),
        Example("def newest(prices):\n    return prices[-1] - prices[0]\n"),
    )
    VALID = (
        Example("def value(line):\n    return line.split('=')[0] + line.split('=')[-1]\n"),
        Example("def value(line):\n    if '=' not in line:\n        return ''\n    return line.split('=')[1]\n"),
        Example(
            "def value(line):\n    try:\n        return line.split('=')[1]\n    except IndexError:\n        return ''\n"
        ),
        Example(
            "import sys\n\ndef main():\n    if len(sys.argv) < 2:\n        raise SystemExit\n"
            "    return load(sys.argv[1])\n"
        ),
        Example("def first(orders: list[str]):\n    return orders[0] if orders else None\n"),
        Example("def first(orders: tuple[str, int]):\n    return orders[0]\n"),
        Example(
            "def first(names):\n    found = [name for name in names if name]\n    if not found:\n"
            "        return ''\n    return found[0]\n"
        ),
        Example("def first(row):\n    return row[0]\n"),
        Example("def value(line):\n    return line.split('=', 1)[0]\n"),
        Example("def test_first(orders: list):\n    assert orders[0]\n", path="tests/test_first.py"),
        Example(
            "import os\n\ndef name(path):\n    folder, name = os.path.split(path)\n"
            "    return name, os.path.split(path)[1]\n"
        ),
        Example("import sys\n\ndef name():\n    return sys.argv[0]\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        tree = tree_of(source.tree)
        seen: set[tuple[ast.AST | None, str]] = set()
        for node in tree.nodes(ast.Subscript):
            line = head_line(node, source, file)
            number = _number(node.slice)
            if line is None or number is None or not isinstance(node.ctx, ast.Load):
                continue
            function = tree.function(node)
            reason = _reason(node, number, function, source)
            if reason is None or catches(node, _HANDLED, tree, source) or _is_asked(node.value, node, function, tree):
                continue
            key = (function, dotted(node.value) or quote(node.value))
            if key not in seen:
                seen.add(key)
                yield LineSighting(line, f"`{quote(node)}`: {reason}")
        for assignment in tree.nodes(ast.Assign):
            line = head_line(assignment, source, file)
            if line is not None:
                yield from _unpacked(assignment, line, tree, source)


def _number(node: ast.expr) -> int | None:
    match node:
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))):
            return -number
    return None


def _reason(node: ast.Subscript, number: int, function: Function | None, source: Source) -> str | None:
    """Say why the list may be too short; None if nothing is known of it."""
    value = node.value
    if full_name(value, source) == "sys.argv":
        return "the command line may have fewer words" if number > 0 else None
    if isinstance(value, ast.Name):
        return _of_variable(value.id, number, function, source)
    return _of_list(value, number, source)


def _of_list(value: ast.expr, number: int, source: Source) -> str | None:
    match value:
        case ast.ListComp(generators=generators) if any(loop.ifs for loop in generators):
            return "the list may be empty"
        case ast.Call(func=func) if is_imported(func, source) and full_name(func, source) not in _MAYBE_EMPTY_NAMES:
            return None  # `os.path.split` and other functions that only share the name
        case ast.Call(func=ast.Attribute(attr=name), args=args) if name in _PARTS:
            is_safe = number in (0, -1) and bool(args)
            return None if is_safe else "the text may have fewer parts"
        case ast.Call(func=ast.Attribute(attr=name)) if name in _MAYBE_EMPTY:
            return "the list may be empty"
        case ast.Call(func=func) if full_name(func, source) in _MAYBE_EMPTY_NAMES:
            return "the list may be empty"
    return None


def _of_variable(name: str, number: int, function: Function | None, source: Source) -> str | None:
    if function is None:
        return None
    args = function.args
    given = [
        part.value
        for part in own(*function.body)
        if isinstance(part, ast.Assign) and any(dotted(target) == name for target in part.targets)
    ]
    for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs):
        if arg.arg == name and not given:
            return "the list may be empty" if _is_list(arg, number, source) else None
    return _of_list(given[0], number, source) if len(given) == 1 else None


def _is_list(arg: ast.arg, number: int, source: Source) -> bool:
    """True for a parameter that is a list by its type, or by a plural name where it has none."""
    kind = arg.annotation
    if kind is None:
        return (
            number in (0, -1)
            and arg.arg.endswith("s")
            and not arg.arg.endswith(("ss", "args", "bounds", "coords", "dims", "us"))
        )
    return full_name(kind.value if isinstance(kind, ast.Subscript) else kind, source) in _LISTS


def _is_asked(value: ast.expr, node: ast.AST, function: Function | None, tree: Tree) -> bool:
    """True if a test in the function mentions the list, or the text it is made of."""
    if isinstance(value, ast.ListComp):
        return any(isinstance(parent, (ast.If, ast.IfExp)) for parent in tree.above(node))
    names = {
        name
        for part in nodes_in(value)
        if (name := dotted(part)) is not None and isinstance(part, (ast.Name, ast.Attribute))
    }
    whole: ast.AST | None = function or next((each for each in tree.above(node) if isinstance(each, ast.Module)), None)
    if whole is None:
        return True
    names.discard("re")
    if names & names_tested(whole):
        return True
    # Inside a loop over the list, or with its length at hand, there is an element.
    for parent in tree.above(node):
        if isinstance(parent, (ast.For, ast.comprehension)) and names & {
            dotted(part) for part in nodes_in(parent.iter)
        }:
            return True
    return False


def _unpacked(node: ast.Assign, line: int, tree: Tree, source: Source) -> Iterator[LineSighting]:
    """Report `key, value = line.split("=")`."""
    target, value = node.targets[0], node.value
    if not isinstance(target, (ast.Tuple, ast.List)) or any(isinstance(each, ast.Starred) for each in target.elts):
        return
    match value:
        case ast.Call(func=ast.Attribute(attr=name, value=text) as func, args=[_, *_]) if name in _PARTS:
            if (
                not is_imported(func, source)
                and not catches(node, _HANDLED, tree, source)
                and not _is_asked(text, node, tree.function(node), tree)
            ):
                yield LineSighting(line, f"`{quote(value)}` may give fewer or more than {len(target.elts)} parts")
