"""What of a change is text: that its content decides alone, and no attribute."""

from contextlib import suppress
from dataclasses import replace

from reviewer.diff.model import FileDiff, Status
from reviewer.diff.records import with_walkable_hunks
from reviewer.errors import CannotDetermine
from reviewer.repository.attributes import Attributes
from reviewer.repository.heads import LARGEST_TEXT, Head, Pair, read_heads
from reviewer.repository.question import Question
from reviewer.visible import show

# Git takes content for binary if there is a NUL in this many bytes.
_BINARY_PROBE = 8_000


def by_content(question: Question, files: list[FileDiff], attributes: Attributes) -> tuple[FileDiff, ...]:
    """Return the files as git shows them where no attribute says whether they are text."""
    doubtful = [file for file in files if attributes.decide(file.paths)]
    read = read_heads(question.repository, doubtful, _BINARY_PROBE)
    heads = {file.path: pair for file, pair in zip(doubtful, read, strict=True)}
    hidden = [file for file in doubtful if file.is_binary and _can_be_shown(file, heads[file.path], attributes)]
    shown = _as_text(question, hidden) | {
        file.path: _as_git_would(file, heads[file.path], attributes) for file in doubtful if not file.is_binary
    }
    return tuple(shown.get(file.path, file) for file in files)


def _can_be_shown(file: FileDiff, heads: Pair, attributes: Attributes) -> bool:
    """True if only an attribute (`*.py -diff`, say in this very change) makes git hide the lines."""
    sides = ((file.old_path, heads[0]), (file.new_path, heads[1]))
    return all(
        head is not None and head.size < LARGEST_TEXT and not _holds_nul(head, attributes.encoding_of(path))
        for path, head in sides
        if path is not None
    )


def _as_text(question: Question, hidden: list[FileDiff]) -> dict[bytes, FileDiff]:
    """Return what git shows of these files, by their paths, if it is told that they are text."""
    if not hidden:
        return {}
    paths = tuple(sorted({path for file in hidden for path in file.paths}))
    found = {_ends_of(each): each for each in question.about(paths).files("--text")}
    shown = {}
    for file in hidden:
        if _ends_of(file) not in found:
            raise CannotDetermine(
                f"{show(file.path)!r}: git named it once, but not again; try again when nothing writes to it"
            )
        candidate = found[_ends_of(file)]
        # Numstat still says binary: `--text` speaks to the patch alone.
        hunks = candidate.text_hunks
        added, removed = sum(hunk.added for hunk in hunks), sum(hunk.removed for hunk in hunks)
        shown[file.path] = with_walkable_hunks(replace(candidate, added=added, removed=removed), hunks)
    return shown


def _ends_of(file: FileDiff) -> tuple[Status, bytes | None, bytes | None]:
    return file.status, file.old_path, file.new_path


def _as_git_would(file: FileDiff, heads: Pair, attributes: Attributes) -> FileDiff:
    """Return a file that an attribute made git show as text without what is binary."""
    paths = (file.old_path, file.new_path)
    old, new = (
        head is not None and path is not None and _holds_nul(head, attributes.encoding_of(path))
        for head, path in zip(heads, paths, strict=True)
    )
    if not (old or new):
        return file
    # A type change is shown as the end of one file and the beginning of another.
    is_two = file.status is Status.TYPE_CHANGED
    hunks = tuple(hunk for hunk in file.text_hunks if is_two and not (new if hunk.new_count else old))
    return with_walkable_hunks(replace(file, added=None, removed=None), hunks)


def _holds_nul(head: Head, encoding: str | None) -> bool:
    start = head.start
    if head.is_on_disk and encoding is not None:
        with suppress(LookupError):
            # As git would take it in; a character may be cut at the end.
            start = start.decode(encoding, "ignore").encode("utf-8", "ignore")
    return b"\0" in start
