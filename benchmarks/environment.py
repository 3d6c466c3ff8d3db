"""An environment in which no program sees or touches anything of the user's."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def isolated_environment(scratch: Path) -> Mapping[str, str]:
    """Return variables with home, state and identity of nobody; `scratch` is an existing folder."""
    home = scratch / "home"
    home.mkdir(exist_ok=True)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    person = {"NAME": "Rita Reviewer", "EMAIL": "rita@example.org"}
    identity = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in person.items()}
    folders = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("STATE", "CONFIG", "CACHE", "DATA")}
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    return {"PATH": path, "HOME": str(home), **identity, **folders, **settings, **terminal}
