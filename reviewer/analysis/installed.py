"""What the modules of the repository and its installed packages offer, read from their text: nothing runs.

Knows nothing of a module that may offer any name, and of those that are in neither.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath

from reviewer.analysis.project import Project, Site
from reviewer.analysis.scopes import scopes_of
from reviewer.analysis.source import DoesNotParse, read_source

_ROOTS = ("", "src/", "lib/", "python/")
# Files that a build makes are in no commit.
_MADE = ("_version", "version", "__version__", "_build", "build_info", "_generated", "generated")
_OTHER_SUFFIXES = (".so", ".pyx", ".pyd", ".pyi", ".pxd", ".c", ".cpp", ".rs", ".in", ".tmpl", ".proto", ".j2")


def place_of(path: str, level: int, name: str, project: Project) -> str | None:
    """Return the folder and stem a module has by its import in the file `path`, whether or not it exists.

    None for what does not begin in the repository: only a package with an `__init__.py` here is surely its own.
    """
    tail = name.replace(".", "/")
    if level:
        folder = PurePosixPath(path)
        for _ in range(level):
            folder = folder.parent
        return str(folder / tail) if tail else str(folder)
    top = name.partition(".")[0]
    for root in _ROOTS:
        if f"{root}{top}/__init__.py" in project.names:
            return root + tail
    return None


def exists(place: str, project: Project) -> bool:
    """True if the repository has the module or package, or may come to have it by a build."""
    stem = PurePosixPath(place).name
    if not project.names or stem in _MADE or stem.endswith(("_pb2", "_pb2_grpc", "_ext", "_cython")):
        return True
    if place == "." or any(f"{place}{suffix}" in project.names for suffix in (".py", "/__init__.py", *_OTHER_SUFFIXES)):
        return True
    return any(name.startswith((f"{place}/", f"{place}.")) for name in project.names)


def offered(place: str, project: Project) -> frozenset[str] | None:
    """Return the names that can be imported from a module of the repository; None if nobody can list them."""
    package = f"{place}/__init__.py"
    path = next((path for path in (f"{place}.py", package) if path in project.names), None)
    if path is None:
        return None
    text = project.texts([path]).get(path)
    names = _bound(text) if text is not None else None
    return names | frozenset(_submodules(place, project)) if names is not None and path == package else names


def is_missing(module: str, site: Site) -> bool:
    """True if a package is installed that would have to hold the module, and does not."""
    folder, *parts = module.split(".")
    for part in parts:
        entries = site.entries(folder)
        # What has no list of its names may make modules while it runs.
        if "__init__.py" not in entries or _bound_in(f"{folder}/__init__.py", site) is None:
            return False
        if part not in entries:
            stems = {entry.partition(".")[0] for entry in entries if entry.endswith((".py", *_OTHER_SUFFIXES))}
            return part not in stems and part not in (_bound_in(f"{folder}/__init__.py", site) or ())
        folder = f"{folder}/{part}"
    return False


def offered_by(module: str, site: Site) -> frozenset[str] | None:
    """Return the names that can be imported from an installed module; None if nobody can list them."""
    place = module.replace(".", "/")
    above, _, last = place.rpartition("/")
    entries = site.entries(place)
    if "__init__.py" in entries:
        names = _bound_in(f"{place}/__init__.py", site)
        return None if names is None else names | {entry.partition(".")[0] for entry in entries}
    return _bound_in(f"{place}.py", site) if f"{last}.py" in site.entries(above) else None


def _bound_in(path: str, site: Site) -> frozenset[str] | None:
    text = site.text(path)
    return None if text is None else _bound(text)


def _submodules(place: str, project: Project) -> Iterator[str]:
    for name in project.names:
        if name.startswith(f"{place}/"):
            yield name[len(place) + 1 :].partition("/")[0].partition(".")[0]


@lru_cache(maxsize=64)
def _bound(text: bytes) -> frozenset[str] | None:
    try:
        scopes = scopes_of(read_source(text).tree)
    except DoesNotParse:
        return None
    names = frozenset(scopes.module.bindings)
    return None if scopes.has_stars or scopes.is_open or "__getattr__" in names else names
