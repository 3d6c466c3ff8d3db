"""Keys of a user's own: bindings, footer, help and palette all follow the one table."""

from pathlib import Path

from reviewer.configuration.preferences import KeyChoice
from reviewer.tui.keymap import KeyMap, key_map
from reviewer.tui.screens.checklist import ChecklistScreen
from reviewer.tui.screens.review import ReviewScreen
from tests.tui.stage import Stage, make_repository, play


def _keys(preset: str | None = None, **keys: list[str]) -> KeyMap:
    return key_map(KeyChoice(preset, {name: tuple(names) for name, names in keys.items()}))


def _hunk(stage: Stage) -> int:
    assert stage.app.review_screen is not None
    return stage.app.review_screen.view.hunk


def test_a_moved_key_acts_and_the_old_one_does_not(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("right_square_bracket")
        stayed = _hunk(stage)
        await stage.press("n", "f8")

        assert (stayed, _hunk(stage)) == (0, 2)

    play(Stage(make_repository(tmp_path), keys=_keys(next_hunk=["n", "F8"])), scene)


def test_footer_help_and_palette_show_the_moved_key(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        footer = stage.frame.splitlines()[-1]
        await stage.press("f1")
        helped = stage.frame
        await stage.press("escape", "colon")
        await stage.type("next hunk")
        await stage.until("key F8")

        assert " F8 hunk " in footer
        assert "flag" not in footer
        assert "  F8          next hunk" in helped
        assert "  —           next flag" in helped
        assert "no key" not in footer

    play(Stage(make_repository(tmp_path), keys=_keys(next_hunk=["F8"], next_flag=[])), scene, size=(120, 90))


def test_checklist_and_sign_off_follow_too(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        await stage.press("f9")
        listed = stage.frame
        await stage.press("j")
        assert isinstance(stage.app.screen, ChecklistScreen)
        is_same = stage.app.screen.at
        await stage.press("down", "f9", "S")
        signing = stage.frame
        await stage.press("f2")

        assert listed.splitlines()[-1].rstrip().endswith("F9 back")
        assert is_same == 0
        assert " F2 back" in signing
        assert isinstance(stage.app.screen, ReviewScreen)

    keys = _keys("plain", leave_checklist=["F9"], leave_sign_off=["F2"])
    play(Stage(make_repository(tmp_path), keys=keys), scene)


def test_a_moved_row_tells_its_action_which_digit(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("alt+3")

        assert "note under 3 Scale" in stage.frame

    play(Stage(make_repository(tmp_path), keys=_keys(concern=["alt+1…9"])), scene)


def test_a_screen_too_small_names_the_key_that_leaves(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        assert "F10 leaves" in stage.frame
        await stage.press("f10")

    play(Stage(make_repository(tmp_path), keys=_keys("plain")), scene, size=(39, 11))


def test_what_lost_its_key_is_said_when_the_walk_begins(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        (said,) = stage.app._notifications

        assert said.message.startswith("[keys]: next_match has no key any more, next_hunk took it")

    play(Stage(make_repository(tmp_path), keys=_keys(next_hunk=["n"])), scene)


def test_one_walk_does_not_change_the_keys_of_the_next(tmp_path: Path) -> None:
    async def other(stage: Stage) -> None:
        await stage.press("z")

    async def scene(stage: Stage) -> None:
        await stage.press("tab", "right_square_bracket")

        assert _hunk(stage) == 1

    make_repository(tmp_path)
    play(Stage(tmp_path, keys=_keys("plain")), other)
    play(Stage(tmp_path), scene)
