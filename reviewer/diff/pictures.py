"""How wide and high a picture says it is, from its first bytes: PNG, GIF, JPEG, WebP and BMP."""

import struct

# Markers of a JPEG that name its size; the others between C0 and CF are tables.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers of a JPEG without a length behind them.
_BARE = frozenset(range(0xD0, 0xD8)) | {0x01, 0xFF}

Size = tuple[int, int]


def picture_size(start: bytes) -> Size | None:
    """Return width and height; None if the bytes do not say, or are none of these."""
    for magic, read in _READERS:
        if start.startswith(magic):
            try:
                return read(start)
            except (struct.error, IndexError):
                return None
    return None


def _png(start: bytes) -> Size | None:
    return struct.unpack_from(">II", start, 16) if start[12:16] == b"IHDR" else None


def _gif(start: bytes) -> Size | None:
    return struct.unpack_from("<HH", start, 6)


def _bmp(start: bytes) -> Size | None:
    if start[14] == 12:
        return struct.unpack_from("<HH", start, 18)
    width, height = struct.unpack_from("<ii", start, 18)
    # A picture whose rows go from top to bottom has a height below zero.
    return abs(width), abs(height)


def _webp(start: bytes) -> Size | None:
    if start[8:16] == b"WEBPVP8 " and start[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", start, 26)
        return width & 0x3FFF, height & 0x3FFF
    if start[8:16] == b"WEBPVP8L" and start[20] == 0x2F:
        (bits,) = struct.unpack_from("<I", start, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if start[8:16] == b"WEBPVP8X" and len(start) >= 30:
        return int.from_bytes(start[24:27], "little") + 1, int.from_bytes(start[27:30], "little") + 1
    return None


def _jpeg(start: bytes) -> Size | None:
    """Go from marker to marker up to the frame; each step leads on, so a loop of them is impossible."""
    at = 2
    while start[at] == 0xFF:
        marker = start[at + 1]
        if marker in _BARE:
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", start, at + 2)
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", start, at + 5)
            return width, height
        at += 2 + max(2, length)
    return None


_READERS = (
    (b"\x89PNG\r\n\x1a\n", _png), (b"GIF8", _gif), (b"BM", _bmp), (b"RIFF", _webp), (b"\xff\xd8", _jpeg),
)  # fmt: skip
