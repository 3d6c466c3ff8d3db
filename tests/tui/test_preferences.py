"""What a user prefers is there from the first frame on."""

from dataclasses import replace
from pathlib import Path

from reviewer.configuration.preferences import AS_SHIPPED, AUTO, WHOLE_FILES, Layout, Preferences, Tree, Whitespace
from reviewer.tui.paint import Showing
from reviewer.tui.themes import fitting_name
from reviewer.tui.widgets.diff_view import DiffView
from tests.tui.stage import Stage, make_repository, play

_LIKED = Preferences(
    theme="monochrome",
    layout=Layout.SPLIT,
    wrap=True,
    word_emphasis=False,
    whitespace=Whitespace.FAINT,
    tree=Tree.OFF,
    mouse=False,
)


def _view(stage: Stage) -> DiffView:
    assert stage.app.review_screen is not None
    return stage.app.review_screen.view


def test_a_walk_begins_the_way_its_user_likes_it(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        view = _view(stage)

        assert (view.is_split, view.wraps, view.showing) == (True, True, Showing(words=False, blanks=False))
        assert view.viewport.shape.is_split
        assert stage.app.theme == "monochrome"
        assert "○ A long.txt" not in stage.frame

    play(Stage(make_repository(tmp_path), preferences=_LIKED), scene)


def test_what_is_liked_holds_after_a_reload(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("R")

        assert _view(stage).wraps

    play(Stage(make_repository(tmp_path), preferences=_LIKED), scene)


def test_the_tree_is_shown_on_a_narrow_screen_if_wanted(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        assert "○ A long.txt" in stage.frame

    play(Stage(make_repository(tmp_path), preferences=replace(AS_SHIPPED, tree=Tree.ON)), scene, size=(80, 24))


def test_one_step_less_of_whole_files_is_a_hundred_lines(tmp_path: Path) -> None:
    before = "".join(f"{number}\n" for number in range(400))
    make_repository(tmp_path, {"numbers.txt": (before, before.replace("200\n", "two hundred\n"))})

    async def scene(stage: Stage) -> None:
        assert "@@ -1,400 +1,400 @@" in stage.frame
        await stage.press("minus")
        await stage.until("@@ -101,201 +101,201 @@")

    play(Stage(tmp_path, preferences=replace(AS_SHIPPED, context=WHOLE_FILES)), scene, size=(120, 700))


def test_an_unknown_theme_and_what_a_repository_may_not_say_are_told(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        (said,) = stage.app._notifications

        assert (
            said.message == 'x.toml: not heeded [b]here[/b]\nthere is no theme "mono-crome"; did you mean "monochrome"?'
        )
        assert not said.markup
        assert stage.app.theme == fitting_name(AUTO, stage.app.depth, is_light=None)

    stage = Stage(
        make_repository(tmp_path),
        preferences=replace(AS_SHIPPED, theme="mono-crome"),
        remarks=("x.toml: not heeded [b]here[/b]",),
    )
    play(stage, scene)
