"""Every place where records of a repository's reviews can lie."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, cast

from reviewer.errors import RecordDamaged
from reviewer.repository import Repository
from reviewer.review.model import ReviewId
from reviewer.store import PUBLISHED, Elsewhere, Store

# The walk imports this before its first hunk is on the screen, and reads records after.
if TYPE_CHECKING:
    from reviewer.repository.journals import Records


def record_store(repository: Repository, commit: str | None = None) -> Store:
    """Return the live journals, the published ones, those in `refs/reviews/` and, with a commit, those it holds."""
    published = repository.top / PUBLISHED if repository.top is not None else None
    return Store(repository.common_dir / "reviewer" / "reviews", published, _records_in_git(repository, commit))


def damages_in_git(store: Store) -> tuple[str, ...]:
    """Return what git holds of records and could not be read; each names its review behind the last slash."""
    from reviewer.repository.journals import Records

    found: object = store.elsewhere() if store.elsewhere is not None else None
    return found.damages if isinstance(found, Records) else ()


def _records_in_git(repository: Repository, commit: str | None) -> Elsewhere:
    @cache
    def read() -> Mapping[ReviewId, Mapping[str, bytes]]:
        from reviewer.repository.journals import records_in_commit, records_in_refs

        sides = [records_in_refs(repository), *([records_in_commit(repository, commit)] if commit else [])]
        # A name out of git is checked where it becomes a path: in the store.
        return cast("Mapping[ReviewId, Mapping[str, bytes]]", _united(sides))

    return read


def _united(sides: "list[Records]") -> "Records":
    """Return the records of all sides; where two copies of a journal differ, the first is kept and that is said."""
    from reviewer.repository.journals import Records, union

    reviews: dict[str, Mapping[str, bytes]] = {}
    damages = [damage for side in sides for damage in side.damages]
    for name in sorted({name for side in sides for name in side}):
        copies = [side.get(name, {}) for side in sides]
        try:
            reviews[name] = union(*copies)
        except RecordDamaged as error:
            damages.append(f"refs/reviews/{name}: {error}")
            reviews[name] = {file: content for copy in reversed(copies) for file, content in copy.items()}
    return Records(reviews, tuple(damages))
