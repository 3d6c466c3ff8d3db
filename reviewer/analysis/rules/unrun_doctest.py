import ast
import re
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.touched import touched

_EXAMPLE = regex(r"^\s*>>> \S", re.MULTILINE)
_CONFIGURED_IN = regex(
    r"(^|/)(pyproject\.toml|setup\.cfg|tox\.ini|pytest\.ini|noxfile\.py|conftest\.py|Makefile|[\w-]+\.ya?ml|"
    r"runtests\.py|conf\.py)$"
)
_MOST_FILES = 40


class UnrunDoctest(ModuleRule):
    """A docstring shows a session with `>>>`, and nothing in the repository runs doctests.

    Why look: an example that is never run is soon wrong, and was perhaps wrong from the start.
    Ask: was it run, and who will run it after the next change?
    """

    informs = "readability"
    severity = Severity.INFO
    words = (">>> ",)

    INVALID = (
        Example(
            'def double(n):\n    """Return twice the number.\n\n    >>> double(2)\n    5\n    """\n    return 2 * n\n'
        ),
        Example('"""Sums.\n\n>>> 1 + 1\n2\n"""\n'),
        Example('class Order:\n    """An order.\n\n    >>> Order().total\n    0\n    """\n\n    total = 0\n'),
    )
    VALID = (
        Example('def double(n):\n    """Return twice the number."""\n    return 2 * n\n'),
        Example(
            'import doctest\n\ndef double(n):\n    """Return twice the number.\n\n    >>> double(2)\n    4\n    """\n'
            "    return 2 * n\n\ndoctest.testmod()\n",
        ),
        Example('def shift(n):\n    """Shift by n >>> 2."""\n    return n\n'),
        Example('def test_it():\n    """\n    >>> double(2)\n    """\n', path="tests/test_it.py"),
    )  # fmt: skip

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or b">>> " not in (file.new_text or b"") or "doctest" in source.imports:
            return
        nodes = touched(file)
        for node in (*nodes.of(ast.Module), *nodes.of(ast.ClassDef), *nodes.functions):
            text = ast.get_docstring(node, clean=False)
            if text is None or _EXAMPLE.search(text) is None:
                continue
            first, last = node.body[0].lineno, node.body[0].end_lineno or node.body[0].lineno
            shown = (line for line in range(first, last + 1) if line in file.added and ">>> " in file.lines[line - 1])
            line = next(shown, None)
            if line is not None and not _is_run(file):
                yield LineSighting(line, "nothing in the repository runs this example")
                return


def _is_run(file: ChangedFile) -> bool:
    names = [name for name in sorted(file.project.names, key=len) if _CONFIGURED_IN.search(name)]
    texts = file.project.texts(names[:_MOST_FILES])
    return any(b"doctest" in text or b"xdoctest" in text for text in texts.values())
