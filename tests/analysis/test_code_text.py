import re

import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.code_text import SCRIPT, SHELL, code_text, seen_in, sign


def _file(code: str, name: str = "shop/tea.js") -> ChangedFile:
    return ChangedFile(name.encode(), None, code.encode(), frozenset({1}), frozenset())


@pytest.mark.parametrize(
    ("name", "code", "text"),
    [
        ("tea.js", "const  tea = { green :true }  // so", "const tea={green:true}"),
        ("Tea.java", 'brew( "green tea" ) ;', 'brew("green tea");'),
        ("tea.sh", "brew   -g tea  # so\n", "brew -g tea"),
        ("tea.go", "a\nb", "a\nb"),
    ],
)
def test_blanks_and_comments_are_levelled(name: str, code: str, text: str) -> None:
    assert code_text(_file(code, name)).text.strip("\n;") == text.strip(";")


def test_a_match_that_begins_in_a_string_is_none() -> None:
    code = code_text(_file('say("eval(tea)");\neval(tea);\n'))

    assert [line for line, _ in code.find(re.compile(r"eval\("))] == [2]


def test_a_sign_is_seen_once_a_line_and_in_its_languages_only() -> None:
    signs = (sign(SCRIPT, r"brew\(\w*", "`{0}` boils"), sign(SHELL, r"brew", "no"))

    assert [seen.message for seen in seen_in(_file("brew(tea); brew(coffee);"), signs)] == ["`brew(tea` boils"]


def test_a_sign_is_none_where_the_file_says_otherwise() -> None:
    signs = (sign(SCRIPT, r"brew\(", "boils", unless=r"cool\("),)

    assert list(seen_in(_file("brew(tea);\ncool(tea);"), signs)) == []


def test_tests_show_no_signs() -> None:
    assert list(seen_in(_file("brew(tea);", "tests/tea.js"), (sign(SCRIPT, r"brew\(", "boils"),))) == []
