"""Makes the README's picture from the running program: `python .ci/picture.py` writes `.ci/walk.svg`."""

import asyncio
import os
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from reviewer.demo import RANGE, build_demo
from reviewer.repository import choose_target, read_diff
from reviewer.session import Subject, open_session
from reviewer.tui.app import ReviewApp

_SIZE = (150, 38)
_PICTURE = Path(__file__).with_name("walk.svg")


async def _draw(folder: Path) -> str:
    repository = build_demo(folder)
    target = choose_target(repository, RANGE)
    subject = Subject(read_diff(repository, target), target.label, repository, target.old, target.new)
    app = ReviewApp(subject, partial(open_session, folder=folder), clock=monotonic)
    async with app.run_test(size=_SIZE) as pilot:
        screen = app.review_screen
        while screen is None or screen.is_inspecting:
            await pilot.pause(0.2)
            screen = app.review_screen
        for key in ("space", "f", "f", "f"):
            await pilot.press(key)
            await pilot.pause(0.3)
        return app.export_screenshot(title="reviewer demo")


def main() -> None:
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    with TemporaryDirectory() as folder:
        _PICTURE.write_text(asyncio.run(_draw(Path(folder))), "utf-8")


if __name__ == "__main__":
    main()
