"""A Python file as a family tree: what stands in what, which function runs a node, what made a value.

For rules that look at whole functions. Names resolve through the file's imports; what the file binds
itself hides a builtin of the same name. Follows values no further than one function, one class or the module.
"""

import ast
import builtins
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.source import Source, children_of, nodes_in
from reviewer.analysis.tree import tree_of

Function = ast.FunctionDef | ast.AsyncFunctionDef
Node = TypeVar("Node", bound=ast.AST)

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_BUILTINS = frozenset(dir(builtins))
# What only wraps a type: `Optional[Client]` is a Client here.
_WRAPPERS = frozenset({"Optional", "typing.Optional", "Annotated", "typing.Annotated", "Final", "typing.Final"})
_LONGEST_QUOTE = 45
# A name set more often than this says nothing.
_MOST_VALUES = 30


@dataclass(frozen=True, slots=True)
class Outline:
    source: Source
    parents: Mapping[ast.AST, ast.AST]
    kinds: Mapping[type[ast.AST], Sequence[ast.AST]]

    def every(self, kind: type[Node]) -> Sequence[Node]:
        """Return all nodes of one type, in reading order."""
        return [node for node in self.kinds.get(kind, ()) if isinstance(node, kind)]

    def added(self, file: ChangedFile, kind: type[Node]) -> Iterator[Node]:
        """Yield the nodes of one type that begin on a line the change added; of expressions, those that hold one."""
        return (node for node in self.every(kind) if self._is_touched(node, file))

    def _is_touched(self, node: ast.AST, file: ChangedFile) -> bool:
        first = self.line(node)
        if first in file.added or not isinstance(node, ast.expr):
            return first in file.added
        return any(line in file.added for line in self.source.numbers[node.lineno - 1 : node.end_lineno])

    def line(self, node: ast.AST) -> int:
        """Return the line a node begins on, as git counts."""
        return self.source.numbers[getattr(node, "lineno", 1) - 1]

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield what the node stands in, nearest first."""
        while (above := self.parents.get(node)) is not None:
            yield above
            node = above

    def above(self, node: ast.AST, *kinds: type[Node]) -> Node | None:
        """Return the nearest ancestor of one of the types within the same function or class."""
        for ancestor in self.ancestors(node):
            if isinstance(ancestor, kinds):
                return ancestor
            if isinstance(ancestor, _SCOPES):
                return None
        return None

    def statement(self, node: ast.AST) -> ast.stmt:
        """Return the statement a node stands in; the node itself if it is one."""
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    def scope(self, node: ast.AST) -> ast.AST:
        """Return the function, lambda, class or module whose body the node stands in.

        Decorators, annotations and default values belong to where the function is defined.
        """
        inner = node
        for ancestor in self.ancestors(node):
            if isinstance(ancestor, _SCOPES) and _is_in_body(inner, ancestor):
                return ancestor
            inner = ancestor
        return self.source.tree

    def function(self, node: ast.AST) -> Function | None:
        """Return the function whose body runs the node; None in a lambda, a class body or the module."""
        scope = self.scope(node)
        return scope if isinstance(scope, Function) else None

    def owner(self, node: ast.AST) -> ast.ClassDef | None:
        """Return the class of the method the node stands in, however deep."""
        return next((above for above in self.ancestors(node) if isinstance(above, ast.ClassDef)), None)

    def name(self, node: ast.AST) -> str:
        """Return the dotted name an expression stands for, imports resolved; empty for anything else."""
        first, dot, rest = dotted(node).partition(".")
        return self.source.imports.get(first, first) + dot + rest

    def known(self, node: ast.AST) -> str:
        """Return the resolved name of what was imported or is built in; empty for anything else."""
        first, _, rest = dotted(node).partition(".")
        if first in self.source.imports:
            return "" if self._is_local(first, node) else self.name(node)
        is_builtin = first in _BUILTINS and not rest and first not in bound_names(self.source.tree)
        return first if is_builtin and not self._is_local(first, node) else ""

    def made_by(self, node: ast.expr) -> str:
        """Return the resolved name of the call or type an object comes from; empty if that is not plain."""
        if isinstance(node, ast.Await):
            node = node.value
        if isinstance(node, ast.Call):
            return self.known(node.func)
        makers = {self._maker(value) for value in self.values(node)}
        return makers.pop() if len(makers) == 1 else ""

    def values(self, node: ast.AST) -> Sequence[ast.expr]:
        """Return what the function, the class or the module binds a name to; a parameter's type stands for it."""
        name = dotted(node)
        scope: ast.AST | None = self.source.tree
        if name.startswith("self."):
            scope = self.owner(node)
        elif name and name in bound_names(self.function(node)):
            scope = self.function(node)
        values = _bindings(scope).get(name, ()) if name and scope is not None else ()
        return values if len(values) <= _MOST_VALUES else ()

    def local_function(self, call: ast.Call) -> Function | None:
        """Return the one undecorated function of this file that a call by name or by `self` runs."""
        name = dotted(call.func)
        scope: ast.AST | None = self.source.tree if "." not in name else None
        if name.startswith("self."):
            scope = self.owner(call)
        elif name in bound_names(self.function(call)):
            scope = self.function(call)
        found = _functions_in(scope).get(name.removeprefix("self."), ()) if scope is not None else ()
        return found[0] if len(found) == 1 and not found[0].decorator_list else None

    def quote(self, node: ast.AST) -> str:
        """Return the node's code, short enough for a message."""
        code = code_of(node)
        if len(code) > _LONGEST_QUOTE and isinstance(node, ast.Call):
            code = f"{code_of(node.func)}(...)"
        return code if len(code) <= _LONGEST_QUOTE else f"{code[: _LONGEST_QUOTE - 4]} ..."

    def _maker(self, value: ast.expr) -> str:
        if isinstance(value, ast.Await):
            value = value.value
        if isinstance(value, ast.Call):
            return self.known(value.func)
        while isinstance(value, ast.Subscript) and self.name(value.value) in _WRAPPERS:
            value = value.slice.elts[0] if isinstance(value.slice, ast.Tuple) and value.slice.elts else value.slice
        if isinstance(value, ast.BinOp) and isinstance(value.right, ast.Constant):
            value = value.left
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value.isidentifier():
            value = ast.Name(value.value)
        return self.known(value) if dotted(value).rpartition(".")[2][:1].isupper() else ""

    def _is_local(self, name: str, node: ast.AST) -> bool:
        """True for a parameter or a variable of the function that has an imported or built-in name."""
        return name in bound_names(self.function(node))


