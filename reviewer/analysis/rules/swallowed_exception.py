from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.place import Place
from reviewer.analysis.rule import Example, PythonRule, Sighting

_EXPECTED = frozenset(
    {"ImportError", "ModuleNotFoundError", "StopIteration", "StopAsyncIteration", "KeyboardInterrupt"}
)
_BROAD = frozenset({"Exception", "BaseException"})


class SwallowedException(PythonRule):
    """An exception is caught and dropped.

    Why look: the failure still happens, but nobody will hear of it.
    Ask: which error was seen in practice, and who should learn of the next one?
    """

    informs = "debug"
    severity = Severity.HIGH
    visits = (cst.ExceptHandler, cst.Call)

    INVALID = (
        Example("try:\n    send()\nexcept OSError:\n    pass\n"),
        Example("for order in orders:\n    try:\n        ship(order)\n    except Exception:\n        continue\n"),
        Example(
            "def price(tea):\n    try:\n        return ask(tea)\n    except (KeyError, OSError):\n        return None\n"
        ),
        Example("from contextlib import suppress\n\nwith suppress(Exception):\n    send()\n"),
    )
    VALID = (
        Example("try:\n    send()\nexcept OSError as error:\n    log(error)\n"),
        Example("try:\n    import rapidjson as json\nexcept ImportError:\n    import json\n"),
        Example("try:\n    import rapidjson\nexcept ImportError:\n    pass\n"),
        Example("try:\n    path.unlink()\nexcept FileNotFoundError:\n    pass  # another worker was faster\n"),
        Example("try:\n    send()\nexcept OSError:\n    raise SendFailed from None\n"),
        Example("from contextlib import suppress\n\nwith suppress(FileNotFoundError):\n    path.unlink()\n"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if isinstance(node, cst.Call):
            yield from self._suppress(node, at)
        elif isinstance(node, cst.ExceptHandler):
            yield from self._handler(node, at)

    def _suppress(self, call: cst.Call, at: Place) -> Iterator[Sighting]:
        if at.name(call.func) == "contextlib.suppress":
            for argument in call.args:
                if at.name(argument.value) in _BROAD:
                    yield Sighting(call, f"`{at.code(call)}` drops every error")

    def _handler(self, handler: cst.ExceptHandler, at: Place) -> Iterator[Sighting]:
        caught = _caught(handler, at)
        if caught and caught <= _EXPECTED:
            return
        action = _dropping_action(handler.body)
        is_broad = not caught or bool(caught & _BROAD)
        if action is None or (not is_broad and _has_comment(handler, at)):
            return
        what = "every error" if is_broad else " and ".join(f"`{name}`" for name in sorted(caught))
        yield Sighting(
            handler,
            f"{what} is caught and dropped with `{action}`",
            Severity.HIGH if is_broad else Severity.LOW,
        )


def _caught(handler: cst.ExceptHandler, at: Place) -> set[str]:
    if handler.type is None:
        return set()
    kinds = (
        [element.value for element in handler.type.elements] if isinstance(handler.type, cst.Tuple) else [handler.type]
    )
    return {at.name(kind) or at.code(kind) for kind in kinds}


def _dropping_action(body: cst.BaseSuite) -> str | None:
    """Return the one statement of a handler that does nothing with the error."""
    statements = body.body
    if len(statements) != 1:
        return None
    line = statements[0]
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else line
    if isinstance(small, (cst.Pass, cst.Continue, cst.Break)):
        return type(small).__name__.lower()
    if isinstance(small, cst.Expr) and isinstance(small.value, cst.Ellipsis):
        return "..."
    if isinstance(small, cst.Return) and (
        small.value is None or (isinstance(small.value, cst.Name) and small.value.value == "None")
    ):
        return "return" if small.value is None else "return None"
    return None


def _has_comment(handler: cst.ExceptHandler, at: Place) -> bool:
    """True if someone says beside the code why the error may be dropped."""
    return any("#" in line for line in at.chunk.code_for_node(handler).splitlines())
