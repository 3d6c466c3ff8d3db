import ast
import builtins
from collections.abc import Iterator, Mapping, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.handlers import Handler, error_name, kinds, small_statements
from reviewer.analysis.place import Place
from reviewer.analysis.raised import is_known, may_be, raised
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, PythonRule, Sighting
from reviewer.analysis.source import Source
from reviewer.analysis.tree import full_name, head_line, quote, tree_of

_PARENTS: Mapping[str, str] = {
    "asyncio.TimeoutError": "TimeoutError",
    "binascii.Error": "ValueError",
    "concurrent.futures.TimeoutError": "TimeoutError",
    "http.client.RemoteDisconnected": "ConnectionResetError",
    "httpx.ConnectError": "httpx.HTTPError",
    "httpx.HTTPStatusError": "httpx.HTTPError",
    "httpx.RequestError": "httpx.HTTPError",
    "httpx.TimeoutException": "httpx.RequestError",
    "json.JSONDecodeError": "ValueError",
    "json.decoder.JSONDecodeError": "ValueError",
    "os.error": "OSError",
    "requests.ConnectionError": "requests.RequestException",
    "requests.HTTPError": "requests.RequestException",
    "requests.RequestException": "OSError",
    "requests.Timeout": "requests.RequestException",
    "requests.exceptions.ConnectionError": "requests.exceptions.RequestException",
    "requests.exceptions.HTTPError": "requests.exceptions.RequestException",
    "requests.exceptions.RequestException": "OSError",
    "requests.exceptions.Timeout": "requests.exceptions.RequestException",
    "select.error": "OSError",
    "shutil.Error": "OSError",
    "smtplib.SMTPException": "OSError",
    "socket.error": "OSError",
    "socket.gaierror": "OSError",
    "socket.timeout": "TimeoutError",
    "ssl.SSLError": "OSError",
    "subprocess.CalledProcessError": "subprocess.SubprocessError",
    "subprocess.TimeoutExpired": "subprocess.SubprocessError",
    "urllib.error.HTTPError": "urllib.error.URLError",
    "urllib.error.URLError": "OSError",
}
# Other names of the same error.
_SAME = {"os.error": "OSError", "socket.error": "OSError", "select.error": "OSError", "socket.timeout": "TimeoutError"}
# Errors that people mix up; others may come from where nobody looks.
_COMMON = frozenset({"ValueError", "KeyError", "IndexError", "LookupError", "ZeroDivisionError", "AttributeError"}) | {
    "FileNotFoundError",
    "TypeError",
    "StopIteration",
}
_NEVER_CAUGHT = (cst.BaseNumber, cst.BaseString, cst.Dict, cst.Set, cst.List, cst.Comparison, cst.Lambda)


