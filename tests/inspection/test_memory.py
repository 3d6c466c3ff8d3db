import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from reviewer.analysis.finding import Finding
from reviewer.inspection.here import inspect_here
from reviewer.inspection.job import Job
from reviewer.inspection.memory import Kept, Memory, memory_for
from tests.scratch import Scratch

FAULTY = "import requests\n\n\ndef _pay(url):\n    return requests.get(url)\n"


@pytest.fixture
def job(scratch: Scratch) -> Job:
    scratch.commit({"pay.py": "", "gone.py": "x = 1\n"})
    scratch.write("pay.py", FAULTY)
    (scratch.folder / "gone.py").unlink()
    return Job(scratch.diff(), scratch.repository)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "cache" / "findings.db", b"here")


def _found(job: Job, memory: Memory) -> list[Finding]:
    return [finding for findings in inspect_here(job, memory) for finding in findings]


def test_what_was_found_once_is_found_again(job: Job, memory: Memory) -> None:
    first = _found(job, memory)

    assert [finding.rule for finding in first] == ["missing-timeout"]
    assert memory.knows(job.files)
    assert _found(job, memory) == first


def test_what_is_remembered_needs_no_rules(scratch: Scratch, job: Job) -> None:
    script = (
        "import sys\nfrom reviewer.entry import main\nsys.argv = ['reviewer', 'scan', '--worktree']\n"
        "try:\n    main()\nfinally:\n    print('libcst' in sys.modules, file=sys.stderr)\n"
    )

    first, second = (
        subprocess.run([sys.executable, "-c", script], cwd=scratch.folder, capture_output=True, text=True)
        for _ in range(2)
    )

    assert job.diff.files
    assert "missing-timeout" in first.stdout
    assert first.stdout == second.stdout
    assert (first.stderr.splitlines()[-1], second.stderr.splitlines()[-1]) == ("True", "False")


def test_another_text_is_another_question(job: Job, memory: Memory, scratch: Scratch) -> None:
    _found(job, memory)
    scratch.write("pay.py", FAULTY.replace("(url)\n", "(url, timeout=LIMIT)\n"))

    changed = Job(scratch.diff(), scratch.repository)

    assert not memory.knows(changed.files)
    assert "missing-timeout" not in [finding.rule for finding in _found(changed, memory)]


def test_an_answer_that_asked_for_what_is_around_is_good_there_only(job: Job, tmp_path: Path) -> None:
    place = tmp_path / "findings.db"
    here, elsewhere = Memory(place, b"here"), Memory(place, b"elsewhere")
    key = here.key_of_file(job.files[0])

    here.keep([Kept(key, (), has_asked=True)])

    assert here.recall([key]) == {key: ()}
    assert elsewhere.recall([key]) == {}


def test_a_file_whose_text_has_no_id_is_not_remembered(job: Job, memory: Memory) -> None:
    file = next(file for file in job.files if file.new_path is not None)

    assert memory.key_of_file(file) is not None
    assert memory.key_of_file(replace(file, new_oid=None)) is None


def test_a_damaged_memory_is_thrown_away_and_the_rules_run(job: Job, tmp_path: Path) -> None:
    place = tmp_path / "findings.db"
    place.write_bytes(b"no database" * 1000)

    found = _found(job, Memory(place, b"here"))

    assert [finding.rule for finding in found] == ["missing-timeout"]
    assert not place.exists()


def test_a_memory_that_cannot_be_written_does_no_harm(job: Job, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    found = _found(job, Memory(tmp_path / "file" / "findings.db", b"here"))

    assert [finding.rule for finding in found] == ["missing-timeout"]


def test_only_the_user_can_read_the_memory(job: Job, memory: Memory, tmp_path: Path) -> None:
    _found(job, memory)

    assert (tmp_path / "cache").stat().st_mode & 0o077 == 0


def test_a_patch_is_not_remembered_for_its_ids_prove_nothing(job: Job) -> None:
    assert not memory_for(replace(job, is_patch=True)).knows(job.files)
    assert memory_for(replace(job, is_patch=True)).key_of_file(job.files[0]) is None


def test_the_state_of_the_working_tree_differs_when_any_file_does(job: Job, scratch: Scratch) -> None:
    surroundings = job.surroundings
    assert surroundings is not None
    before = surroundings.state()
    scratch.write("notes.txt", "new")

    assert surroundings.state() != before
