"""The dialogue as text: what is said at each step, and what becomes of what is typed."""

import subprocess
from pathlib import Path

import pytest

from reviewer.review.model import Disposition, Reply, Side, Verdict
from tests.plain.stage import Script, play
from tests.tui.stage import make_repository

LONG = "".join(f"line {number}\n" for number in range(1, 51))
SLOW = "import requests\n\n\ndef get(url):\n    return requests.get(url)\n"
BASE = "".join(f"line {number}\n" for number in range(60))


def _edited(*numbers: int) -> str:
    return "".join(f"edited {n}\n" if n in numbers else line for n, line in enumerate(BASE.splitlines(keepends=True)))


def test_a_small_change_is_told_from_the_first_word_to_the_last_hunk(tmp_path: Path) -> None:
    folder = make_repository(tmp_path, {"notes.md": ("# Notes\nold\n", "# Notes\nnew\n")})

    text = play(folder, "", "", "q").text

    head, _, rest = text.partition("All is saved.\n")
    assert head.startswith("Under review: uncommitted changes. 1 file, 1 hunk, 2 changed lines.\n0 of 1 hunks reviewed")
    said = [line for line in rest.splitlines() if line and not line.startswith("The rules")]
    assert said == [
        "Enter begins at hunk 1; ? helps: <>",
        "File 1 of 1: notes.md, modified, 1 added, 1 removed.",
        "Hunk 1 of 1, lines 1 to 2, 1 added, 1 removed. Not reviewed yet.",
        "same    1: # Notes",
        "removed 2: old",
        "added   2: new",
        "Hunk 1 of 1. Enter marks it reviewed and goes on; ? helps: <>",
        "Hunk 1 is reviewed.",
        "Every hunk is reviewed.",
        "Hunk 1 of 1. Enter goes to the nine points; ? helps: <q>",
    ]


def test_a_hunk_counts_as_read_only_when_its_last_line_was_printed(tmp_path: Path) -> None:
    folder = make_repository(tmp_path, {"long.txt": ("", LONG)})

    played = play(folder, "", "mark", "mark", "mark", "q")

    assert played.text.count("Its last line was not printed yet.") == 2
    assert "added   20: line 20\nHunk 1 of 1. Enter reads on, 30 lines left; ? helps: <mark>" in played.text
    assert played.after("mark").startswith("Hunk 1 is reviewed.")


def test_a_binary_file_is_told_by_kind_and_size_in_words(tmp_path: Path) -> None:
    folder = make_repository(tmp_path, {"a.pdf": ("%PDF-\0", "%PDF-\0" + "x" * 1_994)})

    assert "\nPDF, 6 bytes becomes 2 kB.\n" in play(folder, "", "q").text


def test_a_held_key_marks_nothing(tmp_path: Path) -> None:
    folder = make_repository(tmp_path, {"a.txt": ("", "a\n"), "b.txt": ("", "b\n")})

    played = play(folder, *[""] * 9, seconds=0.001)

    assert "too fast for anybody to have read it" in played.text
    assert played.walk.session.progress.hunks_viewed == 0


def test_whoever_goes_to_a_line_far_down_reads_what_was_passed_over_before_a_mark(tmp_path: Path) -> None:
    folder = make_repository(tmp_path, {"long.txt": ("", LONG)})

    near, far = play(folder, "/line 12", "q"), play(folder, "/line 43", "", "", "mark", "q")

    assert "added    1: line 1\n" in near.text
    assert "Passing over 37 lines above.\nadded   38: line 38\n" in far.text
    assert "Enter reads 37 lines passed over above; ? helps: <>\nadded    1: line 1\n" in far.text
    assert "added   40: line 40\nHunk 1 of 1. Enter reads on, 10 lines left; ? helps: <mark>\nIts last line" in far.text
    assert far.walk.session.progress.hunks_viewed == 0


def test_flags_stand_behind_their_lines_and_take_a_disposition(tmp_path: Path) -> None:
    folder = make_repository(tmp_path, {"net.py": ("", SLOW)})

    played = play(folder, "", "d a", "", "d2 a", "it is our own machine", "q")

    flag = "Flag 2, line 5, high, open: missing-timeout, point 2, Edge cases.\n"
    assert flag in played.text
    assert played.text.index("added   5: ") < played.text.index(flag)
    assert "Ask: " in played.text.partition(flag)[2]
    assert "Why is the risk acceptable? Enter alone leaves the flag open: <>\nFlag 2 stays as it is." in played.text
    assert played.after("it is our own machine").startswith("Flag 2: accepted risk. 1 flag open in this hunk.")
    (flag_now,) = [flag for flag in played.walk.session.state.flags.values() if flag.finding.rule == "missing-timeout"]
    assert (flag_now.disposition, flag_now.note) == (Disposition.ACCEPTED_RISK, "it is our own machine")


