"""The top-level statements of a Python text that a change touches, cut out before LibCST sees any of them.

A statement that LibCST could not survive is refused: its native parser ends the process where brackets,
operators or dots nest some thousand deep, and takes hours for deep patterns.
"""

import ast
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import pairwise

from reviewer.analysis.source import Source, children_of, first_line

# LibCST's Python half gives up at about 300 levels, its native half dies at about 4,000.
_DEEPEST = 250
# Each further level takes LibCST three to four times as long.
_DEEPEST_PATTERN = 6
# LibCST needs up to 9 kB a node. The largest class of mypy, 8,277 lines, has 46,000.
_MOST_NODES = 100_000
_BEFORE_A_LINE = frozenset(
    {tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.COMMENT, tokenize.ENCODING, tokenize.TYPE_COMMENT}
)
# Of a longer class, methods that no changed line touches are left out.
_LONG_CLASS = 60
_SETS_UP = frozenset({"__init__", "__new__", "__post_init__", "__enter__", "__aenter__", "setUp", "setup_method"})


@dataclass(frozen=True, slots=True)
class Statement:
    """One or more top-level statements on lines that no other shares; `lines` are the numbers of theirs.

    `refusal` says why LibCST must not parse them.
    """

    text: str
    lines: Sequence[int]
    refusal: str | None


def statements(source: Source, touching: frozenset[int]) -> Iterator[Statement]:
    """Yield the top-level statements that hold one of the lines.

    Of a long class they hold what is no method, the methods that set an instance up, and those touched: LibCST
    takes 1,000 lines in 45 ms, and what it costs is to follow the change.
    """
    for group in _groups(source.tree.body):
        if group.holds(touching, source):
            nodes, spans = _cut(group, touching, source)
            lines = [line for span in spans for line in span]
            text = "".join(f"{source.lines[line - 1]}\n" for line in lines)
            if text.endswith("\\\n"):
                text += "\n"  # for `ast` a statement ends before the empty line its backslash continues to
            yield Statement(text, [source.numbers[line - 1] for line in lines], _refusal(nodes, text))


@dataclass(frozen=True, slots=True)
class _Group:
    """Statements that share a line, from their `first` to their `last`, as Python counts."""

    nodes: Sequence[ast.stmt]
    first: int
    last: int

    def holds(self, lines: frozenset[int], source: Source) -> bool:
        return any(line in lines for line in source.numbers[self.first - 1 : self.last])


def _groups(body: Sequence[ast.stmt]) -> Iterator[_Group]:
    group: list[ast.stmt] = []
    first = last = 0
    for statement in body:
        start = first_line(statement)
        if group and start > last:
            yield _Group(group, first, last)
            group = []
        first = first if group else start
        group.append(statement)
        last = statement.end_lineno or start
    if group:
        yield _Group(group, first, last)


def _cut(group: _Group, touching: frozenset[int], source: Source) -> tuple[Sequence[ast.AST], Sequence[range]]:
    """Return what LibCST is to see of a group: all of it, or a long class without the methods nobody touched."""
    whole = range(group.first, group.last + 1)
    owner = group.nodes[0]
    if len(whole) <= _LONG_CLASS or len(group.nodes) > 1 or not isinstance(owner, ast.ClassDef):
        return group.nodes, (whole,)
    members = list(_groups(owner.body))
    if members[0].first == owner.lineno:
        return group.nodes, (whole,)
    kept = [member for member in members if _is_wanted(member, touching, source)] or members[:1]
    # What stands between two members, their comments, belongs to the lower one.
    begins = {id(member): above.last + 1 for above, member in pairwise(members)}
    spans = [range(begins.get(id(member), member.first), member.last + 1) for member in kept]
    header = [*owner.bases, *owner.keywords, *owner.decorator_list]
    nodes = [*header, *(node for member in kept for node in member.nodes)]
    return nodes, (range(group.first, members[0].first), *spans)


def _is_wanted(member: _Group, touching: frozenset[int], source: Source) -> bool:
    functions = [node for node in member.nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    is_other = len(functions) < len(member.nodes)
    return is_other or any(node.name in _SETS_UP for node in functions) or member.holds(touching, source)


def _refusal(nodes: Sequence[ast.AST], text: str) -> str | None:
    count = 0
    has_patterns = False
    stack: list[tuple[ast.AST, int]] = [(node, 2) for node in nodes]
    while stack:
        node, depth = stack.pop()
        count += 1
        depth += _hidden_levels(node)
        if depth > _DEEPEST:
            return f"nested more than {_DEEPEST} levels deep"
        if count > _MOST_NODES:
            return f"larger than {_MOST_NODES:,} nodes"
        has_patterns = has_patterns or isinstance(node, ast.Match)
        stack.extend((child, depth + 1) for child in children_of(node))
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
