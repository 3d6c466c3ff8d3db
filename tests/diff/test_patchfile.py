"""Patch files as people get them are read right, or refused at the line that cannot be accounted for."""

import subprocess
from pathlib import Path

import pytest

from reviewer.diff.model import Status
from reviewer.diff.patchfile import parse_patch_file
from reviewer.errors import UnreadableDiff
from tests.diff.patches import GIT_HEADER, assert_counts_agree_with_lines, git_patch, shown
from tests.hurry import hurried
from tests.oracle import paths_of
from tests.repository.cases import CONTENTS, NAMES
from tests.scratch import Entry, Scratch

_PATCH = git_patch(b" a\n-b\n+c\n")
_FILE = ("modified", "f", b" a\n-b\n+c\n")
_UNIFIED = (
    b"--- old/f\t2024-01-01 10:00:00.000 +0100\n+++ new/f\t2024-01-02 10:00:00.000 +0100\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
)
_MAIL = (
    b"From 0123456 Mon Sep 17 00:00:00 2001\nFrom: Ada <ada@example.org>\nSubject: [PATCH] x\n\n"
    b"- a list\n+ another\n---\n f | 2 +-\n 1 file changed\n\n"
)
_BINARY = b"diff --git a/f b/f\nindex 1111111..2222222 100644\nGIT binary patch\n"
_RENAME = b"diff --git a/f b/gone\nsimilarity index 100%\nrename from f\nrename to gone\n"
_SIGNED = _MAIL + _PATCH + b"-- \n2.39.5\n\n"


def _read(patch: bytes) -> list[tuple[str, str, bytes]]:
    diff = parse_patch_file(patch, "x.patch")
    assert_counts_agree_with_lines(diff)
    return shown(diff)


