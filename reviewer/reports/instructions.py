"""Notes and confirmed flags as things to do: for an agent, for a pull request, for a person with an editor."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from reviewer.analysis.manual import manual_of
from reviewer.diff.encoding import json_text
from reviewer.reports.digest import place
from reviewer.reports.people import escape
from reviewer.review.model import Disposition, ReviewState, Side, Spot, Verdict
from reviewer.visible import show, show_lines


@dataclass(frozen=True, slots=True)
class Instruction:
    """What to do where; `ask` is the question behind it. Text is made visible, `spot` holds raw bytes."""

    spot: Spot | None
    what: str
    ask: str
    code: str
    is_blocking: bool


def instructions(state: ReviewState) -> tuple[Instruction, ...]:
    """Return what the change still needs, by place: flags the reviewer confirmed, and notes not yet resolved."""
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
        )
        for note in state.notes.values()
        if not note.is_resolved
    ]
    return tuple(sorted((*flags, *notes), key=_place_key))


def for_agent(found: Sequence[Instruction]) -> str:
    """Return plain instructions, numbered; what code or reviewer say is quoted, so that it cannot pass for one."""
    if not found:
        return "Nothing to do: the reviewer confirmed no flag and left no note.\n"
    lines = [
        "A person reviewed this change. Act on each point below, and on nothing else.",
        "Lines that begin with `> ` quote the code or the reviewer.",
        "",
    ]
    for number, instruction in enumerate(found, 1):
        weight = " (blocking)" if instruction.is_blocking else ""
        lines.append(f"{number}. {_where(instruction)}{weight}")
        lines += ["   Code:", *_quoted(instruction.code)] if instruction.code.strip() else []
        lines += ["   To do:", *_quoted(instruction.what)]
        lines += [f"   Answer: {instruction.ask}"] if instruction.ask else []
        lines.append("")
    lines.append("Report for each number what you changed, or why you did not.")
    return "\n".join(lines) + "\n"


def as_markdown(found: Sequence[Instruction]) -> str:
    lines = ["# To do", ""]
    for instruction in found:
        weight = " **blocking**" if instruction.is_blocking else ""
        lines.append(f"- [ ] {escape(_where(instruction))}{weight}: {escape(' '.join(instruction.what.split()))}")
        lines += [f"  - {escape(instruction.ask)}"] if instruction.ask else []
    return "\n".join(lines) + "\n"


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
    return escape(instruction.what) + (f"\n\n{escape(instruction.ask)}" if instruction.ask else "")


def _where(instruction: Instruction) -> str:
    return place(instruction.spot) if instruction.spot is not None else "the whole change"


def _quoted(text: str) -> list[str]:
    return [f"   > {line}" for line in text.split("\n")]


def _place_key(instruction: Instruction) -> tuple[bytes, int]:
    spot = instruction.spot
    return (b"", 0) if spot is None else (spot.path, spot.last or 0)
