import json
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reviewer.analysis.finding import Severity
from reviewer.errors import RecordTooNew, ReviewerError
from reviewer.review.codec import to_json
from reviewer.review.events import (
    EVENT_TYPES,
    Dispose,
    Event,
    GiveAnswer,
    Open,
    Raise,
    Range,
    Resolve,
    Retract,
    Sign,
    TakeNote,
    View,
)
from reviewer.review.model import Disposition, EventId, Reply, Side, Spot, Verdict
from reviewer.review.record import LATEST_CLOCK, LONGEST_LINE, Journal, decode_journal, encode, event_id
from tests.review.samples import (
    ADA,
    AT,
    BEN,
    EDITS,
    QUESTIONS,
    REVIEW,
    REVIEWED,
    SCOPE,
    content_of,
    finding,
    journal,
    journal_lines,
)
from tests.review.strategies import ALL_EVENTS, values

EVENTS: tuple[Event, ...] = (
    Range(REVIEWED),
    View(EDITS),
    Raise((finding(), finding("g", severity=Severity.HIGH, path=b"caf\xe9.py")), SCOPE.id),
    Dispose(finding().id, Disposition.ACCEPTED_RISK, "bounded by the caller"),
    TakeNote("why?\nand why now?", Spot(b"shop.py", Side.OLD, 11, 12, b"    send(1)\n\xff")),
    GiveAnswer(QUESTIONS[0].key, Reply.YES, SCOPE.id),
    Sign(Verdict.COMMENT, SCOPE.id, 0.25),
)
LINES = journal_lines(*EVENTS)
CONTENT = content_of(LINES)
WHOLE = decode_journal(CONTENT)
OPENING = LINES[0]


def _line(number: int, prev: bytes | None, **fields: object) -> bytes:
    """Return a line as another program might write it."""
    raw = {"n": number, "lc": number, "at": AT, **fields, "prev": event_id(prev) if prev is not None else None}
    return json.dumps(raw).encode()


def _opening(**fields: object) -> bytes:
    return _line(0, None, e="open", review=REVIEW, reviewer=to_json(ADA), tool="other 2.0", **fields)


def _after_opening(*lines: bytes) -> Journal:
    return decode_journal(content_of([OPENING, *lines]))


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.kind)
def test_every_event_reads_back_as_it_was_written(kind: type[Event]) -> None:
    @settings(deadline=None)
    @given(event=values(kind))
    def check(event: Event) -> None:
        read = decode_journal(journal(event))

        assert read.damage is None
        assert [entry.event for entry in read.entries] == [Open(REVIEW, ADA, "test"), event]

    check()


@settings(deadline=None)
@given(written=st.lists(ALL_EVENTS, max_size=6))
def test_entries_carry_author_number_clock_time_and_the_hash_of_their_line(written: list[Event]) -> None:
    lines = journal_lines(*written)

    read = decode_journal(content_of(lines))

    assert read.damage is None
    assert [entry.id for entry in read.entries] == [event_id(line) for line in lines]
    assert [(entry.number, entry.clock) for entry in read.entries] == [(n, n) for n in range(len(lines))]
    assert {entry.at for entry in read.entries} == {AT}


def test_a_line_is_one_json_object_in_utf_8_with_the_fields_of_the_contract() -> None:
    line = encode(TakeNote("größer\n"), number=3, clock=9, at=AT, prev=EventId("ab"))

    assert "größer".encode() in line
    assert b"\n" not in line
    raw = json.loads(line)
    assert (raw["e"], raw["n"], raw["lc"], raw["at"], raw["prev"]) == ("note", 3, 9, AT, "ab")
    assert raw["body"] == "größer\n"


def test_the_opening_line_names_the_schema_and_follows_nothing() -> None:
    raw = json.loads(OPENING)

    assert (raw["e"], raw["schema"], raw["n"], raw["prev"]) == ("open", "reviewer.review/1", 0, None)


def test_a_note_with_half_a_surrogate_pair_is_written_and_reads_back() -> None:
    content = journal(TakeNote("caf\udce9 \ud83d"))

    assert content.decode("utf-8")
    assert decode_journal(content).entries[1].event == TakeNote("caf\udce9 \ud83d")


