"""Notes and confirmed flags as things to do: for an agent, for a pull request, for a person with an editor."""

import json
from collections.abc import Container, Sequence
from dataclasses import dataclass

from reviewer.analysis.manual import manual_of
from reviewer.diff.encoding import json_text
from reviewer.reports.digest import place
from reviewer.reports.prose import Words, escape, named
from reviewer.review.model import Disposition, EventId, Intent, ReviewState, Side, Spot, Verdict
from reviewer.review.thread import threads
from reviewer.visible import show, show_lines

_TO_DO, _ASKED, _SINCE = "   To do:", "   Question:", "   Said since:"
_REMARKED = "   An agent's remark, for you to know:"
_ID = 8
_HOW = "reviewer note reply ID --as-agent NAME -m TEXT [--propose-resolve]"
_KINDS = {Intent.REMARK: "", Intent.QUESTION: "**Question:** ", Intent.CHANGE: "**Change:** "}


@dataclass(frozen=True, slots=True)
class Instruction:
    """What to do where; `ask` is the question behind it. Text is made visible, `spot` holds raw bytes.

    `by` is who is to be named for it, `answers` what was said since; `is_own` if the reader wrote it here themselves.
    """

    spot: Spot | None
    what: str
    ask: str
    code: str
    is_blocking: bool
    intent: Intent = Intent.REMARK
    by: str = ""
    is_own: bool = False
    answers: tuple[Words, ...] = ()
    proposed_by: str = ""
    note: str = ""


def instructions(state: ReviewState, own: Container[EventId] = frozenset()) -> tuple[Instruction, ...]:
    """Return what the change still needs, by place: flags the reviewer confirmed, and notes not yet resolved.

    `own` are the notes that the reader wrote here themselves.
    """
    answers = threads(state.notes.values())
    flags = [
        Instruction(
            Spot(flag.finding.path, Side.NEW, flag.finding.line, flag.finding.line),
            f"{show(flag.finding.rule)}: {show(flag.finding.message)}" + (f" ({show(flag.note)})" if flag.note else ""),
            manual.ask if (manual := manual_of(flag.finding.rule)) else "",
            show(flag.finding.code),
            is_blocking=True,
        )
        for flag in state.flags.values()
        if flag.disposition is Disposition.NEEDS_CHANGE
    ]
    notes = [
        Instruction(
            note.spot,
            show_lines(note.body),
            "",
            show_lines(note.spot.text) if note.spot else "",
            is_blocking=note.is_blocking,
            intent=note.intent,
            by=show(note.by.called) if note.by.agent else "",
            is_own=note.id in own,
            answers=tuple(
                Words(show_lines(answer.body), show(answer.by.called), is_own=answer.id in own)
                for answer in answers.get(note.id, ())
            ),
            proposed_by=show(note.proposed_by.called) if note.proposed_by is not None else "",
            note=show(note.id[:_ID]),
        )
        for note in state.notes.values()
        if not note.is_resolved and note.answers is None
    ]
    return tuple(sorted((*flags, *notes), key=_place_key))


def for_agent(found: Sequence[Instruction]) -> str:
    """Return plain instructions, numbered; what code or reviewer say is quoted, so that it cannot pass for one."""
    if not found:
        return "Nothing to do: the reviewer confirmed no flag and left no note.\n"
    lines = [
        "A person reviewed this change. Act on each point below, and on nothing else.",
        "Lines that begin with `> ` quote the code or the reviewer; a suggestion is what to make of the code.",
        "",
    ]
    for number, instruction in enumerate(found, 1):
        lines.append(f"{number}. {_where(instruction)}{_weight(instruction)}")
        lines += ["   Code:", *_quoted(instruction.code)] if instruction.code.strip() else []
        lines += [_heading(instruction), *_quoted(_said(_words(instruction)))]
        lines += (
            [_SINCE, *(line for words in instruction.answers for line in _quoted(_said(words)))]
            if (instruction.answers)
            else []
        )
        lines += [f"   Answer: {instruction.ask}"] if instruction.ask else []
        lines.append("")
    how = f"; answer notes with `{_HOW}`" if any(instruction.note for instruction in found) else ""
    lines.append(f"Report for each number what you changed, or why you did not{how}.")
    return "\n".join(lines) + "\n"


