"""Who has to close what was opened: the function that opened it, or somebody it was handed over to."""

import ast
from collections.abc import Iterator, Sequence

from reviewer.analysis.outline import Outline, method_of
from reviewer.analysis.regex import regex
from reviewer.analysis.resources import Resource
from reviewer.analysis.source import nodes_in

# Giving a file to one of these hands over the duty to close it.
_TAKERS = regex(
    r"enter(_async)?_?(c|C)ontext|enter\w*Context|push(_async)?_?(exit)?|callback|closing|aclosing|append|add|put"
    r"|register"
    r"|finalize|addCleanup|add_cleanup|[A-Z]\w*[a-z]\w*|next|partial|set_\w+|add_\w+|setdefault|isinstance|nullcontext"
)
# These read or write what they are given and leave it open, capital letter or not.
_READERS = frozenset({"DictReader", "DictWriter", "TextIOWrapper", "BufferedReader", "ConfigParser", "Popen"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def hands_over(use: ast.Name, resource: Resource, outline: Outline) -> bool:
    """True where the name is returned, kept in something that lives on, or given to somebody who closes it."""
    if not isinstance(use.ctx, ast.Load):
        return False
    above = outline.parents[use]
    if isinstance(above, ast.Attribute):
        return above.attr in resource.closers and not isinstance(outline.parents[above], ast.Call)
    if isinstance(above, ast.withitem):
        return True
    for outer in expression_around(use, outline):
        if isinstance(outer, ast.Call) and _takes(outer, use, outline):
            return True
        if isinstance(outer, ast.Call) or (isinstance(outer, ast.keyword) and outer.arg == "key"):
            return False
        if isinstance(outer, (ast.Return, ast.Yield, ast.YieldFrom, ast.withitem, ast.Lambda)):
            return True
        if isinstance(outer, (ast.Assign, ast.AnnAssign)):
            return True
    return False


def takes_over(name: str) -> bool:
    """True if whoever is called by this name closes the file it is given."""
    return _TAKERS.fullmatch(name) is not None and name not in _READERS


def is_certain(use: ast.Name, call: ast.Call, outline: Outline) -> bool:
    """True for closing in a `finally`, or in a handler beside the way that succeeds."""
    inner: ast.AST = use
    for above in outline.ancestors(use):
        if isinstance(above, (ast.Try, ast.TryStar)) and isinstance(inner, ast.stmt) and inner in above.finalbody:
            return True
        if isinstance(above, ast.ExceptHandler):
            return True
        if isinstance(above, _FUNCTIONS):
            # A closing in a nested function is called by somebody else.
            return above is not outline.scope(call)
        inner = above
    return False


def is_at_once(call: ast.Call, use: ast.Name, outline: Outline) -> bool:
    """True if nothing stands between opening and closing."""
    opening, closing = outline.statement(call), outline.statement(use)
    block = _block(opening, outline)
    return closing in block and block.index(closing) == block.index(opening) + 1


def is_in_finally(node: ast.AST, outline: Outline) -> bool:
    """True for what also runs after an error."""
    inner = node
    for above in outline.ancestors(node):
        if isinstance(above, (ast.Try, ast.TryStar)) and isinstance(inner, ast.stmt) and inner in above.finalbody:
            return True
        if isinstance(above, ast.ExceptHandler):
            return True
        inner = above
    return False


def expression_around(node: ast.AST, outline: Outline) -> Iterator[ast.AST]:
    """Yield what stands around a node in its own statement, and the statement."""
    for above in outline.ancestors(node):
        yield above
        if isinstance(above, (ast.stmt, ast.Lambda)):
            return


def _takes(call: ast.Call, use: ast.Name, outline: Outline) -> bool:
    if use in nodes_in(call.func):
        return False
    name = method_of(call)
    if name in _READERS:
        return False
    return takes_over(name) or "close" in name or "cleanup" in name or not outline.name(call.func)


def _block(node: ast.stmt, outline: Outline) -> Sequence[ast.stmt]:
    above = outline.parents[node]
    blocks = (getattr(above, name, None) for name in ("body", "orelse", "finalbody"))
    return next((block for block in blocks if isinstance(block, list) and node in block), [node])
