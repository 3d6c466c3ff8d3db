import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.touched import Touched, touched

_ANY = frozenset({"typing.Any", "typing_extensions.Any"})
_FEW = 3
_MOST_TOLD = 2
_CAST = frozenset({"typing.cast", "typing_extensions.cast"})


class AnyType(ModuleRule):
    """A type is `Any`, which switches the checker off.

    Why look: whatever is passed there is taken, and so is whatever is done with it.
    Ask: which types really occur?
    """

    informs = "readability"
    severity = Severity.LOW
    words = ("Any",)

    INVALID = (
        Example("from typing import Any\n\ndef load(key: Any) -> str:\n    return key\n"),
        Example("import typing as t\n\ndef load(key: str) -> t.Any:\n    return key\n"),
        Example("from typing import Any\n\nrate: Any = 2\n"),
        Example("from typing import Any, cast\n\norder = cast(Any, load())\n"),
        Example("from typing import Any\n\ndef load(key: dict[str, Any]) -> list[Any]:\n    return key\n"),
    )
    VALID = (
        Example(
            "from typing import Any\n\ndef load(*args: Any, **kwargs: Any) -> str:\n    return call(*args, **kwargs)\n"
        ),
        Example("def load(key: object) -> str:\n    return str(key)\n"),
        Example("from shop.types import Any\n\ndef load(key: Any) -> str:\n    return key\n"),
        Example("from typing import Any\n\ndef load(key: Any) -> str:\n    return key\n", path="tests/test_load.py"),
        Example("from typing import Any\n\nclass A:\n    def __eq__(self, other: Any) -> bool:\n        return True\n"),
        Example("from typing import Any\n\nMatcher = Callable[..., Any]\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or b"Any" not in (file.new_text or b""):
            return
        nodes = touched(file)
        names = {alias for alias, origin in source.imports.items() if origin in _ANY | {"typing", "typing_extensions"}}
        found = [*_in_functions(nodes, source, names), *_in_statements(nodes, source, names)]
        new = [(node, message) for node, message in found if node.lineno in file.added]
        # Where many lines speak of Any, one more is the custom; and nobody reads ten flags of one kind.
        is_custom = sum("Any" in line for line in source.lines) > len(new) + _FEW
        for number, (node, message) in enumerate(new[:_MOST_TOLD]):
            is_whole = isinstance(node, (ast.Name, ast.Attribute))
            is_quiet = is_custom or number or not is_whole or len(new) > _MOST_TOLD
            yield LineSighting(node.lineno, message, Severity.INFO if is_quiet else Severity.LOW)


def _in_functions(nodes: Touched, source: Source, names: set[str]) -> Iterator[tuple[ast.expr, str]]:
    for function in nodes.functions:
        if function.name.startswith("__"):
            continue
        for annotation, label in _annotations(function):
            if _is_any(annotation, source, names):
                yield annotation, f"`{label}` is `{ast.unparse(annotation)}`"


def _in_statements(nodes: Touched, source: Source, names: set[str]) -> Iterator[tuple[ast.expr, str]]:
    for assignment in nodes.of(ast.AnnAssign):
        if _is_any(assignment.annotation, source, names):
            text = f"{ast.unparse(assignment.target)}: {ast.unparse(assignment.annotation)}"
            yield assignment.annotation, f"`{text}` switches the checker off"
    for call in nodes.of(ast.Call):
        called = ast.unparse(call.func)
        is_cast = source.imports.get(called.partition(".")[0], "") in _CAST | {"typing", "typing_extensions"}
        if is_cast and called.endswith("cast") and call.args and _is_any(call.args[0], source, names):
            yield call.args[0], f"`{called}` to `Any` switches the checker off"


def _annotations(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[ast.expr, str]]:
    arguments = function.args
    for arg in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if arg.annotation is not None:
            yield arg.annotation, arg.arg
    if function.returns is not None:
        yield function.returns, f"{function.name}()"


def _is_any(annotation: ast.expr, source: Source, names: set[str]) -> bool:
    for node in nodes_in(annotation):
        match node:
            case ast.Name(id=name) if name in names and source.imports.get(name) in _ANY:
                return True
            case ast.Attribute(value=ast.Name(id=name), attr="Any") if name in names:
                return True
    return False
