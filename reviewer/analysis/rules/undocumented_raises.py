import ast
import re
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.touched import Touched, touched

_SECTION = regex(
    r"^\s*(Args|Arguments|Parameters|Params|Returns?|Yields|Raises):?\s*$|^\s*:(param|"
    r"returns?|rtype|raises)\b",
    re.MULTILINE,
)
_UNSAID = frozenset({"NotImplementedError", "AssertionError", "StopIteration", "SystemExit", "KeyboardInterrupt"})


class UndocumentedRaises(ModuleRule):
    """A docstring lists arguments and results, but not an exception the function raises.

    Why look: who reads the list takes it for complete, and does not catch the rest.
    Ask: should callers be told of it?
    """

    informs = "readability"
    severity = Severity.INFO
    words = ("raise ",)

    INVALID = (
        Example('def a(b):\n    """Do.\n\n    Args:\n        b: It.\n    """\n    raise ValueError(b)\n'),
        Example('def a(b):\n    """Do.\n\n    :param b: it\n    """\n    raise OrderMissing\n'),
        Example(
            'def a(b):\n    """Do.\n\n    Raises:\n        KeyError: no b\n    """\n    raise errors.OrderMissing(b)\n',
        ),
    )  # fmt: skip
    VALID = (
        Example('def a(b):\n    """Do. Args: b."""\n    raise ValueError(b)\n'),
        Example('def a(b):\n    """Do.\n\n    Raises:\n        ValueError: no b\n    """\n    raise ValueError(b)\n'),
        Example('def a(b):\n    """Do.\n\n    Args:\n        b: It.\n    """\n    raise NotImplementedError\n'),
        Example('def a(b):\n    """Do.\n\n    Args:\n        b: It.\n    """\n    if b:\n        raise\n'),
        Example('def _a(b):\n    """Do.\n\n    Args:\n        b: It.\n    """\n    raise ValueError(b)\n'),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - see touched
        if file.is_test or file.is_example:
            return
        nodes = touched(file)
        told: set[tuple[str, str]] = set()
        for node in nodes.of(ast.Raise):
            function = nodes.function(node)
            if (
                function is None
                or function.name.startswith("_")
                or node.lineno not in file.added
                or _is_caught(node, nodes)
            ):
                continue
            name = _raised(node)
            text = ast.get_docstring(function) or ""
            if name and name not in text and _SECTION.search(text) and (function.name, name) not in told:
                told.add((function.name, name))
                yield LineSighting(node.lineno, f"the docstring of `{function.name}` does not tell of `{name}`")


def _raised(node: ast.Raise) -> str:
    """Return the name of an exception's class, empty for one that is passed on."""
    error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    name = error.attr if isinstance(error, ast.Attribute) else error.id if isinstance(error, ast.Name) else ""
    return name if name[:1].isupper() and name not in _UNSAID else ""


def _is_caught(node: ast.Raise, nodes: Touched) -> bool:
    """True if the function may itself catch what it raises."""
    inner: ast.AST = node
    for outer in nodes.around(node):
        if isinstance(outer, ast.Try) and inner in outer.body and outer.handlers:
            return True
        if isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return False
        inner = outer
    return False
