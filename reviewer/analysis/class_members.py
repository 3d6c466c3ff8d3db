"""What attributes a class of a file has, if it shows them all, and those of builtin types.

Knows nothing of classes with bases, decorators or metaclasses from elsewhere, and of those that are parts of others.
"""

import ast
import builtins
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from reviewer.analysis import stdlib
from reviewer.analysis.regex import regex
from reviewer.analysis.source import nodes_in
from reviewer.analysis.tree import dotted, methods_of, tree_of

_MOST_CLASSES = 60
_OF_OBJECTS = frozenset(name for kind in (object, Exception) for name in dir(kind))
# By its name a part of other classes, which bring what it uses.
_PART = regex(r".*(Mixin|Base|Abstract|Interface).*|I[A-Z].*")


@lru_cache(maxsize=1024)
def members_of_class(owner: ast.ClassDef, module: ast.Module) -> frozenset[str] | None:
    """Return the attributes of a class whose bases are all in this file; None if it may have others.

    What its heirs here give themselves, the class may count on. One that makes nothing of its own is a part
    of other classes, which bring the rest.
    """
    if _PART.fullmatch(owner.name):
        return None
    classes, heirs = _classes_of(module)
    found: set[str] = set(_OF_OBJECTS)
    todo, seen = [owner], set[ast.ClassDef]()
    while todo:
        node = todo.pop()
        if node in seen:
            continue
        seen.add(node)
        bases = [dotted(base) or "?" for base in node.bases]
        is_odd = bool(node.keywords or node.decorator_list) or classes.get(node.name) is not node
        members = _own_members(node) if not is_odd and len(seen) < _MOST_CLASSES else None
        if members is None or any(base not in classes and base not in ("object", "Exception") for base in bases):
            return None
        found |= members
        todo += [classes[base] for base in bases if base in classes]
        todo += heirs.get(node.name, ())
    return frozenset(found) if any("__init__" in methods_of(each) for each in seen) else None


@cache
def builtin_members(name: str) -> frozenset[str] | None:
    """Return what a builtin type has, here or in any version the table lists."""
    kind = getattr(builtins, name, None)
    own = frozenset(dir(kind)) if isinstance(kind, type) else None
    listed = stdlib.members("builtins", name)
    return own | (listed or frozenset()) if own is not None else listed


@lru_cache(maxsize=8)
def _classes_of(module: ast.Module) -> tuple[Mapping[str, ast.ClassDef], Mapping[str, Sequence[ast.ClassDef]]]:
    """Return the module's classes by a name no other class has, and by the name of a base."""
    every = list(tree_of(module).nodes(ast.ClassDef))
    counted = Counter(node.name for node in every)
    unique = {node.name: node for node in module.body if isinstance(node, ast.ClassDef) and counted[node.name] == 1}
    heirs: defaultdict[str, list[ast.ClassDef]] = defaultdict(list)
    for node in every:
        for base in node.bases:
            heirs[dotted(base) or ""].append(node)
    return unique, heirs


@lru_cache(maxsize=1024)
def _own_members(owner: ast.ClassDef) -> set[str] | None:
    found: set[str] = set()
    for part in nodes_in(owner):
        match part:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                if name in ("__getattr__", "__getattribute__"):
                    return None
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.alias(name=name, asname=other):
                found.add(other or name)
            case ast.Call(func=ast.Name("setattr" | "vars" | "exec")) | ast.Attribute(attr="__dict__" | "__setattr__"):
                return None
            case ast.Constant(value=str(text)) if text.isidentifier():
                found.add(text)  # in `__slots__`, or for `getattr`
    return found