def as_markdown(found: Sequence[Instruction]) -> str:
    lines = ["# To do", ""]
    for instruction in found:
        weight = " **blocking**" if instruction.is_blocking else ""
        what = named(_words(instruction))
        lines += _item(f"- [ ] {escape(_where(instruction))}{weight}: {_kind(instruction)}", what)
        lines += [f"  - {escape(instruction.ask)}"] if instruction.ask else []
        for words in instruction.answers:
            lines += [f"  {line}" for line in _item("- ", named(words))]
    return "\n".join(lines) + "\n"


def _item(start: str, text: str) -> list[str]:
    """Return an item of a list, the lines after its first under it; a block begins a line of its own."""
    first, _, rest = text.partition("\n") if not text.startswith("```") else ("", "", text)
    return [f"{start}{first}".rstrip(), *(f"  {line}".rstrip() for line in rest.split("\n") if rest)]


def for_github(found: Sequence[Instruction], state: ReviewState) -> str:
    """Return the body of GitHub's "create a review" call: comments on lines, the rest in the text."""
    events = {Verdict.APPROVE: "APPROVE", Verdict.REQUEST_CHANGES: "REQUEST_CHANGES", Verdict.COMMENT: "COMMENT"}
    comments = [comment for one in found if (comment := _comment(one)) is not None]
    general = [f"{escape(_where(one))}: {_comment_text(one)}" for one in found if _comment(one) is None]
    # GitHub refuses a review without a text.
    points = "1 point" if len(found) == 1 else f"{len(found)} points"
    body = "\n\n".join((f"Reviewed with git-reviewer: {points} to act on.", *general))
    verdict = state.verdict.verdict if state.verdict else Verdict.COMMENT
    return json.dumps({"event": events[verdict], "body": body, "comments": comments}, indent=1) + "\n"


def _comment(instruction: Instruction) -> dict[str, object] | None:
    """Return a comment on lines; None for what is about no line, or about a path GitHub cannot be told."""
    spot = instruction.spot
    path = json_text(spot.path) if spot is not None else None
    if spot is None or spot.last is None or not isinstance(path, str):
        return None
    side = "LEFT" if spot.side is Side.OLD else "RIGHT"
    comment: dict[str, object] = {"path": path, "line": spot.last, "side": side, "body": _comment_text(instruction)}
    if spot.first is not None and spot.first < spot.last:
        comment |= {"start_line": spot.first, "start_side": side}
    return comment


def _comment_text(instruction: Instruction) -> str:
    said = named(_words(instruction))
    kind = _kind(instruction)
    # A block must begin a line.
    start = f"{kind}\n\n" if kind and said.startswith("```") else kind
    answers = [named(words) for words in instruction.answers]
    return "\n\n".join((f"{start}{said}", *([escape(instruction.ask)] if instruction.ask else ()), *answers))


def _words(instruction: Instruction) -> Words:
    return Words(instruction.what, instruction.by, instruction.is_own)


def _said(words: Words) -> str:
    return f"{words.by}: {words.text}" if words.by else words.text


def _heading(instruction: Instruction) -> str:
    # What one agent says is not for another to act on unless a person says so.
    if instruction.by:
        return _REMARKED
    return _ASKED if instruction.intent is Intent.QUESTION else _TO_DO


def _kind(instruction: Instruction) -> str:
    return _KINDS[instruction.intent]


def _weight(instruction: Instruction) -> str:
    weight = ["blocking"] if instruction.is_blocking else []
    weight += [f"note {instruction.note}"] if instruction.note else []
    weight += [f"{instruction.proposed_by} thinks it settled"] if instruction.proposed_by else []
    return f" ({', '.join(weight)})" if weight else ""


def _where(instruction: Instruction) -> str:
    return place(instruction.spot) if instruction.spot is not None else "the whole change"


def _quoted(text: str) -> list[str]:
    return [f"   > {line}" for line in text.split("\n")]


def _place_key(instruction: Instruction) -> tuple[bytes, int]:
    spot = instruction.spot
    return (b"", 0) if spot is None else (spot.path, spot.last or 0)
