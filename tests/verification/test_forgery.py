"""What somebody who controls the proposal tries, and what it comes to. No signatures are asked for here."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewer.diff.identity import EditId, ScopeId
from reviewer.errors import RecordTooNew
from reviewer.review.events import Dispose, Event, GiveAnswer, Raise, Range, Sign, TakeNote, View
from reviewer.review.model import Disposition, Verdict
from reviewer.review.policy import Requirement
from reviewer.review.record import event_id
from tests.review.samples import OTHER_SCOPE, finding
from tests.scratch import Scratch
from tests.verification.reviews import (
    BEN,
    RITA,
    about,
    begin,
    chained,
    edited,
    journals,
    judged,
    live,
    missing,
    outcome,
    plant,
    put_in_ref,
    reasons,
    say,
    sign,
    sit_down,
    verify,
    whole_review,
)

# Left out of a whole review, one at a time.
PARTS: dict[str, tuple[type[Event], Requirement]] = {
    "views": (View, Requirement.VIEWED),
    "answers": (GiveAnswer, Requirement.ANSWERS),
    "a sign-off": (Sign, Requirement.VERDICT),
}


@pytest.mark.parametrize("part", PARTS)
def test_a_review_without_a_part_of_it_does_not_count(scratch: Scratch, part: str) -> None:
    begin(scratch)
    kind, requirement = PARTS[part]

    plant(scratch, chained(RITA, [event for event in whole_review(scratch) if not isinstance(event, kind)]))

    assert requirement in missing(judged(scratch))


def test_a_sign_off_over_open_flags_does_not_count(scratch: Scratch) -> None:
    begin(scratch)
    said = whole_review(scratch)
    scope = sit_down(scratch).scope.id

    plant(scratch, chained(RITA, [*said[:-1], Raise((finding(),), scope), said[-1]]))

    assert Requirement.FLAGS in missing(judged(scratch))


def test_a_disposition_from_before_the_flag_was_raised_disposes_of_nothing(scratch: Scratch) -> None:
    begin(scratch)
    said = whole_review(scratch)
    scope = sit_down(scratch).scope.id
    early = [Dispose(finding().id, Disposition.FALSE_ALARM), Raise((finding(),), scope)]

    plant(scratch, chained(RITA, [*said[:-1], *early, said[-1]]))

    assert Requirement.FLAGS in missing(judged(scratch))


def test_views_of_edits_that_are_not_in_the_change_are_views_of_nothing(scratch: Scratch) -> None:
    begin(scratch)
    said = whole_review(scratch)
    strange = View((EditId("0" * 64), EditId("*"), EditId("")))

    plant(scratch, chained(RITA, [strange if isinstance(event, View) else event for event in said]))

    assert missing(judged(scratch)) == [Requirement.VIEWED]


def test_a_sign_off_of_another_scope_in_a_record_that_claims_this_one_does_not_count(scratch: Scratch) -> None:
    begin(scratch)
    said = [event for event in whole_review(scratch) if not isinstance(event, Sign)]

    plant(scratch, chained(RITA, [*said, Sign(Verdict.APPROVE, OTHER_SCOPE, 1.0)]))

    assert outcome(judged(scratch), Requirement.VERDICT).value == "unsatisfied"


def test_a_record_that_claims_another_scope_is_no_record_of_this_one(scratch: Scratch) -> None:
    begin(scratch)

    plant(scratch, chained(RITA, [about(OTHER_SCOPE), *whole_review(scratch)[1:]]))

    assert judged(scratch).approvals == ()


def test_a_real_review_of_another_change_does_not_count_whatever_it_claims_in_addition(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch, RITA, revision="main...feature")
    for file in journals(scratch):
        events = file.read_bytes()
        file.unlink()
    scratch.commit({"shop.py": edited(5, 30, 35), "other.py": edited(1)})
    lines = events.splitlines()
    claim = {"e": "range", "n": len(lines), "lc": 99, "at": "", "prev": event_id(lines[-1])}
    reviewed = {"scope": sit_down(scratch).scope.id, "label": "", "old": None, "new": None}
    claim["reviewed"] = {**reviewed, "files": 1, "hunks": 1, "changed_lines": 1}

    plant(scratch, events + json.dumps(claim).encode() + b"\n", sit_down(scratch).review)

    judgement = judged(scratch)
    assert not judgement.damages
    assert {Requirement.VERDICT, Requirement.VIEWED, Requirement.ANSWERS} <= set(missing(judgement))


def test_a_sign_off_line_copied_into_another_journal_breaks_its_chain(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch)
    real = live(scratch).rglob("*.jsonl")
    line = next(line for file in real for line in file.read_bytes().splitlines() if b'"e":"signoff"' in line)
    for file in journals(scratch):
        file.unlink()
    said = [event for event in whole_review(scratch) if not isinstance(event, Sign)]

    plant(scratch, chained(RITA, said) + line + b"\n")

    judgement = judged(scratch)
    assert judgement.damages
    assert judgement.approvals == ()
    assert verify(scratch, "main...feature")[0] == 4


def test_a_journal_changed_at_any_byte_never_passes_for_what_was_signed(scratch: Scratch) -> None:
    # Of what the last line says nothing is bound by another line, so a copy beside it tells.
    begin(scratch, policy="schema = 1\n[require]\nanswers = false\n")
    session = sit_down(scratch)
    session.dispatch(TakeNote("read it twice"))
    session.dispatch(View(tuple(session.scope.edits)))
    scope = session.scope.id
    content = chained(RITA, [about(scope), View(tuple(session.scope.edits)), Sign(Verdict.APPROVE, scope, 1.0)])
    session.close()
    for file in journals(scratch):
        file.unlink()
    copy = plant(scratch, content)
    mine = live(scratch) / copy.parent.name / copy.name
    mine.parent.mkdir(parents=True)
    passed = []

    # Every thirteenth byte, each with one bit of it flipped: all of them would take minutes.
    for position in range(0, len(content), 13):
        changed = bytearray(content)
        changed[position] ^= 1 << (position % 8)
        mine.write_bytes(changed)
        if _passes(scratch):
            passed.append(position)

    assert passed == []
    mine.write_bytes(content)
    assert judged(scratch).is_satisfied


def test_a_journal_changed_at_any_byte_but_the_last_line_never_passes_alone(scratch: Scratch) -> None:
    begin(scratch, policy="schema = 1\n[require]\nanswers = false\n")
    session = sit_down(scratch)
    scope = session.scope.id
    content = chained(RITA, [about(scope), View(tuple(session.scope.edits)), Sign(Verdict.APPROVE, scope, 1.0)])
    copy = plant(scratch, content)
    assert judged(scratch).is_satisfied
    passed = []

    for position in range(0, content.rindex(b'{"e":"signoff"'), 13):
        changed = bytearray(content)
        changed[position] ^= 1 << (position % 8)
        copy.write_bytes(changed)
        if _passes(scratch):
            passed.append(position)

    assert passed == []


def _passes(scratch: Scratch) -> bool:
    try:
        return judged(scratch).is_satisfied
    except RecordTooNew:
        # One bit makes the schema one of the future.
        return False


def test_a_damaged_copy_beside_a_whole_one_is_told(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch)
    (copy,) = (scratch.folder / ".reviews").rglob("*.jsonl")
    copy.write_bytes(copy.read_bytes().replace(b'"verdict":"approve"', b'"verdict":"comment"'))

    status, said, _ = verify(scratch, "main...feature")

    assert status == 4
    assert copy.name in said


# Hiding what speaks against the change.


def _objection_elsewhere(scratch: Scratch) -> str:
    """Let Rita object in a review of its own, and Ben approve in another; return the name of hers."""
    begin(scratch)
    scope = sit_down(scratch).scope.id
    review = "2025-12-01-fedcba9876"
    objection = chained(RITA, [about(scope), Sign(Verdict.REQUEST_CHANGES, scope, 1.0)], review=review)
    put_in_ref(scratch, review, rita=objection)
    plant(scratch, chained(BEN, whole_review(scratch)), name="ben.00.jsonl")
    assert missing(judged(scratch)) == [Requirement.VERDICT]
    return review


def test_an_objection_is_not_hidden_by_an_event_that_only_a_newer_version_understands(scratch: Scratch) -> None:
    review = _objection_elsewhere(scratch)
    content = chained(BEN, [], review=review)
    line = {"e": "future", "must": 1, "n": 1, "lc": 1, "at": "", "prev": event_id(content.rstrip(b"\n"))}

    plant(scratch, content + json.dumps(line).encode() + b"\n", review)

    with pytest.raises(RecordTooNew):
        judged(scratch)
    assert verify(scratch, "main...feature")[0] == 5


def _change_the_copy(scratch: Scratch, review: str) -> None:
    scope = sit_down(scratch).scope.id
    content = chained(RITA, [about(scope), Sign(Verdict.COMMENT, scope, 1.0)], review=review)
    plant(scratch, content, review, "rita.00.jsonl")
    scratch.commit()


def _lose_the_content(scratch: Scratch, review: str) -> None:
    oid = scratch.oid(f"refs/reviews/{review}:rita.00.jsonl")
    (scratch.folder / ".git/objects" / oid[:2] / oid[2:]).unlink()


def _point_at_something_else(scratch: Scratch, review: str) -> None:
    scratch.git("update-ref", f"refs/reviews/{review}", scratch.oid("HEAD^{tree}"))


def _put_a_link(scratch: Scratch, review: str) -> None:
    scratch.folder.joinpath(".reviews", review).symlink_to(scratch.folder.parent)


HIDING: dict[str, Callable[[Scratch, str], None]] = {
    "another copy of the journal in the proposal": _change_the_copy,
    "its content gone": _lose_the_content,
    "a ref to something that is no commit": _point_at_something_else,
    "a link in its place": _put_a_link,
}


@pytest.mark.parametrize("how", HIDING)
def test_an_objection_is_not_hidden_by_damage(scratch: Scratch, how: str) -> None:
    review = _objection_elsewhere(scratch)

    HIDING[how](scratch, review)

    status, said, _ = verify(scratch, "main...feature")
    assert status == 4
    assert review in said


def test_damage_in_git_of_a_review_that_is_known_to_be_of_something_else_is_only_told(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch)
    other = "2025-12-01-fedcba9876"
    scratch.git("update-ref", f"refs/reviews/{other}", scratch.oid("HEAD^{tree}"))
    before = judged(scratch)

    plant(scratch, chained(BEN, [about(OTHER_SCOPE)], review=other), other)

    assert before.damages == (f"refs/reviews/{other}: is a tree, and must be a commit",)
    assert judged(scratch).is_satisfied
    assert judged(scratch).warnings == before.damages


def test_copies_that_differ_of_a_review_of_something_else_do_not_stop_the_judging(scratch: Scratch) -> None:
    begin(scratch)
    other = "2025-12-01-fedcba9876"
    put_in_ref(scratch, other, x=chained(BEN, [about(OTHER_SCOPE), TakeNote("one")]))
    plant(scratch, chained(BEN, [about(OTHER_SCOPE), TakeNote("two")]), other)
    scratch.commit()

    sign(scratch)

    judgement = judged(scratch)
    assert judgement.is_satisfied
    assert any("two copies differ" in warning for warning in judgement.warnings)


def test_records_committed_with_the_change_count_and_are_no_part_of_it(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch)
    before = judged(scratch).scope.id

    scratch.commit(message="the review")
    for file in journals(scratch):
        file.unlink()

    judgement = judged(scratch)
    assert judgement.is_satisfied
    assert judgement.scope.id == before


def test_a_record_found_twice_is_one_record(scratch: Scratch) -> None:
    begin(scratch, policy="schema = 1\n[require]\nhumans = 2\n")
    sign(scratch)
    (copy,) = (scratch.folder / ".reviews").rglob("*.jsonl")

    plant(scratch, copy.read_bytes(), "2025-01-01-0000000000", "other.00.jsonl")

    assert reasons(judged(scratch), Requirement.HUMANS) == ["1 of 2 people approved"]


def test_names_of_people_and_reviews_do_not_steer_the_terminal(scratch: Scratch) -> None:
    begin(scratch)
    mallory = RITA.__class__("Mallory\x1b[2J\u202e\nverified: all", "m\x07@example.org")
    plant(scratch, chained(mallory, [about(sit_down(scratch).scope.id)]))
    say(scratch, mallory, lambda scope: Sign(Verdict.REQUEST_CHANGES, scope, 0.0))

    status, said, error = verify(scratch, "main...feature")

    assert status == 1
    assert all(line.isprintable() for line in (said + error).split("\n"))
    assert not any(line.startswith("verified") for line in said.splitlines())


def test_a_forged_scope_is_no_path(scratch: Scratch) -> None:
    begin(scratch)

    plant(scratch, chained(RITA, [about(ScopeId("../../../etc/passwd")), about("")]), "-" + ".." * 3)

    assert verify(scratch, "main...feature")[0] == 1


def test_a_live_journal_is_not_overruled_by_what_the_proposal_brings_under_its_name(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch, RITA, Verdict.REQUEST_CHANGES)
    (copy,) = (scratch.folder / ".reviews").rglob("*.jsonl")

    copy.write_bytes(chained(RITA, whole_review(scratch), clock=500))

    judgement = judged(scratch)
    assert Requirement.VERDICT in missing(judgement)
    assert judgement.damages


def _ranges(file: Path) -> int:
    return sum(b'"e":"range"' in line for line in file.read_bytes().splitlines())


def test_the_helpers_write_what_a_session_writes(scratch: Scratch) -> None:
    # Else all of these forgeries could be refused for the wrong reason.
    begin(scratch)
    sign(scratch)
    (real,) = live(scratch).rglob("*.jsonl")
    by_hand = plant(scratch, chained(RITA, whole_review(scratch)))

    kinds = [[json.loads(line)["e"] for line in file.read_bytes().splitlines()] for file in (real, by_hand)]

    assert kinds[0] == kinds[1]
    assert _ranges(real) == 1
    assert isinstance(whole_review(scratch)[0], Range)
