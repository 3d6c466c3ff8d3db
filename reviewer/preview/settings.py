"""Whether anybody may have set how the walk looks or what its keys are; which of it, is read later."""

import os

_LARGEST = 1_000_000


def are_as_shipped(top: str) -> bool:
    """True if neither the user nor the repository in `top` has said anything."""
    is_said = any(name.startswith("REVIEWER_") for name in os.environ)
    has_file = any(map(os.path.lexists, (*_of_user(), f"{top}/.reviewer.toml")))
    return not is_said and not has_file and not _is_in_pyproject(top)


def _of_user() -> list[str]:
    """Return where a user's file may lie, on the systems there are."""
    home = os.path.expanduser("~")
    folders = (os.environ.get("XDG_CONFIG_HOME") or f"{home}/.config", f"{home}/Library/Application Support")
    return [f"{folder}/git-reviewer/config.toml" for folder in folders]


def _is_in_pyproject(top: str) -> bool:
    try:
        with open(f"{top}/pyproject.toml", "rb") as stream:
            return b"tool.reviewer" in stream.read(_LARGEST)
    except OSError:
        return False
