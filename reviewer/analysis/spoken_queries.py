"""Queries that scripts and Java send for each element: in loops, in callbacks of `map`, in streams."""

import re
from collections.abc import Iterator

from reviewer.analysis.blocks import Blocks, Body
from reviewer.analysis.regex import regex
from reviewer.analysis.spoken_threads import goroutines

_SCRIPT = regex(
    r"(?<!\S)(?:await|return|=>) (?P<chain>(?:this \. )?(?P<root>\w+)(?: \. [\w$#]+| \( (?:\"[^\"]*\" )?\)"
    r"| \? \.)*) \. "
    r"(?P<method>find\w*|first|query|execute|select|insert\w*|update\w*|delete\w*|upsert|count\w*|aggregate|save"
    r"|create|where|get\w*"
    r"|raw|one|oneOrNone|any|none) (?P<open>\()"
)
# What speaks to a database, by its name or by the methods only such things have.
_DATABASE = regex(
    r"(?:db|knex|trx|prisma|sequelize|pool|conn|connection|pg|mysql|sql|orm|em|entityManager|client|database"
    r"|mongo\w*|tx)(?: |$)"
    r"|\w*(?:[rR]epo(?:sitory)?|Dao|DAO|Model|Collection|Store|[rR]epositories)(?: |$)|[A-Z][a-z]\w+(?: |$)"
    r"|.*collection \(|.*getRepository"
)
_QUERYING = regex(
    r"find(?:One|ById|ByPk|Unique|First|Many|All|By\w+|OneBy|OneOrFail|UniqueOrThrow|FirstOrThrow|AndCountAll)"
)
_PLAIN = frozenset({"Promise", "Array", "Object", "Math", "JSON", "Map", "Set", "Number", "Date", "Buffer", "Reflect"})
_TAKERS = frozenset({"map", "forEach", "flatMap", "filter", "reduce", "some", "every", "each", "mapSeries"})
_PIECES = regex(
    r"batch|chunk|page|attempt|retr|slice|offset|cursor|shard|\[ \"|of \[|Array \. from \( \{", re.IGNORECASE
)
# A page has elements, pages are pieces.
_OF_PIECES = regex(r"batches|chunks?(?!\w)|pages|slices|partitions|shards|attempt|Array \. from \( \{", re.IGNORECASE)
_JAVA = regex(
    r"(?<!\S)(?:this \. )?(?P<owner>[a-z]\w*) \. (?P<method>find\w*|get(?:By\w+|One|ReferenceById|ById)|exists\w*"
    r"|count\w*|save|delete\w*"
    r"|queryFor\w+|select\w*|load\w*|fetch\w*) \("
)
_REPOSITORY = regex(r"\w*(?:[rR]epo(?:sitory)?|[dD]ao|DAO|[mM]apper|jdbcTemplate|JdbcTemplate|entityManager|jdbc)")
_TYPED = regex(
    r"(?<!\S)(?:\w*(?:Repository|Dao|DAO|Repo|Mapper)|JdbcTemplate"
    r"|EntityManager)(?: < [^;={}]{1,60} >)? (?P<name>\w+)(?= (?:;|,|\)|=))"
)
_MANY_AT_ONCE = regex(r"findAll(?:ById)?|saveAll\w*|deleteAll\w*|\w*In(?:Batch)?|countAll")
_STREAMS = frozenset(
    {"map", "forEach", "flatMap", "filter", "peek", "mapToInt", "mapToLong", "mapToObj", "anyMatch", "mapToDouble"}
)
_STREAMED = regex(r"stream \(|parallelStream|Stream \. of|\. forEach \($")


def queries(blocks: Blocks, language: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the shape of each query that is sent again for every element."""
    if language in ("java", "kotlin"):
        yield from _in_java(blocks)
    elif "script" in language:
        yield from _in_script(blocks)


def concurrent_lines(blocks: Blocks) -> frozenset[int]:
    """Return the lines of goroutines: what they ask for, they ask for together."""
    return frozenset(
        line for body in goroutines(blocks) for line in range(blocks.line(body.first), blocks.line(body.last) + 1)
    )


def _in_script(blocks: Blocks) -> Iterator[tuple[int, str]]:
    for place, match in blocks.find(_SCRIPT):
        chain, method = match["chain"], match["method"]
        is_asked = _QUERYING.fullmatch(method) is not None or _DATABASE.match(chain.removeprefix("this . ")) is not None
        if not is_asked or match["root"] in _PLAIN or (method.startswith("get") and not _DATABASE.match(chain)):
            continue
        body = _repeated_by(blocks, place)
        if body is not None:
            root = blocks.place(match.start("chain"))
            yield blocks.line(root), f"{match['root']}…{method}" if " " in chain else f"{chain}.{method}"


def _repeated_by(blocks: Blocks, place: int) -> Body | None:
    """Return the loop, or the callback of `map`, in which a word is said for each element."""
    for body in blocks.around(place):
        if body.keyword in ("for", "while", "do"):
            is_over = body.keyword == "for" and not _PIECES.search(blocks.head(body)) and ";" not in blocks.head(body)
            return body if is_over else None
        if body.taker in _TAKERS and (body.is_async or body.taker == "map"):
            start = blocks.begin_of(body.head)
            return None if _OF_PIECES.search(blocks.text(start, body.first)) else body
        if body.taker or body.name:
            return None
    return None


def _in_java(blocks: Blocks) -> Iterator[tuple[int, str]]:
    typed = {match["name"] for match in _TYPED.finditer(blocks.code.text)}
    for place, match in blocks.find(_JAVA):
        owner, method = match["owner"], match["method"]
        is_one = _MANY_AT_ONCE.fullmatch(method) is None
        if is_one and (owner in typed or _REPOSITORY.fullmatch(owner)) and _is_for_each(blocks, place):
            yield blocks.line(place), f"{owner}.{method}"


def _is_for_each(blocks: Blocks, place: int) -> bool:
    for body in blocks.around(place):
        head = blocks.head(body)
        if body.keyword == "for":
            return ": " in head and not _PIECES.search(head)
        if body.keyword in ("while", "do") or body.name:
            return False
        if body.taker in _STREAMS:
            start = blocks.begin_of(body.head)
            return _STREAMED.search(blocks.text(start, body.head)) is not None and not _OF_PIECES.search(
                blocks.text(start, body.head)
            )
        if body.taker:
            return False
    return False
