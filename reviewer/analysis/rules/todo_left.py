import ast
import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.comments import Comment
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import CommentRule, Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.touched import touched

_MARK = regex(r"(?<![\w\-/.])(TODO|FIXME|XXX|HACK)(?![\w\-])|^(todo|fixme|Todo|Fixme|hack|Hack)(?=:|$)")
# In a docstring it has to begin the line: elsewhere the words are spoken about.
_IN_TEXT = regex(r"[\s\"'./*-]*(TODO|FIXME|XXX|HACK)(?=[\s:!])")
_MOST_TOLD = 2
_TICKET = regex(
    r"#\d+|\b[A-Z][A-Z0-9]+-\d+\b|https?://|\b(gh|bpo|issue|ticket|bug|pr)[- #:]*\d+|"
    r"(TODO|FIXME|XXX|HACK)\s*[(\[{]\s*@?[\w.\-#]+|@[a-z][\w\-]+",
    re.IGNORECASE,
)


class TodoLeft(CommentRule, ModuleRule):
    """A TODO, FIXME, XXX or HACK is left without an issue number or a name.

    Why look: nobody is asked to do it, so nobody will.
    Ask: which issue is it, or should it be done now?
    """

    informs = "maintain"
    severity = Severity.LOW
    words = ("TODO", "FIXME", "XXX", "HACK", "todo", "fixme", "Todo", "Fixme", "hack", "Hack")

    INVALID = (
        Example("total = 0  # TODO: count the discount\n"),
        Example("# FIXME\ntotal = 0\n"),
        Example("# This is a HACK, it breaks on Mondays\ntotal = 0\n"),
        Example("#XXX why 4?\ntotal = 4\n"),
        Example("# todo: ship it\ntotal = 4\n"),
        Example("// TODO handle errors\nload();\n", path="shop/load.js"),
        Example("/*\n * FIXME: leaks\n */\nload();\n", path="shop/Load.java"),
        Example('def total():\n    """Sum up.\n\n    TODO: count the discount\n    """\n'),
        Example("SELECT name FROM tea; -- TODO index\n", path="shop/tea.sql"),
    )
    VALID = (
        Example("# TODO(ada): count the discount\ntotal = 0\n"),
        Example("# TODO #12: count the discount\ntotal = 0\n"),
        Example("# FIXME SHOP-12 count the discount\ntotal = 0\n"),
        Example("# TODO: see https://example.com/issues/12\ntotal = 0\n"),
        Example("kinds = ('TODO', 'FIXME')\n"),
        Example("# Lists the todo items of a user\nitems = load()\n"),
        Example("# shellcheck disable=XXX-12\nitems = load()\n"),
    )

    def check_comments(self, comments: Sequence[Comment], file: ChangedFile) -> Iterator[LineSighting]:
        following = {comment.line: comment for comment in comments if comment.is_alone}
        told = 0
        for comment in comments:
            match = _MARK.search(comment.words)
            if match is None or comment.line not in file.added:
                continue
            after = following.get(comment.line + 1)
            text = comment.text + (f" {after.text}" if after is not None and comment.is_alone else "")
            if _TICKET.search(text) is None:
                # Three crosses mark a remark as often as a task; and after two a file has made its point.
                severity = Severity.INFO if match[0].upper() == "XXX" or told >= _MOST_TOLD else Severity.LOW
                told += severity is Severity.LOW
                yield LineSighting(comment.line, _message(match[0], comment.words[match.end() :]), severity)

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - see touched
        for node in touched(file).of(ast.Expr):
            if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
                for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                    text = file.lines[line - 1] if line in file.added else ""
                    match = _IN_TEXT.match(text)
                    if match is not None and _TICKET.search(text) is None:
                        yield LineSighting(line, _message(match[1], text[match.end() :].rstrip("\"'")))


def _message(mark: str, rest: str) -> str:
    rest = rest.lstrip(": -")[:60]
    return f"{mark.upper()} without an issue or a name" + (f": `{rest}`" if rest else "")
