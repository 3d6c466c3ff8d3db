import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.comments import Comment, comments_of


def _comments(path: str, text: str) -> list[Comment]:
    return list(comments_of(ChangedFile(path.encode(), None, text.encode(), frozenset(), frozenset())))


def test_in_python_a_comment_is_told_from_a_string() -> None:
    assert _comments("a.py", "x = '# no'  # yes\n# alone\n") == [
        Comment(1, "# yes", False), Comment(2, "# alone", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.js", 'x = "// no" // yes\n/* one\n   two */\n'),
        ("a.go", 'x := "// no" // yes\n/* one\n   two */\n'),
        ("a.java", 'x = "// no"; // yes\n/* one\n   two */\n'),
    ],
)
def test_in_other_languages_a_comment_of_many_lines_has_a_comment_a_line(path: str, text: str) -> None:
    assert [(comment.line, comment.words, comment.is_alone) for comment in _comments(path, text)] == [
        (1, "yes", False), (2, "one", True), (3, "two", True),
    ]  # fmt: skip


def test_of_a_text_that_breaks_off_the_comments_before_are_known() -> None:
    assert [comment.words for comment in _comments("a.py", "# first\nx = (\n")] == ["first"]