def test_notes_are_taken_on_lines_files_and_points_and_settled(tmp_path: Path) -> None:
    folder = make_repository(tmp_path, {"a.txt": ("one\ntwo\n", "one\n2\n3\n")})

    played = play(
        folder,
        "",
        "c 2-3 are these all?",
        "y",
        "c",
        "old 2",
        "why not?",
        "",
        "5",
        "",
        "who may?",
        "",
        "C",
        "whole",
        "",
        "r",
        "c 99 x",
        "q",
    )

    session = played.walk.session
    notes = list(session.notes.values())
    assert [(note.body, note.is_blocking) for note in notes] == [
        ("are these all?", True), ("why not?", False), ("who may?", False), ("whole", False),
    ]  # fmt: skip
    first, old, concern, whole = [note.spot for note in notes if note.spot is not None]
    assert (first.first, first.last, first.text) == (2, 3, b"2\n3")
    assert (old.side, old.first, old.text) == (Side.OLD, 2, b"two")
    assert (concern.side, concern.first, notes[2].point) == (Side.OLD, 2, list(type(notes[2].point))[4])  # type: ignore[arg-type]
    assert whole.first is None
    assert notes[0].is_resolved
    assert "'99 x': not in this hunk." in played.text


def test_letters_move_as_keys_do_and_say_where_nothing_is(tmp_path: Path) -> None:
    folder = make_repository(
        tmp_path, {"a.txt": (BASE, _edited(10, 30)), "net.py": ("", SLOW), "z.txt": ("", "needle\n")}
    )

    text = play(
        folder, "]", "]", "]", "}", "{", "hunk 1", "[", "f", "/NEEDLE", "P net", "P nothing", "m", "] 9", "wat", "q"
    ).text

    arrived = [
        line.split(",")[0]
        for line in text.splitlines()
        if line.startswith(("Hunk ", "This is", "There is", "No ")) and "Enter" not in line
    ]
    assert arrived == [
        "Hunk 1 of 4", "Hunk 2 of 4", "Hunk 3 of 4", "Hunk 4 of 4", "Hunk 3 of 4", "Hunk 1 of 4",
        "This is the first hunk.", "Hunk 3 of 4", "Hunk 4 of 4", "Hunk 3 of 4",
        "No file with 'nothing' in its name.", "No note.", "There is no hunk '9'; the last is 4.",
        "There is no letter 'wat' here; ? lists them.",
    ]  # fmt: skip


def test_a_folded_file_is_named_passed_over_and_never_marked_unseen(tmp_path: Path) -> None:
    lock = "".join(f'name = "package-{number}"\n' for number in range(9))
    folder = make_repository(tmp_path, {"a.txt": ("", "a\n"), "uv.lock": ("", lock), "z.txt": ("", "z\n")})

    played = play(folder, "", "", "", "mark", "", "", "q")

    assert (
        "Passing over file 2, uv.lock: folded, a lock file; 1 hunk to review later. The words file 2, then o, show it."
        in played.text
    )
    assert played.text.index("Passing over") < played.text.index("File 3 of 3: z.txt")
    assert "Only folded files are left to review." in played.text
    assert (
        "Folded: a lock file; 1 hunk, 1 to review.\nHunk 2 of 3. Enter shows the folded file; ? helps: <mark>"
        in played.text
    )
    assert "Nothing of it was printed yet." in played.text
    assert played.text.index("Folded: a lock file") < played.text.index('name = "package-1"')
    assert played.walk.session.progress.percent == 100


def test_a_secret_is_hidden_until_it_is_asked_for(tmp_path: Path) -> None:
    key = "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"
    folder = make_repository(tmp_path, {"pay.py": ("", f'API_KEY = "{key}"\n')})

    hidden = play(folder, "", "q").text
    shown = play(folder, "", "s", "q").text

    assert key not in hidden
    assert 'API_KEY = "(hidden)"' in hidden
    assert key in shown


def test_the_next_start_goes_on_and_says_what_became_of_the_change(tmp_path: Path) -> None:
    folder = make_repository(tmp_path, {"app.txt": (BASE, _edited(10, 30, 50))})
    play(folder, "", "", "", "", "", "")
    (folder / "app.txt").write_text(BASE.replace("line 8\n", "edited 8\n"))
    subprocess.run(["git", "-C", str(folder), "commit", "-q", "-a", "-m", "upstream"], check=True)
    upstream = (
        BASE.replace("line 8\n", "edited 8\n").replace("line 10\n", "edited 10\n").replace("line 50\n", "edited 50\n")
    )
    (folder / "app.txt").write_text(upstream.replace("line 30\n", "edited 30 with care\n"))

    played = play(folder, "", "", "", "q")

    assert "Since last time: changed: 1 of 3 edits kept, 1 ported, 1 changed." in played.text
    assert "Enter begins at hunk 1;" in played.text
    assert "Enter confirms it and goes on" in played.text
    assert "Changed since you read it." in played.text
    assert "then, added: edited 30\nnow, added: edited 30 with care\n" in played.text
    assert "Every hunk is reviewed." in played.text


