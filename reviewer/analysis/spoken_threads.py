"""Work that Go and Java start beside other work: goroutines, groups, threads, and what they change together."""

import re
from collections.abc import Iterator

from reviewer.analysis.blocks import Blocks, Body
from reviewer.analysis.regex import regex

_FEW = regex(
    r"(?-i:[A-Z_]+)|\w*(?:workers|handlers|receivers|services|checks|loaders|plugins|steps|consumers|listeners"
    r"|callbacks"
    r"|hooks|backends"
    r"|hosts|servers|nodes|peers|replicas|shards|providers|sources|carriers|signals|stages|runners|fns|funcs|numCPU"
    r"|shutdown\w*"
    r"|drivers|modules|components|controllers|clients|exporters|collectors|integrations|targets|stores|routines"
    r"|watchers)",
    re.IGNORECASE,
)
_LIMITS = regex(
    r"SetLimit|[sS]emaphore|semaphore|make \( chan struct \{ \} ,|[lL]imiter|\bsem\b|[tT]hrottle|[bB]atch|[cC]hunk"
    r"|NewWeighted|"
    r"TryGo|maxConcurren|MaxConcurren|[pP]ool|newFixedThreadPool|Acquire|acquire"
)
_SMALL = regex(r"\b(?:small|few|handful|fixed|bounded|at most)\b", re.IGNORECASE)
_RANGE = regex(r"range (?P<what>[\w.]+(?: \. \w+)*)$|: (?P<each>[\w]+(?: \. \w+)*(?: \( \))?) \)$")
_WRITES = regex(
    r"(?<!\S)(?<!\. )(?P<name>[A-Za-z_]\w*)(?: (?P<step>\+\+|--|\+=|-=|\*=)| = append \( (?P=name)(?!\S)"
    r"| \[ (?P<key>[^\]=;{}]{1,80}) \] (?:=|\+\+|--|\+=|-=)(?!\S)| = (?P=name) [+*-] )"
)
_HELD = regex(r"\. (?:R?Lock|lock|Do|TryLock) \(|atomic \.|synchronized \(|<- \w+ ; defer|Atomic|Concurrent")
_JAVA_GIVEN = frozenset(
    {"submit", "execute", "runAsync", "supplyAsync", "Thread", "invokeAll", "schedule", "ofVirtual", "start"}
)
_FORMATS = regex(
    r"(?<!\S)(?P<mods>(?:(?:public|private|protected|static|final|volatile) ){1,4})(?P<type>SimpleDateFormat"
    r"|DateFormat|NumberFormat"
    r"|DecimalFormat|Calendar|GregorianCalendar) (?P<name>\w+) (?:=|;)"
)
_SHARED = regex(
    r"@(?:Component|Service|Controller|RestController|Repository|Singleton|ApplicationScoped|Configuration|WebServlet)"
)


def goroutines(blocks: Blocks) -> list[Body]:
    """Return the functions that run beside the one that starts them."""
    return [
        body
        for body in blocks.functions
        if (body.head > 0 and blocks.words[body.head - 1] == "go") or body.taker in ("Go", "TryGo", "AfterFunc")
    ]


def too_many(blocks: Blocks, lines: tuple[str, ...]) -> Iterator[tuple[int, str, str]]:
    """Yield line, what starts and over what, where a loop starts as many as there are elements."""
    if _LIMITS.search(blocks.code.text):
        return
    for place, word in enumerate(blocks.words):
        what = _started(blocks, place, word)
        loop = next(iter(blocks.loops(place)), None) if what else None
        if loop is None or not what:
            continue
        match = _RANGE.search(blocks.head(loop))
        function = blocks.function(place)
        if match is None or function is None or _is_said_small(blocks, function, lines):
            continue
        elements = (match["what"] or match["each"]).replace(" ", "")
        if not _FEW.fullmatch(elements.rpartition(".")[2].removesuffix("()")):
            yield blocks.line(place), what, elements


