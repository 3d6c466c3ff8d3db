"""Every theme says all there is to say, can be read, and says nothing by colour alone."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.color import Color, ColorSystem, ColorType
from rich.segment import Segment
from rich.style import Style

from reviewer.configuration.preferences import AUTO
from reviewer.tui import app as app_module
from reviewer.tui.app import ReviewApp
from reviewer.tui.palette import CLASSES, LINE_KINDS, SIGNS, TOKENS, Palette
from reviewer.tui.themes import NAMES, Depth, colours_named, fitting_name, shown_names, theme_named
from reviewer.tui.widgets.row_list import RowList
from reviewer.tui.widgets.scrollbar import ScrollMark
from tests.tui.seeing import EYES, Colour, contrast, distance, nearest
from tests.tui.stage import Stage, make_repository, play

_GROUNDS = (*LINE_KINDS, "cursor", "selected")
_COLOURED = tuple(name for name in NAMES if name not in ("terminal", "monochrome"))
_FILES = {
    "app/pay.py": (
        "import requests\n\n\ndef pay(order):\n    return requests.post(URL, order, timeout=TIMEOUT)\n",
        'import requests\n\n\ndef pay(order: str):\n    """Pay."""\n    return requests.post(URL, order, timeout=30)\n',
    ),
    "notes.md": ("# Notes\n", "# Notes\n\nA second line.\n"),
}
_TERMINALS = {"truecolor": ("xterm-256color", "truecolor"), "256 colours": ("xterm-256color", "")}
# Distances at which a ground is told from another at a glance, and a sign from the text beside it.
_APART, _SIGNS_APART = 8, 12


@pytest.fixture(params=_TERMINALS)
def depth(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Depth:
    term, colorterm = _TERMINALS[request.param]
    _be(monkeypatch, term, colorterm)
    return Depth.ALL if colorterm else Depth.MANY


def test_each_component_class_is_in_the_style_sheet() -> None:
    sheet = _sheet()

    for name in (*CLASSES, *RowList.COMPONENT_CLASSES, *ScrollMark.COMPONENT_CLASSES):
        assert re.search(rf"\.{name} {{[^}}]*color: [^}}]*background: ", sheet), name


@pytest.mark.parametrize("depth", Depth)
@pytest.mark.parametrize("name", NAMES)
def test_a_theme_says_all_that_the_style_sheet_asks_for(name: str, depth: Depth) -> None:
    theme = theme_named(name, depth)

    asked = set(re.findall(r"\$(diff-[\w-]+|faint|title)", _sheet()))

    assert asked <= theme.variables.keys()
    assert all(theme.variables.values())


def test_code_and_signs_can_be_read_on_every_kind_of_line(tmp_path: Path, depth: Depth) -> None:
    async def look(stage: Stage) -> None:
        for name in _COLOURED:
            least = 7 if name.startswith("high-contrast") else 4.5
            palette = await _wear(stage, name)
            for line, ground, what, style in _combinations(palette):
                ratio = contrast(*_drawn(style, ground, depth))
                assert ratio >= least, f"{name}: {what} on {line}: {ratio:.2f}"

    play(Stage(make_repository(tmp_path)), look)


def test_all_that_is_written_on_the_screens_can_be_read(tmp_path: Path, depth: Depth) -> None:
    async def look(stage: Stage) -> None:
        await stage.settled()
        for keys, back in ((("j",), ()), (("x",), ("x",)), (("S",), ("escape",))):
            await stage.press(*keys)
            for name in _COLOURED:
                least = 7 if name.startswith("high-contrast") else 4.5
                await _wear(stage, name)
                for text, style in _texts(stage):
                    ratio = contrast(*_drawn(style, style, depth))
                    assert ratio >= least, f"{name} after {keys}: {text!r} {style}: {ratio:.2f}"
            await stage.press(*back)

    play(Stage(make_repository(tmp_path, _FILES)), look)


def test_added_removed_cursor_and_selection_differ_from_each_other_and_from_the_rest(
    tmp_path: Path, depth: Depth
) -> None:
    async def look(stage: Stage) -> None:
        for name in _COLOURED:
            palette = await _wear(stage, name)
            grounds = {kind: _drawn(palette.style(kind), palette.style(kind), depth)[1] for kind in _GROUNDS}
            if colours_named(name, depth).added_text:
                # The lines differ by their text, as in git's own output.
                grounds |= {kind: _drawn(palette.style(kind), palette.style(kind), depth)[0] for kind in LINE_KINDS[1:]}
            for eye in EYES if name.startswith("colour-blind") else ("all cones",):
                closest = nearest(grounds, eye)
                assert closest[0] >= _APART, f"{name}, {eye}: {closest}"

    play(Stage(make_repository(tmp_path)), look)


def test_flags_are_seen_by_all_eyes(tmp_path: Path, depth: Depth) -> None:
    async def look(stage: Stage) -> None:
        for name in _COLOURED:
            palette = await _wear(stage, name)
            drawn = {sign: _drawn(palette.style(sign), palette.style(sign), depth)[0] for sign in ("flag", "plus")}
            text = _drawn(palette.style("context"), palette.style("context"), depth)[0]
            for eye in EYES if name.startswith("colour-blind") else ("all cones",):
                assert distance(drawn["flag"], text, eye) >= _SIGNS_APART, (name, eye)
                assert distance(drawn["flag"], drawn["plus"], eye) >= _SIGNS_APART, (name, eye)

    play(Stage(make_repository(tmp_path)), look)


@pytest.mark.parametrize("name", NAMES)
def test_changed_words_stand_out_of_their_line(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _be(monkeypatch, "xterm-256color", "truecolor")

    async def look(stage: Stage) -> None:
        palette = await _wear(stage, name)
        for kind in ("added", "removed"):
            line, words = palette.style(kind), palette.style(f"{kind}-words")
            assert words.bold
            if name in _COLOURED:
                grounds = (_drawn(style, style, Depth.ALL)[1] for style in (line, words))
                assert distance(*grounds) >= _APART
            else:
                assert words.reverse or words.underline

    play(Stage(make_repository(tmp_path)), look)


@pytest.mark.parametrize("name", ["terminal", "monochrome"])
def test_only_the_terminals_own_colours_are_used(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _be(monkeypatch, "xterm-256color", "truecolor")
    allowed = {ColorType.DEFAULT} if name == "monochrome" else {ColorType.DEFAULT, ColorType.STANDARD}
    ways = (
        ("f",),
        ("v",),
        ("d",),
        ("x",),
        ("n",),
        ("S",),
        ("question_mark",),
        ("slash",),
        ("colon",),
        ("T", "T"),
        ("P",),
    )

    async def look(stage: Stage) -> None:
        await stage.settled()
        for keys in ways:
            await _wear(stage, name)
            await stage.press(*keys)
            stage.app.theme = name
            await stage.pilot.pause()
            used = {colour.type for style in _styles(stage) for colour in (style.color, style.bgcolor) if colour}
            assert used <= allowed, f"after {keys}"
            await stage.press("escape", "escape")

    play(Stage(make_repository(tmp_path, _FILES)), look)


def test_without_colour_cursor_selection_hunk_and_sides_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _be(monkeypatch, "xterm-256color", "truecolor")
    monkeypatch.setenv("NO_COLOR", "1")

    async def look(stage: Stage) -> None:
        await stage.settled()
        await stage.press("v", "j")
        lines = stage.frame.split("\n")
        styles = list(_styles(stage))

        assert stage.app.theme == "monochrome"
        assert any("▶" in line and " + " in line for line in lines)
        assert any("»" in line and " - " in line for line in lines)
        assert any("▌" in line and "def hello" in line for line in lines)
        assert not any(style.color or style.bgcolor for style in styles)
        assert any(style.reverse and style.bold for style in styles)

    play(Stage(make_repository(tmp_path)), look)


def test_the_key_goes_through_the_themes_and_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _be(monkeypatch, "xterm-256color", "truecolor")

    async def change(stage: Stage) -> None:
        await stage.settled()
        seen = []
        for _ in NAMES:
            await stage.press("T")
            seen.append([notice.message for notice in stage.app._notifications])

        assert seen == [[f"theme: {name}"] for name in (*NAMES[1:], NAMES[0])]

    play(Stage(make_repository(tmp_path)), change)


def test_the_palette_offers_each_theme_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _be(monkeypatch, "xterm-256color", "truecolor")

    async def choose(stage: Stage) -> None:
        await stage.settled()
        await stage.press("colon")
        await stage.type("theme light")
        await stage.until("theme light")
        await stage.press("enter")

        assert stage.app.theme == "light"
        assert [notice.message for notice in stage.app._notifications] == ["theme: light"]

    play(Stage(make_repository(tmp_path)), choose)


@pytest.mark.parametrize(
    ("wish", "depth", "is_light", "shown"),
    [
        (AUTO, Depth.ALL, None, "dark"), (AUTO, Depth.ALL, True, "light"), (AUTO, Depth.MANY, False, "dark"),
        (AUTO, Depth.SIXTEEN, True, "terminal"), (AUTO, Depth.NONE, True, "monochrome"),
        ("light", Depth.ALL, False, "light"), ("light", Depth.SIXTEEN, None, "terminal"),
        ("monochrome", Depth.SIXTEEN, None, "monochrome"), ("dark", Depth.NONE, None, "monochrome"),
        ("no such theme", Depth.ALL, True, "light"),
    ],
)  # fmt: skip
def test_the_theme_shown_is_the_one_wished_for_where_the_terminal_can(
    wish: str, depth: Depth, is_light: bool | None, shown: str
) -> None:
    assert fitting_name(wish, depth, is_light=is_light) == shown
    assert shown in shown_names(depth)


@pytest.mark.parametrize(
    ("term", "colorterm", "no_color", "depth"),
    [
        ("xterm-256color", "truecolor", "", Depth.ALL), ("tmux-256color", "", "", Depth.MANY),
        ("xterm", "", "", Depth.SIXTEEN), ("linux", "", "", Depth.SIXTEEN), ("vt220", "", "", Depth.NONE),
        ("xterm-256color", "truecolor", "1", Depth.NONE),
    ],
)  # fmt: skip
def test_the_depth_is_what_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, term: str, colorterm: str, no_color: str, depth: Depth
) -> None:
    _be(monkeypatch, term, colorterm)
    monkeypatch.setenv("NO_COLOR", no_color)

    assert Stage(make_repository(tmp_path)).app.depth is depth


def _be(monkeypatch: pytest.MonkeyPatch, term: str, colorterm: str) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("COLORTERM", colorterm)
    monkeypatch.delenv("NO_COLOR", raising=False)


def _sheet() -> str:
    return (Path(app_module.__file__).parent / str(ReviewApp.CSS_PATH)).read_text()


async def _wear(stage: Stage, name: str) -> Palette:
    stage.app.theme = name
    await stage.pilot.pause()
    await stage.pilot.pause()
    screen = stage.app.review_screen
    assert screen is not None
    return Palette(screen.view)


def _combinations(palette: Palette) -> Iterator[tuple[str, Style, str, Style]]:
    """Yield each style that may be drawn on each kind of line: its ground, what it is, and the style itself."""
    makers: tuple[tuple[tuple[str, ...], Callable[[str, Style], Style]], ...] = (
        (TOKENS, palette.token), (SIGNS, palette.sign)
    )  # fmt: skip
    for line in (*_GROUNDS, "added-words", "removed-words", "match"):
        base = palette.style(line)
        yield line, base, "text", base
        for names, style_of in makers:
            for name in names if line in _GROUNDS or names is TOKENS else ():
                if (line, name) != ("cursor", "gutter"):
                    yield line, base, name, style_of(name, base)


def _drawn(style: Style, ground: Style, depth: Depth) -> tuple[Colour, Colour]:
    """Return text and ground as a terminal of that depth draws them."""
    assert style.color is not None
    assert ground.bgcolor is not None
    text, behind = (_shown(colour, depth) for colour in (style.color, ground.bgcolor))
    return (behind, text) if style.reverse else (text, behind)


def _shown(colour: Color, depth: Depth) -> Colour:
    shown = colour.downgrade(ColorSystem.EIGHT_BIT) if depth is Depth.MANY else colour
    return tuple(shown.get_truecolor())  # type: ignore[return-value]  # three of them


def _segments(stage: Stage) -> Iterator[Segment]:
    for strip in stage.app.screen._compositor.render_strips():
        yield from strip


def _styles(stage: Stage) -> Iterator[Style]:
    return (segment.style for segment in _segments(stage) if segment.style is not None)


def _texts(stage: Stage) -> Iterator[tuple[str, Style]]:
    """Yield what is written, without the parts of bars and frames."""
    for segment in _segments(stage):
        if segment.style is not None and any(char.isalnum() for char in segment.text):
            yield segment.text, segment.style
