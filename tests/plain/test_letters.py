import pytest

from reviewer.plain.letters import CHECKLIST_LETTERS, GO_ON, REVIEW_LETTERS, Said, help_lines, understood
from reviewer.plain.questions import REPLIES
from reviewer.plain.walk import PlainWalk
from reviewer.tui.keys import REVIEW_KEYS

# On the full screen these act on a cursor or a selection.
_OTHERWISE = {"+", "-", "=", "z", "q", "S", "x", "?"}


def test_a_letter_means_what_its_key_means_on_the_full_screen() -> None:
    letters = {name: letter.action for letter in REVIEW_LETTERS for name in letter.names.split() if len(name) == 1}
    keys = {
        name: key.action.removeprefix("app.") for key in REVIEW_KEYS for name in key.shown.replace("…", " ").split()
    }
    shared = set(letters) & set(keys) - _OTHERWISE

    assert {"]", "[", "}", "{", "u", "f", "m", "d", "c", "C", "r", "1", "9", "/", "n", "A", "e", "R"} <= shared
    assert {name: letters[name] for name in shared - {"j"}} == {name: keys[name] for name in shared - {"j"}}


def test_every_letter_that_is_a_sign_has_a_word_beside_it() -> None:
    assert [
        letter.names for letter in (*REVIEW_LETTERS, *CHECKLIST_LETTERS) if not any(c.isalnum() for c in letter.names)
    ] == []


def test_every_letter_of_the_walk_does_something() -> None:
    assert [letter.action for letter in REVIEW_LETTERS if not hasattr(PlainWalk, f"do_{letter.action}")] == ["help"]


def test_no_letter_means_two_things() -> None:
    for letters in (REVIEW_LETTERS, CHECKLIST_LETTERS):
        names = [name for letter in letters for name in letter.names.split()]

        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", Said(GO_ON)),
        ("   ", Said(GO_ON)),
        ("d", Said("dispose", "d")),
        ("d2 a slow  bank", Said("dispose", "d", "2 a slow  bank")),
        ("] 7", Said("next_hunk", "]", "7")),
        ("]7", Said("next_hunk", "]", "7")),
        ("hunk 7", Said("next_hunk", "hunk", "7")),
        ("/def pay", Said("search", "/", "def pay")),
        ("/ pay", Said("search", "/", "pay")),
        ("5 14 why", Said("concern", "5", "14 why")),
        ("12", None),
        ("dispose", None),
        ("\x1b[A", None),
    ],
)
def test_a_line_is_understood_or_it_is_not(typed: str, said: Said | None) -> None:
    assert understood(typed, REVIEW_LETTERS) == said


def test_help_names_every_letter() -> None:
    text = "\n".join(help_lines(REVIEW_LETTERS))

    assert "  d [NUMBER] [c, a or x] [WHY]: dispose of a flag" in text
    assert "  1 to 9 [LINES] [TEXT]: raise a concern" in text
    assert text.count(": ") >= len(REVIEW_LETTERS)


def test_every_reply_has_its_letter() -> None:
    assert set(REPLIES) < {letter.action for letter in CHECKLIST_LETTERS}
