"""The text of the pre-push hook: POSIX sh, one process more than the program it asks.

It is recognised by its second line, which holds a digest of all others. The gate comes first: the hook
that was there before may upload, as git-lfs does, and so runs only when the gate is satisfied.
"""

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reviewer.errors import ReviewerError
from reviewer.hook.place import HOOK
from reviewer.visible import show

VERSION = 1
KEPT = f"{HOOK}.before-reviewer"
# Where pre-commit puts a hook it finds, and where ours keeps what was there.
LEGACY = f"{HOOK}.legacy"
KEPT_LEGACY = f"{LEGACY}.before-reviewer"
_MARK = re.compile(rb"#!/bin/sh\n# reviewer-pre-push ([0-9]{1,6}) ([0-9a-f]{64})\n")
_FOLDERS = re.compile(rb"^# folders made: ([0-9]{1,3})$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """How the hook that was there before is to be called.

    `reader` are the words of its first line, if that shell must read it under its old name;
    `is_pre_commit` if pre-commit wrote it.
    """

    reader: tuple[str, ...] = ()
    is_pre_commit: bool = False


@dataclass(frozen=True, slots=True)
class Gate:
    """What one of our scripts tells of itself."""

    version: int
    is_intact: bool
    folders_made: int


def recognise(content: bytes) -> Gate | None:
    """Return what this hook says of itself, or None if it is not ours."""
    mark = _MARK.match(content)
    if mark is None:
        return None
    rest = content[mark.end() :]
    made = _FOLDERS.search(rest)
    is_intact = hashlib.sha256(rest).hexdigest() == mark[2].decode()
    return Gate(int(mark[1]), is_intact, int(made[1]) if made else 0)


def compose(program: Sequence[str], neighbour: Neighbour, *, folders_made: int = 0) -> bytes:
    """Return the hook that asks `program`. Raises ReviewerError for a program that cannot be named in it."""
    _check(program)
    words = " ".join(_quote(word) for word in program)
    text = _TEMPLATE.format(
        folders=f"# folders made: {folders_made}\n" if folders_made else "",
        kept=KEPT,
        file=_quote(program[0]),
        program=words,
        neighbour=_call(neighbour),
    )
    rest = os.fsencode(text)
    return f"#!/bin/sh\n# reviewer-pre-push {VERSION} {hashlib.sha256(rest).hexdigest()}\n".encode() + rest


def _check(program: Sequence[str]) -> None:
    if not program or not Path(program[0]).is_absolute():
        raise ReviewerError("the hook needs the absolute path of the program it runs; install reviewer, and run it")
    for word in program:
        if "\n" in word or "\0" in word:
            raise ReviewerError(f"{show(word)}: a line feed in the name of a program; move reviewer elsewhere")


def _quote(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"


def _call(neighbour: Neighbour) -> str:
    if neighbour.reader:
        words = " ".join(_quote(word) for word in neighbour.reader)
        return f"""# It goes by its name, so its own shell reads it under the one it had.
{words} -c '. "$0{KEPT.removeprefix(HOOK)}"' "$here/{HOOK}\""""
    if neighbour.is_pre_commit:
        return f"""# pre-commit may call this file in place of the hook it had found; it would stop if called from here.
if [ -n "${{PRE_COMMIT_RUNNING_LEGACY-}}" ]; then
	kept=$here/{KEPT_LEGACY}
	[ -f "$kept" ] && [ -x "$kept" ] || exit 0
fi
"$kept\""""
    return '"$kept"'


_TEMPLATE = """\
# Written by `reviewer hook install`; `reviewer hook uninstall` takes it away and puts back what was here.
# A hook that was here before is kept beside this file as {kept}; it runs if the gate is satisfied.
{folders}set -u

gate() {{
	if [ -f {file} ] && [ -x {file} ]; then
		{program} hook pre-push "$@"
	else
		git-reviewer hook pre-push "$@"
	fi
	status=$?
	if [ "$status" -eq 126 ] || [ "$status" -eq 127 ]; then
		explain "the program that checks this push could not be started"
		return 3
	fi
	return "$status"
}}

explain() {{
	printf '%s\\n' "reviewer: $1, so nothing was pushed" \\
		"  install reviewer again and run \\`reviewer hook install\\`," \\
		"  or push without the gate: git push --no-verify" >&2
}}

case $0 in
*/*) here=${{0%/*}} ;;
*) here=. ;;
esac
kept=$here/{kept}
if [ "${{0##*/}}" = {kept} ] || ! [ -f "$kept" ] || ! [ -x "$kept" ]; then
	gate "$@"
	exit
fi

# Both get what git wrote, byte for byte: from a file without a name, which no crash leaves behind.
refs=$(mktemp) && exec 3>"$refs" 4<"$refs" 5<"$refs" && rm -f "$refs" && cat >&3 || {{
	explain "what git says of this push could not be kept in a temporary file"
	exit 3
}}
exec 3>&-
gate "$@" <&4 4<&- 5<&- || exit
{neighbour} "$@" <&5 4<&- 5<&-
"""
