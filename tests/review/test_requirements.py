"""Each requirement of a policy: met, not met and where, waived, not asked for; and what holds for all of them."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.analysis.finding import FindingId, Severity
from reviewer.diff.identity import EditId, ScopeId
from reviewer.diff.model import Diff
from reviewer.review.events import (
    Dispose,
    Entry,
    Event,
    GiveAnswer,
    Raise,
    Range,
    Resolve,
    Retract,
    RunTests,
    Sign,
    TakeNote,
    Unview,
    View,
    Waive,
)
from reviewer.review.evidence import Evidence, SignatureCheck
from reviewer.review.model import (
    Disposition,
    EventId,
    Reply,
    Reviewer,
    ReviewState,
    Side,
    Spot,
    Verdict,
)
from reviewer.review.policy import Policy, Requirement
from reviewer.review.requirements import Outcome, Reason, Result, evaluate
from reviewer.review.state import fold
from tests.review.samples import (
    ADA,
    AT,
    BEN,
    DIFF,
    EDITS,
    OTHER_SCOPE,
    QUESTIONS,
    REVIEWED,
    SCOPE,
    answers,
    entry,
    finding,
    state_after,
)

APPROVAL = Sign(Verdict.APPROVE, SCOPE.id, 1.0)
WHOLE = (View(EDITS), *answers(), APPROVAL)
DEFAULT = Policy()


def _evidence(*events: Event, **facts: object) -> Evidence:
    """Return what is known when Ada said these things of `DIFF`."""
    plain = Evidence(DIFF, SCOPE, state_after(*events), QUESTIONS)
    return replace(plain, **facts)  # type: ignore[arg-type]  # the test names the fields


def _of(state: ReviewState, **facts: object) -> Evidence:
    return replace(_evidence(), state=state, **facts)  # type: ignore[arg-type]  # the test names the fields


def _result(requirement: Requirement, evidence: Evidence, policy: Policy = DEFAULT) -> Result:
    return next(result for result in evaluate(policy, evidence) if result.requirement is requirement)


def _outcome(requirement: Requirement, evidence: Evidence, policy: Policy = DEFAULT) -> Outcome:
    return _result(requirement, evidence, policy).outcome


def _told(requirement: Requirement, evidence: Evidence, policy: Policy = DEFAULT) -> list[str]:
    return [str(reason) for reason in _result(requirement, evidence, policy).reasons]


def _missing(evidence: Evidence, policy: Policy = DEFAULT) -> list[Requirement]:
    return [result.requirement for result in evaluate(policy, evidence) if not result.outcome.lets_pass]


def test_there_is_one_result_for_each_requirement_in_their_order() -> None:
    assert [result.requirement for result in evaluate(DEFAULT, _evidence())] == list(Requirement)


def test_a_whole_review_lacks_nothing() -> None:
    assert _missing(_evidence(*WHOLE)) == []


def test_what_lets_pass_is_all_but_unsatisfied_and_error() -> None:
    assert [outcome for outcome in Outcome if not outcome.lets_pass] == [Outcome.UNSATISFIED, Outcome.ERROR]


def test_a_reason_shows_its_place_and_nothing_that_steers_a_terminal() -> None:
    assert str(Reason("not read", b"a\x1b.py", 3)) == "a␛.py:3: not read"
    assert str(Reason("not read", b"a.py")) == "a.py: not read"
    assert str(Reason("not read")) == "not read"


# Verdict.


@pytest.mark.parametrize("verdict", [Verdict.COMMENT, Verdict.REQUEST_CHANGES])
def test_only_an_approval_approves(verdict: Verdict) -> None:
    evidence = _evidence(*WHOLE[:-1], Sign(verdict, SCOPE.id, 1.0))

    assert _outcome(Requirement.VERDICT, evidence) is Outcome.UNSATISFIED


def test_the_last_word_of_a_person_on_this_change_is_the_one() -> None:
    objection = Sign(Verdict.REQUEST_CHANGES, SCOPE.id, 1.0)

    assert _missing(_evidence(*WHOLE, objection, APPROVAL)) == []
    assert Requirement.VERDICT in _missing(_evidence(*WHOLE, objection))


def test_a_later_word_on_another_state_neither_lifts_nor_hides_the_one_on_this() -> None:
    elsewhere = Sign(Verdict.APPROVE, OTHER_SCOPE, 1.0)
    objection = Sign(Verdict.REQUEST_CHANGES, SCOPE.id, 1.0)

    assert Requirement.VERDICT in _missing(_evidence(*WHOLE, objection, elsewhere))
    assert _missing(_evidence(*WHOLE, replace(elsewhere, verdict=Verdict.REQUEST_CHANGES))) == []


def test_rules_that_change_past_the_reviewer_let_nothing_pass() -> None:
    told = _told(Requirement.VERDICT, _evidence(*WHOLE, unreviewed=(b".reviews/policy.toml",)))

    assert told == [
        ".reviews/policy.toml: changes what later changes are judged by, and is no part of what is reviewed"
    ]


# Viewed.


def test_an_unread_hunk_is_told_by_path_and_first_line() -> None:
    assert _told(Requirement.VIEWED, _evidence()) == [
        "shop.py:2: not read", "shop.py:12: not read", "run.sh:1: not read"
    ]  # fmt: skip
    assert _told(Requirement.VIEWED, _evidence(View(EDITS[:1]))) == ["shop.py:12: not read", "run.sh:1: not read"]


def test_nothing_has_to_be_read_where_the_policy_says_so() -> None:
    assert _outcome(Requirement.VIEWED, _evidence(), Policy(viewed=False)) is Outcome.NOT_APPLICABLE


# Answers.


def test_a_point_without_an_answer_is_told_by_its_title() -> None:
    told = _told(Requirement.ANSWERS, _evidence(*answers()[1:]))

    assert told == ["Validate: 1 of 1 questions not answered for exactly this change"]


def test_a_point_that_nobody_asks_about_is_not_answered() -> None:
    evidence = _evidence(*WHOLE, questions=QUESTIONS[1:])

    assert _told(Requirement.ANSWERS, evidence) == ["Validate: 0 of 0 questions not answered for exactly this change"]


@pytest.mark.parametrize("policy", [DEFAULT, Policy(answers=False)])
def test_a_no_is_a_no_though_nobody_has_to_answer(policy: Policy) -> None:
    evidence = _evidence(*WHOLE, answers(Reply.NO)[0])

    assert _told(Requirement.ANSWERS, evidence, policy) == ["Validate: answered no by Ada: as tested"]


def test_nothing_has_to_be_answered_where_the_policy_says_so() -> None:
    assert _outcome(Requirement.ANSWERS, _evidence(), Policy(answers=False)) is Outcome.NOT_APPLICABLE


# Flags.


@pytest.mark.parametrize("least", list(Severity))
@pytest.mark.parametrize("severity", list(Severity))
def test_flags_at_or_above_a_severity_need_a_disposition(least: Severity, severity: Severity) -> None:
    evidence = _evidence(*WHOLE, Raise((finding(severity=severity),), SCOPE.id))

    assert (Requirement.FLAGS in _missing(evidence, Policy(flags=least))) is severity.reaches(least)


def test_a_suppressed_flag_needs_none() -> None:
    evidence = _evidence(*WHOLE, Raise((finding(suppressed="on purpose"),), SCOPE.id))

    assert _missing(evidence) == []


@pytest.mark.parametrize("policy", [DEFAULT, Policy(flags=None), Policy(flags=Severity.HIGH)])
@pytest.mark.parametrize("change", [{}, {"suppressed": "never mind"}, {"severity": Severity.INFO}])
def test_what_somebody_wants_changed_is_held_up_whatever_policy_and_code_say(
    policy: Policy, change: dict[str, object]
) -> None:
    wanted = Dispose(finding().id, Disposition.NEEDS_CHANGE)

    evidence = _evidence(*WHOLE, Raise((finding(),), SCOPE.id), wanted, Raise((finding(**change),), SCOPE.id))

    assert _outcome(Requirement.FLAGS, evidence, policy) is Outcome.UNSATISFIED


def test_no_flag_needs_one_where_the_policy_says_so() -> None:
    evidence = _evidence(*WHOLE, Raise((finding(severity=Severity.HIGH),), SCOPE.id))

    assert _outcome(Requirement.FLAGS, evidence, Policy(flags=None)) is Outcome.NOT_APPLICABLE


def test_a_flag_of_another_state_is_none_of_this_one() -> None:
    evidence = _evidence(*WHOLE, Raise((finding(),), OTHER_SCOPE))

    assert _outcome(Requirement.FLAGS, evidence) is Outcome.SATISFIED


# Notes.


def test_a_blocking_note_on_the_whole_change_has_no_place() -> None:
    evidence = _evidence(*WHOLE, TakeNote("why?", is_blocking=True))

    assert _told(Requirement.NOTES, evidence) == ["a blocking note by Ada is not resolved"]


def test_a_blocking_note_on_a_file_has_its_path() -> None:
    evidence = _evidence(*WHOLE, TakeNote("why?", Spot(b"shop.py", Side.NEW), is_blocking=True))

    assert _told(Requirement.NOTES, evidence) == ["shop.py: a blocking note by Ada is not resolved"]


def test_a_note_that_does_not_block_does_not() -> None:
    assert _missing(_evidence(*WHOLE, TakeNote("nice"))) == []


# Humans.


def _signed_by(*people: Reviewer) -> ReviewState:
    events: list[tuple[Event, Reviewer]] = [(Range(REVIEWED), ADA), *((event, ADA) for event in WHOLE[:-1])]
    events += [(APPROVAL, person) for person in people]
    return fold(entry(event, clock, by) for clock, (event, by) in enumerate(events))


@pytest.mark.parametrize(
    ("people", "count"),
    [
        ([], 0),
        ([ADA], 1),
        ([ADA, ADA], 1),
        ([ADA, BEN], 2),
        ([ADA, replace(ADA, email="ADA@example.org")], 1),
        ([ADA, replace(ADA, name="A. Lovelace")], 1),
        ([ADA, replace(BEN, name="Ada")], 2),
    ],
)
def test_people_are_counted_by_their_addresses(people: list[Reviewer], count: int) -> None:
    evidence = _of(_signed_by(*people))

    passes = [needed for needed in range(4) if Requirement.HUMANS not in _missing(evidence, Policy(humans=needed))]

    assert passes == list(range(count + 1))


def test_the_author_is_left_out_by_name_where_the_author_does_not_count() -> None:
    evidence = _of(_signed_by(ADA, BEN), authors=frozenset({"ada@example.org"}))

    assert _missing(evidence, Policy(humans=2)) == []
    assert _told(Requirement.HUMANS, evidence, Policy(humans=2, author_counts=False)) == [
        "1 of 2 people approved; Ada <ada@example.org> wrote it and does not count"
    ]


def test_where_authors_cannot_be_told_nobody_counts_unless_all_do() -> None:
    evidence = _of(_signed_by(ADA, BEN), are_authors_known=False)

    assert _outcome(Requirement.HUMANS, evidence, Policy(author_counts=False)) is Outcome.UNSATISFIED
    assert _outcome(Requirement.HUMANS, evidence) is Outcome.SATISFIED


def test_an_assisted_change_needs_one_person_at_least() -> None:
    nobody = Policy(humans=0)

    assert _outcome(Requirement.HUMANS, _evidence(), nobody) is Outcome.NOT_APPLICABLE
    assert _outcome(Requirement.HUMANS, _evidence(is_ai_assisted=True), nobody) is Outcome.UNSATISFIED
    assert _outcome(Requirement.HUMANS, _evidence(*WHOLE, is_ai_assisted=True), nobody) is Outcome.SATISFIED


# Signatures.


def _checked(state: ReviewState, *checks: SignatureCheck | None) -> Evidence:
    found = {signoff.event: check for signoff, check in zip(state.signoffs, checks, strict=True) if check is not None}
    return _of(state, signatures=found)


GOOD, UNLISTED, BAD = (
    SignatureCheck(True, True, "signed", "SHA256:a"),
    SignatureCheck(True, False, "SHA256:b is not among the allowed signers", "SHA256:b"),
    SignatureCheck(False, False, "signed over another content"),
)


@pytest.mark.parametrize(
    ("check", "asked", "not_asked"),
    [
        (GOOD, Outcome.SATISFIED, Outcome.NOT_APPLICABLE),
        (UNLISTED, Outcome.UNSATISFIED, Outcome.NOT_APPLICABLE),
        (BAD, Outcome.UNSATISFIED, Outcome.UNSATISFIED),
        (None, Outcome.UNSATISFIED, Outcome.NOT_APPLICABLE),
    ],
)
def test_a_signature_is_asked_for_or_not_but_never_a_wrong_one(
    check: SignatureCheck | None, asked: Outcome, not_asked: Outcome
) -> None:
    evidence = _checked(_signed_by(ADA), check)

    assert _outcome(Requirement.SIGNATURES, evidence, Policy(signatures=True)) is asked
    assert _outcome(Requirement.SIGNATURES, evidence) is not_asked


def test_every_approval_has_to_be_signed_where_one_has() -> None:
    evidence = _checked(_signed_by(ADA, BEN), GOOD, None)

    assert _told(Requirement.SIGNATURES, evidence, Policy(signatures=True)) == [
        "the sign-off of Ben <ben@example.org> is not signed"
    ]


def test_one_key_is_one_person() -> None:
    evidence = _checked(_signed_by(ADA, BEN), GOOD, GOOD)

    assert _told(Requirement.HUMANS, evidence, Policy(humans=2)) == ["1 of 2 people approved"]


@pytest.mark.parametrize("check", [None, UNLISTED, BAD])
def test_a_word_that_is_not_proven_takes_back_no_objection(check: SignatureCheck | None) -> None:
    state = fold(
        entry(event, clock)
        for clock, event in enumerate([Range(REVIEWED), Sign(Verdict.REQUEST_CHANGES, SCOPE.id, 1.0), APPROVAL])
    )

    assert _checked(state, GOOD, check).objections == ()
    assert len(replace(_checked(state, GOOD, check), needs_proof=True).objections) == 1
    assert replace(_checked(state, None, GOOD), needs_proof=True).objections == ()


# Assisted changes.


@pytest.mark.parametrize("requirement", [Requirement.AI_TESTS, Requirement.AI_TAG])
def test_nothing_is_asked_of_what_no_assistant_is_known_to_have_a_part_in(requirement: Requirement) -> None:
    assert _outcome(requirement, _evidence()) is Outcome.NOT_APPLICABLE
    lenient = Policy(ai_tests=False, ai_tag=False)
    assert _outcome(requirement, _evidence(is_ai_assisted=True), lenient) is Outcome.NOT_APPLICABLE
    assert _outcome(requirement, _evidence(is_ai_assisted=True)) is Outcome.UNSATISFIED


def test_a_tag_is_a_tag_and_a_test_in_the_change_is_a_test() -> None:
    evidence = _evidence(is_ai_assisted=True, has_tag=True, tests_changed=True)

    assert _outcome(Requirement.AI_TAG, evidence) is Outcome.SATISFIED
    assert _outcome(Requirement.AI_TESTS, evidence) is Outcome.SATISFIED


def test_a_failing_run_weighs_more_than_a_test_in_the_change() -> None:
    evidence = _evidence(RunTests(SCOPE.id, "py\x1btest", 2), is_ai_assisted=True, tests_changed=True)

    assert _told(Requirement.AI_TESTS, evidence) == ["`py␛test` ended with 2 on this change"]


# Waivers.


@pytest.mark.parametrize("requirement", list(Requirement))
def test_a_waiver_waives_what_may_be_waived_of_this_scope(requirement: Requirement) -> None:
    waive = Waive(requirement.value, "no time", SCOPE.id)
    without = _evidence(is_ai_assisted=True)

    result = _result(requirement, _evidence(waive, is_ai_assisted=True))

    if requirement in DEFAULT.waivable and _outcome(requirement, without) is Outcome.UNSATISFIED:
        assert result.outcome is Outcome.WAIVED
        assert str(result.reasons[0]) == "waived by Ada <ada@example.org>: no time"
        assert result.reasons[1:] == _result(requirement, without).reasons
    else:
        assert result == _result(requirement, without)


@pytest.mark.parametrize("name", ["", "everything", "HUMANS", "humans ", "Requirement.HUMANS"])
def test_a_waiver_of_no_known_requirement_waives_nothing(name: str) -> None:
    assert Requirement.HUMANS in _missing(_evidence(Waive(name, "no time", SCOPE.id)))


def test_a_waiver_is_of_its_scope_and_can_be_taken_back() -> None:
    waive = Waive("humans", "no time", SCOPE.id)
    taken_back = state_after(waive, Retract(entry(waive, 2).id))

    assert Requirement.HUMANS not in _missing(_evidence(waive))
    assert Requirement.HUMANS in _missing(_evidence(replace(waive, scope=OTHER_SCOPE)))
    assert Requirement.HUMANS in _missing(_of(taken_back))


def test_no_waiver_is_believed_where_words_must_be_proven() -> None:
    evidence = _evidence(Waive("humans", "no time", SCOPE.id), Waive("signatures", "no key", SCOPE.id), *WHOLE)

    assert _missing(evidence, Policy(humans=2, signatures=True)) == [Requirement.HUMANS, Requirement.SIGNATURES]


def test_a_waiver_of_what_is_met_is_not_needed() -> None:
    assert _outcome(Requirement.HUMANS, _evidence(*WHOLE, Waive("humans", "x", SCOPE.id))) is Outcome.SATISFIED


def test_what_a_waiver_says_cannot_steer_a_terminal() -> None:
    told = _told(Requirement.HUMANS, _evidence(Waive("humans", "\x1b[2J\u202e", SCOPE.id)))

    assert told[0] == "waived by Ada <ada@example.org>: ␛[2J⟦U+202E⟧"


def test_a_diff_of_nothing_lacks_only_people() -> None:
    empty = _evidence(*answers(), diff=Diff(()), scope=replace(SCOPE, by_hunk=()))

    assert _missing(empty) == [Requirement.VERDICT, Requirement.HUMANS]


# Laws.

_PEOPLE = st.sampled_from(
    [ADA, BEN, Reviewer("Eve", "eve@example.org"), replace(ADA, name="A.", email="ADA@example.org")]
)
_SCOPES = st.sampled_from([SCOPE.id, SCOPE.id, OTHER_SCOPE])
_FLAGS = st.sampled_from(["f", "g"]).map(FindingId)
_QUESTIONS = st.sampled_from([question.key for question in QUESTIONS])
_SOME_EDITS = st.lists(st.sampled_from(EDITS), min_size=1, max_size=2).map(tuple)
_AGAINST: st.SearchStrategy[Event] = st.one_of(
    st.builds(Sign, st.just(Verdict.REQUEST_CHANGES), _SCOPES, st.just(0.5)),
    st.builds(Unview, _SOME_EDITS),
    st.builds(Raise, _FLAGS.map(lambda name: (finding(name),)), _SCOPES),
    st.builds(Dispose, _FLAGS, st.just(Disposition.NEEDS_CHANGE)),
    st.builds(GiveAnswer, _QUESTIONS, st.just(Reply.NO), _SCOPES, st.just("no")),
    st.builds(TakeNote, st.just("why?"), is_blocking=st.just(True)),
    st.builds(RunTests, _SCOPES, st.sampled_from(["pytest", "tox"]), st.integers(1, 3)),
)
_ANYTHING: st.SearchStrategy[Event] = st.one_of(
    _AGAINST,
    st.builds(Sign, st.sampled_from(Verdict), _SCOPES, st.just(1.0)),
    st.builds(View, _SOME_EDITS),
    st.just(View(EDITS)),
    st.builds(GiveAnswer, _QUESTIONS, st.sampled_from(Reply), _SCOPES),
    st.builds(Dispose, _FLAGS, st.sampled_from(Disposition)),
    st.builds(RunTests, _SCOPES, st.sampled_from(["pytest", "tox"]), st.integers(0, 1)),
    st.builds(Waive, st.sampled_from([each.value for each in Requirement]), st.just("why"), _SCOPES),
    st.builds(lambda name: Resolve(finding=name), _FLAGS),
)
_POLICIES = st.builds(
    Policy,
    viewed=st.booleans(),
    answers=st.booleans(),
    flags=st.none() | st.sampled_from(Severity),
    humans=st.integers(0, 2),
    author_counts=st.booleans(),
    signatures=st.booleans(),
)


@st.composite
def _stories(draw: st.DrawFn, events: st.SearchStrategy[Event], *, max_size: int, prefix: str) -> list[Entry]:
    """Return what people said, in some order; each event has an id of its own."""
    said = draw(st.lists(st.tuples(events, _PEOPLE, st.integers(0, 40)), max_size=max_size))
    return [Entry(EventId(f"{prefix}{n:03}"), event, by, AT, n, clock) for n, (event, by, clock) in enumerate(said)]


def _passing(policy: Policy, entries: Sequence[Entry], **facts: object) -> set[Requirement]:
    state = replace(fold(entries), reviewed=REVIEWED)
    return {result.requirement for result in evaluate(policy, _of(state, **facts)) if result.outcome.lets_pass}


@given(
    policy=_POLICIES,
    whole=st.lists(st.sampled_from(WHOLE), unique_by=id, min_size=len(WHOLE) - 2),
    more=_stories(_ANYTHING, max_size=6, prefix="m"),
    against=_stories(_AGAINST, max_size=4, prefix="a"),
    is_ai_assisted=st.booleans(),
)
def test_more_against_a_change_never_turns_a_requirement_into_one_that_is_met(
    policy: Policy, whole: list[Event], more: list[Entry], against: list[Entry], is_ai_assisted: bool
) -> None:
    story = [*(entry(event, clock) for clock, event in enumerate(whole)), *more]
    facts = {
        "is_ai_assisted": is_ai_assisted,
        "authors": frozenset({"ben@example.org"}),
        "needs_proof": policy.signatures,
    }

    before = _passing(policy, story, **facts)
    after = _passing(policy, [*story, *against], **facts)

    # An approval that is taken back needs no signature any more; but then it is an approval less.
    assert after - {Requirement.SIGNATURES} <= before
    assert before == set(Requirement) or after != set(Requirement)


@given(policy=_POLICIES, more=_stories(_ANYTHING, max_size=8, prefix="m"), order=st.randoms(use_true_random=False))
def test_the_order_in_which_words_are_found_does_not_matter(policy: Policy, more: list[Entry], order: object) -> None:
    story = [*(entry(event, clock) for clock, event in enumerate(WHOLE)), *more]
    shuffled = list(story)
    order.shuffle(shuffled)  # type: ignore[attr-defined]  # a Random, as hypothesis makes it

    assert evaluate(policy, _of(replace(fold(shuffled), reviewed=REVIEWED))) == evaluate(
        policy, _of(replace(fold(story), reviewed=REVIEWED))
    )


@given(policy=_POLICIES, words=_stories(_ANYTHING, max_size=8, prefix="m"))
def test_a_stricter_policy_lets_nothing_more_pass(policy: Policy, words: list[Entry]) -> None:
    strictest = replace(
        policy, viewed=True, answers=True, flags=Severity.INFO, humans=2, author_counts=False, waivable=frozenset()
    )
    facts = {"authors": frozenset({"ben@example.org"}), "is_ai_assisted": True}

    assert _passing(strictest, words, **facts) <= _passing(policy, words, **facts)


@given(edits=st.sets(st.sampled_from([*EDITS, EditId("0" * 64), EditId("")])))
def test_all_is_read_only_when_every_edit_was(edits: set[EditId]) -> None:
    evidence = _evidence(View(tuple(edits)))

    assert (_outcome(Requirement.VIEWED, evidence) is Outcome.SATISFIED) is (set(EDITS) <= edits)


@given(scope=st.text(max_size=8).map(ScopeId))
def test_an_approval_is_of_its_scope_to_the_letter(scope: ScopeId) -> None:
    assert Requirement.VERDICT in _missing(_evidence(*WHOLE[:-1], replace(APPROVAL, scope=scope)))
