"""`verify` writes nothing, and the same records and objects give the same answer wherever and whenever it runs."""

import os
import shutil
import sys
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.cli.gate import tell_gate
from reviewer.review.events import (
    Dispose,
    Event,
    GiveAnswer,
    Raise,
    Resolve,
    Retract,
    RunTests,
    Sign,
    TakeNote,
    Unview,
    View,
    Waive,
)
from reviewer.review.model import Disposition, EventId, Reply, Reviewer, Verdict
from reviewer.verification.judge import Judgement
from tests.review.samples import OTHER_SCOPE, finding
from tests.scratch import Scratch
from tests.verification.reviews import (
    ADA,
    AGENT,
    ASSISTED,
    BEN,
    RANGE,
    RITA,
    about,
    begin,
    chained,
    journals,
    judged,
    plant,
    put_in_ref,
    run,
    say,
    sign,
    verify,
    whole_review,
)

Facts = dict[str, tuple[int, ...]]


def _everything(folder: Path) -> Facts:
    """Return all that can change of a folder, but for when it was last read."""
    found = {}
    for place in [folder, *folder.rglob("*")]:
        facts = place.lstat()
        found[str(place)] = (facts.st_mode, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
    return found


@pytest.mark.parametrize("arguments", [(), (RANGE,), (RANGE, "--format", "json"), (RANGE, "--trailers"), ("HEAD",)])
@pytest.mark.parametrize("is_signed", [True, False])
def test_it_writes_nothing(scratch: Scratch, arguments: tuple[str, ...], is_signed: bool) -> None:
    begin(scratch)
    if is_signed:
        sign(scratch)
    scratch.write("untracked.py", "1\n")
    (scratch.folder / "shop.py").touch()
    before = _everything(scratch.folder.parent)

    status, _, _ = verify(scratch, *arguments)

    assert status == (0 if is_signed else 1)
    assert _everything(scratch.folder.parent) == before


def test_an_answer_from_a_receipt_writes_nothing_either(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch)
    tell_gate(scratch.repository, RANGE)
    before = _everything(scratch.folder.parent)

    assert verify(scratch, RANGE)[0] == 0

    assert _everything(scratch.folder.parent) == before


def test_damage_and_newer_records_are_left_as_they_are(scratch: Scratch) -> None:
    begin(scratch)
    plant(scratch, b"junk")
    before = _everything(scratch.folder.parent)

    assert verify(scratch, RANGE)[0] == 4

    assert _everything(scratch.folder.parent) == before


PLACES: dict[str, dict[str, str]] = {
    "another time zone": {"TZ": "Pacific/Kiritimati"},
    "another language": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "LANGUAGE": "tr"},
    "no language": {"LC_ALL": "C", "PYTHONUTF8": "1"},
    "another seed of hashes": {"PYTHONHASHSEED": "7"},
    "another person": {"GIT_AUTHOR_EMAIL": "eve@example.org", "USER": "eve", "LOGNAME": "eve"},
    "an agent": {"CLAUDECODE": "1"},
    "a narrow screen": {"COLUMNS": "20", "TERM": "dumb", "NO_COLOR": "1"},
    "settings of git": {
        "GIT_CONFIG_COUNT": "4",
        "GIT_CONFIG_KEY_0": "diff.algorithm", "GIT_CONFIG_VALUE_0": "patience",
        "GIT_CONFIG_KEY_1": "diff.context", "GIT_CONFIG_VALUE_1": "0",
        "GIT_CONFIG_KEY_2": "diff.renames", "GIT_CONFIG_VALUE_2": "false",
        "GIT_CONFIG_KEY_3": "core.quotePath", "GIT_CONFIG_VALUE_3": "false",
    },
}  # fmt: skip


@pytest.mark.parametrize("is_signed", [True, False])
def test_the_answer_is_the_same_in_any_environment(scratch: Scratch, is_signed: bool) -> None:
    begin(scratch, message=ASSISTED)
    if is_signed:
        sign(scratch)
    here = verify(scratch, RANGE, "--format", "json")

    answers = {place: verify(scratch, RANGE, "--format", "json", **PLACES[place]) for place in PLACES}

    assert answers == dict.fromkeys(PLACES, here)


def test_the_answer_is_the_same_from_any_folder_with_any_mask_and_at_any_time(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch)
    below = scratch.folder / "deep" / "er"
    below.mkdir(parents=True)
    here = verify(scratch, RANGE, "--format", "json")
    command = f'umask 077; exec "{sys.executable}" -m reviewer verify {RANGE} --format json'

    masked = run("sh", "-c", command, folder=scratch.folder)
    for file in journals(scratch):
        os.utime(file, (0, 0))

    assert verify(scratch, RANGE, "--format", "json", folder=below) == here
    assert masked.stdout.decode() == here[1]
    assert verify(scratch, RANGE, "--format", "json") == here


def test_the_answer_is_the_same_wherever_the_records_lie(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch)
    review = sign(scratch, BEN, Verdict.REQUEST_CHANGES)
    here = _answer(judged(scratch))
    said = [file.read_bytes() for file in journals(scratch) if ".reviews" in file.parts]

    put_in_ref(scratch, review, **{f"writer-{number}": content for number, content in enumerate(said)})
    shutil.rmtree(scratch.folder / ".reviews")
    shutil.rmtree(scratch.folder / ".git/reviewer")

    assert _answer(judged(scratch)) == here


