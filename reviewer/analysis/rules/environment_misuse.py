import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.tree import full_name, head_line, quote, tree_of

_READERS = {"os.getenv": 1, "os.environ.get": 1, "os.environ.setdefault": 1, "os.putenv": 1}
_NUMBERS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv)


class EnvironmentMisuse(ModuleRule):
    """Environment variables are treated as if they were a plain dictionary of any values.

    Why look: variables are always text, and the process sees a change only through `os.environ` itself.
    Ask: what happens where the variable is set, and where it is not?
    """

    informs = "correctness"
    severity = Severity.MEDIUM
    words = ("environ", "getenv", "putenv")

    INVALID = (
        Example("import os\n\nPORT = os.getenv('PORT', 8000)\n"),
        Example("import os\n\nTAGS = os.environ.get('TAGS', [])\n"),
        Example("import os\n\nos.environ = {'PORT': '1'}\n"),
        Example("import copy\nimport os\n\nbefore = copy.copy(os.environ)\n"),
        Example("import os\n\nos.environ['PORT'] = 8000\n"),
        Example("from os import getenv\n\nif getenv('DEBUG', False):\n    go()\n"),
        Example("import os\n\nDEBUG = bool(os.getenv('DEBUG', 'false'))\n"),
        Example("import os\n\nDEBUG = os.environ.get('DEBUG') == True\n"),
        Example("import os\n\nRETRIES = os.getenv('RETRIES') * 2\n"),
        Example("import os\n\nif os.getenv('WORKERS') > 4:\n    go()\n"),
    )
    VALID = (
        Example("import os\n\nPORT = int(os.getenv('PORT', '8000'))\n"),
        Example("import os\n\nPORT = int(os.getenv('PORT', 8000))\n"),
        Example("import os\n\nNAME = os.environ.get('NAME', None) or os.environ.get('USER', default_name)\n"),
        Example("import os\n\nbefore = os.environ.copy()\nos.environ['PORT'] = '8000'\nos.environ['A'] = str(3)\n"),
        Example("def f(environ):\n    return environ.get('wsgi.input', 3)\n"),
        Example("import os\n\nDEBUG = os.getenv('DEBUG', 'false') == 'true'\nON = bool(os.getenv('ON'))\n"),
        Example("import os\n\nDEBUG = str(os.getenv('DEBUG', True)).lower() == 'true'\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        tree = tree_of(source.tree)
        for node in tree.nodes(ast.Call, ast.Assign, ast.Compare, ast.BinOp):
            line = head_line(node, source, file)
            if line is None:
                continue
            parent = tree.parents.get(node)
            # `int(os.getenv("PORT", 8000))` takes either.
            is_converted = isinstance(parent, ast.Call) and len(parent.args) == 1 and isinstance(parent.func, ast.Name)
            message = _fault(node, source, is_converted=is_converted)
            if message is not None:
                yield LineSighting(line, *message)


def _fault(node: ast.AST, source: Source, *, is_converted: bool) -> tuple[str, Severity | None] | None:
    match node:
        case ast.Call(func=ast.Name("bool"), args=[ast.Call() as inner]) if _is_reader(inner, source):
            if (
                len(inner.args) == 2
                and isinstance(inner.args[1], ast.Constant)
                and isinstance(inner.args[1].value, str)
            ):
                return f"`{quote(node)}` is true for every text but the empty one", Severity.HIGH
        case ast.Call():
            return _default(node, source, is_converted=is_converted) or _copied(node, source)
        case ast.Assign(targets=[target], value=value):
            return _assigned(target, value, source)
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if _is_reader(left, source):
            is_number = isinstance(right, ast.Constant) and isinstance(right.value, (int, float))
            if is_number and not isinstance(operator, (ast.Is, ast.IsNot)):
                return f"`{quote(left)}` is text and never fits `{quote(right)}`", Severity.HIGH
        case ast.BinOp(left=left, op=operator, right=right) if _is_reader(left, source):
            if (
                isinstance(operator, _NUMBERS)
                and isinstance(right, ast.Constant)
                and isinstance(right.value, (int, float))
            ):
                return f"`{quote(left)}` is text, not a number", Severity.HIGH
    return None


def _is_reader(node: ast.AST, source: Source) -> bool:
    if isinstance(node, ast.Subscript):
        return full_name(node.value, source) == "os.environ"
    return isinstance(node, ast.Call) and full_name(node.func, source) in ("os.getenv", "os.environ.get")


def _default(call: ast.Call, source: Source, *, is_converted: bool) -> tuple[str, Severity | None] | None:
    name = full_name(call.func, source) or ""
    place = _READERS.get(name)
    if place is None:
        return None
    named = next((keyword.value for keyword in call.keywords if keyword.arg == "default"), None)
    default = call.args[place] if len(call.args) > place else named
    if default is None or _may_be_text(default, source) or is_converted:
        return None
    severity = Severity.HIGH if "set" in name or "put" in name else Severity.LOW
    return f"the variable is text where it is set, and `{quote(default)}` where it is not", severity


def _may_be_text(node: ast.expr, source: Source) -> bool:
    match node:
        case ast.Constant(value=value):
            return value is None or isinstance(value, str)
        case ast.List() | ast.Dict() | ast.Set() | ast.Tuple() | ast.ListComp() | ast.DictComp():
            return False
        case ast.Call(func=ast.Name(id=name)):
            if name in ("int", "float", "list", "dict", "bool", "bytes", "set"):
                return False
            return not any(_returns_other(part) for part in source.tree.body if getattr(part, "name", "") == name)
    return True


def _returns_other(node: ast.stmt) -> bool:
    """True for a function that returns only literals, none of them text."""
    if not isinstance(node, ast.FunctionDef):
        return False
    values = [part.value for part in nodes_in(node) if isinstance(part, ast.Return)]
    other = (ast.List, ast.Dict, ast.Set, ast.Tuple)
    return bool(values) and all(
        isinstance(value, other) or (isinstance(value, ast.Constant) and isinstance(value.value, (int, float, bytes)))
        for value in values
    )


def _copied(call: ast.Call, source: Source) -> tuple[str, Severity | None] | None:
    if full_name(call.func, source) not in ("copy.copy", "copy.deepcopy"):
        return None
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    if any(full_name(value, source) == "os.environ" for value in values):
        return "a change to this copy changes the process's own environment; use `os.environ.copy()`", None
    return None


def _assigned(target: ast.expr, value: ast.expr, source: Source) -> tuple[str, Severity | None] | None:
    if full_name(target, source) == "os.environ" and isinstance(target, ast.Attribute):
        return "`os.environ = ...` does not change the environment of the process or its children", None
    if isinstance(target, ast.Subscript) and full_name(target.value, source) == "os.environ":
        is_number = isinstance(value, ast.Constant) and not isinstance(value.value, str)
        if is_number or (
            isinstance(value, ast.Call) and full_name(value.func, source) in ("int", "float", "bool", "len")
        ):
            return f"`{quote(target)}` takes text only; `{quote(value)}` raises a TypeError", Severity.HIGH
    return None
