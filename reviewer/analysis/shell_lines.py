"""Shell commands wherever they stand: in scripts, in a Dockerfile's RUN, in the steps of a CI file.

A command that goes on over lines is one. Text that a script only prints (here-documents) is left out.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.dockerfile import instructions_of
from reviewer.analysis.languages import language_of
from reviewer.analysis.regex import regex
from reviewer.analysis.yaml_lines import entries_of

LANGUAGES = frozenset({"bash", "docker", "yaml"})
# Under these keys of CI, compose and cluster files stands what a shell runs.
_KEYS = frozenset(
    {"run", "script", "before_script", "after_script", "command", "args", "cmd", "commands", "entrypoint", "install",
     "before_install", "bash", "sh", "shell", "post_start_command", "bootcmd", "runcmd"}
)  # fmt: skip
_GOES_ON = regex(r"(?:\\|\||&&)\s*$")
_HEREDOC = regex(r"<<-?\s*[\"'\\]?(\w+)")
_RUNS = regex(r"^\s*(?:sudo\s+)?(?:\S*/)?(?:ba|z|k|da)?sh\b|^\s*ssh\b")
_QUOTED = regex(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"")
_COMMENT = regex(r"(?:^|\s)#.*")


@dataclass(frozen=True, slots=True)
class Command:
    """`text` is a command or several on one line; `marks` say at which offset which line of the file begins."""

    text: str
    marks: tuple[tuple[int, int], ...]

    def line_at(self, offset: int) -> int:
        return self.marks[max(0, bisect_right(self.marks, (offset, 1 << 60)) - 1)][1]


def commands_of(file: ChangedFile) -> Iterator[Command]:
    """Yield the commands of a shell script, a Dockerfile or a YAML file, in order."""
    match language_of(file):
        case "bash":
            yield from _commands(enumerate(file.lines, 1))
        case "docker":
            for instruction in instructions_of(file):
                if instruction.name in ("RUN", "CMD", "ENTRYPOINT", "ONBUILD"):
                    yield _joined(list(instruction.parts))
        case "yaml":
            for entry in entries_of(file):
                if entry.key in _KEYS and entry.lines:
                    yield from _commands(entry.lines)


def masked(text: str) -> str:
    """Return the command with what stands in quotes blotted out, as long as before."""
    return _QUOTED.sub(lambda match: match[0][0] + "_" * (len(match[0]) - 2) + match[0][-1], text)


def _commands(lines: Iterable[tuple[int, str]]) -> Iterator[Command]:
    parts: list[tuple[int, str]] = []
    skip_to: str | None = None
    for number, line in lines:
        if skip_to is not None:
            skip_to = None if line.strip() == skip_to else skip_to
            continue
        text = _without_comment(line)
        if not text.strip() and not parts:
            continue
        parts.append((number, _GOES_ON.sub(lambda match: match[0].replace("\\", " "), text)))
        heredoc = _HEREDOC.search(text) if "<<" in text and "<<<" not in text else None
        if heredoc is not None and not _RUNS.search(text):
            skip_to = heredoc[1]
        if not _GOES_ON.search(text) or len(parts) > 200:
            yield _joined(parts)
            parts = []
    if parts:
        yield _joined(parts)


def _joined(parts: Sequence[tuple[int, str]]) -> Command:
    marks, text = [], ""
    for number, part in parts:
        marks.append((len(text), number))
        text += part + " "
    return Command(text, tuple(marks))


def _without_comment(line: str) -> str:
    if "#" not in line:
        return line
    comment = _COMMENT.search(_QUOTED.sub(lambda match: "x" * len(match[0]), line))
    return line[: comment.start()] if comment is not None else line
