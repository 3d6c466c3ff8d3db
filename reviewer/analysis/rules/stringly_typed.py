import ast
import re
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.touched import Touched, touched

_KIND = regex(
    r"(^|_)(type|status|kind|state|role|mode|category|level|phase|tier|plan|priority|action|"
    r"direction)$",
    re.IGNORECASE,
)
_FOREIGN = regex(
    r"content_type|mime_?type|token_?type|node_?type|environ|platform|os\.name|request|response|args|"
    r"options|event",
    re.IGNORECASE,
)
_WORD = regex(r"[A-Za-z][\w\- ]{1,30}")
_FEWEST = 2


class StringlyTyped(ModuleRule):
    """A status, kind or role is compared with texts written out.

    Why look: a typing error in one of them is no error to anyone, only a branch that never runs.
    Ask: which values are there, and where do they stand together?
    """

    informs = "maintain"
    severity = Severity.INFO
    words = ("==", "!=", " in ", "case ")

    INVALID = (
        Example("def is_paid(order):\n    return order.status == 'paid'\n"),
        Example("def rate(user):\n    if user.role == 'admin':\n        return 1\n    return user.role == 'guest'\n"),
        Example("def rate(order):\n    return order['type'] in ('card', 'cash')\n"),
        Example("def a(word):\n    return word == 'cash'\n\n\ndef b(word):\n    return word == 'cash'\n"),
    )
    VALID = (
        Example("def is_paid(order):\n    return order.status is Status.PAID\n"),
        Example("def is_paid(order):\n    return order.status == PAID\n"),
        Example("def is_ok(order):\n    return order.name == 'tea'\n"),
        Example("def is_text(answer):\n    return answer.content_type == 'text/plain'\n"),
        Example("def is_paid(order):\n    return order.status == 'paid'\n", path="tests/test_orders.py"),
        Example("import sys\n\nA = sys.platform == 'win32'\nB = sys.platform == 'win32'\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - see touched
        if file.is_test or file.is_example:
            return
        nodes = touched(file)
        compared = list(_compared(nodes))
        words = [word for _, _, word in compared]
        told: set[str] = set()
        for node, name, word in compared:
            if node.lineno not in file.added or _FOREIGN.search(name):
                continue
            is_kind = _KIND.search(name.rpartition(".")[2]) is not None
            key = name if is_kind else word
            if key not in told and (is_kind or words.count(word) >= _FEWEST):
                told.add(key)
                what = f"`{name}` is compared with the text `{word!r}`"
                yield LineSighting(
                    node.lineno, what if is_kind else f"the text `{word!r}` is compared in {words.count(word)} places"
                )


def _compared(nodes: Touched) -> Iterator[tuple[ast.Compare, str, str]]:
    for node in nodes.of(ast.Compare):
        if len(node.ops) != 1 or not isinstance(node.ops[0], (ast.Eq, ast.NotEq, ast.In, ast.NotIn)):
            continue
        other = node.comparators[0]
        texts = other.elts if isinstance(other, (ast.Tuple, ast.List, ast.Set)) else [other]
        name = _name(node.left)
        is_part_of_text = other in texts and isinstance(node.ops[0], (ast.In, ast.NotIn))
        text = texts[0] if texts and name and not is_part_of_text else None
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and _WORD.fullmatch(text.value):
            yield node, name, text.value


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name() | ast.Attribute():
            return ast.unparse(node)
        case ast.Subscript(value=value, slice=ast.Constant(value=str() as key)):
            return f"{ast.unparse(value)}.{key}"
        case ast.Call(func=ast.Attribute(value=value, attr="get"), args=[ast.Constant(value=str() as key), *_]):
            return f"{ast.unparse(value)}.{key}"
        case _:
            return ""
