import ast
from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.scopes import Kind, scopes_of
from reviewer.analysis.source import Source
from reviewer.analysis.tree import (
    FUNCTIONS,
    Tree,
    dotted,
    full_name,
    head_line,
    methods_of,
    names_stored,
    quote,
    tree_of,
)

# Methods that nobody keeps as plain attributes, and whose result is all there is to them.
_METHODS = frozenset(
    {"strip", "lstrip", "rstrip", "lower", "upper", "casefold", "capitalize", "swapcase", "splitlines", "isdigit"}
    | {"isalpha", "isalnum", "isspace", "isnumeric", "isdecimal", "islower", "isupper", "isidentifier", "istitle"}
    | {"isatty", "isoformat", "total_seconds", "hexdigest", "readlines", "readline", "fetchone", "fetchall", "is_alive"}
    | {"is_set", "qsize", "read_text", "read_bytes", "weekday", "isoweekday", "toordinal", "is_integer", "bit_length"}
    | {"as_posix", "iterdir", "getvalue", "get_json", "raise_for_status"}
)
# Others have a property of that name.
_OF_NAMED = {
    **dict.fromkeys(
        ("is_file", "is_dir", "is_symlink", "is_absolute", "exists"), regex(r"(\w+_)?(path|file|folder|dir|root)")
    ),
    "is_valid": regex(r"(\w+_)?(form|serializer|formset)"),
}
_FUNCTIONS = frozenset(
    {"datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today", "time.time", "time.monotonic"}
    | {"time.perf_counter", "os.getcwd", "os.getpid", "random.random", "uuid.uuid4", "socket.gethostname"}
)
_TAKERS = frozenset(
    {"int", "float", "len", "list", "sorted", "sum", "any", "all", "set", "tuple", "max", "min", "join"}
)
_PLAIN_RESULTS = frozenset({"bool", "str", "int", "float", "bytes", "list", "dict", "set", "tuple"})
_ORDERS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn)


