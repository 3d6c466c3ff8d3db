from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.handlers import BROAD, error_name, handler_around, is_broad
from reviewer.analysis.place import Place, dotted_name
from reviewer.analysis.rule import Example, PythonRule, Sighting

# They end something rather than report an error: nobody reads what they came from.
_ENDINGS = frozenset(
    {"SystemExit", "KeyboardInterrupt", "StopIteration", "StopAsyncIteration", "GeneratorExit", "Http404"}
    | {"typer.Exit", "typer.Abort", "click.Abort", "click.exceptions.Exit", "SkipTest", "unittest.SkipTest"}
)


class ExceptionChaining(PythonRule):
    """An error raised in a handler does not say which one it comes from.

    Why look: the log will show two errors side by side, as if the handler itself had failed.
    Ask: is the first error the cause (`from error`), or better left out (`from None`)?
    """

    informs = "debug"
    severity = Severity.LOW
    words = ("except",)
    visits = (cst.Raise,)

    INVALID = (
        Example("try:\n    price = float(text)\nexcept ValueError:\n    raise PriceError(text)\n"),
        Example("try:\n    ship(order)\nexcept OSError as error:\n    raise ShipError(f'not sent: {error}')\n"),
        Example("try:\n    ship(order)\nexcept OSError:\n    raise ShipError\n"),
        Example("try:\n    ship(order)\nexcept* OSError:\n    raise shop.ShipError('not sent')\n"),
        Example("try:\n    ship(order)\nexcept OSError:\n    if strict:\n        raise ShipError('not sent')\n"),
        Example(
            "def get(key):\n    try:\n        return rows[key]\n    except KeyError:\n"
            "        raise HTTPException(status_code=404, detail='no such order')\n"
        ),
    )
    VALID = (
        Example("try:\n    price = float(text)\nexcept ValueError as error:\n    raise PriceError(text) from error\n"),
        Example("try:\n    price = float(text)\nexcept ValueError:\n    raise PriceError(text) from None\n"),
        Example("try:\n    ship(order)\nexcept OSError:\n    raise\n"),
        Example("try:\n    ship(order)\nexcept OSError as error:\n    raise error\n"),
        Example("try:\n    ship(order)\nexcept OSError as error:\n    raise error.with_traceback(None)\n"),
        Example(
            "try:\n    ship(order)\nexcept OSError:\n    def again():\n        raise ShipError\n    later(again)\n"
        ),
        Example("try:\n    ship(order)\nexcept OSError:\n    failure = ShipError()\n    raise failure\n"),
        Example("try:\n    ship(order)\nexcept OSError:\n    raise SystemExit(1)\n"),
        Example(
            "def __next__(self):\n    try:\n        return self.tea[0]\n    except IndexError:\n"
            "        raise StopIteration\n"
        ),
        Example(
            "def __getattr__(self, name):\n    try:\n        return self.rows[name]\n"
            "    except KeyError:\n        raise AttributeError(name)\n"
        ),
        Example("try:\n    ship(order)\nfinally:\n    raise ShipError\n"),
        Example("try:\n    ship()\nexcept OSError:\n    raise ShipError\n", path="tests/test_ship.py"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Raise) or node.exc is None or node.cause is not None or at.file.is_test:
            return
        handler = handler_around(at)
        raised = node.exc.func if isinstance(node.exc, cst.Call) else node.exc
        if handler is None or not _is_new_error(raised, error_name(handler), at):
            return
        caught = f"`{error_name(handler)}`" if handler.name is not None else "the error it comes from"
        message = f"`{at.code(raised)}` is raised in a handler without `from`: {caught} is not its cause"
        # What a named error was is plain from the handler; of all errors, only the cause can tell.
        yield Sighting(node, message, Severity.LOW if is_broad(handler, at) else Severity.INFO)


def _is_new_error(raised: cst.BaseExpression, caught: str | None, at: Place) -> bool:
    name = dotted_name(raised)
    if name is None or name.partition(".")[0] == caught or name.islower():
        return False
    resolved = at.name(raised) or name
    # broad-except speaks about errors without a type of their own.
    if resolved in _ENDINGS or resolved.rpartition(".")[2] in _ENDINGS or resolved in BROAD:
        return False
    is_lookup = at.function is not None and at.function.name.value.startswith("__get")
    return not (is_lookup and resolved in ("AttributeError", "KeyError", "IndexError"))
