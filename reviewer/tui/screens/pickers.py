"""Lists to choose from by typing part of what one looks for: a file, a flag."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from reviewer.analysis.finding import FindingId
from reviewer.review.model import Flag
from reviewer.tui.fuzzy import rank
from reviewer.tui.rows import RowMap
from reviewer.tui.snapshot import Snapshot
from reviewer.tui.widgets.row_list import RowList
from reviewer.walk.places import flag_words, matches
from reviewer.walk.titles import name_of

Chosen = TypeVar("Chosen")


class Lines(RowList):
    lines: Sequence[str] = ()

    @property
    def row_count(self) -> int:
        return len(self.lines)

    def row_text(self, index: int) -> tuple[str, bool]:
        return f" {self.lines[index]}", False


class Picker(ModalScreen[Chosen | None], Generic[Chosen]):
    """A field to type in over the lines it leaves; `hint` says what to type."""

    hint = ""
    # Which line is selected as long as nothing is typed.
    start = 0
    BINDINGS = [
        Binding("escape", "dismiss(None)", "never mind", priority=True),
        Binding("down,ctrl+n", "move(1)", "next", priority=True),
        Binding("up,ctrl+p", "move(-1)", "previous", priority=True),
    ]

    def __init__(self, lines: Sequence[str], *, text: str = "") -> None:
        super().__init__()
        self._all = tuple(enumerate(lines))
        self._found = self._all
        self._text = text

    def found(self, text: str) -> Sequence[tuple[int, str]]:
        """Return the lines that fit the text, with their numbers, the best first."""
        raise NotImplementedError

    def choose(self, number: int | None, text: str) -> None:
        """Leave with the line of this number, None if no line fits the text."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        with Vertical(classes="prompt tall"):
            yield Input(self._text, placeholder=self.hint)
            yield Lines(id="names")

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._show(self._text)

    def on_input_changed(self, event: Input.Changed) -> None:
        self._show(event.value)

    @property
    def selected_number(self) -> int | None:
        """The number of the selected line, None if no line fits the text."""
        return self._found[self.query_one(Lines).selected][0] if self._found else None

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.choose(self.selected_number, event.value)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        self.choose(self._found[event.index][0], self.query_one(Input).value)

    def action_move(self, step: int) -> None:
        lines = self.query_one(Lines)
        lines.selected = max(0, min(lines.selected + step, len(self._found) - 1))

    def _show(self, text: str) -> None:
        self._found = tuple(self.found(text)) if text.strip() else self._all
        lines = self.query_one(Lines)
        lines.lines = [line for _, line in self._found]
        lines.selected = (0 if text.strip() else self.start) if self._found else -1
        lines.refresh()


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file as a list shows it: its name, and before it how far it is read, its open flags and its notes."""

    name: str
    marks: str


def entries_of(rows: RowMap, snapshot: Snapshot | None) -> list[FileEntry]:
    """Return an entry for each file of the walk."""
    spots = [note.spot for note in snapshot.notes.values()] if snapshot else []
    notes = Counter(spot.path for spot in spots if spot is not None)
    found = []
    for number, file in enumerate(rows.files):
        hunks = rows.hunks_of_file(number)
        read = sum(snapshot.viewed[hunk] for hunk in hunks) if snapshot else 0
        flags = sum(flag.is_open for flag in snapshot.flags_of(file.path)) if snapshot else 0
        sign = "✓" if read == len(hunks) else "○" if not read else "◐"
        signs = " ".join([f"!{flags}"] * bool(flags) + [f"✎{notes[file.path]}"] * bool(notes[file.path]))
        found.append(FileEntry(name_of(file), f"{sign} {f'{read}/{len(hunks)}':<7}{signs:<7}"))
    return found


class FilePicker(Picker[int]):
    """A fuzzy search over the names of changed files; gives the file's index."""

    hint = "part of a file's name: letters of it in their order, or words"

    def __init__(self, entries: Sequence[FileEntry]) -> None:
        super().__init__([f"{entry.marks}{entry.name}" for entry in entries])
        self._names = [entry.name for entry in entries]

    def found(self, text: str) -> Sequence[tuple[int, str]]:
        ranked = ((rank(text, self._names[number]), number, line) for number, line in self._all)
        best = sorted((how_well, number, line) for how_well, number, line in ranked if how_well is not None)
        return [(number, line) for _, number, line in best]

    def choose(self, number: int | None, text: str) -> None:  # noqa: ARG002 - as all pickers are told
        self.dismiss(number)


class ChoicePicker(Picker[int]):
    """One of a few things, told by its first words; the current one is marked."""

    def __init__(self, lines: Sequence[str], *, current: int, hint: str) -> None:
        super().__init__([f"{'•' if number == current else ' '} {line}" for number, line in enumerate(lines)])
        self.hint = hint
        self.start = current

    def found(self, text: str) -> Sequence[tuple[int, str]]:
        return [(number, line) for number, line in self._all if matches(line, text)]

    def choose(self, number: int | None, text: str) -> None:  # noqa: ARG002 - as all pickers are told
        self.dismiss(number)


@dataclass(frozen=True, slots=True)
class PickedFlag:
    """The flag to go to, if one fits, and the words that `f` and `F` keep to from now on."""

    flag: FindingId | None
    words: str


class FlagPicker(Picker[PickedFlag]):
    """All flags, the gravest first; every word typed must be in the line: a severity, point, rule, file or state."""

    hint = "words to keep to: high, security, sql-injection, pay.py, open; enter goes there"

    def __init__(self, flags: Sequence[Flag], *, text: str = "") -> None:
        self._flags = sorted(flags, key=lambda flag: (not flag.is_open, flag.finding.severity.rank, flag.finding.path))
        super().__init__([flag_words(flag) for flag in self._flags], text=text)

    def found(self, text: str) -> Sequence[tuple[int, str]]:
        return [(number, line) for number, line in self._all if matches(line, text)]

    def choose(self, number: int | None, text: str) -> None:
        flag = self._flags[number].finding.id if number is not None else None
        self.dismiss(PickedFlag(flag, text.strip() if flag is not None else ""))
