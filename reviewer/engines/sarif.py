"""SARIF 2.1.0 logs of other engines: ruff, bandit, semgrep, CodeQL and whoever else writes them.

A log is foreign data: it is read by a schema, up to a size, and of its paths only those inside the repository count.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import unquote_to_bytes, urlsplit

import msgspec

from reviewer.analysis.finding import Severity
from reviewer.engines.report import Report
from reviewer.errors import ReviewerError
from reviewer.tables import in_our_words
from reviewer.visible import show

LARGEST_LOG = 100_000_000
_LEVELS = {"error": Severity.HIGH, "warning": Severity.MEDIUM, "note": Severity.LOW, "none": Severity.INFO}


class _Message(msgspec.Struct):
    text: str = ""


class _Region(msgspec.Struct, rename="camel"):
    start_line: int = 0
    end_line: int | None = None


class _Artifact(msgspec.Struct):
    uri: str = ""


class _Physical(msgspec.Struct, rename="camel"):
    artifact_location: _Artifact = msgspec.field(default_factory=_Artifact)
    region: _Region = msgspec.field(default_factory=_Region)


class _Location(msgspec.Struct, rename="camel"):
    physical_location: _Physical = msgspec.field(default_factory=_Physical)


class _RuleReference(msgspec.Struct):
    id: str | None = None
    index: int = -1


class _Result(msgspec.Struct, rename="camel"):
    message: _Message
    rule_id: str | None = None
    rule_index: int = -1
    rule: _RuleReference = msgspec.field(default_factory=_RuleReference)
    level: str | None = None
    locations: list[_Location] = []
    suppressions: list[msgspec.Raw] | None = None


class _Configuration(msgspec.Struct):
    level: str | None = None


class _Properties(msgspec.Struct):
    tags: list[str] = []
    gravity: str | None = msgspec.field(default=None, name="security-severity")


class _Rule(msgspec.Struct, rename="camel"):
    id: str
    default_configuration: _Configuration = msgspec.field(default_factory=_Configuration)
    properties: _Properties = msgspec.field(default_factory=_Properties)


class _Driver(msgspec.Struct):
    name: str
    rules: list[_Rule] = []


class _Tool(msgspec.Struct):
    driver: _Driver


class _Run(msgspec.Struct):
    tool: _Tool
    results: list[_Result] | None = None


class _Log(msgspec.Struct):
    version: str
    runs: list[_Run]


def read_log(file: Path, top: Path | None) -> Mapping[bytes, Sequence[Report]]:
    """Return what a log reports, by path from the top of the repository. Raises ReviewerError.

    What the engine itself suppressed is left out.
    """
    name = show(str(file))
    try:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST_LOG + 1)
    except OSError as error:
        raise ReviewerError(f"{name}: cannot be read ({error.strerror}); name a SARIF file") from error
    if len(raw) > LARGEST_LOG:
        raise ReviewerError(f"{name}: larger than {LARGEST_LOG:,} bytes; import fewer runs at a time")
    try:
        log = msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"), type=_Log)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReviewerError(f"{name}: no SARIF 2.1.0 log: {in_our_words(str(error))}") from error
    if not log.version.startswith("2.1"):
        raise ReviewerError(f"{name}: SARIF {show(log.version[:20])}; only 2.1.0 can be read")
    found: dict[bytes, list[Report]] = defaultdict(list)
    for run in log.runs:
        for report in _reports(run, top):
            found[report.path].append(report)
    return found


def _reports(run: _Run, top: Path | None) -> Iterator[Report]:
    rules = run.tool.driver.rules
    by_id = {rule.id: rule for rule in rules}
    for result in run.results or ():
        index = result.rule_index if result.rule_index >= 0 else result.rule.index
        identity = result.rule_id or result.rule.id or (rules[index].id if 0 <= index < len(rules) else "")
        rule = by_id.get(identity)
        for location in () if result.suppressions else result.locations:
            place = location.physical_location
            path = _path(place.artifact_location.uri, top)
            if path is not None and place.region.start_line > 0:
                first = place.region.start_line
                yield Report(
                    run.tool.driver.name[:40], (identity or "unnamed")[:100], result.message.text, path, first,
                    max(first, place.region.end_line or first), _severity(result, rule),
                    tuple(rule.properties.tags) if rule else (),
                )  # fmt: skip


def _severity(result: _Result, rule: _Rule | None) -> Severity:
    gravity = _number(rule.properties.gravity) if rule else None
    if gravity is not None:
        return Severity.HIGH if gravity >= 7 else Severity.MEDIUM if gravity >= 4 else Severity.LOW
    level = result.level or (rule.default_configuration.level if rule else None) or "warning"
    return _LEVELS.get(level, Severity.MEDIUM)


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _path(uri: str, top: Path | None) -> bytes | None:
    """Return the path from the top of the repository; None for one that leads elsewhere, or is broken."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme not in ("", "file"):
        return None
    raw = unquote_to_bytes(parts.path)
    path = PurePosixPath(raw.decode("utf-8", "surrogateescape"))
    if path.is_absolute():
        if top is None or not path.is_relative_to(top):
            return None
        path = path.relative_to(top)
    return None if ".." in path.parts else str(path).encode("utf-8", "surrogateescape")
