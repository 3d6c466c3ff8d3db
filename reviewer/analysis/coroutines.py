"""Which calls give a coroutine, that does nothing until somebody awaits it, and what may be done with one unawaited."""

import ast

from reviewer.analysis.outline import Function, Outline, inside, method_of, uses_in

_TRIO = (
    "aclose_forcefully open_file open_ssl_over_tcp_listeners open_ssl_over_tcp_stream open_tcp_listeners"
    " open_tcp_stream open_unix_socket run_process serve_listeners serve_ssl_over_tcp serve_tcp sleep"
    " sleep_forever sleep_until lowlevel.cancel_shielded_checkpoint lowlevel.checkpoint"
    " lowlevel.checkpoint_if_cancelled lowlevel.open_process lowlevel.permanently_detach_coroutine_object"
    " lowlevel.reattach_detached_coroutine_object lowlevel.temporarily_detach_coroutine_object"
    " lowlevel.wait_readable lowlevel.wait_task_rescheduled lowlevel.wait_writable to_thread.run_sync"
)
_ANYIO = (
    "sleep sleep_forever sleep_until run_process open_process open_file connect_tcp connect_unix"
    " create_tcp_listener create_unix_listener aclose_forcefully to_thread.run_sync to_process.run_sync"
    " lowlevel.checkpoint lowlevel.checkpoint_if_cancelled lowlevel.cancel_shielded_checkpoint"
    " wait_socket_readable wait_socket_writable wait_readable wait_writable wait_all_tasks_blocked"
)
_ASYNCIO = (
    "sleep wait wait_for to_thread gather shield open_connection start_server create_subprocess_exec"
    " create_subprocess_shell open_unix_connection"
)
_COROUTINES = frozenset(
    {f"trio.{name}" for name in _TRIO.split()}
    | {f"anyio.{name}" for name in _ANYIO.split()}
    | {f"asyncio.{name}" for name in _ASYNCIO.split()}
)
# What the call on the left makes has methods that do nothing until awaited.
_AWAITED_METHODS = {
    "httpx.AsyncClient": frozenset(
        ["get", "post", "put", "patch", "delete", "head", "options", "request", "send", "aclose"]
    ),
    "asyncio.Queue": frozenset({"get", "put", "join"}),
    "asyncio.Event": frozenset({"wait"}),
    "asyncio.Lock": frozenset({"acquire"}),
    "asyncio.Semaphore": frozenset({"acquire"}),
    "asyncio.Condition": frozenset({"acquire", "wait", "wait_for"}),
}
_MOST_USES = 100
# Things one may do with a coroutine object itself.
_OF_COROUTINES = frozenset({"close", "send", "throw", "cr_frame", "cr_code", "cr_await", "cr_running", "__await__"})


def is_coroutine(call: ast.Call, outline: Outline) -> bool:
    if outline.known(call.func) in _COROUTINES:
        return True
    if isinstance(call.func, ast.Attribute):
        methods = _AWAITED_METHODS.get(outline.made_by(call.func.value), frozenset())
        if method_of(call) in methods:
            return True
    function = outline.local_function(call)
    return isinstance(function, ast.AsyncFunctionDef) and not _is_generator(function)


def is_unawaited(call: ast.Call, outline: Outline) -> bool:
    """True where a coroutine object is dropped, or used as if it were its result."""
    above = outline.parents[call]
    match above:
        case ast.Expr() | ast.BinOp() | ast.UnaryOp() | ast.Compare() | ast.FormattedValue():
            return True
        case ast.Attribute(attr=name):
            return name not in _OF_COROUTINES
        case ast.Subscript(value=value):
            return value is call
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            return test is call
        case ast.For(iter=values) | ast.comprehension(iter=values, is_async=0):
            return values is call
    return False


def is_used_as_value(given: ast.Assign, outline: Outline) -> bool:
    """True if the function only takes parts of what it was given, and neither awaits it nor hands it on."""
    function = outline.function(given)
    target = given.targets[0]
    if function is None or not isinstance(target, ast.Name) or len(outline.values(target)) != 1:
        return False
    uses = uses_in(function).get(target.id, ())[:_MOST_USES]
    above = [outline.parents[use] for use in uses if isinstance(use.ctx, ast.Load)]
    parts = [one for one in above if isinstance(one, (ast.Attribute, ast.Subscript))]
    is_own = any(isinstance(one, ast.Attribute) and one.attr in _OF_COROUTINES for one in parts)
    return bool(parts) and len(parts) == len(above) and not is_own


def _is_generator(function: Function) -> bool:
    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in inside(function))
