"""A file's `ast` nodes by type and by parent, found in one walk for all the rules that read whole files.

Also where a node stands in git's lines, and what its names stand for once imports are resolved.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.source import Source, children_of, nodes_in

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES = (*FUNCTIONS, ast.ClassDef, ast.Lambda)
Node = TypeVar("Node", bound=ast.AST)
_LONGEST_QUOTE = 40


@dataclass(frozen=True, slots=True)
class Tree:
    """`every` node in reading order, and `kinds` the same by type; operators and contexts are left out."""

    every: Sequence[ast.AST]
    kinds: Mapping[type[ast.AST], Sequence[ast.AST]]
    parents: Mapping[ast.AST, ast.AST]

    def nodes(self, *types: type[Node]) -> Iterator[Node]:
        for kind in types:
            for node in self.kinds.get(kind, ()):
                if isinstance(node, kind):
                    yield node

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the node's ancestors, nearest first."""
        parent = self.parents.get(node)
        while parent is not None:
            yield parent
            parent = self.parents.get(parent)

    def scope(self, node: ast.AST) -> ast.AST | None:
        """Return the function, lambda or class the node stands in, None at module level."""
        return next((parent for parent in self.above(node) if isinstance(parent, SCOPES)), None)

    def function(self, node: ast.AST) -> Function | None:
        """Return the nearest function around the node, whether or not a class lies between."""
        return next((parent for parent in self.above(node) if isinstance(parent, FUNCTIONS)), None)


@lru_cache(maxsize=8)
def tree_of(module: ast.Module) -> Tree:
    """Walk a parsed file once; the last few are remembered."""
    every: list[ast.AST] = []
    kinds: defaultdict[type[ast.AST], list[ast.AST]] = defaultdict(list)
    parents: dict[ast.AST, ast.AST] = {}
    stack: list[ast.AST] = [module]
    while stack:
        node = stack.pop()
        every.append(node)
        kinds[type(node)].append(node)
        if inner := children_of(node):
            parents.update(dict.fromkeys(inner, node))
            stack.extend(reversed(inner))
    return Tree(every, dict(kinds), parents)


@lru_cache(maxsize=1024)
def methods_of(owner: ast.ClassDef) -> Mapping[str, Sequence[Function]]:
    """Return the methods of a class by name; one that a test or a `try` defines counts twice."""
    found: defaultdict[str, list[Function]] = defaultdict(list)
    for part in owner.body:
        if isinstance(part, FUNCTIONS):
            found[part.name].append(part)
        elif isinstance(part, (ast.If, ast.Try)):
            for inner in own(part):
                if isinstance(inner, FUNCTIONS):
                    found[inner.name].extend([inner, inner])
    return dict(found)


@lru_cache(maxsize=1024)
def names_stored(owner: ast.ClassDef) -> frozenset[str]:
    """Return what is assigned anywhere in a class, as a name or as an attribute of anything."""
    names = {part.id for part in nodes_in(owner) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    attributes = (part for part in nodes_in(owner) if isinstance(part, ast.Attribute))
    return frozenset(names | {part.attr for part in attributes if isinstance(part.ctx, ast.Store)})


def below(*roots: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes and all that is in them, in reading order."""
    stack = list(reversed(roots))
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children_of(node)))


def own(*roots: ast.AST) -> Iterator[ast.AST]:
    """Yield like `below`, but nothing from inside the functions, lambdas and classes defined there."""
    stack = list(reversed(roots))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, SCOPES):
            stack.extend(reversed(children_of(node)))


def added_line(node: ast.AST, source: Source, file: ChangedFile) -> int | None:
    """Return the first line of the node that the change added, as git counts; None if it touches none."""
    first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", None)
    if not first:
        return None
    lines = source.numbers[first - 1 : last or first]
    return next((line for line in lines if line in file.added), None)


def head_line(node: ast.AST, source: Source, file: ChangedFile) -> int | None:
    """Return the line the node begins on, if the change added it."""
    place = getattr(node, "lineno", 0)
    line = source.numbers[place - 1] if place else 0
    return line if line in file.added else None


def dotted(node: ast.AST | None) -> str | None:
    """Return `a.b.c` for names and attributes of names, None for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    parts.append(node.id)
    return ".".join(reversed(parts))


def full_name(node: ast.AST | None, source: Source) -> str | None:
    """Return the dotted name with its import resolved: `r.get` as `requests.get`."""
    name = dotted(node)
    if name is None:
        return None
    first, _, rest = name.partition(".")
    origin = source.imports.get(first, first)
    return f"{origin}.{rest}" if rest else origin


def is_imported(node: ast.AST | None, source: Source) -> bool:
    """True if the expression's first name came in by an import anywhere in the file."""
    name = dotted(node)
    return name is not None and name.partition(".")[0] in source.imports


def quote(node: ast.AST, *, longest: int = _LONGEST_QUOTE) -> str:
    """Return the node's code on one line, cut off where it is long."""
    try:
        code = " ".join(ast.unparse(node).split())
    except (ValueError, RecursionError):
        return "..."
    return code if len(code) <= longest else f"{code[: longest - 4]} ..."


def catches(node: ast.AST, kinds: frozenset[str], tree: Tree, source: Source) -> bool:
    """True if a `try` around the node, or `suppress`, catches one of the kinds or everything."""
    inner = node
    for parent in tree.above(node):
        if isinstance(parent, SCOPES):
            return False
        types: list[ast.expr | None] = []
        if isinstance(parent, ast.Try) and any(inner is statement for statement in parent.body):
            types = [handler.type for handler in parent.handlers]
        elif isinstance(parent, ast.With):
            calls = [item.context_expr for item in parent.items if isinstance(item.context_expr, ast.Call)]
            types = [kind for call in calls if (dotted(call.func) or "").endswith("suppress") for kind in call.args]
        for kind in types:
            each = kind.elts if isinstance(kind, ast.Tuple) else [kind]
            if any(one is None or full_name(one, source) in kinds for one in each):
                return True
        inner = parent
    return False


@lru_cache(maxsize=512)
def names_tested(function: ast.AST) -> frozenset[str]:
    """Return the dotted names, and what they are dotted parts of, that any test in the function mentions."""
    tests: list[ast.AST] = []
    for part in nodes_in(function):
        match part:
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) | ast.Assert(test=test):
                tests.append(test)
            case ast.BoolOp(values=[*first, _]):
                tests.extend(first)
            case ast.comprehension(ifs=conditions):
                tests.extend(conditions)
            case ast.Match(subject=subject):
                tests.append(subject)
    names = {name for test in tests for part in nodes_in(test) if (name := dotted(part)) is not None}
    return frozenset(names)
