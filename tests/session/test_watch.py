"""A watch looks at files, not at git, and tells another change from the same one written again."""

import os
import subprocess
from pathlib import Path

from reviewer.diff.identity import scope_of
from reviewer.session.watch import Watch
from tests.tui.stage import make_repository, read


def _watch(folder: Path) -> Watch:
    subject = read(folder)
    return Watch(subject, scope_of(subject.diff).id)


def test_nothing_moves_while_nobody_writes(tmp_path: Path) -> None:
    watch = _watch(make_repository(tmp_path))

    assert not watch.has_moved()


def test_an_edit_and_a_new_file_beside_it_are_seen_once(tmp_path: Path) -> None:
    folder = make_repository(tmp_path)
    watch = _watch(folder)

    (folder / "app" / "hello.py").write_text("def hello(name):\n    return 'hi'\n")
    assert watch.has_moved()
    assert not watch.has_moved()
    (folder / "app" / "new.py").write_text("new = 1\n")
    assert watch.has_moved()


def test_a_commit_is_seen_from_a_range_too(tmp_path: Path) -> None:
    folder = make_repository(tmp_path)
    watch = _watch(folder)

    subprocess.run(["git", "-C", str(folder), "commit", "-qam", "all of it"], check=True)

    assert watch.has_moved()


def test_the_same_text_written_again_is_no_other_change(tmp_path: Path) -> None:
    folder = make_repository(tmp_path)
    watch = _watch(folder)
    file = folder / "app" / "hello.py"

    file.write_bytes(file.read_bytes())
    os.utime(file, (1, 1))

    assert watch.has_moved()
    assert not watch.is_another(read(folder))
    file.write_text("def hello(name):\n    return 'hi'\n")
    assert watch.is_another(read(folder))
    assert watch.is_another(None)


def test_a_file_that_went_away_is_seen(tmp_path: Path) -> None:
    folder = make_repository(tmp_path)
    watch = _watch(folder)

    (folder / "notes.md").unlink()

    assert watch.has_moved()
