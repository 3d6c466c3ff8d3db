import ast
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.handlers import LogCall, handler_around, lacks_traceback, log_call, names_error
from reviewer.analysis.place import Place, dotted_name, keyword, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import called_name, template_of

_CONVERSION = regex(r"%(?:%|(?P<key>\(\w*\))?[-#0 +]*(?P<width>\*|\d+)?(?:\.(?P<digits>\*|\d+))?[hlL]?(?P<kind>.))")
_KINDS = frozenset("diouxXeEfFgGcrsa")
_SPEC = regex(r"\{[^{}]*:[^{}]*[,%_bdxX]\}")
# Loggers of these put the values in by `{}`, or take any number of them.
_OTHER_STYLES = ("loguru", "structlog", "textual", "eliot", "absl", "logbook", "picologging", "brace")
_OWN_FIELDS = frozenset(
    {"name", "msg", "args", "levelname", "levelno", "pathname", "filename", "module", "exc_info", "exc_text", "lineno"}
    | {"stack_info", "funcName", "created", "msecs", "relativeCreated", "thread", "threadName", "processName"}
    | {"process", "taskName", "message", "asctime"}
)


class LoggingFormat(PythonRule):
    """A log entry is put together before it is known whether anybody wants it, or its values do not fit its text.

    Why look: entries of one kind no longer share one text to search and count by, and values that do not fit are lost.
    Ask: can the values be arguments of the call, in the number that its text asks for?
    """

    informs = "debug"
    severity = Severity.LOW
    words = (
        ".debug(",
        ".info(",
        ".warn",
        ".error(",
        ".exception(",
        ".critical(",
        ".fatal(",
        ".log(",
        "error(",
        "info(",
    )
    visits = (cst.Call,)

    INVALID = (
        Example("logger.info(f'order {number} sent')\n"),
        Example("import logging\n\nlogging.warning('order %s is late' % number)\n"),
        Example("logger.debug('order ' + number)\n"),
        Example("self.logger.info('order {}'.format(number))\n"),
        Example("import logging as journal\n\njournal.log(journal.INFO, f'order {number}')\n"),
        Example("TEXT = 'order {}'\nlogger.info(TEXT.format(number))\n"),
        Example("import logging\n\nlogging.error('order %s of %s', number)\n"),
        Example("import logging\n\nlog = logging.getLogger(__name__)\nlog.error('order', number)\n"),
        Example("import logging\n\nlogging.error('order {}', number)\n"),
        Example("import logging\n\nlogging.error('order %y', number)\n"),
        Example("import logging\n\nlogging.error('order %s is late')\n"),
        Example("import logging\n\nlogging.info('sent', extra={'name': customer})\n"),
        Example(
            "import logging\n\nlogger = logging.getLogger(__name__)\n\ndef ship(order):\n    logging.info('shipping')\n"
        ),
    )
    VALID = (
        Example("logger.info('order %s sent', number)\n"),
        Example("logger.info('all sent')\n"),
        Example("logger.info('first part ' + 'second part')\n"),
        Example("logger.info('order %(n)s', {'n': number})\n"),
        Example("import logging\n\nlogging.info('order %s of %s', *pair)\n"),
        Example("import logging\n\nlogging.info('100 % sure')\n"),
        Example("import logging\n\nlogging.info('%d %% done, %*d left', done, 5, left)\n"),
        Example("from loguru import logger\n\nlogger.info('order {}', number)\n"),
        Example("import math\n\nmath.log(f'{number}')\n"),
        Example("window.error(f'order {number}')\n"),
        Example("logger.info('total {:,d}'.format(total))\n"),
        Example("import logging\n\nlogging.info('sent', extra={'customer': customer})\n"),
        Example("logger.info(f'all sent')\n"),
        Example("def test_it():\n    logger.info(f'order {number}')\n", path="tests/test_it.py"),
        # log-without-traceback and verbose-log-exception speak about these
        Example("try:\n    send()\nexcept Exception as error:\n    logger.error(f'not sent: {error}')\n"),
        Example("try:\n    send()\nexcept OSError as error:\n    logger.exception(f'not sent: {error}')\n"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or at.file.is_test:
            return
        call = log_call(node, at)
        if call is None or call.message is None:
            return
        yield from _extra(node, at)
        how = _put_together(call.message, at)
        if how is not None and not _is_told_elsewhere(call, at):
            yield Sighting(node, f"`{at.code(node.func)}` gets a text put together by {how}")
        elif how is None and _is_standard(node, at):
            yield from _arguments(node, call)
            yield from _root(node, call, at)


def _put_together(message: cst.BaseExpression, at: Place) -> str | None:
    """Return how values got into the text before the call; None where none did, or `%` could not do it as well."""
    match message:
        case cst.FormattedString() | cst.ConcatenatedString():
            template = template_of(message)
            return "an f-string" if template is not None and _has_values(message) else None
        case cst.BinaryOperation(operator=cst.Modulo(), left=cst.SimpleString() | cst.ConcatenatedString()):
            return "`%`"
        case cst.BinaryOperation(operator=cst.Add()):
            template = template_of(message)
            return "`+`" if template is not None and template.values else None
        case cst.Call(func=cst.Attribute(value=pattern, attr=cst.Name("format"))):
            return "`.format`" if _is_plain_pattern(pattern, at) else None
        case _:
            return None


def _has_values(node: cst.BaseExpression) -> bool:
    parts = node.parts if isinstance(node, cst.FormattedString) else ()
    if isinstance(node, cst.ConcatenatedString):
        return _has_values(node.left) or _has_values(node.right)
    return any(isinstance(part, cst.FormattedStringExpression) for part in parts)


def _is_plain_pattern(node: cst.BaseExpression, at: Place) -> bool:
    text = string_value(node)
    if text is None:
        constant = at.constants.get(dotted_name(node) or "")
        text = constant.value if isinstance(constant, ast.Constant) and isinstance(constant.value, str) else None
    return text is not None and _SPEC.search(text) is None


def _is_told_elsewhere(call: LogCall, at: Place) -> bool:
    handler = handler_around(at)
    if handler is None:
        return False
    return lacks_traceback(call, handler, at) or (call.has_traceback and names_error(call, handler))


def _is_standard(node: cst.Call, at: Place) -> bool:
    """True if the logger is one of the standard library's, as far as the imports tell."""
    origins = {origin.partition(".")[0] for origin in at.imports.values()}
    if "logging" not in origins or origins & set(_OTHER_STYLES):
        return False
    owner = node.func.value if isinstance(node.func, cst.Attribute) else node.func
    name = dotted_name(owner) or ""
    return "." not in name or name.startswith(("self.", "cls."))


def _arguments(node: cst.Call, call: LogCall) -> Iterator[Sighting]:
    text = string_value(call.message) if call.message is not None else None
    if text is None or any(argument.star for argument in node.args):
        return
    places = [match for match in _CONVERSION.finditer(text) if match[0] != "%%"]
    wrong = next((place[0] for place in places if place["kind"] not in _KINDS), None)
    given = len(call.values)
    if not given:
        if places and wrong is None and not any(place["key"] or " " in place[0] for place in places):
            yield Sighting(node, f"the text has places for {len(places)} and the call gives no values", Severity.MEDIUM)
        return
    if wrong is not None:
        yield Sighting(node, f"`{wrong}` is no place for a value: this entry is lost to a logging error", Severity.HIGH)
    elif not any(place["key"] for place in places):
        wanted = sum(1 + (place["width"] == "*") + (place["digits"] == "*") for place in places)
        if wanted != given and not (given == 1 and isinstance(call.values[0], cst.Dict)):
            message = f"the text has places for {wanted} and the call gives {given}: this entry is lost"
            yield Sighting(node, message, Severity.HIGH)


def _root(node: cst.Call, call: LogCall, at: Place) -> Iterator[Sighting]:
    """Report `logging.info(...)` in a module that has a logger of its own."""
    own = _own_logger(at) if call.is_root and at.function is not None else None
    if own is not None:
        yield Sighting(node, f"`{at.code(node.func)}` goes past `{own}`, the logger of this module")


def _own_logger(at: Place) -> str | None:
    for node in at.source.tree.body:
        match node:
            case ast.Assign(
                targets=[ast.Name(name)], value=ast.Call(func=ast.Attribute(attr="getLogger"), args=[_, *_])
            ):
                return name
    return None


def _extra(node: cst.Call, at: Place) -> Iterator[Sighting]:
    extra = keyword(node, "extra")
    keys: list[str] = []
    if isinstance(extra, cst.Dict):
        keys = [string_value(item.key) or "" for item in extra.elements if isinstance(item, cst.DictElement)]
    elif isinstance(extra, cst.Call) and called_name(extra) == "dict":
        keys = [argument.keyword.value for argument in extra.args if argument.keyword is not None]
    clash = next((key for key in keys if key in _OWN_FIELDS), None)
    if clash is not None and _is_standard(node, at):
        yield Sighting(
            node, f"`extra` must not hold `{clash}`: the log record has it, and KeyError is raised", Severity.HIGH
        )
