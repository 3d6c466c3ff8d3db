import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.tree import (
    FUNCTIONS,
    Function,
    Tree,
    added_line,
    dotted,
    full_name,
    head_line,
    methods_of,
    own,
    quote,
    tree_of,
)

_Fault = tuple[ast.AST, str, Severity | None]
_ABSTRACT = frozenset({"abc.ABC", "abc.ABCMeta", "ABC", "ABCMeta"})
_SELF = frozenset({"self", "_self", "__self", "s", "this", "_", "__", "instance", "obj", "mcs", "metacls", "klass"})
_MAKERS = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})
# How many values Python hands to each special method beside the object.
_PARAMETERS = {
    name: count
    for count, names in (
        (0, "str repr len hash bool iter next enter int float bytes del neg abs aenter aiter"),
        (1, "eq ne lt le gt ge contains getitem add sub mul getattr getattribute delitem delattr"),
        (2, "setitem setattr"),
        (3, "exit aexit"),
    )
    for name in (f"__{word}__" for word in names.split())
}
_RESULTS: Mapping[str, type] = {
    "__str__": str, "__repr__": str, "__len__": int, "__hash__": int, "__bool__": bool, "__bytes__": bytes,
}  # fmt: skip
_NAMESPACE = 2
# Their elements, or their keys, must have a hash.
_HASHING = frozenset(
    {"set", "frozenset", "dict", "defaultdict", "Counter", "Set", "FrozenSet", "Dict", "AbstractSet", "MutableSet"}
)
_DATACLASS = frozenset({"dataclasses.dataclass", "dataclass"})


