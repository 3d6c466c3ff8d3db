import ast
from collections.abc import Iterator, Mapping

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.tree import Tree, full_name, head_line, is_imported, quote, tree_of

# Where the time zone stands among the arguments, and by which name; None where there is no place for it.
_MAKERS: Mapping[str, tuple[int, str] | None] = {
    "datetime.datetime": (7, "tzinfo"),
    "datetime.datetime.now": (0, "tz"),
    "datetime.datetime.fromtimestamp": (1, "tz"),
    "datetime.datetime.today": None,
    "datetime.datetime.utcnow": None,
    "datetime.datetime.utcfromtimestamp": None,
    "datetime.datetime.strptime": None,
    "datetime.date.today": None,
    "datetime.date.fromtimestamp": None,
}
_ZONED = frozenset({"astimezone", "localize", "make_aware"})
_CONSTANTS = frozenset({"datetime.datetime.min", "datetime.datetime.max"})
_DATES = frozenset({"datetime.date.today", "datetime.date.fromtimestamp"})


class NaiveDatetime(ModuleRule):
    """A date or time is made without a time zone.

    Why look: it means another moment on another machine, and cannot be compared with a time that has a zone.
    Ask: which clock and which zone is this?
    """

    informs = "edge-cases"
    severity = Severity.LOW

    INVALID = (
        Example("from datetime import datetime\n\nnow = datetime.now()\n"),
        Example("import datetime\n\nnow = datetime.datetime.utcnow()\n"),
        Example("import datetime as dt\n\nday = dt.datetime.strptime(text, '%Y-%m-%d')\n"),
        Example("from datetime import datetime\n\nday = datetime(2024, 1, 1)\nend = datetime.fromtimestamp(0, None)\n"),
        Example("from datetime import date\n\nday = date.today()\n"),
        Example("from datetime import datetime\n\nfirst = datetime.min\n"),
        Example("from datetime import datetime\n\nclass Order:\n    made = Column(default=datetime.utcnow)\n"),
        Example(
            "from datetime import datetime\n\nSTAMP = '%H:%M'\n\ndef f(x):\n    return datetime.strptime(x, STAMP)\n"
        ),
    )
    VALID = (
        Example(
            "from datetime import datetime\n\nSTAMP = '%H:%M%z'\n\ndef f(text, other):\n"
            "    return datetime.strptime(text, STAMP), datetime.strptime(text, other)\n"
        ),
        Example(
            "from datetime import datetime, timezone\n\nnow = datetime.now(timezone.utc)\nend = datetime.now(tz=zone)\n"
        ),
        Example("from datetime import datetime\n\nnow = datetime.now().astimezone()\n"),
        Example("from datetime import datetime\n\nday = datetime.strptime(text, '%Y-%m-%d %z')\n"),
        Example("from datetime import datetime, UTC\n\nday = datetime.strptime(text, '%Y').replace(tzinfo=UTC)\n"),
        Example(
            "from datetime import datetime, UTC\n\nday = datetime(2024, 1, 1, tzinfo=UTC)\nend = datetime(*parts)\n"
        ),
        Example("from shop import datetime\n\nnow = datetime.now()\n"),
        Example("from datetime import datetime\n\nnow = datetime.now()\n", path="tests/test_orders.py"),
        Example("from django.utils import timezone\n\nnow = timezone.now()\n"),
        Example("from datetime import datetime\n\ndef f(value: datetime) -> datetime:\n    return value\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or not any(origin.startswith("datetime") for origin in source.imports.values()):
            return
        tree = tree_of(source.tree)
        for call in tree.nodes(ast.Call):
            line = head_line(call, source, file)
            if line is not None and _is_naive(call, tree, source):
                what = "a day in the machine's own zone" if full_name(call.func, source) in _DATES else "no time zone"
                yield LineSighting(line, f"`{quote(call)}` has {what}")
        for node in tree.nodes(ast.Attribute):
            line = head_line(node, source, file)
            if line is None or not is_imported(node, source):
                continue
            name = full_name(node, source)
            if name in _CONSTANTS and not _gets_zone(node, tree):
                yield LineSighting(line, f"`{quote(node)}` has no time zone")
            elif name in ("datetime.datetime.utcnow", "datetime.datetime.now") and _is_handed_on(node, tree):
                yield LineSighting(line, f"`{quote(node)}` gives times without a time zone")


def _is_naive(call: ast.Call, tree: Tree, source: Source) -> bool:
    name = full_name(call.func, source) or ""
    if name not in _MAKERS or not is_imported(call.func, source) or _gets_zone(call, tree):
        return False
    place = _MAKERS[name]
    if name == "datetime.datetime.strptime":
        return not _reads_zone(call, source)
    if place is None:
        return True
    number, word = place
    if any(isinstance(value, ast.Starred) for value in call.args) or any(each.arg is None for each in call.keywords):
        return False
    named = next((each.value for each in call.keywords if each.arg == word), None)
    zone = call.args[number] if len(call.args) > number else named
    return zone is None or (isinstance(zone, ast.Constant) and zone.value is None)


def _reads_zone(call: ast.Call, source: Source) -> bool:
    """True for a format with `%z`, or one that nobody can see."""
    if len(call.args) < 2:
        return True
    given = call.args[1]
    pattern = source.constants.get(given.id, given) if isinstance(given, ast.Name) else given
    return not isinstance(pattern, ast.Constant) or "%z" in str(pattern.value) or "Z" in str(pattern.value)


def _gets_zone(node: ast.AST, tree: Tree) -> bool:
    """True for `.astimezone()` and `.replace(tzinfo=...)` right after, and for `localize(...)` around."""
    parent = tree.parents.get(node)
    call = tree.parents.get(parent) if isinstance(parent, ast.Attribute) else parent
    if isinstance(parent, ast.Attribute) and isinstance(call, ast.Call) and call.func is parent:
        zones = [each.value for each in call.keywords if each.arg == "tzinfo"]
        has_zone = any(not (isinstance(zone, ast.Constant) and zone.value is None) for zone in zones)
        return parent.attr == "astimezone" or (parent.attr == "replace" and has_zone)
    if isinstance(call, ast.Call) and node in call.args:
        func = call.func
        return (func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")) in _ZONED
    return False


def _is_handed_on(node: ast.AST, tree: Tree) -> bool:
    """True for `default=datetime.utcnow`: the function itself is given to somebody who calls it."""
    parent = tree.parents.get(node)
    return isinstance(parent, ast.keyword) and parent.arg in ("default", "onupdate", "default_factory", "factory")
