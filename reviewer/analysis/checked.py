"""Whether a value is checked before its use: compared with a closed set, or given to a call that says so by its name.

A test for emptiness, for length or for a suffix is no check.
"""

import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.guards import outcomes_around, statements_before
from reviewer.analysis.origin import below, names_read
from reviewer.analysis.place import Place, dotted_name
from reviewer.analysis.template import called_name
from reviewer.analysis.values import flow_of

_CHECKING = re.compile(
    r"_?(is_|has_|assert_|ensure_|require_|url_)?\w*(valid|safe|allow|check|verif|permit|authori|whitelist|legal|match"
    r"|sanitiz|confirm|contain|inside|within|relative_to|commonpath|commonprefix|isalnum|isdigit|isalpha|isidentifier"
    r"|isnumeric|isdecimal|startswith|trusted|known|belongs|guard|has_access|forbid|reject|block|denied)\w*"
)


def are_checked(given: frozenset[str], node: cst.CSTNode, at: Place) -> bool:
    """True if what one of the names holds, or what is made of it, is checked before the node."""
    names = set(given) | _derived(given, at)
    if not names:
        return False
    tests = [test for test, _ in outcomes_around(at, node)]
    for statement in statements_before(at, node):
        tests += list(_tests(statement))
    return any(checks(test, names) for test in tests)


def checks(test: cst.BaseExpression, names: set[str]) -> bool:
    """True if the test limits what one of the names can hold."""
    for node in below(test):
        if isinstance(node, cst.Call) and _CHECKING.fullmatch(called_name(node)) is not None:
            if names & set(names_read(node)):
                return True
        elif (isinstance(node, cst.Comparison) and _is_membership(node, names)) or (
            _is_host(node) and names & set(names_read(node))
        ):
            return True
    return False


def _derived(names: frozenset[str], at: Place) -> set[str]:
    """Return the names whose values are made from these: `parsed` of `parsed = urlparse(url)`."""
    flow = flow_of(at.function or at.chunk)
    return {
        name
        for name, values in flow.bound.items()
        if any(not isinstance(value.node, cst.Param) and names & set(names_read(value.node)) for value in values)
    }


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


def _is_host(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Attribute) and node.attr.value in ("netloc", "hostname")


def _is_membership(test: cst.Comparison, names: set[str]) -> bool:
    """True for `name in ALLOWED`, `name == "all"` and the opposites; not for a test of a suffix or of emptiness."""
    target = test.comparisons[0]
    left, right = test.left, target.comparator
    if not names & set(names_read(left)) or re.search(r"ext|split|len\(", _code(left)):
        return False
    if isinstance(target.operator, (cst.In, cst.NotIn)):
        return True
    is_literal = isinstance(right, cst.SimpleString) and right.evaluated_value not in ("", b"")
    is_constant = (dotted_name(right) or "").rpartition(".")[2].isupper()
    return isinstance(target.operator, (cst.Equal, cst.NotEqual)) and (is_literal or is_constant)


def _code(node: cst.BaseExpression) -> str:
    return cst.Module([]).code_for_node(node)
