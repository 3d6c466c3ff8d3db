"""For any two texts: git's patch, read and applied to the old one, gives the new one."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewer.diff.apply import apply_hunks
from reviewer.diff.lines import lines_of
from reviewer.diff.parse import parse_git_patch
from reviewer.errors import UnreadableDiff
from tests.diff.patches import GIT_HEADER, assert_counts_agree_with_lines, counted
from tests.oracle import patched
from tests.scratch import ENVIRONMENT, Scratch

_SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_LINE = st.sampled_from(
    (b"a", b"b", b"c", b"", b" ", b"\t", b"-- a/x", b"++ b/x", b"@@ -1 +1 @@", b"\\ No newline at end of file", b"\r",
     b"diff --git a/x b/x", b"-- ", b"a\rb", b"\x0c", b"\xff", b"\xe2\x80\xa8", b"x" * 300)
)  # fmt: skip
_TEXT = st.builds(
    lambda lines, is_cut: b"\n".join(lines) + (b"" if is_cut or not lines else b"\n"),
    st.lists(_LINE, max_size=40),
    st.booleans(),
)


@st.composite
def _edited(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A text, and the same one with a few lines put in, taken out or replaced."""
    old = draw(_TEXT)
    lines = old.split(b"\n")
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(lines)))
        lines[at : at + draw(st.integers(0, 2))] = draw(st.lists(_LINE, max_size=3))
    return old, b"\n".join(lines)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    """One repository for all examples; what one leaves in it is nothing to the next."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        return Scratch(tmp_path_factory.mktemp("shared") / "repo")


@_SLOW
@given(pair=st.one_of(st.tuples(_TEXT, _TEXT), _edited()))
def test_a_patch_of_any_two_texts_leads_from_one_to_the_other(shared: Scratch, pair: tuple[bytes, bytes]) -> None:
    old, new = pair

    diff = shared.diff_of_trees({b"f": old}, {b"f": new})

    assert_counts_agree_with_lines(diff)
    hunks = tuple(hunk for file in diff.files for hunk in file.text_hunks)
    assert patched(old, hunks) == new
    assert apply_hunks(old, hunks) == new


@_SLOW
@given(
    trees=st.tuples(
        *2
        * [
            st.dictionaries(
                st.binary(min_size=1, max_size=6).filter(lambda name: not {0, 47} & set(name)), _TEXT, max_size=4
            )
        ]
    )
)
def test_files_of_any_name_are_kept_apart(
    shared: Scratch, trees: tuple[dict[bytes, bytes], dict[bytes, bytes]]
) -> None:
    old, new = ({b"d/" + name + b"x": text for name, text in tree.items()} for tree in trees)

    diff = shared.diff_of_trees(old, new)

    touched = {file.old_path for file in diff.files}
    rebuilt = {path: text for path, text in old.items() if path not in touched}
    for file in diff.files:
        text = patched(old[file.old_path] if file.old_path is not None else b"", file.text_hunks)
        if file.new_path is not None:
            rebuilt[file.new_path] = text
    assert rebuilt == new


@settings(max_examples=200, deadline=None)
@given(
    patch=st.one_of(
        st.binary(max_size=200), st.lists(_LINE, max_size=30).map(lambda lines: GIT_HEADER + b"\n".join(lines))
    )
)
def test_any_bytes_are_read_or_refused(patch: bytes) -> None:
    try:
        sections = parse_git_patch(patch)
    except UnreadableDiff:
        return

    for hunk in (hunk for section in sections for hunk in section.hunks):
        assert hunk.body in patch
        assert counted(lines_of(hunk)) == (hunk.added, hunk.removed)
