"""The walk over hostile ground, at a real terminal: what others wrote is drawn, and no byte of it does anything."""

from base64 import b64decode
from pathlib import Path

import pytest

from reviewer.visible import show
from tests.hostile.ground import HIDING, MARKUP, RANGE, STEERING, Ground, Write, harmless, hostile, prepare
from tests.hostile.judging import marked
from tests.hostile.walking import Walk, walking

_FIELDS = (
    "journal", "module", "url", "message", "reviewer", "me", "note", "broken", "line", "comment", "heading", "goal",
    "script", "package", "curl", "maker",
)  # fmt: skip
_NAMES = ("blob", "broken", "code", "data", "heading", "link", "made", "run", "sub", "web")
# A terminal that pastes leaves escapes out, and Textual takes those that come all the same for keys.
_PASTED = "\u202e\u009b2J\u2066\u200b[/][red]"
_BEGUN = "part of the record cannot be read"


def test_no_screen_and_no_prompt_lets_a_byte_of_others_act(tmp_path: Path) -> None:
    plain, ground = (_prepare(tmp_path, name, write) for name, write in (("plain", harmless), ("hostile", hostile)))
    log = str(ground.files / "log.sarif")

    with walking(RANGE, folder=plain.folder) as usual, walking(RANGE, "--import", log, folder=ground.folder) as walk:
        walk.wait_for(_BEGUN, marked("journal"))
        _visit_files(walk)
        _say(walk)
        _answer(walk)
        _look_differently(walk)
        before, copied = walk.copied, _copy_two_lines(walk)
        after = walk.leave()
        _do_the_usual(usual)

    assert walk.sequences - usual.sequences == set()
    assert (walk.unseen, walk.title, before) == (set(), usual.title, [])
    assert [b64decode(text).decode() for text in walk.copied] == [copied]
    # Nothing was signed here; what somebody else signed, and the branch brought along, is nobody's word.
    assert "all is saved" in after
    assert "signed by" not in after
    seen = "\n".join(walk.seen)
    assert [name for name in (*_FIELDS, *_NAMES) if marked(name) not in seen] == []
    assert [piece for piece in (*map(show, (*STEERING, *HIDING)), MARKUP) if piece not in seen] == []


@pytest.mark.parametrize("keys", ["L", "x5"], ids=["flags", "evidence"])
def test_the_name_of_a_rule_that_somebody_else_chose_does_not_act(tmp_path: Path, keys: str) -> None:
    ground = prepare(tmp_path, hostile)

    with walking(RANGE, folder=ground.folder) as walk:
        walk.wait_for(_BEGUN)
        # Rows are written from top to bottom.
        walk.type(keys, until="rule-b")

    assert (walk.unseen, walk.copied) == (set(), [])
    assert marked("rule-a") in walk.written


def _prepare(folder: Path, name: str, write: Write) -> Ground:
    (folder / name).mkdir()
    return prepare(folder / name, write, name_rule=harmless)


def _do_the_usual(usual: Walk) -> None:
    """Let the same program write all it ever writes, over ground where nothing is hostile."""
    usual.wait_for(_BEGUN)
    usual.press("/", gone="space reviewed")
    usual.press("\x1b", "space reviewed")
    usual.press("y", "sent to the terminal's clipboard")
    usual.leave()


def _visit_files(walk: Walk) -> None:
    walk.press("b", "changes of white space are faint")
    walk.press("P", "part of a file's name", f"{marked('data')}.txt")
    walk.press("heading\r", f"// {marked('heading')}", gone="part of a file's name")
    walk.press("j", marked("note"))
    walk.press("j")
    _note(walk, f"{marked('heading')}.c:15")
    walk.press("P", "part of a file's name")
    walk.press("made\r", "folded: it says that it is generated", gone="part of a file's name")
    walk.press("\r", marked("maker"))
    walk.press("P", "part of a file's name")
    walk.press("data\r", f"{show(STEERING[0])} alone", f"{show(HIDING[0])} alone", gone="part of a file's name")
    walk.press("]GP", "part of a file's name")
    walk.press("data\r", gone="part of a file's name")
    walk.press("\x04\x04", MARKUP)


def _note(walk: Walk, place: str) -> None:
    walk.press("c", f"note on {place}")
    walk.paste("typed" + _PASTED, show("typed" + _PASTED))
    walk.press("\x13", marked("me"), show("typed" + _PASTED), gone=f"note on {place}")


def _say(walk: Walk) -> None:
    """Go to what somebody else flagged, and answer in words that were pasted."""
    walk.press("L", "words to keep to", "rule-b in plain words")
    walk.press("rule-b\r", "f and F are keeping to: rule-b", marked("message"), gone="words to keep to")
    walk.press("/", gone="space reviewed")
    walk.paste("pasted" + _PASTED, show("pasted" + _PASTED), "no match  ctrl+r expression")
    walk.press("\x12", "no match  ctrl+r text")
    walk.press("\r", "pasted⟦U+202E⟧⟦U+009B⟧", "no match", gone="esc leaves")
    walk.press("\x1b", "space reviewed")
    walk.press("d", "c needs change   a accepted risk")
    walk.press("a", "why is the risk acceptable?")
    walk.press("\x1b", gone="why is the risk acceptable?")


def _answer(walk: Walk) -> None:
    walk.press("x", "point 1 of 9")
    walk.press("5", "Evidence: enter goes there", "point 5 of 9", marked("note"))
    walk.press("c", "note under 5 Security")
    walk.press("\x1b", gone="note under 5 Security")
    walk.press("n", "why no?")
    walk.paste("said" + _PASTED, show("said" + _PASTED))
    walk.press("\r", gone="why no?")
    walk.press("5", "✗ no: said⟦U+202E⟧⟦U+009B⟧")
    walk.press("x", gone="point 5 of 9")
    walk.press("S", marked("reviewer"), "things stand in the way", f"{marked('blob')}.bin:1  not reviewed")
    walk.press("\x1b", gone="things stand in the way")


def _look_differently(walk: Walk) -> None:
    walk.press("?", "mark the hunk reviewed and go on")
    walk.press("\x1b", gone="mark the hunk reviewed and go on")
    walk.press(":", "Search for commands")
    walk.press("\x1b", gone="Search for commands")
    walk.press("|", "side by side", "# comment␛[2J")
    walk.press("|", "unified", marked("comment"))
    walk.press("w", "long lines wrap", marked("comment"))
    for reads_again in "=R":
        # What is read again is shown with the tree, whether it was there or not.
        walk.press("t", gone="▶○ A code")
        walk.press(reads_again, "▶○ A code", marked("comment"))
    walk.press("T", "theme: light")
    walk.press("e", "no editor; set VISUAL or EDITOR")
    walk.press("P", "part of a file's name")
    walk.press("web\r", marked("script"), gone="part of a file's name")


def _copy_two_lines(walk: Walk) -> str:
    """Copy a line and the one below it; return what the clipboard should hold."""
    walk.press("vj", "el.innerHTML")
    walk.press("y", "2 lines sent to the terminal's clipboard")
    return show(f"// TODO {hostile('script')}") + "\n" + show(f"el.innerHTML = x + `{hostile('markup')}`;")
