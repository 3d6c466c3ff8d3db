"""One point as text: its questions with their answers, the current one in full."""

from textwrap import fill

from textual.content import Content

from reviewer.checklist import Question
from reviewer.points import Point
from reviewer.review.model import Reply
from reviewer.review.progress import current_answer, stale_answer
from reviewer.tui.snapshot import Snapshot
from reviewer.visible import show

# A piece of text, or text with a style.
Part = str | tuple[str, str]

_SIGNS = {Reply.YES: "✓ yes", Reply.NO: "✗ no", Reply.NOT_APPLICABLE: "– n/a"}


def asked(at: int, snapshot: Snapshot, width: int) -> Content:
    """Return the point of the current question with all its questions, the current one in full."""
    current = snapshot.questions[at]
    point = current.point
    parts: list[Part] = [
        (f"{point.number}  {point.title}", "bold $accent"),
        (f"   point {point.number} of {len(Point)}\n", "$faint"),
    ]
    for question in snapshot.questions:
        if question.point is point:
            parts += _question(question, snapshot, width, is_current=question is current)
    return Content.assemble(*parts)


def _question(question: Question, snapshot: Snapshot, width: int, *, is_current: bool) -> list[Part]:
    answer = current_answer(question.key, snapshot.state)
    stale = stale_answer(question.key, snapshot.state)
    sign = ("↻" if stale else "·") if answer is None else _SIGNS[answer.reply].partition(" ")[0]
    pointer = "▶" if is_current else " "
    parts: list[Part] = [
        (f"\n{_wrapped(f'{pointer} {sign} ', question.ask, width)}\n", "bold" if is_current else "$faint")
    ]
    if is_current:
        parts += [f"{_wrapped('      – ', item, width)}\n" for item in question.look_for]
    if answer is not None:
        word = _SIGNS[answer.reply] + (f": {show(answer.note)}" if answer.note else "")
        parts.append((f"{_wrapped('      ', f'{word} ({show(answer.by.name)})', width)}\n", "$success"))
    elif stale is not None:
        said = f": {show(stale.note)}" if stale.note else ""
        word = f"before the change: {_SIGNS[stale.reply]}{said} ({show(stale.by.name)}); the same key affirms it"
        parts.append((f"{_wrapped('      ', word, width)}\n", "$warning"))
    return parts


def _wrapped(start: str, text: str, width: int) -> str:
    return fill(text, max(20, width), initial_indent=start, subsequent_indent=" " * len(start))
