import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, children_of, nodes_in

_RIGHTS = regex(
    r"\b(?:is_admin|is_staff|is_superuser|is_authenticated|is_authori[sz]ed|has_perm|(?:has_)?permissions?\b|authori[sz]e|can_|role\b|owner\b|"
    r"logged_in|is_owner|is_allowed|check_password|check_token|verify_|\bcsrf|current_user)"
)
_ARRIVING = regex(
    r"\brequest\.(?:args|form|json|data|values|files|GET|POST|body|headers|cookies|get_json|query_params|params|user)\b|"
    r"\bsys\.argv\b|\binput\(|\bos\.environ\b|\bos\.getenv\b"
)
_DOING = frozenset(
    {
        "pop",
        "popitem",
        "remove",
        "append",
        "add",
        "insert",
        "update",
        "write",
        "send",
        "delete",
        "save",
        "commit",
        "acquire",
    }
    | {
        "execute",
        "unlink",
        "mkdir",
        "setdefault",
        "discard",
        "register",
        "clear",
        "extend",
        "put",
        "push",
        "start",
        "run",
    }
)
_NARROWING = frozenset({"isinstance", "issubclass", "callable", "hasattr", "is_dataclass"})


class AssertValidation(ModuleRule):
    """An `assert` does what has to be done in production too.

    Why look: Python leaves all of them out when it runs with -O.
    Ask: what happens here when it runs with -O, and should this raise an error of its own?
    """

    informs = "validate"
    severity = Severity.LOW
    cwe = 617
    words = ("assert",)

    INVALID = (
        Example("assert (price > 0, 'price must be positive')\n"),
        Example("assert 'price must be positive'\n"),
        Example("def pay(amount):\n    assert amount > 0\n    return charge(amount)\n"),
        Example("def order(request):\n    assert request.form['tea']\n    return brew()\n"),
        Example("def delete(user, order):\n    assert user.is_admin, 'only admins'\n    order.delete()\n"),
        Example("def take(queue):\n    assert queue.pop() == 'tea'\n"),
        Example("class Shop:\n    def brew(self, tea, minutes):\n        assert 0 < minutes < 10, 'too long'\n"),
        Example("import sys\n\nassert len(sys.argv) == 2\n"),
    )
    VALID = (
        Example("def pay(amount):\n    if amount <= 0:\n        raise ValueError(amount)\n    return charge(amount)\n"),
        Example("def pay(amount: int | None):\n    assert amount is not None\n    return charge(amount)\n"),
        Example("def pay(order):\n    assert isinstance(order, Order)\n    return order.pay()\n"),
        Example("def pay(order):\n    total = order.total()\n    assert total > 0\n    return total\n"),
        Example("def _pay(amount):\n    assert amount > 0\n"),
        Example("def kind(order):\n    if order:\n        return 1\n    assert False, order\n"),
        Example("def pay(amount):\n    assert amount\n", path="tests/test_pay.py"),
        Example("from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    assert ('a', 'b')\n"),
        Example("assert ()\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if not any("assert" in line for line in source.lines):
            return
        for node, function in _asserts(source.tree):
            line = source.numbers[node.lineno - 1]
            if isinstance(node.test, ast.Tuple) and node.test.elts:
                yield LineSighting(line, "a tuple is always true: this `assert` never fails", Severity.HIGH)
            elif isinstance(node.test, ast.Constant) and isinstance(node.test.value, str):
                outcome = "never" if node.test.value else "always"
                yield LineSighting(line, f"this `assert` tests a text: it {outcome} fails", Severity.HIGH)
            elif isinstance(node.test, ast.JoinedStr):
                yield LineSighting(line, "this `assert` tests a text: it never fails", Severity.HIGH)
            elif not file.is_test and (seen := _fault(node.test, function)) is not None:
                yield LineSighting(line, *seen)


def _asserts(tree: ast.Module) -> Iterator[tuple[ast.Assert, ast.FunctionDef | ast.AsyncFunctionDef | None]]:
    """Yield the assertions with the function they are in, but for those that only a type checker reads."""
    todo: list[tuple[ast.AST, ast.FunctionDef | ast.AsyncFunctionDef | None]] = [(tree, None)]
    while todo:
        node, function = todo.pop()
        if isinstance(node, ast.Assert):
            yield node, function
        elif not isinstance(node, ast.expr) and not _is_for_types(node):
            inner = node if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else function
            todo.extend((child, inner) for child in children_of(node))


def _is_for_types(node: ast.AST) -> bool:
    if not isinstance(node, ast.If):
        return False
    name = node.test.attr if isinstance(node.test, ast.Attribute) else getattr(node.test, "id", "")
    return name == "TYPE_CHECKING"


def _fault(test: ast.expr, function: ast.FunctionDef | ast.AsyncFunctionDef | None) -> tuple[str, Severity] | None:
    code = _code(test)
    doing = next((name for node in nodes_in(test) if (name := _called(node)) in _DOING), None)
    if doing is not None:
        return f"`{doing}()` happens inside `assert`, so not with -O", Severity.MEDIUM
    if _RIGHTS.search(code) and not _narrows(test):
        return f"`assert {code}` is left out with -O, and the check with it", Severity.MEDIUM
    if _ARRIVING.search(code):
        return f"`assert {code}` checks what arrives, but not with -O", Severity.LOW
    names = _parameters(function) if function is not None and not function.name.startswith("_") else set()
    if names and not _narrows(test) and any(isinstance(node, ast.Name) and node.id in names for node in nodes_in(test)):
        severity = Severity.LOW if _bounds(test, names) else Severity.INFO
        return f"`assert {code}` checks a parameter, but not with -O", severity
    return None


def _bounds(test: ast.expr, names: set[str]) -> bool:
    """True if a parameter itself, not what belongs to it, is held against limits."""
    if isinstance(test, ast.BoolOp):
        return any(_bounds(value, names) for value in test.values)
    if not isinstance(test, ast.Compare) or any(isinstance(op, (ast.Eq, ast.NotEq)) for op in test.ops):
        return False
    return any(isinstance(side, ast.Name) and side.id in names for side in (test.left, *test.comparators))


def _called(node: ast.AST) -> str | None:
    """Return the method that is called for what it does."""
    return node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    every = function.args
    return {one.arg for one in (*every.posonlyargs, *every.args, *every.kwonlyargs)} - {"self", "cls"}


def _narrows(test: ast.expr) -> bool:
    """True for tests that tell a reader, or a type checker, the type of a value."""
    match test:
        case ast.Constant():
            return True
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return _narrows(inner)
        case ast.BoolOp(values=values):
            return any(_narrows(value) for value in values)
        case ast.Compare(ops=ops):
            return any(isinstance(op, (ast.Is, ast.IsNot)) for op in ops)
        case ast.Call(func=ast.Name(name) | ast.Attribute(attr=name)):
            return name in _NARROWING or name.startswith("is_")
        case _:
            return False


def _code(test: ast.expr) -> str:
    code = " ".join(ast.unparse(test).split()) if _is_small(test) else "…"
    return code if len(code) <= 40 else f"{code[:36]} ..."


def _is_small(test: ast.expr) -> bool:
    return all(count < 100 for count, _ in enumerate(nodes_in(test)))
