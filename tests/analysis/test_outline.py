import ast

from reviewer.analysis.outline import Outline, bound_names, inside, outline_of
from reviewer.analysis.source import read_source


def _outline(text: str) -> Outline:
    return outline_of(read_source(text.encode()))


def _call(outline: Outline, name: str) -> ast.Call:
    return next(call for call in outline.every(ast.Call) if ast.unparse(call.func) == name)


def test_a_name_resolves_through_imports() -> None:
    outline = _outline("import requests as r\nfrom asyncio import sleep as nap\nr.get(1)\nnap(1)\n")

    assert [outline.known(call.func) for call in outline.every(ast.Call)] == ["requests.get", "asyncio.sleep"]


def test_a_builtin_that_the_file_binds_is_not_known() -> None:
    outline = _outline("def open(path): ...\nopen(1)\nlen(2)\ndef f(len):\n    len(3)\n")

    assert [outline.known(call.func) for call in outline.every(ast.Call)] == ["", "len", ""]


def test_a_parameter_hides_an_import() -> None:
    outline = _outline("import requests\ndef f(requests):\n    requests.get(1)\n")

    assert outline.known(_call(outline, "requests.get").func) == ""


def test_a_default_value_belongs_to_the_scope_of_the_definition() -> None:
    outline = _outline("def f(x=make()):\n    return use(x)\n")

    assert outline.function(_call(outline, "make")) is None
    assert outline.function(_call(outline, "use")) is outline.every(ast.FunctionDef)[0]


def test_inside_leaves_out_what_nested_functions_run() -> None:
    function = _outline("def f():\n    a()\n    def g():\n        b()\n    c()\n").every(ast.FunctionDef)[0]

    assert [ast.unparse(node.func) for node in inside(function) if isinstance(node, ast.Call)] == ["a", "c"]


def test_global_names_are_not_bound_by_a_function() -> None:
    function = _outline("def f(a):\n    global b\n    b = c = a\n").every(ast.FunctionDef)[0]

    assert bound_names(function) == {"a", "c"}


def test_what_made_a_value_is_read_from_assignments_and_types() -> None:
    outline = _outline(
        "import httpx\n"
        "from typing import Optional\n"
        "shared = httpx.Client()\n"
        "class Shop:\n"
        "    def __init__(self):\n        self.own = httpx.Client()\n"
        "    def go(self, given: Optional[httpx.Client], other):\n"
        "        self.own.a()\n        given.b()\n        shared.c()\n        other.d()\n"
        "        with httpx.Client() as used:\n            used.e()\n"
    )
    owners = {
        call.func.attr: outline.made_by(call.func.value)
        for call in outline.every(ast.Call)
        if isinstance(call.func, ast.Attribute) and call.func.attr in "abcde"
    }

    assert owners == dict.fromkeys("abce", "httpx.Client") | {"d": ""}


def test_a_name_set_in_two_ways_has_no_plain_maker() -> None:
    outline = _outline("import httpx\ndef f(on):\n    c = httpx.Client()\n    c = on()\n    c.get()\n")

    assert outline.made_by(_call(outline, "c.get").func.value) == ""  # type: ignore[attr-defined] # an attribute


def test_a_local_function_is_found_by_name_and_by_self() -> None:
    outline = _outline(
        "def f(): ...\n@wrap\ndef g(): ...\nclass A:\n    def f(self): ...\n"
        "    def h(self):\n        self.f()\n        f()\n        g()\n"
    )
    found = {ast.unparse(call.func): outline.local_function(call) for call in outline.every(ast.Call)}

    assert found["f"] is outline.source.tree.body[0]
    assert found["self.f"] is outline.every(ast.ClassDef)[0].body[0]
    assert found["g"] is None


def test_a_long_call_is_quoted_by_its_name() -> None:
    call = ast.parse(f"run({'x' * 80})").body[0].value  # type: ignore[attr-defined] # an expression statement

    assert _outline("").quote(call) == "run(...)"
