"""What is packed comes back whole, or not at all."""

import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.diff.identity import scope_of
from reviewer.diff.lines import lines_of
from reviewer.diff.model import Diff
from reviewer.diff.pack import pack, unpack
from reviewer.diff.patchfile import parse_patch_file
from tests.diff.patches import git_patch
from tests.repository.cases import CONTENTS
from tests.scratch import EXECUTABLE, SYMLINK, Entry, Scratch

_ODD = {
    b"caf\xe9": b"latin\n",
    b"new\nline": b"x",
    b"run": Entry(b"#!/bin/sh\n", EXECUTABLE),
    b"link": Entry(b"run", SYMLINK),
}


def _same(left: Diff, right: Diff) -> bool:
    def facts(diff: Diff) -> list[object]:
        heads = [(file.status, file.old_path, file.new_path, file.old_mode, file.new_mode, file.old_oid, file.new_oid,
                  file.added, file.removed, file.similarity) for file in diff.files]  # fmt: skip
        return [*heads, *((hunk.section, hunk.old_start, hunk.new_start, *lines_of(hunk)) for _, hunk in diff.walk())]

    return facts(left) == facts(right) and scope_of(left) == scope_of(right)


def test_every_kind_of_change_comes_back_as_it_was(scratch: Scratch) -> None:
    old = {b"gone": b"1\n2\n", b"bin": b"\0a", b"run": b"#!/bin/sh\n"}
    diff = scratch.diff_of_trees(old, {**_ODD, b"bin": b"\0b", b"moved": b"1\n2\n"})

    assert _same(unpack(b"".join(pack(diff))), diff)


@pytest.mark.parametrize("case", CONTENTS)
def test_every_content_comes_back_byte_for_byte(scratch: Scratch, case: str) -> None:
    diff = scratch.diff_of_trees(*CONTENTS[case])

    assert _same(unpack(b"".join(pack(diff))), diff)


@given(st.binary(min_size=1, max_size=200))
def test_bytes_that_are_no_packed_diff_are_a_value_error(junk: bytes) -> None:
    for packed in (junk, zlib.compress(junk), zlib.compress(b'{"version":1,"files":[{' + junk + b"]}\n")):
        with pytest.raises(ValueError, match=r"."):
            unpack(packed)


@pytest.mark.parametrize("number", [b"1e999", b"-Infinity", b"NaN", b"null", b"[]"])
@pytest.mark.parametrize("at", range(8))
def test_numbers_that_are_none_are_a_value_error(number: bytes, at: int) -> None:
    facts = [b"1", b"1", b"1", b"1", b"1", b"1", b'""', b"6"]
    content = zlib.decompress(b"".join(pack(parse_patch_file(git_patch(b"-a\n+b\n"), "x"))))
    assert content.count(b",".join(facts)) == 1
    damaged = content.replace(b",".join(facts), b",".join([*facts[:at], number, *facts[at + 1 :]]))

    with pytest.raises(ValueError, match=r"."):
        unpack(zlib.compress(damaged))


@given(data=st.data())
def test_a_damaged_pack_is_never_another_diff(data: st.DataObject) -> None:
    diff = unpack(b"".join(pack(Diff(()))))
    packed = bytearray(b"".join(pack(diff)))
    at = data.draw(st.integers(0, len(packed) - 1))

    packed[at] ^= 1 << data.draw(st.integers(0, 7))

    with suppress(ValueError):
        assert unpack(bytes(packed)) == diff
