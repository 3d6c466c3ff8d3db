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
    """Print every setting, its value, and the file it comes from.

    A change that touches the repository's files is looked at with those of its base.
    """
    from reviewer.configuration.find import layers_for
    from reviewer.configuration.settings import settings_of
    from reviewer.diff.model import Diff

    settings = settings_of(layers_for(repository_or_none(), Diff(()), None))
    click.echo(_as_json(settings) if form == "json" else _as_text(settings))


def _as_json(settings: "tuple[Setting, ...]") -> str:
    listed = [{"name": each.name, "value": each.value, "origin": each.origin} for each in settings]
    return json.dumps({"schema": "reviewer.config/1", "settings": listed}, indent=1)


def _as_text(settings: "tuple[Setting, ...]") -> str:
    rows = [(show(each.name), show(json.dumps(each.value, ensure_ascii=False)), show(each.origin)) for each in settings]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    return "\n".join(f"{name:<{widths[0]}} = {value:<{widths[1]}}  {origin}" for name, value, origin in rows)
