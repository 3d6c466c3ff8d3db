import pytest

from reviewer.analysis.finding import Finding, FindingId, RuleSlug, Severity
from reviewer.points import Point
from reviewer.repository import choose_target, read_diff
from reviewer.review.events import Dispose
from reviewer.review.model import Disposition, ReviewId
from reviewer.session.experience import false_alarms, outcomes
from reviewer.session.opening import open_session, store_for
from reviewer.session.session import Session
from reviewer.session.subject import Subject
from tests.scratch import Scratch


def _finding(name: str = "f", rule: str = "missing-timeout") -> Finding:
    return Finding(FindingId(name), RuleSlug(rule), b"f.py", 1, Severity.HIGH, Point.EDGE_CASES, "seen")


def _session(scratch: Scratch, text: str) -> Session:
    """Return the review of a commit of its own."""
    scratch.commit({"f.py": text})
    target = choose_target(scratch.repository, "HEAD")
    diff = read_diff(scratch.repository, target)
    return open_session(Subject(diff, target.label, scratch.repository, target.old, target.new), scratch.folder)


@pytest.fixture
def first(scratch: Scratch) -> Session:
    scratch.git("config", "user.name", "Rita")
    scratch.git("config", "user.email", "rita@example.org")
    scratch.commit({"f.py": "a = 1\n"})
    session = _session(scratch, "a = 2\n" * 5)
    session.raise_flags([_finding("f"), _finding("g"), _finding("h", "select-star")])
    return session


def test_a_false_alarm_is_not_asked_about_again_in_a_later_review(scratch: Scratch, first: Session) -> None:
    first.dispatch(Dispose(FindingId("f"), Disposition.FALSE_ALARM))
    first.dispatch(Dispose(FindingId("g"), Disposition.NEEDS_CHANGE))
    first.close()

    later = _session(scratch, "b = 3\n" * 9)
    later.raise_flags([_finding("f"), _finding("g"), _finding("new")])

    flags = {flag.finding.id: flag for flag in later.state.known_flags.values()}
    assert later.review != first.review
    assert flags[FindingId("f")].finding.suppressed == f"a false alarm in the review {first.review}"
    assert not flags[FindingId("f")].is_open
    assert flags[FindingId("g")].is_open
    assert flags[FindingId("new")].is_open


def test_in_its_own_review_a_false_alarm_keeps_its_word(scratch: Scratch, first: Session) -> None:
    first.dispatch(Dispose(FindingId("f"), Disposition.FALSE_ALARM))
    first.close()

    again = open_session(first.subject, scratch.folder)
    again.raise_flags([_finding("f")])

    assert again.state.known_flags[FindingId("f")].disposition is Disposition.FALSE_ALARM
    assert again.state.known_flags[FindingId("f")].finding.suppressed is None


def test_what_came_from_elsewhere_silences_nothing(scratch: Scratch, first: Session) -> None:
    first.dispatch(Dispose(FindingId("f"), Disposition.FALSE_ALARM))
    first.close()
    store = store_for(scratch.repository, scratch.folder)
    store.publish(first.review)
    for file in (store.home / first.review).iterdir():
        file.unlink()

    assert store.read(first.review).entries
    assert false_alarms(store, but=ReviewId("other")) == {}


def test_the_words_on_the_flags_of_each_rule_are_counted(scratch: Scratch, first: Session) -> None:
    first.dispatch(Dispose(FindingId("f"), Disposition.FALSE_ALARM))
    first.dispatch(Dispose(FindingId("g"), Disposition.NEEDS_CHANGE))
    first.close()

    counted = outcomes(store_for(scratch.repository, scratch.folder))

    assert counted == {"missing-timeout": {Disposition.FALSE_ALARM: 1, Disposition.NEEDS_CHANGE: 1}}
