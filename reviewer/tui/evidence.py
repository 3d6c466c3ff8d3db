"""What stands beside a question: flags, notes and unread hunks, and where each of them leads."""

from dataclasses import dataclass

from reviewer.diff.lines import first_change
from reviewer.points import Point
from reviewer.review.model import Flag, Note
from reviewer.review.progress import flags_of
from reviewer.tui.messages import GoTo
from reviewer.tui.rows import RowMap
from reviewer.tui.snapshot import Snapshot
from reviewer.visible import show


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line beside a question, and where it leads."""

    text: str
    goal: GoTo
    is_settled: bool


def evidence_for(point: Point, snapshot: Snapshot, rows: RowMap) -> tuple[Evidence, ...]:
    """Return the flags that inform the point and the notes under it, open ones first; then hunks still unread."""
    flags = [_flag(flag) for flag in flags_of(point, snapshot.state)]
    notes = [_note(note) for note in snapshot.notes.values() if note.point is point]
    said = sorted((*flags, *notes), key=lambda evidence: evidence.is_settled)
    return (*said, *_unread(snapshot, rows))


def _flag(flag: Flag) -> Evidence:
    finding = flag.finding
    text = (
        f"{'!' if flag.is_open else '·'} {finding.severity.value} {show(finding.rule)}  "
        f"{show(finding.path)}:{finding.line}  {show(finding.message)}"
    )
    return Evidence(text, GoTo(path=finding.path, line=finding.line), not flag.is_open)


def _note(note: Note) -> Evidence:
    spot = note.spot
    goal = GoTo(path=spot.path, line=spot.last, side=spot.side) if spot is not None else GoTo(hunk=0)
    return Evidence(f"✎ {show(note.headline)}", goal, note.is_resolved)


def _unread(snapshot: Snapshot, rows: RowMap) -> list[Evidence]:
    unread = [hunk for hunk, is_viewed in enumerate(snapshot.viewed) if not is_viewed]
    return [
        Evidence(
            f"○ {show(rows.files[rows.file_of_hunk[hunk]].path)}:{first_change(rows.hunks[hunk])}  not reviewed",
            GoTo(hunk=hunk),
            is_settled=False,
        )
        for hunk in unread
    ]
