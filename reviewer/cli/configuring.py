"""What is set, and where."""

import json
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import click

from reviewer.cli.choosing import repository_or_none
from reviewer.visible import show

if TYPE_CHECKING:
    from reviewer.configuration.settings import Setting


@click.group()
def config() -> None:
    """The settings of your own file and of the repository."""


@config.command("show")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show_config(form: str) -> None:
    """Print every setting, its value, its default, and the file or variable it comes from.

    Your own file counts least, then the repository's, REVIEWER_... variables, and flags, which are not shown here.
    A change that touches the repository's files is looked at with those of its base.
    """
    from reviewer.configuration.find import layers_for
    from reviewer.configuration.model import laid_together
    from reviewer.configuration.settings import settings_of
    from reviewer.diff.model import Diff
    from reviewer.tui.keymap import key_mistakes

    layers = layers_for(repository_or_none(), Diff(()), None, check_keys=key_mistakes)
    settings, ignored = settings_of(layers), laid_together(layers).ignored
    click.echo(_as_json(settings, ignored) if form == "json" else _as_text(settings))
    for remark in ignored if form == "text" else ():
        click.echo(f"reviewer: {show(remark)}", err=True)


@config.command("keys")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show_keys(form: str) -> None:
    """Print every key of every screen: what it does, by which name your file may move it, and who chose it.

    \b
    [keys]
    preset = "plain"               # or "vim", as shipped
    next_hunk = ["]", "ctrl+down"]
    reload = false                 # no key; the palette has everything
    """
    from reviewer.configuration.find import layers_for
    from reviewer.configuration.model import laid_together
    from reviewer.diff.model import Diff
    from reviewer.tui.keymap import key_map, key_mistakes, origins

    choice = laid_together(layers_for(repository_or_none(), Diff(()), None, check_keys=key_mistakes)).keys
    keys, origin = key_map(choice), origins(choice)
    rows = [
        _KeyRow(screen, key.name, key.shown, key.description, origin[key.name])
        for screen, table in (("review", keys.review), ("checklist", keys.checklist), ("sign-off", keys.sign_off))
        for key in table
    ]
    click.echo(_keys_as_json(rows) if form == "json" else _keys_as_text(rows))
    for remark in keys.remarks:
        click.echo(f"reviewer: {remark}", err=True)


@dataclass(frozen=True, slots=True)
class _KeyRow:
    screen: str
    action: str
    keys: str
    description: str
    origin: str


def _keys_as_json(rows: list[_KeyRow]) -> str:
    listed = [{**asdict(row), "keys": row.keys.split()} for row in rows]
    return json.dumps({"schema": "reviewer.keys/1", "keys": listed}, indent=1, ensure_ascii=False)


def _keys_as_text(rows: list[_KeyRow]) -> str:
    lines: list[str] = []
    for screen, group in groupby(rows, key=lambda row: row.screen):
        lines += ["", screen] if lines else [screen]
        lines += [f"  {row.keys or '(none)':<16} {row.action:<20} {row.origin:<14} {row.description}" for row in group]
    return "\n".join(lines)


def _as_json(settings: "tuple[Setting, ...]", ignored: tuple[str, ...]) -> str:
    listed = [
        {"name": each.name, "value": each.value, "default": each.default, "origin": each.origin} for each in settings
    ]
    return json.dumps({"schema": "reviewer.config/1", "settings": listed, "ignored": ignored}, indent=1)


def _as_text(settings: "tuple[Setting, ...]") -> str:
    rows = [(show(each.name), _value(each.value), show(each.origin)) for each in settings]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        f"{name:<{widths[0]}} = {value:<{widths[1]}}  {origin:<{widths[2]}}{_aside(setting)}".rstrip()
        for (name, value, origin), setting in zip(rows, settings, strict=True)
    )


def _aside(setting: "Setting") -> str:
    return "" if setting.origin == "default" else f"  default {_value(setting.default)}"


def _value(value: object) -> str:
    return show(json.dumps(value, ensure_ascii=False))
