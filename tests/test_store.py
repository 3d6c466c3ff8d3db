import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from reviewer.errors import RecordTooNew, ReviewerError
from reviewer.journal import JournalFile
from reviewer.review.events import Event, Open, Sign, TakeNote, View
from reviewer.review.model import Reviewer, ReviewId, Verdict
from reviewer.review.record import event_id
from reviewer.store import Store
from tests.review.samples import ADA, AT, BEN, EDITS, REVIEW, SCOPE, content_of, journal, journal_lines

OTHER = ReviewId("2026-02-01-fedcba9876")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home", tmp_path / "tree" / ".reviews")


def _write(store: Store, name: str, *events: Event, by: Reviewer = ADA, review: ReviewId = REVIEW) -> JournalFile:
    """Write a journal as a session of this reviewer would."""
    opening = Open(review, by, "test")
    file = store.journal(review, by.name.lower(), name)
    for clock, event in enumerate((opening, *events)):
        file.append(event, opening, clock=clock, at=AT, durable=False)
    file.close()
    return file


def _place(folder: Path, content: bytes, name: str = "ada.1.jsonl") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_bytes(content)
    return file


def _published(store: Store) -> Path:
    assert store.published is not None
    return store.published


def _notes(store: Store, review: ReviewId = REVIEW) -> list[str]:
    events = (entry.event for entry in store.read(review).entries)
    return [event.body for event in events if isinstance(event, TakeNote)]


def test_a_place_without_reviews_has_none(store: Store) -> None:
    assert store.reviews() == ()
    assert store.read(REVIEW).entries == ()


def test_a_journal_lies_in_the_folder_of_its_review_under_its_writers_name(store: Store) -> None:
    file = _write(store, "5f3a", TakeNote("x"))

    assert file.path == store.home / REVIEW / "ada.5f3a.jsonl"
    assert file.path.read_bytes() == journal(TakeNote("x"))


def test_a_file_appears_with_the_first_event(store: Store) -> None:
    file = store.journal(REVIEW, "ada", "1")

    assert not store.home.exists()
    file.append(Open(REVIEW, ADA, "test"), Open(REVIEW, ADA, "test"), clock=0, at=AT, durable=True)
    assert file.path.exists()
    file.close()


def test_an_appended_entry_is_the_one_that_is_read(store: Store) -> None:
    opening = Open(REVIEW, ADA, "test")
    file = store.journal(REVIEW, "ada", "1")

    written = [file.append(event, opening, clock=7, at=AT, durable=True) for event in (opening, View(EDITS))]

    file.close()
    assert set(store.read(REVIEW).entries) == set(written)


def test_the_journals_of_all_writers_are_read_together_in_one_order(store: Store) -> None:
    _write(store, "1", TakeNote("first"), View(EDITS), TakeNote("third"))
    _write(store, "2", View(EDITS), TakeNote("second"), by=BEN)

    assert _notes(store) == ["first", "second", "third"]


def test_a_session_never_writes_into_a_file_that_is_there(store: Store) -> None:
    _write(store, "1", TakeNote("x"))

    with pytest.raises(ReviewerError, match="not saved"):
        _write(store, "1", TakeNote("y"))

    assert _notes(store) == ["x"]


def test_an_event_that_cannot_be_saved_names_the_file_and_what_to_do(store: Store) -> None:
    _place(store.home.parent, b"in the way", store.home.name)

    with pytest.raises(ReviewerError, match=r"ada\.1\.jsonl: not saved \(.+\); make room or check permissions"):
        _write(store, "1")


def test_an_event_too_long_for_a_line_is_refused_and_the_file_stays_open(store: Store) -> None:
    opening = Open(REVIEW, ADA, "test")
    file = store.journal(REVIEW, "ada", "1")
    file.append(opening, opening, clock=0, at=AT, durable=False)

    with pytest.raises(ReviewerError, match="say it in parts"):
        file.append(TakeNote("x" * 8_000_000), opening, clock=1, at=AT, durable=False)

    file.append(TakeNote("short"), opening, clock=1, at=AT, durable=False)
    file.close()
    assert _notes(store) == ["short"]
    assert store.read(REVIEW).damages == ()


def test_reviews_come_latest_written_first(store: Store) -> None:
    early = _write(store, "1", review=REVIEW)
    late = _write(store, "1", review=OTHER)
    os.utime(early.path, (2_000, 2_000))
    os.utime(late.path, (1_000, 1_000))

    assert store.reviews() == (REVIEW, OTHER)


