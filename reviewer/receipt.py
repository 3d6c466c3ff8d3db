"""Receipts: what `verify` found, kept for as long as nothing it looked at has changed.

Every push waits for this module, so it imports nothing. A receipt names the two ends by their object ids and
holds a stamp of all that was judged: the refs of reviews and notes, each record file's size and times, and the
version. If any of it differs, there is no receipt, and all is judged anew. A receipt is as good as the journals
beside it: whoever can write one could have written those. So none is made, and none believed, where the
policy asks for signatures.
"""

import os

_PINNED = ("git", "--no-pager", "--no-replace-objects", "-c", "core.fsmonitor=false")
DEFAULTS = (
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
)
# Set by git for a hook, or by a user who has the repository elsewhere: then the whole judgement finds the way.
_ELSEWHERE = ("GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE", "GIT_NAMESPACE", "GIT_OBJECT_DIRECTORY")
# Whatever else a judgement reads is named by the ids of the two ends.
WATCHED = ("refs/reviews", "refs/notes/ai")
WATCHED_FORM = "--format=%(objectname) %(refname)"
# Without a sign of a pattern, git would look for refs below the name.
_GLOBS = ("--glob=refs/reviews/*", "--glob=refs/notes/a[i]")
_POLICY = ".reviews/policy.toml"
TWO, THREE = "two", "three"


def answer(arguments: list[str]) -> None:
    """Print what a receipt says and end the process; return if there is none."""
    words = receipt_for(arguments)
    if words is None:
        return
    try:
        os.write(1, words)
    except OSError:
        return
    # Nothing is open that matters; taking the interpreter apart would cost another millisecond.
    os._exit(0)


def answer_push() -> None:
    """Print what receipts say of a push and end the process; else return with standard input as it was."""
    place = _find_repository()
    refs = _read_input()
    watched = _git("for-each-ref", WATCHED_FORM, *WATCHED) if place is not None else None
    if place is None or watched is None:
        return
    top, git_dir = place
    expected = stamp(git_dir, top, watched)
    words: dict[bytes, None] = {}
    for line in refs.splitlines():
        fields = line.decode("utf-8", "surrogateescape").split(" ")
        found = read_receipt(git_dir, THREE, fields[3], fields[1], expected) if len(fields) == 4 else None
        if found is None:
            return
        words[found] = None
    os.write(2, b"".join(b"reviewer: " + line for line in words))
    os._exit(0)


def receipt_for(arguments: list[str]) -> bytes | None:
    """Return what `verify` says of these arguments, if it is satisfied and a receipt of it still holds."""
    place = _find_repository()
    if place is None or len(arguments) > 1 or (arguments and not _is_plain(arguments[0])):
        return None
    top, git_dir = place
    found = _ends_of_range(arguments[0]) if arguments else _ends_of_branch()
    if found is None:
        return None
    kind, old, new, watched = found
    return read_receipt(git_dir, kind, old, new, stamp(git_dir, top, watched))


def read_receipt(git_dir: str, kind: str, old: str, new: str, expected: bytes | None) -> bytes | None:
    try:
        with open(_path(git_dir, kind, old, new), "rb") as stream:
            content = stream.read()
    except OSError:
        return None
    if expected is None or not content.startswith(expected):
        return None
    words = content[len(expected) :]
    return words if _can_be_shown(words) and not _asks_for_signatures(old) else None


def write_receipt(git_dir: str, kind: str, old: str, new: str, content: bytes) -> None:
    path = _path(git_dir, kind, old, new)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    draft = f"{path}.{os.getpid()}"
    with open(draft, "wb") as stream:
        stream.write(content)
    os.replace(draft, path)


def stamp(git_dir: str, top: str | None, watched: list[str]) -> bytes | None:
    """Return all that a judgement rests on besides the two ends; None if it cannot be looked at.

    `watched` are the refs there are in WATCHED, in the form of WATCHED_FORM.
    """
    from reviewer import __version__

    # The end of what is known of history decides where a branch left its base.
    lines = [f"reviewer {__version__} receipt 2", *sorted(watched), _facts(f"{git_dir}/shallow")]
    try:
        for root in (f"{git_dir}/reviewer/reviews", *([f"{top}/.reviews"] if top is not None else [])):
            lines += _files(root)
    except OSError:
        return None
    return ("\n".join(lines) + "\n\n").encode("utf-8", "surrogateescape")


def _path(git_dir: str, kind: str, old: str, new: str) -> str:
    return f"{git_dir}/reviewer/receipts/{kind}-{old}-{new}"


def _files(root: str) -> list[str]:
    if not os.path.lexists(root):
        return []
    found = [_kind(root)]
    for folder in sorted(entry.path for entry in os.scandir(root)):
        found.append(_kind(folder))
        if os.path.isdir(folder) and not os.path.islink(folder):
            found += [_facts(file) for file in sorted(entry.path for entry in os.scandir(folder))]
    return found


def _kind(path: str) -> str:
    """Return what stands at a path: a link to a folder of the same content is read by nobody."""
    facts = os.lstat(path)
    return f"{path} {facts.st_mode} {facts.st_ino}"


