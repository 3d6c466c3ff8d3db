"""Text as somebody hostile writes it, states full of it, and what must be true of a report that shows it."""

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
)  # fmt: skip
FOREIGN = st.lists(st.one_of(st.sampled_from(_PIECES), st.text(st.characters(), max_size=3)), max_size=8).map("".join)

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
    return {child.type for child in token.children or ()} - {"text", "softbreak", "strong_open", "strong_close"}
