"""What is measured of one run of a program: when it first shows the diff, and what each key costs."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.diffs import Subject
from benchmarks.processes import find, peak_memory, processor_seconds, wait_for_rest
from benchmarks.programs import Program
from benchmarks.terminal import Chunk, Picture, Terminal, frames

_QUIET_SECONDS = 0.1
# A frame is written in pieces; a longer silence ends it, and what follows is another one: colours, say.
_FRAME_GAP_SECONDS = 0.008
_REST_LIMIT_SECONDS = 300.0
_BUSY_SECONDS = 0.2

Open = Callable[[Program, Subject], Terminal]


@dataclass(frozen=True, slots=True)
class Shown:
    """Seconds until a text was shown: of the clock, and of the processor in the process that draws."""

    clock: float
    processor: float


@dataclass(frozen=True, slots=True)
class Start:
    """When each of the program's texts was shown; memory in MB."""

    shown: tuple[Shown, ...]
    memory: float


@dataclass(frozen=True, slots=True)
class Press:
    """Seconds from a key to the end of the first frame that changed the screen, and to that of the last."""

    painted: float
    settled: float
    written: int


@dataclass(frozen=True, slots=True)
class Series:
    """Presses of one key; `processor` is seconds for each of them."""

    presses: tuple[Press, ...]
    processor: float


@dataclass(frozen=True, slots=True)
class KeyRun:
    """`busy` are seconds from a line key to its cursor while the program was at work in the background."""

    series: dict[str, Series]
    memory: float
    came_to_rest: bool
    busy: tuple[float, ...] = ()


def measure_start(open_terminal: Open, program: Program, subject: Subject) -> Start:
    with _first_start(open_terminal, program, subject) as terminal:
        shown = []
        for text in program.texts:
            clock = terminal.wait_for(text)
            drawing = find(terminal.pid, program.interface)
            shown.append(Shown(clock, processor_seconds(drawing)))
        return Start(tuple(shown), peak_memory(drawing))


def measure_keys(
    open_terminal: Open, program: Program, subject: Subject, presses: int, *, busy_presses: int = 0
) -> KeyRun:
    """Press every key of the program, once all that it does in the background is done; `j` as often before."""
    with _first_start(open_terminal, program, subject) as terminal:
        for text in program.texts:
            terminal.wait_for(text)
        busy = tuple(filter(None, (_seconds_to_cursor(terminal) for _ in range(busy_presses))))
        came_to_rest = wait_for_rest(terminal.pid, limit=_REST_LIMIT_SECONDS, meanwhile=terminal.keep)
        terminal.show(terminal.read_until_quiet(_QUIET_SECONDS))
        drawing = find(terminal.pid, program.interface)
        series = {}
        for name, key in program.keys.items():
            _go_home(terminal, program)
            series[name] = _series(terminal, program, drawing, key, presses)
        return KeyRun(series, peak_memory(drawing), came_to_rest, busy)


@contextmanager
def _first_start(open_terminal: Open, program: Program, subject: Subject) -> Iterator[Terminal]:
    """Start the program as if nobody had ever reviewed the subject."""
    shutil.rmtree(subject.folder / ".git" / "reviewer", ignore_errors=True)
    with open_terminal(program, subject) as terminal:
        if program.typed:
            terminal.press(program.typed)
        yield terminal


def _series(terminal: Terminal, program: Program, drawing: int, key: bytes, count: int) -> Series:
    """Press the key; whenever it changes nothing, as at the end of the diff, begin at the top again."""
    presses: list[Press] = []
    processor = 0.0
    failures = 0
    while len(presses) < count and failures <= count:
        before = processor_seconds(drawing)
        press = _press(terminal, key)
        used = processor_seconds(drawing) - before
        if press is None:
            failures += 1
            _go_home(terminal, program)
            continue
        presses.append(press)
        processor += used
    return Series(tuple(presses), processor / max(1, len(presses)))


def _press(terminal: Terminal, key: bytes) -> Press | None:
    picture = terminal.picture
    pressed = terminal.press(key)
    chunks = terminal.read_until_quiet(_QUIET_SECONDS)
    ends = list(_changes(terminal, picture, chunks))
    if not ends:
        return None
    return Press(ends[0] - pressed, ends[-1] - pressed, sum(len(chunk.data) for chunk in chunks))


def _seconds_to_cursor(terminal: Terminal) -> float | None:
    """Press the line key while other things are drawn, too; None if the cursor was nowhere else in time."""
    before = terminal.cursor_line
    pressed = terminal.press(b"j")
    chunks = terminal.read_for(_BUSY_SECONDS)
    ends = []
    for frame in frames(chunks, _FRAME_GAP_SECONDS):
        terminal.show(frame)
        if terminal.cursor_line != before:
            ends.append(frame[-1].at - pressed)
    return ends[0] if ends else None


def _changes(terminal: Terminal, picture: Picture, chunks: list[Chunk]) -> Iterator[float]:
    """Yield the time of the last byte of each frame that changed the screen."""
    for frame in frames(chunks, _FRAME_GAP_SECONDS):
        shown = terminal.show(frame)
        if shown != picture:
            yield frame[-1].at
        picture = shown


def _go_home(terminal: Terminal, program: Program) -> None:
    terminal.press(program.home)
    terminal.show(terminal.read_until_quiet(_QUIET_SECONDS))