def test_a_review_counts_as_written_when_any_of_its_journals_was(store: Store) -> None:
    for name, review, time in (("1", REVIEW, 1_000), ("2", REVIEW, 3_000), ("1", OTHER, 2_000)):
        os.utime(_write(store, name, review=review).path, (time, time))

    assert store.reviews() == (REVIEW, OTHER)


def test_folders_without_a_journal_and_loose_files_are_no_reviews(store: Store) -> None:
    (store.home / "empty").mkdir(parents=True)
    _place(_published(store), b"[policy]", "policy.toml")
    _place(_published(store) / "notes", b"text", "readme.md")

    assert store.reviews() == ()


def test_a_damaged_journal_is_read_up_to_its_fault_and_named(store: Store) -> None:
    lines = journal_lines(TakeNote("kept"), TakeNote("lost"))
    _place(store.home / REVIEW, content_of(lines)[:-1])
    _write(store, "2", TakeNote("whole"), by=BEN)

    record = store.read(REVIEW)

    assert _notes(store) == ["whole", "kept"] or _notes(store) == ["kept", "whole"]
    assert record.damages == ("ada.1.jsonl: line 3: cut off while it was written",)


def test_a_record_of_a_newer_version_is_refused_by_the_name_of_its_file(store: Store) -> None:
    line = journal_lines()[0].replace(b"reviewer.review/1", b"reviewer.review/2")
    _place(store.home / REVIEW, line + b"\n")

    with pytest.raises(RecordTooNew, match=r"ada\.1\.jsonl: the record has the schema 'reviewer.review/2'"):
        store.read(REVIEW)


def test_a_journal_too_large_to_be_one_is_reported_and_not_read(store: Store) -> None:
    file = _place(store.home / REVIEW, journal())
    os.truncate(file, 300_000_000)

    assert store.read(REVIEW).damages == ("ada.1.jsonl: is too large for a review record, and was not read",)


def test_publishing_copies_byte_for_byte(store: Store) -> None:
    _write(store, "1", TakeNote("one"))
    torn = _place(store.home / REVIEW, journal(TakeNote("two"))[:-5], "ben.2.jsonl")

    folder = store.publish(REVIEW)

    assert folder == _published(store) / REVIEW
    assert {file.name for file in folder.iterdir()} == {"ada.1.jsonl", "ben.2.jsonl"}
    assert (folder / "ada.1.jsonl").read_bytes() == journal(TakeNote("one"))
    assert (folder / "ben.2.jsonl").read_bytes() == torn.read_bytes()


def test_publishing_again_brings_the_copy_up_to_date(store: Store) -> None:
    _place(_published(store) / REVIEW, journal())
    _place(store.home / REVIEW, journal(TakeNote("later")))

    store.publish(REVIEW)

    assert (_published(store) / REVIEW / "ada.1.jsonl").read_bytes() == journal(TakeNote("later"))


def test_publishing_leaves_the_copies_of_others_alone(store: Store) -> None:
    copy = _place(_published(store) / REVIEW, journal(TakeNote("from elsewhere")), "ben.9.jsonl")
    _write(store, "1", TakeNote("mine"))

    store.publish(REVIEW)

    assert copy.read_bytes() == journal(TakeNote("from elsewhere"))
    assert sorted(_notes(store)) == ["from elsewhere", "mine"]


def test_without_a_working_tree_nothing_is_published(tmp_path: Path) -> None:
    assert Store(tmp_path, None).publish(REVIEW) is None


def test_a_published_copy_adds_nothing_to_the_journal_it_copies(store: Store) -> None:
    _write(store, "1", TakeNote("once"))
    store.publish(REVIEW)

    assert _notes(store) == ["once"]
    assert store.read(REVIEW).damages == ()


def test_a_review_that_is_only_published_is_read(store: Store) -> None:
    _place(_published(store) / REVIEW, journal(TakeNote("from a clone")))

    assert store.reviews() == (REVIEW,)
    assert _notes(store) == ["from a clone"]


@pytest.mark.parametrize("is_live_longer", [True, False])
def test_of_a_journal_and_its_copy_the_longer_one_is_read(store: Store, is_live_longer: bool) -> None:
    short, long = journal(TakeNote("a")), journal(TakeNote("a"), TakeNote("b"))
    _place(store.home / REVIEW, long if is_live_longer else short)
    _place(_published(store) / REVIEW, short if is_live_longer else long)

    assert _notes(store) == ["a", "b"]
    assert store.read(REVIEW).damages == ()


