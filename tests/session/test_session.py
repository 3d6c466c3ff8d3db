import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.analysis.finding import Severity
from reviewer.diff.identity import EditId
from reviewer.errors import RecordTooNew, Refused, ReviewerError
from reviewer.repository import choose_target, discover, read_diff
from reviewer.review.carry import Fate
from reviewer.review.draft import begin_draft
from reviewer.review.events import (
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
    Unview,
    View,
)
from reviewer.review.model import Disposition, Reply, Reviewer, ReviewState, Side, Spot, Verdict
from reviewer.review.record import encode
from reviewer.review.state import fold
from reviewer.session.opening import open_session, store_for
from reviewer.session.session import Session
from reviewer.session.subject import Subject
from reviewer.store import Store
from tests.interrupted import event_at, session_in, store_in
from tests.review.samples import ADA, AT, BEN, DIFF, EDITS, OTHER_SCOPE, SCOPE, finding
from tests.scratch import Scratch

SUBJECT = Subject(DIFF, "sample", None)
BEFORE = "import requests\n\n\ndef pay(url):\n    return None\n"
AFTER = "import requests\n\n\ndef pay(url):\n    return requests.get(url)\n"
KILLS = 40


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return store_in(tmp_path)


def _session(store: Store, by: Reviewer = ADA, subject: Subject = SUBJECT) -> Session:
    return Session(subject, store, by)


def _home(store: Store, session: Session) -> list[Path]:
    return sorted((store.home / session.review).glob("*.jsonl"))


def _changed(scratch: Scratch, after: str = AFTER) -> Subject:
    """Change a committed file in the working tree, and return that change."""
    scratch.git("config", "user.name", "Rita Reader")
    scratch.git("config", "user.email", "rita@example.org")
    scratch.commit({"pay.py": BEFORE})
    scratch.write("pay.py", after)
    return _worktree(scratch)


def _worktree(scratch: Scratch) -> Subject:
    repository = scratch.repository
    target = choose_target(repository)
    return Subject(read_diff(repository, target), target.label, repository, target.old, target.new)


def _bodies(state: ReviewState) -> list[str]:
    return sorted(note.body for note in state.notes.values())


def test_a_new_review_knows_what_is_under_review_and_writes_nothing_yet(store: Store) -> None:
    session = _session(store)

    assert session.state.reviewed is not None
    assert (session.state.reviewed.scope, session.state.reviewed.label) == (SCOPE.id, "sample")
    assert (session.state.reviewed.files, session.state.reviewed.hunks) == (2, 3)
    assert session.state.reviewed.changed_lines == 4
    assert not store.home.exists()


def test_a_review_is_named_by_the_day_it_began_and_its_scope(store: Store) -> None:
    session = Session(SUBJECT, store, ADA, now=lambda: datetime(2026, 1, 31, 23, 59, tzinfo=UTC))

    assert session.review == f"2026-01-31-{SCOPE.id[:10]}"


def test_the_first_event_opens_the_journal_and_says_what_is_under_review(store: Store) -> None:
    session = _session(store)

    session.dispatch(View(EDITS))

    opening, reviewed, view = (entry.event for entry in store.read(session.review).entries)
    assert isinstance(opening, Open)
    assert (opening.review, opening.reviewer) == (session.review, ADA)
    assert isinstance(reviewed, Range)
    assert reviewed.reviewed == session.state.reviewed
    assert view == View(EDITS)


def test_an_event_is_stamped_with_the_clock_it_was_given(store: Store) -> None:
    session = Session(SUBJECT, store, ADA, now=lambda: datetime(2026, 1, 31, 8, 5, 9, 999_999, UTC))

    assert session.dispatch(View(EDITS)).at == "2026-01-31T08:05:09Z"


