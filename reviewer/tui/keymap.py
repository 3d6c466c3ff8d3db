"""The keys of every screen, as shipped or as the user's file has them.

A key the user names goes to the action it is named for. Whatever loses its last key by that is `lost`, to be said.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property

from reviewer.configuration.preferences import KeyChoice
from reviewer.tables import listed, quoted
from reviewer.tui.key_names import keys_from, known_names, shown_as
from reviewer.tui.keys import CHECKLIST_KEYS, REVIEW_KEYS, SIGN_OFF_KEYS, Key
from reviewer.tui.presets import AS_SHIPPED, PRESETS

_TABLES = (REVIEW_KEYS, CHECKLIST_KEYS, SIGN_OFF_KEYS)
# Without these, nobody would get out of a screen, or learn how.
_NEEDED = ("help", "leave", "leave_checklist", "sign_off_help", "leave_sign_off")
# Textual keeps it for itself: it ends the program on every screen.
_TAKEN = ("ctrl+q",)
# What the field for the verdict on the sign-off screen takes, besides all that can be typed.
_OF_FIELD = {
    "space", "enter", "backspace", "delete", "left", "right", "home", "end",
    *(f"ctrl+{letter}" for letter in "acdefkuvwx"), "ctrl+left", "ctrl+right",
}  # fmt: skip

# Who asks for a key, the weightiest last.
_DEFAULT, _PRESET, _CHOSEN = range(3)


@dataclass(frozen=True)
class KeyMap:
    """`lost` has the names of actions that came to have no key though nobody said so, each with who took it."""

    review: tuple[Key, ...] = REVIEW_KEYS
    checklist: tuple[Key, ...] = CHECKLIST_KEYS
    sign_off: tuple[Key, ...] = SIGN_OFF_KEYS
    lost: tuple[tuple[str, str], ...] = ()

    def shown(self, name: str) -> str:
        """Return the first key of an action as people write it, or where to find it without one."""
        return self.first[name]

    @property
    def remarks(self) -> tuple[str, ...]:
        return tuple(
            f"[keys]: {name} has no key any more, {by} took it; give it one, or false if that is meant"
            for name, by in self.lost
        )

    @cached_property
    def first(self) -> Mapping[str, str]:
        """What `shown` gives for each action."""
        tables = (*self.sign_off, *self.checklist, *self.review)
        return {key.name: key.shown.split(" ")[0] or "the palette" for key in tables}


SHIPPED = KeyMap()


def key_map(choice: KeyChoice) -> KeyMap:
    """Return the tables that a choice without mistakes makes."""
    if choice == KeyChoice():
        return SHIPPED
    weighed = [_weighed(table, choice) for table in _TABLES]
    review, checklist, sign_off = (tuple(_with_keys(table)) for table in weighed)
    lost = dict(entry for table in weighed for entry in _lost(table, choice))
    return KeyMap(review, checklist, sign_off, tuple(lost.items()))


def key_mistakes(choice: KeyChoice) -> Iterator[str]:
    """Yield everything that keeps a choice from being one: presets, actions and keys nobody knows, conflicts."""
    actions = {key.name: key for table in _TABLES for key in table}
    if choice.preset is not None and choice.preset not in PRESETS:
        yield f"there is no preset {quoted(choice.preset)}; {_near(choice.preset, PRESETS)}"
    for name, keys in choice.keys.items():
        if name not in actions:
            yield f"there is no action {quoted(name)}; {_near(name, actions)}"
            continue
        yield from (f"{quoted(name)}: {mistake}" for key in keys for mistake in _misfits(actions[name], key))
    known = KeyChoice(choice.preset, {name: keys for name, keys in choice.keys.items() if name in actions})
    for table in _TABLES:
        yield from _conflicts(table, known)
    yield from _missing(key_map(known))


def origins(choice: KeyChoice) -> dict[str, str]:
    """Return for each action who chose its keys: `user`, the preset, or `default`."""
    preset = PRESETS.get(choice.preset or AS_SHIPPED, {})
    chosen = {**dict.fromkeys(preset, f"preset {choice.preset}"), **dict.fromkeys(choice.keys, "user")}
    return {key.name: chosen.get(key.name, "default") for table in _TABLES for key in table}


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A key of the table, what it is asked to be bound to, how much that weighs, and who is weightier."""

    key: Key
    names: tuple[str, ...]
    taken_by: Mapping[str, str]

    @property
    def left(self) -> tuple[str, ...]:
        return tuple(name for name in self.names if name not in self.taken_by)


