"""What is known of who or what wrote a change. Without a sign that is nothing, and never that a person did."""

from dataclasses import dataclass
from enum import Enum

from reviewer.repository.history import Commit


class Kind(Enum):
    AI = "ai-assisted"
    UNKNOWN = "unknown"


class Place(Enum):
    """Where in a commit a sign stands."""

    AUTHOR = "author"
    COMMITTER = "committer"
    TRAILER = "trailer"
    FOOTER = "footer"
    TAG = "tag"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Sign:
    """What shows that an assistant had a part in a commit.

    `marker` is an id of markers.toml; `tool` is ours to show, `text` is foreign bytes.
    """

    marker: str
    tool: str
    place: Place
    commit: str
    text: bytes


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who or what wrote these commits, as far as they say so. `untagged` are those that lack the tag they need."""

    kind: Kind
    signs: tuple[Sign, ...]
    untagged: tuple[str, ...]
    commits: tuple[Commit, ...]

    @property
    def has_tag(self) -> bool:
        """True if every commit that an assistant had a part in says so by the tag, and there is such a commit."""
        return self.kind is Kind.AI and not self.untagged

    @property
    def unread(self) -> tuple[str, ...]:
        """The commits of which a part was too large to look at."""
        return tuple(commit.oid for commit in self.commits if not commit.is_whole)
