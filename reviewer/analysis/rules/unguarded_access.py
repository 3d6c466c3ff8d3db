import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.guards import handlers_around, outcomes_around, statements_before
from reviewer.analysis.origin import below, binds, gives_value
from reviewer.analysis.place import Place, dotted_name, positional, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import called_name

# Calls that answer None when there is nothing, by their full names.
_FUNCTIONS = frozenset(
    {f"{module}.{name}" for module in ("re", "regex") for name in ("match", "search", "fullmatch")}
    | {"shutil.which", "os.environ.get", "os.getenv", "inspect.getmodule", "inspect.currentframe", "inspect.getdoc"}
    | {"importlib.util.find_spec", "ast.get_docstring", "imghdr.what", "xml.dom.minidom.Node.getAttributeNode"}
    | {"sys._getframe", "asyncio.current_task", "ctypes.util.find_library", "pkgutil.get_data", "locale.getlocale"}
) - {"sys._getframe", "locale.getlocale"}
_MATCHERS = frozenset({"match", "search", "fullmatch"})
_PATTERN = regex(r"(\w+_)?(re|regex|pattern|rx|regexp|expr)", re.IGNORECASE)
# Methods that answer None, whatever they are called on; the first group is a query's.
_ROWS = frozenset({"first", "one_or_none", "scalar_one_or_none", "last", "afirst", "alast", "scalars_one_or_none"})
_DOCUMENTS = frozenset({"find_one", "find_one_and_update", "find_one_and_delete", "find_by_id", "select_one"})
_QUERY = regex(r"\b(query|filter|filter_by|objects|select|order_by|where|exclude|scalars|execute|session|db)\b")
_SOUP = frozenset({"bs4", "xml", "lxml", "defusedxml", "BeautifulSoup"})
_AGGREGATE = regex(
    r"\b(count|max|min|sum|avg|exists|last_insert_id|last_insert_rowid|returning|nextval|version|total|coalesce|now)\b"
    r"|\bpragma\b|\bshow\b|select\s+1\b",
    re.IGNORECASE,
)
_CLIENTS = regex(
    r"_?(\w+_)?(client|session|http|api|requests|httpx|browser|driver|app|page|queue|q|pool|future|task|result|router|objects)"
)
_ANSWERS = frozenset(
    {"json", "text", "status_code", "content", "raise_for_status", "headers", "ok", "status", "body", "data"}
)
_HANDLED = frozenset({"AttributeError", "TypeError", "Exception", "BaseException"})
_STOPPED = frozenset({"StopIteration", "Exception", "BaseException", "RuntimeError"})
_LONGEST_QUOTE = 40