def test_a_note_of_a_million_characters_reads_back() -> None:
    note = TakeNote("ä" * 1_000_000)

    assert decode_journal(journal(note)).entries[1].event == note


def test_an_event_too_long_to_be_read_back_is_not_written() -> None:
    with pytest.raises(ReviewerError, match="this note takes 8,000,"):
        encode(TakeNote("x" * LONGEST_LINE), number=1, clock=1, at=AT, prev=None)


def test_the_clock_has_an_end_that_is_said_and_not_run_over() -> None:
    assert encode(TakeNote("x"), number=1, clock=LATEST_CLOCK, at=AT, prev=None)
    with pytest.raises(ReviewerError, match="clock"):
        encode(TakeNote("x"), number=1, clock=LATEST_CLOCK + 1, at=AT, prev=None)


def test_an_empty_file_is_a_journal_without_entries() -> None:
    assert decode_journal(b"") == Journal(())


def test_a_journal_cut_at_any_byte_gives_the_longest_valid_prefix_and_says_so() -> None:
    ends = [0]
    for line in LINES:
        ends.append(ends[-1] + len(line) + 1)

    for cut in range(len(CONTENT)):
        whole_lines = sum(end <= cut for end in ends) - 1
        read = decode_journal(CONTENT[:cut])
        assert read.entries == WHOLE.entries[:whole_lines]
        assert read.damage == (None if cut in ends else f"line {whole_lines + 1}: cut off while it was written")


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_before_the_last_line_ends_the_reading_where_it_is(bit: int) -> None:
    for at in range(len(CONTENT) - len(LINES[-1]) - 1):
        _check_changed_byte(at, CONTENT[at] ^ 1 << bit)


@settings(deadline=None)
@given(at=st.integers(0, len(CONTENT) - len(LINES[-1]) - 2), byte=st.integers(0, 255))
def test_any_changed_byte_before_the_last_line_ends_the_reading_where_it_is(at: int, byte: int) -> None:
    if byte != CONTENT[at]:
        _check_changed_byte(at, byte)


def _check_changed_byte(at: int, byte: int) -> None:
    """Check that what stood before the changed line is read, and nothing that was not written."""
    before = CONTENT.count(b"\n", 0, at)
    try:
        read = decode_journal(CONTENT[:at] + bytes([byte]) + CONTENT[at + 1 :])
    except RecordTooNew:
        # A higher number there is all that a newer version would write, too.
        assert CONTENT[:at].endswith(b"reviewer.review/")
        assert chr(byte).isdigit()
        return
    assert read.entries == WHOLE.entries[:before]
    assert read.damage is not None
    assert read.damage.startswith((f"line {before + 1}: ", f"line {before + 2}: "))


def test_a_flipped_bit_in_the_last_line_never_touches_what_stands_before_the_line_it_names() -> None:
    unseen = []
    start = len(CONTENT) - len(LINES[-1]) - 1
    for at, bit in ((at, bit) for at in range(start, len(CONTENT)) for bit in range(8)):
        content = CONTENT[:at] + bytes([CONTENT[at] ^ 1 << bit]) + CONTENT[at + 1 :]
        read = decode_journal(content)
        if read.damage is None:
            unseen.append(at - start)
        else:
            assert read.entries in (WHOLE.entries[:-1], WHOLE.entries[:-2])

    # Nothing but another copy of the journal binds its last line: a verdict or a time could be another one.
    assert unseen
    assert max(unseen) < LINES[-1].index(b'"prev"') + len(b'"prev"')


@pytest.mark.parametrize("number", range(len(LINES) - 1))
def test_a_deleted_line_is_noticed(number: int) -> None:
    read = decode_journal(content_of(LINES[:number] + LINES[number + 1 :]))

    assert read.entries == WHOLE.entries[:number]
    assert read.damage is not None
    assert read.damage.startswith(f"line {number + 1}:")


@pytest.mark.parametrize("number", range(len(LINES)))
def test_a_duplicated_line_is_noticed(number: int) -> None:
    read = decode_journal(content_of(LINES[: number + 1] + LINES[number:]))

    assert read == Journal(WHOLE.entries[: number + 1], f"line {number + 2}: does not follow the line before it")


