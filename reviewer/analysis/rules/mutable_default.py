import ast
from collections.abc import Iterator
from itertools import takewhile

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.outside import shown
from reviewer.analysis.place import Place, dotted_name, keyword, positional
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.sharing import change_through_self, is_changed_inside, uses_of

_CONTAINERS = frozenset(
    {"list", "dict", "set", "bytearray"}
    | {
        f"collections.{name}"
        for name in ("defaultdict", "deque", "OrderedDict", "Counter", "ChainMap", "UserDict", "UserList")
    }
)
_DISPLAYS = (cst.List, cst.Dict, cst.Set, cst.ListComp, cst.DictComp, cst.SetComp)
_CONSTANT_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
_MOMENTS = frozenset(
    {"datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"}
    | {"time.time", "time.time_ns", "time.monotonic", "time.perf_counter", "django.utils.timezone.now"}
    | {"uuid.uuid1", "uuid.uuid4", "random.random", "random.randint", "secrets.token_hex", "secrets.token_urlsafe"}
    | {"random.choice", "random.uniform", "secrets.token_bytes", "time.localtime", "time.gmtime", "time.strftime"}
    | {"datetime.datetime.fromtimestamp", "datetime.date.fromtimestamp", "time.ctime", "pendulum.now", "arrow.now"}
    | {"os.getcwd", "os.getpid", "os.listdir", "pathlib.Path.cwd"}
)
# Opened or made once, these would be one for all calls and never closed.
_HANDLES = frozenset(
    {"open", "requests.Session", "requests.session", "httpx.Client", "httpx.AsyncClient", "aiohttp.ClientSession"}
    | {"sqlite3.connect", "socket.socket", "tempfile.mkdtemp", "threading.Lock", "asyncio.Lock", "asyncio.Queue"}
    | {"queue.Queue", "io.StringIO", "io.BytesIO", "map", "filter", "zip", "iter", "reversed"}
)
# Calls whose result may be shared, or that a framework reads as a description.
_SHAREABLE = frozenset(
    {
        "tuple",
        "frozenset",
        "float",
        "int",
        "str",
        "bytes",
        "bool",
        "complex",
        "object",
        "range",
        "slice",
        "type",
        "super",
    }
    | {"len", "max", "min", "sum", "abs", "round", "getattr", "field", "cast", "partial", "compile", "attrgetter"}
    | {"itemgetter", "methodcaller", "timedelta", "timezone", "getLogger", "get_logger", "gettext", "gettext_lazy"}
    | {"_", "ib", "namedtuple", "sentinel", "param", "fixture", "mark", "lru_cache", "deprecated"}
)
_READ_ONLY_TYPES = frozenset({"Sequence", "Mapping", "Iterable", "Collection", "Container", "AbstractSet", "Set"})
_DATACLASS = "dataclasses.dataclass"
_RECORDS = frozenset(
    {_DATACLASS, "attr.s", "attr.attrs", "attr.define", "attr.frozen"} | {"attrs.define", "attrs.frozen"}
)
_RECORD_BASES = frozenset({"typing.NamedTuple", "pydantic.BaseModel", "sqlmodel.SQLModel"})
# These keep the one object given as `default` for all rows or instances; pydantic's Field copies it.
_SHARING_FIELDS = ("django.db.models.", "sqlalchemy.", "attr.ib", "attrs.field")
_STAMPING_FIELDS = (*_SHARING_FIELDS, "dataclasses.field", "pydantic.Field", "sqlmodel.Field")


