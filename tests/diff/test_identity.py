"""An edit keeps its id wherever it moves, and loses it with any byte of it."""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewer.diff.identity import EditId, Scope, edits_of, scope_of
from reviewer.diff.model import TEXTLESS, Diff, FileDiff, Hunk, Status
from reviewer.diff.parse import parse_git_patch
from tests.diff.patches import GIT_HEADER, hunk, with_counts
from tests.repository.cases import CONTENTS
from tests.scratch import Scratch

_LINES = [b"line %d\n" % number for number in range(60)]


def _file(*hunks: Hunk, path: bytes = b"f") -> FileDiff:
    added, removed = sum(each.added for each in hunks), sum(each.removed for each in hunks)
    return FileDiff(Status.MODIFIED, path, path, "100644", "100644", "1" * 40, "2" * 40, added, removed, hunks)


def _ids(*files: FileDiff) -> list[EditId]:
    return list(scope_of(Diff(files)).edits)


def _diff_at(scratch: Scratch, above: int, edit: bytes) -> Scope:
    old = [b"above %d\n" % number for number in range(above)] + _LINES
    new = [*old[: above + 30], edit, *old[above + 31 :]]
    return scope_of(scratch.diff_of_trees({b"f": b"".join(old)}, {b"f": b"".join(new)}))


def test_each_run_of_changed_lines_is_an_edit() -> None:
    scope = scope_of(Diff((_file(hunk(b" a\n-b\n+c\n d\n+e\n f\n-g\n"), hunk(b"+x\n", old_start=90, new_start=90)),)))

    assert [len(edits) for edits in scope.by_hunk] == [3, 1]
    assert len(set(scope.edits)) == 4


def test_an_edit_keeps_its_id_when_lines_far_above_come_and_go(scratch: Scratch) -> None:
    assert _diff_at(scratch, 0, b"edited\n") == _diff_at(scratch, 500, b"edited\n")


def test_an_edit_keeps_its_id_when_another_one_comes_beyond_its_context() -> None:
    alone = _ids(_file(hunk(b" 1\n 2\n 3\n-a\n+b\n 4\n 5\n 6\n", old_start=10, new_start=10)))

    together = _ids(_file(hunk(b"+new\n 0\n 1\n 2\n 3\n-a\n+b\n 4\n 5\n 6\n 7\n-old\n", old_start=9, new_start=9)))

    assert together[1:2] == alone


@pytest.mark.parametrize(
    "core",
    [b"-a\n+b \n", b"-a\n+ b\n", b"-a\n+b\r\n", b"-a\n+b\n+\n", b"-a\n+b\n\\ No newline at end of file\n", b"+b\n-a\n",
     b"-a\n", b"+b\n", b"-A\n+b\n", b"-a\n+\tb\n"],
)  # fmt: skip
def test_any_change_to_its_lines_is_another_edit(core: bytes) -> None:
    before = b" 1\n 2\n 3\n"

    assert _ids(_file(hunk(before + core))) != _ids(_file(hunk(before + b"-a\n+b\n")))


@given(core=st.lists(st.binary(min_size=1, max_size=8), min_size=1, max_size=5), data=st.data())
def test_any_one_byte_counts(core: list[bytes], data: st.DataObject) -> None:
    lines = [line.replace(b"\n", b"x") for line in core]
    at = data.draw(st.integers(0, len(lines) - 1))
    column = data.draw(st.integers(0, len(lines[at]) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda code: code not in (10, lines[at][column])))

    other = list(lines)
    other[at] = lines[at][:column] + bytes([byte]) + lines[at][column + 1 :]

    assert _ids(_file(_added(lines))) != _ids(_file(_added(other)))


def _added(lines: list[bytes]) -> Hunk:
    return hunk(b" 1\n" + b"".join(b"+" + line + b"\n" for line in lines))


@pytest.mark.parametrize(
    ("body", "is_same"),
    [
        (b" 0\n 1\n 2\n 3\n-a\n+b\n 4\n 5\n 6\n 7\n", True),
        (b" 1\n 2\n x\n-a\n+b\n 4\n 5\n 6\n", False),
        (b" x\n 2\n 3\n-a\n+b\n 4\n 5\n 6\n", False),
        (b" 1\n 2\n 3\n-a\n+b\n 4\n 5\n x\n", False),
        (b" 2\n 3\n-a\n+b\n 4\n 5\n 6\n", False),
    ],
)
def test_three_lines_around_belong_to_it_and_no_more(body: bytes, is_same: bool) -> None:
    original = _ids(_file(hunk(b" 1\n 2\n 3\n-a\n+b\n 4\n 5\n 6\n")))

    assert (_ids(_file(hunk(body))) == original) is is_same


def test_the_path_belongs_to_it() -> None:
    assert _ids(_file(hunk(b"+a\n"))) != _ids(_file(hunk(b"+a\n"), path=b"g"))


