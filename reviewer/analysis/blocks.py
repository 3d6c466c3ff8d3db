"""Functions and loops of languages with braces, found among the words of their code: JavaScript, TypeScript, Go, Java.

Builds no syntax tree: a body is what stands between two braces, or an expression after an arrow, and its head says
what it is. Signs that a lexer cuts into pieces are put together again.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.phrases import Code, code_of
from reviewer.analysis.regex import regex

_CLOSING = {"(": ")", "[": "]", "{": "}", "${": "}"}
_SIGNS = frozenset(
    {"= =", "! =", "- >", "+ +", "- -", "+ =", "- =", "* =", "/ =", "& &", "| |", ": :", "? .", "= >", "== ="}
)
_ARROWS = ("=>", "->")
_LOOPS = frozenset({"for", "while", "do"})
_CONTROL = _LOOPS | {"if", "else", "switch", "catch", "try", "finally", "with", "synchronized", "select", "await"}
_CLASSES = frozenset({"class", "interface", "enum", "record", "struct", "namespace", "module"})
# What a line that continues the one before begins with.
_GOES_ON = frozenset({".", "?.", "?", ":", "&&", "||", "??", "+", "-", "*", "/", "=>", "->", "{", "=", ",", ")", "]"})
_NAME = regex(r"[A-Za-z_$#][\w$]*")
_TYPE = regex(r"[\w$.<>\[\],|&?*:]+|extends|throws|\"[^\"]*\"")
# A head is short; what stands further off belongs to something else.
_LONGEST_HEAD = 60


class Kind(Enum):
    FUNCTION = "function"
    LOOP = "loop"
    CLASS = "class"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Body:
    """`first` and `last` are the places of its braces among the words; of an arrow's expression, what stands around it.

    `head` is where it begins to be said, `keyword` the first word of a statement, `taker` what a function is given to.
    """

    kind: Kind
    head: int
    first: int
    last: int
    name: str = ""
    keyword: str = ""
    taker: str = ""
    is_async: bool = False

    def holds(self, place: int) -> bool:
        return self.first < place < self.last


@dataclass(frozen=True)
class Blocks:
    """A file's code with the brackets that belong together: `pairs` by the opening one, `openings` by the closing."""

    code: Code
    pairs: Mapping[int, int]
    openings: Mapping[int, int]

    @property
    def words(self) -> Sequence[str]:
        return self.code.words

    @cached_property
    def bodies(self) -> Sequence[Body]:
        """The bodies by where they begin."""
        braces = [body for first in self.pairs if self.words[first] == "{" and (body := self._body(first)) is not None]
        arrows = [self._arrow(place) for place, word in enumerate(self.words) if word in _ARROWS]
        return sorted([*braces, *(body for body in arrows if body is not None)], key=lambda body: body.first)

    @cached_property
    def functions(self) -> Sequence[Body]:
        return [body for body in self.bodies if body.kind is Kind.FUNCTION]

    @cached_property
    def _parents(self) -> Sequence[int]:
        """For each body the index of the one it lies in, or -1."""
        parents: list[int] = []
        open_ones: list[int] = []
        for index, body in enumerate(self.bodies):
            while open_ones and self.bodies[open_ones[-1]].last <= body.first:
                open_ones.pop()
            parents.append(open_ones[-1] if open_ones else -1)
            open_ones.append(index)
        return parents

    @cached_property
    def _firsts(self) -> Sequence[int]:
        return [body.first for body in self.bodies]

    @cached_property
    def enclosing(self) -> Sequence[int]:
        """For each word the place of the innermost bracket that is open there, or -1."""
        found: list[int] = []
        stack: list[int] = []
        for place in range(len(self.words)):
            if stack and self.pairs[stack[-1]] == place:
                stack.pop()
            found.append(stack[-1] if stack else -1)
            if place in self.pairs:
                stack.append(place)
        return found

    def find(self, pattern: re.Pattern[str]) -> Iterator[tuple[int, re.Match[str]]]:
        """Yield the pattern's matches with the place of their first word."""
        for match in pattern.finditer(self.code.text):
            yield self.code._index(match.start()), match  # noqa: SLF001 - the two are one notion

    def place(self, offset: int) -> int:
        return self.code._index(offset)  # noqa: SLF001

    def line(self, place: int) -> int:
        return self.code.lines[place]

    def around(self, place: int) -> Sequence[Body]:
        """Return the bodies a word lies in, innermost first."""
        found, index = [], bisect_left(self._firsts, place) - 1
        while index >= 0:
            if self.bodies[index].holds(place):
                found.append(self.bodies[index])
            index = self._parents[index]
        return found

    def function(self, place: int) -> Body | None:
        return next((body for body in self.around(place) if body.kind is Kind.FUNCTION), None)

    def outermost(self, place: int) -> Body | None:
        """Return the function a word lies in that lies in no other."""
        return next((body for body in reversed(self.around(place)) if body.kind is Kind.FUNCTION), None)

    def loops(self, place: int) -> Sequence[Body]:
        """Return the loops a word lies in, innermost first, within its own function."""
        found = []
        for body in self.around(place):
            if body.kind is Kind.FUNCTION:
                break
            if body.kind is Kind.LOOP:
                found.append(body)
        return found

    def own(self, body: Body) -> Iterator[int]:
        """Yield the places of a body's words without those of functions inside it."""
        place = body.first + 1
        for inner in self.functions:
            if body.first < inner.first and inner.last <= body.last and inner.first >= place:
                yield from range(place, inner.first)
                place = inner.last + (inner.last < body.last)
        yield from range(place, body.last)

    def text(self, first: int, last: int) -> str:
        """Return the words from one place up to another, with blanks between them."""
        return " ".join(self.words[max(0, first) : last])

    def head(self, body: Body) -> str:
        return self.text(body.head, body.first)

    def inside(self, body: Body) -> str:
        return self.text(body.first + 1, body.last)

    def arguments(self, opening: int) -> Sequence[tuple[int, int]]:
        """Return where the arguments of a call begin and end."""
        end = self.pairs.get(opening)
        if end is None:
            return ()
        found, begin, place = [], opening + 1, opening + 1
        while place < end:
            if self.words[place] == ",":
                found.append((begin, place))
                begin = place + 1
            place = self.pairs.get(place, place) + 1
        return [*found, (begin, end)] if end > opening + 1 else ()

    def begins(self, place: int) -> bool:
        """True if a statement begins at that word."""
        before = self.words[place - 1] if place else ";"
        if before in (";", "{", "}"):
            return True
        is_new_line = place > 0 and self.line(place - 1) < self.line(place) and self.words[place] not in _GOES_ON
        return is_new_line and (before in (")", "]") or _NAME.fullmatch(before) is not None or before[:1] == '"')

    def begin_of(self, place: int) -> int:
        """Return where the statement of a word begins."""
        while place > 0 and not self.begins(place):
            before = place - 1
            place = self.openings.get(before, before)
        return place

    def end_of(self, place: int) -> int:
        """Return where the statement of a word ends: at a semicolon, a bracket of the outside or a new line."""
        words = self.words
        while place < len(words):
            if words[place] in (";", ")", "]", "}"):
                return place
            place = self.pairs.get(place, place) + 1
            if place < len(words) and self.line(place) > self.line(place - 1) and self.begins(place):
                return place
        return place

    def _body(self, first: int) -> Body | None:
        last, words = self.pairs[first], self.words
        before = first - 1
        if before >= 0 and words[before] in _ARROWS:
            return self._function(first, last, before)
        closing = self._parameters_end(before)
        if closing is None:
            return self._statement(first, last)
        opening = self.openings[closing]
        name = self._before_generics(opening - 1)
        word = words[name] if name >= 0 else ""
        if word == ")" and words[max(0, self.openings.get(name, 0) - 1)] == "func":
            word = ""
        if word in _CONTROL:
            return self._statement(first, last)
        is_named = _NAME.fullmatch(word) is not None or word in ("*", ")", "]")
        if not is_named or (name > 0 and words[name - 1] == "new"):
            return self._statement(first, last)
        head = max(0, name - 3)
        is_async = "async" in words[head : name + 1]
        taker = self._taker(name) if word in ("function", "func") else ""
        found = "" if word in ("function", "func", ")", "*") else word
        return Body(Kind.FUNCTION, name, first, last, found, "", taker, is_async)

    def _parameters_end(self, place: int) -> int | None:
        """Return the closing bracket of the parameters that stand before a brace, stepping over the type of the result.

        In Go that type may stand in brackets of its own.
        """
        for _ in range(_LONGEST_HEAD):
            if place < 0:
                return None
            word = self.words[place]
            if word == ")" and place in self.openings:
                outer = self.openings[place] - 1
                is_result = outer >= 0 and self.words[outer] == ")" and self._is_go_head(outer)
                return outer if is_result else place
            opened = self.openings.get(place, 0)
            if word == "}" and opened > 0 and self.words[opened - 1] in ("interface", "struct"):
                place = opened - 2
                continue
            if word in ("]", ">") or _TYPE.fullmatch(word):
                if word in _CLASSES or word in _CONTROL or word in ("return", "new", "="):
                    return None
                place = self.openings.get(place, place) - 1
                continue
            return None
        return None

    def _is_go_head(self, closing: int) -> bool:
        """True if `func name(` or `func (r T) name(` opens the bracket that is closed here."""
        opening = self.openings.get(closing, 0)
        return "func" in self.words[max(0, opening - 2) : opening] or (
            opening > 1
            and self.words[opening - 2] == ")"
            and self.words[max(0, self.openings.get(opening - 2, 0) - 1)] == "func"
        )

    def _statement(self, first: int, last: int) -> Body:
        """Return the body of a loop, a class or anything else, by the first word of what stands before it."""
        place = first - 1
        words = self.words
        for _ in range(_LONGEST_HEAD):
            if place < 0 or words[place] in (";", "{", "}", "=>", "->", "${"):
                break
            if words[place] in _CONTROL or words[place] in _CLASSES:
                break
            place = self.openings.get(place, place) - 1
        keyword = words[place] if place >= 0 else ""
        if keyword == "await" and place > 0:
            place, keyword = place - 1, words[place - 1]
        if keyword in _LOOPS:
            return Body(Kind.LOOP, place, first, last, "", keyword)
        if keyword in _CLASSES:
            name = words[place + 1] if place + 1 < first else ""
            return Body(Kind.CLASS, place, first, last, name, keyword)
        if keyword == "" and "for" in words[max(0, first - 8) : first]:
            return Body(Kind.LOOP, first - 1, first, last, "", "for")
        return Body(Kind.OTHER, place, first, last, "", keyword if keyword in _CONTROL else "")

    def _arrow(self, place: int) -> Body | None:
        """Return the body of `x => expression`."""
        if place + 1 >= len(self.words) or self.words[place + 1] == "{":
            return None
        around = self.enclosing[place]
        last = self.pairs[around] if around >= 0 and self.words[around] == "(" else self.end_of(place + 1)
        end = place + 1
        while end < last and self.words[end] not in (",", ";"):
            end = self.pairs.get(end, end) + 1
        return self._function(place, min(end, last), place)

    def _function(self, first: int, last: int, arrow: int) -> Body:
        words, before = self.words, arrow - 1
        closing = before if words[before] == ")" else self._parameters_end(before)
        start = self.openings.get(closing, before) if closing is not None and words[closing] == ")" else before
        start = self._before_generics(start - 1) + 1 if start > 0 and words[start - 1] == ">" else start
        is_async = start > 0 and words[start - 1] == "async"
        begin = start - is_async
        name = ""
        if (begin > 1 and words[begin - 1] == "=") or (begin > 1 and words[begin - 1] == ":"):
            name = words[begin - 2]
        return Body(Kind.FUNCTION, begin, first, last, name, "", self._taker(begin), is_async)

    def _taker(self, place: int) -> str:
        """Return the name of the function that a function at that place is given to."""
        place -= self.words[place - 1] == "async" if place else 0
        around = place - 1
        for _ in range(_LONGEST_HEAD):
            if around < 1 or self.words[around] in (";", "{", "}"):
                return ""
            if self.words[around] == "(":
                name = self._before_generics(around - 1)
                return self.words[name] if _NAME.fullmatch(self.words[name]) else ""
            around = self.openings.get(around, around) - 1
        return ""

    def _before_generics(self, place: int) -> int:
        """Step back over `<T>` between a name and what follows it."""
        depth, start = 0, place
        while place >= 0 and start - place < _LONGEST_HEAD:
            word = self.words[place]
            depth += word.count(">") - word.count("<")
            if depth <= 0:
                return place - 1 if word == "<" else place
            place -= 1
        return start


