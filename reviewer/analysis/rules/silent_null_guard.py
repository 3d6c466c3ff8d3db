import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.nullguards import mentions, null_test, without_guards
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.tokens import Token
from reviewer.analysis.twins import Scope, own_nodes, twins_of

_MAY_GUARD = regex(r"\bif\b|\band\b|\bor\b|getattr\(|\.get\(")
# Where nothing went, a guard can only be one that leaves, or part of a function that is new.
_MAY_LEAVE = regex(r"\bif (not [\w.]+|.+ is (not )?None.*):")
_TELLING = frozenset(
    {"log", "debug", "info", "warn", "warning", "error", "exception", "critical", "print", "abort", "fail", "exit"}
    | {"echo", "secho", "notify", "report", "capture_message", "capture_exception", "add_error", "skip"}
)
_LANGUAGES = frozenset({"javascript", "typescript", "kotlin", "csharp", "java", "php"})
_JS_TEST = regex(r"if\(!?(?P<name>[\w.$]+)(!==?(null|undefined))?\)\{?")
_BLOCKS = (ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)
_HIDES = regex(r"else None|None if|, None\)|\.get\([^,]*\)|^[\w.]+( is not None)? and ")
_SPACE = regex(r"\s+")


class SilentNullGuard(ModuleRule, TokenRule):
    """Code that ran before now runs only if a value is there, and nobody hears of it when it is not.

    Why look: the value was missing for a reason; the guard hides the symptom and leaves the cause.
    Ask: why can it be missing here, and who should notice?
    """

    informs = "debug"
    severity = Severity.MEDIUM
    languages = _LANGUAGES

    INVALID = (
        Example(
            "def greet(user):\n    if user is not None:\n        send(user.mail)\n",
            before="def greet(user):\n    send(user.mail)\n",
        ),
        Example(
            "def greet(user):\n    name = load(user)\n    if name:\n        send(name.mail)\n        done(user)\n",
            before="def greet(user):\n    name = load(user)\n    send(name.mail)\n    done(user)\n",
        ),
        Example(
            "def mail(user):\n    return user.mail if user else None\n",
            before="def mail(user):\n    return user.mail\n",
        ),
        Example(
            "def mail(user):\n    return user and user.mail\n",
            before="def mail(user):\n    return user.mail\n",
        ),
        Example(
            "def mail(user):\n    return getattr(user, 'mail', None)\n",
            before="def mail(user):\n    return user.mail\n",
        ),
        Example(
            "def ship(order):\n    if order is None:\n        return\n    send(order.lines)\n",
            before="def ship(order):\n    send(order.lines)\n",
        ),
        Example(
            "def ship(orders):\n    for order in orders:\n        if not order.address:\n            continue\n"
            "        send(order.address)\n",
            before="def ship(orders):\n    for order in orders:\n        send(order.address)\n",
        ),
        Example("def greet(user):\n    if user is not None:\n        send(user.mail)\n"),
        Example(
            "function greet(user) {\n  send(user?.mail);\n}\n", path="shop/greet.js",
            before="function greet(user) {\n  send(user.mail);\n}\n",
        ),
        Example(
            "function greet(user) {\n  if (user) {\n    send(user.mail);\n  }\n}\n", path="shop/greet.ts",
            before="function greet(user) {\n  send(user.mail);\n}\n",
        ),
    )  # fmt: skip
    VALID = (
        Example(
            "def greet(user):\n    if user is None:\n        raise NoUser\n    send(user.mail)\n",
            before="def greet(user):\n    send(user.mail)\n",
        ),
        Example(
            "def greet(user):\n    if user is not None:\n        send(user.mail)\n    else:\n        log('no user')\n",
            before="def greet(user):\n    send(user.mail)\n",
        ),
        Example(
            "def greet(user):\n    if user is None:\n        logger.warning('no user')\n        return\n"
            "    send(user.mail)\n",
            before="def greet(user):\n    send(user.mail)\n",
        ),
        Example(
            "def greet(user: User | None = None):\n    if user is not None:\n        send(user.mail)\n",
            before="def greet(user):\n    send(user.mail)\n",
        ),
        Example(
            "def greet(user, loud=False):\n    send(user.mail)\n    if loud:\n        shout(user, loud)\n",
            before="def greet(user):\n    send(user.mail)\n",
        ),
        Example("def greet(user=None):\n    if user is not None:\n        send(user.mail)\n"),
        Example(
            "def greet(user):\n    if wanted(user):\n        send(user.mail)\n",
            before="def greet(user):\n    send(user.mail)\n",
        ),
        Example(
            "function greet(user) {\n  send(user?.mail);\n}\n", path="shop/greet.js",
            before="function greet(user) {\n  wait(user);\n}\n",
        ),
        Example(
            "def test_greet():\n    if user:\n        send(user.mail)\n", path="tests/test_greet.py",
            before="def test_greet():\n    send(user.mail)\n",
        ),
    )  # fmt: skip

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - both sides are read
        may_guard = _MAY_GUARD if file.removed else _MAY_LEAVE
        lines = () if file.is_test else [line for line in file.added if may_guard.search(file.lines[line - 1])]
        if not lines:
            return
        for twin in twins_of(file):
            if twin.new is None or isinstance(twin.new, ast.ClassDef) or not _holds(twin.new, lines) or twin.is_deep:
                continue
            if twin.old is not None:
                yield from _new_guards(twin.old, twin.new, file)
            elif not isinstance(twin.new, ast.Module):
                yield from _only_guarded(twin.new)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - lines will do
        if file.old_text is None or file.is_test:
            return
        old = file.before.lines
        removed = {_squeezed(old[line - 1]) for line in file.removed if 0 < line <= len(old)}
        for line in sorted(file.added):
            code = _squeezed(file.lines[line - 1])
            if "?." in code and code.replace("?.", ".") in removed:
                yield LineSighting(line, f"`?.` now passes over what is missing in `{file.lines[line - 1].strip()}`")
                continue
            match = _JS_TEST.fullmatch(code)
            following = _squeezed(file.lines[line]) if line < len(file.lines) else ""
            if match is not None and match["name"] in following and following in removed:
                yield LineSighting(line, f"`{file.lines[line].strip()}` now runs only if `{match['name']}` is there")


