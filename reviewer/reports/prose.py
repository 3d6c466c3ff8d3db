"""What someone wrote, as Markdown: one's own words as they are, those of others without any effect.

Code hosts act on bare words, too: a name behind `@` is sent a message, an address becomes a link, `#12` leaves its
mark on another page. In the words of others these stand in code spans, where they are read and do nothing.
"""

import re
from dataclasses import dataclass

from reviewer.visible import show_lines

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$])")
# These have a meaning where a line begins: a list, a rule, a heading or a table made of the line above.
_START = re.compile(r"^([0-9]*)(?=[-=:.])")
_WORDS = re.compile(r"([\s`]+)")
# More than any host acts on: what is in a code span without need is still read.
_LIVE = re.compile(r"[a-z][a-z0-9+.-]*://|www\.|(?:mailto|xmpp):|(?<![a-z0-9_])@\w|#\d|GH-\d", re.IGNORECASE)
_BEFORE, _AFTER = "([{<\"'*_~|\\", ")]}>\"'*_~|\\.,;:!?"
# As CommonMark reads fences; what is open at the end ends there.
_SUGGESTION = re.compile(
    r"^(?P<fence>`{3,})suggestion[ \t]*\n(?P<code>.*?)(?:^(?P=fence)`*[ \t]*$|\Z)\n?", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Words:
    """What was said, made visible, and who is to be named for it. `is_own` if the reader wrote it here themselves."""

    text: str
    by: str = ""
    is_own: bool = False


def prose(words: Words) -> str:
    """Return the words as Markdown of one or more lines, their suggestions as blocks of code.

    Only one's own are blocks that a code host offers to apply.
    """
    if words.is_own:
        return show_lines(words.text)
    pieces: list[str] = []
    at = 0
    for block in _SUGGESTION.finditer(words.text):
        pieces += [_without_effect(words.text[at : block.start()]), _code(block["fence"], block["code"])]
        at = block.end()
    return "\n".join(piece for piece in (*pieces, _without_effect(words.text[at:])) if piece)


def named(words: Words) -> str:
    """Return the words behind the name of who said them, if one is to be named."""
    return f"**{escape(words.by.strip())}:** {prose(words)}" if words.by.strip() else prose(words)


def escape(foreign: str) -> str:
    """Return text in which no character and no word has an effect; indentation, which has one, is lost."""
    return "\n".join(_START.sub(r"\1\\", _escape_line(line.strip())) for line in foreign.split("\n"))


def _without_effect(text: str) -> str:
    return escape(" ".join(text.split()))


def _code(fence: str, code: str) -> str:
    return f"{fence}\n{code.removesuffix(chr(10))}\n{fence}"


def _escape_line(line: str) -> str:
    if _LIVE.search(line) is None:
        return _plain(line)
    return "".join(_escape_word(word) for word in _WORDS.split(line))


def _escape_word(word: str) -> str:
    core = word.lstrip(_BEFORE)
    before = word[: len(word) - len(core)]
    core = core.rstrip(_AFTER)
    after = word[len(before) + len(core) :]
    # What stands before it can be what keeps it from an effect, but not for everybody who reads Markdown.
    if _LIVE.search(core) is None:
        return _plain(word)
    return f"{_plain(before)}`{core}`{_plain(after)}"


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
