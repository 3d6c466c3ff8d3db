"""What Go and Java leave open: answers, readers and connections nobody closes on every way out, locks kept on one.

Java's try-with-resources and Go's `defer` are what closes on every way; a `close` further down is not.
"""

import re
from collections.abc import Iterator

from reviewer.analysis.blocks import Blocks, Body
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex

_Fault = tuple[int, str, Severity]

_LOCK = regex(r"(?<!\S)(?P<lock>[\w$]+(?: \. [\w$]+)*) \. (?P<how>R?Lock|lock|lockInterruptibly) \( \)")
_DEFERRED = regex(r"defer (?:func \( \) \{.{0,400})?GIVEN_BACK")
_TERMINAL = regex(
    r"\. (?:count|collect|toList|forEach\w*|find(?:First|Any)|\w+Match|reduce|toArray|sum|max|min|average|read\w*"
    r"|write\w*|next\w*"
    r"|get\w*|load|transferTo|execute\w*|copy\w*) \("
)
_KEEPERS = frozenset(
    {"add", "put", "register", "push", "addAll", "offer", "setOut", "setErr", "setIn", "requireNonNull"}
)
_UNLOCKS = {"Lock": "Unlock", "RLock": "RUnlock", "lock": "unlock", "lockInterruptibly": "unlock"}
_ANSWER = regex(
    r"(?<!\S)(?P<name>[\w]+) , (?P<err>\w+) :?= (?P<call>[\w]+(?: \. [\w]+(?: \( \))?)*) \. (?:Do|Get|Post|PostForm"
    r"|Head"
    r"|RoundTrip) \("
)
_ROWS = regex(
    r"(?<!\S)(?P<name>[\w]+) , (?P<err>\w+) :?= (?P<call>[\w]+(?: \. [\w]+)*) \. (?:Query|QueryContext|Queryx"
    r"|QueryxContext) \("
)
_OPENS = regex(
    r"(?<!\S)(?:new (?P<made>File(?:Input|Output)Stream|FileReader|FileWriter|RandomAccessFile|ZipFile|JarFile"
    r"|Socket|ServerSocket"
    r"|PrintWriter|Formatter|Scanner)|(?P<from>Files \. (?:newBufferedReader|newBufferedWriter|newInputStream"
    r"|newOutputStream|lines"
    r"|list|walk|find|newDirectoryStream|newByteChannel)|FileChannel \. open|DriverManager \. getConnection"
    r"|(?:dataSource|ds|\w+DataSource) \. getConnection|HttpClients \. createDefault)"
    r"|(?P<of>\w+) \. (?P<part>prepareStatement|createStatement|prepareCall|openStream|executeQuery)) (?P<open>\()"
)
# These are given a stream that somebody else opened, unless a file is named.
_MAYBE = frozenset({"PrintWriter", "Formatter", "Scanner"})
_FILES = regex(r"new File(?!\w)|\"[^\"]*\"|Path(?:s \. get| \. of)|\w*(?:[fF]ile|[pP]ath)(?:Name)?(?!\S)")
_NOT_FILES = regex(
    r"System \. (?:in|out)|FileDescriptor|StringWriter|getWriter|getOutputStream|getInputStream|\bresponse\b"
    r"|StringReader"
)
_STANDING = regex(r"Files \. (?:lines|list|walk|find|newDirectoryStream)")
_NOT_CALLED = frozenset({"if", "while", "for", "switch", "super", "this", "return"})
_NOUNS = {
    "prepareStatement": "statement", "createStatement": "statement", "prepareCall": "statement", "openStream": "stream",
    "executeQuery": "result set",
}  # fmt: skip


