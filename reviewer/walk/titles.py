"""Files and hunks in words."""

from reviewer.diff.model import FileDiff, Hunk, Status
from reviewer.visible import show


def name_of(file: FileDiff, *, to: str = "→") -> str:
    """Return the file's name, both of them if it moved; `to` stands between old and new."""
    moved = file.old_path is not None and file.new_path is not None and file.old_path != file.new_path
    return f"{show(file.old_path or b'')} {to} {show(file.new_path or b'')}" if moved else show(file.path)


def header_of(hunk: Hunk) -> str:
    return f"@@ -{hunk.old_start},{hunk.old_count} +{hunk.new_start},{hunk.new_count} @@"


def describe(file: FileDiff, *, to: str = "→") -> str:
    """Say what changed about a file apart from its lines; `to` stands between old and new."""
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
        facts.append("submodule")
    elif file.is_symlink:
        facts.append("symbolic link")
    if file.is_binary:
        facts.append(f"binary content {_short(file.old_oid)} {to} {_short(file.new_oid)}")
    elif not file.text_hunks and file.status in (Status.ADDED, Status.DELETED):
        facts.append("empty")
    return "; ".join(facts) or "changed without text"


def _short(oid: str | None) -> str:
    return oid[:10] if oid else "none"
