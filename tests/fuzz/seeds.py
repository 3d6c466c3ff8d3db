"""What is mutated: files in `seeds/`, and journals made by the program itself; and the words of each format."""

from pathlib import Path

from reviewer.analysis.finding import Severity
from reviewer.diff.pack import pack
from reviewer.review.events import (
    Dispose,
    Event,
    GiveAnswer,
    Open,
    Raise,
    Range,
    Resolve,
    Retract,
    RunTests,
    Sign,
    Signature,
    TakeNote,
    Unview,
    View,
    Waive,
)
from reviewer.review.model import Disposition, EventId, Reply, Reviewer, Side, Spot, Verdict
from reviewer.review.record import event_id
from tests.fuzz import diff_laws, record_laws
from tests.review.samples import (
    BEN,
    DIFF,
    EDITS,
    OTHER_SCOPE,
    QUESTIONS,
    REVIEW,
    REVIEWED,
    SCOPE,
    content_of,
    finding,
    journal,
    journal_lines,
)

_FOLDER = Path(__file__).parent / "seeds"
_AGENT = Reviewer("Ada", "ada@example.org", "claude")

PATCH_WORDS: tuple[bytes, ...] = (
    b"diff --git a/f b/f", b'diff --git "a/\\t" "b/\\t"', b"diff --git a/f b/g", b"--- a/f", b"+++ b/f",
    b"--- /dev/null", b"+++ /dev/null", b'--- "a/\\303\\251"', b'+++ "b/\\777"', b"--- a/f\t2024-01-01 10:00:00 +0100",
    b"+++ f\t1970-01-01 00:00:00 +0000", b"@@ -1 +1 @@", b"@@ -1,2 +1,2 @@", b"@@ -0,0 +1 @@", b"@@ -1 +0,0 @@",
    b"@@ -5,3 +5,9999999999 @@ x", b"@@@ -1 -1 +1 @@@", b"@@", b"index 1111111..2222222 100644",
    b"index 0000000..e69de29", b"new file mode 100644", b"deleted file mode 100644", b"old mode 100644",
    b"new mode 100755", b"new mode 120000", b"new mode 160000", b"rename from f", b"rename to g", b"copy from f",
    b"copy to g", b"similarity index 100%", b"dissimilarity index 9%", b"Binary files a/f and b/f differ",
    b"Binary files f and ", b" and ", b"GIT binary patch", b"literal 1", b"delta 9", b"AcmZQz",
    b"\\ No newline at end of file", b"\\", b"-- ", b"- ", b"+", b"-", b" ", b" a", b"-a", b"+b", b"a/", b"b/",
    b"/dev/null", b"../../etc/passwd", b".git/config", b"-", b"100644", b"160000", b"Index: f", b"Only in a: f",
    b"* Unmerged path f", b"Submodule lib 1234567..89abcde:", b"Submodule a 1", b"diff --cc f", b"diff --combined f",
    b"Subproject commit " + b"1" * 40, b"From 0123456 Mon Sep 17 00:00:00 2001", b"commit 0123456",
    b"Content-Type: text/plain; format=flowed", b"2024-01-01 00:00:00",
)  # fmt: skip
MAIL_WORDS: tuple[bytes, ...] = (
    *PATCH_WORDS, b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable",
    b"Content-Transfer-Encoding: x-uuencode", b"Content-Transfer-Encoding: 7bit", b"content-transfer-encoding:",
    b"Content-Type: multipart/mixed; boundary=x", b'Content-Type: multipart/mixed; boundary=""', b"--x", b"--x--",
    b"Content-Type: message/rfc822", b"Content-Type: text/html", b"Content-Type: text/x-patch; charset=utf-16",
    b"Content-Type: text/plain; charset=nothing", b"content-type:", b"begin 644 x", b"end", b"=3D", b"=\n", b"=C3=A9",
    b"Content-Disposition: attachment; filename*0*=utf-8''%ff; filename*1=x", b"filename*=utf-16''%00%d8",
    b'Content-Disposition: attachment; filename="x.patch', b"Subject: =?utf-8?b?/w==?=", b"MIME-Version: 1.0",
    b"00:00", b"From x 00:00", b" 2024", b"X:", b"X: y", b" folded", b"LS0tCg==", b"ZGlmZiAtLWdpdCBhL2YgYi9mCg==",
)  # fmt: skip
GIT_WORDS: tuple[bytes, ...] = (
    *PATCH_WORDS, diff_laws.CUT, b"\0", b":100644 100644 ", b":000000 100644 ", b":160000 120000 ", b" M\0", b" A\0",
    b" D\0", b" R100\0", b" C50\0", b" T\0", b" U\0", b" X\0", b"1\t1\t", b"-\t-\t", b"0\t0\t\0", b"1" * 40, b"0" * 40,
    b"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
)  # fmt: skip
JOURNAL_WORDS: tuple[bytes, ...] = (
    record_laws.CUT, b"\n", b'{"e":"open"}', b'"e":"retract"', b'"e":"view"', b'"must":1', b'"e":"later","must":1',
    b'"schema":"reviewer.review/2"', b"reviewer.review/1.5", b'"prev":null', b'"n":0', b'"lc":9007199254740993',
    b"NaN", b"-Infinity", b"1e999", b"null", b"true", b"[]", b"{}", b"[", b"{", b"[" * 200, b'{"a":' * 50,
    b"\\ud800", b"\\u0000", b"\\u001b[2J", b'"', b",", b":", b'"b64":"/w=="', b"<<<<<<< HEAD", b"=======",
    b'"approve"', b'"yes"', b"1" * 5_000,
)  # fmt: skip
TOML_WORDS: tuple[bytes, ...] = (
    b"schema = 1", b"schema = 2", b"[[question]]", b"[when]", b"[require]", b"[ai]", b"[rules]", b"[engines]",
    b"[tool.reviewer]", b"[rules.severity]", b"[rules.paths]", b"= true", b"= nan", b"= inf", b"= 1979-05-27T07:32:00Z",
    b"= 07:32:00", b"= []", b"= {}", b"= [[]]", b"= {a = 1}", b'"""', b"'''", b"a.", b".b", b"[a.b.c]", b"[[a]]", b"[",
    b"]", b"{", b"}", b"#", b"=", b"\\u0000", b"\\ud800", b"\\U0010ffff", b"(?P<a>", b"(a+)+$", b"(?<=a*)", b"[z-a]",
    b"\\\\", b"{1,99999999999}", b"**", b"**/", b"*", b"[!", b"?", b"/", b"../", b"refs/heads/", b'"high"', b'"none"',
    b'"magic-number"', b"enable", b"disable", b"severity", b"question", b"look_for", b'point = "scale"', b"a = 1",
    b"[view]", b"[keys]", b'"plain"', b'"]"', b"= false", b'leave = "', b'"ctrl+"', b'"1..9"',
    b'"\x1b[2J" = 1', b"x = [1,", b"= 99999999999999999999", b"protected", b"waivable", b'"humans"',
)  # fmt: skip
JSON_WORDS: tuple[bytes, ...] = (
    *JOURNAL_WORDS, b'"uri":"//["', b"file://[::1", b"https://x.example/a", b"../", b"%2e%2e/", b"%ff", b"%00",
    b'"startLine":0', b'"startLine":-1', b'"endLine":999999999', b'"level":"none"', b'"security-severity":"nan"',
    b'"ruleIndex":-1', b'"ruleIndex":99', b'"suppressions":[null]', b'"version":"2.1.9"', b"shop.py", b"B113",
)  # fmt: skip
NOTE_WORDS: tuple[bytes, ...] = (*JSON_WORDS, b"---", b"\n---\n", b"  key 1-4,9", b"  h_key 1", b'"tool":"cursor"')