@pytest.mark.parametrize("number", range(len(LINES) - 1))
def test_two_swapped_lines_are_noticed(number: int) -> None:
    swapped = [*LINES[:number], LINES[number + 1], LINES[number], *LINES[number + 2 :]]

    read = decode_journal(content_of(swapped))

    assert read.entries == WHOLE.entries[:number]
    assert read.damage is not None


def test_a_line_put_in_between_is_not_read_either() -> None:
    for number in range(1, len(LINES) - 1):
        foreign = _line(number, LINES[number - 1], e="note", body="never written")
        read = decode_journal(content_of([*LINES[:number], foreign, *LINES[number:]]))

        assert read == Journal(WHOLE.entries[:number], f"line {number + 2}: does not follow the line before it")


def test_a_changed_link_to_the_line_before_is_that_lines_own_fault_if_the_next_one_says_so() -> None:
    changed = LINES[2].replace(WHOLE.entries[1].id.encode(), b"0" * 64)

    assert decode_journal(content_of([*LINES[:2], changed, *LINES[3:]])).entries == WHOLE.entries[:2]
    assert decode_journal(content_of([*LINES[:2], changed])).entries == WHOLE.entries[:1]


@pytest.mark.parametrize("number", range(len(LINES)))
def test_a_line_whose_end_became_another_systems_is_noticed(number: int) -> None:
    content = content_of([*LINES[:number], LINES[number] + b"\r", *LINES[number + 1 :]])

    read = decode_journal(content)

    assert read == Journal(WHOLE.entries[:number], f"line {number + 1}: is no JSON object, or not only that")


def test_a_journal_rewritten_with_crlf_is_damaged_from_its_first_line() -> None:
    read = decode_journal(CONTENT.replace(b"\n", b"\r\n"))

    assert read == Journal((), "line 1: is no JSON object, or not only that")


def test_a_file_of_line_feeds_costs_no_memory_beyond_its_own() -> None:
    content = b"\n" * 20_000_000
    tracemalloc.start()

    read = decode_journal(content)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read.damage == "line 1: is no JSON object, or not only that"
    assert peak < 1_000_000


def test_the_raw_lines_of_sign_offs_are_kept_and_no_others() -> None:
    signs = [number for number, event in enumerate(EVENTS, 1) if isinstance(event, Sign)]

    assert signs
    assert WHOLE.signed_lines == {WHOLE.entries[number].id: LINES[number] for number in signs}


def test_the_raw_line_of_a_sign_off_that_was_changed_is_not_kept() -> None:
    lines = journal_lines(Sign(Verdict.COMMENT, SCOPE.id, 1.0), TakeNote("after"))
    lines[1] = lines[1].replace(b"comment", b"approve")

    read = decode_journal(content_of(lines))

    assert read.entries == WHOLE.entries[:1]
    assert read.signed_lines == {}


def test_a_line_of_another_journal_is_noticed() -> None:
    elsewhere = journal_lines(TakeNote("elsewhere"), TakeNote("again"))

    read = _after_opening(elsewhere[2])

    assert read == Journal(WHOLE.entries[:1], "line 2: does not follow the line before it")


