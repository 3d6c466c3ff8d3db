import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath

from reviewer.analysis.change import Change, ChangedFile, is_test_path
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import DiffRule, Example, LineSighting
from reviewer.analysis.source import DoesNotParse, nodes_in, read_source

_UNTESTED_PATH = regex(
    r"(^|/)(migrations?|alembic|benchmarks?|vendor|_vendor|third_party|site-packages|generated)/|"
    r"(^|/)(__main__|setup|noxfile|fabfile|tasks|manage|wsgi|asgi|versioneer|conftest)\.py$|_pb2(_grpc)?\.pyi?$|\.pyi$"
)
_NAMED = 3
_MOST_TOLD = 10
_MOST_HOLDERS = 3
_WORD = regex(r"\w+")
_STATED_ELSEWHERE = frozenset({"overload", "abstractmethod", "abstractproperty"})
_ONLY_TYPES = frozenset({"Protocol", "TypedDict"})
_ONLY_SHOWING = frozenset({"__repr__", "__str__", "__format__", "__dir__", "__del__"})

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class NoTestInChange(DiffRule):
    """A public function is new or does something else now, and no test in the change imports or names it.

    Why look: nothing here shows that the new behaviour was ever run.
    Ask: which test fails without this change?
    """

    informs = "validate"
    severity = Severity.MEDIUM

    INVALID = (
        Example("def total(order):\n    return sum(order)\n"),
        Example("class Order:\n    def total(self):\n        return sum(self.lines)\n"),
        Example("async def ship(order):\n    await send(order)\n", beside={"README.md": "ship() sends an order.\n"}),
        Example(
            "def total(order):\n    return sum(order) * 2\n",
            before="def total(order):\n    return sum(order)\n",
        ),
        Example(
            "def total(order):\n    return sum(order)\n",
            beside={"tests/test_users.py": "from shop.users import find\n\ndef test_find():\n    assert find(1)\n"},
        ),
        Example("try:\n    import fast\nexcept ImportError:\n    def fast(order):\n        return order\n"),
        Example("class Order:\n    def __init__(self, lines):\n        self.lines = sorted(lines)\n"),
        Example(
            "@app.get('/orders')\ndef orders():\n    return find_all()\n", path="src/shop/api/__init__.py",
            beside={"tests/conftest.py": "import pytest\n"},
        ),
    )  # fmt: skip
    VALID = (
        Example(
            "def total(order):\n    return sum(order)\n",
            beside={"tests/test_orders.py": "from shop import orders\n\ndef test_it():\n    assert orders\n"},
        ),
        Example(
            "def total(order):\n    return sum(order)\n",
            beside={"tests/test_shop.py": "from shop import total\n\ndef test_it():\n    assert total([1]) == 1\n"},
        ),
        Example(
            "class Order:\n    def __len__(self):\n        return len(self.lines)\n",
            beside={"tests/unit/orders_test.py": "import shop\n\ndef test_it():\n    assert len(shop.Order()) == 0\n"},
        ),
        Example("def _total(order):\n    return sum(order)\n\nRATE = 2\n"),
        Example(
            'def total(order: Order) -> int:\n    """Sum it up."""\n    # all lines\n    return sum(order)\n',
            before="def total(order):\n    return sum(order)\n",
        ),
        Example(
            "def first(order):\n    return order[0]\n\n\ndef total(order):\n    return sum(order)\n",
            before="def total(order):\n    return sum(order)\n\n\ndef first(order):\n    return order[0]\n",
        ),
        Example(
            "from shop.sums import total\n",
            before="def total(order):\n    return sum(order)\n",
            beside={"shop/sums.py": "def total(order):\n    return sum(order)\n"},
        ),
        Example("class Order(TypedDict):\n    lines: list[int]\n\nclass Ship(Protocol):\n    def go(self): ...\n"),
        Example('class OrderMissing(Exception):\n    """No such order."""\n\nclass Kind(Enum):\n    NEW = 1\n'),
        Example("class Store(ABC):\n    @abstractmethod\n    def load(self):\n        raise NotImplementedError\n"),
        Example("def total(order):\n    return sum(order)\n", path="tests/test_orders.py"),
        Example("def total(order):\n    return sum(order)\n", path="docs/conf.py"),
        Example("def total(order):\n    return sum(order)\n", path="shop/migrations/0001_initial.py"),
        Example("def total(order):\n    return sum(order)\n", path="shop/__main__.py"),
        Example("def show(request):\n    return DEBUG\n", path="shop/settings/local.py"),
    )  # fmt: skip

    def check_change(self, change: Change) -> Iterator[tuple[ChangedFile, LineSighting]]:
        tests = [file for file in change.files if file.is_test and file.added and file.new_text]
        words = {word for file in tests for line in file.lines for word in _WORD.findall(line)}
        modules = {module for file in tests for module in _modules_tested(file)}
        # Where nothing is tested, one quiet word is enough; elsewhere one loud one, if the change has no tests at all.
        is_without_tests = (
            bool(change.project.paths) and not tests and not any(is_test_path(path) for path in change.project.paths)
        )
        told = 0
        for file in change.files:
            if not _is_production(file) or any(_is_module(file, module) for module in modules):
                continue
            definitions = _untested(file, words, change)
            if definitions:
                severity = Severity.INFO if is_without_tests or tests or told else Severity.MEDIUM
                first = min(definition.first_of(file.added) for definition in definitions)
                names = tuple(dict.fromkeys(definition.name for definition in definitions))
                yield file, LineSighting(first, f"no changed test names {_listed(names)}", severity)
                told += 1
            if told >= (1 if is_without_tests else _MOST_TOLD):
                return


