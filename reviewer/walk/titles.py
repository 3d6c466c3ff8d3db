"""Files and hunks in words."""

from reviewer.diff.contents import Content, Contents, in_words, lfs_size
from reviewer.diff.lines import lines_of
from reviewer.diff.model import FileDiff, Hunk, LineKind, Status
from reviewer.visible import show

_LFS = b"https://git-lfs.github.com/spec/v1"
_LARGEST_POINTERS = 3_000


def name_of(file: FileDiff, *, to: str = "→") -> str:
    """Return the file's name, both of them if it moved; `to` stands between old and new."""
    moved = file.old_path is not None and file.new_path is not None and file.old_path != file.new_path
    return f"{show(file.old_path or b'')} {to} {show(file.new_path or b'')}" if moved else show(file.path)


def header_of(hunk: Hunk) -> str:
    return f"@@ -{hunk.old_start},{hunk.old_count} +{hunk.new_start},{hunk.new_count} @@"


def status_of(file: FileDiff) -> str:
    """Return what happened to the file, with how much it is like the one it came from."""
    is_from_another = file.status in (Status.RENAMED, Status.COPIED) and file.similarity is not None
    return f"{file.status.value}, {file.similarity} % alike" if is_from_another else file.status.value


def describe(file: FileDiff, contents: Contents | None = None, *, to: str = "→") -> str:
    """Say what changed about a file apart from its lines; `contents` are what is known of both sides by now.

    `to` stands between old and new.
    """
    facts = []
    if file.status is Status.UNMERGED:
        facts.append("unmerged: resolve the conflict, then review")
    if file.status in (Status.RENAMED, Status.COPIED):
        facts.append(f"{file.status.value} from {show(file.old_path or b'')} ({file.similarity or 0} % alike)")
    if file.status is Status.ADDED:
        facts.append(f"new file, mode {file.new_mode or 'unknown'}")
    elif file.status is Status.DELETED:
        facts.append("file deleted")
    elif file.old_mode != file.new_mode:
        facts.append(f"mode {file.old_mode or '-'} {to} {file.new_mode or '-'}")
    if file.is_submodule:
        facts.append(f"submodule at {_ids(file, to)}")
    elif file.is_symlink:
        facts.append("symbolic link")
    if file.is_binary:
        facts.append((in_words(contents, to=to) if contents is not None else "") or f"binary content {_ids(file, to)}")
    elif not file.text_hunks and file.status in (Status.ADDED, Status.DELETED):
        facts.append("empty")
    return "; ".join(facts) or "changed without text"


def pointed(file: FileDiff) -> str:
    """Say how large what LFS keeps was and is, if that is all the file says; empty if it is not."""
    hunks = file.text_hunks
    if len(hunks) != 1 or hunks[0].end - hunks[0].start > _LARGEST_POINTERS or _LFS not in hunks[0].body:
        return ""
    lines = list(lines_of(hunks[0]))
    old, new = (
        lfs_size(b"".join(line.text + b"\n" for line in lines if line.kind is not other))
        for other in (LineKind.ADDED, LineKind.REMOVED)
    )
    sides = ((old, file.old_path), (new, file.new_path))
    if any(size is None for size, path in sides if path is not None):
        return ""
    return in_words(Contents(*(Content("LFS", size) if size is not None else None for size, _ in sides)))


def _ids(file: FileDiff, to: str) -> str:
    """Return what stands for the content of each side there is."""
    sides = ((file.old_path, file.old_oid), (file.new_path, file.new_oid))
    return f" {to} ".join(oid[:10] if oid else "unknown" for path, oid in sides if path is not None)
