"""What is done on the strength of an answer that may no longer hold."""

import ast

import pytest

from reviewer.analysis.acts import is_act, is_caught, is_making
from reviewer.analysis.lookups import Check
from reviewer.analysis.outline import outline_of
from reviewer.analysis.source import read_source

ASKED = ast.Name("asked")
FILE = Check(ASKED, frozenset({"path"}), is_file=True)
ROW = Check(ASKED, frozenset({"email"}), is_remote=True)
FLAG = Check(ASKED, frozenset({"order"}), is_flag=True)


def acts(code: str, check: Check) -> bool:
    outline = outline_of(read_source(f"import os\n{code}\n".encode()))
    return any(is_act(call, check, outline) for call in outline.every(ast.Call))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("os.remove(path)", True),
        ("os.remove(other)", False),
        ("path.unlink()", True),
        ("path.unlink(missing_ok=True)", False),
        ("open(path)", True),
        ("open(path, 'x')", False),
    ],
)
def test_a_file_is_acted_on_by_its_path(code: str, *, expected: bool) -> None:
    assert acts(code, FILE) is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("User.create(email)", True),
        ("session.add(User(email))", True),
        ("names.add(email)", False),
        ("show(email)", False),
        ("User.create(other)", False),
        ("cursor.execute('INSERT INTO users VALUES (?)', (email,))", True),
        ("cursor.execute('SELECT 1', (email,))", False),
        ("cache.set(email, 1)", True),
        ("cache.set(email, price)", False),
    ],
)
def test_a_row_is_acted_on_by_a_call_that_gets_what_was_asked_about(code: str, *, expected: bool) -> None:
    assert acts(code, ROW) is expected


def test_only_what_weighs_much_counts_after_a_flag() -> None:
    assert acts("charge(order)", FLAG)
    assert not acts("save(order)", FLAG)


def test_making_goes_by_the_name() -> None:
    (made, found) = (node for node in ast.walk(ast.parse("create_user(a), find(b)")) if isinstance(node, ast.Call))

    assert is_making(made)
    assert not is_making(found)


@pytest.mark.parametrize(("error", "expected"), [("FileNotFoundError", True), ("ValueError", False)])
def test_a_handler_catches_what_a_file_raises(error: str, *, expected: bool) -> None:
    outline = outline_of(read_source(f"try:\n    os.remove(path)\nexcept {error}:\n    pass\n".encode()))

    assert is_caught(outline.every(ast.Call)[0], outline, FILE) is expected
    assert not is_caught(outline.every(ast.Call)[0], outline, ROW)
