"""What is reviewed, and where it comes from."""

from dataclasses import dataclass

from reviewer.diff.model import Diff
from reviewer.inspection import Job
from reviewer.repository import Repository, messages_between


@dataclass(frozen=True, slots=True)
class Subject:
    """A diff and its ends: object ids where there are any. `label` is the user's name for it."""

    diff: Diff
    label: str
    repository: Repository | None
    old: str | None = None
    new: str | None = None
    is_patch: bool = False

    @property
    def messages(self) -> bytes:
        """The messages of the commits under review; empty for anything but commits."""
        if self.repository is None or self.old is None or self.new is None:
            return b""
        return messages_between(self.repository, self.old, self.new)

    @property
    def job(self) -> Job:
        return Job(self.diff, self.repository, self.is_patch)
