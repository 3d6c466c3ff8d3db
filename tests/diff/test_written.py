"""A patch that lies in a file answers as its bytes would."""

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.diff import position, written
from reviewer.diff.identity import edits_of
from reviewer.diff.lines import lines_of
from reviewer.diff.model import FileDiff, Hunk, Status
from reviewer.diff.parse import parse_git_patch
from reviewer.diff.written import MappedPatch, Patch, patch_in
from reviewer.errors import UnreadableDiff
from tests.diff.patches import GIT_HEADER, with_counts

_PLACES = st.integers(0, 400)
_SOUGHT = st.sampled_from([b"\n", b"\n+", b"\n\\", b"@@ ", b"diff --git ", b"-"])
_LINES = st.lists(st.sampled_from([b"+new\n", b"-old\n", b" same\n", b"\\ No\n", b"@@ -1 +1 @@\n", b"\n"]), min_size=1)


@contextmanager
def _in_a_file(content: bytes) -> Iterator[Patch]:
    with TemporaryFile() as file:
        file.write(content)
        file.flush()
        patch = patch_in(file.fileno())
    yield patch


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every size counts as large, so that each question meets the border of a part."""
    for name, size in (("_LEAST_BYTES", 1), ("_AT_HAND", 50), ("_AT_ONCE", 7), ("_NEAR", 3), ("_LARGEST_READ", 60)):
        monkeypatch.setattr(written, name, size)
    for name, size in (("_AT_HAND", 90), ("_LEAST_AT_HAND", 12)):
        monkeypatch.setattr(position, name, size)


@given(_LINES, _SOUGHT, _PLACES, _PLACES)
def test_it_is_searched_cut_and_compared_like_bytes(lines: list[bytes], sought: bytes, start: int, end: int) -> None:
    content = b"".join(lines)

    with _in_a_file(content) as patch:
        assert isinstance(patch, MappedPatch)
        assert patch == content
        assert content == patch
        assert hash(patch) == hash(content)
        assert patch != content + b"\n"
        assert patch != content[:-1] + b"x"
        assert patch[start:end] == content[start:end]
        assert patch.find(sought, start, end) == content.find(sought, start, end)
        assert patch.find(sought, start) == content.find(sought, start)
        assert patch.count(sought, start, end) == content.count(sought, start, end)
        assert patch.startswith((sought, b"+"), start) == content.startswith((sought, b"+"), start)


_BODIES = st.lists(
    st.sampled_from([b"+new", b"-old", b" same", b"+", b"- a\\", b"\\ No newline at end of file"]), min_size=1
)


@st.composite
def _patches(draw: st.DrawFn) -> bytes:
    """Patches of a few files and hunks, whole or with a byte changed, or cut off."""
    patch, line = b"", 1
    for _ in range(draw(st.integers(1, 3))):
        patch += GIT_HEADER
        for body in draw(st.lists(_BODIES, max_size=4)):
            patch += with_counts(b"\n".join(body) + b"\n", old_start=line, new_start=line)
            line += 40
    at = draw(st.integers(0, len(patch) * 3))
    change = draw(st.sampled_from([b"", b"+", b"\n", b"@", b"9"]))
    return patch if at >= len(patch) else draw(st.sampled_from([patch[:at], patch[:at] + change + patch[at + 1 :]]))


@settings(max_examples=400)
@given(_patches())
def test_it_is_parsed_like_bytes_and_refused_for_the_same_reason(content: bytes) -> None:
    def outcome(patch: Patch) -> object:
        try:
            sections = parse_git_patch(patch)
        except UnreadableDiff as error:
            return str(error)
        hunks = [hunk for section in sections for hunk in section.hunks]
        return sections, [list(lines_of(hunk)) for hunk in hunks], [_ids(hunk) for hunk in hunks]

    with _in_a_file(content) as patch:
        assert outcome(patch) == outcome(content)


def test_a_part_that_ends_anywhere_in_a_hunk_or_before_its_marker_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bodies = (b"-old\n+new\n", b" same\n+a\n+b\n", b"-old\n+new\n\\ No newline at end of file\n")
    hunks = b"".join(
        with_counts(body, old_start=at, new_start=at) for at, body in zip((1, 40, 80), bodies, strict=True)
    )
    content = (GIT_HEADER + hunks) * 2

    for size in range(12, len(content)):
        monkeypatch.setattr(position, "_AT_HAND", size)
        with _in_a_file(content) as patch:
            assert parse_git_patch(patch) == parse_git_patch(content)


def _ids(hunk: Hunk) -> list[str]:
    file = FileDiff(Status.MODIFIED, b"f", b"f", None, None, None, None, hunk.added, hunk.removed, (hunk,))
    return [edit.digest for edit in edits_of(file, hunk)]


def test_it_goes_on_when_the_file_is_closed_and_what_was_let_go_comes_back() -> None:
    content = bytes(range(256)) * 40_000

    with _in_a_file(content) as patch:
        assert isinstance(patch, MappedPatch)
        patch.let_go()
        assert patch[5_000_000:5_000_256] == content[5_000_000:5_000_256]
        assert patch[-1] == content[-1]


def test_what_is_pickled_comes_back_as_bytes_that_all_share() -> None:
    with _in_a_file(b"+a\n" * 50) as patch:
        one, other = pickle.loads(pickle.dumps([patch, patch], protocol=5))  # noqa: S301 - our own

    assert one == b"+a\n" * 50
    assert one is other


def test_an_empty_answer_is_a_patch_too() -> None:
    with _in_a_file(b"") as patch:
        assert patch == b""
