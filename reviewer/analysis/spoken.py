"""Calls and assignments of languages other than Python, as far as their tokens show them, and what they are given.

Knows JavaScript, TypeScript, Go, Java and PHP: where requests bring data in, and a name that was given such data
a few lines before. Strings are read as one text with a hole for each value put in.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.regex import regex
from reviewer.analysis.template import HOLE
from reviewer.analysis.tokens import tokens_of
from reviewer.analysis.words import Word, words_of

LANGUAGES = frozenset({"javascript", "typescript", "go", "java", "php"})

_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
# A name given data this many lines before is still taken for the same one.
_NEAR = 40
_MOST_WORDS = 400
_OUTSIDE = regex(
    # JavaScript and TypeScript
    r"(?:req|request|ctx|ctx\.request|event|this\.request)\.(?:query|params|body|cookies|originalUrl|hostname|files"
    r"|queryStringParameters|pathParameters|nextUrl)\b"
    r"|(?:\w+\.)*searchParams\.get|(?:window\.|document\.|self\.)?location\.(?:hash|search|href|pathname)\b"
    r"|document\.(?:URL|documentURI|referrer|cookie)\b|window\.name\b|(?:e|ev|evt|event|msg|message)\.data\b"
    # Go
    r"|(?:r|req|request)\.(?:URL\.Query|URL\.Path|URL\.RawQuery|FormValue|PostFormValue|Form|PostForm|Header|Body|Host"
    r"|PathValue)\b|(?:c|ctx)\.(?:Query|Param|PostForm|QueryParam|FormValue|DefaultQuery|Params|Cookies|FormParams)\b"
    r"|mux\.Vars\b|chi\.URLParam\b"
    # Java
    r"|(?:req|request|httpRequest|servletRequest)\.get(?:Parameter|ParameterValues|ParameterMap|Header|QueryString"
    r"|Cookies|PathInfo|InputStream|Reader|RequestURI|Part)\b"
    # The name that whoever uploads a file gives it
    r"|\w+\.(?:getOriginalFilename|getSubmittedFileName)\b|(?:req\.|request\.)?(?:file|upload|f)\.originalname\b"
    r"|(?:header|fh|fileHeader|handler|part)\.Filename\b"
    # PHP
    r"|\$_(?:GET|POST|REQUEST|COOKIE|FILES)\b|\$request->(?:input|get|query|post|all|cookie|header)\b"
)
# These are what a request brings only in a file that answers requests.
_VAGUE = regex(
    r"(?:req|request|ctx|ctx\.request|c\.req)\.(?:url|headers|get|header|param|json|formData|text|file|path)\b"
)
_ANSWERING = regex(r"\bres\.|\breply\.|express|fastify|koa|NextResponse|createServer|\bapp\.|\brouter\.|hono")
_ANNOTATED = regex(r"@(RequestParam|PathVariable|RequestBody|RequestHeader|QueryParam|PathParam|CookieValue|FormParam)")
_NUMBERS = frozenset(
    {"parseInt", "parseFloat", "Number", "intval", "floatval", "Integer.parseInt", "Long.parseLong", "strconv.Atoi"}
    | {"len", "count", "Math.floor", "Math.round", "Boolean", "Integer.valueOf", "Long.valueOf", "UUID.fromString"}
)
_CLEANING = regex(
    r"(?:[\w$.>-]*[.>])?\w*(?:sanitize|purify|escape|encode|quote|htmlspecialchars|htmlentities|strip_tags|basename"
    r"|allow"
    r"|isValid|validate|whitelist|placeholder|secure|Sanitize|Escape|Encode|Quote|Base|Clean|Safe|safe"
    r"|[lL]ocal(?:Path|Url|Redirect)|(?:same|own)(?:Origin|Site)|[iI]nternal(?:Path|Url)|[rR]elative(?:Path|Url)"
    r"|assertPublic|[tT]rusted)\w*"
)


@dataclass(frozen=True, slots=True)
class Call:
    """`name` is written with its owners: `child_process.exec`, `Runtime.getRuntime.exec`, `.exec` of something else."""

    name: str
    line: int
    arguments: tuple[tuple[Word, ...], ...]
    is_new: bool = False

    @property
    def method(self) -> str:
        return re.split(r"\.|->|::", self.name)[-1]


@dataclass(frozen=True, slots=True)
class Assignment:
    """`target` is written with its owners; `value` ends with the statement."""

    target: str
    line: int
    value: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Speech:
    """What a file says: its calls and assignments in order."""

    calls: tuple[Call, ...]
    assignments: tuple[Assignment, ...]
    given: Mapping[str, Sequence[int]]
    answers: bool = False

    def is_literal(self, words: Sequence[Word]) -> bool:
        """True for texts, numbers, constants, and names last given such a value; for what was cleaned, by the names."""
        return all(self._holds_literal(path, line) for path, line in _paths(words, with_constants=False))

    def _holds_literal(self, name: str, line: int) -> bool:
        """True if the nearest assignment before gives the name, as a whole, a literal."""
        same = (one for one in self.assignments if one.target.split(" ")[0] == name)
        near = [one for one in same if one.line < line <= one.line + _NEAR]
        return bool(near) and is_literal(near[-1].value)

    def outside(self, words: Sequence[Word]) -> str | None:
        """Return what brings data from outside into an expression; None where it is turned into a number or cleaned."""
        return _outside(words, self.given, answers=self.answers)


@lru_cache(maxsize=4)
def speech_of(file: ChangedFile) -> Speech:
    """Read a file; the last few are remembered."""
    # PHP joins strings with a dot, and no dot stands before the name of a method there.
    join = Word("+", 0)
    words = tuple(
        replace(join, line=word.line) if word.text == "." and not word.is_text and file.suffix == ".php" else word
        for word in words_of(tokens_of(file))
    )
    assignments = tuple(_assignments(words))
    given: dict[str, list[int]] = defaultdict(list)
    answers = _ANSWERING.search("\n".join(file.lines)) is not None
    for name, line in _annotated(words):
        given[name].append(line)
    for assignment in assignments:
        is_function = any(word.text in ("=>", "function", "func") for word in assignment.value)
        if not is_function and _outside(assignment.value, given, answers=answers) is not None:
            for name in re.findall(r"[\w$]+", assignment.target):
                given[name].append(assignment.line)
    return Speech(tuple(_calls(words, is_go=file.suffix == ".go")), assignments, given, answers)


def _outside(words: Sequence[Word], given: Mapping[str, Sequence[int]], *, answers: bool) -> str | None:
    for path, line in _paths(words):
        match = _OUTSIDE.match(path) or (_VAGUE.match(path) if answers else None)
        if match is not None:
            return match[0]
        name = re.split(r"\.|->", path)[0]
        if any(0 <= line - known <= _NEAR for known in given.get(name, ())):
            return name
    return None


def is_literal(words: Sequence[Word]) -> bool:
    """True for texts, numbers and constants, and for what was made a number or cleaned, going by the names."""
    return not any(True for _ in _paths(words, with_constants=False))


def text_of(words: Sequence[Word]) -> str | None:
    """Return what a sum of strings says, with a HOLE for everything else; None if it does not begin with a string."""
    first = next((word for word in words if word.text not in "([{"), None)
    if first is None or not first.is_text:
        return None
    text, index = "", 0
    while index < len(words):
        word = words[index]
        index += 1
        if word.is_text:
            text += word.text
        elif word.is_name:
            text, index = text + HOLE, _after_value(words, index)
    return re.sub(f"{HOLE}+", HOLE, text)


def _after_value(words: Sequence[Word], index: int) -> int:
    """Return the index after the parts, arguments and subscripts that follow a name."""
    while index < len(words) and not words[index].is_text:
        if words[index].text in _OWNING and index + 1 < len(words):
            index += 2
        elif words[index].text in _OPENING:
            index = _closed(words, index)
        else:
            break
    return index


def values_in(words: Sequence[Word]) -> str:
    """Return the first value in an expression, for a message."""
    return next((path for path, _ in _paths(words, with_constants=False)), "")


def _paths(words: Sequence[Word], *, with_constants: bool = True) -> Iterator[tuple[str, int]]:
    """Yield the values in an expression, with their owners, and not what cleaning functions are given."""
    index = 0
    while index < len(words):
        word = words[index]
        before = words[index - 1].text if index else ""
        index += 1
        if word.is_text:
            yield from _paths(word.holes, with_constants=with_constants)
        is_part = before in _OWNING and not word.text.startswith("$")
        is_cast = before == ")" and index > 3 and words[index - 3].text in _CASTS
        if not word.is_name or word.text in _KEYWORDS or is_part or is_cast:
            continue
        path, end = _path(words, index - 1)
        called = end < len(words) and words[end].text == "("
        if called and (path in _NUMBERS or _CLEANING.fullmatch(path) is not None):
            index = _closed(words, end)
            continue
        last = re.split(r"\.|->|::", path)[-1]
        is_constant = last.isupper() and not last.startswith("$_")
        if with_constants or not (is_constant or (called and last in _JOINING)):
            yield path, word.line


_OWNING = frozenset({".", "->", "::", "?."})
_CASTS = frozenset({"int", "integer", "float", "double", "bool", "long"})
_JOINING = frozenset({"join", "toString", "Sprintf", "format", "sprintf", "concat", "fmt.Sprintf", "String"})
_KEYWORDS = frozenset(
    {
        "__html",
        "new",
        "await",
        "return",
        "this",
        "const",
        "let",
        "var",
        "typeof",
        "null",
        "true",
        "false",
        "nil",
        "undefined",
    }
    | {"string", "byte", "String", "int", "function", "async", "void", "final", "public", "private", "static", "array"}
)


def _path(words: Sequence[Word], start: int) -> tuple[str, int]:
    """Return a name with the parts that follow it, and where it ends: `a.b().c` as `a.b.c`."""
    path, index = words[start].text, start + 1
    while index + 1 < len(words):
        sign = words[index].text
        if sign in _OWNING and words[index + 1].is_name and not words[index + 1].text.startswith("$"):
            path += ("." if sign == "?." else sign) + words[index + 1].text
            index += 2
        elif sign == "(" and _closed(words, index) + 1 < len(words):
            end = _closed(words, index)
            if words[end].text not in _OWNING:
                break
            index = end
        else:
            break
    return path, index


def _closed(words: Sequence[Word], start: int) -> int:
    """Return the index after the bracket that closes the one at the start."""
    depth = 0
    for index in range(start, min(len(words), start + _MOST_WORDS)):
        depth += (words[index].text in _OPENING) - (words[index].text in _CLOSING)
        if depth == 0:
            return index + 1
    return len(words)


# PHP calls these without brackets.
_SPOKEN_CALLS = frozenset({"echo", "print", "include", "include_once", "require", "require_once"})


def _calls(words: Sequence[Word], *, is_go: bool) -> Iterator[Call]:
    for index, word in enumerate(words):
        if word.text in _SPOKEN_CALLS and index + 1 < len(words) and words[index + 1].text != "(":
            yield Call(word.text, word.line, (tuple(_until_end(words, index + 1)),))
        if word.text != "(" or index == 0 or not words[index - 1].is_name:
            continue
        name, start = _name_before(words, index)
        end = _closed(words, index)
        if end < len(words) and words[end].text == "{" and not is_go:
            continue  # a method is defined and not called
        is_new = start > 0 and words[start - 1].text == "new"
        yield Call(name, words[index - 1].line, tuple(_split(words[index + 1 : end - 1])), is_new)


def _name_before(words: Sequence[Word], end: int) -> tuple[str, int]:
    """Return the name that ends before an index, with its owners, and where it starts."""
    parts, index = [words[end - 1].text], end - 1
    while index >= 2 and words[index - 1].text in _OWNING:
        sign = "." if words[index - 1].text == "?." else words[index - 1].text
        before = index - 2
        if words[before].text == ")":
            depth = 0
            while before >= 0 and end - before < _MOST_WORDS:
                depth += (words[before].text in _CLOSING) - (words[before].text in _OPENING)
                if depth == 0:
                    break
                before -= 1
            before -= 1
        if before < 0 or not words[before].is_name:
            break
        parts = [words[before].text, sign, *parts]
        index = before
    has_other_owner = index > 0 and words[index - 1].text in _OWNING
    return ("." if has_other_owner else "") + "".join(parts), index


def _split(words: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    """Yield the arguments between a call's brackets."""
    depth, part = 0, list[Word]()
    for word in words:
        depth += (word.text in _OPENING and not word.is_text) - (word.text in _CLOSING and not word.is_text)
        if word.text == "," and depth == 0 and not word.is_text:
            yield tuple(part)
            part = []
        else:
            part.append(word)
    if part:
        yield tuple(part)


