import ast
from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.analysis.amounts import amount
from reviewer.analysis.callees import Callees
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.signatures import misfit
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.text_formats import format_fault, percent_fault, values_wanted
from reviewer.analysis.tree import Tree, added_line, dotted, full_name, head_line, quote, tree_of

_FLAGS = frozenset(
    f"re.{name}"
    for name in ("A", "I", "L", "M", "S", "U", "X", "ASCII", "IGNORECASE", "MULTILINE", "DOTALL", "VERBOSE", "UNICODE")
)
_COUNTED = {"re.sub": (3, "count"), "re.subn": (3, "count"), "re.split": (2, "maxsplit")}
_LEVELS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "fatal"})
_LOGGERS = regex(r"_?(log|logger|logging|LOG|LOGGER)")
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
        tree = tree_of(source.tree)
        look = _Look(source, tree, Callees(source, tree))
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
            message = percent_fault(operation) if line is not None and isinstance(operation.op, ast.Mod) else None
            if message is not None and line is not None and not look.is_expected(operation):
                yield LineSighting(line, message)


@dataclass(frozen=True, slots=True)
class _Look:
    source: Source
    tree: Tree
    callees: Callees

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
        fault = self.counted(call) or format_fault(call) or self.logged(call) or self.builtin(call) or _late_star(call)
        if fault is not None:
            return fault
        signature = self.callees.signature_of(call)
        message = misfit(call, signature) if signature is not None else None
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
        if has_star or fewest <= len(call.args) <= most:
            return None
        scopes = self.callees.scopes
        if name in scopes.module.bindings or scopes.has_stars or self.callees.definition(name, call) is not None:
            return None
        wanted = amount(most if len(call.args) > most else fewest, "argument")
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
        wanted = values_wanted(first.value)
        # Without arguments the text is written as it stands; loguru and structlog fill in `{}`.
        if wanted is None or not values or len(values) == wanted or "{" in first.value:
            return None
        return f"the message has {amount(wanted, 'placeholder')} for {amount(len(values), 'value')}", None


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
    return f"{amount(given, 'value')} cannot be unpacked into {wanted}" if wanted != given else None
