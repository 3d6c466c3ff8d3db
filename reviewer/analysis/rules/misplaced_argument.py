import ast
from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.analysis.arguments import LEVELS, LISTS, TYPES, Written, is_handle, is_sign, is_varying, order_of
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.scopes import scopes_of
from reviewer.analysis.source import Source
from reviewer.analysis.tree import Tree, dotted, full_name, head_line, own, quote, tree_of

_LARGEST_DAY = 31
_TWO = 2
_STARTERS = frozenset({"threading.Thread", "multiprocessing.Process", "Thread", "Process"})


class MisplacedArgument(ModuleRule):
    """An argument of a library function stands in another one's place, or is no such thing as the function takes.

    Why look: the call raises an error when it runs, or quietly works on the wrong thing.
    Ask: in which order does this function take its arguments?
    """

    informs = "correctness"
    severity = Severity.HIGH
    cwe = 683

    INVALID = (
        Example("from datetime import datetime\n\ndef read(text):\n    return datetime.strptime('%Y-%m-%d', text)\n"),
        Example("import time\n\nSTAMP = '%H:%M'\n\ndef show(moment):\n    return time.strftime(moment, STAMP)\n"),
        Example("import re\n\ndef clean(text):\n    return re.sub('[ -]+', text, '')\n"),
        Example("import re\n\nBLANKS = re.compile(' +')\n\ndef clean(text):\n    return BLANKS.sub(text, ' ')\n"),
        Example("import re\n\ndef is_number(word):\n    return re.fullmatch(word, r'\\d+') is not None\n"),
        Example("import re\n\ndef parts(line):\n    return re.split(line, ';')\n"),
        Example("def is_text(value):\n    return isinstance(str, value)\n"),
        Example("def is_text(value):\n    return isinstance(value, [str, bytes])\n"),
        Example("def is_text(value):\n    return isinstance(value, (str, None))\n"),
        Example("def is_names(value):\n    return isinstance(value, list[str])\n"),
        Example("import json\n\ndef keep(tea, path):\n    with open(path, 'w') as out:\n        json.dump(out, tea)\n"),
        Example("import json\n\nPRICES = json.load('prices.json')\n"),
        Example("import json\n\ndef load(path):\n    with path.open() as file:\n        return json.loads(file)\n"),
        Example("import csv\n\ndef rows(path):\n    out = open(path, 'w')\n    return csv.DictWriter(['a'], out)\n"),
        Example("def read(path):\n    return open('r', path).read()\n"),
        Example("def price(tea):\n    return getattr('price', tea)\n"),
        Example("def number(teas):\n    for i, tea in enumerate(1, teas):\n        print(i, tea)\n"),
        Example("def total(prices):\n    return round(2, sum(prices))\n"),
        Example("def numbers(words):\n    return list(map(words, int))\n"),
        Example("def paid(orders):\n    return list(filter(orders, lambda order: order.paid))\n"),
        Example("import asyncio\n\nasync def load(job):\n    return await asyncio.wait_for(5, job)\n"),
        Example("import threading\n\ndef later(job):\n    threading.Timer(job, 5).start()\n"),
        Example("import threading\n\ndef later(job):\n    threading.Thread(job).start()\n"),
        Example("import threading\n\ndef job():\n    brew()\n\nthreading.Thread(target=job()).start()\n"),
        Example("import signal\n\ndef stop(*_): ...\n\nsignal.signal(stop, signal.SIGTERM)\n"),
        Example("import struct\n\ndef pack(size):\n    return struct.pack(size, '<I')\n"),
        Example("import fnmatch\n\ndef is_code(name):\n    return fnmatch.fnmatch('*.py', name)\n"),
        Example("import warnings\n\nwarnings.warn(DeprecationWarning, 'use brew() instead')\n"),
        Example("import heapq\n\ndef add(heap, job):\n    heapq.heappush(job, heap)\n"),
        Example("import shutil\n\ndef keep(source, target):\n    shutil.copy(target, source)\n"),
        Example("import datetime\n\nFIRST = datetime.date(31, 12, 2024)\n"),
        Example("import random\n\nDIE = random.randint(6, 1)\n"),
        Example("import os\n\ndef make(path):\n    os.makedirs(path, True)\n"),
        Example("def back(teas):\n    for i in range(len(teas) - 1, -1):\n        print(teas[i])\n"),
        Example("def is_code(name):\n    return name.endswith(['.py', '.pyi'])\n"),
        Example("def row(order):\n    cells = [str(cell) for cell in order]\n    return cells.join(';')\n"),
        Example("def cells(row):\n    return ';'.split(row)\n"),
        Example("import logging\n\nlogging.log('tea is ready', logging.INFO)\n"),
        Example("import os\nimport signal\n\ndef end(number):\n    os.kill(signal.SIGTERM, number)\n"),
    )
    VALID = (
        Example("from datetime import datetime\n\ndef read(text):\n    return datetime.strptime(text, '%Y-%m-%d')\n"),
        Example("import time\n\ndef show(now, form):\n    return time.strftime('%H', now) + time.strftime(form)\n"),
        Example(
            "import re\n\nBLANKS = re.compile(' +')\n\ndef clean(text, by, template):\n"
            "    return re.sub(' +', '', text) + BLANKS.sub('', text) + re.sub('NAME', by, 'Dear NAME')\n"
        ),
        Example(
            "import re\n\ndef parts(pattern, text, rules):\n    return re.split(', ', text)\n"
            "    return re.match(pattern, '^x$') and re.match(rules[0], 'abc')\n"
        ),
        Example(
            "def is_kind(value, kind):\n    return isinstance(value, (str, type(None))) and isinstance(value, kind)\n"
        ),
        Example("def f(value, name):\n    return isinstance(value, int | None) and issubclass(str, value)\n"),
        Example(
            "import json\n\ndef keep(tea, path):\n    with open(path, 'w') as out:\n        json.dump(tea, out)\n"
            "    with open(path) as file:\n        return json.load(file), json.loads('[1]')\n"
        ),
        Example("def read(r, w):\n    return open('r.txt', 'w'), open('w')\n"),
        Example("def f(tea, name):\n    return getattr(tea, 'price'), getattr('tea', name), hasattr(tea, name)\n"),
        Example("def f(teas, n):\n    return enumerate(teas, 1), round(n, 2), sum(teas, 0), round(2.5, n)\n"),
        Example(
            "def f(words, how):\n    return map(int, words), map(how, words), filter(None, words), map(how, str)\n"
        ),
        Example("def check(bytes, size):\n    return isinstance(bytes, size)\n"),
        Example("def map(rows, kind): ...\n\nmap(rows, int)\n"),
        Example(
            "import threading\n\ndef make():\n    return brew\n\nthreading.Thread(target=make()).start()\n"
            "threading.Thread(None, brew).start()\nthreading.Timer(5, brew)\n"
        ),
        Example("import signal\n\ndef stop(*_): ...\n\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"),
        Example("import struct\n\ndef f(size, form):\n    return struct.pack('<I', size), struct.unpack(form, size)\n"),
        Example("import fnmatch\n\ndef f(name, form):\n    return fnmatch.fnmatch(name, '*.py'), form\n"),
        Example("import heapq\n\ndef add(jobs, heap):\n    heapq.heappush(heap, jobs)\n    heapq.heappush(jobs, 1)\n"),
        Example("import shutil\n\ndef keep(source, target):\n    shutil.copy(source, target)\n"),
        Example("import datetime\nimport random\n\nFIRST = datetime.date(2024, 12, 31)\nDIE = random.randint(1, 6)\n"),
        Example("import os\n\ndef make(path):\n    os.makedirs(path, exist_ok=True)\n    os.makedirs(path, 0o700)\n"),
        Example("def back(teas):\n    return range(len(teas) - 1, -1, -1), range(0, len(teas)), range(len(teas))\n"),
        Example("def f(name, kinds):\n    return name.endswith(('.py', '.pyi')) or name.endswith(tuple(kinds))\n"),
        Example("def row(cells, path):\n    return ';'.join(list(cells)), path.join('a'), 'a b'.split()\n"),
        Example(
            "import pytest\n\ndef test_it():\n    with pytest.raises(TypeError):\n        isinstance(1, [int])\n",
            path="tests/test_it.py",
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.suffix == ".pyi":
            return
        tree = tree_of(source.tree)
        look = _Look(source, tree, Written(source, tree))
        for call in look.tree.nodes(ast.Call):
            line = head_line(call, source, file)
            if line is None or any(isinstance(each, ast.Starred) for each in call.args):
                continue
            message = look.fault(call)
            if message is not None and not look.is_expected(call):
                yield LineSighting(line, message)


@dataclass(frozen=True, slots=True)
class _Look:
    source: Source
    tree: Tree
    written: Written

    def fault(self, call: ast.Call) -> str | None:
        name = full_name(call.func, self.source) or ""
        if "." not in name and name in scopes_of(self.source.tree).module.bindings and name not in self.source.imports:
            return None
        if name in _STARTERS:
            return self.called_early(name, call)
        return (self.swapped(name, call) or self.unfit(name, call) or self.method(call)) if call.args else None

    def swapped(self, name: str, call: ast.Call) -> str | None:
        if len(call.args) < _TWO:
            return None
        order = order_of(name, call.args[0], call.args[1], self.written)
        if name in ("re.sub", "re.subn") and len(call.args) > _TWO and self.is_turned(*call.args[1:3]):
            order = "the pattern, the new text, then the text to search"
        return f"`{dotted(call.func)}` takes {order}; here two are swapped" if order else None

    def is_turned(self, new: ast.expr, text: ast.expr) -> bool:
        """True if what is to be searched is a single sign, and the new text varies."""
        return is_varying(self.written, new) and is_sign(self.written, text)

    def unfit(self, name: str, call: ast.Call) -> str | None:
        first, shown = call.args[0], f"`{quote(call)}`"
        match name, call.args:
            case "isinstance", [_, kind]:
                return self.kind(kind)
            case (("json.load" | "pickle.load" | "yaml.load_all" | "tomllib.load"), [ast.Constant(value=str()), *_]):
                return f"{shown} takes an open file, not its name"
            case (("json.dump" | "pickle.dump"), [_, ast.Constant(value=str())]):
                return f"{shown} takes an open file, not its name"
            case (("json.loads" | "pickle.loads"), [ast.Name()]) if is_handle(self.written, first):
                return f"{shown} takes the text, not the file; `load` takes the file"
            case (("datetime.date" | "datetime.datetime"), [_, _, ast.Constant(value=int(day)), *_]) if (
                day > _LARGEST_DAY
            ):
                return f"{shown} takes year, month and day in this order"
            case (("random.randint" | "random.randrange"), [ast.Constant(value=int(a)), ast.Constant(value=int(b))]):
                return f"{shown} raises ValueError: the smaller number comes first" if a > b else None
            case (("os.makedirs" | "os.mkdir"), [_, ast.Constant(value=bool())]):
                return f"{shown} takes `{quote(call.args[1])}` for the mode; write `exist_ok=`"
            case "range", [ast.BinOp() | ast.Call(), end] if _is_length(first) and _is_end(end):
                return f"{shown} is empty: without the step -1 it does not count down"
        return None

    def called_early(self, name: str, call: ast.Call) -> str | None:
        """Report a function given by its position to a thread, or called instead of given."""
        if len(call.args) == 1 and not _is_none(call.args[0]):
            return f"`{quote(call)}`: the first parameter is `group`; write `target=`"
        target = next((each.value for each in call.keywords if each.arg == "target"), None)
        if (
            isinstance(target, ast.Call)
            and isinstance(target.func, ast.Name)
            and self.is_plain_function(target.func.id)
        ):
            return f"`{quote(target)}` runs here and now; `{name}` takes the function itself"
        return None

    def kind(self, kind: ast.expr) -> str | None:
        """Say why the second argument of `isinstance` raises a TypeError."""
        for part in kind.elts if isinstance(kind, ast.Tuple) else [kind]:
            is_generic = isinstance(part, ast.Subscript) and dotted(part.value) in TYPES
            if isinstance(part, (ast.Constant, ast.Dict, ast.Set, ast.JoinedStr, *LISTS)) or is_generic:
                return f"`isinstance` raises a TypeError: `{quote(part)}` is no class it can ask for"
        return None

    def method(self, call: ast.Call) -> str | None:
        func, first = call.func, call.args[0]
        if not isinstance(func, ast.Attribute):
            return None
        match func.attr, func.value, call.args:
            case (("startswith" | "endswith"), _, [ast.List() | ast.Set() | ast.ListComp()]):
                return f"`.{func.attr}` takes a text or a tuple, not `{quote(first)}`"
            case "join", ast.Name(id=name), [ast.Constant(value=str(text))] if self.is_list(name, call):
                return f"`{quote(call)}`: lists have no `join`; write `{text!r}.join({name})`"
            case "split", ast.Constant(value=str(text)), [ast.Name() | ast.Attribute()] if not text.strip().isalnum():
                return f"`{quote(call)}` looks for the text in its separator" if len(text) <= _TWO else None
            case (("sub" | "subn"), owner, [text, sign, *_]) if self.is_pattern(owner):
                if self.is_turned(text, sign):
                    return f"`{quote(func)}` takes the new text, then the text to search; here they are swapped"
            case "call_later", _, [_, ast.Constant(value=int() | float())]:
                return f"`{quote(func)}` takes the delay, then the function; here they are swapped"
            case "log", owner, [ast.Constant(value=str()), level, *_]:
                if full_name(level, self.source) in LEVELS:
                    return f"`{quote(func)}` takes the level, then the message; here they are swapped"
        return None

    def is_list(self, name: str, node: ast.AST) -> bool:
        """True if the function binds the name to lists alone."""
        return bool(given := self.written.given(name, node)) and all(
            isinstance(value, LISTS)
            or (
                isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in ("list", "sorted")
            )
            for value in given
        )

    def is_pattern(self, owner: ast.expr) -> bool:
        if not isinstance(owner, ast.Name):
            return False
        values = self.written.given(owner.id, owner)
        return any(
            isinstance(v, ast.Call) and full_name(v.func, self.source) in ("re.compile", "regex.compile")
            for v in values
        )

    def is_plain_function(self, name: str) -> bool:
        """True for a function of this file that returns nothing."""
        places = scopes_of(self.source.tree).module.bindings.get(name, [])
        if len(places) != 1 or not isinstance(places[0], ast.FunctionDef) or places[0].decorator_list:
            return False
        return not any(
            isinstance(part, (ast.Yield, ast.YieldFrom)) or (isinstance(part, ast.Return) and part.value is not None)
            for part in own(*places[0].body)
        )

    def is_expected(self, node: ast.AST) -> bool:
        """True in a test that waits for the error, and in a `try` that does."""
        for parent in self.tree.above(node):
            if isinstance(parent, (ast.With, ast.AsyncWith)) and any(
                word in quote(item.context_expr) for item in parent.items for word in ("raises", "Raises", "suppress")
            ):
                return True
            if isinstance(parent, ast.Try) and any(
                handler.type is None or "TypeError" in quote(handler.type) for handler in parent.handlers
            ):
                return True
        return False


def _is_end(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=0) | ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int())):
            return True
    return False


def _is_length(node: ast.expr) -> bool:
    """True for `len(x)` and `len(x) - 1`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and isinstance(node.right, ast.Constant):
        node = node.left
    return isinstance(node, ast.Call) and dotted(node.func) == "len"


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
