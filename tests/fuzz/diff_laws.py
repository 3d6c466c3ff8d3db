"""What must hold of any bytes that are read as a diff: it is refused at a line, or each number agrees with the text."""

import json
import os
import re
import subprocess
from itertools import pairwise
from pathlib import Path

from reviewer.analysis.change import changed_file
from reviewer.analysis.engine import inspect_file
from reviewer.analysis.finding import Finding
from reviewer.checklist import Checklist, questions_for, situation_of
from reviewer.diff.apply import apply_hunks
from reviewer.diff.identity import scope_of
from reviewer.diff.lines import HunkLines, first_change, lines_of
from reviewer.diff.mails import decoded_mails
from reviewer.diff.model import Diff, FileDiff, Hunk, Line, LineKind, Status
from reviewer.diff.pack import pack, unpack
from reviewer.diff.parse import parse_git_patch
from reviewer.diff.patchfile import parse_patch_file
from reviewer.diff.records import join, parse_records
from reviewer.diff.roles import role_of
from reviewer.diff.words import Span, changed_words
from reviewer.errors import CannotDetermine, UnreadableDiff
from reviewer.reports.annotations import findings_github, findings_rdjson
from reviewer.reports.diff_json import diff_json
from reviewer.reports.findings import findings_json, findings_text
from reviewer.reports.sarif import findings_sarif
from reviewer.visible import expand_tabs, show
from tests.diff.patches import assert_counts_agree_with_lines
from tests.fuzz.cleanliness import assert_clean
from tests.scratch import ENVIRONMENT

CUT = b"\n==== patch ====\n"
READ, REFUSED = "read", "refused"
_SOURCE = "x.patch"
_PLACE = re.compile(r"(?:x\.patch|git diff): line (\d+): .+; nothing of this diff is shown", re.DOTALL)
# Git takes a last line for one only if it ends, and no notice of a file of which only a name is said, or of binary
# content behind a carriage return.
_PASSED_OVER_BY_GIT = re.compile(
    rb"[^\n]\Z|^diff --git [^\n]*\n(?:Binary files|GIT binary patch)|^(?:Binary files.*|GIT binary patch)\r",
    re.MULTILINE,
)
_MOST_LINES = 400
_MOST_PAIRS = 20
_HIGHEST_LINE = 5_000


def check_patch_file(raw: bytes) -> str:
    """Check what comes of a patch file, as `--patch` reads it."""
    try:
        diff = parse_patch_file(raw, _SOURCE)
    except UnreadableDiff as error:
        _assert_says_where(error, _as_decoded(raw))
        return REFUSED
    assert diff.files
    assert_sound(diff)
    _assert_stands_in(diff, _as_decoded(raw))
    return READ


def check_git_output(raw: bytes) -> str:
    """Check what comes of records and a patch, as git would print them for a repository."""
    records, _, patch = raw.partition(CUT)
    try:
        diff = Diff(join(*parse_records(records), parse_git_patch(patch)))
    except UnreadableDiff as error:
        _assert_says_where(error, patch)
        return REFUSED
    except CannotDetermine as error:
        assert_clean(str(error))
        return REFUSED
    assert_sound(diff)
    for _, hunk in diff.walk():
        assert hunk.body in patch
    return READ


def assert_as_git_counts(raw: bytes, folder: Path) -> str:
    """Assert that `git apply` finds the same files with the same counts, if both take the patch at all."""
    done = subprocess.run(
        ["git", "apply", "--numstat", "-z", "-"],
        cwd=folder, input=raw, capture_output=True, check=False,
        env={**os.environ, **ENVIRONMENT, "GIT_CEILING_DIRECTORIES": str(folder.parent)},
    )  # fmt: skip
    try:
        diff = parse_patch_file(raw, _SOURCE)
    except UnreadableDiff:
        return "both refuse" if done.returncode else "only git reads"
    if done.returncode:
        return "only we read"
    if _PASSED_OVER_BY_GIT.search(raw):
        return "both read, in part"
    counted = [tuple(record.split(b"\t", 2)) for record in done.stdout.split(b"\0")[:-1]]
    ours = [_numstat(file) for file in diff.files]
    if not _has_usual_prefixes(raw):
        # What stands before the first slash is then no prefix to us, and one to git.
        counted, ours = ([record[:2] for record in records] for records in (counted, ours))
    assert sorted(counted) == sorted(ours), done.stdout
    return "both read"


