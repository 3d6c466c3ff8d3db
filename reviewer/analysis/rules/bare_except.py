from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.handlers import Deed, block_around, deed_of
from reviewer.analysis.place import Place
from reviewer.analysis.rule import Example, PythonRule, Sighting

# What is dropped without a word is for swallowed-exception; the rest is no harm.
_ELSEWHERE = frozenset({Deed.RAISES, Deed.ENDS, Deed.HANDS_ON, Deed.DROPS})


class BareExcept(PythonRule):
    """An `except:` names no error and does not raise it again.

    Why look: it also catches KeyboardInterrupt, SystemExit and every misspelt name in the block above it.
    Ask: which errors may the block raise, and should Ctrl-C end up here too?
    """

    informs = "debug"
    severity = Severity.HIGH
    cwe = 396
    words = ("except",)
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
        if deed_of(node, at) in _ELSEWHERE:
            return
        message = f"`except:`{block_around(at)} names no error, so KeyboardInterrupt and SystemExit end here too"
        yield Sighting(node, message)
