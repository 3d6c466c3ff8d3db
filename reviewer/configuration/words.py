"""What the environment and the command line say of the interface: words, each with the name it was said by."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import cast

from reviewer.configuration.model import Configuration, Layers
from reviewer.configuration.preferences import NAMES, Preferences, Written, meant
from reviewer.tables import key_mistakes
from reviewer.visible import show

_PREFIX = "REVIEWER_"
_VARIABLES = {f"{_PREFIX}{name.upper()}": name for name in NAMES}
_OTHERS = {"REVIEWER_CONFIG", "REVIEWER_NO_CACHE", "REVIEWER_NO_PREVIEW"}
_LONGEST = 40
# Other programs may have variables with our prefix; only what is nearly one of ours was meant for us.
_NEAR = 0.8


def said_in(environment: Mapping[str, str]) -> Layers:
    """Return what `REVIEWER_…` variables say; an empty one says nothing."""
    said = {variable: value for variable, value in environment.items() if variable in _VARIABLES and value}
    layers = _said((variable, _VARIABLES[variable], value) for variable, value in said.items())
    return Layers(layers.layers, (*layers.mistakes, *_misspelt(environment)))


def said_by(flags: Mapping[str, str]) -> Layers:
    """Return what flags of the command line say, given by the names of preferences."""
    return _said((f"--{name.replace('_', '-')}", name, value) for name, value in flags.items())


def _said(words: Iterator[tuple[str, str, str]]) -> Layers:
    layers, mistakes = list[Configuration](), list[str]()
    for origin, name, text in words:
        view = {name: meant(name, text)}
        wrong = [f"{origin}: {mistake}" for mistake in key_mistakes(view, Preferences)]
        mistakes += wrong
        if not wrong:
            layers.append(Configuration(sources=(origin,), view=cast("Mapping[str, Written]", view)))
    return Layers(tuple(layers), tuple(mistakes))


def _misspelt(environment: Mapping[str, str]) -> Iterator[str]:
    bare = {variable.removeprefix(_PREFIX): variable for variable in (*_VARIABLES, *sorted(_OTHERS))}
    for variable in sorted(environment.keys() - bare.values()):
        if not variable.startswith(_PREFIX) or len(variable) > _LONGEST:
            continue
        for near in get_close_matches(variable.removeprefix(_PREFIX), bare, 1, _NEAR):
            yield f"{show(variable)}: there is no such variable; did you mean {bare[near]}?"
