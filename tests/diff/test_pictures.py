"""A picture's size is read where its format says it stands, and nowhere else; no bytes stop it."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.diff.pictures import picture_size

_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 640, 480) + b"\x08\2\0\0\0"
_GIF = b"GIF89a" + struct.pack("<HH", 640, 480)
_BMP = b"BM" + bytes(12) + struct.pack("<Iii", 40, 640, -480)
_OLD_BMP = b"BM" + bytes(12) + struct.pack("<IHH", 12, 640, 480)
_APP = b"\xff\xe1\xff\xffExif" + b"\xff\xc0" * 32_764 + b"\xff"
_FRAME = b"\xff\xc2\0\x11\x08" + struct.pack(">HH", 480, 640) + b"\3"
_JPEG = b"\xff\xd8" + _APP + b"\xff\xff\xff\xc4\0\4\0\0" + _FRAME
_RIFF = b"RIFF\0\0\0\0WEBP"
_LOSSY = _RIFF + b"VP8 \0\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 640 | 0x4000, 480)
_LOSSLESS = _RIFF + b"VP8L\0\0\0\0\x2f" + struct.pack("<I", 639 | 479 << 14)
_EXTENDED = _RIFF + b"VP8X" + bytes(8) + (639).to_bytes(3, "little") + (479).to_bytes(3, "little")
_ALL = {
    "PNG": _PNG, "GIF": _GIF, "BMP": _BMP, "old BMP": _OLD_BMP, "JPEG": _JPEG, "lossy WebP": _LOSSY,
    "lossless WebP": _LOSSLESS, "extended WebP": _EXTENDED,
}  # fmt: skip


@pytest.mark.parametrize("start", _ALL.values(), ids=_ALL)
def test_width_and_height_are_read_from_the_header(start: bytes) -> None:
    assert picture_size(start + b"anything") == (640, 480)


@pytest.mark.parametrize("start", _ALL.values(), ids=_ALL)
def test_a_header_that_was_cut_off_says_nothing_false(start: bytes) -> None:
    assert {picture_size(start[:end]) for end in range(0, len(start), 7)} <= {None, (640, 480)}


@pytest.mark.parametrize(
    "start", [b"", b"\0" * 99, b"\xff\xd8\xff\xd9", b"\xff\xd8" + b"\xff" * 99, b"\xff\xd8" + b"\xff\xe0\0\0" * 9]
)
def test_what_names_no_size_has_none(start: bytes) -> None:
    assert picture_size(start) is None


@given(start=st.sampled_from([b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", _RIFF, b"\xff\xd8", b""]), rest=st.binary())
def test_any_bytes_are_taken(start: bytes, rest: bytes) -> None:
    size = picture_size(start + rest)

    assert size is None or all(0 <= number < 1 << 32 for number in size)
