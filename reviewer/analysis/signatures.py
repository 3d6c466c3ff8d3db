"""What a function or a dataclass takes, and whether a call fits it."""

import ast
from dataclasses import dataclass

from reviewer.analysis.amounts import amount
from reviewer.analysis.tree import FUNCTIONS, dotted, quote

_MOST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Signature:
    """What a call may give: `places` are the parameters by position; `takes_*` if it takes any number."""

    name: str
    places: tuple[str, ...]
    nameable: frozenset[str]
    required: tuple[str, ...]
    takes_more: bool
    takes_any_name: bool


def signature_from(name: str, args: ast.arguments, bound: int) -> Signature:
    """Read a signature without its first `bound` parameters."""
    every = [*args.posonlyargs, *args.args]
    places = [arg.arg for arg in every]
    needed = places[: len(places) - len(args.defaults)][bound:]
    keywords = [arg.arg for arg in args.kwonlyargs]
    needed += [arg for arg, default in zip(keywords, args.kw_defaults, strict=True) if default is None]
    nameable = {arg.arg for arg in args.args} | set(keywords)
    if bound and every:
        nameable.discard(every[0].arg)
    return Signature(
        name,
        tuple(places[bound:]),
        frozenset(nameable),
        tuple(needed),
        takes_more=args.vararg is not None or (bound > len(places)),
        takes_any_name=args.kwarg is not None,
    )


def dataclass_signature(node: ast.ClassDef, decorator: ast.expr) -> Signature | None:
    """Return what a dataclass takes by its fields; None if its options or theirs say otherwise."""
    if isinstance(decorator, ast.Call) and any(each.arg in (None, "init", "kw_only") for each in decorator.keywords):
        return None
    places: list[str] = []
    needed: list[str] = []
    for part in node.body:
        if isinstance(part, FUNCTIONS) and part.name in ("__init__", "__new__"):
            return None
        if not isinstance(part, ast.AnnAssign) or not isinstance(part.target, ast.Name):
            continue
        kind, value = quote(part.annotation, longest=200), part.value
        if "KW_ONLY" in kind or "InitVar" in kind or isinstance(value, ast.Call):
            options = {each.arg for each in value.keywords} if isinstance(value, ast.Call) else set()
            if (
                "KW_ONLY" in kind
                or "InitVar" in kind
                or not (dotted(getattr(value, "func", None)) or "").endswith("field")
            ):
                return None
            if options & {"init", "kw_only", None}:
                if options - {"init", "default", "default_factory", "repr"}:
                    return None
                continue
            has_default = bool(options & {"default", "default_factory"})
        elif "ClassVar" in kind:
            continue
        else:
            has_default = value is not None
        places.append(part.target.id)
        if not has_default:
            needed.append(part.target.id)
    return Signature(node.name, tuple(places), frozenset(places), tuple(needed), takes_more=False, takes_any_name=False)


def misfit(call: ast.Call, signature: Signature) -> str | None:
    """Return what is wrong with the arguments of a call."""
    has_star = any(isinstance(arg, ast.Starred) for arg in call.args)
    names = [keyword.arg for keyword in call.keywords]
    shown = f"`{signature.name}()`"
    count = sum(not isinstance(arg, ast.Starred) for arg in call.args)
    if count > len(signature.places) and not signature.takes_more:
        return f"{shown} takes {amount(len(signature.places), 'positional argument')}, not {count}"
    unknown = [name for name in names if name and name not in signature.nameable]
    if unknown and not signature.takes_any_name:
        return f"{shown} has no parameter `{unknown[0]}`"
    if has_star or None in names:
        return None
    given = set(signature.places[:count])
    twice = [name for name in names if name in given and name in signature.nameable]
    if twice:
        return f"{shown} gets `{twice[0]}` twice"
    missing = [name for name in signature.required if name not in given and name not in names]
    if missing:
        listed = ", ".join(f"`{name}`" for name in missing[:_MOST_SHOWN])
        return f"{shown} is called without {listed}"
    return None
