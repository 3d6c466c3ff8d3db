import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
SHIPPED = {path.name for path in (ROOT / "checklists").glob("*.toml")}
ASK = """
from pathlib import Path
import reviewer
from reviewer.checklist import built_in_checklists
from reviewer.checklist.load import shipped_folder
print(shipped_folder(Path(reviewer.__file__).parent))
print(*(checklist.id for checklist in built_in_checklists()))
"""


def run(*arguments: str, cwd: Path, python_path: Path | None = None) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if python_path is not None:
        environment["PYTHONPATH"] = str(python_path)
    done = subprocess.run([sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    offline = ("--isolated", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation")
    run("-m", "pip", "wheel", *offline, "--no-cache-dir", "-w", str(folder), ".", cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_the_wheel_carries_a_checklist_inside_the_package(wheel: Path, name: str):
    with ZipFile(wheel) as archive:
        packed = archive.read(f"reviewer/checklists/{name}")

    assert packed == (ROOT / "checklists" / name).read_bytes()


def test_the_wheel_carries_the_markers_of_agents(wheel: Path):
    with ZipFile(wheel) as archive:
        assert "reviewer/provenance/markers.toml" in archive.namelist()


@pytest.mark.parametrize("name", ["git-reviewer.1", "reviewer.1"])
def test_an_installation_puts_the_manual_page_where_man_looks(wheel: Path, name: str):
    with ZipFile(wheel) as archive:
        (page,) = [entry for entry in archive.namelist() if entry.endswith(f".data/data/share/man/man1/{name}")]

        assert archive.read(page) == (ROOT / "man" / name).read_bytes()


def test_the_wheel_carries_each_checklist_once(wheel: Path):
    with ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if "checklists/" in name]

    assert sorted(names) == sorted(f"reviewer/checklists/{name}" for name in SHIPPED)


def test_an_installed_program_finds_its_checklists_inside_the_package(wheel: Path, tmp_path: Path):
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    with ZipFile(wheel) as archive:
        archive.extractall(site)

    folder, ids = run("-P", "-c", ASK, cwd=elsewhere, python_path=site).splitlines()

    assert folder == str(site / "reviewer" / "checklists")
    assert ids.split()[0] == "nine-point"
    assert {f"{name}.toml" for name in ids.split()} == SHIPPED


def test_a_checkout_finds_its_checklists_beside_the_package(tmp_path: Path):
    folder, ids = run("-P", "-c", ASK, cwd=tmp_path, python_path=ROOT).splitlines()

    assert folder == str(ROOT / "checklists")
    assert {f"{name}.toml" for name in ids.split()} == SHIPPED
