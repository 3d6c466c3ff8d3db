"""What an `except` handler does with the error it caught: drops it, puts a constant in its place, logs it, hands it on.

Several rules look at handlers. Each speaks about deeds that no other speaks about, so that one handler gets one flag.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import libcst as cst

from reviewer.analysis.nodes import children
from reviewer.analysis.place import Place, dotted_name, has_double_star, keyword, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.template import called_name

Handler = cst.ExceptHandler | cst.ExceptStarHandler

BROAD = frozenset({"Exception", "BaseException", "builtins.Exception", "builtins.BaseException"})
GRAVE = frozenset({"error", "critical", "fatal"})

_LEVELS = frozenset(
    {"debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log", "trace", "success"}
)
_LOGGER = regex(r"_*(\w+_)?(log|logger|logging|loguru|console_log)_*", re.IGNORECASE)
_LOGGER_MAKERS = frozenset({"getLogger", "get_logger", "getChild", "bind", "opt", "get_task_logger", "getAdapter"})
_PRINTERS = frozenset({"print", "pprint", "echo", "secho", "write", "writelines", "warn", "flash", "print_error"})
# These write down the traceback, or hand the error to a service that does.
_TELLERS = frozenset(
    {"print_exc", "format_exc", "print_exception", "format_exception", "exc_info", "capture_exception", "excepthook"}
    | {"record_exception", "report_exception", "log_exception", "handle_exception", "report_exc_info", "handleError"}
    | {"print_stack", "capture_message", "notice_error", "notify_exception", "showtraceback"}
)
_TAKERS = frozenset({"set_exception", "set_exc_info", "throw", "athrow", "with_traceback", "call_exception_handler"})
_ENDINGS = frozenset({"sys.exit", "os._exit", "os.abort", "exit", "quit", "pytest.fail", "pytest.skip", "pytest.exit"})
_ENDING_METHODS = regex(r"(parser|ctx|context|self|cli|command)\.(error|exit|fail|skipTest|abort)")
_TEXT_OF = frozenset({"str", "repr", "type", "format", "len", "isinstance", "getattr", "hasattr", "bool", "unicode"})
_EMPTY = frozenset({"list", "dict", "set", "tuple", "frozenset", "str", "int", "float", "bytes", "Decimal"})
_EMPTY_TOO = frozenset({"OrderedDict", "defaultdict", "DataFrame", "Series", "deque", "Counter"})
_DEFAULT = regex(r"_?(\w+_)?(default|fallback)(_\w+)?")
_VERDICT = regex(r"(has_)?(error|errors|success|ok|status|reason|message|detail|code|fail\w*|valid|healthy)")


class Deed(Enum):
    """Ordered by what is said of the error, most first."""

    RAISES = "raises"
    ENDS = "ends the process"
    TELLS = "logs with the traceback"
    HANDS_ON = "gives the error to somebody"
    LOGS = "logs without the traceback"
    PRINTS = "prints"
    REPLACES = "puts a constant in its place"
    DROPS = "drops"
    ACTS = "does something else"


@dataclass(frozen=True, slots=True)
class LogCall:
    """`message` is what is logged, None if the call has none in sight; `is_root` for `logging.error(...)`."""

    level: str
    message: cst.BaseExpression | None
    values: tuple[cst.BaseExpression, ...]
    is_root: bool
    has_traceback: bool


def deed_of(handler: Handler, at: Place) -> Deed:
    """Return what the handler does; of several deeds, the one that says most of the error."""
    nodes = list(run_nodes(handler.body))
    if any(isinstance(node, cst.Raise) for node in _run_here(handler.body)):
        return Deed.RAISES
    calls = [node for node in nodes if isinstance(node, cst.Call)]
    if any(_ends_the_process(call, at) for call in calls):
        return Deed.ENDS
    if any(called_name(call) in _TAKERS for call in calls):
        return Deed.HANDS_ON
    if any(tells_all(call, at) for call in calls):
        return Deed.TELLS
    if _hands_on(handler):
        return Deed.HANDS_ON
    if any(log_call(call, at) is not None for call in calls):
        return Deed.LOGS
    if any(_is_printer(call) for call in calls):
        return Deed.PRINTS
    if dropping_action(handler) is not None:
        return Deed.DROPS
    return Deed.REPLACES if replacement(handler) is not None else Deed.ACTS


def caught(handler: Handler, at: Place) -> frozenset[str]:
    """Return the resolved names of what is caught; nothing for a bare `except`."""
    if handler.type is None:
        return frozenset()
    return frozenset(at.name(kind) or at.code(kind) for kind in kinds(handler.type))


def kinds(kind: cst.BaseExpression) -> Sequence[cst.BaseExpression]:
    """Return the members of a tuple of exceptions, or the one there is."""
    if not isinstance(kind, cst.Tuple):
        return [kind]
    members: list[cst.BaseExpression] = []
    todo = list(reversed(kind.elements))
    while todo:
        element = todo.pop()
        if isinstance(element, cst.StarredElement) and isinstance(element.value, cst.Tuple):
            todo.extend(reversed(element.value.elements))
        else:
            members.append(element.value)
    return members


def is_broad(handler: Handler, at: Place) -> bool:
    """True if the handler catches every error there is, named or not."""
    return handler.type is None or bool(caught(handler, at) & BROAD)


def error_name(handler: Handler) -> str | None:
    """Return `error` for `except OSError as error`."""
    name = handler.name.name if handler.name is not None else None
    return name.value if isinstance(name, cst.Name) else None


def small_statements(body: cst.BaseSuite) -> Iterator[cst.CSTNode]:
    """Yield the statements of a block, those that share a line one by one."""
    for statement in body.body:
        if isinstance(statement, cst.SimpleStatementLine):
            yield from statement.body
        else:
            yield statement


def dropping_action(handler: Handler) -> str | None:
    """Return the last word of a handler that does nothing at all: `pass`, `return None`."""
    said = None
    for statement in small_statements(handler.body):
        match statement:
            case cst.Pass() | cst.Continue() | cst.Break():
                said = type(statement).__name__.lower()
            case cst.Expr(value=cst.Ellipsis()):
                said = "..."
            case cst.Expr(value=cst.SimpleString() | cst.ConcatenatedString() | cst.Name() | cst.BaseNumber()):
                said = said or "pass"
            case cst.Del():
                said = said or "del"
            case cst.Return(value=None):
                said = "return"
            case cst.Return(value=cst.Name("None")):
                said = "return None"
            case cst.Expr(value=cst.Call() as call) if is_undone(call):
                continue
            case _:
                return None
    return said


def is_undone(call: cst.Call) -> bool:
    """True for `session.rollback()`, which tells nobody either."""
    return called_name(call) == "rollback" and not call.args


def replacement(handler: Handler) -> cst.CSTNode | None:
    """Return the statement that puts a constant in the place of what failed, if the handler does nothing else."""
    found: cst.CSTNode | None = None
    for statement in small_statements(handler.body):
        match statement:
            case (
                cst.Pass() | cst.Continue() | cst.Break() | cst.Return(value=None) | cst.Expr(value=cst.SimpleString())
            ):
                continue
            case cst.Expr(value=cst.Call() as call) if is_undone(call):
                continue
            case cst.Return(value=value) | cst.Assign(value=value) | cst.AnnAssign(value=value):
                found = statement
            case cst.Expr(value=cst.Yield(value=value)):
                found = statement
            case _:
                return None
        if not isinstance(value, cst.BaseExpression) or not is_constant(value):
            return None
    return found


def is_constant(node: cst.BaseExpression) -> bool:
    """True for literals, empty collections, names in capitals and those that say they are a default.

    A dictionary that says how it went is no constant: whoever gets it learns of the failure.
    """
    match node:
        case cst.BaseNumber() | cst.SimpleString() | cst.ConcatenatedString():
            return True
        case cst.UnaryOperation(expression=inner):
            return is_constant(inner)
        case cst.Name() | cst.Attribute():
            name = (dotted_name(node) or "").rpartition(".")[2]
            return name in ("None", "True", "False") or name.isupper() or _DEFAULT.fullmatch(name) is not None
        case cst.List() | cst.Tuple() | cst.Set():
            return all(is_constant(element.value) for element in node.elements)
        case cst.Dict():
            return not _is_verdict(node) and all(is_constant(element.value) for element in node.elements)
        case cst.Call():
            name = called_name(node)
            return name in _EMPTY | _EMPTY_TOO and all(is_constant(argument.value) for argument in node.args)
        case _:
            return False


def log_call(call: cst.Call, at: Place) -> LogCall | None:
    """Return what a call logs, by the names people give to loggers and by the import of `logging`."""
    level = called_name(call)
    if level not in _LEVELS:
        return None
    resolved = at.name(call.func) or ""
    is_root = resolved == f"logging.{level}" and at.is_imported(call.func)
    if not is_root and not (isinstance(call.func, cst.Attribute) and _is_logger(call.func.value, at)):
        return None
    values = positional(call)
    message_at = 1 if level == "log" else 0
    message = values[message_at] if len(values) > message_at else keyword(call, "msg")
    given = keyword(call, "exc_info")
    is_given = given is not None and not (isinstance(given, cst.Name) and given.value in ("False", "None"))
    return LogCall(level, message, values[message_at + 1 :], is_root, level == "exception" or is_given)


def handler_around(at: Place) -> Handler | None:
    """Return the handler that runs the node at this place."""
    for parent in reversed(at.parents):
        if isinstance(parent, (cst.ExceptHandler, cst.ExceptStarHandler)):
            return parent
        if isinstance(parent, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
            return None
    return None


def lacks_traceback(call: LogCall, handler: Handler, at: Place) -> bool:
    """True for the gravest thing a handler of everything logs, and for an expected error that is not even named."""
    if deed_of(handler, at) is not Deed.LOGS:
        return False
    if is_broad(handler, at):
        # `except BaseException` and a bare `except` have rules of their own.
        is_plain = handler.type is not None and not any(name.endswith("BaseException") for name in caught(handler, at))
        return is_plain and (call.level in GRAVE or not _logs_gravely(handler, at))
    return call.level in GRAVE and not names_error(call, handler)


def names_error(call: LogCall, handler: Handler) -> bool:
    """True if the error itself, not only one of its attributes, is part of what is logged."""
    name = error_name(handler)
    stack: list[cst.CSTNode] = [*call.values, *([call.message] if call.message is not None else [])]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Name) and node.value == name:
            return True
        if not isinstance(node, cst.Attribute):
            stack.extend([node.value] if isinstance(node, cst.Arg) else children(node))
    return False


def tells_all(call: cst.Call, at: Place) -> bool:
    """True if the call writes the traceback down or gives the error to a service that does."""
    name = called_name(call)
    if name in _TELLERS:
        return True
    if name == "opt":
        return keyword(call, "exception") is not None
    logs = log_call(call, at)
    if logs is None:
        return name == "exception" and isinstance(call.func, cst.Attribute)
    return logs.has_traceback or has_double_star(call)


def run_nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield what runs when the node runs, in order: not the bodies of functions and classes defined in it."""
    stack = [node]
    while stack:
        node = stack.pop()
        if isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.Lambda)):
            continue
        yield node
        stack.extend(reversed(children(node)))


