"""Lists that handlers of scripts, Go and Java answer with all the rows there are."""

import re
from collections.abc import Iterator

from reviewer.analysis.blocks import Blocks, Body, Kind
from reviewer.analysis.regex import regex

_SERVES = regex(
    r"(?<!\S)(?:req|request|ctx|c|_req|reply)(?!\S)|http \. ResponseWriter|gin \. Context|echo \. Context|fiber \. Ctx"
)
_SCRIPT = regex(
    r"(?<!\S)(?:await |return |= |, |\( )(?P<chain>(?:this \. )?[\w$]+(?: \. [\w$]+| \( (?:\"[^\"]*\" )?\))*) \. "
    r"(?P<method>findMany|findAll|findAndCountAll|find|list|getMany) (?P<open>\()"
)
_LIMITED = regex(
    r"(?<![\w$])(?:take|limit|first|skip|cursor|paginat\w*|page\w*|perPage|per_page|top|maxResults|range|LIMIT|slice"
    r"|batchSize"
    r"|Limit|Paginate|Scopes|FETCH|TOP|offset)(?![\w$])",
)
# Rows of one thing are few, or as many as the caller named.
_OF_ONE = regex(r"(?<!\w)(?:id|\w*Id|\w*_id|\w*Ids|in|id__in|email|slug|sku|uuid|code) (?::|,|\})|\bin :|\$in")
_SMALL = regex(
    r"(?:countr|currenc|role|setting|category|categories|status|language|locale|timezone|feature|flag|plan"
    r"|permission|tag|unit"
    r"|region|config)\w*",
    re.IGNORECASE,
)
_MODEL = regex(r"(?:.* )?(?:[A-Z]\w*|\w*(?:[rR]epo(?:sitory)?|Model|[cC]ollection|Dao)|\))$")
_RUN = regex(
    r"(?<!\S)\. (?:query|execute|all|Query|QueryContext|Select|SelectContext|queryForList|any|many|manyOrNone) \( "
)
_JAVA = regex(
    r"(?<!\S)(?P<owner>\w*(?:[rR]epo(?:sitory)?|[dD]ao|DAO)|\w+s) \. (?P<method>findAll|getAll|listAll|selectAll"
    r"|fetchAll) \( \)"
)
_CONTROLLER = regex(r"@(?:RestController|Controller|GetMapping|RequestMapping|GET|Path)(?!\w)")
_GORM = regex(r"(?<!\S)(?P<chain>\w+(?: \. \w+ \( [^;]{0,80}? \)| \. \w+)*) \. Find \( & (?P<into>\w+) \)")
_MAPPED = regex(r"@(?:Get|Query)Mapping|@Get\b|@GET")


def unpaged(blocks: Blocks, language: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the shape of each query that gives a handler all rows."""
    if "script" in language:
        yield from _in_script(blocks)
    elif language == "java":
        yield from _in_java(blocks)
    elif language == "go":
        for place, match in blocks.find(_GORM):
            if _serves(blocks, place) and not _LIMITED.search(match["chain"]) and "Where" not in match["chain"]:
                yield blocks.line(place), f"{match['chain'].split(' ')[0]}.Find(&{match['into']})"
    if language in ("go", "javascript", "typescript"):
        yield from _selected(blocks)


def _in_script(blocks: Blocks) -> Iterator[tuple[int, str]]:
    for place, match in blocks.find(_SCRIPT):
        opening = blocks.place(match.start("open"))
        closing = blocks.pairs.get(opening)
        chain, method = match["chain"], match["method"]
        is_listing = method in ("findMany", "findAll", "findAndCountAll") or (
            method == "find" and (_MODEL.fullmatch(chain) is not None or closing == opening + 1)
        )
        if closing is None or not is_listing or not _serves(blocks, place):
            continue
        given = blocks.text(opening + 1, closing)
        after = blocks.text(closing + 1, blocks.end_of(closing + 1))
        if (
            "=>" in given
            or _LIMITED.search(given + after)
            or _OF_ONE.search(_asked(given))
            or _SMALL.search(chain.split(" ")[-1])
        ):
            continue
        yield blocks.line(blocks.place(match.start("chain"))), f"{chain}.{method}".replace(" ", "")


def _asked(given: str) -> str:
    """Return what the rows are chosen by: all that is given, or the `where` in it."""
    return (
        given.partition("where :")[2] if re.search(r"(?<!\S)(?:where|orderBy|order|select|include) :", given) else given
    )


def _serves(blocks: Blocks, place: int) -> bool:
    functions = [body for body in blocks.around(place) if body.kind is Kind.FUNCTION]
    return any(_SERVES.search(blocks.head(body)) or _is_routed(blocks, body) for body in functions)


def _is_routed(blocks: Blocks, body: Body) -> bool:
    """True for a method under `@Get()`."""
    return "@Get" in blocks.words[max(0, body.head - 8) : body.head]


def _in_java(blocks: Blocks) -> Iterator[tuple[int, str]]:
    if not _CONTROLLER.search(blocks.code.text):
        return
    for place, match in blocks.find(_JAVA):
        function = blocks.function(place)
        if function is None or _SMALL.search(match["owner"]):
            continue
        start = blocks.begin_of(function.head)
        before = blocks.text(max(0, start - 12), function.first)
        if _MAPPED.search(before) and not _LIMITED.search(
            blocks.head(function) + blocks.text(place, blocks.end_of(place))
        ):
            yield blocks.line(place), f"{match['owner']}.{match['method']}"


def _selected(blocks: Blocks) -> Iterator[tuple[int, str]]:
    for _, match in blocks.find(_RUN):
        opening = blocks.place(match.end() - 2)
        given = blocks.arguments(opening)
        texts = [blocks.text(*span) for span in given[:2]]
        text = next((text for text in texts if text.startswith('"')), "").replace("\x01", " ")
        select = re.match(r"\"\s*(?:\\n|\s)*select\b(?P<what>.*)", text, re.IGNORECASE | re.DOTALL)
        if select is None or not _serves(blocks, opening):
            continue
        what = select["what"]
        is_bounded = re.search(
            r"\b(?:limit|count\s*\(|where|fetch\s+first|top\s+\d|sum\s*\(|max\s*\(|exists)", what, re.IGNORECASE
        )
        table = re.search(r"\bfrom\s+[\"`]?(\w+)", what, re.IGNORECASE)
        if is_bounded is None and table is not None and not _SMALL.match(table[1]):
            yield blocks.line(opening), f"SELECT … FROM {table[1]}"  # noqa: S608 - a message
