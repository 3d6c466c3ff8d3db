import ast
import re
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, children_of, nodes_in

Function = ast.FunctionDef | ast.AsyncFunctionDef

_SUCCESS = regex(
    r"\W*(success\w*|ok|okay|done|true|deleted|updated|created|sent|saved|completed?|accepted)\b", re.IGNORECASE
)
_KEYS = frozenset({"success", "ok", "status", "result", "message", "deleted", "updated", "detail"})
# What these return says whether anything happened, and they do not raise if nothing did.
_SILENT = frozenset(
    {"execute", "executemany", "delete", "update", "delete_one", "delete_many", "update_one", "update_many", "post"}
    | {"put", "patch", "sendmail", "send_mail", "system", "run", "call", "replace_one", "rename", "setex", "publish"}
)
_OTHERS = frozenset({"commit", "save", "send", "write", "insert", "add", "remove", "unlink", "charge", "refund"})
_OWNERS = regex(
    r"_?(\w+_)?(cursor|cur|conn|connection|con|db|database|session|engine|requests|httpx|client|subprocess|os|redis|"
    r"cache|collection|smtp|server|objects|table|repo|repository|queue|producer|api|filter|execute|query|coll)"
)


class UnconditionalSuccess(ModuleRule):
    """A function always answers that it worked.

    Why look: a statement that changed no row and a request that was refused end with the same answer.
    Ask: what tells the caller that the row was there, or that the other side said yes?
    """

    informs = "validate"
    severity = Severity.LOW
    cwe = 252
    words = ("return",)

    INVALID = (
        Example(
            "def remove(n):\n    cursor.execute('DELETE FROM tea WHERE id = ?', (n,))\n    db.commit()\n"
            "    return True\n"
        ),
        Example("def ship(order):\n    requests.post(URL, json=order, timeout=LIMIT)\n    return {'success': True}\n"),
        Example("def remove(n):\n    db.orders.delete_one({'_id': n})\n    return {'status': 'ok'}\n"),
        Example(
            "@app.delete('/orders/{n}')\nasync def remove(n):\n    await session.execute(delete(Order))\n"
            "    await session.commit()\n    return {'message': 'Order deleted'}\n"
        ),
        Example("def remove(n):\n    Order.objects.filter(id=n).delete()\n    return 'Success'\n"),
        Example("import subprocess\n\ndef backup():\n    subprocess.run(['pg_dump', 'shop'])\n    return True\n"),
    )
    VALID = (
        Example("def remove(n):\n    cursor.execute(SQL, (n,))\n    return cursor.rowcount > 0\n"),
        Example(
            "def remove(n):\n    cursor.execute(SQL, (n,))\n    if not cursor.rowcount:\n"
            "        raise Lost\n    return True\n"
        ),
        Example(
            "def ship(order):\n    answer = requests.post(URL)\n    answer.raise_for_status()\n"
            "    return {'success': True}\n"
        ),
        Example("def ship(order):\n    if not order:\n        return False\n    requests.post(URL)\n    return True\n"),
        Example("import subprocess\n\ndef backup():\n    subprocess.run(['pg_dump'], check=True)\n    return True\n"),
        Example("def total(orders):\n    return True\n"),
        Example("def update(self, key):\n    self.seen.add(key)\n    return True\n"),
        Example("def create(order):\n    session.add(order)\n    session.commit()\n    return True\n"),
        Example("def test_it():\n    cursor.execute(SQL)\n    return True\n", path="tests/test_it.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        for node in nodes_in(source.tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and isinstance(node.body[-1], ast.Return):
                answer = node.body[-1]
                called = _ignored_call(node, is_plain=_is_true(answer.value)) if _is_success(answer.value) else None
                if called is not None and _is_only_way_out(node):
                    message = f"`{node.name}` answers `{ast.unparse(answer)[7:47]}` whatever came of `{called}`"
                    yield LineSighting(source.numbers[answer.lineno - 1], message)


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _is_success(node: ast.expr | None) -> bool:
    match node:
        case ast.Constant(value=True):
            return True
        case ast.Constant(value=str(text)):
            return _SUCCESS.match(text) is not None
        case ast.Dict(keys=keys, values=values):
            words = {key.value for key in keys if isinstance(key, ast.Constant)}
            if not words & _KEYS or not all(isinstance(value, ast.Constant) for value in values):
                return False
            texts = [str(value.value) for value in values if isinstance(value, ast.Constant)]
            return any(_SUCCESS.search(text) for text in texts)
        case ast.Call(func=ast.Name("jsonify" | "JsonResponse"), args=[argument, *_]):
            return _is_success(argument)
        case ast.Tuple(elts=[first, ast.Constant(value=int())]):
            return _is_success(first)
        case _:
            return False


def _is_only_way_out(function: Function) -> bool:
    """True if nothing in the function returns another answer, raises or looks at what happened."""
    answers = 0
    for node in _below(function):
        if isinstance(node, (ast.Raise, ast.Assert, ast.Try, ast.If, ast.IfExp)):
            return False
        if isinstance(node, ast.Attribute) and node.attr in ("rowcount", "raise_for_status", "status_code", "ok"):
            return False
        answers += isinstance(node, ast.Return)
    return answers == 1


def _ignored_call(function: Function, *, is_plain: bool) -> str | None:
    """Return a call beyond the program whose result nobody keeps; for a plain True, one that does not raise."""
    silent = other = None
    for node in _below(function):
        if not isinstance(node, ast.Expr):
            continue
        value = node.value.value if isinstance(node.value, ast.Await) else node.value
        if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)):
            continue
        if any(word.arg == "check" for word in value.keywords) or not _OWNERS.fullmatch(_owner(value.func)):
            continue
        if value.func.attr in _SILENT and not _is_insert(value):
            silent = silent or ast.unparse(value.func)
        elif value.func.attr in _OTHERS | _SILENT:
            other = other or ast.unparse(value.func)
    found = silent if is_plain or silent else other
    return found if found is None or len(found) <= 45 else f"{found[:41]} ..."


def _is_insert(call: ast.Call) -> bool:
    """True for an INSERT, which raises if it cannot be done."""
    first = call.args[0] if call.args else None
    return isinstance(first, ast.Constant) and str(first.value).lstrip()[:6].upper() in ("INSERT", "CREATE")


def _owner(func: ast.Attribute) -> str:
    """Return the word that says whose method it is: `objects` for `Order.objects.filter(...).delete`."""
    node = func.value
    while isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        inner = node.value
        is_table = isinstance(inner, (ast.Name, ast.Attribute)) and _last(inner) in ("db", "database")
        return "db" if is_table else node.attr
    return _last(node)


def _last(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _below(function: Function) -> Iterator[ast.AST]:
    stack: list[ast.AST] = list(reversed(function.body))
    while stack:
        node = stack.pop()
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            yield node
            stack.extend(reversed(list(children_of(node))))