def _holds(scope: Scope, lines: Sequence[int]) -> bool:
    if isinstance(scope, ast.Module):
        return True
    return any(scope.lineno <= line <= (scope.end_lineno or scope.lineno) for line in lines)


def _new_guards(old: Scope, new: Scope, file: ChangedFile) -> Iterator[LineSighting]:
    before = list(own_nodes(old))
    statements = Counter(ast.dump(node) for node in before if isinstance(node, ast.stmt))
    known = _optional_names(new) | _tested_in(before) | _optional_imports(new)
    for node in own_nodes(new):
        if not isinstance(node, ast.stmt) or node.lineno not in file.added or isinstance(node, _BLOCKS):
            continue
        if isinstance(node, ast.If):
            yield from _guard(node, new, known, old, statements)
            continue
        bared = without_guards(node)
        # What stands in with a value of its own is a fallback, and says which.
        if bared is not None and statements[bared.dump] and any(_HIDES.search(guard) for guard in bared.guards):
            yield LineSighting(node.lineno, f"`{bared.guards[0]}` now passes over a missing value")


def _guard(node: ast.If, new: Scope, known: set[str], old: Scope, statements: Counter[str]) -> Iterator[LineSighting]:
    test = null_test(node.test)
    if test is None or test[0] in known or node.orelse or _tells(node):
        return
    if any(mentions(part, test[0]) for part in old.body):
        yield from _wrapping(node, test[0], new, statements) if test[1] else _leaving(node, test[0], new, statements)


def _wrapping(node: ast.If, name: str, scope: Scope, statements: Counter[str]) -> Iterator[LineSighting]:
    first = node.body[0]
    if isinstance(first, ast.Raise) or (isinstance(first, ast.Return) and node is not scope.body[-1]):
        return
    if all(statements[ast.dump(statement)] for statement in node.body) and any(
        _uses(statement, name) for statement in node.body
    ):
        what = _first_line(first)
        yield LineSighting(node.lineno, f"`{what}` now runs only if `{name}` is there, and nothing says when it is not")


