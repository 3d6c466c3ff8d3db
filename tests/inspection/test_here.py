import asyncio
import gc
import shutil
from contextlib import aclosing
from pathlib import Path

import pytest

from reviewer.analysis.finding import Finding, Severity
from reviewer.diff.model import Diff
from reviewer.diff.patchfile import parse_patch_file
from reviewer.diff.written import MappedPatch
from reviewer.errors import CannotDetermine, ReviewerError
from reviewer.inspection.beside import inspect_beside
from reviewer.inspection.here import inspect_here
from reviewer.inspection.job import Job
from tests.scratch import Scratch

FAULTY = "import requests\n\n\ndef _pay(url):\n    return requests.get(url)\n"
SOUND = "import requests\n\n\ndef _pay(url, limit):\n    return requests.get(url, timeout=limit)\n"
# A name and a text that are no UTF-8, and a fault on a line of such text.
ODD_NAME, ODD_FAULT = b"caf\xe9.py", b"# coding: latin-1\nimport requests\nrequests.get('caf\xe9')\n"


def _here(job: Job) -> list[tuple[Finding, ...]]:
    return list(inspect_here(job))


def _found(job: Job) -> list[Finding]:
    return [finding for group in _here(job) for finding in group]


def _beside(job: Job) -> list[tuple[Finding, ...]]:
    async def collect() -> list[tuple[Finding, ...]]:
        async with aclosing(inspect_beside(job)) as arriving:
            return [findings async for findings in arriving]

    found = asyncio.run(collect())
    gc.collect()
    return found


def _seen(findings: list[tuple[Finding, ...]]) -> list[tuple[bytes, str, int]]:
    """Return what these tests are about, whatever else there is to say about the same lines."""
    flags = [(finding.path, finding.rule, finding.line) for group in findings for finding in group]
    return [flag for flag in flags if flag[1] in ("missing-timeout", "not-inspected")]


def _worktree_job(scratch: Scratch) -> Job:
    """Return the job of two files of the working tree with a fault each, one of them with odd bytes."""
    scratch.commit({"pay.py": SOUND})
    scratch.write("pay.py", FAULTY)
    scratch.write(ODD_NAME, ODD_FAULT)
    return Job(scratch.diff(), scratch.repository)


def test_rules_beside_find_the_same_in_a_patch_that_lies_in_a_file(scratch: Scratch) -> None:
    scratch.commit({"pay.py": SOUND})
    scratch.write("data.csv", "a line of no interest\n" * 60_000)
    scratch.write("pay.py", FAULTY)
    job = Job(scratch.diff(), scratch.repository)

    assert isinstance(job.diff.files[0].hunks[0].patch, MappedPatch)
    assert sorted(_seen(_beside(job))) == sorted(_seen(_here(job))) == [(b"pay.py", "missing-timeout", 5)]


def _patch_job(scratch: Scratch, before: str, after: str) -> Job:
    """Return the job of a patch taken here, without the ids of blobs, so that only its text is known."""
    scratch.commit({"pay.py": before})
    scratch.write("pay.py", after)
    patch = scratch.git("diff", "--no-ext-diff", "-U1")
    scratch.write("pay.py", before)
    text = b"".join(line for line in patch.splitlines(keepends=True) if not line.startswith(b"index "))
    return Job(parse_patch_file(text, "pay.patch"), scratch.repository, is_patch=True)


def test_a_fault_on_a_changed_line_is_found(scratch: Scratch) -> None:
    assert _seen(_here(_worktree_job(scratch))) == [(ODD_NAME, "missing-timeout", 3), (b"pay.py", "missing-timeout", 5)]


def test_another_process_finds_the_same_in_the_same_order(scratch: Scratch) -> None:
    job = _worktree_job(scratch)

    assert _beside(job) == _here(job) != []


def test_nothing_is_found_in_nothing() -> None:
    assert _beside(Job(Diff(()), None)) == _here(Job(Diff(()), None)) == [()]


def test_there_is_a_step_for_each_file_whatever_is_found_and_one_for_the_change(scratch: Scratch) -> None:
    job = _worktree_job(scratch)
    scratch.write("empty.txt", "nothing\n")
    steps = Job(scratch.diff(), scratch.repository)

    assert [len(_here(each)) for each in (job, steps)] == [job.steps, steps.steps] == [3, 4]