def test_questions_are_asked_with_their_evidence_and_refusals_are_said_in_their_own_words(tmp_path: Path) -> None:
    folder = make_repository(tmp_path, {"net.py": ("", SLOW)})

    played = play(folder, "", "x", "y", "2", "y", "a", "", "n", "no test runs it", "k", "e1")

    assert "point 1, Validate: Is it actually correct: did you run it or see it run on a real input?" in played.text
    assert "Evidence 1: flag, open, high: missing-timeout, net.py, line 5: " in played.text
    assert "Refused: 1 flag under Edge cases without a disposition, first missing-timeout." in played.text
    assert "Why n/a? : <>\nRefused: 'n/a' needs a note." in played.text
    replies = [answer.reply for answer in played.walk.session.state.answers.values()]
    assert replies == [Reply.YES, Reply.NO]


def test_an_approval_lists_what_blocks_it_and_where_each_thing_leads(tmp_path: Path) -> None:
    folder = make_repository(tmp_path, {"a.txt": (BASE, _edited(10, 30)), "b.txt": ("", "b\n")})

    played = play(folder, "S", "approve", "9999", "1", "q")

    assert (
        "  1. a.txt: 2 hunks not reviewed. Leads to hunk 1.\n  2. b.txt: 1 hunk not reviewed. Leads to hunk 3.\n"
        in played.text
    )
    assert "Validate: not answered. Leads to question 1." in played.text
    assert "Refused: an approval waits for " in played.after("approve")
    assert "Type one of: approve, request-changes, comment, or a number from 1 to" in played.text
    assert "Hunk 1 of 3, lines" in played.after("1")
    assert played.signoff is None


def test_a_blocking_note_can_be_settled_from_the_sign_off(tmp_path: Path) -> None:
    folder = make_repository(tmp_path, {"a.txt": ("", "a\n")})

    played = play(folder, "", "c why?", "y", "S", "12", "y")

    blocker = "blocking note on a.txt:1: why?. Asks whether it is settled."
    assert played.text.count(blocker) == 1
    (note,) = played.walk.session.notes.values()
    assert note.is_resolved


def test_a_verdict_is_typed_out_and_ends_the_walk(tmp_path: Path) -> None:
    folder = make_repository(tmp_path, {"a.txt": ("", "a\n")})

    played = play(folder, "S", "approv", "Request-Changes", "never typed")

    assert played.signoff is not None
    assert played.signoff.verdict is Verdict.REQUEST_CHANGES
    assert played.walk.has_signed
    assert "never typed" not in played.text


def test_undo_takes_back_the_last_word(tmp_path: Path) -> None:
    folder = make_repository(tmp_path, {"a.txt": ("", "a\n")})

    played = play(folder, "", "", "undo", "undo", "q")

    assert "Undone: a mark.\n" in played.text
    assert "Nothing of yours to undo.\n" in played.text
    assert played.walk.session.progress.hunks_viewed == 0


def test_what_was_said_is_there_when_nobody_is_any_more(tmp_path: Path) -> None:
    folder = make_repository(tmp_path, {"a.txt": ("", "a\n"), "b.txt": ("", "b\n")})

    ended = play(folder, "", "", "c is this one needed?")
    again = play(folder, "q")

    assert ended.signoff is None
    assert "1 of 2 hunks reviewed" in again.text
    assert "Enter begins at hunk 2;" in again.text
    assert not again.walk.session.notes


def test_more_context_goes_on_with_the_same_review_and_another_change_is_read_again(tmp_path: Path) -> None:
    folder = make_repository(tmp_path, {"a.txt": (BASE, _edited(10, 40))})

    class Changing(Script):
        def ask(self, prompt: str) -> str:
            line = super().ask(prompt)
            if line == "R":
                (folder / "a.txt").write_text(_edited(10, 40, 50))
            return line

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.plain.stage.Script", Changing)
        played = play(folder, "", "", "=", "R", "q", portion=100)

    assert "All lines around the edits." in played.after("=")
    assert "same    60: line 59" in played.after("=")
    assert "Under review: " in played.after("R")
    assert "6 changed lines" in played.after("R")


def test_what_would_steer_a_terminal_is_told_and_not_sent(tmp_path: Path) -> None:
    folder = make_repository(tmp_path, {"a\x1b[31m.py": ("", "x = '\u202e\x1b]0;owned\x07'\n")})

    text = play(folder, "", "c see \x1b[2J", "", "L", "x", "q", "S").text

    body = text.replace("<c see \x1b[2J>", "")
    assert "\x1b" not in body
    assert "\u202e" not in body
    assert "⟦U+202E⟧␛]0;owned␇" in body