def _weighed(table: tuple[Key, ...], choice: KeyChoice) -> list[_Weighed]:
    asked = [(key, *_asked(key, choice)) for key in table]
    owners: dict[str, tuple[int, str]] = {}
    for key, names, weight in asked:
        for name in names:
            if name not in owners or weight > owners[name][0]:
                owners[name] = (weight, key.name)
    return [
        _Weighed(key, names, {name: owners[name][1] for name in names if owners[name][1] != key.name})
        for key, names, _ in asked
    ]


def _asked(key: Key, choice: KeyChoice) -> tuple[tuple[str, ...], int]:
    """Return Textual's names of the keys an action is to have, and how much that weighs."""
    preset = PRESETS.get(choice.preset or AS_SHIPPED, {})
    for keys, weight in ((choice.keys, _CHOSEN), (preset, _PRESET)):
        if key.name in keys:
            found = (name for written in keys[key.name] for name in keys_from(written))
            return tuple(dict.fromkeys(found)), weight
    return tuple(key.keys.split(",")), _DEFAULT


def _with_keys(table: list[_Weighed]) -> Iterator[Key]:
    for each in table:
        is_as_shipped = ",".join(each.left) == each.key.keys
        yield each.key if is_as_shipped else replace(each.key, keys=",".join(each.left), shown=_shown(each))


def _shown(each: _Weighed) -> str:
    if each.key.is_row and len(each.left) == 9:
        return f"{shown_as(each.left[0])}…9"
    return " ".join(map(shown_as, each.left))


def _lost(table: list[_Weighed], choice: KeyChoice) -> Iterator[tuple[str, str]]:
    for each in table:
        if each.taken_by and not each.left and each.key.name not in choice.keys:
            yield each.key.name, " and ".join(dict.fromkeys(each.taken_by.values()))


def _misfits(action: Key, written: str) -> Iterator[str]:
    names = keys_from(written)
    if not names:
        yield f"there is no key {quoted(written)}; {_near(written, known_names())}"
    elif (len(names) == 9) is not action.is_row:
        needed = "must be a row of keys, such as 1…9" if action.is_row else "is a row of keys; take one"
        yield f"{quoted(written)} {needed}"
    for name in names:
        if name in _TAKEN:
            yield f"{quoted(written)} ends the program on every screen; take another key"
        elif action in SIGN_OFF_KEYS and (name in _OF_FIELD or ("+" not in name and len(shown_as(name)) == 1)):
            yield f"{quoted(written)} would go into the field for the verdict; take a key such as F2 or ctrl+n"


def _conflicts(table: tuple[Key, ...], choice: KeyChoice) -> Iterator[str]:
    """Yield the keys that the user gave to several actions of one screen."""
    owners: dict[str, str] = {}
    for key in table:
        if key.name not in choice.keys:
            continue
        for name in _asked(key, choice)[0]:
            other = owners.setdefault(name, key.name)
            if other != key.name:
                yield f"{quoted(shown_as(name))} cannot be both {other} and {key.name}; choose one"


def _missing(keys: KeyMap) -> Iterator[str]:
    for key in dict.fromkeys((*keys.review, *keys.checklist, *keys.sign_off)):
        if key.name in _NEEDED and not key.keys:
            yield f"{key.name} must have a key ({key.description})"


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, known, 1)
    return f"did you mean {listed(near)}?" if near else "`reviewer config keys` lists what there is"
