"""Who binds a name: the scopes of a file, what each of them binds and reads, and where a read finds its name.

Says nothing of order; `reading_order` does. A name that may come from a star import or from `exec` is known to nobody.
"""

import ast
import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache

from reviewer.analysis.source import children_of
from reviewer.analysis.tree import Function, dotted

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
# What later versions added, and what the interpreter gives every module.
_NEWER = frozenset(
    {"PythonFinalizationError", "aiter", "anext", "BaseExceptionGroup", "ExceptionGroup", "EncodingWarning"}
)
_OF_MODULES = frozenset(
    {"__file__", "__name__", "__doc__", "__package__", "__spec__", "__loader__", "__path__", "__builtins__"}
    | {"__annotations__", "__debug__", "__cached__", "WindowsError", "reveal_type", "reveal_locals"}
)
BUILTINS = frozenset(dir(builtins)) | _NEWER | _OF_MODULES
_OF_CLASSES = frozenset({"__module__", "__qualname__", "__firstlineno__", "__static_attributes__"})
_NOT_TYPES = frozenset({"Literal", "Annotated"})
_LONGEST_TYPE = 400
_ASKING = frozenset({"locals", "vars", "dir", "globals"})
# Statements and expressions that bind nothing themselves.
_PLAIN = frozenset(
    {ast.Attribute, ast.Expr, ast.Return, ast.If, ast.keyword, ast.BinOp, ast.BoolOp, ast.Compare}
    | {ast.Tuple, ast.List, ast.Dict, ast.JoinedStr, ast.FormattedValue, ast.For, ast.With, ast.withitem, ast.Raise}
    | {ast.UnaryOp, ast.IfExp, ast.Try, ast.Pass, ast.Assert, ast.AugAssign, ast.Await, ast.Slice, ast.Starred}
)


class Kind(Enum):
    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    COMPREHENSION = "comprehension"


@dataclass(eq=False, slots=True)
class Scope:
    """`declared` are the names of `global` and `nonlocal` statements; `remote` are bound here by inner functions.

    `asks` if the code looks at run time which names there are: `"x" in locals()`.
    """

    kind: Kind
    node: ast.AST
    parent: "Scope | None"
    bindings: dict[str, list[ast.AST]] = field(default_factory=dict)
    declared: dict[str, bool] = field(default_factory=dict)
    remote: set[str] = field(default_factory=set)
    asks: bool = False

    def bind(self, name: str, node: ast.AST) -> None:
        self.bindings.setdefault(name, []).append(node)

    def lookup(self, name: str) -> "Scope | None":
        """Return the scope whose name a read here finds; class bodies are seen only by their own statements."""
        scope: Scope | None = self
        while scope is not None:
            is_seen = scope is self or scope.kind is not Kind.CLASS
            if is_seen and name in scope.bindings:
                return scope
            scope = scope.parent
        return None


@dataclass(frozen=True, slots=True)
class Read:
    """One use of a name; `is_type` in an annotation, `is_quoted` in one that is a string."""

    name: str
    node: ast.expr
    scope: Scope
    is_type: bool = False
    is_quoted: bool = False


@dataclass(slots=True)
class Scopes:
    """All scopes of a file. `has_stars` if some import may bind any name, `is_open` if code may do so at run time."""

    module: Scope
    by_node: dict[ast.AST, Scope] = field(default_factory=dict)
    reads: list[Read] = field(default_factory=list)
    has_stars: bool = False
    is_open: bool = False


@lru_cache(maxsize=8)
def scopes_of(module: ast.Module) -> Scopes:
    """Find all scopes of a parsed file; the last few files are remembered."""
    reader = _Reader(Scopes(Scope(Kind.MODULE, module, None)))
    reader.read(module)
    return reader.scopes


def is_given(read: Read) -> bool:
    """True for names that are there without being bound: builtins, `__class__` in a method."""
    if read.name in BUILTINS:
        return True
    if read.name in _OF_CLASSES:
        return read.scope.kind is Kind.CLASS
    return read.name == "__class__" and any(scope.kind is Kind.CLASS for scope in _outwards(read.scope))


def _outwards(scope: Scope | None) -> Iterator[Scope]:
    while scope is not None:
        yield scope
        scope = scope.parent


