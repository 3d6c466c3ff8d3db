"""A rule that breaks off: the one place where any error is caught, since a fault of one must not silence the others."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

Said = TypeVar("Said")


@dataclass(frozen=True, slots=True)
class Failure:
    error: Exception


def until_failure(sayings: Iterator[Said]) -> Iterator[Said | Failure]:
    """Yield what a rule says; if it breaks off, the Failure comes last."""
    try:
        yield from sayings
    except Exception as error:  # noqa: BLE001 - whatever it is, the finding `rule-failed` says so
        yield Failure(error)
