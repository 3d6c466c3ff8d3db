"""Hooks that git itself takes from its configuration, from 2.54 on, beside the file in the hook folder.

The gate stays a file: it works on every git, and git runs all configured hooks even when one has refused,
so that a hook that uploads could not be held back from there.
"""

import os
import re

from reviewer.hook.place import HOOK
from reviewer.repository import Repository

_FIRST_VERSION = (2, 54)


def configured_hooks(repository: Repository) -> tuple[str, ...]:
    """Return the names of what git runs before a push besides the file, in its order."""
    if not runs_configured_hooks(repository.run("version")):
        return ()
    answer = repository.ask("config", "-z", "--get-regexp", r"^hook\..*\.(event|enabled)$")
    return names_of_hooks(answer.output)


def runs_configured_hooks(version: bytes) -> bool:
    """Tell by what `git version` prints whether this git reads hooks from its configuration."""
    numbers = re.match(rb"git version (\d+)\.(\d+)", version)
    return numbers is not None and (int(numbers[1]), int(numbers[2])) >= _FIRST_VERSION


def names_of_hooks(settings: bytes) -> tuple[str, ...]:
    """Return which hooks these settings have run before a push; the last word on a hook holds."""
    names: list[str] = []
    off: set[str] = set()
    for setting in settings.split(b"\0")[:-1]:
        key, _, value = os.fsdecode(setting).partition("\n")
        name, _, field = key.removeprefix("hook.").rpartition(".")
        if field == "enabled":
            (off.add if value.lower() in ("false", "no", "off", "0", "") else off.discard)(name)
        elif value in (HOOK, ""):
            names = [other for other in names if other != name] + ([name] if value else [])
    # From 2.55 on, the name of the event turns off all of them, though not the file.
    return () if HOOK in off and HOOK not in names else tuple(name for name in names if name not in off)
