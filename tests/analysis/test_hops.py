"""Where a function is called in its file, and what it returns to a call."""

import libcst as cst
import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.hops import argument_for, given_to, results_of
from reviewer.analysis.nodes import children
from reviewer.analysis.place import Place
from reviewer.analysis.source import read_source


def _place(text: str) -> Place:
    file = ChangedFile(b"shop/teas.py", None, text.encode(), frozenset(), frozenset())
    return Place(file, cst.parse_module(text), (), read_source(text.encode()))


def _function(at: Place, name: str) -> cst.FunctionDef:
    return next(node for node in _all(at.chunk) if isinstance(node, cst.FunctionDef) and node.name.value == name)


def _all(node: cst.CSTNode) -> list[cst.CSTNode]:
    return [node, *(inner for child in children(node) for inner in _all(child))]


def _given(text: str, parameter: int = 0) -> list[str]:
    at = _place(text)
    function = _function(at, "brew")
    return [hop.at.code(hop.node) for _, hop in given_to(function.params.params[parameter], function, at)]


def test_the_calls_of_a_function_say_what_its_parameter_gets():
    text = (
        "def brew(tea, hot=True):\n    pass\n\ndef show(request):\n    brew(request.GET['tea'])\n    brew(tea=GREEN)\n"
    )

    assert _given(text) == ["request.GET['tea']", "GREEN"]
    assert _given(text, 1) == []


def test_a_method_is_called_on_self():
    text = (
        "class Pot:\n    def brew(self, tea):\n        pass\n\n    def get(self, request):\n"
        "        self.brew(request.GET['tea'])\n        other.brew(1)\n"
    )

    assert _given(text, 1) == ["request.GET['tea']"]


@pytest.mark.parametrize(
    "text",
    [
        "def brew(tea):\n    pass\n\ndef show(pot):\n    brew(pot.tea)\n",
        "def brew(tea):\n    pass\n\ndef brew(tea):\n    pass\n\ndef show(request):\n    brew(request.GET)\n",
    ],
)
def test_nobody_looks_where_no_request_comes_in_or_the_name_says_too_little(text):
    assert _given(text) == []


def test_a_call_returns_what_its_function_does():
    at = _place("def brew(request):\n    if request:\n        return 1\n    return request.GET\n\nbrew(2)\n")
    call = next(node for node in _all(at.chunk) if isinstance(node, cst.Call))

    found = results_of(call, at)

    assert [hop.at.code(hop.node) for _, _, hop in found] == ["1", "request.GET"]
    value = argument_for(found[0][0].params.params[0], found[0][0], call)
    assert value is not None
    assert at.code(value) == "2"
