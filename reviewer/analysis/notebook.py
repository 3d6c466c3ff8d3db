"""Notebooks as Python: each line of a code cell stays on the line of the file it is written on, all else is blank."""

import ast
import json
import warnings
from collections.abc import Iterator

from reviewer.analysis.regex import regex

_CODE = regex(rb'\s*"cell_type"\s*:\s*"(\w+)"')
_SOURCE = regex(rb'\s*"source"\s*:\s*\[\s*$')
_LINE = regex(rb'\s*("(?:[^"\\]|\\.)*+")\s*,?\s*$')
_COMMAND = regex(r"\s*(?:[%!?]|[\w, ]+=\s*[%!])|.*\?\s*$")


def python_of(notebook: bytes) -> bytes:
    """Return the code of a notebook that is laid out as Jupyter writes it, a line of code a line of the file.

    Shell commands and magics are left out, and so is a cell that is no Python.
    """
    lines = notebook.split(b"\n")
    code = [""] * len(lines)
    for first, cell in _cells(lines):
        if _is_python(cell):
            code[first : first + len(cell)] = cell
    return "\n".join(code).encode("utf-8", "surrogatepass")


def _cells(lines: list[bytes]) -> Iterator[tuple[int, list[str]]]:
    """Yield the code cells: where the first line stands, counted from 0, and the lines."""
    is_code, first = False, None
    cell: list[str] = []
    for number, line in enumerate(lines):
        if first is not None:
            text = _text(line)
            if text is not None:
                cell.append("" if _COMMAND.match(text) else text)
                continue
            yield first, cell
            first = None
        elif (kind := _CODE.match(line)) is not None:
            is_code = kind[1] == b"code"
        elif is_code and _SOURCE.match(line):
            first, cell = number + 1, []


def _text(line: bytes) -> str | None:
    """Return the line of code that a line of JSON holds; None where the cell has ended."""
    match = _LINE.match(line)
    if match is None:
        return None
    try:
        return str(json.loads(match[1])).rstrip("\r\n").replace("\n", " ")
    except ValueError:
        return None


def _is_python(cell: list[str]) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse("\n".join(cell))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True
