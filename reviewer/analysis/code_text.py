"""Code of other languages as one text that patterns can be held against: no comments, blanks all alike.

Between two words, and wherever the language parts words by blanks, stands one blank; elsewhere none. Strings are
known as such: a pattern may end in one, but does not begin there.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import LineSighting
from reviewer.analysis.tokens import tokens_of

SCRIPT = frozenset({"javascript", "typescript"})
JVM = frozenset({"java", "kotlin"})
SHELL = frozenset({"bash", "docker"})
GO, PHP, RUBY, CSHARP, YAML = (frozenset({name}) for name in ("go", "php", "ruby", "csharp", "yaml"))

# Here a blank says where a word ends.
_PARTED = SHELL | YAML
_WORD_END = regex(r"[\w$]\Z")
_WORD_START = regex(r"[\w$]")


@dataclass(frozen=True, slots=True)
class Sign:
    """A pattern that shows a fault in some languages; `{0}` in the message is what it matched.

    It is no sign in a file that holds `unless`.
    """

    languages: frozenset[str]
    pattern: re.Pattern[str]
    message: str
    severity: Severity | None = None
    unless: re.Pattern[str] | None = None


@dataclass(frozen=True)
class CodeText:
    """`starts` are the offsets at which tokens begin, `lines` the lines they stand on; `quoted` tells strings."""

    text: str
    starts: Sequence[int]
    lines: Sequence[int]
    quoted: Sequence[bool]

    def find(self, pattern: re.Pattern[str]) -> Iterator[tuple[int, re.Match[str]]]:
        """Yield the pattern's matches that begin in code, with their lines."""
        for match in pattern.finditer(self.text):
            token = bisect_right(self.starts, match.start()) - 1
            if token >= 0 and not self.quoted[token]:
                yield self.lines[token], match


def sign(
    languages: frozenset[str], pattern: str, message: str, severity: Severity | None = None, unless: str = ""
) -> Sign:
    return Sign(languages, regex(pattern), message, severity, regex(unless) if unless else None)


def languages_of(signs: Sequence[Sign]) -> frozenset[str]:
    return frozenset().union(*(one.languages for one in signs))


def seen_in(file: ChangedFile, signs: Sequence[Sign]) -> Iterator[LineSighting]:
    """Yield what the signs show, one sighting a line; nothing in tests."""
    language = language_of(file)
    if language is None or file.is_test:
        return
    code = code_text(file)
    seen: set[int] = set()
    for one in signs:
        if language not in one.languages or (one.unless is not None and one.unless.search(code.text)):
            continue
        for line, match in code.find(one.pattern):
            if line not in seen:
                seen.add(line)
                yield LineSighting(line, one.message.format(_shown(match)), one.severity)


@lru_cache(maxsize=4)
def code_text(file: ChangedFile) -> CodeText:
    is_parted = language_of(file) in _PARTED
    pieces: list[str] = []
    starts: list[int] = []
    lines: list[int] = []
    quoted: list[bool] = []
    size, last, was_inside, line = 0, "", False, 1
    for token in tokens_of(file):
        if token.is_comment:
            continue
        is_inside = token.is_string
        gap = _gap(last, token.text, is_parted=is_parted, is_string=is_inside and was_inside)
        gap = "\n" if token.line > line and not (is_inside and was_inside) else gap
        pieces += [gap, token.text]
        starts.append(size + len(gap))
        lines.append(token.line)
        # A whole string is one token or begins with its quotation mark, which a pattern may begin with neither.
        quoted.append(is_inside)
        size += len(gap) + len(token.text)
        last, was_inside, line = token.text, is_inside, token.line + token.text.count("\n")
    return CodeText("".join(pieces), starts, lines, quoted)


def _gap(last: str, text: str, *, is_parted: bool, is_string: bool) -> str:
    if not last or is_string:
        return ""
    return " " if is_parted or (_WORD_END.search(last) and _WORD_START.match(text)) else ""


def _shown(match: re.Match[str]) -> str:
    code = " ".join(match[0].split()).rstrip("(")
    return code if len(code) <= 40 else f"{code[:36]} ..."
