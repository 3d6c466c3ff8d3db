import pytest

from reviewer.tui.app import ReviewApp
from reviewer.tui.keys import CHECKLIST_KEYS, COMPOSER_KEYS, NOTE_LIST_KEYS, REVIEW_KEYS, SIGN_OFF_KEYS, Key, bindings
from reviewer.tui.screens.checklist import ChecklistScreen
from reviewer.tui.screens.composer import Composer
from reviewer.tui.screens.note_list import NotePicker
from reviewer.tui.screens.review import ReviewScreen
from reviewer.tui.screens.sign_off import SignOffScreen

_TABLES = (
    (REVIEW_KEYS, ReviewScreen),
    (CHECKLIST_KEYS, ChecklistScreen),
    (SIGN_OFF_KEYS, SignOffScreen),
    (COMPOSER_KEYS, Composer),
    (NOTE_LIST_KEYS, NotePicker),
)


@pytest.mark.parametrize(("keys", "screen"), _TABLES)
def test_every_key_does_something_its_screen_or_the_app_knows(keys: tuple[Key, ...], screen: type) -> None:
    for key in keys:
        name = key.action.partition("(")[0]
        owner = ReviewApp if name.startswith("app.") else screen
        assert hasattr(owner, f"action_{name.removeprefix('app.')}"), key.shown


@pytest.mark.parametrize(("keys", "screen"), _TABLES)
def test_no_key_stands_for_two_things(keys: tuple[Key, ...], screen: type) -> None:
    names = [name for key in keys for name in key.keys.split(",")]

    assert len(names) == len(set(names))


def test_a_digit_tells_its_action_which_digit() -> None:
    actions = {binding.key: binding.action for binding in bindings(REVIEW_KEYS)}  # type: ignore[union-attr]  # all are Bindings

    assert actions["7"] == "concern(7)"
