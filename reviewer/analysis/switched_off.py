"""Marks and calls that keep a test of Python from running, and are new."""

import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.regex import regex
from reviewer.analysis.source import nodes_in
from reviewer.analysis.twins import Function, own_nodes

_OFF = regex(r"(^|\.)(skip|skipTest|xfail|flaky|expectedFailure|SkipTest)$")


def switch_in(old: Function, new: Function, file: ChangedFile) -> ast.expr | None:
    """Return what newly turns a test off, whatever the machine it runs on."""
    before = {ast.dump(node) for node in own_nodes(old)}
    was_off = any(_OFF.search(decorator_name(each)) for each in old.decorator_list)
    for node in own_nodes(new):
        target = node.func if isinstance(node, ast.Call) else node
        if not isinstance(node, (ast.Call, ast.Attribute, ast.Name)) or not _OFF.search(ast.unparse(target)):
            continue
        if ast.dump(node) in before or node.lineno not in file.added or any("fail_if" in part for part in before):
            continue
        is_conditional = node not in new.decorator_list and _stands_under_test(node, new)
        has_condition = isinstance(node, ast.Call) and bool(node.args) and not isinstance(node.args[0], ast.Constant)
        if not is_conditional and not has_condition and not was_off:
            return node
    return None


def marks_off(old: ast.Module | ast.ClassDef, new: ast.Module | ast.ClassDef, file: ChangedFile) -> Iterator[ast.expr]:
    """Yield the new marks that turn off a class of tests, or all tests of a file."""
    marks = list(new.decorator_list) if isinstance(new, ast.ClassDef) else []
    marks += [
        node.value for node in new.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
    ]
    was = ast.unparse(ast.Module([*old.body], [])) if isinstance(old, ast.Module) else ast.unparse(old)
    for mark in marks:
        if mark.lineno in file.added and _OFF.search(decorator_name(mark)) and ast.unparse(mark) not in was:
            yield mark


def decorator_name(node: ast.expr) -> str:
    """Return the code of a decorator without its arguments."""
    return ast.unparse(node.func if isinstance(node, ast.Call) else node)


def _stands_under_test(node: ast.AST, function: Function) -> bool:
    """True for a skip that depends on the machine the test runs on."""
    return any(
        isinstance(branch, (ast.If, ast.Try)) and any(part is node for part in nodes_in(branch))
        for branch in own_nodes(function)
    )
