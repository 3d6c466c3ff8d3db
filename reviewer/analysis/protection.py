"""What protects a piece of code: decorators, checks that leave, locks, options of calls, cleaning of values.

Lists the protections of one scope in a form that can be matched with those of the same scope after a change.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reviewer.analysis.regex import regex
from reviewer.analysis.source import nodes_in
from reviewer.analysis.twins import Scope, own_nodes

_GUARDING_DECORATOR = regex(
    r"\w*(login|auth|permission|role|admin|staff|superuser|jwt|token|access|csrf|scope|tenant|owner|verified)\w*|"
    r"\w*(required|requires?|protect|ratelimit|rate_limit|throttle|limit|limits|atomic|synchronized|lock|locked)|"
    r"(require|validate|ensure|check|sanitize|retry|retries|timeout)\w*|never_cache|sensitive_\w+|xframe_\w+|retrying",
    re.IGNORECASE,
)
_SECURE = regex(
    r"login|auth|permission|admin|staff|superuser|jwt|csrf|role|verify|escape|saniti[sz]e|quote|secure|safe|owner|"
    r"hmac|compare_digest|is_relative_to|Security|clean_html|bleach|allowed_host",
    re.IGNORECASE,
)
_GUARDING_CALL = regex(
    r"_?(escape|quote|saniti[sz]e|validate|valid|check|verify|ensure|require|authori[sz]e|authenticate|assert)(_\w+)?|"
    r"\w+_(escape|escaped|quote|saniti[sz]e[rd]?|validator|validate)|html_?escape|secure_filename|safe_join|compare_digest|"
    r"is_relative_to|raise_for_status|rollback|full_clean|is_valid|has_perms?|has_permissions?|has_object_permission|"
    r"limit|select_for_update|acquire|fsync|atomic|url_has_allowed_host_and_scheme|is_safe_url|abort_unless\w*|"
    r"clean_html|mark_for_rollback|check_object_permissions|normpath|realpath|is_authenticated|cleandoc_html|"
    r"quote_plus|quote_name|quote_ident|quoteattr|format_html|basename|urlencode|shield|raise_on_error|wait_for"
)
_ASKING = regex(
    r"(get_)?current_\w*user\w*|\w*(auth|permission|require|verify|login|admin|token|scope)\w*", re.IGNORECASE
)
# Keywords that protect where they are given, by the values that switch them off.
_KEYWORDS: Mapping[str, tuple[object, ...]] = {
    "timeout": (None,), "connect_timeout": (None,), "read_timeout": (None,), "check": (False, None),
    "return_exceptions": (False,), "limit": (None,), "max_length": (None,), "maxsize": (None, 0),
    "max_workers": (None,), "max_retries": (0,), "retries": (0,), "autoescape": (False,), "secure": (False,),
    "httponly": (False,), "samesite": (None,), "algorithms": (None,), "Loader": (), "strict": (False,),
    "ssl_context": (None,), "quote": (False,), "chunksize": (None,), "max_bytes": (None,),
    "ge": (None,), "gt": (None,), "le": (None,), "lt": (None,), "min_length": (None,), "validators": (None,),
    "login_required": (False,), "permission_required": (None,), "permission_classes": (), "dependencies": (None,),
    "unique": (False,), "allowed_hosts": (None,), "verify": (False, None), "check_hostname": (False,),
    "weights_only": (False,), "idempotency_key": (None,),
}  # fmt: skip
_ONLY_OF = {
    "filter": frozenset({"extract", "extractall"}),
    "encoding": frozenset({"open", "read_text", "write_text", "fdopen", "TextIOWrapper", "NamedTemporaryFile"}),
    "context": frozenset({"urlopen", "HTTPSConnection", "SMTP_SSL"}),
}
_FORBIDDING = frozenset(
    {"allow_redirects", "shell", "resolve_entities", "allow_pickle", "no_network", "follow_symlinks"}
)
_LOCK = regex(
    r"(^|[._])(\w*lock|mutex|\w*sem(aphore)?|transaction|atomic|begin|begin_nested|savepoint|limiter)\b", re.IGNORECASE
)
_CLASSES = frozenset({"permission_classes", "authentication_classes", "throttle_classes", "permission_required"})
_SMALLEST_CAP = 5
_REFUSAL = regex(r"Forbidden|Unauthori[sz]ed|BadRequest|\b40[0-9]\b|\b42[29]\b|redirect|login|_?error\(")
_OPEN_CLASSES = regex(r"AllowAny|^[\[(][\])]$|^None$")
_GUARDING_BASE = regex(
    r"\w*(Login|Auth|Permission|UserPasses|Access|Staff|Admin\w*Required|Csrf)\w*Mixin|\w+RequiredMixin"
)
_LEAVING_CALLS = frozenset({"abort", "exit", "fail", "_exit", "HTTPException", "die", "error"})
_LIMIT = regex(r"\bselect\b[\s\S]*\blimit\s+(\d+|\?|%s|:\w+)", re.IGNORECASE)


_OPPOSITES: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Protection:
    """`key` is alike before and after; `kind` says how it protects, `names` what it is about.

    `needs` are lines of code, as dumps, of which one must be left for the protection to be missed.
    """

    key: str
    kind: str
    shown: str
    node: ast.AST
    is_security: bool = False
    needs: frozenset[str] = frozenset()


def protections_in(scope: Scope) -> Iterator[Protection]:
    """Yield what protects the code of a scope itself."""
    if not isinstance(scope, ast.Module):
        yield from _decorators(scope)
    if isinstance(scope, ast.ClassDef):
        yield from _bases(scope)
    for node in own_nodes(scope):
        yield from _protections(node)


def leaves(body: list[ast.stmt]) -> bool:
    """True if a block ends by leaving: raise, return, continue, break or a call that does not come back."""
    last = body[-1]
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
        return last_name(last.value.func) in _LEAVING_CALLS
    return isinstance(last, (ast.Raise, ast.Return, ast.Continue, ast.Break))


def check_key(test: ast.expr, *, outcome: bool) -> str:
    """Return the condition that lets code run; `assert x` and `if not x: raise` have the same."""
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, outcome = test.operand, not outcome
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        opposite = _OPPOSITES.get(type(test.ops[0]))
        if opposite is not None and not outcome:
            test, outcome = ast.Compare(test.left, [opposite()], test.comparators), True
    return f"if {outcome} {ast.unparse(test)}"


def last_name(node: ast.AST) -> str:
    """Return `c` for `a.b.c` and `a.b.c(d)`."""
    if isinstance(node, ast.Call):
        return last_name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _protections(node: ast.AST) -> Iterator[Protection]:
    match node:
        case ast.If():
            yield from _checks(node)
        case ast.Assert(test=test):
            yield Protection(check_key(test, outcome=True), "assert", f"assert {_short(test)}", node)
        case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
            yield from _locks(items, body)
        case ast.Try():
            yield from _handlers(node)
        case ast.Call():
            yield from _call(node)
        case _:
            yield from _others(node)


def _others(node: ast.AST) -> Iterator[Protection]:
    match node:
        case ast.Constant(str() as text) if _LIMIT.search(text):
            yield Protection("LIMIT", "limit", "LIMIT", node)
        case ast.While(test=test, body=body) if not isinstance(test, ast.Constant):
            held = _statements(body)
            yield Protection(check_key(test, outcome=True), "wrap", f"while {_short(test)}", node, needs=held)
        case ast.Subscript(slice=ast.Slice(lower=None, upper=ast.expr() as upper, step=None), value=value) if _is_cap(
            upper
        ):
            yield Protection(f"[:] {ast.unparse(value)}", "slice", f"[:{_short(upper)}]", node)
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in _CLASSES:
            if not _OPEN_CLASSES.search(ast.unparse(value)):
                yield Protection(f"{name} =", "class", name, node, is_security=True)


def _is_cap(upper: ast.expr) -> bool:
    """True for the end of a slice that keeps a result small: `[:100]`, `[:page_size]`."""
    if isinstance(upper, ast.Constant):
        return isinstance(upper.value, int) and upper.value >= _SMALLEST_CAP
    return re.search(r"limit|max|size|page|count|top|^n$", ast.unparse(upper), re.IGNORECASE) is not None


def _decorators(scope: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Iterator[Protection]:
    for decorator in scope.decorator_list:
        name = last_name(decorator)
        text = ast.unparse(decorator)
        if _GUARDING_DECORATOR.fullmatch(name) or "method_decorator" in text or ".limiter." in f".{text}":
            yield Protection(f"@{name}", "decorator", f"@{_short(decorator)}", decorator, bool(_SECURE.search(text)))


def _bases(scope: ast.ClassDef) -> Iterator[Protection]:
    for base in scope.bases:
        if _GUARDING_BASE.fullmatch(last_name(base)):
            yield Protection(f"base {last_name(base)}", "base", last_name(base), base, is_security=True)


def _checks(node: ast.If) -> Iterator[Protection]:
    """Yield the tests, one for each side of an `or`, that keep the code after them from running."""
    if not leaves(node.body):
        if not node.orelse:
            yield from _wraps(node)
        return
    is_raised = isinstance(node.body[-1], (ast.Raise, ast.Expr)) or _is_refusal(node.body[-1])
    if not is_raised and not _gives_nothing(node.body[-1]):
        return  # a case of its own, and no guard
    kind = "raise" if is_raised else "return"
    tests = node.test.values if isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.Or) else [node.test]
    for test in tests:
        is_security = is_raised and _SECURE.search(ast.unparse(test)) is not None
        shown = f"if {_short(test)}: {_short(node.body[-1])}"
        yield Protection(check_key(test, outcome=False), kind, shown, node, is_security)


def _wraps(node: ast.If) -> Iterator[Protection]:
    """Yield the tests, one for each side of an `and`, under which alone a block runs."""
    tests = node.test.values if isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.And) else [node.test]
    held = _statements(node.body)
    for test in tests:
        is_security = _SECURE.search(ast.unparse(test)) is not None
        yield Protection(check_key(test, outcome=True), "wrap", f"if {_short(test)}", node, is_security, held)


def _handlers(node: ast.Try) -> Iterator[Protection]:
    held = _statements(node.body)
    for handler in node.handlers:
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        for kind in kinds:
            if kind is not None and last_name(kind) in ("ImportError", "ModuleNotFoundError"):
                continue  # an optional dependency that no longer is
            shown = f"except {_short(kind)}" if kind is not None else "except"
            yield Protection(shown, "except", shown, handler, needs=held)
    for statement in node.finalbody:
        yield Protection(
            f"finally {ast.unparse(statement)}", "finally", f"finally: {_short(statement)}", statement, needs=held
        )


def _statements(body: list[ast.stmt]) -> frozenset[str]:
    return frozenset(ast.dump(node) for statement in body for node in nodes_in(statement) if isinstance(node, ast.stmt))


def _gives_nothing(statement: ast.stmt) -> bool:
    """True for `continue`, `break`, and a return of nothing, a constant or an empty display."""
    if not isinstance(statement, ast.Return) or statement.value is None or isinstance(statement.value, ast.Constant):
        return True
    return ast.unparse(statement.value) in ("[]", "{}", "()", "set()", "dict()", "list()")


def _is_refusal(statement: ast.stmt) -> bool:
    """True for `return HttpResponseForbidden()`, `return jsonify(...), 403`, `return redirect("login")`."""
    text = ast.unparse(statement)
    return _REFUSAL.search(text) is not None


def _locks(items: list[ast.withitem], body: list[ast.stmt]) -> Iterator[Protection]:
    for item in items:
        text = ast.unparse(item.context_expr)
        name = last_name(item.context_expr)
        if _LOCK.search(text) or name in ("timeout", "fail_after", "move_on_after"):
            shown = f"with {_short(item.context_expr)}"
            yield Protection(f"with {name}", "lock", shown, item.context_expr, needs=_statements(body))


def _call(call: ast.Call) -> Iterator[Protection]:
    name = last_name(call.func)
    if _GUARDING_CALL.fullmatch(name):
        yield Protection(f"{name}()", "call", f"{name}()", call, _SECURE.search(name) is not None)
    elif name in ("Depends", "Security") and call.args and _ASKING.fullmatch(last_name(call.args[0])):
        shown = f"{name}({_short(call.args[0])})"
        yield Protection(shown, "class", shown, call, is_security=True)
    for keyword in call.keywords:
        if keyword.arg is not None and (_is_on(keyword.arg, keyword.value) or name in _ONLY_OF.get(keyword.arg, ())):
            is_security = bool(_SECURE.search(keyword.arg)) or keyword.arg in _FORBIDDING
            shown = f"{keyword.arg}={_short(keyword.value)}"
            yield Protection(f"{name}({keyword.arg}=)", "keyword", shown, call, is_security, frozenset({name}))


def _is_on(name: str, value: ast.expr) -> bool:
    constant = value.value if isinstance(value, ast.Constant) else ...
    if name in _FORBIDDING:
        return constant is False
    off = _KEYWORDS.get(name)
    return off is not None and not any(constant is each or (constant == each and constant is not ...) for each in off)


def _short(node: ast.AST) -> str:
    text = ast.unparse(node).partition("\n")[0]
    return text if len(text) <= 40 else text[:39] + "…"
