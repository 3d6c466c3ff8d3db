"""The other end of a call within one file: where a function is called, and what a called one returns.

Knows functions of the module and methods called on `self`, by their names; a call it cannot match is none.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import libcst as cst

from reviewer.analysis.nodes import children
from reviewer.analysis.place import Place, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.statements import statements

# Without one of these no request comes in anywhere, and nobody need look.
_BRINGS = regex(
    r"request|Request|@\w+\.(?:get|post|put|patch|delete|route|websocket|api_route)\(|\.(?:namelist|infolist|getmembers)\("
)
_SELVES = ("self", "cls")
# A function called from more places than this is a tool, and its callers are no answer.
_MOST_SITES = 12


@dataclass(frozen=True, slots=True)
class Hop:
    """`node` in the function that is called or calls, and where it stands there."""

    node: cst.BaseExpression
    at: Place


def given_to(param: cst.Param, function: cst.FunctionDef, at: Place) -> Iterator[tuple[cst.Call, Hop]]:
    """Yield the calls of the function in its file, each with what it gives for the parameter."""
    if not _may_bring(at.source):
        return
    for call, place in _sites(function.name.value, at):
        value = argument_for(param, function, call)
        if value is not None:
            yield call, Hop(value, place)


def argument_for(param: cst.Param, function: cst.FunctionDef, call: cst.Call) -> cst.BaseExpression | None:
    """Return what a call gives for a parameter; None if it leaves it to the default or to `*rest`."""
    name = param.name.value
    for argument in call.args:
        if argument.keyword is not None and argument.keyword.value == name:
            return argument.value
    params = [one.name.value for one in (*function.params.posonly_params, *function.params.params)]
    if name not in params:
        return None
    place = params.index(name) - (params[0] in _SELVES and isinstance(call.func, cst.Attribute))
    values = positional(call)
    return values[place] if 0 <= place < len(values) else None


def results_of(call: cst.Call, at: Place) -> Sequence[tuple[cst.FunctionDef, cst.Return, Hop]]:
    """Return what a function of this file can return to a call, with the function and the statement."""
    name = _called_here(call)
    if name is None or not _may_bring(at.source):
        return ()
    return [
        (function, statement, Hop(statement.value, Place(at.file, chunk, parents, at.source)))
        for chunk, function, statement, parents in _returns(at.source, name)
        if statement.value is not None
    ]


@lru_cache(maxsize=16)
def _may_bring(source: Source) -> bool:
    return any(_BRINGS.search(line) for line in source.lines)


def _sites(name: str, at: Place) -> Iterator[tuple[cst.Call, Place]]:
    for chunk, call, parents in _calls(at.source, name):
        yield call, Place(at.file, chunk, parents, at.source)


@lru_cache(maxsize=64)
def _calls(source: Source, name: str) -> Sequence[tuple[cst.Module, cst.Call, tuple[cst.CSTNode, ...]]]:
    if name.startswith("__") or sum(defined == name for defined in _defined(source)) != 1:
        return ()
    lines = [
        source.numbers[node.lineno - 1]
        for node in nodes_in(source.tree)
        if isinstance(node, ast.Call) and _is_own(node.func, name)
    ]
    if not 0 < len(lines) <= _MOST_SITES:
        return ()
    return [
        (chunk, node, parents)
        for chunk in _chunks(source, frozenset(lines))
        for node, parents in _walk(chunk)
        if isinstance(node, cst.Call) and _called_here(node) == name
    ]


@lru_cache(maxsize=64)
def _returns(
    source: Source, name: str
) -> Sequence[tuple[cst.Module, cst.FunctionDef, cst.Return, tuple[cst.CSTNode, ...]]]:
    places = [
        source.numbers[node.lineno - 1]
        for node in nodes_in(source.tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name
    ]
    if len(places) != 1:
        return ()
    found = []
    for chunk in _chunks(source, frozenset(places)):
        for node, parents in _walk(chunk):
            if not isinstance(node, cst.Return):
                continue
            inner = next((one for one in reversed(parents) if isinstance(one, (cst.FunctionDef, cst.Lambda))), None)
            if isinstance(inner, cst.FunctionDef) and inner.name.value == name:
                found.append((chunk, inner, node, (*parents, node)))
    return found


@lru_cache(maxsize=16)
def _defined(source: Source) -> Sequence[str]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node.name for node in nodes_in(source.tree) if isinstance(node, functions)]


@lru_cache(maxsize=64)
def _chunks(source: Source, lines: frozenset[int]) -> Sequence[cst.Module]:
    """Parse the top-level statements that hold the lines."""
    found = []
    for statement in statements(source, lines):
        if statement.refusal is not None:
            continue
        try:
            found.append(cst.parse_module(statement.text))
        except (cst.ParserSyntaxError, cst.CSTValidationError, RecursionError):
            continue
    return found


def _walk(chunk: cst.Module) -> Iterator[tuple[cst.CSTNode, tuple[cst.CSTNode, ...]]]:
    stack: list[tuple[cst.CSTNode, tuple[cst.CSTNode, ...]]] = [(chunk, ())]
    while stack:
        node, parents = stack.pop()
        yield node, parents
        below = (*parents, node)
        stack.extend((child, below) for child in reversed(children(node)))


def _called_here(call: cst.Call) -> str | None:
    match call.func:
        case cst.Name(name):
            return name
        case cst.Attribute(value=cst.Name(owner), attr=cst.Name(name)) if owner in _SELVES:
            return name
        case _:
            return None


def _is_own(func: ast.expr, name: str) -> bool:
    match func:
        case ast.Name(id=called):
            return called == name
        case ast.Attribute(value=ast.Name(id=owner), attr=called):
            return called == name and owner in _SELVES
        case _:
            return False
