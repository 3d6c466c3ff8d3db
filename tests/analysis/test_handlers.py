"""What a handler does with its error, and what a call logs."""

from collections.abc import Iterator

import libcst as cst
import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.handlers import (
    Deed,
    caught,
    deed_of,
    dropping_action,
    error_name,
    is_broad,
    is_constant,
    lacks_traceback,
    log_call,
    remark,
)
from reviewer.analysis.place import Place
from reviewer.analysis.python import see
from reviewer.analysis.rule import PythonRule, Sighting


class Handlers(PythonRule):
    """Keeps what is known of each handler and of each call that logs."""

    informs = "debug"
    severity = Severity.INFO
    visits = (cst.ExceptHandler, cst.Call)

    def __init__(self) -> None:
        self.handlers: list[tuple[cst.ExceptHandler, Place]] = []
        self.calls: list[tuple[cst.Call, Place]] = []

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if isinstance(node, cst.ExceptHandler):
            self.handlers.append((node, at))
        if isinstance(node, cst.Call):
            self.calls.append((node, at))
        yield from ()


def looked_at(text: str) -> Handlers:
    rule = Handlers()
    list(see(ChangedFile(b"a.py", None, text.encode(), frozenset(range(1, 40)), frozenset()), [rule]))
    return rule


def handler(body: str, head: str = "except OSError as error") -> tuple[cst.ExceptHandler, Place]:
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    return looked_at(f"while True:\n  try:\n    a()\n  {head}:\n{lines}").handlers[0]


@pytest.mark.parametrize(
    ("body", "deed"),
    [
        ("raise", Deed.RAISES),
        ("if a:\n    raise Late from error", Deed.RAISES),
        ("sys.exit(1)", Deed.ENDS),
        ("parser.error(str(error))", Deed.ENDS),
        ("log.exception('no')", Deed.TELLS),
        ("log.error('no', exc_info=True)", Deed.TELLS),
        ("traceback.print_exc()", Deed.TELLS),
        ("failed.append(error)", Deed.HANDS_ON),
        ("if error.errno == 3:\n    again()", Deed.HANDS_ON),
        ("future.set_exception(sys.exc_info()[1])", Deed.HANDS_ON),
        ("log.error('no: %s', error)", Deed.LOGS),
        ("log.error(f'no: {error}')\nreturn None", Deed.LOGS),
        ("print(error)", Deed.PRINTS),
        ("total = 0", Deed.REPLACES),
        ("self.rows = []\nself.known = False", Deed.REPLACES),
        ("pass", Deed.DROPS),
        ("'''no harm'''\ncontinue", Deed.DROPS),
        ("undo()", Deed.ACTS),
        ("text = str(error)", Deed.ACTS),
        ("def later():\n    raise Late\nundo(later)", Deed.ACTS),
        ("try:\n    undo()\nexcept KeyError:\n    raise", Deed.ACTS),
    ],
)
def test_a_handler_is_known_by_what_it_says_most_of_its_error(body: str, deed: Deed) -> None:
    node, at = handler(body)

    assert deed_of(node, at) is deed


@pytest.mark.parametrize(
    ("head", "names", "is_all"),
    [
        ("except", frozenset(), True),
        ("except Exception", frozenset({"Exception"}), True),
        ("except (OSError, socket.error) as e", frozenset({"OSError", "socket.error"}), False),
    ],
)
def test_what_is_caught_is_known_by_name(head: str, names: frozenset[str], *, is_all: bool) -> None:
    node, at = handler("pass", head)

    assert caught(node, at) == names
    assert is_broad(node, at) is is_all


def test_an_error_has_the_name_it_is_given() -> None:
    assert error_name(handler("pass")[0]) == "error"
    assert error_name(handler("pass", "except OSError")[0]) is None


@pytest.mark.parametrize(("body", "action"), [("pass", "pass"), ("return None", "return None"), ("undo()", None)])
def test_a_handler_that_does_nothing_says_so(body: str, action: str | None) -> None:
    assert dropping_action(handler(body)[0]) == action


@pytest.mark.parametrize(
    "code", ["0", "-1", "None", "[]", "{'a': 1}", "set()", "DEFAULTS", "default_price", "Decimal('0')"]
)
def test_a_value_written_in_the_code_is_constant(code: str) -> None:
    assert is_constant(cst.parse_expression(code))


@pytest.mark.parametrize("code", ["a", "f()", "[a]", "{'status': 'error'}", "{'error': None}", "f'{a}'"])
def test_other_values_and_verdicts_are_not(code: str) -> None:
    assert not is_constant(cst.parse_expression(code))


@pytest.mark.parametrize(
    ("comment", "words"),
    [("# noqa: BLE001", ""), ("# another worker was faster", "another worker was faster"), ("# pragma: no cover", "")],
)
def test_a_comment_speaks_to_people_if_no_tool_wants_it(comment: str, words: str) -> None:
    node, at = handler(f"pass  {comment}")

    assert remark(node, at) == words


@pytest.mark.parametrize(
    ("text", "level", "is_root"),
    [
        ("import logging\nlogging.error('a')\n", "error", True),
        ("from logging import error\nerror('a')\n", "error", True),
        ("import logging as l\nl.log(l.INFO, 'a')\n", "log", True),
        ("self._logger.warning('a')\n", "warning", False),
        ("import logging\nlogging.getLogger('a').info('a')\n", "info", False),
    ],
)
def test_a_call_that_logs_is_known_by_its_logger(text: str, level: str, *, is_root: bool) -> None:
    found = [call for node, at in looked_at(text).calls if (call := log_call(node, at)) is not None]

    assert [(call.level, call.is_root) for call in found] == [(level, is_root)]
    assert isinstance(found[0].message, cst.SimpleString)


@pytest.mark.parametrize("text", ["math.log(3)\n", "import os as logging\nlogging.error('a')\n", "window.error('a')\n"])
def test_other_calls_of_that_name_do_not_log(text: str) -> None:
    assert [log_call(node, at) for node, at in looked_at(text).calls] == [None]


@pytest.mark.parametrize(
    ("head", "body", "lacks"),
    [
        ("except Exception", "log.error('no')", True),
        ("except Exception", "log.warning('no')", True),
        ("except Exception as error", "log.error('no: %s', error)", True),
        ("except OSError", "log.error('no')", True),
        ("except OSError", "log.warning('no')", False),
        ("except OSError as error", "log.error('no: %s', error)", False),
        ("except Exception", "log.exception('no')", False),
        ("except Exception", "log.error('no')\nraise", False),
    ],
)
def test_a_traceback_is_missed_where_nothing_else_tells_the_cause(head: str, body: str, *, lacks: bool) -> None:
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    seen = looked_at(f"try:\n    pass\n{head}:\n{lines}")
    node, at = seen.handlers[0]
    call = log_call(*seen.calls[0])

    assert call is not None
    assert lacks_traceback(call, node, at) is lacks
