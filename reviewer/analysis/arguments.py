"""In which order functions of the standard library take their arguments, and what shows that two are swapped.

Tells by what stands there: a literal format, a type, an open file, a name that says what it holds.
"""

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reviewer.analysis.regex import regex
from reviewer.analysis.scopes import scopes_of
from reviewer.analysis.source import Source
from reviewer.analysis.tree import Tree, dotted, full_name

TYPES = frozenset({"str", "int", "float", "bool", "list", "dict", "set", "tuple", "bytes", "frozenset", "complex"})
LEVELS = frozenset(f"logging.{name}" for name in ("DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL", "FATAL"))
LISTS = (ast.List, ast.ListComp)
_DATE = regex(r"(?<!%)%[YmdHMSBbAayjpfzZIeFTDc]")
_PATTERN = regex(r"\\[dwsbDWSB.]|^\^|\$$|\[[^\]]+\][+*?{]|\(\?|\.[*+]")
_PATTERN_NAME = regex(r".*(pattern|regexp?|rx|expr|_re|matcher)s?\d*|re|p|pat", re.IGNORECASE)
_STRUCT = regex(r"[<>=!@][\dxcbB?hHiIlLqQnNefdspP ]+")
_GLOB = regex(r"\*\.?[\w*.]*|[\w./]*\*[\w./*]*")
_MODE = regex(r"[rwax][bt]?\+?[bt]?")
_NAMING = regex(r".*(name|attr|attribute|field|key|method|prop\w*|column|option|item|attrname|n|k|s)\d*", re.IGNORECASE)
_HEAP = regex(r".*(heap|queue|pq)", re.IGNORECASE)
_GOAL = regex(r"(\w+_)?(dst|dest|destination|target)(_(path|file|dir|name|folder))?", re.IGNORECASE)
_START = regex(r"(\w+_)?(src|source)(_(path|file|dir|name|folder))?", re.IGNORECASE)
_SECRET = regex(r"(\w+_)*(secret|key)(_\w+)?", re.IGNORECASE)
_MESSAGE = regex(r"(\w+_)*(msg|message|body|payload|data|content)(_\w+)?", re.IGNORECASE)
_MAKERS = frozenset({"open", "io.open", "codecs.open", "gzip.open", "os.fdopen", "bz2.open", "lzma.open"})


@dataclass(frozen=True, slots=True)
class Written:
    """A file, asked what its names hold."""

    source: Source
    tree: Tree

    def given(self, name: str, node: ast.AST) -> list[ast.expr]:
        """Return what the function, or the module, assigns to a name; nothing if it binds it in another way too."""
        found: list[ast.expr] = []
        for place in self.bindings(name, node):
            parent = self.tree.parents.get(place)
            if isinstance(parent, ast.withitem):
                found.append(parent.context_expr)
            elif isinstance(parent, ast.Assign) and place in parent.targets:
                found.append(parent.value)
            else:
                return []
        return found

    def bindings(self, name: str, node: ast.AST) -> Sequence[ast.AST]:
        """Return what binds a name where the node stands."""
        scopes = scopes_of(self.source.tree)
        around = self.tree.function(node)
        scope = scopes.by_node.get(around, scopes.module) if around is not None else scopes.module
        owner = scope.lookup(name)
        return owner.bindings[name] if owner is not None else ()

    def constant(self, node: ast.expr) -> object:
        """Return a literal's value, through a constant's name; None for what varies."""
        if isinstance(node, ast.Name):
            node = self.source.constants.get(node.id, node)
        return node.value if isinstance(node, ast.Constant) else None


_Test = Callable[[Written, ast.expr], bool]


def order_of(name: str, first: ast.expr, second: ast.expr, written: Written) -> str | None:
    """Return in which order the function takes its first two arguments, if these two are swapped."""
    for is_first, is_second, order in _SWAPPED.get(name, ()):
        if is_first(written, first) and is_second(written, second):
            return order
    return None


def _text(written: Written, node: ast.expr) -> str:
    value = written.constant(node)
    return value if isinstance(value, str) else value.decode("latin-1") if isinstance(value, bytes) else ""


def is_varying(written: Written, node: ast.expr) -> bool:
    """True for what the code computes: no literal, no constant, no function written in place."""
    if isinstance(node, (ast.Constant, ast.JoinedStr, ast.Lambda)) or written.constant(node) is not None:
        return False
    name = (dotted(node) or "").rpartition(".")[2]
    return not name.isupper()


def _is_plain(written: Written, node: ast.expr) -> bool:
    """True for a varying value whose name does not say that it names something."""
    return is_varying(written, node) and not _NAMING.fullmatch((dotted(node) or "name").rpartition(".")[2])


def is_sign(written: Written, node: ast.expr) -> bool:
    """True for the empty text and single signs, which nobody searches."""
    value = written.constant(node)
    return isinstance(value, str) and len(value) <= 1 and not value.isalnum()


def _is_subject(written: Written, node: ast.expr) -> bool:
    """True for a varying name that does not say it is a pattern."""
    name = (dotted(node) or "").rpartition(".")[2]
    return bool(name) and is_varying(written, node) and not _PATTERN_NAME.fullmatch(name)


def _is_number(_: Written, node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool)


