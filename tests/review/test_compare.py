"""Marks survive what leaves the edit alone, and die with one byte of it."""

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewer.diff.identity import Edit, EditId, edits_of, scope_of
from reviewer.diff.model import Diff
from reviewer.review.carry import Carry, Fate, summary, unread_as
from reviewer.review.compare import compare
from tests.scratch import EXECUTABLE, Entry, Scratch

_TEXT = [f"line {number}".encode() for number in range(40)]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    return Scratch(tmp_path_factory.mktemp("compare"))


def _text(*changes: tuple[int, bytes], base: list[bytes] = _TEXT) -> bytes:
    """Return the base with some lines replaced; a line may become several, or none with `b""`."""
    lines = dict(enumerate(base)) | dict(changes)
    return b"".join(line + b"\n" for _, line in sorted(lines.items()) if line)


def _diff(scratch: Scratch, new: bytes, old: bytes = _text(), name: bytes = b"f.py") -> Diff:
    return scratch.diff_of_trees({name: old}, {name: new})


def _all(diff: Diff) -> frozenset[EditId]:
    return frozenset(scope_of(diff).edits)


def _carry(old: Diff, new: Diff) -> Carry:
    return compare(old, new, _all(old))


def _fates(result: Carry) -> list[Fate]:
    return sorted(result.fates.values(), key=list(Fate).index)


def _edits(diff: Diff) -> Mapping[EditId, Edit]:
    edits = (edit for file, hunk in diff.walk() for edit in edits_of(file, hunk))
    return dict(zip(scope_of(diff).edits, edits, strict=True))


def test_an_edit_that_only_moved_down_is_kept(scratch: Scratch) -> None:
    before = _diff(scratch, _text((20, b"edited")))
    rebased = _diff(scratch, b"new\n" * 9 + _text((20, b"edited")), b"new\n" * 9 + _text())

    result = _carry(before, rebased)

    assert _fates(result) == [Fate.KEPT]
    assert summary(result) == "1 of 1 edits kept"


def test_an_edit_whose_second_neighbour_changed_is_ported_and_waits_for_a_word(scratch: Scratch) -> None:
    before = _diff(scratch, _text((20, b"edited")))
    rebased = _diff(scratch, _text((20, b"edited"), (18, b"other")), _text((18, b"other")))

    result = _carry(before, rebased)

    assert _fates(result) == [Fate.PORTED]
    assert result.marked == frozenset()


def test_nothing_is_ported_where_two_edits_could_be_meant(scratch: Scratch) -> None:
    base = [b"a", b"b", b"here", b"c", b"d"] * 2 + [b"x"]
    before = _diff(scratch, _text((2, b"new"), base=base), _text(base=base))
    twice = _text((2, b"new"), (7, b"new"), (0, b"A"), base=base)
    after = _diff(scratch, twice, _text((0, b"A"), base=base))

    assert Fate.PORTED not in _fates(_carry(before, after))


def test_what_nobody_saw_is_not_ported_but_new(scratch: Scratch) -> None:
    before = _diff(scratch, _text((20, b"edited")))
    rebased = _diff(scratch, _text((20, b"edited"), (18, b"other")), _text((18, b"other")))

    assert _fates(compare(before, rebased, frozenset())) == [Fate.NEW]


def test_an_approved_edit_that_becomes_something_else_is_a_difference_to_read(scratch: Scratch) -> None:
    before = _diff(scratch, _text((20, b"    run(['ls', folder])")))
    after = _diff(scratch, _text((20, b"    os.system('ls ' + folder)")))

    result = _carry(before, after)

    assert _fates(result) in ([Fate.DELTA], [Fate.NEW])
    assert not _all(after) & (_all(before) | result.marked)


def test_a_change_of_white_space_alone_is_never_kept(scratch: Scratch) -> None:
    before = _diff(scratch, _text((20, b"    total += price")))
    after = _diff(scratch, _text((20, b"        total += price")))

    result = _carry(before, after)

    assert _fates(result) == [Fate.DELTA]
    assert [origin.core for origin in result.origins.values()] == [b"-line 20\n+    total += price\n"]


def test_a_renamed_file_keeps_the_marks_of_what_stayed(scratch: Scratch) -> None:
    before = scratch.diff_of_trees({}, {b"old.py": _text()})
    after = scratch.diff_of_trees({}, {b"new.py": _text()})

    result = _carry(before, after)

    assert _fates(result) == [Fate.MOVED]
    assert result.marked == _all(after)


def test_a_copy_beside_the_original_was_not_seen(scratch: Scratch) -> None:
    before = scratch.diff_of_trees({}, {b"old.py": _text()})
    after = scratch.diff_of_trees({}, {b"old.py": _text(), b"new.py": _text()})

    assert _fates(_carry(before, after)) == [Fate.KEPT, Fate.NEW]


def test_a_change_of_mode_is_not_the_same_in_another_file(scratch: Scratch) -> None:
    tree = {b"a.sh": b"a\n", b"b.sh": b"b\n"}
    before, after = (
        scratch.diff_of_trees(tree, {**tree, name: Entry(tree[name], EXECUTABLE)}) for name in (b"a.sh", b"b.sh")
    )

    assert _fates(_carry(before, after)) == [Fate.NEW]


