"""What functions of Go open and neither close nor hand on."""

import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.go_resources import unclosed_in_go
from reviewer.analysis.tokens import tokens_of


def unclosed(*lines: str) -> list[tuple[int, str]]:
    code = "func load(p string) error {\n" + "".join(f"\t{line}\n" for line in lines) + "}\n"
    return list(unclosed_in_go(tokens_of(ChangedFile(b"a.go", None, code.encode(), frozenset(), frozenset()))))


def test_what_is_opened_and_left_is_found_with_its_closing() -> None:
    assert unclosed("f, err := os.Open(p)", "return parse(f)") == [
        (2, "nothing closes `f` of `os.Open()`: `defer f.Close()` is missing")
    ]
    assert unclosed("resp, err := http.Get(p)", "return resp.Status")[0][1].endswith(
        "`defer resp.Body.Close()` is missing"
    )


@pytest.mark.parametrize(
    "line", ["defer f.Close()", "return f, nil", "s.file = f", "return parse(s, f)", "files <- f", "return &T{x: f}"]
)
def test_what_is_closed_or_handed_on_is_left_alone(line: str) -> None:
    assert unclosed("f, err := os.Open(p)", line) == []


def test_a_value_thrown_away_has_no_name_to_close() -> None:
    assert unclosed("_, err := os.Open(p)") == []
