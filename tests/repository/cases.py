"""Changes that are hard to read, each a pair of trees; every view of a repository must read them all."""

from tests.scratch import EXECUTABLE, SYMLINK, Entry, Tree

_NUMBERS = [b"line %d\n" % number for number in range(1, 41)]
_LONG = b"".join(_NUMBERS)
_FORGED = b"-- a/x\n++ b/x\n@@ -1 +1 @@\ndiff --git a/x b/x\n\\ No newline at end of file\n-- \nFrom 0123456789\n"


def _edited(*numbers: int) -> bytes:
    return b"".join(b"edited\n" if at in numbers else line for at, line in enumerate(_NUMBERS, 1))


def _letters(text: bytes) -> bytes:
    return b"".join(b"%c\n" % char for char in text)


def _documented(names: bytes) -> bytes:
    return b"".join(b"/**\n * %c\n */\nint %c;\n" % (name, name) for name in names)


def _one(old: bytes, new: bytes) -> tuple[Tree, Tree]:
    return {b"f": old}, {b"f": new}


CONTENTS: dict[str, tuple[Tree, Tree]] = {
    "plain": _one(_LONG, _edited(20)),
    "two hunks": _one(_LONG, _edited(3, 30)),
    "hunks that touch": _one(_LONG, _edited(10, 17)),
    "first and last line": _one(_LONG, _edited(1, 40)),
    "lines added at both ends": _one(_LONG, b"top\n" + _LONG + b"bottom\n"),
    "all lines removed": _one(_LONG, b""),
    "empty file filled": _one(b"", _LONG),
    "lines that algorithms pair differently": _one(_letters(b"be}}}acad}"), _letters(b"dd{d}bada}")),
    "a comment that could belong to either": _one(_documented(b"ac"), _documented(b"abc")),
    "no newline at the old end": _one(b"a\nb", b"a\nb\n"),
    "no newline at the new end": _one(b"a\nb\n", b"a\nb"),
    "no newline at both ends": _one(b"a\nb", b"a\nc"),
    "no newline in context": _one(b"a\nb\nc", b"x\nb\nc"),
    "no newline and many new lines": _one(b"a", b"".join(_NUMBERS * 20)),
    "carriage returns": _one(b"a\r\nb\r\nc\r\n", b"a\r\nB\r\nc\r\n"),
    "only the line ends": _one(b"a\r\nb\r\n", b"a\nb\n"),
    "mixed line ends": _one(b"a\r\nb\nc\r\n", b"a\nb\r\nc\r\n"),
    "lone carriage returns": _one(b"a\rb\rc\n", b"a\rB\rc\n"),
    "a carriage return at the end": _one(b"a\r", b"b\r"),
    "form feeds and separators": _one(b"a\x0cb\x0bc\x1cd\x1de\x1ef\n", b"a\x0cB\x0bc\x1cd\x1de\x1ef\n"),
    "unicode line ends": _one("a\u2028b\u2029c\u0085d\n".encode(), "a\u2028B\u2029c\u0085d\n".encode()),
    "escape sequences": _one(b"a\n", b"\x1b[2J\x1b]0;title\x07\n"),
    "a NUL early": _one(b"a\0b\n", b"a\0c\n"),
    "a NUL in the last byte looked at": _one(b"x" * 7999 + b"\0\n", b"y" * 7999 + b"\0\n"),
    "a NUL late": _one(b"x" * 8000 + b"\0\nend\n", b"x" * 8000 + b"\0\nEND\n"),
    "UTF-16": _one("a\nb\n".encode("utf-16"), "a\nc\n".encode("utf-16")),
    "a byte order mark": _one(b"a\n", b"\xef\xbb\xbfa\n"),
    "Latin-1": _one(b"caf\xe9\n", b"th\xe9\n"),
    "broken UTF-8": _one(b"\xff\xfe\xc3\n", b"\xff\xfe\xc3\x28\n"),
    "a very long line": _one(b"x" * 3_000_000 + b"\nend\n", b"x" * 2_999_999 + b"y\nend\n"),
    "content like headers added": _one(b"a\n", b"a\n" + _FORGED),
    "content like headers removed": _one(b"a\n" + _FORGED, b"a\n"),
    "content like headers around": _one(_FORGED + b"a\n" + _FORGED, _FORGED + b"b\n" + _FORGED),
    "blank lines around": _one(b"a\n\n\nb\n\n\nc\n", b"a\n\n\nB\n\n\nc\n"),
    "only blanks": _one(b"a\n\n\nb\n", b"a\n \n\t\nb\n"),
    "a new file": ({}, {b"f": _LONG}),
    "a new executable": ({}, {b"f": Entry(b"#!/bin/sh\n", EXECUTABLE)}),
    "a new empty file": ({}, {b"f": b""}),
    "a deleted file": ({b"f": _LONG}, {}),
    "a deleted empty file": ({b"f": b""}, {}),
    "mode only": ({b"f": b"a\n"}, {b"f": Entry(b"a\n", EXECUTABLE)}),
    "mode and text": ({b"f": b"a\n"}, {b"f": Entry(b"b\n", EXECUTABLE)}),
    "mode of an empty file": ({b"f": b""}, {b"f": Entry(b"", EXECUTABLE)}),
    "a pure rename": ({b"old": _LONG}, {b"new": _LONG}),
    "a rename with edits": ({b"old": _LONG}, {b"new": _edited(5, 25)}),
    "a rename with mode": ({b"old": _LONG}, {b"new": Entry(_LONG, EXECUTABLE)}),
    "a rename into a folder": ({b"f": _LONG}, {b"f/f": _edited(5)}),
    "a rename across names with blanks": ({b"o l d": _LONG}, {b"n\te\nw": _edited(5)}),
    "two files swapped": ({b"a": _LONG, b"b": b"other\n"}, {b"a": b"other\n", b"b": _LONG}),
    "a copy with edits": ({b"old": _LONG}, {b"old": _edited(1), b"copy": _LONG}),
    "a new binary file": ({}, {b"f": b"\0\1\2"}),
    "a deleted binary file": ({b"f": b"\0\1\2"}, {}),
    "a renamed binary file": ({b"old": b"\0" * 100}, {b"new": b"\0" * 100}),
    "a binary file turned to text": _one(b"\0\1\2", b"text\n"),
    "a new symlink": ({}, {b"f": Entry(b"target", SYMLINK)}),
    "a symlink that points elsewhere": ({b"f": Entry(b"here", SYMLINK)}, {b"f": Entry(b"there", SYMLINK)}),
    "a symlink with a line feed": ({b"f": Entry(b"a\nb", SYMLINK)}, {b"f": Entry(b"a\nc\n", SYMLINK)}),
    "a file turned to a symlink": ({b"f": _LONG}, {b"f": Entry(b"target", SYMLINK)}),
    "a symlink turned to a file": ({b"f": Entry(b"target", SYMLINK)}, {b"f": _LONG}),
    "an empty file turned to a symlink": ({b"f": b""}, {b"f": Entry(b"target", SYMLINK)}),
    "a binary file turned to a symlink": ({b"f": b"\0\1"}, {b"f": Entry(b"target", SYMLINK)}),
    "a file turned to a folder": ({b"f": _LONG}, {b"f/inside": b"other\n"}),
    "a folder turned to a file": ({b"f/inside": b"other\n"}, {b"f": _LONG}),
    "many files": (
        {b"%d" % number: b"%d\n" % number for number in range(50)},
        {b"%d" % number: b"%d\n" % (number % 45) for number in range(5, 55)},
    ),
}  # fmt: skip

NAMES: tuple[bytes, ...] = (
    b"plain", b"with space", b" leading", b"trailing ", b'quo"te', b"tab\there", b"line\nfeed", b"back\\slash",
    b"carriage\rreturn", b"bell\a", b"escape\x1b[2J", b"-dash", b"--output=PWNED", b"\xe9 latin", "é accent".encode(),
    "日本".encode(), "\u202eevil".encode(), b"\xff\xfe", b"a/x", b"b/x", b"x b/x b/x", b"a/b/x", b"dev/null", b"star*",
    b"[ab]", b"ques?tion", b":(glob)x", b":!x", b":/x", b"!bang", b"#hash", b"100%", b"back`tick`", b"$(x)", b";",
    b"\n--- a/evil\n+++ b/evil", b"x\n@@ -1 +1 @@\n-a\n+b", b"x\ndiff --git a/y b/y", b"nul\x7fdel",
    b"a => b", b"{a => b}/c", b"1\t1\tforged", b":100644 100644 a b M", b"deep/er/and/deep er/still", b"end.", b"~",
    b".hidden",
)  # fmt: skip
