from collections.abc import Iterator, Mapping

from reviewer.analysis.change import Change, ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import DiffRule, Example, LineSighting

_REPORT = regex(
    r"(?:^|/)(?:coverage|cobertura(?:-coverage)?|cov)\.xml$|(?:^|/)(?:lcov|coverage)\.info$|(?:^|/)lcov\.dat$"
)
_MOST_BYTES = 50_000_000
_ENOUGH = 0.8
# Only two kinds of tag and their attributes are read, so that nothing in the file can make it grow.
_TAG = regex(r"<(class|line)\s([^<>]{0,1000})>")
_ATTRIBUTE = regex(r"\b(filename|number|hits)=[\"']([^\"']{0,500})[\"']")


class LowDiffCoverage(DiffRule):
    """Tests run less than 80 % of the added lines, says a coverage report in the project.

    Why look: what no test runs has perhaps never been run at all.
    Ask: which of these lines can go wrong, and what would show it?
    """

    informs = "validate"
    severity = Severity.MEDIUM

    INVALID = (
        Example(
            "def total(orders):\n    if not orders:\n        return 0\n    return sum(orders)\n",
            beside={
                "coverage.xml": '<?xml version="1.0"?>\n<coverage><classes><class filename="shop/orders.py">'
                '<lines><line number="1" hits="1"/><line number="2" hits="0"/><line number="3" hits="0"/>'
                '<line number="4" hits="0"/></lines></class></classes></coverage>\n'
            },
        ),
        Example(
            "def total(orders):\n    return sum(orders)\n",
            beside={"lcov.info": "TN:\nSF:shop/orders.py\nDA:1,1\nDA:2,0\nend_of_record\n"},
        ),
        Example(
            "export function total(orders) {\n  return orders.length\n}\n", path="web/orders.js",
            beside={"web/coverage/lcov.info": "SF:orders.js\nDA:1,0\nDA:2,0\nend_of_record\n"},
        ),
    )  # fmt: skip
    VALID = (
        Example(
            "def total(orders):\n    return sum(orders)\n",
            beside={"lcov.info": "SF:shop/orders.py\nDA:1,1\nDA:2,7\nend_of_record\n"},
        ),
        Example("def total(orders):\n    return sum(orders)\n"),
        Example(
            "def total(orders):\n    return sum(orders)\n",
            beside={"lcov.info": "SF:shop/users.py\nDA:1,0\nDA:2,0\nend_of_record\n"},
        ),
        Example(
            "def total(orders):\n    return sum(orders)\n\nRATE = 2\n", before="def total(orders):\n"
            "    return sum(orders)\n",
            beside={"lcov.info": "SF:shop/orders.py\nDA:1,0\nDA:2,0\nDA:4,1\nend_of_record\n"},
        ),
        Example(
            "def total(orders):\n    return sum(orders)\n",
            beside={"coverage.xml": '<!DOCTYPE a [<!ENTITY b "c">]><class filename="shop/orders.py"><line/>\n'},
        ),
        Example(
            "def total(orders):\n    return sum(orders)\n", path="tests/test_orders.py",
            beside={"lcov.info": "SF:tests/test_orders.py\nDA:1,0\nDA:2,0\nend_of_record\n"},
        ),
    )  # fmt: skip

    def check_change(self, change: Change) -> Iterator[tuple[ChangedFile, LineSighting]]:
        reports = {file.name: file.new_text for file in change.files if _REPORT.search(file.name) and file.new_text}
        names = sorted(name for name in change.project.names if _REPORT.search(name))
        texts = {**change.project.texts(names[:3]), **reports}
        hits: dict[str, Mapping[int, int]] = {}
        for name, text in texts.items():
            if len(text) <= _MOST_BYTES:
                hits.update(_hits(name, text.decode("utf-8", "replace")))
        for file in change.files if hits else ():
            lines = None if file.is_test or not file.added else _lines_of(file, hits)
            measured = sorted(line for line in file.added if lines and line in lines)
            missed = [line for line in measured if lines and not lines[line]]
            if missed and 1 - len(missed) / len(measured) < _ENOUGH:
                share = round(100 - 100 * len(missed) / len(measured))
                yield (
                    file,
                    LineSighting(missed[0], f"tests run {share} % of the added lines here; {_listed(missed)} not"),
                )


def _hits(name: str, text: str) -> dict[str, dict[int, int]]:
    return _in_lcov(text) if name.endswith((".info", ".dat")) else _in_xml(text)


def _in_lcov(text: str) -> dict[str, dict[int, int]]:
    files: dict[str, dict[int, int]] = {}
    lines: dict[int, int] = {}
    for row in text.split("\n"):
        if row.startswith("SF:"):
            lines = files.setdefault(row[3:].strip().replace("\\", "/"), {})
        elif row.startswith("DA:"):
            number, _, rest = row[3:].partition(",")
            hits = rest.partition(",")[0].strip()
            if number.isdecimal() and hits.isdecimal():
                lines[int(number)] = max(lines.get(int(number), 0), int(hits))
    return files


def _in_xml(text: str) -> dict[str, dict[int, int]]:
    """Read Cobertura's format, as `coverage xml` writes it."""
    files: dict[str, dict[int, int]] = {}
    lines: dict[int, int] = {}
    if "<!ENTITY" in text:
        return files
    for tag in _TAG.finditer(text):
        given = dict(_ATTRIBUTE.findall(tag[2]))
        if tag[1] == "class":
            lines = files.setdefault(given.get("filename", "").replace("\\", "/"), {})
        elif given.get("number", "").isdecimal() and given.get("hits", "").isdecimal():
            number = int(given["number"])
            lines[number] = max(lines.get(number, 0), int(given["hits"]))
    return files


def _lines_of(file: ChangedFile, hits: Mapping[str, Mapping[int, int]]) -> Mapping[int, int] | None:
    """Return the hits of a file by its path; a report may name it from another folder."""
    if file.name in hits:
        return hits[file.name]
    fitting = [
        name for name in hits if name and (name.endswith(f"/{file.name}") or f"/{file.name}".endswith(f"/{name}"))
    ]
    return hits[max(fitting, key=len)] if fitting else None


def _listed(lines: list[int]) -> str:
    first = ", ".join(map(str, lines[:3]))
    return f"line {first} does" if len(lines) == 1 else f"lines {first}{' and others' if len(lines) > 3 else ''} do"