def test_a_copy_whose_last_line_was_edited_is_noticed_and_not_read(store: Store) -> None:
    live = _write(store, "1", TakeNote("must not ship"))
    _place(_published(store) / REVIEW, live.path.read_bytes().replace(b"must not", b"may well"))

    record = store.read(REVIEW)

    assert _notes(store) == ["must not ship"]
    assert record.damages == ("ada.1.jsonl: the published copy differs from the live journal, and was not read",)


def test_damage_that_was_copied_along_is_told_once(store: Store) -> None:
    _place(store.home / REVIEW, journal(TakeNote("torn"))[:-1])
    store.publish(REVIEW)

    assert store.read(REVIEW).damages == ("ada.1.jsonl: line 2: cut off while it was written",)


def test_a_journal_that_is_a_symbolic_link_is_not_followed(store: Store, tmp_path: Path) -> None:
    secret = _place(tmp_path, journal(TakeNote("secret")), "secret.jsonl")
    _place(_published(store) / REVIEW, journal(TakeNote("open")))
    (_published(store) / REVIEW / "ben.1.jsonl").symlink_to(secret)

    assert _notes(store) == ["open"]


@pytest.mark.parametrize("is_whole_tree", [True, False])
def test_a_folder_that_is_a_symbolic_link_is_not_read(store: Store, tmp_path: Path, is_whole_tree: bool) -> None:
    _place(tmp_path / "elsewhere" / REVIEW, journal(TakeNote("secret")))
    _link(store, tmp_path / "elsewhere", is_whole_tree=is_whole_tree)

    assert store.reviews() == ()
    assert _notes(store) == []


@pytest.mark.parametrize("is_whole_tree", [True, False])
def test_nothing_is_published_through_a_symbolic_link(store: Store, tmp_path: Path, is_whole_tree: bool) -> None:
    _write(store, "1", TakeNote("mine"))
    (tmp_path / "elsewhere" / REVIEW).mkdir(parents=True)
    _link(store, tmp_path / "elsewhere", is_whole_tree=is_whole_tree)

    with pytest.raises(ReviewerError, match="symbolic link"):
        store.publish(REVIEW)

    assert list((tmp_path / "elsewhere" / REVIEW).iterdir()) == []


def test_a_link_in_the_place_of_a_copy_is_replaced_and_not_written_through(store: Store, tmp_path: Path) -> None:
    _write(store, "1", TakeNote("mine"))
    target = _place(tmp_path, b"untouched", "target")
    (_published(store) / REVIEW).mkdir(parents=True)
    (_published(store) / REVIEW / "ada.1.jsonl").symlink_to(target)

    store.publish(REVIEW)

    assert target.read_bytes() == b"untouched"
    assert (_published(store) / REVIEW / "ada.1.jsonl").read_bytes() == journal(TakeNote("mine"))


def test_a_journal_is_not_written_through_a_link_in_its_place(store: Store, tmp_path: Path) -> None:
    target = _place(tmp_path, b"", "target")
    (store.home / REVIEW).mkdir(parents=True)
    (store.home / REVIEW / "ada.1.jsonl").symlink_to(target)

    with pytest.raises(ReviewerError, match="not saved"):
        _write(store, "1", TakeNote("x"))

    assert target.read_bytes() == b""


def test_publishing_where_no_folder_can_be_says_so(store: Store) -> None:
    _write(store, "1")
    _place(_published(store).parent, b"", _published(store).name)

    with pytest.raises(ReviewerError, match="cannot write the review file"):
        store.publish(REVIEW)


def test_a_failed_copy_leaves_no_draft_behind(store: Store) -> None:
    _write(store, "1")
    (_published(store) / REVIEW / "ada.1.jsonl" / "in the way").mkdir(parents=True)

    with pytest.raises(ReviewerError, match="cannot write the review file"):
        store.publish(REVIEW)

    assert [file.name for file in (_published(store) / REVIEW).iterdir()] == ["ada.1.jsonl"]


def test_names_that_steer_a_terminal_are_shown_in_damages(store: Store) -> None:
    _place(store.home / REVIEW, b"no journal\n", "\x1b]0;x\x07.jsonl")

    (damage,) = store.read(REVIEW).damages

    assert damage.isprintable()