def _is_whole(_: Written, node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


def _is_type(written: Written, node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in TYPES and not written.bindings(node.id, node)


def _is_function(written: Written, node: ast.expr) -> bool:
    return isinstance(node, ast.Lambda) or _is_type(written, node)


def _is_rows(_: Written, node: ast.expr) -> bool:
    """True for a plural name, a list or what a call gave: nothing anybody calls."""
    return isinstance(node, LISTS) or (isinstance(node, ast.Name) and node.id.endswith("s"))


def _is_value(written: Written, node: ast.expr) -> bool:
    name = (dotted(node) or "A").rpartition(".")[2]
    return (
        name[:1].islower()
        and not _is_type(written, node)
        and not name.endswith(("type", "types", "class", "cls", "kind"))
    )


def is_handle(written: Written, node: ast.expr) -> bool:
    """True for a name that only ever holds an open file."""
    values = written.given(node.id, node) if isinstance(node, ast.Name) else []
    return bool(values) and all(
        isinstance(value, ast.Call)
        and (full_name(value.func, written.source) in _MAKERS or getattr(value.func, "attr", "") == "open")
        for value in values
    )


def _is_data(written: Written, node: ast.expr) -> bool:
    return not is_handle(written, node)


def _written(pattern: re.Pattern[str], *, whole: bool = True) -> _Test:
    """Return a test for literals and constants that fit a pattern."""
    return lambda written, node: bool((pattern.fullmatch if whole else pattern.search)(_text(written, node)))


def _named(pattern: re.Pattern[str], *, but: re.Pattern[str] | None = None) -> _Test:
    """Return a test for names whose last word fits a pattern."""

    def test(_: Written, node: ast.expr) -> bool:
        name = (dotted(node) or "").rpartition(".")[2]
        return bool(name and pattern.fullmatch(name)) and not (but is not None and but.fullmatch(name))

    return test


def _known(names: frozenset[str] | str) -> _Test:
    """Return a test for resolved names, or for what begins with one."""

    def test(written: Written, node: ast.expr) -> bool:
        name = full_name(node, written.source) or ""
        return name.startswith(names) if isinstance(names, str) else name in names

    return test


def _is_any(_: Written, __: ast.expr) -> bool:
    return True


_FORMAT = _written(_DATE, whole=False)
_SEARCHED = (_is_subject, _written(_PATTERN, whole=False), "the pattern, then the text")
_COPIED = (_named(_GOAL), _named(_START), "the source, then the target")
_ASKED = (_written(regex(r"[A-Za-z_]\w*")), _is_plain, "the object, then the name")
_COUNTED = (_is_whole, is_varying, "the values, then the number")
_DUMPED = (is_handle, _is_data, "the data, then the file")
_MATCHED = (_written(_GLOB), is_varying, "the name, then the pattern")
# For the first two arguments: what shows that they are swapped, and in which order they belong.
_ROWS: Sequence[tuple[str, tuple[_Test, _Test, str]]] = (
    ("datetime.datetime.strptime time.strptime", (_FORMAT, is_varying, "the text, then its format")),
    ("time.strftime", (is_varying, _FORMAT, "the format, then the time")),
    ("re.match re.search re.fullmatch re.findall re.finditer", _SEARCHED),
    ("re.split", _SEARCHED),
    ("re.split", (_is_subject, _written(regex("\\W{1,2}")), "the pattern, then the text")),
    ("isinstance", (_is_type, _is_value, "the object, then its type")),
    ("json.dump pickle.dump yaml.dump yaml.safe_dump marshal.dump", _DUMPED),
    ("csv.DictWriter csv.DictReader", (_is_data, is_handle, "the file, then the names of the fields")),
    ("open", (_written(_MODE), is_varying, "the path, then the mode")),
    ("getattr setattr hasattr delattr", _ASKED),
    ("enumerate sum round random.sample itertools.islice", _COUNTED),
    (
        "map filter functools.reduce itertools.takewhile itertools.dropwhile",
        (_is_rows, _is_function, "the function, then the values"),
    ),
    ("asyncio.wait_for", (_is_number, is_varying, "what to wait for, then the seconds")),
    ("threading.Timer", (is_varying, _is_number, "the seconds, then the function")),
    ("signal.signal", (is_varying, _known("signal.SIG"), "the signal, then its handler")),
    ("os.kill", (_known("signal.SIG"), _is_any, "the process, then the signal")),
    (
        "struct.pack struct.unpack struct.unpack_from struct.iter_unpack",
        (is_varying, _written(_STRUCT), "the format, then the values"),
    ),
    ("fnmatch.fnmatch fnmatch.fnmatchcase", _MATCHED),
    ("fnmatch.filter", _MATCHED),
    ("warnings.warn", (_named(regex("\\w+Warning")), _written(regex(".+", re.DOTALL)), "the message, then its kind")),
    ("logging.log", (_written(regex(".+", re.DOTALL)), _known(LEVELS), "the level, then the message")),
    (
        "heapq.heappush heapq.heappushpop heapq.heapreplace",
        (_named(regex(".+"), but=_HEAP), _named(_HEAP), "the heap, then the element"),
    ),
    ("shutil.copy shutil.copy2 shutil.copyfile shutil.copytree shutil.move", _COPIED),
    ("os.rename os.replace os.link os.symlink", _COPIED),
    ("hmac.new", (_named(_MESSAGE, but=_SECRET), _named(_SECRET), "the key, then the message")),
)
_SWAPPED = {
    name: tuple(row for names, row in _ROWS if name in names.split())
    for name in {name for names, _ in _ROWS for name in names.split()}
}
