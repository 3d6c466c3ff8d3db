"""Whatever the bytes: a patch is refused, or what is read of it stands in it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.diff.model import Diff
from reviewer.diff.patchfile import parse_patch_file
from reviewer.errors import UnreadableDiff
from tests.diff.patches import assert_counts_agree_with_lines
from tests.repository.cases import CONTENTS
from tests.scratch import ENVIRONMENT, Scratch

_FRAGMENTS = st.sampled_from(
    (b"diff --git a/f b/f", b"diff --git a/f b/g", b"--- a/f", b"+++ b/f", b"--- /dev/null", b"+++ /dev/null",
     b"@@ -1 +1 @@",
     b"@@ -1,2 +1,2 @@", b"@@ -0,0 +1 @@", b"@@ -1 +0,0 @@", b"@@ -5,3 +5,9999999999 @@ x",
     b"index 1111111..2222222 100644",
     b"new file mode 100644", b"deleted file mode 100644", b"old mode 100644", b"new mode 100755", b"rename from f",
     b"rename to g", b"similarity index 9%", b"similarity index 99999999999%", b"Binary files a/f and b/f differ",
     b"GIT binary patch", b"literal 1", b"AcmZQz", b"", b" a", b"-a", b"+b", b"\\ No newline at end of file", b"-- ",
     b"From x", b"commit x", b"diff --cc f", b'diff --git "a/\\t" "b/\\t"', b'--- "a/\\t', b"\r", b" \r", b"Index: f")
)  # fmt: skip


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A mail of a series that holds every kind of change."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        scratch = Scratch(tmp_path_factory.mktemp("real") / "repo")
        trees = [
            {b"%s/%s" % (name.encode(), path): entry for name, case in CONTENTS.items()
             if "very long" not in name and "many" not in name for path, entry in case[side].items()} for side in (0, 1)
        ]  # fmt: skip
        scratch.import_commits(*trees, {})
        return scratch.git("format-patch", "--stdout", "--binary", "--root", "main~1..main", "main")


def _read(patch: bytes) -> Diff | None:
    try:
        return parse_patch_file(patch, "x")
    except UnreadableDiff as error:
        _assert_is_a_line_of(patch, error.line)
    return None


def _assert_is_a_line_of(patch: bytes, line: int) -> None:
    assert 1 <= line <= patch.count(b"\n") + 1


def _assert_honest(patch: bytes) -> None:
    """Assert that the patch is refused, or that each hunk read of it stands there and counts what it says."""
    diff = _read(patch)
    if diff is None:
        return
    assert_counts_agree_with_lines(diff)
    unstripped = patch.replace(b"\n\r\n", b"\n \r\n").replace(b"\n\n", b"\n \n").replace(b"\n\n", b"\n \n")
    for _, hunk in diff.walk():
        assert hunk.body in patch or hunk.body.rstrip(b"\n") in unstripped


@settings(max_examples=300, deadline=None)
@given(patch=st.one_of(st.binary(max_size=100), st.lists(_FRAGMENTS, max_size=25).map(b"\n".join)))
def test_any_bytes_are_read_or_refused(patch: bytes) -> None:
    _assert_honest(patch)


def test_the_real_patch_is_read(real: bytes) -> None:
    diff = _read(real)

    assert diff is not None
    assert len(diff.files) > 50


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_real_patch_with_one_byte_changed_is_read_or_refused(real: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(real) - 1))
    byte = data.draw(st.sampled_from(b'\n\r +-@\\09a\0\xff"/'))

    _assert_honest(real[:at] + bytes([byte]) + real[at + 1 :])


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_real_patch_with_lines_moved_is_read_or_refused(real: bytes, data: st.DataObject) -> None:
    lines = real.split(b"\n")
    at = data.draw(st.integers(0, len(lines) - 1))
    edit = data.draw(st.sampled_from(("cut", "drop", "repeat", "insert", "swap", "end")))

    if edit == "cut":
        lines = lines[at:]
    elif edit == "end":
        lines = lines[:at]
    elif edit == "drop":
        del lines[at]
    elif edit == "repeat":
        lines.insert(at, lines[at])
    elif edit == "insert":
        lines.insert(at, data.draw(_FRAGMENTS))
    else:
        other = data.draw(st.integers(0, len(lines) - 1))
        lines[at], lines[other] = lines[other], lines[at]

    _assert_honest(b"\n".join(lines))


@settings(max_examples=100, deadline=None)
@given(at=st.integers(min_value=0))
def test_a_real_patch_that_lost_a_changed_line_is_never_read_as_if_nothing_were_missing(real: bytes, at: int) -> None:
    """Only lines inside a hunk count; of those, none can vanish without the counts telling."""
    lines = real.split(b"\n")
    whole = _read(real)
    assert whole is not None
    inside = [number for number, line in enumerate(lines) if line[:5] in (b"+line", b"-line", b"+edit", b"-edit")]
    number = inside[at % len(inside)]

    diff = _read(b"\n".join(lines[:number] + lines[number + 1 :]))

    assert diff is None


def test_reading_a_patch_of_many_files_takes_no_longer_than_its_size_asks(tmp_path: Path) -> None:
    one = b"diff --git a/f%d b/f%d\nindex 1111111..2222222 100644\n--- a/f%d\n+++ b/f%d\n@@ -1 +1 @@\n-a\n+b\n"
    patch = b"".join(one % ((number,) * 4) for number in range(5_000))

    diff = parse_patch_file(patch, "x")

    assert len(diff.files) == 5_000
