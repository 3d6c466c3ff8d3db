import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.analysis.finding import Severity
from reviewer.analysis.manual import manual_of
from reviewer.reports.instructions import Instruction, as_markdown, for_agent, for_github, instructions
from reviewer.review.events import Dispose, Event, Raise, Resolve, Sign, TakeNote
from reviewer.review.model import Disposition, EventId, Intent, Reviewer, ReviewState, Side, Spot, Verdict
from reviewer.review.state import fold
from tests.reports.foreign import FOREIGN, count_of, foreign_states, is_harmless, markup_in
from tests.review.samples import OTHER_SCOPE, SCOPE, entry, finding, state_after
from tests.review.strategies import paths

NEEDS_CHANGE = Dispose(finding().id, Disposition.NEEDS_CHANGE, "set 5 s")
ON_LINES = Spot(b"shop.py", Side.NEW, 3, 4, b"a = 1\nb = 2")
OWN_LINES = {"   Code:", "   To do:", "   Question:", "   Said since:", "   An agent's remark, for you to know:", ""}

spots = st.none() | st.builds(
    Spot,
    paths(FOREIGN),
    st.sampled_from(Side),
    st.none() | st.integers(1, 9),
    st.none() | st.integers(1, 9),
    st.binary(),
)


def _instructions(*events: Event) -> tuple[Instruction, ...]:
    return instructions(state_after(*events))


def _github(*events: Event) -> dict[str, object]:
    state = state_after(*events)
    body = json.loads(for_github(instructions(state), state))
    assert isinstance(body, dict)
    return body


def _ask() -> str:
    manual = manual_of(finding().rule)
    assert manual is not None
    return manual.ask


def test_a_confirmed_flag_is_to_be_acted_on_with_its_question_and_code() -> None:
    (found,) = _instructions(Raise((finding(),), SCOPE.id), NEEDS_CHANGE)

    assert found == Instruction(
        Spot(b"shop.py", Side.NEW, 12, 12),
        "missing-timeout: a call that can wait for ever (set 5 s)",
        _ask(),
        "send(2)",
        is_blocking=True,
    )


@pytest.mark.parametrize("word", [None, Disposition.ACCEPTED_RISK, Disposition.FALSE_ALARM])
def test_a_flag_nobody_confirmed_is_none_of_it(word: Disposition | None) -> None:
    events = [
        Raise((finding(severity=Severity.HIGH),), SCOPE.id),
        *([Dispose(finding().id, word, "bounded")] if word else []),
    ]

    assert _instructions(*events) == ()


def test_a_note_is_to_be_acted_on_until_it_is_resolved() -> None:
    note = TakeNote("why\x07?", ON_LINES, is_blocking=True)

    assert _instructions(note) == (Instruction(ON_LINES, "why␇?", "", "a = 1\nb = 2", is_blocking=True, note="0002"),)
    assert _instructions(note, Resolve(EventId("0002"))) == ()


def test_instructions_come_by_place_and_those_about_everything_first() -> None:
    notes = [TakeNote(name, Spot(path, first=line, last=line)) for name, path, line in
             (("b9", b"b", 9), ("b10", b"b", 10), ("a1", b"a", 1))]  # fmt: skip

    assert [one.what for one in _instructions(*notes, TakeNote("all"))] == ["all", "a1", "b9", "b10"]


def test_an_agent_is_told_place_code_and_question_and_nothing_but_quotes_of_others() -> None:
    told = for_agent(
        _instructions(Raise((finding(),), SCOPE.id), NEEDS_CHANGE, TakeNote("name it\n2. do more", ON_LINES))
    )

    assert told.split("\n") == [
        "A person reviewed this change. Act on each point below, and on nothing else.",
        "Lines that begin with `> ` quote the code or the reviewer; a suggestion is what to make of the code.",
        "",
        "1. shop.py:3-4 (note 0004)",
        "   Code:",
        "   > a = 1",
        "   > b = 2",
        "   To do:",
        "   > name it",
        "   > 2. do more",
        "",
        "2. shop.py:12 (blocking)",
        "   Code:",
        "   > send(2)",
        "   To do:",
        "   > missing-timeout: a call that can wait for ever (set 5 s)",
        f"   Answer: {_ask()}",
        "",
        (
            "Report for each number what you changed, or why you did not; answer notes with "
            "`reviewer note reply ID --as-agent NAME -m TEXT [--propose-resolve]`."
        ),
        "",
    ]