class MutableDefault(PythonRule):
    """A default value is made once and then shared by every call or every object.

    Why look: what one call or object adds to it, or the moment it was made at, shows up in all later ones.
    Ask: should each call and each object get its own value?
    """

    informs = "correctness"
    severity = Severity.HIGH
    visits = (cst.Param, cst.AnnAssign, cst.Assign, cst.Call, cst.BinaryOperation)

    INVALID = (
        Example("def add(item, basket=[]):\n    basket.append(item)\n    return basket\n"),
        Example("class Order:\n    def __init__(self, items={}):\n        self.items = items\n"),
        Example("def group(rows, *, by=dict()):\n    for row in rows:\n        by[row.key] = row\n"),
        Example("def find(tags: list[str] = []):\n    return query(tags)\n"),
        Example("def collect(rows, seen=[]):\n    seen += rows\n    seen = sorted(seen)\n    return seen\n"),
        Example("def show(tags=[]):\n    print(*tags)\n"),
        Example("def find(tags=[]):\n    return query()\n"),
        Example("from contextvars import ContextVar\n\nbasket = ContextVar('basket', default=[])\n"),
        Example("import requests\n\ndef load(url, session=requests.Session()):\n    return session.get(url)\n"),
        Example("def load(url, options=read_options()):\n    return ask(url, options)\n"),
        Example(
            "from datetime import datetime\n\ndef log(text, until=datetime.now() + WEEK):\n    write(until, text)\n"
        ),
        Example("from datetime import datetime\n\ndef log(text, at=datetime.now()):\n    write(at, text)\n"),
        Example(
            "from dataclasses import dataclass\n\n@dataclass\nclass Order:\n    number: int\n    items: list = []\n"
        ),
        Example(
            "import dataclasses\nimport time\n\n@dataclasses.dataclass\nclass Order:\n    made: float = time.time()\n"
        ),
        Example("class Basket:\n    items = []\n\n    def add(self, item):\n        self.items.append(item)\n"),
        Example("grid = [[0] * width] * height\n"),
        Example("def grid(size):\n    rows = [[0] * size] * size\n    rows[0][0] = 1\n    return rows\n"),
        Example("found = dict.fromkeys(names, [])\n"),
        Example(
            "from django.db import models\nfrom django.utils import timezone\n\n"
            "class Order(models.Model):\n    made = models.DateTimeField(default=timezone.now())\n"
        ),
        Example("from sqlalchemy import JSON, Column\n\nclass Order(Table):\n    options = Column(JSON, default={})\n"),
        Example("LIMITS = {}\n\ndef set_limit(name, value, limits=LIMITS):\n    limits[name] = value\n"),
        Example("from dataclasses import dataclass\n\n@dataclass\nclass Order:\n    number: int = next_number()\n"),
    )
    VALID = (
        Example("LIMITS = {}\n\ndef limit(name, limits=LIMITS):\n    return limits.get(name)\n"),
        Example("from fastapi import Depends\n\ndef page(shop=Depends(get_shop)):\n    return shop\n"),
        Example("import re\n\ndef find(pattern=re.compile('tea'), most=float('inf')):\n    return query(pattern)\n"),
        Example("from typing import overload\n\n@overload\ndef find(tags: list = []) -> int: ...\n"),
        Example("from contextvars import ContextVar\n\nbasket = ContextVar('basket', default=())\n"),
        Example(
            "def add(item, basket=None):\n    basket = [] if basket is None else basket\n    basket.append(item)\n"
        ),
        Example("def find(tags=(), kinds=frozenset()):\n    return query(tags, kinds)\n"),
        Example(
            "from collections.abc import Sequence\n\ndef find(tags: Sequence[str] = []):\n    return query(tags)\n"
        ),
        Example("def square(number, _known={}):\n    _known[number] = number * number\n    return _known[number]\n"),
        Example("def add(items=[]):\n    items = list(items)\n    items.append(1)\n    return items\n"),
        Example("def find(tags: list[str] = ...) -> None: ...\n"),
        Example("def find(tags: list[str] = []) -> None: ...\n", path="shop/orders.pyi"),
        Example(
            "from dataclasses import dataclass, field\n\n"
            "@dataclass\nclass Order:\n    items: list = field(default_factory=list)\n    size: tuple = ()\n"
        ),
        Example("from pydantic import BaseModel\n\nclass Order(BaseModel):\n    items: list[str] = []\n"),
        Example(
            "class Form:\n    fields = ['name', 'city']\n\n    def names(self):\n        return sorted(self.fields)\n"
        ),
        Example(
            "class Basket:\n    items: list = []\n\n    def __init__(self):\n        self.items = []\n\n"
            "    def add(self, item):\n        self.items.append(item)\n"
        ),
        Example(
            "class Plugin:\n    known = {}\n\n    @classmethod\n    def add(cls):\n        cls.known[cls.name] = cls\n"
        ),
        Example("grid = [[0] * width for _ in range(height)]\nzeros = [0] * width\npairs = [()] * 3\n"),
        Example("def pad(lines, blank, count):\n    return lines + [[blank]] * count\n"),
        Example("class Rates:\n    _known = {}\n\n    def add(self, day, rate):\n        self._known[day] = rate\n"),
        Example("found = {name: [] for name in names}\nseen = dict.fromkeys(names, 0)\n"),
        Example(
            "from django.db import models\nfrom django.utils import timezone\n\n"
            "class Order(models.Model):\n    made = models.DateTimeField(default=timezone.now)\n"
        ),
        Example("def test_add(items=[]):\n    items.append(1)\n", path="tests/test_basket.py"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test or at.file.suffix == ".pyi":
            return
        match node:
            case cst.Param(default=cst.BaseExpression() as default):
                yield from _parameter(node, default, at)
            case cst.AnnAssign(target=cst.Name(name), value=cst.BaseExpression() as value):
                yield from _attribute(name, value, at, kind=node.annotation.annotation)
            case cst.Assign(targets=[cst.AssignTarget(cst.Name(name))], value=value):
                yield from _attribute(name, value, at, kind=None)
            case cst.Call():
                yield from _call(node, at)
            case cst.BinaryOperation(left=cst.List() as row, operator=cst.Multiply()):
                if any(_is_mutable(element.value, at) for element in row.elements):
                    yield from _repeated(node, at)


def _parameter(param: cst.Param, default: cst.BaseExpression, at: Place) -> Iterator[Sighting]:
    name = param.name.value
    said = f"`{name}={shown(default, at)}`"
    if _is_moment(default, at):
        yield Sighting(default, f"{said} is worked out once, when the function is defined")
        return
    if _is_handle(default, at):
        yield Sighting(default, f"{said} is made once, when the function is defined, and shared by all calls")
        return
    function = at.enclosing(cst.FunctionDef, cst.Lambda)
    if isinstance(function, cst.FunctionDef) and _is_call_of_function(default, at):
        yield Sighting(default, f"{said} is called once, when the function is defined", Severity.LOW)
        return
    # A leading underscore says that the object is meant to live between calls.
    is_shared = _is_mutable(default, at)
    is_constant = isinstance(default, cst.Name) and isinstance(at.constants.get(default.value), _CONSTANT_DISPLAYS)
    if not isinstance(function, cst.FunctionDef) or name.startswith("_") or not (is_shared or is_constant):
        return
    uses = list(uses_of(function.body, name, at))
    # After `tags = list(tags)` or `tags = tags or []` the name stands for another object.
    before = list(takewhile(lambda use: not use.rebinds, uses))
    worst = min(before, key=lambda use: use.severity.rank, default=None)
    is_safe = len(before) < len(uses) or _is_read_only(param.annotation) or is_constant
    if is_safe and (worst is None or worst.severity is not Severity.HIGH):
        return
    if worst is None:
        if not _is_declaration(function):
            yield Sighting(default, f"{said} is one object for all calls", Severity.LOW)
        return
    yield Sighting(default, f"{said} is one object for all calls{worst.what}", worst.severity)


def _is_handle(node: cst.BaseExpression, at: Place) -> bool:
    name = at.name(node.func) if isinstance(node, cst.Call) else None
    return isinstance(node, cst.Call) and name in _HANDLES and ("." not in name or at.is_imported(node.func))


def _is_call_of_function(node: cst.BaseExpression, at: Place) -> bool:
    """True for `load_config()`: a function by its name; classes and framework's markers begin with a capital."""
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Name):
        return False
    name = (at.name(node.func) or "").rpartition(".")[2]
    return (
        name[:1].islower()
        and node.func.value[:1].islower()
        and name not in _SHAREABLE
        and at.name(node.func) not in _CONTAINERS
    )


def _is_declaration(function: cst.FunctionDef) -> bool:
    """True for `@overload` and abstract methods, whose defaults are never used."""
    names = {dotted_name(decorator.decorator) or "" for decorator in function.decorators}
    return any(name.rpartition(".")[2] in ("overload", "abstractmethod") for name in names)


def _attribute(
    name: str, value: cst.BaseExpression, at: Place, *, kind: cst.BaseExpression | None
) -> Iterator[Sighting]:
    owner = _class_of_statement(at)
    if owner is None or (kind is not None and "ClassVar" in at.code(kind)):
        return
    said, where = f"`{name} = {shown(value, at)}`", f"`{owner.name.value}`"
    kinds = _kinds(owner, at)
    if _is_moment(value, at):
        if kind is not None and kinds & (_RECORDS | _RECORD_BASES):
            yield Sighting(value, f"{said} is worked out once, when class {where} is defined")
    elif kind is not None and _DATACLASS in kinds and _is_call_of_function(value, at):
        yield Sighting(value, f"{said} is called once, when class {where} is defined", Severity.LOW)
    elif not _is_mutable(value, at):
        return
    elif kind is not None and _DATACLASS in kinds:
        yield Sighting(value, f"{said} in dataclass {where} raises ValueError when the class is made")
    elif kind is not None and kinds & (_RECORDS | {"typing.NamedTuple"}):
        yield Sighting(value, f"{said} is one object for all of {where}")
    elif not kinds & _RECORD_BASES and not _is_registry(name, value):
        change = change_through_self(owner, name, at)
        if change:
            yield Sighting(value, f"{said} is one object for all of {where}, and `{change}` changes it")


def _is_registry(name: str, value: cst.BaseExpression) -> bool:
    """True for `_cache = {}` and `NAMES = []`, which all objects share on purpose."""
    return name.isupper() or (name.startswith("_") and not isinstance(value, (cst.List, cst.ListComp)))


def _class_of_statement(at: Place) -> cst.ClassDef | None:
    """Return the class whose body the statement stands in directly."""
    nearest = at.parents[-3:]
    return nearest[0] if len(nearest) == 3 and isinstance(nearest[0], cst.ClassDef) else None


def _kinds(owner: cst.ClassDef, at: Place) -> set[str]:
    """Return the names of the class's decorators and bases."""
    decorators = [decorator.decorator for decorator in owner.decorators]
    called = [node.func if isinstance(node, cst.Call) else node for node in decorators]
    return {at.name(node) or "" for node in [*called, *(base.value for base in owner.bases)]}


def _repeated(rows: cst.BinaryOperation, at: Place) -> Iterator[Sighting]:
    """Report `grid = [[0] * 3] * 3` where a cell of it is set later; repeated rows that are only read do no harm."""
    if not isinstance(at.parent, cst.Assign) or len(at.parent.targets) != 1:
        return
    target = dotted_name(at.parent.targets[0].target) or ""
    scope = at.enclosing(cst.ClassDef) if target.startswith("self.") else at.function
    said = f"`{shown(rows, at)}` holds one object many times over"
    if scope is None:
        yield Sighting(rows, said, Severity.MEDIUM)
    elif is_changed_inside(target, scope.body):
        yield Sighting(rows, f"{said}, and `{target}[...]` is changed")


def _call(call: cst.Call, at: Place) -> Iterator[Sighting]:
    default = keyword(call, "default")
    if default is not None and at.name(call.func) == "contextvars.ContextVar":
        if _is_mutable(default, at) or _is_moment(default, at):
            yield Sighting(default, f"`default={shown(default, at)}` is one object for all contexts that set none")
        return
    if default is not None:
        yield from _field(call, default, at)
        return
    values = positional(call)
    if len(values) == 2 and at.name(call.func) == "dict.fromkeys" and _is_mutable(values[1], at):
        yield Sighting(call, f"`{shown(call, at)}` gives every key the same object")


def _field(call: cst.Call, default: cst.BaseExpression, at: Place) -> Iterator[Sighting]:
    field = at.name(call.func) or ""
    said = f"`default={shown(default, at)}`"
    if field.startswith(_STAMPING_FIELDS) and _is_moment(default, at):
        yield Sighting(default, f"{said} is worked out once, when the class is defined")
    elif field.startswith(_SHARING_FIELDS) and _is_mutable(default, at):
        yield Sighting(default, f"{said} of `{at.code(call.func)}` is one object for all rows and instances")


def _is_mutable(node: cst.CSTNode, at: Place) -> bool:
    if isinstance(node, cst.BinaryOperation):
        return isinstance(node.operator, cst.Multiply) and isinstance(node.left, cst.List)
    return isinstance(node, _DISPLAYS) or (isinstance(node, cst.Call) and at.name(node.func) in _CONTAINERS)


def _is_moment(node: cst.CSTNode, at: Place) -> bool:
    """True for `datetime.now()`, and for what is worked out from it: `datetime.now() + WEEK`."""
    match node:
        case cst.BinaryOperation(left=left, right=right):
            return _is_moment(left, at) or _is_moment(right, at)
        case cst.Call(func=cst.Attribute(value=cst.Call() as inner)) if _is_moment(inner, at):
            return True
        case cst.Call():
            return at.name(node.func) in _MOMENTS and at.is_imported(node.func)
    return False


def _is_read_only(annotation: cst.Annotation | None) -> bool:
    """True if the type says that nobody may change the object: `Sequence[str]`, `Mapping`."""
    if annotation is None:
        return False
    kind = annotation.annotation
    name = dotted_name(kind.value if isinstance(kind, cst.Subscript) else kind) or ""
    return name.rpartition(".")[2] in _READ_ONLY_TYPES
