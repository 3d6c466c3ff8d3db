"""Which regular expressions can take exponential time."""

import re

import pytest

from reviewer.analysis.backtracking import can_explode


@pytest.mark.parametrize(
    "pattern",
    [
        r"^(\w+\s?)+$",
        r"(x+x+)+y",
        r"(a|ab|b)*c",
        r"([a-zA-Z]+)*$",
        r"(.*)*=",
        r"(.*a)+$",
        r"(a{1,3})+$",
        r"^(\s*\w+\s*)+$",
        r"(\\.|[^\"])*\"",
        r"(?:(?:\.\w+\d+)*x)?-",
    ],
)
def test_a_loop_with_two_ways_round_explodes(pattern: str) -> None:
    assert can_explode(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\w+(?:\s\w+)*$",
        r"(?:[a-z]+\.)+[a-z]+$",
        r'"(?:[^"\\]|\\.)*"',
        r"(?>a+)+$",
        r"(?:a+){1,3}$",
        r"(a+)+",
        r"(\d|\w)+-",
        r"(?:.|\n)*\}",
        r"^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$",
        r"(?:%[0-9a-f]{2}|[\w.-])+$",
        r"(a)\1+(b+)+$(",
        "a" * 3_000 + "(b+)+$",
    ],
)
def test_other_patterns_do_not(pattern: str) -> None:
    assert not can_explode(pattern)


def test_flags_change_what_a_pattern_says() -> None:
    assert can_explode("( a+ )+ $ # the end", flags=re.VERBOSE)
    assert can_explode(r"(?:.|\n)*\}", flags=re.DOTALL)


def test_a_whole_text_that_must_match_can_fail_at_its_end() -> None:
    assert can_explode("(a+)+", is_full=True)