@dataclass(frozen=True, slots=True)
class _Definition:
    """A public function, by the name people know it by and the words a test may call it by."""

    name: str
    words: frozenset[str]
    function: _Function

    @property
    def lines(self) -> range:
        first = min([self.function.lineno, *(decorator.lineno for decorator in self.function.decorator_list)])
        return range(first, (self.function.end_lineno or first) + 1)

    def first_of(self, added: frozenset[int]) -> int:
        """Return the line of the `def` if it changed, else the first line that did."""
        first: int = next(line for line in (self.function.lineno, *self.lines) if line in added)
        return first


def _untested(file: ChangedFile, words: set[str], change: Change) -> list["_Definition"]:
    """Return what is new or does something else now, and is not named by a test."""
    touched = [
        definition
        for definition in _definitions(file)
        if definition.words.isdisjoint(words) and any(line in file.added for line in definition.lines)
    ]
    return [definition for definition in touched if not _was_there(definition, file, change)]


def _was_there(definition: "_Definition", file: ChangedFile, change: Change) -> bool:
    """True if some file of the change held it before: it moved, or only its comments and types changed."""
    head = f"def {definition.function.name}("
    others = (each for each in change.files if each is not file and _lost(each, head))
    code = _code(definition.function)
    return any(
        other.function.name == definition.function.name and _code(other.function) == code
        for each in (file, *islice(others, _MOST_HOLDERS))
        for other in _definitions(each.before)
    )


def _lost(file: ChangedFile, head: str) -> bool:
    if file.old_text is None or head.encode() not in file.old_text:
        return False
    lines = file.before.lines
    return any(head in lines[line - 1] for line in file.removed)


def _is_production(file: ChangedFile) -> bool:
    if file.suffix != ".py" or file.new_text is None or not file.added:
        return False
    is_other = file.is_test or file.is_example or file.is_settings
    return not is_other and _UNTESTED_PATH.search(file.name) is None


def _modules_tested(test: ChangedFile) -> Iterator[tuple[str, ...]]:
    """Yield what a test imports, and the module its own name speaks of: `test_orders` of `orders`."""
    yield ("", *PurePosixPath(test.name).stem.removeprefix("test_").removesuffix("_test").split("."))
    for node in nodes_in(_tree(test)):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # Where a relative import leads is not followed: any module of that name will do.
            package = ([""] if node.level else []) + (node.module.split(".") if node.module else [])
            yield tuple(package)
            yield from ((*package, alias.name) for alias in node.names)


