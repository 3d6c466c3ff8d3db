import pytest

from reviewer.tui.key_names import keys_from, known_names, shown_as
from reviewer.tui.keys import CHECKLIST_KEYS, REVIEW_KEYS, SIGN_OFF_KEYS


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("]", ("right_square_bracket",)), ("+", ("plus",)), ("ctrl++", ("ctrl+plus",)), (" ", ("space",)),
        ("Ctrl+D", ("ctrl+d",)), ("shift+a", ("A",)), ("A", ("A",)), ("ö", ("ö",)), ("PgDn", ("pagedown",)),
        ("F3", ("f3",)), ("shift+tab", ("shift+tab",)), ("ctrl+i", ("tab",)), ("↓", ("down",)),
        ("question_mark", ("question_mark",)), ("alt+shift+up", ("alt+shift+up",)),
    ],
)  # fmt: skip
def test_a_key_is_read_as_people_write_it(written: str, names: tuple[str, ...]) -> None:
    assert keys_from(written) == names


@pytest.mark.parametrize("written", ["", "sppace", "super+a", "\x1b", "f13", "ab", "ctrl+ab", "a,b", "0x1"])
def test_what_is_no_key_is_none(written: str) -> None:
    assert keys_from(written) == ()


def test_a_row_of_digits_is_nine_keys() -> None:
    assert keys_from("alt+1…9") == tuple(f"alt+{digit}" for digit in range(1, 10))
    assert keys_from("1..9") == keys_from("1-9") == tuple("123456789")


def test_every_key_in_use_reads_back_as_it_is_shown() -> None:
    tables = (REVIEW_KEYS, CHECKLIST_KEYS, SIGN_OFF_KEYS)
    for name in {name for table in tables for key in table for name in key.keys.split(",")}:
        assert keys_from(shown_as(name)) == (name,)


def test_every_named_key_is_one() -> None:
    assert all(keys_from(name) for name in known_names())