def test_the_line_written_last_is_at_hand_for_its_signature(store: Store) -> None:
    file = store.journal(REVIEW, "ada", "1")
    opening = Open(REVIEW, ADA, "test")
    for event in (opening, Sign(Verdict.COMMENT, SCOPE.id, 1.0)):
        entry = file.append(event, opening, clock=0, at=AT, durable=True)
    file.close()

    assert event_id(file.last_line) == entry.id
    assert file.path.read_bytes().endswith(b"\n" + file.last_line + b"\n")
    assert store.read(REVIEW).signed_lines == {entry.id: file.last_line}


@pytest.mark.parametrize("place", ["home", "published", "elsewhere"])
def test_the_raw_lines_of_sign_offs_come_from_every_place(store: Store, place: str) -> None:
    lines = journal_lines(Sign(Verdict.COMMENT, SCOPE.id, 1.0))
    if place == "elsewhere":
        store = _with_elsewhere(store, {REVIEW: {"ada.1.jsonl": content_of(lines)}})
    else:
        _place((store.home if place == "home" else _published(store)) / REVIEW, content_of(lines))

    assert store.read(REVIEW).signed_lines == {event_id(lines[1]): lines[1]}


def test_a_review_that_is_only_elsewhere_is_found_and_read(store: Store) -> None:
    _write(store, "1", review=OTHER)
    store = _with_elsewhere(store, {REVIEW: {"ada.1.jsonl": journal(TakeNote("from a ref"))}})

    assert store.reviews() == (OTHER, REVIEW)
    assert _notes(store) == ["from a ref"]


def test_a_review_without_any_journal_elsewhere_is_none(store: Store) -> None:
    store = _with_elsewhere(store, {REVIEW: {"readme.md": b"text"}, OTHER: {}})

    assert store.reviews() == ()
    assert store.read(REVIEW).damages == ()


@pytest.mark.parametrize("name", ["..", ".", "", "../home", "a/b", "/etc", "a\0b", "caf\udce9", "x" * 300, "-x"])
def test_a_review_whose_name_could_lead_elsewhere_as_a_path_is_not_taken_from_there(store: Store, name: str) -> None:
    store = _with_elsewhere(store, {ReviewId(name): {"ada.1.jsonl": journal()}})

    assert store.reviews() == ()


def test_journals_of_all_places_are_read_together(store: Store) -> None:
    _write(store, "1", TakeNote("live"))
    _place(_published(store) / REVIEW, journal(TakeNote("committed")), "ben.1.jsonl")
    store = _with_elsewhere(store, {REVIEW: {"cleo.1.jsonl": journal(TakeNote("from a ref"))}})

    record = store.read(REVIEW)

    assert sorted(_notes(store)) == ["committed", "from a ref", "live"]
    assert record.damages == ()


def test_a_copy_elsewhere_that_differs_is_damage_and_not_read(store: Store) -> None:
    live = _write(store, "1", TakeNote("must not ship"))
    changed = live.path.read_bytes().replace(b"must not", b"may well")
    store = _with_elsewhere(store, {REVIEW: {"ada.1.jsonl": changed}})

    assert store.read(REVIEW).damages == (
        "ada.1.jsonl: the copy in git differs from the live journal, and was not read",
    )
    assert _notes(store) == ["must not ship"]


def test_copies_that_both_go_on_from_a_shorter_one_must_agree_with_each_other(store: Store) -> None:
    _place(store.home / REVIEW, journal(TakeNote("a")))
    _place(_published(store) / REVIEW, journal(TakeNote("a"), TakeNote("b")))
    store = _with_elsewhere(store, {REVIEW: {"ada.1.jsonl": journal(TakeNote("a"), TakeNote("c"))}})

    record = store.read(REVIEW)

    assert _notes(store) == ["a", "b"]
    assert record.damages == ("ada.1.jsonl: the copy in git differs from the published copy, and was not read",)


def test_damage_and_a_newer_schema_elsewhere_are_told_by_the_name_of_the_file(store: Store) -> None:
    torn = _with_elsewhere(store, {REVIEW: {"ada.1.jsonl": journal(TakeNote("x"))[:-1]}})
    newer = _with_elsewhere(store, {REVIEW: {"b.jsonl": journal().replace(b"reviewer.review/1", b"reviewer.review/2")}})

    assert torn.read(REVIEW).damages == ("ada.1.jsonl: line 2: cut off while it was written",)
    with pytest.raises(RecordTooNew, match=r"b\.jsonl: the record has the schema"):
        newer.read(REVIEW)