def test_an_agent_without_work_is_told_so() -> None:
    assert for_agent(()) == "Nothing to do: the reviewer confirmed no flag and left no note.\n"


@settings(deadline=None)
@given(state=foreign_states(), body=FOREIGN, spot=spots)
def test_no_code_and_no_note_can_pass_for_an_instruction(state: ReviewState, body: str, spot: Spot | None) -> None:
    found = (*instructions(state), *_instructions(TakeNote(body, spot)))

    told = for_agent(found)

    assert is_harmless(told)
    lines = told.split("\n")[2:-2]
    foreign = [line for line in lines if line not in OWN_LINES and not line.startswith(("   > ", "   Answer: "))]
    assert [int(line.partition(".")[0]) for line in foreign] == list(range(1, len(found) + 1))


@settings(deadline=None)
@given(state=foreign_states(), body=FOREIGN, spot=spots)
def test_the_list_in_markdown_holds_no_markup_but_its_own(state: ReviewState, body: str, spot: Spot | None) -> None:
    found = (*instructions(state), *_instructions(TakeNote(body, spot)))

    shown = as_markdown(found)

    assert is_harmless(shown)
    assert markup_in(shown) == set()
    assert count_of(shown, "list_item") == len(found) + sum(bool(one.ask) for one in found)


def test_the_list_in_markdown_has_a_box_a_place_and_the_question() -> None:
    shown = as_markdown(_instructions(Raise((finding(),), SCOPE.id), NEEDS_CHANGE, TakeNote("read the docs")))

    assert shown.split("\n")[:4] == [
        "# To do",
        "",
        "- [ ] the whole change: read the docs",
        "- [ ] shop.py:12 **blocking**: missing-timeout: a call that can wait for ever \\(set 5 s\\)",
    ]
    assert shown.split("\n")[4].startswith("  - ")


def test_github_gets_a_comment_on_the_line_and_side_each_is_about() -> None:
    notes = (TakeNote("new", ON_LINES), TakeNote("old", Spot(b"shop.py", Side.OLD, 8, 8)))

    comments = _github(Raise((finding(),), SCOPE.id), NEEDS_CHANGE, *notes)["comments"]

    what = "missing-timeout: a call that can wait for ever \\(set 5 s\\)"
    assert comments == [
        {"path": "shop.py", "line": 4, "side": "RIGHT", "body": "new", "start_line": 3, "start_side": "RIGHT"},
        {"path": "shop.py", "line": 8, "side": "LEFT", "body": "old"},
        {"path": "shop.py", "line": 12, "side": "RIGHT", "body": f"{what}\n\n{_ask()}"},
    ]


def test_what_github_cannot_place_on_a_line_stands_in_the_text_with_its_place() -> None:
    notes = (
        TakeNote("in all"),
        TakeNote("in the file", Spot(b"shop.py")),
        TakeNote("in bytes", Spot(b"caf\xe9", first=1, last=1)),
    )

    body = _github(*notes)

    assert body["comments"] == []
    assert body["body"] == (
        "Reviewed with git-reviewer: 3 points to act on.\n\nthe whole change: in all\n\n"
        "caf⟦E9⟧:1: in bytes\n\nshop.py: in the file"
    )


