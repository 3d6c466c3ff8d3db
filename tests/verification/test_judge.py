"""What lets a change pass: who approved, what they did for it, and what speaks against it."""

from dataclasses import replace

import pytest

from reviewer.analysis.finding import Severity
from reviewer.review.events import (
    Dispose,
    GiveAnswer,
    Raise,
    Resolve,
    RunTests,
    Sign,
    TakeNote,
    Unview,
    View,
    Waive,
)
from reviewer.review.model import Disposition, Reply, Reviewer, Side, Spot, Verdict
from reviewer.review.policy import Requirement
from reviewer.review.requirements import Outcome
from tests.review.samples import OTHER_SCOPE, finding
from tests.scratch import Scratch
from tests.verification.reviews import (
    ADA,
    AGENT,
    ASSISTED,
    BEN,
    RITA,
    begin,
    chained,
    edited,
    judged,
    missing,
    outcome,
    plant,
    read_and_answer,
    reasons,
    say,
    sign,
    sit_down,
    whole_review,
)


def test_a_change_that_a_person_read_answered_for_and_approved_passes(scratch: Scratch) -> None:
    begin(scratch)

    sign(scratch)

    assert judged(scratch).is_satisfied


def test_a_change_that_nobody_looked_at_lacks_everything_and_says_where(scratch: Scratch) -> None:
    begin(scratch)

    judgement = judged(scratch)

    assert missing(judgement) == [Requirement.VERDICT, Requirement.VIEWED, Requirement.ANSWERS, Requirement.HUMANS]
    assert reasons(judgement, Requirement.VIEWED) == ["shop.py:6: not read", "shop.py:31: not read"]
    assert len(reasons(judgement, Requirement.ANSWERS)) == 9


def test_one_more_line_undoes_the_approval(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch)

    scratch.commit({"shop.py": edited(5, 30, 31)})
    say(scratch, RITA, TakeNote("it goes on"))

    judgement = judged(scratch)
    assert not judgement.is_satisfied
    assert reasons(judgement, Requirement.VERDICT) == ["nobody approved exactly this change"]
    assert reasons(judgement, Requirement.VIEWED) == ["shop.py:31: not read"]


def test_a_hunk_marked_unread_again_is_unread(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch)

    say(scratch, RITA, Unview(tuple(sit_down(scratch).scope.by_hunk[0])))

    assert missing(judged(scratch)) == [Requirement.VIEWED]


def test_an_open_flag_of_weight_holds_it_up_at_its_line_until_it_is_disposed_of(scratch: Scratch) -> None:
    begin(scratch)
    flag = finding(path=b"shop.py", line=6)
    sign(scratch)
    say(scratch, RITA, lambda scope: Raise((flag,), scope))

    before = judged(scratch)
    say(scratch, RITA, Dispose(flag.id, Disposition.FALSE_ALARM))
    read_and_answer(sit_down(scratch)).close()

    assert reasons(before, Requirement.FLAGS) == ["shop.py:6: medium flag missing-timeout has no disposition"]
    assert outcome(judged(scratch), Requirement.FLAGS) is Outcome.SATISFIED


def test_a_flag_of_little_weight_holds_nothing_up(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch)

    say(scratch, RITA, lambda scope: Raise((finding(severity=Severity.LOW),), scope))

    assert outcome(judged(scratch), Requirement.FLAGS) is Outcome.SATISFIED


def test_what_needs_a_change_holds_it_up_though_the_code_now_silences_the_flag(scratch: Scratch) -> None:
    begin(scratch)
    say(scratch, RITA, lambda scope: Raise((finding(),), scope), Dispose(finding().id, Disposition.NEEDS_CHANGE))
    sign(scratch, verdict=Verdict.COMMENT)

    say(scratch, ADA, lambda scope: Raise((finding(suppressed="it is fine"),), scope))

    assert reasons(judged(scratch), Requirement.FLAGS) == ["shop.py:12: medium flag missing-timeout needs a change"]


def test_a_blocking_note_holds_it_up_at_its_line_until_it_is_resolved(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch)
    session = sit_down(scratch, BEN)
    note = session.dispatch(TakeNote("why?", Spot(b"shop.py", Side.NEW, 6, 7), is_blocking=True))

    before = judged(scratch)
    session.dispatch(Resolve(note=note.id))

    assert reasons(before, Requirement.NOTES) == ["shop.py:7: a blocking note by Ben is not resolved"]
    assert judged(scratch).is_satisfied


