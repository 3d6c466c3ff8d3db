"""Putting the gate in place, and taking it away: a hook that is found is renamed, never changed.

Every step leaves either the old hook or the new one where git looks, also if we are stopped between two.
"""

import errno
import filecmp
import os
import shlex
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp

from reviewer.errors import ReviewerError
from reviewer.hook.neighbour import Hook, is_of_pre_commit, moved_gates, neighbour_of, read_hook
from reviewer.hook.place import HookPlace, Reach, default_place, find_place
from reviewer.hook.script import KEPT, KEPT_LEGACY, LEGACY, Gate, compose
from reviewer.hook.status import describe, gate_within
from reviewer.repository import Repository
from reviewer.visible import show


@dataclass(frozen=True, slots=True)
class Installed:
    """`lines` say what was done, where, what runs beside it, and what is left to do by hand."""

    path: Path
    is_changed: bool
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Uninstalled:
    """`path` is the hook git would run; `is_changed` is False where no gate of ours was found."""

    path: Path
    is_changed: bool
    lines: tuple[str, ...]


def install(repository: Repository, program: Sequence[str], *, everywhere: bool = False) -> Installed:
    """Make every push from here ask `program` first, and then the hook that was there before.

    Raises ReviewerError where that would overwrite something or, without `everywhere`, concern other repositories.
    """
    place = find_place(repository)
    _check_reach(repository, place, everywhere=everywhere)
    compose(program, neighbour_of(None))
    try:
        said, changed = _install(place, program)
    except OSError as error:
        raise _failure(place, error) from error
    status = describe(repository, place)
    return Installed(status.path, changed, (*said, *status.lines))


def uninstall(repository: Repository, *, everywhere: bool = False) -> Uninstalled:
    """Take the gate away and put back what it found, byte for byte, also where git no longer looks.

    Raises ReviewerError if the gate was edited, or concerns other repositories: then nothing is touched.
    """
    here = find_place(repository)
    places = {place.folder: place for place in (here, default_place(repository))}.values()
    found = [(place, read_hook(place.hook), moved_gates(place.folder)) for place in places]
    gates = [gate for _, hook, moved in found for gate in (hook, *moved) if gate is not None and gate.gate is not None]
    for gate in gates:
        _check_intact(gate)
    for place, hook, moved in found:
        if hook in gates or moved:
            _check_reach(repository, place, everywhere=everywhere)
    said: list[str] = []
    for place, hook, moved in found:
        try:
            said += _uninstall(place, hook, moved)
        except OSError as error:
            raise _failure(place, error) from error
    if not gates:
        said.insert(0, f"{show(str(here.folder))}: no gate is installed here; nothing was done")
    return Uninstalled(here.hook, bool(gates), tuple(said))


def _check_reach(repository: Repository, place: HookPlace, *, everywhere: bool) -> None:
    if place.reach is Reach.BEYOND and not everywhere:
        own = shlex.quote(str(repository.common_dir / "hooks"))
        raise ReviewerError(
            f"{show(str(place.folder))}: {place.origin} lies outside this repository, and other repositories may "
            "use it; add --everywhere to mean all of them, or let this one use hooks of its own instead: "
            f"git config --local core.hooksPath {show(own)}"
        )


def _check_intact(hook: Hook) -> None:
    if hook.gate is not None and not hook.gate.is_intact:
        raise ReviewerError(
            f"{show(str(hook.path))}: this gate was edited by hand, so it is left alone; "
            f"move your lines to {KEPT} beside it, delete the file, and run `reviewer hook install`"
        )


def _failure(place: HookPlace, error: OSError) -> ReviewerError:
    return ReviewerError(
        f"{show(str(place.folder))}: the hook cannot be written ({error.strerror}); "
        "make the folder writable, or run this as its owner"
    )