def _answer(judgement: Judgement) -> tuple[object, ...]:
    return judgement.results, judgement.damages, judgement.warnings, judgement.evidence.state


# The order in which journals came to be.


def _write_in_turn(scratch: Scratch, contents: Sequence[tuple[str, bytes]]) -> None:
    shutil.rmtree(scratch.folder / ".reviews", ignore_errors=True)
    for time, (name, content) in enumerate(contents):
        file = plant(scratch, content, f"2026-01-0{len(name) % 9}-{name}", f"{name}.00.jsonl")
        os.utime(file, (time, time))


def test_the_order_in_which_journals_were_written_does_not_matter(scratch: Scratch) -> None:
    begin(scratch)
    said = whole_review(scratch)
    range_, views, answers, word = said[0], said[1], said[2:-1], said[-1]
    contents = [
        ("aaa", chained(RITA, [range_, views], clock=0)),
        ("bbbb", chained(RITA, [range_, *answers, word], clock=10)),
        ("ccccc", chained(BEN, [range_, TakeNote("why?", is_blocking=True)], clock=3)),
        ("dddddd", b"junk"),
    ]
    answers_given = set()

    for order in permutations(contents):
        _write_in_turn(scratch, order)
        answers_given.add(repr(_answer(judged(scratch))))

    assert len(answers_given) == 1


# More of what speaks against a change never lets it pass.

_PEOPLE = st.sampled_from([RITA, BEN, ADA, AGENT, Reviewer("Eve", "eve@example.org")])


def _against(scope: str, edits: Sequence[str], questions: Sequence[str]) -> st.SearchStrategy[Event]:
    """Return what can only speak against the change: said of it, or of an earlier state."""
    scopes = st.sampled_from([scope, OTHER_SCOPE])
    return st.one_of(
        st.builds(Sign, st.just(Verdict.REQUEST_CHANGES), scopes, st.just(0.5)),
        st.builds(Unview, st.lists(st.sampled_from(edits), min_size=1, max_size=2).map(tuple)),
        st.builds(Raise, st.just((finding("g"),)), scopes),
        st.builds(Dispose, st.sampled_from(["f", "g"]), st.just(Disposition.NEEDS_CHANGE), st.just("bound it")),
        st.builds(GiveAnswer, st.sampled_from(questions), st.just(Reply.NO), scopes, st.just("no")),
        st.builds(TakeNote, st.just("why?"), is_blocking=st.just(True)),
        st.builds(RunTests, scopes, st.just("pytest"), st.just(1)),
    )


def _anything(scope: str, edits: Sequence[str], questions: Sequence[str]) -> st.SearchStrategy[Event]:
    scopes = st.sampled_from([scope, scope, OTHER_SCOPE])
    return st.one_of(
        _against(scope, edits, questions),
        st.builds(Sign, st.sampled_from(Verdict), scopes, st.just(1.0)),
        st.just(View(tuple(edits))),
        st.builds(GiveAnswer, st.sampled_from(questions), st.sampled_from(Reply), scopes),
        st.builds(Dispose, st.sampled_from(["f", "g"]), st.sampled_from(Disposition), st.just("fine")),
        st.builds(Waive, st.sampled_from(["humans", "ai-tests", "verdict"]), st.just("why"), scopes),
        st.builds(Retract, st.just(EventId("0" * 64))),
        st.builds(Resolve, st.just(EventId("0" * 64))),
    )


def test_more_against_a_change_never_lets_it_pass(scratch: Scratch) -> None:
    begin(scratch)
    said = whole_review(scratch)

    @settings(max_examples=40)
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        _check_the_law(scratch, said, data)

    holds()


def _check_the_law(scratch: Scratch, said: Sequence[Event], data: st.DataObject) -> None:
    scope, edits = said[-1].scope, said[1].edits  # type: ignore[union-attr]  # a sign-off and a view, as they are made
    questions = [event.question for event in said if isinstance(event, GiveAnswer)]
    everything = [*said[:-1], Raise((finding(),), scope), Dispose(finding().id, Disposition.FALSE_ALARM), said[-1]]
    kept = data.draw(st.lists(st.sampled_from(range(len(everything))), unique=True, max_size=2), label="left out")
    extra = data.draw(st.lists(_anything(scope, edits, questions), max_size=4), label="more")
    story = [event for number, event in enumerate(everything) if number not in kept] + extra
    against = data.draw(st.lists(_against(scope, edits, questions), min_size=1, max_size=3), label="against")

    _write_in_turn(scratch, [("aaa", chained(RITA, story))])
    before = judged(scratch)
    by, clock = data.draw(_PEOPLE), data.draw(st.integers(0, 60))
    _write_in_turn(
        scratch, [("aaa", chained(RITA, story)), ("bbbb", chained(by, [about(scope), *against], clock=clock))]
    )
    after = judged(scratch)

    passed = {result.requirement for result in before.results if result.outcome.lets_pass}
    passes = {result.requirement for result in after.results if result.outcome.lets_pass}
    assert passes <= passed


def test_the_law_is_about_stories_that_pass_and_stories_that_do_not(scratch: Scratch) -> None:
    # Else the law above could hold for want of anything that passes.
    begin(scratch)
    _write_in_turn(scratch, [("aaa", chained(RITA, whole_review(scratch)))])
    assert judged(scratch).is_satisfied

    say(scratch, BEN, TakeNote("why?", is_blocking=True))

    assert not judged(scratch).is_satisfied
