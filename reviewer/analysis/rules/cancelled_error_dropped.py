import ast
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.outline import Outline, inside, outline_of, within
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source

_CANCELLED = frozenset(
    {"asyncio.CancelledError", "asyncio.exceptions.CancelledError", "concurrent.futures.CancelledError"}
    | {"trio.Cancelled", "anyio.get_cancelled_exc_class", "anyio.CancelledError"}
)
# A program that ends on Ctrl-C has nobody left to tell.
_ENDING = frozenset({"KeyboardInterrupt", "SystemExit"})
_ENTRY = frozenset({"main", "amain", "async_main", "_main", "cli"})
# These libraries count on every cancelling to arrive where its scope is, and cancel nothing else.
_SCOPED = ("trio.", "anyio.")
_DEEPEST = 50
_LEAVING = (ast.Return, ast.Break, ast.Continue)


class CancelledErrorDropped(ModuleRule):
    """A coroutine catches its own cancellation and does not pass it on.

    Why look: whoever cancelled it believes it has stopped; timeouts, task groups and shutdown then hang or run on.
    Ask: is there cleaning up to do, and is the error raised again after it?
    """

    informs = "debug"
    severity = Severity.MEDIUM
    words = ("Cancelled", "get_cancelled_exc_class")

    INVALID = (
        Example(
            "import asyncio\n\nasync def watch():\n    try:\n        await tick()\n"
            "    except asyncio.CancelledError:\n        log.info('stopped')\n"
        ),
        Example(
            "from asyncio import CancelledError\n\nasync def watch():\n    while True:\n        try:\n"
            "            await tick()\n        except (OSError, CancelledError):\n            continue\n"
        ),
        Example(
            "import asyncio\n\nasync def load():\n    try:\n        return await fetch()\n"
            "    except asyncio.CancelledError as error:\n        raise LoadFailed from error\n"
        ),
        Example(
            "import trio\n\nasync def load():\n    try:\n        await fetch()\n"
            "    except trio.Cancelled:\n        if strict:\n            raise\n"
        ),
        Example(
            "import contextlib\nimport asyncio\n\nasync def watch():\n"
            "    with contextlib.suppress(asyncio.CancelledError):\n        await tick()\n"
        ),
        Example(
            "import anyio\n\nasync def watch():\n    try:\n        await tick()\n"
            "    except anyio.get_cancelled_exc_class():\n        return None\n"
        ),
    )
    VALID = (
        Example(
            "import asyncio\n\nasync def watch():\n    try:\n        await tick()\n"
            "    except asyncio.CancelledError:\n        await close()\n        raise\n"
        ),
        Example(
            "import asyncio\n\nasync def stop(task):\n    task.cancel()\n    try:\n        await task\n"
            "    except asyncio.CancelledError:\n        pass\n"
        ),
        Example(
            "import asyncio\nfrom contextlib import suppress\n\nasync def stop(self):\n    self.job.cancel()\n"
            "    with suppress(asyncio.CancelledError):\n        await self.job\n"
        ),
        Example(
            "import asyncio\n\ndef run():\n    try:\n        asyncio.run(serve())\n"
            "    except asyncio.CancelledError:\n        log.info('stopped')\n"
        ),
        Example(
            "import asyncio\n\nasync def main():\n    try:\n        await serve()\n"
            "    except (KeyboardInterrupt, asyncio.CancelledError):\n        pass\n"
        ),
        Example(
            "import asyncio\n\nasync def load():\n    try:\n        await fetch()\n"
            "    except asyncio.CancelledError as e:\n        if asyncio.current_task().cancelling():\n"
            "            raise\n        else:\n            raise e\n"
        ),
        Example(
            "import asyncio\n\nasync def load():\n    try:\n        return future.result()\n"
            "    except asyncio.CancelledError:\n        return None\n"
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        outline = outline_of(source)
        for handler in outline.every(ast.ExceptHandler):
            attempt = outline.parents[handler]
            name = _cancelled(handler.type, outline)
            if name and isinstance(attempt, (ast.Try, ast.TryStar)) and _is_own(attempt, attempt.body, name, outline):
                yield from _handler(handler, attempt, name, outline)
        for block in outline.every(ast.With):
            name = next((name for item in block.items if (name := _suppressed(item, outline))), "")
            if name and _is_own(block, block.body, name, outline):
                yield LineSighting(outline.line(block), f"`{_last(name)}` is suppressed: the cancelling stops here")


def _handler(
    handler: ast.ExceptHandler, attempt: ast.Try | ast.TryStar, name: str, outline: Outline
) -> Iterator[LineSighting]:
    earlier = attempt.handlers[: attempt.handlers.index(handler)]
    if any(_cancelled(before.type, outline) for before in earlier) or _raises_again(handler.body, handler.name):
        return
    leaving = next((node for node in _nodes(handler.body) if _leaves_otherwise(node, handler.name)), handler)
    how = f"`{outline.quote(leaving)}`" if leaving is not handler else "the code after it"
    yield LineSighting(outline.line(leaving), f"`{_last(name)}` is caught and not raised again: {how} follows instead")


def _cancelled(kind: ast.expr | None, outline: Outline) -> str:
    """Return the name of the cancelling that a handler catches; empty if it ends the program anyway."""
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind] if kind is not None else []
    named = [one.func if isinstance(one, ast.Call) else one for one in kinds]
    names = [outline.known(one) for one in named]
    if any(name in _ENDING for name in names):
        return ""
    return next((name for name in names if name in _CANCELLED), "")


def _suppressed(item: ast.withitem, outline: Outline) -> str:
    call = item.context_expr
    if not isinstance(call, ast.Call) or outline.known(call.func) != "contextlib.suppress":
        return ""
    return next((name for argument in call.args if (name := _cancelled(argument, outline))), "")


def _is_own(block: ast.stmt, body: Sequence[ast.stmt], name: str, outline: Outline) -> bool:
    """True if the cancelling caught can be that of this coroutine, not that of a task it cancelled itself."""
    function = outline.function(block)
    if name.startswith(_SCOPED):
        return function is None or function.name not in _ENTRY
    if not isinstance(function, ast.AsyncFunctionDef) or function.name in _ENTRY:
        return False
    if not any(isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)) for node in _nodes(body)):
        return False
    return not any(
        isinstance(node, ast.Attribute) and node.attr in ("cancel", "cancelled", "cancel_and_wait")
        for node in inside(function)
    )


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _raises_again(body: Sequence[ast.stmt], name: str | None, depth: int = 0) -> bool:
    """True if every way through the statements raises the error again."""
    depth += 1
    for statement in body if depth < _DEEPEST else ():
        match statement:
            case ast.Raise():
                return _is_same(statement, name)
            case ast.If(body=then, orelse=other) if other:
                if _raises_again(then, name, depth) and _raises_again(other, name, depth):
                    return True
            case ast.With(body=inner) | ast.AsyncWith(body=inner):
                if _raises_again(inner, name, depth):
                    return True
            case ast.Try(body=inner, finalbody=last):
                if _raises_again(last, name, depth) or _raises_again(inner, name, depth):
                    return True
            case ast.Return() | ast.Break() | ast.Continue():
                return False
    return False


def _leaves_otherwise(node: ast.AST, name: str | None) -> bool:
    return isinstance(node, _LEAVING) or (isinstance(node, ast.Raise) and not _is_same(node, name))


def _is_same(node: ast.Raise, name: str | None) -> bool:
    return node.exc is None or (isinstance(node.exc, ast.Name) and node.exc.id == name)


def _nodes(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    return iter(within(body))
