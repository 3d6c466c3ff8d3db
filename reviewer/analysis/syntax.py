"""A changed module as `ast` reads it, indexed once for all rules that see it whole: parents, calls, loops, bindings.

Follows a name no further than the function, class or module that binds it; runs nothing.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from reviewer.analysis.regex import regex
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.template import HOLE
from reviewer.analysis.tree import Tree, tree_of

Function = ast.FunctionDef | ast.AsyncFunctionDef
# A `comprehension` is one `for … in …` of a list, set, dict or generator.
Loop = ast.For | ast.AsyncFor | ast.While | ast.comprehension
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)

_SCOPES = (*FUNCTIONS, ast.Lambda, ast.ClassDef, ast.Module)
_BINDING = (
    ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.AugAssign, ast.For, ast.AsyncFor, ast.comprehension, ast.withitem,
    ast.arg,
)  # fmt: skip
_PERCENT = regex(r"%(?:\(\w+\))?[-#0 +]*[\d*]*(?:\.[\d*]+)?[a-zA-Z]")
_BRACES = regex(r"\{[^{}]*\}")
_SPEAKERS = frozenset(
    {
        "print",
        "log",
        "debug",
        "info",
        "warn",
        "warning",
        "error",
        "exception",
        "critical",
        "echo",
        "add_argument",
        "compile",
    }
)
_TEXT_MAKERS = frozenset({"text", "dedent", "cleandoc", "SQL", "RawSQL", "cast", "str"})


@dataclass(frozen=True, eq=False)
class Syntax:
    """What an index of the file's nodes (`tree`) adds up to: its calls, loops and bindings, and the texts it makes."""

    source: Source
    tree: Tree

    @property
    def parents(self) -> Mapping[ast.AST, ast.AST]:
        return self.tree.parents

    @property
    def nodes(self) -> Mapping[type[ast.AST], Sequence[ast.AST]]:
        """The nodes by their type, in reading order."""
        return self.tree.kinds

    @cached_property
    def calls(self) -> Mapping[str, Sequence[ast.Call]]:
        """The calls by the last name called, in reading order."""
        calls: dict[str, list[ast.Call]] = defaultdict(list)
        for call in self.tree.nodes(ast.Call):
            calls[last_name(call.func)].append(call)
        return dict(calls)

    @cached_property
    def bound(self) -> Mapping[tuple[ast.AST, str], Sequence[ast.AST]]:
        """What is bound to a name in a function or the module, and to an attribute of `self` in a class."""
        bound: dict[tuple[ast.AST, str], list[ast.AST]] = defaultdict(list)
        for node in self.tree.every:
            if isinstance(node, _BINDING):
                for name, value in _bindings(node):
                    owner, _, attribute = name.partition(".")
                    if owner in ("self", "cls") and attribute:
                        bound[self.class_around(node) or self.source.tree, attribute].append(value)
                    else:
                        bound[self._binding_scope(node), name].append(value)
        return dict(bound)

    def _binding_scope(self, node: ast.AST) -> ast.AST:
        return next((outer for outer in self.around(node) if isinstance(outer, _SCOPES)), self.source.tree)

    def field(self, node: ast.AST) -> str:
        """Return what the node is to its parent: its `body`, its `test`; "" for the module."""
        parent = self.parents.get(node)
        for name in parent._fields if parent is not None else ():
            value = getattr(parent, name, None)
            if value is node or (isinstance(value, list) and any(part is node for part in value)):
                return name
        return ""

    def line(self, node: ast.AST) -> int:
        """Return the line as git numbers it."""
        return self.source.numbers[getattr(node, "lineno", 1) - 1]

    def called(self, *names: str) -> Iterator[ast.Call]:
        """Yield the calls whose last name is one of these."""
        for name in names:
            yield from self.calls.get(name, ())

    def functions(self) -> Iterator[Function]:
        for kind in FUNCTIONS:
            for node in self.nodes.get(kind, ()):
                if isinstance(node, FUNCTIONS):
                    yield node

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the node's ancestors, nearest first."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def function(self, node: ast.AST) -> Function | None:
        """Return the function whose body runs the node; None at module or class level, or in a lambda."""
        inner = node
        for outer in self.around(node):
            if isinstance(outer, (*FUNCTIONS, ast.Lambda, ast.ClassDef)) and self.field(inner) == "body":
                return outer if isinstance(outer, FUNCTIONS) else None
            inner = outer
        return None

    def class_around(self, node: ast.AST) -> ast.ClassDef | None:
        return next((outer for outer in self.around(node) if isinstance(outer, ast.ClassDef)), None)

    def scope(self, node: ast.AST) -> ast.AST:
        """Return the function that runs the node, or the module."""
        return self.function(node) or self.source.tree

    def statement(self, node: ast.AST) -> ast.AST:
        """Return the statement the node lies in."""
        if isinstance(node, ast.stmt):
            return node
        return next((outer for outer in self.around(node) if isinstance(outer, ast.stmt)), node)

    def loops(self, node: ast.AST) -> Iterator[Loop]:
        """Yield the loops that run the node again and again, innermost first; a function defined in one is not run."""
        before = inner = node
        for outer in self.around(node):
            field = self.field(inner)
            match outer:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda() | ast.ClassDef():
                    return
                case ast.For() | ast.AsyncFor() if field == "body":
                    yield outer
                case ast.While() if field in ("body", "test"):
                    yield outer
                case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                    yield from _running(outer.generators, inner, self.field(before))
            before, inner = inner, outer

    def name(self, node: ast.AST) -> str:
        """Return the dotted name an expression stands for, imports resolved; "" for anything else."""
        dotted = dotted_name(node)
        first, _, rest = dotted.partition(".")
        origin = self.source.imports.get(first, first)
        return f"{origin}.{rest}" if rest else origin

    def is_imported(self, node: ast.AST) -> bool:
        return dotted_name(node).partition(".")[0] in self.source.imports

    def values(self, node: ast.AST, name: str) -> Sequence[ast.AST]:
        """Return what is bound to a name where the node stands: expressions, or the nodes that bind it in other ways.

        Other ways are parameters, loops, `with`, `+=` and unpacking. Nothing is known of what another module binds.
        """
        if name.startswith(("self.", "cls.")):
            owner = self.class_around(node)
            return self.bound.get((owner, name.partition(".")[2]), ()) if owner is not None else ()
        for outer in (self.function(node), self.source.tree):
            found = self.bound.get((outer, name)) if outer is not None else None
            if found:
                return found
        return ()

    def value(self, node: ast.AST) -> ast.AST:
        """Return what a name holds if only one thing is ever put into it, or else the node itself."""
        name = dotted_name(node)
        values = self.values(node, name) if name else ()
        return values[0] if len(values) == 1 and isinstance(values[0], ast.expr) else node

    @cached_property
    def texts(self) -> Sequence[tuple[ast.expr, str]]:
        """The string expressions with what they say; no pieces of longer ones, no docstrings, nothing for people."""
        whole = []
        for kind in (ast.Constant, ast.JoinedStr, ast.BinOp, ast.Call):
            for node in self.calls.get("format", ()) if kind is ast.Call else self.nodes.get(kind, ()):
                text = text_of(node) if isinstance(node, ast.expr) and not self._is_piece(node) else None
                if text is not None and isinstance(node, ast.expr):
                    whole.append((node, text))
        return whole

    def _is_piece(self, node: ast.AST) -> bool:
        above = self.parents.get(node)
        match above:
            case ast.JoinedStr() | ast.FormattedValue() | ast.Expr() | ast.BinOp(op=ast.Add() | ast.Mod()):
                return True
            case ast.Attribute(attr="format" | "strip" | "join"):
                return True
            case ast.Call(func=func) if last_name(func) in _SPEAKERS:
                return True
        return isinstance(self.statement(node), (ast.Raise, ast.Assert))

    def text(self, node: ast.AST) -> str | None:
        """Return what a string expression says, through names and `text(…)`, with a HOLE for each value put in."""
        for _ in range(4):
            node = self.value(node)
            if isinstance(node, ast.Await):
                node = node.value
            if isinstance(node, ast.Call) and last_name(node.func) in _TEXT_MAKERS and node.args:
                node = node.args[-1 if last_name(node.func) == "cast" else 0]
        return text_of(node)


