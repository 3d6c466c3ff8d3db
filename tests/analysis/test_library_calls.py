"""Whether calls fit what functions of the library take."""

import ast

import pytest

from reviewer.analysis.bound_names import Bound
from reviewer.analysis.library_calls import LibraryCalls
from reviewer.analysis.scopes import scopes_of
from reviewer.analysis.source import read_source
from reviewer.analysis.tree import tree_of


def faults(code: str) -> list[str]:
    source = read_source(code.encode())
    tree = tree_of(source.tree)
    calls = LibraryCalls(Bound(source, tree, scopes_of(source.tree)))
    return [fault[0] for call in tree.nodes(ast.Call) if (fault := calls.fault(call)) is not None]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import json\njson.dumps(a, pretty=True)", "`json.dumps()` takes no `pretty=`"),
        ("import requests\nrequests.get(a, retries=3)", "`requests.get()` takes no `retries=`"),
        ("rates = {'a': 1}\nrates('a')", "`rates` is a `dict`, which cannot be called"),
        (
            "from decimal import Decimal\nfrom sqlalchemy import Column\nColumn(Decimal)",
            "`Column` wants a type of SQLAlchemy's own, not Python's `Decimal`",
        ),
    ],
)
def test_a_call_that_does_not_fit_is_told_why(code: str, said: str) -> None:
    (found,) = faults(code)

    assert found.startswith(said)


@pytest.mark.parametrize(
    "code",
    [
        "import json\njson.dumps(a, indent=2)",
        "import json\njson.dumps(a, cls=Encoder, pretty=True)",
        "import json\njson = load()\njson.dumps(a, pretty=True)",
        "import shop\nshop.load(a, any=1)",
        "hook = None\nhook(1)",
        "def open(path, how): ...\nopen(a, how=1)",
    ],
)
def test_a_call_that_may_fit_is_left_alone(code: str) -> None:
    assert faults(code) == []
