import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from string import Formatter

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.scopes import Kind, Scopes, scopes_of
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
    names_stored,
    quote,
    tree_of,
)

_HARMLESS = frozenset(
    {"staticmethod", "classmethod", "abstractmethod", "abc.abstractmethod", "override", "typing.override"}
)
_DATACLASS = frozenset({"dataclass", "dataclasses.dataclass"})
_CONVERSION = regex(
    r"%(?:\((?P<name>[^)]*)\))?[#0\- +]*(?P<width>\*|\d+)?(?:\.(?P<precision>\*|\d+))?[hlL]?(?P<type>.)?", re.DOTALL
)
_TYPES = frozenset("diouxXeEfFgGcrsa%")
_FLAGS = frozenset(
    f"re.{name}"
    for name in ("A", "I", "L", "M", "S", "U", "X", "ASCII", "IGNORECASE", "MULTILINE", "DOTALL", "VERBOSE", "UNICODE")
)
_COUNTED = {"re.sub": (3, "count"), "re.subn": (3, "count"), "re.split": (2, "maxsplit")}
_LEVELS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "fatal"})
_LOGGERS = regex(r"_?(log|logger|logging|LOG|LOGGER)")
_MOST_SHOWN = 3
_MOST_BASES = 50
_SHORT = 2
_EXCEPTIONS = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
)
_PLAIN = (ast.Expr, ast.Pass, ast.Assign, ast.AnnAssign, *FUNCTIONS)
# The fewest and the most arguments of builtins that take no keywords.
_BUILTINS = {
    **dict.fromkeys(("len", "callable", "abs", "id", "repr", "ord", "chr", "hash", "any", "all", "bin", "hex"), (1, 1)),
    **dict.fromkeys(("isinstance", "issubclass", "hasattr", "delattr", "divmod"), (2, 2)),
    **dict.fromkeys(("list", "tuple", "set", "frozenset", "float", "bool", "input"), (0, 1)),
    "setattr": (3, 3),
    "getattr": (2, 3),
    "iter": (1, 2),
    "next": (1, 2),
    "range": (1, 3),
    "sorted": (1, 1),
}


