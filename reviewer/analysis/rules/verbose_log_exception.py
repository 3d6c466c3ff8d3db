from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.handlers import LogCall, error_name, handler_around, log_call, names_error
from reviewer.analysis.place import Place, string_value
from reviewer.analysis.rule import Example, PythonRule, Sighting


class VerboseLogException(PythonRule):
    """The caught error is written into a log entry that carries its traceback anyway.

    Why look: the text of the error stands there twice, and entries about one fault no longer share one message.
    Ask: what would help the reader of the log more: the order's number, the user, the file?
    """

    informs = "debug"
    severity = Severity.INFO
    words = (".exception(", "exc_info", "exception(")
    visits = (cst.Call,)

    INVALID = (
        Example("try:\n    send(order)\nexcept OSError as error:\n    logger.exception(f'not sent: {error}')\n"),
        Example("try:\n    send(order)\nexcept OSError as error:\n    logger.exception('not sent: ' + str(error))\n"),
        Example("try:\n    send(order)\nexcept OSError as error:\n    logger.exception('not sent: %s', error)\n"),
        Example("try:\n    send(order)\nexcept OSError as error:\n    self.log.exception('{}'.format(error))\n"),
        Example("from logging import exception\n\ntry:\n    a()\nexcept OSError as e:\n    exception(f'no: {e}')\n"),
        Example("try:\n    a()\nexcept OSError as e:\n    if loud:\n        log.error('no: %s', e, exc_info=True)\n"),
    )
    VALID = (
        Example("try:\n    send(order)\nexcept OSError:\n    logger.exception('not sent: %s', order.id)\n"),
        Example("try:\n    send(order)\nexcept OSError as error:\n    logger.exception('code %s', error.errno)\n"),
        Example("try:\n    send(order)\nexcept OSError as error:\n    logger.error('not sent: %s', error)\n"),
        Example("def tell(error):\n    logger.exception(f'not sent: {error}')\n"),
        Example("try:\n    send(order)\nexcept OSError as error:\n    window.exception(error)\n"),
        # logging-format speaks about this one
        Example("import logging\n\ntry:\n    a()\nexcept OSError as e:\n    logging.exception('not sent:', e)\n"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or at.file.is_test:
            return
        call = log_call(node, at)
        handler = handler_around(at) if call is not None else None
        if call is None or handler is None or not call.has_traceback or _has_no_place_for_it(call):
            return
        if error_name(handler) is not None and names_error(call, handler):
            yield Sighting(
                node, f"`{at.code(node.func)}` logs `{error_name(handler)}` with its traceback and once more"
            )


def _has_no_place_for_it(call: LogCall) -> bool:
    text = string_value(call.message) if call.message is not None else None
    return text is not None and "%" not in text and "{" not in text
