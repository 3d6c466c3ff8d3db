"""Loops and functions of scripts, Go and Java that try again whatever goes wrong, without an end."""

import re
from collections.abc import Iterator

from reviewer.analysis.blocks import Blocks, Body, Kind
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex

_ENDLESS = regex(r"(?:while \( (?:true|1|! ?\w+(?: \. \w+)*) \)|for \( ; ; (?:[\w+ =]{0,12})?\)|for|for ; ;|do)$")
_LEAVES = regex(r"(?<!\S)(?:return|break|throw|panic|reject|exit|abort|cancel)(?!\S)")
_COUNTED = regex(
    r"attempt|retr(?:y|ies)|tries|deadline|elapsed|remaining|timeout|until|maxT|budget|left|count(?!\w)|ctx \. (?:Err"
    r"|Done)|signal \. aborted|throwIfAborted"
    r"|isInterrupted|running|stopped|closed|shutdown",
    re.IGNORECASE,
)
_PAUSES = regex(
    r"[sS]leep|[dD]elay|[wW]ait(?!ing)|[bB]ackoff|setTimeout|time \. (?:After|Tick|NewTimer)|[pP]ause|park|ticker"
    r"|LockSupport"
)
_PULLS = regex(
    r"Accept|Recv|Receive|ReadMessage|poll|Poll|dequeue|take \( \)|readLine|Scan \(|\. Next \(|Read\w* \(|next \( \)"
    r"|<- |nextLine|prompt"
    r"|question|accept \("
)
_CAUGHT = regex(r"(?<!\S)catch (?:\( [^)]{0,120} \) )?\{")
_GO_RIGHT = regex(
    r"(?<!\S)if (?:[^{};]{0,160} ; )?err == nil (?:&& [^{]{1,80} )?\{ (?P<inside>[^{}]{0,200}?)(?:return|break)(?!\S)"
)
_GO_WRONG = regex(r"(?<!\S)if (?:[^{};]{0,160} ; )?err != nil \{ (?P<inside>[^{}]{0,300}?)\}")


def endless_retries(blocks: Blocks, language: str) -> Iterator[tuple[int, str, Severity]]:
    for loop in blocks.bodies:
        if loop.kind is not Kind.LOOP or not _ENDLESS.match(blocks.head(loop).strip() or "for"):
            continue
        inside = " ".join(blocks.words[at] for at in blocks.own(loop))
        whole = f"{blocks.head(loop)} {inside}"
        is_retry = _goes_on_in_go(inside) if language == "go" else _goes_on(blocks, loop)
        if (
            not is_retry
            or _PULLS.search(inside)
            or (_COUNTED.search(whole) and language != "java")
            or (language == "java" and _COUNTED.search(inside))
        ):
            continue
        has_pause = _PAUSES.search(inside) is not None
        rest = "" if has_pause else ", and without a pause"
        severity = Severity.LOW if has_pause else Severity.MEDIUM
        yield blocks.line(loop.head), f"what fails here is tried again for ever{rest}", severity
    yield from _calls_itself(blocks)


def _goes_on(blocks: Blocks, loop: Body) -> bool:
    """True if the loop is left when all goes well, and a `catch` in it does not leave."""
    tries = [body for body in blocks.bodies if body.keyword == "try" and loop.holds(body.first)]
    if not tries or not any(
        re.search(r"(?<!\S)(?:return|break|\w+ = true)(?!\S)", blocks.inside(body)) for body in tries
    ):
        return False
    caught = [body for body in blocks.bodies if body.keyword == "catch" and loop.holds(body.first)]
    return bool(caught) and not any(_LEAVES.search(blocks.inside(body)) for body in caught)


def _goes_on_in_go(inside: str) -> bool:
    right, wrong = _GO_RIGHT.search(inside), _GO_WRONG.search(inside)
    if right is not None:
        rest = inside[right.end() :]
        return not _LEAVES.search(re.sub(r"\{[^{}]*\}", "", rest.partition("}")[2]))
    is_skipped = wrong is not None and "continue" in wrong["inside"] and not _LEAVES.search(wrong["inside"])
    return (
        bool(is_skipped)
        and re.search(r"(?<!\S)(?:return|break)(?!\S)", inside[wrong.end() if wrong else 0 :]) is not None
    )


def _is_the_same(head: str, further: str) -> bool:
    """True if the arguments are the parameters as they are."""
    given = further.partition(")")[0].split()
    return all(word == "," or word in head.split() for word in given)


def _calls_itself(blocks: Blocks) -> Iterator[tuple[int, str, Severity]]:
    """Yield calls of a function by itself where it failed, with nothing that counts."""
    for body in blocks.bodies:
        if body.keyword != "catch":
            continue
        function = blocks.function(body.first)
        if (
            function is None
            or not function.name
            or _COUNTED.search(f"{blocks.head(function)} {blocks.inside(function)}")
        ):
            continue
        call = re.search(rf"(?<!\S)(?:return |await )+(?:this \. )?{re.escape(function.name)} \(", blocks.inside(body))
        if (
            call is not None
            and _is_the_same(blocks.head(function), blocks.inside(body)[call.end() :])
            and not re.search(r"(?<!\S)throw(?!\S)", blocks.inside(body))
        ):
            at = next(at for at in range(body.first, body.last) if blocks.words[at] == function.name)
            yield blocks.line(at), f"`{function.name}` calls itself whenever it fails, without an end", Severity.MEDIUM
