"""A configuration as a value."""

from dataclasses import dataclass, field

from reviewer.analysis.choice import Choice


@dataclass(frozen=True, slots=True)
class Configuration:
    """`sources` says which files were read, the weightiest first."""

    choice: Choice = field(default_factory=Choice)
    uses_ruff: bool = False
    sources: tuple[str, ...] = ()

    def over(self, other: "Configuration") -> "Configuration":
        """Return this one where it says something, the other one's where it does not."""
        return Configuration(
            self.choice.over(other.choice), self.uses_ruff or other.uses_ruff, (*self.sources, *other.sources)
        )
