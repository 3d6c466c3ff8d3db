import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.outline import Outline, dotted, inside, keyword_of, method_of, outline_of
from reviewer.analysis.resources import resource_of
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source

_OPEN = frozenset({"open", "io.open", "os.fdopen", "builtins.open"})
_TEXT_ONLY = ("encoding", "errors", "newline")
_READING = frozenset({"read", "readline", "readlines", "readinto", "__iter__"})
_WRITING = frozenset({"write", "writelines", "truncate"})
# These give or take bytes, whatever they are given.
_BINARY = frozenset(
    {"pickle.dump", "pickle.load", "marshal.dump", "marshal.load", "joblib.dump", "torch.save", "cloudpickle.dump"}
)
_TEXTUAL = frozenset({"json.dump", "csv.writer", "csv.DictWriter", "yaml.dump", "yaml.safe_dump", "toml.dump", "print"})


class OpenMode(ModuleRule):
    """A file is opened in a mode that does not exist, or that does not fit what is done with it.

    Why look: it raises the first time the line runs, and a mode such as `w` has emptied the file before.
    Ask: is this text or bytes, and is it read, replaced or added to?
    """

    informs = "correctness"
    severity = Severity.HIGH
    words = ("open(",)

    INVALID = (
        Example("with open(path, 'rw') as file:\n    text = file.read()\n"),
        Example("file = open(path, mode='wr')\n"),
        Example("file = open(path, 0o644)\n"),
        Example("with open(path, 'rb', encoding='utf-8') as file:\n    data = file.read()\n"),
        Example("with open(path, 'w') as file:\n    text = file.read()\n"),
        Example("with open(path) as file:\n    file.write('tea')\n"),
        Example("with open(path, 'wb') as file:\n    file.write('tea')\n"),
        Example("with open(path, 'w') as file:\n    file.write(text.encode())\n"),
        Example("import pickle\n\nwith open(path, 'w') as file:\n    pickle.dump(order, file)\n"),
        Example("import json\n\nwith open(path, 'wb') as file:\n    json.dump(order, file)\n"),
        Example("from pathlib import Path\n\nwith Path('teas').open('rwx') as file:\n    pass\n"),
    )
    VALID = (
        Example("with open(path, 'r+') as file:\n    file.write(file.read())\n"),
        Example("with open(path, 'wb') as file:\n    file.write(b'tea' + text.encode())\n"),
        Example("with open(path, 'rt', encoding='utf-8', newline='') as file:\n    text = file.read()\n"),
        Example("with open(path, mode) as file:\n    file.write('tea')\n"),
        Example("import gzip\n\nwith gzip.open(path, 'rt', encoding='utf-8') as file:\n    text = file.read()\n"),
        Example("import pickle\n\nwith open(path, 'rb') as file:\n    order = pickle.load(file)\n"),
        Example("from tarfile import open\n\nwith open(path, 'r:gz') as file:\n    file.extract(tea)\n"),
        Example("class Shop:\n    def open(self, mode):\n        pass\n\nShop().open('early')\n"),
        Example("with open(path, 'a+') as file:\n    file.seek(0)\n    text = file.read()\n    file.write('tea')\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        outline = outline_of(source)
        for call in outline.added(file, ast.Call):
            if not _opens(call, outline):
                continue
            mode = _mode(call, outline)
            if mode is None:
                continue
            line, shown = outline.line(call), f"`{outline.quote(call)}`"
            if not _exists(mode):
                yield LineSighting(line, f"{shown} raises ValueError: there is no mode `{mode}`")
            elif "b" in mode and (word := _text_option(call)):
                yield LineSighting(line, f"{shown} raises ValueError: a binary mode takes no `{word}`")
            else:
                yield from _uses(call, mode, outline)


def _opens(call: ast.Call, outline: Outline) -> bool:
    """True for `open(…)` and `path.open(…)`; archives have modes of their own."""
    if outline.known(call.func) in _OPEN:
        return True
    is_path = (
        isinstance(call.func, ast.Attribute) and call.func.attr == "open" and resource_of(call, outline) is not None
    )
    return is_path and not outline.known(call.func) and _is_path(call, outline)


def _is_path(call: ast.Call, outline: Outline) -> bool:
    owner = call.func.value if isinstance(call.func, ast.Attribute) else call.func
    while isinstance(owner, ast.BinOp):
        owner = owner.left
    return outline.made_by(owner).startswith("pathlib.")


def _mode(call: ast.Call, outline: Outline) -> str | None:
    """Return the mode if it is written here; `r` if there is none."""
    position = 0 if method_of(call) == "open" and not outline.known(call.func) else 1
    given = keyword_of(call, "mode") or (call.args[position] if position < len(call.args) else None)
    if given is None:
        is_open_ended = any(word.arg is None for word in call.keywords) or any(
            isinstance(one, ast.Starred) for one in call.args
        )
        return None if is_open_ended else "r"
    if not isinstance(given, ast.Constant):
        return None
    return given.value if isinstance(given.value, str) else repr(given.value)


def _exists(mode: str) -> bool:
    if "U" in mode:
        return True  # gone since Python 3.11, and read before
    letters = set(mode)
    is_known = letters <= set("rwxabt+") and len(letters) == len(mode)
    return is_known and len(letters & set("rwxa")) == 1 and not {"b", "t"} <= letters


def _text_option(call: ast.Call) -> str:
    given = [
        word.arg for word in call.keywords if not (isinstance(word.value, ast.Constant) and word.value.value is None)
    ]
    return next((name for name in _TEXT_ONLY if name in given), "")


def _uses(call: ast.Call, mode: str, outline: Outline) -> Iterator[LineSighting]:
    """Report what `with open(…) as file` does with the file that its mode does not allow."""
    item = outline.parents[call]
    block = outline.parents[item] if isinstance(item, ast.withitem) else None
    if not isinstance(item, ast.withitem) or not isinstance(item.optional_vars, ast.Name) or block is None:
        return
    name = item.optional_vars.id
    for node in inside(block):
        wrong = _wrong(node, name, mode, outline) if isinstance(node, ast.Call) else ""
        if wrong and isinstance(node, ast.Call):
            yield LineSighting(outline.line(node), f"`{outline.quote(node)}` {wrong} a file opened with mode `{mode}`")
            return


def _wrong(call: ast.Call, name: str, mode: str, outline: Outline) -> str:
    """Return how a call misuses the file."""
    if isinstance(call.func, ast.Attribute) and dotted(call.func.value) == name:
        method = call.func.attr
        if method in _READING and "r" not in mode and "+" not in mode:
            return "reads from"
        if method in _WRITING and "r" in mode and "+" not in mode:
            return "writes to"
        if method == "write" and call.args:
            return _wrong_kind(call.args[0], mode)
        return ""
    if any(dotted(argument) == name for argument in [*call.args, *(word.value for word in call.keywords)]):
        known = outline.known(call.func)
        if known in _BINARY and "b" not in mode:
            return "needs bytes, and this is text:"
        if known in _TEXTUAL and "b" in mode:
            return "writes text, and these are bytes:"
    return ""


def _wrong_kind(value: ast.expr, mode: str) -> str:
    is_text = isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and isinstance(value.value, str))
    is_bytes = isinstance(value, ast.Constant) and isinstance(value.value, bytes)
    match value:
        case ast.Call(func=ast.Attribute(attr="encode")) | ast.Call(func=ast.Name(id="bytes")):
            is_bytes = True
        case ast.Call(func=ast.Attribute(attr="dumps", value=ast.Name(id="json"))) | ast.Call(func=ast.Name(id="str")):
            is_text = True
    if is_text and "b" in mode:
        return "writes text to"
    return "writes bytes to" if is_bytes and "b" not in mode else ""
