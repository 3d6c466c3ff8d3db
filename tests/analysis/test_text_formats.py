"""Whether the placeholders of a text and its values fit."""

import ast

import pytest

from reviewer.analysis.text_formats import format_fault, percent_fault, values_wanted


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("'%s of %s' % (a, b, c)", "the format has 2 placeholders for 3 values"),
        ("'%s of %s' % order.number", "the format has 2 placeholders for 1 value"),
        ("'%(a)s' % {'b': 1}", "the format names `a`, which the dict does not have"),
        ("'%(a)s' % (1,)", "the format names its values, and gets no dict"),
        ("'100%' % a", "the format ends in a lone `%`"),
        ("'%s' % a", None),
        ("'%s %s' % pair", None),
        ("'%*d 100%%' % (2, a)", None),
        ("b'%b' % (a,)", None),
    ],
)
def test_what_percent_is_given_must_fit(code: str, said: str | None) -> None:
    operation = ast.parse(code, mode="eval").body
    assert isinstance(operation, ast.BinOp)

    assert percent_fault(operation) == said


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("'{} of {}'.format(a)", "the format wants 2 values and gets 1"),
        ("'{a} of {b}'.format(a=a)", "the format names `b`, which it is not given"),
        ("'{} {0}'.format(a)", "the format both numbers its values and leaves them unnumbered"),
        ("'{'.format(a)", "the text is no format: its braces do not match"),
        ("'{}'.format(a, b)", "the format takes 1 value and drops 1"),
        ("'{a.b} {c[0]} {:{}}'.format(1, 2, a=a, c=c)", None),
        ("'{} {}'.format(*pair)", None),
        ("'{{}}'.format()", None),
    ],
)
def test_what_format_is_given_must_fit(code: str, said: str | None) -> None:
    call = ast.parse(code, mode="eval").body
    assert isinstance(call, ast.Call)

    fault = format_fault(call)

    assert (fault[0] if fault is not None else None) == said


def test_values_are_counted_unless_they_are_named() -> None:
    assert values_wanted("%s of %d, 100%%") == 2
    assert values_wanted("%(a)s") is None
    assert values_wanted("50 %?") is None
