"""A request for changes weighs on every later state of the change, until whoever made it signs again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from reviewer.review.events import Retract, Sign
from reviewer.review.model import Verdict
from reviewer.review.policy import Requirement
from tests.scratch import Scratch
from tests.verification.reviews import (
    BEN,
    RANGE,
    RITA,
    about,
    begin,
    chained,
    edited,
    judged,
    live,
    outcome,
    plant,
    reasons,
    sign,
    sit_down,
    whole_review,
)

STANDS = "Rita <rita@example.org> requested changes and has not signed off since"


def _amend(scratch: Scratch) -> None:
    scratch.write("shop.py", edited(5, 30).replace("edited 30", "edited 30 again"))
    scratch.git("commit", "-q", "-a", "--amend", "--no-edit", "--no-verify")


def _rebase(scratch: Scratch) -> None:
    scratch.git("checkout", "-q", "main")
    scratch.commit({"elsewhere.py": "new\n"})
    scratch.git("rebase", "-q", "main", "feature")


def _go_on(scratch: Scratch) -> None:
    scratch.commit({"other.py": edited(7)})


LATER: dict[str, Callable[[Scratch], None]] = {"amended": _amend, "rebased": _rebase, "more commits": _go_on}


@pytest.mark.parametrize("how", LATER)
def test_it_stands_over_later_states_though_another_person_approves_them(scratch: Scratch, how: str) -> None:
    begin(scratch)
    sign(scratch, RITA, Verdict.REQUEST_CHANGES)

    LATER[how](scratch)
    sign(scratch, BEN)

    judgement = judged(scratch)
    assert reasons(judgement, Requirement.VERDICT) == [STANDS]
    assert not judgement.is_satisfied


@pytest.mark.parametrize("how", LATER)
def test_it_stands_though_the_later_approval_was_made_where_nobody_knew_of_it(scratch: Scratch, how: str) -> None:
    begin(scratch)
    sign(scratch, RITA, Verdict.REQUEST_CHANGES)
    aside = _put_aside(scratch)

    LATER[how](scratch)
    sign(scratch, BEN)
    assert judged(scratch).is_satisfied
    _bring_back(aside, live(scratch))

    assert reasons(judged(scratch), Requirement.VERDICT) == [STANDS]


@pytest.mark.parametrize("how", LATER)
def test_it_is_lifted_when_its_author_approves_a_later_state(scratch: Scratch, how: str) -> None:
    begin(scratch)
    sign(scratch, RITA, Verdict.REQUEST_CHANGES)

    LATER[how](scratch)
    sign(scratch, RITA)

    assert judged(scratch).is_satisfied


def test_its_authors_approval_of_this_state_lifts_it_in_whatever_review_it_stands(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch, RITA, Verdict.REQUEST_CHANGES)
    aside = _put_aside(scratch)
    _amend(scratch)
    sign(scratch, RITA)

    _bring_back(aside, live(scratch))

    assert judged(scratch).is_satisfied


def test_it_is_lifted_when_its_author_takes_it_back(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch, BEN)
    session = sit_down(scratch)
    objection = session.dispatch(Sign(Verdict.REQUEST_CHANGES, session.scope.id, 1.0))
    before = judged(scratch)

    session.dispatch(Retract(objection.id))

    assert reasons(before, Requirement.VERDICT) == [STANDS]
    assert judged(scratch).is_satisfied


def test_nobody_else_can_take_it_back(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch, BEN)
    session = sit_down(scratch)
    objection = session.dispatch(Sign(Verdict.REQUEST_CHANGES, session.scope.id, 1.0))

    sit_down(scratch, BEN).dispatch(Retract(objection.id))

    assert not judged(scratch).is_satisfied


def test_an_objection_to_one_commit_of_the_change_weighs_on_all_of_it(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch, RITA, Verdict.REQUEST_CHANGES, revision="feature")
    _go_on(scratch)
    aside = _put_aside(scratch)
    sign(scratch, BEN)
    _bring_back(aside, live(scratch))

    assert reasons(judged(scratch), Requirement.VERDICT) == [STANDS]


def test_an_objection_to_other_work_does_not(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch, BEN)
    scratch.git("checkout", "-q", "-b", "unrelated", "main")
    scratch.commit({"other.py": edited(12, word="something else altogether")})

    sign(scratch, RITA, Verdict.REQUEST_CHANGES, revision="main...unrelated")

    assert judged(scratch, RANGE).is_satisfied


def test_an_approval_written_by_hand_into_a_review_of_another_state_is_none_of_this_one(scratch: Scratch) -> None:
    begin(scratch)
    scope = sit_down(scratch).scope.id
    said = [event for event in whole_review(scratch) if not isinstance(event, type(about(scope)))]

    plant(scratch, chained(BEN, [about("0" * 64), *said]))

    assert not judged(scratch).approvals
    assert outcome(judged(scratch), Requirement.ANSWERS).value == "unsatisfied"


def _put_aside(scratch: Scratch) -> list[Path]:
    """Take the reviews away, as if another machine had them."""
    reviews = list(live(scratch).iterdir())
    aside = [review.rename(scratch.folder.parent / f"aside-{review.name}") for review in reviews]
    for copy in (scratch.folder / ".reviews").rglob("*.jsonl"):
        copy.unlink()
    return aside


def _bring_back(aside: list[Path], home: Path) -> None:
    for review in aside:
        name = review.name.removeprefix("aside-")
        # The same day and the same scope are the same review, also on two machines.
        place = home / name
        place.mkdir(exist_ok=True)
        for file in review.iterdir():
            file.rename(place / file.name)