def _facts(path: str) -> str:
    try:
        facts = os.lstat(path)
    except FileNotFoundError:
        return f"{path} none"
    return f"{path} {facts.st_mode} {facts.st_ino} {facts.st_size} {facts.st_mtime_ns} {facts.st_ctime_ns}"


def _can_be_shown(words: bytes) -> bool:
    """True unless there is something in it that steers a terminal: a repository can come with its git folder."""
    return all(line.isprintable() for line in words.decode("utf-8", "replace").replace("\t", " ").split("\n"))


def _asks_for_signatures(commit: str) -> bool:
    """True if the policy of a commit so much as speaks of signatures; whoever cannot sign could write a receipt."""
    policy = _git("cat-file", "blob", f"{commit}:{_POLICY}")
    return policy is not None and any("signatures" in line for line in policy)


def _read_input() -> bytes:
    """Return what standard input holds, and leave it there to be read again."""
    pieces = []
    while piece := os.read(0, 65_536):
        pieces.append(piece)
    content = b"".join(pieces)
    if hasattr(os, "memfd_create"):
        again = os.memfd_create("refs")
    else:
        from tempfile import TemporaryFile

        with TemporaryFile() as file:
            again = os.dup(file.fileno())
    os.write(again, content)
    os.lseek(again, 0, os.SEEK_SET)
    os.dup2(again, 0)
    return content


def _find_repository() -> tuple[str, str] | None:
    """Return the top of the working tree and its git folder; None for anything but a plain repository."""
    if any(name in os.environ for name in _ELSEWHERE):
        return None
    try:
        folder = os.getcwd()
    except OSError:
        return None
    while True:
        # What looks like a bare repository is one to git, though it may lie in a working tree.
        if os.path.lexists(f"{folder}/HEAD"):
            return None
        if os.path.isdir(f"{folder}/.git"):
            return folder, f"{folder}/.git"
        if os.path.lexists(f"{folder}/.git") or folder == "/":
            return None
        folder = os.path.dirname(folder)


def _is_plain(revision: str) -> bool:
    return not revision.startswith("-") and not any(letter in revision for letter in " \t\n^@{}:")


def _ends_of_range(revision: str) -> tuple[str, str, str, list[str]] | None:
    dots = "..." if "..." in revision else ".." if ".." in revision else ""
    left, _, right = revision.partition(dots) if dots else (f"{revision}^1", "", revision)
    names = [f"{left or 'HEAD'}^{{commit}}", f"{right or 'HEAD'}^{{commit}}"]
    lines = _git("rev-parse", *names, *_GLOBS, "--symbolic-full-name", *_GLOBS)
    if lines is None or len(lines) < len(names):
        return None
    oids, refs = lines[2 : len(lines) // 2 + 1], lines[len(lines) // 2 + 1 :]
    watched = [f"{oid} {ref}" for oid, ref in zip(oids, refs, strict=True)]
    return (THREE if dots == "..." else TWO), lines[0], lines[1], watched


def _ends_of_branch() -> tuple[str, str, str, list[str]] | None:
    """Return the branch and what it is compared with, chosen as `repository.branch_target` does."""
    form = "--format=%(objectname) %(refname) %(HEAD) %(upstream)"
    lines = _git("for-each-ref", form, "refs/heads", *DEFAULTS[:3], *WATCHED)
    if lines is None:
        return None
    refs = {fields[1]: fields for fields in (line.split(" ") for line in lines)}
    head = next((fields for fields in refs.values() if fields[2] == "*"), None)
    if head is None:
        return None
    watched = [f"{fields[0]} {name}" for name, fields in refs.items() if name.startswith(WATCHED)]
    upstream = head[3]
    if upstream and upstream not in refs:
        return None
    for base in (upstream, *DEFAULTS):
        if base in refs and refs[base][0] != head[0]:
            return THREE, refs[base][0], head[0], watched
    return None


def _git(*arguments: str) -> list[str] | None:
    """Return the lines git prints, None if it fails. `subprocess` would take longer to import than git to answer."""
    program = _find_git()
    if program is None:
        return None
    reading, writing = os.pipe()
    try:
        null = os.open(os.devnull, os.O_RDWR)
        actions = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, writing, 1), (os.POSIX_SPAWN_DUP2, null, 2)]
        child = os.posix_spawn(program, [*_PINNED, *arguments], os.environ, file_actions=actions)
    except OSError:
        os.close(reading)
        return None
    finally:
        os.close(writing)
    with open(reading, "rb") as stream:
        output = stream.read()
    if os.waitpid(child, 0)[1] != 0:
        return None
    # Python would also split at signs that a ref may have in its name.
    return output.decode("utf-8", "surrogateescape").split("\n")[:-1]


def _find_git() -> str | None:
    """Return git as PATH has it; a relative entry there would name a program of the repository under review."""
    places = (f"{folder}/git" for folder in os.get_exec_path() if folder.startswith("/"))
    return next((place for place in places if os.access(place, os.X_OK) and os.path.isfile(place)), None)
