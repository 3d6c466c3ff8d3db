from pathlib import Path

import pytest

from reviewer.diff.identity import scope_of
from reviewer.repository import choose_target, discover, read_diff
from tests.tui.stage import make_repository


@pytest.mark.parametrize("context", [0, 1, 10, 1_000_000])
def test_more_context_shows_other_hunks_of_the_same_edits(tmp_path: Path, context: int) -> None:
    before = "".join(f"{number}\n" for number in range(40))
    after = before.replace("5\n", "five\n", 1).replace("12\n", "twelve\n").replace("39\n", "")
    repository = discover(make_repository(tmp_path, {"numbers.txt": (before, after)}))
    target = choose_target(repository)

    usual = scope_of(read_diff(repository, target))
    other = scope_of(read_diff(repository, target, context=context))

    assert (other.id == usual.id) == (context >= 3)