_NOTE = TakeNote("why?\nand why now?", Spot(b"shop.py", Side.OLD, 11, 12, b"    send(1)\n\xff"), QUESTIONS[2].point)
_LONG: tuple[Event, ...] = (
    Range(REVIEWED),
    View(EDITS),
    Raise((finding(), finding("g", severity=Severity.HIGH, path=b"caf\xe9.py", suppressed="known")), SCOPE.id),
    Dispose(finding().id, Disposition.NEEDS_CHANGE, "bounded by the caller"),
    _NOTE,
    TakeNote("blocks", None, None, is_blocking=True),
    Unview(EDITS[:1]),
    Resolve(finding=finding().id),
    GiveAnswer(QUESTIONS[0].key, Reply.YES, SCOPE.id, "ran it"),
    GiveAnswer(QUESTIONS[1].key, Reply.NO, OTHER_SCOPE, "größer"),
    RunTests(SCOPE.id, "pytest -q", 1),
    Waive("humans", "on my own", SCOPE.id),
    Sign(Verdict.APPROVE, SCOPE.id, 0.25),
)


def seed_files(kind: str) -> tuple[bytes, ...]:
    """Return the seeds that lie in files, in the order of their names."""
    return tuple(file.read_bytes() for file in sorted((_FOLDER / kind).iterdir()))


def journals() -> tuple[bytes, ...]:
    lines = journal_lines(*_LONG)
    signed = [*lines, *journal_lines(*_LONG, Signature(EventId(event_id(lines[-1])), "-----BEGIN"))[len(lines) :]]
    noted = journal_lines(_NOTE)
    retracted = journal(_NOTE, Retract(EventId(event_id(noted[-1]))), Resolve(note=EventId(event_id(noted[-1]))))
    by_others = journal(
        Open(REVIEW, BEN, "test"), _LONG[0], _LONG[1], _LONG[-1], Open(REVIEW, _AGENT, "test"), _LONG[-1]
    )
    long = content_of(signed)
    return (
        long,
        retracted,
        by_others,
        record_laws.CUT.join((long, content_of(lines[:5]))),
        record_laws.CUT.join((retracted, retracted, long)),
    )


def packed_diffs() -> tuple[bytes, ...]:
    """Return what is compressed when a diff is kept."""
    import zlib

    return (zlib.decompress(b"".join(pack(DIFF))), b"".join(pack(DIFF)))
