from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.place import Place
from reviewer.analysis.rule import Example, PythonRule, Sighting

_ENDS_THE_PROCESS = frozenset({"sys.exit", "os._exit", "os.abort", "exit", "quit"})
_TAKES_THE_ERROR = frozenset({"set_exception", "set_exc_info"})
_LONGEST_QUOTE = 40


class BareExcept(PythonRule):
    """An `except:` names no error and does not raise it again.

    Why look: it also catches KeyboardInterrupt, SystemExit and every misspelt name in the block above it.
    Ask: which errors may the block raise, and should Ctrl-C end up here too?
    """

    informs = "debug"
    severity = Severity.HIGH
    visits = (cst.ExceptHandler,)

    INVALID = (
        Example("try:\n    send(order)\nexcept:\n    log.error('not sent')\n"),
        Example("try:\n    total = price(order)\nexcept:\n    total = 0\n"),
        Example("def load(path):\n    try:\n        return parse(path)\n    except:\n        return {}\n"),
        Example(
            "for order in orders:\n    try:\n        order.check()\n        ship(order)\n"
            "    except:\n        failed.append(order)\n        continue\n"
        ),
        Example("try:\n    send(order)\nexcept OSError:\n    retry(order)\nexcept:\n    traceback.print_exc()\n"),
        Example("try:\n    send(order)\nexcept:\n    def again():\n        raise RuntimeError\n    schedule(again)\n"),
        Example(
            "try:\n    send(order)\nexcept:\n    log.exception('not sent')\n",
            before="try:\n    send(order)\nexcept:\n    raise\n",
        ),
    )
    VALID = (
        Example("try:\n    send(order)\nexcept:\n    rollback()\n    raise\n"),
        Example("try:\n    send(order)\nexcept:\n    if not dry_run:\n        raise\n    log.exception('not sent')\n"),
        Example("try:\n    send(order)\nexcept OSError:\n    log.error('not sent')\n"),
        Example("try:\n    send(order)\nexcept Exception:\n    log.exception('not sent')\n"),
        Example("try:\n    send(order)\nexcept:\n    pass\n"),  # swallowed-exception speaks about this one
        Example("def load():\n    try:\n        return parse()\n    except:\n        return None\n"),
        Example("import sys\n\ntry:\n    main()\nexcept:\n    log.exception('stopped')\n    sys.exit(1)\n"),
        Example("import os\n\nif os.fork() == 0:\n    try:\n        work()\n    except:\n        os._exit(1)\n"),
        Example("import sys\n\ntry:\n    job()\nexcept:\n    future.set_exception(sys.exc_info()[1])\n"),
        Example("def test_it():\n    try:\n        ship()\n    except:\n        show()\n", path="tests/test_ship.py"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.ExceptHandler) or node.type is not None or at.file.is_test:
            return
        if _only_drops(node.body) or any(_passes_it_on(below, at) for below in _run_nodes(node.body)):
            return
        yield Sighting(node, f"`except:`{_after(at)} names no error, so KeyboardInterrupt and SystemExit end here too")


def _only_drops(body: cst.BaseSuite) -> bool:
    """True for the one-statement handlers that swallowed-exception reports."""
    if len(body.body) != 1:
        return False
    line = body.body[0]
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else line
    if isinstance(small, cst.Return):
        return small.value is None or (isinstance(small.value, cst.Name) and small.value.value == "None")
    is_ellipsis = isinstance(small, cst.Expr) and isinstance(small.value, cst.Ellipsis)
    return is_ellipsis or isinstance(small, (cst.Pass, cst.Continue, cst.Break))


def _passes_it_on(node: cst.CSTNode, at: Place) -> bool:
    """True if the node raises, ends the process or gives the error to somebody who waits for it."""
    if isinstance(node, cst.Raise):
        return True
    if not isinstance(node, cst.Call):
        return False
    if isinstance(node.func, cst.Attribute) and node.func.attr.value in _TAKES_THE_ERROR:
        return True
    return at.name(node.func) in _ENDS_THE_PROCESS


def _run_nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield what runs when the node runs: not the bodies of functions and classes defined in it."""
    if isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.Lambda)):
        return
    yield node
    for child in node.children:
        yield from _run_nodes(child)


def _after(at: Place) -> str:
    """Return which block the handler guards, where that is one short line."""
    if not isinstance(at.parent, cst.Try):
        return ""
    guarded = at.code(at.parent.body)
    return f" after `{guarded}`" if "\n" not in guarded and len(guarded) <= _LONGEST_QUOTE else ""
