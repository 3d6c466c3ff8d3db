"""A commit of the past as a row of a list, and in full. Pure."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain, islice

from rich.cells import set_cell_size
from textual.content import Content

from reviewer.diff.lines import lines_of
from reviewer.diff.model import Hunk, Line, LineKind
from reviewer.repository import Commit
from reviewer.session.past import PastCommit, Told
from reviewer.visible import expand_tabs, show

_LEAST_OF_AUTHOR, _MOST_OF_AUTHOR = 8, 18
_MOST_LINES = 300
_MOST_WORDS = 12
_LONGEST = 400
_STYLES = {LineKind.CONTEXT: "$faint", LineKind.ADDED: "$success", LineKind.REMOVED: "$error"}

Part = Content | str | tuple[str, str]


def row_of(past: PastCommit, width: int) -> str:
    """Return the commit in one line; `●` if some of the lines are as it left them."""
    commit = past.commit
    room = max(_LEAST_OF_AUTHOR, min(_MOST_OF_AUTHOR, width // 3 - 10))
    author = set_cell_size(show(commit.author.name), room)
    sign = "●" if past.left else "○"
    return f"{sign} {commit.oid[:10]}  {_day(commit.authored)}  {author}  {_words(commit)[0]}"


def detail_of(past: PastCommit, told: Told) -> Content:
    """Return what the commit says of itself, and what it made of the lines."""
    commit = past.commit
    subject, *body = _words(commit)
    parts: list[Part] = [(f"{commit.oid}\n", "bold $accent"), f"{_person(commit)}\n", (f"{subject}\n", "bold")]
    if past.left:
        parts.append((f"● {_numbers(past)} as this commit left {'it' if _is_one(past) else 'them'}\n", "$success"))
    if past.is_edge:
        parts.append(("what came before this commit is not here: a shallow clone ends with it\n", "$warning"))
    return Content.assemble(*parts, "\n", *_how(past, told), *_body(body))


def state_of(told: Told) -> str:
    """Return what is still to come, or why there is no more."""
    if told.trouble:
        return show(told.trouble)
    if not told.is_done:
        return "git is asked for the rest; esc stops it" if told.commits else "git is asked; esc stops it"
    return "there are older ones" if told.is_cut else ""


def _body(lines: list[str]) -> Iterator[Part]:
    """Yield the rest of the message, which stands behind what the commit did: that is asked for first."""
    yield from (f"\n{line}" for line in lines[:_MOST_WORDS])
    if len(lines) > _MOST_WORDS:
        yield f"\n… {len(lines) - _MOST_WORDS} more lines of the message", "$faint"


def _how(past: PastCommit, told: Told) -> Iterator[Part]:
    if past.hunks is None:
        yield ("how it touched the lines is not known\n" if told.is_done else "…\n"), "$faint"
    elif not past.hunks:
        yield "a merge: the lines came together in it\n", "$faint"
    else:
        yield from _patch(past.hunks)


def _patch(hunks: tuple[Hunk, ...]) -> Iterator[Part]:
    lines = chain.from_iterable(lines_of(hunk) for hunk in hunks)
    for line in islice(lines, _MOST_LINES):
        yield f"{line.old or '':>5} {line.new or '':>5} {line.kind.value} {_text(line)}\n", _STYLES[line.kind]
    left = sum(hunk.line_count for hunk in hunks) - _MOST_LINES
    if left > 0:
        yield f"… {left:,} more lines\n", "$faint"


def _text(line: Line) -> str:
    # A character takes at most four bytes.
    shown = expand_tabs(show(line.text[: 4 * _LONGEST]))
    return shown if len(shown) <= _LONGEST and len(line.text) <= 4 * _LONGEST else f"{shown[:_LONGEST]}…"


def _words(commit: Commit) -> list[str]:
    """Return the lines of the message, the subject first; a line of it is cut where nobody reads on."""
    lines = [show(line[: 4 * _LONGEST])[:_LONGEST] for line in commit.message.strip().split(b"\n")]
    return lines if commit.is_whole else ["(its message is too large to be shown)"]


def _person(commit: Commit) -> str:
    author = f"{show(commit.author.name)} <{show(commit.author.email)}>, {_time(commit.authored)}"
    by = "" if commit.committer == commit.author else f", committed by {show(commit.committer.name)}"
    return author + by


def _day(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d}" if time is not None else "no time   "


def _time(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d %H:%M %z}" if time is not None else "at no time that can be read"


def _numbers(past: PastCommit) -> str:
    spans = ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in past.left)
    return f"line {spans} is" if _is_one(past) else f"lines {spans} are"


def _is_one(past: PastCommit) -> bool:
    return len(past.left) == 1 and past.left[0][0] == past.left[0][1]
