import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.guards import outcomes_around, statements_before
from reviewer.analysis.origin import gives_value, names_read
from reviewer.analysis.place import Place, dotted_name, positional, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import is_for_people

_ENVIRONMENT = frozenset({"os.getenv", "os.environ.get", "environ.get"})
# Their `get` asks somebody for something, and is not a look into a dictionary.
_ASKERS = regex(
    r"(\w+_)?(requests|httpx|session|client|http|api|cache|redis|queue|objects|db|self|cls|app|router|config)"
)
_OPTIONAL = regex(r"(typing\.)?Optional\[.*\]|.*\|\s*None|None\s*\|.*", re.DOTALL)


class NoneInFstring(PythonRule):
    """A value that may be missing is put into a text, where it becomes the word None.

    Why look: nothing fails here; the path, address or greeting simply holds "None".
    Ask: what should the text be when there is no value?
    """

    informs = "edge-cases"
    severity = Severity.LOW
    words = ('f"', "f'", 'F"', "F'", 'fr"', "fr'", 'rf"', "rf'")
    visits = (cst.FormattedStringExpression,)

    INVALID = (
        Example("import os\n\nURL = f'postgres://{os.getenv(\"DB_HOST\")}/shop'\n"),
        Example("import os\n\ndef path(name):\n    return f'{os.environ.get(\"HOME\")}/{name}'\n"),
        Example("def greet(user):\n    return f'Dear {user.get(\"name\")}'\n"),
        Example("def greet(user):\n    name = user.get('name')\n    return f'Dear {name}'\n"),
        Example("def greet(name: str | None):\n    return f'Dear {name}'\n"),
        Example(
            "from typing import Optional\n\ndef greet(name: Optional[str] = None):\n"
            "    text = f'Dear {name}'\n    return text\n"
        ),
    )
    VALID = (
        Example('def greet(user):\n    return f\'Dear {user.get("name", "guest")}\'\n'),
        Example('def greet(user):\n    return f\'Dear {user.get("name") or "guest"}\'\n'),
        Example("def greet(user):\n    return f'Dear {user[\"name\"]}'\n"),
        Example("def greet(name: str | None):\n    if name is None:\n        return ''\n    return f'Dear {name}'\n"),
        Example("def greet(name: str | None):\n    return f'Dear {name}' if name else ''\n"),
        Example("def greet(name: str | None):\n    name = name or 'guest'\n    return f'Dear {name}'\n"),
        Example("def greet(name: str | None):\n    log.debug(f'name is {name}')\n"),
        Example("def greet(user):\n    raise KeyError(f'no name: {user.get(\"name\")}')\n"),
        Example("def __repr__(self):\n    return f'User({self.data.get(\"name\")})'\n"),
        Example("def greet(name: str | None):\n    return f'Dear {name!r}'\n"),
        Example("def text(session):\n    return f'{session.get(\"/hello\")}'\n"),
        Example("def test_it(user):\n    text = f'{user.get(\"name\")}'\n", path="tests/test_it.py"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.FormattedStringExpression) or at.file.is_test or node.conversion is not None:
            return
        if node.equal is not None or is_for_people(at) or _is_for_programmers(at):
            return
        value = node.expression
        if isinstance(value, cst.Call):
            if _may_be_missing(value, at):
                severity = Severity.MEDIUM if at.name(value.func) in _ENVIRONMENT else None
                yield Sighting(node, f"`{at.code(value)}` may be None, and this text then says None", severity)
        elif isinstance(value, cst.Name) and not _is_tested(value.value, node, at):
            origin = _origin(value.value, node, at)
            if origin is not None:
                yield Sighting(node, f"`{value.value}` may be None ({origin}), and this text then says None")


def _is_for_programmers(at: Place) -> bool:
    function = at.function
    return function is not None and function.name.value.startswith(("__", "_repr", "debug"))


def _may_be_missing(call: cst.Call, at: Place) -> bool:
    """True for `os.getenv(key)` and `data.get("key")` without a default."""
    values = positional(call)
    if len(values) != 1 or len(call.args) != 1:
        return False
    if at.name(call.func) in _ENVIRONMENT:
        return True
    if not isinstance(call.func, cst.Attribute) or call.func.attr.value != "get" or string_value(values[0]) is None:
        return False
    owner = (dotted_name(call.func.value) or "").rpartition(".")[2]
    key = string_value(values[0]) or ""
    return bool(owner) and _ASKERS.fullmatch(owner.lower()) is None and "/" not in key


def _origin(name: str, node: cst.CSTNode, at: Place) -> str | None:
    """Return why a name may be None: what the nearest statement gave it, or the type of the parameter."""
    given = next((before for before in statements_before(at, node) if gives_value(before, name)), None)
    if isinstance(given, cst.Assign):
        is_missing = isinstance(given.value, cst.Call) and _may_be_missing(given.value, at)
        return f"`{at.code(given.value)}`" if is_missing else None
    if given is not None or at.function is None:
        return None
    params = at.function.params
    for param in (*params.posonly_params, *params.params, *params.kwonly_params):
        if param.name.value == name and param.annotation is not None:
            kind = at.code(param.annotation.annotation)
            return f"`{kind}`" if _OPTIONAL.fullmatch(kind) else None
    return None


def _is_tested(name: str, node: cst.CSTNode, at: Place) -> bool:
    """True if any test on the way, or an assertion before, looks at the name."""
    return any(name in set(names_read(test)) for test, _ in outcomes_around(at, node)) or any(
        isinstance(before, (cst.If, cst.Assert, cst.Match)) and name in set(names_read(_test(before)))
        for before in statements_before(at, node)
    )


def _test(statement: cst.If | cst.Assert | cst.Match) -> cst.CSTNode:
    return statement.subject if isinstance(statement, cst.Match) else statement.test