def remark(handler: Handler, at: Place) -> str:
    """Return what a comment in the handler says to its reader; directives for tools say nothing."""
    said = [line.partition("#")[2] for line in at.chunk.code_for_node(handler).splitlines() if "#" in line]
    words = re.sub(r"#?\s*(noqa|pylint|type|nosec|pragma|pyright|mypy)\b(:\s*[\w, =\-\[\]]*)?", " ", " # ".join(said))
    return words.strip(" #-")


def block_around(at: Place) -> str:
    """Return the block the handler guards, where that is one short line."""
    if not isinstance(at.parent, (cst.Try, cst.TryStar)):
        return ""
    guarded = at.code(at.parent.body)
    return f" after `{guarded}`" if "\n" not in guarded and len(guarded) <= 40 else ""


def _run_here(body: cst.BaseSuite) -> Iterator[cst.CSTNode]:
    """Yield what runs with this error in hand: not in handlers of another one."""
    stack: list[cst.CSTNode] = [body]
    while stack:
        node = stack.pop()
        if not isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.Lambda, cst.ExceptHandler, cst.ExceptStarHandler)):
            yield node
            stack.extend(reversed(children(node)))


def _ends_the_process(call: cst.Call, at: Place) -> bool:
    return at.name(call.func) in _ENDINGS or _ENDING_METHODS.fullmatch(dotted_name(call.func) or "") is not None


