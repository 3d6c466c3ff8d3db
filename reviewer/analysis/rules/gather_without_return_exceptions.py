import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.outline import Outline, is_open_ended, keyword_of, outline_of
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source

_FEW = 3
_LIMITS = frozenset(
    {"asyncio.timeout", "asyncio.timeout_at", "async_timeout.timeout", "asyncio.wait_for"}
    | {"asyncio.TaskGroup", "anyio.create_task_group", "aiojobs.create_scheduler"}
)


class GatherWithoutReturnExceptions(ModuleRule):
    """Several awaitables are gathered, and the first that fails ends the waiting for all.

    Why look: the others are not cancelled; they run on with nobody awaiting them, and their results are lost.
    Ask: what should become of the rest when one fails, and would a TaskGroup or `return_exceptions=True` say so?
    """

    informs = "debug"
    severity = Severity.MEDIUM
    words = ("gather",)

    INVALID = (
        Example("import asyncio\n\nasync def load(urls):\n    return await asyncio.gather(*map(fetch, urls))\n"),
        Example(
            "import asyncio\n\nasync def load(urls):\n    tasks = [fetch(url) for url in urls]\n"
            "    pages = await asyncio.gather(*tasks)\n    return pages\n"
        ),
        Example("from asyncio import gather\n\nasync def load(ids):\n    await gather(*[ship(i) for i in ids])\n"),
        Example("import asyncio as aio\n\nasync def main():\n    await aio.gather(serve(), watch())\n"),
        Example(
            "import asyncio\n\nasync def load(urls):\n    return await asyncio.gather(\n"
            "        *(fetch(url) for url in urls), return_exceptions=False\n    )\n"
        ),
        Example("import asyncio\n\nasyncio.get_event_loop().run_until_complete(asyncio.gather(*jobs))\n"),
        Example(
            "import asyncio\n\nasync def load(ids):\n    try:\n        return await asyncio.gather(*map(get, ids))\n"
            "    except OSError:\n        return []\n"
        ),
    )
    VALID = (
        Example(
            "import asyncio\n\nasync def load(urls):\n"
            "    return await asyncio.gather(*map(fetch, urls), return_exceptions=True)\n"
        ),
        Example(
            "import asyncio\n\nasync def load(urls, strict):\n"
            "    return await asyncio.gather(*map(fetch, urls), return_exceptions=not strict)\n"
        ),
        Example(
            "import asyncio\n\nasync def load(urls):\n    async with asyncio.TaskGroup() as group:\n"
            "        return [group.create_task(fetch(url)) for url in urls]\n"
        ),
        Example("import asyncio\n\nasync def load(*jobs, **options):\n    await asyncio.gather(*jobs, **options)\n"),
        Example("from shop.harvest import gather\n\ndef load(*fields):\n    return gather(*fields)\n"),
        Example("import asyncio\n\nasync def rest(job):\n    await asyncio.gather(job)\n"),
        Example(
            "import asyncio\n\nasync def load(urls):\n    try:\n        async with asyncio.timeout(LIMIT):\n"
            "            return await asyncio.gather(*map(fetch, urls))\n    except TimeoutError:\n"
            "        return await asyncio.gather(*map(cached, urls), return_exceptions=True)\n"
        ),
        Example("import asyncio\n\nasync def test():\n    await asyncio.gather(*jobs)\n", path="tests/test_jobs.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        outline = outline_of(source)
        for call in outline.added(file, ast.Call):
            if outline.known(call.func) == "asyncio.gather" and not _is_handled(call, outline):
                yield from _judge(call, outline)


def _judge(call: ast.Call, outline: Outline) -> Iterator[LineSighting]:
    stars = [argument for argument in call.args if isinstance(argument, ast.Starred)]
    if stars:
        shown = f"`asyncio.gather(*{outline.quote(stars[0].value)})`"
        yield LineSighting(outline.line(call), f"the first failure in {shown} leaves the rest running unawaited")
    elif len(call.args) > 1:
        severity = Severity.INFO if len(call.args) <= _FEW else Severity.LOW
        message = f"when one of these {len(call.args)} fails, `asyncio.gather` leaves the others running unawaited"
        yield LineSighting(outline.line(call), message, severity)


def _is_handled(call: ast.Call, outline: Outline) -> bool:
    """True if someone decided what happens to the rest, or nobody can see here whether they did."""
    given = keyword_of(call, "return_exceptions")
    if given is not None:
        return not (isinstance(given, ast.Constant) and given.value is False)
    if any(word.arg is None for word in call.keywords):
        return True
    return not (call.args or is_open_ended(call)) or _is_limited(call, outline)


def _is_limited(call: ast.Call, outline: Outline) -> bool:
    """True within a time limit or a group whose failure somebody handles."""
    block = outline.above(call, ast.AsyncWith)
    if block is None or outline.above(call, ast.Try, ast.TryStar) is None:
        return False
    calls = [item.context_expr for item in block.items]
    return any(isinstance(limit, ast.Call) and outline.known(limit.func) in _LIMITS for limit in calls)