def test_what_elsewhere_holds_is_asked_anew_each_time(store: Store) -> None:
    found: dict[ReviewId, dict[str, bytes]] = {}
    store = _with_elsewhere(store, found)
    before = store.reviews()

    found[REVIEW] = {"ada.1.jsonl": journal(TakeNote("fetched"))}

    assert before == ()
    assert _notes(store) == ["fetched"]


def test_the_whole_copy_of_a_live_journal_that_was_damaged_is_read_too(store: Store) -> None:
    lines = journal_lines(TakeNote("one"), TakeNote("two"), TakeNote("three"))
    _place(store.home / REVIEW, content_of(lines).replace(b"two", b"2wo"))
    _place(_published(store) / REVIEW, content_of(lines))

    record = store.read(REVIEW)

    assert _notes(store) == ["one", "two", "three"]
    assert record.damages == ("ada.1.jsonl: line 4: does not follow the line before it",)


def test_publishing_does_not_overwrite_a_whole_copy_with_a_damaged_journal(store: Store) -> None:
    lines = journal_lines(TakeNote("one"), TakeNote("two"), TakeNote("three"))
    _place(store.home / REVIEW, content_of(lines).replace(b"two", b"2wo"))
    copy = _place(_published(store) / REVIEW, content_of(lines))
    _write(store, "2", TakeNote("later"), by=BEN)

    store.publish(REVIEW)

    assert copy.read_bytes() == content_of(lines)
    assert (_published(store) / REVIEW / "ben.2.jsonl").exists()


def test_publishing_puts_right_a_copy_that_was_changed(store: Store) -> None:
    live = _write(store, "1", TakeNote("must not ship"))
    copy = _place(_published(store) / REVIEW, live.path.read_bytes().replace(b"must not", b"may well"))

    store.publish(REVIEW)

    assert copy.read_bytes() == live.path.read_bytes()


def test_half_a_line_is_no_damage_while_its_writer_is_at_it_and_is_damage_when_it_is_gone(store: Store) -> None:
    opening = Open(REVIEW, ADA, "test")
    file = store.journal(REVIEW, "ada", "1")
    file.append(opening, opening, clock=0, at=AT, durable=False)
    whole = file.path.read_bytes()
    file.path.write_bytes(whole + b'{"e":"note","n":1')

    during = store.read(REVIEW)
    store.publish(REVIEW)
    file.close()
    after = store.read(REVIEW)

    assert during.damages == ()
    assert (_published(store) / REVIEW / "ada.1.jsonl").read_bytes() == whole
    assert after.damages == ("ada.1.jsonl: line 2: cut off while it was written",)
    assert during.entries == after.entries


def test_a_durable_event_is_on_disk_with_the_names_that_lead_to_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (synced.append(os.fstat(descriptor).st_ino), fsync(descriptor)))
    opening = Open(REVIEW, ADA, "test")
    file = store.journal(REVIEW, "ada", "1")

    file.append(opening, opening, clock=0, at=AT, durable=False)
    before = list(synced)
    file.append(TakeNote("x"), opening, clock=1, at=AT, durable=True)

    file.close()
    places = (file.path, file.path.parent, store.home, store.home.parent)
    assert before == []
    assert {place.stat().st_ino for place in places} <= set(synced)


def test_a_line_that_may_not_be_on_disk_is_taken_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    opening = Open(REVIEW, ADA, "test")
    file = store.journal(REVIEW, "ada", "1")
    file.append(opening, opening, clock=0, at=AT, durable=False)

    def fail(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ReviewerError, match="not saved"):
        file.append(TakeNote("x"), opening, clock=1, at=AT, durable=True)

    assert file.is_closed
    assert len(store.read(REVIEW).entries) == 1


def test_an_interrupt_while_writing_ends_the_file_and_leaves_no_damage(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = Open(REVIEW, ADA, "test")
    file = store.journal(REVIEW, "ada", "1")
    file.append(opening, opening, clock=0, at=AT, durable=False)

    def interrupt(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        file.append(TakeNote("x"), opening, clock=1, at=AT, durable=True)

    assert file.is_closed
    assert store.read(REVIEW).damages == ()


def _with_elsewhere(store: Store, found: Mapping[ReviewId, Mapping[str, bytes]]) -> Store:
    return Store(store.home, store.published, lambda: found)


def _link(store: Store, target: Path, *, is_whole_tree: bool) -> None:
    """Put a link to the target in place of `.reviews`, or to its folder of the review below it."""
    published = _published(store)
    link, place = (published, target) if is_whole_tree else (published / REVIEW, target / REVIEW)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(place)
