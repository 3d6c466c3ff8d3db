import subprocess
from pathlib import Path

from reviewer.repository import commits_between, discover, first_touches


def _git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=n", "-c", "user.email=e@example.org")
    answer = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, encoding="utf-8")
    return answer.stdout.strip()


def _commit(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message", name)
    return _git(folder, "rev-parse", "HEAD")


def test_each_path_goes_by_the_first_commit_that_touched_it(tmp_path: Path) -> None:
    _git(tmp_path, "init", "--quiet", "--initial-branch=main")
    base = _commit(tmp_path, "a", "1\n")
    first = _commit(tmp_path, "ü \n", "1\n")
    _git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", "nothing")
    # A file that goes by the name of a commit is a file.
    _commit(tmp_path, first, "1\n")
    _commit(tmp_path, "a", "2\n")
    _git(tmp_path, "switch", "--quiet", "--create", "side", base)
    _commit(tmp_path, "b", "1\n")
    _git(tmp_path, "merge", "--quiet", "--no-edit", "main")
    repository = discover(tmp_path)
    commits = [commit.oid for commit in commits_between(repository, base, "HEAD").commits]

    touches = first_touches(repository, commits)

    assert {name: commits[place] for name, place in touches.items()} == {
        b"a": _git(tmp_path, "rev-parse", "main"),
        b"b": _git(tmp_path, "rev-parse", "HEAD^1"),
        "ü \n".encode(): first,
        first.encode(): _git(tmp_path, "rev-parse", "main~1"),
    }


def test_without_a_commit_nothing_is_touched(tmp_path: Path) -> None:
    _git(tmp_path, "init", "--quiet")

    assert first_touches(discover(tmp_path), []) == {}
