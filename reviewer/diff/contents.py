"""What a content is, told by how it begins: its kind, and how large a picture. Nothing of it is ever decoded."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reviewer.diff.pictures import picture_size

# What stands at which offset; the first that fits counts.
_KINDS: Sequence[tuple[int, bytes, str]] = (
    (0, b"\x89PNG\r\n\x1a\n", "PNG image"), (0, b"GIF8", "GIF image"), (0, b"\xff\xd8\xff", "JPEG image"),
    (8, b"WEBP", "WebP image"), (8, b"WAVE", "WAV sound"), (0, b"\0\0\1\0", "icon"), (0, b"II*\0", "TIFF image"),
    (0, b"MM\0*", "TIFF image"), (4, b"ftypavif", "AVIF image"), (4, b"ftyphei", "HEIC image"),
    (4, b"ftyp", "MP4 video"), (0, b"%PDF-", "PDF"), (0, b"PK\3\4", "ZIP archive"), (0, b"PK\5\6", "ZIP archive"),
    (0, b"\x1f\x8b", "gzip archive"), (0, b"BZh", "bzip2 archive"), (0, b"\xfd7zXZ\0", "xz archive"),
    (0, b"\x28\xb5\x2f\xfd", "zstd archive"), (0, b"7z\xbc\xaf\x27\x1c", "7z archive"),
    (0, b"Rar!\x1a\7", "RAR archive"), (257, b"ustar", "tar archive"), (0, b"\x7fELF", "ELF program"),
    (0, b"MZ", "Windows program"), (0, b"\xcf\xfa\xed\xfe", "Mach-O program"),
    (0, b"\xce\xfa\xed\xfe", "Mach-O program"), (0, b"\xca\xfe\xba\xbe", "Java class or Mach-O program"),
    (0, b"\0asm", "WebAssembly"), (0, b"!<arch>\n", "static library"), (0, b"SQLite format 3\0", "SQLite database"),
    (0, b"PAR1", "Parquet table"), (0, b"\x93NUMPY", "NumPy array"), (0, b"\x89HDF\r\n\x1a\n", "HDF5 data"),
    (0, b"\x80\4\x95", "Python pickle"), (0, b"\x80\5\x95", "Python pickle"), (0, b"wOF2", "WOFF2 font"),
    (0, b"wOFF", "WOFF font"), (0, b"OTTO", "OpenType font"), (0, b"\0\1\0\0\0", "TrueType font"),
    (0, b"ID3", "MP3 sound"), (0, b"OggS", "Ogg sound or video"), (0, b"fLaC", "FLAC sound"),
    (0, b"\xff\xfe", "UTF-16 text"), (0, b"\xfe\xff", "UTF-16 text"), (0, b"-----BEGIN AGE", "age-encrypted file"),
    (0, b"\0GITCRYPT\0", "git-crypt file"), (2, b"\r\n\0\0\0\0", "Python bytecode"),
    (2, b"\r\n\1\0\0\0", "Python bytecode"), (2, b"\r\n\3\0\0\0", "Python bytecode"),
)  # fmt: skip
_BITMAP = re.compile(rb"BM.{4}\0{4}.{4}[\x0c-\x7c]\0\0\0", re.DOTALL)
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:[a-z0-9.-]{1,99} [^\n]{1,999}\n){0,99}size (\d{1,18})\n?"
)
_LARGEST_POINTER = 1_024
_UNITS = ("kB", "MB", "GB", "TB", "PB")


@dataclass(frozen=True, slots=True)
class Content:
    """`kind` is empty where it cannot be told; of what LFS keeps elsewhere, the size is that of what it keeps."""

    kind: str
    size: int
    picture: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """What was and what is; None where there is none, or nothing is known of it."""

    old: Content | None
    new: Content | None


def content_of(size: int, start: bytes) -> Content:
    """Return what can be said of a content by its first bytes."""
    pointed = lfs_size(start) if size <= _LARGEST_POINTER else None
    if pointed is not None:
        return Content("LFS", pointed)
    if _BITMAP.match(start):
        return Content("BMP image", size, picture_size(start))
    kind = next((kind for offset, magic, kind in _KINDS if start.startswith(magic, offset)), "")
    return Content(kind, size, picture_size(start) if kind.endswith("image") else None)


def lfs_size(text: bytes) -> int | None:
    """Return the size a pointer of git LFS names; None for any other text."""
    match = _POINTER.fullmatch(text) if len(text) <= _LARGEST_POINTER else None
    return int(match[1]) if match is not None else None


def in_words(contents: Contents, *, to: str = "→") -> str:
    """Say what both are: `PNG image, 12.4 kB → 15 kB, 640×480 → 800×600`; empty if nothing is known."""
    old, new = contents.old, contents.new
    if old is None or new is None:
        return _alone(new or old)
    if old.kind != new.kind:
        return f"{_alone(old)} {to} {_alone(new)}"
    return ", ".join(filter(None, (new.kind or "binary", _sizes(old.size, new.size, to), _pictures(old, new, to))))


def _alone(content: Content | None) -> str:
    if content is None:
        return ""
    return ", ".join(filter(None, (content.kind or "binary", readable(content.size), _picture(content))))


def _sizes(old: int, new: int, to: str) -> str:
    if old == new:
        return f"{readable(new)} as before"
    before, after = readable(old), readable(new)
    # What differs may look alike in few digits.
    return f"{before} {to} {after}" if before != after else f"{old:,} {to} {new:,} bytes"


def _pictures(old: Content, new: Content, to: str) -> str:
    before, after = _picture(old), _picture(new)
    return after if before == after else f"{before or '?'} {to} {after or '?'}"


def _picture(content: Content) -> str:
    return f"{content.picture[0]}×{content.picture[1]}" if content.picture is not None else ""


def readable(size: int) -> str:
    """Return a size in the unit people would choose."""
    if size < 1_000:
        return f"{size} byte{'s' * (size != 1)}"
    value, unit = size / 1_000, 0
    while value >= 999.95 and unit + 1 < len(_UNITS):
        value, unit = value / 1_000, unit + 1
    return f"{value:.1f}".removesuffix(".0") + f" {_UNITS[unit]}"
