"""How the interface looks and behaves: the `[view]` table of a file, and the keys a user wants.

What nobody chose is as shipped.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from reviewer.tables import listed

# What a value of the table looks like in a file.
Written = bool | int | str

# Lines around an edit, from git's own three to whole files.
WHOLE_FILES = 1_000_000
CONTEXTS = (3, 10, 30, 100, WHOLE_FILES)
AUTO = "auto"

_WHOLE = "whole"
_SWITCHES = ("wrap", "word_emphasis", "mouse")
_WORDS = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}
_Switch = Annotated[bool, Meta(description="true or false")]


class Layout(Enum):
    AUTO = "auto"
    UNIFIED = "unified"
    SPLIT = "split"


class Whitespace(Enum):
    """`FAINT` draws changes of white space alone faintly."""

    SHOW = "show"
    FAINT = "faint"


class Tree(Enum):
    AUTO = "auto"
    ON = "on"
    OFF = "off"


class Order(Enum):
    BY_FILE = "by-file"
    RISK_FIRST = "risk-first"
    TESTS_FIRST = "tests-first"
    BY_COMMIT = "by-commit"


def _one_of(kind: type[Enum]) -> Meta:
    return Meta(description=f"one of {listed(member.value for member in kind)}")


@dataclass(frozen=True, slots=True)
class Preferences:
    """`theme` is a name that only the interface can check; `editor` a command, empty for the environment's."""

    theme: Annotated[str, Meta(min_length=1, max_length=100, description='the name of a theme, or "auto"')] = AUTO
    layout: Annotated[Layout, _one_of(Layout)] = Layout.AUTO
    wrap: _Switch = False
    word_emphasis: _Switch = True
    whitespace: Annotated[Whitespace, _one_of(Whitespace)] = Whitespace.SHOW
    context: Annotated[
        Literal[3, 10, 30, 100, 1_000_000], Meta(description='a number of lines (3, 10, 30 or 100) or "whole"')
    ] = 3
    tree: Annotated[Tree, _one_of(Tree)] = Tree.AUTO
    mouse: _Switch = True
    order: Annotated[Order, _one_of(Order)] = Order.BY_FILE
    editor: Annotated[str, Meta(max_length=200, description="a command of at most 200 letters")] = ""


AS_SHIPPED = Preferences()
NAMES = tuple(field.name for field in fields(Preferences))

# A repository may say how much is shown and in which order; never what is drawn faintly, what is started, or what
# the terminal is told.
USERS_OWN = frozenset({"theme", "word_emphasis", "whitespace", "mouse", "editor"})


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """A preset, and for actions by their names the keys as people write them; none takes all keys from it."""

    preset: str | None = None
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def over(self, other: "KeyChoice") -> "KeyChoice":
        """Return this choice where it says something, the other one's where it does not."""
        return KeyChoice(self.preset or other.preset, {**other.keys, **self.keys})


# What is wrong with keys, as only the interface knows.
KeyCheck = Callable[[KeyChoice], Iterable[str]]


def no_mistakes(_: KeyChoice) -> Iterable[str]:
    return ()


def preferences_from(view: Mapping[str, Written]) -> Preferences:
    """Return what a sound table says, as `meant` gives its values."""
    return msgspec.convert(dict(view), Preferences)


def meant(name: str, value: object) -> object:
    """Return a value in the one form it is kept in: people write on, off and whole, and shells know only words."""
    word = value.lower() if isinstance(value, str) else ""
    switch = value if isinstance(value, bool) else _WORDS.get(word)
    if name in _SWITCHES:
        return value if switch is None else switch
    if name == "tree":
        return value if switch is None else (Tree.ON if switch else Tree.OFF).value
    if name == "context" and word:
        return WHOLE_FILES if word == _WHOLE else int(word) if word.isdecimal() and len(word) < 9 else value
    return value


def written(name: str, value: object) -> Written:
    """Return a value as one would write it in a file."""
    if name == "context" and value == WHOLE_FILES:
        return _WHOLE
    plain = value.value if isinstance(value, Enum) else value
    return plain if isinstance(plain, (bool, int)) else str(plain)
