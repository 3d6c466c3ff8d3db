"""What `--version` and `--help` print, without loading the commands they speak of."""

import os
import sys

# Click fits its help into as many columns; a narrower terminal gets it from there.
_COLUMNS = 80
# As `reviewer --help` prints it; a test compares the two.
FILE = f"{os.path.dirname(__file__)}/overview.txt"


def print_overview(arguments: list[str]) -> None:
    """Answer a command line that asks for the version or the help and for nothing else, and end; else return."""
    if arguments == ["--version"]:
        from reviewer import __version__

        _say(f"git-reviewer {__version__}\n")
    elif arguments in (["--help"], ["-h"]) and _is_wide():
        with open(FILE, encoding="utf-8") as stream:
            _say(stream.read())


def _is_wide() -> bool:
    try:
        columns = int(os.environ.get("COLUMNS") or os.get_terminal_size().columns)
    except (OSError, ValueError):
        return "COLUMNS" not in os.environ
    return columns >= _COLUMNS


def _say(text: str) -> None:
    try:
        os.write(1, text.encode())
    except OSError:
        sys.exit(141)
    os._exit(0)