class _Reader:
    """Walks a file with a stack of its own, so that no depth of nesting ends it."""

    def __init__(self, scopes: Scopes) -> None:
        self.scopes = scopes
        self.todo: list[tuple[ast.AST, Scope, bool]] = []

    def read(self, module: ast.Module) -> None:
        self.scopes.by_node[module] = self.scopes.module
        self._push(module.body, self.scopes.module)
        while self.todo:
            node, scope, is_type = self.todo.pop()
            self._see(node, scope, is_type=is_type)
        self._settle()

    def _push(self, nodes: Sequence[ast.AST | None], scope: Scope, *, is_type: bool = False) -> None:
        for node in reversed(nodes):
            if node is not None:
                self.todo.append((node, scope, is_type))

    def _scope(self, kind: Kind, node: ast.AST, parent: Scope) -> Scope:
        scope = self.scopes.by_node[node] = Scope(kind, node, parent)
        return scope

    def _see(self, node: ast.AST, scope: Scope, *, is_type: bool) -> None:
        # Most nodes are of these few types, and asking for them first halves the time.
        if isinstance(node, ast.Name):
            self._name(node, scope, is_type=is_type)
        elif type(node) in _PLAIN:
            self._push(children_of(node), scope, is_type=is_type)
        else:
            self._see_more(node, scope, is_type=is_type)

    def _see_more(self, node: ast.AST, scope: Scope, *, is_type: bool) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, scope)
            case ast.Lambda(args=args, body=body):
                self._push([*args.defaults, *args.kw_defaults], scope)
                inner = self._scope(Kind.FUNCTION, node, scope)
                self._arguments(args, inner)
                self._push([body], inner)
            case ast.ClassDef():
                self._class(node, scope)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._comprehension(node, scope)
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                self._push([annotation], scope, is_type=True)
                self._push([target, value], scope)
            case ast.Constant(value=str(text)) if is_type:
                self._quoted(node, text, scope)
            case ast.Subscript(value=value) if is_type and _is_no_type(value):
                self._literal(node, scope)
            case ast.NamedExpr(target=target, value=value):
                self._push([value], scope)
                _around_comprehensions(scope).bind(target.id, target)
            case ast.Call() if not is_type:
                self.scopes.is_open = self.scopes.is_open or _may_bind_anything(node)
                if isinstance(node.func, ast.Name) and node.func.id in _ASKING:
                    _around_comprehensions(scope).asks = True
                self._push(children_of(node), scope)
            case ast.Subscript(ctx=ast.Store(), value=ast.Call(func=ast.Name("globals" | "vars" | "locals"))):
                self.scopes.is_open = True
                self._push([node.slice], scope)
            case _:
                self._bind(node, scope)
                self._push(children_of(node), scope, is_type=is_type)

    def _name(self, node: ast.Name, scope: Scope, *, is_type: bool) -> None:
        if isinstance(node.ctx, ast.Store):
            scope.bind(node.id, node)
        else:
            self.scopes.reads.append(Read(node.id, node, scope, is_type=is_type))

    def _bind(self, node: ast.AST, scope: Scope) -> None:
        match node:
            case ast.Import(names=names):
                for alias in names:
                    scope.bind(alias.asname or alias.name.partition(".")[0], alias)
            case ast.ImportFrom(names=names):
                for alias in names:
                    scope.bind(alias.asname or alias.name, alias)
                    self.scopes.has_stars = self.scopes.has_stars or alias.name == "*"
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                scope.bind(name, node)
            case ast.MatchMapping(rest=str(name)):
                scope.bind(name, node)
            case ast.Assign(value=ast.Call(func=ast.Name("globals"))):
                self.scopes.is_open = True
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                scope.declared.update((name, isinstance(node, ast.Global)) for name in names)

    def _function(self, node: Function, scope: Scope) -> None:
        scope.bind(node.name, node)
        args = node.args
        self._push([*node.decorator_list, *args.defaults, *args.kw_defaults], scope)
        outer = self._generic(node, scope)
        types = [arg.annotation for arg in _all_arguments(args)]
        self._push([*types, node.returns], outer, is_type=True)
        inner = self._scope(Kind.FUNCTION, node, outer)
        self._arguments(args, inner)
        self._push(node.body, inner)

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        scope.bind(node.name, node)
        self._push(node.decorator_list, scope)
        outer = self._generic(node, scope)
        self._push([*node.bases, *(keyword.value for keyword in node.keywords)], outer)
        self._push(node.body, self._scope(Kind.CLASS, node, outer))

    def _generic(self, node: ast.AST, scope: Scope) -> Scope:
        """Return the scope of `[T]` after a function's or class's name, which Python 3.12 brought."""
        parameters = getattr(node, "type_params", ())
        if not parameters:
            return scope
        inner = Scope(Kind.FUNCTION, node, scope)
        for parameter in parameters:
            inner.bind(parameter.name, parameter)
        return inner

    def _arguments(self, args: ast.arguments, scope: Scope) -> None:
        for arg in _all_arguments(args):
            scope.bind(arg.arg, arg)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, scope: Scope) -> None:
        self._push([node.generators[0].iter], scope)
        inner = self._scope(Kind.COMPREHENSION, node, scope)
        for number, loop in enumerate(node.generators):
            self._push([loop.target, *([loop.iter] if number else []), *loop.ifs], inner)
        self._push([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt], inner)

    def _quoted(self, node: ast.Constant, text: str, scope: Scope) -> None:
        if len(text) > _LONGEST_TYPE:
            return
        try:
            expression = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        todo: list[ast.AST] = [expression]
        while todo:
            inner = todo.pop()
            if isinstance(inner, ast.Name):
                self.scopes.reads.append(Read(inner.id, node, scope, is_type=True, is_quoted=True))
            is_value = isinstance(inner, ast.Subscript) and _is_no_type(inner.value)
            todo.extend([inner.value] if is_value and isinstance(inner, ast.Subscript) else children_of(inner))

    def _literal(self, node: ast.Subscript, scope: Scope) -> None:
        """`Literal["a"]` holds values; of `Annotated[x, y]` only the first is a type."""
        self._push([node.value], scope, is_type=True)
        if (dotted(node.value) or "").endswith("Annotated") and isinstance(node.slice, ast.Tuple) and node.slice.elts:
            self._push(node.slice.elts[:1], scope, is_type=True)
            self._push(node.slice.elts[1:], scope)

    def _settle(self) -> None:
        """Give names of `global` and `nonlocal` statements to the scope that holds them."""
        for scope in self.scopes.by_node.values():
            for name, is_global in scope.declared.items():
                nodes = scope.bindings.pop(name, None) if scope is not self.scopes.module else None
                owner = self.scopes.module if is_global else scope.lookup(name)
                if nodes and owner is not None:
                    owner.bindings.setdefault(name, []).extend(nodes)
                    owner.remote.add(name)