@lru_cache(maxsize=8)
def syntax_of(source: Source) -> Syntax:
    """Return what is known of the file's syntax; the last few are remembered."""
    return Syntax(source, tree_of(source.tree))


def dotted_name(node: ast.AST) -> str:
    """Return `a.b.c` for names and attributes of names, "" for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join((node.id, *reversed(parts)))


def last_name(node: ast.AST) -> str:
    """Return the word that says what an expression is: `cursor` for `self.cursor`, `connect` for `db.connect()`."""
    while True:
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return name
            case ast.Call(func=inner) | ast.Subscript(value=inner) | ast.Await(value=inner):
                node = inner
            case _:
                return ""


def keyword(call: ast.Call, *names: str) -> ast.expr | None:
    """Return the value of the first keyword argument with one of the names."""
    return next((word.value for word in call.keywords if word.arg in names), None)


def is_open_ended(call: ast.Call) -> bool:
    """True if nobody can see here which arguments the call gets."""
    return any(word.arg is None for word in call.keywords) or any(isinstance(arg, ast.Starred) for arg in call.args)


def names_in(node: ast.AST) -> set[str]:
    return {part.id for part in nodes_in(node) if isinstance(part, ast.Name)}


def code(node: ast.AST, longest: int = 45) -> str:
    """Return the expression as one would write it, cut short."""
    written = " ".join(ast.unparse(node).split())
    return written if len(written) <= longest else f"{written[: longest - 1]}…"


def text_of(node: ast.AST) -> str | None:
    """Return what a string expression says with a HOLE for each value put in; None if it holds no text."""
    match node:
        case ast.Constant(value=str(text)):
            return text.replace(HOLE, "")
        case ast.JoinedStr(values=values):
            return "".join(_piece(value) for value in values)
        case ast.BinOp(op=ast.Mod(), left=left):
            pattern = text_of(left)
            return None if pattern is None else _PERCENT.sub(HOLE, pattern)
        case ast.BinOp(op=ast.Add()):
            return _sum(node)
        case ast.Call(func=ast.Attribute(value=owner, attr="format")):
            pattern = text_of(owner)
            return None if pattern is None else _BRACES.sub(HOLE, pattern)
        case ast.Call(func=ast.Attribute(value=owner, attr="strip")):
            return text_of(owner)
        case _:
            return None


def _piece(value: ast.expr) -> str:
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else HOLE


def _sum(node: ast.AST) -> str | None:
    """Join what `+` joins; a loop, since long chains nest deeper than Python recurses."""
    terms: list[ast.AST] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        terms.append(node.right)
        node = node.left
    texts = [text_of(term) for term in (node, *reversed(terms))]
    return None if all(text is None for text in texts) else "".join(HOLE if text is None else text for text in texts)


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _unpacked(target, value)
        case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
            yield from _unpacked(target, value)
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            yield dotted_name(target), node
        case ast.For(target=target) | ast.AsyncFor(target=target) | ast.comprehension(target=target):
            yield from _unpacked(target, node)
        case ast.withitem(context_expr=ast.expr() as value, optional_vars=ast.expr() as target):
            yield from _unpacked(target, value)
        case ast.arg(arg=name):
            yield name, node


def _unpacked(target: ast.AST, value: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(target, (ast.Tuple, ast.List)):
        values: Sequence[ast.AST] = [target] * len(target.elts)
        if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
            values = value.elts
        for part, given in zip(target.elts, values, strict=True):
            yield from _unpacked(part, given)
    elif dotted_name(target):
        yield dotted_name(target), value


def _running(loops: Sequence[ast.comprehension], part: ast.AST, field: str) -> Iterator[ast.comprehension]:
    """Yield the `for`s of a comprehension that run one of its parts, innermost first."""
    count = len(loops)
    if isinstance(part, ast.comprehension):
        count = loops.index(part) + (field == "ifs")
    yield from reversed(loops[:count])
