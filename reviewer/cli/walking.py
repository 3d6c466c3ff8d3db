"""The walk: over a change of the user's, or over the built-in one."""

import gc
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING

import click

from reviewer import visible
from reviewer.cli.choosing import DiffCommand, choosing, chosen_subject, here, say_nothing_changed
from reviewer.cli.dialogue import walk_by_lines
from reviewer.cli.gate import tell_gate
from reviewer.cli.looking import importing, print_findings, scanned, with_logs
from reviewer.cli.viewing import Flag, configuration_of_walk, viewing
from reviewer.preview.terminal import hand_over, is_taken, leave

if TYPE_CHECKING:
    from reviewer.repository import Repository, Target
    from reviewer.review.model import SignOff
    from reviewer.session.session import Session
    from reviewer.session.subject import Subject

_EXIT_NOT_APPROVED = 1
_TURN_SECONDS = 0.0005

by_lines = click.option(
    "--plain", is_flag=True, help="Walk by line prompts, without a full screen: for screen readers, dumb terminals."
)


@click.command(cls=DiffCommand)
@choosing
@importing
@by_lines
@viewing
def review(
    staged: bool,
    worktree: bool,
    root: bool,
    patch: str | None,
    revision: tuple[str, ...],
    logs: tuple[Path, ...],
    plain: bool,
    **flags: Flag,
) -> None:
    """Walk through a change: [RANGE | COMMIT] [-- PATH...].

    Without arguments: uncommitted changes if there are any, else the branch against its base.
    Ends with 0 if what is shown was approved, else with 1.
    """
    from reviewer.cli.starting import read_while_loading
    from reviewer.review.model import Verdict

    context = click.get_current_context()

    def choose(lines: int | None = None) -> "Subject | None":
        # Click knows its context by the thread, and this is read in others.
        with context.scope(cleanup=False):
            return chosen_subject(
                lines, staged=staged, worktree=worktree, root=root, patch=patch, revision=revision
            )  # fmt: skip

    subject = read_while_loading(choose, _interface(plain=plain))
    if subject is None:
        leave()
        say_nothing_changed(revision, staged=staged, worktree=worktree)
        return
    _require_terminal(reads_stdin=patch == "-", plain=plain)
    signoff = _walk(with_logs(subject, logs), reread=None if patch else choose, flags=flags, plain=plain)
    if signoff is None:
        click.echo("all is saved; the same command goes on where you left", err=True)
        sys.exit(_EXIT_NOT_APPROVED)
    click.echo(f"{signoff.verdict.value}, signed by {visible.show(str(signoff.by))}", err=True)
    if signoff.verdict is Verdict.APPROVE and subject.repository is not None and subject.new is not None:
        tell_gate(subject.repository, subject.label)
    sys.exit(0 if signoff.verdict is Verdict.APPROVE else _EXIT_NOT_APPROVED)