class UselessHandler(PythonRule, ModuleRule):
    """A handler never runs, catches nothing, or only raises the error again.

    Why look: it reads as if the error were dealt with, but the program does the same without it.
    Ask: which error was meant, and what should happen to it?
    """

    informs = "debug"
    severity = Severity.MEDIUM
    cwe = 561
    words = ("except",)
    visits = (cst.Try, cst.TryStar)

    INVALID = (
        Example("try:\n    ship(order)\nexcept OSError:\n    raise\n"),
        Example("try:\n    ship(order)\nexcept OSError as error:\n    raise error\n"),
        Example("try:\n    ship(order)\nexcept KeyError:\n    skip()\nexcept Exception:\n    raise\n"),
        Example("try:\n    ship()\nexcept OSError:\n    log()\nexcept FileNotFoundError:\n    create()\n"),
        Example("try:\n    ship()\nexcept ValueError:\n    log()\nexcept ValueError:\n    skip()\n"),
        Example("try:\n    ship()\nexcept (OSError, IOError):\n    log()\n"),
        Example("try:\n    ship()\nexcept (ValueError, UnicodeError):\n    log()\n"),
        Example("import json\n\ntry:\n    ship()\nexcept (ValueError, json.JSONDecodeError):\n    log()\n"),
        Example("try:\n    ship()\nexcept OSError or ValueError:\n    log()\n"),
        Example("try:\n    ship()\nexcept ():\n    log()\n"),
        Example("try:\n    ship()\nexcept 'OSError':\n    log()\n"),
        Example("try:\n    ship()\nexcept [OSError, ValueError]:\n    log()\n"),
        Example("try:\n    ship()\nexcept (OSError, (ValueError, KeyError)):\n    log()\n"),
        Example("try:\n    ship()\nexcept* OSError == 3:\n    log()\n"),
        Example("try:\n    ship()\nexcept dict:\n    log()\n"),
        Example(
            "def f(prices, tea):\n    try:\n        return prices[tea]\n    except ValueError:\n        return 0\n"
        ),
        Example("def f(text):\n    try:\n        cups = int(text.strip())\n    except KeyError:\n        cups = 1\n"),
        Example(
            "from decimal import Decimal\n\ndef f(text):\n    try:\n        return Decimal(text)\n"
            "    except ValueError:\n        return None\n"
        ),
        Example("class Late:\n    pass\n\ntry:\n    ship()\nexcept Late:\n    log()\n"),
        Example(
            "class ShopError(Exception):\n    pass\n\nclass Late(ShopError):\n    pass\n\n"
            "try:\n    ship()\nexcept ShopError:\n    log()\nexcept Late:\n    wait()\n"
        ),
        Example("def first(teas):\n    try:\n        return teas[0]\n    except KeyError:\n        return None\n"),
        Example("def kind(tea):\n    try:\n        return tea['kind']\n    except IndexError:\n        return None\n"),
    )
    VALID = (
        Example("try:\n    ship(order)\nexcept OSError:\n    log()\n    raise\n"),
        Example("try:\n    ship(order)\nexcept KeyboardInterrupt:\n    raise\nexcept BaseException:\n    log()\n"),
        Example("try:\n    ship(order)\nexcept Late:\n    raise\nexcept ShopError:\n    log()\n"),
        Example("try:\n    ship(order)\nexcept OSError as error:\n    raise Late from error\n"),
        Example("try:\n    ship()\nexcept FileNotFoundError:\n    create()\nexcept OSError:\n    log()\n"),
        Example("try:\n    ship()\nexcept (KeyError, ValueError):\n    log()\n"),
        Example("try:\n    ship()\nexcept (ValueError, *OTHERS):\n    log()\n"),
        Example("try:\n    ship()\nexcept (ValueError, *(KeyError, OSError)):\n    log()\n"),
        Example("try:\n    ship()\nexcept expected():\n    log()\n"),
        Example("try:\n    ship()\nexcept shop.errors[0].kind:\n    log()\n"),
        Example("class Late(ShopError):\n    pass\n\ntry:\n    ship()\nexcept (Late, OSError):\n    log()\n"),
        Example(
            "def f(prices, tea):\n    try:\n        return prices[tea]\n    except LookupError:\n        return 0\n"
        ),
        Example(
            "def f(text):\n    try:\n        return int(text)\n    except (KeyError, ValueError):\n        return 0\n"
        ),
        Example("def f(text):\n    try:\n        return parse(text)\n    except KeyError:\n        return 0\n"),
        Example("def f(text):\n    try:\n        return int(text)\n    except KeyboardInterrupt:\n        return 0\n"),
        Example(
            "from decimal import Decimal, InvalidOperation\n\ndef f(text):\n    try:\n        return Decimal(text)\n"
            "    except (InvalidOperation, ValueError):\n        return None\n"
        ),
        Example(
            "try:\n    ship()\nexcept OSError:\n    log()\nexcept ValueError:\n    raise\n"
            "except Exception:\n    skip()\n"
        ),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, (cst.Try, cst.TryStar)):
            return
        handlers: Sequence[Handler] = node.handlers
        before: list[str] = []
        for number, handler in enumerate(handlers):
            names = _names(handler, at)
            yield from _wrong_type(handler, at)
            yield from _repeated(handler, names, at)
            shadow = next((first for name in names for first in before if _is_a(name, first, at)), None)
            if shadow is not None and names and all(any(_is_a(n, f, at) for f in before) for n in names):
                what = " and ".join(f"`{name}`" for name in names)
                yield Sighting(handler, f"{what} never gets here: the handler of `{shadow}` above takes it first")
            elif _only_raises(handler) and not _leaves_out(handlers[number + 1 :], names, at):
                message = "this handler only raises the error again; without it the same happens"
                yield Sighting(handler, message, Severity.LOW)
            before += names

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        for node in tree_of(source.tree).nodes(ast.Try):
            errors = raised(node.body, source) if node.handlers else None
            told = (errors or frozenset()) - {"TypeError", "AttributeError", "OverflowError", "UnicodeError"}
            if errors is None or not told or file.is_test:
                continue
            caught = [(handler, _caught(handler, source)) for handler in node.handlers]
            for handler, names in caught:
                line = head_line(handler, source, file)
                # Where another handler takes what is raised, this one is only one too many.
                is_taken = any(not other or may_be(error, other) for _, other in caught for error in told)
                if line is None or not names <= _COMMON or is_taken or any(may_be(error, names) for error in errors):
                    continue
                what = " or ".join(f"`{name}`" for name in sorted(told))
                shown = f"`{quote(node.body[0])}`" if len(node.body) == 1 else "the block above"
                yield LineSighting(line, f"{shown} raises {what}, never `{min(names)}`")