def test_a_resumed_review_goes_on_with_the_same_marks_words_and_notes(store: Store) -> None:
    first = _session(store)
    for event in _a_bit_of_everything(first):
        first.dispatch(event)
    first.close()

    second = _session(store)

    assert second.review == first.review
    assert replace(second.state, reviewers=()) == replace(first.state, reviewers=())
    assert second.damages == ()


def test_who_reviews_is_known_from_the_first_event_on(store: Store) -> None:
    session = _session(store)

    session.dispatch(View(EDITS))

    assert session.state.reviewers == (ADA,)
    assert session.state == _session(store).state


def test_a_resumed_review_writes_another_file_and_does_not_repeat_what_is_under_review(store: Store) -> None:
    first = _session(store)
    first.dispatch(View(EDITS[:1]))
    first.close()

    second = _session(store)
    second.dispatch(View(EDITS[1:]))

    entries = store.read(second.review).entries
    assert len(_home(store, second)) == 2
    assert [type(entry.event) for entry in entries] == [Open, Range, View, Open, View]
    assert fold(entries).viewed == frozenset(EDITS)


def test_a_verdict_that_came_with_a_branch_is_not_one_given_here(store: Store, tmp_path: Path) -> None:
    session = _session(store)
    session.dispatch(Sign(Verdict.COMMENT, SCOPE.id, session.progress.coverage))
    copies = Store(tmp_path / "elsewhere", store.published)

    again, clone = _session(store), _session(copies)

    assert again.verdict_given_here == session.verdict_given_here == session.state.verdict
    assert clone.state.verdict is not None
    assert clone.verdict_given_here is None


def test_two_sessions_at_once_write_two_files_and_both_are_read(store: Store) -> None:
    ada, ben = _session(store, ADA), _session(store, BEN)
    for number in range(3):
        ada.dispatch(TakeNote(f"ada {number}"))
        ben.dispatch(TakeNote(f"ben {number}"))

    later = _session(store)

    assert ada.review == ben.review
    assert [file.name.partition("-")[0] for file in _home(store, later)] == ["ada", "ben"]
    assert _bodies(later.state) == ["ada 0", "ada 1", "ada 2", "ben 0", "ben 1", "ben 2"]
    assert set(later.state.reviewers) == {ADA, BEN}
    assert later.damages == ()


def test_words_given_after_resuming_outweigh_every_earlier_one(store: Store) -> None:
    ada = _session(store, ADA)
    for number in range(5):
        ada.dispatch(GiveAnswer(ada.questions[0].key, Reply.NO, SCOPE.id, f"not yet {number}"))
    ben = _session(store, BEN)
    ben.dispatch(GiveAnswer(ben.questions[0].key, Reply.YES, SCOPE.id))

    answer = _session(store).state.answers[SCOPE.id, ada.questions[0].key]

    assert (answer.reply, answer.by) == (Reply.YES, BEN)


def test_the_review_of_another_change_is_another_review(store: Store) -> None:
    first = _session(store)
    first.dispatch(View(EDITS))
    renamed = replace(DIFF.files[1], old_path=b"stop.sh", new_path=b"stop.sh")

    second = _session(store, subject=Subject(replace(DIFF, files=(renamed,)), "another file", None))

    assert second.review != first.review
    assert second.state.viewed == frozenset()
    assert [type(entry.event) for entry in store.read(first.review).entries] == [Open, Range, View]


def test_a_refused_event_changes_nothing_and_is_not_written(store: Store) -> None:
    session = _session(store)
    session.dispatch(View(EDITS[:1]))
    state, files = session.state, [file.read_bytes() for file in _home(store, session)]

    with pytest.raises(Refused, match="an empty note says nothing"):
        session.dispatch(TakeNote(" "))

    assert session.state == state
    assert [file.read_bytes() for file in _home(store, session)] == files


