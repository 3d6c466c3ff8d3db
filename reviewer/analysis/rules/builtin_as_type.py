import ast
import builtins
from collections.abc import Iterator

from reviewer.analysis import stdlib
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.scopes import scopes_of
from reviewer.analysis.source import Source
from reviewer.analysis.tree import FUNCTIONS, full_name, head_line, tree_of

_MEANT = {"any": "typing.Any", "callable": "collections.abc.Callable", "iter": "Iterator", "id": "int", "hash": "int"}
_FUNCTIONS = frozenset(
    name
    for name, value in vars(builtins).items()
    if callable(value) and not isinstance(value, type) and not name.startswith("_")
)
# Functions of other libraries that are named like the type they make.
_MAKERS = {
    "numpy.array": "numpy.ndarray", "torch.tensor": "torch.Tensor", "pandas.dataframe": "pandas.DataFrame",
    "numpy.random": "numpy.random.Generator", "logging.getLogger": "logging.Logger",
    "asyncio.create_task": "asyncio.Task",
    "threading.Lock": "", "re.compile": "re.Pattern", "decimal.decimal": "decimal.Decimal",
}  # fmt: skip


class BuiltinAsType(ModuleRule):
    """A function or module stands where a type belongs.

    Why look: `any` is a function; a type checker makes nothing of it, and readers take it for a type.
    Ask: which type was meant?
    """

    informs = "correctness"
    severity = Severity.MEDIUM

    INVALID = (
        Example("def show(order: any) -> None:\n    print(order)\n"),
        Example("def run(job: callable):\n    job()\n"),
        Example("def load(path: str) -> dict[str, any]:\n    return {}\n"),
        Example("import datetime\n\ndef show(day: datetime) -> str:\n    return day.isoformat()\n"),
        Example("class Order:\n    price: sum = 0\n"),
        Example("import numpy as np\n\ndef mean(values: np.array) -> float:\n    return values.mean()\n"),
        Example("def show(order: 'any') -> None:\n    print(order)\n"),
    )
    VALID = (
        Example("from typing import Any\n\ndef show(order: Any) -> None:\n    print(order)\n"),
        Example("from collections.abc import Callable\n\ndef run(job: Callable[[], None]):\n    job()\n"),
        Example("from datetime import datetime\n\ndef show(day: datetime) -> str:\n    return day.isoformat()\n"),
        Example("def show(order: object, size: int, names: list[str], kind: type) -> None:\n    print(order)\n"),
        Example("from shop import any\n\ndef show(order: any) -> None:\n    print(order)\n"),
        Example("def f(rows):\n    return any(rows) and callable(rows)\n"),
        Example("import datetime\n\ndef show(day: datetime.date) -> str:\n    return day.isoformat()\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        scopes = scopes_of(source.tree)
        for read in scopes.reads:
            line = head_line(read.node, source, file) if read.is_type else None
            if line is None:
                continue
            owner = read.scope.lookup(read.name)
            if owner is None and read.name in _FUNCTIONS and not scopes.has_stars:
                meant = _MEANT.get(read.name)
                hint = f"; `{meant}` was meant?" if meant else ""
                yield LineSighting(line, f"`{read.name}` is a function, not a type{hint}")
            elif owner is not None and not read.is_quoted:
                yield from self._imported(read.node, owner.bindings[read.name], line, source)

    def _imported(self, node: ast.expr, bindings: list[ast.AST], line: int, source: Source) -> Iterator[LineSighting]:
        parents = tree_of(source.tree).parents
        top: ast.AST = node
        while isinstance(parent := parents.get(top), ast.Attribute):
            top = parent
        name = full_name(top, source) or ""
        if len(bindings) != 1 or isinstance(bindings[0], FUNCTIONS):
            return
        is_module = isinstance(parents.get(bindings[0]), ast.Import) and top is node and stdlib.module(name) is not None
        if is_module:
            yield LineSighting(line, f"`{name}` is a module, not a type")
        elif _MAKERS.get(name):
            yield LineSighting(line, f"`{name}` is a function, not a type; `{_MAKERS[name]}` was meant?")
