"""Text as somebody hostile writes it, states full of it, and what must be true of a report that shows it."""

import re

from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reviewer.analysis.finding import Finding
from reviewer.review.events import Dispose, GiveAnswer, Open, Raise, Range, Sign, TakeNote
from reviewer.review.model import Disposition, Reviewer, ReviewState
from reviewer.review.state import fold
from tests.review.samples import REVIEW, SCOPE, entry
from tests.review.strategies import values

_PIECES = (
    "\x1b[2J", "\x1b]0;owned\x07", "\r", "\n", "\t", "\0", "\x7f", "\u202e", "\u200b", "\ud800", "\udcff",
    "<script>", "</li>", "<!--", "&lt;", "&#60;", "**", "__", "`", "```", "~~", "[x](http://x)", "![](x)", "# ", "> ",
    "- ", "* ", "+ ", "1. ", "1) ", "---", "===", ":-:", "|", "\\", "    ", "[ ] ", "<http://x>", "word",
    "@user", "@a/b", "https://evil.example/x", "www.evil.example", "mailto:a@b.example", "#12", "o/r#3", "GH-4", "a@b",
)  # fmt: skip
FOREIGN = st.lists(st.one_of(st.sampled_from(_PIECES), st.text(st.characters(), max_size=3)), max_size=8).map("".join)

# Where a mention, a link, or a reference to an issue begins, as GitHub looks for them in what is no code.
LIVE = re.compile(
    r"(?:(?<=\W)|^)@[a-z0-9]|(?:https?|ftp)://|(?:(?<=[\s*_~(])|^)www\.|mailto:|(?:(?<=\W)|^)(?:\w+/\w+)?#[0-9]|GH-[0-9]",
    re.IGNORECASE | re.ASCII,
)
# All that can be the reason to put a word in a code span.
_REASON = re.compile(r"@|://|www\.|mailto:|xmpp:|#|GH-", re.IGNORECASE)
_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_BLOCKS = {"heading", "bullet_list", "list_item", "paragraph"}


@st.composite
def foreign_states(draw: st.DrawFn) -> ReviewState:
    """Return the state of a review in which every text is foreign; some flags are confirmed."""
    findings = draw(st.lists(values(Finding, FOREIGN), max_size=3))
    words = [Dispose(one.id, draw(st.sampled_from(Disposition)), draw(FOREIGN)) for one in findings[1:]]
    others = [values(kind, FOREIGN) for kind in (Range, TakeNote, GiveAnswer, Sign)]
    events = [Raise(tuple(findings), SCOPE.id), *words, *draw(st.lists(st.one_of(*others), max_size=4))]
    by = draw(values(Reviewer, FOREIGN))
    return fold(entry(event, clock, by) for clock, event in enumerate((Open(REVIEW, by, "test"), *events)))


def is_harmless(text: str) -> bool:
    """True if a terminal only draws it: nothing steers, hides or reorders."""
    return all(char.isprintable() or char in "\n\t\u3000" for char in text)


def markup_in(markdown: str) -> set[str]:
    """Return what Markdown finds in a text besides headings, lists, paragraphs and bold."""
    found = set()
    for token in _MARKDOWN.parse(markdown):
        found |= {token.type.rpartition("_")[0]} - _BLOCKS if token.type != "inline" else _inline_markup(token)
    return found


def plain_text(markdown: str) -> list[str]:
    """Return the text of each heading, paragraph and item as a reader sees it."""
    return [
        "".join("\n" if child.type == "softbreak" else child.content for child in token.children or ())
        for token in _MARKDOWN.parse(markdown)
        if token.type == "inline"
    ]


def count_of(markdown: str, kind: str) -> int:
    return sum(token.type == f"{kind}_open" for token in _MARKDOWN.parse(markdown))


def _inline_markup(token: Token) -> set[str]:
    found = {child.type for child in token.children or ()} - {"text", "softbreak", "strong_open", "strong_close"}
    code = [child.content for child in token.children or () if child.type == "code_inline"]
    return found - {"code_inline"} if all(map(_REASON.search, code)) else found


def live_in(markdown: str) -> list[str]:
    """Return what a code host would act on although it is no markup: names, addresses and numbers outside of code."""
    texts = ["".join(child.content for child in run) for token in _MARKDOWN.parse(markdown) for run in _texts(token)]
    return [found.group() for text in texts for found in LIVE.finditer(text)]


def _texts(token: Token) -> list[list[Token]]:
    runs: list[list[Token]] = [[]]
    for child in token.children or ():
        if child.type == "text":
            runs[-1].append(child)
        else:
            runs.append([])
    return runs