def test_an_event_that_cannot_be_saved_changes_nothing_and_the_next_one_brings_all_that_is_needed(store: Store) -> None:
    store.home.parent.mkdir(exist_ok=True)
    store.home.write_bytes(b"in the way")
    session = _session(store)
    before = session.state

    with pytest.raises(ReviewerError, match="not saved"):
        session.dispatch(TakeNote("lost"))

    assert session.state == before
    store.home.unlink()
    session.dispatch(TakeNote("kept"))
    assert [type(entry.event) for entry in store.read(session.review).entries] == [Open, Range, TakeNote]
    assert _bodies(_session(store).state) == ["kept"]


def test_a_disk_that_is_full_costs_one_event_and_no_other(tmp_path: Path) -> None:
    told = json.loads(_run("full", str(tmp_path)))

    session = session_in(tmp_path)

    assert "not saved" in told["error"]
    assert told["is_unchanged"]
    assert session.damages == ()
    assert _bodies(session.state) == ["short"]
    assert session.state.viewed == frozenset(EDITS[:1])
    names = [file.name for file in _home(store_in(tmp_path), session)]
    assert len(names) == 2
    assert told["first"] in names


def test_whatever_was_shown_as_saved_is_in_the_record_when_the_process_is_killed(tmp_path: Path) -> None:
    counts = [int(line) for line in _run("killed", str(tmp_path), str(KILLS)).split()]

    assert len(counts) == KILLS
    assert len(set(counts)) > KILLS / 4
    for number, saved in enumerate(counts):
        session = session_in(tmp_path / str(number))
        log = [entry.event for entry in store_in(tmp_path / str(number)).read(session.review).entries[2:]]
        assert len(log) >= saved
        assert log == [event_at(step, session) for step in range(len(log))]


def test_a_session_that_was_cut_off_goes_on_where_its_record_ends(store: Store) -> None:
    first = _session(store)
    first.dispatch(TakeNote("whole"))
    first.dispatch(TakeNote("torn"))
    first.close()
    (file,) = _home(store, first)
    file.write_bytes(file.read_bytes()[:-9])

    second = _session(store)
    second.dispatch(TakeNote("after"))

    assert second.damages == (f"{file.name}: line 4: cut off while it was written",)
    assert _bodies(_session(store).state) == ["after", "whole"]


def test_a_record_of_a_newer_version_does_not_open(store: Store) -> None:
    session = _session(store)
    session.dispatch(View(EDITS))
    (file,) = _home(store, session)
    file.write_bytes(file.read_bytes().replace(b"reviewer.review/1", b"reviewer.review/2"))

    with pytest.raises(RecordTooNew):
        _session(store)


def test_a_forged_clock_at_its_end_is_told_and_writes_nothing(store: Store) -> None:
    session = _session(store)
    line = encode(Open(session.review, BEN, "forged"), number=0, clock=2**53, at=AT, prev=None)
    (store.home / session.review).mkdir(parents=True)
    (store.home / session.review / "ben.1.jsonl").write_bytes(line + b"\n")
    late = _session(store)

    for _ in range(2):
        with pytest.raises(ReviewerError, match="clock"):
            late.dispatch(TakeNote("x"))

    assert len(store.read(late.review).entries) == 1


