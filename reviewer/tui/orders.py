"""The orders a person can choose to walk in, in words, and how each comes about."""

import asyncio
from collections.abc import Iterable
from typing import assert_never

from reviewer.review.model import Flag
from reviewer.review.order import BY_FILE, Order, OrderKind, by_risk, by_tests
from reviewer.session.subject import Subject

WORDS = {
    OrderKind.BY_FILE: "as git lists them",
    OrderKind.RISK: "by the gravest open flag, then by size",
    OrderKind.TESTS: "each test before the code it tests",
    OrderKind.COMMITS: "by the first commit that touched each; what is shown stays the whole change",
}


async def order_of(kind: OrderKind, subject: Subject, flags: Iterable[Flag]) -> Order | None:
    """Return the order of the subject's files; None if it has no two commits to go by. Raises CannotDetermine."""
    match kind:
        case OrderKind.BY_FILE:
            return BY_FILE
        case OrderKind.RISK:
            return by_risk(subject.diff, flags)
        case OrderKind.TESTS:
            return by_tests(subject.diff)
        case OrderKind.COMMITS:
            return await asyncio.to_thread(subject.by_commits)
    assert_never(kind)
