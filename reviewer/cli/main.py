"""The entry point: all sub-commands, and what an error turns into."""

import os
import sys
from typing import NoReturn

import click
from click.shell_completion import CompletionItem

from reviewer import __version__, visible
from reviewer.cli.completions import completions
from reviewer.cli.configuring import config
from reviewer.cli.evidence import tests, waive
from reviewer.cli.gate import verify
from reviewer.cli.hooks import hook
from reviewer.cli.looking import diff, scan
from reviewer.cli.man_page import man_page
from reviewer.cli.manuals import checklist, explain, rules
from reviewer.cli.noting import note
from reviewer.cli.records import export, show
from reviewer.cli.sharing import push, sync
from reviewer.cli.walking import demo, review
from reviewer.errors import ReviewerError
from reviewer.preview.terminal import leave

_EXIT_USAGE = 2
_EXIT_INTERRUPTED = 130
_EXIT_BROKEN_PIPE = 141


class _Commands(click.Group):
    """`reviewer` alone, or with an option of the walk, is `reviewer review`."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        if not args and context.resilient_parsing:
            # A shell asks what may come first.
            return super().parse_args(context, args)
        is_own = args and (args[0] in ("--help", "-h", "--version") or not args[0].startswith("-"))
        return super().parse_args(context, args if is_own else ["review", *args])

    def shell_complete(self, context: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        offered = super().shell_complete(context, incomplete)
        if incomplete.startswith("-"):
            offered += [
                each for each in review.shell_complete(context, incomplete) if each.value not in ("-h", "--help")
            ]
        return offered


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="git-reviewer %(version)s")
def commands() -> None:
    """Walk a git diff hunk by hunk, answer every flag and nine questions, and sign for what you read.

    \b
      reviewer                    uncommitted changes, else this branch against its base
      reviewer review main...     a branch since it left main
      reviewer review HEAD~1      one commit
      reviewer demo               try it on a built-in change
    """


for _command in (
    review,
    verify,
    push,
    sync,
    hook,
    tests,
    waive,
    diff,
    scan,
    show,
    export,
    note,
    rules,
    explain,
    checklist,
    config,
    completions,
    man_page,
    demo,
):
    commands.add_command(_command)


def main() -> NoReturn:
    """Run the command line; expected errors are one message on stderr and an exit code of the contract."""
    try:
        try:
            commands(prog_name="reviewer", standalone_mode=False)
        finally:
            leave()
    except ReviewerError as error:
        click.echo(f"reviewer: {visible.show_lines(str(error))}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        # A shell that expands `*` puts names of files among the words that are quoted here.
        error.message = visible.show_lines(error.message)  # type: ignore[misc]  # click's own class is all that reads it
        error.show()
        sys.exit(_EXIT_USAGE)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.Abort:
        sys.exit(_EXIT_INTERRUPTED)
    except BrokenPipeError:
        # `reviewer scan | head` ends us early; Python would complain while flushing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(_EXIT_BROKEN_PIPE)
    sys.exit(0)
