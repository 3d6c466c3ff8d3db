"""Going to notes, editing, answering, settling and deleting them, and the list of all, as keys and frames."""

from pathlib import Path

from reviewer.repository import discover
from reviewer.review.events import Resolve, Retract, TakeNote
from reviewer.review.model import Note, Reviewer
from reviewer.session.correspondence import find_note, say
from reviewer.session.opening import store_for
from tests.tui.stage import Stage, make_repository, play


def _notes(stage: Stage) -> list[Note]:
    assert stage.app.session is not None
    return list(stage.app.session.notes.values())


async def _write(stage: Stage, key: str, text: str, *keys: str) -> None:
    await stage.press(key)
    await stage.type(text)
    await stage.press(*keys, "ctrl+s")


def test_m_goes_to_the_header_for_a_note_on_a_file_and_to_the_first_for_one_on_the_review(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("right_curly_bracket")
        await _write(stage, "C", "of the file")
        await _write(stage, "ctrl+n", "of it all")
        assert "of the file" not in stage.frame
        await stage.press("M")
        assert "✎ note, Rita Reader: of the file" in stage.frame
        await stage.press("m")
        assert "✎ note, on the whole review, Rita Reader: of it all" in stage.frame
        await stage.press("m")
        assert "of the file" in stage.frame

    play(Stage(make_repository(tmp_path)), scene)


def test_a_note_on_a_range_is_shown_at_each_of_its_lines(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("right_curly_bracket", "v", "j", "j")
        await _write(stage, "c", "these three")
        for _ in range(3):
            assert "✎ note, lines 1-3, Rita Reader: these three" in stage.frame
            await stage.press("k")
        assert "these three" not in stage.frame
        gutters = [line[34:60] for line in stage.frame.splitlines()]
        assert sum("✎" in gutter for gutter in gutters) == 3

    play(Stage(make_repository(tmp_path)), scene)


def test_an_edit_shows_the_new_words_and_the_record_keeps_the_old(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await _write(stage, "c", "first")
        await stage.press("E")
        assert "in the place of what you said before" in stage.frame
        await stage.type(" then")
        await stage.press("ctrl+b", "ctrl+s")
        assert "✎ blocking note, line 2, old side, Rita Reader, edited: first then" in stage.frame

        (journal,) = (tmp_path / ".git/reviewer/reviews").glob("*/*.jsonl")
        assert b'"body":"first"' in journal.read_bytes()
        await stage.press("backspace")
        assert "✎ note, line 2, old side, Rita Reader: first" in stage.frame

    play(Stage(make_repository(tmp_path)), scene)


def test_an_edit_that_changes_nothing_is_none_and_leaves_no_draft(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await _write(stage, "c", "first")
        for end in ("ctrl+s", "escape"):
            await stage.press("E", "x", "backspace", end)
            assert stage.app.session is not None
            assert [note.versions for note in _notes(stage)] == [()]
            assert stage.app.session.drafts == ()

    play(Stage(make_repository(tmp_path)), scene)


def test_an_answer_stands_under_its_note(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await _write(stage, "c", "why", "ctrl+t")
        await stage.press("a")
        assert "answer on app/hello.py:2, old side" in stage.frame
        assert "Rita Reader: why" in stage.frame
        await stage.type("because")
        await stage.press("ctrl+s")

        assert "✎ question, line 2, old side, Rita Reader: why" in stage.frame
        assert "↳ Rita Reader: because" in stage.frame

    play(Stage(make_repository(tmp_path)), scene)


def test_r_settles_a_note_and_takes_it_up_again(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await _write(stage, "c", "must", "ctrl+b")
        await stage.press("r")
        assert "blocking note, resolved" in stage.frame
        await stage.press("r")
        assert "blocking note, line 2" in stage.frame
        assert stage.app.session is not None
        assert any(blocker.note for blocker in stage.app.session.blockers)

    play(Stage(make_repository(tmp_path)), scene)


def test_the_list_keeps_to_words_and_enter_goes_there(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await _write(stage, "c", "here")
        await stage.press("right_curly_bracket")
        await _write(stage, "c", "there", "ctrl+t")
        await stage.press("g", "at")
        assert "open     note  app/hello.py:2, old side  Rita Reader: here" in stage.frame
        await stage.type("question")
        assert "here" not in stage.frame.replace("there", "")
        await stage.press("enter")

        assert "✎ question, Rita Reader: there" in stage.frame

    play(Stage(make_repository(tmp_path)), scene)


def test_the_list_begins_at_the_note_at_hand(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await _write(stage, "c", "one")
        await stage.press("j")
        await _write(stage, "c", "two")
        await stage.press("at", "ctrl+r")

        assert [note.is_resolved for note in _notes(stage)] == [False, True]

    play(Stage(make_repository(tmp_path)), scene)


def test_in_the_list_a_note_is_settled_edited_and_deleted(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await _write(stage, "c", "one")
        await stage.press("at", "ctrl+r")
        await stage.until("resolved note")
        await stage.press("ctrl+e")
        await stage.type(" more")
        await stage.press("ctrl+s", "at", "ctrl+x")
        await stage.until("delete it; the record keeps what it said")
        await stage.press("n")
        await stage.until("one more")
        await stage.press("ctrl+x", "y")

        assert _notes(stage) == []
        assert stage.app.session is not None
        kinds = [type(entry.event) for entry in stage.app.session._log]
        assert [kind for kind in kinds if kind in (TakeNote, Resolve, Retract)] == [
            TakeNote,
            Resolve,
            TakeNote,
            Retract,
            Retract,
        ]

    play(Stage(make_repository(tmp_path)), scene)


def test_a_draft_is_told_of_at_the_start_and_the_list_goes_on_with_it_or_drops_it(tmp_path: Path) -> None:
    async def leave(stage: Stage) -> None:
        await stage.press("C")
        await stage.type("half")
        await stage.press("escape")

    async def go_on(stage: Stage) -> None:
        await stage.until("a draft of a note on app/hello.py from before")
        await stage.press("at")
        assert "draft    note  app/hello.py  half" in stage.frame
        await stage.press("enter")
        assert "note on app/hello.py · your draft" in stage.frame
        await stage.press("escape", "at", "ctrl+x")
        assert stage.app.session is not None
        assert stage.app.session.drafts == ()

    make_repository(tmp_path)
    play(Stage(tmp_path), leave)
    play(Stage(tmp_path), go_on)


def test_an_agents_answer_comes_to_a_walk_that_is_open_and_a_person_settles_it(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await _write(stage, "c", "why", "ctrl+b")
        (note,) = _notes(stage)
        store = store_for(discover(tmp_path), tmp_path)
        agent = Reviewer("Rita Reader", "rita@example.org", "helper\x1b")
        events = [TakeNote("so", answers=note.id), Resolve(proposes=note.id)]
        say(store, find_note(store, note.id), agent, events)
        stage.app.look_for_news()
        await stage.pilot.pause()

        assert "↳ agent helper␛: so" in stage.frame
        assert "agent helper␛ thinks it settled: r agrees, a answers" in stage.frame
        await stage.press("r")
        assert "blocking note, resolved" in stage.frame
        assert "thinks it settled" not in stage.frame

    play(Stage(make_repository(tmp_path)), scene)
