"""Commands about what is looked for and what is asked: rules and checklists."""

from difflib import get_close_matches
from pathlib import Path

import click

from reviewer import visible
from reviewer.cli.choosing import here, repository_or_none
from reviewer.cli.completing import checklists, rule_ids


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "markdown"]), default="text", show_default=True)
def rules(form: str) -> None:
    """List what is looked for, and what became of the flags here."""
    from reviewer.analysis.manual import card_of, slugs
    from reviewer.reports.explanation import outcome_words, rule_table
    from reviewer.session.experience import outcomes
    from reviewer.session.opening import store_for

    cards = [card for card in map(card_of, slugs()) if card is not None]
    if form == "markdown":
        click.echo(rule_table(cards), nl=False)
        return
    repository = repository_or_none()
    known = outcomes(store_for(repository, here())) if repository is not None else {}
    for card in cards:
        remarks = ["only where enabled"] if card.is_optional else []
        remarks += [outcome_words(known[card.slug])] if card.slug in known else []
        tail = f"  ({'; '.join(remarks)})" if remarks else ""
        click.echo(f"{card.slug:<32} {card.severity.value:<7} {card.point.title:<12} {card.manual.summary}{tail}")


@click.command()
@click.argument("rule", shell_complete=rule_ids)
def explain(rule: str) -> None:
    """Say what a rule flags, why to look, what to ask, with examples."""
    from reviewer.analysis.finding import RuleSlug
    from reviewer.analysis.manual import slugs
    from reviewer.analysis.rules import rule_named
    from reviewer.reports.explanation import explanation

    if rule not in slugs():
        near = get_close_matches(rule, slugs(), 1)
        raise click.UsageError(f"no rule {visible.show(rule)!r}" + (f"; did you mean {near[0]}?" if near else ""))
    click.echo(explanation(rule_named(RuleSlug(rule))), nl=False)


@click.group()
def checklist() -> None:
    """The questions: list them, show them, check a file of your own."""


@checklist.command("list")
def checklist_list() -> None:
    """List the checklists and when they are asked."""
    from reviewer.checklist import built_in_checklists

    for one in built_in_checklists():
        when = "always" if one.trigger is None else "triggered"
        count = len(one.questions)
        click.echo(f"{visible.show(one.id):<20} {when:<10} {count:>2} questions  {visible.show(one.title)}")


@checklist.command("show")
@click.argument("name", required=False, shell_complete=checklists)
def checklist_show(name: str | None) -> None:
    """Print the questions of one checklist, or of all."""
    from reviewer.checklist import built_in_checklists

    chosen = [one for one in built_in_checklists() if name in (None, one.id)]
    if not chosen:
        raise click.UsageError(f"no checklist {visible.show(name or '')!r}; `reviewer checklist list` names them")
    for one in chosen:
        click.echo(f"{visible.show(one.title)} ({visible.show(one.id)})")
        for question in one.questions:
            click.echo(f"  {question.point.number} {question.point.title:<12} {visible.show(question.ask)}")


@checklist.command("check")
@click.argument("file", type=click.Path(path_type=Path))
def checklist_check(file: Path) -> None:
    """Say all mistakes of a checklist file at once."""
    from reviewer.checklist import load_checklist

    loaded = load_checklist(file)
    click.echo(f"{visible.show(str(file))}: {len(loaded.questions)} questions, no mistake")
