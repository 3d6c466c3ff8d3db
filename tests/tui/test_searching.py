"""Searching with the keys: the view follows, matches are counted, and one comes back to where one was."""

from pathlib import Path

from textual import events

from tests.tui.stage import Stage, make_repository, play

_FILES = {
    "a.py": ("", "def alpha():\n    return Beta\n"),
    "b.py": ("", "beta = 1\n" + "x = 1\n" * 60 + "gamma(beta)\n"),
    "uv.lock": ("", 'name = "beta"\nname = "other"\n'),
}


def test_the_view_follows_while_one_types_and_escape_goes_back(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        view = stage.app.review_screen.view
        await stage.press("j")
        before = view.cursor
        await stage.press("slash")
        await stage.type("gamma")
        await stage.until("match 1 of 1")
        there = view.line
        await stage.press("escape")

        assert there.text == b"gamma(beta)"
        assert view.cursor == before
        assert view.match is None
        assert "? help" in stage.frame

    play(Stage(make_repository(tmp_path, _FILES)), scene)


def test_matches_are_counted_with_those_in_folded_files_apart(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("slash")
        await stage.type("beta")
        await stage.press("enter")
        await stage.until("match 1 of 3 · 1 more in folded files")
        await stage.press("n", "n")
        await stage.until("match 3 of 3")
        last = stage.app.review_screen.view.line
        await stage.press("n")
        await stage.until("match 1 of 3 · 1 more in folded files · round the end")

        assert last.text == b"gamma(beta)"
        assert stage.app.review_screen.view.line.text == b"    return Beta"

    play(Stage(make_repository(tmp_path, _FILES)), scene)


def test_a_capital_makes_case_count(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("slash")
        await stage.type("Beta")
        await stage.until("match 1 of 1 ")

    play(Stage(make_repository(tmp_path, _FILES)), scene)


def test_an_expression_is_searched_for_and_one_that_is_none_says_why(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("slash", "ctrl+r")
        await stage.type("^(b")
        await stage.until("missing ), unterminated subpattern at character 2")
        await stage.type("|g)")
        await stage.until("match 1 of 2")

        assert stage.app.review_screen.view.line.text == b"beta = 1"

    play(Stage(make_repository(tmp_path, _FILES)), scene)


def test_up_brings_earlier_searches_back(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        for text in ("alpha", "gamma"):
            await stage.press("slash")
            await stage.type(text)
            await stage.press("enter")
        await stage.press("slash", "up", "up")
        await stage.until("match 1 of 1")
        first = stage.app.review_screen.view.line
        await stage.press("down")
        await stage.until("/ gamma")

        assert first.text == b"def alpha():"
        assert stage.app.review_screen.view.line.text == b"gamma(beta)"

    play(Stage(make_repository(tmp_path, _FILES)), scene)


def test_what_was_searched_for_before_comes_back_with_escape(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("slash")
        await stage.type("alpha")
        await stage.press("enter", "slash")
        await stage.type("nowhere")
        await stage.until("no match")
        await stage.press("escape", "n")

        await stage.until("/ alpha match 1 of 1")

    play(Stage(make_repository(tmp_path, _FILES)), scene)


def test_a_search_goes_on_after_more_context_is_shown(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("slash")
        await stage.type("beta")
        await stage.press("enter", "n", "plus")
        await stage.until("/ beta 3 · 1 more in folded files")
        await stage.press("n")
        await stage.until("match 3 of 3")

    play(Stage(make_repository(tmp_path, _FILES)), scene)


def test_keys_typed_ahead_are_searched_for_and_run_no_command(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        for key, char in (("slash", "/"), ("A", "A"), ("x", "x"), ("S", "S"), ("enter", "\r"), ("n", "n")):
            stage.app.post_message(events.Key(key, char))
        await stage.until("/ AxS no match")

        # This one comes behind all of them.
        await stage.press("j")
        assert stage.app.screen is stage.app.review_screen
        assert "hunks 0/3" in stage.frame

    play(Stage(make_repository(tmp_path, _FILES)), scene)


def test_side_by_side_a_step_leaves_the_pair_of_lines_it_stands_on(tmp_path: Path) -> None:
    before, after = "beta one\nbeta two\n", "beta 1\nbeta 2\n"

    async def scene(stage: Stage) -> None:
        await stage.press("slash")
        await stage.type("beta")
        await stage.press("enter")
        steps = []
        for _ in range(4):
            steps.append(next(n for n in range(1, 5) if f"match {n} of 4" in stage.frame))
            await stage.press("N")

        assert steps == [1, 4, 3, 2]

    play(Stage(make_repository(tmp_path, {"a.txt": (before, after)})), scene, size=(200, 40))


def test_a_match_beyond_the_right_edge_is_scrolled_to(tmp_path: Path) -> None:
    far = "x = [" + "0, " * 100 + "needle]\n"

    async def scene(stage: Stage) -> None:
        await stage.press("slash")
        await stage.type("needle")
        await stage.until("match 1 of 2")
        assert "needle]" in stage.frame
        await stage.press("enter")
        assert "needle]" in stage.frame
        await stage.press("n")
        await stage.until("match 2 of 2")
        assert "near = needle" in stage.frame
        await stage.press("escape", "g", "slash")
        await stage.type("needle")
        await stage.until("needle]")
        await stage.press("escape")
        assert stage.app.review_screen.view.offset_x == 0

    play(Stage(make_repository(tmp_path, {"a.py": ("", far + "near = needle\n")})), scene)
