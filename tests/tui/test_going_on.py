"""Coming back to a change that has become another one."""

import subprocess
from pathlib import Path

from tests.tui.stage import Stage, make_repository, play

BASE = "".join(f"line {number}\n" for number in range(60))


def _edited(*numbers: int, word: str = "edited") -> str:
    return "".join(f"{word} {n}\n" if n in numbers else line for n, line in enumerate(BASE.splitlines(keepends=True)))


def _read_all(folder: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        await stage.press_until("space", "100 %")

    play(Stage(folder), scene)


def test_a_changed_hunk_is_shown_against_what_was_read_and_one_key_confirms_the_rest(tmp_path: Path) -> None:
    folder = make_repository(tmp_path, {"app.txt": (BASE, _edited(10, 30, 50))})
    _read_all(folder)
    (folder / "app.txt").write_text(_edited(8))
    subprocess.run(["git", "-C", str(folder), "commit", "-q", "-a", "-m", "upstream"], check=True)
    upstream = _edited(8).replace("line 10", "edited 10").replace("line 50", "edited 50")
    (folder / "app.txt").write_text(upstream.replace("line 30", "edited 30 with care"))

    async def scene(stage: Stage) -> None:
        await stage.settled()
        await stage.until("changed: 1 of 3 edits kept, 1 ported, 1 changed")
        assert "▌ [~] read before, space confirms" in stage.frame
        await stage.press("space")
        await stage.until("▌ [±] changed since you read it")
        assert "since you read it\n" in stage.frame
        assert "then +edited 30" in stage.frame
        assert "now  +edited 30 with care" in stage.frame
        await stage.press("space", "escape")
        assert "100 %" in stage.frame
        assert "edits kept" not in stage.frame

    play(Stage(folder), scene)


def test_an_answer_of_before_is_affirmed_by_the_same_key(tmp_path: Path) -> None:
    folder = make_repository(tmp_path, {"app.txt": (BASE, _edited(10))})

    async def answer(stage: Stage) -> None:
        await stage.settled()
        await stage.press("x", "a")
        await stage.type("nothing runs")
        await stage.press("enter")
        await stage.until("✓1")

    play(Stage(folder), answer)
    (folder / "app.txt").write_text(_edited(10, 40))

    async def affirm(stage: Stage) -> None:
        await stage.settled()
        assert "points 0/9" in stage.frame
        await stage.press("x")
        assert "before the change: – n/a: nothing runs" in stage.frame
        await stage.press("a", "x")
        assert "points 1/9" in stage.frame

    play(Stage(folder), affirm)


def test_a_blocking_note_can_be_settled_where_it_stands_and_from_the_sign_off(tmp_path: Path) -> None:
    folder = make_repository(tmp_path, {"app.txt": (BASE, _edited(10))})

    async def scene(stage: Stage) -> None:
        await stage.settled()
        for text in ("one", "two"):
            await stage.press("j", "c")
            await stage.press("ctrl+b")
            await stage.type(text)
            await stage.press("ctrl+s")
        await stage.press("r")
        await stage.press("S")
        assert "blocking note on app.txt" in stage.frame
        assert stage.frame.count("blocking note") == 1
        rows = stage.frame.split("\n")
        first = next(at for at, row in enumerate(rows) if "app.txt" in row)
        note = next(at for at, row in enumerate(rows) if "blocking note" in row)
        await stage.press(*["down"] * (note - first), "tab")
        await stage.until("not yet")
        await stage.press("y")
        await stage.until("Sign off")
        assert "blocking note" not in stage.frame

    play(Stage(folder), scene)


def test_a_note_moves_with_its_line_and_one_whose_line_is_gone_says_where_it_was(tmp_path: Path) -> None:
    folder = make_repository(tmp_path, {"app.txt": (BASE, _edited(10, 30))})

    async def note(stage: Stage) -> None:
        await stage.settled()
        for text in ("stays", "goes"):
            await stage.press("j", "c")
            await stage.type(text)
            await stage.press("ctrl+s", "]")

    play(Stage(folder), note)
    (folder / "app.txt").write_text("one more\n" + _edited(10))

    async def look(stage: Stage) -> None:
        await stage.settled()
        await stage.press("g")
        await stage.until("note, was on app.txt:31, Rita Reader: goes")
        await stage.press("m")
        await stage.until("note, Rita Reader: stays")

    play(Stage(folder), look)
