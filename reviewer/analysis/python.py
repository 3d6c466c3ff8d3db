"""Python files for rules: only the top-level statements a change touches are parsed and walked.

LibCST parses about 1,000 lines in 45 ms and its own visitors walk them in 50; `ast` parses them in 5.
So `ast` finds the statements, LibCST parses those alone, and one walk over node fields, without
blanks and parentheses, serves all rules.
"""

import ast
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.place import Place
from reviewer.analysis.rule import PythonRule, Sighting

_SKIPPED_FIELDS = frozenset(
    {"lpar", "rpar", "leading_lines", "lines_after_decorators", "header", "footer", "default_indent"}
)


class DoesNotParse(Exception):
    """The text is no Python that this interpreter or LibCST knows; `line` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Seen:
    """A sighting with its place in the file: `first` and `last` line, from 1, and the code it is about."""

    rule: PythonRule
    message: str
    sighting: Sighting
    first: int
    last: int
    code: str


def see(file: ChangedFile, rules: Sequence[PythonRule]) -> Iterator[Seen]:
    """Yield what the rules see in the top-level statements that hold changed lines.

    Raises DoesNotParse; sightings on unchanged lines of those statements are included.
    """
    tree = _parse(file.new_text or b"")
    handlers = _by_type(tuple(rules))
    imports, constants = _imports(tree), _constants(tree)
    source = _lines_of(file.new_text or b"")
    for first, last in _touched_statements(tree, file.added, len(source)):
        chunk = _parse_chunk("".join(source[first - 1 : last]), first)
        yield from _see_chunk(chunk, first, file, handlers, imports, constants)


def _see_chunk(
    chunk: cst.Module,
    first_line: int,
    file: ChangedFile,
    handlers: Mapping[type, list[PythonRule]],
    imports: Mapping[str, str],
    constants: Mapping[str, ast.expr],
) -> Iterator[Seen]:
    sightings = [
        (rule, sighting)
        for node, parents in _walk(chunk, ())
        if type(node) in handlers
        for rule in handlers[type(node)]
        for sighting in rule.check(node, Place(file, chunk, parents, imports, constants))
    ]
    if not sightings:
        return
    # Positions cost twice the parse, so only statements with something to report pay for them.
    positions = MetadataWrapper(chunk, unsafe_skip_copy=True).resolve(PositionProvider)
    for rule, sighting in sightings:
        span = positions[sighting.node]
        code = chunk.code_for_node(sighting.node)
        offset = first_line - 1
        yield Seen(rule, sighting.message, sighting, span.start.line + offset, span.end.line + offset, code)


def _walk(node: cst.CSTNode, parents: tuple[cst.CSTNode, ...]) -> Iterator[tuple[cst.CSTNode, tuple[cst.CSTNode, ...]]]:
    stack: list[tuple[cst.CSTNode, tuple[cst.CSTNode, ...]]] = [(node, parents)]
    while stack:
        node, parents = stack.pop()
        yield node, parents
        below = (*parents, node)
        children = [child for name in _child_fields(type(node)) for child in _nodes(getattr(node, name))]
        stack.extend((child, below) for child in reversed(children))


def _nodes(value: object) -> Sequence[cst.CSTNode]:
    if isinstance(value, cst.CSTNode):
        return (value,)
    if isinstance(value, (list, tuple)):
        return [item for item in value if isinstance(item, cst.CSTNode)]
    return ()


@cache
def _child_fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """Return the fields that can hold syntax; blanks, commas and parentheses cannot."""
    return tuple(
        field.name
        for field in fields(kind)
        if field.name not in _SKIPPED_FIELDS
        and not field.name.startswith(("whitespace", "trailing_whitespace", "comma", "semicolon"))
    )


@cache
def _by_type(rules: tuple[PythonRule, ...]) -> Mapping[type, list[PythonRule]]:
    handlers: dict[type, list[PythonRule]] = defaultdict(list)
    for rule in rules:
        for kind in rule.visits:
            handlers[kind].append(rule)
    return dict(handlers)


def _parse(text: bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except SyntaxError as error:
            raise DoesNotParse(error.lineno or 1, error.msg) from error
        except (ValueError, RecursionError, MemoryError) as error:
            raise DoesNotParse(1, str(error) or "nested too deeply") from error


def _parse_chunk(text: str, first_line: int) -> cst.Module:
    try:
        return cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise DoesNotParse(first_line + error.raw_line - 1, error.message) from error
    except RecursionError as error:
        raise DoesNotParse(first_line, "nested too deeply") from error


def _lines_of(text: bytes) -> list[str]:
    # `ast` counts lines as the tokenizer does: line feed, carriage return, or both.
    decoded = text.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    return (
        decoded.replace("\r\n", "\n").replace("\r", "\n").splitlines(keepends=True)
        if "\f" not in decoded
        else [line + "\n" for line in decoded.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    )


def _touched_statements(tree: ast.Module, added: frozenset[int], line_count: int) -> Iterator[tuple[int, int]]:
    """Yield first and last line of each top-level statement with a changed line; neighbours on one line once."""
    done = 0
    for statement in tree.body:
        decorators = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
        last = min(statement.end_lineno or first, line_count)
        if first > done and any(line in added for line in range(first, last + 1)):
            yield first, last
            done = last


def _imports(tree: ast.Module) -> Mapping[str, str]:
    """Return what each imported name stands for, wherever in the file the import is."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                names[alias.asname or alias.name] = f"{module}.{alias.name}"
    return names


def _constants(tree: ast.Module) -> Mapping[str, ast.expr]:
    """Return the values of module-level names in capitals."""
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and target.id.isupper()
    }
