"""Every setting with its value and where it was set; a setting of several entries has a line for each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reviewer.configuration.model import Configuration

_DEFAULT = "default"
Value = bool | str | list[str]


@dataclass(frozen=True, slots=True)
class Setting:
    """`name` is the key as one would write it, dotted; `origin` the file that has the last word, or `default`."""

    name: str
    value: Value
    origin: str


def settings_of(layers: Sequence[Configuration]) -> tuple[Setting, ...]:
    """Return what holds when the layers lie on each other, the weightiest last; else the defaults."""
    merged = Configuration()
    for layer in layers:
        merged = layer.over(merged)
    found = {setting.name: setting for layer in layers for setting in _said(layer) if _holds(setting, merged)}
    defaults = (Setting("engines.ruff", value=False, origin=_DEFAULT), Setting("rules", "as shipped", _DEFAULT))
    silent = [setting for setting in defaults if not any(name.startswith(setting.name) for name in found)]
    return tuple(sorted((*found.values(), *silent), key=lambda setting: setting.name))


def _said(layer: Configuration) -> Iterator[Setting]:
    origin, choice = next(iter(layer.sources), _DEFAULT), layer.choice
    if layer.uses_ruff:
        yield Setting("engines.ruff", value=True, origin=origin)
    for name, rules in (("enable", choice.enabled), ("disable", choice.disabled)):
        for rule in sorted(rules):
            yield Setting(f"rules.{name}.{rule}", value=True, origin=origin)
    for rule, severity in sorted(choice.severities.items()):
        yield Setting(f"rules.severity.{rule}", severity.value, origin)
    for pattern, silent in sorted(choice.silent.items()):
        yield Setting(f'rules.paths."{pattern}"', sorted(silent), origin)


def _holds(setting: Setting, merged: Configuration) -> bool:
    """False for what a weightier file took back."""
    section, _, rule = setting.name.rpartition(".")
    kept = {"rules.enable": merged.choice.enabled, "rules.disable": merged.choice.disabled}
    return section not in kept or rule in kept[section]
