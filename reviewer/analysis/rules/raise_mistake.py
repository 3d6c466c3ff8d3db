import ast
import builtins
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.guards import handlers_around
from reviewer.analysis.handlers import run_nodes
from reviewer.analysis.place import Place, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.source import nodes_in

_NO_ERRORS = (cst.BaseNumber, cst.BaseString, cst.Tuple, cst.List, cst.Dict, cst.Set, cst.Lambda, cst.Comparison)
_ENDLESS = frozenset({"itertools.count", "itertools.cycle", "itertools.repeat"})
_CALLED_IN_HANDLERS = regex(r"\w*(raise|handle|error|exc|fail|__exit__|__aexit__)\w*")
_PLACEHOLDER = regex(r"%[sdrifx]|%\(\w+\)s|(?<!\{)\{(\w*|\w+![rs])\}(?!\})")


class RaiseMistake(PythonRule):
    """An error is raised that is none, or raised in a way that ends in another error.

    Why look: instead of the error that is meant, the program raises TypeError or RuntimeError, or none at all.
    Ask: has anybody seen this line run?
    """

    informs = "correctness"
    severity = Severity.HIGH
    cwe = 703
    words = ("raise", "assert", "next(", "Error(", "Exception(")
    visits = (cst.Raise, cst.Assert, cst.Call, cst.Expr)

    INVALID = (
        Example("def ship(order):\n    raise 'no such order'\n"),
        Example("def ship(order):\n    raise f'no such order: {order}'\n"),
        Example("def ship(order):\n    raise NotImplemented\n"),
        Example("def ship(order):\n    raise NotImplemented('later')\n"),
        Example("def ship(order):\n    raise (ValueError, order)\n"),
        Example("def ship(order):\n    raise None\n"),
        Example("def ship(order):\n    raise dict\n"),
        Example("class Late:\n    pass\n\ndef ship(order):\n    raise Late()\n"),
        Example("def ship(order):\n    raise ValueError(order) from 'the shop'\n"),
        Example("def ship(order):\n    if not order:\n        raise\n"),
        Example("try:\n    ship()\nfinally:\n    raise\n"),
        Example("def ship(order):\n    if not order:\n        ValueError('no order')\n    send(order)\n"),
        Example("def orders():\n    yield 1\n    raise StopIteration\n"),
        Example("def firsts(rows):\n    for row in rows:\n        yield next(row)\n"),
        Example("def ship(order):\n    raise ValueError('no such order: %s', order)\n"),
        Example("def ship(order):\n    assert False, 'unreachable'\n"),
    )
    VALID = (
        Example("def ship(order):\n    raise ValueError('no such order')\n"),
        Example("def ship(order):\n    raise NotImplementedError\n"),
        Example("class Late(ShopError):\n    pass\n\ndef ship(order):\n    raise Late(order)\n"),
        Example("try:\n    ship()\nexcept OSError:\n    if loud:\n        raise\n"),
        Example("try:\n    ship()\nexcept OSError:\n    try:\n        undo()\n    finally:\n        raise\n"),
        Example("class Shop:\n    def __exit__(self, *args):\n        raise\n"),
        Example("def handle_failure():\n    log()\n    raise\n"),
        Example("def ship(order):\n    error = ValueError('no order')\n    return error\n"),
        Example("class Rows:\n    def __next__(self):\n        raise StopIteration\n"),
        Example("def orders(rows):\n    yield next(rows, None)\n"),
        Example(
            "def orders(rows):\n    while True:\n        try:\n            row = next(rows)\n"
            "        except StopIteration:\n            return\n        yield row\n"
        ),
        Example(
            "import itertools\n\ndef ids():\n    numbers = itertools.count()\n    while True:\n"
            "        yield next(numbers)\n"
        ),
        Example("def ship(order):\n    raise ValueError('no such order: %s' % order)\n"),
        Example("def ship(order):\n    raise ShopError('no such order', order)\n"),
        Example("def test_it():\n    assert False\n", path="tests/test_it.py"),
        Example("def ship(kind, error):\n    raise kind from error\n"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if isinstance(node, cst.Raise):
            yield from _bare(node, at) if node.exc is None else _raise(node, node.exc, at)
        elif isinstance(node, cst.Assert):
            if isinstance(node.test, cst.Name) and node.test.value == "False" and not at.file.is_test:
                severity = Severity.LOW if node.msg is None else Severity.INFO
                yield Sighting(node, "`assert False` does nothing under `python -O`: raise an error", severity)
        elif isinstance(node, cst.Call):
            yield from _next(node, at)
        elif isinstance(node, cst.Expr) and isinstance(node.value, cst.Call):
            name = at.name(node.value.func) or ""
            if _is_builtin_error(name) and not at.file.is_test:
                yield Sighting(node, f"`{name}` is made here but not raised")


def _raise(node: cst.Raise, raised: cst.BaseExpression, at: Place) -> Iterator[Sighting]:
    what = raised.func if isinstance(raised, cst.Call) else raised
    name = at.name(what) or ""
    if name == "NotImplemented":
        yield Sighting(node, "`NotImplemented` is no exception; `NotImplementedError` is")
    elif isinstance(raised, _NO_ERRORS) or name in ("None", "True", "False") or _is_no_error(name, at):
        yield Sighting(node, f"`{at.code(raised)}` is no exception: raising it ends in TypeError")
    elif node.cause is not None and isinstance(node.cause.item, _NO_ERRORS):
        yield Sighting(node, f"`{at.code(node.cause.item)}` is no exception: it cannot be the cause of one")
    elif _is_stop(name, at) and _is_generator(at):
        yield Sighting(node, f"`{name}` raised in a generator becomes RuntimeError: `return` ends it")
    elif isinstance(raised, cst.Call) and _has_unfilled_places(raised, name):
        message = f"`{name}` does not put the values into its message: that is left to `%` or an f-string"
        yield Sighting(node, message, Severity.MEDIUM)


def _is_builtin_error(name: str) -> bool:
    kind = getattr(builtins, name, None)
    return isinstance(kind, type) and issubclass(kind, BaseException) and not issubclass(kind, Warning)


def _is_no_error(name: str, at: Place) -> bool:
    """True for a builtin that is no error and for a class of this file that has no base."""
    if "." in name or name in at.imports:
        return False
    here = [node for node in at.source.tree.body if isinstance(node, ast.ClassDef) and node.name == name]
    if here:
        bases = [base.id if isinstance(base, ast.Name) else "" for base in here[0].bases]
        return len(here) == 1 and not here[0].keywords and not here[0].decorator_list and set(bases) <= {"object"}
    found = getattr(builtins, name, None)
    is_error = isinstance(found, type) and issubclass(found, BaseException)
    return found is not None and not is_error and not _is_bound_here(name, at)


def _is_bound_here(name: str, at: Place) -> bool:
    return any(isinstance(node, ast.arg) and node.arg == name for node in nodes_in(at.source.tree)) or any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
        for node in nodes_in(at.source.tree)
    )


def _bare(node: cst.Raise, at: Place) -> Iterator[Sighting]:
    for parent in reversed(at.parents):
        if isinstance(parent, (cst.ExceptHandler, cst.ExceptStarHandler)):
            return
        if isinstance(parent, cst.FunctionDef):
            if _CALLED_IN_HANDLERS.fullmatch(parent.name.value) is None:
                yield Sighting(node, "`raise` stands in no handler: there is no error to raise again", Severity.MEDIUM)
            return
        if isinstance(parent, cst.ClassDef):
            break
    yield Sighting(node, "`raise` stands in no handler: there is no error to raise again")


def _is_stop(name: str, at: Place) -> bool:
    if name == "StopIteration":
        return True
    here = (node for node in at.source.tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    return any(isinstance(base, ast.Name) and base.id == "StopIteration" for kind in here for base in kind.bases)


def _is_generator(at: Place) -> bool:
    function = at.function
    return function is not None and any(isinstance(node, cst.Yield) for node in run_nodes(function.body))


def _next(call: cst.Call, at: Place) -> Iterator[Sighting]:
    """Report `yield next(rows)`: where `rows` ends first, the generator breaks off with RuntimeError."""
    if not isinstance(call.func, cst.Name) or call.func.value != "next" or len(call.args) != 1 or at.file.is_test:
        return
    if not isinstance(at.parent, cst.Yield) or not _is_generator(at) or _is_bound_here("next", at):
        return
    if any(kind is None or at.name(kind) in ("StopIteration", "Exception") for kind in handlers_around(at, call)):
        return
    text = at.code(at.function) if at.function is not None else ""
    if any(f"{part}(" in text for name in _ENDLESS for part in (name, name.rpartition(".")[2])):
        return
    yield Sighting(
        call, f"`{at.code(call)}` at the end of its rows ends this generator with RuntimeError", Severity.LOW
    )


def _has_unfilled_places(call: cst.Call, name: str) -> bool:
    if len(call.args) < 2 or any(argument.keyword or argument.star for argument in call.args):
        return False
    text = string_value(call.args[0].value)
    return _is_builtin_error(name) and text is not None and _PLACEHOLDER.search(text) is not None