def go_faults(blocks: Blocks) -> Iterator[_Fault]:
    for place, match in blocks.find(_ANSWER):
        function = blocks.function(place)
        if function is not None and match["name"] != "_":
            body = blocks.text(place, function.last)
            is_answer = re.search(rf"(?<!\S){match['name']} \. (?:Body|StatusCode|Header|Status)(?!\S)", body)
            if is_answer and not _is_closed(body[len(match[0]) :], match["name"], "Body . Close"):
                message = (
                    f"nothing closes the body of `{match['name']}`: `defer {match['name']}.Body.Close()` is missing"
                )
                yield blocks.line(place), message, Severity.MEDIUM
    for place, match in blocks.find(_ROWS):
        function = blocks.function(place)
        if function is not None and match["name"] != "_":
            body = blocks.text(place, function.last)
            is_read = re.search(rf"(?<!\S){match['name']} \. (?:Next|Scan|StructScan)(?!\S)", body)
            if is_read and not _is_closed(body[len(match[0]) :], match["name"], "Close"):
                message = f"nothing closes `{match['name']}`: `defer {match['name']}.Close()` is missing"
                yield blocks.line(place), message, Severity.MEDIUM
    yield from _kept_locks(blocks)


def java_faults(blocks: Blocks) -> Iterator[_Fault]:
    for place, match in blocks.find(_OPENS):
        opening = blocks.place(match.start("open"))
        closing = blocks.pairs.get(opening)
        if closing is None or _is_given(match, blocks.text(opening + 1, closing)):
            continue
        fault = _left_open(blocks, place, closing, match)
        if fault is not None:
            yield fault
    yield from _kept_locks(blocks)


def _is_closed(text: str, name: str, closer: str) -> bool:
    """True if what follows closes the value, returns it, keeps it or hands it on whole."""
    return (
        re.search(
            rf"(?<!\S){name} \. {closer}(?!\S)"
            rf"|(?<!\S)return (?:[\w&*]+ , )?{name}(?! \.)(?!\S)|(?<!\S)(?:=|:|<-|,|\(|&) {name}"
            rf"(?= (?:,|\)|\}}|;|return|if|defer|for|$))"
            rf"|(?<!\S){name} \. Body (?:,|\)|\}})(?= .*Close)|(?<!\S)= {name} \. Body(?!\S)"
            rf"|(?<!\S)(?:return|:) {name} \. Body(?!\S)|(?<!\S)\( {name} \. Body \)(?= .*\b[cC]lose)",
            text,
        )
        is not None
    )


def _kept_locks(blocks: Blocks) -> Iterator[_Fault]:
    """Yield locks that a `return` between lock and unlock keeps, and in Java those no `finally` gives back."""
    for place, match in blocks.find(_LOCK):
        function = blocks.function(place)
        if function is None or not blocks.begins(place):
            continue
        name, unlock = match["lock"], _UNLOCKS[match["how"]]
        shown = f"{name}.{match['how']}".replace(" ", "")
        rest = blocks.text(place, function.last)
        given_back = f"{name} . {unlock} ("
        if given_back not in rest or _DEFERRED.search(rest.replace(given_back, "GIVEN_BACK")):
            continue
        if match["how"][0] == "l":
            if not re.search(rf"finally \{{ .{{0,400}}?{re.escape(given_back)}", rest):
                yield (
                    blocks.line(place),
                    f"`{shown}()` is not given back if a line in between throws: no `finally`",
                    Severity.MEDIUM,
                )
            continue
        line = _leaves_locked(blocks, place, function, given_back)
        if line is not None:
            yield blocks.line(place), f"`{shown}()` is still held after the `return` on line {line}", Severity.MEDIUM


def _leaves_locked(blocks: Blocks, place: int, function: Body, given_back: str) -> int | None:
    """Return the line of a `return` that is reached with the lock held: none gives it back in a block around it."""
    words, free = given_back.split(" "), [False]
    own = set(blocks.own(function))
    for at in range(place + 4, function.last):
        word = blocks.words[at]
        if at not in own:
            continue
        if word == "{":
            free.append(free[-1])
        elif word == "}" and len(free) > 1:
            free.pop()
        elif word == "}":
            return None  # the block in which it was taken is over
        elif list(blocks.words[at : at + len(words)]) == words:
            free[-1] = True
        elif word in ("case", "default") and len(free) > 1:
            free[-1] = free[-2]
        elif word == "return" and not free[-1]:
            is_handed_on = (
                blocks.words[at + 1 : at + 3] == [words[0], "."] and "(" in blocks.words[at : blocks.end_of(at)]
            )
            return None if is_handed_on else blocks.line(at)
        elif list(blocks.words[at : at + len(words) - 2]) == words[:-2] and blocks.words[at + len(words) - 2] in (
            "Lock",
            "RLock",
        ):
            return None
        if free == [True]:
            return None
    return None


