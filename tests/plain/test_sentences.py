from dataclasses import replace

from reviewer.analysis.finding import Finding, FindingId, RuleSlug, Severity
from reviewer.diff.lines import lines_of
from reviewer.diff.patchfile import parse_patch_file
from reviewer.plain.sentences import answer_text, flag_texts, hunk_title, note_text, since_read, texts_of
from reviewer.points import Point
from reviewer.review.carry import Fate
from reviewer.review.model import Disposition, EventId, Flag, Intent, Note, Reviewer, Spot
from reviewer.walk.difference import Differing
from tests.review.samples import ADA

_PATCH = b"""\
diff --git a/shop.py b/shop.py
--- a/shop.py
+++ b/shop.py
@@ -9,3 +9,3 @@ class Till:
 def pay():
-\tsend(1)
+\tsend("hunter2hunter2")\x1b[31m
 added 3: x
\\ No newline at end of file
"""
HUNK = parse_patch_file(_PATCH, "a.patch").files[0].hunks[0]
FLAG = Flag(
    Finding(FindingId("f"), RuleSlug("hardcoded-secret"), b"shop.py", 10, Severity.HIGH, Point.SECURITY, "a key")
)


def test_each_line_begins_with_a_word_for_what_became_of_it_and_its_number() -> None:
    assert list(texts_of(lines_of(HUNK), 2, is_cut=True, secret=frozenset())) == [
        "same     9: def pay():",
        "removed 10:         send(1)",
        'added   10:         send("hunter2hunter2")␛[31m',
        "same    11: added 3: x",
        "The line above ends the file without a line feed.",
    ]


def test_the_value_of_a_secret_is_not_printed() -> None:
    text = "\n".join(texts_of(lines_of(HUNK), 2, is_cut=True, secret=frozenset({10})))

    assert "hunter2" not in text
    assert 'send("(hidden)")' in text
    assert "send(1)" in text


def test_a_long_line_is_cut_and_said_to_be_on_a_line_of_its_own() -> None:
    (line, *_) = lines_of(HUNK)
    long = replace(line, text="é".encode() * 900)

    short, said = texts_of([long], 2, is_cut=True, secret=frozenset())
    (whole,) = texts_of([long], 2, is_cut=False, secret=frozenset())

    assert short == f"same     9: {'é' * 500}"
    assert said == "The line above goes on, to 1,800 bytes in all; w prints long lines whole."
    assert whole.endswith("é" * 900)


def test_a_hunk_says_where_it_is_and_what_is_to_be_done() -> None:
    assert hunk_title(HUNK, 3, 12, Fate.PORTED) == (
        "Hunk 3 of 12, lines 9 to 11, 1 added, 1 removed. "
        "You read it before, with other lines around it; enter confirms it. In: class Till:"
    )


def test_an_open_flag_says_why_to_look_and_what_to_ask_and_an_answered_one_what_was_said() -> None:
    is_open = list(flag_texts(FLAG, 2))
    answered = list(flag_texts(replace(FLAG, disposition=Disposition.ACCEPTED_RISK, note="a test key"), 2))

    assert is_open[:2] == ["Flag 2, line 10, high, open: hardcoded-secret, point 5, Security.", "  a key"]
    assert [line.partition(":")[0] for line in is_open[2:]] == ["  Why look", "  Ask"]
    assert answered == [
        "Flag 2, line 10, high, accepted risk: hardcoded-secret, point 5, Security.", "  a key", "  Reason: a test key",
    ]  # fmt: skip


def test_a_note_says_where_it_is_and_whether_it_blocks() -> None:
    note = Note(EventId("n"), "why?", Spot(b"shop.py", first=9, last=11), Point.SCALE, True, ADA)

    assert note_text(note, 1) == "Note 1 on shop.py, lines 9 to 11, blocking, under point 3, Scale, by Ada: why?"


def test_then_and_now_are_told_in_words() -> None:
    lines = [
        Differing("then", b"-send(1)"),
        Differing("now", b"+send(2)"),
        Differing("the same lines, between others:"),
    ]

    assert list(since_read(lines)) == [
        "then, removed: send(1)", "now, added: send(2)", "The same lines, between others:",
    ]  # fmt: skip


def test_a_note_says_that_it_is_a_question_and_who_thinks_it_settled_and_an_answer_whose_it_is() -> None:
    agent = Reviewer("Ada", "ada@example.org", "helper")
    note = Note(EventId("n"), "why?", None, None, is_blocking=False, by=ADA, intent=Intent.QUESTION, proposed_by=agent)

    assert note_text(note, 1) == (
        "Note 1 on the whole review, not blocking, a question, agent helper thinks it settled, r agrees, by Ada: why?"
    )
    assert answer_text(replace(note, body="so", by=agent)) == "Answer by agent helper: so"
