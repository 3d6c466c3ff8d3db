"""The rules at work in processes of their own, so that no key waits for a parse and both cores have work.

LibCST holds the interpreter's lock while it parses; in a thread it made a key take 100 ms.
"""

import asyncio
import gc
import json
import os
import pickle
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from tempfile import TemporaryFile

from reviewer.analysis.finding import Finding
from reviewer.beside import start, stop
from reviewer.errors import ReviewerError
from reviewer.inspection.here import inspect_here
from reviewer.inspection.job import Job
from reviewer.inspection.memory import memory_for
from reviewer.review.codec import from_json, to_json
from reviewer.visible import show

_LONGEST_ANSWER = 64_000_000


async def inspect_beside(job: Job) -> AsyncGenerator[tuple[Finding, ...], None]:
    """Yield what `inspect_here` does, computed by other processes that are killed when nobody listens.

    Raises ReviewerError if one of them did not come to its end.
    """
    parts = job.shared_out()
    if len(parts) == 1:
        async with aclosing(_inspect_part(parts[0])) as arriving:
            async for findings in arriving:
                yield findings
        return
    arrived: asyncio.Queue[tuple[Finding, ...] | None] = asyncio.Queue()

    async def listen(part: Job) -> None:
        try:
            async with aclosing(_inspect_part(part)) as arriving:
                async for findings in arriving:
                    arrived.put_nowait(findings)
        finally:
            arrived.put_nowait(None)

    listeners = [asyncio.create_task(listen(part)) for part in parts]
    try:
        ended = 0
        while ended < len(listeners):
            one = await arrived.get()
            if one is None:
                ended += 1
            else:
                yield one
        await asyncio.gather(*listeners)
    finally:
        for listener in listeners:
            listener.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)


def inspect_together(job: Job, each: Callable[[], None]) -> tuple[Finding, ...]:
    """Return all that `inspect_beside` yields; `each` is called when a file is done."""

    async def collect() -> tuple[Finding, ...]:
        found: list[Finding] = []
        async with aclosing(inspect_beside(job)) as arriving:
            async for findings in arriving:
                found += findings
                each()
        return tuple(found)

    return asyncio.run(collect())


async def _inspect_part(job: Job) -> AsyncGenerator[tuple[Finding, ...], None]:
    # In a file, the patch of a large change is never held twice.
    with TemporaryFile() as task:
        # Ten thousand hunks take longer than a key may.
        await asyncio.to_thread(pickle.dump, job, task, protocol=5)
        task.seek(0)
        process = await start(__name__, stderr=PIPE, limit=_LONGEST_ANSWER, stdin=task)
    if process.stdout is None or process.stderr is None:
        raise RuntimeError("a pipe was asked for")
    try:
        async for line in process.stdout:
            yield from_json(json.loads(line), tuple[Finding, ...])
        last_words = (await process.stderr.read()).decode("utf-8", "replace").strip().rpartition("\n")[2]
        if await process.wait():
            raise ReviewerError(f"the rules ended early, so flags are missing: {show(last_words)}")
    finally:
        await stop(process)


def _answer() -> None:
    os.nice(10)
    # Trees are large and hold no cycles; at Python's own thresholds an eighth of the time goes into looking for some.
    gc.set_threshold(200_000, 20, 50)
    job = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by our own process, into a file without a name
    for findings in inspect_here(job, memory_for(job)):
        sys.stdout.write(json.dumps(to_json(findings)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _answer()