def assert_sound(diff: Diff) -> None:
    """Assert that no number contradicts the text, nothing steers a terminal, and it is the same diff once stored."""
    assert_counts_agree_with_lines(diff)
    for file in diff.files:
        _assert_shown(file)
        # A file that became a link is the deletion of the one, then the addition of the other.
        if file.status is not Status.TYPE_CHANGED:
            _assert_in_order(file.text_hunks)
            _assert_can_be_applied(file)
        for hunk in file.text_hunks:
            _assert_same_from_anywhere(hunk)
            _assert_words(hunk)
    _assert_all_in_scope(diff)
    _assert_same_once_stored(diff)
    _assert_reported(diff)


def assert_reports_are_clean(findings: list[Finding]) -> None:
    """Assert that findings, as any program or person gets them, are whole and steer nothing."""
    for text in (findings_text(findings), findings_github(findings)):
        assert_clean(text)
    for document in (findings_sarif(findings), findings_json(findings), findings_rdjson(findings)):
        assert_clean(document, "\n")
        json.loads(document)


def questions_of(diff: Diff, checklists: tuple[Checklist, ...]) -> int:
    return len(questions_for(checklists, situation_of(diff, frozenset(), is_ai_assisted=False)))


def _as_decoded(raw: bytes) -> bytes:
    try:
        return decoded_mails(raw, _SOURCE)
    except UnreadableDiff:
        return raw


def _assert_says_where(error: UnreadableDiff, text: bytes) -> None:
    assert_clean(str(error), "")
    place = _PLACE.fullmatch(str(error))
    assert place is not None, str(error)
    assert int(place[1]) == error.line
    assert 1 <= error.line <= text.count(b"\n") + 1, str(error)


def _assert_stands_in(diff: Diff, text: bytes) -> None:
    """Assert that each hunk stands in the text, but for the blank of an empty line that a mailer took."""
    unstripped = re.sub(rb"\n(?=\r?\n)", b"\n ", text)
    for _, hunk in diff.walk():
        assert hunk.body in text or hunk.body.rstrip(b"\n") in unstripped


def _numstat(file: FileDiff) -> tuple[bytes, ...]:
    return (*(b"-" if count is None else b"%d" % count for count in (file.added, file.removed)), file.path)


def _has_usual_prefixes(patch: bytes) -> bool:
    headers = re.findall(rb"^(?:diff --git|---|\+\+\+) .*", patch, re.MULTILINE)
    usual = rb'diff --git "?a/[^/].* "?b/[^/]|--- "?a/[^/]|\+\+\+ "?b/[^/]|... /dev/null'
    return all(re.match(usual, header) for header in headers)


def _assert_shown(file: FileDiff) -> None:
    for path in (file.old_path, file.new_path, file.path):
        if path is not None:
            assert_clean(show(path), "\t")
    role_of(file.path)
    left = _MOST_LINES
    for hunk in file.text_hunks:
        assert_clean(show(hunk.section), "\t")
        assert first_change(hunk) >= 1
        for line in HunkLines(hunk).slice(0, left):
            shown = show(line.text)
            assert_clean(shown, "\t")
            assert "\t" not in expand_tabs(shown)
            assert bool(shown) == bool(line.text)
            left -= 1


def _assert_in_order(hunks: tuple[Hunk, ...]) -> None:
    old_end = new_end = 0
    for hunk in hunks:
        assert old_end <= hunk.old_first
        assert new_end <= hunk.new_first
        assert hunk.added + hunk.removed > 0
        old_end, new_end = hunk.old_first + hunk.old_count, hunk.new_first + hunk.new_count


