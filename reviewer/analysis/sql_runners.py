"""Which calls run a text as SQL, going by their names, and which of them runs the text at a place."""

from collections.abc import Sequence
from functools import lru_cache

import libcst as cst

from reviewer.analysis.origin import below
from reviewer.analysis.place import Place, dotted_name
from reviewer.analysis.regex import regex
from reviewer.analysis.template import called_name

_RUNNERS = regex(
    r"execute(many|script|_?sql|_query|_many|_raw)?|exec_driver_sql|raw|RawSQL|extra|mogrify|query|queries|sql|SQL"
    r"|read_sql(_query|_table)?|fetch(all|one|many|row|val|_all|_one|_val)?|scalars?|run_query|run_sql|prepare"
    r"|select_sql|copy_expert|copy_from_query|from_statement|literal_column|DDL|executeQuery|query_and_wait"
    r"|cursor"
)
_ONLY_SQL = regex(r"execute(many|script|_?sql|_query|_many|_raw)?|exec_driver_sql|RawSQL|read_sql(_query)?|raw")


def gets_only_sql(call: cst.Call) -> bool:
    """True if whatever text the call gets is SQL."""
    return _ONLY_SQL.fullmatch(called_name(call)) is not None


def runner_at(at: Place) -> cst.Call | None:
    """Return the call that runs the text at this place, directly or by the name it is bound to."""
    direct, inner = None, None
    for parent in reversed(at.parents):
        if isinstance(parent, cst.Call) and isinstance(inner, cst.Arg) and _runs_sql(parent, at):
            direct = parent
        if isinstance(parent, (cst.BaseSmallStatement, cst.BaseCompoundStatement, cst.Lambda)):
            return direct or runner_of(_targets(parent), at)
        inner = parent
    return direct


def runner_of(names: set[str], at: Place) -> cst.Call | None:
    """Return the call in this function that runs what one of the names holds."""
    for call in _runner_calls(at.function or at.chunk) if names else ():
        if _runs_sql(call, at) and _mentions(call.args, names):
            return call
    return None


def is_sql_text(call: cst.Call, at: Place) -> bool:
    """True for `text(…)` of SQLAlchemy."""
    is_sqlalchemy = (at.name(call.func) or "").startswith(("sqlalchemy.", "sqlmodel."))
    return called_name(call) == "text" and is_sqlalchemy


@lru_cache(maxsize=16)
def _runner_calls(scope: cst.CSTNode) -> Sequence[cst.Call]:
    """Return the calls in a function that by their name may run SQL."""
    calls = (node for node in below(scope) if isinstance(node, cst.Call))
    return [call for call in calls if called_name(call) == "text" or _RUNNERS.fullmatch(called_name(call))]


def _mentions(arguments: Sequence[cst.Arg], names: set[str]) -> bool:
    return any(dotted_name(part) in names for argument in arguments for part in below(argument.value))


def _runs_sql(call: cst.Call, at: Place) -> bool:
    return is_sql_text(call, at) or _RUNNERS.fullmatch(called_name(call)) is not None


def _targets(statement: cst.CSTNode) -> set[str]:
    match statement:
        case cst.Assign(targets=targets):
            return {dotted_name(target.target) or "" for target in targets} - {""}
        case cst.AnnAssign(target=target) | cst.AugAssign(target=target):
            return {dotted_name(target) or ""} - {""}
        case _:
            return set()
