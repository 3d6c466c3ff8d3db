"""A Dockerfile as its instructions, each with the stage it is in; lines that a backslash continues are one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from reviewer.analysis.change import LARGEST_TEXT, ChangedFile
from reviewer.analysis.regex import regex

_INSTRUCTION = regex(r"\s*([A-Za-z]+)(?:\s+(.*))?")
_HEREDOC = regex(r"<<-?\s*([\"']?)(\w+)\1")
_NAMES = frozenset(
    [
        "ADD",
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ONBUILD",
        "RUN",
        "SHELL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
    ]
)


@dataclass(frozen=True, slots=True)
class Instruction:
    """`parts` are its lines with their numbers, without comments and backslashes; stages count from 1."""

    line: int
    name: str
    parts: tuple[tuple[int, str], ...]
    stage: int

    @property
    def text(self) -> str:
        """What follows the name, as one line."""
        return " ".join(text.strip() for _, text in self.parts).strip()

    def line_of(self, word: str) -> int:
        """Return the line on which a word stands, or that of the instruction."""
        return next((line for line, text in self.parts if word in text), self.line)


@lru_cache(maxsize=4)
def instructions_of(file: ChangedFile) -> Sequence[Instruction]:
    """Return the file's instructions in order; the last few files are remembered."""
    if file.new_text is None or len(file.new_text) > LARGEST_TEXT:
        return ()
    return tuple(_read(file.lines))


def _read(lines: Sequence[str]) -> Iterator[Instruction]:
    stage, index = 0, 0
    while index < len(lines):
        first = _INSTRUCTION.fullmatch(lines[index])
        if first is None or first[1].upper() not in _NAMES:
            index += 1
            continue
        name = first[1].upper()
        stage += name == "FROM"
        parts, end = _parts(lines, index, first[2] or "")
        yield Instruction(index + 1, name, tuple(parts), stage)
        index = end


def _parts(lines: Sequence[str], index: int, text: str) -> tuple[list[tuple[int, str]], int]:
    """Return the lines of the instruction at `index`, whose first reads `text`, and where the next may begin."""
    parts: list[tuple[int, str]] = []
    number = index + 1
    while True:
        goes_on = text.rstrip().endswith("\\")
        parts.append((number, text.rstrip().removesuffix("\\")))
        heredoc = _HEREDOC.search(text)
        if heredoc is not None:
            return parts, _heredoc(lines, number, heredoc[2], parts)
        while goes_on and number < len(lines) and _is_blank(lines[number]):
            number += 1
        if not goes_on or number >= len(lines):
            return parts, number
        text = lines[number]
        number += 1


def _heredoc(lines: Sequence[str], number: int, end: str, parts: list[tuple[int, str]]) -> int:
    while number < len(lines) and lines[number].strip() != end:
        parts.append((number + 1, lines[number] + ";"))
        number += 1
    return number + 1


def _is_blank(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")
