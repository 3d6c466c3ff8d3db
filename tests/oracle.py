"""What git's trees and blobs say of a change, asked without any diff parser, and whether a Diff agrees."""

from reviewer.diff.lines import lines_of
from reviewer.diff.model import Diff, FileDiff, Hunk, LineKind, Status
from tests.scratch import SUBMODULE, Scratch

Listing = dict[bytes, tuple[str, str]]


def assert_faithful(scratch: Scratch, diff: Diff, old: str, new: str) -> None:
    """Assert that the diff leads from the one tree to the other: every path, mode, id, byte and count."""
    before, after = listing(scratch, old), listing(scratch, new)

    assert paths_of(diff) == changed_paths(before, after)
    for file in diff.files:
        assert (file.old_mode, file.old_oid) == before.get(file.old_path or b"", (None, None)), file
        assert (file.new_mode, file.new_oid) == after.get(file.new_path or b"", (None, None)), file
        assert_status(file)
        assert_text(file, content(scratch, file.old_mode, file.old_oid), content(scratch, file.new_mode, file.new_oid))
    assert_counts(scratch, diff, old, new)


def listing(scratch: Scratch, tree: str) -> Listing:
    """Return mode and id of every path in the tree, review records aside."""
    entries = scratch.git("ls-tree", "-r", "-z", "--full-tree", tree).split(b"\0")[:-1]
    parts = (entry.split(b"\t", 1) for entry in entries)
    found = {path: (facts.split()[0].decode(), facts.split()[2].decode()) for facts, path in parts}
    return {path: facts for path, facts in found.items() if not path.startswith(b".reviews/")}


def changed_paths(before: Listing, after: Listing) -> list[bytes]:
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def paths_of(diff: Diff) -> list[bytes]:
    """Return every path the diff accounts for, once for each time it does."""
    pairs = ({file.old_path, file.new_path} - {None} for file in diff.files)
    return sorted(path for pair in pairs for path in pair if path is not None)


def content(scratch: Scratch, mode: str | None, oid: str | None) -> bytes:
    if mode is None or oid is None:
        return b""
    return b"Subproject commit %s\n" % oid.encode() if mode == SUBMODULE else scratch.git("cat-file", "blob", oid)


def assert_status(file: FileDiff) -> None:
    if file.status is Status.UNMERGED:
        return
    if file.old_path is None or file.new_path is None:
        expected = Status.ADDED if file.old_path is None else Status.DELETED
    elif file.old_path != file.new_path:
        expected = Status.RENAMED
    else:
        is_same_type = (file.old_mode or "")[:2] == (file.new_mode or "")[:2]
        expected = Status.MODIFIED if is_same_type else Status.TYPE_CHANGED

    assert file.status is expected, file


def assert_text(file: FileDiff, old: bytes, new: bytes) -> None:
    """Assert that the hunks turn the old content into the new, or that git is right to call it binary."""
    if file.is_binary:
        assert b"\0" in old[:8000] or b"\0" in new[:8000], file
        assert file.text_hunks == () or file.status is Status.TYPE_CHANGED
        return
    hunks = file.text_hunks
    if file.status is Status.TYPE_CHANGED:
        assert patched(old, tuple(hunk for hunk in hunks if hunk.new_count == 0)) == b""
        assert patched(b"", tuple(hunk for hunk in hunks if hunk.old_count == 0)) == new
    else:
        assert patched(old, hunks) == new, file
    assert sum(hunk.added for hunk in hunks) == file.added
    assert sum(hunk.removed for hunk in hunks) == file.removed


def patched(old: bytes, hunks: tuple[Hunk, ...]) -> bytes:
    """Return the old content after the hunks; every line must say where it stands, and old ones must stand there."""
    before = _lines(old)
    after: list[bytes] = []
    position = 0
    for hunk in hunks:
        start = hunk.old_start - 1 if hunk.old_count else hunk.old_start
        assert start >= position
        after += before[position:start]
        position = start
        lines = list(lines_of(hunk))
        assert len(lines) == hunk.line_count
        for line in lines:
            text = line.text + (b"\n" if line.newline else b"")
            if line.kind is not LineKind.ADDED:
                assert (line.old, text) == (position + 1, before[position])
                position += 1
            if line.kind is not LineKind.REMOVED:
                after.append(text)
                assert line.new == len(after)
    return b"".join(after + before[position:])


def assert_counts(scratch: Scratch, diff: Diff, old: str, new: str) -> None:
    """Assert that git counts the same lines, for each file it counts lines of."""
    counted = numstat(scratch, old, new)
    for file in diff.files:
        count = counted.get((file.old_path or file.path, file.path))
        if count is not None and file.added is not None:
            assert (file.added, file.removed) == count, file


def numstat(scratch: Scratch, old: str, new: str) -> dict[tuple[bytes, bytes], tuple[int, int]]:
    """Return the added and removed lines git counts, by old and new path; binary files are left out."""
    output = scratch.git("diff-tree", "-r", "-M", "--diff-algorithm=histogram", "--numstat", "-z", old, new)
    fields = iter(output.split(b"\0")[:-1])
    counts = {}
    for field in fields:
        added, removed, path = field.split(b"\t", 2)
        pair = (path, path) if path else (next(fields), next(fields))
        if added != b"-":
            counts[pair] = int(added), int(removed)
    return counts


def _lines(text: bytes) -> list[bytes]:
    """Split after line feeds and nowhere else."""
    pieces = text.split(b"\n")
    return [piece + b"\n" for piece in pieces[:-1]] + ([pieces[-1]] if pieces[-1] else [])