def unguarded(blocks: Blocks, language: str) -> Iterator[tuple[int, str]]:
    """Yield writes to what several goroutines or threads share, in bodies that take no lock."""
    bodies = goroutines(blocks) if language == "go" else _given_to_threads(blocks)
    for body in bodies:
        outer = blocks.function(body.head)
        is_many = bool(blocks.loops(body.head)) or (
            outer is not None and sum(outer.holds(one.head) for one in bodies) > 1
        )
        text = blocks.inside(body)
        others = [one for one in bodies if one is not body and outer is not None and outer.holds(one.head)]
        if outer is None or not (is_many or others) or _HELD.search(text) or body.taker == "parallelStream":
            continue
        own = blocks.head(body) + " " + text
        before = blocks.text(outer.head, body.head)
        after = f"{before} {blocks.text(body.last, outer.last)}"
        for match in _WRITES.finditer(text):
            name = match["name"]
            is_alone = not is_many and not any(_writes(name, blocks.inside(one)) for one in others)
            if is_alone or _is_own(name, own) or (match["key"] is not None and not _is_map(name, before)):
                continue
            if _is_named_before(name, before) and not re.search(rf"atomic|(?<!\S){name} (?::=|=) make \( chan", after):
                place = blocks.place(blocks.code.starts[body.first + 1] + match.start())
                said = "is filled" if match["key"] is not None else "is changed"
                yield blocks.line(place), f"`{name}` {said} by several {_noun(language)} and no lock keeps them apart"


def in_handlers(blocks: Blocks, language: str) -> Iterator[tuple[int, str]]:
    """Yield fields that each request changes, in Go's handlers and in classes Java's frameworks make one of."""
    text, is_go = blocks.code.text, language == "go"
    if not is_go and not _SHARED.search(text):
        return
    for body in blocks.functions:
        head, inside = blocks.head(body), blocks.inside(body)
        is_serving = _HANDLER.search(head) is not None if is_go else bool(body.name) and "synchronized" not in head
        if not is_serving or _HELD.search(inside):
            continue
        for match in (_GO_FIELD if is_go else _JAVA_FIELD).finditer(inside):
            before = blocks.text(body.head - 6, body.head)
            if _is_receiver(match["owner"], before) if is_go else _is_field(match["name"], text):
                place = blocks.place(blocks.code.starts[body.first + 1] + match.start())
                yield blocks.line(place), f"`{match['name']}` is changed by all requests and no lock keeps them apart"


_HANDLER = regex(r"http \. ResponseWriter|gin \. Context|echo \. Context|fiber \. Ctx")
_GO_FIELD = regex(
    r"(?<!\S)(?P<owner>\w+) \. (?P<name>\w+) (?:\[ [^\]=;{}]{1,80} \] (?:=|\+\+|--|\+=|-=)|\+\+|--|\+=|-=)(?!\S)"
)
_JAVA_FIELD = regex(r"(?<!\S)(?<!\. )(?:this \. )?(?P<name>[a-z]\w*) (?:\+\+|--|\+=|-=)(?!\S)")


def _is_receiver(owner: str, before: str) -> bool:
    """True for `s` of `func (s *Shop) List(`."""
    return re.search(rf"\( {owner} \* \w+ \)$", before) is not None


def _is_field(name: str, text: str) -> bool:
    kinds = "int|long|double|Integer|Long|String|BigDecimal"
    return re.search(rf"(?<!\S)(?:private|protected|public)(?: static)? (?:{kinds}) {name} (?:=|;)", text) is not None


def shared_formats(blocks: Blocks) -> Iterator[tuple[int, str, bool]]:
    """Yield fields that hold a date or number format which all threads use; True where it is surely shared."""
    is_bean = _SHARED.search(blocks.code.text) is not None
    for place, match in blocks.find(_FORMATS):
        is_static = "static" in match["mods"]
        if (
            blocks.function(place) is None
            and (is_static or is_bean)
            and "ThreadLocal" not in blocks.text(place, blocks.end_of(place))
        ):
            yield (
                blocks.line(place),
                f"`{match['name']}` is shared by all threads, and a `{match['type']}` is not made for that",
                (match["type"] in ("SimpleDateFormat", "DateFormat")),
            )