def test_a_no_holds_it_up_with_its_reason(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch)

    question = sit_down(scratch).questions[0].key
    say(scratch, BEN, lambda scope: GiveAnswer(question, Reply.NO, scope, "it never ran"))

    assert reasons(judged(scratch), Requirement.ANSWERS) == ["Validate: answered no by Ben: it never ran"]


def test_answers_for_another_scope_are_no_answers(scratch: Scratch) -> None:
    begin(scratch)
    session = sit_down(scratch)
    session.dispatch(View(tuple(session.scope.edits)))
    for question in session.questions:
        session.dispatch(GiveAnswer(question.key, Reply.YES, OTHER_SCOPE))

    assert outcome(judged(scratch), Requirement.ANSWERS) is Outcome.UNSATISFIED


# Who counts.


def test_the_author_counts_unless_the_policy_says_no(scratch: Scratch) -> None:
    begin(scratch, policy="schema = 1\n[require]\nauthor_counts = false\n")

    sign(scratch, ADA)
    alone = judged(scratch)
    sign(scratch, RITA)

    assert reasons(alone, Requirement.HUMANS) == [
        "0 of 1 people approved; Ada <ada@example.org> wrote it and does not count"
    ]
    assert judged(scratch).is_satisfied


def test_the_author_is_known_by_the_address_in_any_case(scratch: Scratch) -> None:
    begin(scratch, policy="schema = 1\n[require]\nauthor_counts = false\n")

    sign(scratch, Reviewer("A. Lovelace", "ADA@Example.ORG"))

    assert outcome(judged(scratch), Requirement.HUMANS) is Outcome.UNSATISFIED


def test_the_author_does_not_get_by_with_a_message_too_large_to_read(scratch: Scratch) -> None:
    begin(scratch, policy="schema = 1\n[require]\nauthor_counts = false\n")
    scratch.git("commit", "--quiet", "--amend", "--file=-", stdin=b"x" * 1_100_000)

    sign(scratch, ADA)

    assert "cannot be told" in reasons(judged(scratch), Requirement.HUMANS)[0]


def test_the_author_does_not_get_by_with_a_thousand_commits_of_somebody_else(scratch: Scratch) -> None:
    begin(scratch, policy="schema = 1\n[require]\nauthor_counts = false\n")
    commit = b"commit refs/heads/feature\ncommitter Bot <bot@example.org> 1700000000 +0000\ndata 0\n"
    start = f"from {scratch.oid('feature')}\n".encode()
    scratch.git("fast-import", "--quiet", "--force", stdin=commit + start + b"\n" + (commit + b"\n") * 1_000)

    sign(scratch, ADA)

    assert "cannot be told" in reasons(judged(scratch), Requirement.HUMANS)[0]


TWO_PEOPLE = "schema = 1\n[require]\nhumans = 2\n"


def test_two_people_are_two(scratch: Scratch) -> None:
    begin(scratch, policy=TWO_PEOPLE)

    sign(scratch, RITA)
    first = judged(scratch)
    sign(scratch, BEN)

    assert reasons(first, Requirement.HUMANS) == ["1 of 2 people approved"]
    assert judged(scratch).is_satisfied


@pytest.mark.parametrize("name", ["Rita", "Rita R. Roe"])
def test_one_person_under_one_address_counts_once_whatever_the_name_and_the_case(scratch: Scratch, name: str) -> None:
    begin(scratch, policy=TWO_PEOPLE)

    sign(scratch, RITA)
    sign(scratch, Reviewer(name, "Rita@EXAMPLE.org"))

    assert reasons(judged(scratch), Requirement.HUMANS) == ["1 of 2 people approved"]


def test_what_somebody_says_last_counts_under_any_of_their_names(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch, RITA)

    sign(scratch, replace(RITA, name="R. Roe"), Verdict.COMMENT)

    assert outcome(judged(scratch), Requirement.VERDICT) is Outcome.UNSATISFIED


# What agents say.


