"""Notes without a walk: `reviewer note`, run as a program, by people and by agents."""

import json
import subprocess
from pathlib import Path

import pytest

from reviewer.repository import choose_target, discover, read_diff
from reviewer.review.events import TakeNote
from reviewer.review.model import Intent
from reviewer.session.opening import open_session
from reviewer.session.session import Session
from reviewer.session.subject import Subject
from tests.hook.gated import PROGRAM
from tests.scratch import Scratch

BEFORE, AFTER = "def pay():\n    send(1)\n", "def pay():\n    send(2)\n    send(3)\n"


@pytest.fixture
def shop(scratch: Scratch) -> Scratch:
    scratch.git("config", "user.name", "Rita Reader")
    scratch.git("config", "user.email", "rita@example.org")
    scratch.commit({"pay.py": BEFORE})
    scratch.write("pay.py", AFTER)
    return scratch


def _walk(scratch: Scratch) -> Session:
    repository = discover(scratch.folder)
    target = choose_target(repository)
    return open_session(Subject(read_diff(repository, target), target.label, repository, target.old), scratch.folder)


def _note(scratch: Scratch, *words: str, said: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    from os import environ

    return subprocess.run(
        [*PROGRAM, "note", *words], cwd=scratch.folder, env={**environ, **environment}, input=said,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def _listed(scratch: Scratch) -> list[dict[str, object]]:
    result = _note(scratch, "list", "--format", "json")
    document = json.loads(result.stdout)
    assert (result.returncode, document["schema"]) == (0, "reviewer.notes/1")
    notes: list[dict[str, object]] = document["notes"]
    return notes


def test_a_note_on_lines_is_added_to_the_review_that_the_walk_opens(shop: Scratch) -> None:
    result = _note(shop, "add", "pay.py:2-3", "-m", "twice?", "--blocking", "--question")

    assert result.returncode == 0, result.stderr
    (note,) = _walk(shop).notes.values()
    assert (note.body, note.intent, note.is_blocking, note.by.agent) == ("twice?", Intent.QUESTION, True, "")
    assert note.spot is not None
    assert (note.spot.first, note.spot.last, note.spot.text) == (2, 3, b"    send(2)\n    send(3)")
    assert result.stdout == f"noted: {note.id[:8]}\n"


@pytest.mark.parametrize(
    ("place", "words"),
    [("pay.py:9", "not all of it is in one hunk"), ("no.py", "is not in the change"), ("pay.py:3-2", "not all of it")],
)
def test_a_place_that_the_change_does_not_show_is_refused(shop: Scratch, place: str, words: str) -> None:
    result = _note(shop, "add", place, "-m", "x")

    assert result.returncode == 2
    assert words in result.stderr
    assert list(_walk(shop).notes) == []


def test_a_note_can_be_about_old_lines_a_file_or_the_whole_review(shop: Scratch) -> None:
    for words in (("pay.py:2", "--old"), ("pay.py",), ()):
        assert _note(shop, "add", *words, "-m", "-", said="several\nlines\n").returncode == 0

    places = [note["place"] for note in _listed(shop)]
    assert places == [
        {"path": "pay.py", "side": "old", "first": 2, "last": 2, "code": "    send(1)"},
        {"path": "pay.py", "side": "new", "first": None, "last": None, "code": ""},
        None,
    ]
    assert _listed(shop)[0]["body"] == "several\nlines"


def test_an_agents_answer_is_its_own_and_proposes_no_more(shop: Scratch) -> None:
    walk = _walk(shop)
    asked = walk.dispatch(TakeNote("why 2?", is_blocking=True))

    result = _note(shop, "reply", asked.id[:8], "-m", "the issue says so", "--as-agent", "helper", "--propose-resolve")

    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("noted, as agent helper: ")
    (note,) = _listed(shop)
    assert (note["resolved"], note["proposed_by"]) == (False, "agent helper")
    (answer,) = note["answers"]  # type: ignore[misc]  # a list of objects
    assert answer["body"] == "the issue says so"
    assert answer["by"]["agent"] == "helper"
    assert [blocker.note for blocker in walk.blockers if blocker.note] == [asked.id]


def test_the_words_of_a_session_that_an_agent_started_are_the_agents(shop: Scratch) -> None:
    result = _note(shop, "add", "-m", "all is well", CLAUDECODE="1")

    assert result.stdout.startswith("noted, as agent Claude Code: ")
    assert _walk(shop).state.notes.popitem()[1].by.agent == "Claude Code"  # type: ignore[attr-defined]  # a dict


def test_an_answer_leaves_the_change_under_review_as_it_was(shop: Scratch) -> None:
    walk = _walk(shop)
    asked = walk.dispatch(TakeNote("why 2?"))
    shop.write("pay.py", AFTER + "send(4)\n")

    assert _note(shop, "reply", asked.id, "-m", "done", "--as-agent", "helper").returncode == 0

    assert [type(entry.event).kind for entry in walk.take_news()] == ["open", "note"]  # type: ignore[union-attr]  # known


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("reply", "abcdef", "-m", "x"), "'abcdef': there is no such note here"),
        (("reply", "a", "-m", "x"), "too short"),
        (("reply", "ID", "-m", " "), "an empty note says nothing"),
        (("reply", "ID", "-m", "x", "--as-agent", "\x1b"), "a name of 1 to 60 plain characters"),
    ],
)
def test_what_cannot_be_said_is_refused_and_nothing_is_written(
    shop: Scratch, words: tuple[str, ...], says: str
) -> None:
    walk = _walk(shop)
    asked = walk.dispatch(TakeNote("why 2?"))

    result = _note(shop, *(asked.id if word == "ID" else word for word in words))

    assert result.returncode == 2
    assert says in result.stderr
    assert walk.take_news() == ()


def test_the_list_is_a_paragraph_a_note_with_its_answers_below(shop: Scratch) -> None:
    walk = _walk(shop)
    asked = walk.dispatch(TakeNote("why\nso?", is_blocking=True))
    answered = walk.dispatch(TakeNote("be\ncause", answers=asked.id))

    assert _note(shop, "list").stdout.splitlines() == [
        f"{asked.id[:8]}  the whole review  blocking note by Rita Reader, open",
        "    why",
        "    so?",
        f"  {answered.id[:8]}  Rita Reader: be",
        "    cause",
    ]


def test_a_review_without_notes_says_so(shop: Scratch) -> None:
    walk = _walk(shop)
    assert "no review here yet" in _note(shop, "list").stderr
    undone = walk.dispatch(TakeNote("x"))
    walk.undo()

    assert _note(shop, "list", "--open").stdout == f"no open note in {walk.review}\n"
    assert undone.id


def test_a_record_that_was_published_is_copied_again(shop: Scratch) -> None:
    walk = _walk(shop)
    asked = walk.dispatch(TakeNote("why 2?"))
    copies = Path(shop.folder) / ".reviews" / walk.review
    copies.mkdir(parents=True)

    _note(shop, "reply", asked.id, "-m", "done", "--as-agent", "helper")

    assert len(list(copies.glob("*.jsonl"))) == 2