def test_undo_takes_back_words_one_by_one_and_tells_which(store: Store) -> None:
    session = _session(store)
    states, events = [session.state], []
    for event in _a_bit_of_everything(session):
        session.dispatch(event)
        states.append(session.state)
        events.append(event)
    raised = next(number for number, event in enumerate(events) if isinstance(event, Raise))

    undone = []
    for before in reversed(states[raised + 1 : -1]):
        undone.append(session.undo())
        assert replace(session.state, reviewers=()) == replace(before, reviewers=())

    assert undone == list(reversed(events[raised + 1 :]))


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.sampled_from(["view", "unview", "note", "no", "n/a", "undo"]), max_size=12))
def test_every_undo_is_exact_and_a_resumed_session_agrees(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    session = session_in(tmp_path_factory.mktemp("undo"))
    question = session.questions[0].key
    history = [session.state]
    for number, step in enumerate(steps):
        if step == "undo":
            undone = session.undo()
            assert (undone is None) == (len(history) == 1)
            history = history[:-1] or history
        else:
            session.dispatch(_step(step, number, question))
            history.append(session.state)
        assert replace(session.state, reviewers=()) == replace(history[-1], reviewers=())
    session.close()

    resumed = Session(SUBJECT, session._store, ADA)

    assert replace(resumed.state, reviewers=()) == replace(history[-1], reviewers=())


def test_undo_goes_back_over_a_restart(store: Store) -> None:
    first = _session(store)
    first.dispatch(TakeNote("one"))
    first.dispatch(TakeNote("two"))
    first.close()
    second = _session(store)

    assert second.undo() == TakeNote("two")
    third = _session(store)

    assert third.undo() == TakeNote("one")
    assert third.undo() is None
    assert _session(store).state.notes == {}


def test_undo_leaves_the_words_of_others_alone(store: Store) -> None:
    ada = _session(store, ADA)
    ada.dispatch(TakeNote("ada's"))
    ben = _session(store, BEN)
    ben.dispatch(View(EDITS))

    assert ben.undo() == View(EDITS)
    assert ben.undo() is None
    assert _bodies(_session(store).state) == ["ada's"]


def test_a_word_that_somebody_else_retracted_still_stands_and_can_be_undone(store: Store) -> None:
    ada = _session(store, ADA)
    note = ada.dispatch(TakeNote("ada's"))
    _session(store, BEN).dispatch(Retract(note.id))

    back = _session(store, ADA)

    assert back.undo() == TakeNote("ada's")
    assert _session(store).state.notes == {}


def test_there_is_nothing_to_undo_in_a_new_review(store: Store) -> None:
    session = _session(store)

    assert session.undo() is None
    assert not store.home.exists()


def test_flags_are_raised_once_and_again_when_they_changed(store: Store) -> None:
    session = _session(store)
    session.raise_flags([finding("f"), finding("g")])
    session.dispatch(Dispose(finding("f").id, Disposition.FALSE_ALARM))

    session.raise_flags([finding("f"), finding("g")])
    session.raise_flags([finding("f", line=99)])

    raised = [entry.event for entry in store.read(session.review).entries if isinstance(entry.event, Raise)]
    assert raised == [Raise((finding("f"), finding("g")), SCOPE.id), Raise((finding("f", line=99),), SCOPE.id)]
    assert session.state.flags[finding("f").id].disposition is Disposition.FALSE_ALARM


def test_more_flags_than_a_line_of_the_record_holds_are_all_saved(store: Store) -> None:
    flags = [finding(f"f{number}", code="x" * 400, message="y" * 400) for number in range(10_000)]

    _session(store).raise_flags(flags)

    assert len(_session(store).state.flags) == 10_000


def test_a_flag_on_a_line_that_is_no_utf_8_is_saved_and_not_raised_again(store: Store) -> None:
    session = _session(store)
    session.raise_flags([finding("f", code="send('caf\udce9')")])

    later = _session(store)
    later.raise_flags([finding("f", code="send('caf\udce9')")])

    assert len(_home(store, later)) == 1
    assert later.state.flags == session.state.flags


def test_rules_that_fire_bring_up_further_questions(store: Store) -> None:
    session = _session(store)
    before = len(session.questions)

    session.raise_flags([finding(severity=Severity.HIGH)])

    assert len(session.questions) > before
    assert _session(store).questions == session.questions


def test_an_approval_needs_every_hunk_flag_and_question_and_is_published(store: Store) -> None:
    session = _session(store)
    session.raise_flags([finding()])
    with pytest.raises(Refused, match="an approval waits for"):
        session.dispatch(Sign(Verdict.APPROVE, SCOPE.id, 1.0))

    for event in _all_that_an_approval_needs(session):
        session.dispatch(event)
    session.dispatch(Sign(Verdict.APPROVE, SCOPE.id, session.progress.coverage))

    assert session.blockers == ()
    assert session.state.verdict is not None
    assert session.state.verdict.verdict is Verdict.APPROVE
    (live,) = _home(store, session)
    assert store.published is not None
    assert (store.published / session.review / live.name).read_bytes() == live.read_bytes()


def test_a_sign_off_either_counts_or_raises_also_if_it_cannot_be_published(store: Store) -> None:
    store.home.parent.mkdir(exist_ok=True)
    (store.home.parent / "tree").write_bytes(b"in the way")
    session = _session(store)

    try:
        session.dispatch(Sign(Verdict.COMMENT, SCOPE.id, 0.0))
    except ReviewerError:
        assert session.state.verdict is None
    else:
        assert session.state.verdict is not None


def test_a_sign_off_taken_back_is_taken_back_in_the_published_copy(store: Store) -> None:
    session = _session(store)
    session.dispatch(Sign(Verdict.COMMENT, SCOPE.id, 0.0))

    session.undo()

    elsewhere = Session(SUBJECT, Store(store.home.parent / "clone", store.published), BEN)
    assert elsewhere.review == session.review
    assert elsewhere.state.verdict is None


def test_a_clone_goes_on_with_a_published_review_but_takes_nothing_for_read(store: Store) -> None:
    session = _session(store)
    session.dispatch(View(EDITS[:2]))
    session.dispatch(TakeNote("why?"))
    session.dispatch(Sign(Verdict.REQUEST_CHANGES, SCOPE.id, 0.5))

    clone = Session(SUBJECT, Store(store.home.parent / "clone", store.published), BEN)
    clone.dispatch(View(EDITS[2:]))

    assert clone.review == session.review
    assert clone.state.viewed == frozenset(EDITS[2:])
    assert clone.state.verdict == session.state.verdict
    assert _bodies(clone.state) == ["why?"]


def test_a_record_that_a_proposal_brings_in_my_name_reads_and_answers_nothing(store: Store) -> None:
    planted = Session(SUBJECT, Store(store.home.parent / "planted", store.published), ADA)
    planted.dispatch(View(EDITS))
    for question in planted.questions:
        planted.dispatch(GiveAnswer(question.key, Reply.YES, SCOPE.id))
    planted.dispatch(Sign(Verdict.COMMENT, SCOPE.id, 1.0))

    mine = _session(store)

    assert mine.review == planted.review
    assert mine.state.viewed == frozenset()
    assert mine.state.answers == {}
    assert len(mine.blockers) == len(EDITS) + len(mine.questions)


def test_a_reviewer_is_who_git_says_works_here(scratch: Scratch) -> None:
    subject = _changed(scratch)

    session = open_session(subject, scratch.folder)
    entry = session.dispatch(TakeNote("x"))

    assert entry.by == Reviewer("Rita Reader", "rita@example.org")
    (file,) = (scratch.folder / ".git/reviewer/reviews" / session.review).iterdir()
    assert file.name.startswith("rita-example.org.")


def test_without_a_repository_the_reviewer_is_who_the_system_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LOGNAME", "grace")

    session = open_session(SUBJECT, tmp_path)
    entry = session.dispatch(TakeNote("x"))

    assert entry.by == Reviewer("grace", "grace@localhost")
    assert _bodies(open_session(SUBJECT, tmp_path).state) == ["x"]


def test_the_same_change_is_the_same_review_after_a_commit_an_amend_and_a_rebase(scratch: Scratch) -> None:
    first = open_session(_changed(scratch), scratch.folder)
    first.dispatch(View(tuple(first.scope.edits)))
    base = scratch.oid("HEAD")
    scratch.commit(message="pay")
    scratch.git("commit", "--quiet", "--amend", "-m", "pay at last")
    scratch.git("checkout", "--quiet", "-b", "other", base)
    scratch.commit({"unrelated.md": "text\n"})
    scratch.git("cherry-pick", "main")
    repository = scratch.repository
    target = choose_target(repository, "HEAD")

    second = open_session(
        Subject(read_diff(repository, target), target.label, repository, target.old, target.new), scratch.folder
    )

    assert second.review == first.review
    assert second.progress.coverage == 1.0


def test_after_one_more_changed_line_the_review_goes_on_without_that_edits_mark(scratch: Scratch) -> None:
    first = open_session(_changed(scratch), scratch.folder)
    first.dispatch(View(tuple(first.scope.edits)))
    scratch.write("pay.py", AFTER + "\nDEBUG = True\n")

    second = open_session(_worktree(scratch), scratch.folder)

    assert second.review == first.review
    assert second.progress.coverage == 0.0
    assert [*second.earlier.carry.fates.values()] == [Fate.DELTA]


def test_a_published_review_is_no_part_of_what_is_reviewed(scratch: Scratch) -> None:
    session = open_session(_changed(scratch), scratch.folder)
    session.dispatch(Sign(Verdict.COMMENT, session.scope.id, 0.0))

    assert (scratch.folder / ".reviews" / session.review).is_dir()
    assert open_session(_worktree(scratch), scratch.folder).scope == session.scope


def test_all_working_trees_of_a_repository_share_its_reviews(scratch: Scratch, tmp_path: Path) -> None:
    _changed(scratch)
    scratch.git("worktree", "add", "--quiet", str(tmp_path / "second"))
    second = discover(tmp_path / "second")

    assert store_for(second, tmp_path / "second").home == store_for(scratch.repository, scratch.folder).home
    assert store_for(second, tmp_path / "second").published == tmp_path / "second" / ".reviews"


def test_a_bare_repository_has_reviews_and_no_place_to_publish(tmp_path: Path) -> None:
    bare = Scratch(tmp_path / "bare", "--bare").repository

    store = store_for(bare, tmp_path)

    assert store.published is None
    assert store.home == tmp_path / "bare/reviewer/reviews"


def _a_bit_of_everything(session: Session) -> Iterator[Event]:
    """Yield events of every kind a reviewer can cause; notes are named as they are written."""
    question = session.questions[0].key
    yield Raise((finding("f"), finding("g", severity=Severity.LOW)), SCOPE.id)
    yield View(EDITS)
    yield Unview(EDITS[:1])
    yield Dispose(finding("f").id, Disposition.NEEDS_CHANGE)
    yield Dispose(finding("f").id, Disposition.ACCEPTED_RISK, "bounded by the caller")
    yield GiveAnswer(question, Reply.NO, SCOPE.id, "never ran")
    yield GiveAnswer(question, Reply.YES, SCOPE.id)
    yield TakeNote("why?", is_blocking=True)
    yield Resolve(next(iter(session.state.notes)))
    yield Sign(Verdict.COMMENT, SCOPE.id, 0.5)


def _all_that_an_approval_needs(session: Session) -> Iterator[Event]:
    yield View(EDITS)
    yield Dispose(finding().id, Disposition.FALSE_ALARM)
    for question in session.questions:
        yield GiveAnswer(question.key, Reply.YES, SCOPE.id, "seen in the test run")


def _step(step: str, number: int, question: str) -> Event:
    edits: tuple[EditId, ...] = EDITS[number % len(EDITS) :][:1]
    return {
        "view": View(edits),
        "unview": Unview(edits),
        "note": TakeNote(f"note {number}"),
        "no": GiveAnswer(question, Reply.NO, SCOPE.id, f"because {number}"),
        "n/a": GiveAnswer(question, Reply.NOT_APPLICABLE, SCOPE.id, f"because {number}"),
    }[step]


def _run(*arguments: str) -> str:
    """Run a session that ends badly in a process of its own; return what it prints."""
    command = [sys.executable, "-m", "tests.interrupted", *arguments]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True)
    return done.stdout


