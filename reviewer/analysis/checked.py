"""Whether a value is checked before its use: compared with a closed set, or given to a call that says so by its name.

A test for emptiness, for length or for a suffix is no check.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice

import libcst as cst

from reviewer.analysis.guards import outcomes_around, statements_before
from reviewer.analysis.origin import below, names_read
from reviewer.analysis.place import Place, dotted_name
from reviewer.analysis.regex import regex
from reviewer.analysis.template import called_name
from reviewer.analysis.values import flow_of

_CHECKING = regex(
    r"_?(is_|has_|assert_|ensure_|require_|url_)?\w*(valid|safe|allow|check|verif|permit|authori|whitelist|legal|match"
    r"|sanitiz|confirm|contain|inside|within|relative_to|commonpath|commonprefix|isalnum|isdigit|isalpha|isidentifier"
    r"|isnumeric|isdecimal|startswith|trusted|known|belongs|guard|has_access|forbid|reject|block|denied)\w*"
)
# How far back a check is looked for.
_MOST_STATEMENTS = 200


def are_checked(given: frozenset[str], node: cst.CSTNode, at: Place) -> bool:
    """True if what one of the names holds, or what is made of it, is checked before the node."""
    made_from = _made_from(at.function or at.chunk)
    names = set(given).union(*(made_from.get(name, ()) for name in given))
    if not names:
        return False
    tests = [test for test, _ in outcomes_around(at, node)]
    for statement in islice(statements_before(at, node), _MOST_STATEMENTS):
        tests += list(_tests(statement))
    return any(checks(test, names) for test in tests)


def checks(test: cst.BaseExpression, names: set[str]) -> bool:
    """True if the test limits what one of the names can hold."""
    return not names.isdisjoint(_limited_by(test))


@lru_cache(maxsize=4096)
def _limited_by(test: cst.BaseExpression) -> frozenset[str]:
    """Return the names whose values a test limits; asked again for each use after it."""
    limited: set[str] = set()
    for node in below(test):
        is_call = isinstance(node, cst.Call) and _CHECKING.fullmatch(called_name(node)) is not None
        is_host = isinstance(node, cst.Attribute) and node.attr.value in ("netloc", "hostname")
        if is_call or is_host:
            limited.update(names_read(node))
        elif isinstance(node, cst.Comparison) and _is_membership(node):
            limited.update(names_read(node.left))
    return frozenset(limited)


@lru_cache(maxsize=16)
def _made_from(scope: cst.FunctionDef | cst.Module) -> Mapping[str, set[str]]:
    """Return for each name those whose values are made from it: `parsed` of `parsed = urlparse(url)`."""
    made: dict[str, set[str]] = defaultdict(set)
    for name, values in flow_of(scope).bound.items():
        for value in values:
            for read in () if isinstance(value.node, cst.Param) else names_read(value.node):
                made[read].add(name)
    return made


def _tests(statement: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    """Yield what an earlier statement tests, and a call that stands alone and may raise."""
    branch: cst.CSTNode | None = statement
    while isinstance(branch, (cst.If, cst.While)):
        yield branch.test
        branch = branch.orelse
    if isinstance(statement, cst.Assert):
        yield statement.test
    if isinstance(statement, cst.Expr) and isinstance(statement.value, (cst.Call, cst.Await)):
        yield statement.value
    if isinstance(statement, cst.Try):
        for line in statement.body.body:
            for small in line.body if isinstance(line, cst.SimpleStatementLine) else ():
                yield from _tests(small)


def _is_membership(test: cst.Comparison) -> bool:
    """True for `name in ALLOWED`, `name == "all"` and the opposites; not for a test of a suffix or of emptiness."""
    target = test.comparisons[0]
    left, right = test.left, target.comparator
    if re.search(r"ext|split|len\(", _code(left)):
        return False
    if isinstance(target.operator, (cst.In, cst.NotIn)):
        return True
    is_literal = isinstance(right, cst.SimpleString) and right.evaluated_value not in ("", b"")
    is_constant = (dotted_name(right) or "").rpartition(".")[2].isupper()
    return isinstance(target.operator, (cst.Equal, cst.NotEqual)) and (is_literal or is_constant)


def _code(node: cst.BaseExpression) -> str:
    return cst.Module([]).code_for_node(node)
