import ast
import re
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.syntax import Function, Syntax, code, dotted_name, keyword, last_name, names_in, syntax_of

_READING = frozenset({"read", "readlines", "read_text", "read_bytes"})
_LOADING = frozenset(
    {
        "json.load",
        "pandas.read_csv",
        "pandas.read_json",
        "pandas.read_excel",
        "pandas.read_parquet",
        "yaml.safe_load",
    }
    | {"numpy.loadtxt", "numpy.genfromtxt", "pickle.load", "pandas.read_table"}
)
_CHUNKING = ("chunksize", "nrows", "iterator", "usecols", "blocksize", "max_rows")
# Such files are large because somebody else made them.
_LARGE = regex(
    r"(\w*_)?(upload\w*|file|file_path|filepath|filename|path|input_file|input_path|csv_path|csv_file|log_file|log_path|data_file|data_path|dataset\w*|source_file|export\w*|dump\w*)"
)
_SMALL = regex(
    r"config|settings|template|version|readme|schema|manifest|license|key|cert|token|secret|pid|prompt|fixture|package|toml|yaml|yml|ini|env",
    re.IGNORECASE,
)
_SIZES = regex(r"st_size|getsize|\.size\b|content_length|max_size|MAX_|max_bytes|Content-Length|limit", re.IGNORECASE)
_UPLOADED = regex(r"(request\.files|request\.FILES|upload\w*|uploaded_file|file\.file)\b")


class ReadWholeFile(ModuleRule):
    """A file of unknown size is read into memory whole.

    Why look: one large file, sent by mistake or on purpose, takes all the memory there is.
    Ask: how large may it be, and can it be read in pieces?
    """

    informs = "edge-cases"
    severity = Severity.LOW
    words = ("read", "load(", "loadtxt")

    INVALID = (
        Example("def count(path):\n    with open(path) as file:\n        return len(file.read().split())\n"),
        Example("def lines(log_file):\n    with open(log_file) as log:\n        return log.readlines()\n"),
        Example("import json\n\ndef load(path):\n    with open(path) as file:\n        return json.load(file)\n"),
        Example("from pathlib import Path\n\ndef text(path: Path):\n    return path.read_text()\n"),
        Example("import pandas as pd\n\ndef orders(csv_path):\n    return pd.read_csv(csv_path)\n"),
        Example("async def store(upload: UploadFile):\n    body = await upload.read()\n    save(body)\n"),
        Example("from flask import request\n\ndef store():\n    return request.files['orders'].read()\n"),
    )
    VALID = (
        Example(
            "def count(path):\n    with open(path) as file:\n        return sum(len(line.split()) for line in file)\n"
        ),
        Example("def head(path):\n    with open(path, 'rb') as file:\n        return file.read(1024)\n"),
        Example("import pandas as pd\n\ndef orders(csv_path):\n    return pd.read_csv(csv_path, chunksize=10_000)\n"),
        Example(
            "import os\n\ndef text(path):\n    if os.path.getsize(path) > MOST:\n"
            "        raise TooLargeError\n    return open(path).read()\n"
        ),
        Example("def read_config(config_path):\n    with open(config_path) as file:\n        return file.read()\n"),
        Example("def readme():\n    with open('README.md') as file:\n        return file.read()\n"),
        Example("def answer(response):\n    return response.read()\n"),
        Example("def test_it(path):\n    assert open(path).read() == ''\n", path="tests/test_it.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or file.is_settings or not self.may_see("\n".join(source.lines)):
            return
        tree = syntax_of(source)
        for call in tree.called(*_READING, *sorted({name.rpartition(".")[2] for name in _LOADING})):
            function = tree.function(call)
            if function is None or _SMALL.search(function.name) or _SIZES.search("\n".join(_lines(tree, function))):
                continue
            given = _read(tree, call)
            name = _told_by_caller(tree, given, function) if given is not None else ""
            if name and not _SMALL.search(name):
                is_sent = _UPLOADED.search(name) is not None
                severity = Severity.LOW if is_sent else Severity.INFO
                yield LineSighting(
                    tree.line(call), f"`{code(call)}` reads all of `{name}`, however large it is", severity
                )


def _read(tree: Syntax, call: ast.Call) -> ast.AST | None:
    """Return what is read whole: a path, or an open file."""
    if tree.name(call.func) in _LOADING and tree.is_imported(call.func):
        return call.args[0] if call.args and keyword(call, *_CHUNKING) is None else None
    if isinstance(call.func, ast.Attribute) and call.func.attr in _READING and not call.args:
        return call.func.value
    return None


def _told_by_caller(tree: Syntax, node: ast.AST, function: Function) -> str:
    """Return the parameter, or the part of a request, that says which file is read; "" if it is neither."""
    for _ in range(3):
        value = tree.value(node)
        if isinstance(value, ast.Call) and last_name(value.func) in ("open", "Path", "TextIOWrapper", "BytesIO"):
            node = (
                value.func.value
                if isinstance(value.func, ast.Attribute) and not value.args
                else next(iter(value.args), value)
            )
        elif value is node:
            break
        else:
            node = value
    shown = code(node)
    if _UPLOADED.search(shown):
        return shown
    given = {part.arg for part in [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]}
    name = dotted_name(node)
    return name if name in given and _LARGE.fullmatch(name) and name in names_in(node) else ""


def _lines(tree: Syntax, function: Function) -> list[str]:
    return list(tree.source.lines[function.lineno - 1 : function.end_lineno])
