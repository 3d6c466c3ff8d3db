"""TOML that somebody hostile wrote ends in tables or in one reason, and every mistake of a table is told."""

from dataclasses import dataclass
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from reviewer.tables import (
    LARGEST_FILE,
    Unreadable,
    fits,
    in_our_words,
    key_mistakes,
    listed,
    quoted,
    read_tables,
    told,
)


@dataclass(frozen=True, slots=True)
class _Shape:
    name: Annotated[str, Meta(min_length=1, description="a name")]
    sizes: Annotated[
        tuple[Annotated[int, Meta(ge=1, description="a size")], ...], Meta(description="a list of sizes")
    ] = ()
    is_on: Annotated[bool, Meta(description="true or false")] = False


def _reason(raw: bytes) -> str:
    with pytest.raises(Unreadable) as raised:
        read_tables(raw)
    return str(raised.value)


def test_tables_are_read() -> None:
    assert read_tables(b'a = 1\n[b]\nc = ["d"]\n') == {"a": 1, "b": {"c": ["d"]}}


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"#" * (LARGEST_FILE + 1), "larger than 1,000,000 bytes; split it"),
        (b"\n#" + b" " * 2_000, "line 2: longer than 2,000 bytes; break it"),
        (b"a = 1\nb = \xff\n", "line 2: not UTF-8 (byte FF)"),
        (b"a = 1\na = 2\n", "line 2, column 6: cannot overwrite a value"),
        (b"a = ", "line 1: invalid value"),
        (b"[[a]]\n[a]\n", "line 2, column 3: cannot declare ('a',) twice"),
        (b"a = " + b"[" * 1_500, "lists or tables stand too deep in each other"),
        (b"a = '''\n\n", "line 1: "),
    ],
)
def test_what_is_wrong_is_said_with_its_line(raw: bytes, reason: str) -> None:
    assert _reason(raw).startswith(reason)


def test_the_largest_file_is_read() -> None:
    line = b"#" * 999 + b"\n"

    assert read_tables(line * (LARGEST_FILE // len(line))) == {}


@given(st.binary(max_size=300) | st.text(alphabet="[]{}=\"'.#\n\\u a1é", max_size=300).map(str.encode))
def test_any_bytes_are_tables_or_one_reason(raw: bytes) -> None:
    try:
        tables = read_tables(raw)
    except Unreadable as error:
        said = str(error)
    else:
        said = ""
        assert isinstance(tables, dict)

    assert said.replace("\u3000", "").isprintable()


def test_a_table_without_mistakes_has_none() -> None:
    assert list(key_mistakes({"name": "a", "sizes": [1, 2], "is_on": True}, _Shape)) == []
    assert list(key_mistakes({"name": "a"}, _Shape)) == []


def test_every_mistake_of_a_table_is_told() -> None:
    table = {"sizes": [1, 0, "2", 3.5], "is_on": 1, "nam": "a", "zzz": None}

    assert list(key_mistakes(table, _Shape)) == [
        '"name" is missing',
        '"sizes" entry 2 must be a size, not 0',
        '"sizes" entry 3 must be a size, not "2"',
        '"sizes" entry 4 must be a size, not a fraction',
        '"is_on" must be true or false, not 1',
        'key "nam" is unknown; did you mean "name"?',
        'key "zzz" is unknown; known here are "name", "sizes", "is_on"',
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", '""'),
        (True, "true"),
        (7, "7"),
        (10**9, "a large number"),
        (1.5, "a fraction"),
        ([], "an empty list"),
        ([1], "a list"),
        ({}, "a table"),
        (None, "a date or time"),
    ],
)
def test_a_value_is_named_and_never_repeated_at_length(value: object, words: str) -> None:
    (mistake,) = key_mistakes({"name": value, "is_on": False} if value != "" else {"name": ""}, _Shape)

    assert mistake == f'"name" must be a name, not {words}'


def test_foreign_text_is_quoted_short_and_safe_to_draw() -> None:
    assert quoted("a\x1b\u202e") == '"a␛⟦U+202E⟧"'
    assert quoted("x" * 1_000) == f'"{"x" * 60}…"'


def test_what_a_library_says_begins_small_and_is_short() -> None:
    assert in_our_words("Expected\n" + "x" * 1_000) == "expected␊" + "x" * 191


def test_names_are_listed_in_quotes() -> None:
    assert listed(["a", "b"]) == '"a", "b"'


def test_a_truth_value_is_no_number() -> None:
    assert fits(1, int)
    assert not fits(True, int)
    assert not fits("1", int)


def test_of_a_file_full_of_mistakes_the_first_hundred_are_told() -> None:
    mistakes = [f"mistake {number}" for number in range(150)]

    assert told(mistakes[:100], "x.toml") == [f"x.toml: {mistake}" for mistake in mistakes[:100]]
    assert told(mistakes, "x.toml") == [
        *(f"x.toml: {mistake}" for mistake in mistakes[:100]),
        "x.toml: and more; put these right first",
    ]