class WrongArguments(ModuleRule):
    """A call does not fit the signature of the function or class that this file defines, or a text its format.

    Why look: the call raises a TypeError the first time it runs.
    Ask: has the signature changed, or was another function meant?
    """

    informs = "correctness"
    severity = Severity.HIGH

    INVALID = (
        Example("def price(order, rate):\n    return order * rate\n\ndef total(order):\n    return price(order)\n"),
        Example("def price(order):\n    return order\n\ndef total(order):\n    return price(order, 2)\n"),
        Example(
            "def price(order, *, rate=1):\n    return order\n\ndef total(order):\n    return price(order, rat=2)\n"
        ),
        Example("class Order:\n    def __init__(self, number):\n        self.number = number\n\norder = Order()\n"),
        Example("class Order:\n    def add(self, line):\n        pass\n\n    def fill(self):\n        self.add()\n"),
        Example(
            "from dataclasses import dataclass\n\n@dataclass\nclass Order:\n    number: int\n"
            "    size: int = 1\n\norder = Order(1, 2, 3)\n"
        ),
        Example("class Order:\n    pass\n\norder = Order(1)\n"),
        Example("def f(order):\n    return '%s of %s' % order.number\n"),
        Example("def f(a, b, c):\n    return '%s of %s' % (a, b, c)\n"),
        Example("def f(a):\n    return '{} of {}'.format(a)\n"),
        Example("def f(a):\n    return '{a} of {b}'.format(a=a)\n"),
        Example("import re\n\ndef f(text):\n    return re.sub('a', 'b', text, re.IGNORECASE)\n"),
        Example("import logging\n\ndef f(a):\n    logging.info('%s of %s', a)\n"),
        Example("double = lambda value: value * 2\nprint(double(1, 2))\n"),
        Example("def price(order, rate):\n    return 1\n\nprint(price(1, 2, order=3))\n"),
        Example(
            "class Base:\n    def __init__(self, a):\n        self.a = a\n\nclass Order(Base):\n"
            "    def __init__(self):\n        super().__init__()\n"
        ),
        Example("def f(a):\n    return isinstance(a) or len(a, a)\n"),
        Example("def f():\n    a, b = 1, 2, 3\n    return a, b\n"),
    )
    VALID = (
        Example("line = b'%b: %b\\r\\n' % (name, value)\n"),
        Example(
            "def price(order, rate=1, *rest, **more):\n    return order\n\nprice(1)\n"
            "price(1, 2, 3, deep=4)\nprice(order=1)\n"
        ),
        Example(
            "def price(order, rate):\n    return order\n\ndef total(order):\n"
            "    return price(*order) + price(**order) + price(1, 2)\n"
        ),
        Example("import click\n\n@click.command()\ndef main(path):\n    print(path)\n\nmain()\n"),
        Example("class Order(Base):\n    pass\n\norder = Order(1, 2)\n"),
        Example("class Order(metaclass=Meta):\n    pass\n\norder = Order(1, 2)\n"),
        Example(
            "try:\n    from fast import price\nexcept ImportError:\n    def price(order):\n"
            "        return order\n\nprice(1, 2)\n"
        ),
        Example("def price(order):\n    return order\n\ndef total(price):\n    return price(1, 2)\n"),
        Example(
            "class Order:\n    def add(self, line):\n        pass\n\n    def fill(self):\n"
            "        self.add(1)\n        Order.add(self, 1)\n        self.add(line=1)\n"
        ),
        Example(
            "class Order:\n    def __init__(self, add):\n        self.add = add\n\n    def add(self):\n"
            "        pass\n\n    def fill(self):\n        self.add(1)\n"
        ),
        Example(
            "class Order:\n    @staticmethod\n    def add(line):\n        pass\n\n    @classmethod\n"
            "    def make(cls, line):\n        cls.add(line)\n        cls.make(line)\n"
        ),
        Example(
            "from dataclasses import dataclass, field\n\n@dataclass\nclass Order:\n    number: int\n"
            "    lines: list = field(default_factory=list)\n    total: int = field(init=False)\n\nOrder(1)\n"
            "Order(number=1, lines=[])\n"
        ),
        Example(
            "def f(a, b):\n    return '%s of %s, 100%%' % (a, b) + '%(a)s' % {'a': a} + '%s' % a + '%*d' % (2, a)\n"
        ),
        Example(
            "def f(pair):\n"
            "    return '%s of %s' % pair + '%s %s' % tuple(pair) + '{} {}'.format(*pair) + '{{}}'.format()\n"
        ),
        Example("def f(a, b):\n    return '{0} {1} {0}'.format(a, b) + '{a.b} {c[0]} {}'.format(1, a=a, c=b)\n"),
        Example(
            "import re\n\ndef f(text):\n    return re.sub('a', 'b', text, flags=re.I) + re.sub('a', 'b', text, 1)\n"
        ),
        Example(
            "import logging\n\ndef f(a):\n    logging.info('%s', a)\n    logging.info('100%')\n"
            "    logging.info('%(a)s', {'a': a})\n"
        ),
        Example(
            "import pytest\n\ndef price(order): ...\n\ndef test_price():\n"
            "    with pytest.raises(TypeError):\n        price()\n",
            path="tests/test_price.py",
        ),
        Example(
            "class Base:\n    def add(self):\n        raise NotImplementedError\n\n    def fill(self):\n"
            "        self.add(1)\n"
        ),
        Example("from enum import Enum\n\nclass Kind(Enum):\n    A = 1\n\nKind(1)\na, *b = 1, 2, 3\n"),
        Example(
            "class Point(tuple):\n    def __new__(cls, x, y):\n        return super().__new__(cls, (x, y))\n"
            "\nPoint(1, 2)\n"
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.suffix == ".pyi":
            return
        look = _Look(source, file, tree_of(source.tree))
        for call in look.tree.nodes(ast.Call):
            if added_line(call, source, file) is None:
                continue
            fault = look.call(call)
            # The call's own line if the change touched it, else the argument that is new.
            line = head_line(call, source, file) or added_line(call, source, file)
            if fault is not None and line is not None and not look.is_expected(call):
                yield LineSighting(line, *fault)
        for assignment in look.tree.nodes(ast.Assign):
            line = head_line(assignment, source, file)
            message = _unpacked(assignment) if line is not None else None
            if message is not None and line is not None and not look.is_expected(assignment):
                yield LineSighting(line, message)
        for operation in look.tree.nodes(ast.BinOp):
            line = added_line(operation, source, file)
            message = _percent(operation) if line is not None and isinstance(operation.op, ast.Mod) else None
            if message is not None and line is not None and not look.is_expected(operation):
                yield LineSighting(line, message)


@dataclass(frozen=True, slots=True)
class _Signature:
    """What a call may give: `places` are the parameters by position; `is_open_*` if it takes any number."""

    name: str
    places: tuple[str, ...]
    nameable: frozenset[str]
    required: tuple[str, ...]
    takes_more: bool
    takes_any_name: bool


@dataclass(frozen=True)
class _Look:
    source: Source
    file: ChangedFile
    tree: Tree
    _signatures: dict[ast.AST, "_Signature | None"] = field(default_factory=dict)

    def is_expected(self, node: ast.AST) -> bool:
        """True in a test that waits for the error, and in `try` with a TypeError handler."""
        for parent in self.tree.above(node):
            if isinstance(parent, (ast.With, ast.AsyncWith)):
                code = " ".join(quote(item.context_expr) for item in parent.items)
                if "raises" in code or "Raises" in code or "suppress" in code:
                    return True
            if isinstance(parent, ast.Try) and any(
                handler.type is None
                or any(word in ast.dump(handler.type) for word in ("TypeError", "ValueError", "Exception'"))
                for handler in parent.handlers
            ):
                return True
        return False

    def call(self, call: ast.Call) -> tuple[str, Severity | None] | None:
        fault = self.counted(call) or _formatted(call) or self.logged(call) or self.builtin(call) or _late_star(call)
        if fault is not None:
            return fault
        signature = self.signature_of(call)
        message = _misfit(call, signature) if signature is not None else None
        return (message, None) if message is not None else None

    def counted(self, call: ast.Call) -> tuple[str, Severity | None] | None:
        """Report flags in the place of a count: `re.sub(a, b, text, re.I)`."""
        name = full_name(call.func, self.source) or ""
        place, what = _COUNTED.get(name, (0, ""))
        if not what or len(call.args) <= place or any(isinstance(each, ast.Starred) for each in call.args):
            return None
        given = call.args[place]
        parts = [full_name(part, self.source) for part in nodes_in(given) if isinstance(part, ast.Attribute)]
        if any(part in _FLAGS for part in parts):
            return f"`{quote(given)}` is taken for `{what}=` here; write `flags=`", None
        return None

    def builtin(self, call: ast.Call) -> tuple[str, Severity | None] | None:
        """Report a builtin function that gets too few or too many arguments."""
        name = dotted(call.func) or ""
        fewest, most = _BUILTINS.get(name, (0, len(call.args)))
        has_star = any(isinstance(each, ast.Starred) for each in call.args) or any(
            not each.arg for each in call.keywords
        )
        if has_star or fewest <= len(call.args) <= most or name in self.scopes.module.bindings:
            return None
        if self.scopes.has_stars or self.definition(name, call) is not None:
            return None
        wanted = _count(most if len(call.args) > most else fewest, "argument")
        return f"`{name}()` takes {wanted}, not {len(call.args)}", None

    def logged(self, call: ast.Call) -> tuple[str, Severity | None] | None:
        """Report a log message whose placeholders and arguments differ in number."""
        func = call.func
        if not isinstance(func, ast.Attribute) or func.attr not in _LEVELS or not call.args:
            return None
        owner = (dotted(func.value) or "").rpartition(".")[2]
        first, *values = call.args
        if not _LOGGERS.fullmatch(owner) or not isinstance(first, ast.Constant) or not isinstance(first.value, str):
            return None
        if any(isinstance(value, ast.Starred) for value in values):
            return None
        wanted = _wanted(first.value)
        # Without arguments the text is written as it stands; loguru and structlog fill in `{}`.
        if wanted is None or not values or len(values) == wanted or "{" in first.value:
            return None
        return f"the message has {_count(wanted, 'placeholder')} for {_count(len(values), 'value')}", None

    def signature_of(self, call: ast.Call) -> _Signature | None:
        match call.func:
            case ast.Name(id=name):
                return self.named(name, call)
            case ast.Attribute(value=ast.Name(id="self" | "cls" as owner), attr=method):
                return self.method(owner, method, call)
            case ast.Attribute(value=ast.Call(func=ast.Name("super"), args=[]), attr=method):
                return self.of_parent(method, call)
            case ast.Attribute(value=ast.Call(func=ast.Name(id=owner)), attr=method):
                return self.of_instance(self.definition(owner, call), method)
            case ast.Attribute(value=ast.Name(id=owner), attr=method):
                return self.of_class(owner, method, call)
        return None

    def named(self, name: str, call: ast.AST) -> _Signature | None:
        definition = self.definition(name, call)
        if definition is not None and definition not in self._signatures:
            self._signatures[definition] = self.read(definition)
        return self._signatures.get(definition) if definition is not None else None

    def definition(self, name: str, node: ast.AST) -> ast.AST | None:
        """Return the only thing that binds the name where the node stands."""
        scopes = self.scopes
        if scopes.has_stars or scopes.is_open:
            return None
        around = next((each for each in self.tree.above(node) if each in scopes.by_node), None)
        scope = scopes.by_node.get(around) if around is not None else None
        owner = scope.lookup(name) if scope is not None else None
        if owner is None or owner.kind is Kind.CLASS or len(owner.bindings[name]) != 1:
            return None
        return owner.bindings[name][0]

    @cached_property
    def scopes(self) -> Scopes:
        return scopes_of(self.source.tree)

    def read(self, node: ast.AST) -> _Signature | None:
        if isinstance(node, FUNCTIONS):
            return _signature(node.name, node.args, 0) if not node.decorator_list else None
        if isinstance(node, ast.ClassDef):
            return self.constructor(node)
        parent = self.tree.parents.get(node)
        if isinstance(parent, ast.Assign) and isinstance(parent.value, ast.Lambda) and len(parent.targets) == 1:
            return _signature(quote(node), parent.value.args, 0)
        return None

    def constructor(self, node: ast.ClassDef) -> _Signature | None:
        line = self.ancestry(node)
        if line is None:
            return None
        decorated = [each for owner in line for each in owner.decorator_list]
        if decorated and len(line) == 1 and all(_name_of(each) in _DATACLASS for each in decorated):
            return _dataclass_signature(node, decorated[0])
        if decorated or any("__call__" in methods_of(owner) and owner.keywords for owner in line):
            return None
        for owner in line:
            methods = methods_of(owner)
            found = methods.get("__new__") or methods.get("__init__")
            if found and "__new__" in methods and "__init__" in methods:
                return None
            if found:
                is_plain = len(found) == 1 and not found[0].decorator_list
                return _signature(node.name, found[0].args, 1) if is_plain else None
        is_special = any(_name_of(base) in _EXCEPTIONS for owner in line for base in owner.bases)
        has_other = any(not isinstance(part, _PLAIN) for owner in line for part in owner.body)
        if has_other or is_special:
            return None
        return _Signature(node.name, (), frozenset(), (), takes_more=False, takes_any_name=False)

    def ancestry(self, node: ast.ClassDef) -> list[ast.ClassDef] | None:
        """Return the class and all it inherits from, in the order methods are looked up; None if some is not here."""
        found: list[ast.ClassDef] = []
        todo = [node]
        while todo and len(found) < _MOST_BASES:
            owner = todo.pop(0)
            if owner.keywords:
                return None
            if owner not in found:
                found.append(owner)
            for base in owner.bases:
                name = _name_of(base)
                definition = self.definition(name, owner) if name and "." not in name else None
                if isinstance(definition, ast.ClassDef):
                    todo.append(definition)
                elif name != "object" and name not in _EXCEPTIONS:
                    return None
        return found

    def method(self, owner: str, name: str, call: ast.Call) -> _Signature | None:
        function = self.tree.function(call)
        around = self.tree.scope(function) if function is not None else None
        if not isinstance(around, ast.ClassDef) or function is None:
            return None
        first = (*function.args.posonlyargs, *function.args.args)[:1]
        if not first or first[0].arg != owner or "staticmethod" in [dotted(each) for each in function.decorator_list]:
            return None
        return self.of_definition(around, name)

    def of_class(self, owner: str, name: str, call: ast.Call) -> _Signature | None:
        """Return the signature of a method called on a class, or on a variable that holds an instance of one."""
        node = self.definition(owner, call)
        given = self.tree.parents.get(node) if isinstance(node, ast.Name) else None
        if isinstance(given, ast.Assign) and isinstance(given.value, ast.Call) and given.targets == [node]:
            made = given.value.func
            return self.of_instance(self.definition(made.id, given), name) if isinstance(made, ast.Name) else None
        if not isinstance(node, ast.ClassDef) or node.decorator_list or node.keywords:
            return None
        found = methods_of(node).get(name, [])
        if len(found) != 1 or name in names_stored(node) or (not found[0].decorator_list and name.startswith("__")):
            return None
        if not found[0].decorator_list:
            # Called on the class, a plain method wants its object too.
            return _signature(f"{owner}.{name}", found[0].args, 0)
        return self.of_definition(node, name)

    def of_instance(self, node: ast.AST | None, name: str) -> _Signature | None:
        if not isinstance(node, ast.ClassDef) or node.decorator_list or "__new__" in methods_of(node):
            return None
        return self.of_definition(node, name)

    def of_parent(self, name: str, call: ast.Call) -> _Signature | None:
        function = self.tree.function(call)
        around = self.tree.scope(function) if function is not None else None
        line = self.ancestry(around) if isinstance(around, ast.ClassDef) else None
        # With one base each, what `super()` finds does not depend on who inherits from whom.
        if line is None or any(len(owner.bases) > 1 or owner.decorator_list for owner in line):
            return None
        owner = next((each for each in line[1:] if name in methods_of(each)), None)
        return self.of_definition(owner, name) if owner is not None else None

    def of_definition(self, owner: ast.ClassDef, name: str) -> _Signature | None:
        found = methods_of(owner).get(name, [])
        if not found:
            line = self.ancestry(owner) or []
            owner = next((each for each in line if name in methods_of(each)), owner)
            found = methods_of(owner).get(name, [])
        if len(found) != 1 or name in names_stored(owner) or _is_stated_only(found[0]):
            return None
        kinds = {_name_of(each) for each in found[0].decorator_list}
        if not kinds <= _HARMLESS:
            return None
        return _signature(name, found[0].args, 0 if "staticmethod" in kinds else 1)


def _name_of(node: ast.expr) -> str:
    return dotted(node.func if isinstance(node, ast.Call) else node) or ""


def _is_stated_only(function: Function) -> bool:
    """True for a method that heirs are to write, with what parameters they like."""
    return isinstance(function.body[-1], ast.Raise) and len(function.body) <= _SHORT


def _signature(name: str, args: ast.arguments, bound: int) -> _Signature:
    """Read a signature without its first `bound` parameters."""
    every = [*args.posonlyargs, *args.args]
    places = [arg.arg for arg in every]
    needed = places[: len(places) - len(args.defaults)][bound:]
    keywords = [arg.arg for arg in args.kwonlyargs]
    needed += [arg for arg, default in zip(keywords, args.kw_defaults, strict=True) if default is None]
    nameable = {arg.arg for arg in args.args} | set(keywords)
    if bound and every:
        nameable.discard(every[0].arg)
    return _Signature(
        name,
        tuple(places[bound:]),
        frozenset(nameable),
        tuple(needed),
        takes_more=args.vararg is not None or (bound > len(places)),
        takes_any_name=args.kwarg is not None,
    )


def _dataclass_signature(node: ast.ClassDef, decorator: ast.expr) -> _Signature | None:
    if isinstance(decorator, ast.Call) and any(each.arg in (None, "init", "kw_only") for each in decorator.keywords):
        return None
    places: list[str] = []
    needed: list[str] = []
    for part in node.body:
        if isinstance(part, FUNCTIONS) and part.name in ("__init__", "__new__"):
            return None
        if not isinstance(part, ast.AnnAssign) or not isinstance(part.target, ast.Name):
            continue
        kind, value = quote(part.annotation, longest=200), part.value
        if "KW_ONLY" in kind or "InitVar" in kind or isinstance(value, ast.Call):
            options = {each.arg for each in value.keywords} if isinstance(value, ast.Call) else set()
            if (
                "KW_ONLY" in kind
                or "InitVar" in kind
                or not (dotted(getattr(value, "func", None)) or "").endswith("field")
            ):
                return None
            if options & {"init", "kw_only", None}:
                if options - {"init", "default", "default_factory", "repr"}:
                    return None
                continue
            has_default = bool(options & {"default", "default_factory"})
        elif "ClassVar" in kind:
            continue
        else:
            has_default = value is not None
        places.append(part.target.id)
        if not has_default:
            needed.append(part.target.id)
    return _Signature(
        node.name, tuple(places), frozenset(places), tuple(needed), takes_more=False, takes_any_name=False
    )


def _misfit(call: ast.Call, signature: _Signature) -> str | None:
    has_star = any(isinstance(arg, ast.Starred) for arg in call.args)
    names = [keyword.arg for keyword in call.keywords]
    shown = f"`{signature.name}()`"
    count = sum(not isinstance(arg, ast.Starred) for arg in call.args)
    if count > len(signature.places) and not signature.takes_more:
        return f"{shown} takes {_count(len(signature.places), 'positional argument')}, not {count}"
    unknown = [name for name in names if name and name not in signature.nameable]
    if unknown and not signature.takes_any_name:
        return f"{shown} has no parameter `{unknown[0]}`"
    if has_star or None in names:
        return None
    given = set(signature.places[:count])
    twice = [name for name in names if name in given and name in signature.nameable]
    if twice:
        return f"{shown} gets `{twice[0]}` twice"
    missing = [name for name in signature.required if name not in given and name not in names]
    if missing:
        listed = ", ".join(f"`{name}`" for name in missing[:_MOST_SHOWN])
        return f"{shown} is called without {listed}"
    return None


def _percent(operation: ast.BinOp) -> str | None:
    """Return what is wrong with `"%s of %s" % values`."""
    left, right = operation.left, operation.right
    if not isinstance(left, ast.Constant) or not isinstance(left.value, (str, bytes)):
        return None
    # `%b` is known to bytes alone, and takes a value as `%s` does.
    text = left.value if isinstance(left.value, str) else left.value.decode("latin-1").replace("%b", "%s")
    found = list(_CONVERSION.finditer(text))
    bad = next((match for match in found if match["type"] not in _TYPES), None)
    if bad is not None:
        return f"`{bad[0]}` is no conversion that `%` knows" if bad["type"] else "the format ends in a lone `%`"
    names = {match["name"] for match in found if match["name"] is not None}
    if names:
        return _named_values(names, right)
    wanted = _wanted(text) or 0
    if isinstance(right, ast.Dict) and wanted > 1:
        return f"the format wants {_count(wanted, 'value')} by position, and gets a dict"
    if isinstance(right, ast.Tuple) and not any(isinstance(each, ast.Starred) for each in right.elts):
        given = len(right.elts)
    elif _is_single(right):
        given = 1
    else:
        return None
    return f"the format has {_count(wanted, 'placeholder')} for {_count(given, 'value')}" if given != wanted else None


def _named_values(names: set[str], right: ast.expr) -> str | None:
    if isinstance(right, (ast.Tuple, ast.List)) or _is_text_or_number(right):
        return "the format names its values, and gets no dict"
    if not isinstance(right, ast.Dict) or not all(isinstance(key, ast.Constant) for key in right.keys):
        return None
    missing = sorted(names - {key.value for key in right.keys if isinstance(key, ast.Constant)})
    return f"the format names `{missing[0]}`, which the dict does not have" if missing else None


def _wanted(text: str) -> int | None:
    """Return how many values a format takes; None if it takes them by name or is none."""
    count = 0
    for match in _CONVERSION.finditer(text):
        if match["name"] is not None or match["type"] not in _TYPES:
            return None
        count += (match["type"] != "%") + (match["width"] == "*") + (match["precision"] == "*")
    return count


def _formatted(call: ast.Call) -> tuple[str, Severity | None] | None:
    """Return what is wrong with `"{} of {}".format(...)`."""
    func = call.func
    if not isinstance(func, ast.Attribute) or func.attr != "format" or not isinstance(func.value, ast.Constant):
        return None
    text = func.value.value
    if not isinstance(text, str):
        return None
    fields = _fields(text)
    if fields is None:
        return ("the text is no format: its braces do not match", None) if call.args or call.keywords else None
    has_star = any(isinstance(arg, ast.Starred) for arg in call.args)
    names = {keyword.arg for keyword in call.keywords}
    unnamed = sum(not field for field in fields)
    numbers = {int(field) for field in fields if field.isdigit()}
    if unnamed and numbers:
        return "the format both numbers its values and leaves them unnumbered", None
    wanted = max([unnamed, *(number + 1 for number in numbers)])
    if wanted > len(call.args) and not has_star:
        return f"the format wants {_count(wanted, 'value')} and gets {len(call.args)}", None
    missing = sorted({field for field in fields if field and not field.isdigit()} - {name for name in names if name})
    if missing and None not in names:
        return f"the format names `{missing[0]}`, which it is not given", None
    if not has_star and len(call.args) > wanted:
        return f"the format takes {_count(wanted, 'value')} and drops {len(call.args) - wanted}", Severity.LOW
    return None


def _fields(text: str) -> list[str] | None:
    """Return the names of a format's fields, those inside a format specification too."""
    fields: list[str] = []
    try:
        for _, name, spec, _ in Formatter().parse(text):
            if name is None:
                continue
            fields.append(re.split(r"[.\[]", name, maxsplit=1)[0])
            fields += [
                re.split(r"[.\[]", inner, maxsplit=1)[0]
                for _, inner, _, _ in Formatter().parse(spec or "")
                if inner is not None
            ]
    except ValueError:
        return None
    return fields


def _late_star(call: ast.Call) -> tuple[str, Severity | None] | None:
    """Report `f(a=1, *rest)`: the rest comes first all the same."""
    first = min(((each.value.lineno, each.value.col_offset) for each in call.keywords if each.arg), default=None)
    star = next((each for each in call.args if isinstance(each, ast.Starred)), None)
    if first is None or star is None or (star.lineno, star.col_offset) < first:
        return None
    return f"`{quote(star)}` after a keyword argument is given before it all the same", Severity.LOW


def _unpacked(node: ast.Assign) -> str | None:
    """Report `a, b = 1, 2, 3`."""
    target, value = node.targets[0], node.value
    if not isinstance(target, (ast.Tuple, ast.List)) or not isinstance(value, (ast.Tuple, ast.List)):
        return None
    if any(isinstance(each, ast.Starred) for each in (*target.elts, *value.elts)):
        return None
    wanted, given = len(target.elts), len(value.elts)
    return f"{_count(given, 'value')} cannot be unpacked into {wanted}" if wanted != given else None


def _is_single(node: ast.expr) -> bool:
    """True for a value that is no tuple and no dict, as far as the code itself shows."""
    return _is_text_or_number(node) or (
        isinstance(node, (ast.List, ast.ListComp, ast.Compare, ast.Attribute))
        and (
            not isinstance(node, ast.Attribute)
            or node.attr not in ("args", "params", "__dict__", "groups", "shape", "values", "version_info")
        )
    )


def _is_text_or_number(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return dotted(node.func) in (
            "str",
            "len",
            "int",
            "float",
            "repr",
            "type",
            "sum",
            "sorted",
            "list",
            "round",
            "abs",
        )
    return isinstance(node, (ast.JoinedStr, ast.Constant))


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
