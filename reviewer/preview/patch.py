"""How the patch begins that a walk will show, asked of git without any of our other modules.

Where that is not sure, or not known at once, it says nothing.
"""

import os
from time import monotonic

from reviewer.pins import CONTEXT_LINES, DIFF_OPTIONS, PATCH
from reviewer.preview.begun import keep
from reviewer.preview.running import Running

# A screen of lines that are as wide as it is; longer ones leave its end to the interface.
_BYTES = 20_000
# Whoever waits longer than this gains nothing from a first screen that comes first.
_LONGEST_WAIT_SECONDS = 0.06
# With one of these, git looks elsewhere; where, the repository's own door finds out.
_ELSEWHERE = (
    "GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_NAMESPACE", "GIT_OBJECT_DIRECTORY",
    "GIT_CEILING_DIRECTORIES",
)  # fmt: skip
# A configuration that holds one of these may make git fetch, by programs of its own choice.
_MAY_FETCH = (b"promisor", b"partialclone", b"include", b"worktreeconfig")
_LONGEST_CONFIG = 1_000_000

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    # Waits for the patch, and returns it as far as it is wanted; None if it was not known in time.
    Awaited = Callable[[], bytes | None]


def asked(revision: str | None) -> "Awaited | None":
    """Ask for the patch of a range or commit; without one, of what is not committed. None if that is not to be had.

    What is awaited are whole lines from its start.
    """
    top, git = repository(), _program()
    if top is None or git is None or _may_name_drivers(top):
        return None
    until = monotonic() + _LONGEST_WAIT_SECONDS
    try:
        awaited = _uncommitted(git, top, until) if revision is None else _committed(git, top, revision, until)
    except OSError:
        return None
    return None if awaited is None else lambda: _whole_lines(awaited)


def _whole_lines(awaited: "Awaited") -> bytes | None:
    try:
        patch = awaited()
    except OSError:
        return None
    return patch if patch is None or len(patch) < _BYTES else patch[: patch.rfind(b"\n") + 1]


def _committed(git: str, top: str, revision: str, until: float) -> "Awaited | None":
    ends = _ends(revision)
    if ends is None:
        return None
    running = Running(git, top, "diff-tree", *DIFF_OPTIONS, *PATCH, f"-U{CONTEXT_LINES}", *ends, "--", index="")
    keep(running)
    return lambda: running.beginning(_BYTES, until)


def _uncommitted(git: str, top: str, until: float) -> "Awaited":
    """Ask for the patch of the working tree; it counts if it begins with a file git knows, for no other is in it."""
    untracked = Running(git, top, "ls-files", "--others", "--exclude-standard", "-z")
    filters = Running(git, top, "config", "--name-only", "-z", "--get-regexp", r"^filter\..*\.")

    def awaited() -> bytes | None:
        listed = filters.settings(_BYTES, until)
        off = _without_filters(listed) if listed is not None else None
        options = [*DIFF_OPTIONS, "--ignore-submodules=dirty", *PATCH, f"-U{CONTEXT_LINES}", "HEAD", "--"]
        patch = Running(git, top, *off, "diff-index", *options).output(_BYTES, until) if off is not None else None
        first_untracked = untracked.output(_BYTES, until)
        if patch is None or first_untracked is None:
            return None
        first = patch.partition(b"\n")[0].rpartition(b" b/")[2]
        return None if first_untracked and first_untracked.split(b"\0", 1)[0] < first else patch

    return awaited


def _without_filters(listed: bytes) -> list[str] | None:
    """Return the options that keep git from running the filters of these keys; None if one cannot be named."""
    keys = listed.decode("utf-8", "surrogateescape").split("\0")[:-1]
    names = {key.removeprefix("filter.").rpartition(".")[0] for key in keys}
    if any("=" in name for name in names):
        return None
    off = ("clean=", "smudge=", "process=", "required=false")
    return [word for name in sorted(names) for setting in off for word in ("-c", f"filter.{name}.{setting}")]


def _ends(revision: str) -> list[str] | None:
    """Return the arguments that name both ends to git; None for what might be an option, or more than a name."""
    if not revision or revision.startswith("-") or any(sign in revision for sign in ":{*?[\\ "):
        return None
    if "..." in revision:
        left, right = revision.split("...", 1)
        return ["--merge-base", left or "HEAD", right or "HEAD"]
    if ".." in revision:
        left, right = revision.split("..", 1)
        return [left or "HEAD", right or "HEAD"]
    return [f"{revision}^", revision]


def repository() -> str | None:
    """Return the folder that holds `.git`, if it is a plain repository whose configuration lets git fetch nothing."""
    if any(name in os.environ for name in _ELSEWHERE):
        return None
    try:
        folder = os.getcwd()
        while not os.path.isdir(f"{folder}/.git"):
            if folder == "/" or os.path.lexists(f"{folder}/.git"):
                return None
            folder = os.path.dirname(folder)
        with open(f"{folder}/.git/config", "rb") as stream:
            config = stream.read(_LONGEST_CONFIG).lower()
    except OSError:
        return None
    return None if any(word in config for word in _MAY_FETCH) else folder


def _may_name_drivers(top: str) -> bool:
    """True if attributes may decide what heads a hunk, or what is text; the repository's own door lets them not."""
    for place in (".gitattributes", ".git/info/attributes"):
        try:
            with open(f"{top}/{place}", "rb") as stream:
                if b"diff" in stream.read(_LONGEST_CONFIG):
                    return True
        except OSError:
            continue
    return False


def _program() -> str | None:
    """Return git as PATH has it; a relative entry there would name a program of the repository under review."""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if folder.startswith("/") and os.access(f"{folder}/git", os.X_OK):
            return f"{folder}/git"
    return None