def test_findings_come_a_file_at_a_time(scratch: Scratch) -> None:
    groups = [group for group in _here(_worktree_job(scratch)) if _seen([group])]

    assert [{finding.path for finding in group} for group in groups] == [{ODD_NAME}, {b"pay.py"}]


def test_who_stops_listening_leaves_no_process_and_no_open_pipe(scratch: Scratch) -> None:
    job = _worktree_job(scratch)

    async def listen_once() -> tuple[Finding, ...]:
        async with aclosing(inspect_beside(job)) as arriving:
            return await anext(arriving)

    first = asyncio.run(listen_once())
    gc.collect()

    assert first == _here(job)[0]


@pytest.mark.parametrize("delay", [0.0, 0.002, 0.02, 0.2])
def test_who_is_cancelled_while_listening_leaves_no_process_and_no_open_pipe(scratch: Scratch, delay: float) -> None:
    job = _worktree_job(scratch)

    async def listen() -> None:
        async with aclosing(inspect_beside(job)) as arriving:
            async for _ in arriving:
                pass

    async def cancel_soon() -> None:
        task = asyncio.create_task(listen())
        await asyncio.sleep(delay)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel_soon())
    gc.collect()


def test_rules_that_cannot_do_their_work_say_so_in_either_process(scratch: Scratch) -> None:
    job = _worktree_job(scratch)
    shutil.rmtree(scratch.folder)

    with pytest.raises(CannotDetermine, match="no such folder"):
        _here(job)
    with pytest.raises(ReviewerError, match=r"the rules ended early, so flags are missing: .*no such folder"):
        _beside(job)


def test_a_module_of_the_folder_under_review_is_never_imported(
    scratch: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = _worktree_job(scratch)
    trap = f"import pathlib\npathlib.Path({str(scratch.folder / 'sprung')!r}).touch()\n"
    for name in ("json.py", "libcst.py", "reviewer.py", "sitecustomize.py"):
        scratch.write(name, trap)
    monkeypatch.chdir(scratch.folder)

    assert _beside(job) == _here(job)
    assert not (scratch.folder / "sprung").exists()


def test_a_patch_is_inspected_as_the_working_tree_with_its_hunks_applied(scratch: Scratch) -> None:
    job = _patch_job(scratch, SOUND, FAULTY)

    assert _seen(_here(job)) == [(b"pay.py", "missing-timeout", 5)]
    assert (scratch.folder / "pay.py").read_text() == SOUND


def test_in_a_patch_a_fault_that_was_there_before_is_not_found_again(scratch: Scratch) -> None:
    job = _patch_job(scratch, FAULTY, FAULTY.replace("def _pay", "def _paid"))

    assert _found(job) == []


def test_a_patch_that_does_not_fit_the_working_tree_is_said_not_to_be_inspected(scratch: Scratch) -> None:
    job = _patch_job(scratch, SOUND, FAULTY)
    scratch.write("pay.py", "# rewritten since\n")

    found = [finding for findings in _here(job) for finding in findings if finding.rule == "not-inspected"]

    assert [finding.severity for finding in found] == [Severity.INFO]


def test_without_a_repository_a_changed_file_is_said_not_to_be_inspected(scratch: Scratch) -> None:
    job = _patch_job(scratch, SOUND, FAULTY)

    assert _seen(_here(Job(job.diff, None, is_patch=True))) == [(b"pay.py", "not-inspected", 4)]


def test_without_a_repository_a_file_a_patch_adds_is_inspected(tmp_path: Path) -> None:
    added = b"".join(b"+%s\n" % line.encode() for line in FAULTY.splitlines())
    patch = b"--- /dev/null\n+++ b/pay.py\n@@ -0,0 +1,5 @@\n" + added

    assert _seen(_here(Job(parse_patch_file(patch, "new"), None))) == [(b"pay.py", "missing-timeout", 5)]


def test_more_files_than_are_read_at_once_are_all_inspected(scratch: Scratch) -> None:
    files = {b"f%03d.py" % number: FAULTY.encode() for number in range(70)}
    diff = scratch.diff_of_trees({}, files)

    found = _here(Job(diff, scratch.repository))

    assert {path for path, rule, _ in _seen(found) if rule == "missing-timeout"} == set(files)


def test_a_file_that_is_gone_and_one_that_is_binary_have_no_findings(scratch: Scratch) -> None:
    diff = scratch.diff_of_trees({b"gone.py": FAULTY.encode()}, {b"data.py": b"\0" + FAULTY.encode()})

    assert _found(Job(diff, scratch.repository)) == []
