"""The flag at hand: what was seen, why look, what to ask, what was said of it. And the notes beside the line."""

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from reviewer.analysis.manual import manual_of
from reviewer.points import Point
from reviewer.review.model import EventId, Flag, Note
from reviewer.tui.note_words import beside_line, kind_words
from reviewer.visible import show, show_lines

_DISPOSED = {"needs-change": "needs a change", "accepted-risk": "accepted risk", "false-alarm": "false alarm"}


class Panel(VerticalScroll, can_focus=False):
    """Shows flags and notes; the first flag is the one `d` disposes of. What has no room is scrolled to."""

    def compose(self) -> ComposeResult:
        yield Static(id="said")

    def show_place(
        self,
        flags: Sequence[Flag],
        notes: Sequence[Note],
        threads: Mapping[EventId, Sequence[Note]],
        since: Sequence[str],
        *,
        of_hunk: int,
        guide: Sequence[str],
        at_work: str,
    ) -> None:
        """Show what belongs to the current line and hunk; `of_hunk` counts all flags in the hunk.

        `at_work` says what the rules are still about; `since` are lines that changed since the hunk was read.
        """
        parts: list[Content | str | tuple[str, str]] = []
        if since:
            parts += [("since you read it\n", "bold $warning"), "\n".join(since), "\n\n" if flags or guide else ""]
        if flags:
            parts += _flag(flags[0])
            parts += (
                [("\n\nalso here: ", "$text-muted"), ", ".join(show(flag.finding.rule) for flag in flags[1:])]
                if flags[1:]
                else []
            )
        elif guide:
            parts += [(f"{guide[0]}\n", "bold"), "\n".join(guide[1:])]
        elif not since:
            parts.append((at_work or "no flag in this hunk", "$text-muted"))
        if of_hunk > len(flags) and flags:
            parts.append((f"\n{of_hunk} flags in this hunk; f goes to the next", "$text-muted"))
        for note in notes:
            parts += _note(note, threads.get(note.id, ()))
        self.query_one("#said", Static).update(Content.assemble(*parts))
        self.set_class(bool(notes), "talk")
        self.scroll_home(animate=False)


def _flag(flag: Flag) -> list[Content | str | tuple[str, str]]:
    finding = flag.finding
    point = finding.point
    parts: list[Content | str | tuple[str, str]] = [
        (f"{finding.severity.value} ", "bold $error" if flag.is_grave else "bold $warning"),
        (show(finding.rule), "bold"),
        (f"  {point.number} {point.title}\n", "$text-muted"),
        (show(finding.message), ""),
    ]
    manual = manual_of(finding.rule)
    if manual is not None:
        parts += [("\nWhy look: ", "bold"), manual.why, ("\nAsk: ", "bold"), manual.ask]
    if flag.disposition is not None:
        said = f": {show(flag.note)}" if flag.note else ""
        parts += [("\n✓ ", "bold $success"), f"{_DISPOSED[flag.disposition.value]}{said}"]
    elif finding.suppressed is not None:
        parts += [("\nsuppressed: ", "bold"), show(finding.suppressed)]
    else:
        parts.append(("\nd: c needs change · a accepted risk · x false alarm", "$text-muted"))
    return parts


def _note(note: Note, answers: Sequence[Note]) -> list[Content | str | tuple[str, str]]:
    about = f" {note.point.number} {note.point.title}" if isinstance(note.point, Point) else ""
    kind = kind_words(note.intent, is_blocking=note.is_blocking)
    state = ", resolved" if note.is_resolved else ""
    edited = ", edited" if note.versions else ""
    heading = f"\n✎ {kind}{about}{state}{beside_line(note)}, {show(note.by.called)}{edited}: "
    parts: list[Content | str | tuple[str, str]] = [(heading, "bold $accent"), show_lines(note.body)]
    for answer in answers:
        edited = ", edited" if answer.versions else ""
        parts += [(f"\n  ↳ {show(answer.by.called)}{edited}: ", "bold $accent"), show_lines(answer.body)]
    if note.proposed_by is not None:
        who = show(note.proposed_by.called)
        parts.append((f"\n  {who} thinks it settled: r agrees, a answers", "bold $warning"))
    return parts