def outline_of(source: Source) -> Outline:
    """Return a file's outline; the last few are remembered."""
    tree = tree_of(source.tree)
    return Outline(source, tree.parents, tree.kinds)


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for names and attributes of names; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def method_of(call: ast.Call) -> str:
    """Return the last part of what is called: `execute` for `connect().execute(…)`."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def keyword_of(call: ast.Call, name: str) -> ast.expr | None:
    """Return the value of a keyword argument."""
    return next((word.value for word in call.keywords if word.arg == name), None)


def is_open_ended(call: ast.Call) -> bool:
    """True if `*rest` or `**options` bring arguments that nobody can see."""
    return any(word.arg is None for word in call.keywords) or any(isinstance(arg, ast.Starred) for arg in call.args)


def is_none(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


@lru_cache(maxsize=512)
def inside(scope: ast.AST) -> Sequence[ast.AST]:
    """Return the nodes that a function or module runs itself, without those of functions and classes in it."""
    return within(_body(scope))


def within(body: Sequence[ast.AST]) -> Sequence[ast.AST]:
    """Return the nodes of some statements, without those of functions and classes in them."""
    found: list[ast.AST] = []
    stack = list(reversed(body))
    while stack:
        node = stack.pop()
        found.append(node)
        if not isinstance(node, _SCOPES):
            stack.extend(reversed(children_of(node)))
    return found


@lru_cache(maxsize=64)
def uses_in(scope: ast.AST) -> Mapping[str, Sequence[ast.Name]]:
    """Return where each name is read or written in a scope, functions and classes in it included."""
    uses: dict[str, list[ast.Name]] = {}
    for node in nodes_in(scope):
        if isinstance(node, ast.Name):
            uses.setdefault(node.id, []).append(node)
    return uses


def code_of(node: ast.AST) -> str:
    """Return a node's code; `…` for what is nested too deeply to be written out."""
    try:
        return ast.unparse(node)
    except RecursionError:
        return "…"


@lru_cache(maxsize=512)
def bound_names(scope: ast.AST | None) -> frozenset[str]:
    """Return the names a function or module binds itself; imports and `global` names are not among them."""
    if scope is None:
        return frozenset()
    names = set(_parameters(scope))
    elsewhere: set[str] = set()
    for node in inside(scope):
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            names.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler)):
            names.add(node.name or "")
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            elsewhere.update(node.names)
    return frozenset(names - elsewhere)


@lru_cache(maxsize=512)
def shared_names(scope: ast.AST) -> frozenset[str]:
    """Return the names that a function takes from outside by `global` or `nonlocal`."""
    kept = [node for node in inside(scope) if isinstance(node, (ast.Global, ast.Nonlocal))]
    return frozenset(name for node in kept for name in node.names)


@lru_cache(maxsize=64)
def _functions_in(scope: ast.AST) -> Mapping[str, Sequence[Function]]:
    found: dict[str, list[Function]] = {}
    for node in getattr(scope, "body", ()):
        if isinstance(node, Function):
            found.setdefault(node.name, []).append(node)
    return found


def _parameters(scope: ast.AST) -> Mapping[str, ast.arg]:
    if not isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        return {}
    given = scope.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return {parameter.arg: parameter for parameter in every if parameter is not None}


@lru_cache(maxsize=64)
def _bindings(scope: ast.AST) -> Mapping[str, Sequence[ast.expr]]:
    """Return what each dotted name is set to: `s = …`, `self.s = …`, `with … as s`, and a parameter's type."""
    values: dict[str, list[ast.expr]] = {}
    for name, parameter in _parameters(scope).items():
        values[name] = [parameter.annotation or ast.Constant(None)]
    for node in nodes_in(scope) if isinstance(scope, ast.ClassDef) else inside(scope):
        for target, value in _bound(node):
            values.setdefault(dotted(target), []).append(value)
    return values


def _bound(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets)
        case ast.AnnAssign(target=target, value=value, annotation=annotation):
            yield target, annotation if value is None or is_none(value) else value
        case ast.NamedExpr(target=target, value=value):
            yield target, value
        case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
            yield target, value
        case ast.For(target=target) | ast.AsyncFor(target=target):
            yield target, ast.Constant(None)


def _body(scope: ast.AST) -> list[ast.AST]:
    if isinstance(scope, ast.Lambda):
        return [scope.body]
    return list(getattr(scope, "body", ()))


def _is_in_body(node: ast.AST, scope: ast.AST) -> bool:
    if isinstance(scope, ast.Lambda):
        return node is scope.body
    if isinstance(scope, ast.ClassDef):
        return node not in scope.decorator_list and node not in scope.bases and node not in scope.keywords
    return isinstance(node, ast.stmt)
