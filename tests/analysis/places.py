"""Asks a question of the nodes of a file, each at its place: for tests of what several rules know."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.place import Place
from reviewer.analysis.python import see
from reviewer.analysis.rule import PythonRule, Sighting

Node = TypeVar("Node", bound=cst.CSTNode)
Answer = TypeVar("Answer")


class _Asking(PythonRule):
    """Keeps the answers of a question."""

    informs = "debug"
    severity = Severity.INFO
    visits = (cst.Call, cst.Return, cst.FunctionDef, cst.ClassDef)

    def __init__(self, ask: Callable[[cst.CSTNode, Place], None]) -> None:
        self.ask = ask

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        self.ask(node, at)
        yield from ()


def asked(code: str, kind: type[Node], question: Callable[[Node, Place], Answer]) -> list[Answer]:
    """Return what the question answers for each call, return, function or class of the file, in reading order."""
    answers: list[Answer] = []

    def ask(node: cst.CSTNode, at: Place) -> None:
        if isinstance(node, kind):
            answers.append(question(node, at))

    text = code.encode()
    lines = frozenset(range(1, text.count(b"\n") + 2))
    list(see(ChangedFile(b"shop/orders.py", None, text, lines, frozenset()), [_Asking(ask)]))
    return answers
