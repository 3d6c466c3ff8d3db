"""The block of Markdown that says what lines should become, as code hosts read it. Pure."""

import re

from reviewer.review.model import Side, Spot
from reviewer.visible import show_lines

_FENCES = re.compile(r"^ {0,3}(`{3,})", re.MULTILINE)


def suggestion_of(spot: Spot | None) -> str | None:
    """Return a block with the new lines as they are, to be changed; None where there are none, or none of plain text.

    What cannot be shown as it is cannot be given back as it was either.
    """
    if spot is None or spot.first is None or spot.side is not Side.NEW:
        return None
    text = "\n".join(line.removesuffix("\r") for line in spot.text.decode("utf-8", "surrogateescape").split("\n"))
    if show_lines(text) != text:
        return None
    # A fence inside must not end the block.
    fence = "`" * max(3, 1 + max((len(inner) for inner in _FENCES.findall(text)), default=0))
    return f"{fence}suggestion\n{text}\n{fence}"