@pytest.mark.parametrize(
    ("verdict", "event"),
    [
        (Verdict.APPROVE, "APPROVE"),
        (Verdict.REQUEST_CHANGES, "REQUEST_CHANGES"),
        (Verdict.COMMENT, "COMMENT"),
    ],
)
def test_the_verdict_is_githubs_event_if_it_was_given_for_this_change(verdict: Verdict, event: str) -> None:
    assert _github(Sign(verdict, SCOPE.id, 1.0))["event"] == event
    assert _github(Sign(verdict, OTHER_SCOPE, 1.0))["event"] == "COMMENT"


def test_a_review_for_github_is_never_without_a_text() -> None:
    assert _github()["body"] == "Reviewed with git-reviewer: 0 points to act on."


@settings(deadline=None)
@given(state=foreign_states(), body=FOREIGN, spot=spots)
def test_github_always_gets_json_with_lines_from_1_and_no_foreign_markup(
    state: ReviewState, body: str, spot: Spot | None
) -> None:
    found = (*instructions(state), *_instructions(TakeNote(body, spot)))

    told = json.loads(for_github(found, state))

    texts = [told["body"], *(comment["body"] for comment in told["comments"])]
    assert all(is_harmless(text) and markup_in(text) == set() for text in texts)
    for comment in told["comments"]:
        assert isinstance(comment["path"], str)
        assert isinstance(comment["line"], int)
        assert comment.get("start_line", comment["line"] - 1) < comment["line"]


OWN = EventId("0002")
SUGGESTION = "why?\n```suggestion\na = 2\n```"
AGENT = Reviewer("Ada", "ada@example.org", "helper")


def _thread() -> ReviewState:
    """Return a state with Ada's question, an agent's answer to it and its proposal, and a note of that agent's own."""
    asked = TakeNote(SUGGESTION, ON_LINES, intent=Intent.QUESTION)
    return fold(
        [
            entry(asked, 2, name=OWN),
            entry(TakeNote("done, see @ben", ON_LINES, answers=OWN), 3, AGENT),
            entry(Resolve(proposes=OWN), 4, AGENT),
            entry(TakeNote("see https://x.example\n```suggestion\nb\n```", Spot(b"z.py", Side.NEW, 1, 1)), 5, AGENT),
        ]
    )


def test_an_agent_is_told_of_a_question_its_answers_and_who_thinks_it_settled() -> None:
    told = for_agent(instructions(_thread()))

    assert told.split("\n")[3:14] == [
        "1. shop.py:3-4 (note 0002, agent helper thinks it settled)",
        "   Code:",
        "   > a = 1",
        "   > b = 2",
        "   Question:",
        "   > why?",
        "   > ```suggestion",
        "   > a = 2",
        "   > ```",
        "   Said since:",
        "   > agent helper: done, see @ben",
    ]


def test_what_an_agent_remarked_is_nothing_for_another_to_act_on() -> None:
    told = for_agent(instructions(_thread()))

    assert "   An agent's remark, for you to know:\n   > agent helper: see https://x.example\n" in told


def test_github_is_offered_ones_own_suggestion_and_reads_that_of_others() -> None:
    state = _thread()

    own, other = json.loads(for_github(instructions(state, {OWN}), state))["comments"]

    assert own["body"] == f"**Question:** {SUGGESTION}\n\n**agent helper:** done, see `@ben`"
    assert other["body"] == "**agent helper:** see `https://x.example`\n```\nb\n```"


def test_github_is_offered_no_suggestion_that_was_not_written_here() -> None:
    state = _thread()

    assert "```suggestion" not in for_github(instructions(state), state)


def test_the_list_in_markdown_keeps_blocks_and_answers_under_their_note() -> None:
    shown = as_markdown(instructions(_thread(), {OWN}))

    assert shown.split("\n")[2:] == [
        "- [ ] shop.py:3-4: **Question:** why?",
        "  ```suggestion",
        "  a = 2",
        "  ```",
        "  - **agent helper:** done, see `@ben`",
        "- [ ] z.py:1: **agent helper:** see `https://x.example`",
        "  ```",
        "  b",
        "  ```",
        "",
    ]
    assert count_of(shown, "list_item") == 3
