from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.handlers import (
    BROAD,
    Deed,
    Handler,
    block_around,
    caught,
    deed_of,
    error_name,
    kinds,
    remark,
    run_nodes,
)
from reviewer.analysis.place import Place
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting

_RETRY = regex(r"\w*(retry|retries|backoff|attempt)\w*")
_ENTRY = regex(r"_?(main|cli|entry_?point|run_cli)")
_TOO_WIDE = {
    Deed.PRINTS: "takes every error and only prints",
    Deed.ACTS: "takes every error and says of none what it was",
}
# For BaseException these are no excuse: Ctrl-C and a cancelled task must go on upwards.
_STOPPED = {**_TOO_WIDE, Deed.TELLS: "is not raised again", Deed.LOGS: "is not raised again"}


class BroadExcept(PythonRule):
    """Every error there is gets caught and explained to nobody, or raised without a type of its own.

    Why look: a misspelt name and a full disk look the same from here, and nobody can handle one of them apart.
    Ask: which errors do you expect here, and what should happen to all the others?
    """

    informs = "debug"
    severity = Severity.MEDIUM
    cwe = 396
    words = ("except", "raise", "Exception")
    visits = (cst.ExceptHandler, cst.ExceptStarHandler, cst.Raise, cst.Param)

    INVALID = (
        Example("try:\n    send(order)\nexcept Exception as error:\n    print(f'not sent: {error}')\n"),
        Example("try:\n    send(order)\nexcept Exception:\n    failed += 1\n"),
        Example("try:\n    send(order)\nexcept (ValueError, Exception):\n    retry(order)\n"),
        Example("try:\n    send(order)\nexcept* Exception:\n    print('not sent')\n"),
        Example(
            "def ship(order):\n    try:\n        send(order)\n        return {'ok': True}\n"
            "    except Exception as error:\n        return {'ok': False, 'error': str(error)}\n"
        ),
        Example("try:\n    send(order)\nexcept BaseException:\n    log.exception('not sent')\n"),
        Example("try:\n    send(order)\nexcept BaseException as error:\n    raise NotSent from error\n"),
        Example("def ship(order):\n    if not order:\n        raise Exception('no order')\n"),
        Example("def ship(order):\n    raise BaseException\n"),
        Example("def retry(call, times=3, errors=(Exception,)):\n    return call()\n"),
    )
    VALID = (
        Example("try:\n    send(order)\nexcept Exception:\n    rollback()\n    raise\n"),
        Example("try:\n    send(order)\nexcept Exception as error:\n    raise NotSent(order) from error\n"),
        Example("try:\n    send(order)\nexcept Exception:\n    log.exception('not sent')\n"),
        Example("import traceback\n\ntry:\n    send(order)\nexcept Exception:\n    traceback.print_exc()\n"),
        Example("try:\n    send(order)\nexcept Exception as error:\n    future.set_exception(error)\n"),
        Example("try:\n    send(order)\nexcept Exception as error:\n    failures.append((order, error))\n"),
        Example("try:\n    send(order)\nexcept BaseException:\n    rollback()\n    raise\n"),
        Example("try:\n    send(order)\nexcept BaseException as error:\n    waiter.set_exception(error)\n"),
        Example("try:\n    send(order)\nexcept OSError as error:\n    print(error)\n"),
        # swallowed-exception, silent-fallback and log-without-traceback speak about these
        Example("try:\n    send(order)\nexcept Exception:\n    pass\n"),
        Example("def ship():\n    try:\n        return send()\n    except Exception:\n        return []\n"),
        Example("try:\n    send(order)\nexcept Exception:\n    log.error('not sent')\n"),
        Example(
            "import sys\n\ndef main():\n    try:\n        run()\n    except Exception as error:\n"
            "        print(error, file=sys.stderr)\n        return 1\n"
        ),
        Example("def send(order):\n    raise SendError(order)\n"),
        Example("def ask(question, otherwise=Exception):\n    return question\n"),
        Example(
            "def test_it():\n    try:\n        ship()\n    except Exception:\n        show()\n", path="tests/test_a.py"
        ),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test:
            return
        if isinstance(node, cst.Raise):
            yield from _raise(node, at)
        elif isinstance(node, cst.Param):
            yield from _retry(node, at)
        elif isinstance(node, (cst.ExceptHandler, cst.ExceptStarHandler)):
            yield from _handler(node, at)


def _handler(handler: Handler, at: Place) -> Iterator[Sighting]:
    broad = sorted(caught(handler, at) & BROAD)
    if not broad:
        return
    deed = deed_of(handler, at)
    name = broad[0].removeprefix("builtins.")
    where = f"`except {name}`{block_around(at)}"
    if name == "BaseException":
        yield from _everything(handler, deed, where)
    elif deed in _TOO_WIDE and not _is_entry(deed, at):
        severity = Severity.LOW if remark(handler, at) else None
        yield Sighting(handler, f"{where} {_TOO_WIDE[deed]}", severity)


def _everything(handler: Handler, deed: Deed, where: str) -> Iterator[Sighting]:
    if deed in _STOPPED:
        yield Sighting(handler, f"{where} {_STOPPED[deed]}: Ctrl-C and a cancelled task end here too")
    elif deed is Deed.RAISES and not _raises_it_again(handler):
        message = f"{where} turns even KeyboardInterrupt into another error"
        yield Sighting(handler, message, Severity.LOW)


def _raises_it_again(handler: Handler) -> bool:
    name = error_name(handler)
    for node in run_nodes(handler.body):
        if isinstance(node, cst.Raise):
            raised = node.exc
            if isinstance(raised, cst.Call) and isinstance(raised.func, cst.Attribute):
                raised = raised.func.value
            if raised is None or (isinstance(raised, cst.Name) and raised.value == name):
                return True
    return False


def _is_entry(deed: Deed, at: Place) -> bool:
    """True where a program says its last word to a person."""
    function = at.function
    return deed is Deed.PRINTS and function is not None and _ENTRY.fullmatch(function.name.value) is not None


def _raise(node: cst.Raise, at: Place) -> Iterator[Sighting]:
    raised = node.exc.func if isinstance(node.exc, cst.Call) else node.exc
    if raised is not None and isinstance(raised, (cst.Name, cst.Attribute)) and at.name(raised) in BROAD:
        yield Sighting(node, f"`{at.code(raised)}` has no type of its own: a caller must catch every error to catch it")


def _retry(param: cst.Param, at: Place) -> Iterator[Sighting]:
    function = at.enclosing(cst.FunctionDef)
    if param.default is None or function is None or _RETRY.fullmatch(function.name.value.lower()) is None:
        return
    if any(at.name(kind) in BROAD for kind in kinds(param.default)):
        yield Sighting(
            param, f"`{function.name.value}` retries after every error unless `{param.name.value}` says less"
        )
