from pathlib import Path

import pytest

from reviewer.analysis.finding import Finding, Severity
from reviewer.inspection.here import inspect_here
from reviewer.inspection.job import Job
from reviewer.inspection.site import InstalledPackages, installed_packages
from tests.scratch import Scratch


@pytest.fixture
def site(scratch: Scratch) -> Path:
    """A project with a virtual environment that has two packages."""
    scratch.commit({".gitignore": ".venv/\n"})
    site = scratch.folder / ".venv" / "lib" / "python3.11" / "site-packages"
    (site / "teapot").mkdir(parents=True)
    (scratch.folder / ".venv" / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (site / "teapot" / "__init__.py").write_text("from teapot.brewing import brew\n\nVERSION = 1\n")
    (site / "teapot" / "brewing.py").write_text("def brew(tea):\n    return tea\n")
    (site / "dynamic").mkdir()
    (site / "dynamic" / "__init__.py").write_text("def __getattr__(name):\n    return name\n")
    return site


def _flags(scratch: Scratch, text: str) -> list[Finding]:
    scratch.write("shop.py", text)
    found = inspect_here(Job(scratch.diff(), scratch.repository))
    return [finding for findings in found for finding in findings if finding.rule == "hallucinated-api"]


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    "text",
    [
        "from teapot import steep\n",
        "from teapot.brewing import steep\n",
        "import teapot.steeping\n",
        "import teapot\n\nteapot.steep('green')\n",
    ],
)
def test_what_an_installed_package_does_not_have_is_flagged(scratch: Scratch, text: str) -> None:
    (flag,) = _flags(scratch, text)

    assert flag.severity is Severity.MEDIUM
    assert "installed here has no" in flag.message


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    "text",
    [
        "from teapot import VERSION, brew, brewing\n",
        "import teapot.brewing\n\nteapot.brew('green')\n",
        "try:\n    from teapot import steep\nexcept ImportError:\n    steep = None\n",
        "from dynamic import anything\n",
        "import dynamic\n\ndynamic.anything()\n",
        "from elsewhere import anything\n",
        "import teapot\n\nteapot.steep = print\nteapot.steep()\n",
    ],
)
def test_what_it_has_or_may_have_is_not(scratch: Scratch, text: str) -> None:
    assert _flags(scratch, text) == []


def test_nothing_of_a_package_is_run(scratch: Scratch, site: Path) -> None:
    (site / "teapot" / "__init__.py").write_text(f"open({str(scratch.folder / 'sprung')!r}, 'w')\n")

    assert _flags(scratch, "from teapot import steep\n")
    assert not (scratch.folder / "sprung").exists()


def test_a_link_that_leads_out_of_the_packages_is_not_followed(site: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("a = 1\n")
    (site / "linked.py").symlink_to(tmp_path / "secret.py")
    packages = InstalledPackages(site)

    assert packages.text("linked.py") is None
    assert packages.text("../../../../../secret.py") is None
    assert packages.text("teapot/brewing.py") is not None


def test_an_environment_of_another_project_says_nothing(scratch: Scratch, site: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    assert installed_packages(elsewhere, {"VIRTUAL_ENV": str(scratch.folder / ".venv")}) is None
    assert installed_packages(scratch.folder, {}) is not None
    assert installed_packages(None, {}) is None


def test_the_state_differs_when_a_package_comes(site: Path) -> None:
    before = InstalledPackages(site).state()
    (site / "kettle").mkdir()

    assert InstalledPackages(site).state() != before
