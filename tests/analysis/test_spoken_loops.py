"""Calls that a loop in braces makes again and again."""

import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.spoken_loops import calls_in_loops
from reviewer.analysis.tokens import tokens_of


def _calls(code: str) -> list[str]:
    file = ChangedFile(b"a.js", None, code.encode(), frozenset({1}), frozenset())
    words = tokens_of(file)
    return [words[at].text for at in calls_in_loops(words)]


def test_a_call_in_the_body_is_made_again_and_again() -> None:
    assert _calls("first()\nfor (const a of b) {\n  if (a) {\n    again(a)\n  }\n}\nlast()\n") == ["again"]


@pytest.mark.parametrize(
    "head", ["const batch of batches", "let attempt = 0; attempt < 3; attempt++", "const a of [1, 2]"]
)
def test_pieces_retries_and_literals_are_no_loop(head: str) -> None:
    assert _calls(f"for ({head}) {{\n  again()\n}}\n") == []
