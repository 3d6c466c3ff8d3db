"""What holds of every record, whatever was said in it, however it is cut, spread over places or damaged."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.errors import RecordTooNew
from reviewer.review.events import Entry, Open, Resolve, Retract, Sign
from reviewer.review.model import EventId, Reviewer
from reviewer.review.record import decode_journal, encode, event_id
from reviewer.review.state import fold
from reviewer.store import Record, Store
from tests.review.samples import ADA, AT, BEN, REVIEW, content_of
from tests.review.strategies import logs

Journals = dict[str, list[bytes]]


@st.composite
def journals(draw: st.DrawFn) -> Journals:
    """Return what two people wrote in one to four sessions, line by line; their words refer to each other's."""
    sessions: dict[str, Reviewer] = {"ada.1": ADA, "ada.2": ADA, "ben.1": BEN, "ben.2": BEN}
    lines: Journals = {}
    ids: dict[EventId, EventId] = {}
    for clock, entry in enumerate(draw(logs(max_size=20)), 1):
        name = draw(st.sampled_from([name for name, by in sessions.items() if by == entry.by]))
        own = lines.setdefault(name, [encode(Open(REVIEW, entry.by, "test"), number=0, clock=0, at=AT, prev=None)])
        line = _line(entry, len(own), draw(st.integers(clock, clock + 2)), event_id(own[-1]), ids)
        ids[entry.id] = event_id(line)
        own.append(line)
    return {f"{name}.jsonl": own for name, own in lines.items()}


def _line(entry: Entry, number: int, clock: int, prev: EventId, ids: Mapping[EventId, EventId]) -> bytes:
    event = entry.event
    if event is None:
        return b'{"e":"later","n":%d,"lc":%d,"at":"","prev":"%s"}' % (number, clock, prev.encode())
    if isinstance(event, Retract):
        event = Retract(ids[event.event])
    if isinstance(event, Resolve) and event.note is not None:
        event = replace(event, note=ids[event.note])
    return encode(event, number=number, clock=clock, at=AT, prev=prev)


def _read(folder: Path, *places: Mapping[str, bytes]) -> Record:
    """Read one review from the files of its three places: live, published and elsewhere."""
    store = Store(folder / "home", folder / ".reviews", lambda: {REVIEW: places[2]})
    for root, files in zip((folder / "home", folder / ".reviews"), places[:2], strict=True):
        (root / REVIEW).mkdir(parents=True)
        for name, content in files.items():
            (root / REVIEW / name).write_bytes(content)
    return store.read(REVIEW)


def _entries(content: bytes) -> tuple[Entry, ...]:
    journal = decode_journal(content)
    assert journal.damage is None
    return journal.entries


@given(written=journals(), data=st.data())
def test_any_beginning_of_a_journal_is_a_journal_and_its_state_is_that_of_the_beginning(
    written: Journals, data: st.DataObject
) -> None:
    for lines in written.values():
        whole = _entries(content_of(lines))
        length = data.draw(st.integers(0, len(lines)))

        beginning = _entries(content_of(lines[:length]))

        assert beginning == whole[:length]
        assert fold(beginning) == fold(whole[:length])


@settings(max_examples=60)
@given(written=journals(), data=st.data())
def test_neither_order_nor_place_nor_repetition_of_journals_matters(
    tmp_path_factory: pytest.TempPathFactory, written: Journals, data: st.DataObject
) -> None:
    places: list[dict[str, bytes]] = [{}, {}, {}]
    for name in data.draw(st.permutations(sorted(written))):
        whole = data.draw(st.sampled_from(places))
        for place in data.draw(st.lists(st.sampled_from(places))):
            place[name] = content_of(written[name][: data.draw(st.integers(0, len(written[name])))])
        whole[name] = content_of(written[name])

    record = _read(tmp_path_factory.mktemp("places"), *places)

    everything = [entry for lines in written.values() for entry in _entries(content_of(lines))]
    assert record.damages == ()
    # Who sits down twice in one second writes the same opening twice: it is one event.
    once = {entry.id: entry for entry in everything}.values()
    assert record.entries == tuple(sorted(once, key=lambda entry: (entry.clock, entry.id)))
    assert fold(record.entries) == fold(data.draw(st.permutations(everything + everything)))


@given(written=journals())
def test_a_record_reads_back_line_by_line_as_it_was_written(written: Journals) -> None:
    for lines in written.values():
        read = decode_journal(content_of(lines))

        assert read.damage is None
        assert [entry.id for entry in read.entries] == [event_id(line) for line in lines]
        assert [entry.number for entry in read.entries] == list(range(len(lines)))
        assert read.signed_lines == {
            event_id(line): line
            for line, entry in zip(lines, read.entries, strict=True)
            if isinstance(entry.event, Sign)
        }
        for before, after in pairwise(lines):
            assert event_id(before).encode() in after


@settings(max_examples=150)
@given(written=journals(), data=st.data())
def test_a_changed_bit_before_the_last_line_gives_what_stood_before_it_and_tells_the_line(
    written: Journals, data: st.DataObject
) -> None:
    for lines in written.values():
        content = bytearray(content_of(lines))
        at = data.draw(st.integers(0, len(content) - len(lines[-1]) - 2)) if len(lines) > 1 else None
        if at is None:
            continue
        before = content.count(b"\n", 0, at)
        entries = _entries(bytes(content))
        content[at] ^= 1 << data.draw(st.integers(0, 7))
        try:
            read = decode_journal(bytes(content))
        except RecordTooNew:
            assert content[:at].endswith(b"reviewer.review/")
            continue
        assert read.entries == entries[:before]
        assert read.damage is not None
        assert read.damage.startswith((f"line {before + 1}: ", f"line {before + 2}: "))


@given(written=journals(), data=st.data())
def test_shuffled_repeated_and_missing_lines_never_give_an_event_in_a_place_it_was_not_written_in(
    written: Journals, data: st.DataObject
) -> None:
    for lines in written.values():
        entries = _entries(content_of(lines))
        shuffled = data.draw(st.lists(st.sampled_from(lines), max_size=len(lines) + 2))

        read = decode_journal(content_of(shuffled))

        assert read.entries == entries[: len(read.entries)]
        assert (read.damage is None) == (shuffled == lines[: len(shuffled)])
