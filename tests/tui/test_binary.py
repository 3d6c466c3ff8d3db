"""A binary file on the screen is told by its kind and size, read beside the walk and only when it is looked at."""

import struct
from pathlib import Path

from reviewer.repository.runners import Answer, running_with, through_gitpython
from tests.tui.stage import LONG, Stage, make_repository, play


def _png(width: int, height: int, size: int) -> str:
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height)
    return (header + bytes(size - len(header))).decode("utf-8", "surrogateescape")


def test_a_binary_file_shows_kind_size_and_picture_of_before_and_after(tmp_path: Path) -> None:
    pair = _png(640, 480, 12_400), _png(800, 600, 15_000)

    async def scene(stage: Stage) -> None:
        await stage.until("[ ]  PNG image, 12.4 kB → 15 kB, 640×480 → 800×600")
        await stage.settled()

    play(Stage(make_repository(tmp_path, {"a.png": pair})), scene)


def test_what_is_not_on_the_screen_is_not_read_and_what_was_read_is_not_read_again(tmp_path: Path) -> None:
    files = {"a.txt": ("", LONG), "b.png": (_png(1, 1, 100), _png(2, 2, 200))}
    asked: list[str] = []

    def listening(*words: object) -> Answer:
        asked.append(str(words[0]))
        return through_gitpython(*words)  # type: ignore[arg-type]  # as the runner is asked

    def reads() -> int:
        return sum("cat-file" in command and "batch-check" in command for command in asked)

    async def scene(stage: Stage) -> None:
        await stage.settled()
        before = reads()
        await stage.press("j", "k")
        assert reads() == before
        await stage.press("G")
        await stage.until("PNG image, 100 bytes → 200 bytes, 1×1 → 2×2")
        after = reads()
        await stage.press("g", "G", "k", "j")
        await stage.until("PNG image, 100 bytes → 200 bytes")
        assert (after - before, reads() - after) == (1, 0)

    stage = Stage(make_repository(tmp_path, files))
    with running_with(listening):
        play(stage, scene, size=(100, 24))
