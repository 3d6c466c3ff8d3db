"""A configuration as a value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reviewer.analysis.choice import Choice
from reviewer.configuration.preferences import KeyChoice, Preferences, Written, preferences_from


@dataclass(frozen=True, slots=True)
class Configuration:
    """`sources` says which files, variables and flags were read, the weightiest first.

    `view` holds what was said of the interface, and nothing else; `ignored` what a repository may not say, in words.
    """

    choice: Choice = field(default_factory=Choice)
    uses_ruff: bool = False
    sources: tuple[str, ...] = ()
    view: Mapping[str, Written] = field(default_factory=dict)
    keys: KeyChoice = field(default_factory=KeyChoice)
    ignored: tuple[str, ...] = ()

    @property
    def preferences(self) -> Preferences:
        return preferences_from(self.view)

    def over(self, other: "Configuration") -> "Configuration":
        """Return this one where it says something, the other one's where it does not."""
        return Configuration(
            self.choice.over(other.choice),
            self.uses_ruff or other.uses_ruff,
            (*self.sources, *other.sources),
            {**other.view, **self.view},
            self.keys.over(other.keys),
            (*other.ignored, *self.ignored),
        )


@dataclass(frozen=True, slots=True)
class Layers:
    """What was read, the weightiest last, and every mistake on the way."""

    layers: tuple[Configuration, ...] = ()
    mistakes: tuple[str, ...] = ()


def laid_together(layers: Sequence[Configuration]) -> Configuration:
    """Return what holds when the layers lie on each other, the weightiest last."""
    merged = Configuration()
    for layer in layers:
        merged = layer.over(merged)
    return merged