def test_an_agents_approval_never_counts_and_the_agent_is_named(scratch: Scratch) -> None:
    begin(scratch)

    sign(scratch, AGENT)

    judgement = judged(scratch)
    assert reasons(judgement, Requirement.VERDICT) == [
        "nobody approved exactly this change; what Claude Code approved is no person's word"
    ]
    assert missing(judgement) == [Requirement.VERDICT, Requirement.VIEWED, Requirement.ANSWERS, Requirement.HUMANS]


def test_a_person_who_only_signs_what_an_agent_did_has_read_nothing(scratch: Scratch) -> None:
    begin(scratch)
    flag = finding()
    say(scratch, AGENT, lambda scope: Raise((flag,), scope), Dispose(flag.id, Disposition.FALSE_ALARM))
    review = sign(scratch, AGENT)

    scope = sit_down(scratch).scope.id
    plant(scratch, chained(RITA, [Sign(Verdict.APPROVE, scope, 1.0)], review=review, clock=90), review)

    judgement = judged(scratch)
    assert missing(judgement) == [Requirement.VIEWED, Requirement.ANSWERS, Requirement.FLAGS]
    assert outcome(judgement, Requirement.VERDICT) is Outcome.SATISFIED


def test_an_agent_cannot_waive_resolve_or_run_tests(scratch: Scratch) -> None:
    begin(scratch, message=ASSISTED)
    sign(scratch)
    note = sit_down(scratch, BEN).dispatch(TakeNote("why?", is_blocking=True))

    say(
        scratch, AGENT,
        Resolve(note=note.id),
        lambda scope: RunTests(scope, "pytest", 0),
        lambda scope: Waive("ai-tag", "trust me", scope),
    )  # fmt: skip

    assert missing(judged(scratch)) == [Requirement.NOTES, Requirement.AI_TESTS, Requirement.AI_TAG]


@pytest.mark.parametrize("change", [{"suppressed": "never mind"}, {"severity": Severity.INFO}])
def test_an_agent_cannot_talk_down_a_flag_that_a_persons_session_raised(
    scratch: Scratch, change: dict[str, object]
) -> None:
    begin(scratch)
    sign(scratch)
    say(scratch, RITA, lambda scope: Raise((finding(),), scope))

    say(scratch, AGENT, lambda scope: Raise((finding(**change),), scope))

    assert outcome(judged(scratch), Requirement.FLAGS) is Outcome.UNSATISFIED


def test_an_agents_warning_is_heard(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch)

    say(scratch, AGENT, lambda scope: Raise((finding(),), scope), TakeNote("look again", is_blocking=True))

    assert {Requirement.FLAGS, Requirement.NOTES} <= set(missing(judged(scratch)))


def test_an_agent_cannot_take_back_what_the_person_said_whose_name_it_has(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch, verdict=Verdict.REQUEST_CHANGES)

    sign(scratch, AGENT)
    sign(scratch, BEN)

    assert reasons(judged(scratch), Requirement.VERDICT) == [
        "Rita <rita@example.org> requested changes and has not signed off since"
    ]


# AI-assisted changes.


def test_an_assisted_change_needs_a_tag_and_tests(scratch: Scratch) -> None:
    begin(scratch, message=ASSISTED)

    sign(scratch)

    judgement = judged(scratch)
    assert missing(judgement) == [Requirement.AI_TESTS, Requirement.AI_TAG]
    assert reasons(judgement, Requirement.AI_TAG) == ["AI-assisted, but no commit message has the tag [AI-ASSISTED]"]


def test_an_assisted_change_passes_with_the_tag_and_a_test_in_the_change(scratch: Scratch) -> None:
    begin(scratch)
    scratch.commit({"tests/test_shop.py": "def test_it(): ...\n"}, f"[AI-ASSISTED] {ASSISTED}")

    sign(scratch)

    assert judged(scratch).is_satisfied


def test_a_test_that_is_only_taken_away_is_no_test_of_the_change(scratch: Scratch) -> None:
    scratch.commit({"tests/test_shop.py": "def test_it(): ...\n"})
    begin(scratch)
    scratch.git("rm", "-q", "tests/test_shop.py")
    scratch.commit(message=f"[AI-ASSISTED] {ASSISTED}")

    sign(scratch)

    assert missing(judged(scratch)) == [Requirement.AI_TESTS]


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([("pytest", 0)], Outcome.SATISFIED),
        ([("pytest", 1)], Outcome.UNSATISFIED),
        ([("pytest", 0), ("pytest", 1)], Outcome.UNSATISFIED),
        ([("pytest", 1), ("pytest", 0)], Outcome.SATISFIED),
        ([("pytest", 1), ("true", 0)], Outcome.UNSATISFIED),
    ],
)
def test_the_last_run_of_each_command_on_this_scope_decides(
    scratch: Scratch, runs: list[tuple[str, int]], expected: Outcome
) -> None:
    begin(scratch, message=f"[AI-ASSISTED] {ASSISTED}")
    sign(scratch)

    say(scratch, RITA, *(lambda scope, run=run: RunTests(scope, *run) for run in runs))

    assert outcome(judged(scratch), Requirement.AI_TESTS) is expected


