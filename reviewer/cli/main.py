"""The entry point: all sub-commands, and what an error turns into."""

import os
import sys
from importlib import import_module
from typing import NoReturn, cast

import click
from click.shell_completion import CompletionItem

from reviewer import __version__, visible
from reviewer.errors import ReviewerError
from reviewer.preview.terminal import leave

# Where each sub-command is: of some twenty modules, a start loads the one it needs.
_PLACES = {
    "review": "walking:review", "demo": "walking:demo", "verify": "gate:verify", "push": "sharing:push",
    "sync": "sharing:sync", "hook": "hooks:hook", "tests": "evidence:tests", "waive": "evidence:waive",
    "diff": "looking:diff", "scan": "looking:scan", "show": "records:show", "export": "records:export",
    "note": "noting:note", "rules": "manuals:rules", "explain": "manuals:explain", "checklist": "manuals:checklist",
    "config": "configuring:config", "completions": "completions:completions", "man-page": "man_page:man_page",
}  # fmt: skip
_SHELL_ASKS = "_REVIEWER_COMPLETE"
_EXIT_USAGE = 2
_EXIT_INTERRUPTED = 130
_EXIT_BROKEN_PIPE = 141


class _Commands(click.Group):
    """`reviewer` alone, or with an option of the walk, is `reviewer review`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's form
        return sorted(_PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        module, _, name = _PLACES.get(cmd_name, "").partition(":")
        if not name:
            return None
        return cast("click.Command", getattr(import_module(f"reviewer.cli.{module}"), name))

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        if not args and context.resilient_parsing:
            # A shell asks what may come first.
            return super().parse_args(context, args)
        is_own = args and (args[0] in ("--help", "-h", "--version") or not args[0].startswith("-"))
        return super().parse_args(context, args if is_own else ["review", *args])

    def shell_complete(self, context: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        offered = super().shell_complete(context, incomplete)
        review = self.get_command(context, "review") if incomplete.startswith("-") else None
        if review is not None:
            own = review.shell_complete(context, incomplete)
            offered += [each for each in own if each.value not in ("-h", "--help")]
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


def main() -> NoReturn:
    """Run the command line; expected errors are one message on stderr and an exit code of the contract."""
    if _SHELL_ASKS in os.environ:
        # It tells click how bash asks.
        import_module("reviewer.cli.completions")
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
