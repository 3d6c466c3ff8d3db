"""What is set, and where."""

import json
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

    layers = layers_for(repository_or_none(), Diff(()), None)
    settings, ignored = settings_of(layers), laid_together(layers).ignored
    click.echo(_as_json(settings, ignored) if form == "json" else _as_text(settings))
    for remark in ignored if form == "text" else ():
        click.echo(f"reviewer: {show(remark)}", err=True)


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