def _is_module(file: ChangedFile, module: Sequence[str]) -> bool:
    """True if the dotted name is that of the file; one word alone only at the root, for it may be Python's own."""
    path = PurePosixPath(file.name).with_suffix("").parts
    path = path[:-1] if path[-1] == "__init__" else path
    name = tuple(part for part in module if part)
    if not name or path[-len(name) :] != name:
        return False
    return len(name) > 1 or not module[0] or path[:-1] in ((), ("src",), ("lib",))


def _definitions(file: ChangedFile) -> Iterator[_Definition]:
    """Yield the public functions of a file, and the methods of its public classes."""
    for owner, function in _functions(_tree(file).body):
        if _is_stated_only(function) or (function.name == "__init__" and _only_keeps(function)):
            continue
        own = "" if function.name.startswith("__") else function.name
        name = ".".join(part for part in (owner, own) if part)
        yield _Definition(name, frozenset({owner, own} - {""}), function)


def _tree(file: ChangedFile) -> ast.Module:
    if not file.is_python or file.new_text is None:
        return ast.Module([], [])
    try:
        return read_source(file.new_text).tree
    except DoesNotParse:
        return ast.Module([], [])  # the engine says so


def _functions(body: Sequence[ast.stmt], owner: str = "") -> Iterator[tuple[str, _Function]]:
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            is_special = bool(owner) and statement.name.startswith("__") and statement.name.endswith("__")
            if not statement.name.startswith("_") or (is_special and statement.name not in _ONLY_SHOWING):
                yield owner, statement
        elif isinstance(statement, ast.ClassDef):
            if not statement.name.startswith("_") and not _ONLY_TYPES & {_last_name(base) for base in statement.bases}:
                yield from _functions(statement.body, statement.name)
        elif isinstance(statement, (ast.If, ast.Try)) and not _runs_never_or_alone(statement):
            handlers = statement.handlers if isinstance(statement, ast.Try) else []
            for block in (statement.body, *(handler.body for handler in handlers), statement.orelse):
                yield from _functions(block, owner)


def _runs_never_or_alone(statement: ast.stmt) -> bool:
    """True for `if TYPE_CHECKING:` and `if __name__ == "__main__":`."""
    return isinstance(statement, ast.If) and any(
        _last_name(node) in {"TYPE_CHECKING", "__name__"} for node in nodes_in(statement.test)
    )


def _last_name(node: ast.AST) -> str:
    """Return `c` for `a.b.c`, `a.b.c[d]` and `a.b.c(d)`."""
    if isinstance(node, ast.Subscript):
        return _last_name(node.value)
    if isinstance(node, ast.Call):
        return _last_name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _is_stated_only(function: _Function) -> bool:
    """True for what another function does: overloads, abstract methods, stubs."""
    if any(_last_name(decorator) in _STATED_ELSEWHERE for decorator in function.decorator_list):
        return True
    return all(
        isinstance(statement, ast.Pass)
        or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        or (isinstance(statement, ast.Raise) and statement.exc and _last_name(statement.exc) == "NotImplementedError")
        for statement in function.body
    )


def _only_keeps(function: _Function) -> bool:
    """True for an `__init__` that does what a dataclass does."""
    return all(
        (isinstance(statement, (ast.Assign, ast.AnnAssign)) and isinstance(statement.value, (ast.Name, ast.Constant)))
        or isinstance(statement, ast.Expr)
        for statement in function.body
    )


def _code(function: _Function) -> list[object]:
    """Return what a function does, without what changes nothing at run time: types and docstrings."""
    facts: list[object] = []
    stack: list[ast.AST] = [function]
    while stack:
        node = stack.pop()
        facts.append(ast.Assign if isinstance(node, ast.AnnAssign) else type(node))
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "type_comment", "simple") or _is_text(value):
                continue
            if isinstance(value, ast.AST):
                stack.append(value)
            elif isinstance(value, list):
                stack.extend(each for each in value if isinstance(each, ast.AST) and not _is_text(each))
            else:
                facts.append((name, value))
    return facts


def _is_text(node: object) -> bool:
    """True for a docstring, and for a declaration without a value."""
    if isinstance(node, ast.AnnAssign):
        return node.value is None
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _listed(names: Sequence[str]) -> str:
    quoted = [f"`{name}`" for name in names[:_NAMED]]
    if len(names) > _NAMED:
        quoted.append(f"{len(names) - _NAMED} more")
    return " or ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))
