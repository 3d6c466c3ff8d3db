from itertools import chain

import pytest

from reviewer.configuration.preferences import KeyChoice
from reviewer.tui.keymap import SHIPPED, KeyMap, key_map, key_mistakes, origins
from reviewer.tui.keys import CHECKLIST_KEYS, REVIEW_KEYS, SIGN_OFF_KEYS, Key
from reviewer.tui.presets import PRESETS

# What `plain` leaves to the palette.
_WITHOUT = {"half_page_down", "half_page_up", "suspend"}


def _keys(choice: KeyChoice) -> dict[str, str]:
    made = key_map(choice)
    return {key.name: key.keys for key in (*made.sign_off, *made.checklist, *made.review)}


def _chosen(**keys: list[str]) -> KeyChoice:
    return KeyChoice(None, {name: tuple(names) for name, names in keys.items()})


def test_a_name_is_a_word_and_means_one_action_on_a_screen() -> None:
    for table in (REVIEW_KEYS, CHECKLIST_KEYS, SIGN_OFF_KEYS):
        names = [key.name for key in table]

        assert all(name.isidentifier() for name in names)
        assert len(names) == len(set(names))


def test_without_a_choice_the_tables_are_as_shipped() -> None:
    assert key_map(KeyChoice()) is SHIPPED
    assert key_map(KeyChoice("vim")) == KeyMap()


def test_an_action_gets_the_keys_it_is_given_and_shows_them() -> None:
    made = key_map(_chosen(reload=["F5", "ctrl+r"], select=[]))
    shown = {key.name: key.shown for key in made.review}

    assert (shown["reload"], shown["select"]) == ("F5 ctrl+r", "")
    assert made.shown("reload") == "F5"
    assert made.shown("select") == "the palette"
    assert made.lost == ()


def test_a_name_that_two_screens_share_moves_on_both() -> None:
    made = key_map(_chosen(undo=["ctrl+y"]))

    assert [key.keys for key in (*made.review, *made.checklist) if key.name == "undo"] == ["ctrl+y", "ctrl+y"]


def test_a_key_goes_to_the_action_it_is_chosen_for_and_the_loser_is_named() -> None:
    made = key_map(_chosen(next_hunk=["]", "n"]))
    keys = {key.name: key.keys for key in made.review}

    assert (keys["next_hunk"], keys["next_match"]) == ("right_square_bracket,n", "")
    assert made.lost == (("next_match", "next_hunk"),)
    assert made.remarks == (
        "[keys]: next_match has no key any more, next_hunk took it; give it one, or false if that is meant",
    )


def test_an_action_that_keeps_a_key_or_was_unbound_is_not_called_lost() -> None:
    assert key_map(_chosen(copy=["j"])).lost == ()
    assert key_map(_chosen(next_hunk=["n"], next_match=[])).lost == ()


def test_digits_stay_together() -> None:
    made = key_map(_chosen(concern=["alt+1…9"]))
    concern = next(key for key in made.review if key.name == "concern")

    assert concern.shown == "alt+1…9"
    assert concern.keys.split(",")[8] == "alt+9"
    assert list(key_mistakes(_chosen(concern=["c"], copy=["1…9"]))) == [
        '"concern": "c" must be a row of keys, such as 1…9',
        '"copy": "1…9" is a row of keys; take one',
    ]


def test_all_mistakes_are_told_at_once() -> None:
    choice = KeyChoice("plaain", {"next_hnuk": ("n",), "undo": ("bakspace",), "copy": ("Y",), "edit": ("Y",)})

    assert list(key_mistakes(choice)) == [
        'there is no preset "plaain"; did you mean "plain"?',
        'there is no action "next_hnuk"; did you mean "next_hunk"?',
        '"undo": there is no key "bakspace"; did you mean "backspace"?',
        '"Y" cannot be both copy and edit; choose one',
    ]


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        (_chosen(leave=[]), ["leave"]),
        (_chosen(help=[]), ["help"]),
        (_chosen(next_file=["q"]), ["leave"]),
        (_chosen(leave_checklist=[], leave_sign_off=[]), ["leave_checklist", "leave_sign_off"]),
        (_chosen(sign_off_help=[]), ["sign_off_help"]),
        (_chosen(mark=["?", "F1"]), ["help"]),
    ],
)
def test_no_choice_leaves_a_screen_without_a_way_out_or_help(choice: KeyChoice, names: list[str]) -> None:
    assert [mistake.partition(" ")[0] for mistake in key_mistakes(choice)] == names


@pytest.mark.parametrize("key", ["n", "space", "left", "ctrl+a", "ö", "?"])
def test_the_field_for_the_verdict_keeps_its_keys(key: str) -> None:
    (mistake,) = key_mistakes(_chosen(next_blocker=[key]))

    assert mistake.endswith("would go into the field for the verdict; take a key such as F2 or ctrl+n")


def test_the_key_that_always_ends_the_program_is_not_to_be_had() -> None:
    (mistake,) = key_mistakes(_chosen(mark=["ctrl+q"]))

    assert mistake == '"mark": "ctrl+q" ends the program on every screen; take another key'


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_a_preset_has_no_mistake_and_takes_nothing_from_an_action(preset: str) -> None:
    assert list(key_mistakes(KeyChoice(preset))) == []
    # The same keys, said by a user, must not contradict each other either.
    assert list(key_mistakes(KeyChoice(preset, PRESETS[preset]))) == []
    assert key_map(KeyChoice(preset)).lost == ()


def test_plain_needs_no_letter_to_move_and_has_a_key_for_all_but_a_few() -> None:
    keys = _keys(KeyChoice("plain"))

    assert {name for name, names in keys.items() if not names} == _WITHOUT
    assert (keys["line_down"], keys["page_up"], keys["last_line"]) == ("down", "pageup", "end")


def test_no_key_of_a_preset_stands_for_two_things() -> None:
    made = key_map(KeyChoice("plain"))
    for table in (made.review, made.checklist, made.sign_off):
        names = list(chain.from_iterable(_split(key) for key in table))

        assert len(names) == len(set(names))


def test_an_origin_is_the_user_the_preset_or_the_default() -> None:
    told = origins(KeyChoice("plain", {"mark": ("m",)}))

    assert (told["mark"], told["next_hunk"], told["dispose"]) == ("user", "preset plain", "default")


def _split(key: Key) -> list[str]:
    return [name for name in key.keys.split(",") if name]