class UncalledMethod(ModuleRule):
    """A method or function is named where what it gives was meant: the brackets of the call are missing.

    Why look: the function itself is always true, equals nothing and prints as an address.
    Ask: should this be called?
    """

    informs = "correctness"
    severity = Severity.HIGH

    INVALID = (
        Example("def f(text):\n    if text.strip:\n        return text\n"),
        Example("def f(text):\n    return not text.strip or text.lower == 'tea'\n"),
        Example("def is_shown(out) -> bool:\n    return out.isatty\n"),
        Example("def f(path):\n    if path and path.exists:\n        brew()\n"),
        Example("def f(name):\n    print(f'Dear {name.upper}')\n"),
        Example("def f(file):\n    for line in file.readlines:\n        print(line)\n"),
        Example("def f(word):\n    return int(word.strip)\n"),
        Example("def f(words):\n    return [word for word in words if word.isdigit]\n"),
        Example("import time\n\ndef f(start):\n    return time.time - start\n"),
        Example("from datetime import datetime\n\ndef f(end):\n    return datetime.now > end\n"),
        Example(
            "class Order:\n    def total(self):\n        return 1\n\n    def is_large(self):\n"
            "        return self.total > 100\n"
        ),
        Example(
            "class Order:\n    def is_paid(self):\n        return True\n\ndef ship(order: Order, ready):\n"
            "    if ready and order.is_paid:\n        send(order)\n"
        ),
        Example(
            "class Order:\n    def total(self):\n        return 1\n\norder = Order()\nprint(f'{order.total} due')\n"
        ),
        Example("def count():\n    return 3\n\ndef f():\n    return count > 2\n"),
        Example("def f(text):\n    text = text.strip\n    return text.strip().lower\n"),
    )
    VALID = (
        Example("def f(text):\n    lower = text.lower\n    self.strip = text.strip\n    return lower\n"),
        Example("def f(text):\n    if text.strip():\n        return text.lower() == 'tea'\n"),
        Example("def f(words):\n    return sorted(words, key=str.lower), map(str.strip, words), words.strip\n"),
        Example("def f(out):\n    return out.isatty\n"),
        Example("class Tea:\n    @property\n    def exists(self): ...\n\ndef f(path):\n    return not path.exists\n"),
        Example("class Tea:\n    exists: bool\n\ndef f(tea: Tea):\n    if tea and tea.exists:\n        brew()\n"),
        Example("class Tea:\n    def f(self):\n        self.is_set = False\n        return not self.is_set\n"),
        Example(
            "class Order:\n    @property\n    def total(self):\n        return 1\n\n    def is_large(self):\n"
            "        return self.total > 100 and self.total != 3\n"
        ),
        Example("class Order:\n    def total(self): ...\n\ndef f(order: Order):\n    return order.total() > 3\n"),
        Example("def f(a, b):\n    return a.lower is b.lower, a.strip == b.strip\n"),
        Example("import time\n\ndef f(clock=time.time):\n    return clock() - 3, clock == time.time\n"),
        Example("def count():\n    return 3\n\ndef f(how):\n    return how == count or how is count\n"),
        Example("def f(link, order):\n    return not link.is_file or not order.is_valid\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.suffix == ".pyi":
            return
        look = _Look(source, tree_of(source.tree), _attributes(source, tree_of(source.tree)))
        for node in look.tree.every:
            if not isinstance(node, (ast.Attribute, ast.Name)) or not isinstance(node.ctx, ast.Load):
                continue
            line = head_line(node, source, file)
            if line is not None and look.is_used_as_value(node) and look.is_function(node):
                yield LineSighting(line, f"`{quote(node)}` is the function itself; `{quote(node)}()` was meant?")


@dataclass(frozen=True, slots=True)
class _Look:
    source: Source
    tree: Tree
    attributes: frozenset[str]

    def is_function(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return self.is_here(node)
        if not isinstance(node, ast.Attribute):
            return False
        if full_name(node, self.source) in _FUNCTIONS:
            return (dotted(node) or "").partition(".")[0] in self.source.imports
        if isinstance(node.value, ast.Name) and (owner := self.owner(node.value)) is not None:
            found = methods_of(owner).get(node.attr, [])
            return len(found) == 1 and not found[0].decorator_list and node.attr not in names_stored(owner)
        if node.attr in self.attributes or self.is_class(node.value):
            return False
        named = _OF_NAMED.get(node.attr)
        word = (dotted(node.value) or "").rpartition(".")[2]
        return node.attr in _METHODS or (named is not None and named.fullmatch(word) is not None)

    def is_here(self, node: ast.Name) -> bool:
        """True for a name that only ever stands for a function of this file."""
        scopes = scopes_of(self.source.tree)
        around = next((each for each in self.tree.above(node) if each in scopes.by_node), None)
        owner = scopes.by_node[around].lookup(node.id) if around is not None else None
        if owner is None or owner.kind is Kind.CLASS or scopes.has_stars or len(owner.bindings[node.id]) != 1:
            return False
        function = owner.bindings[node.id][0]
        return isinstance(function, FUNCTIONS) and not function.decorator_list

    def owner(self, name: ast.Name) -> ast.ClassDef | None:
        """Return the class of this file that a name holds an object of: `self`, `order: Order`, `Order(...)`."""
        if name.id == "self":
            return next((each for each in self.tree.above(name) if isinstance(each, ast.ClassDef)), None)
        scopes = scopes_of(self.source.tree)
        around = self.tree.function(name)
        scope = scopes.by_node.get(around, scopes.module) if around is not None else scopes.module
        holder = scope.lookup(name.id)
        places = holder.bindings[name.id] if holder is not None else []
        if len(places) != 1:
            return None
        place, parent = places[0], self.tree.parents.get(places[0])
        kind: ast.AST | None = place.annotation if isinstance(place, ast.arg) else None
        if isinstance(parent, ast.Assign) and place in parent.targets and isinstance(parent.value, ast.Call):
            kind = parent.value.func
        word = kind.value if isinstance(kind, ast.Constant) else dotted(kind)
        classes = [part for part in self.source.tree.body if isinstance(part, ast.ClassDef) and part.name == word]
        is_plain = len(classes) == 1 and not classes[0].decorator_list and not classes[0].keywords
        return classes[0] if is_plain else None

    def is_class(self, node: ast.expr) -> bool:
        """True for `str.lower`: the function of a class, or of a module."""
        name = dotted(node) or ""
        return name in ("str", "bytes") or name.rpartition(".")[2][:1].isupper() or name in self.source.imports

    def is_used_as_value(self, node: ast.expr) -> bool:
        parent = self.tree.parents.get(node)
        match parent:
            case ast.Compare(left=left, ops=[operator], comparators=[right]) if isinstance(operator, _ORDERS):
                other = right if left is node else left
                return not isinstance(other, (ast.Name, ast.Attribute)) or isinstance(
                    operator, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
                )
            case ast.FormattedValue(value=value, conversion=-1):
                return value is node and not isinstance(node, ast.Name)
            case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div()):
                return True
            case ast.For(iter=values) | ast.comprehension(iter=values) if values is node:
                return True
            case ast.Call(func=func, args=[only]) if only is node:
                return isinstance(node, ast.Attribute) and (dotted(func) or "") in _TAKERS
            case ast.Return() if isinstance(node, ast.Attribute):
                return self.gives_plain(node) or _is_of_call(node)
            case ast.Assign(targets=[target]) if isinstance(node, ast.Attribute):
                return _is_of_call(node) or (dotted(target) == dotted(node.value) and node.attr in _METHODS)
        return isinstance(node, ast.Attribute) and self.is_tested(node)

    def gives_plain(self, node: ast.AST) -> bool:
        function = self.tree.function(node)
        kind = function.returns if function is not None else None
        name = dotted(kind.value if isinstance(kind, ast.Subscript) else kind)
        return name in _PLAIN_RESULTS

    def is_tested(self, node: ast.Attribute) -> bool:
        """True where only the truth of the function counts; `if self.x` alone is said elsewhere."""
        inner: ast.AST = node
        for parent in self.tree.above(node):
            match parent:
                case ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                    inner = parent
                case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
                    is_said = dotted(node.value) in ("self", "cls") and not isinstance(inner, ast.BoolOp)
                    return test is inner and not is_said and not self.is_handed_on(node)
                case ast.comprehension(ifs=conditions):
                    return inner in conditions
                case ast.Return():
                    return isinstance(inner, ast.UnaryOp) or (inner is not node and self.tells(inner))
                case _:
                    return False
        return False

    def tells(self, node: ast.AST) -> bool:
        """True for `a or not b`, of which no part is a function to be called."""
        return isinstance(node, ast.BoolOp) and any(
            isinstance(each, (ast.UnaryOp, ast.Compare)) for each in node.values
        )

    def is_handed_on(self, node: ast.Attribute) -> bool:
        """True if the function is asked for elsewhere too, so that the test asks whether there is one."""
        function = self.tree.function(node)
        if dotted(node.value) is None or function is None:
            return False
        return any(
            isinstance(self.tree.parents.get(each), (ast.Call, ast.Assign, ast.Return))
            for each in self.tree.nodes(ast.Attribute)
            if each is not node
            and each.attr == node.attr
            and dotted(each) == dotted(node)
            and self.tree.function(each) is function
        )


def _is_of_call(node: ast.Attribute) -> bool:
    """True for `text.strip().lower`: a chain whose last call was forgotten."""
    inner = node.value.func if isinstance(node.value, ast.Call) else None
    return node.attr in _METHODS and isinstance(inner, ast.Attribute) and inner.attr in _METHODS


def _attributes(source: Source, tree: Tree) -> frozenset[str]:
    """Return the names that some class of this file has as an attribute or a property."""
    found: set[str] = set()
    for owner in tree.nodes(ast.ClassDef):
        found |= names_stored(owner)
        found |= {name for name, each in methods_of(owner).items() if any(one.decorator_list for one in each)}
    found |= {node.attr for node in tree.nodes(ast.Attribute) if isinstance(node.ctx, ast.Store)}
    return frozenset(found | set(source.imports))
