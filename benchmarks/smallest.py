"""The smallest Textual program there can be: it shows the text of a file. Run by paint.py as a floor."""

import sys

from textual.app import App, ComposeResult
from textual.widgets import Static


class Smallest(App[None]):
    def compose(self) -> ComposeResult:
        with open(sys.argv[1], encoding="utf-8", errors="replace") as stream:  # noqa: PTH123 - no import beside Textual
            yield Static(stream.read(), markup=False)


if __name__ == "__main__":
    Smallest().run()