def _assignments(words: Sequence[Word]) -> Iterator[Assignment]:
    for index, word in enumerate(words):
        if word.is_text or word.text not in ("=", ":=", "+=", ".=") or index == 0:
            continue
        target = _target(words, index)
        if target:
            yield Assignment(target, words[index - 1].line, tuple(_until_end(words, index + 1)))


def _target(words: Sequence[Word], index: int) -> str:
    """Return what is assigned to: a name with its owners, or all names of `{ a, b }` and `a, err`."""
    if words[index - 1].text in ("}", "]"):
        names = []
        before = index - 2
        while before >= 0 and words[before].text not in ("{", "[") and index - before < _MOST_WORDS:
            names.append(words[before].text)
            before -= 1
        return " ".join(reversed(names))
    if not words[index - 1].is_name:
        return ""
    name, start = _name_before(words, index)
    if start >= 2 and words[start - 1].text == ":" and words[start - 2].is_name:
        return words[start - 2].text  # what follows the colon is a type
    if start >= 2 and words[start - 1].text == "," and words[start - 2].is_name:
        return f"{words[start - 2].text} {name}"
    return name


def _until_end(words: Sequence[Word], start: int) -> Iterator[Word]:
    """Yield the words of an expression: to the `;`, or to a line end where no bracket or operator is open."""
    depth = 0
    for index in range(start, min(len(words), start + _MOST_WORDS)):
        word = words[index]
        if not word.is_text:
            depth += (word.text in _OPENING) - (word.text in _CLOSING)
        if depth < 0 or (depth == 0 and word.text in (";", ",", "=") and not word.is_text):
            return
        previous = words[index - 1]
        is_new_line = index > start and word.line > previous.line + previous.text.count("\n")
        goes_on = word.text in ("+", ".", "?", ":", "||", "&&", "??", "->") or _is_open(previous)
        if is_new_line and depth == 0 and not goes_on:
            return
        yield word


def _is_open(word: Word) -> bool:
    return not word.is_text and not word.is_name and word.text not in (")", "]", "}")


def _annotated(words: Sequence[Word]) -> Iterator[tuple[str, int]]:
    """Yield the parameters of Java methods that the framework fills from a request."""
    for index, word in enumerate(words):
        if _ANNOTATED.match(word.text) is None:
            continue
        end = index + 1
        if end < len(words) and words[end].text == "(":
            end = _closed(words, end)
        names: list[Word] = []
        while end < len(words) and words[end].text not in (",", ")") and len(names) < 8:
            names.append(words[end])
            end += 1
        if names and names[-1].is_name and not {"int", "long", "Integer", "Long", "UUID"} & {n.text for n in names}:
            yield names[-1].text, word.line
