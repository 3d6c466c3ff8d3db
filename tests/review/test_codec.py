from dataclasses import dataclass
from enum import Enum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.review.codec import WrongShape, from_json, to_json
from reviewer.review.events import EVENT_TYPES, Event


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Stroke:
    colour: Colour
    path: bytes
    width: int | None = None
    dots: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    title: str
    strokes: tuple[Stroke, ...]


DRAWING = Drawing("a house", (Stroke(Colour.RED, b"roof"), Stroke(Colour.BLUE, b"\xff", 2, (1, 2))))
DRAWING_JSON = {
    "title": "a house",
    "strokes": [
        {"colour": "red", "path": "roof", "width": None, "dots": []},
        {"colour": "blue", "path": {"b64": "/w=="}, "width": 2, "dots": [1, 2]},
    ],
}
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(), max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=8,
)


def test_values_are_written_field_by_field_with_enums_by_value_and_bytes_as_text_where_they_are() -> None:
    assert to_json(DRAWING) == DRAWING_JSON


def test_what_was_written_is_read_back() -> None:
    assert from_json(DRAWING_JSON, Drawing) == DRAWING


def test_unknown_keys_are_passed_over_at_every_depth() -> None:
    raw = {**DRAWING_JSON, "since": "2.0", "strokes": [{"colour": "red", "path": "roof", "brush": {"hair": [1]}}]}

    assert from_json(raw, Drawing) == Drawing("a house", (Stroke(Colour.RED, b"roof"),))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"title": "x"}, 'has no "strokes"'),
        ({"title": None, "strokes": []}, "has a wrong value"),
        ({"title": 7, "strokes": []}, "has a wrong value"),
        ({"title": "x", "strokes": {}}, "has no list"),
        ({"title": "x", "strokes": ["y"]}, "has no object where a Stroke belongs"),
        ({"title": "x", "strokes": [{"colour": "green", "path": ""}]}, "has a wrong value"),
        ({"title": "x", "strokes": [{"colour": "\udc80", "path": ""}]}, "has a wrong value"),
        ({"title": "x", "strokes": [{"colour": "red", "path": "\udc80"}]}, "has a wrong text"),
        ({"title": "x", "strokes": [{"colour": "red", "path": {"b64": "YQ=="}}]}, "has a wrong text"),
        ({"title": "x", "strokes": [{"colour": "red", "path": "", "width": True}]}, "has a wrong value"),
        ({"title": "x", "strokes": [{"colour": "red", "path": "", "width": 1.0}]}, "has a wrong value"),
        ([], "has no object where a Drawing belongs"),
    ],
)
def test_what_does_not_fit_says_where_it_does_not(raw: object, reason: str) -> None:
    with pytest.raises(WrongShape, match=reason):
        from_json(raw, Drawing)


@settings(deadline=None)
@given(raw=st.one_of(JSON, st.fixed_dictionaries({"strokes": JSON, "title": JSON})))
def test_any_json_at_all_is_a_value_or_a_wrong_shape(raw: object) -> None:
    try:
        read = from_json(raw, Drawing)
    except WrongShape:
        return

    assert isinstance(read, Drawing)


@settings(deadline=None)
@given(data=st.data(), kind=st.sampled_from(EVENT_TYPES))
def test_events_with_any_json_in_their_fields_are_events_or_a_wrong_shape(
    data: st.DataObject, kind: type[Event]
) -> None:
    raw = data.draw(st.fixed_dictionaries(dict.fromkeys(kind.__dataclass_fields__, JSON)))

    try:
        read = from_json(raw, kind)
    except WrongShape:
        return

    assert isinstance(read, kind)
