from reviewer.diff.patchfile import parse_patch_file
from reviewer.walk.search import matching_lines
from reviewer.walk.walk import Walk

_PATCH = b"""\
diff --git a/a.py b/a.py
--- a/a.py
+++ b/a.py
@@ -1,2 +1,2 @@
-one
+One
 two
@@ -9,1 +9,2 @@
 nine
+ten
diff --git a/b.py b/b.py
new file mode 100644
--- /dev/null
+++ b/b.py
@@ -0,0 +1 @@
+one more
"""


def _walk() -> Walk:
    return Walk(parse_patch_file(_PATCH, "a.patch"))


def test_hunks_count_through_all_files() -> None:
    walk = _walk()

    assert walk.file_of_hunk == [0, 0, 1]
    assert [list(walk.hunks_of_file(file)) for file in (0, 1)] == [[0, 1], [2]]


def test_a_file_stays_folded_until_it_is_shown() -> None:
    walk = _walk()

    walk.fold(0, "by you")

    assert [walk.is_folded(hunk) for hunk in range(3)] == [True, True, False]
    assert walk.folds_by_path == {b"a.py": "by you", b"b.py": None}

    walk.fold(0, None)

    assert walk.folds == {}


def test_a_search_finds_hunk_and_line_in_any_case_but_nothing_in_what_is_folded() -> None:
    walk = _walk()

    assert list(matching_lines(walk, "ONE")) == [(0, 0), (0, 1), (2, 0)]

    walk.fold(0, "by you")

    assert list(matching_lines(walk, "one")) == [(2, 0)]
