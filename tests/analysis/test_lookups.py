import ast

import pytest

from reviewer.analysis.lookups import Check, checks_in, is_store, names_in
from reviewer.analysis.outline import outline_of
from reviewer.analysis.source import read_source


def _checks(code: str) -> list[Check]:
    outline = outline_of(read_source(code.encode()))
    return [check for test in outline.every(ast.If) for check in checks_in(test.test, outline)]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("import os\nif os.path.exists(path): ...", {"path"}),
        ("from pathlib import Path\ndef f(p: Path):\n    if not p.exists(): ...", {"p"}),
        ("def f(root, name):\n    target = root / name\n    if target.is_file(): ...", {"target"}),
    ],
)
def test_a_question_about_a_file_is_known(code: str, names: set[str]) -> None:
    (check,) = _checks(code)

    assert check.is_file
    assert check.names == names


def test_what_was_looked_up_before_counts() -> None:
    (check,) = _checks("async def f(repo, mail):\n    found = await repo.find(mail)\n    if found is None: ...")

    assert check.is_remote
    assert check.names == {"mail"}


def test_types_are_no_question() -> None:
    assert _checks("def f(db, key):\n    row = db.get(key)\n    if isinstance(row, int): ...") == []


def test_a_store_is_known_by_its_name() -> None:
    stores = [ast.parse(name, mode="eval").body for name in ("self.redis", "user_repo", "os.environ", "prices")]

    assert [is_store(store) for store in stores] == [True, True, False, False]


def test_names_are_those_given_to_calls_and_classes() -> None:
    call = ast.parse("self.db.add(User(email=form.email))", mode="eval").body

    assert names_in([call]) == {"User", "form", "form.email"}