def _assert_same_from_anywhere(hunk: Hunk) -> None:
    """Assert that looking at a part of a hunk shows what looking at all of it does."""
    lines, access = list(lines_of(hunk)), HunkLines(hunk)
    assert len(access) == len(lines)
    for start, stop in ((0, len(lines)), (len(lines) // 2, len(lines)), (1, 3), (255, 258), (len(lines), len(lines))):
        assert list(access.slice(start, stop)) == lines[start:stop]


def _assert_words(hunk: Hunk) -> None:
    lines = list(HunkLines(hunk).slice(0, _MOST_LINES))
    pairs = [(old, new) for old, new in pairwise(lines) if (old.kind, new.kind) == (LineKind.REMOVED, LineKind.ADDED)]
    for pair in pairs[:_MOST_PAIRS]:
        texts = tuple(show(line.text) for line in pair)
        for text, spans in zip(texts, changed_words(*texts), strict=True):
            _assert_rising(spans, len(text))


def _assert_rising(spans: tuple[Span, ...], length: int) -> None:
    end = 0
    for first, last in spans:
        assert end <= first < last <= length
        end = last


def _assert_can_be_applied(file: FileDiff) -> None:
    """Assert that the hunks turn a text that has their old lines into one that has their new lines."""
    hunks = file.text_hunks
    if not hunks or hunks[-1].old_first + hunks[-1].old_count > _HIGHEST_LINE:
        return
    lines = [line for hunk in hunks for line in lines_of(hunk)]
    if _ends_early(lines, LineKind.ADDED) or _ends_early(lines, LineKind.REMOVED):
        # The file goes on where a line of it has no line feed; the parser refuses that within a side of one hunk.
        raise AssertionError("a line without a line feed before the last one")
    known = {line.old: line.text + (b"\n" if line.newline else b"") for line in lines if line.old is not None}
    old = b"".join(known.get(at, b"?\n") for at in range(1, hunks[-1].old_first + hunks[-1].old_count + 1))

    new = apply_hunks(old, hunks)

    assert new is not None
    expected = [line.text + (b"\n" if line.newline else b"") for line in lines if line.new is not None]
    found = iter(re.findall(rb"[^\n]*\n|[^\n]+", new))
    assert all(text in found for text in expected if text)


def _ends_early(lines: list[Line], other_side: LineKind) -> bool:
    side = [line for line in lines if line.kind is not other_side]
    return not all(line.newline for line in side[:-1])


def _assert_all_in_scope(diff: Diff) -> None:
    scope = scope_of(diff)
    assert len(scope.by_hunk) == sum(1 for _ in diff.walk())
    assert all(scope.by_hunk)
    assert len(set(scope.edits)) == len(list(scope.edits))
    assert all(file.hunks for file in diff.files)


def _assert_same_once_stored(diff: Diff) -> None:
    packed = b"".join(pack(diff))
    again = unpack(packed)
    assert scope_of(again) == scope_of(diff)
    assert b"".join(pack(again)) == packed
    document = "".join(diff_json(diff))
    assert "".join(diff_json(again)) == document
    assert_clean(document, "\n")
    assert document.isascii()
    files = json.loads(document)["files"]
    assert [file["added"] for file in files] == [file.added for file in diff.files]
    hunks = [hunk for file in files for hunk in file["hunks"]]
    assert sum(line["kind"] != " " for hunk in hunks for line in hunk["lines"]) == sum(
        hunk.added + hunk.removed for file in diff.files for hunk in file.text_hunks
    )


def _assert_reported(diff: Diff) -> None:
    """Assert that what is said of files whose text is not at hand is clean, whatever their names."""
    found = [
        finding for file in diff.files for finding in inspect_file(changed_file(file, old_text=None, new_text=None), ())
    ]
    assert_reports_are_clean(found)