def _is_logger(owner: cst.BaseExpression, at: Place) -> bool:
    if isinstance(owner, cst.Call):
        return called_name(owner) in _LOGGER_MAKERS
    name = at.name(owner) or ""
    return _LOGGER.fullmatch(name.rpartition(".")[2]) is not None


def _is_printer(call: cst.Call) -> bool:
    return called_name(call) in _PRINTERS or _LOGGER.fullmatch(called_name(call)) is not None


def _logs_gravely(handler: Handler, at: Place) -> bool:
    calls = (log_call(node, at) for node in run_nodes(handler.body) if isinstance(node, cst.Call))
    return any(call is not None and call.level in GRAVE for call in calls)


def _hands_on(handler: Handler) -> bool:
    """True if the error itself, not only its text, is given to somebody, kept or looked into."""
    name = error_name(handler)
    stack: list[cst.CSTNode] = [handler.body]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Name) and name is not None and node.value == name:
            return True
        if isinstance(node, cst.Call) and (called_name(node) in _TEXT_OF | _LEVELS or _is_printer(node)):
            continue
        if isinstance(node, (cst.FormattedString, cst.BinaryOperation)):
            continue
        stack.extend([node.value] if isinstance(node, (cst.Arg, cst.Attribute)) else children(node))
    return False


def _is_verdict(node: cst.Dict) -> bool:
    keys = [element.key for element in node.elements if isinstance(element, cst.DictElement)]
    words = [key.evaluated_value for key in keys if isinstance(key, cst.SimpleString)]
    return any(isinstance(word, str) and _VERDICT.fullmatch(word.lower()) for word in words)