@click.command()
@click.option("--keep", type=click.Path(path_type=Path), help="Make the repository in this folder and leave it there.")
@by_lines
@viewing
def demo(keep: Path | None, plain: bool, **flags: Flag) -> None:
    """Review a built-in AI-written change; needs no repository, no network, no configuration."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        _demo(keep, flags, plain=plain)
        return
    with TemporaryDirectory(prefix="reviewer-demo-") as folder:
        _demo(Path(folder), flags, plain=plain)


def _demo(folder: Path, flags: Mapping[str, Flag], *, plain: bool) -> None:
    from reviewer.cli.starting import read_while_loading
    from reviewer.demo import ANSWERS, GUIDE, RANGE, build_demo
    from reviewer.repository import CONTEXT_LINES, choose_target, read_diff
    from reviewer.repository.runners import Stoppable, running_with
    from reviewer.session.subject import Subject

    with running_with(Stoppable()):
        repository = build_demo(folder)
        target = choose_target(repository, RANGE)

    def read(context: int = CONTEXT_LINES) -> Subject:
        diff = read_diff(repository, target, context=context)
        return Subject(diff, target.label, repository, target.old, target.new)

    if not _has_terminal(plain=plain):
        hint = "; --plain walks by line prompts" if _has_terminal(plain=True) else ""
        click.echo(f"no terminal: the demo would open a walk through this change{hint}; here are its flags\n", err=True)
        print_findings(scanned(read()), "text")
        return
    # The lines between are about keys.
    guide = (GUIDE[0], GUIDE[-1]) if plain else GUIDE
    _walk(read_while_loading(read, _interface(plain=plain)), guide=guide, reread=read, flags=flags, plain=plain)
    click.echo(ANSWERS)


def walk_target(repository: "Repository", target: "Target") -> "SignOff | None":
    """Walk through a change that is already resolved to its two ends."""
    from reviewer.cli.starting import read_while_loading
    from reviewer.repository import CONTEXT_LINES, read_diff
    from reviewer.session.subject import Subject

    def read(context: int = CONTEXT_LINES) -> Subject:
        diff = read_diff(repository, target, context=context)
        return Subject(diff, target.label, repository, target.old, target.new)

    # Git started us: what its terminal is told and tells is not ours to risk.
    return _walk(read_while_loading(read, _interface(plain=False)), reread=read, may_ask_terminal=False)


def _walk(
    subject: "Subject",
    *,
    guide: tuple[str, ...] = (),
    reread: "Callable[[int], Subject | None] | None" = None,
    flags: Mapping[str, Flag] | None = None,
    plain: bool = False,
    may_ask_terminal: bool = True,
) -> "SignOff | None":
    folder = subject.repository.folder if subject.repository is not None else here()
    if plain:
        return walk_by_lines(subject, folder, guide=guide, reread=reread)
    from reviewer.configuration.preferences import AUTO
    from reviewer.repository.runners import Stoppable, running_with
    from reviewer.tui.app import ReviewApp
    from reviewer.tui.background import asked
    from reviewer.tui.driver import driver_after_preview
    from reviewer.tui.keymap import key_map
    from reviewer.tui.output import written_whole

    configuration = configuration_of_walk(subject, flags or {})
    preferences = configuration.preferences
    subject = _with_context(subject, preferences.context, reread)
    keys = key_map(configuration.keys)
    driver = driver_after_preview() if is_taken() else None
    typed = hand_over()
    may_ask = may_ask_terminal and preferences.theme == AUTO
    with running_with(Stoppable()), written_whole(), asked(0, 2, os.environ, may_ask=may_ask) as background:
        app = ReviewApp(
            subject,
            partial(_opened, folder=folder),
            clock=monotonic,
            guide=tuple(line.format_map(keys.first) for line in guide),
            reread=reread,
            driver=driver,
            preferences=preferences,
            keys=keys,
            remarks=configuration.ignored,
        )
        _be_ready_for_keys()
        background.take(typed)
        background.hear(0)
        app.listen(background)
        signoff = app.run(mouse=preferences.mouse)
    if app.return_code:
        sys.exit(app.return_code)
    if app.session is not None:
        _end(app.session, has_signed=app.has_signed)
    return signoff


def _be_ready_for_keys() -> None:
    """Have Python stop for nothing that was only needed to get here."""
    gc.freeze()
    gc.enable()
    # Keys are read and frames written by threads, and each waits so long for its turn.
    sys.setswitchinterval(_TURN_SECONDS)


def _end(session: "Session", *, has_signed: bool) -> None:
    if has_signed:
        # Now that the screen is gone, there is room to ask for a touch of the key.
        click.echo(session.add_signature(), err=True)
    session.close()


def _with_context(subject: "Subject", context: int, reread: "Callable[[int], Subject | None] | None") -> "Subject":
    """Return the subject as it is shown with so many lines around an edit, if it can be read again."""
    from reviewer.cli.starting import read_while_loading
    from reviewer.configuration.preferences import CONTEXTS

    if reread is None or context == CONTEXTS[0]:
        return subject
    # Only with the change at hand it was known whose settings count.
    wider = read_while_loading(partial(reread, context), _interface(plain=False))
    return replace(wider, logs=subject.logs) if wider is not None else subject


def _opened(subject: "Subject", *, folder: Path) -> "Session":
    # Here, and not above: by now the first hunk is on the screen, and keys are answered while this is loaded.
    from reviewer.session.opening import open_session

    return open_session(subject, folder)


def _interface(*, plain: bool) -> str:
    """Return the module to load for a walk."""
    return "reviewer.plain.walk" if plain else "reviewer.tui.app"


def _has_terminal(*, plain: bool) -> bool:
    if plain:
        return sys.stdin.isatty() and sys.stdout.isatty()
    return sys.stdin.isatty() and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _require_terminal(*, reads_stdin: bool, plain: bool) -> None:
    """A walk needs a terminal on both sides; after a patch on standard input, the keyboard is /dev/tty."""
    if reads_stdin and sys.stderr.isatty():
        try:
            os.dup2(os.open("/dev/tty", os.O_RDWR), 0)
        except OSError as error:
            raise click.UsageError("no terminal to read keys from; use `reviewer scan` or `reviewer diff`") from error
    if _has_terminal(plain=plain):
        return
    if os.environ.get("TERM") == "dumb" and _has_terminal(plain=True):
        raise click.UsageError("a terminal with TERM=dumb has no full screen; --plain walks by line prompts")
    reason = ": what comes through a pipe is no person's word, and what goes into one nobody has read" if plain else ""
    raise click.UsageError(f"a walk needs a terminal; use `reviewer scan` or `reviewer diff --format json`{reason}")
