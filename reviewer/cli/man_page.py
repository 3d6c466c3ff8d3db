"""The manual page, made from the commands and the key tables: `reviewer man-page > man/git-reviewer.1`.

It is the page that `git reviewer --help` looks for.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import click

from reviewer import __version__

if TYPE_CHECKING:
    from reviewer.tui.keys import Key

_NAME = "git-reviewer"
_EXAMPLES = (
    ("Review uncommitted changes; without any, this branch against its base:", "reviewer"),
    ("Review what a branch brings in:", "reviewer review main...HEAD"),
    ("Review a patch that comes by mail, side by side:", "reviewer review --layout split --patch fix.patch"),
    ("List the flags on the last commit, and fail if one is grave:", "reviewer scan HEAD --fail-on high"),
    ("Let pushes from here wait for a sign-off:", "reviewer hook install"),
    ("Ask in CI whether a sign-off covers a proposal:", "reviewer verify origin/main...HEAD --format json"),
)
_STATUSES = (
    ("0", "All is well: approved, verified, nothing found that counts."),
    ("1", "Not approved, not verified, or flags at or above --fail-on."),
    ("2", "Usage, or configuration with mistakes."),
    ("3", "Cannot be determined: no repository, missing objects, a diff that cannot be read faithfully."),
    ("4", "A review record that is damaged or forged."),
    ("5", "A review record written by a newer version."),
)
_FILES = (
    ("~/.config/git-reviewer/config.toml", "Your own configuration: [view], [keys], [rules], [engines]."),
    (".reviewer.toml, pyproject.toml", "The repository's; it has no say in keys, themes and what starts a program."),
    (".reviews/policy.toml", "What the gate wants; read from the branch that is pushed to."),
    (".reviews/allowed_signers", "Whose keys sign for which address."),
    (".reviews/", "Records of reviews that were signed off, to be committed."),
    ("$GIT_DIR/reviewer/reviews/", "Records of reviews, one file a session."),
)
# Signs that troff would take for its own, and those it has names for.
_GLYPHS = {
    "\\": r"\e", "-": r"\-", "'": r"\[aq]", "`": r"\[ga]", "^": r"\[ha]", "~": r"\[ti]", "…": "...",
    "↓": r"\[da]", "↑": r"\[ua]", "←": r"\[<-]", "→": r"\[->]",
}  # fmt: skip


@click.command("man-page", hidden=True)
def man_page() -> None:
    """Print the manual page as troff."""
    context = click.get_current_context().find_root()
    click.echo(manual(context), nl=False)


def manual(root: click.Context) -> str:
    """Return the whole page for the group of commands that `root` belongs to."""
    parts = (
        _header(),
        _description(root.command),
        *_commands(root),
        *_keys(),
        *_section("FILES", _entries(_FILES)),
        *_section("ENVIRONMENT", _entries(_environment())),
        *_section("EXIT STATUS", _entries(_STATUSES)),
        *_section("EXAMPLES", _examples()),
        *_section("SEE ALSO", [r"\fBgit\fR(1), \fBgit\-diff\fR(1), \fBgithooks\fR(5), \fBssh\-keygen\fR(1)"]),
    )
    return "\n".join(parts) + "\n"


def _header() -> str:
    summary = "review a git diff hunk by hunk and sign for what was read"
    return "\n".join(
        (
            r".\" Made by `reviewer man-page`.",
            f'.TH {_escaped(_NAME.upper())} 1 "" "{_escaped(f"{_NAME} {__version__}")}" "User Commands"',
            ".SH NAME",
            f"{_escaped(f'{_NAME}, reviewer')} \\- {_escaped(summary)}",
            ".SH SYNOPSIS",
            r"\fBreviewer\fR [\fIcommand\fR] [\fIoptions\fR]",
            ".br",
            r"\fBgit reviewer\fR [\fIcommand\fR] [\fIoptions\fR]",
        )
    )


def _description(command: click.Command) -> str:
    lines = [".SH DESCRIPTION", *_prose(command.help or "")]
    lines += [".PP", _escaped("Without a command, or with an option of `review` alone, it is `reviewer review`.")]
    return "\n".join(lines)


def _commands(root: click.Context) -> Iterator[str]:
    yield ".SH COMMANDS"
    for context in _contexts(root):
        command = context.command
        yield f".SS {_escaped(' '.join((context.command_path, *command.collect_usage_pieces(context))))}"
        yield from _prose(command.help or "")
        options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
        records = [option.get_help_record(context) for option in options]
        yield from _entries(record for record in records if record is not None)


def _contexts(context: click.Context) -> Iterator[click.Context]:
    """Yield a context for each command that people may type, groups left out."""
    group = context.command
    if not isinstance(group, click.Group):
        yield context
        return
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None and not command.hidden:
            yield from _contexts(type(context)(command, info_name=name, parent=context))


def _keys() -> Iterator[str]:
    from reviewer.tui.keys import CHECKLIST_KEYS, REVIEW_KEYS, SIGN_OFF_KEYS

    yield ".SH KEYS"
    yield _escaped("The name behind a key is that of its action, by which your own file may move it under [keys].")
    for title, keys in (("The walk", REVIEW_KEYS), ("The nine points", CHECKLIST_KEYS), ("Sign-off", SIGN_OFF_KEYS)):
        yield from (f".SS {title}", ".PD 0", *_entries(_by_group(keys), ".TP 12"), ".PD")


def _by_group(keys: Sequence["Key"]) -> Iterator[tuple[str, str]]:
    order = list(dict.fromkeys(key.group for key in keys))
    for _, group in groupby(sorted(keys, key=lambda key: order.index(key.group)), key=lambda key: key.group):
        for key in group:
            yield key.shown, f"{key.description} ({key.name})"


def _environment() -> Iterator[tuple[str, str]]:
    from reviewer.configuration.preferences import NAMES

    yield "REVIEWER_CONFIG", "Your own configuration file, in place of the usual one."
    yield (
        ", ".join(f"REVIEWER_{name.upper()}" for name in NAMES),
        ("A setting of [view]: weighs more than any file, and less than a flag."),
    )
    yield "REVIEWER_NO_CACHE", "If set, nothing that the rules found is remembered or looked up."
    yield "REVIEWER_NO_PREVIEW", "If set, nothing is drawn before the interface is loaded."
    yield "VISUAL, EDITOR", "What opens a file, unless your configuration names an editor."


def _examples() -> Iterator[str]:
    for words, command in _EXAMPLES:
        yield from (".PP", _escaped(words), ".PP", ".RS 4", ".nf", _escaped(command), ".fi", ".RE")


def _section(title: str, lines: Iterable[str]) -> tuple[str, ...]:
    return (f".SH {title}", *lines)


def _entries(entries: Iterable[tuple[str, str]], start: str = ".TP") -> Iterator[str]:
    for term, text in entries:
        yield from (start, rf"\fB{_escaped(term)}\fR", _escaped(text))


def _prose(text: str) -> Iterator[str]:
    """Yield paragraphs; one that click was told not to wrap stays as it is."""
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines = paragraph.splitlines()
        if lines[0].strip() == "\b":
            yield from (".PP", ".nf", *(_escaped(line) for line in lines[1:]), ".fi")
        else:
            yield from (".PP", _escaped(" ".join(line.strip() for line in lines)))


def _escaped(text: str) -> str:
    """Return text that troff sets as it is."""
    safe = "".join(_GLYPHS.get(char) or (char if char.isascii() else rf"\[u{ord(char):04X}]") for char in text)
    return rf"\&{safe}" if safe.startswith(".") else safe
