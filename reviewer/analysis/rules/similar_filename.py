import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from reviewer.analysis.change import Change, ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import DiffRule, Example, LineSighting

_SHORTEST = 5
_FURTHEST = 2
_MOST_SIBLINGS = 2_000
_SAID_ELSEWHERE = regex(r"[_\-. ](new|old|backup|bak|copy|final|fixed|temp|tmp|v\d+)$|\(\d+\)$")


class SimilarFilename(DiffRule):
    """A new file has nearly the name of a file beside it.

    Why look: `order.py` and `orders.py` get mixed up, and often do the same.
    Ask: how do people tell the two apart?
    """

    informs = "maintain"
    severity = Severity.INFO

    INVALID = (
        Example("RATE = 2\n", path="shop/orders.py", beside={"shop/order.py": "RATE = 1\n"}),
        Example("RATE = 2\n", path="shop/payment.py", beside={"shop/payments.py": "RATE = 1\n"}),
        Example("let rate = 2;\n", path="web/checkOut.ts", beside={"web/checkout.ts": "let rate = 1;\n"}),
    )
    VALID = (
        Example("RATE = 2\n", path="shop/orders.py", beside={"shop/users.py": "RATE = 1\n"}),
        Example("RATE = 2\n", path="shop/orders.py", beside={"mail/order.py": "RATE = 1\n"}),
        Example("RATE = 2\n", path="shop/part_1.py", beside={"shop/part_2.py": "RATE = 1\n"}),
        Example("RATE = 2\n", path="shop/a.py", beside={"shop/b.py": "RATE = 1\n"}),
        Example("let rate = 2;\n", path="web/orders.ts", beside={"web/order.py": "RATE = 1\n"}),
        Example("RATE = 2\n", path="tests/test_orders.py", beside={"tests/test_order.py": "RATE = 1\n"}),
    )

    def check_change(self, change: Change) -> Iterator[tuple[ChangedFile, LineSighting]]:
        new = [file for file in change.files if file.old_text is None and file.new_text is not None and file.added]
        if not new or len(change.project.names) > _MOST_SIBLINGS * 50:
            return
        folders: dict[tuple[PurePosixPath, str], list[str]] = {}
        for name in change.project.names | {file.name for file in change.files if file.new_text is not None}:
            path = PurePosixPath(name)
            folders.setdefault((path.parent, path.suffix), []).append(path.stem)
        told: set[frozenset[str]] = set()
        for file in new:
            path = PurePosixPath(file.name)
            stems = folders.get((path.parent, path.suffix), [])
            if file.is_test or len(stems) > _MOST_SIBLINGS or _SAID_ELSEWHERE.search(path.stem):
                continue
            twin = next((stem for stem in sorted(stems) if _is_near(path.stem, stem)), None)
            if twin is not None and frozenset({path.stem, twin}) not in told:
                told.add(frozenset({path.stem, twin}))
                yield file, LineSighting(min(file.added), f"`{path.name}` stands beside `{twin}{path.suffix}`")


def _is_near(one: str, other: str) -> bool:
    if one == other or min(len(one), len(other)) < _SHORTEST or abs(len(one) - len(other)) > _FURTHEST:
        return False
    if re.sub(r"\d+", "0", one) == re.sub(r"\d+", "0", other) or _SAID_ELSEWHERE.search(other):
        return False
    furthest = 1 if min(len(one), len(other)) < 2 * _SHORTEST else _FURTHEST
    return one.lower() == other.lower() or _distance(one, other) <= furthest


def _distance(one: str, other: str) -> int:
    """Return how many letters must be put in, taken out or exchanged to make one name the other."""
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        before, row[0] = row[0], number
        for place, mate in enumerate(other, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (letter != mate))
    return row[-1]
