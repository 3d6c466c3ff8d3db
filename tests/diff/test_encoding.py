"""Bytes read back from JSON as they were written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.diff.encoding import from_json_text, json_text


@given(st.one_of(st.binary(), st.text().map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_survive_the_way_through_json(content: bytes) -> None:
    assert from_json_text(json.loads(json.dumps(json_text(content)))) == content


def test_utf8_is_written_as_text_and_nothing_else_is() -> None:
    assert json_text("é\0".encode()) == "é\0"
    assert json_text(b"\xe9") == {"b64": "6Q=="}


@pytest.mark.parametrize(
    "value",
    [None, 1, [], {}, {"b64": 1}, {"b64": "?"}, {"b64": "6Q"}, {"b64": "YQ=="}, {"b64": "6Q==", "x": 1}, "\ud800"],
)
def test_what_was_never_written_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_json_text(value)
