"""Syntax colours, computed in a process of its own (`highlighter` talks to it): the interface's only door to Pygments.

Some lexers take minutes on a hostile line and hold the interpreter's lock; a process can be killed.
"""

import json
import sys
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from reviewer.visible import expand_tabs, show

# Start, end (in characters) and the name of a colour class; what lies between is plain.
Span = tuple[int, int, str]
Spans = tuple[tuple[Span, ...], ...]

_LONGEST_LINE = 1_000
_TEXTS_KEPT = 8

# The most specific kinds first: Pygments' kinds are paths, and the first that matches wins.
_CLASSES = (
    ("Comment", "comment"), ("Keyword.Constant", "constant"), ("Keyword.Type", "type"), ("Keyword", "keyword"),
    ("Literal.String.Doc", "comment"), ("Literal.String", "string"), ("Literal.Number", "number"),
    ("Name.Builtin", "builtin"), ("Name.Class", "type"), ("Name.Function", "function"), ("Name.Decorator", "decorator"),
    ("Name.Tag", "keyword"), ("Name.Attribute", "function"), ("Operator.Word", "keyword"), ("Name.Exception", "type"),
    ("Generic.Heading", "keyword"), ("Generic.Subheading", "keyword"), ("Generic.Strong", "keyword"),
)  # fmt: skip


class Lexer(Protocol):
    def get_tokens(self, text: str, /) -> Iterable[tuple[object, str]]: ...


def spans_of(file_name: str, lines: list[str]) -> list[list[Span]]:
    """Return coloured spans for each line; none for a language Pygments does not know by the name."""
    spans: list[list[Span]] = [[] for _ in lines]
    lexer = _lexer(file_name)
    if lexer is None:
        return spans
    for row, found in enumerate(_rows(lexer, lines)):
        if row < len(spans):
            spans[row] = found
    return spans


class Text:
    """A whole file, lexed from its top as far as somebody looks: a string that began above a hunk is known as one."""

    def __init__(self, file_name: str, text: str) -> None:
        self._lines = [expand_tabs(show(line)) for line in text.split("\n")]
        lexer = _lexer(file_name)
        self._coming = iter(_rows(lexer, self._lines)) if lexer is not None else iter(())
        self._rows: list[list[Span]] = []

    def spans(self, first: int, lines: Sequence[str]) -> list[list[Span]] | None:
        """Return coloured spans of lines from the first on (counted from 1); None if the file has others there."""
        here = self._lines[first - 1 : first - 1 + len(lines)]
        # Of a long line only the beginning is shown.
        if len(here) < len(lines) or not all(map(str.startswith, here, lines)):
            return None
        while len(self._rows) < first - 1 + len(lines):
            row = next(self._coming, None)
            if row is None:
                break
            self._rows.append(row)
        found = self._rows[first - 1 : first - 1 + len(lines)]
        return [*found, *([] for _ in range(len(lines) - len(found)))]


def _rows(lexer: Lexer, lines: Iterable[str]) -> Iterator[list[Span]]:
    """Yield the spans of each line as soon as the lexer is past it."""
    text = "\n".join(line if len(line) <= _LONGEST_LINE else "" for line in lines)
    row: list[Span] = []
    column = 0
    for kind, value in lexer.get_tokens(text):
        name = _class_of(str(kind))
        for index, piece in enumerate(value.split("\n")):
            if index:
                yield row
                row, column = [], 0
            if name and piece:
                _add(row, (column, column + len(piece), name))
            column += len(piece)
    yield row


def _add(row: list[Span], span: Span) -> None:
    if row and row[-1][1:] == (span[0], span[2]):
        span = (row.pop()[0], *span[1:])
    row.append(span)


def _class_of(kind: str) -> str | None:
    kind = kind.removeprefix("Token.")
    return next((name for prefix, name in _CLASSES if kind == prefix or kind.startswith(f"{prefix}.")), None)


def _lexer(file_name: str) -> Lexer | None:
    from fnmatch import fnmatch
    from importlib import import_module

    # Pygments' own look-up by name loads every rival lexer, which takes a tenth of a second.
    from pygments.lexers import LEXERS

    if file_name not in _lexers:
        found = next(
            (
                (module, class_name)
                for class_name, (module, _, _, patterns, _) in LEXERS.items()
                if class_name in _PREFERRED.get(_suffix(file_name), class_name)
                and any(fnmatch(file_name, pattern) for pattern in patterns)
            ),
            None,
        )
        module, class_name = found or ("", "")
        _lexers[file_name] = (
            getattr(import_module(module), class_name)(stripnl=False, ensurenl=False) if found else None
        )
    return _lexers[file_name]


_lexers: dict[str, Lexer | None] = {}
# Where several lexers claim a suffix.
_PREFERRED = {
    ".py": "PythonLexer", ".h": "CLexer", ".sql": "SqlLexer", ".md": "MarkdownLexer", ".html": "HtmlLexer",
    ".ts": "TypeScriptLexer", ".js": "JavascriptLexer", ".php": "PhpLexer", ".toml": "TOMLLexer", ".xml": "XmlLexer",
    ".txt": "", ".pl": "PerlLexer", ".m": "ObjectiveCLexer", ".v": "VerilogLexer", ".rb": "RubyLexer",
}  # fmt: skip


def _suffix(file_name: str) -> str:
    return "." + file_name.rpartition(".")[2] if "." in file_name else file_name


def _serve() -> Iterator[str]:
    """Answer each request, a line of JSON: either a whole text to remember, or lines to colour."""
    texts: OrderedDict[str, Text] = OrderedDict()
    for line in sys.stdin:
        request = json.loads(line)
        key, name = request["text_key"], request["file_name"]
        if "text" in request:
            texts[key] = Text(name, request["text"])
            while len(texts) > _TEXTS_KEPT:
                texts.popitem(last=False)
            continue
        lines = request["lines"]
        spans = texts[key].spans(request["first"], lines) if key in texts else None
        yield json.dumps(spans_of(name, lines) if spans is None else spans)


if __name__ == "__main__":
    for reply in _serve():
        sys.stdout.write(reply + "\n")
        sys.stdout.flush()
