"""What is reviewed, and where it comes from."""

from dataclasses import dataclass
from pathlib import Path

from reviewer.configuration.find import configuration_for
from reviewer.diff.model import Diff
from reviewer.errors import CannotDetermine
from reviewer.inspection.job import Job
from reviewer.repository import Repository, Texts, commits_between, first_touches
from reviewer.review.order import Order, by_commits


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

    @property
    def job(self) -> Job:
        """What the rules are to do, with what user and repository chose. Raises ConfigInvalid."""
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