def leaks(blocks: Blocks) -> Iterator[tuple[int, str, int]]:
    """Yield channels without room on which a goroutine waits for ever once its reader has gone: line, name, line of "
    "it."""
    for place, match in blocks.find(_CHANNEL):
        outer = blocks.function(place)
        if outer is None:
            continue
        name = match["name"]
        sends = [body for body in goroutines(blocks) if outer.holds(body.head) and _sends(blocks, body, name)]
        if not sends or sends[0].head < place:
            continue
        rest = [at for at in blocks.own(outer) if at > place]
        reads = [at for at in rest if blocks.words[at] == "<-" and at + 1 < outer.last and blocks.words[at + 1] == name]
        text = " ".join(blocks.words[at] for at in rest)
        if not reads or f"range {name}" in text:
            continue
        is_left = any(_has_other_case(blocks, at, name) for at in reads)
        is_first = (
            any(blocks.loops(body.head) for body in sends)
            and not any(blocks.loops(at) for at in reads)
            and len(reads) == 1
        )
        if is_left or is_first:
            send = next(at for at in range(sends[0].first, sends[0].last) if blocks.words[at : at + 2] == [name, "<-"])
            yield blocks.line(place), name, blocks.line(send)


_CHANNEL = regex(
    r"(?<!\S)(?P<name>\w+) (?::=|=) make \( chan (?:struct \{ \}|[^(),]{1,80}|interface \{ \})(?: , 0)? \)"
)


def _sends(blocks: Blocks, body: Body, name: str) -> bool:
    """True if a goroutine sends on the channel and has nothing else to wait for beside it."""
    for at in range(body.first, body.last):
        if blocks.words[at : at + 2] == [name, "<-"]:
            return not any(one.keyword == "select" for one in blocks.around(at) if body.first < one.first) and (
                blocks.words[at - 1] != "case"
            )
    return False


def _has_other_case(blocks: Blocks, at: int, name: str) -> bool:
    """True for a `select` that may go on without the channel, and is not tried again."""
    select = next((body for body in blocks.around(at) if body.keyword == "select"), None)
    if select is None:
        return False
    cases = [place for place in range(select.first, select.last) if blocks.words[place] in ("case", "default")]
    others = [place for place in cases if name not in blocks.words[place : place + 6]]
    is_leaving = any("return" in blocks.words[place : min(select.last, place + 40)] for place in others)
    return bool(others) and (is_leaving or not blocks.loops(at))


def _started(blocks: Blocks, place: int, word: str) -> str:
    words = blocks.words
    if word == "go" and words[place + 1 : place + 2] and blocks.begins(place):
        return "`go`"
    if word == "Go" and words[place - 1] == "." and words[place + 1 : place + 3] == ["(", "func"]:
        return f"`{words[place - 2]}.Go`"
    if word == "Thread" and words[place - 1] == "new" and "start" in words[place : blocks.end_of(place)]:
        return "`new Thread`"
    return ""


def _is_said_small(blocks: Blocks, function: Body, lines: tuple[str, ...]) -> bool:
    """True if the remark above a function says that there are few."""
    above = blocks.line(function.head) - 1
    text = []
    while above > 0 and lines[above - 1].lstrip().startswith(("//", "*", "/*")):
        text.append(lines[above - 1])
        above -= 1
    return _SMALL.search(" ".join(text)) is not None


def _given_to_threads(blocks: Blocks) -> list[Body]:
    return [body for body in blocks.functions if body.taker in _JAVA_GIVEN]


def _writes(name: str, text: str) -> bool:
    return any(match["name"] == name for match in _WRITES.finditer(text))


def _is_own(name: str, own: str) -> bool:
    return re.search(
        rf"(?<!\S){name}(?: , \w+)* :=|(?<!\S)var {name}(?!\S)|, {name} :=|(?<!\S)(?:int|long|String|var) {name} =", own
    ) is not None or (re.search(rf"^func \( [^)]*(?<!\S){name}(?!\S)", own) is not None)


def _is_map(name: str, before: str) -> bool:
    return (
        re.search(
            rf"(?<!\S){name}(?: , \w+)? (?::=|=) (?:make \( )?map(?!\S)|(?<!\S)(?:var )?{name} (?:map|= map)(?!\S)",
            before,
        )
        is not None
    )


def _is_named_before(name: str, before: str) -> bool:
    types = r":=|=(?!=)|int|map|\[ \]|float64|error|string|uint64|int64"
    return re.search(rf"(?<!\S)(?:var )?{name}(?: , \w+)* (?:{types})|, {name} :=", before) is not None


def _noun(language: str) -> str:
    return "goroutines" if language == "go" else "threads"
