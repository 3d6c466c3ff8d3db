"""People, findings, diffs and journals that tests about reviews arrange with."""

from collections.abc import Sequence
from dataclasses import replace

from reviewer.analysis.finding import Finding, FindingId, RuleSlug, Severity
from reviewer.checklist import Question, QuestionId
from reviewer.diff.identity import ScopeId, scope_of
from reviewer.diff.patchfile import parse_patch_file
from reviewer.points import Point
from reviewer.review.events import Entry, Event, GiveAnswer, Open, Range
from reviewer.review.model import EventId, Reply, Reviewed, Reviewer, ReviewId, ReviewState
from reviewer.review.record import encode, event_id
from reviewer.review.state import fold

ADA = Reviewer("Ada", "ada@example.org")
BEN = Reviewer("Ben", "ben@example.org")
REVIEW = ReviewId("2026-01-31-0123456789")
AT = "2026-01-31T12:00:00Z"

# Two hunks of text, of one and of three changed lines, and a change of mode that has none.
DIFF = parse_patch_file(
    b"""\
diff --git a/shop.py b/shop.py
--- a/shop.py
+++ b/shop.py
@@ -1,2 +1,3 @@
 import os
+import sys
 x = 1
@@ -10,3 +11,4 @@
 def pay():
-    send(1)
+    send(2)
+    send(3)
 pay()
diff --git a/run.sh b/run.sh
old mode 100644
new mode 100755
""",
    "sample",
)
SCOPE = scope_of(DIFF)
EDITS = tuple(SCOPE.edits)
OTHER_SCOPE = ScopeId("0" * 64)
REVIEWED = Reviewed(SCOPE.id, "uncommitted changes", None, None, 2, 3, 4)
QUESTIONS = tuple(
    Question(QuestionId(f"nine-point/{point.value}"), point, f"What of {point.title}?") for point in Point
)


def finding(name: str = "f", **changes: object) -> Finding:
    """Return a medium finding under Scale, with changes."""
    plain = Finding(
        FindingId(name), RuleSlug("missing-timeout"), b"shop.py", 12, Severity.MEDIUM, Point.SCALE,
        "a call that can wait for ever", code="send(2)",
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]  # the test names the fields


def entry(event: Event | None, clock: int, by: Reviewer = ADA, name: str = "") -> Entry:
    return Entry(EventId(name or f"{clock:04}"), event, by, AT, clock, clock)


def state_after(*events: Event) -> ReviewState:
    """Return the state after Ada opened the review of `DIFF` and these events happened."""
    everything = (Open(REVIEW, ADA, "test"), Range(REVIEWED), *events)
    return fold(entry(event, clock) for clock, event in enumerate(everything))


def answers(reply: Reply = Reply.YES, questions: Sequence[Question] = QUESTIONS) -> list[GiveAnswer]:
    return [GiveAnswer(question.key, reply, SCOPE.id, "as tested") for question in questions]


def journal_lines(*events: Event) -> list[bytes]:
    """Return a journal's lines without their line feeds; Ada opens it."""
    lines: list[bytes] = []
    for number, event in enumerate((Open(REVIEW, ADA, "test"), *events)):
        lines.append(encode(event, number=number, clock=number, at=AT, prev=event_id(lines[-1]) if lines else None))
    return lines


def journal(*events: Event) -> bytes:
    return content_of(journal_lines(*events))


def content_of(lines: Sequence[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)
