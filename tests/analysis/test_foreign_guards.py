"""Protecting words on removed lines of other languages."""

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.foreign_guards import words_removed


def _removed(old: str, new: str) -> list[tuple[int, str, bool]]:
    before, after = old.splitlines(), new.splitlines()
    added = frozenset(number for number, line in enumerate(after, 1) if line not in before)
    removed = frozenset(number for number, line in enumerate(before, 1) if line not in after)
    return list(words_removed(ChangedFile(b"a.js", old.encode(), new.encode(), added, removed)))


def test_a_word_that_keeps_people_out_is_security() -> None:
    assert _removed("app.get('/', requireAdmin, go);\n", "app.get('/', go);\n") == [(1, "requireAdmin", True)]


def test_a_check_that_leaves_is_found_with_its_body() -> None:
    assert _removed("if (!a) {\n  return;\n}\ngo(a);\n", "go(a);\n") == [(1, "if (!a)", False)]


def test_a_remark_protects_nothing() -> None:
    assert _removed("// validate later\ngo();\n", "go();\n") == []


def test_a_function_that_went_with_its_guards_is_no_loss() -> None:
    assert _removed("function pay(a) {\n  validate(a);\n}\ngo();\n", "go();\n") == []
