"""Which of Python's plain types a value surely has: by its literal, by what made it, by what its name was given.

Knows the calls of the standard library and of requests whose answer surprises. What it cannot tell is None.
"""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from reviewer.analysis.scopes import COMPREHENSIONS, scopes_of
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.tree import Tree, full_name

_MADE: dict[str, str] = {
    name: kind
    for kind, names in (
        ("str", "str repr input format chr ascii os.getenv os.environ.get subprocess.getoutput json.dumps"),
        ("str", "os.getcwd os.path.join os.path.basename os.path.dirname secrets.token_hex secrets.token_urlsafe"),
        ("str", "time.strftime socket.gethostname platform.system getpass.getpass getpass.getuser os.environ.pop"),
        ("bytes", "bytes os.urandom secrets.token_bytes base64.b64encode base64.b64decode base64.urlsafe_b64encode"),
        ("bytes", "base64.urlsafe_b64decode base64.b32encode base64.b16encode binascii.hexlify binascii.unhexlify"),
        ("bytes", "pickle.dumps zlib.compress zlib.decompress gzip.compress gzip.decompress struct.pack os.read"),
        ("int", "int len ord hash id os.getpid random.randint time.time_ns os.path.getsize"),
        ("float", "float time.time time.monotonic time.perf_counter random.random os.path.getmtime"),
        ("list", "list sorted"),
    )
    for name in names.split()
}
_METHODS = {
    "encode": "bytes", "decode": "str", "hexdigest": "str", "digest": "bytes", "read_bytes": "bytes",
    "read_text": "str",
    "isoformat": "str", "strftime": "str", "total_seconds": "float", "recv": "bytes", "tobytes": "bytes",
    "to_bytes": "bytes", "as_posix": "str", "getvalue": "", "bit_length": "int",
}  # fmt: skip
# They give back the type they are asked of.
_SAME = frozenset(
    {"strip", "lstrip", "rstrip", "lower", "upper", "title", "replace", "casefold", "capitalize", "removeprefix"}
    | {"removesuffix", "zfill", "ljust", "rjust", "center", "expandtabs", "swapcase", "translate"}
)
_TEXTUAL = frozenset({"text", "universal_newlines", "encoding", "errors"})
_RUNNERS = frozenset({"subprocess.run"})
_OPENERS = frozenset({"subprocess.Popen"})
_AWAITED = frozenset({"asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell"})
_STREAMS = frozenset({"stdout", "stderr"})
_READERS = frozenset({"read", "readline", "read1"})
_FILES = frozenset({"open", "io.open", "gzip.open", "bz2.open", "lzma.open"})
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class PlainTypes:
    source: Source
    tree: Tree
    _known: dict[tuple[ast.AST | None, str], str | None] = field(default_factory=dict)

    def of(self, node: ast.expr | None, depth: int = 0) -> str | None:
        """Return `str`, `bytes`, `int`, `float`, `bool` or `list`; None if nobody can tell."""
        if depth > _DEEPEST:
            return None
        match node:
            case ast.Constant() | ast.JoinedStr() | ast.List() | ast.ListComp():
                return _written(node)
            case ast.Name(id=name):
                return self.of_name(name, node, depth + 1)
            case ast.BinOp(left=left, op=ast.Mod() | ast.Add(), right=right):
                kind = self.of(left, depth + 1)
                return kind if kind in ("str", "bytes") and kind == self.of(right, depth + 1) else None
            case ast.BoolOp(op=ast.Or(), values=values):
                return self.of_all(values, depth + 1)
            case ast.IfExp(body=body, orelse=other):
                return self.of_all([body, other], depth + 1)
            case ast.Subscript(value=value, slice=place):
                return self.of_element(value, place, depth)
            case ast.Attribute(value=value, attr=name):
                return self.of_attribute(value, name, depth)
            case ast.Await(value=ast.Call() as call):
                return self.of_awaited(call, depth)
            case ast.Call():
                return self.of_call(node, depth)
        return None

    def of_all(self, values: Sequence[ast.expr], depth: int) -> str | None:
        """Return the type that all of the values have."""
        kinds = {self.of(value, depth) for value in values}
        return kinds.pop() if len(kinds) == 1 else None

    def of_call(self, call: ast.Call, depth: int) -> str | None:
        name = full_name(call.func, self.source) or ""
        if name == "subprocess.check_output":
            return None if _is_textual(call) else "bytes"
        if name in _MADE:
            is_ours = "." not in name and name in scopes_of(self.source.tree).module.bindings
            return None if is_ours else _MADE[name]
        if not isinstance(call.func, ast.Attribute):
            return None
        method, owner = call.func.attr, call.func.value
        if method in _SAME:
            kind = self.of(owner, depth + 1)
            return kind if kind in ("str", "bytes") else None
        if method in _READERS:
            return self.of_read(owner, depth + 1)
        return _METHODS.get(method) or None

    def of_element(self, value: ast.expr, place: ast.expr, depth: int) -> str | None:
        name = full_name(value, self.source)
        if name in ("os.environ", "sys.argv") and not isinstance(place, ast.Slice):
            return "str"
        kind = self.of(value, depth + 1)
        if kind == "str" or (kind == "bytes" and isinstance(place, ast.Slice)):
            return kind
        match value:
            # `Popen(...).communicate()[0]`
            case ast.Call(func=ast.Attribute(attr="communicate", value=process)):
                return self.of_process(process, depth + 1)
            case ast.Call(func=ast.Attribute(attr="split" | "splitlines" | "partition", value=text)):
                kind = self.of(text, depth + 1)
                return kind if kind in ("str", "bytes") and not isinstance(place, ast.Slice) else None
        return None

    def of_attribute(self, value: ast.expr, name: str, depth: int) -> str | None:
        made = self.maker(value, depth)
        if name in _STREAMS and made is not None and full_name(made.func, self.source) in _RUNNERS:
            return None if _is_textual(made) else "bytes"
        if made is not None and (full_name(made.func, self.source) or "").startswith(("requests.", "httpx.")):
            return {"content": "bytes", "text": "str", "status_code": "int"}.get(name)
        return None

    def of_awaited(self, call: ast.Call, depth: int) -> str | None:
        """`await process.stdout.readline()` gives bytes."""
        match call.func:
            case ast.Attribute(attr=method, value=ast.Attribute(attr=stream, value=process)):
                if method in _READERS and stream in _STREAMS:
                    return self.of_process(process, depth + 1)
        return None

    def of_read(self, owner: ast.expr, depth: int) -> str | None:
        match owner:
            case ast.Attribute(attr=stream, value=process) if stream in _STREAMS:
                return self.of_process(process, depth)
        made = self.maker(owner, depth)
        name = full_name(made.func, self.source) if made is not None else None
        if made is None or name == "urllib.request.urlopen":
            return "bytes" if made is not None else None
        if name in _FILES or (isinstance(made.func, ast.Attribute) and made.func.attr == "open"):
            place = 1 if name in _FILES else 0
            mode = next((each.value for each in made.keywords if each.arg == "mode"), None)
            mode = made.args[place] if len(made.args) > place else mode
            if isinstance(mode, ast.Constant) and isinstance(mode.value, str) and name in ("open", "io.open", None):
                return "bytes" if "b" in mode.value else "str"
        return None

    def of_process(self, process: ast.expr, depth: int) -> str | None:
        made = self.maker(process, depth)
        name = full_name(made.func, self.source) if made is not None else None
        if made is None or name not in _OPENERS | _AWAITED:
            return None
        return "bytes" if name in _AWAITED or not _is_textual(made) else "str"

    def maker(self, node: ast.expr, depth: int) -> ast.Call | None:
        """Return the call that made what a name holds, if it is the only thing that the name ever holds."""
        if isinstance(node, ast.Await):
            node = node.value
        if isinstance(node, ast.Call) or depth > _DEEPEST:
            return node if isinstance(node, ast.Call) else None
        if not isinstance(node, ast.Name):
            return None
        places = self.bindings(node.id, node)
        parent = self.tree.parents.get(places[0]) if len(places) == 1 else None
        match parent:
            case ast.Assign(targets=[ast.Name()], value=value) | ast.withitem(context_expr=value):
                return self.maker(value, depth + 1) if isinstance(value, (ast.Call, ast.Await)) else None
        return None

    def of_name(self, name: str, node: ast.AST, depth: int) -> str | None:
        function = self.tree.function(node)
        key = (function, name)
        if key not in self._known:
            self._known[key] = None
            kinds = {self.of_binding(place, depth) for place in self.bindings(name, node)}
            is_sure = len(kinds) == 1 and not _is_asked(name, function)
            self._known[key] = kinds.pop() if is_sure else None
        return self._known[key]

    def bindings(self, name: str, node: ast.AST) -> list[ast.AST]:
        scopes = scopes_of(self.source.tree)
        around = next((each for each in self.tree.above(node) if each in scopes.by_node), None)
        while isinstance(around, COMPREHENSIONS) and name not in scopes.by_node[around].bindings:
            around = next((each for each in self.tree.above(around) if each in scopes.by_node), None)
        owner = scopes.by_node[around].lookup(name) if around is not None else scopes.module.lookup(name)
        return list(owner.bindings[name]) if owner is not None else []

    def of_binding(self, place: ast.AST, depth: int) -> str | None:
        parent = self.tree.parents.get(place)
        match place, parent:
            case _, ast.Assign(targets=[ast.Name()], value=value) | ast.NamedExpr(value=value):
                return self.of(value, depth)
            case _, ast.AnnAssign(value=ast.expr() as value):
                return self.of(value, depth)
            case _, ast.For(target=ast.Name(), iter=ast.Attribute(attr=stream, value=process)) if stream in _STREAMS:
                return self.of_process(process, depth)
            case _, (
                ast.For(target=ast.Name(), iter=ast.Call() as lines) | ast.comprehension(iter=ast.Call() as lines)
            ):
                return self.of_element(lines, ast.Constant(0), depth)
            case _, ast.Tuple():
                return self.of_unpacked(parent, depth)
        return None

    def of_unpacked(self, target: ast.Tuple, depth: int) -> str | None:
        """`out, error = process.communicate()`."""
        match self.tree.parents.get(target):
            case ast.Assign(
                value=ast.Call(func=ast.Attribute(attr="communicate", value=process))
                | ast.Await(value=ast.Call(func=ast.Attribute(attr="communicate", value=process)))
            ):
                return self.of_process(process, depth)
        return None


def _written(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant):
        kind = type(node.value).__name__
        return kind if kind in ("str", "bytes", "int", "float", "bool") else None
    return "str" if isinstance(node, ast.JoinedStr) else "list"


def _is_textual(call: ast.Call) -> bool:
    """True if a command's output is given as text, or may be."""
    return any(each.arg is None or each.arg in _TEXTUAL for each in call.keywords)


def _is_asked(name: str, function: ast.AST | None) -> bool:
    """True if the function asks for the type of what the name holds."""
    for part in nodes_in(function) if function is not None else ():
        match part:
            case ast.Call(func=ast.Name("isinstance" | "type" | "hasattr"), args=[ast.Name(id=asked), *_]) if (
                asked == name
            ):
                return True
    return False