class ClassMistakes(ModuleRule):
    """A class is put together so that Python does something else than it looks like.

    Why look: the object breaks when it is made, compared or put into a set, far from this line.
    Ask: which test makes such an object and uses this part of it?
    """

    informs = "correctness"
    severity = Severity.MEDIUM
    words = ("class ", "__call__")

    INVALID = (
        Example("class Order:\n    def __init__(self, number):\n        self.number = number\n        return self\n"),
        Example("class Order:\n    def total():\n        return 1\n"),
        Example("class Order:\n    def total(order):\n        return 1\n"),
        Example("class Order:\n    def __eq__(self, other):\n        return self.number == other.number\n"),
        Example("from abc import ABC\n\nclass Store(ABC):\n    def load(self):\n        return read()\n"),
        Example(
            "from abc import ABC, abstractmethod\n\nclass Store(ABC):\n    @abstractmethod\n"
            "    def load(self): ...\n\n    def close(self):\n        pass\n"
        ),
        Example("class Order:\n    def __exit__(self):\n        self.close()\n"),
        Example(
            "class Order:\n    def __str__(self):\n        return self.number or 1\n\n"
            "    def __len__(self):\n        return '3'\n"
        ),
        Example(
            "class Base:\n    def __init__(self):\n        self.lines = []\n\nclass Order(Base):\n"
            "    def __init__(self, number):\n        self.number = number\n"
        ),
        Example(
            "class Order:\n    def __init__(self):\n        self.total = 0\n\n    def total(self):\n        return 1\n"
        ),
        Example("class Order:\n    def add(self, other):\n        self = other\n        return self\n"),
        Example("class Order:\n    async def __init__(self):\n        await self.load()\n"),
        Example(
            "from dataclasses import dataclass\n\n@dataclass(eq=True)\nclass Order:\n    number: int\n\n"
            "seen = {Order(1)}\n"
        ),
        Example(
            "class Tea:\n    def __eq__(self, other):\n        return True\n\n"
            "def kinds(names):\n    return {Tea(name) for name in names}\n",
        ),
        Example(
            "class Tea:\n    def __eq__(self, other):\n        return True\n\n"
            "def kinds(teas: list[Tea]):\n    return len(set(teas))\n",
        ),
        Example(
            "class Tea:\n    def __eq__(self, other):\n        return True\n\nPRICES: dict[Tea, int] = {}\n",
        ),
        Example("if hasattr(order, '__call__'):\n    order()\n"),
        Example("class Order:\n    @property\n    def total(self, rate):\n        return 1\n"),
        Example("class Order:\n    def load(self):\n        print(self.path)\n        return super(Order).load()\n"),
        Example(
            "class Order:\n    def __init__(self):\n        self.reset()\n        self.size += 1\n"
            "        self.size = 0\n"
        ),
        Example(
            "class Tea:\n    def __eq__(self, other):\n        return True\n\n"
            "def kinds(names):\n    teas = [Tea(name) for name in names]\n    return len(set(teas))\n",
        ),
        Example(
            "class Tea:\n    def __eq__(self, other):\n        return True\n\n"
            "def kinds(names):\n    found = {}\n    for name in names:\n        tea = Tea(name)\n"
            "        found[tea] = 1\n",
        ),
    )
    VALID = (
        Example(
            "class Order:\n    def __init__(self, number):\n        if not number:\n            return\n"
            "        self.number = number\n"
        ),
        Example(
            "class Order:\n    @staticmethod\n    def total():\n        return 1\n\n    @classmethod\n"
            "    def make(cls):\n        return cls()\n"
        ),
        Example(
            "class Order:\n    def __eq__(self, other):\n        return True\n\n    def __hash__(self):\n"
            "        return 1\n"
        ),
        Example("class Order:\n    __hash__ = None\n\n    def __eq__(self, other):\n        return True\n"),
        Example(
            "from abc import ABC, abstractmethod\n\nclass Store(ABC):\n    @abstractmethod\n"
            "    def load(self):\n        raise NotImplementedError\n\n    def close(self):\n        log()\n"
        ),
        Example(
            "from abc import ABC\n\nclass Store(ABC):\n    kind: str\n\nclass Better(Store, ABC):\n"
            "    def load(self):\n        return 1\n"
        ),
        Example(
            "class Order:\n    def __exit__(self, *error):\n        self.close()\n\n    def __call__(self, a, b): ...\n"
        ),
        Example(
            "class Base:\n    def __init__(self):\n        self.lines = []\n\nclass Order(Base):\n"
            "    def __init__(self, number):\n        super().__init__()\n        self.number = number\n"
        ),
        Example("class Meta(type):\n    def make(cls):\n        return cls()\n"),
        Example(
            "class Order:\n    def __init__(self, add=None):\n        if add:\n            self.add = add\n"
            "\n    def add(self):\n        return 1\n"
        ),
        Example(
            "from zope.interface import Interface\n\nclass IOrder(Interface):\n    def total():\n"
            "        '''Sum it up.'''\n"
        ),
        Example(
            "from dataclasses import dataclass\n\n@dataclass(frozen=True)\nclass Order:\n    number: int\n\n"
            "seen = {Order(1)}\n"
        ),
        Example(
            "from dataclasses import dataclass\n\n@dataclass\nclass Order:\n    number: int\n\n"
            "    def __eq__(self, other):\n        return True\n"
        ),
        Example(
            "class Tea:\n    def __eq__(self, other):\n        return True\n\n    __hash__ = object.__hash__\n\n"
            "def kinds(teas: list[Tea], others: list[str]):\n    return {tea for tea in teas}, set(others), {Tea(1)}\n",
        ),
        Example(
            "from dataclasses import dataclass\n\n@dataclass\nclass Tea:\n    kind: str\n\n"
            "def kinds(teas: list[Tea]):\n    return {tea.kind: Tea('a') for tea in teas}, {'a': Tea}\n",
        ),
        Example(
            "class Order:\n    size = 0\n\n    def __init__(self):\n        self.size += 1\n        self.size = 0\n"
        ),
        Example(
            "from sqlalchemy.ext.declarative import declared_attr\n\nclass Order:\n    @declared_attr\n"
            "    def total(klass):\n        return 1\n"
        ),
        Example(
            "from pydantic import BaseModel, validator\n\nclass Order(BaseModel):\n    @validator('a')\n"
            "    def check(value):\n        return value\n"
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.suffix == ".pyi":
            return
        look = _Look(source, tree_of(source.tree), file)
        for node, message, severity in look.faults():
            line = head_line(node, source, file)
            if line is not None:
                yield LineSighting(line, message, severity)


@dataclass(frozen=True, slots=True)
class _Look:
    source: Source
    tree: Tree
    file: ChangedFile

    def faults(self) -> Iterator[_Fault]:
        for owner in self.tree.nodes(ast.ClassDef):
            if added_line(owner, self.source, self.file) is None:
                continue
            methods = {part.name: part for part in owner.body if isinstance(part, FUNCTIONS)}
            for function in methods.values():
                yield from self.method(function, owner)
            yield from self.abstract(owner, methods)
            yield from self.equality(owner, methods)
            if "__init__" in methods and not self.file.is_test:
                yield from self.construction(owner, methods)
        yield from self.hashed()
        for call in self.tree.nodes(ast.Call):
            yield from _asks_for_call(call)

    def names(self, nodes: list[ast.expr]) -> set[str]:
        called = [node.func if isinstance(node, ast.Call) else node for node in nodes]
        return {full_name(node, self.source) or "" for node in called}

    def method(self, function: Function, owner: ast.ClassDef) -> Iterator[_Fault]:
        kinds = self.names(function.decorator_list)
        name = function.name
        args = function.args
        first = next((arg.arg for arg in (*args.posonlyargs, *args.args)), None)
        if name == "__init__":
            yield from _constructor(function)
        if not kinds and name not in _MAKERS:
            yield from self.receiver(function, owner, first)
            yield from _hands(function)
            yield from _gives(function)
        if first in ("self", "cls") and not self.is_metaclass(owner):
            yield from _replaced(function, first)
        if "property" in kinds and len(args.args) > 1 and len(args.args) - len(args.defaults) > 1:
            yield function, f"property `{name}` takes parameters that nobody can give", Severity.HIGH
        for part in own(*function.body):
            match part:
                case ast.Call(func=ast.Name("super"), args=[_]):
                    yield part, f"`{quote(part)}` finds nothing; write `super()`", Severity.HIGH

    def is_metaclass(self, owner: ast.ClassDef) -> bool:
        return any("type" in name.lower() or "meta" in name.lower() for name in self.names(owner.bases))

    def receiver(self, function: Function, owner: ast.ClassDef, first: str | None) -> Iterator[_Fault]:
        args = function.args
        bases = self.names(owner.bases)
        if self.is_metaclass(owner) or any("Interface" in base for base in bases) or owner.decorator_list:
            return
        if first is None and args.vararg is None and _takes_self(owner):
            yield function, f"method `{function.name}` takes no `self`; calling it on an object fails", Severity.HIGH
        elif first is not None and first != "self" and first not in _SELF and not first.startswith("_"):
            is_class = first in ("cls", "klass")
            reads = {part.id for part in nodes_in(function) if isinstance(part, ast.Name)}
            if not is_class and not bases - {"object"} and ("self" in reads or len(function.args.args) == 1):
                yield function, f"`{first}` is the object itself here; `self` is missing", None

    def abstract(self, owner: ast.ClassDef, methods: dict[str, Function]) -> Iterator[_Fault]:
        metaclass = [keyword.value for keyword in owner.keywords if keyword.arg == "metaclass"]
        # What inherits from more than ABC alone may get its abstract methods from there.
        if not self.names([*owner.bases, *metaclass]) & _ABSTRACT or len(owner.bases) + len(metaclass) > 1:
            return
        abstract = [
            function
            for function in methods.values()
            if any("abstract" in (dotted(each) or "") for each in function.decorator_list)
        ]
        if (
            not abstract
            and methods
            and not any(isinstance(part, ast.AnnAssign) and part.value is None for part in owner.body)
        ):
            yield owner, f"`{owner.name}` is abstract by name only: no method of it is", Severity.LOW
        for function in methods.values():
            if function.decorator_list or function.name.startswith("_") or not abstract:
                continue
            if all(
                isinstance(part, ast.Pass) or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
                for part in function.body
            ):
                yield (
                    function,
                    f"`{function.name}` is empty and not abstract: an heir that forgets it does nothing",
                    Severity.LOW,
                )

    def equality(self, owner: ast.ClassDef, methods: dict[str, Function]) -> Iterator[_Fault]:
        assigned = {
            target.id
            for part in owner.body
            if isinstance(part, ast.Assign)
            for target in part.targets
            if isinstance(target, ast.Name)
        }
        kinds = self.names(owner.decorator_list)
        is_plain = not kinds and not owner.keywords and not self.file.is_test
        if "__eq__" in methods and "__hash__" not in {*methods, *assigned} and is_plain:
            message = f"`{owner.name}` has `__eq__` and no `__hash__`: it cannot go into a set or be a key"
            yield methods["__eq__"], message, Severity.INFO

    def hashed(self) -> Iterator[_Fault]:
        """Report objects without a hash in a set, or as keys."""
        owners = {owner.name: how for owner in self.tree.nodes(ast.ClassDef) if (how := self.lost_hash(owner))}
        if not owners:
            return
        for place, member in self.members():
            name = self.class_of(member, set(owners))
            if name is not None:
                yield place, f"`{name}` {owners[name]}, so it cannot go into a set or be a key", Severity.HIGH

    def lost_hash(self, owner: ast.ClassDef) -> str | None:
        """Say why objects of a class have no hash; None if they have one."""
        names = set(methods_of(owner)) | {
            target.id for part in owner.body for target in _targets(part) if isinstance(target, ast.Name)
        }
        if "__hash__" in names or _has_option(owner, "frozen", "unsafe_hash", "eq=False"):
            return None
        if self.names(owner.decorator_list) & _DATACLASS:
            return "is a dataclass that is not frozen and has no hash"
        return "has `__eq__` and no `__hash__`" if "__eq__" in methods_of(owner) and not owner.keywords else None

    def members(self) -> Iterator[tuple[ast.AST, ast.expr]]:
        """Yield what is put into sets and what becomes a key, with the node to show."""
        for node in self.tree.every:
            match node:
                case ast.Set(elts=members):
                    yield from ((member, member) for member in members)
                case ast.Dict(keys=keys):
                    yield from ((key, key) for key in keys if key is not None)
                case ast.SetComp(elt=element) | ast.DictComp(key=element):
                    yield node, element
                case ast.Call(func=ast.Name("set" | "frozenset" | "Counter"), args=[values]):
                    yield node, _one_of(values)
                case ast.Call(func=ast.Attribute(attr="add"), args=[ast.Call() | ast.Name() as member]):
                    is_set = isinstance(member, ast.Call) or _is_set(node, self.tree)
                    yield from [(node, member)] if is_set else []
                case ast.Subscript(slice=ast.Name() as member, ctx=ast.Store()):
                    yield node, member
                case ast.Subscript(value=kind, slice=held) if (dotted(kind) or "").rpartition(".")[2] in _HASHING:
                    first = held.elts[0] if isinstance(held, ast.Tuple) and held.elts else held
                    yield node, ast.Call(first, [], [])

    def class_of(self, member: ast.expr, names: set[str]) -> str | None:
        """Return which of the classes a member is made of: `Tea(...)`, or a name whose type says so."""
        match member:
            case ast.Call(func=ast.Name(id=name)) if name in names:
                return name
            case ast.Name(id=name):
                return self.class_of_name(name, member, names)
            case ast.Starred(value=ast.Name(id=several)):
                return self.class_of_many(several, member.value, names)
        return None

    def class_of_name(self, name: str, node: ast.AST, names: set[str]) -> str | None:
        for above in self.tree.above(node):
            loops = above.generators if isinstance(above, (ast.SetComp, ast.DictComp)) else []
            for loop in loops:
                if dotted(loop.target) == name and isinstance(loop.iter, ast.Name):
                    return self.class_of_many(loop.iter.id, loop.iter, names)
        kind = self.type_of(name, node)
        made = self.made(name, node)
        kind = made.func if isinstance(made, ast.Call) else kind
        return kind.id if isinstance(kind, ast.Name) and kind.id in names else None

    def class_of_many(self, name: str, node: ast.AST, names: set[str]) -> str | None:
        """Return which class a parameter holds several of: `teas: list[Tea]`."""
        kind = self.type_of(name, node)
        held = kind.slice if isinstance(kind, ast.Subscript) else None
        made = self.made(name, node)
        element = _one_of(made) if isinstance(made, (ast.ListComp, ast.List)) else None
        held = element.func if isinstance(element, ast.Call) else held
        return held.id if isinstance(held, ast.Name) and held.id in names else None

    def made(self, name: str, node: ast.AST) -> ast.expr | None:
        """Return what the function gives a name, if it does so once."""
        function = self.tree.function(node)
        given = (
            [
                part.value
                for part in own(*function.body)
                if isinstance(part, ast.Assign) and any(dotted(target) == name for target in part.targets)
            ]
            if function is not None
            else []
        )
        return given[0] if len(given) == 1 else None

    def type_of(self, name: str, node: ast.AST) -> ast.expr | None:
        function = self.tree.function(node)
        args = function.args if function is not None else None
        every = [*args.posonlyargs, *args.args, *args.kwonlyargs] if args is not None else []
        return next((arg.annotation for arg in every if arg.arg == name), None)

    def construction(self, owner: ast.ClassDef, methods: dict[str, Function]) -> Iterator[_Fault]:
        maker = methods["__init__"]
        yield from self.unmade_parent(owner, maker)
        given: dict[str, ast.AST] = {}
        level = {target.id for part in owner.body for target in _targets(part) if isinstance(target, ast.Name)}
        for statement in maker.body:
            for part in nodes_in(statement):
                if isinstance(part, ast.Attribute) and dotted(part.value) == "self" and isinstance(part.ctx, ast.Store):
                    given.setdefault(part.attr, part)
        if owner.bases or owner.decorator_list:
            return
        for name, place in given.items():
            hidden = methods.get(name)
            if (
                hidden is not None
                and not hidden.decorator_list
                and self.tree.parents.get(self.tree.parents.get(place, place)) is maker
            ):
                yield hidden, f"`self.{name}` in `__init__` hides this method", Severity.HIGH
        yield from _read_too_early(maker, given, level | set(methods))

    def unmade_parent(self, owner: ast.ClassDef, maker: Function) -> Iterator[_Fault]:
        """Report an `__init__` that leaves out the one of a class in this file."""
        makers = {node.name: node for node in self.source.tree.body if isinstance(node, ast.ClassDef)}
        for base in owner.bases:
            parent = makers.get(dotted(base) or "")
            if parent is None or not any(
                isinstance(part, FUNCTIONS) and part.name == "__init__" for part in parent.body
            ):
                continue
            called = {quote(part.func, longest=200) for part in nodes_in(maker) if isinstance(part, ast.Call)}
            if not any("__init__" in name or name == "super" for name in called):
                yield maker, f"`__init__` does not call the one of `{parent.name}`", Severity.INFO


def _is_set(call: ast.Call, tree: Tree) -> bool:
    """True if the function makes what is added to a set: `seen = set()`."""
    owner = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else None
    function = tree.function(call)
    return function is not None and any(
        isinstance(part, ast.Assign)
        and dotted(part.targets[0]) == owner
        and quote(part.value).startswith(("set(", "{"))
        for part in own(*function.body)
    )


def _one_of(values: ast.expr) -> ast.expr:
    """Return what stands for each of several values."""
    if isinstance(values, (ast.GeneratorExp, ast.ListComp)):
        return values.elt
    if isinstance(values, (ast.List, ast.Tuple)) and values.elts:
        return values.elts[0]
    return ast.copy_location(ast.Starred(values, ast.Load()), values)


def _takes_self(owner: ast.ClassDef) -> bool:
    """True unless the class is only a place for functions, none of which takes an object."""
    plain = [part for part in owner.body if isinstance(part, FUNCTIONS) and not part.decorator_list]
    return sum(not part.args.args and not part.args.posonlyargs for part in plain) < _NAMESPACE


def _targets(part: ast.stmt) -> list[ast.expr]:
    return part.targets if isinstance(part, ast.Assign) else [part.target] if isinstance(part, ast.AnnAssign) else []


def _constructor(function: Function) -> Iterator[_Fault]:
    if isinstance(function, ast.AsyncFunctionDef):
        yield function, "`__init__` cannot be async: making the object fails", Severity.HIGH
        return
    for part in own(*function.body):
        match part:
            case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
                if not isinstance(value, ast.Call):
                    yield part, "`__init__` returns a value, which raises a TypeError", Severity.HIGH
            case ast.Yield() | ast.YieldFrom():
                yield part, "`__init__` is a generator, so making the object fails", Severity.HIGH


def _hands(function: Function) -> Iterator[_Fault]:
    """Report a special method that Python calls with another number of arguments."""
    wanted = _PARAMETERS.get(function.name)
    args = function.args
    places = len(args.posonlyargs) + len(args.args) - 1
    if wanted is None or args.vararg is not None or places < 0:
        return
    if not places - len(args.defaults) <= wanted <= places:
        yield function, f"Python calls `{function.name}` with {wanted or 'no'} arguments, not {places}", Severity.HIGH


def _gives(function: Function) -> Iterator[_Fault]:
    """Report a special method that returns a literal of the wrong type."""
    kind = _RESULTS.get(function.name)
    for part in own(*function.body) if kind is not None else ():
        match part:
            case ast.Return(value=ast.Constant(value=value)) if kind is not None and not isinstance(value, kind):
                yield part, f"`{function.name}` must return {kind.__name__}, not `{value!r}`", Severity.HIGH


def _replaced(function: Function, first: str) -> Iterator[_Fault]:
    for part in own(*function.body):
        if isinstance(part, ast.Assign) and any(
            isinstance(inner, ast.Name) and inner.id == first and isinstance(inner.ctx, ast.Store)
            for target in part.targets
            for inner in nodes_in(target)
        ):
            yield part, f"`{first} = ...` changes a local name, not the object", Severity.INFO


def _read_too_early(maker: Function, given: dict[str, ast.AST], known: set[str]) -> Iterator[_Fault]:
    """Report `self.x` in a statement of `__init__` above the one that sets it."""
    for statement in maker.body:
        for part in own(statement):
            match part:
                case ast.AugAssign(target=ast.Attribute(value=ast.Name("self"), attr=name) as target):
                    read: ast.Attribute = target
                case ast.Attribute(value=ast.Name("self"), attr=name, ctx=ast.Load()):
                    read = part
                case _:
                    continue
            place = given.get(name) if name not in known else None
            if place is not None and (statement.end_lineno or 0) < getattr(place, "lineno", 0):
                yield read, f"`self.{name}` is read here and set only further down", None
            elif place is read:
                yield read, f"`self.{name}` has no value yet", None


def _has_option(owner: ast.ClassDef, *names: str) -> bool:
    return any(name in quote(each, longest=400) for each in owner.decorator_list for name in names)


def _asks_for_call(call: ast.Call) -> Iterator[_Fault]:
    match call:
        case ast.Call(func=ast.Name("hasattr" | "getattr"), args=[_, ast.Constant("__call__"), *_]):
            yield call, "`__call__` of an object says nothing of the object; `callable()` does", Severity.LOW
