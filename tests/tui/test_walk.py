"""The main job with the keys of the contract, from the first hunk to the sign-off."""

from pathlib import Path

from reviewer.review.model import Verdict
from reviewer.tui.screens.checklist import ChecklistScreen
from reviewer.tui.screens.sign_off import SignOffScreen
from tests.tui.stage import Stage, make_repository, play


def test_the_first_hunk_is_shown_with_its_file_and_progress(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        assert "app/hello.py  modified  +1 −1  0/1 reviewed" in stage.frame
        assert "hunks 0/3" in stage.frame
        assert "points 0/9" in stage.frame
        assert "+     return 'hello ' + name" in stage.frame

    play(Stage(make_repository(tmp_path)), scene)


def test_space_marks_a_hunk_and_goes_on_to_the_next_unreviewed(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("space")

        assert "hunks 1/3" in stage.frame
        assert stage.app.review_screen is not None
        assert stage.app.review_screen.view.hunk == 1
        await stage.press("left_square_bracket")
        assert "[✓] reviewed  @@ -1,2 +1,2 @@" in stage.frame

    play(Stage(make_repository(tmp_path)), scene)


def test_space_marks_a_long_hunk_only_after_its_end_was_on_the_screen(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("space", "space")
        before_the_end = stage.frame
        await stage.press_until("space", "line 80")
        await stage.press("space")

        assert "hunks 1/3" in before_the_end
        assert "hunks 2/3" in stage.frame

    play(Stage(make_repository(tmp_path)), scene, size=(100, 24))


def test_a_held_space_marks_one_hunk(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press(*["space"] * 20)

        assert "hunks 1/3" in stage.frame

    play(Stage(make_repository(tmp_path), seconds=0.03), scene, size=(120, 200))


def test_space_on_a_marked_hunk_takes_the_mark_off(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("space", "left_square_bracket", "space")

        assert "hunks 0/3" in stage.frame

    play(Stage(make_repository(tmp_path)), scene)


def test_undo_takes_back_the_last_mark(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("space", "backspace")

        assert "hunks 0/3" in stage.frame

    play(Stage(make_repository(tmp_path)), scene)


def test_the_next_start_goes_on_at_the_first_unreviewed_hunk(tmp_path: Path) -> None:
    async def first(stage: Stage) -> None:
        await stage.press("space", "q")

    async def second(stage: Stage) -> None:
        assert "hunks 1/3" in stage.frame
        assert stage.app.review_screen is not None
        assert stage.app.review_screen.view.hunk == 1

    make_repository(tmp_path)
    play(Stage(tmp_path), first)
    play(Stage(tmp_path), second)


def test_a_note_on_a_line_is_shown_beside_it_and_counted_as_blocking(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("c")
        await stage.type("why hello")
        await stage.press("ctrl+b", "ctrl+s")

        assert "blocking note, line 2, old side, Rita Reader: why hello" in stage.frame
        await stage.press("S")
        assert "blocking note on app/hello.py:2: why hello" in stage.frame

    play(Stage(make_repository(tmp_path)), scene)


def test_a_concern_stands_as_evidence_under_its_point(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("3")
        await stage.type("slow")
        await stage.press("ctrl+s", "x", "3")

        assert isinstance(stage.app.screen, ChecklistScreen)
        assert "✎ slow" in stage.frame

    play(Stage(make_repository(tmp_path)), scene)


def test_the_sign_off_lists_what_blocks_and_leads_there(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("space", "S")
        frame = stage.frame
        await stage.press("enter")

        assert "app/long.txt:1  not reviewed" in frame
        assert stage.app.review_screen is not None
        assert stage.app.screen is stage.app.review_screen
        assert stage.app.review_screen.view.hunk == 1

    play(Stage(make_repository(tmp_path)), scene)


def test_an_approval_is_refused_while_something_blocks(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("S")
        await stage.type("approve")
        await stage.press("enter")

        assert isinstance(stage.app.screen, SignOffScreen)

    assert play(Stage(make_repository(tmp_path)), scene) is None
    assert not (tmp_path / ".reviews").exists()


def test_a_whole_review_ends_in_an_approval_and_a_review_file(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        for _ in range(3):
            await stage.press("G", "space", "u", "space")
        await stage.press("x")
        await stage.press(*["y"] * 12)
        await stage.press("escape", "S")
        await stage.type("approve")
        await stage.press("enter")

    files = {"notes.md": ("# Notes\n", "# Notes\n\nA second line.\n"), "more.md": ("", "New.\n")}
    signoff = play(Stage(make_repository(tmp_path, files)), scene)

    assert signoff is not None
    assert signoff.verdict is Verdict.APPROVE
    assert signoff.coverage == 1.0
    published = list((tmp_path / ".reviews").rglob("*.jsonl"))
    live = list((tmp_path / ".git" / "reviewer").rglob("*.jsonl"))
    assert [file.read_bytes() for file in published] == [file.read_bytes() for file in live]


def test_a_flag_is_disposed_of_by_two_keys_and_its_point_can_then_be_answered(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        await stage.press("x", "7", "y")
        refused = stage.frame
        await stage.press("enter")
        at_the_flag = stage.frame
        await stage.press("d", "x", "x", "7", "y")
        await stage.type("looked")
        await stage.press("enter")

        assert "swallowed-exception" in refused
        assert "✓7" not in refused
        assert "Why look: the failure still happens" in at_the_flag
        await stage.press("7")
        assert "✓7" in stage.frame
        assert "✓ yes: looked (Rita Reader)" in stage.frame

    code = "def send(order):\n    try:\n        ship(order)\n    except Exception:\n        pass\n"
    play(Stage(make_repository(tmp_path, {"shop.py": ("", code)})), scene)
