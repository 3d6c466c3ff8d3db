"""Figures as plain text."""

import os
from collections.abc import Sequence
from math import ceil


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns as wide as they need to be: names to the left, figures to the right."""
    widths = [max(len(line[column]) for line in (head, *rows)) for column in range(len(head))]
    for line in (head, *rows):
        cells = [cell.rjust(width) for cell, width in zip(line, widths, strict=True)]
        cells[0] = line[0].ljust(widths[0])
        print("  ".join(cells).rstrip())


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that the share of all values does not exceed."""
    return sorted(values)[max(0, ceil(share * len(values)) - 1)]


def load() -> str:
    return "load average " + " ".join(f"{value:.2f}" for value in os.getloadavg())
