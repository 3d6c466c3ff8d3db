"""Reviews on a disk that is full. What is written there runs in tests/fire/filling.py."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

# A file system of this process alone, gone with it; it needs no rights but those to have user namespaces.
_OWN_DISK = 'mount -t tmpfs -o size="$0" none "$1" && shift && exec "$@"'


def test_a_line_that_did_not_fit_at_any_of_its_bytes_leaves_no_trace_and_the_review_goes_on(tmp_path: Path) -> None:
    told = _told([sys.executable, "-m", "tests.fire.filling", "limit", str(tmp_path)])

    assert len(told) == told[0]["line"] + 1 > 150
    for one in told:
        assert one["read"] == one["said"]
        assert one["damages"] == []
    for one in told[:-1]:
        assert "not saved" in one["error"]
        assert one["is_unchanged"]
    assert told[-1]["error"] is None


def test_on_a_full_disk_all_that_was_saved_is_read_and_the_review_goes_on_when_there_is_room(tmp_path: Path) -> None:
    full, later = _on_a_small_disk("200k", tmp_path, "disk")

    assert len(full["said"]) > 10
    assert full["read"] == full["said"]
    assert full["damages"] == []
    assert "not saved (" in full["error"]
    assert "make room" in full["error"]
    assert later["read"] == later["said"]
    assert later["said"][: len(full["said"])] == full["said"]
    assert len(later["said"]) > len(full["said"])
    assert later["damages"] == []


def test_trying_again_on_a_full_disk_leaves_no_heap_of_empty_files(tmp_path: Path) -> None:
    full, _ = _on_a_small_disk("200k", tmp_path, "disk")

    assert all("not saved" in error for error in full["retries"])
    assert full["files"] <= 2


def test_a_sign_off_stands_and_says_so_when_its_copy_finds_no_room(tmp_path: Path) -> None:
    (told,) = _on_a_small_disk("40k", tmp_path, "sign")

    assert told["read"] == told["said"]
    assert len(told["said"]) == 3
    assert "No space left" in told["unpublished"]
    assert told["left"] == []


def _on_a_small_disk(size: str, folder: Path, what: str) -> list[dict[str, Any]]:
    disk = folder / "disk"
    disk.mkdir()
    own = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", _OWN_DISK, size, str(disk)]
    if subprocess.run([*own, "true"], capture_output=True).returncode:
        pytest.skip("this system lets nobody mount a small disk; a limit on the size of files is tested above")
    return _told([*own, sys.executable, "-m", "tests.fire.filling", what, str(disk)], folder)


def _told(command: list[str], roomy: Path | None = None) -> list[dict[str, Any]]:
    environment = {**os.environ, "ROOMY": str(roomy)}
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
