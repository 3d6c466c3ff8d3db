"""All refs of a push are judged, each by its ids, and the gravest answer counts."""

import json
import shutil
from collections.abc import Callable

import pytest

from reviewer.errors import CannotDetermine, RecordTooNew
from reviewer.hook.judge import Answer, exit_code, judge_pushes
from reviewer.hook.pushes import Push
from reviewer.repository import choose_target
from reviewer.review.events import Sign, TakeNote
from reviewer.review.model import Verdict
from tests.hook.gated import introduce, open_at, sign
from tests.scratch import Scratch

ZEROS = "0" * 40
MAIN = "refs/heads/main"


@pytest.fixture
def repo(scratch: Scratch) -> Scratch:
    """Two commits on `main`, the first of which the remote has."""
    introduce(scratch.folder)
    scratch.commit({"f.py": "f = 1\n"})
    scratch.git("config", "remote.origin.url", "elsewhere")
    scratch.git("update-ref", "refs/remotes/origin/main", "main")
    scratch.commit({"f.py": "f = 2\n"})
    return scratch


def _push(scratch: Scratch, ref: str = MAIN, local: str = "main", there: str | None = "origin/main") -> Push:
    return Push(f"refs/heads/{local}", scratch.oid(local), ref, ZEROS if there is None else scratch.oid(there))


def _judge(scratch: Scratch, *pushes: Push) -> tuple[Answer, ...]:
    return judge_pushes(scratch.repository, pushes, "origin")


def test_nothing_pushed_is_nothing_judged(repo: Scratch) -> None:
    assert _judge(repo) == ()
    assert exit_code(()) == 0


def test_what_nobody_signed_is_not_satisfied(repo: Scratch) -> None:
    (answer,) = _judge(repo, _push(repo))

    assert answer.judgement is not None
    assert answer.exit_code == 1


def test_what_was_signed_is_satisfied(repo: Scratch) -> None:
    sign(repo.folder, "origin/main...main")

    (answer,) = _judge(repo, _push(repo))

    assert answer.exit_code == 0
    assert answer.asked is not None


def test_the_same_change_is_the_same_judgement_under_every_ref(repo: Scratch) -> None:
    pushes = [_push(repo, ref, there=None) for ref in ("refs/heads/a", "refs/heads/b", "refs/tags/c")]

    answers = _judge(repo, *pushes)

    assert [answer.push for answer in answers] == pushes
    assert len({id(answer.judgement) for answer in answers}) == 1


def test_what_brings_nothing_is_not_judged(repo: Scratch) -> None:
    (answer,) = _judge(repo, _push(repo, "refs/heads/a", local="main~1", there=None))

    assert answer == Answer(answer.push)
    assert answer.exit_code == 0


def test_an_error_is_an_answer_and_the_others_are_still_judged(repo: Scratch) -> None:
    unknown = Push(MAIN, repo.oid("main"), MAIN, "1" * 40)

    broken, judged = _judge(repo, unknown, _push(repo))

    assert isinstance(broken.error, CannotDetermine)
    assert (broken.exit_code, judged.exit_code) == (3, 1)
    assert exit_code((judged, broken)) == exit_code((broken, judged)) == 3


def test_a_damaged_record_of_the_change_weighs_more_than_what_is_missing(repo: Scratch) -> None:
    sign(repo.folder, "origin/main...main")
    for journal in repo.folder.glob("**/*.jsonl"):
        journal.write_bytes(journal.read_bytes().replace(b"approve", b"approvE"))

    (answer,) = _judge(repo, _push(repo))

    assert answer.exit_code == 4


def test_a_record_of_a_newer_version_is_not_passed_over(repo: Scratch) -> None:
    sign(repo.folder, "origin/main...main")
    for journal in repo.folder.glob("**/*.jsonl"):
        first = json.loads(journal.read_bytes().splitlines()[0])
        journal.write_text(json.dumps({**first, "schema": "reviewer.review/99"}) + "\n")

    (answer,) = _judge(repo, _push(repo))

    assert isinstance(answer.error, RecordTooNew)
    assert answer.exit_code == 5


