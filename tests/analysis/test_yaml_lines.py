"""Keys and values of YAML files, each with its line."""

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.yaml_lines import Entry, entries_of


def entries(text: str) -> list[Entry]:
    return list(entries_of(ChangedFile(b"a.yml", None, text.encode(), frozenset(), frozenset())))


def values(text: str) -> dict[str, str]:
    return {".".join(entry.keys): entry.value for entry in entries(text)}


def test_keys_lead_to_values() -> None:
    assert values("a:\n  b: c\n  d:\n    e: 'f'\ng: h # i\n") == {
        "a": "",
        "a.b": "c",
        "a.d": "",
        "a.d.e": "f",
        "g": "h",
    }


def test_items_have_numbers_wherever_the_dash_stands() -> None:
    assert values("a:\n- b: 1\n  c: 2\n- b: 3\nd:\n  - x\n  - y\n") == {
        "a": "", "a.0.b": "1", "a.0.c": "2", "a.1.b": "3", "d": "", "d.0": "x", "d.1": "y",
    }  # fmt: skip


def test_a_block_keeps_its_lines_and_what_looks_like_a_comment() -> None:
    (entry,) = entries("run: |\n  a # b\n\n  c: d\n")

    assert [(line, text.strip()) for line, text in entry.lines if text.strip()] == [(2, "a # b"), (4, "c: d")]


def test_a_value_may_begin_on_the_next_line() -> None:
    assert values("run:\n  make all\nnext: x\n") == {"run": "make all", "next": "x"}


def test_a_document_begins_anew() -> None:
    assert [entry.keys for entry in entries("a:\n  b: 1\n---\nc: 2\n")] == [("a",), ("a", "b"), ("c",)]


def test_the_last_name_is_the_key_of_an_item() -> None:
    assert [entry.key for entry in entries("cap_add:\n  - ALL\n")] == ["cap_add", "cap_add"]


def test_no_text_stops_the_reading() -> None:
    for text in ("- " * 500, "a: " * 300, ":\n:::\n- - -\n", "\t- a\n", '"a: b\n', "a: |"):
        entries(text)


def test_keys_in_braces_are_read_besides_the_text() -> None:
    assert values("a: {b: /c, d: [e, f]}\ng: ${{ h }}\n") == {
        "a": "{b: /c, d: [e, f]}",
        "a.b": "/c",
        "a.d": "[e, f]",
        "g": "${{ h }}",
    }
