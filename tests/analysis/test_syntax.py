"""A module's index: what runs again and again, what a name holds, what a string says."""

import ast

import pytest

from reviewer.analysis.source import read_source
from reviewer.analysis.syntax import Syntax, dotted_name, syntax_of
from reviewer.analysis.template import HOLE


def _tree(code: str) -> Syntax:
    return syntax_of(read_source(code.encode()))


def _call(tree: Syntax, name: str = "here") -> ast.Call:
    return next(tree.called(name))


def test_the_same_source_is_indexed_once() -> None:
    source = read_source(b"here()\n")

    assert syntax_of(source) is syntax_of(source)


@pytest.mark.parametrize(
    "code",
    [
        "for x in xs:\n    here()\n",
        "while here():\n    pass\n",
        "[here() for x in xs]\n",
        "[x for x in xs if here()]\n",
        "[x for y in ys for x in here()]\n",
        "{x: here() for x in xs}\n",
    ],
)
def test_a_loop_runs_what_is_in_it(code: str) -> None:
    tree = _tree(code)

    assert len(list(tree.loops(_call(tree)))) == 1


@pytest.mark.parametrize(
    "code",
    [
        "for x in here():\n    pass\n",
        "for x in xs:\n    pass\nelse:\n    here()\n",
        "[x for x in here()]\n",
        "for x in xs:\n    def f():\n        here()\n",
        "for x in xs:\n    f = lambda: here()\n",
    ],
)
def test_a_loop_does_not_run_its_source_or_a_function_made_in_it(code: str) -> None:
    tree = _tree(code)

    assert list(tree.loops(_call(tree))) == []


def test_a_default_runs_where_its_function_is_defined() -> None:
    tree = _tree("def f(x=here()):\n    there()\n")

    function = tree.function(_call(tree, "there"))

    assert tree.function(_call(tree)) is None
    assert function is not None
    assert function.name == "f"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import requests as r\nhere(r.get)\n", "requests.get"),
        ("from a.b import c\nhere(c.d)\n", "a.b.c.d"),
        ("here(self.x)\n", "self.x"),
        ("here(f().x)\n", ""),
    ],
)
def test_a_name_is_resolved_through_imports(code: str, name: str) -> None:
    tree = _tree(code)

    assert tree.name(_call(tree).args[0]) == name


@pytest.mark.parametrize(
    ("code", "held"),
    [
        ("x = 1\nhere(x)\n", "1"),
        ("x = 1\nx = 2\nhere(x)\n", "x"),
        ("x = 1\nx += 1\nhere(x)\n", "x"),
        ("def f(x):\n    here(x)\n", "x"),
        ("X = 1\ndef f():\n    here(X)\n", "1"),
        ("with open(p) as x:\n    here(x)\n", "open(p)"),
        ("x, y = 1, 2\nhere(y)\n", "2"),
        ("class A:\n    def f(self):\n        self.x = 1\n    def g(self):\n        here(self.x)\n", "1"),
    ],
)
def test_a_name_holds_what_is_put_into_it_once(code: str, held: str) -> None:
    tree = _tree(code)

    assert ast.unparse(tree.value(_call(tree).args[0])) == held


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("here('a' 'b')\n", "ab"),
        ("here(f'a{b}c')\n", f"a{HOLE}c"),
        ("here('a' + b + 'c')\n", f"a{HOLE}c"),
        ("here('a%sb%%' % c)\n", f"a{HOLE}b%%"),
        ("here('a{}'.format(b))\n", f"a{HOLE}"),
        ("SQL = 'a'\nhere(text(SQL))\n", "a"),
        ("here(b)\n", None),
    ],
)
def test_a_string_says_what_is_written_with_holes(code: str, text: str | None) -> None:
    tree = _tree(code)

    assert tree.text(_call(tree).args[0]) == text


def test_texts_are_whole_and_not_for_people() -> None:
    tree = _tree('def f():\n    """help"""\n    print("said")\n    raise E("bad")\n    return f"a{b}" + "c"\n')

    assert [text for _, text in tree.texts] == [f"a{HOLE}c"]


def test_a_dotted_name_is_made_of_names_only() -> None:
    assert dotted_name(ast.parse("a.b.c", mode="eval").body) == "a.b.c"
    assert dotted_name(ast.parse("a().b", mode="eval").body) == ""


def test_a_value_that_names_itself_ends() -> None:
    tree = _tree("def f():\n    x = text(x)\n    here(x)\n")

    assert tree.text(_call(tree).args[0]) is None


def test_a_long_sum_is_read_without_recursion() -> None:
    tree = _tree("here(" + " + ".join(["'a'"] * 900) + ")\n")

    assert tree.text(_call(tree).args[0]) == "a" * 900
