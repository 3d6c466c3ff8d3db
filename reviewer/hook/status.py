"""Whether the gate is in force here, what runs beside it, and what to do if it is not."""

import os
from dataclasses import dataclass
from pathlib import Path

from reviewer.errors import ReviewerError
from reviewer.hook.configured import configured_hooks
from reviewer.hook.neighbour import Hook, is_of_pre_commit, manager_of, moved_gates, read_hook
from reviewer.hook.place import HOOK, HookPlace, Reach, find_place
from reviewer.hook.script import KEPT, LEGACY, VERSION
from reviewer.repository import Repository
from reviewer.visible import show


@dataclass(frozen=True, slots=True)
class HookStatus:
    """`path` is the file that holds the gate, or would; the first of `lines` says whether it is in force."""

    path: Path
    is_in_force: bool
    lines: tuple[str, ...]


def status(repository: Repository) -> HookStatus:
    """Return what stands in the way of a push from here. Raises ReviewerError where that cannot be told."""
    return describe(repository, find_place(repository))


def describe(repository: Repository, place: HookPlace) -> HookStatus:
    hook = read_hook(place.hook)
    gate = gate_within(place.folder, hook)
    path = place.hook if gate is None else gate.path
    fault = _fault(place, hook, gate) or _is_committed(repository, place, gate)
    if fault:
        return HookStatus(path, is_in_force=False, lines=(f"{show(str(path))}: the gate is not in force: {fault}",))
    lines = (f"{show(str(path))}: the gate is in force", *_beside(place, hook), *_concerned(repository, place))
    return HookStatus(path, is_in_force=True, lines=(*lines, *_configured(repository)))


def gate_within(folder: Path, hook: Hook | None) -> Hook | None:
    """Return our script if git runs it, itself or through pre-commit, which runs the hook it found before its own."""
    if hook is None or hook.gate is not None:
        return hook
    if not hook.is_executable or not is_of_pre_commit(hook):
        return None
    legacy = folder / LEGACY
    found = read_hook(legacy) if legacy.is_file() else None
    return found if found is not None and found.gate is not None and found.is_executable else None


def _fault(place: HookPlace, hook: Hook | None, gate: Hook | None) -> str:
    """Return why no push is checked, or nothing."""
    if gate is None or gate.gate is None:
        if hook is None:
            return "there is no hook; run `reviewer hook install`"
        name = manager.name if (manager := manager_of(hook)) else "another"
        was_here = moved_gates(place.folder) or (place.folder / KEPT).exists()
        reason = f"a hook of {name} stands in its place" if manager else "another hook stands in its place"
        return f"{reason}{' since' if was_here else ''}; run `reviewer hook install`, which keeps that hook"
    if not gate.gate.is_intact:
        return f"it was edited by hand, and nobody can say what it does; move your lines to {KEPT}, delete it, install"
    if not gate.is_executable:
        return "it is not executable, so git does not run it; run `reviewer hook install`"
    return ""


def _is_committed(repository: Repository, place: HookPlace, gate: Hook | None) -> str:
    """Distrust a gate that came with a commit: its author wrote it, and with it what it runs."""
    if gate is None or repository.top is None or place.reach is not Reach.WORKTREE:
        return ""
    committed = repository.ask("cat-file", "blob", b":0:" + _in_tree(repository, gate.path))
    if committed.status or committed.output != gate.content:
        return ""
    return "it is committed, so whoever changes the repository chooses what it runs; set core.hooksPath elsewhere"


def _beside(place: HookPlace, hook: Hook | None) -> tuple[str, ...]:
    """Say which hook runs after ours, and what its manager will do to it."""
    lines = []
    if hook is not None and hook.gate is None:
        lines.append("pre-commit runs it first, as pre-push.legacy, and its own hooks after it")
    gate = gate_within(place.folder, hook)
    if gate is not None and gate.gate is not None and gate.gate.version < VERSION:
        lines.append("it is of an older version; run `reviewer hook install`")
    kept = read_hook(place.folder / KEPT)
    if kept is None:
        return tuple(lines)
    if not kept.is_executable:
        return (*lines, f"the hook that was here before, {KEPT}, does not run: it is not executable, as before")
    manager = manager_of(kept)
    lines.append(
        f"if it is satisfied, the hook {f'of {manager.name}' if manager else 'that was here before'} runs: {KEPT}"
    )
    return (*lines, manager.advice) if manager else tuple(lines)


def _concerned(repository: Repository, place: HookPlace) -> tuple[str, ...]:
    match place.reach:
        case Reach.BEYOND:
            return (f"{place.origin} names this folder: it checks the pushes of every repository that uses it",)
        case Reach.WORKTREE:
            return _seen_by_git(repository, place)
        case Reach.REPOSITORY:
            return ()


def _seen_by_git(repository: Repository, place: HookPlace) -> tuple[str, ...]:
    ignored = repository.run(
        "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--", _in_tree(repository, place.hook)
    )
    where = f"{place.origin} names a folder of this working tree; other working trees have their own"
    warning = (
        f"git shows {HOOK} and {KEPT} as changes there: do not commit them, they name a program of this machine; "
        "a checkout that brings the committed hook back takes the gate away"
    )
    return (where,) if ignored else (where, warning)


def _in_tree(repository: Repository, path: Path) -> bytes:
    return os.fsencode(path.relative_to(os.path.realpath(repository.top or "/")))


def _configured(repository: Repository) -> tuple[str, ...]:
    try:
        names = configured_hooks(repository)
    except ReviewerError:
        return ()
    return tuple(
        f"git itself runs hook.{show(name)} of its configuration too, whatever the gate says" for name in names
    )
