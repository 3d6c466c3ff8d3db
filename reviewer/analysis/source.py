"""A Python text as `ast` reads it, whole: 1,000 lines in 5 ms. Lines are numbered as git numbers them."""

import ast
import re
import tokenize
import warnings
from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO

from reviewer.analysis.change import LARGEST_TEXT

_CHILDREN = "children of"


class DoesNotParse(Exception):
    """The text is no Python that this interpreter or LibCST knows; `line` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True, eq=False)
class Source:
    """`numbers` holds git's line number for each line as Python counts them."""

    tree: ast.Module
    lines: Sequence[str]
    numbers: Sequence[int]

    @cached_property
    def imports(self) -> Mapping[str, str]:
        """What each imported name stands for, wherever in the file the import is."""
        names: dict[str, str] = {}
        for node in nodes_in(self.tree):
            if isinstance(node, ast.Import):
                names.update(_origin(alias) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                module = "." * node.level + (f"{node.module}." if node.module else "")
                names.update((alias.asname or alias.name, module + alias.name) for alias in node.names)
        names.pop("*", None)
        return names

    @cached_property
    def constants(self) -> Mapping[str, ast.expr]:
        """The values of module-level names in capitals."""
        return {
            target.id: node.value
            for node in self.tree.body
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name) and target.id.isupper()
        }

    @cached_property
    def spans(self) -> Mapping[int, tuple[int, int]]:
        """The first and last line of the statement, or the head of the block, that a line belongs to."""
        found: dict[int, tuple[int, int]] = {}
        stack: list[ast.AST] = list(self.tree.body)
        while stack:
            node = stack.pop()
            inner = blocks_of(node)
            first, last = first_line(node), _last_line(node)
            if inner:
                last = max(first, min(first_line(child) for child in inner) - 1)
                stack += inner
            span = self.numbers[first - 1], self.numbers[last - 1]
            found.update((line, span) for line in range(span[0], span[1] + 1))
        return found

    def lines_around(self, touched: frozenset[int]) -> frozenset[int]:
        """Return the lines of all statements that hold a touched line: of a simple one all, of a block its own.

        The own lines of a block are those that belong to none of the statements in it, such as `except OSError:`.
        A word that stands on none of these lines can have no part in what is wrong with the touched ones.
        """
        found: set[int] = set()
        stack: list[ast.AST] = list(self.tree.body)
        while stack:
            node = stack.pop()
            lines = self.numbers[first_line(node) - 1 : _last_line(node)]
            if touched.isdisjoint(lines):
                continue
            inner = blocks_of(node)
            found.update(lines)
            for child in inner:
                found.difference_update(self.numbers[first_line(child) - 1 : _last_line(child)])
            stack += inner
        return frozenset(found | touched)


class _Remembered:
    """The modules read last. A tree takes thirty times the bytes of its text."""

    most = 8_000_000

    def __init__(self) -> None:
        self._sources: OrderedDict[bytes, Source] = OrderedDict()
        self._size = 0

    def get(self, text: bytes) -> Source | None:
        source = self._sources.get(text)
        if source is not None:
            self._sources.move_to_end(text)
        return source

    def add(self, text: bytes, source: Source) -> None:
        self._sources[text] = source
        self._size += len(text)
        while self._size > self.most:
            self._size -= len(self._sources.popitem(last=False)[0])


_remembered = _Remembered()


def read_source(text: bytes) -> Source:
    """Parse a file with `ast`; those read last are remembered. Raises DoesNotParse."""
    source = _remembered.get(text)
    if source is None:
        source = _read(text)
        _remembered.add(text, source)
    return source


def _read(text: bytes) -> Source:
    if len(text) > LARGEST_TEXT:
        raise DoesNotParse(1, f"more than {LARGEST_TEXT:,} bytes")
    decoded = _decode(text)
    numbers = _line_numbers(decoded)
    lines = decoded.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return Source(ast.parse("\n".join(lines)), lines, numbers)
        except SyntaxError as error:
            raise DoesNotParse(numbers[min(error.lineno or 1, len(numbers)) - 1], error.msg) from error
        except (ValueError, RecursionError, MemoryError) as error:
            raise DoesNotParse(1, str(error) or "nested too deeply") from error


def children_of(node: ast.AST) -> Sequence[ast.AST]:
    """Return the nodes right below, in reading order, looked up once: many rules walk the same tree.

    Operators and contexts are left out: they are shared objects, and stand nowhere.
    """
    known = node.__dict__
    children: Sequence[ast.AST] | None = known.get(_CHILDREN)
    if children is None:
        children = known[_CHILDREN] = _children(node)
    return children


def _children(node: ast.AST) -> Sequence[ast.AST]:
    found: list[ast.AST] = []
    for name in _FIELDS[type(node)]:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += [child for child in value if isinstance(child, ast.AST)]
        elif value is not None and isinstance(value, ast.AST):
            found.append(value)
    return found


class _Fields(dict[type[ast.AST], tuple[str, ...]]):
    """Which fields of a type hold nodes worth a visit; worked out when first asked."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        fields = self[kind] = tuple(name for name in kind._fields if name not in _NO_NODES)
        return fields


# Operators and contexts, and what is a text or a number wherever it occurs.
_NO_NODES = frozenset(
    {"ctx", "op", "ops", "type_comment", "kind", "id", "attr", "arg", "conversion", "is_async", "level"}
)
_FIELDS = _Fields({ast.Constant: ()})


def nodes_in(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what `ast.walk` does: the node and all below it, level by level."""
    todo = deque((node,))
    while todo:
        node = todo.popleft()
        todo.extend(children_of(node))
        yield node


def first_line(node: ast.AST) -> int:
    """Return where a statement begins, its decorators included; of a `case`, where its pattern does."""
    if isinstance(node, ast.match_case):
        return node.pattern.lineno
    decorators = [decorator.lineno for decorator in getattr(node, "decorator_list", [])]
    first: int = min([getattr(node, "lineno", 1), *decorators])
    return first


def _last_line(node: ast.AST) -> int:
    if isinstance(node, ast.match_case):
        return node.body[-1].end_lineno or node.body[-1].lineno
    last: int | None = getattr(node, "end_lineno", None)
    return last or first_line(node)


def blocks_of(node: ast.AST) -> list[ast.AST]:
    """Return what stands in a statement as a block of its own."""
    names = ("body", "handlers", "orelse", "finalbody", "cases")
    return [child for name in names for child in getattr(node, name, ()) if isinstance(child, ast.AST)]


def _decode(text: bytes) -> str:
    try:
        encoding, _ = tokenize.detect_encoding(BytesIO(text).readline)
        return text.decode(encoding)
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise DoesNotParse(line, f"byte 0x{text[error.start]:02x} is not {error.encoding}") from error
    except (SyntaxError, LookupError, ValueError) as error:
        raise DoesNotParse(1, str(error)) from error


def _line_numbers(text: str) -> Sequence[int]:
    """Return git's number for each of Python's lines: a lone carriage return ends a line for Python only."""
    ends = re.findall(r"\r\n?|\n", text)
    if "\r" not in ends:
        return range(1, len(ends) + 2)
    numbers = [1]
    for end in ends:
        numbers.append(numbers[-1] + (end != "\r"))
    return numbers


def _origin(alias: ast.alias) -> tuple[str, str]:
    first = alias.name.partition(".")[0]
    return (alias.asname, alias.name) if alias.asname else (first, first)
