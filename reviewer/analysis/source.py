"""A Python text cut into its top-level statements by `ast`, before LibCST sees any of them.

Lines are numbered as git numbers them. A statement that LibCST could not survive is refused: its native parser
ends the process where brackets, operators or dots nest some thousand deep, and takes hours for deep patterns.
"""

import ast
import re
import tokenize
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from io import BytesIO, StringIO

from reviewer.analysis.change import LARGEST_TEXT

# LibCST's Python half gives up at about 300 levels, its native half dies at about 4,000.
_DEEPEST = 250
# Each further level takes LibCST three to four times as long.
_DEEPEST_PATTERN = 6
# LibCST needs up to 9 kB a node. The largest class of mypy, 8,277 lines, has 46,000.
_MOST_NODES = 100_000
_BEFORE_A_LINE = frozenset(
    {tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.COMMENT, tokenize.ENCODING, tokenize.TYPE_COMMENT}
)


class DoesNotParse(Exception):
    """The text is no Python that this interpreter or LibCST knows; `line` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Statement:
    """One or more top-level statements on lines that no other shares; `lines` are the numbers of theirs.

    `refusal` says why LibCST must not parse them.
    """

    text: str
    lines: Sequence[int]
    refusal: str | None


@dataclass(frozen=True)
class Source:
    """`numbers` holds git's line number for each line as Python counts them."""

    tree: ast.Module
    lines: Sequence[str]
    numbers: Sequence[int]

    def statements(self, touching: frozenset[int]) -> Iterator[Statement]:
        """Yield the top-level statements that hold one of the lines."""
        for nodes, first, last in _groups(self.tree):
            lines = self.numbers[first - 1 : last]
            if any(line in touching for line in lines):
                text = "".join(f"{line}\n" for line in self.lines[first - 1 : last])
                if text.endswith("\\\n"):
                    text += "\n"  # for `ast` a statement ends before the empty line its backslash continues to
                yield Statement(text, lines, _refusal(nodes, text))

    @cached_property
    def imports(self) -> Mapping[str, str]:
        """What each imported name stands for, wherever in the file the import is."""
        names: dict[str, str] = {}
        for node in ast.walk(self.tree):
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


@lru_cache(maxsize=8)
def read_source(text: bytes) -> Source:
    """Parse a file with `ast`; the last few are remembered. Raises DoesNotParse."""
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


def _groups(tree: ast.Module) -> Iterator[tuple[list[ast.stmt], int, int]]:
    """Yield statements with first and last line, as Python counts; those that share a line go together."""
    group: list[ast.stmt] = []
    first = last = 0
    for statement in tree.body:
        start = min([statement.lineno, *(decorator.lineno for decorator in getattr(statement, "decorator_list", []))])
        if group and start > last:
            yield group, first, last
            group = []
        first = first if group else start
        group.append(statement)
        last = statement.end_lineno or start
    if group:
        yield group, first, last


def _refusal(statements: Sequence[ast.stmt], text: str) -> str | None:
    count = 0
    has_patterns = False
    stack: list[tuple[ast.AST, int]] = [(statement, 1) for statement in statements]
    while stack:
        node, depth = stack.pop()
        count += 1
        depth += _hidden_levels(node)
        if depth > _DEEPEST:
            return f"nested more than {_DEEPEST} levels deep"
        if count > _MOST_NODES:
            return f"larger than {_MOST_NODES:,} nodes"
        has_patterns = has_patterns or isinstance(node, ast.Match)
        stack.extend((child, depth + 1) for child in ast.iter_child_nodes(node))
    if has_patterns and _pattern_depth(text) > _DEEPEST_PATTERN:
        return f"a pattern more than {_DEEPEST_PATTERN} brackets deep"
    return None


def _hidden_levels(node: ast.AST) -> int:
    """Return how many levels LibCST makes of what is flat in `ast`."""
    if isinstance(node, ast.BoolOp):
        return len(node.values)
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        return len(node.generators)
    if isinstance(node, ast.alias):
        return node.name.count(".")
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").count(".")
    return 0


def _pattern_depth(text: str) -> int:
    """Return how deep brackets nest in `case` lines; those that only group leave no node in `ast`."""
    deepest = depth = 0
    is_first, is_case = True, False
    for token in tokenize.generate_tokens(StringIO(text).readline):
        if token.type == tokenize.NEWLINE:
            is_first = True
        elif is_first and token.type not in _BEFORE_A_LINE:
            is_first, is_case = False, token.string == "case"
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            deepest = max(deepest, depth if is_case else 0)
    return deepest


def _origin(alias: ast.alias) -> tuple[str, str]:
    first = alias.name.partition(".")[0]
    return (alias.asname, alias.name) if alias.asname else (first, first)
