import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.guards import handlers_around
from reviewer.analysis.handlers import handler_around
from reviewer.analysis.place import Place, keyword, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import called_name, template_of

# Types that say nothing by themselves.
_PLAIN = frozenset({"ValueError", "TypeError", "RuntimeError", "OSError", "IOError", "LookupError", "ArithmeticError"})
_ANSWERS = frozenset({"HTTPException", "abort", "HttpResponseBadRequest", "HttpResponseServerError", "APIException"})
_CORE = frozenset(
    {"error", "errors", "fail", "failed", "failure", "fails", "invalid", "wrong", "bad", "exception", "problem", "oops"}
    | {"unexpected", "unknown", "issue", "incorrect", "illegal", "unsuccessful", "denied", "unable", "cannot", "broken"}
)
_FILLING = frozenset(
    {"an", "a", "the", "is", "was", "has", "some", "something", "went", "occurred", "occured", "happened", "internal"}
    | {"server", "input", "inputs", "value", "values", "data", "request", "operation", "argument", "arguments", "sorry"}
    | {
        "parameter",
        "parameters",
        "please",
        "try",
        "again",
        "later",
        "process",
        "processing",
        "could",
        "not",
        "be",
        "it",
    }
    | {"there", "to", "with", "while", "during", "general", "generic", "type", "state", "format", "in", "this", "call"}
)
_WORD = regex(r"[a-z]+")


class VagueErrorMessage(PythonRule):
    """An error is raised that does not say what was wrong.

    Why look: whoever reads "invalid input" in a log must first find out which input, and of whom.
    Ask: which value was it, and what would have been right?
    """

    informs = "debug"
    severity = Severity.LOW
    words = ("raise", "abort(", "HttpResponse")
    visits = (cst.Raise, cst.Call)

    INVALID = (
        Example("def ship(order):\n    if not order:\n        raise ValueError('Invalid input')\n"),
        Example("def ship(order):\n    raise RuntimeError('Something went wrong')\n"),
        Example("def ship(order):\n    raise ValueError('')\n"),
        Example("def ship(order):\n    raise ValueError()\n"),
        Example("def ship(order):\n    raise OrderError('Error')\n"),
        Example("def get(n):\n    raise HTTPException(status_code=500, detail='Internal server error')\n"),
        Example("from flask import abort\n\ndef get(n):\n    abort(400, 'Bad request')\n"),
        Example('def ship(order):\n    raise TypeError("An unexpected error occurred.") from None\n'),
    )
    VALID = (
        Example("def ship(order):\n    raise ValueError(f'Invalid input: {order!r}')\n"),
        Example("def ship(order):\n    raise ValueError('invalid order number')\n"),
        Example("def ship(order):\n    raise OutOfStock()\n"),
        Example("def ship(order):\n    raise NotImplementedError\n"),
        Example("def ship(order):\n    raise ValueError\n"),
        Example("def ship(order):\n    raise ValueError('failed: %s' % order)\n"),
        Example("def ship(order):\n    raise ValueError(order)\n"),
        Example("def ship(order):\n    raise ValueError('Invalid value', order)\n"),
        Example(
            "def n(t):\n    try:\n        if not t:\n            raise ValueError\n"
            "    except ValueError:\n        return 0\n"
        ),
        Example("def n(t):\n    raise Exception('error')\n"),  # broad-except speaks about this one
        Example("def test_it():\n    raise ValueError('error')\n", path="tests/test_it.py"),
        Example("def get(n):\n    raise HTTPException(status_code=404)\n"),
        Example("try:\n    ship()\nexcept OSError:\n    raise ValueError('failed')\n"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test:
            return
        if isinstance(node, cst.Raise):
            # Where the cause is lost too, exception-chaining speaks.
            if node.cause is not None or handler_around(at) is None:
                yield from _raise(node, at)
        elif isinstance(node, cst.Call) and called_name(node) in _ANSWERS and not isinstance(at.parent, cst.Raise):
            yield from _answer(node)


def _raise(node: cst.Raise, at: Place) -> Iterator[Sighting]:
    if isinstance(node.exc, cst.Call):
        if called_name(node.exc) in _ANSWERS:
            yield from _answer(node.exc)
        elif at.name(node.exc.func) not in ("Exception", "BaseException"):
            yield from _message(node, node.exc, at)


def _message(node: cst.Raise, call: cst.Call, at: Place) -> Iterator[Sighting]:
    name = at.code(call.func)
    if not call.args:
        if name in _PLAIN and not _is_caught_here(name, at):
            yield Sighting(node, f"`{name}` is raised without a word about what was wrong")
    elif len(call.args) == 1 and (said := _vague(call.args[0].value)) is not None:
        yield Sighting(node, f"{said!r} does not say which value was wrong, nor why")


def _answer(call: cst.Call) -> Iterator[Sighting]:
    values = positional(call)
    text = keyword(call, "detail") or keyword(call, "description") or (values[-1] if values else None)
    said = _vague(text) if text is not None else None
    if said:
        yield Sighting(call, f"{said!r} does not say what was wrong with the request")


def _is_caught_here(name: str, at: Place) -> bool:
    """True if the function itself catches the error: it is a jump, and nobody will read it."""
    return any(kind is None or at.name(kind) in (name, "Exception") for kind in handlers_around(at, at.parent))


def _vague(node: cst.BaseExpression) -> str | None:
    """Return a text that holds no value and no word beyond the usual ones."""
    template = template_of(node)
    if template is None or template.values or re.search(r"%\(?\w|\{|\d", template.text):
        return None
    words = _WORD.findall(template.text.lower())
    is_vague = set(words) <= _CORE | _FILLING and (not words or bool(set(words) & _CORE))
    return template.text.strip() if is_vague else None
