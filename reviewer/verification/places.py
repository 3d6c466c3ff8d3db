"""Every place where records of a repository's reviews can lie."""

from collections.abc import Mapping
from functools import cache

from reviewer.repository import Repository
from reviewer.repository.exchange import records_in_commit, records_in_refs, union
from reviewer.review.model import ReviewId
from reviewer.store import PUBLISHED, Elsewhere, Store


def record_store(repository: Repository, commit: str | None = None) -> Store:
    """Return the live journals, the published ones, those in `refs/reviews/` and, with a commit, those it holds."""
    published = repository.top / PUBLISHED if repository.top is not None else None
    return Store(repository.common_dir / "reviewer" / "reviews", published, _records_in_git(repository, commit))


def _records_in_git(repository: Repository, commit: str | None) -> Elsewhere:
    @cache
    def read() -> Mapping[ReviewId, Mapping[str, bytes]]:
        sides = [records_in_refs(repository), *([records_in_commit(repository, commit)] if commit else [])]
        names = sorted({name for side in sides for name in side})
        return {ReviewId(name): union(*(side.get(name, {}) for side in sides)) for name in names}

    return read
