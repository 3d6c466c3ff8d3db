"""What may come out of the program: bytes that a terminal only draws."""

import json
import unicodedata
from collections.abc import Iterator

from reviewer.visible import show
from tests.hostile.ground import MARK
from tests.reports.foreign import plain_text

# Controls, what formats without being seen, halves of characters, private and unassigned ones, other line ends.
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def steering_in(output: bytes) -> list[str]:
    """Return what would steer, hide or reorder, each with the text around it; line ends and tabs may stand."""
    try:
        text = output.decode()
    except UnicodeDecodeError as error:
        return [f"no UTF-8 behind {output[max(0, error.start - 40) : error.start]!r}"]
    # A terminal returns before each line feed.
    text = text.replace("\r\n", "\n")
    return [ascii(text[max(0, at - 40) : at + 20]) for at, char in enumerate(text) if _is_unseen(char)]


def marked(field: str) -> str:
    """Return how the text of a field has to begin wherever it is shown."""
    return field + MARK


def as_is(output: str) -> str:
    return output


def of_json(output: str) -> str:
    """Return the strings of a document, which may hold anything once they are read, as they would be shown."""
    return "\n".join(show(text) for text in _strings(json.loads(output)))


def of_markdown(output: str) -> str:
    return "\n".join(plain_text(output))


def of_github(output: str) -> str:
    """Return the Markdown in a document as a reader sees it."""
    return "\n".join(of_markdown(text) for text in _strings(json.loads(output)))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from (key, *_strings(item))
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _is_unseen(char: str) -> bool:
    return char not in "\n\t" and unicodedata.category(char) in _UNSEEN
