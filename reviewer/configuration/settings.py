"""Every setting with its value, its default and where it was set; one of several entries has a line for each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from reviewer.analysis.manual import card_of
from reviewer.configuration.model import Configuration, laid_together
from reviewer.configuration.preferences import Preferences, written

_DEFAULT = "default"
_AS_SHIPPED = "as shipped"
Value = bool | int | str | list[str]


@dataclass(frozen=True, slots=True)
class Setting:
    """`name` is the key as one would write it, dotted; `origin` what has the last word, or `default`."""

    name: str
    value: Value
    origin: str
    default: Value


def settings_of(layers: Sequence[Configuration]) -> tuple[Setting, ...]:
    """Return what holds when the layers lie on each other, the weightiest last; else the defaults."""
    merged = laid_together(layers)
    found = {setting.name: setting for layer in layers for setting in _said(layer) if _holds(setting, merged)}
    silent = [setting for setting in _defaults() if not any(_is_about(name, setting.name) for name in found)]
    return tuple(sorted((*found.values(), *silent), key=lambda setting: setting.name))


def _defaults() -> Iterator[Setting]:
    yield Setting("engines.ruff", value=False, origin=_DEFAULT, default=False)
    for name, value in (("rules", _AS_SHIPPED), ("keys.preset", "vim"), ("keys", _AS_SHIPPED)):
        yield Setting(name, value, _DEFAULT, value)
    for field in fields(Preferences):
        shipped = written(field.name, field.default)
        yield Setting(f"view.{field.name}", shipped, _DEFAULT, shipped)


def _is_about(name: str, setting: str) -> bool:
    """True if one that is set leaves nothing to say of a default."""
    return name == setting or (name.startswith(f"{setting}.") and name != "keys.preset")


def _said(layer: Configuration) -> Iterator[Setting]:
    origin, choice = next(iter(layer.sources), _DEFAULT), layer.choice
    if layer.uses_ruff:
        yield Setting("engines.ruff", value=True, origin=origin, default=False)
    for name, rules in (("enable", choice.enabled), ("disable", choice.disabled)):
        for rule in sorted(rules):
            yield Setting(f"rules.{name}.{rule}", value=True, origin=origin, default=False)
    for rule, severity in sorted(choice.severities.items()):
        card = card_of(rule)
        yield Setting(f"rules.severity.{rule}", severity.value, origin, card.severity.value if card else _AS_SHIPPED)
    for pattern, silent in sorted(choice.silent.items()):
        yield Setting(f'rules.paths."{pattern}"', sorted(silent), origin, [])
    yield from _said_of_interface(layer, origin)


def _said_of_interface(layer: Configuration, origin: str) -> Iterator[Setting]:
    defaults = {field.name: field.default for field in fields(Preferences)}
    for name, value in layer.view.items():
        yield Setting(f"view.{name}", written(name, value), origin, written(name, defaults[name]))
    if layer.keys.preset is not None:
        yield Setting("keys.preset", layer.keys.preset, origin, "vim")
    for action, keys in layer.keys.keys.items():
        yield Setting(f"keys.{action}", list(keys) or False, origin, _AS_SHIPPED)


def _holds(setting: Setting, merged: Configuration) -> bool:
    """False for what a weightier file took back."""
    section, _, rule = setting.name.rpartition(".")
    kept = {"rules.enable": merged.choice.enabled, "rules.disable": merged.choice.disabled}
    return section not in kept or rule in kept[section]
