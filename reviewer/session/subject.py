"""What is reviewed, and where it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.diff.contents import Content, Contents, content_of
from reviewer.diff.model import Diff
from reviewer.errors import CannotDetermine
from reviewer.repository import Head, Repository, Texts, commits_between, first_touches, read_heads
from reviewer.review.order import Order, by_commits

if TYPE_CHECKING:
    from reviewer.inspection.job import Job

# A picture may say its size behind a profile and a preview.
_BEGINNING = 128_000


@dataclass(frozen=True, slots=True)
class Subject:
    """A diff and its ends: object ids where there are any. `label` is the user's name for it.

    `logs` are SARIF files in which other engines say what they found in it.
    """

    diff: Diff
    label: str
    repository: Repository | None
    old: str | None = None
    new: str | None = None
    is_patch: bool = False
    logs: tuple[Path, ...] = ()

    @property
    def is_ai_assisted(self) -> bool:
        """True if the commits under review say so; of anything but commits, nothing is known."""
        if self.repository is None or self.old is None or self.new is None:
            return False
        # Here, and not above: the first hunk is on the screen before anybody asks.
        from reviewer.provenance.model import Kind
        from reviewer.provenance.signs import provenance_of

        return provenance_of(commits_between(self.repository, self.old, self.new).commits).kind is Kind.AI

    @property
    def is_range(self) -> bool:
        """True if commits lead from one end to the other."""
        return self.repository is not None and self.old is not None and self.new is not None

    def by_commits(self) -> Order | None:
        """Return the order in which commits touched the files; None for a single commit, and where there is none.

        Raises CannotDetermine.
        """
        if self.repository is None or self.old is None or self.new is None:
            return None
        commits = commits_between(self.repository, self.old, self.new).commits
        subjects = [(commit.oid, commit.message.partition(b"\n")[0]) for commit in commits]
        touches = first_touches(self.repository, [commit.oid for commit in commits])
        return by_commits(self.diff, subjects, touches) if len(commits) > 1 else None

    def text(self, file: int, *, is_old: bool) -> bytes | None:
        """Return the whole text of a file on one side, by its place in the diff; None if there is none to be had."""
        if self.repository is None or self.is_patch or file >= len(self.diff.files):
            return None
        texts = Texts(self.repository)
        try:
            return texts.old(self.diff.files[file]) if is_old else texts.new(self.diff.files[file])
        except CannotDetermine:
            return None

    def contents(self, numbers: Sequence[int]) -> dict[int, Contents]:
        """Return what is known of files, by their places in the diff, from how their contents begin.

        Nothing is fetched for it, and of a patch only what git has is looked at.
        """
        numbers = [number for number in numbers if number < len(self.diff.files)]
        files = [self.diff.files[number] for number in numbers]
        if self.repository is None:
            return {}
        try:
            pairs = read_heads(self.repository, files, _BEGINNING, at_hand=True, on_disk=not self.is_patch)
        except CannotDetermine:
            return {}
        return {
            number: Contents(*(_content(head) for head in pair)) for number, pair in zip(numbers, pairs, strict=True)
        }

    @property
    def job(self) -> "Job":
        """What the rules are to do, with what user and repository chose. Raises ConfigInvalid."""
        from reviewer.configuration.find import configuration_for
        from reviewer.inspection.job import Job

        configuration = configuration_for(self.repository, self.diff, self.old)
        return Job(
            self.diff,
            self.repository,
            self.is_patch,
            self.new,
            configuration.choice,
            configuration.uses_ruff,
            self.logs,
        )


def _content(head: Head | None) -> Content | None:
    return content_of(head.size, head.start) if head is not None else None
