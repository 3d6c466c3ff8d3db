"""The packages installed for a project: those in its own virtual environment, read as files and nothing else."""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_FOLDERS = (".venv", "venv", "env")
_LARGEST = 1_000_000
_MOST_ENTRIES = 5_000


class InstalledPackages:
    """`root` is a `site-packages`; nothing outside it is read, wherever a link in it leads."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._entries = cache(self._list)

    def state(self) -> bytes:
        """Return what stands for all the packages: it differs when one is installed or removed."""
        return f"{self._root}:{self._root.stat().st_mtime_ns}".encode("utf-8", "surrogateescape")

    def entries(self, folder: str) -> frozenset[str]:
        return self._entries(folder)

    def text(self, path: str) -> bytes | None:
        file = self._inside(path)
        try:
            if file is None or not file.is_file() or file.stat().st_size > _LARGEST:
                return None
            return file.read_bytes()
        except OSError:
            return None

    def _list(self, folder: str) -> frozenset[str]:
        place = self._inside(folder)
        try:
            names = os.listdir(place) if place is not None else []  # noqa: PTH208 - names are all that is wanted
        except OSError:
            return frozenset()
        return frozenset(names) if len(names) <= _MOST_ENTRIES else frozenset()

    def _inside(self, path: str) -> Path | None:
        file = (self._root / path).resolve()
        return file if file.is_relative_to(self._root) else None


def installed_packages(top: Path | None, environment: Mapping[str, str] = os.environ) -> InstalledPackages | None:
    """Return the packages of the project's virtual environment: the one in force if it lies in the project,
    else the one that lies at its top; None if there is none.
    """
    if top is None:
        return None
    active = environment.get("VIRTUAL_ENV")
    places = [Path(active)] if active and Path(active).resolve().is_relative_to(top.resolve()) else []
    for place in (*places, *(top / folder for folder in _FOLDERS)):
        if (place / "pyvenv.cfg").is_file():
            found = sorted(place.glob("lib/python3.*/site-packages")) or sorted(place.glob("Lib/site-packages"))
            if found:
                return InstalledPackages(found[-1])
    return None