def test_a_draft_outlives_its_session_and_is_gone_once_dropped(store: Store) -> None:
    draft = begin_draft(TakeNote("half a thou", Spot(b"shop.py", Side.NEW, 12, 12, b"    send(2)")))
    _session(store).keep_draft(draft)

    assert _session(store).drafts == (draft,)
    assert _session(store, by=BEN).drafts == ()
    _session(store).drop_draft(draft)
    assert _session(store).drafts == ()


def test_a_draft_is_found_though_nothing_was_said_yet_and_the_day_is_another(store: Store) -> None:
    draft = begin_draft(TakeNote("half a thou"))
    Session(SUBJECT, store, ADA, now=lambda: datetime(2026, 1, 31, tzinfo=UTC)).keep_draft(draft)

    assert Session(SUBJECT, store, ADA, now=lambda: datetime(2026, 2, 1, tzinfo=UTC)).drafts == (draft,)


def test_an_empty_draft_is_forgotten_and_begins_no_record(store: Store) -> None:
    draft = begin_draft(TakeNote("  \n"))
    session = _session(store)
    session.keep_draft(draft)

    assert session.drafts == ()
    assert _home(store, session) == []


def test_an_edited_note_stands_where_it_stood_with_its_new_words(store: Store) -> None:
    session = _session(store)
    spot = Spot(b"shop.py", Side.NEW, 40, 40, b"    send(2)")
    note = session.dispatch(TakeNote("why?", spot))
    assert session.notes[note.id].body == "why?"

    session.dispatch(TakeNote("why 2?", spot, replaces=note.id))

    assert [(each.body, each.spot) for each in session.notes.values()] == [("why 2?", replace(spot, first=12, last=12))]


