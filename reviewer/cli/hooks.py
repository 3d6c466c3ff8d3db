"""The pre-push gate on the command line: putting it in place, and what git calls at a push."""

import os
import sys
from time import monotonic
from typing import TYPE_CHECKING

import click

from reviewer import visible
from reviewer.cli.choosing import here
from reviewer.cli.gate import EXIT_UNSATISFIED

if TYPE_CHECKING:
    from reviewer.hook.judge import Answer
    from reviewer.hook.pushes import Push
    from reviewer.repository import Repository

# A server drops a connection that says nothing for so long; git opened it before it asked us.
_PATIENCE_SECONDS = 180
_MOST_REFS = 5


@click.group()
def hook() -> None:
    """The pre-push gate: a push that nobody signed off waits."""


@hook.command()
@click.option("--everywhere", is_flag=True, help="Also where the hooks folder serves every repository.")
def install(everywhere: bool) -> None:
    """Check every push from here; a hook that is here already stays, and runs after the check."""
    from reviewer.hook.install import install as put_in_place
    from reviewer.repository import discover

    # -P: without it the working tree, which could hold a package of our name, comes first on the path.
    program = (sys.executable, "-P", "-m", "reviewer")
    _tell(put_in_place(discover(here()), program, everywhere=everywhere).lines)


@hook.command()
@click.option("--everywhere", is_flag=True, help="Also where the hooks folder serves every repository.")
def uninstall(everywhere: bool) -> None:
    """Take the gate away and put back what was here before."""
    from reviewer.hook.install import uninstall as take_away
    from reviewer.repository import discover

    _tell(take_away(discover(here()), everywhere=everywhere).lines)


@hook.command()
def status() -> None:
    """Say whether the gate is in force here: 0 if so, else 1."""
    from reviewer.hook.status import status as status_of
    from reviewer.repository import discover

    found = status_of(discover(here()))
    _tell(found.lines)
    sys.exit(0 if found.is_in_force else EXIT_UNSATISFIED)


@hook.command("pre-push", hidden=True)
@click.argument("remote")
@click.argument("url", default="")
def pre_push(remote: str, url: str) -> None:
    """Judge what a push would change on the remote; git's ref lines come on standard input."""
    from reviewer.hook.pushes import parse_pushes
    from reviewer.hook.remote import is_over_ssh
    from reviewer.repository import discover

    started = monotonic()
    pushes = parse_pushes(sys.stdin.buffer.read())
    status = settle_pushes(discover(here()), pushes, remote, asks=True)
    if status == 0 and is_over_ssh(url) and monotonic() - started > _PATIENCE_SECONDS:
        click.echo("all is signed off, but the server has waited too long; run `git push` again", err=True)
        sys.exit(EXIT_UNSATISFIED)
    sys.exit(status)


def settle_pushes(repository: "Repository", pushes: "tuple[Push, ...]", remote: str, *, asks: bool) -> int:
    """Judge what would be pushed; with somebody at the terminal, let them review what is missing. Return the code.

    `asks`: only after a question, for git waits for the answer.
    """
    from reviewer.hook.judge import exit_code, judge_pushes
    from reviewer.hook.terminal import open_terminal

    answers = judge_pushes(repository, pushes, remote)
    terminal = open_terminal(os.environ) if exit_code(answers) == EXIT_UNSATISFIED else None
    if terminal is not None:
        _report(answers)
        if not _reviewed_now(repository, answers, terminal, asks=asks):
            return EXIT_UNSATISFIED
        answers = judge_pushes(repository, pushes, remote)
    _report(answers)
    _remember(repository, answers)
    return exit_code(answers)


def _reviewed_now(repository: "Repository", answers: "tuple[Answer, ...]", terminal: int, *, asks: bool) -> bool:
    """Open the review of what is missing; False if that was offered and not taken up."""
    from reviewer.cli.walking import walk_target
    from reviewer.hook.terminal import ask, take_over

    if asks and not ask(terminal, "reviewer: review it now?", patience=_PATIENCE_SECONDS):
        return False
    take_over(terminal)
    targets = {answer.asked.target for answer in answers if answer.asked is not None and answer.exit_code}
    for target in sorted(targets, key=lambda target: target.label):
        walk_target(repository, target)
    return True


def _report(answers: "tuple[Answer, ...]") -> None:
    """Print one line if all may pass, else what is missing for the refs that may not, a change at a time."""
    from reviewer.reports.judgement import judgement_text

    judged = {answer.judgement.scope.id: answer.judgement for answer in answers if answer.judgement is not None}
    missing: dict[str, list[str]] = {}
    for answer in answers:
        if answer.exit_code:
            missing.setdefault(_words(answer), []).append(visible.show(answer.push.remote_ref))
    for words, refs in missing.items():
        more = f" and {len(refs) - _MOST_REFS} more" if len(refs) > _MOST_REFS else ""
        click.echo(f"reviewer: {', '.join(refs[:_MOST_REFS])}{more}: {visible.show_lines(words)}", err=True)
    if not missing:
        texts = [judgement_text(judgement) for judgement in judged.values()]
        words = "; ".join(texts) if len(texts) < 3 else f"verified: all of {len(texts)} changes are signed off"
        click.echo(f"reviewer: {words}" if texts else "", nl=bool(texts), err=True)


def _words(answer: "Answer") -> str:
    """Return why a ref may not be pushed, and what to do."""
    from reviewer.errors import PolicyInvalid
    from reviewer.reports.judgement import judgement_text

    if answer.judgement is None or answer.asked is None:
        way_out = "\nthe remote has this policy; push one that is mended with `git push --no-verify`"
        return f"{answer.error}{way_out if isinstance(answer.error, PolicyInvalid) else ''}"
    text = judgement_text(answer.judgement)
    if answer.asked.base is not None:
        return text
    return f"{text}\nof what the remote has, nothing is known here, so all is new; is a `git fetch` missing?"


def _remember(repository: "Repository", answers: "tuple[Answer, ...]") -> None:
    from reviewer.reports.judgement import judgement_text
    from reviewer.verification.remember import keep_receipt

    for answer in answers:
        if answer.asked is not None and answer.judgement is not None:
            keep_receipt(repository, answer.judgement, answer.asked.base, judgement_text(answer.judgement))


def _tell(lines: tuple[str, ...]) -> None:
    for line in lines:
        click.echo(line)