class UnguardedAccess(PythonRule):
    """An attribute or element is taken of what a call gave, and the call may have given None.

    Why look: the day nothing matches, this is an AttributeError or TypeError that names neither.
    Ask: what should happen when nothing is found?
    """

    informs = "edge-cases"
    severity = Severity.MEDIUM
    words = (
        ".match(",
        ".search(",
        ".fullmatch(",
        "which(",
        ".get(",
        "getenv(",
        ".first()",
        "fetchone(",
        "one_or_none(",
        ".find(",
        "find_one(",
        "next(",
        ".last()",
        "select_one(",
        "currentframe(",
        "find_spec(",
        "get_docstring(",
    )
    visits = (cst.Attribute, cst.Subscript, cst.Call)

    INVALID = (
        Example("import re\n\ndef year(text):\n    return re.search(r'\\d{4}', text).group()\n"),
        Example(
            "import re\n\ndef year(text):\n    found = re.match(r'\\d{4}', text)\n    return int(found.group(0))\n"
        ),
        Example("import re\n\nYEAR = re.compile('x')\n\ndef year(text):\n    return YEAR.match(text)[1]\n"),
        Example("import os\n\nHOSTS = os.environ.get('HOSTS').split(',')\n"),
        Example("def name(order):\n    return order.get('user').get('name')\n"),
        Example("def name(request):\n    return request.GET.get('name').strip()\n"),
        Example("def price(db, number):\n    return db.query(Order).filter_by(id=number).first().price\n"),
        Example(
            "def price(cursor, number):\n"
            "    cursor.execute('SELECT price FROM orders WHERE id = ?', (number,))\n"
            "    return cursor.fetchone()[0]\n"
        ),
        Example(
            "def price(cursor, number):\n"
            "    cursor.execute('SELECT price FROM orders WHERE id = ?', (number,))\n"
            "    row = cursor.fetchone()\n    return row['price']\n"
        ),
        Example("from bs4 import BeautifulSoup\n\ndef title(page):\n    return BeautifulSoup(page).find('h1').text\n"),
        Example("def first(orders):\n    return next(order for order in orders if order.is_open)\n"),
        Example("import shutil\n\ndef tool():\n    path = shutil.which('git')\n    return path.strip()\n"),
    )
    VALID = (
        Example(
            "import re\n\ndef year(text):\n    found = re.match(r'\\d{4}', text)\n"
            "    return found.group(0) if found else None\n"
        ),
        Example(
            "import re\n\ndef year(text):\n    found = re.match('x', text)\n    if found is None:\n"
            "        raise ValueError(text)\n    return found.group(0)\n"
        ),
        Example(
            "import re\n\ndef year(text):\n    if found := re.match('x', text):\n"
            "        return found.group(0)\n    return None\n"
        ),
        Example(
            "import re\n\ndef year(text):\n    try:\n        return re.match('x', text).group()\n"
            "    except AttributeError:\n        return None\n"
        ),
        Example(
            "import re\n\ndef year(text):\n    found = re.match('x', text)\n    assert found\n"
            "    return found.group(0)\n"
        ),
        Example("import os\n\nHOSTS = os.environ.get('HOSTS', '').split(',')\n"),
        Example("import requests\n\ndef load(url):\n    return requests.get(url).json()\n"),
        Example("def load(client, url):\n    return client.get(url).json()\n"),
        Example(
            "def count(cursor):\n    cursor.execute('SELECT COUNT(*) FROM orders')\n    return cursor.fetchone()[0]\n"
        ),
        Example("def price(cursor):\n    return cursor.execute('SELECT max(price) FROM orders').fetchone()[0]\n"),
        Example("def place(text):\n    return text.find('a').bit_length()\n"),
        Example("def first(orders):\n    return next((order for order in orders if order.is_open), None)\n"),
        Example("def first(reader):\n    return next(reader)\n"),
        Example("def name(order):\n    return (order.get('user') or {}).get('name')\n"),
        Example(
            "def name(orders, key):\n    if key in orders and orders.get(key).name:\n"
            "        return orders.get(key).name\n"
        ),
        Example(
            "import re\n\ndef years(lines):\n    for line in lines:\n        found = re.match('x', line)\n"
            "        if not found:\n            continue\n        yield found.group(0)\n"
        ),
        Example("def test_name(order):\n    assert order.get('user').name == 'a'\n", path="tests/test_order.py"),
        Example(
            "import re\n\ndef year(text):\n    found = re.match('x', text)\n    if not found:\n"
            "        found = other(text)\n    return found.group()\n"
        ),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test:
            return
        if isinstance(node, cst.Call):
            yield from _first_of_none(node, at)
            return
        if not isinstance(node, (cst.Attribute, cst.Subscript)) or _is_changed(node, at):
            return
        call, severity = _origin(node, at)
        if call is None or _is_ready(node, call, at):
            return
        shown = _quote(call, at)
        what = f".{node.attr.value}" if isinstance(node, cst.Attribute) else "[...]"
        yield Sighting(node, f"`{shown}` may give None, which has no `{what}`", severity)


def _is_changed(node: cst.Attribute | cst.Subscript, at: Place) -> bool:
    return isinstance(at.parent, (cst.Del, cst.AssignTarget)) and isinstance(node, cst.Subscript)


def _origin(node: cst.Attribute | cst.Subscript, at: Place) -> tuple[cst.Call | None, Severity | None]:
    """Return the call whose result is taken apart, made here or kept in a variable before."""
    value = node.value
    if isinstance(value, cst.Call):
        severity = _gives_none(value, node, at)
        return (value, severity) if severity else (None, None)
    if not isinstance(value, cst.Name):
        return None, None
    given = next((before for before in statements_before(at, node) if gives_value(before, value.value)), None)
    match given:
        case cst.Assign(targets=[cst.AssignTarget(target)], value=cst.Call() as call) if binds(target, value.value):
            severity = _gives_none(call, node, at) if isinstance(target, cst.Name) else None
            if severity and not _is_used_between(value.value, given, node, at):
                return call, severity
    return None, None


def _is_used_between(name: str, given: cst.CSTNode, node: cst.CSTNode, at: Place) -> bool:
    """True if an earlier statement takes the value apart already, or looks at it: only the first use is reported."""
    for statement in statements_before(at, node):
        if statement is given:
            return False
        for part in below(statement):
            if isinstance(part, (cst.Attribute, cst.Subscript)) and dotted_name(part.value) == name:
                return True
            if isinstance(part, (cst.If, cst.IfExp, cst.While, cst.Assert)) and _mentions(part.test, name):
                return True
    return False


def _gives_none(call: cst.Call, use: cst.Attribute | cst.Subscript, at: Place) -> Severity | None:
    name = at.name(call.func) or ""
    if name in _FUNCTIONS and at.is_imported(call.func):
        has_default = name in ("os.environ.get", "os.getenv") and len(call.args) > 1
        return None if has_default else Severity.MEDIUM
    if not isinstance(call.func, cst.Attribute):
        return None
    method, owner = call.func.attr.value, call.func.value
    if method in _MATCHERS:
        return _matched(owner, call, at)
    if method == "fetchone" and not call.args:
        return _row(call, at)
    if method in _ROWS and not call.args:
        return Severity.MEDIUM if _QUERY.search(at.code(owner)) else None
    if method in _DOCUMENTS:
        return Severity.MEDIUM
    if method == "find" and any(origin.partition(".")[0] in _SOUP for origin in at.imports.values()):
        is_text = isinstance(use, cst.Subscript) and not isinstance(owner, cst.Call)
        return None if is_text else Severity.MEDIUM
    return _got(call, owner, use, at) if method == "get" else None


def _matched(owner: cst.BaseExpression, call: cst.Call, at: Place) -> Severity | None:
    """True for a compiled pattern, by its name or by what the file binds to it."""
    if isinstance(owner, cst.Call):
        return Severity.MEDIUM if at.name(owner.func) == "re.compile" else None
    name = dotted_name(owner) or ""
    last = name.rpartition(".")[2]
    is_pattern = _PATTERN.fullmatch(last) is not None or f"{last} = re.compile(".encode() in (at.file.new_text or b"")
    return Severity.MEDIUM if is_pattern and call.args and not at.is_imported(owner) else None


def _row(call: cst.Call, at: Place) -> Severity | None:
    """Say how sure it is that a query finds nothing: one that counts or adds up always has a row."""
    texts = [value for part in below(call) if (value := string_value(part)) is not None]
    statements = [at.code(before) for before in statements_before(at, call)] if not texts else []
    query = " ".join(texts) or next((code for code in statements if "execute" in code or "SELECT" in code), "")
    if not query:
        query = at.code(at.function) if at.function is not None else ""
    if _AGGREGATE.search(query):
        return None
    return Severity.MEDIUM if re.search(r"\bselect\b", query, re.IGNORECASE) else Severity.LOW


def _got(call: cst.Call, owner: cst.BaseExpression, use: cst.Attribute | cst.Subscript, at: Place) -> Severity | None:
    """Judge `x.get(key)` without a default: of a mapping it gives None, of a client it asks a server."""
    values = positional(call)
    if len(values) != 1 or len(call.args) != 1:
        return None
    is_answer = isinstance(use, cst.Attribute) and use.attr.value in _ANSWERS
    last = called_name(owner) if isinstance(owner, cst.Call) else (dotted_name(owner) or "").rpartition(".")[2]
    if is_answer or _CLIENTS.fullmatch(last.lower()) or (at.is_imported(owner) and dotted_name(owner) == last):
        return None
    key = string_value(values[0])
    if key is not None:
        return Severity.MEDIUM if "/" not in key and not isinstance(values[0], cst.FormattedString) else None
    return Severity.LOW if isinstance(values[0], (cst.Name, cst.Attribute)) else None


def _is_ready(node: cst.Attribute | cst.Subscript, call: cst.Call, at: Place) -> bool:
    """True if a test on the way, or a handler around, knows of None."""
    if any(kind is None or at.name(kind) in _HANDLED for kind in handlers_around(at, node)):
        return True
    code = _code(call, at)
    name = node.value.value if isinstance(node.value, cst.Name) else None
    key = call.args[0].value if call.args else None
    for test, _ in outcomes_around(at, node):
        if (name is not None and _mentions(test, name)) or code in _code(test, at):
            return True
        if key is not None and _is_membership(test, _code(key, at), at):
            return True
    return False


def _is_membership(test: cst.BaseExpression, key: str, at: Place) -> bool:
    return any(
        isinstance(part, cst.Comparison)
        and _code(part.left, at) == key
        and isinstance(part.comparisons[0].operator, (cst.In, cst.NotIn))
        for part in below(test)
    )


def _mentions(test: cst.CSTNode, name: str) -> bool:
    return any(isinstance(part, cst.Name) and part.value == name for part in below(test))


def _first_of_none(call: cst.Call, at: Place) -> Iterator[Sighting]:
    """Report `next(x for x in y if z)`, which raises StopIteration where nothing fits."""
    if not isinstance(call.func, cst.Name) or call.func.value != "next" or len(call.args) != 1:
        return
    source = call.args[0].value
    is_filter = isinstance(source, cst.Call) and dotted_name(source.func) == "filter"
    if not is_filter and not (isinstance(source, cst.GeneratorExp) and source.for_in.ifs):
        return
    if not any(kind is None or at.name(kind) in _STOPPED for kind in handlers_around(at, call)):
        yield Sighting(call, f"`{_quote(call, at)}` raises StopIteration when nothing fits", Severity.INFO)


def _code(node: cst.CSTNode, at: Place) -> str:
    return " ".join(at.code(node).split())


def _quote(node: cst.CSTNode, at: Place) -> str:
    code = _code(node, at)
    return code if len(code) <= _LONGEST_QUOTE else f"{code[: _LONGEST_QUOTE - 4]} ..."
