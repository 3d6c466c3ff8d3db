import libcst as cst
import pytest

from reviewer.analysis.nodes import children, forget


def _names(code: str) -> list[str]:
    """Return all names in a piece of code in the order in which they are met."""
    found, todo = [], [cst.parse_module(code)]
    while todo:
        node = todo.pop()
        if isinstance(node, cst.Name):
            found.append(node.value)
        todo.extend(reversed(children(node)))
    return found


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("a if b else c", "a b c"),
        ("f(a, key=b, *c, **d)", "f a key b c d"),
        ("@a\ndef f(b: c = d) -> e:\n    g\n", "a f b c d e g"),
        ("@a\nclass C(B, metaclass=M):\n    x: int = 1\n", "a C B metaclass M x int"),
        ("[a for b in c if d]", "a b c d"),
        ("try:\n    a\nexcept B as c:\n    d\nelse:\n    e\nfinally:\n    f\n", "a B c d e f"),
    ],
)
def test_what_stands_in_a_node_comes_in_reading_order(code: str, names: str) -> None:
    assert _names(code) == names.split()


def test_blanks_commas_and_comments_are_no_children() -> None:
    kinds = {type(child) for child in children(cst.parse_module("f(a, b)  # why\n").body[0])}

    assert kinds == {cst.Expr}


def test_a_node_is_looked_at_once_until_it_is_forgotten() -> None:
    node = cst.parse_expression("a + b")
    first = children(node)

    assert children(node) is first
    forget()
    assert children(node) is not first
    assert children(node) == first
