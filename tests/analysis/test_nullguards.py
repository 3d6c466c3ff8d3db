"""Guards against missing values, and what is left without them."""

import ast

import pytest

from reviewer.analysis.nullguards import null_test, without_guards


@pytest.mark.parametrize(
    ("guarded", "bare"),
    [
        ("name = user and user.name", "name = user.name"),
        ("name = user.name if user else None", "name = user.name"),
        ("name = '' if user is None else user.name", "name = user.name"),
        ("name = getattr(user, 'name', None)", "name = user.name"),
        ("name = users.get(key)", "name = users[key]"),
        ("name = (user.name or '').strip()", "name = user.name.strip()"),
    ],
)
def test_a_guard_is_taken_away(guarded: str, bare: str) -> None:
    found = without_guards(ast.parse(guarded).body[0])

    assert found is not None
    assert found.dump == ast.dump(ast.parse(bare).body[0])


@pytest.mark.parametrize("code", ["a = b and c", "a = b if c else d", "a = b or c", "a = getattr(b, name, None)"])
def test_what_guards_nothing_stays(code: str) -> None:
    assert without_guards(ast.parse(code).body[0]) is None


@pytest.mark.parametrize(
    ("test", "found"),
    [("user", ("user", True)), ("not user", ("user", False)), ("a.b is None", ("a.b", False)), ("a < b", None)],
)
def test_a_null_test_names_its_subject(test: str, found: tuple[str, bool] | None) -> None:
    assert null_test(ast.parse(test, mode="eval").body) == found
