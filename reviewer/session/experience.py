"""What became of the flags of earlier reviews: whoever called one a false alarm is not asked again."""

from collections import Counter
from collections.abc import Iterator, Mapping

from reviewer.analysis.finding import FindingId, RuleSlug
from reviewer.errors import ReviewerError
from reviewer.review.model import Disposition, Flag, ReviewId
from reviewer.review.state import fold, read_here
from reviewer.store import Store

# As many as a review looks at to find what it goes on with.
_MOST_REVIEWS = 40
# Stands in every journal that holds a disposition, and in few others.
_MARKS = tuple(f'"{disposition.value}"'.encode() for disposition in Disposition)


def false_alarms(store: Store, *, but: ReviewId) -> Mapping[FindingId, ReviewId]:
    """Return what people here called a false alarm in other reviews, and in which one last."""
    found: dict[FindingId, ReviewId] = {}
    for review, flag in _disposed(store):
        if flag.disposition is Disposition.FALSE_ALARM and review != but:
            found.setdefault(flag.finding.id, review)
    return found


def outcomes(store: Store) -> Mapping[RuleSlug, Counter[Disposition]]:
    """Return how often people here gave each word on the flags of each rule."""
    counts: dict[RuleSlug, Counter[Disposition]] = {}
    for _, flag in _disposed(store):
        if flag.disposition is not None:
            counts.setdefault(flag.finding.rule, Counter())[flag.disposition] += 1
    return counts


def _disposed(store: Store) -> Iterator[tuple[ReviewId, Flag]]:
    """Yield the flags that were answered here, those of the latest review first."""
    for review in store.reviews()[:_MOST_REVIEWS]:
        try:
            if not any(mark in content for content in store.live(review).values() for mark in _MARKS):
                continue
            record = store.read(review)
        except ReviewerError:
            continue  # a review that cannot be read says so where it is opened
        state = fold(read_here(record.entries, record.live))
        yield from ((review, flag) for flag in state.known_flags.values() if flag.disposition is not None)
