"""Strings that values are put into, read as one text with holes."""

import libcst as cst
import pytest

from reviewer.analysis.template import template_of


@pytest.mark.parametrize(
    ("code", "text", "values"),
    [
        ("'a' 'b'", "ab", []),
        ("f'a {x} b {y.z!r}'", "a \0 b \0", ["x", "y.z"]),
        ("f'{{a}}\\n{n:05d}'", "{a}\n0", []),
        ("f'a {f\"b {x}\"}'", "a b \0", ["x"]),
        ("'a ' + x + ' b'", "a \0 b", ["x"]),
        ("x + 'a'", "\0a", ["x"]),
        ("'%s at %d%%' % (x, y)", "\0 at 0%", ["x"]),
        ("'%(a)s' % {'a': x}", "\0", ["x"]),
        ("'%s and %s' % pair", "\0 and \0", ["pair", "pair"]),
        ("'{} {1} {n.size:>3}'.format(x, y, n=z)", "\0 \0 \0", ["x", "y", "z"]),
        ("'{} {}'.format(*pair)", "\0 \0", ["pair", "pair"]),
        ("f'{x} %s' % y", "\0 \0", ["x", "y"]),
        ("('a ' + x + ' {}').format(y)", "a \0 \0", ["x", "y"]),
    ],
)
def test_each_value_leaves_a_hole(code: str, text: str, values: list[str]) -> None:
    template = template_of(cst.parse_expression(code))

    assert template is not None
    assert template.text == text
    assert [cst.Module([]).code_for_node(value) for value in template.values] == values
    assert [len(before) for before, _ in template.holes] == [at for at, mark in enumerate(text) if mark == "\0"]


@pytest.mark.parametrize("code", ["x", "x + y", "x % 2", "b'a'", "x.format(y)", "format(x)", "'{'.format(x)"])
def test_what_holds_no_text_is_no_template(code: str) -> None:
    assert template_of(cst.parse_expression(code)) is None