def test_without_an_editor_in_the_environment_none_is_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    for editor, words in (("", "no editor; set VISUAL or EDITOR"), ("vi '", "no editor")):
        monkeypatch.setenv("EDITOR", editor)
        with pytest.raises(ReviewerError, match=words):
            _session(store).edit_draft(begin_draft(TakeNote("x")))


def test_what_others_write_meanwhile_is_news_once(store: Store) -> None:
    mine, other = _session(store), _session(store, by=BEN)
    note = mine.dispatch(TakeNote("why?"))
    other.take_news()
    answer = other.dispatch(TakeNote("so", answers=note.id))

    assert [entry.id for entry in mine.take_news() if isinstance(entry.event, TakeNote)] == [answer.id]
    assert mine.notes[answer.id].answers == note.id
    assert mine.take_news() == ()
    later = mine.dispatch(TakeNote("ah"))
    assert later.clock > answer.clock


def test_nothing_is_read_while_nobody_else_writes(store: Store) -> None:
    session = _session(store)
    for number in range(3):
        session.dispatch(TakeNote(f"note {number}"))

        assert session.take_news() == ()


def test_news_of_another_state_of_the_change_leave_this_one_under_review(store: Store) -> None:
    session = _session(store)
    session.dispatch(View(EDITS))
    other = store.journal(session.review, "ben", "1")
    opening = Open(session.review, BEN, "test")
    elsewhere = replace(session._reviewed(), scope=OTHER_SCOPE)
    for clock, event in enumerate((opening, Range(elsewhere)), 90):
        other.append(event, opening, clock=clock, at=AT, durable=True)

    assert len(session.take_news()) == 2
    assert session.state.scope == SCOPE.id
    assert session.progress.hunks_viewed == 3


def test_news_before_the_first_word_keep_what_was_carried_over(store: Store) -> None:
    Session(SUBJECT, store, BEN).dispatch(TakeNote("first"))
    session = _session(store)
    Session(SUBJECT, store, BEN).dispatch(TakeNote("second"))

    assert session.take_news()
    assert session.state.reviewed is not None
    assert _bodies(session.state) == ["first", "second"]
