"""Names are read from a header only if all of it says the same."""

import pytest

from reviewer.diff.names import Names, names_of
from reviewer.diff.parse import Section

_TIME = b"2024-01-01 10:00:00.5 +0100"
_READ: dict[str, tuple[bytes, Names]] = {
    "plain": (b"diff --git a/x b/x\n--- a/x\n+++ b/x", (b"x", b"x")),
    "added": (b"diff --git a/x b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x", (None, b"x")),
    "deleted": (b"diff --git a/x b/x\ndeleted file mode 100644\n--- a/x\n+++ /dev/null", (b"x", None)),
    "blank": (b"diff --git a/x y b/x y\n--- a/x y\t\n+++ b/x y\t", (b"x y", b"x y")),
    "quoted": (b'diff --git "a/x\\ty" "b/x\\ty"\n--- "a/x\\ty"\n+++ "b/x\\ty"', (b"x\ty", b"x\ty")),
    "quoted and blank": (b'diff --git "a/x \\n" "b/x \\n"\n--- "a/x \\n"\t\n+++ "b/x \\n"\t', (b"x \n", b"x \n")),
    "octal": (b'diff --git "a/\\303\\251" "b/\\303\\251"\nold mode 1', (b"\xc3\xa9", b"\xc3\xa9")),
    "escapes": (b'diff --git "a/\\a\\b\\f\\v\\r" "b/\\a\\b\\f\\v\\r"\nold mode 1', (b"\a\b\f\v\r", b"\a\b\f\v\r")),
    "escaped signs": (b'diff --git "a/\\"\\\\" "b/\\"\\\\"\nold mode 1', (b'"\\', b'"\\')),
    "mode only": (b"diff --git a/x b/x\nold mode 100644\nnew mode 100755", (b"x", b"x")),
    "mode only, name like two": (b"diff --git a/x b/x b/x b/x\nold mode 100644", (b"x b/x", b"x b/x")),
    "mode only, quoted": (b'diff --git "a/\\t" "b/\\t"\nold mode 100644', (b"\t", b"\t")),
    "renamed": (b"diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y", (b"x", b"y")),
    "renamed and edited": (b"diff --git a/x b/y\nrename from x\nrename to y\n--- a/x\n+++ b/y", (b"x", b"y")),
    "renamed, one quoted": (b'diff --git a/x "b/\\t"\nrename from x\nrename to "\\t"', (b"x", b"\t")),
    "copied": (b"diff --git a/x b/y\ncopy from x\ncopy to y", (b"x", b"y")),
    "no prefix": (b"diff --git x x\n--- x\n+++ x", (b"x", b"x")),
    "no prefix in a folder": (b"diff --git src/x src/x\n--- src/x\n+++ src/x", (b"src/x", b"src/x")),
    "no prefix in a folder a": (b"diff --git a/x a/x\n--- a/x\n+++ a/x", (b"a/x", b"a/x")),
    "no prefix, new in a folder b": (b"diff --git b/x b/x\nnew file mode 1\n--- /dev/null\n+++ b/x", (None, b"b/x")),
    "no prefix, renamed from a to b": (b"diff --git a/x b/x\nrename from a/x\nrename to b/x", (b"a/x", b"b/x")),
    "reversed": (b"diff --git b/x a/x\n--- b/x\n+++ a/x", (b"x", b"x")),
    "index and work tree": (b"diff --git i/x w/x\n--- i/x\n+++ w/x", (b"x", b"x")),
    "own prefixes": (b"diff --git old/s/x new/s/x\n--- old/s/x\n+++ new/s/x", (b"s/x", b"s/x")),
    "two files of no repository": (b"diff --git a/one b/two\n--- a/one\n+++ b/two", (b"one", b"two")),
    "two folders of no repository": (
        b"diff --git a/old/x b/new/x\n--- a/old/x\n+++ b/new/x", (b"old/x", b"new/x")
    ),
    "plain diff of two folders": (b"--- a/old/x\n+++ b/new/x", (b"new/x", b"new/x")),
    "carriage return in the name": (b'diff --git "a/x\\r" "b/x\\r"\n--- "a/x\\r"\n+++ "b/x\\r"', (b"x\r", b"x\r")),
    "plain diff": (b"--- a/src/x.py\n+++ b/src/x.py", (b"src/x.py", b"src/x.py")),
    "plain diff in a folder a": (b"--- a/a/x\n+++ b/a/x", (b"a/x", b"a/x")),
    "plain diff with times": (b"--- old/x\t" + _TIME + b"\n+++ new/x\t" + _TIME, (b"x", b"x")),
    "plain diff with blanks for tabs": (b"--- x " + _TIME + b"\n+++ x 2024-01-02 10:00:00", (b"x", b"x")),
    "plain diff of a backup": (b"--- src/x.orig\t" + _TIME + b"\n+++ src/x\t" + _TIME, (b"src/x", b"src/x")),
    "plain diff of the same name": (b"--- src/x\n+++ src/x", (b"src/x", b"src/x")),
    "plain diff, new": (b"--- /dev/null\n+++ b/src/x", (None, b"src/x")),
    "plain diff, gone": (b"--- a/src/x\n+++ /dev/null", (b"src/x", None)),
    "plain diff, new by its time": (b"--- old/x\t1970-01-01 00:00:00 +0000\n+++ new/x\t" + _TIME, (None, b"x")),
    "plain diff, gone in the west": (b"--- o/x\t" + _TIME + b"\n+++ n/x\t1969-12-31 19:00:00 -0500", (b"x", None)),
}  # fmt: skip
_REFUSED = {
    "other names below": b"diff --git a/x b/x\n--- a/y\n+++ b/y",
    "another old name below": b"diff --git a/x b/x\n--- a/y\n+++ b/x",
    "another new name below": b"diff --git a/x b/x\n--- a/x\n+++ b/y",
    "half below": b"diff --git a/x b/x\n--- a/x",
    "nothing at all": b"diff --git a/x b/x\n--- /dev/null\n+++ /dev/null",
    "added under another name": b"diff --git a/x b/y\n--- /dev/null\n+++ b/y",
    "added under the same name elsewhere": b"diff --git a/old/x b/new/x\n--- /dev/null\n+++ b/new/x",
    "two names without a rename": b"diff --git a/x b/y\nold mode 100644",
    "half a rename": b"diff --git a/x b/y\nrename from x",
    "rename and copy": b"diff --git a/x b/y\nrename from x\nrename to y\ncopy from x\ncopy to y",
    "a rename of others": b"diff --git a/x b/y\nrename from v\nrename to w",
    "a rename that shows others": b"diff --git a/x b/y\nrename from x\nrename to y\n--- a/v\n+++ b/w",
    "an open quote": b'diff --git "a/x "b/x\nold mode 100644',
    "a broken escape": b'diff --git "a/\\q" "b/\\q"\nold mode 100644',
    "an octal too large": b'diff --git "a/\\777" "b/\\777"\nold mode 100644',
    "a NUL": b'diff --git "a/\\000" "b/\\000"\nold mode 100644',
    "no name": b"diff --git \nold mode 100644",
    "only prefixes": b"diff --git a/ b/\n--- a/\n+++ b/",
    "plain diff of nothing": b"--- /dev/null\n+++ /dev/null",
    "plain diff without a name": b"--- \n+++ ",
}


def _section(header: bytes) -> Section:
    return Section(tuple(header.split(b"\n")), (), False)


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in _READ.items()])
def test_the_names_of_a_header_are_those_of_the_files(case: tuple[bytes, Names]) -> None:
    header, names = case

    assert names_of(_section(header)) == names


@pytest.mark.parametrize("header", [pytest.param(header, id=name) for name, header in _REFUSED.items()])
def test_a_header_that_contradicts_itself_names_nothing(header: bytes) -> None:
    assert names_of(_section(header)) is None
