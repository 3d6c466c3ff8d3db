"""The Diff as data, schema `reviewer.diff/1`: every file, hunk, line and edit id."""

import json
from collections.abc import Iterator

from reviewer.diff.encoding import json_text
from reviewer.diff.identity import EditId, scope_of
from reviewer.diff.lines import lines_of
from reviewer.diff.model import Diff, FileDiff, Hunk, Line

_SCHEMA = "reviewer.diff/1"

Json = dict[str, object]


def diff_json(diff: Diff) -> Iterator[str]:
    """Yield the document piece by piece, a file at a time: a large diff need not fit twice into memory."""
    edits = iter(scope_of(diff).by_hunk)
    yield f'{{"schema": "{_SCHEMA}", "files": ['
    for number, file in enumerate(diff.files):
        by_hunk = [next(edits) for _ in file.hunks]
        yield ("," if number else "") + "\n" + json.dumps(_file(file, by_hunk), ensure_ascii=True)
    yield "\n]}\n"


def _file(file: FileDiff, edits: list[tuple[EditId, ...]]) -> Json:
    return {
        "status": file.status.value,
        "old_path": _path(file.old_path),
        "new_path": _path(file.new_path),
        "old_mode": file.old_mode,
        "new_mode": file.new_mode,
        "binary": file.is_binary,
        "added": file.added,
        "removed": file.removed,
        "hunks": [_hunk(hunk, ids) for hunk, ids in zip(file.hunks, edits, strict=True) if not hunk.is_textless],
    }


def _hunk(hunk: Hunk, edits: tuple[EditId, ...]) -> Json:
    return {
        "old_start": hunk.old_start,
        "old_count": hunk.old_count,
        "new_start": hunk.new_start,
        "new_count": hunk.new_count,
        "section": json_text(hunk.section),
        "edits": list(edits),
        "lines": [_line(line) for line in lines_of(hunk)],
    }


def _line(line: Line) -> Json:
    shown: Json = {"kind": line.kind.value, "text": json_text(line.text)}
    return shown if line.newline else {**shown, "newline": False}


def _path(path: bytes | None) -> object:
    return None if path is None else json_text(path)
