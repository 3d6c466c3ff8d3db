"""Processes of our own beside the program: none is left behind, not even one whose start was broken off."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import IO


async def start(module: str, *words: str, stderr: int, limit: int, stdin: int | IO[bytes] = PIPE) -> Process:
    """Start a module of ours, told these words, with pipes to it, or a file for what it is to read.

    `limit` is the longest line to be read from it, in bytes.
    """
    # Without -P, Python would look for modules in the folder under review first.
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", module, *words, stdin=stdin, stdout=PIPE, stderr=stderr, limit=limit
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # It starts all the same, and nobody else would know of it.
        await stop(await starting)
        raise


async def stop(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()
