import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.plain_types import PlainTypes
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.tree import Tree, catches, full_name, head_line, quote, tree_of

_NUMBERS = frozenset({"int", "float"})
_TEXTS = frozenset({"str", "bytes"})
# They take a text of the kind they are asked of.
_TAKING = frozenset(
    {"split", "rsplit", "startswith", "endswith", "replace", "find", "rfind", "index", "count", "partition"}
    | {"rpartition", "strip", "lstrip", "rstrip", "removeprefix", "removesuffix", "join"}
)
_NUMERIC = frozenset({"range", "time.sleep", "asyncio.sleep", "abs", "round", "math.ceil", "math.floor", "math.sqrt"})
_ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_NUMBER_NAME = regex(
    r"(\w+_)?(timeout|max|min|limit|port|count|size|retries|attempts|workers|days|hours|minutes|seconds|interval|age|threshold)"
    r"(_\w+)?",
    re.IGNORECASE,
)
_SAME_KIND = frozenset({"min", "max"})
_TYPE_ERRORS = frozenset({"TypeError", "Exception", "BaseException", "builtins.Exception"})


class UnlikeTypes(ModuleRule):
    """Values of two types meet that never fit: bytes and text, text and a number.

    Why look: such a comparison is false for ever, or the line raises a TypeError when it first runs.
    Ask: where is this value decoded or converted?
    """

    informs = "correctness"
    severity = Severity.HIGH
    cwe = 1024

    INVALID = (
        Example(
            "import subprocess\n\ndef is_on(name):\n    done = subprocess.run([name], capture_output=True)\n"
            "    return done.stdout.strip() == 'on'\n"
        ),
        Example("import subprocess\n\nif 'tea' in subprocess.check_output(['ls']):\n    brew()\n"),
        Example(
            "import subprocess\n\ndef f(cmd):\n    out = subprocess.check_output(cmd)\n    return out.split('\\n')\n"
        ),
        Example(
            "import subprocess\n\ndef watch():\n    job = subprocess.Popen(['brew'], stdout=subprocess.PIPE)\n"
            "    for line in job.stdout:\n        if line.startswith('ready'):\n            return\n"
        ),
        Example(
            "import subprocess\n\ndef run():\n    job = subprocess.Popen(['brew'], stdout=subprocess.PIPE)\n"
            "    out, error = job.communicate()\n    return 'ready' in out\n"
        ),
        Example(
            "import asyncio\n\nasync def run():\n    job = await asyncio.create_subprocess_exec('brew')\n"
            "    out, _ = await job.communicate()\n    return out == 'ready'\n"
        ),
        Example("import os\n\ndef cups():\n    cups = os.environ.get('CUPS', '2')\n    return cups > 3\n"),
        Example("import os\n\nMOST = 8\n\ndef f():\n    cups = os.getenv('CUPS')\n    return cups == MOST\n"),
        Example("import os, time\n\nPAUSE = os.environ['PAUSE']\ntime.sleep(PAUSE)\n"),
        Example("import os\n\nfor i in range(os.getenv('CUPS', '3')):\n    brew()\n"),
        Example("import sys\n\nif sys.argv[1] > 3:\n    brew()\n"),
        Example("def f():\n    age = input('Age? ')\n    if age >= 18:\n        sell()\n"),
        Example("def f(path):\n    with open(path, 'rb') as file:\n        return file.read().startswith('tea')\n"),
        Example("import hashlib\n\ndef f(data, known):\n    return hashlib.sha256(data).digest() == 'abc'\n"),
        Example("import os\n\nCUPS = os.getenv('CUPS', '3')\n\ndef f(tea):\n    return CUPS - 1\n"),
        Example("def f():\n    return 'You are ' + len('tea')\n"),
        Example("def f(tea):\n    return type(tea) == 'str'\n"),
        Example("import os\n\nif os.getenv('PORT') in (80, 443):\n    go()\n"),
        Example("def f(names):\n    return len(names) == '3'\n"),
        Example("import os\n\nTIMEOUT = os.getenv('TIMEOUT', '30')\n\ndef f(waited):\n    return waited > TIMEOUT\n"),
    )
    VALID = (
        Example(
            "import subprocess\n\ndef is_on(name):\n    done = subprocess.run([name], stdout=-1, text=True)\n"
            "    return done.stdout.strip() == 'on'\n"
        ),
        Example("import subprocess\n\nif b'tea' in subprocess.check_output(['ls']):\n    brew()\n"),
        Example("import subprocess\n\nif 'tea' in subprocess.check_output(['ls'], **options):\n    brew()\n"),
        Example("import subprocess\n\ndef f():\n    return subprocess.check_output(['ls']).decode().split('\\n')\n"),
        Example("import os\n\ndef cups():\n    cups = int(os.environ.get('CUPS', '2'))\n    return cups > 3\n"),
        Example("import os\n\ndef cups():\n    cups = os.getenv('CUPS')\n    cups = int(cups)\n    return cups > 3\n"),
        Example("import os\n\nPAUSE = float(os.environ['PAUSE'])\n\ndef f(time):\n    time.sleep(PAUSE)\n"),
        Example("def f(data):\n    if isinstance(data, str):\n        data = data.encode()\n    return data == b'a'\n"),
        Example("def f(out):\n    out = out.encode() if isinstance(out, str) else out\n    return out == 'a'\n"),
        Example("def f(name, digest):\n    return '%d' % 3 + '-' * 20 + name, digest.digest() == digest\n"),
        Example("import os\n\ndef f(cups):\n    return os.getenv('CUPS') == str(cups), os.getenv('A') == cups\n"),
        Example("def f(tea):\n    return type(tea) == str or type(tea).__name__ == 'str'\n"),
        Example("def f(age):\n    try:\n        return 'a' + 1\n    except TypeError:\n        return None\n"),
        Example(
            "import pytest\n\ndef test_it():\n    with pytest.raises(TypeError):\n        'a' > 3\n",
            path="tests/test_it.py",
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.suffix == ".pyi":
            return
        tree = tree_of(source.tree)
        look = _Look(source, tree, PlainTypes(source, tree))
        for node in (*tree.nodes(ast.Compare), *tree.nodes(ast.Call), *tree.nodes(ast.BinOp)):
            line = head_line(node, source, file)
            message = look.fault(node) if line is not None else None
            if message is not None and line is not None and not catches(node, _TYPE_ERRORS, tree, source):
                yield LineSighting(line, message)


@dataclass(frozen=True, slots=True)
class _Look:
    source: Source
    tree: Tree
    types: PlainTypes

    def fault(self, node: ast.expr) -> str | None:
        match node:
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return self.compared(node, left, operator, right)
            case ast.Call():
                return self.asked(node) or self.measured(node)
            case ast.BinOp():
                return self.counted(node)
        return None

    def compared(self, node: ast.Compare, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> str | None:
        if isinstance(left, ast.Call) and full_name(left.func, self.source) == "type" and len(left.args) == 1:
            is_text = isinstance(right, ast.Constant) and isinstance(right.value, str)
            return f"`{quote(node)}` compares a type with a text, which is never the same" if is_text else None
        one, other = self.types.of(left), self.types.of(right)
        if isinstance(operator, (ast.In, ast.NotIn)):
            return self.sought(node, left, right)
        if isinstance(operator, _ORDERS) and (shown := self.numeric(left, right)) is not None:
            return f"`{quote(node)}` compares letters: `{quote(shown)}` is text, not a number"
        if isinstance(operator, (ast.Is, ast.IsNot)) or one is None or other is None:
            return None
        # `os.environ.get(...) == 3` in one line is said elsewhere.
        is_equal = isinstance(operator, (ast.Eq, ast.NotEq))
        if not _unlike(one, other) or self.is_reader(left):
            return None
        shown = left if one in _TEXTS and not isinstance(left, ast.Constant) else right
        kind, against = (one, other) if shown is left else (other, one)
        how = "never comes out as meant" if is_equal else "raises a TypeError"
        return f"`{quote(node)}` {how}: `{quote(shown)}` is {_say(kind)}, not {_say(against)}"

    def numeric(self, left: ast.expr, right: ast.expr) -> ast.expr | None:
        """Return the side that is text and has the name of a number, where nobody knows what the other is."""
        one, other = self.types.of(left), self.types.of(right)
        for shown, kind, against in ((left, one, other), (right, other, one)):
            if kind == "str" and against is None and isinstance(shown, ast.Name) and _NUMBER_NAME.fullmatch(shown.id):
                return shown
        return None

    def sought(self, node: ast.Compare, left: ast.expr, right: ast.expr) -> str | None:
        one, other = self.types.of(left), self.types.of(right)
        if one in _TEXTS and other in _TEXTS and one != other:
            return f"`{quote(node)}` raises a TypeError: `{quote(right)}` is {_say(other or '')}, not {_say(one or '')}"
        if isinstance(right, (ast.Tuple, ast.List, ast.Set)) and right.elts and one is not None:
            kinds = {self.types.of(each) or one for each in right.elts}
            if all(_unlike(one, kind) for kind in kinds):
                return f"`{quote(node)}` never holds: `{quote(left)}` is {_say(one)}, not {_say(min(kinds))}"
        return None

    def asked(self, call: ast.Call) -> str | None:
        """Report a method of bytes that gets a text, and the other way round."""
        func = call.func
        if not isinstance(func, ast.Attribute) or func.attr not in _TAKING or not call.args:
            return None
        given = call.args[0]
        if not isinstance(given, (ast.Constant, ast.JoinedStr)):
            return None
        one, other = self.types.of(func.value), self.types.of(given)
        if one in _TEXTS and other in _TEXTS and one != other and not isinstance(func.value, ast.Constant):
            return f"`{quote(call)}` raises a TypeError: `{quote(func.value)}` is {_say(one or '')}"
        return None

    def measured(self, call: ast.Call) -> str | None:
        name = full_name(call.func, self.source) or ""
        if name in _NUMERIC and call.args and self.types.of(call.args[0]) == "str":
            return f"`{quote(call)}` raises a TypeError: `{quote(call.args[0])}` is a text, not a number"
        if name in _SAME_KIND and len(call.args) > 1 and not call.keywords:
            kinds = [self.types.of(each) for each in call.args]
            if "str" in kinds and _NUMBERS & set(kinds):
                shown = call.args[kinds.index("str")]
                return f"`{quote(call)}` raises a TypeError: `{quote(shown)}` is a text, not a number"
        return None

    def counted(self, node: ast.BinOp) -> str | None:
        if not isinstance(node.op, (ast.Add, ast.Sub, ast.Div, ast.FloorDiv)) or self.is_reader(node.left):
            return None
        one, other = self.types.of(node.left), self.types.of(node.right)
        if one is not None and other is not None and _unlike(one, other):
            return f"`{quote(node)}` raises a TypeError: {_say(one)} and {_say(other)}"
        return None

    def is_reader(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Subscript):
            return full_name(node.value, self.source) == "os.environ"
        return isinstance(node, ast.Call) and full_name(node.func, self.source) in ("os.getenv", "os.environ.get")


def _unlike(one: str, other: str) -> bool:
    """True for bytes and text, and for either of them and a number."""
    if one in _TEXTS:
        return other in _NUMBERS or (other in _TEXTS and other != one)
    return one in _NUMBERS and other in _TEXTS


def _say(kind: str) -> str:
    return {"str": "text", "bytes": "bytes", "int": "a number", "float": "a number"}.get(kind, kind)
