from collections.abc import Iterator

from reviewer.analysis.change import Change, ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import DiffRule, Example, LineSighting

_LONG = 600
_VERY_LONG = 800
# A file that was too long before is worth a word again when it grows by this much.
_GROWN = 100
_DATA = frozenset({"json", "yaml", "toml", "sql"})
_MADE = regex(
    r"(^|/)(_?vendor|_?vendored|third_party|node_modules|migrations|generated|locale)/|"
    r"_pb2(_grpc)?\.pyi?$|[.-]min\.js$|\.pyi$|"
    r"package-lock|\.lock$"
)


class FileTooLong(DiffRule):
    """A file passes 600 or 800 lines, or is longer still and grows.

    Why look: a file of that length holds several subjects, and each change to one has to be found among the others.
    Ask: which of its subjects could be a module of its own?
    """

    informs = "maintain"
    severity = Severity.LOW

    INVALID = (
        Example("order = 1\n" * 700),
        Example("order = 1\n" * 900),
        Example("let order = 1;\n" * 700, path="shop/orders.ts"),
        Example("".join(f"a{n} = 1\n" for n in range(620)), before="".join(f"a{n} = 1\n" for n in range(590))),
    )
    VALID = (
        Example("order = 1\n" * 500),
        Example("".join(f"a{n} = 1\n" for n in range(720)), before="".join(f"a{n} = 1\n" for n in range(700))),
        Example("order = 1\n" * 700, path="tests/test_orders.py"),
        Example("".join(f"a{n} = 1\n" for n in range(700)), before="".join(f"a{n} = 1\n" for n in range(900))),
        Example('{"order": 1}\n' * 700, path="shop/orders.json"),
    )

    def check_change(self, change: Change) -> Iterator[tuple[ChangedFile, LineSighting]]:
        for file in change.files:
            if file.is_test or file.is_example or not file.added or not _is_code(file):
                continue
            now, before = _length(file.new_text), _length(file.old_text)
            limit = _VERY_LONG if now > _VERY_LONG else _LONG
            if now > limit and (before <= limit or now >= before + _GROWN):
                told = f", {before} before" if before else ""
                # The line that crosses the limit, or else the first that was added.
                line = next((line for line in sorted(file.added) if line > limit), min(file.added))
                severity = Severity.INFO if before > _LONG else Severity.MEDIUM if limit == _VERY_LONG else Severity.LOW
                yield file, LineSighting(line, f"this file has {now} lines{told}", severity)


def _is_code(file: ChangedFile) -> bool:
    language = "python" if file.is_python else language_of(file)
    return language is not None and language not in _DATA and _MADE.search(file.name) is None


def _length(text: bytes | None) -> int:
    return 0 if text is None else text.count(b"\n") + (not text.endswith(b"\n"))
