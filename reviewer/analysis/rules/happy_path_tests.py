import ast
import re
from collections.abc import Iterator

from reviewer.analysis.change import Change, ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import DiffRule, Example, LineSighting
from reviewer.analysis.source import DoesNotParse, read_source

# What a test of anything but the usual case says somewhere.
_UNUSUAL = regex(
    r"raises|assertRaises|\bNone\b|\"\"|''|\[\]|\{\}|\(\)\)|(?<![\w.])-\s?\d|(?<![\w.])0(?![\w.])|\b(?:empty|missing|invalid|error|fail\w*|wrong|"
    r"bad|none|zero|negative|unknown|boundary|limit|edge|corner|not_found|duplicate|overflow|unicode|malformed|refus\w*|reject\w*)|"
    r"_(?:empty|missing|invalid|error|fail\w*|wrong|bad|none|zero|negative|unknown|limit|edge|without|not|no)(?:_|\b)|status_code\s*==\s*[45]\d\d|"
    r"parametrize|hypothesis|@given|False\b|4\d\d\b",
)
_FEWEST = 2


class HappyPathTests(DiffRule):
    """The tests of new code try only what works.

    Why look: nobody has seen what the code does with nothing, with too much or with the wrong thing.
    Ask: which input would make this code fail, and what should happen then?
    """

    informs = "validate"
    severity = Severity.LOW

    INVALID = (
        Example(
            "from shop.orders import total\n\ndef test_one():\n    assert total([1]) == 1\n\n"
            "def test_two():\n    assert total([1, 2]) == 3\n",
            path="tests/test_orders.py",
            beside={"shop/orders.py": "def total(orders):\n    return sum(orders)\n"},
        ),
        Example(
            "import shop.orders\n\nclass TestTotal:\n    def test_one(self):\n"
            "        assert shop.orders.total([1]) == 1\n\n"
            "    def test_two(self):\n        assert shop.orders.total([1, 2]) == 3\n",
            path="tests/test_orders.py",
            beside={"shop/orders.py": "def total(orders):\n    return sum(orders)\n"},
        ),
        Example(
            "from shop import find\n\ndef test_name():\n    assert find('Ada').name == 'Ada'\n\n"
            "def test_mail():\n    assert find('Ada').mail == 'ada@shop.net'\n",
            path="tests/test_users.py",
            beside={"shop/users.py": "def find(name):\n    return table[name]\n"},
        ),
    )
    VALID = (
        Example(
            "from shop.orders import total\n\ndef test_one():\n    assert total([1]) == 1\n\n"
            "def test_nothing():\n    assert total([]) == 0\n",
            path="tests/test_orders.py",
            beside={"shop/orders.py": "def total(orders):\n    return sum(orders)\n"},
        ),
        Example(
            "import pytest\nfrom shop.users import find\n\ndef test_name():\n    assert find('Ada').name == 'Ada'\n\n"
            "def test_nobody():\n    with pytest.raises(KeyError):\n        find('Bob')\n",
            path="tests/test_users.py",
            beside={"shop/users.py": "def find(name):\n    return table[name]\n"},
        ),
        Example(
            "from shop.orders import total\n\ndef test_one():\n    assert total([1]) == 1\n\n"
            "def test_two():\n    assert total([1, 2]) == 3\n",
            path="tests/test_orders.py",
        ),
        Example(
            "from shop.orders import total\n\ndef test_one():\n    assert total([1]) == 1\n",
            path="tests/test_orders.py",
            beside={"shop/orders.py": "def total(orders):\n    return sum(orders)\n"},
        ),
        Example(
            "from shop.orders import total\n\ndef test_one():\n    assert total([1]) == 1\n\n"
            "def test_two():\n    assert total([1, 2]) == 3\n",
            path="tests/test_orders.py",
            before="from shop.orders import total\n\ndef test_one():\n    assert total([1]) == 1\n",
            beside={"shop/orders.py": "def total(orders):\n    return sum(orders)\n"},
        ),
    )

    def check_change(self, change: Change) -> Iterator[tuple[ChangedFile, LineSighting]]:
        changed = {
            word
            for file in change.files
            if file.is_python and not file.is_test and file.added
            for word in file.name.removesuffix(".py").removesuffix("/__init__").split("/")
        }
        for file in change.files:
            if not (file.is_python and file.is_test and file.old_text is None and file.new_text and changed):
                continue
            tests = _tests(file)
            text = "\n".join(file.lines)
            if len(tests) >= _FEWEST and not _UNUSUAL.search(text) and changed & set(re.findall(r"\w+", text)):
                yield file, LineSighting(tests[0], f"{len(tests)} tests, and none of them of an unusual case")


def _tests(file: ChangedFile) -> list[int]:
    """Return the lines of the file's tests."""
    try:
        tree = read_source(file.new_text or b"").tree
    except DoesNotParse:
        return []
    bodies = [tree.body, *(each.body for each in tree.body if isinstance(each, ast.ClassDef))]
    functions = [node for body in bodies for node in body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return sorted(node.lineno for node in functions if node.name.startswith("test") and node.lineno in file.added)
