"""What the rules found in the same texts before, so that a second look at a change costs next to nothing.

A cache and nothing more: it may be deleted at any time, and where it cannot be read or written, rules run.
"""

import json
import os
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import platformdirs

from reviewer import __version__
from reviewer.analysis.finding import Finding, FindingId, RuleSlug, Severity
from reviewer.diff.model import FileDiff
from reviewer.inspection.job import Job
from reviewer.points import Point

_SHAPE = """
CREATE TABLE IF NOT EXISTS findings (
    number INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB NOT NULL UNIQUE, around BLOB NOT NULL, found TEXT NOT NULL
)
"""
# About 100 MB at the most.
_KEPT = 100_000
_KEYS_AT_ONCE = 500
_PATIENCE = 0.5  # seconds to wait for another process that writes


@dataclass(frozen=True, slots=True)
class Kept:
    """What to remember by a key; `has_asked` if a rule asked what else is in the repository."""

    key: bytes | None
    findings: tuple[Finding, ...]
    has_asked: bool


class Memory:
    """Findings by what they were found in. `place` is the database's file; None remembers nothing.

    `around` stands for all else in the repository: findings of rules that asked for it are good for that state only.
    `enabled` are the optional rules that run.
    """

    def __init__(
        self, place: Path | None, around: bytes | None = None, enabled: frozenset[RuleSlug] = frozenset()
    ) -> None:
        self._place = place
        self._around = around
        self._enabled = enabled

    def key_of_file(self, file: FileDiff) -> bytes | None:
        """Return what a file's findings depend on; None if that cannot be told from ids of blobs."""
        ends = ((file.old_path, file.old_oid), (file.new_path, file.new_oid))
        if self._place is None or any(path is not None and oid is None for path, oid in ends):
            return None
        places = [(hunk.old_start, hunk.old_count, hunk.new_start, hunk.new_count) for hunk in file.text_hunks]
        facts = (file.old_path, file.new_path, file.old_oid, file.new_oid, file.old_mode, file.new_mode, places)
        return sha256(self._rule_set + repr(facts).encode()).digest()

    def key_of_change(self, job: Job) -> bytes | None:
        """Return what the findings about the whole change depend on, beside what is around it."""
        keys = [self.key_of_file(file) for file in job.files]
        if None in keys or self._around is None:
            return None
        return sha256(b"change" + b"".join(key or b"" for key in keys)).digest()

    def knows(self, files: Sequence[FileDiff]) -> bool:
        """True if what is in none of the files has to be looked for."""
        keys = [self.key_of_file(file) for file in files]
        pieces = [keys[start : start + _KEYS_AT_ONCE] for start in range(0, len(keys), _KEYS_AT_ONCE)]
        return all(len(self.recall(piece)) == len(set(piece)) for piece in pieces)

    def recall(self, keys: Sequence[bytes | None]) -> Mapping[bytes | None, tuple[Finding, ...]]:
        """Return what is remembered, by key."""
        asked = [key for key in keys if key is not None]
        held: dict[bytes | None, tuple[Finding, ...]] = {}
        with self._database() as database:
            if database is not None and asked:
                marks = ",".join("?" * len(asked))
                rows = database.execute(f"SELECT key, around, found FROM findings WHERE key IN ({marks})", asked)  # noqa: S608 - nothing but question marks
                for key, around, found in rows:
                    if around in (b"", self._around):
                        with suppress(ValueError, TypeError):
                            held[key] = tuple(_finding(*row) for row in json.loads(found))
        return held

    def keep(self, found: Sequence[Kept]) -> None:
        rows = [
            (one.key, self._around if one.has_asked else b"", json.dumps([_row(finding) for finding in one.findings]))
            for one in found
            if one.key is not None and not (one.has_asked and self._around is None)
        ]
        with self._database() as database:
            if database is not None and rows:
                database.executemany("INSERT OR REPLACE INTO findings (key, around, found) VALUES (?, ?, ?)", rows)
                database.execute("DELETE FROM findings WHERE number < (SELECT max(number) FROM findings) - ?", (_KEPT,))

    @cached_property
    def _rule_set(self) -> bytes:
        """What stands for the rules themselves: a changed one finds other things."""
        folder = Path(__file__).parent.parent / "analysis"
        libcst = find_spec("libcst")
        files = [*sorted(folder.rglob("*.py")), *([Path(libcst.origin)] if libcst and libcst.origin else [])]
        states = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
        return sha256(repr((__version__, sys.version, sorted(self._enabled), states)).encode()).digest()

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection | None]:
        """Lend the database for one transaction; nothing where it cannot be had."""
        if self._place is None:
            yield None
            return
        database: sqlite3.Connection | None = None
        try:
            self._place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            database = sqlite3.connect(self._place, timeout=_PATIENCE)
            database.execute("PRAGMA synchronous = OFF")
            database.execute(_SHAPE)
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)
            database = None
        try:
            yield database
            if database is not None:
                database.commit()
        except sqlite3.Error as error:
            self._give_up(error)
        finally:
            if database is not None:
                database.close()

    def _give_up(self, error: Exception) -> None:
        """Go on without a memory; one that is damaged is thrown away."""
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            with suppress(OSError):
                if self._place is not None:
                    self._place.unlink()
        self._place = None


def _row(finding: Finding) -> list[object]:
    path = finding.path.decode("utf-8", "surrogateescape")
    fixed = (finding.id, finding.rule, path, finding.line, finding.severity.value, finding.point.value)
    return [*fixed, finding.message, finding.suppressed, finding.code]


def _finding(
    identity: str, rule: str, path: str, line: int, severity: str, point: str, message: str, *rest: str | None
) -> Finding:
    suppressed, code = rest
    return Finding(
        FindingId(identity), RuleSlug(rule), path.encode("utf-8", "surrogateescape"), line, Severity(severity),
        Point(point), message, suppressed, code or "",
    )  # fmt: skip


NO_MEMORY = Memory(None)


def memory_for(job: Job) -> Memory:
    """Return the user's memory of findings; none for a patch, whose ids prove nothing, or where they want none."""
    surroundings = job.surroundings
    if surroundings is None or os.environ.get("REVIEWER_NO_CACHE"):
        return NO_MEMORY
    return Memory(
        platformdirs.user_cache_path("git-reviewer") / "findings.db", surroundings.state(), job.choice.enabled
    )
