"""Which name goes with which value, however it is written."""

import libcst as cst
import pytest

from reviewer.analysis.bindings import BINDING, bindings_of, environment_variable, literals, name_of
from reviewer.analysis.origin import below


def _bindings(code: str) -> list[tuple[str, str, str]]:
    module = cst.parse_module(code)
    return [
        (binding.name, module.code_for_node(binding.value), binding.how)
        for node in below(module)
        if isinstance(node, BINDING)
        for binding in bindings_of(node)
    ]


@pytest.mark.parametrize(
    ("code", "name", "value", "how"),
    [
        ("tea = 1\n", "tea", "1", "is set to"), ("self.tea: int = 1\n", "tea", "1", "is set to"),
        ('shop["tea"] = 1\n', "tea", "1", "is set to"), ("(tea := 1)\n", "tea", "1", "is set to"),
        ("a, tea = 0, 1\n", "tea", "1", "is set to"), ("brew(tea=1)\n", "tea", "1", "is set to"),
        ('{"tea": 1}\n', "tea", "1", "is set to"), ("def brew(tea=1): ...\n", "tea", "1", "defaults to"),
        ("tea == 1\n", "tea", "1", "is compared with"), ("1 != tea\n", "tea", "1", "is compared with"),
        ('shop.setdefault("tea", 1)\n', "tea", "1", "is set to"),
        ('setattr(shop, "tea", 1)\n', "tea", "1", "is set to"),
        ('parser.add_argument("-t", "--tea", default=1)\n', "tea", "1", "defaults to"),
    ],
)  # fmt: skip
def test_a_name_is_found_with_its_value(code: str, name: str, value: str, how: str) -> None:
    assert (name, value, how) in _bindings(code)


@pytest.mark.parametrize("code", ["tea: int\n", "a, b = c\n", "a < b\n", "a == b == c\n", "{**a}\n", "brew(1)\n"])
def test_what_gives_no_name_a_value_is_no_binding(code: str) -> None:
    assert _bindings(code) == []


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ('"a"', ["a"]), ('b"a"', ["a"]), ('"a" "b"', ["ab"]), ('f"a"', ["a"]), ('f"a{b}"', []), ("1", []),
        ('x or "a"', ["a"]), ('"a" if x else "b"', ["a", "b"]), ('["a", x, "b"]', ["a", "b"]), ('"a".encode()', ["a"]),
        ('SecretStr("a")', ["a"]), ('Field(default="a")', ["a"]), ('os.getenv("K") or "a"', []), ('brew("a")', []),
    ],
)  # fmt: skip
def test_the_texts_a_value_may_be(code: str, texts: list[str]) -> None:
    assert [text for _, text in literals(cst.parse_expression(code))] == texts


@pytest.mark.parametrize(
    ("code", "name", "has_default"),
    [
        ('os.getenv("K")', "K", False), ('os.environ.get("K", "a")', "K", True), ('environ["K"]', "K", False),
        ('env("K", default="a")', "K", True), ('config("K", default=1)', "K", True),
    ],
)  # fmt: skip
def test_a_variable_is_read_from_the_environment(code: str, name: str, has_default: bool) -> None:
    read = environment_variable(cst.parse_expression(code))

    assert read is not None
    assert (read[0], read[1] is not None) == (name, has_default)


@pytest.mark.parametrize("code", ['settings.get("K")', "os.getenv(key)", 'shop["K"]', "tea"])
def test_other_lookups_are_not_of_the_environment(code: str) -> None:
    assert environment_variable(cst.parse_expression(code)) is None


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("tea", "tea"),
        ("shop.tea", "tea"),
        ('shop["tea"]', "tea"),
        ('form.get("tea")', "tea"),
        ("shop[tea]", None),
        ("f()", None),
    ],
)
def test_the_last_name_says_what_it_is(code: str, name: str | None) -> None:
    assert name_of(cst.parse_expression(code)) == name
