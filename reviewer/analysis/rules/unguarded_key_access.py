import ast
import re
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.tree import Function, Tree, catches, dotted, full_name, head_line, own, tree_of

# What arrives from outside and need not hold every key.
_ARRIVING = regex(
    r"(\w+_)?(data|payload|body|json|event|message|msg|config|cfg|options|opts|params|response|resp|result|record|item|entry"
    r"|request|req|doc|document|info|meta|metadata|headers|form|args|row|obj|settings|user|order|product|attributes|props)"
)
_PARSERS = frozenset(
    {"json.loads", "json.load", "yaml.safe_load", "yaml.load", "toml.load", "tomllib.load", "tomllib.loads"}
)
_MAPPINGS = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "Any"})
_HANDLED = frozenset({"KeyError", "LookupError", "Exception", "BaseException", "TypeError"})
_OWN_FILE = regex(r"(?:[A-Z][A-Z0-9_]+|self\.\w+)\.read_(?:text|bytes)\(")
_CHECKING = regex(r"\w*(valid|schema|check|require|ensure|parse|clean|setdefault|assert)\w*", re.IGNORECASE)


class UnguardedKeyAccess(ModuleRule):
    """A key is read from a mapping that came from elsewhere, and nothing has looked whether it is there.

    Why look: the first record without that key ends in a KeyError that names the key and not the record.
    Ask: who guarantees that the key is there?
    """

    informs = "edge-cases"
    severity = Severity.LOW
    words = ("[",)

    INVALID = (
        Example("def total(order):\n    return order['price'] * order['count']\n"),
        Example("import json\n\ndef load(text):\n    data = json.loads(text)\n    return data['orders']\n"),
        Example("def name(response):\n    user = response.json()\n    return user['name']\n"),
        Example("def name(response):\n    return response.json()['user']\n"),
        Example("def handle(event: dict, context):\n    return event['body']\n"),
        Example("import requests\n\ndef price(url):\n    return requests.get(url, timeout=3).json()['price']\n"),
        Example("from collections.abc import Mapping\n\ndef f(event: Mapping[str, str]):\n    return event['user']\n"),
        Example("def f(event: dict | None):\n    return event['user']\n"),
    )
    VALID = (
        Example("def total(order):\n    return order.get('price', 0)\n"),
        Example("def total(order):\n    if 'price' not in order:\n        return 0\n    return order['price']\n"),
        Example("def total(order):\n    try:\n        return order['price']\n    except KeyError:\n        return 0\n"),
        Example("def total(order: Order):\n    return order['price']\n"),
        Example("def total(order):\n    validate(order)\n    return order['price']\n"),
        Example("def total(order):\n    order['price'] = 3\n    return order['price']\n"),
        Example("RATES = {'a': 1}\n\ndef rate():\n    return RATES['a']\n"),
        Example("def total(order):\n    return order[0] + order[key]\n"),
        Example(
            "import requests\n\ndef price(url):\n    answer = requests.get(url, timeout=3)\n"
            "    answer.raise_for_status()\n    return answer.json()['price']\n"
        ),
        Example(
            "def name(answer):\n    if answer.status_code != 200:\n        raise Gone\n"
            "    return answer.json()['name']\n"
        ),
        Example("import json\n\ndef last():\n    return json.loads(STATE.read_text(encoding='utf-8'))['last']\n"),
        Example("def test_total(order):\n    assert order['price'] == 3\n", path="tests/test_total.py"),
        Example("def total(order):\n    order = {'price': 1}\n    return order['price']\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        tree = tree_of(source.tree)
        seen: set[tuple[ast.AST, str]] = set()
        for node in tree.nodes(ast.Subscript):
            line = head_line(node, source, file)
            if line is None or not isinstance(node.ctx, ast.Load):
                continue
            function = tree.function(node)
            key = node.slice.value if isinstance(node.slice, ast.Constant) else None
            if function is None or not isinstance(key, str) or catches(node, _HANDLED, tree, source):
                continue
            name = _arriving(node.value, function, source)
            # One flag for each mapping and function: the other keys are the same question.
            if name is not None and (function, name) not in seen and not _is_looked_at(name, key, function, tree):
                seen.add((function, name))
                yield LineSighting(line, f"`{name}` may lack the key `{key}`")


def _arriving(node: ast.expr, function: Function, source: Source) -> str | None:
    """Return the name of a mapping that came from outside the function: a parameter, or parsed text."""
    if isinstance(node, ast.Call):
        if _is_vouched_for(node, function):
            return None
        return f"{dotted(node.func) or '...json'}()" if _is_parsed(node, source) else None
    if not isinstance(node, ast.Name):
        return None
    args = function.args
    for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs):
        if arg.arg == node.id and arg.arg not in ("self", "cls"):
            return node.id if _may_lack_keys(arg, source) else None
    given = [part.value for part in own(*function.body) if _gives(part, node.id) and isinstance(part, ast.Assign)]
    if len(given) != 1 or not isinstance(given[0], ast.Call) or not _is_parsed(given[0], source):
        return None
    return None if _is_vouched_for(given[0], function) else node.id


def _is_vouched_for(call: ast.Call, function: Function) -> bool:
    """True for the answer of a service that said all went well, and for a file the program itself keeps."""
    held = ast.unparse(call.args[0]) if call.args else ""
    if _OWN_FILE.match(held):
        return True
    owner = call.func.value if isinstance(call.func, ast.Attribute) else call
    name = dotted(owner.value if isinstance(owner, ast.Await) else owner)
    for part in own(*function.body) if name else ():
        match part:
            case ast.Call(func=ast.Attribute(value=asked, attr="raise_for_status")) if dotted(asked) == name:
                return True
            case ast.Attribute(value=asked, attr="status_code" | "ok" | "is_success" | "status" | "is_error"):
                if dotted(asked) == name:
                    return True
    return False


def _may_lack_keys(arg: ast.arg, source: Source) -> bool:
    kind = arg.annotation
    if kind is None:
        return _ARRIVING.fullmatch(arg.arg) is not None
    if isinstance(kind, ast.BinOp):
        kind = kind.left  # `dict | None`
    name = full_name(kind.value if isinstance(kind, ast.Subscript) else kind, source) or ""
    return name.removeprefix("collections.abc.").removeprefix("typing.") in _MAPPINGS


def _is_parsed(call: ast.Call, source: Source) -> bool:
    is_answer = isinstance(call.func, ast.Attribute) and call.func.attr in ("json", "get_json") and not call.args
    return is_answer or full_name(call.func, source) in _PARSERS


def _gives(part: ast.AST, name: str) -> bool:
    return isinstance(part, ast.Assign) and any(dotted(target) == name for target in part.targets)


def _is_looked_at(name: str, key: str, function: Function, tree: Tree) -> bool:
    """True if the function itself sets the key, asks for it, or has the mapping checked."""
    for part in own(*function.body):
        match part:
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[held]) if dotted(held) == name:
                return True
            case ast.Subscript(value=held, slice=ast.Constant(value=word), ctx=ast.Store()):
                if dotted(held) == name and word == key:
                    return True
            case ast.Call(func=func, args=args):
                called = (dotted(func) or "").rpartition(".")[2]
                is_own = isinstance(func, ast.Attribute) and dotted(func.value) == name
                if _CHECKING.fullmatch(called) and (is_own or any(dotted(arg) == name for arg in args)):
                    return True
            case ast.Assign() if _gives(part, name) and name in _parameters(function):
                return True
            case ast.If(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
                if any(isinstance(each, ast.Subscript) and dotted(each.value) == name for each in nodes_in(test)):
                    return True
    return tree.function(function) is not None


def _parameters(function: Function) -> set[str]:
    args = function.args
    return {arg.arg for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs)}
