from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.handlers import caught, small_statements
from reviewer.analysis.place import Place, keyword
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import called_name

_SHIELDS = frozenset({"CancelScope", "move_on_after", "move_on_at", "fail_after", "fail_at"})
_CANCELLED = frozenset({"trio.Cancelled", "anyio.get_cancelled_exc_class()", "BaseException"})


class FinallyDropsError(PythonRule):
    """A `finally` block leaves on its own, which drops the error on its way through.

    Why look: `return`, `break` and `continue` there end the search for a handler, even for Ctrl-C.
    Ask: should the caller learn of the error, and can the statement stand behind the block?
    """

    informs = "debug"
    severity = Severity.HIGH
    cwe = 584
    words = ("finally", "trio", "anyio", "except")
    visits = (cst.Return, cst.Break, cst.Continue, cst.Await, cst.For, cst.With)

    INVALID = (
        Example("def load():\n    try:\n        return read()\n    finally:\n        return None\n"),
        Example("def load():\n    try:\n        return read()\n    finally:\n        if done:\n            return 1\n"),
        Example("for order in orders:\n    try:\n        ship(order)\n    finally:\n        continue\n"),
        Example("while True:\n    try:\n        ship()\n    finally:\n        log()\n        break\n"),
        Example(
            "def load():\n    try:\n        read()\n    except* OSError:\n        pass\n    finally:\n"
            "        return 1\n"
        ),
        Example(
            "import trio\n\nasync def ship(line):\n    try:\n        await line.send()\n"
            "    finally:\n        await line.say_bye()\n"
        ),
        Example(
            "import anyio\n\nasync def ship(line):\n    try:\n        await line.send()\n"
            "    except BaseException:\n        await line.undo()\n        raise\n"
        ),
    )
    VALID = (
        Example("def load():\n    try:\n        return read()\n    finally:\n        close()\n"),
        Example(
            "def load():\n    try:\n        read()\n    finally:\n        for x in y:\n"
            "            if x:\n                break\n"
        ),
        Example(
            "def load():\n    try:\n        read()\n    finally:\n        def later():\n"
            "            return 1\n        at_end(later)\n"
        ),
        Example(
            "for order in orders:\n    try:\n        ship(order)\n    except OSError:\n        continue\n"
            "    finally:\n        close()\n"
        ),
        Example(
            "import asyncio\n\nasync def ship(line):\n    try:\n        await line.send()\n"
            "    finally:\n        await line.say_bye()\n"
        ),
        Example(
            "import trio\n\nasync def ship(line):\n    try:\n        await line.send()\n    finally:\n"
            "        with trio.CancelScope(deadline=SOON, shield=True):\n            await line.say_bye()\n"
        ),
        Example(
            "import trio\n\nasync def ship(line):\n    try:\n        await line.send()\n"
            "    finally:\n        await line.aclose()\n"
        ),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if isinstance(node, (cst.Return, cst.Break, cst.Continue)):
            if _in_finally(node, at):
                code = " ".join(at.code(node).split())
                yield Sighting(node, f"`{code}` in `finally` drops whatever error is on its way")
        elif _waits(node) and not at.file.is_test and _uses_scopes(at):
            block = _clean_up(at)
            if block is not None:
                message = (
                    f"this waits in `{block}` without a shield: once cancelled, it ends here and cleans nothing up"
                )
                yield Sighting(_head(node), message, Severity.LOW)


def _in_finally(node: cst.CSTNode, at: Place) -> bool:
    for parent in reversed(at.parents):
        if isinstance(parent, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
            return False
        if isinstance(parent, (cst.For, cst.While)) and not isinstance(node, cst.Return):
            return False
        if isinstance(parent, cst.Finally):
            return True
    return False


def _waits(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Await):
        call = node.expression
        name = called_name(call) if isinstance(call, cst.Call) else ""
        return not (
            isinstance(call, cst.Call) and (name == "aclose_forcefully" or (name == "aclose" and not call.args))
        )
    return isinstance(node, (cst.For, cst.With)) and node.asynchronous is not None


def _uses_scopes(at: Place) -> bool:
    """True where a cancelled scope ends every further wait in it at once; asyncio cancels only the first."""
    return any(origin.partition(".")[0] in ("trio", "anyio") for origin in at.imports.values())


def _clean_up(at: Place) -> str | None:
    for parent in reversed(at.parents):
        if isinstance(parent, cst.FunctionDef) and parent.name.value == "__aexit__":
            return "__aexit__"
        if isinstance(parent, (cst.FunctionDef, cst.Lambda, cst.ClassDef)) or _is_shield(parent):
            return None
        if isinstance(parent, cst.Finally):
            return "finally"
        if isinstance(parent, cst.ExceptHandler):
            names = caught(parent, at)
            is_meant = (not names or bool(names & _CANCELLED)) and not _is_after_cancelled(parent, at)
            return "except" if is_meant else None
    return None


def _is_after_cancelled(handler: cst.ExceptHandler, at: Place) -> bool:
    """True if a handler above this one has taken the cancellation."""
    block = next((parent for parent in at.parents if isinstance(parent, cst.Try) and handler in parent.handlers), None)
    before = block.handlers[: block.handlers.index(handler)] if block is not None else ()
    return any(not caught(one, at) or caught(one, at) & _CANCELLED for one in before)


def _is_shield(node: cst.CSTNode) -> bool:
    """True for `CancelScope(shield=True)` and for a scope whose `shield` is set in its first lines."""
    if not isinstance(node, cst.With):
        return False
    targets = [
        part.target for line in small_statements(node.body) if isinstance(line, cst.Assign) for part in line.targets
    ]
    if any(isinstance(target, cst.Attribute) and target.attr.value == "shield" for target in targets):
        return True
    calls = [item.item for item in node.items if isinstance(item.item, cst.Call)]
    return any(called_name(call) in _SHIELDS and keyword(call, "shield") is not None for call in calls)


def _head(node: cst.CSTNode) -> cst.CSTNode:
    """Return what names the wait: a whole loop would cover lines that are not at fault."""
    match node:
        case cst.For(target=head):
            return head
        case cst.With(items=[cst.WithItem(item=head), *_]):
            return head
        case _:
            return node
