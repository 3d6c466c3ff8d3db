from collections import Counter
from collections.abc import Iterable

import msgspec
import pytest

from reviewer.provenance.markers import Markers, load_markers

MARKERS = load_markers()


def twice(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def test_an_id_stands_for_one_marker():
    named = (*MARKERS.assistant, *MARKERS.trailer, *MARKERS.footer, MARKERS.tag, MARKERS.note)

    assert twice(marker.id for marker in named) == []


@pytest.mark.parametrize("kind", ["emails", "logins", "suffixes", "brands", "names"])
def test_nothing_is_said_of_two_assistants(kind: str):
    assert twice(value for assistant in MARKERS.assistant for value in getattr(assistant, kind)) == []


def test_a_trailer_key_has_one_meaning():
    assert twice(key for trailer in MARKERS.trailer for key in trailer.keys) == []


def test_an_assistant_is_known_by_something():
    for assistant in MARKERS.assistant:
        assert assistant.emails or assistant.logins or assistant.brands or assistant.names, assistant.id


def test_no_address_is_one_that_others_use():
    shared = {"noreply@github.com", "noreply@google.com", "action@github.com"}

    assert not shared & {email for assistant in MARKERS.assistant for email in assistant.emails}


@pytest.mark.parametrize("change", [{"schema": 2}, {"footer": [{"id": "x"}]}, {"extra": []}, {"tag": {"id": "x"}}])
def test_a_file_of_another_form_is_refused(change: dict[str, object]):
    good = msgspec.to_builtins(MARKERS)

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**good, **change}, Markers)