@pytest.fixture
def rebased(repo: Scratch) -> Scratch:
    """`x` was published beside `main`; now it stands on it, while `origin/x` is where it was."""
    repo.git("checkout", "--quiet", "-b", "x", "main~1")
    repo.commit({"x.py": "x = 1\n"})
    repo.git("update-ref", "refs/remotes/origin/x", "x")
    repo.git("update-ref", "refs/remotes/origin/main", "main")
    repo.git("rebase", "--quiet", "main")
    return repo


def _rebased_push(scratch: Scratch) -> Push:
    return _push(scratch, "refs/heads/x", "x", "origin/x")


@pytest.mark.parametrize("signed", ["origin/x...x", "origin/main...x"])
def test_either_view_of_a_rebased_branch_may_be_signed(rebased: Scratch, signed: str) -> None:
    sign(rebased.folder, signed)

    (answer,) = _judge(rebased, _rebased_push(rebased))

    assert answer.exit_code == 0
    assert answer.asked is not None
    assert answer.asked.target.label == signed


def test_what_is_least_to_read_is_asked_of_a_rebased_branch(rebased: Scratch) -> None:
    (answer,) = _judge(rebased, _rebased_push(rebased))

    assert answer.exit_code == 1
    assert answer.asked is not None
    assert answer.asked.target.label == "origin/main...x"


@pytest.mark.parametrize("event", ["request-changes", "blocking"])
def test_a_word_against_a_change_is_not_got_round_by_signing_another_view(rebased: Scratch, event: str) -> None:
    _sit_down(rebased, "ben")
    session = open_at(rebased.folder, choose_target(rebased.repository, "origin/x...x"))
    against = Sign(Verdict.REQUEST_CHANGES, session.scope.id, 0.0)
    session.dispatch(against if event == "request-changes" else TakeNote("wait", is_blocking=True))
    session.close()
    _sit_down(rebased, "rita")
    bring_back = _aside(rebased)
    sign(rebased.folder, "origin/main...x")
    assert exit_code(_judge(rebased, _rebased_push(rebased))) == 0

    bring_back()

    assert exit_code(_judge(rebased, _rebased_push(rebased))) == 1


def test_a_damaged_record_is_not_got_round_by_signing_another_view(rebased: Scratch) -> None:
    sign(rebased.folder, "origin/x...x")
    for journal in rebased.folder.glob("**/*.jsonl"):
        journal.write_bytes(journal.read_bytes().replace(b"approve", b"approvE"))
    bring_back = _aside(rebased)
    sign(rebased.folder, "origin/main...x")
    assert exit_code(_judge(rebased, _rebased_push(rebased))) == 0

    bring_back()

    assert exit_code(_judge(rebased, _rebased_push(rebased))) == 4


def test_who_signed_a_whole_branch_signed_its_last_commit(rebased: Scratch) -> None:
    rebased.git("update-ref", "refs/remotes/origin/x", "x")
    rebased.commit({"y.py": "y = 1\n"})
    sign(rebased.folder, "origin/main...x")

    (answer,) = _judge(rebased, _rebased_push(rebased))

    assert answer.exit_code == 0


def _sit_down(scratch: Scratch, name: str) -> None:
    scratch.git("config", "user.name", name.title())
    scratch.git("config", "user.email", f"{name}@example.org")


def _aside(scratch: Scratch) -> Callable[[], None]:
    """Take all records away; return what brings them back, as if they came from another machine."""
    reviews = scratch.folder / ".git" / "reviewer" / "reviews"
    aside = reviews.rename(scratch.folder / ".git" / "aside")
    shutil.rmtree(scratch.folder / ".reviews", ignore_errors=True)

    def bring_back() -> None:
        for review in aside.iterdir():
            review.rename(reviews / review.name)

    return bring_back
