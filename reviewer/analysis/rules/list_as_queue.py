import ast
import re
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.syntax import Syntax, code, dotted_name, last_name, syntax_of

_QUEUE = regex(
    r"\w*(queue|fifo|todo|to_do|pending|backlog|frontier|waiting|waitlist|inbox|outbox|mailbox|buffer|to_visit|tovisit"
    r"|unvisited|worklist|work_list|open_set|open_list|agenda|fringe)s?\w*|_?(q|jobs|tasks|requests|messages|events|items"
    r"|orders|window|recent|samples|history)",
    re.IGNORECASE,
)
_SURELY = regex(r"\w*(queue|fifo|backlog|frontier|waitlist|worklist|to_visit|pending|fringe)s?\w*", re.IGNORECASE)
_QUEUEING = regex(
    r"_?(de|en)_?queue\w*|_?(pop|take|get|next|fetch|process|consume|drain)_?(next|first|left|front)\w*|_?popleft"
)
# Short by nature, or no list: command lines, search paths, parts of a text, elements of a page, fields on a screen.
_SHORT = regex(
    r"(sys\.)?(path|argv)|\w*(args|argv|argument|parts|words|tokens|fields|lines|path|params|stack|middleware|plugins"
    r"|columns|cmd|command|choices|entry|text|widget|listbox|elem|element|node|root|soup|layers?|df|frame|shape|bases|dims?)s?"
)
_NO_LISTS = frozenset(
    {"deque", "dict", "OrderedDict", "defaultdict", "Counter", "Queue", "split", "rsplit", "splitlines", "DataFrame"}
    | {"ChainMap", "WeakValueDictionary", "Series", "bytearray", "blist", "rotate", "Element", "SubElement", "shape"}
)
_NO_LIST_TYPES = regex(r"\b([dD]ict|[dD]eque|Mapping|MutableMapping|OrderedDict|DataFrame|Element|bytearray)\b")


