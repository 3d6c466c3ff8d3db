import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.blocks import Blocks, Body, blocks_of
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_AWAITED = regex(
    r"(?<!\S)(?:(?:const|let|var) (?P<bound>[\w$]+|[{\[][^=;]{1,200}) (?:: [^=;]{1,80} )?= |(?P<kept>[\w$.\[\] ]{1,80}"
    r"\. push \( |[\w$.]{1,40}(?: \. [\w$]+){0,3} \[ [^=;]{1,60} \] = ))"
    r"await (?P<call>[\w$]+(?: \?? ?\. [\w$#]+)*) (?P<open>\()"
)
_ALONE = regex(r"(?<!\S)(?:const|let) (?P<bound>[\w$]+|[{\[][^=;]{1,200}) (?:: [^=;]{1,80} )?= await ")
# A call so named says a database, which n-plus-one speaks of; or waits because it is meant to.
_OTHERS = regex(
    r"(?:find(?!Price|Stock)\w*|query|execute|get|post|put|patch|delete|fetch|save|create|update|insert\w*|select"
    r"|count\w*|first"
    r"|knex|db|trx|sleep|delay|wait\w*|next|read|pause|setTimeout|import|prompt\w*|confirm\w*|acquire|lock|request"
    r"|aggregate|load|exec)"
)
_ORDERED = regex(
    r"batch|chunk|page|attempt|retr|slice|offset|cursor|shard|stream|reader|queue|migration|sequen|in_?order|ordered"
    r"|one at|in turn|steps|middleware|plugins|hooks",
    flags=re.IGNORECASE,
)
_LEAVES = regex(r"(?<!\S)(?:break|return|continue outer|throw)(?!\S)")


class AwaitInLoop(TokenRule):
    """Calls that do not need each other are awaited one after the other.

    Why look: ten answers of 100 ms take a second, where all together they would take 100 ms.
    Ask: does one need what the other gives, or could `Promise.all` or one call for many do?
    """

    informs = "scale"
    severity = Severity.LOW
    words = ("await ",)
    languages = frozenset({"javascript", "typescript"})

    INVALID = (
        Example(
            "async function prices(teas) {\n  const all = [];\n  for (const tea of teas) {\n"
            "    const price = await shop.priceOf(tea);\n    all.push(price);\n  }\n  return all;\n}\n",
            path="shop/prices.js",
        ),
        Example(
            "async function prices(teas: string[]) {\n  const all: Price[] = [];\n  for (const tea of teas) {\n"
            "    all.push(await priceOf(tea));\n  }\n  return all;\n}\n",
            path="shop/prices.ts",
        ),
        Example(
            "async function prices(teas) {\n  const all = {};\n  for (let i = 0; i < teas.length; i++) {\n"
            "    all[teas[i]] = await priceOf(teas[i]);\n  }\n  return all;\n}\n",
            path="shop/prices.js",
        ),
        Example(
            "async function page(id) {\n  const tea = await shop.tea(id);\n  const news = await press.latest();\n"
            "  return { tea, news };\n}\n",
            path="shop/page.ts",
        ),
    )
    VALID = (
        Example(
            "async function prices(teas) {\n  return Promise.all(teas.map((tea) => shop.priceOf(tea)));\n}\n",
            path="shop/prices.js",
        ),
        Example(
            "async function ship(orders) {\n  for (const order of orders) {\n    await carrier.ship(order);\n  }\n}\n",
            path="shop/ship.js",
        ),
        Example(
            "async function first(hosts) {\n  for (const host of hosts) {\n    const answer = await ask(host);\n"
            "    if (answer) return answer;\n  }\n}\n",
            path="shop/first.js",
        ),
        Example(
            "async function all(size) {\n  let last = null;\n  for (const page of pages) {\n"
            "    const part = await shop.teas(last);\n    last = part.last;\n  }\n}\n",
            path="shop/all.js",
        ),
        Example(
            "async function page(id) {\n  const tea = await shop.tea(id);\n"
            "  const maker = await makers.of(tea.maker);\n"
            "  return { tea, maker };\n}\n",
            path="shop/page.ts",
        ),
        Example(
            "async function total(teas) {\n  let sum = 0;\n  for (const tea of teas) {\n"
            "    const next = await add(sum, tea);\n    sum = next;\n  }\n  return sum;\n}\n",
            path="shop/total.js",
        ),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - blocks
        if file.is_test:
            return
        blocks = blocks_of(file)
        for place, match in blocks.find(_AWAITED):
            loop = next(iter(blocks.loops(place)), None)
            name = match["call"].replace(" ", "")
            if loop is None or _OTHERS.fullmatch(name.rpartition(".")[2]) or not _is_free(blocks, loop, place):
                continue
            yield LineSighting(blocks.line(place), f"each turn waits for `{name}()` before the next one asks")
        yield from _in_a_row(blocks)


def _is_free(blocks: Blocks, loop: Body, place: int) -> bool:
    """True if a turn needs nothing of the turns before it."""
    head = blocks.head(loop)
    inside = blocks.inside(loop)
    if loop.keyword != "for" or "await" in head or _ORDERED.search(head) or _LEAVES.search(inside):
        return False
    end = blocks.end_of(place)
    given = set(blocks.words[place:end])
    # What one turn writes and the call of the next one reads.
    written = {
        blocks.words[at - 1]
        for at in range(loop.first + 1, loop.last)
        if blocks.words[at] in ("=", "+=", "++") and blocks.words[at - 2] not in ("const", "let", "var")
    }
    return not (given - {"]"}) & (written - {"]", ")", "}"})


def _in_a_row(blocks: Blocks) -> Iterator[LineSighting]:
    """Yield the second of two results that stand together, of which neither needs the other."""
    last_end, last_names = -1, set[str]()
    for place, match in blocks.find(_ALONE):
        end = blocks.end_of(place)
        names = set(match["bound"].split(" ")) - {"{", "}", "[", "]", ",", ":"}
        value = set(blocks.words[blocks.place(match.end()) : end])
        is_next = last_end >= 0 and place - last_end <= 1
        is_call = "(" in value and not _ORDERED.search(blocks.text(place, end))
        if is_next and is_call and last_names and not last_names & value:
            line = blocks.line(place)
            yield LineSighting(line, "this waits for the call before it and needs nothing of it", Severity.INFO)
        last_end, last_names = end, (names if is_call else set())
