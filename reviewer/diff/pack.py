"""A diff as bytes and back, whole: so that what was seen can be compared with what it has become."""

import json
import zlib
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from reviewer.diff.encoding import from_json_text, json_text
from reviewer.diff.model import Diff, FileDiff, Hunk, Status

_VERSION = 1
# What a packed diff may grow to: some thousand times what a person can read.
_LARGEST = 512_000_000
_PATHS = ("old_path", "new_path")
_HUNK_FACTS = ("old_start", "old_count", "new_start", "new_count", "added", "removed")
_FILE_FACTS = tuple(field.name for field in fields(FileDiff) if field.name not in (*_PATHS, "status", "hunks"))


def pack(diff: Diff) -> Iterator[bytes]:
    """Yield the packed diff in pieces, so that what is said of ten thousand hunks is never there all at once."""
    # The fastest level halves a patch already, and nobody waits for more.
    packer = zlib.compressobj(level=1)
    for piece in _pieces(diff):
        packed = packer.compress(piece)
        if packed:
            yield packed
    yield packer.flush()


def _pieces(diff: Diff) -> Iterator[bytes]:
    """Yield a line of JSON, then the lines of all hunks."""
    yield b'{"version":%d,"files":[' % _VERSION
    for number, file in enumerate(diff.files):
        yield b"," * bool(number) + json.dumps(_file_facts(file), separators=(",", ":")).encode()
    yield b"]}\n"
    for _, hunk in diff.walk():
        yield from hunk.blocks()


def unpack(packed: bytes) -> Diff:
    """Return the diff that `pack` was given. Raises ValueError if these bytes are not what it made."""
    try:
        content = _inflated(packed)
        head, _, bodies = content.partition(b"\n")
        facts: Any = json.loads(head)
        if facts["version"] != _VERSION:
            raise ValueError("packed by another version")
        files, position = [], 0
        for raw in facts["files"]:
            file, position = _file(raw, bodies, position)
            files.append(file)
    except (zlib.error, KeyError, TypeError, IndexError, OverflowError, RecursionError) as error:
        raise ValueError(f"no packed diff ({error})") from error
    if position != len(bodies):
        raise ValueError("no packed diff: its lines are not all accounted for")
    return Diff(tuple(files))


def _inflated(packed: bytes) -> bytes:
    inflate = zlib.decompressobj()
    content = inflate.decompress(packed, _LARGEST)
    if not inflate.eof:
        raise ValueError("no packed diff: cut off, or too large")
    return content


def _file_facts(file: FileDiff) -> dict[str, object]:
    return {
        **{name: getattr(file, name) for name in _FILE_FACTS},
        **{name: _text(getattr(file, name)) for name in _PATHS},
        "status": file.status.value,
        "hunks": [
            [*(getattr(hunk, name) for name in _HUNK_FACTS), json_text(hunk.section), hunk.end - hunk.start]
            for hunk in file.hunks
        ],
    }


def _file(raw: Any, bodies: bytes, position: int) -> tuple[FileDiff, int]:
    paths: Any = {name: None if raw[name] is None else from_json_text(raw[name]) for name in _PATHS}
    file = FileDiff(
        status=Status(raw["status"]), hunks=(), **paths, **{name: raw[name] for name in _FILE_FACTS}
    )  # fmt: skip
    hunks = []
    for *numbers, section, length in raw["hunks"]:
        counts = dict(zip(_HUNK_FACTS, (int(number) for number in numbers), strict=True))
        hunks.append(
            Hunk(patch=bodies, start=position, end=position + int(length), section=from_json_text(section), **counts)
        )
        position += int(length)
    return replace(file, hunks=tuple(hunks)), position


def _text(path: bytes | None) -> object:
    return None if path is None else json_text(path)
