from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.handlers import Handler, caught, handler_around, is_broad, lacks_traceback, log_call
from reviewer.analysis.place import Place
from reviewer.analysis.rule import Example, PythonRule, Sighting


class LogWithoutTraceback(PythonRule):
    """An error is logged without its traceback.

    Why look: the log says that something failed, but not on which line nor what it was called with.
    Ask: would this line be enough to find the cause at night?
    """

    informs = "debug"
    severity = Severity.LOW
    cwe = 778
    words = ("except",)
    visits = (cst.Call,)

    INVALID = (
        Example("try:\n    send(order)\nexcept Exception as error:\n    logger.error(f'not sent: {error}')\n"),
        Example("import logging\n\ntry:\n    send(order)\nexcept Exception:\n    logging.error('not sent')\n"),
        Example("from logging import error\n\ntry:\n    send(order)\nexcept Exception:\n    error('not sent')\n"),
        Example("try:\n    send(order)\nexcept OSError:\n    self.logger.error('not sent')\n"),
        Example("try:\n    send(order)\nexcept Exception:\n    log.error('not sent', exc_info=False)\n"),
        Example("try:\n    send(order)\nexcept Exception as error:\n    logger.warning('not sent: %s', error)\n"),
        Example("try:\n    send(order)\nexcept Exception:\n    if loud:\n        log.critical('not sent')\n"),
        Example(
            "try:\n    send(order)\nexcept Exception as e:\n    logger.debug('not sent: %s', e)\n    return_code = 1\n"
        ),
    )
    VALID = (
        Example("try:\n    send(order)\nexcept Exception:\n    logger.exception('not sent')\n"),
        Example("try:\n    send(order)\nexcept Exception:\n    logger.error('not sent', exc_info=True)\n"),
        Example("try:\n    send(order)\nexcept Exception as error:\n    logger.error('not sent', exc_info=error)\n"),
        Example("try:\n    send(order)\nexcept Exception:\n    logger.error('not sent')\n    raise\n"),
        Example("try:\n    send(order)\nexcept OSError as error:\n    logger.error('not sent: %s', error)\n"),
        Example("try:\n    send(order)\nexcept OSError as error:\n    logger.warning(f'not sent: {error}')\n"),
        Example("try:\n    send(order)\nexcept KeyError:\n    logger.warning('no such order')\n"),
        Example("import traceback\n\ntry:\n    a()\nexcept Exception:\n    log.error(traceback.format_exc())\n"),
        Example(
            "try:\n    send(order)\nexcept Exception as error:\n    log.error('not sent')\n"
            "    waiter.set_exception(error)\n"
        ),
        Example("try:\n    send(order)\nfinally:\n    logger.error('over')\n"),
        Example("try:\n    send()\nexcept Exception:\n    logger.opt(exception=True).error('not sent')\n"),
        Example("try:\n    send()\nexcept Exception:\n    log.error('x')\n", path="tests/test_send.py"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or at.file.is_test:
            return
        call = log_call(node, at)
        handler = handler_around(at) if call is not None else None
        if call is not None and handler is not None and lacks_traceback(call, handler, at):
            yield Sighting(node, f"`{at.code(node.func)}` logs {_what(handler, at)} without its traceback")


def _what(handler: Handler, at: Place) -> str:
    return "any error" if is_broad(handler, at) else f"`{' or '.join(sorted(caught(handler, at)))}`"