def test_identical_edits_in_one_file_are_told_apart_by_their_order() -> None:
    again = b" 1\n 2\n 3\n+same\n 4\n 5\n 6\n"
    alone = _ids(_file(hunk(again)))[0]

    twins = _ids(_file(hunk(again), hunk(again, old_start=50, new_start=51)))

    assert twins == [f"{alone}:1/2", f"{alone}:2/2"]


def test_a_twin_that_comes_changes_the_ids_of_all_for_nobody_can_say_which_one_it_is() -> None:
    again = b" 1\n 2\n 3\n+same\n 4\n 5\n 6\n"

    once = _ids(_file(hunk(again)))
    twice = _ids(_file(hunk(again), hunk(again, old_start=50, new_start=51)))

    assert not set(once) & set(twice)


@pytest.mark.parametrize(
    ("body", "is_same"),
    [
        (b" x\n x\n 3\n-a\n+b\n 4\n x\n x\n", True),
        (b" 3\n-a\n+b\n 4\n", True),
        (b" 1\n 2\n x\n-a\n+b\n 4\n 5\n 6\n", False),
        (b" 1\n 2\n 3\n-a\n+b\n x\n 5\n 6\n", False),
        (b" 1\n 2\n 3\n-a\n+ b\n 4\n 5\n 6\n", False),
    ],
)
def test_the_loose_id_minds_one_line_around_and_every_byte_of_the_edit(body: bytes, is_same: bool) -> None:
    original = _loose_ids(_file(hunk(b" 1\n 2\n 3\n-a\n+b\n 4\n 5\n 6\n")))

    assert (_loose_ids(_file(hunk(body))) == original) is is_same


def _loose_ids(file: FileDiff) -> list[str]:
    return [edit.loose_id for each in file.hunks for edit in edits_of(file, each)]


def test_the_scope_does_not_depend_on_the_order_of_files() -> None:
    files = [_file(hunk(b"+a\n"), path=name) for name in (b"a", b"b", b"c")]

    assert scope_of(Diff(tuple(files))).id == scope_of(Diff(tuple(reversed(files)))).id


def test_the_scope_changes_with_every_edit_that_comes_or_goes() -> None:
    one, two = _file(hunk(b"+a\n")), _file(hunk(b"+b\n"), path=b"g")

    ids = {scope_of(Diff(files)).id for files in ((), (one,), (two,), (one, two), (one, one))}

    assert len(ids) == 5


_TEXTLESS = _file(TEXTLESS)


@pytest.mark.parametrize(
    "file",
    [
        replace(_TEXTLESS, new_mode="100755"),
        replace(_TEXTLESS, old_mode="100755"),
        replace(_TEXTLESS, old_path=b"g", status=Status.RENAMED),
        replace(_TEXTLESS, old_path=b"g", status=Status.COPIED),
        replace(_TEXTLESS, new_path=b"g"),
        replace(_TEXTLESS, old_oid="3" * 40),
        replace(_TEXTLESS, new_oid="3" * 40),
        replace(_TEXTLESS, status=Status.ADDED),
        replace(_TEXTLESS, status=Status.UNMERGED),
    ],
)
def test_a_change_without_lines_has_an_id_of_all_that_git_says(file: FileDiff) -> None:
    assert _ids(file) != _ids(_TEXTLESS)


def test_a_mode_change_keeps_its_id_while_the_text_changes() -> None:
    executable = replace(_file(TEXTLESS, hunk(b"+a\n")), new_mode="100755")

    edited = replace(executable, hunks=(TEXTLESS, hunk(b"+b\n")), new_oid="3" * 40)

    assert _ids(edited)[0] == _ids(executable)[0]


def test_a_binary_file_is_bound_to_its_content() -> None:
    binary = replace(_TEXTLESS, added=None, removed=None)

    assert _ids(replace(binary, new_oid="3" * 40)) != _ids(binary)


def test_nothing_that_changed_is_outside_the_scope(scratch: Scratch) -> None:
    for name, (old, new) in CONTENTS.items():
        diff = scratch.diff_of_trees(old, new)
        scope = scope_of(diff)

        assert all(scope.by_hunk), name
        assert len(set(scope.edits)) == len(list(scope.edits)), name


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    lines=st.lists(
        st.sampled_from((b" a", b"-b", b"+c", b"-", b"+", b" ", b"+-", b"--", b"+\\ no", b" \\", b"+\0", b"-\r")),
        max_size=40,
    )
)
def test_every_changed_line_is_in_exactly_one_edit(lines: list[bytes]) -> None:
    body = b"".join(line + b"\n" for line in [*lines, b"+end"])
    (section,) = parse_git_patch(GIT_HEADER + with_counts(body))

    scope = scope_of(Diff((_file(*section.hunks),)))

    runs = re.findall(r"[+-]+", "".join(chr(line[0]) for line in [*lines, b"+end"]))
    assert [len(edits) for edits in scope.by_hunk] == [len(runs)]


def test_a_very_long_edit_has_an_id() -> None:
    long = _file(hunk(b"+a line of usual length, more or less\n" * 200_000))

    assert len(_ids(long)) == 1
