"""Whether a command line starts a walk whose first screen can be shown at once; and showing it."""

import os

_BARE: tuple[list[str], ...] = ([], ["review"], ["review", "--worktree"], ["--worktree"])
_WITH_A_NAME = 2


def show_at_once(arguments: list[str]) -> None:
    """Draw the first screen of a walk through a range, a commit or the working tree; else do nothing."""
    has_name = len(arguments) == _WITH_A_NAME and arguments[0] == "review" and not arguments[1].startswith("-")
    if not (has_name or arguments in _BARE) or not _is_screen():
        return
    from reviewer.preview.patch import asked

    revision = arguments[1] if has_name else None
    awaited = asked(revision)
    if awaited is None:
        return
    # While git is at work.
    from reviewer.preview.frame import Frame
    from reviewer.preview.rows import rows_of, shown
    from reviewer.preview.terminal import answer, take

    label = "uncommitted changes" if revision is None else shown(os.fsencode(revision))
    width, height = os.get_terminal_size(2)
    frame = Frame(label, width, height, has_colour=not os.environ.get("NO_COLOR"))
    patch = awaited() or b""
    rows = rows_of(patch, height)
    if rows is not None and take(frame.first(rows)) and frame.has_the_walks_rows and _are_keys_known():
        answer(frame, patch)


def _are_keys_known() -> bool:
    from reviewer.preview.patch import repository
    from reviewer.preview.settings import are_as_shipped

    top = repository()
    return top is not None and are_as_shipped(top)


def _is_screen() -> bool:
    term = os.environ.get("TERM", "dumb")
    # A shell that asks what may be typed names no command, and may have the terminal at both ends.
    is_unwanted = any(name in os.environ for name in ("REVIEWER_NO_PREVIEW", "_REVIEWER_COMPLETE"))
    return os.isatty(0) and os.isatty(2) and term not in ("dumb", "unknown") and not is_unwanted