def _leaving(node: ast.If, name: str, scope: Scope, statements: Counter[str]) -> Iterator[LineSighting]:
    """Look at `if x is None: return` put before lines that use it and stood there already."""
    if len(node.body) != 1 or not isinstance(node.body[0], (ast.Return, ast.Continue, ast.Pass, ast.Break)):
        return
    left = node.body[0]
    if isinstance(left, ast.Return) and left.value is not None and not isinstance(left.value, ast.Constant):
        return
    for later in own_nodes(scope):
        is_old = isinstance(later, ast.stmt) and later.lineno > node.lineno and statements[ast.dump(later)]
        if is_old and _uses(later, name):
            message = f"a missing `{name}` now ends in `{_first_line(left)}` without a word"
            is_exact = "None" in ast.unparse(node.test)
            yield LineSighting(node.lineno, message, Severity.MEDIUM if is_exact else Severity.LOW)
            return


def _tested_in(nodes: Sequence[ast.AST]) -> set[str]:
    """Return what was asked for its presence before."""
    tests = [node.test for node in nodes if isinstance(node, (ast.If, ast.IfExp, ast.While, ast.Assert))]
    return {
        ast.unparse(part) for test in tests for part in nodes_in(test) if isinstance(part, (ast.Name, ast.Attribute))
    }


def _optional_imports(scope: Scope) -> set[str]:
    """Return what the module may hold as None because it could not be imported: at its top level only."""
    if not isinstance(scope, ast.Module):
        return set()
    return {
        (alias.asname or alias.name).partition(".")[0]
        for attempt in scope.body
        if isinstance(attempt, ast.Try)
        for node in attempt.body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }


def _only_guarded(function: Scope) -> Iterator[LineSighting]:
    """Look at a new function that does nothing at all where its argument is missing."""
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    if len(body) != 1 or not isinstance(body[0], ast.If) or body[0].orelse or _tells(body[0]):
        return
    test = null_test(body[0].test)
    own = {arg.arg for arg in function.args.args} - {"self", "cls"}
    if test is None or not test[1] or test[0] not in own - _optional_names(function):
        return
    if "is not None" in ast.unparse(body[0].test) and mentions(ast.Module(body[0].body, []), test[0]):
        message = f"`{function.name}` does nothing where `{test[0]}` is None, and says nothing"
        yield LineSighting(body[0].lineno, message, Severity.INFO)


def _optional_names(scope: Scope) -> set[str]:
    """Return the parameters that say themselves that they may be missing."""
    if not isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return set()
    arguments = scope.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    typed = {arg.arg for arg in every if arg.annotation and re.search(r"None|Optional", ast.unparse(arg.annotation))}
    given = [*arguments.posonlyargs, *arguments.args]
    with_default = given[len(given) - len(arguments.defaults) :]
    named = {arg.arg for arg, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value}
    return typed | {arg.arg for arg in with_default} | named


def _tells(node: ast.If) -> bool:
    """True if the block, or its other side, logs, raises or otherwise speaks up."""
    return any(
        isinstance(part, ast.Raise) or (isinstance(part, ast.Call) and _called(part) in _TELLING)
        for statement in (node.body if isinstance(node.body[-1], (ast.Return, ast.Continue)) else node.orelse)
        for part in nodes_in(statement)
    )


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _uses(node: ast.AST, name: str) -> bool:
    """True if something of the value is needed: an attribute, an item, or the value as an argument."""
    return any(
        (isinstance(part, (ast.Attribute, ast.Subscript)) and ast.unparse(part.value) == name)
        or (isinstance(part, ast.Call) and any(ast.unparse(arg) == name for arg in part.args))
        or (isinstance(part, (ast.For, ast.AsyncFor)) and ast.unparse(part.iter) == name)
        for part in nodes_in(node)
    )


def _first_line(statement: ast.stmt) -> str:
    line = ast.unparse(statement).partition("\n")[0]
    return line if len(line) <= 50 else line[:49] + "…"


def _squeezed(line: str) -> str:
    return _SPACE.sub("", line)
