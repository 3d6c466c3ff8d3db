"""What a cancelling under way ends, by the ways trio and anyio have to hold it off."""

import ast

from reviewer.analysis.async_managers import With
from reviewer.analysis.outline import Outline, inside, keyword_of, method_of

# These let no cancelling through, or do their work in spite of it.
_SHIELDED = frozenset({"aclose", "aclose_forcefully", "cancel_shielded_checkpoint"})


def ends_at_once(node: ast.AST, outline: Outline) -> bool:
    """True for an await in a `finally`, or in a handler of the cancelling, that no shield protects."""
    inner: ast.AST = node
    for above in outline.ancestors(node):
        if isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            return False
        if isinstance(above, (ast.With, ast.AsyncWith)) and _is_shielded(above):
            return False
        if isinstance(above, ast.Try) and isinstance(inner, ast.stmt) and inner in above.finalbody:
            return not _shields_itself(node)
        if isinstance(above, ast.ExceptHandler) and _catches_cancelling(above, outline):
            return not _shields_itself(node)
        inner = above
    return False


def _shields_itself(node: ast.AST) -> bool:
    return isinstance(node, ast.Await) and isinstance(node.value, ast.Call) and method_of(node.value) in _SHIELDED


def _is_shielded(block: With) -> bool:
    """True for `with CancelScope(shield=True)`, and where `scope.shield = True` follows."""
    calls = [item.context_expr for item in block.items if isinstance(item.context_expr, ast.Call)]
    if any(keyword_of(call, "shield") is not None for call in calls):
        return True
    return any(
        isinstance(node, ast.Assign)
        and any(isinstance(one, ast.Attribute) and one.attr == "shield" for one in node.targets)
        for node in inside(block)
    )


def _catches_cancelling(handler: ast.ExceptHandler, outline: Outline) -> bool:
    """True if this is the first handler that a cancelling reaches."""
    attempt = outline.parents[handler]
    handlers = attempt.handlers if isinstance(attempt, ast.Try) else [handler]
    before = handlers[: handlers.index(handler)]
    return _takes_all(handler, outline) and not any(_takes_all(one, outline) for one in before)


def _takes_all(handler: ast.ExceptHandler, outline: Outline) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {
        outline.name(kind.func if isinstance(kind, ast.Call) else kind) if kind else "BaseException" for kind in kinds
    }
    return bool(names & {"BaseException", "trio.Cancelled", "anyio.get_cancelled_exc_class", "asyncio.CancelledError"})
