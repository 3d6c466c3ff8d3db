"""Python files for rules: only the top-level statements a change touches are parsed and walked.

LibCST parses about 1,000 lines in 45 ms and its own visitors walk them in 50; `ast` parses them in 5.
So `ast` finds the statements, LibCST parses those alone, and one walk over node fields, without
blanks and parentheses, serves all rules.
"""

import ast
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.failure import Failure, until_failure
from reviewer.analysis.nodes import children, forget
from reviewer.analysis.place import Place
from reviewer.analysis.rule import PythonRule, Sighting
from reviewer.analysis.source import Source, read_source
from reviewer.analysis.statements import Statement, statements
from reviewer.analysis.untouched import untouched_in


@dataclass(frozen=True, slots=True)
class Seen:
    """A sighting with its place in the file: `first` and `last` line, from 1.

    `code` is what the sighting is known by: its statement and the functions and classes around it.
    A value alone, such as the `5` of a timeout, stands too often in a file to tell one from another.
    """

    rule: PythonRule
    message: str
    sighting: Sighting
    first: int
    last: int
    code: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A top-level statement no rule could see, from its `first` to its `last` line, and why."""

    first: int
    last: int
    reason: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that broke off in a statement, and how."""

    rule: PythonRule
    first: int
    last: int
    failure: Failure


def see(file: ChangedFile, rules: Sequence[PythonRule]) -> Iterator[Seen | Unread | Broken]:
    """Yield what the rules see in the top-level statements that hold changed lines.

    Raises DoesNotParse; sightings on unchanged lines of those statements are included.
    """
    source = read_source(file.new_text or b"")
    around = source.lines_around(file.added)
    for statement in statements(source, file.added):
        text = "\n".join(file.lines[line - 1] for line in dict.fromkeys(statement.lines) if line in around)
        interested = tuple(rule for rule in rules if rule.may_see(text))
        if interested:
            yield from _see_statement(statement, file, source, _by_type(interested))


def _see_statement(
    statement: Statement, file: ChangedFile, source: Source, handlers: Mapping[type, list[PythonRule]]
) -> Sequence[Seen | Unread | Broken]:
    reason = statement.refusal
    if reason is None:
        try:
            with warnings.catch_warnings():
                # Evaluating a literal such as "\d" warns on every Python since 3.12.
                warnings.simplefilter("ignore")
                return _see_chunk(cst.parse_module(statement.text), statement, file, source, handlers)
        except (cst.ParserSyntaxError, cst.CSTValidationError):
            reason = "syntax LibCST does not know"
        except RecursionError:
            reason = "nested too deeply"
    return (Unread(statement.lines[0], statement.lines[-1], reason),)


def _see_chunk(
    chunk: cst.Module,
    statement: Statement,
    file: ChangedFile,
    source: Source,
    handlers: Mapping[type, list[PythonRule]],
) -> Sequence[Seen | Broken]:
    forget()
    lines = statement.lines
    touched = [place for place, line in enumerate(lines, 1) if line in file.added]
    sightings: list[tuple[PythonRule, Sighting, tuple[cst.CSTNode, ...]]] = []
    broken: list[Broken] = []
    for node, parents in _walk(chunk, untouched_in(chunk, ast.parse(statement.text), touched)):
        if type(node) not in handlers:
            continue
        at = Place(file, chunk, parents, source)
        for rule in handlers[type(node)]:
            for said in until_failure(rule.check(node, at)):
                if not isinstance(said, Failure):
                    sightings.append((rule, said, parents if said.node is node else (*parents, node)))
                elif all(rule is not other.rule for other in broken):
                    broken.append(Broken(rule, lines[0], lines[-1], said))
    return [*_placed(sightings, chunk, lines), *broken]


def _placed(
    sightings: Sequence[tuple[PythonRule, Sighting, tuple[cst.CSTNode, ...]]], chunk: cst.Module, lines: Sequence[int]
) -> Sequence[Seen]:
    if not sightings:
        return ()
    # Positions cost twice the parse, so only statements with something to report pay for them.
    positions = MetadataWrapper(chunk, unsafe_skip_copy=True).resolve(PositionProvider)
    seen = []
    for rule, sighting, parents in sightings:
        span = positions[sighting.node]
        first, last = (lines[min(line, len(lines)) - 1] for line in (span.start.line, span.end.line))
        seen.append(Seen(rule, sighting.message, sighting, first, last, _code(chunk, sighting.node, parents)))
    return seen


def _code(chunk: cst.Module, node: cst.CSTNode, parents: Sequence[cst.CSTNode]) -> str:
    """Return what the node is known by; `parents` lead to it as far as the walk saw them."""
    scope = [parent.name.value for parent in parents if isinstance(parent, (cst.FunctionDef, cst.ClassDef))]
    statement = next((parent for parent in reversed(parents) if isinstance(parent, cst.SimpleStatementLine)), node)
    return f"{'.'.join(scope)}\n{chunk.code_for_node(statement)}"


def _walk(chunk: cst.Module, skipped: frozenset[int]) -> Iterator[tuple[cst.CSTNode, tuple[cst.CSTNode, ...]]]:
    """Yield the nodes, in reading order, each with what it stands in; `skipped` are the ids of those to pass by."""
    stack: list[tuple[cst.CSTNode, tuple[cst.CSTNode, ...]]] = [(chunk, ())]
    while stack:
        node, parents = stack.pop()
        yield node, parents
        below = (*parents, node)
        stack.extend((child, below) for child in reversed(children(node)) if id(child) not in skipped)


@cache
def _by_type(rules: tuple[PythonRule, ...]) -> Mapping[type, list[PythonRule]]:
    handlers: dict[type, list[PythonRule]] = defaultdict(list)
    for rule in rules:
        for kind in rule.visits:
            handlers[kind].append(rule)
    return dict(handlers)
