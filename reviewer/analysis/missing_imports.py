"""Which modules and names of an import are not there: in the library, the repository, or an installed package."""

import ast
from collections.abc import Iterator

from reviewer.analysis import stdlib
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.installed import exists, is_missing, offered, offered_by, place_of
from reviewer.analysis.known_libraries import NAMES
from reviewer.analysis.meant_names import lacks, suggestion

_Fault = tuple[str, Severity | None]


def import_faults(node: ast.Import | ast.ImportFrom, file: ChangedFile) -> Iterator[_Fault]:
    """Yield the modules and names of an import that are not there."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield from _module_missing(alias.name, file)
        return
    name = node.module or ""
    known = stdlib.module(name) if not node.level else None
    if not node.level and known is None:
        yield from _module_missing(name, file)
    for alias in node.names:
        if alias.name == "*" or alias.name.startswith("_"):
            continue
        if known is not None:
            is_known = alias.name in known or stdlib.module(f"{name}.{alias.name}") is not None
            if not is_known and not stdlib.has_unlisted(name, alias.name):
                yield lacks(name, alias.name, known), None
        elif not node.level and name in NAMES:
            if alias.name not in NAMES[name]:
                yield lacks(name, alias.name, NAMES[name]), None
        else:
            yield from _not_offered(node, alias.name, file)


def not_installed(module: str, name: str, file: ChangedFile) -> Iterator[_Fault]:
    """Check a name against an installed package; where the program runs, another version may be."""
    names = offered_by(module, file.project.site)
    if names is not None and name not in names:
        yield f"`{module}` as installed here has no `{name}`{suggestion(module, name, names)}", Severity.MEDIUM


def _module_missing(name: str, file: ChangedFile) -> Iterator[_Fault]:
    top = name.partition(".")[0]
    if stdlib.module(top) is not None and "." in name:
        owner, _, last = name.rpartition(".")
        things = stdlib.module(owner)
        is_unknown = stdlib.module(name) is None and things is not None and last not in things
        is_own = bool(file.project.names) and exists(top, file.project)
        if is_unknown and not last.startswith("_") and not is_own:
            yield lacks(owner, last, things), None
        return
    place = place_of(file.name, 0, name, file.project)
    if place is not None and not exists(place, file.project):
        yield f"the repository has no module `{name}`", None
    elif place is None and "." in name and is_missing(name, file.project.site):
        yield f"the package installed here has no module `{name}`", Severity.MEDIUM


def _not_offered(node: ast.ImportFrom, name: str, file: ChangedFile) -> Iterator[_Fault]:
    """Check a name against the module of the repository, or the package, that it is imported from."""
    project, module = file.project, node.module or ""
    place = place_of(file.name, node.level, module, project)
    if place is None and not node.level and module:
        yield from not_installed(module, name, file)
    if place is None or not project.names:
        return
    shown = "." * node.level + module
    if not exists(place, project):
        yield f"the repository has no module `{shown}`", None
        return
    names = offered(place, project)
    if names is not None and name not in names and not exists(f"{place}/{name}", project):
        yield lacks(shown, name, names), None