@pytest.mark.parametrize(
    ("name", "damaged"),
    [
        ("no bytes", b""),
        ("a duplicate key", _line(1, OPENING, e="note", body="x")[:-1] + b',"body":"y"}'),
        ("a duplicate key inside", b'{"e":"x","x":{"a":1,"a":2}}'),
        ("NaN", _line(1, OPENING, e="signoff", verdict="approve", scope="s", coverage=float("nan"))),
        ("Infinity", _line(1, OPENING, e="signoff", verdict="approve", scope="s", coverage=float("inf"))),
        ("a number that overflows", _line(1, OPENING, e="later", x=7).replace(b'"x": 7', b'"x": 1e999')),
        ("a negative one that does", _line(1, OPENING, e="later", x=7).replace(b'"x": 7', b'"x": -1e999')),
        ("a number of 5,000 digits", _line(1, OPENING, e="later", x=7).replace(b'"x": 7', b'"x": ' + b"9" * 5_000)),
        ("10,000 brackets", b'{"e":"later","x":' + b"[" * 10_000 + b"]" * 10_000 + b"}"),
        ("10,000 braces", b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
        ("10,000 open brackets", b"[" * 10_000),
        ("20 brackets", _line(1, OPENING, e="later", x=7).replace(b'"x": 7', b'"x": ' + b"[" * 20 + b"]" * 20)),
        ("a list", b"[]"),
        ("a text", b'"note"'),
        ("two objects", b"{}{}"),
        ("bytes that are no UTF-8", _line(1, OPENING, e="later", x="caf\xe9").replace(b"\\u00e9", b"\xe9")),
        ("half a surrogate pair as a word", _line(1, OPENING, e="dispose", finding="f", disposition="\udc80")),
        ("a byte-order mark", b"\xef\xbb\xbf" + _line(1, OPENING, e="later")),
        ("a space before", b" " + _line(1, OPENING, e="later")),
        ("a carriage return behind", _line(1, OPENING, e="later") + b"\r"),
        ("a NUL behind", _line(1, OPENING, e="later") + b"\0"),
        ("blocks the disk lost", b"\0" * 4096),
        ("a conflict marker", b"<<<<<<< HEAD"),
        ("no type", _line(1, OPENING, body="x")),
        ("a type that is no text", _line(1, OPENING, e=["note"])),
        ("a field that is missing", _line(1, OPENING, e="note")),
        ("a field of another type", _line(1, OPENING, e="note", body=["x"])),
        ("an edit that is no text", _line(1, OPENING, e="view", edits=[1])),
        ("a word nobody knows", _line(1, OPENING, e="dispose", finding="f", disposition="ignored")),
        ("more than all lines read", _line(1, OPENING, e="signoff", verdict="approve", scope="s", coverage=1.5)),
        ("less than none", _line(1, OPENING, e="signoff", verdict="approve", scope="s", coverage=-1)),
        ("no clock", json.dumps({"e": "later", "n": 1, "at": AT, "prev": event_id(OPENING)}).encode()),
        ("a clock before the beginning", _line(1, OPENING, e="later", lc=-1)),
        ("a clock after the end", _line(1, OPENING, e="later", lc=LATEST_CLOCK + 1)),
        ("a clock between two", _line(1, OPENING, e="later", lc=1.5)),
        ("no time", json.dumps({"e": "later", "n": 1, "lc": 1, "prev": event_id(OPENING)}).encode()),
        ("a number that is true", _line(1, OPENING, e="later").replace(b'"n": 1', b'"n": true')),
        ("a line too long", _line(1, OPENING, e="later", x="x" * LONGEST_LINE)),
    ],
)
def test_damage_is_reported_and_what_stands_before_it_is_kept(name: str, damaged: bytes) -> None:
    follower = _line(2, damaged, e="note", body="after")

    read = _after_opening(damaged, follower)

    assert read.entries == WHOLE.entries[:1]
    assert read.damage is not None
    assert read.damage.startswith("line 2: ")


def test_a_journal_rewritten_with_carriage_returns_is_damaged_from_the_first_line() -> None:
    read = decode_journal(CONTENT.replace(b"\n", b"\r\n"))

    assert read.entries == ()
    assert read.damage is not None
    assert read.damage.startswith("line 1:")


def test_a_merge_that_left_conflict_markers_keeps_what_stands_above_them() -> None:
    ours, theirs = _line(1, OPENING, e="note", body="ours"), _line(1, OPENING, e="note", body="theirs")

    read = _after_opening(b"<<<<<<< HEAD", ours, b"=======", theirs, b">>>>>>> theirs")

    assert read.entries == WHOLE.entries[:1]
    assert read.damage is not None


def test_damage_is_told_without_what_steers_a_terminal() -> None:
    read = _after_opening(_line(1, OPENING, e="dispose", finding="f", disposition="\x1b]0;owned\x07"))

    assert read.damage is not None
    assert read.damage.isprintable()


@pytest.mark.parametrize(
    "first",
    [
        _line(0, None, e="note", body="x"),
        _line(0, None, e="later"),
        _opening(),
        _opening(schema=1),
        _opening(schema="other/1"),
        _opening(schema="reviewer.review/"),
        _opening(schema="reviewer.review/0"),
        _opening(schema="reviewer.review/one"),
        _opening(schema="reviewer.review/" + "9" * 5_000),
    ],
)
def test_a_journal_begins_with_an_opening_of_this_schema(first: bytes) -> None:
    read = decode_journal(content_of([first]))

    assert read.entries == ()
    assert read.damage is not None


@pytest.mark.parametrize("schema", ["reviewer.review/1", "reviewer.review/1.3", "reviewer.review/1.3-draft"])
def test_a_later_minor_schema_is_read(schema: str) -> None:
    read = decode_journal(content_of([_opening(schema=schema)]))

    assert read.damage is None
    assert read.entries[0].by == ADA


@pytest.mark.parametrize("schema", ["reviewer.review/2", "reviewer.review/2.0", "reviewer.review/10"])
def test_a_later_major_schema_is_too_new(schema: str) -> None:
    with pytest.raises(RecordTooNew, match="update reviewer"):
        decode_journal(content_of([_opening(schema=schema)]))


def test_a_later_major_schema_is_too_new_however_it_chains_its_lines() -> None:
    with pytest.raises(RecordTooNew):
        decode_journal(b'{"e":"open","schema":"reviewer.review/2","seq":"a"}\n')


@pytest.mark.parametrize("kind", ["prov", "pair", "of-the-future"])
def test_an_unknown_event_is_kept_passed_over_and_part_of_the_chain(kind: str) -> None:
    unknown = _line(1, OPENING, e=kind, anything={"at": ["all"]})
    note = _line(2, unknown, e="note", body="after")

    read = _after_opening(unknown, note)

    assert read.damage is None
    assert [entry.event for entry in read.entries[1:]] == [None, TakeNote("after")]
    assert read.entries[1].id == event_id(unknown)


def test_a_changed_unknown_event_is_noticed_like_any_other() -> None:
    unknown = _line(1, OPENING, e="of-the-future", votes=1)
    note = _line(2, unknown, e="note", body="after")

    read = _after_opening(unknown.replace(b'"votes": 1', b'"votes": 9'), note)

    assert read == Journal(WHOLE.entries[:1], "line 3: does not follow the line before it")


def test_an_unknown_event_that_must_be_understood_is_too_new() -> None:
    with pytest.raises(RecordTooNew, match="'of-the-future'"):
        _after_opening(_line(1, OPENING, e="of-the-future", must=1))


def test_an_event_that_does_not_follow_cannot_demand_to_be_understood() -> None:
    read = _after_opening(_line(7, OPENING, e="of-the-future", must=1))

    assert read.damage == "line 2: does not follow the line before it"


def test_a_known_event_may_say_that_it_must_be_understood() -> None:
    read = _after_opening(_line(1, OPENING, e="note", body="x", must=1))

    assert read.entries[1].event == TakeNote("x")


def test_unknown_fields_are_passed_over() -> None:
    note = _line(1, OPENING, e="note", body="x", mood="good", spot={"path": "a", "column": 3})

    read = _after_opening(note)

    assert read.entries[1].event == TakeNote("x", Spot(b"a"))


def test_everything_in_a_journal_is_said_by_who_opened_it() -> None:
    opening = encode(Open(REVIEW, BEN, "test"), number=0, clock=0, at=AT, prev=None)
    note = encode(TakeNote("x"), number=1, clock=1, at=AT, prev=event_id(opening))

    assert {entry.by for entry in decode_journal(content_of([opening, note])).entries} == {BEN}


@settings(deadline=None)
@given(content=st.binary(max_size=200))
@example(content=b"\n")
@example(content=b"{}\n")
def test_any_bytes_behind_a_journal_leave_its_entries_as_they_are(content: bytes) -> None:
    read = decode_journal(CONTENT + content)

    assert read.entries == WHOLE.entries
    assert (read.damage is None) == (content == b"")


@settings(deadline=None)
@given(raw=st.dictionaries(st.sampled_from(["e", "schema", "reviewer", "review", "tool", "n"]), st.text(max_size=9)))
def test_any_object_as_the_first_line_is_damage(raw: dict[str, str]) -> None:
    read = decode_journal(json.dumps(raw).encode() + b"\n")

    assert read.entries == ()
    assert read.damage is not None


def test_references_between_events_survive() -> None:
    lines = journal_lines(TakeNote("x"))
    note = event_id(lines[1])

    read = decode_journal(journal(TakeNote("x"), Resolve(note), Retract(note)))

    assert [entry.event for entry in read.entries[2:]] == [Resolve(read.entries[1].id), Retract(read.entries[1].id)]