class ListAsQueue(ModuleRule):
    """The first element of a list is taken out or put in as if it were a queue.

    Why look: every other element moves one place each time, so a queue of n costs n * n steps.
    Ask: would `collections.deque` do, or can the other end be used?
    """

    informs = "scale"
    severity = Severity.MEDIUM
    words = (".pop(0", ".insert(0", "del ", "[1:]", ".pop(\n", ".insert(\n")

    INVALID = (
        Example(
            "def walk(root):\n    queue = [root]\n    while queue:\n        node = queue.pop(0)\n"
            "        queue += node.children\n"
        ),
        Example(
            "class Orders:\n    def __init__(self):\n        self.pending = []\n\n    def take(self):\n"
            "        return self.pending.pop(0)\n"
        ),
        Example(
            "def newest_first(rows):\n    found = []\n    for row in rows:\n        found.insert(0, row)\n"
            "    return found\n"
        ),
        Example("def run(jobs):\n    while len(jobs) > 0:\n        jobs.pop(0).run()\n"),
        Example(
            "def run(jobs: list[Job]):\n    while jobs:\n        job = jobs[0]\n        del jobs[0]\n"
            "        job.run()\n"
        ),
        Example("def run(jobs):\n    while jobs:\n        jobs[0].run()\n        jobs = jobs[1:]\n"),
        Example(
            "class Stream:\n    def __init__(self):\n        self.items = []\n\n    def dequeue(self):\n"
            "        return self.items.pop(0)\n"
        ),
        Example(
            "def keep(self, value):\n    self.buffer.append(value)\n    if len(self.buffer) > LIMIT:\n"
            "        self.buffer.pop(0)\n"
        ),
    )
    VALID = (
        Example(
            "from collections import deque\n\ndef walk(root):\n    queue = deque([root])\n    while queue:\n"
            "        queue.popleft()\n"
        ),
        Example("def walk(root):\n    stack = [root]\n    while stack:\n        node = stack.pop()\n"),
        Example("import sys\n\nsys.path.insert(0, HERE)\nsys.argv.pop(0)\n"),
        Example("def run(args):\n    while args:\n        word = args.pop(0)\n"),
        Example("def head(line):\n    parts = line.split()\n    return parts.pop(0)\n"),
        Example("def first(found):\n    return found.pop(0)\n"),
        Example(
            "def names(rows):\n    found = [row.name for row in rows]\n    found.insert(0, 'all')\n    return found\n"
        ),
        Example("def drop(pending: dict[int, str]):\n    while pending:\n        pending.pop(0)\n"),
        Example("def drop(waiting):\n    for shop in shops:\n        waiting.pop(0, None)\n"),
        Example("for frame in frames:\n    frame.insert(0, 'day', frame.index)\n"),
        Example(
            "def test_walk():\n    queue = [1]\n    while queue:\n        queue.pop(0)\n", path="tests/test_walk.py"
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example:
            return
        tree = syntax_of(source)
        for call in tree.called("pop", "insert"):
            count = 1 if isinstance(call.func, ast.Attribute) and call.func.attr == "pop" else 2
            if (
                isinstance(call.func, ast.Attribute)
                and len(call.args) == count
                and _is_zero(call.args[0])
                and not call.keywords
            ):
                yield from _moved(tree, call, call.func.value, f".{call.func.attr}(0{', …' * (count - 1)})")
        for statement in tree.nodes.get(ast.Delete, ()):
            for target in statement.targets if isinstance(statement, ast.Delete) else ():
                if isinstance(target, ast.Subscript) and _is_zero(target.slice):
                    yield from _cut(tree, statement, target.value, f"del {code(target)}")
        for statement in tree.nodes.get(ast.Assign, ()):
            match statement:
                case ast.Assign(
                    targets=[target], value=ast.Subscript(value=owner, slice=ast.Slice(ast.Constant(1), None, None))
                ):
                    if dotted_name(target) and dotted_name(target) == dotted_name(owner):
                        yield from _cut(tree, statement, owner, code(statement))


def _is_zero(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0 and node.value is not False


def _moved(tree: Syntax, call: ast.Call, owner: ast.expr, shown: str) -> Iterator[LineSighting]:
    name = dotted_name(owner)
    if not name or _SHORT.fullmatch(last_name(owner)) or _is_no_list(tree, owner):
        return
    function = tree.function(call)
    is_queueing = function is not None and _QUEUEING.fullmatch(function.name) is not None
    if _is_run_again(tree, call, name):
        word = "each time round"
    elif (
        _SURELY.fullmatch(last_name(owner))
        or (_QUEUE.fullmatch(last_name(owner)) and (is_queueing or "." in name))
        or (is_queueing and "." in name)
    ):
        word = "each time"
    else:
        return
    yield LineSighting(tree.line(call), f"`{name}{shown}` moves every other element {word}")


def _cut(tree: Syntax, statement: ast.AST, owner: ast.expr, shown: str) -> Iterator[LineSighting]:
    """Deleting `x[0]` and copying `x[1:]` count only in a loop that runs until the list is empty."""
    name = dotted_name(owner)
    loops = [loop for loop in tree.loops(statement) if isinstance(loop, ast.While) and _mentions(loop.test, name)]
    if name and loops and not _SHORT.fullmatch(last_name(owner)) and not _is_no_list(tree, owner):
        yield LineSighting(tree.line(statement), f"`{shown}` moves every other element each time round")


def _is_run_again(tree: Syntax, call: ast.Call, name: str) -> bool:
    """True in a loop that is not left at once and did not make the list itself."""
    loop = next(tree.loops(call), None)
    if loop is None or _leaves_after(tree, call):
        return False
    values = tree.values(call, name)
    return not any(loop in tree.around(value) for value in values if isinstance(value, ast.expr))


def _leaves_after(tree: Syntax, call: ast.Call) -> bool:
    statement = tree.statement(call)
    if isinstance(statement, (ast.Return, ast.Raise)):
        return True
    parent = tree.parents.get(statement)
    body = getattr(parent, tree.field(statement), ()) if parent is not None else ()
    return isinstance(body, list) and isinstance(body[-1], (ast.Break, ast.Return, ast.Raise))


def _mentions(test: ast.AST, name: str) -> bool:
    return any(dotted_name(part) == name for part in nodes_in(test))


def _is_no_list(tree: Syntax, owner: ast.expr) -> bool:
    for value in tree.values(owner, dotted_name(owner)):
        if isinstance(value, (ast.Dict, ast.DictComp)):
            return True
        if isinstance(value, ast.Call) and last_name(value.func) in _NO_LISTS:
            return True
        annotation = value.annotation if isinstance(value, (ast.arg, ast.AnnAssign)) else None
        above = tree.parents.get(value)
        if annotation is None and isinstance(above, ast.AnnAssign):
            annotation = above.annotation
        if annotation is not None and _NO_LIST_TYPES.search(ast.unparse(annotation)):
            return True
    return False
