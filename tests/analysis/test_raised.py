import pytest

from reviewer.analysis.raised import is_known, may_be, raised
from reviewer.analysis.source import read_source

_TYPES = {"TypeError", "AttributeError"}


@pytest.mark.parametrize(
    ("code", "errors"),
    [
        ("tea = teas[key]", {"KeyError", "IndexError"}),
        ("tea = teas[1:]", set()),
        ("cups = int(text.strip())", {"ValueError", "OverflowError"}),
        ("name, price = line", {"ValueError"}),
        ("share = a / b", {"ZeroDivisionError", "OverflowError"}),
        ("from decimal import Decimal\nDecimal(text)", {"decimal.InvalidOperation"}),
    ],
)
def test_plain_code_raises_what_python_says(code, errors):
    source = read_source(code.encode())

    assert raised(source.tree.body[-1:], source) == errors | _TYPES


@pytest.mark.parametrize("code", ["brew(tea)", "with tea:\n    pass", "await_ = [x for x in teas]", "raise ValueError"])
def test_nobody_knows_what_other_code_raises(code):
    source = read_source(code.encode())

    assert raised(source.tree.body, source) is None


def test_an_error_may_be_what_stands_above_or_below_it():
    assert may_be("KeyError", ["LookupError"])
    assert may_be("OSError", ["FileNotFoundError"])
    assert may_be("decimal.InvalidOperation", ["ArithmeticError"])
    assert not may_be("KeyError", ["ValueError", "IndexError"])


def test_only_errors_with_known_parents_are_known():
    assert is_known("KeyError")
    assert not is_known("KeyboardInterrupt")
    assert not is_known("shop.Late")
