"""The loops a node stands in: what they feed, whether they are short, and whether they run to the end."""

from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.origin import below, names_read
from reviewer.analysis.place import Place, dotted_name
from reviewer.analysis.regex import regex
from reviewer.analysis.template import called_name

Loop = cst.For | cst.CompFor

_PIECE = regex(
    r"_|(\w+_)?(pages?|offset|batch|chunk|slice|block|part|attempt|retry|tries|shard)|(batch|chunk|page)_\w+"
)
_CUTTING = regex(r"\w*(chunk|batch|slice|group|page|partition)\w*")
_COMMAND_LINE = ("sys.argv", "args.", "options.")


def loops_around(at: Place, node: cst.CSTNode) -> Iterator[Loop]:
    """Yield the `for` loops and comprehensions that run the node again and again, innermost first.

    A function defined in a loop is not run by it.
    """
    for parent in reversed(at.parents):
        if isinstance(parent, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
            return
        if isinstance(parent, cst.For) and node is parent.body:
            yield parent
        if isinstance(parent, (cst.ListComp, cst.SetComp, cst.GeneratorExp, cst.DictComp)):
            yield from _chain(parent.for_in)
        node = parent


def names_fed_by(loop: Loop) -> set[str]:
    """Return the variables of a loop and the names its body gives a value made of them."""
    fed = set(names_read(loop.target))
    for node in below(loop.body) if isinstance(loop, cst.For) else ():
        if isinstance(node, cst.Assign) and fed & set(names_read(node.value)):
            fed.update(name for target in node.targets for name in names_read(target.target))
        elif isinstance(node, (cst.For, cst.CompFor)) and fed & set(names_read(node.iter)):
            fed.update(names_read(node.target))
    return fed


def is_short(loop: Loop) -> bool:
    """True for a loop over literals, constants or the command line: nothing that grows with the data."""
    values = _iterated(loop)
    if isinstance(values, cst.Call):
        return called_name(values) == "range" and all(isinstance(arg.value, cst.Integer) for arg in values.args)
    if isinstance(values, (cst.List, cst.Tuple, cst.Set)):
        return not any(isinstance(element, cst.StarredElement) for element in values.elements)
    dotted = dotted_name(values) or ""
    return isinstance(values, cst.Dict) or dotted.rpartition(".")[2].isupper() or dotted.startswith(_COMMAND_LINE)


def is_by_pieces(loop: Loop) -> bool:
    """True for a loop over pages, batches or slices, and for retries, going by the names."""
    if any(_PIECE.fullmatch(name) for name in names_read(loop.target)):
        return True
    values = _iterated(loop)
    if not isinstance(values, cst.Call):
        return False
    name = called_name(values)
    return _CUTTING.fullmatch(name) is not None or (name == "range" and len(values.args) == 3)


def ends_at_first(loop: Loop, at: Place) -> bool:
    """True if the first success ends the loop: it returns the node at this place, or always leaves."""
    if not isinstance(loop, cst.For):
        return False
    inside = at.parents[at.parents.index(loop) :]
    return any(isinstance(parent, cst.Return) for parent in inside) or _leaves(loop.body)


def _chain(loop: cst.CompFor) -> Sequence[cst.CompFor]:
    inner = loop.inner_for_in
    return [loop] if inner is None else [*_chain(inner), loop]


def _iterated(loop: Loop) -> cst.BaseExpression:
    """Return what a loop goes through, without `enumerate`, `sorted` and `.items()` around it."""
    values = loop.iter
    while isinstance(values, cst.Call):
        name = called_name(values)
        if isinstance(values.func, cst.Attribute) and name in ("items", "keys", "values"):
            values = values.func.value
        elif name in ("enumerate", "sorted", "reversed", "list", "zip") and values.args:
            values = values.args[0].value
        else:
            break
    return values


def _leaves(body: cst.BaseSuite) -> bool:
    for statement in body.body:
        if isinstance(statement, cst.SimpleStatementLine):
            if any(isinstance(small, (cst.Break, cst.Return)) for small in statement.body):
                return True
        elif isinstance(statement, (cst.Try, cst.With)) and _leaves(statement.body):
            return True
    return False
