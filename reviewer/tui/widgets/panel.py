"""The flag at hand: what was seen, why look, what to ask, what was said of it. And the notes beside the line."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from reviewer.analysis.manual import manual_of
from reviewer.points import Point
from reviewer.review.model import Flag, Note
from reviewer.tui.at_hand import AtHand
from reviewer.tui.keymap import SHIPPED, KeyMap
from reviewer.tui.note_words import beside_line, kind_words
from reviewer.visible import show, show_lines

_DISPOSED = {"needs-change": "needs a change", "accepted-risk": "accepted risk", "false-alarm": "false alarm"}


class Panel(VerticalScroll, can_focus=False):
    """Shows flags and notes; the first flag is the one to dispose of. What has no room is scrolled to."""

    keys: KeyMap = SHIPPED
    _shown: tuple[AtHand, tuple[str, ...], str] | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="said")

    def show_place(self, found: AtHand, *, guide: Sequence[str], at_work: str) -> None:
        """Show what is at hand; without a flag the guide, or that rules may yet find one (`at_work`)."""
        shown = (found, tuple(guide), at_work)
        # Laying the screen out anew costs ten times what a line key may.
        if shown != self._shown:
            self._shown = shown
            self.query_one("#said", Static).update(_content(found, guide, at_work, self.keys))
            self.set_class(bool(found.notes), "talk")
            self.scroll_home(animate=False)


def _content(found: AtHand, guide: Sequence[str], at_work: str, keys: KeyMap) -> Content:
    flags, since = found.flags, found.since
    parts: list[Content | str | tuple[str, str]] = []
    if found.moved:
        parts += [(found.moved, "bold"), (f"; {keys.shown('other_end')} goes there\n", "$faint")]
    if since:
        parts += [("since you read it\n", "bold $warning"), "\n".join(since), "\n\n" if flags or guide else ""]
    if flags:
        parts += _flag(flags[0], keys.shown("dispose"))
        others = ", ".join(show(flag.finding.rule) for flag in flags[1:])
        parts += [("\nalso here: ", "$faint"), others] if others else []
    elif guide:
        parts += [(f"{guide[0]}\n", "bold"), "\n".join(guide[1:])]
    elif not since:
        parts.append((at_work or "no flag in this hunk", "$faint"))
    if len(found.of_hunk) > len(flags) and flags:
        goes = f"{keys.shown('next_flag')} goes to the next"
        parts.append((f"\n{len(found.of_hunk)} flags in this hunk; {goes}", "$faint"))
    for note, answers in zip(found.notes, found.answers, strict=True):
        parts += _note(note, answers, keys)
    return Content.assemble(*parts)


def _flag(flag: Flag, dispose: str) -> list[Content | str | tuple[str, str]]:
    finding = flag.finding
    point = finding.point
    parts: list[Content | str | tuple[str, str]] = [
        (f"{finding.severity.value} ", "bold $error" if flag.is_grave else "bold $warning"),
        (show(finding.rule), "bold"),
        (f"  {point.number} {point.title}\n", "$faint"),
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
        parts.append((f"\n{dispose}: c needs change · a accepted risk · x false alarm", "$faint"))
    return parts


def _note(note: Note, answers: Sequence[Note], keys: KeyMap) -> list[Content | str | tuple[str, str]]:
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
        ways = f"{keys.shown('settle')} agrees, {keys.shown('answer')} answers"
        parts.append((f"\n  {show(note.proposed_by.called)} thinks it settled: {ways}", "bold $warning"))
    return parts
