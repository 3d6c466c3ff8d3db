"""What the standard library offers, in all its versions at once: read from a table, so that nothing is imported.

A name the table does not have was never there under that name, or only by accident.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from sysconfig import get_path

# Bases that add no members of their own, or only special ones.
_EMPTY = frozenset({"ABC", "Hashable", "Sized", "Awaitable", "Iterable", "Container", "Collection"}) | {
    "PathLike",
    "SupportsIndex",
}
_DEEPEST = 12
_LARGEST_SOURCE = 400_000


@dataclass(frozen=True, slots=True)
class Thing:
    """`keywords` is None where nobody knows what a call takes; only classes have `bases`.

    `**` among the keywords stands for any, `*` among the members too.
    """

    keywords: frozenset[str] | None
    bases: tuple[str, ...] | None = None
    members: frozenset[str] = frozenset()

    @property
    def is_class(self) -> bool:
        return self.bases is not None


@cache
def module(name: str) -> Mapping[str, Thing] | None:
    """Return the names a module offers; None if the standard library has no such module or nobody can list it."""
    table = _table()
    start = table.find(f"\n={name}\n")
    if start < 0:
        return None
    start += len(name) + 3
    end = table.find("\n=", start - 1)
    things: dict[str, Thing] = {}
    last = ""
    for line in table[start : end if end >= 0 else None].splitlines():
        if line.startswith("."):
            thing = things[last]
            things[last] = Thing(thing.keywords, thing.bases, frozenset(line[1:].split(" ")))
        elif line == "*":
            return None
        else:
            last, thing = _thing(line)
            things[last] = thing
    return things


def members(module_name: str, class_name: str, *, depth: int = 0) -> frozenset[str] | None:
    """Return the public attributes of a class and its bases; None if nobody can list them."""
    thing = (module(module_name) or {}).get(class_name)
    if thing is None or thing.bases is None or "*" in thing.members or depth > _DEEPEST:
        return None
    found = thing.members
    for base in thing.bases:
        if base in _EMPTY:
            continue
        owner, _, name = base.rpartition(".")
        places = (owner,) if owner else (module_name, "builtins", "typing", "collections.abc")
        inherited = next(
            (known for place in places if (known := members(place, name, depth=depth + 1)) is not None), None
        )
        if inherited is None:
            return None
        found |= inherited
    return found


@cache
def has_unlisted(module_name: str, name: str) -> bool:
    """True if this interpreter's own source of the module defines a name that no documentation lists."""
    stem = Path(get_path("stdlib")).joinpath(*module_name.split("."))
    for path in (stem.with_suffix(".py"), stem / "__init__.py"):
        try:
            if path.stat().st_size > _LARGEST_SOURCE:
                return True
            text = path.read_text("utf-8")
        except OSError:
            continue
        stars = re.findall(r"^\s*from (\w+) import \*", text, re.MULTILINE)
        if any(name in (module(star) or {}) for star in stars):
            return True
        word = re.escape(name)
        bound = rf"^\s*(?:(?:async )?def|class)\s+{word}\b|^\s*{word}\s*[=:]|import[^#\n]*\b{word}\b"
        return re.search(bound, text, re.MULTILINE) is not None
    return False


@cache
def _table() -> str:
    return files("reviewer.analysis").joinpath("stdlib.txt").read_text("utf-8")


def _thing(line: str) -> tuple[str, Thing]:
    """Read `name`, `name(a,b)` or `Name(a,b):Base,Base`."""
    rest, colon, bases = line.partition(":")
    name, bracket, keywords = rest.partition("(")
    known = frozenset(keywords.removesuffix(")").split(",")) - {""} if bracket else None
    return name, Thing(known, tuple(bases.split(",")) if bases else () if colon else None)