def _install(place: HookPlace, program: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    hook = read_hook(place.hook)
    gate = gate_within(place.folder, hook)
    if gate is not None:
        return (), _renew(gate, read_hook(place.folder / KEPT), program)
    made = _make_folder(place.folder)
    said = _settle(place, hook, moved_gates(place.folder)) if hook is not None else ()
    kept = _keep(place, hook) if hook is not None else read_hook(place.folder / KEPT)
    neighbour = neighbour_of(kept)
    if neighbour.is_pre_commit:
        _keep_legacy(place.folder)
    _write(place.hook, compose(program, neighbour, folders_made=made))
    return said, True


def _renew(hook: Hook, kept: Hook | None, program: Sequence[str]) -> bool:
    """Bring a gate that is in place up to date; return whether anything was to be done."""
    _check_intact(hook)
    folders = hook.gate.folders_made if hook.gate is not None else 0
    content = compose(program, neighbour_of(kept), folders_made=folders)
    if content == hook.content and hook.is_executable:
        return False
    _write(hook.path, content)
    return True


def _make_folder(folder: Path) -> int:
    """Make the hook folder if it is missing; return how many folders that took."""
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return len(missing)


def _settle(place: HookPlace, hook: Hook, moved: tuple[Hook, ...]) -> tuple[str, ...]:
    """Leave the folder as if the gate had never been here when another hook was put in its place.

    Whoever moved the gate away would have moved the hook behind it; so that takes the gate's place there.
    """
    for gate in moved:
        _check_intact(gate)
    kept = place.folder / KEPT
    for gate in moved:
        old = read_hook(kept)
        if gate.path.name == LEGACY and os.path.lexists(place.folder / KEPT_LEGACY):
            (place.folder / KEPT_LEGACY).replace(gate.path)
        elif old is None or _is_same(kept, hook.path) or (is_of_pre_commit(old) and is_of_pre_commit(hook)):
            gate.path.unlink()
        else:
            kept.replace(gate.path)
    if not os.path.lexists(kept) or _is_same(kept, hook.path):
        return ()
    aside = next(path for number in range(1, 10_000) if not os.path.lexists(path := kept.with_name(f"{KEPT}.{number}")))
    kept.rename(aside)
    return (f"a hook that was replaced since is kept as {aside.name}, and does not run; delete it if it is of no use",)


def _keep(place: HookPlace, hook: Hook) -> Hook:
    """Give the hook its second name; it loses the first only when the gate takes its place."""
    _give_name(hook.path, place.folder / KEPT)
    return Hook(hook.path, hook.content, hook.is_link, hook.is_executable, None)


def _keep_legacy(folder: Path) -> None:
    """Give the hook that pre-commit found a name of ours too: installed again, pre-commit moves the gate over it."""
    if os.path.lexists(folder / LEGACY):
        _give_name(folder / LEGACY, folder / KEPT_LEGACY)


def _give_name(path: Path, name: Path) -> None:
    # What has that name already is the same, byte for byte; this one has its times.
    name.unlink(missing_ok=True)
    try:
        os.link(path, name, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK):
            raise
        shutil.copy2(path, name, follow_symlinks=False)


def _uninstall(place: HookPlace, hook: Hook | None, moved: tuple[Hook, ...]) -> tuple[str, ...]:
    kept = place.folder / KEPT
    gate = hook.gate if hook is not None else None
    if hook is not None and gate is None and moved:
        said = _settle(place, hook, moved)
        if _is_same(kept, hook.path):
            kept.unlink()
        return (f"{show(str(place.folder))}: the gate was taken away", *said)
    for other in moved:
        other.path.unlink()
    if hook is None or gate is None:
        return (f"the hook that was here before is still kept as {show(str(kept))}",) if os.path.lexists(kept) else ()
    if _is_same(place.folder / KEPT_LEGACY, place.folder / LEGACY):
        (place.folder / KEPT_LEGACY).unlink()
    if os.path.lexists(kept):
        kept.replace(hook.path)
        return (f"{show(str(hook.path))}: the hook that was here before is back",)
    hook.path.unlink()
    _remove_folders(place.folder, gate)
    return (f"{show(str(hook.path))}: the gate was taken away; there was no hook here before",)


def _remove_folders(folder: Path, gate: Gate) -> None:
    """Take away the folders the gate needed, unless somebody uses them now."""
    with suppress(OSError):
        for path in (folder, *folder.parents)[: gate.folders_made]:
            path.rmdir()


def _is_same(one: Path, other: Path) -> bool:
    if one.is_symlink() or other.is_symlink():
        return one.is_symlink() and other.is_symlink() and one.readlink() == other.readlink()
    try:
        return one.stat().st_mode == other.stat().st_mode and filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False


def _write(path: Path, content: bytes) -> None:
    """Put an executable file there in one step: whoever pushes meanwhile finds the old one or the new one."""
    descriptor, draft = mkstemp(prefix=f"{KEPT}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            os.fchmod(stream.fileno(), 0o755)
        Path(draft).replace(path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise
