import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.touched import touched

_LONGEST = 2
_FEWEST = 2
_KNOWN = frozenset(
    {"id", "ip", "to", "cc", "pk", "db", "ok", "no", "on", "x", "y", "z", "w", "h", "op", "os", "tz", "ts", "up", "in"}
    | {
        "by",
        "at",
        "fn",
        "re",
        "en",
        "de",
        "fr",
        "es",
        "it",
        "us",
        "uk",
        "eu",
        "px",
        "em",
        "v",
        "k",
        "q",
        "a",
        "b",
        "r",
        "g",
    }
)


class CrypticKey(ModuleRule):
    """A dictionary is read by keys of one or two letters.

    Why look: what `d["nm"]` holds is known to whoever wrote it.
    Ask: where is it said what these keys mean?
    """

    informs = "readability"
    severity = Severity.LOW
    words = ('["', "['", '("', "('")

    INVALID = (
        Example("def show(d):\n    return d['nm'] + d['pr']\n"),
        Example("def show(row):\n    return row['n'] * row['p']\n"),
        Example("def show(row):\n    return row.get('nm'), row.get('pr')\n"),
        Example(
            "def make(order):\n    out = {}\n    out['nm'] = order.name\n    out['qt'] = order.count\n    return out\n"
        ),
    )
    VALID = (
        Example("def show(row):\n    return row['name'] * row['price']\n"),
        Example("def show(row):\n    return row['id'], row['to']\n"),
        Example("def show(row):\n    return row['nm']\n"),
        Example("def show(point):\n    return point['x'] + point['y']\n"),
        Example("def show(d):\n    return d['nm'] + d['pr']\n", path="tests/test_show.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - see touched
        if file.is_test or file.is_example:
            return
        nodes = touched(file)
        found: dict[ast.AST | None, dict[str, int]] = {}
        for node in (*nodes.of(ast.Subscript), *nodes.of(ast.Call)):
            key = _key(node)
            if key is not None and node.lineno in file.added:
                found.setdefault(nodes.function(node), {}).setdefault(key, node.lineno)
        for function, keys in found.items():
            if function is not None and len(keys) >= _FEWEST:
                shown = ", ".join(f"`{key!r}`" for key in list(keys)[:3])
                yield LineSighting(min(keys.values()), f"keys of one or two letters: {shown}")


def _key(node: ast.expr) -> str | None:
    match node:
        case ast.Subscript(slice=ast.Constant(value=str() as key)):
            pass
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str() as key), *_]):
            pass
        case _:
            return None
    return key if 0 < len(key) <= _LONGEST and key.isalpha() and (key.lower() not in _KNOWN or key in "npq") else None
