import re
import sys
from collections.abc import Iterator

import pytest

from reviewer.analysis.regex import regex
from reviewer.analysis.rules import all_rules


def test_a_pattern_answers_as_a_compiled_one():
    word = regex(r"(\w)(\w*)", re.IGNORECASE)

    assert word.match("Tea")[1] == "T"
    assert word.sub(r"\2\1", "Tea two") == "eaT wot"
    assert word.pattern == r"(\w)(\w*)"
    assert regex(rb"\d").findall(b"1 2") == [b"1", b"2"]


def test_a_wrong_pattern_is_an_error_on_first_use_only():
    broken = regex("(")

    with pytest.raises(re.error):
        broken.search("a")


def test_every_pattern_of_a_module_compiles():
    found = list(_patterns())

    assert len(found) > 400
    for pattern in found:
        assert pattern.pattern


def _patterns() -> Iterator[re.Pattern[str]]:
    all_rules()
    kind = type(regex(""))
    for name, module in list(sys.modules.items()):
        if name.startswith("reviewer.analysis"):
            for value in list(vars(module).values()):
                yield from (part for part in (value if isinstance(value, tuple) else (value,)) if type(part) is kind)
