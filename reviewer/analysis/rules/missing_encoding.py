import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.outline import Outline, is_none, is_open_ended, keyword_of, outline_of
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source

# The place of `mode` and of `encoding` among the positional arguments; text is the default mode of these.
_OPENERS = {"open": (1, 3), "io.open": (1, 3), "builtins.open": (1, 3)}
# Bytes are the default mode of these.
_WRAPPERS = {
    "gzip.open": (1, 3), "bz2.open": (1, 3), "lzma.open": (1, 9), "tempfile.TemporaryFile": (0, 2),
    "tempfile.NamedTemporaryFile": (0, 2), "tempfile.SpooledTemporaryFile": (1, 3),
}  # fmt: skip
_METHODS = {"open": (0, 2), "read_text": (9, 0), "write_text": (9, 1)}


class MissingEncoding(ModuleRule):
    """A text file is opened, and its encoding is whatever the machine it runs on prefers.

    Why look: the same file reads well here and as garbage, or not at all, where the locale is another.
    Ask: which encoding is this file written in?
    """

    informs = "edge-cases"
    severity = Severity.INFO
    words = ("open(", "read_text", "write_text", "TemporaryFile")

    INVALID = (
        Example("def load(path):\n    with open(path) as file:\n        return file.read()\n"),
        Example("import io\n\nfile = io.open(path, 'w')\n"),
        Example("from pathlib import Path\n\ntext = Path('teas.txt').read_text()\n"),
        Example("from pathlib import Path\n\ndef save(path: Path):\n    path.write_text('tea')\n"),
        Example("from pathlib import Path\n\nwith (Path('shop') / name).open('a') as file:\n    file.write('tea')\n"),
        Example("import tempfile\n\nfile = tempfile.NamedTemporaryFile('w')\n"),
        Example("with open(path, encoding=None) as file:\n    text = file.read()\n"),
    )
    VALID = (
        Example("with open(path, encoding='utf-8') as file:\n    text = file.read()\n"),
        Example("with open(path, 'rb') as file:\n    data = file.read()\n"),
        Example("from pathlib import Path\n\ntext = Path('teas.txt').read_text('utf-8')\n"),
        Example("with open(path, mode) as file:\n    text = file.read()\n"),
        Example("import gzip\n\nwith gzip.open(path) as file:\n    data = file.read()\n"),
        Example("def load(path, **options):\n    return open(path, **options)\n"),
        Example("def load(shop):\n    return shop.read_text()\n"),
        Example("def test_load(path):\n    assert open(path).read()\n", path="tests/test_load.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        outline = outline_of(source)
        for call in outline.added(file, ast.Call):
            places, default = _places(call, outline)
            if places is not None and not is_open_ended(call) and _is_text(call, places[0], default):
                given = keyword_of(call, "encoding") or (call.args[places[1]] if places[1] < len(call.args) else None)
                named = outline.source.constants.get(given.id) if isinstance(given, ast.Name) else None
                if given is None or is_none(given) or is_none(named):
                    yield LineSighting(outline.line(call), f"`{outline.quote(call)}` takes the encoding of the machine")


def _places(call: ast.Call, outline: Outline) -> tuple[tuple[int, int] | None, str]:
    """Return where the mode and the encoding stand, and the mode if none is given."""
    name = outline.known(call.func)
    if name in _OPENERS:
        return _OPENERS[name], "r"
    if name in _WRAPPERS:
        return _WRAPPERS[name], "b"
    if isinstance(call.func, ast.Attribute) and call.func.attr in _METHODS and _is_path(call.func.value, outline):
        return _METHODS[call.func.attr], "r"
    return None, ""


def _is_path(owner: ast.expr, outline: Outline) -> bool:
    while isinstance(owner, ast.BinOp) and isinstance(owner.op, ast.Div):
        owner = owner.left
    values = [
        value for value in outline.values(owner) if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div)
    ]
    return outline.made_by(owner).startswith("pathlib.") or any(_is_path(value.left, outline) for value in values[:1])


def _is_text(call: ast.Call, position: int, default: str) -> bool:
    given = keyword_of(call, "mode") or (call.args[position] if position < len(call.args) else None)
    if given is None:
        return default == "r"
    if not isinstance(given, ast.Constant) or not isinstance(given.value, str):
        return False
    return "b" not in given.value and (
        default == "r" or "t" in given.value or (default == "b" and given.value in ("w", "a", "w+"))
    )
