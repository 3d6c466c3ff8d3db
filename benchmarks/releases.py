"""Releases of packages as commits, one repository each: histories to try reviews on. Needs a package registry.

Wheels, because unpacking one runs nothing of the package; so there are no tests in them, only the code.
"""

import argparse
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from benchmarks.environment import isolated_environment

RELEASES = {
    "attrs": ("22.2.0", "23.1.0", "23.2.0", "24.2.0", "24.3.0", "25.3.0"),
    "black": ("23.1.0", "23.7.0", "23.12.1", "24.2.0", "24.10.0", "25.1.0"),
    "click": ("8.0.4", "8.1.3", "8.1.8", "8.2.0", "8.2.1", "8.3.0"),
    "flask": ("2.1.3", "2.2.5", "2.3.3", "3.0.3", "3.1.0", "3.1.1"),
    "httpx": ("0.23.3", "0.24.1", "0.25.2", "0.26.0", "0.27.2", "0.28.1"),
    "jinja2": ("2.11.3", "3.0.3", "3.1.2", "3.1.4", "3.1.6"),
    "pip": ("22.3.1", "23.1.2", "23.3.2", "24.0", "24.2", "25.0"),
    "pytest": ("7.2.2", "7.4.4", "8.0.2", "8.1.2", "8.2.2", "8.3.5"),
    "requests": ("2.28.2", "2.30.0", "2.31.0", "2.32.3", "2.32.5"),
    "rich": ("12.6.0", "13.3.5", "13.6.0", "13.9.4", "14.0.0", "14.1.0"),
    "starlette": ("0.27.0", "0.32.0", "0.37.2", "0.41.3", "0.46.2", "0.48.0"),
    "textual": ("4.0.0", "5.3.0", "6.2.1", "6.5.0"),
    "urllib3": ("1.26.18", "2.0.7", "2.1.0", "2.2.3", "2.3.0", "2.5.0"),
    "django": ("4.2", "5.0"),
    "werkzeug": ("2.1.2", "2.2.3", "2.3.8", "3.0.6", "3.1.3"),
}
_KEPT = (".py", ".pyi", ".css", ".tcss", ".html", ".txt", ".md", ".rst", ".toml", ".json", ".typed")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.releases", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the repositories are made; those already there stay")
    parser.add_argument("--only", nargs="+", choices=RELEASES, default=list(RELEASES), metavar="PACKAGE")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="reviewer-benchmark-") as name:
        environment = isolated_environment(Path(name))
        for package in options.only:
            if not (options.folder / package).exists():
                lay(package, RELEASES[package], options.folder / package, Path(name), environment)


def lay(package: str, versions: tuple[str, ...], folder: Path, scratch: Path, environment: Mapping[str, str]) -> None:
    """Make a repository with a commit for each of the releases; one that cannot be had is left out."""
    _git(scratch, environment, "init", "--quiet", "--initial-branch=main", str(folder.resolve()))
    for version in versions:
        archive = _download(package, version, scratch)
        if archive is None:
            print(f"{package} {version}: no such wheel; left out")
            continue
        _git(folder, environment, "rm", "-r", "--quiet", "--ignore-unmatch", ".")
        _unpack(archive, folder)
        _git(folder, environment, "add", "--all", "--force")
        _git(folder, environment, "commit", "--quiet", "--allow-empty", "--message", f"{package} {version}")
        print(f"{package} {version}")


def _download(package: str, version: str, scratch: Path) -> Path | None:
    place = scratch / f"{package}-{version}"
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:")
    # Only a wheel for all platforms has the code as it was written.
    command = [*pip, "--platform", "any", "--dest", str(place), f"{package}=={version}"]
    done = subprocess.run(command, check=False, stderr=subprocess.DEVNULL)
    return None if done.returncode else next(place.glob("*.whl"))


def _unpack(archive: Path, folder: Path) -> None:
    with ZipFile(archive) as wheel:
        for name in wheel.namelist():
            # What the build wrote is no text anybody reviews, and names the release in the path.
            if name.endswith(_KEPT) and ".dist-info/" not in name:
                wheel.extract(name, folder)


def _git(folder: Path, environment: Mapping[str, str], *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, env=environment, check=True)


if __name__ == "__main__":
    main()
