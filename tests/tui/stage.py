"""A stage for the interface: a real repository, the real app, keys in, text frames out."""

import asyncio
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import count
from pathlib import Path

from textual.pilot import Pilot

from reviewer.configuration.preferences import AS_SHIPPED, Preferences
from reviewer.repository import choose_target, discover, read_diff
from reviewer.review.model import SignOff
from reviewer.session.opening import open_session
from reviewer.session.session import Session
from reviewer.session.subject import Subject
from reviewer.tui.app import ReviewApp
from reviewer.tui.keymap import SHIPPED, KeyMap

Play = Callable[["Stage"], Awaitable[None]]

LONG = "".join(f"line {number}\n" for number in range(1, 81))
FILES = {
    "app/hello.py": ("def hello(name):\n    return name\n", "def hello(name):\n    return 'hello ' + name\n"),
    "app/long.txt": ("", LONG),
    "notes.md": ("# Notes\n", "# Notes\n\nA second line.\n"),
}


def make_repository(folder: Path, files: dict[str, tuple[str, str]] | None = None) -> Path:
    """Make a repository whose working tree turns the first text of each file into the second."""
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _git(folder, "config", "user.name", "Rita Reader")
    _git(folder, "config", "user.email", "rita@example.org")
    chosen = FILES if files is None else files
    for name, (before, _) in chosen.items():
        if before:
            _write(folder / name, before)
    _write(folder / ".keep", "")
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message=before")
    for name, (_, after) in chosen.items():
        _write(folder / name, after)
    return folder


class Stage:
    """One run of the app. Every press of a key is a second after the last, so none counts as held."""

    def __init__(
        self,
        folder: Path,
        *,
        seconds: float = 1.0,
        reread: Callable[[int], Subject | None] | None = None,
        preferences: Preferences = AS_SHIPPED,
        keys: KeyMap = SHIPPED,
        remarks: Sequence[str] = (),
        opening: Callable[[Subject], Session] | None = None,
    ) -> None:
        ticks = count()
        # A scene about the opening itself does not wait for its end.
        self.waits_for_review = opening is None
        self.app = ReviewApp(
            read(folder, preferences.context),
            opening or partial(open_session, folder=folder),
            clock=lambda: next(ticks) * seconds,
            reread=reread or partial(read, folder),
            preferences=preferences,
            keys=keys,
            remarks=remarks,
        )
        self.pilot: Pilot[SignOff]
        # What a scene pasted that would steer a terminal, as often as it was drawn.
        self.pasted: list[str] = []

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause()

    async def type(self, text: str) -> None:
        await self.press(*("space" if char == " " else char for char in text))

    async def press_until(self, key: str, text: str) -> None:
        """Press a key again and again until the text is on the screen."""
        for _ in range(100):
            if text in self.frame:
                return
            await self.press(key)
        raise AssertionError(f"{text!r} never came to the screen:\n{self.frame}")

    async def until(self, text: str) -> None:
        """Wait until the text is on the screen, for as long as a busy machine may need."""
        for _ in range(1200):
            if text in self.frame:
                return
            await self.pilot.pause(0.05)
        raise AssertionError(f"{text!r} never came to the screen:\n{self.frame}")

    async def settled(self) -> None:
        """Wait until the rules have said all they have to say."""
        for _ in range(1200):
            screen = self.app.review_screen
            if screen is not None and not screen.is_inspecting:
                break
            await self.pilot.pause(0.05)
        await self.pilot.pause()

    @property
    def frame(self) -> str:
        """The screen as text, a line a row."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)


def play(stage: Stage, scene: Play, *, size: tuple[int, int] = (120, 40)) -> SignOff | None:
    """Run the app through a scene; return what it ends with."""

    async def run() -> None:
        async with stage.app.run_test(size=size) as pilot:
            stage.pilot = pilot
            while not stage.frame.strip() or (stage.waits_for_review and stage.app.session is None):
                await pilot.pause(0.02)
            await pilot.pause()
            await scene(stage)

    asyncio.run(run())
    assert stage.app.belt.caught == stage.pasted
    return stage.app.return_value


def read(folder: Path, context: int = 3) -> Subject:
    repository = discover(folder)
    target = choose_target(repository)
    diff = read_diff(repository, target, context=context)
    return Subject(diff, target.label, repository, target.old, target.new)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode("utf-8", "surrogateescape"))


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)
