"""Nothing that steers a terminal is drawn, whatever a widget lets in."""

from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st
from rich.segment import Segment
from textual import events
from textual.color import Color

from reviewer.tui.belt import Belt
from reviewer.visible import show
from tests.tui.stage import Stage, make_repository, play

_HOSTILE = "a\x1b[2Jb\x9b31m\u202e"


@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=12), max_size=5))
def test_a_line_of_any_text_keeps_its_width_and_loses_what_steers(texts: list[str]) -> None:
    belt = Belt()
    segments = [Segment(text) for text in texts]

    drawn = belt.apply(segments, Color(0, 0, 0))

    assert Segment.get_line_length(drawn) == Segment.get_line_length(segments)
    assert belt.apply(drawn, Color(0, 0, 0)) == drawn
    assert not any(char in segment.text for segment in drawn for char in "\x00\x07\x1b\x7f\x9b\u202e\u2066\u200b")


@given(st.text(st.characters(exclude_categories=()), max_size=12))
@example("\ufe0f\u3164")
@example("e" + "\u0301" * 9)
@example("\u3000")
@example("\t")
def test_whatever_would_be_shown_differently_is_caught_and_nothing_else(text: str) -> None:
    belt = Belt()

    belt.apply([Segment("plain"), Segment(text)], Color(0, 0, 0))

    assert belt.caught == ([text] if show(text) != text or "\t" in text else [])


def test_what_is_drawn_already_and_what_moves_the_cursor_by_right_stay() -> None:
    segments = [Segment("caf\u00e9 \u4e2d \u241b"), Segment("\x1b[H", None, [])]

    assert Belt().apply(segments, Color(0, 0, 0))[0] == segments[0]


def test_pasted_controls_are_drawn_as_pictures(tmp_path: Path) -> None:
    async def paste(stage: Stage) -> None:
        await stage.press("slash")
        stage.app.screen.focused.post_message(events.Paste(_HOSTILE))
        await stage.pilot.pause()
        await stage.pilot.pause()

        assert "\u241b" in stage.frame
        assert not any(char in stage.frame for char in _HOSTILE if not char.isprintable())
        stage.pasted = list(stage.app.belt.caught)

    play(Stage(make_repository(tmp_path)), paste)
