"""The code of a file in a language other than Python as one text of words, which rules search for phrases.

One blank stands between two tokens, comments are left out, and a blank inside a string is a GAP: a pattern with
blanks in it matches code and never what a string only says. Every string stands in double quotes.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pygments.token import Token as Kinds

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import LineSighting
from reviewer.analysis.tokens import tokens_of

GAP = "\x01"
STRING = r'"[^"]*"'
_OPENING, _CLOSING = frozenset({"(", "[", "{", "${"}), frozenset(")]}")
# A line that ends or begins so goes on in the next, or goes on the one before.
_GOES_ON = regex(r"[-+*/%&|=<>,.?:({\[!~^]+")
_GOES_ON_FROM = regex(r"[-+*/%&|=<>,.?:)}\]]+")
_BRACKETS = regex(r"[()\[\]{},]{2,}")
_INTERPOLATION = Kinds.Literal.String.Interpol
_QUOTES = ('"', "'", "`")
_ESCAPES = str.maketrans({" ": GAP, "\n": GAP, "\t": GAP, "\r": GAP, '"': "'"})
# What an expression is made of if it is written in full: strings, numbers, signs between them, names of constants.
_FIXED = regex(r'"[^"]*"|[\d.]\w*|[-+(){}\[\],;.]|byte|new|String|byte\[\]|[A-Z][A-Z0-9_]+|true|false|null|nil')
_NAME = regex(r"(?<![\w\".])[A-Za-z_$][\w$]*")
# How many names are followed back to what they were given, and how long an expression is read.
_STEPS, _FAR = 12, 400


@dataclass(frozen=True, slots=True)
class Phrase:
    """What is wrong wherever it stands in these languages; `said` has `{0}` for what was seen, or groups by name."""

    languages: frozenset[str]
    pattern: re.Pattern[str]
    said: str
    severity: Severity | None = None


def phrase(languages: str, pattern: str, said: str, severity: Severity | None = None) -> Phrase:
    """Return a Phrase of the languages in that text, with a pattern that begins and ends between words."""
    return Phrase(frozenset(languages.split()), regex(rf"(?<!\S)(?:{pattern})(?!\S)"), said, severity)


def spoken(file: ChangedFile, phrases: Sequence[Phrase]) -> Iterator[LineSighting]:
    """Yield what is said about each place where a phrase stands, once for a line."""
    language, code = language_of(file), code_of(file)
    seen: set[int] = set()
    for one in phrases:
        if language not in one.languages:
            continue
        for line, match in code.find(one.pattern):
            if line not in seen:
                seen.add(line)
                words = {name: shown(text or "") for name, text in match.groupdict().items()}
                yield LineSighting(line, one.said.format(shown(match[0]), **words), one.severity)


@dataclass(frozen=True)
class Code:
    """`words[i]` begins at `starts[i]` of `text` and stands on line `lines[i]`."""

    text: str
    words: Sequence[str]
    starts: Sequence[int]
    lines: Sequence[int]

    def find(self, pattern: re.Pattern[str]) -> Iterator[tuple[int, re.Match[str]]]:
        """Yield each match with the line it begins on."""
        for match in pattern.finditer(self.text):
            yield self.line_at(match.start()), match

    def line_at(self, offset: int) -> int:
        return self.lines[self._index(offset)] if self.lines else 1

    def arguments(self, opening: int) -> list[str]:
        """Return the arguments of the call whose `(` stands at that offset; none if it is never closed."""
        end = self.closing(opening)
        if end is None:
            return []
        parts, depth, begin = [], 0, self._index(opening) + 1
        last = self._index(end)
        for index in range(begin, last + 1):
            word = self.words[index]
            if index == last or (word == "," and not depth):
                parts.append(" ".join(self.words[begin:index]))
                begin = index + 1
            depth += (word in _OPENING) - (word in _CLOSING)
        return parts if parts != [""] else []

    def closing(self, opening: int) -> int | None:
        """Return the offset of the bracket that closes the one at `opening`."""
        depth, first = 0, self._index(opening)
        for index in range(first, min(first + 4 * _FAR, len(self.words))):
            depth += (self.words[index] in _OPENING) - (self.words[index] in _CLOSING)
            if depth == 0:
                return self.starts[index]
        return None

    def value_of(self, name: str, before: int) -> tuple[str, int] | None:
        """Return what `name` was given last before that offset, in the same block or around it, and where."""
        given = regex(rf"(?<!\S){re.escape(name)} (?:: [\w.<> ]{{1,40}} )?(?:, [\w$]+ )?(?::=|=) ")
        found = None
        for match in given.finditer(self.text, max(0, before - 10 * _FAR), before):
            found = match
        return (self._expression(found.end()), found.start()) if found is not None else None

    def is_fixed(self, expression: str, before: int) -> bool:
        """True if an expression is written in full here: strings, numbers, constants, and names that stand for them."""
        asked = [(expression, before)]
        for text, offset in asked:
            for word in dict.fromkeys(text.split(" ")):
                if _FIXED.fullmatch(word):
                    continue
                given = self.value_of(word, offset) if _NAME.fullmatch(word) and len(asked) < _STEPS else None
                if given is None:
                    return False
                asked.append(given)
        return True

    def comes_from(self, source: re.Pattern[str], expression: str, before: int) -> bool:
        """True if an expression, or what a name in it was given, matches `source`."""
        asked, names = [(expression, before)], set()
        for text, offset in asked:
            if source.search(text):
                return True
            for name in _NAME.findall(text):
                given = self.value_of(name, offset) if name not in names and len(asked) < _STEPS else None
                names.add(name)
                if given is not None:
                    asked.append(given)
        return False

    def _expression(self, start: int) -> str:
        """Return the expression at that offset: to a semicolon, a bracket of the outside, or the end of its line."""
        depth, first = 0, self._index(start)
        end = first
        for end in range(first, min(first + _FAR, len(self.words))):
            word = self.words[end]
            is_new_line = end > first and self.lines[end] > self.lines[end - 1] and not depth
            if word == ";" and not depth:
                break
            if is_new_line and not (_GOES_ON.fullmatch(self.words[end - 1]) or _GOES_ON_FROM.fullmatch(word)):
                break
            depth += (word in _OPENING) - (word in _CLOSING)
            if depth < 0 or (depth == 0 and word == ","):
                break
        else:
            end += 1
        return " ".join(self.words[first:end])

    def _index(self, offset: int) -> int:
        return max(0, bisect_right(self.starts, offset) - 1)


@lru_cache(maxsize=4)
def code_of(file: ChangedFile) -> Code:
    """Return the file's code; the last few are remembered."""
    words: list[str] = []
    lines: list[int] = []
    strings: set[int] = set()
    for token in tokens_of(file):
        if token.is_comment:
            continue
        is_string = token.is_string and token.kind is not _INTERPOLATION
        if is_string and len(words) - 1 in strings and not _has_ended(words[-1]):
            words[-1] += token.text
            continue
        if is_string:
            strings.add(len(words))
        # Some lexers take brackets that stand together for one token.
        parts = list(token.text) if _BRACKETS.fullmatch(token.text) else [token.text]
        words += parts if is_string else [part.strip().replace(" ", GAP) for part in parts]
        lines += [token.line] * len(parts)
    words = [_quoted(word) if index in strings else word for index, word in enumerate(words)]
    starts, offset = [], 0
    for word in words:
        starts.append(offset)
        offset += len(word) + 1
    return Code(" ".join(words), words, starts, lines)


def shown(text: str, limit: int = 60) -> str:
    """Return words of the code as a person writes them, for a message."""
    text = re.sub(r" (?=[.,;)\]?(\[])|(?<=[.(\[!]) ", "", text).replace(GAP, " ").replace("`", "'")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _has_ended(string: str) -> bool:
    return len(string) > 1 and string[-1] in "\"'`" and string[-1] == string[0] and string[-2] != "\\"


def _quoted(string: str) -> str:
    """Return a string in double quotes, whichever the language has; without those of its ends only inside it."""
    inner = string.removeprefix(string[0]) if string[:1] in _QUOTES else string
    inner = inner[:-1] if inner[-1:] in _QUOTES else inner
    return f'"{inner.translate(_ESCAPES)}"'
