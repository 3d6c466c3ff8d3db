"""A content is told by how it begins, and two are told apart in one line."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.diff.contents import Content, Contents, content_of, in_words, lfs_size, readable

_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 12000000\n"


def _png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height)


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (_png(1, 1), "PNG image"), (b"RIFF\0\0\0\0WEBPVP8 ", "WebP image"), (b"RIFF\0\0\0\0WAVEfmt ", "WAV sound"),
        (b"BM\x9a\0\0\0\0\0\0\0\x1a\0\0\0\x28\0\0\0", "BMP image"), (b"BM is no picture\0", ""),
        (b"\0\0\0\x20ftypavif", "AVIF image"), (b"\0\0\0\x20ftypisom", "MP4 video"), (b"PK\3\4\x14\0", "ZIP archive"),
        (b"\0" * 257 + b"ustar", "tar archive"), (b"\x7fELF\2\1", "ELF program"), (b"MZ\x90\0", "Windows program"),
        (b"\xa7\r\r\n\0\0\0\0", "Python bytecode"), ("a".encode("utf-16"), "UTF-16 text"), (b"\0any", ""), (b"", ""),
    ],
)  # fmt: skip
def test_the_kind_stands_in_the_first_bytes(start: bytes, kind: str) -> None:
    assert content_of(99, start).kind == kind


def test_a_pointer_of_lfs_stands_for_what_it_points_to() -> None:
    assert content_of(len(_POINTER), _POINTER) == Content("LFS", 12_000_000)
    assert content_of(5_000, _POINTER).kind == ""


@pytest.mark.parametrize(
    "text",
    [
        b"", b"version https://git-lfs.github.com/spec/v1\n", _POINTER + b"more\n", _POINTER.replace(b"size", b"SIZE"),
        _POINTER.replace(b"12000000", b"9" * 99), b"x" + _POINTER, _POINTER + b"x" * 2_000,
    ],
)  # fmt: skip
def test_what_is_no_whole_pointer_names_no_size(text: bytes) -> None:
    assert lfs_size(text) is None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (content_of(12_400, _png(640, 480)), content_of(15_000, _png(800, 600)),
         "PNG image, 12.4 kB → 15 kB, 640×480 → 800×600"),
        (content_of(9, _png(1, 2)), content_of(9, _png(1, 2)), "PNG image, 9 bytes as before, 1×2"),
        (content_of(9, _png(1, 2)), content_of(8, _png(1, 2)[:9]), "PNG image, 9 bytes → 8 bytes, 1×2 → ?"),
        (Content("", 3_000_003), Content("", 3_000_013), "binary, 3,000,003 → 3,000,013 bytes"),
        (Content("LFS", 12_000_000), Content("LFS", 15_000_000), "LFS, 12 MB → 15 MB"),
        (Content("LFS", 12_000_000), content_of(15_000, _png(8, 6)), "LFS, 12 MB → PNG image, 15 kB, 8×6"),
        (None, content_of(1, b"\0"), "binary, 1 byte"),
        (Content("PDF", 2_500), None, "PDF, 2.5 kB"),
        (None, None, ""),
    ],
)  # fmt: skip
def test_both_sides_are_told_in_one_line(old: Content | None, new: Content | None, words: str) -> None:
    assert in_words(Contents(old, new)) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1_000, "1 kB"), (999_949, "999.9 kB"), (999_950, "1 MB"),
     (64_000_000, "64 MB"), (10**18, "1000 PB")],
)  # fmt: skip
def test_a_size_is_given_in_the_unit_people_would_choose(size: int, words: str) -> None:
    assert readable(size) == words


@given(size=st.integers(0, 10**18), start=st.binary(max_size=300))
def test_whatever_begins_a_content_can_be_said_on_a_screen(size: int, start: bytes) -> None:
    content = content_of(size, start)

    assert in_words(Contents(content, content)).isprintable()
