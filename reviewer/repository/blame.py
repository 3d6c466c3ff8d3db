"""Which commits some lines of a file are from, and which touched them before.

Of git's answers only ids, line numbers and patches are used; names and messages are read from the commits themselves.
So no mailmap, no format and no list of commits to ignore has a say.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.diff.model import Hunk
from reviewer.diff.parse import parse_git_patch
from reviewer.errors import CannotDetermine, UnreadableDiff
from reviewer.repository.git import Repository

MOST_TOUCHES = 50
_SETTINGS = (
    "diff.algorithm=histogram", "diff.indentHeuristic=true", "log.mailmap=false", "log.follow=false",
)  # fmt: skip
_OPTIONS = (
    "-M", "-l3000", "--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/",
    "--diff-algorithm=histogram", "--indent-heuristic", "-O/dev/null", "--full-index", "--no-show-signature",
    "--no-notes", "--no-decorate",
)  # fmt: skip
# No line of a patch begins with a NUL, and no name in it holds one.
_HEAD = re.compile(rb"^\0([0-9a-f]{40,64})\n", re.MULTILINE)
_BLAMED = re.compile(rb"([0-9a-f]{40,64}) \d+ (\d+)(?: \d+)?")


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of a file as a commit has it, from 1, both ends included. What `since` has already is not asked about."""

    commit: str
    path: bytes
    first: int
    last: int
    since: str | None = None

    @property
    def revisions(self) -> tuple[str, ...]:
        return (self.commit,) if self.since is None else (f"^{self.since}", self.commit)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive lines that are as this commit left them."""

    commit: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Touch:
    """A commit that touched the lines, and how: a merge without hunks, None if git's patch cannot be read."""

    commit: str
    hunks: tuple[Hunk, ...] | None


def blame(repository: Repository, lines: Lines) -> tuple[Stretch, ...]:
    """Return which commit each line is from, in order. Raises CannotDetermine if there are no such lines."""
    wanted = f"-L{lines.first},{lines.last}"
    output = repository.run(
        "blame", "--porcelain", "--no-progress", "--no-textconv", "--no-ignore-revs-file", wanted, *lines.revisions,
        "--", lines.path, settings=_SETTINGS,
    )  # fmt: skip
    stretches: list[Stretch] = []
    for commit, number in _blamed(output):
        if stretches and stretches[-1].commit == commit:
            stretches[-1] = Stretch(commit, stretches[-1].first, number)
        else:
            stretches.append(Stretch(commit, number, number))
    return tuple(stretches)


def touches(repository: Repository, lines: Lines, *, most: int = MOST_TOUCHES) -> tuple[Touch, ...]:
    """Return the commits that touched the lines, the newest first, through renames."""
    # Numbers on both ends: a name would be looked for by patterns of the user's, or of the repository's attributes.
    wanted = b"-L%d,%d:%s" % (lines.first, lines.last, lines.path)
    output = repository.run(
        "log", *_OPTIONS, f"--max-count={most}", "--format=tformat:%x00%H", wanted, "--end-of-options",
        *lines.revisions, "--", settings=_SETTINGS,
    )  # fmt: skip
    heads = [*_HEAD.finditer(output)]
    ends = [head.start() for head in heads[1:]] + [len(output)]
    return tuple(
        Touch(head[1].decode("ascii"), _hunks(output[head.end() : end])) for head, end in zip(heads, ends, strict=True)
    )


def _blamed(output: bytes) -> Iterator[tuple[str, int]]:
    """Yield commit and number of each line: a head, facts about a commit that is new, and the text behind a tab."""
    is_head = True
    for line in output.split(b"\n")[:-1]:
        if is_head:
            match = _BLAMED.fullmatch(line)
            if match is None:
                raise CannotDetermine("git blame: its answer has another form than expected")
            yield match[1].decode("ascii"), int(match[2])
        is_head = line.startswith(b"\t")


def _hunks(patch: bytes) -> tuple[Hunk, ...] | None:
    # Git puts a blank line before a patch, and one between two commits.
    patch = patch.strip(b"\n")
    try:
        return tuple(hunk for section in parse_git_patch(patch + b"\n") for hunk in section.hunks) if patch else ()
    except UnreadableDiff:
        return None
