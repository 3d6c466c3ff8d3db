"""Requests of Java, Go and scripts that wait as long as the other side keeps them waiting."""

import re
from collections.abc import Iterator

from reviewer.analysis.blocks import Blocks
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex

_Fault = tuple[int, str, Severity]


class _Wait:
    """A pattern that waits without end, unless the file, or the statement, says one of the words of `ends`."""

    def __init__(
        self, pattern: str, said: str, ends: str, severity: Severity = Severity.MEDIUM, *, alone: bool = False
    ) -> None:
        self.pattern = regex(rf"(?<!\S){pattern}")
        self.said = said
        self.ends = regex(ends)
        self.severity = severity
        self.is_said_in_statement = alone


_JAVA = (
    _Wait(
        r"HttpClient \. new(?:HttpClient \( \)|Builder \( \))",
        "has no `connectTimeout`", r"connectTimeout", alone=True,
    ),
    _Wait(r"HttpRequest \. newBuilder \(", "has no `timeout`: it may wait for ever", r"\. timeout \(", alone=True),
    _Wait(
        r"new RestTemplate \( \)", "has no timeouts: it may wait for ever",
        r"set(?:Connect|Read|ConnectionRequest)Timeout|RestTemplateBuilder|setRequestFactory",
    ),
    _Wait(
        r"\w+(?: \( [^;]{0,80} \))? \. openConnection \(",
        "has no read timeout: it may wait for ever", r"setReadTimeout",
    ),
    _Wait(r"new URL \( [^;]{0,80} \) \. openStream \( \)", "takes no timeout and may wait for ever", r"(?!)"),
    _Wait(
        r"(?:HttpClients \. createDefault \( \)|new DefaultHttpClient \( \)"
        r"|HttpClientBuilder \. create \( \) \. build \( \))",
        "has no timeouts: it may wait for ever", r"RequestConfig|set\w*Timeout",
    ),
    _Wait(
        r"WebClient \. create \(",
        "has no timeout", r"responseTimeout|\. timeout \(|ReadTimeoutHandler", Severity.LOW,
    ),
    _Wait(r"new Socket \( \w[^;)]* , [^;)]*\)", "has no read timeout", r"setSoTimeout", Severity.LOW),
)  # fmt: skip
_GO = (
    _Wait(
        r"http \. (?:Get|Post|PostForm|Head) \(",
        "goes by the default client, which has no timeout", r"DefaultClient \. Timeout =",
    ),
    _Wait(
        r"& http \. Client \{(?! \w+ :? ?\.\.\.)", "has no `Timeout`: it may wait for ever",
        r"Timeout|WithTimeout|WithDeadline|NewRequestWithContext|\. WithContext", alone=True,
    ),
    _Wait(
        r"http \. DefaultClient \. Do \(", "goes by the default client, which has no timeout",
        r"WithContext|WithTimeout|DefaultClient \. Timeout =",
    ),
    _Wait(r"net \. Dial \(", "has no timeout", r"SetDeadline|SetReadDeadline|DialTimeout", Severity.LOW),
)  # fmt: skip
_SCRIPT = (
    _Wait(
        r"axios(?: \. (?:get|post|put|patch|delete|head|request"
        r"|create))? \(", "has no `timeout`: it waits as long as it is kept waiting",
        r"timeout|signal|AbortController|cancelToken", Severity.LOW,
    ),
    _Wait(
        r"(?:got|superagent|needle)(?: \. (?:get|post|put|patch|delete))? \(",
        "has no timeout", r"timeout|signal", Severity.LOW,
    ),
)  # fmt: skip
_CONTEXT = regex(r"NewRequestWithContext|WithTimeout|WithDeadline|\. WithContext \(")


def waits(blocks: Blocks, language: str) -> Iterator[_Fault]:
    table = _JAVA if language in ("java", "kotlin") else _GO if language == "go" else _SCRIPT
    text = blocks.code.text
    for wait in table:
        for place, match in blocks.find(wait.pattern):
            said = blocks.text(place, blocks.end_of(place)) if wait.is_said_in_statement else text
            if wait.ends.search(said) or _is_set_later(blocks, place, match, wait) or _is_defined(blocks, place):
                continue
            shown = re.sub(r" ?([.(){}&]) ?", r"\1", match[0]).rstrip("({")
            yield blocks.line(place), f"`{shown[:50]}` {wait.said}", wait.severity


def _is_set_later(blocks: Blocks, place: int, match: re.Match[str], wait: _Wait) -> bool:
    """True if a builder kept in a name, or a client's field, is given a limit further down."""
    if not wait.is_said_in_statement:
        return False
    if match[0].startswith("& http"):
        return _CONTEXT.search(blocks.code.text) is not None or "Timeout =" in blocks.code.text
    statement = blocks.begin_of(place)
    is_built = "build (" in blocks.text(place, blocks.end_of(place)) or "newHttpClient" in match[0]
    name = blocks.words[place - 1] if blocks.words[place - 1] != "=" else blocks.words[place - 2]
    further = blocks.text(place, len(blocks.words))
    return (
        not is_built
        and statement < place
        and re.search(
            rf"(?<!\S){re.escape(name)} (?:\. \w+ \( [^;]*?)?(?:{wait.ends.pattern}|\. \w*[tT]imeout)", further
        )
        is not None
    )


def _is_defined(blocks: Blocks, place: int) -> bool:
    return place > 0 and blocks.words[place - 1] in ("function", "func", ".")
