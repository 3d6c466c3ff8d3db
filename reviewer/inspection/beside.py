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
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from mmap import ACCESS_READ, mmap
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from reviewer.analysis.finding import Finding, RuleSlug
from reviewer.beside import start, stop
from reviewer.diff.written import MappedPatch
from reviewer.errors import ReviewerError
from reviewer.inspection.job import Job
from reviewer.review.codec import from_json, to_json
from reviewer.visible import show

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_LONGEST_ANSWER = 64_000_000
_AT_ONCE = 1_000_000


async def inspect_beside(job: Job, *, spared: int = 0) -> AsyncGenerator[tuple[Finding, ...], None]:
    """Yield what `inspect_here` does, computed by other processes that are killed when nobody listens.

    Some cores are `spared` for whoever listens. Raises ReviewerError if one of them did not come to its end.
    """
    arrived: asyncio.Queue[tuple[Finding, ...] | None] = asyncio.Queue()
    paths = {file.path: file.path for file in job.diff.files}

    async def listen(part: Job) -> None:
        try:
            async with aclosing(_inspect_part(part, task)) as arriving:
                async for findings in arriving:
                    arrived.put_nowait(tuple(_sharing(finding, paths) for finding in findings))
        finally:
            arrived.put_nowait(None)

    # In a file, the patch of a large change is never held twice.
    with TemporaryFile() as task:
        # Ten thousand hunks take longer than a key may.
        await asyncio.to_thread(_write, job, task)
        listeners = [asyncio.create_task(listen(part)) for part in job.shared_out(spared=spared)]
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


class _Piecewise:
    """Writes what is large in pieces, so that a patch in a file is not held whole while it is copied."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, data: "ReadableBuffer") -> int:
        with memoryview(data) as view:
            for start_at in range(0, view.nbytes, _AT_ONCE):
                self._file.write(view[start_at : start_at + _AT_ONCE])
                if isinstance(view.obj, MappedPatch):
                    view.obj.let_go()
            return view.nbytes


def _write(job: Job, task: IO[bytes]) -> None:
    pickle.dump(job, _Piecewise(task), protocol=5)
    task.flush()


async def _inspect_part(job: Job, task: IO[bytes]) -> AsyncGenerator[tuple[Finding, ...], None]:
    process = await start(__name__, str(job.part), str(job.parts), stderr=PIPE, limit=_LONGEST_ANSWER, stdin=task)
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


def _sharing(finding: Finding, paths: Mapping[bytes, bytes]) -> Finding:
    """Return the finding with what thousands have in common held once."""
    return replace(
        finding, path=paths.get(finding.path, finding.path), rule=RuleSlug(sys.intern(finding.rule))
    )  # fmt: skip


def _answer(part: int, parts: int) -> None:
    # Who asks has no use for the rules themselves, nor for what they remember.
    from reviewer.inspection.here import inspect_here
    from reviewer.inspection.memory import memory_for

    os.nice(10)
    # Trees are large and hold no cycles; at Python's own thresholds an eighth of the time goes into looking for some.
    gc.set_threshold(200_000, 20, 50)
    # All parts read the same file, each from its beginning.
    with mmap(sys.stdin.fileno(), 0, access=ACCESS_READ) as written:
        job = pickle.loads(written)  # noqa: S301 - written by our own process, into a file without a name
    job = replace(job, part=part, parts=parts)
    for findings in inspect_here(job, memory_for(job)):
        sys.stdout.write(json.dumps(to_json(findings)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _answer(*map(int, sys.argv[1:]))
