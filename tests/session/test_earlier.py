"""A review goes on with its change: amended, rebased, squashed, renamed, and from working tree to commit."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewer.repository import choose_target, read_diff
from reviewer.review.carry import Fate, summary, unread_as
from reviewer.review.events import Dispose, GiveAnswer, Raise, Resolve, Sign, TakeNote, View
from reviewer.review.model import Disposition, Reply, Reviewer, Verdict
from reviewer.session.opening import open_session, store_for
from reviewer.session.session import Session
from reviewer.session.subject import Subject
from tests.review.samples import finding
from tests.scratch import EXECUTABLE, Scratch

BASE = "".join(f"line {number}\n" for number in range(60))


def _edited(*numbers: int, word: str = "edited", base: str = BASE) -> str:
    return "".join(f"{word} {n}\n" if n in numbers else line for n, line in enumerate(base.splitlines(keepends=True)))


@pytest.fixture
def repo(scratch: Scratch) -> Scratch:
    scratch.git("config", "user.name", "Rita")
    scratch.git("config", "user.email", "rita@example.org")
    scratch.commit({"f.py": BASE, "other.py": BASE}, "base")
    scratch.git("branch", "start")
    return scratch


def _open(scratch: Scratch, revision: str | None = "start..HEAD") -> Session:
    repository = scratch.repository
    target = choose_target(repository, revision)
    subject = Subject(read_diff(repository, target), target.label, repository, target.old, target.new)
    return open_session(subject, scratch.folder)


def _read_all(session: Session) -> Session:
    session.dispatch(View(tuple(session.scope.edits)))
    session.close()
    return session


def _fates(session: Session) -> list[Fate]:
    return sorted(session.earlier.carry.fates.values(), key=list(Fate).index)


def test_a_clean_rebase_keeps_every_mark(repo: Scratch) -> None:
    repo.commit({"f.py": _edited(10, 30)})
    before = _read_all(_open(repo))
    repo.git("checkout", "-q", "-b", "upstream", "start")
    repo.commit({"f.py": "# new head\n" + BASE, "other.py": _edited(5)})
    repo.git("rebase", "-q", "upstream", "main")

    after = _open(repo, "upstream..main")

    assert after.review == before.review
    assert after.progress.coverage == 1.0


def test_a_rebase_onto_changed_neighbours_ports_the_edit_and_leaves_the_rest(repo: Scratch) -> None:
    repo.commit({"f.py": _edited(10, 30, 50)})
    _read_all(_open(repo))
    repo.git("checkout", "-q", "-b", "upstream", "start")
    repo.commit({"f.py": _edited(8)})
    repo.git("-c", "merge.conflictStyle=merge", "rebase", "-q", "upstream", "main")

    after = _open(repo, "upstream..main")

    assert _fates(after) == [Fate.KEPT, Fate.KEPT, Fate.PORTED]
    assert after.became == "rebased: 2 of 3 edits kept, 1 ported"
    left = [unread_as(edits, after.state.viewed, after.earlier.carry) for edits in after.scope.by_hunk]
    assert left == [Fate.PORTED, Fate.KEPT, Fate.KEPT]
    assert after.progress.hunks_viewed == 2


def test_an_amended_edit_loses_its_mark_and_shows_what_it_was(repo: Scratch) -> None:
    repo.commit({"f.py": _edited(10, 30)})
    _read_all(_open(repo))
    repo.write("f.py", _edited(10).replace("line 30", "edited 30 again"))
    repo.git("commit", "-q", "-a", "--amend", "--no-edit", "--no-verify")

    after = _open(repo)

    assert _fates(after) == [Fate.KEPT, Fate.DELTA]
    assert after.became == "amended: 1 of 2 edits kept, 1 changed"
    assert [origin.core for origin in after.earlier.carry.origins.values()] == [b"-line 30\n+edited 30\n"]
    assert after.progress.hunks_viewed == 1


def test_further_commits_leave_only_themselves_to_read(repo: Scratch) -> None:
    repo.commit({"f.py": _edited(10)})
    _read_all(_open(repo))
    repo.commit({"other.py": _edited(40)})

    after = _open(repo)

    assert after.became == "more commits: 1 of 2 edits kept, 1 new"
    assert after.progress.hunks_viewed == 1


def test_commits_reviewed_one_by_one_are_reviewed_together_once_squashed(repo: Scratch) -> None:
    repo.commit({"f.py": _edited(10)})
    _read_all(_open(repo, "HEAD"))
    repo.commit({"other.py": _edited(40)})
    _read_all(_open(repo, "HEAD"))
    repo.git("reset", "-q", "--soft", "start")
    repo.commit(message="both")

    assert _open(repo).progress.coverage == 1.0


def test_an_edit_read_in_another_review_is_ported_once_a_squash_changes_its_neighbour(repo: Scratch) -> None:
    repo.commit({"f.py": _edited(10, 30)})
    _read_all(_open(repo, "HEAD"))
    repo.commit({"f.py": _edited(10, 28, 30), "other.py": _edited(40)})
    _read_all(_open(repo, "HEAD"))
    repo.git("reset", "-q", "--soft", "start")
    repo.commit(message="both")

    after = _open(repo)

    assert Fate.NEW not in _fates(after)
    assert after.progress.hunks_viewed + sum(fate is Fate.PORTED for fate in _fates(after)) >= 2


def test_the_review_of_the_working_tree_counts_for_the_commit_made_from_it(repo: Scratch) -> None:
    repo.write("f.py", _edited(10, 30))
    repo.write("new.py", "print()\n")
    repo.write("run.sh", "#!/bin/sh\n", EXECUTABLE)
    repo.write("picture.bin", b"\0\1\2")
    repo.write("empty")
    before = _open(repo, None)
    _read_all(before)
    before.dispatch(Sign(Verdict.COMMENT, before.scope.id, 1.0))
    repo.commit()

    after = _open(repo)

    assert after.scope.id == before.scope.id
    assert after.state.verdict is not None


def test_a_changed_binary_reviewed_in_the_working_tree_is_the_one_committed(repo: Scratch) -> None:
    repo.commit({"picture.bin": b"\0\1"})
    repo.git("branch", "-f", "start")
    repo.write("picture.bin", b"\0\2")
    before = _read_all(_open(repo, None))
    repo.commit()

    assert _open(repo).scope.id == before.scope.id


def test_a_renamed_file_keeps_its_marks_and_the_rename_itself_is_new(repo: Scratch) -> None:
    repo.commit({"fresh.py": _edited(3)})
    _read_all(_open(repo))
    repo.git("mv", "fresh.py", "better.py")
    repo.git("commit", "-q", "--amend", "--no-edit", "--no-verify")

    after = _open(repo)

    assert _fates(after) == [Fate.MOVED]
    assert after.progress.coverage == 1.0


def test_answers_go_stale_with_the_scope_and_can_be_given_again(repo: Scratch) -> None:
    repo.commit({"f.py": _edited(10)})
    before = _open(repo)
    question = before.questions[0].key
    before.dispatch(GiveAnswer(question, Reply.NO, before.scope.id, "not run yet"))
    repo.commit({"other.py": _edited(40)})

    after = _open(repo)

    assert (before.scope.id, question) in after.state.answers
    assert (after.scope.id, question) not in after.state.answers


def test_what_was_signed_stays_signed_while_the_review_goes_on_with_more(repo: Scratch) -> None:
    first = repo.commit({"f.py": _edited(10)})
    before = _read_all(_open(repo))
    before.dispatch(Sign(Verdict.COMMENT, before.scope.id, 1.0))
    repo.commit({"other.py": _edited(40)})
    _open(repo).dispatch(TakeNote("more to come"))

    again = _open(repo, f"start..{first}")

    assert again.review == before.review
    assert again.state.verdict is not None


def test_a_flag_that_needs_a_change_stays_until_someone_says_it_is_settled(repo: Scratch) -> None:
    repo.commit({"f.py": _edited(10)})
    before = _open(repo)
    before.dispatch(Raise((finding(),), before.scope.id))
    before.dispatch(Dispose(finding().id, Disposition.NEEDS_CHANGE, "bound it"))
    repo.commit({"other.py": _edited(40)})

    after = _open(repo)

    assert [blocker.text for blocker in after.blockers if blocker.flag] == [
        "shop.py:12  flag missing-timeout needed a change and is not seen any more: is it settled?"
    ]
    after.dispatch(Resolve(finding=finding().id))
    assert not [blocker for blocker in after.blockers if blocker.flag]


def test_unrelated_work_is_a_review_of_its_own(repo: Scratch) -> None:
    repo.commit({"f.py": _edited(10)})
    before = _read_all(_open(repo))
    repo.git("checkout", "-q", "-b", "elsewhere", "start")
    repo.commit({"other.py": _edited(40, word="something else altogether")})

    after = _open(repo)

    assert after.review != before.review
    assert after.became is None


def test_what_another_person_read_in_another_review_is_not_read_by_me(repo: Scratch) -> None:
    repo.commit({"f.py": _edited(10)})
    shared = _open(repo)
    ben = Session(shared.subject, store_for(repo.repository, repo.folder), Reviewer("Ben", "ben@example.org"))
    _read_all(ben)
    repo.commit({"other.py": _edited(1, 20, 30, 40, 50)})
    repo.git("branch", "-f", "start", "HEAD~1")
    own = _open(repo)
    own.dispatch(View(tuple(own.scope.edits)))
    repo.git("branch", "-f", "start", "HEAD~2")

    both = _open(repo)

    assert both.review == own.review
    assert both.progress.hunks_viewed == 5


def test_without_the_kept_diff_the_commits_are_read_again(repo: Scratch) -> None:
    repo.commit({"f.py": _edited(10, 30)})
    _read_all(_open(repo))
    for file in _kept(repo):
        file.unlink()
    repo.write("f.py", _edited(10).replace("line 30", "edited 30 again"))
    repo.git("commit", "-q", "-a", "--amend", "--no-edit", "--no-verify")

    assert _fates(_open(repo)) == [Fate.KEPT, Fate.DELTA]


@pytest.mark.parametrize("junk", [b"", b"junk", b"x\x9c"])
def test_a_damaged_diff_is_not_believed(repo: Scratch, junk: bytes) -> None:
    repo.write("f.py", _edited(10, 30))
    _read_all(_open(repo, None))
    for file in _kept(repo):
        file.write_bytes(junk)
    repo.write("f.py", _edited(10).replace("line 30", "edited 30 again"))

    assert _fates(_open(repo, None)) == [Fate.KEPT, Fate.NEW]


def _kept(scratch: Scratch) -> Iterator[Path]:
    files = list((scratch.repository.common_dir / "reviewer" / "diffs").iterdir())
    assert files
    return iter(files)


def test_the_summary_of_an_unchanged_review_says_nothing(repo: Scratch) -> None:
    repo.commit({"f.py": _edited(10)})
    _read_all(_open(repo))

    again = _open(repo)

    assert again.became is None
    assert summary(again.earlier.carry).startswith("0 of 0")
