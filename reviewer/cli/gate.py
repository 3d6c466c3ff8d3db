"""The gate: is a change signed off, and what lets it pass."""

import sys
from typing import TYPE_CHECKING

import click

from reviewer.cli.choosing import here
from reviewer.cli.completing import refs, revisions

if TYPE_CHECKING:
    from reviewer.repository import Repository
    from reviewer.verification.judge import Judgement

EXIT_UNSATISFIED = 1


@click.command()
@click.argument("revision", metavar="[RANGE]", required=False, shell_complete=revisions)
@click.option(
    "--target", metavar="REF", shell_complete=refs, help="Whose policy judges; without it, the left side of the range."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--trailers", is_flag=True, help="Print a Reviewed-by line for each approval, if verified.")
def verify(revision: str | None, target: str | None, form: str, trailers: bool) -> None:
    """Say whether a valid sign-off covers a change: 0 if so, 1 if something is missing.

    Without a range: the branch against its base. Reads the journals here, in .reviews/ and in refs/reviews.
    """
    from reviewer.reports.judgement import judgement_json, judgement_text, nothing_json
    from reviewer.reports.judgement import trailers as trailers_of
    from reviewer.repository import discover

    judgement = judged(discover(here()), revision, target)
    if judgement is None:
        nothing = "nothing to verify: the branch has no commit that its base has not"
        click.echo(nothing_json() if form == "json" else nothing, err=trailers)
        return
    if trailers and judgement.is_satisfied:
        click.echo(trailers_of(judgement), nl=False)
    else:
        click.echo(judgement_json(judgement) if form == "json" else judgement_text(judgement), err=trailers)
    sys.exit(exit_code(judgement))


def judged(repository: "Repository", revision: str | None, ref: str | None = None) -> "Judgement | None":
    """Return the judgement on what a command line names; None if there is nothing to judge."""
    from reviewer.verification.question import chosen_target, judged_for, target_commit

    target = chosen_target(repository, revision)
    return None if target is None else judged_for(repository, target, target_commit(repository, target, ref))


def tell_gate(repository: "Repository", revision: str) -> None:
    """Say what the gate makes of a sign-off that was just given, and keep the answer for the push."""
    from reviewer.reports.judgement import judgement_text
    from reviewer.verification.question import chosen_target, judged_for, target_commit
    from reviewer.verification.remember import keep_receipt

    target = chosen_target(repository, revision)
    if target is None:
        return
    commit = target_commit(repository, target, None)
    judgement = judged_for(repository, target, commit)
    words = judgement_text(judgement)
    click.echo(words, err=True)
    keep_receipt(repository, judgement, commit, words)


def exit_code(judgement: "Judgement") -> int:
    from reviewer.errors import RecordDamaged

    if judgement.damages:
        return RecordDamaged.exit_code
    return 0 if judgement.is_satisfied else EXIT_UNSATISFIED
