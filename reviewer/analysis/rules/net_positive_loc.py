from collections.abc import Iterator

from reviewer.analysis.change import Change, ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.rule import DiffRule, Example, LineSighting

_LARGE = 300
# Where a repository has this many files of code, it is large enough for growth to be worth a word.
_MANY_FILES = 100
_LARGE_THERE = 100
_CODE = (".py", ".js", ".ts", ".go", ".java")
_DATA = frozenset({"json", "yaml", "toml"})


class NetPositiveLoc(DiffRule):
    """A change adds hundreds of lines more than it takes away.

    Why look: every line is read, tested and carried from now on; generated code is quick to write and slow to own.
    Ask: what could be left out, or reused?
    """

    informs = "maintain"
    severity = Severity.INFO

    INVALID = (
        Example("order = 1\n" * 400),
        Example("order = 1\n" * 200, beside={"shop/users.py": "user = 1\n" * 200}),
        Example("let order = 1;\n" * 400, path="web/orders.ts"),
    )
    VALID = (
        Example("order = 1\n" * 40),
        Example(
            "".join(f"a{n} = 1\n" for n in range(400)), before="".join(f"b{n} = 1\n" for n in range(390)),
        ),
        Example("order = 1\n" * 400, path="tests/test_orders.py"),
        Example('{"order": 1}\n' * 400, path="shop/orders.json"),
    )  # fmt: skip

    def check_change(self, change: Change) -> Iterator[tuple[ChangedFile, LineSighting]]:
        code = [file for file in change.files if not file.is_test and _is_code(file)]
        grown = [file for file in code if file.added]
        added, removed = sum(len(file.added) for file in code), sum(len(file.removed) for file in code)
        files = sum(name.endswith(_CODE) for name in change.project.names)
        if grown and added - removed > (_LARGE_THERE if files > _MANY_FILES else _LARGE):
            most = max(grown, key=lambda file: len(file.added) - len(file.removed))
            message = f"the change adds {added - removed} lines of code on balance (+{added} -{removed})"
            yield most, LineSighting(min(most.added), message)


def _is_code(file: ChangedFile) -> bool:
    return file.is_python or language_of(file) not in (None, *_DATA)
