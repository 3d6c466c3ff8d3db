import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.origin import below
from reviewer.analysis.place import Place, dotted_name, keyword, positional, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import called_name

_BROAD = frozenset({"Exception", "BaseException", "builtins.Exception", "builtins.BaseException"})
_CHECKS = regex(
    r"assert|expect|should|verif|check|validat|raises|warns|fail|compare|ensure|must|match|snapshot|golden|approve|"
    r"benchmark|test|roundtrip|equal|same|diff|run|require|examin|inspect|_do_|exit|skip|xfail",
    re.IGNORECASE,
)
_SAME = {
    "assertEqual",
    "assertEquals",
    "assertIs",
    "assertAlmostEqual",
    "assertCountEqual",
    "assertDictEqual",
    "assertListEqual",
}
_LONG_SLEEP = 1.0


class TestQuality(PythonRule):
    """A test cannot fail, or fails for the wrong reason.

    Why look: a test that passes whatever the code does is worse than none, for people trust it.
    Ask: which change to the code would make this test fail?
    """

    __test__ = False
    informs = "validate"
    severity = Severity.MEDIUM
    visits = (cst.Call, cst.Assert, cst.FunctionDef)
    words = ("test", "raises", "assert", "sleep")

    INVALID = (
        Example(
            "import pytest\n\ndef test_ship():\n    with pytest.raises(Exception):\n        ship(None)\n",
            path="tests/test_orders.py",
        ),
        Example(
            "class TestShip(TestCase):\n    def test_it(self):\n        with self.assertRaises(Exception):\n"
            "            ship(None)\n",
            path="tests/test_orders.py",
        ),
        Example("def test_total():\n    result = total([1, 2])\n", path="tests/test_orders.py"),
        Example("def test_total():\n    total([1, 2])\n    assert True\n", path="tests/test_orders.py"),
        Example("def test_total():\n    found = total([1])\n    assert found == found\n", path="tests/test_orders.py"),
        Example(
            "class TestTotal(TestCase):\n    def test_it(self):\n        found = total([1])\n"
            "        self.assertEqual(found, found)\n",
            path="tests/test_orders.py",
        ),
        Example(
            "import time\n\ndef test_ship():\n    ship()\n    time.sleep(5)\n    assert shipped()\n",
            path="tests/test_orders.py",
        ),
        Example("def test_total():\n    assert (total([1]) == 1, 'one order')\n", path="tests/test_orders.py"),
        Example(
            "class TestTotal(TestCase):\n    def test_it(self):\n        self.assertTrue(True)\n",
            path="tests/test_orders.py",
        ),
        Example("def test_total():\n    assert 'total' or total([1])\n", path="tests/test_orders.py"),
    )
    VALID = (
        Example(
            "import pytest\n\ndef test_ship():\n    with pytest.raises(OrderMissing):\n        ship(None)\n"
            "    with pytest.raises(Exception, match='no order'):\n        ship(None)\n",
            path="tests/test_orders.py",
        ),
        Example(
            "def test_total():\n    result = total([1, 2])\n    check_total(result)\n", path="tests/test_orders.py"
        ),
        Example("def test_total():\n    result = total([1, 2])\n    assert result == 3\n", path="tests/test_orders.py"),
        Example("def test_ship(client):\n    client.post.assert_called_once_with(1)\n", path="tests/test_orders.py"),
        Example("@pytest.mark.skip\ndef test_later():\n    ...\n", path="tests/test_orders.py"),
        Example(
            "def test_equality():\n    order = Order(1)\n    assert order == order\n"
            "    assert hash(order) == hash(order)\n",
            path="tests/test_orders.py",
        ),
        Example("import time\n\ndef wait():\n    time.sleep(5)\n"),
        Example("def test_connection(url):\n    link = connect(url)\n    return link.ok\n", path="shop/connection.py"),
        Example(
            "def test_closes():\n    with open_shop() as shop:\n        shop.close()\n", path="tests/test_orders.py"
        ),
        Example(
            "import time\n\ndef test_ship():\n    time.sleep(0.01)\n    assert shipped()\n", path="tests/test_orders.py"
        ),
        Example(
            "def test_reads():\n    try:\n        read()\n    except OSError as error:\n"
            "        pytest.fail(str(error))\n",
            path="tests/test_orders.py",
        ),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if isinstance(node, cst.Call) and _is_broad(node, at):
            yield Sighting(node, f"`{at.code(node)}` is content with any error, a misspelt name too")
        elif not at.file.is_test:
            return
        elif isinstance(node, cst.Assert):
            yield from _asserted(node, at)
        elif isinstance(node, cst.FunctionDef):
            yield from _never_fails(node)
        elif isinstance(node, cst.Call):
            yield from _called(node, at)


def _is_broad(call: cst.Call, at: Place) -> bool:
    """True for `raises(Exception)` with nothing said about the message, around statements of which any may fail."""
    name = at.name(call.func) or ""
    is_unittest = called_name(call) in ("assertRaises", "failUnlessRaises") and name.startswith(("self.", "cls."))
    if not is_unittest and name != "pytest.raises":
        return False
    values = positional(call)
    expected = (values[0] if values else None) or keyword(call, "expected_exception") or keyword(call, "exception")
    is_open = isinstance(at.parent, cst.WithItem) and keyword(call, "match") is None and keyword(call, "check") is None
    return expected is not None and is_open and at.name(expected) in _BROAD and not _looks_at_error(at)


def _looks_at_error(at: Place) -> bool:
    """True if the error is bound by `as` and looked at later."""
    item = at.parent
    if not isinstance(item, cst.WithItem) or item.asname is None or not isinstance(item.asname.name, cst.Name):
        return False
    name = item.asname.name.value
    scope = at.function or at.chunk
    return len(re.findall(rf"\b{re.escape(name)}\b", at.code(scope))) > 1


def _asserted(node: cst.Assert, at: Place) -> Iterator[Sighting]:
    test = node.test
    if isinstance(test, cst.Tuple) and test.elements:
        yield Sighting(node, "a tuple is asserted, which is always true", Severity.HIGH)
    elif _is_true(test):
        yield Sighting(node, f"`assert {at.code(test)[:40]}` cannot fail")
    elif isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        other = test.comparisons[0]
        is_same = isinstance(other.operator, (cst.Equal, cst.Is)) and test.left.deep_equals(other.comparator)
        if is_same and not _has_call(test) and not _is_about_equality(at):
            yield Sighting(node, f"`{at.code(test)}` compares a value with itself")


def _is_true(test: cst.BaseExpression) -> bool:
    if isinstance(test, cst.BooleanOperation):
        return isinstance(test.operator, cst.Or) and (_is_true(test.left) or _is_true(test.right))
    is_number = isinstance(test, cst.Integer) and test.value != "0"
    return is_number or bool(string_value(test)) or (isinstance(test, cst.Name) and test.value == "True")


def _has_call(node: cst.CSTNode) -> bool:
    return any(isinstance(part, cst.Call) for part in below(node))


def _is_about_equality(at: Place) -> bool:
    """True in a test of `__eq__` itself."""
    name = at.function.name.value if at.function is not None else ""
    return re.search(r"eq|same|ident|compar|hash|cmp|reflexiv|order", name) is not None


def _called(call: cst.Call, at: Place) -> Iterator[Sighting]:
    name, values = called_name(call), positional(call)
    is_method = isinstance(call.func, cst.Attribute) and dotted_name(call.func.value) == "self"
    if is_method and name in _SAME and len(values) > 1:
        if values[0].deep_equals(values[1]) and not _has_call(values[0]) and not _is_about_equality(at):
            yield Sighting(call, f"`{name}` compares `{at.code(values[0])[:40]}` with itself")
    elif is_method and name == "assertTrue" and values and _is_true(values[0]):
        yield Sighting(call, f"`{at.code(call)[:50]}` cannot fail")
    elif at.name(call.func) == "time.sleep" and values and _is_in_test(at):
        seconds = values[0].evaluated_value if isinstance(values[0], (cst.Integer, cst.Float)) else 0
        if seconds >= _LONG_SLEEP:
            yield Sighting(call, f"the test sleeps for {at.code(values[0])} seconds", Severity.LOW)


def _is_in_test(at: Place) -> bool:
    return at.function is not None and at.function.name.value.startswith("test")


def _never_fails(function: cst.FunctionDef) -> Iterator[Sighting]:
    """Report a test that computes something and never looks at it."""
    if (
        not function.name.value.startswith("test")
        or function.decorators
        or not isinstance(function.body, cst.IndentedBlock)
    ):
        return
    last = function.body.body[-1]
    small = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else None
    if not isinstance(small, cst.Assign) or not isinstance(small.value, (cst.Call, cst.Await)):
        return
    for part in below(function.body):
        if isinstance(part, (cst.Assert, cst.Raise, cst.With, cst.Try, cst.Yield)):
            return
        if isinstance(part, cst.Call) and _CHECKS.search(called_name(part)):
            return
    yield Sighting(function.name, f"`{function.name.value}` looks at nothing it gets")