@pytest.mark.parametrize(
    "options",
    [
        (), ("--no-prefix",), ("--binary",), ("--full-index",), ("-R",), ("--src-prefix=old/", "--dst-prefix=new/"),
        ("--patch-with-stat",), ("--patch-with-raw",), ("--no-renames",), ("--find-copies-harder",), ("-U0",),
        ("-U9999",),        ("--diff-algorithm=patience",), ("--function-context",),
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_git_diff_prints_is_read_like_the_commits_themselves(scratch: Scratch, options: tuple[str, ...]) -> None:
    pair = [
        {b"%s/%s" % (name.encode(), path): entry for name, case in CONTENTS.items() if "very long" not in name
         for path, entry in case[side].items()} for side in (0, 1)
    ]  # fmt: skip
    old, new = scratch.import_commits(*pair)

    diff = parse_patch_file(scratch.git("diff", *options, old, new), "x")

    assert_counts_agree_with_lines(diff)
    expected = {path: count for path, count in _numstat(scratch, options, old, new).items() if count is not None}
    found: dict[bytes, tuple[int, int]] = {}
    for file in diff.files:
        before = found.get(file.path, (0, 0))
        if file.added is not None and file.removed is not None:
            found[file.path] = before[0] + file.added, before[1] + file.removed
    assert {path: found.get(path) for path in expected} == expected
    assert set(found) >= set(expected)


def _numstat(scratch: Scratch, options: tuple[str, ...], old: str, new: str) -> dict[bytes, tuple[int, int] | None]:
    """Return what git counts under the same options, by new path; None for binary files."""
    own = [option for option in options if option.startswith(("-R", "--no-ren", "--find", "--diff-alg"))]
    fields = iter(scratch.git("diff", "--numstat", "-z", *own, old, new).split(b"\0")[:-1])
    counts: dict[bytes, tuple[int, int] | None] = {}
    for field in fields:
        added, removed, path = field.split(b"\t", 2)
        if not path:
            next(fields)
            path = next(fields)
        counts[path] = None if added == b"-" else (int(added), int(removed))
    return counts


@pytest.mark.parametrize("prefix", ["--src-prefix=a/", "--no-prefix"])
@pytest.mark.parametrize("kind", ["edited", "new", "gone", "mode", "binary"])
def test_every_odd_name_is_read(scratch: Scratch, kind: str, prefix: str) -> None:
    sides: dict[str, tuple[object, object]] = {
        "edited": (b"a\n", b"b\n"), "new": (None, b"b\n"), "gone": (b"a\n", None),
        "mode": (b"a\n", Entry(b"a\n", "100755")),        "binary": (b"\0a", b"\0b"),
    }  # fmt: skip
    trees = [{name: entry for name in NAMES if entry is not None} for entry in sides[kind]]
    patch = scratch.git("diff", prefix, *scratch.import_commits(*trees))  # type: ignore[arg-type]

    diff = parse_patch_file(patch, "x")

    assert paths_of(diff) == sorted(NAMES)


def test_renames_keep_both_names_whatever_they_are(scratch: Scratch) -> None:
    text = b"".join(b"line %d\n" % number for number in range(20))
    trees = [{b"%s/%d%s" % (side, number, name): text + b"%d\n" % number for number, name in enumerate(NAMES)}
             for side in (b"from", b"to")]  # fmt: skip
    patch = scratch.git("diff", "-l9999", *scratch.import_commits(*trees))

    diff = parse_patch_file(patch, "x")

    assert {(file.status, file.old_path, file.new_path) for file in diff.files} == {
        (Status.RENAMED, b"from/%d%s" % (number, name), b"to/%d%s" % (number, name))
        for number, name in enumerate(NAMES)
    }


def test_a_series_of_mails_is_read_file_by_file(scratch: Scratch) -> None:
    scratch.commit({"f": "a\n"}, message="first")
    scratch.commit({"f": "b\n", "g h": "x"}, message="second\n\n- a list\n--- f\n+ plus\n    diff --git a/x b/x")
    scratch.commit({"f": "c\n", "bin": "\0"}, message="third")

    mbox = scratch.git("format-patch", "--stdout", "HEAD~2")

    assert _read(mbox) == [
        ("modified", "f", b"-a\n+b\n"),
        ("added", "g h", b"+x\n\\ No newline at end of file\n"),
        ("added", "bin", b""),
        ("modified", "f", b"-b\n+c\n"),
    ]


@pytest.mark.parametrize("options", [("--stat",), ("--reverse",), ("--format=fuller",), ("--oneline",), ("--root",)])
def test_a_log_with_patches_is_read(scratch: Scratch, options: tuple[str, ...]) -> None:
    scratch.commit({"f": "a\n"}, message="first\n\n- x\n+ y\n@@ -1 +1 @@")
    scratch.commit({"f": "b\n"}, message="second\n\n--- a/x\n+++ b/x")

    found = _read(scratch.git("log", "-p", *options))

    assert sorted(found) == [("added", "f", b"+a\n"), ("modified", "f", b"-a\n+b\n")]


def test_what_diff_prints_of_two_folders_is_read(tmp_path: Path) -> None:
    for name, content in {"old/sub/f": "a\nb\n", "new/sub/f": "a\nc", "old/gone": "x\n", "new/born": "y\n"}.items():
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)

    done = subprocess.run(["diff", "-ruN", "old", "new"], cwd=tmp_path, capture_output=True)

    assert sorted(_read(done.stdout)) == [
        ("added", "born", b"+y\n"),
        ("deleted", "gone", b"-x\n"),
        ("modified", "sub/f", b" a\n-b\n+c\n\\ No newline at end of file\n"),
    ]


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        pytest.param(_PATCH, [_FILE], id="git"),
        pytest.param(_UNIFIED, [_FILE], id="diff -u"),
        pytest.param(_SIGNED, [_FILE], id="mail with signature"),
        pytest.param(_SIGNED * 2, [_FILE, _FILE], id="mbox"),
        pytest.param(b"Hello,\n- please look\n+ at this\n\n" + _PATCH, [_FILE], id="words before"),
        pytest.param(_PATCH + b"\nregards\n", [_FILE], id="words after"),
        pytest.param(_PATCH + _UNIFIED, [_FILE, _FILE], id="two kinds"),
        pytest.param(_UNIFIED + b"Index: f\n====\n" + _UNIFIED, [_FILE, _FILE], id="svn"),
        pytest.param(b"diff -ru old/f new/f\n" + _UNIFIED + b"Only in new: g\n", [_FILE], id="diff -ru"),
        pytest.param(
            _PATCH + b"\\ No newline at end of file",
            [("modified", "f", b" a\n-b\n+c\n\\ No newline at end of file")],
            id="no last line feed behind a marker",
        ),
        pytest.param(_SIGNED.removesuffix(b"\n\n"), [_FILE], id="no last line feed behind the last file"),
        pytest.param(git_patch(b" a\n-b\n+c\n \n").replace(b"\n \n", b"\n\n"), [("modified", "f", b" a\n-b\n+c\n \n")],
                     id="blank line stripped"),
        pytest.param(git_patch(b" a\n-- \n"), [("modified", "f", b" a\n-- \n")], id="a removed line like a signature"),
        pytest.param(_MAIL + git_patch(b" a\n-- \n") + b"-- \n2.39.5\n", [("modified", "f", b" a\n-- \n")],
                     id="a removed line like a signature before one"),
        pytest.param(git_patch(b"--- a/x\n+++ b/x\n"), [("modified", "f", b"--- a/x\n+++ b/x\n")],
                     id="lines like headers"),
    ],
)  # fmt: skip
def test_a_patch_is_read_whatever_stands_around_it(patch: bytes, expected: list[tuple[str, str, bytes]]) -> None:
    assert _read(patch) == expected


