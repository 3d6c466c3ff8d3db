"""What must hold of any bytes read as a review's record: the longest valid prefix counts, and damage is told."""

import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from reviewer.archive import Archive
from reviewer.checklist import built_in_checklists
from reviewer.diff.identity import scope_of
from reviewer.diff.pack import unpack
from reviewer.errors import RecordTooNew
from reviewer.provenance.notes import agents_in
from reviewer.reports.digest import digest, place
from reviewer.reports.instructions import as_markdown, for_agent, for_github, instructions
from reviewer.reports.people import markdown, text
from reviewer.review.events import Entry, Sign
from reviewer.review.evidence import Evidence
from reviewer.review.model import ReviewState
from reviewer.review.policy import Policy
from reviewer.review.record import decode_journal, event_id
from reviewer.review.requirements import evaluate
from reviewer.review.state import fold, said_by_people, standing
from reviewer.session.session import Session
from reviewer.session.subject import Subject
from reviewer.store import Store
from reviewer.visible import show
from tests.fuzz.cleanliness import assert_clean
from tests.review.samples import ADA, DIFF, QUESTIONS, REVIEW, SCOPE

CUT = b"\n==== copy ====\n"
READ, DAMAGED, TOO_NEW = "read", "damaged", "too new"
_QUESTIONS = tuple(question for checklist in built_in_checklists() for question in checklist.questions)
_NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def check_journals(raw: bytes, folder: Path) -> str:
    """Check what comes of a journal, and of two copies of it in the places where copies lie."""
    try:
        entries = [entry for content in raw.split(CUT) for entry in _checked_prefix(content)]
    except RecordTooNew as error:
        assert_clean(str(error), "")
        return _check_store(raw, folder)
    _assert_fold(entries)
    return _check_store(raw, folder)


def check_packed(raw: bytes) -> str:
    """Check that a diff kept for later is the one it was, or none."""
    try:
        diff = unpack(zlib.compress(raw, level=1))
        scope_of(diff)
    except ValueError:
        return DAMAGED
    return READ


def check_archive(raw: bytes, folder: Path) -> str:
    """Check that a file in the archive is the diff it is named after, or none."""
    archive = Archive(folder)
    (folder / f"{SCOPE.id}.diff").write_bytes(raw if raw.startswith(b"\x78") else zlib.compress(raw, level=1))
    diff = archive.diff(SCOPE.id)
    assert diff is None or scope_of(diff).id == SCOPE.id
    return READ if diff is not None else DAMAGED


def check_note(raw: bytes) -> str:
    """Check what a note of another tool says of who wrote a commit."""
    agents = agents_in(raw)
    for agent in agents:
        assert_clean(show(agent), "\t")
    return READ if agents else DAMAGED


def _checked_prefix(content: bytes) -> tuple[Entry, ...]:
    """Read a journal, and compare with what the chain of hashes alone lets stand."""
    journal = decode_journal(content)
    lines = content.split(b"\n")
    whole = lines[:-1]
    linked = _linked(whole)
    assert len(journal.entries) <= linked
    assert [entry.id for entry in journal.entries] == [event_id(line) for line in whole[: len(journal.entries)]]
    assert [entry.number for entry in journal.entries] == list(range(len(journal.entries)))
    assert (journal.damage is None) == (len(journal.entries) == len(whole) and not lines[-1])
    if journal.damage is not None:
        assert journal.damage.startswith("line ")
        assert_clean(journal.damage, "")
    signed = {entry.id for entry in journal.entries if isinstance(entry.event, Sign)}
    assert {event_id(line) for line in journal.signed_lines.values()} == set(journal.signed_lines) == signed
    return journal.entries


def _linked(lines: list[bytes]) -> int:
    """Return how many lines are JSON objects that name the line before them."""
    prev = None
    for number, line in enumerate(lines):
        try:
            raw = json.loads(line)
        except (ValueError, RecursionError):
            return number
        if not isinstance(raw, dict) or raw.get("prev") != prev or raw.get("n") != number:
            return number
        prev = event_id(line)
    return len(lines)


def _assert_fold(entries: list[Entry]) -> None:
    """Assert that the same events give the same state in whatever order they are found, and that it can be shown."""
    state = fold(entries)
    assert fold(reversed(entries)) == state
    assert fold([*entries, *entries]) == state
    assert len(standing(entries)) <= len({entry.id for entry in entries})
    _assert_judged(fold(said_by_people(entries)))


def _assert_judged(state: ReviewState) -> None:
    for result in evaluate(Policy(), Evidence(DIFF, SCOPE, state, QUESTIONS)):
        for reason in result.reasons:
            assert_clean(str(reason), "\t")


def _check_store(raw: bytes, folder: Path) -> str:
    store = _store(raw, folder)
    try:
        record = store.read(REVIEW)
    except RecordTooNew as error:
        assert_clean(str(error), "")
        return TOO_NEW
    for damage in record.damages:
        assert_clean(damage, "")
    assert all(entry.event is None or entry.id for entry in record.entries)
    state = fold(said_by_people(record.entries))
    parts = digest(record, state, _QUESTIONS)
    for shown in (text(parts), markdown(parts), *_exports(state)):
        assert_clean(shown)
    _assert_session_opens(store)
    return DAMAGED if record.damages else READ


def _exports(state: ReviewState) -> Iterator[str]:
    found = instructions(state)
    yield from (for_agent(found), as_markdown(found), for_github(found, state))
    json.loads(for_github(found, state))
    yield from (place(note.spot) for note in state.notes.values() if note.spot is not None)


def _store(raw: bytes, folder: Path) -> Store:
    """Put the pieces where journals lie: the live one, its published copy, and one that only git holds."""
    live, *copies = raw.split(CUT)
    store = Store(
        folder / "home", folder / ".reviews", lambda: {REVIEW: {"ada.1.jsonl": copies[1]}} if copies[1:] else {}
    )
    for root, content in ((store.home, live), (folder / ".reviews", copies[0] if copies else live)):
        (root / REVIEW).mkdir(parents=True, exist_ok=True)
        (root / REVIEW / "ada.1.jsonl").write_bytes(content)
    return store


def _assert_session_opens(store: Store) -> None:
    session = Session(Subject(DIFF, "sample", None), store, ADA, now=lambda: _NOW, token=lambda: "0")
    assert 0 <= session.progress.coverage <= 1
    for blocker in session.blockers:
        assert_clean(blocker.text, "\t")
    assert set(session.notes) == set(session.state.notes)
    assert_clean(session.became or "", "")
    for damage in session.damages:
        assert_clean(damage, "")
