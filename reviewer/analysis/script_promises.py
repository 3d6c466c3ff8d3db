"""Promises that a script drops: callbacks that are async where nobody awaits them, and calls whose answer nobody "
"takes."""

import re
from collections.abc import Iterator

from reviewer.analysis.blocks import Blocks
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex

_CALLBACK = regex(
    r"(?<!\S)(?P<taker>\?? ?\. (?:forEach|each|filter|some|every|find|findIndex|findLast|sort|map|flatMap)|new Promise|"
    r"(?:React \. )?use(?:Layout)?Effect|(?:_|lodash|\$) \. (?:forEach|each)) (?P<open>\() "
    r"(?:[\w$.]{1,60} , )?async (?:\(|function(?!\S)|[\w$]+ =>)"
)
_TESTING = frozenset({"filter", "some", "every", "find", "findIndex", "findLast", "sort"})
_THEN = regex(r"(?<!\S)\. then (?P<open>\()")
_STATEMENT = regex(r"(?<!\S)(?P<call>(?:this \. )?[\w$]+(?: \. [\w$#]+)*) (?P<open>\()")
_PROMISES = regex(
    r"(?:window \. )?fetch|(?:fs \. promises|fsPromises|fsp) \. \w+|axios(?: \. (?:get|post|put|patch|delete"
    r"|request))?|"
    r"prisma \. \w+ \. (?:create|update|delete|upsert)(?:Many)?"
)
# Verbs of what takes time and may fail, where the function that calls them is async and awaits nothing at all.
_ACTING = regex(
    r"(?:save|send|insert|create|update|delete|remove|upload|publish|notify|store|persist|charge|refund|enqueue|commit|"
    r"subscribe|schedule|book|reserve|transfer|write|sync|archive|deliver)(?:[A-Z]\w*)"
)
_STORING = regex(
    r"(?:this \. )?(?:\w+ \. )?(?:\w*(?:[rR]epo(?:sitory)?|[mM]ailer|Client|Service|Dao)|repo|db|mail|client"
    r"|prisma \. \w+)"
    r" \. (?:save|send|insert|create|update|delete|remove|upload|publish|store|charge|refund)(?:[A-Z]\w*)?"
)
_MADE_HERE = regex(r"(?<!\S)(?:function |const |let |var )(\w+)(?= \(| = (?:\(|function|\w+ =>))")
_NEAR_AWAIT = frozenset({"await", "return", "void", "yield", "new", "=>", "=", "throw", "typeof", "case", "delete"})


def dropped_callbacks(blocks: Blocks) -> Iterator[tuple[int, str]]:
    """Yield where an async function is given to something that does not wait for it, with what to say."""
    for place, match in blocks.find(_CALLBACK):
        taker = match["taker"].split(" ")[-1]
        opening = blocks.place(match.start("open"))
        line = blocks.line(opening)
        if taker in ("forEach", "each"):
            yield line, f"`{taker}` does not wait for its async function, nor see its errors"
        elif taker in _TESTING:
            yield line, f"`{taker}` gets a promise from its async function, which always counts as true"
        elif taker == "Promise":
            yield line, "an error in the async function given to `new Promise` is lost, and it is never settled"
        elif taker.startswith("use"):
            yield line, f"`{taker}` takes what its function returns for a clean-up; an async one returns a promise"
        elif _is_dropped(blocks, place, opening):
            yield line, f"nobody awaits the promises that `{taker}` makes of its async function"


def dropped_calls(blocks: Blocks) -> Iterator[tuple[int, str, Severity]]:
    """Yield calls of their own that give promises, by what else the file does with them or by their names."""
    text = blocks.code.text
    awaited = set(re.findall(r"(?<!\S)await ((?:this \. )?[\w$]+(?: \. [\w$#]+)*) \(", text))
    made_here = set(_MADE_HERE.findall(text))
    for place, match in blocks.find(_STATEMENT):
        if not blocks.begins(place) or blocks.words[place - 1] in _NEAR_AWAIT:
            continue
        closing = blocks.pairs.get(blocks.place(match.start("open")))
        if closing is None or not _ends(blocks, closing):
            continue
        name = match["call"]
        function = blocks.function(place)
        shown = name.replace(" ", "")
        line = blocks.line(place)
        if _PROMISES.fullmatch(name):
            yield line, f"`{shown}()` gives a promise that nobody awaits: its error goes unseen", Severity.MEDIUM
        elif function is None or not function.is_async:
            continue
        elif name in awaited and "." in name and not re.search(r"\. (?:close|end|destroy|abort|log|set|push)$", name):
            yield line, f"`{shown}()` is awaited elsewhere in this file, but not here", Severity.MEDIUM
        elif (_ACTING.fullmatch(name) and name not in made_here) or _STORING.fullmatch(name):
            own = {blocks.words[at] for at in blocks.own(function)}
            if not own & {"await", "Promise", "then"}:
                message = f"`{shown}()` may give a promise: this async function awaits nothing at all"
                yield line, message, Severity.MEDIUM


def uncaught_chains(blocks: Blocks) -> Iterator[tuple[int, str]]:
    """Yield statements that end in a `then` with one function, and say nothing about errors."""
    for _, match in blocks.find(_THEN):
        opening = blocks.place(match.start("open"))
        closing = blocks.pairs.get(opening)
        if closing is None or not _ends(blocks, closing) or len(blocks.arguments(opening)) != 1:
            continue
        begin = blocks.begin_of(opening)
        chain = blocks.words[begin:opening]
        words = set(chain)
        is_taken = words & {"await", "return", "=", "=>", "catch", "void", "throw", "yield", ":", "expect"}
        if not is_taken and chain and chain[0].isidentifier():
            name = chain[0] if "(" not in chain else "".join(chain[: chain.index("(")])
            yield blocks.line(begin), f"nothing catches an error of `{name}(…).then(…)`"


def _is_dropped(blocks: Blocks, place: int, opening: int) -> bool:
    closing = blocks.pairs.get(opening)
    begin = blocks.begin_of(place)
    is_chain = re.fullmatch(r"[\w$.()\[\] ]*", blocks.text(begin, place)) is not None
    is_taken = {"await", "return", "yield", "=", "=>"} & set(blocks.words[begin:place])
    return closing is not None and is_chain and not is_taken and _ends(blocks, closing) and blocks.begins(begin)


def _ends(blocks: Blocks, closing: int) -> bool:
    """True if a statement ends with that bracket."""
    if closing + 1 >= len(blocks.words):
        return True
    after = blocks.words[closing + 1]
    is_new_line = blocks.line(closing + 1) > blocks.line(closing)
    return after in (";", "}") or (is_new_line and (after[:1].isalpha() and after not in ("instanceof", "in", "as")))
