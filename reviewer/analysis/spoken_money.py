"""Amounts of money kept or worked out as binary fractions in Java, Kotlin, Go and scripts."""

from collections.abc import Callable, Iterator

from reviewer.analysis.blocks import Blocks, Kind
from reviewer.analysis.regex import regex

# A file that speaks of one of these has amounts of money in it; `cost` and `balance` alone may be anything.
_CONTEXT = regex(
    r"price|invoice|currency|discount|\btax|refund|payment|salary|checkout|billing|wallet|\bvat\b|\bfees?\b|money"
    r"|cents|euro"
    r"|dollar|charge|account|bank|order"
)
_EXACT = regex(
    r"(?<![\w\"])(?:Big|Decimal|BigNumber|Dinero|currency|bignumber|decimal) ?\(|\"(?:big\.js|decimal\.js\S*|dinero\S*"
    r"|currency\.js|bignumber\.js)\""
)
_STEPS = regex(r"(?<=[a-z0-9])(?=[A-Z])")
_NAME = r"[A-Za-z_$][\w$]*"
_FRACTION = r"\d*\.\d+[fFdD]?"
_DECLARED = {
    "java": regex(rf"(?<!\S)(?:double|float|Double|Float) (?P<name>{_NAME})(?= (?:=|;|,|\)|\()(?!\S))"),
    "kotlin": regex(rf"(?<!\S)(?P<name>{_NAME}) : (?:Double|Float)(?!\S)"),
    "go": regex(rf"(?<!\S)(?P<name>{_NAME})(?: , {_NAME}){{0,3}} (?:\* )?float(?:64|32)(?! \()(?!\S)"),
}
_GO_RESULT = regex(rf"(?<!\S)(?P<name>{_NAME}) \( [^()]{{0,200}}\) (?:\( )?float(?:64|32)(?!\S)")
_PATH = rf"{_NAME}(?: \?? ?\. {_NAME}| \?\. {_NAME})*"
_TIMES = regex(
    rf"(?<!\S)(?:(?P<name>{_PATH})(?: \( \))? [*+-] (?P<value>{_FRACTION}|\( 1 [+-] (?:{_FRACTION}|{_NAME})|{_NAME})"
    rf"|(?P<first>{_FRACTION}) \* (?P<other>{_PATH}))(?!\S)"
)
_PARSED = regex(
    rf"(?<!\S)(?:Number \. )?parseFloat \( (?:String \( )?(?P<name>{_PATH})(?: \?\? [^,)]+| \|\| [^,)]+)? \)"
)
_GIVEN = regex(rf"(?<!\S)(?P<name>{_NAME}) = (?:Number \. )?parseFloat \(")
_ROUNDED = regex(
    rf"(?<!\S)(?:(?:parseFloat|Number) \( [^;]{{1,120}}?\. toFixed \( 2 \) \)|\+ (?:\( [^;()]{{1,80}} \)|{_PATH})"
    rf" \. toFixed \( 2 \)|(?:Math|math) \. (?:[rR]ound|[fF]loor|[cC]eil) \( [^;]{{1,120}}? \* 100(?:\.0)? \)"
    rf" / 100(?:\.0)?)"
)


def money_faults(blocks: Blocks, language: str, is_money: Callable[[str], bool]) -> Iterator[tuple[int, str]]:
    """Yield line and message for each amount that is a binary fraction."""
    text = blocks.code.text
    if _CONTEXT.search(text.lower()) is None:
        return
    is_script = "script" in language
    declared = _DECLARED.get(language)
    if declared is not None:
        for place, match in blocks.find(declared):
            if is_money(_snake(match["name"])):
                yield blocks.line(place), f"`{match['name']}` is declared as a binary fraction"
    if language == "go":
        for place, match in blocks.find(_GO_RESULT):
            if is_money(_snake(match["name"])) and _is_head(blocks, place):
                yield blocks.line(place), f"`{match['name']}` returns a binary fraction"
    if is_script and not _EXACT.search(text):
        yield from _calculated(blocks, is_money)


def _calculated(blocks: Blocks, is_money: Callable[[str], bool]) -> Iterator[tuple[int, str]]:
    for place, match in blocks.find(_PARSED):
        name = _last(match["name"])
        if is_money(_snake(name)):
            yield blocks.line(place), f"`parseFloat` makes `{name}` a binary fraction"
    for place, match in blocks.find(_GIVEN):
        if is_money(_snake(match["name"])):
            yield blocks.line(place), f"`parseFloat` makes `{match['name']}` a binary fraction"
    for place, match in blocks.find(_TIMES):
        name = _last(match["name"] or match["other"])
        if is_money(_snake(name)) and _is_fraction(blocks, match["value"], match.start()):
            yield blocks.line(place), f"`{name}` is worked out with a binary fraction"
    for place, _ in blocks.find(_ROUNDED):
        yield blocks.line(place), "an amount is rounded to cents as a binary fraction"


def _is_fraction(blocks: Blocks, value: str | None, before: int) -> bool:
    """True for `0.19`, `( 1 + 0.19`, and for names of constants with such a value."""
    if value is None:
        return True
    last = value.split(" ")[-1]
    if last[:1].isdigit() or last[:1] == ".":
        return "." in last
    given = blocks.code.value_of(last, before)
    return given is not None and regex(_FRACTION).fullmatch(given[0]) is not None


def _is_head(blocks: Blocks, place: int) -> bool:
    """True where a function is defined, not called."""
    return any(body.kind is Kind.FUNCTION and body.head == place for body in blocks.bodies)


def _last(path: str) -> str:
    return path.rsplit(" ", maxsplit=1)[-1]


def _snake(name: str) -> str:
    return _STEPS.sub("_", name).lower()
