import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.handlers import LogCall, handler_around, lacks_traceback, log_call
from reviewer.analysis.place import Place, has_double_star, keyword, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting

_LEVELS = frozenset({"warning", "warn", "error", "exception", "critical", "fatal"})
_SAYS_NOTHING = regex(
    r"(an? |the |some |unknown |unexpected |internal |general )*(error|failed|failure|exception|problem|oops|invalid|"
    r"something went wrong|warning|not found|bad|issue)"
    r"( (occurred|occured|happened|found|raised|caught|here|\w+ed))?[.!:]*",
    re.IGNORECASE,
)
_LOST = regex(r"\b(not found|missing|no such|does(n't| not) exist|unknown|invalid)\b", re.IGNORECASE)


_FAILED = regex(
    r"\b(could( not|n't)|can( ?not|'t)|failed( to| for| on|$)|failure$|unable to|error (while|when|during|in|on))\b",
    re.IGNORECASE,
)


class ContextFreeLog(PythonRule):
    """A log entry about a failure names nothing that would tell one case from another.

    Why look: a thousand equal lines say that something is wrong, and of none whose order it was.
    Ask: which number, name or path would you search the log for?
    """

    informs = "debug"
    severity = Severity.LOW
    cwe = 778
    words = (".warn", ".error(", ".exception(", ".critical(", ".fatal(")
    visits = (cst.Call,)

    INVALID = (
        Example(
            "def ship(order):\n    try:\n        send(order)\n    except OSError:\n        log.exception('Error')\n"
        ),
        Example("def ship(order):\n    if order is None:\n        logger.warning('order not found')\n        return\n"),
        Example("def ship(order):\n    if not order:\n        logger.error('missing order')\n"),
        Example(
            "def ship(n):\n    order = get(n)\n    if order is None:\n        log.error('not found')\n"
            "        raise Lost(n)\n"
        ),
        Example(
            "def ship(order):\n    try:\n        send(order)\n    except OSError:\n        log.warning('failed')\n"
        ),
        Example("def ship(order):\n    logger.error('Something went wrong')\n"),
        Example(
            "def ship(order):\n    try:\n        send(order)\n    except OSError:\n"
            "        log.exception('Could not send the order')\n"
        ),
    )
    VALID = (
        Example(
            "def start():\n    try:\n        listen()\n    except OSError:\n        log.exception('Could not listen')\n"
        ),
        Example("def ship(n):\n    if get(n) is None:\n        logger.warning('order %s not found', n)\n"),
        Example("def ship(n):\n    if get(n) is None:\n        logger.warning(f'order {n} not found')\n"),
        Example(
            "def ship(n):\n    if get(n) is None:\n        logger.warning('order not found', extra={'order': n})\n"
        ),
        Example("def ship(n):\n    if get(n) is None:\n        log.warning('order_not_found', order=n)\n"),
        Example("def start():\n    if not SETTINGS:\n        log.warning('no settings, the shop is closed')\n"),
        Example(
            "def ship(o):\n    try:\n        send(o)\n    except OSError:\n"
            "        log.exception('the courier is away')\n"
        ),
        Example("def ship(order):\n    logger.info('error')\n"),
        # log-without-traceback speaks about this one
        Example("def ship(o):\n    try:\n        send(o)\n    except Exception:\n        log.error('Error')\n"),
        Example("def ship(order):\n    logger.error('error')\n", path="tests/test_ship.py"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or at.file.is_test or at.function is None:
            return
        call = log_call(node, at)
        if call is None or call.level not in _LEVELS or call.message is None or _has_more(node, call):
            return
        text = string_value(call.message)
        if text is None or not _is_about_a_case(text, at):
            return
        handler = handler_around(at)
        if handler is None or not lacks_traceback(call, handler, at):
            yield Sighting(node, f"{text.strip()!r} does not say which one: no value is logged with it")


def _has_more(node: cst.Call, call: LogCall) -> bool:
    others = [arg for arg in node.args if arg.keyword is not None and arg.keyword.value not in ("exc_info", "msg")]
    return bool(call.values or others) or keyword(node, "extra") is not None or has_double_star(node)


def _is_about_a_case(text: str, at: Place) -> bool:
    """True for texts that say nothing, and for those about a thing that is not there and whose name is at hand."""
    if "%" in text:
        return False
    if _SAYS_NOTHING.fullmatch(text.strip()):
        return True
    # In a handler, the caller's values are what tells one failure from another.
    if handler_around(at) is not None and _FAILED.search(text):
        return _takes_values(at)
    function = at.function
    given = [] if function is None else [param.name.value for param in function.params.params]
    is_for_one = any(name not in ("self", "cls", "args", "kwargs") for name in given)
    return is_for_one and _LOST.search(text) is not None and at.enclosing(cst.If) is not None


def _takes_values(at: Place) -> bool:
    """True if the function, or a loop around, has values that would tell one case from another."""
    function = at.function
    given = [] if function is None else [*function.params.params, *function.params.kwonly_params]
    names = {param.name.value for param in given} - {"self", "cls", "args", "kwargs", "request", "app"}
    return bool(names) or at.enclosing(cst.For) is not None