def _is_given(match: re.Match[str], argument: str) -> bool:
    """True if what is opened only wraps what somebody else has opened."""
    if match["made"] in _MAYBE:
        return _FILES.search(argument) is None or _NOT_FILES.search(argument) is not None
    if match["part"] == "openStream":
        return argument != ""
    return _NOT_FILES.search(argument) is not None


def _left_open(blocks: Blocks, place: int, closing: int, match: re.Match[str]) -> _Fault | None:
    function = blocks.function(place)
    if function is None:
        return None
    begin, end = place, closing + 1
    # `new BufferedReader(new FileReader(file))` is closed as one.
    while blocks.enclosing[begin] >= 2 and _is_wrapper(blocks, blocks.enclosing[begin]):
        around = blocks.enclosing[begin]
        begin, end = around - 2, blocks.pairs[around] + 1
    around = blocks.enclosing[begin]
    before = blocks.words[around - 1] if around > 0 else ""
    if around > 0 and blocks.words[around] == "(" and before == "try":
        return None
    what = (match["made"] or match["from"] or match["part"]).replace(" ", "")
    noun = _NOUNS.get(
        match["part"] or "", "file" if "File" in what else "connection" if "onnection" in what else "resource"
    )
    if blocks.words[begin - 1] == "=":
        return _kept_in_name(blocks, function, begin, end, what)
    after = blocks.words[end] if end < len(blocks.words) else ""
    is_argument = around > 0 and blocks.words[around] == "(" and before.isidentifier() and before not in _NOT_CALLED
    is_kept = before in _KEEPERS or (around > 1 and blocks.words[around - 2] == "new")
    is_used = after == "." and _TERMINAL.search(blocks.text(end, blocks.end_of(end))) is not None
    if is_kept or match["part"] == "executeQuery" or not (is_used or (is_argument and after != ".")):
        return None
    return blocks.line(place), f"nothing closes the {noun} that `{what}` opens", Severity.MEDIUM


def _kept_in_name(blocks: Blocks, function: Body, begin: int, end: int, what: str) -> _Fault | None:
    target, statement = blocks.words[begin - 2], blocks.begin_of(begin)
    is_local = begin - 3 >= statement and blocks.words[begin - 3] != "."
    rest = blocks.text(end, function.last)
    if not is_local or _is_handed_on(rest, target):
        return None
    is_closed = f"{target} . close (" in rest
    message = (
        f"`{target}` stays open if a line before its `close` throws" if is_closed else f"nothing closes `{target}`"
    )
    return blocks.line(begin), f"{message}: no `try (…)` around `{what}`", Severity.MEDIUM


def _is_wrapper(blocks: Blocks, opening: int) -> bool:
    return blocks.words[opening] == "(" and blocks.words[opening - 2] == "new"


def _is_handed_on(rest: str, name: str) -> bool:
    """True if a `finally` closes it, a `try (…)` takes it, or somebody else gets it."""
    return (
        re.search(
            rf"finally \{{ .{{0,500}}?(?<!\S){name}(?!\S)|try \( [^;{{]{{0,200}}(?<!\S){name}(?!\S)"
            rf"|(?<!\S)return (?:new \w+ \( )?{name}(?! \.)(?!\S)|(?<!\S)this \. \w+ = {name}(?!\S)|(?<!\S)= {name} ;"
            rf"|close\w* \( {name}(?!\S)"
            rf"|(?<!\S)new \w+(?: < [^>]* >)? \( (?:[^();]{{0,80}} , )?{name}(?!\S)(?! \.)"
            rf"|(?<!\S)(?:add|put|register|push|set\w*) \( (?:[^();]{{0,80}} , )?{name} ",
            rest,
        )
        is not None
    )
