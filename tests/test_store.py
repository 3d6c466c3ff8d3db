import os
from pathlib import Path

import pytest

from reviewer.errors import RecordTooNew, ReviewerError
from reviewer.review.events import Event, Open, TakeNote, View
from reviewer.review.model import Reviewer, ReviewId
from reviewer.store import JournalFile, Store
from tests.review.samples import ADA, AT, BEN, EDITS, REVIEW, content_of, journal, journal_lines

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


def _link(store: Store, target: Path, *, is_whole_tree: bool) -> None:
    """Put a link to the target in place of `.reviews`, or to its folder of the review below it."""
    published = _published(store)
    link, place = (published, target) if is_whole_tree else (published / REVIEW, target / REVIEW)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(place)
