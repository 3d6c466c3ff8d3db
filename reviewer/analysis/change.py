"""A change as rules see it: the texts of each file before and after, and which lines the diff touches."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from reviewer.analysis.notebook import python_of
from reviewer.analysis.project import Project
from reviewer.analysis.regex import regex
from reviewer.diff.lines import lines_of
from reviewer.diff.model import FileDiff, LineKind
from reviewer.diff.roles import Role, role_of

# Larger texts are data; reading them as code would take gigabytes.
LARGEST_TEXT = 1_000_000
NOTEBOOK = ".ipynb"
_TEST_PATH = regex(
    r"(^|/)(tests?|testing|__tests__|spec|specs)/|"
    r"(^|/)(tests?|test_[^/]*|[^/]*_test|[^/]*[._]spec|[^/]*\.test|conftest)\.\w+$|[a-z0-9]Tests?\.(cs|java|php)$"
)
_SETTINGS_PATH = regex(r"(^|/)(settings|config|configuration|constants|conf|defaults)(/|\w*\.\w+$)", re.IGNORECASE)
_EXAMPLE_PATH = regex(r"(^|/)(examples?|docs?|samples?|fixtures|demos?)/", re.IGNORECASE)


def is_test_path(path: bytes) -> bool:
    return _TEST_PATH.search(path.decode("utf-8", "surrogateescape")) is not None


@dataclass(frozen=True)
class ChangedFile:
    """`added` are line numbers of the new text, `removed` of the old one, both from 1.

    A text is None where there is none or it is not known; then nothing can be said about the file.
    `project` is the repository as the change leaves it.
    """

    path: bytes
    old_text: bytes | None
    new_text: bytes | None
    added: frozenset[int]
    removed: frozenset[int]
    project: Project = field(default=Project(), compare=False, repr=False)

    @cached_property
    def name(self) -> str:
        return self.path.decode("utf-8", "surrogateescape")

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix.lower()

    @property
    def is_python(self) -> bool:
        return self.suffix in (".py", ".pyi", NOTEBOOK)

    @cached_property
    def is_test(self) -> bool:
        return is_test_path(self.path)

    @cached_property
    def is_settings(self) -> bool:
        return _SETTINGS_PATH.search(self.name) is not None

    @cached_property
    def is_vendored(self) -> bool:
        """True for other people's code that is kept here, and for what a program made small."""
        return role_of(self.path) in (Role.VENDORED, Role.MINIFIED)

    @cached_property
    def is_example(self) -> bool:
        return _EXAMPLE_PATH.search(self.name) is not None

    def line(self, number: int) -> str:
        """Return one line of the new text; empty beyond its ends."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The new text's lines, decoded; `lines[0]` is line 1."""
        text = (self.new_text or b"").decode("utf-8", "surrogateescape")
        return tuple(line.removesuffix("\r") for line in text.split("\n"))

    @property
    def before(self) -> "ChangedFile":
        """The file seen the other way round: what it held, with the lines the change took away."""
        return ChangedFile(self.path, None, self.old_text, self.removed, frozenset(), self.project)


@dataclass(frozen=True, slots=True)
class Change:
    files: tuple[ChangedFile, ...]
    project: Project = field(default=Project(), compare=False, repr=False)


def changed_file(
    file: FileDiff, *, old_text: bytes | None, new_text: bytes | None, project: Project | None = None
) -> ChangedFile:
    """Return the file of a diff with its texts, as rules see it: a notebook as the code in it."""
    lines = [line for hunk in file.text_hunks for line in lines_of(hunk)]
    if file.path.endswith(NOTEBOOK.encode()):
        old_text, new_text = (text if text is None else python_of(text) for text in (old_text, new_text))
    return ChangedFile(
        file.path,
        old_text,
        new_text,
        added=frozenset(line.new for line in lines if line.kind is LineKind.ADDED and line.new is not None),
        removed=frozenset(line.old for line in lines if line.kind is LineKind.REMOVED and line.old is not None),
        project=project or Project(),
    )