def test_a_patch_with_carriage_returns_keeps_them_in_its_lines_only() -> None:
    patch = _SIGNED.replace(b"\n", b"\r\n")

    assert _read(patch) == [("modified", "f", b" a\r\n-b\r\n+c\r\n")]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_binary_content_is_passed_over_to_the_next_file(scratch: Scratch, newline: bytes) -> None:
    old, new = scratch.import_commits({b"bin": bytes(range(256)) * 9}, {b"bin": bytes(range(255)) * 9, b"f": b"x\n"})
    patch = scratch.git("diff", "--binary", old, new).replace(b"\n", newline)

    diff = parse_patch_file(patch, "x")

    assert [(file.path, file.is_binary) for file in diff.files] == [(b"bin", True), (b"f", False)]


_REFUSED = {
    "empty": (b"", 1, "no diff found"),
    "words": (b"Hello\nworld\n", 3, "no diff found"),
    "only a header": (b"--- a/f\n+++ b/f\n", 3, "no diff found"),
    "colours": (b"\x1b[1mdiff --git a/f b/f\x1b[m\n\x1b[31m-a\x1b[m\n", 3, "no diff found"),
    "context format": (b"*** a/f\n--- b/f\n***************\n*** 1 ****\n! a\n--- 1 ----\n! b\n", 8, "no diff found"),
    "combined": (b"diff --cc f\nindex 1,2..3\n--- a/f\n+++ b/f\n@@@ -1,1 -1,1 +1,1 @@@\n", 1, "a combined diff"),
    "combined after a file": (_PATCH + b"diff --combined f\n", 9, "a combined diff"),
    "combined hunk": (GIT_HEADER + b"@@@ -1 -1 +1 @@@\n", 5, "a combined diff"),
    "hunk without a file": (b"@@ -1 +1 @@\n-a\n+b\n", 1, "an @@ header without a file"),
    "unmerged": (_PATCH + b"* Unmerged path g\n", 9, "an unmerged file"),
    "submodule in words": (b"Submodule lib 1234567..89abcde:\n  > change\n" + _PATCH, 1, "use --submodule=short"),
    "binary without header": (_UNIFIED + b"Binary files old/g and new/g differ\n", 7, "a binary file without a header"),
    "base64 of nothing": (b"content-transfer-encoding:base64\n\nZGlmZg==\n", 2, "no diff found"),
    "flowed": (b"Content-Type: text/plain; format=flowed\n\n" + _PATCH, 1, "reflowed"),
    "flowed below": (b"Content-Type: text/plain;\n format=flowed\n\n" + _PATCH, 2, "reflowed"),
    "cut in the last line": (_PATCH[:-1], 8, "has no line feed and may be cut off"),
    "cut behind the last sign": (_PATCH[:-2], 8, "has no line feed and may be cut off"),
    "cut in the last line, with carriage returns": (
        _PATCH.replace(b"\n", b"\r\n")[:-1], 8, "has no line feed and may be cut off",
    ),
    "cut in a last line of context": (git_patch(b"-b\n+c\n a"), 8, "has no line feed and may be cut off"),
    "cut in a marker": (_PATCH + b"\\ No newl", 5, "a broken `\\ No newline` line"),
    "cut in a new name": (_RENAME[:-2], 4, "has no line feed and may be cut off"),
    "cut in a new mode": (
        b"diff --git a/f b/f\nold mode 100644\nnew mode 100755", 3, "has no line feed and may be cut off",
    ),
    "cut in a hunk": (_PATCH.removesuffix(b"+c\n"), 8, "ends 0 old and 1 new lines too early"),
    "cut before a hunk": (GIT_HEADER, 1, "the lines of this file are missing"),
    "cut in the header": (GIT_HEADER.removesuffix(b"+++ b/f\n"), 1, "cannot tell the file's name"),
    "cut after the first line": (b"diff --git a/f b/f\n", 1, "does not say what changed"),
    "cut in binary content": (_BINARY + b"literal 1\nAcmZQz\n", 6, "ends within binary content"),
    "no binary content": (_BINARY + b"\n", 4, "without content"),
    "a file inside binary content": (
        _BINARY + b"literal 1\nAcmZQz\n" + _PATCH, 6, "broken binary content"
    ),
    "too few promised": (_PATCH.replace(b"-1,2 +1,2", b"-1,2 +1,1"), 8, "more lines than its @@ header promises"),
    "far too few promised": (_PATCH.replace(b"-1,2 +1,2", b"-1,1 +1,2"), 7, "more lines than its @@ header promises"),
    "too many promised": (_PATCH.replace(b"-1,2 +1,2", b"-1,2 +1,3"), 9, "ends 0 old and 1 new lines too early"),
    "too many promised in a mail": (_SIGNED.replace(b"-1,2 +1,2", b"-1,2 +1,3"), 19, "a hunk has more lines"),
    "a line lost before the signature": (_SIGNED.replace(b"-b\n", b""), 19, "runs into the mail's signature"),
    "huge promise": (_PATCH.replace(b"-1,2", b"-1,9999999999"), 9, "ends 9999999997 old and 0 new lines too early"),
    "endless digits": (_PATCH.replace(b"-1,2", b"-1," + b"9" * 9999), 5, "a broken @@ header"),
    "word diff": (_PATCH.replace(b"-b\n+c\n", b" [-b-]{+c+}\n"), 5, "changes nothing"),
    "words within a hunk": (_PATCH.replace(b"-b\n", b"hello\n-b\n"), 7, "a hunk ends"),
    "a blank after a hunk": (_PATCH + b" ", 9, "more lines than its @@ header promises"),
    "a sign after a hunk": (_PATCH + b"-", 9, "more lines than its @@ header promises"),
    "lines after a hunk": (_PATCH + b"+evil\n", 9, "more lines than its @@ header promises"),
    "forged second header": (_PATCH.replace(b"--- a/f\n", b"--- a/f\n--- a/f\n"), 1, "stands twice"),
    "a binary patch of no name": (_BINARY.replace(b"patch", b"patch of"), 1, "the lines of this file are missing"),
    "binary files that do what": (
        GIT_HEADER.partition(b"---")[0] + b"Binary files a/f and b/f agree\n", 1, "the lines of this file are missing"
    ),
    "an empty line with no end": (GIT_HEADER + b"@@ -1 +1,2 @@\n a\n+\n\\ No newline at end of file\n", 5, "no line"),
    "an empty line kept without an end": (GIT_HEADER + b"@@ -1,2 +1 @@\n-a\n\n\\ No newline\n", 5, "no line"),
    "names that differ": (_PATCH.replace(b"+++ b/f", b"+++ b/g"), 1, "cannot tell the file's name"),
}  # fmt: skip


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in _REFUSED.items()])
def test_what_cannot_be_accounted_for_is_refused_at_its_line(case: tuple[bytes, int, str]) -> None:
    patch, line, reason = case

    with pytest.raises(UnreadableDiff) as caught:
        parse_patch_file(patch, "x.patch")

    assert reason in str(caught.value)
    assert str(caught.value).startswith(f"x.patch: line {line}: ")


_BLANKS = b" " * 300_000
_ENDLESS = {
    "blanks behind a name": _UNIFIED.replace(b"/f\t", b"/f" + _BLANKS + b"\t"),
    "blanks before a time": _UNIFIED.replace(b"/f\t", b"/f\t" + _BLANKS),
    "binary files and and": b"Binary files " + b" and " * 60_000 + b"\n" + _PATCH,
    "a mail from many times": (
        b"Content-Transfer-Encoding: base64\n\n\nFrom x " + b"00:00 " * 60_000 + b"\nFrom x 00:00 2024\n" + _PATCH
    ),
    "a submodule of many ids": b"Submodule" + b" 1234567" * 60_000 + b"\n" + _PATCH,
    "a kind of mail": b"content-type:" + b" ;" * 150_000 + b"\n" + _PATCH,
}


@pytest.mark.parametrize("patch", [pytest.param(patch, id=name) for name, patch in _ENDLESS.items()])
def test_a_long_line_takes_no_longer_than_its_length_asks(patch: bytes) -> None:
    with hurried():
        found = parse_patch_file(patch, "x")

    assert [hunk.body for file in found.files for hunk in file.hunks] == [b" a\n-b\n+c\n"]