def _is_no_type(node: ast.AST) -> bool:
    """True for `Literal` and `Annotated`, whose brackets hold values."""
    return (dotted(node) or "").rpartition(".")[2] in _NOT_TYPES


def _around_comprehensions(scope: Scope) -> Scope:
    """Return the scope that `:=` binds in."""
    while scope.kind is Kind.COMPREHENSION and scope.parent is not None:
        scope = scope.parent
    return scope


def _may_bind_anything(call: ast.Call) -> bool:
    """True for `exec(...)`, `globals().update(...)` and `setattr(sys.modules[__name__], ...)`."""
    match call:
        case (
            ast.Call(func=ast.Name("exec" | "execfile")) | ast.Call(func=ast.Attribute(ast.Name("gettext"), "install"))
        ):
            return True
        case ast.Call(
            func=ast.Attribute(ast.Call(func=ast.Name("globals" | "vars" | "locals")), "update" | "setdefault")
        ):
            return True
        case ast.Call(func=ast.Attribute(attr="_convert_" | "_convert")):
            return True  # puts an enum's members into the module
        case (
            ast.Call(args=[*_, ast.Call(func=ast.Name("globals"))])
            | ast.Call(args=[ast.Call(func=ast.Name("globals")), *_])
        ):
            return True
        case ast.Call(func=ast.Name("setattr"), args=[ast.Subscript(value=modules), *_]):
            return dotted(modules) == "sys.modules"
    return False


def _all_arguments(args: ast.arguments) -> list[ast.arg]:
    every = [*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg]
    return [arg for arg in every if arg is not None]
