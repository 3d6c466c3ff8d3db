"""What a function or a dataclass takes, and whether a call fits it."""

import ast

import pytest

from reviewer.analysis.signatures import dataclass_signature, misfit, signature_from


def call_of(code: str) -> ast.Call:
    call = ast.parse(code, mode="eval").body
    assert isinstance(call, ast.Call)
    return call


def fault(parameters: str, call: str, bound: int = 0) -> str | None:
    function = ast.parse(f"def f({parameters}): ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    return misfit(call_of(call), signature_from("f", function.args, bound))


@pytest.mark.parametrize(
    ("parameters", "call", "said"),
    [
        ("a, b", "f(1)", "`f()` is called without `b`"),
        ("a", "f(1, 2)", "`f()` takes 1 positional argument, not 2"),
        ("a, *, b=1", "f(1, c=2)", "`f()` has no parameter `c`"),
        ("a, b=1", "f(1, a=2)", "`f()` gets `a` twice"),
        ("a, /", "f(a=1)", "`f()` has no parameter `a`"),
        ("*, a", "f()", "`f()` is called without `a`"),
    ],
)
def test_a_call_that_does_not_fit_is_told_why(parameters: str, call: str, said: str) -> None:
    assert fault(parameters, call) == said


@pytest.mark.parametrize(
    ("parameters", "call"),
    [("a, b=1", "f(1)"), ("*a", "f(1, 2)"), ("**a", "f(b=1)"), ("a, b", "f(*c)"), ("a, b", "f(**c)")],
)
def test_a_call_that_may_fit_is_left_alone(parameters: str, call: str) -> None:
    assert fault(parameters, call) is None


def test_bound_parameters_are_not_given_again() -> None:
    assert fault("self, a", "f(1)", bound=1) is None
    assert fault("self", "f(1)", bound=1) == "`f()` takes no positional arguments, not 1"


@pytest.mark.parametrize(
    ("fields", "places", "required"),
    [
        ("a: int\n    b: int = 1", ("a", "b"), ("a",)),
        ("a: list = field(default_factory=list)", ("a",), ()),
        ("a: ClassVar[int] = 1\n    b: int", ("b",), ("b",)),
        ("a: int = field(init=False)\n    b: int", ("b",), ("b",)),
    ],
)
def test_a_dataclass_takes_its_fields(fields: str, places: tuple[str, ...], required: tuple[str, ...]) -> None:
    owner = ast.parse(f"@dataclass\nclass A:\n    {fields}\n").body[0]
    assert isinstance(owner, ast.ClassDef)

    signature = dataclass_signature(owner, owner.decorator_list[0])

    assert signature is not None
    assert (signature.places, signature.required) == (places, required)


def test_a_dataclass_with_ways_of_its_own_is_not_known() -> None:
    for code in ("@dataclass(init=False)\nclass A:\n    a: int\n", "@dataclass\nclass A:\n    a: InitVar[int]\n"):
        owner = ast.parse(code).body[0]
        assert isinstance(owner, ast.ClassDef)
        assert dataclass_signature(owner, owner.decorator_list[0]) is None
