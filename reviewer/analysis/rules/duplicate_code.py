from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from reviewer.analysis.change import Change, ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import DiffRule, Example, LineSighting
from reviewer.analysis.shingles import Body, bodies_in, likeness

_SHORTEST = 6
_LONG = 50
_ALIKE = 0.8
# What the change may be compared with beside itself: enough for a package, little enough to cost nothing.
_MOST_FILES = 30
_MOST_BYTES = 300_000
_MOST_BODIES = 3_000
_ELSEWHERE = regex(
    r"(^|/)(_?vendor|_?vendored|third_party|migrations|versions|generated|node_modules|site-packages|benchmarks?)/|_pb2"
)
_BY_NATURE = regex(r"__\w+__|visit_\w+|[gs]et_\w{1,3}|main|upgrade|downgrade")
_TOTAL = """    result = 0
    for order in orders:
        if order.paid and not order.returned:
            result += order.price * order.count
            result -= order.discount
    if result < 0:
        raise ValueError(result)
    return round(result, 2)
"""
_OTHER = _TOTAL.replace("result", "amount").replace("orders", "items").replace("order", "item")


class DuplicateCode(DiffRule):
    """A new function is nearly the same as another, in this change or beside it.

    Why look: the next fix will be made in one of the two.
    Ask: why not use the one that is there?
    """

    informs = "maintain"
    severity = Severity.MEDIUM

    INVALID = (
        Example(f"def total(orders):\n{_TOTAL}\n\ndef amount(items):\n{_OTHER}"),
        Example(f"def total(orders):\n{_TOTAL}", beside={"shop/sums.py": f"def amount(items):\n{_OTHER}"}),
        Example(
            f"class Cart:\n    def total(self, orders):\n{_TOTAL.replace('    ', '        ')}\n\n"
            f"class Basket:\n    def amount(self, items):\n{_OTHER.replace('    ', '        ')}"
        ),
        Example(
            f"def total(orders):\n{_TOTAL}\n\ndef amount(items):\n{_OTHER}", before=f"def total(orders):\n{_TOTAL}\n",
        ),
    )  # fmt: skip
    VALID = (
        Example(f"def total(orders):\n{_TOTAL}\n\ndef count(orders):\n    return len(orders)\n"),
        Example(
            f"def total(orders):\n{_TOTAL}\n\ndef weight(items):\n"
            + _OTHER.replace("price", "weight")
            .replace("returned", "lost")
            .replace("discount", "tare")
            .replace("-=", "*=")
        ),
        Example("def a(x):\n    return x.y\n\n\ndef b(x):\n    return x.y\n"),
        Example(f"def test_a(orders):\n{_TOTAL}\n\ndef test_b(items):\n{_OTHER}", path="tests/test_orders.py"),
        Example(f"def total(orders):\n{_TOTAL}\n\nasync def total_later(items):\n{_OTHER}"),
        Example(
            f"def total(orders):\n{_TOTAL}\n\ndef amount(items):\n{_OTHER}X = 1\n",
            before=f"def total(orders):\n{_TOTAL}\n\ndef amount(items):\n{_OTHER}",
        ),
    )

    def check_change(self, change: Change) -> Iterator[tuple[ChangedFile, LineSighting]]:
        files = [
            file
            for file in change.files
            if file.suffix == ".py" and file.new_text and not file.is_test and _is_own(file.name)
        ]
        new = [each for file in files for each in _new_bodies(file)]
        if not new:
            return
        known = _Known([], {})
        for file in files:
            known.add(file.name, file.new_text or b"")
        for name, text in _beside({PurePosixPath(file.name).parent for file, _ in new}, change).items():
            known.add(name, text)
        told: set[tuple[str, int]] = set()
        for file, body in new:
            twin = known.twin(file.name, body)
            if twin is not None and (twin[0], twin[1].lines.start) not in told:
                told.add((file.name, body.lines.start))
                line = next(line for line in body.lines if line in file.added)
                where = "" if twin[0] == file.name else f" in {PurePosixPath(twin[0]).name}"
                message = f"`{body.name}` is nearly the same as `{twin[1].name}`{where}"
                yield file, LineSighting(line, message, _severity(body, twin[1]))


def _severity(body: Body, twin: Body) -> Severity:
    """Two of one name may be two sides of one interface."""
    if body.code >= _LONG:
        return Severity.HIGH
    return Severity.LOW if body.name == twin.name else Severity.MEDIUM


def _overlap(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop


@dataclass(frozen=True, slots=True)
class _Known:
    """All functions there are to compare with, and in which of them a run of tokens is found."""

    bodies: list[tuple[str, Body]]
    by_run: dict[int, list[int]]

    def add(self, name: str, text: bytes) -> None:
        for body in bodies_in(text.decode("utf-8", "replace"), least=_SHORTEST):
            if len(self.bodies) >= _MOST_BODIES:
                return
            for run in _marks(body):
                self.by_run.setdefault(run, []).append(len(self.bodies))
            self.bodies.append((name, body))

    def twin(self, name: str, body: Body) -> tuple[str, Body] | None:
        """Return the function most alike, itself left out."""
        candidates = {place for run in _marks(body) for place in self.by_run.get(run, ())}
        best = max(
            (
                (likeness(body, other), -place)
                for place in candidates
                for path, other in [self.bodies[place]]
                if not (path == name and _overlap(body.lines, other.lines)) and _is_comparable(body, other)
            ),
            default=(0.0, 0),
        )
        return self.bodies[-best[1]] if best[0] >= _ALIKE else None


def _marks(body: Body) -> Sequence[int]:
    """Return a third of the runs, the same third for the same runs: enough to find what is four fifths alike."""
    return [run for run in body.runs if run % 3 == 0]


def _is_comparable(one: Body, other: Body) -> bool:
    """True unless one is the other for `async`, or much longer, or inside it."""
    if one.is_async != other.is_async or {one.name, other.name} & {f"a{one.name}", f"a{other.name}"}:
        return False
    return min(one.code, other.code) * 5 >= max(one.code, other.code) * 4


def _new_bodies(file: ChangedFile) -> Iterator[tuple[ChangedFile, Body]]:
    if len(file.added) < _SHORTEST:
        return
    for body in bodies_in((file.new_text or b"").decode("utf-8", "replace"), least=_SHORTEST):
        added = sum(line in file.added for line in body.lines)
        is_overload = "overload" in file.lines[body.lines.start - 2]
        if added * 5 >= len(body.lines) * 4 and not is_overload and not _BY_NATURE.fullmatch(body.name):
            yield file, body


def _is_own(name: str) -> bool:
    return _ELSEWHERE.search(name) is None


def _beside(folders: set[PurePosixPath], change: Change) -> dict[str, bytes]:
    """Return unchanged files of the same packages, nearest names first, no more than a glance can take."""
    changed = {file.name for file in change.files}
    names = [
        name
        for name in sorted(change.project.names)
        if name.endswith(".py") and name not in changed and PurePosixPath(name).parent in folders and _is_own(name)
    ]
    held: dict[str, bytes] = {}
    size = 0
    for name, text in change.project.texts(names[:_MOST_FILES]).items():
        size += len(text)
        if size > _MOST_BYTES:
            break
        held[name] = text
    return held