def _caught(handler: ast.ExceptHandler, source: Source) -> frozenset[str]:
    """Return the names of what a handler catches; nothing if one of them is not known."""
    kinds_here = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = [full_name(kind, source) or "" for kind in kinds_here]
    names = [_one_name(name) for name in names]
    return frozenset(names) if all(is_known(name) for name in names) else frozenset()


def _names(handler: Handler, at: Place) -> list[str]:
    """Return the errors of a handler by their one name; those that are no names are left out."""
    if handler.type is None:
        return []
    return [_one_name(name) for kind in kinds(handler.type) if (name := at.name(kind)) is not None]


def _one_name(name: str) -> str:
    kind = getattr(builtins, name, None)
    return kind.__name__ if isinstance(kind, type) else _SAME.get(name, name)


def _is_a(name: str, other: str, at: Place) -> bool:
    """True if every error of the first type is one of the second."""
    for _ in range(20):
        if name == other:
            return True
        kind = getattr(builtins, name, None)
        if isinstance(kind, type):
            above = getattr(builtins, other, None)
            return isinstance(above, type) and issubclass(kind, above)
        parent = _PARENTS.get(name) or _parent_here(name, at)
        if parent is None:
            return other == "BaseException"
        name = _one_name(parent)
    return False


def _parent_here(name: str, at: Place) -> str | None:
    """Return the first base of a class that this file defines."""
    kind = _class_here(name, at)
    return ast.unparse(kind.bases[0]) if kind is not None and kind.bases else None


def _class_here(name: str, at: Place) -> ast.ClassDef | None:
    kinds_here = [node for node in at.source.tree.body if isinstance(node, ast.ClassDef) and node.name == name]
    return kinds_here[0] if len(kinds_here) == 1 else None


def _wrong_type(handler: Handler, at: Place) -> Iterator[Sighting]:
    kind = handler.type
    if kind is None:
        return
    if isinstance(kind, cst.BooleanOperation):
        word = "and" if isinstance(kind.operator, cst.And) else "or"
        caught = kind.right if word == "and" else kind.left
        message = f"`{at.code(kind)}` is only `{at.code(caught)}`: several errors stand in a tuple"
        yield Sighting(handler, message, Severity.HIGH)
        return
    if isinstance(kind, cst.Tuple) and not kind.elements:
        yield Sighting(handler, "`except ()` catches nothing", Severity.HIGH)
    for part in kinds(kind):
        is_nested = isinstance(part, cst.Tuple) and isinstance(kind, cst.Tuple)
        if isinstance(part, _NEVER_CAUGHT) or is_nested or _is_no_error(part, at):
            message = f"`{at.code(part)}` is no exception: an error in the block above raises TypeError here"
            yield Sighting(handler, message, Severity.HIGH)


def _is_no_error(part: cst.BaseExpression, at: Place) -> bool:
    if not isinstance(part, cst.Name) or at.is_imported(part):
        return False
    here = _class_here(part.value, at)
    if here is not None:
        return not here.keywords and not here.decorator_list and all(_is_object(base) for base in here.bases)
    found = getattr(builtins, part.value, None)
    is_error = isinstance(found, type) and issubclass(found, BaseException)
    return found is not None and not is_error and f"{part.value} =" not in "\n".join(at.source.lines)


def _is_object(base: ast.expr) -> bool:
    return isinstance(base, ast.Name) and base.id == "object"


def _repeated(handler: Handler, names: Sequence[str], at: Place) -> Iterator[Sighting]:
    for number, name in enumerate(names):
        others = [*names[:number], *names[number + 1 :]]
        cover = next((other for other in others if other != name and _is_a(name, other, at)), None)
        if cover is not None:
            yield Sighting(handler, f"`{cover}` covers `{name}` already: was another error meant?", Severity.LOW)
            return
        if name in names[:number]:
            yield Sighting(handler, f"`{name}` stands here twice: was another error meant?", Severity.LOW)
            return


def _only_raises(handler: Handler) -> bool:
    first = next(small_statements(handler.body), None)
    if not isinstance(first, cst.Raise) or first.cause is not None:
        return False
    return first.exc is None or (isinstance(first.exc, cst.Name) and first.exc.value == error_name(handler))


def _leaves_out(later: Sequence[Handler], names: Sequence[str], at: Place) -> bool:
    """True if a later handler would have taken the error and done something else with it."""
    for handler in later:
        if _only_raises(handler):
            continue
        others = _names(handler, at)
        if not others or not names or any(_may_be(name, other, at) for name in names for other in others):
            return True
    return False


def _may_be(name: str, other: str, at: Place) -> bool:
    known = isinstance(getattr(builtins, name, None), type) and isinstance(getattr(builtins, other, None), type)
    return _is_a(name, other, at) if known else True
