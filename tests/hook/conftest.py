import subprocess
from pathlib import Path

import pytest

from tests.hook.pushing import Pushing, recorder
from tests.scratch import Scratch


@pytest.fixture
def pushing(scratch: Scratch, tmp_path: Path) -> Pushing:
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True)
    scratch.commit({"a.txt": "a\n"})
    scratch.git("remote", "add", "origin", str(remote))
    gate = recorder(tmp_path / "a b'c" / "$x" / "gate", tmp_path / "log" / "gate")
    return Pushing(scratch, remote, gate)
