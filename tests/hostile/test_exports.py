"""What is meant for a page: no note, name or message of somebody else adds an element or an attribute to it."""

import json
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from tests.hostile.ground import WEB, Ground
from tests.hostile.speaking import Speaker

# As GitHub reads it, with HTML let through: what is not escaped would show.
_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


class _Elements(HTMLParser):
    """Counts elements with the names of their attributes, and gathers the text between."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: Counter[tuple[str, ...]] = Counter()
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag, *(f"{name}={value}" for name, value in attrs)] += 1

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.found["comment", data] += 1

    def handle_decl(self, decl: str) -> None:
        self.found["declaration", decl] += 1


def _without_code(page: _Elements) -> Counter[tuple[str, ...]]:
    return Counter({element: count for element, count in page.found.items() if element != ("code",)})


def _page(output: str) -> str:
    return _MARKDOWN.render(output)


def _page_of_bodies(output: str) -> str:
    review = json.loads(output)
    return "".join(map(_page, (review["body"], *(comment["body"] for comment in review["comments"]))))


@pytest.mark.parametrize(
    ("words", "page"),
    [
        (("show", "--format", "markdown"), _page),
        (("export", "--for", "markdown"), _page),
        (("export", "--for", "github"), _page_of_bodies),
    ],
    ids=["show", "export", "github"],
)
def test_a_page_of_hostile_words_has_the_elements_of_one_of_plain_words(
    words: tuple[str, ...], page: Callable[[str], str], speaker: Speaker, prepared: Ground, plain: Ground
) -> None:
    of_plain, of_hostile = (
        _Elements(page(speaker.say(*words, folder=ground.folder, on_terminal=False).output.decode()))
        for ground in (plain, prepared)
    )

    # A text in two lines is an item with a break in it, so lines do not change the count either. Words that a host
    # would act on stand in code.
    assert _without_code(of_hostile) == _without_code(of_plain)
    assert of_hostile.text.count(WEB) >= of_plain.text.count("in plain words") > 5


def test_quoted_words_cannot_pass_for_instructions(speaker: Speaker, prepared: Ground) -> None:
    said = speaker.say("export", folder=prepared.folder, on_terminal=False).output.decode()

    own = [line for line in said.split("\n") if not line.startswith("   > ")]
    named = [line for line in own if "␛" in line]
    assert named
    # Only places name what others wrote, and these are one line with a number.
    assert [line for line in named if not line[0].isdigit()] == []