@lru_cache(maxsize=4)
def blocks_of(file: ChangedFile) -> Blocks:
    """Return the file's blocks; the last few are remembered."""
    code = _joined(code_of(file))
    pairs: dict[int, int] = {}
    stack: list[int] = []
    for place, word in enumerate(code.words):
        if word in _CLOSING:
            stack.append(place)
        elif word in (")", "]", "}"):
            # A bracket that a lexer lost must not cost all that follow.
            while stack and word == "}" and _CLOSING[code.words[stack[-1]]] != "}" and _has_brace(code, stack):
                stack.pop()
            if stack and _CLOSING[code.words[stack[-1]]] == word:
                pairs[stack.pop()] = place
    return Blocks(code, pairs, {last: first for first, last in pairs.items()})


def _has_brace(code: Code, stack: Sequence[int]) -> bool:
    return any(code.words[place] == "{" for place in stack[-4:])


def _joined(code: Code) -> Code:
    """Put signs such as `= =` together."""
    words: list[str] = []
    lines: list[int] = []
    for word, line in zip(code.words, code.lines, strict=True):
        if words and f"{words[-1]} {word}" in _SIGNS:
            words[-1] += word
        else:
            words.append(word)
            lines.append(line)
    starts, offset = [], 0
    for word in words:
        starts.append(offset)
        offset += len(word) + 1
    return Code(" ".join(words), words, starts, lines)