def test_of_twins_that_were_all_seen_the_one_that_is_left_was_seen(scratch: Scratch) -> None:
    base = [b"a", b"b", b"c", b"here", b"d", b"e", b"f"] * 2
    both = _diff(scratch, _text((3, b"new"), (10, b"new"), base=base), _text(base=base))
    one = _diff(scratch, _text((3, b"new"), base=base), _text(base=base))

    assert compare(both, one, _all(both)).marked == _all(one)
    assert compare(both, one, frozenset(list(_all(both))[:1])).marked == frozenset()


def test_a_new_twin_takes_the_mark_from_both(scratch: Scratch) -> None:
    base = [b"a", b"b", b"c", b"here", b"d", b"e", b"f"] * 2
    one = _diff(scratch, _text((3, b"new"), base=base), _text(base=base))
    both = _diff(scratch, _text((3, b"new"), (10, b"new"), base=base), _text(base=base))

    result = _carry(one, both)

    assert result.marked == frozenset()
    assert not _all(one) & _all(both)


def test_the_summary_counts_what_became_of_each_edit(scratch: Scratch) -> None:
    before = _diff(scratch, _text((2, b"two"), (20, b"edited"), (33, b"gone")))
    after = _diff(
        scratch,
        _text((2, b"two"), (20, b"edited"), (18, b"other"), (38, b"import another.thing as other")),
        _text((18, b"other")),
    )

    assert summary(_carry(before, after)) == "1 of 3 edits kept, 1 ported, 1 new, 1 gone"


def test_a_hunk_waits_for_the_gravest_of_what_is_unread_in_it(scratch: Scratch) -> None:
    kept, ported, delta, new = (EditId(name) for name in ("kept", "ported", "delta", "new"))
    result = Carry({kept: Fate.KEPT, ported: Fate.PORTED, delta: Fate.DELTA, new: Fate.NEW})

    assert unread_as([kept], frozenset([kept]), result) is Fate.KEPT
    assert unread_as([kept], frozenset(), result) is Fate.NEW
    assert unread_as([kept, ported], frozenset([kept]), result) is Fate.PORTED
    assert unread_as([new, ported], frozenset(), result) is Fate.NEW
    assert unread_as([new, delta, ported], frozenset(), result) is Fate.DELTA


_LINES = st.lists(st.sampled_from([b"a", b"b", b"c", b"  a", b"x", b"y", b""]), max_size=9)
_TREES = st.dictionaries(st.sampled_from([b"f", b"g", b"h"]), _LINES.map(b"\n".join), max_size=2)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(base=_TREES, onto=_TREES, first=_TREES, second=_TREES, data=st.data())
def test_no_mark_lands_on_a_line_nobody_saw(
    scratch: Scratch,
    base: Mapping[bytes, bytes],
    onto: Mapping[bytes, bytes],
    first: Mapping[bytes, bytes],
    second: Mapping[bytes, bytes],
    data: st.DataObject,
) -> None:
    old, new = scratch.diff_of_trees(base, first), scratch.diff_of_trees(onto, second)
    before, after = _edits(old), _edits(new)
    viewed = frozenset(data.draw(st.sets(st.sampled_from(sorted(before))))) if before else frozenset()

    result = compare(old, new, viewed)

    seen = [before[identity] for identity in viewed]
    as_read = result.marked | (viewed & after.keys())
    assert result.fates.keys() == after.keys()
    for identity in as_read:
        edit = after[identity]
        assert any((edit.before, edit.core, edit.after) == (one.before, one.core, one.after) for one in seen)
    for identity, origin in result.origins.items():
        assert origin in seen or result.fates[identity] in (Fate.KEPT, Fate.MOVED)
        assert result.fates[identity] is not Fate.PORTED or origin.core == after[identity].core


def test_twins_between_changed_neighbours_are_ported_together_in_their_order(scratch: Scratch) -> None:
    base = [b"a", b"b", b"here", b"c", b"d"] * 2
    before = _diff(scratch, _text((2, b"new"), (7, b"new"), base=base), _text(base=base))
    upstream = _text((0, b"A"), base=base)
    after = _diff(scratch, _text((0, b"A"), (2, b"new"), (7, b"new"), base=base), upstream)

    assert Fate.NEW not in _fates(_carry(before, after))
    assert Fate.DELTA not in _fates(_carry(before, after))


def test_an_edit_of_a_renamed_file_whose_neighbours_changed_is_ported(scratch: Scratch) -> None:
    edited = _text((5, b"five"), (20, b"edited"))
    before = scratch.diff_of_trees({b"old.py": _text()}, {b"old.py": edited})
    after = scratch.diff_of_trees(
        {b"new.py": _text((18, b"other"))}, {b"new.py": _text((5, b"five"), (18, b"other"), (20, b"edited"))}
    )

    result = _carry(before, after)

    assert _fates(result) == [Fate.MOVED, Fate.PORTED]


def test_one_word_in_a_large_new_file_is_a_difference_and_not_all_of_it_new(scratch: Scratch) -> None:
    large = [b"line %d of a file that is long" % number for number in range(1500)]
    before = scratch.diff_of_trees({}, {b"f.py": _text(base=large)})
    after = scratch.diff_of_trees({}, {b"f.py": _text((700, b"one word"), base=large)})

    assert _fates(_carry(before, after)) == [Fate.DELTA]
