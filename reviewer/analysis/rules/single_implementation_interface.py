import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from reviewer.analysis.change import Change, ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import DiffRule, Example, LineSighting
from reviewer.analysis.source import DoesNotParse, read_source

_MOST_FILES = 40
_MOST_ADDED = 600
_INTERFACES = frozenset({"ABC", "Protocol", "ABCMeta"})


class SingleImplementationInterface(DiffRule):
    """A new abstract class or protocol has one implementation, and both came with this change.

    Why look: an interface for one implementation doubles what has to be read and changed.
    Ask: which second implementation is it for?
    """

    informs = "maintain"
    severity = Severity.INFO

    INVALID = (
        Example(
            "from abc import ABC\n\nclass Store(ABC):\n    pass\n\nclass FileStore(Store):\n    path = 'x'\n",
        ),
        Example(
            "import abc\n\nclass Store(abc.ABC):\n    pass\n",
            beside={"shop/files.py": "from shop.orders import Store\n\nclass FileStore(Store):\n    path = 'x'\n"},
        ),
        Example(
            "from abc import ABCMeta\n\nclass Store(metaclass=ABCMeta):\n    pass\n\nclass Files(Store):\n    x = 1\n",
        ),
        Example(
            "from typing import Protocol\n\nclass Store(Protocol):\n    pass\n\nclass Files(Store):\n    path = 1\n",
        ),
    )  # fmt: skip
    VALID = (
        Example(
            "from abc import ABC\n\nclass Store(ABC):\n    pass\n\nclass FileStore(Store):\n    path = 'x'\n\n"
            "class RowStore(Store):\n    path = 'y'\n",
        ),
        Example("from typing import Protocol\n\nclass Store(Protocol):\n    pass\n"),
        Example("class Store:\n    pass\n\nclass FileStore(Store):\n    path = 'x'\n"),
        Example(
            "from abc import ABC\n\nclass Store(ABC):\n    pass\n\nclass FileStore(Store):\n    path = 'x'\n",
            path="tests/test_store.py",
        ),
    )  # fmt: skip

    def check_change(self, change: Change) -> Iterator[tuple[ChangedFile, LineSighting]]:
        if sum(len(file.added) for file in change.files) > _MOST_ADDED:
            return
        for file in change.files:
            if not file.is_python or file.is_test or file.is_example or not _names_interface(file):
                continue
            for node in _new_interfaces(file):
                children = _children(node.name, file, change)
                if len(children) == 1:
                    message = f"`{children[0]}` is the only implementation of `{node.name}`"
                    yield file, LineSighting(node.lineno, message)


def _names_interface(file: ChangedFile) -> bool:
    return any(re.search(r"^class .*(ABC|Protocol)", file.lines[line - 1]) for line in file.added)


def _new_interfaces(file: ChangedFile) -> Iterator[ast.ClassDef]:
    try:
        tree = read_source(file.new_text or b"").tree
    except DoesNotParse:
        return  # the engine says so
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.lineno in file.added:
            bases = [*node.bases, *(each.value for each in node.keywords)]
            if any(ast.unparse(base).rpartition(".")[2] in _INTERFACES for base in bases):
                yield node


def _children(name: str, file: ChangedFile, change: Change) -> list[str]:
    """Return the classes derived from the interface, in the change and in the folder it is in."""
    folder = PurePosixPath(file.name).parent
    beside = [
        other
        for other in sorted(change.project.names)
        if PurePosixPath(other).parent == folder and other.endswith(".py")
    ]
    texts = change.project.texts(beside[:_MOST_FILES])
    texts |= {each.name: each.new_text for each in change.files if each.is_python and each.new_text is not None}
    pattern = regex(rb"^[ \t]*class (\w+)\([^)]*\b" + name.encode() + rb"\b", re.MULTILINE)
    return sorted({match.decode() for text in texts.values() for match in pattern.findall(text)})
