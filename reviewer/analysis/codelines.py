"""Other languages line by line, without comments: which name is set to which text, and what a call is given.

For facts that stand on one line in every language alike; strings and comments are told apart by the tokens.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.regex import regex
from reviewer.analysis.tokens import Token

_NAME = r"(?<![\w$.-])[-:$@]{0,2}(?P<name>[A-Za-z_][\w.-]{0,80})"
_QUOTED = r"(?:\[\]byte\(|[@bru]?)(?P<quote>[\"'`])(?P<value>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote)"
_TYPE = r"(?:\s*\??:\s*[\w.<>| ]{1,40}(?==)|\s+(?:string|str|\[\]byte)(?=\s*=))?"
_IS = r"\s*(?:=>|:=|={1,3}|!={1,2}|:|\|\|=?|\?\?=?)\s*"
_BINDING = regex(rf"{_NAME}[\"'`]?[\])]{{0,2}}{_TYPE}{_IS}{_QUOTED}")
_WORD = r"(?P<value>[^\s\"'`;|&<>()$#{}\[\]%*!,@][^\s\"'`;|&<>()$]*)(?=[\s;|&)]|$)"
# What a language has besides `name = "value"` and its like.
_ALSO: Mapping[str, tuple[re.Pattern[str], ...]] = {
    "bash": (regex(rf"{_NAME}={_WORD}"),),
    "docker": (regex(rf"{_NAME}={_WORD}"), regex(rf"^\s*ENV\s+{_NAME}\s+{_WORD}")),
    "yaml": (regex(rf"^\s*(?:-\s+)?[\"']?{_NAME}[\"']?(?:\s*:\s+|=){_WORD}\s*(?:#|$)"),),
    "sql": (regex(rf"\b(?P<name>PASSWORD|IDENTIFIED\s+BY)\s+{_QUOTED}", re.IGNORECASE),),
    "php": (regex(rf"\bdefine\(\s*[\"'](?P<name>\w+)[\"']\s*,\s*{_QUOTED}"),),
    "java": (
        regex(rf"\.set(?P<name>[A-Z]\w+)\(\s*{_QUOTED}"),
        regex(rf"\b(?P<name>getConnection)\([^(),]{{1,200}},[^(),]{{1,100}},\s*{_QUOTED}"),
    ),
}
# `setProperty("password", "text")` and its like.
_PUT = regex(
    rf"\b(?:set\w*|put|add|Set|Add|header|[sS]etHeader|addHeader)\(\s*[\"'](?P<name>[A-Za-z][\w.-]{{0,80}})[\"']\s*,\s*{_QUOTED}"
)
_PASSWORD_ITSELF = regex(r"IDENTIFIED\s+BY|getConnection", re.IGNORECASE)
_ENVIRONMENT = regex(r"(?:^|\.)(?:process\.env|import\.meta\.env|env|ENV)\.")
_OPENING = frozenset({"(", "[", "{", "${"})
_CLOSING = frozenset({")", "]", "}"})
_DOTTED = regex(r"[A-Za-z_$][\w$]*(?:\.[\w$]+)+")
_LONGEST_CALL = 400


@dataclass(frozen=True, slots=True)
class Call:
    """What is called, dotted and without arguments between, and the tokens between its brackets."""

    name: str
    given: Sequence[Token]
    line: int


def code_lines(tokens: Sequence[Token], file: ChangedFile, language: str) -> Iterator[tuple[int, str]]:
    """Yield the changed lines without comments, but for those inside of long strings, which are prose."""
    comments: dict[int, list[str]] = {}
    prose: set[int] = set()
    for token in tokens:
        parts = token.text.rstrip("\n").split("\n")
        if token.is_comment:
            for line, part in enumerate(parts, token.line):
                comments.setdefault(line, []).append(part.strip())
        elif token.is_string and language != "bash":
            prose.update(range(token.line + 1, token.line + len(parts)))
    for line in sorted(file.added - prose):
        code = file.lines[line - 1] if line <= len(file.lines) else ""
        for comment in comments.get(line, ()):
            code = code.replace(comment, "")
        yield line, code


def set_in(code: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield the names a line sets to a text or compares with one; defaults of the environment are none."""
    for pattern in (_BINDING, _PUT, *_ALSO.get(language, ())):
        for match in pattern.finditer(code):
            if not _ENVIRONMENT.search(match["name"]):
                name = match["name"].rpartition(".")[2].lstrip("-")
                yield "password" if _PASSWORD_ITSELF.fullmatch(name) else name, match["value"]


def calls_in(tokens: Sequence[Token]) -> Iterator[Call]:
    """Yield calls: `res.status(500).send(x)` as `res.status` and as `res.status.send`."""
    code = [part for token in tokens if not token.is_comment for part in _taken_apart(token)]
    for index, token in enumerate(code):
        if token.text == "(" and index and _is_name(code[index - 1]):
            name = _name_before(code, index)
            end = _end(code, index)
            if end is not None:
                yield Call(name, code[index + 1 : end], code[index - 1].line)


def _taken_apart(token: Token) -> Sequence[Token]:
    """Where TypeScript expects a type, its lexer takes `err.message` for one word."""
    if token.is_string or not _DOTTED.fullmatch(token.text):
        return (token,)
    parts = re.split(r"(\.)", token.text)
    return [replace(token, text=part) for part in parts]


def _is_name(token: Token) -> bool:
    return not token.is_string and (token.text[-1].isalnum() or token.text[-1] in "_$")


def _name_before(code: Sequence[Token], index: int) -> str:
    """Return the dotted name that ends before an opening bracket."""
    parts: list[str] = []
    index -= 1
    for _ in range(_LONGEST_CALL):
        if index < 0 or not _is_name(code[index]):
            break
        parts.append(code[index].text)
        if index < 2 or code[index - 1].text not in (".", "?."):
            break
        index -= 3 if code[index - 2].text == "?" else 2
        if code[index].text == ")":
            depth = 1
            while index > 0 and depth:
                index -= 1
                depth += (code[index].text == ")") - (code[index].text == "(")
            index -= 1
    return ".".join(reversed(parts))


def _end(code: Sequence[Token], index: int) -> int | None:
    """Return where the bracket that opens at the index closes, if that is not far."""
    depth = 0
    for place in range(index, min(len(code), index + _LONGEST_CALL)):
        text = code[place].text
        # The brackets of `${...}` in a template count too, those in a plain string are part of its one token.
        depth += (text in _OPENING) - (text in _CLOSING)
        if not depth:
            return place
    return None
