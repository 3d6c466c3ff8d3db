"""Whether data from outside reaches an expression, and whether something has checked it on the way.

Follows a function through assignments, formatting and the few calls that pass data on, and goes on to the functions
of the same file that call it or that it calls. The result of any other call counts as made here, and so does a
parameter unless a request fills it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from reviewer.analysis.checked import are_checked, checks
from reviewer.analysis.entries import Kind, entry_kind, is_narrow, param_kind
from reviewer.analysis.hops import argument_for, given_to, results_of
from reviewer.analysis.origin import names_read
from reviewer.analysis.place import Place, dotted_name, keyword, positional
from reviewer.analysis.template import called_name, template_of
from reviewer.analysis.values import Spot, Value, flow_of, spot_of, values_of

_NUMBERS = frozenset(
    {"int", "float", "len", "bool", "ord", "round", "hash", "abs", "id", "sum", "Decimal", "UUID", "isinstance"}
)
# These hand on what they get; whether they also make it harmless is for each rule to say.
_PASSING = frozenset(
    {"str", "bytes", "bytearray", "repr", "ascii", "list", "tuple", "set", "frozenset", "sorted", "reversed", "dict"}
    | {"iter", "next", "zip", "enumerate", "map", "filter", "min", "max", "getattr", "vars", "cast", "copy", "deepcopy"}
    | {"unquote", "unquote_plus", "quote", "quote_plus", "urlencode", "urljoin", "urlparse", "urlsplit", "urlunparse"}
    | {
        "urlunsplit",
        "parse_qs",
        "parse_qsl",
        "loads",
        "dumps",
        "b64decode",
        "urlsafe_b64decode",
        "unhexlify",
        "fromhex",
    }
    | {
        "join",
        "abspath",
        "normpath",
        "realpath",
        "expanduser",
        "expandvars",
        "basename",
        "dirname",
        "splitext",
        "fspath",
    }
    | {
        "fromhex",
        "fspath",
        "Path",
        "PurePath",
        "PosixPath",
        "PurePosixPath",
        "WindowsPath",
        "AnyioPath",
        "secure_filename",
        "fsencode",
    }
    | {"force_str", "force_text", "smart_str", "to_native", "ensure_str", "StringIO", "BytesIO", "unescape", "escape"}
    | {"URL", "Request", "furl", "SimpleUploadedFile", "format_html", "mark_safe", "Markup", "shlex.split", "to_thread"}
    | {"conditional_escape", "clean", "strip_tags", "joinpath", "replace", "format", "format_map", "substitute"}
    | {"safe_substitute", "with_name", "sub", "text", "encode", "decode", "get_valid_filename", "literal_eval"}
    | {"safe_join", "escape_filter_chars", "escape_dn_chars", "fmtstr", "translate", "lower", "upper"}
)
_ANSWERS = frozenset(
    {"isdigit", "isalnum", "isalpha", "isnumeric", "isdecimal", "isidentifier", "startswith", "endswith", "count"}
    | {"index", "find", "rfind", "exists", "is_file", "is_dir", "is_valid", "hexdigest", "digest", "is_relative_to"}
    | {"validate", "verify", "to_python", "check_password"}
)
_ANSWERING_PARTS = frozenset({"size", "method", "content_length", "user", "session", "status_code", "ok"})
_MOST_STEPS = 300
# From function to function, of one file.
_MOST_HOPS = 3

# What one may type at a prompt is handed around freely.
_FOLLOWED = (Kind.REMOTE, Kind.ARCHIVE)

Cleaner = Callable[[cst.CSTNode], bool]
# What comprehensions go through by their variables; None for a lambda's parameters, which may be anything.
_Fed = dict[str, cst.BaseExpression | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """`node` is where the data comes in, an expression or a Param; `names` are those it goes through."""

    node: cst.CSTNode
    kind: Kind
    names: frozenset[str]

    @property
    def is_remote(self) -> bool:
        return self.kind is Kind.REMOTE


@dataclass(frozen=True, slots=True)
class _Step:
    """`seen_as` is the longer expression to show for it: `request.args["name"]` for `request.args`."""

    node: cst.CSTNode
    spot: Spot
    names: frozenset[str] = frozenset()
    seen_as: cst.CSTNode | None = None


@dataclass(frozen=True, slots=True)
class _Way:
    """How the search came to a function: by so many `hops`, and for its result by a `call` in the `caller`."""

    hops: int
    call: cst.Call | None = None
    caller: Place | None = None
    called: cst.FunctionDef | None = None


def entry_into(node: cst.CSTNode, at: Place, cleans: Cleaner = lambda _: False) -> Entry | None:
    """Return where outside data that is in an expression entered; what `cleans` says yes to lets nothing through.

    Data that a request brings comes before data of the terminal.
    """
    return _search(node, at, cleans, _Way(0))


def _search(node: cst.CSTNode, at: Place, cleans: Cleaner, way: _Way) -> Entry | None:
    fed = _loop_names(at)
    todo, seen = [_Step(node, spot_of(at))], set[int]()
    best: Entry | None = None
    while todo and len(seen) < _MOST_STEPS:
        step = todo.pop()
        if id(step.node) in seen or cleans(step.node):
            continue
        seen.add(id(step.node))
        kind = _kind(step, at)
        entry = Entry(step.seen_as or step.node, kind, step.names) if kind is not None else _hop(step, at, cleans, way)
        if entry is not None and entry.is_remote:
            return entry
        best = best or entry
        if kind is None and not isinstance(step.node, cst.Param):
            todo.extend(reversed(list(_parts(step, at, fed))))
    return best


def _hop(step: _Step, at: Place, cleans: Cleaner, way: _Way) -> Entry | None:
    """Return where data entered in another function of this file that reaches this one."""
    if way.hops >= _MOST_HOPS:
        return None
    if isinstance(step.node, cst.Call):
        return _from_result(step, step.node, at, cleans, way)
    scope = step.spot.flow.scope if step.spot.flow is not None else None
    if not isinstance(step.node, cst.Param) or not isinstance(scope, cst.FunctionDef):
        return None
    param = step.node
    if param.annotation is not None and is_narrow(param.annotation, at):
        return None
    if way.call is not None and way.caller is not None and scope is way.called:
        value = argument_for(param, scope, way.call)
        return _search(value, way.caller, cleans, _Way(way.hops + 1)) if value is not None else None
    for call, hop in given_to(param, scope, at):
        entry = _search(hop.node, hop.at, cleans, _Way(way.hops + 1))
        if entry is not None and entry.kind in _FOLLOWED and not is_checked(entry, call, hop.at):
            return Entry(param, entry.kind, step.names | {param.name.value})
    return None


def _from_result(step: _Step, call: cst.Call, at: Place, cleans: Cleaner, way: _Way) -> Entry | None:
    for function, statement, hop in results_of(call, at):
        if are_checked(frozenset(names_read(hop.node)), statement, hop.at):
            continue
        entry = _search(hop.node, hop.at, cleans, _Way(way.hops + 1, call, at, function))
        if entry is not None and entry.kind in _FOLLOWED and not is_checked(entry, statement, hop.at):
            return Entry(entry.node, entry.kind, step.names | entry.names)
    return None


def is_fixed(node: cst.CSTNode, at: Place, vouched: Cleaner = lambda _: False) -> bool:
    """True if all parts of a value are constants, numbers, or something the caller vouches for."""
    fed = _loop_names(at)
    todo, seen = [_Step(node, spot_of(at))], set[int]()
    while todo:
        step = todo.pop()
        if id(step.node) in seen or vouched(step.node):
            continue
        seen.add(id(step.node))
        if _kind(step, at) is not None:
            return False
        parts = _made_of(step, at, fed)
        if parts is None or len(seen) > _MOST_STEPS:
            return False
        todo.extend(parts)
    return True


def is_checked(entry: Entry, node: cst.CSTNode, at: Place) -> bool:
    """True if a test before the node compares the data with a closed set, or a call by its name checks it."""
    return are_checked(entry.names, node, at)


def argument(call: cst.Call, position: int, *keywords: str) -> cst.BaseExpression | None:
    """Return the argument at a position, or the one given by one of the names."""
    values = positional(call)
    if position < len(values):
        return values[position]
    return next((value for name in keywords if (value := keyword(call, name)) is not None), None)


def shown(node: cst.CSTNode, at: Place, longest: int = 40) -> str:
    """Return an expression's code on one line, for a message; a parameter's name."""
    code = " ".join(at.code(node.name if isinstance(node, cst.Param) else node).split())
    return code if len(code) <= longest else f"{code[: longest - 4]} ..."


def holder(node: cst.CSTNode, spot: Spot, at: Place) -> Sequence[Value]:
    """Return what a name or `a.b` can hold at a spot."""
    name = dotted_name(node)
    return values_of(name, spot, at) if name is not None else ()


def makers(node: cst.CSTNode, at: Place) -> Iterator[cst.BaseExpression]:
    """Yield the expression itself, or those that gave the name its value."""
    values = holder(node, spot_of(at), at)
    if not values and isinstance(node, cst.BaseExpression):
        yield node
    for value in values:
        if isinstance(value.node, cst.BaseExpression):
            yield value.node.expression if isinstance(value.node, cst.Await) else value.node


def _kind(step: _Step, at: Place) -> Kind | None:
    if isinstance(step.node, cst.Param):
        scope = step.spot.flow.scope if step.spot.flow is not None else None
        return param_kind(step.node, scope, at) if isinstance(scope, cst.FunctionDef) else None
    return entry_kind(step.node, at)


def _loop_names(at: Place) -> _Fed:
    """Return the variables of the comprehensions around the place."""
    fed: _Fed = {}
    for parent in at.parents:
        if isinstance(parent, cst.FunctionDef):
            fed.clear()
        elif isinstance(parent, (cst.ListComp, cst.SetComp, cst.GeneratorExp, cst.DictComp)):
            fed.update(_fed_by(parent.for_in))
        elif isinstance(parent, cst.Lambda):
            fed.update((param.name.value, None) for param in parent.params.params)
    return fed


def _fed_by(loop: cst.CompFor | None) -> Iterator[tuple[str, cst.BaseExpression]]:
    while loop is not None:
        for name in names_read(loop.target):
            yield name, loop.iter
        loop = loop.inner_for_in


def _parts(step: _Step, at: Place, fed: _Fed) -> Iterator[_Step]:
    """Yield the expressions whose data is in this one."""
    node = step.node
    name = dotted_name(node)
    if name is not None and name in fed and step.spot.flow is not None:
        source = fed[name]
        if source is not None:
            yield _Step(source, step.spot, step.names | {name})
        return
    if name is not None:
        values = values_of(name, step.spot, at)
        for value in values:
            yield _Step(value.node, value.spot, step.names | {name})
        if values:
            return
    if isinstance(node, (cst.ListComp, cst.SetComp, cst.GeneratorExp, cst.DictComp)):
        fed.update(_fed_by(node.for_in))
    for part in _inner(node):
        yield _Step(part, step.spot, step.names, _seen_as(step, part))


def _seen_as(step: _Step, part: cst.CSTNode) -> cst.CSTNode | None:
    """Return what to show for a part: the subscript, the `get` or the call around it."""
    match step.node:
        case cst.Subscript() | cst.Await():
            return step.seen_as or step.node
        case cst.Call(func=func) if part is func:
            return step.seen_as or step.node
        case cst.Attribute(attr=cst.Name("get" | "getlist" | "getvalue" | "get_all" | "pop" | "read" | "filename")):
            return step.seen_as or step.node
        case _:
            return None


def _inner(node: cst.CSTNode) -> Sequence[cst.CSTNode]:
    template = template_of(node)
    if template is not None:
        return template.values
    match node:
        case cst.Attribute(value=value, attr=cst.Name(part)):
            return () if part in _ANSWERING_PARTS else (value,)
        case cst.Subscript(value=value) | cst.NamedExpr(value=value) | cst.StarredElement(value=value):
            return (value,)
        case cst.Await(expression=value) | cst.FormattedStringExpression(expression=value):
            return (value,)
        case cst.BinaryOperation(left=left, operator=operator, right=right):
            return (left,) if isinstance(operator, cst.Multiply) else (left, right)
        case cst.BooleanOperation(left=left, right=right):
            return (left, right)
        case cst.IfExp(body=one, orelse=other, test=test):
            return () if checks(test, set(names_read(test))) else (one, other)
        case cst.List() | cst.Tuple() | cst.Set():
            return [element.value for element in node.elements]
        case cst.Dict(elements=elements):
            return [element.value for element in elements]
        case cst.ListComp(elt=part) | cst.SetComp(elt=part) | cst.GeneratorExp(elt=part) | cst.DictComp(value=part):
            return (part,)
        case cst.Call():
            return _handed_on(node)
        case _:
            return ()


def _handed_on(call: cst.Call) -> Sequence[cst.CSTNode]:
    name = called_name(call)
    if name in _NUMBERS or name in _ANSWERS:
        return ()
    parts: list[cst.CSTNode] = [call.func] if isinstance(call.func, cst.Attribute) else []
    if name in _PASSING or (name == "split" and dotted_name(call.func) == "shlex.split"):
        parts += [argument.value for argument in call.args]
    return parts


def _made_of(step: _Step, at: Place, fed: _Fed) -> Sequence[_Step] | None:
    """Return what a value is made of; None if it may be anything."""
    node = step.node
    if isinstance(node, cst.Param):
        scope = step.spot.flow.scope if step.spot.flow is not None else None
        return () if scope is not None and _is_closed(node, at) else None
    if isinstance(node, (cst.BaseString, cst.BaseNumber, cst.Ellipsis)) and template_of(node) is None:
        return ()
    name = dotted_name(node)
    if name is not None:
        return _made_of_name(name, step, at, fed)
    if isinstance(node, cst.Call):
        if called_name(node) in _NUMBERS or called_name(node) in _ANSWERS:
            return ()
        if called_name(node) not in _PASSING and not _is_lookup(node):
            return None
    if isinstance(node, (cst.Comparison, cst.UnaryOperation)):
        return ()
    if isinstance(node, (cst.Lambda, cst.Yield, cst.Await)):
        return None
    if isinstance(node, (cst.ListComp, cst.SetComp, cst.GeneratorExp, cst.DictComp)):
        fed.update(_fed_by(node.for_in))
    parts = [_Step(_owner_of(part, node), step.spot) for part in _inner(node)]
    if isinstance(node, cst.Call) and not _is_lookup(node) and _is_of_module(node.func, at):
        parts = parts[1:]
    return parts


def _owner_of(part: cst.CSTNode, node: cst.CSTNode) -> cst.CSTNode:
    """Return the text a method works on instead of the method."""
    is_method = isinstance(node, cst.Call) and part is node.func
    return part.value if is_method and isinstance(part, cst.Attribute) else part


def _made_of_name(name: str, step: _Step, at: Place, fed: _Fed) -> Sequence[_Step] | None:
    last = name.rpartition(".")[2]
    if last.isupper() or name in ("True", "False", "None", "sys.executable", "__name__", "__file__", "__doc__"):
        return ()
    if name in fed and step.spot.flow is not None:
        source = fed[name]
        return None if source is None else [_Step(source, step.spot)]
    values = values_of(name, step.spot, at)
    return [_Step(value.node, value.spot) for value in values] or None


def _is_lookup(call: cst.Call) -> bool:
    """True for methods whose result says nothing that their owner does not say."""
    return isinstance(call.func, cst.Attribute) and called_name(call) in (
        "get", "items", "keys", "values", "strip", "rstrip", "lstrip", "title", "split", "capitalize", "casefold",
    )  # fmt: skip


def _is_of_module(func: cst.BaseExpression, at: Place) -> bool:
    """True for a function of a module, which is itself no part of the result."""
    if not isinstance(func, cst.Attribute) or entry_kind(func.value, at) is not None:
        return False
    is_bound_here = flow_of(at.function or at.chunk).bound.get(dotted_name(func.value) or "")
    return at.is_imported(func.value) and not is_bound_here


def _is_closed(param: cst.Param, at: Place) -> bool:
    return param.annotation is not None and is_narrow(param.annotation, at)
