"""What is done on the strength of an answer that may no longer hold: to a file, in a store, or to somebody else."""

import ast

from reviewer.analysis.lookups import Check, is_store, names_in
from reviewer.analysis.outline import Outline, code_of, dotted, keyword_of, method_of
from reviewer.analysis.regex import regex
from reviewer.analysis.source import nodes_in

_CREATES = frozenset(
    {"os.mkdir", "os.makedirs", "os.symlink", "os.link", "os.mkfifo", "os.mknod", "shutil.copytree", "shutil.copy"}
    | {"shutil.copy2", "shutil.copyfile"}
)
_CREATES_PATH = frozenset({"mkdir", "touch", "write_text", "write_bytes", "symlink_to", "hardlink_to"})
_REMOVES = frozenset({"os.remove", "os.unlink", "os.rmdir", "shutil.rmtree", "os.rename", "os.replace", "shutil.move"})
_REMOVES_PATH = frozenset({"unlink", "rmdir", "rename", "replace"})
_FORGIVING = frozenset({"exist_ok", "missing_ok", "ignore_errors", "dirs_exist_ok"})
_FILE_ERRORS = frozenset(
    {"OSError", "IOError", "FileExistsError", "FileNotFoundError", "PermissionError", "Exception", "BaseException"}
    | {"EnvironmentError", "shutil.Error", "NotADirectoryError", "IsADirectoryError"}
)
_ACTS = regex(
    r"a?(create|insert|save|charge|pay|send|register|book|reserve|enqueue|publish|transfer|refund|capture|debit|credit"
    r"|withdraw|issue|grant|award|redeem|mint|ship|claim|submit|dispatch|deliver|process_payment|purchase|sign_?up"
    r"|bulk_create|upload|notify|acquire|insert_one|update_one|put_item|put_object|write)(_\w+)?"
    r"|add|execute|executemany|set|put|setex|hset|sadd|zadd|lpush|rpush|incr|incrby|decr|decrby|store|apply|delay"
    r"|apply_async|update|delete|remove|assign|order"
)
_STRONG = regex(
    r"(charge|pay|send|refund|transfer|capture|debit|credit|withdraw|payout|ship|redeem|mint|issue|purchase|process"
    r"|notify|deliver|place_order|book|reserve|deduct|decrement|handle_payment)(_\w+)?|create_(order|payment|charge)\w*"
)
_MAKING = regex(r"(create|insert|register|enroll|provision|sign_up)(_\w+)?")
_FILLS = frozenset({"set", "setex", "put", "hset"})


def is_act(call: ast.Call, check: Check, outline: Outline) -> bool:
    """True for a call that goes by what the check found out, and does harm if it no longer holds."""
    if check.is_file:
        return _is_file_act(call, check, outline)
    name = method_of(call)
    if name == "execute" or name == "executemany":
        return check.is_remote and _writes(call)
    is_strong = _STRONG.fullmatch(name) is not None
    if not (is_strong or _ACTS.fullmatch(name)) or not check.names & _given(call, outline):
        return False
    if check.is_flag:
        return is_strong
    if name in _FILLS and not _marks(call):
        return False
    if isinstance(call.func, ast.Attribute) and name in ("add", "set", "remove", "update", "insert", "put", "write"):
        return check.is_remote and is_store(call.func.value)
    return check.is_remote or is_strong or is_making(call)


def is_making(call: ast.Call) -> bool:
    """True for what by its name makes something new."""
    return _MAKING.fullmatch(method_of(call)) is not None


def is_caught(node: ast.AST, outline: Outline, check: Check) -> bool:
    """True if someone handles the answer having become wrong."""
    inner = node
    for above in outline.ancestors(node):
        if isinstance(above, (ast.Try, ast.TryStar)) and isinstance(inner, ast.stmt) and inner in above.body:
            if not check.is_file:
                continue
            if any(_types(handler) & _FILE_ERRORS for handler in above.handlers):
                return True
        if isinstance(above, ast.With) and any("suppress" in code_of(item) for item in above.items):
            return True
        if isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return False
        inner = above
    return False


def _marks(call: ast.Call) -> bool:
    """True where a cache is used to remember that something was done, or how often; not where it keeps a result."""
    owner = dotted(call.func.value).rpartition(".")[2].lower() if isinstance(call.func, ast.Attribute) else ""
    if "cache" not in owner and "redis" not in owner and owner != "r":
        return True
    values = [*call.args[1:], *(word.value for word in call.keywords if word.arg in ("value", "mapping"))]
    return any(isinstance(node, ast.BinOp) or _is_mark(node) for value in values for node in nodes_in(value))


def _is_mark(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and (
        isinstance(node.value, bool) or node.value in (1, "1", "true", "done", b"1")
    )


def _given(call: ast.Call, outline: Outline) -> frozenset[str]:
    """Return the names a call gets, and those that what it gets was made of: `user = User(email)`."""
    arguments = [*call.args, *(word.value for word in call.keywords)]
    made = [value for argument in arguments for value in outline.values(argument) if isinstance(value, ast.Call)]
    return names_in([call, *made])


def _writes(call: ast.Call) -> bool:
    text = code_of(call.args[0]).lstrip("\"'frb(\\n ").upper() if call.args else ""
    return text.startswith(("INSERT", "UPDATE", "DELETE", "MERGE"))


def _is_file_act(call: ast.Call, check: Check, outline: Outline) -> bool:
    if any(word.arg in _FORGIVING for word in call.keywords):
        return False
    name = outline.known(call.func)
    if isinstance(call.func, ast.Attribute) and call.func.attr in _CREATES_PATH | _REMOVES_PATH and not name:
        return code_of(call.func.value) in check.names
    if name in _CREATES | _REMOVES:
        return any(code_of(argument) in check.names for argument in call.args)
    if name in ("open", "io.open", "os.open") and call.args and code_of(call.args[0]) in check.names:
        mode = call.args[1] if len(call.args) > 1 else keyword_of(call, "mode")
        return not (isinstance(mode, ast.Constant) and isinstance(mode.value, str) and "x" in mode.value)
    return False


def _types(handler: ast.ExceptHandler) -> set[str]:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {dotted(kind) if kind is not None else "Exception" for kind in kinds}
