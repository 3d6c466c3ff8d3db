"""What is taken over from the state before is what would be counted anew."""

from hypothesis import example, given
from hypothesis import strategies as st

from reviewer.analysis.finding import Finding, FindingId, RuleSlug, Severity
from reviewer.review.carry import Carry, Fate
from reviewer.review.events import Dispose, Event, Open, Raise, Range, Resolve, Unview, View
from reviewer.review.model import Disposition, Reviewed, ReviewState, Side
from reviewer.review.state import apply
from reviewer.review.tally import Tally, tally_of
from tests.review.samples import ADA, DIFF, EDITS, OTHER_SCOPE, REVIEW, SCOPE, entry, finding, state_after

_NAMES = [f"f{number}" for number in range(8)]
_IDS = st.sampled_from(_NAMES).map(FindingId)
# A record of somebody else's can give one id to two findings.
_FINDINGS: st.SearchStrategy[Finding] = st.builds(
    finding,
    st.sampled_from(_NAMES),
    path=st.sampled_from([b"shop.py", b"run.sh"]),
    line=st.integers(1, 3),
    severity=st.sampled_from(Severity),
    rule=st.sampled_from(["missing-timeout", "n-plus-one"]).map(RuleSlug),
    suppressed=st.sampled_from([None, None, "known"]),
)
_SCOPES = st.sampled_from([SCOPE.id, SCOPE.id, OTHER_SCOPE])
_SOME_EDITS = st.lists(st.sampled_from(EDITS), min_size=1, max_size=3).map(tuple)
_EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Raise, st.lists(_FINDINGS, max_size=2).map(tuple), _SCOPES),
    st.builds(Dispose, _IDS, st.sampled_from(Disposition), st.just("why")),
    st.builds(lambda name: Resolve(finding=name), _IDS),
    st.builds(View, _SOME_EDITS),
    st.builds(Unview, _SOME_EDITS),
    _SCOPES.map(lambda scope: Range(Reviewed(scope, "other", None, None, 2, 3, 4))),
)
_CARRIES = st.dictionaries(st.sampled_from(EDITS), st.sampled_from(Fate)).map(Carry)
_ALL = Raise(tuple(finding(name, line=number % 3) for number, name in enumerate(_NAMES)), SCOPE.id)


def _after(state: ReviewState, event: Event, clock: int) -> ReviewState:
    return apply(state, entry(event, clock))


@given(_CARRIES, st.lists(_EVENTS, max_size=12))
@example(Carry(), [Dispose(FindingId("f1"), Disposition.ACCEPTED_RISK, "why")])
@example(Carry(), [Raise((finding("f1", path=b"run.sh"),), SCOPE.id)])
def test_a_tally_after_any_events_is_the_one_counted_anew(carry: Carry, events: list[Event]) -> None:
    state = state_after(_ALL)
    tally = tally_of(DIFF, SCOPE, state, carry)
    for clock, event in enumerate(events):
        state = _after(state, event, clock)
        tally = tally.after(state)
        assert tally == tally_of(DIFF, SCOPE, state, carry)


def test_a_new_flag_leaves_the_hunks_alone_and_a_mark_the_flags() -> None:
    before = state_after(_ALL)
    tally = tally_of(DIFF, SCOPE, before)

    flagged = tally.after(_after(before, Raise((finding("new"),), SCOPE.id), 9))
    marked = tally.after(_after(before, View(EDITS), 9))

    assert flagged.hunks is tally.hunks
    assert marked.flags is tally.flags


def test_a_state_with_nothing_new_has_the_same_tally() -> None:
    state = state_after(_ALL)
    tally = tally_of(DIFF, SCOPE, state)
    assert _same(tally, tally.after(apply(state, entry(Open(REVIEW, ADA, "test"), 9))))


def _same(one: Tally, other: Tally) -> bool:
    return one.hunks is other.hunks and one.flags is other.flags


def test_flags_of_one_line_stand_the_gravest_first() -> None:
    found = (finding("low", severity=Severity.LOW), finding("high", severity=Severity.HIGH))
    tally = tally_of(DIFF, SCOPE, state_after(Raise(found, SCOPE.id)))
    assert [flag.finding.id for flag in tally.flags.at[b"shop.py", Side.NEW, 12]] == ["high", "low"]