def test_a_test_run_on_another_scope_is_none(scratch: Scratch) -> None:
    begin(scratch, message=f"[AI-ASSISTED] {ASSISTED}")
    sign(scratch)

    say(scratch, RITA, RunTests(OTHER_SCOPE, "pytest", 0))

    assert outcome(judged(scratch), Requirement.AI_TESTS) is Outcome.UNSATISFIED


def test_an_assisted_change_needs_a_person_where_others_need_none(scratch: Scratch) -> None:
    begin(scratch, message=ASSISTED, policy="schema = 1\n[require]\nhumans = 0\n")

    sign(scratch, AGENT)

    assert reasons(judged(scratch), Requirement.HUMANS) == ["0 of 1 people approved"]


def test_where_nobody_is_needed_humans_do_not_apply_but_an_approval_still_does(scratch: Scratch) -> None:
    begin(scratch, policy="schema = 1\n[require]\nhumans = 0\n")

    judgement = judged(scratch)

    assert outcome(judgement, Requirement.HUMANS) is Outcome.NOT_APPLICABLE
    assert outcome(judgement, Requirement.VERDICT) is Outcome.UNSATISFIED


# Waivers.


@pytest.mark.parametrize("requirement", list(Requirement))
def test_only_what_may_be_waived_is(scratch: Scratch, requirement: Requirement) -> None:
    begin(scratch, message=ASSISTED, policy=TWO_PEOPLE)
    sign(scratch)
    say(scratch, RITA, TakeNote("why?", is_blocking=True), lambda scope: Raise((finding(),), scope))
    say(scratch, RITA, Unview(tuple(sit_down(scratch).scope.by_hunk[0])))
    before = missing(judged(scratch))

    say(scratch, RITA, lambda scope: Waive(requirement.value, "Ben is away", scope))

    waivable = {Requirement.HUMANS, Requirement.AI_TESTS, Requirement.AI_TAG}
    assert missing(judged(scratch)) == [each for each in before if each is not requirement or each not in waivable]


def test_a_policy_can_allow_no_waiver(scratch: Scratch) -> None:
    begin(scratch, policy=f"waivable = []\n{TWO_PEOPLE}")
    sign(scratch)

    say(scratch, RITA, lambda scope: Waive("humans", "Ben is away", scope))

    assert missing(judged(scratch)) == [Requirement.HUMANS]


def test_a_waiver_is_for_one_scope_only_and_says_who_and_why(scratch: Scratch) -> None:
    begin(scratch, policy=TWO_PEOPLE)
    sign(scratch)
    say(scratch, RITA, lambda scope: Waive("humans", "Ben is away", scope))
    waived = judged(scratch)

    scratch.commit({"other.py": edited(3)})
    sign(scratch)

    assert reasons(waived, Requirement.HUMANS) == [
        "waived by Rita <rita@example.org>: Ben is away", "1 of 2 people approved"
    ]  # fmt: skip
    assert outcome(waived, Requirement.HUMANS) is Outcome.WAIVED
    assert missing(judged(scratch)) == [Requirement.HUMANS]


def test_a_change_of_nothing_asks_for_nothing(scratch: Scratch) -> None:
    begin(scratch)
    scratch.git("revert", "--no-edit", "HEAD")

    judgement = judged(scratch)

    assert judgement.is_satisfied
    assert judgement.results == ()


def test_a_whole_review_written_by_hand_counts_where_no_signature_is_asked_for(scratch: Scratch) -> None:
    # The limit of unsigned records, as it is said in the documentation: they show accidents, not forgery.
    begin(scratch)

    plant(scratch, chained(RITA, whole_review(scratch)))

    assert judged(scratch).is_satisfied
