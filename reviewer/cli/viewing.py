"""Flags that say how a walk looks, and what they come to together with what is configured."""

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from reviewer.configuration.model import Configuration
    from reviewer.session.subject import Subject

_LAYOUTS = ("auto", "unified", "split")
_CONTEXTS = ("3", "10", "30", "100", "whole")

# What a flag of the command line says: a word, a switch, or nothing.
Flag = str | bool | None


def viewing(command: Callable[..., None]) -> Callable[..., None]:
    """Add the flags of every command that opens a walk; they are named as the settings are."""
    for decorate in (
        click.option("--mouse/--no-mouse", default=None, help="Heed the mouse, or leave it to the terminal."),
        click.option("--tree/--no-tree", default=None, help="Begin with the file tree, or without it."),
        click.option("--wrap/--no-wrap", default=None, help="Wrap long lines, or cut them."),
        click.option("--context", type=click.Choice(_CONTEXTS), help="Lines around the edits, or whole files."),
        click.option("--layout", type=click.Choice(_LAYOUTS), help="Unified, side by side, or by the width."),
        click.option("--theme", metavar="NAME", help="The colours; T goes through them."),
    ):
        command = decorate(command)
    return command


def configuration_of_walk(subject: "Subject", flags: Mapping[str, Flag]) -> "Configuration":
    """Return what holds for a walk. Raises ConfigInvalid with every mistake, if one is the user's."""
    from reviewer.configuration.find import layers_for
    from reviewer.configuration.model import laid_together
    from reviewer.tui.keymap import key_mistakes

    said = {name: _word(value) for name, value in flags.items() if value is not None}
    layers = layers_for(
        subject.repository,
        subject.diff,
        subject.old,
        os.environ,
        flags=said,
        check_keys=key_mistakes,
        needs_rules=False,
    )
    return laid_together(layers)


def _word(value: str | bool) -> str:
    return value if isinstance(value, str) else "on" if value else "off"
