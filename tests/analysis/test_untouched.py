import ast

import libcst as cst
import pytest

from reviewer.analysis.untouched import untouched_in

_CODE = """\
@route(
    "/"
)
def f(a):
    x = 1; y = 2
    if a:
        return x
    elif y: return z
    else:
        for i in a:
            g(i)
        else:
            done()
    try:
        h(
            x,
        )
    except OSError:
        pass
    finally:
        close()
    match a:
        case 1:
            one()
    return lambda: a


class C:
    async def m(self):
        async with a as b:
            await b
"""

_KINDS = {
    ast.FunctionDef: "FunctionDef", ast.AsyncFunctionDef: "FunctionDef", ast.ClassDef: "ClassDef", ast.If: "If",
    ast.For: "For", ast.Try: "Try", ast.Match: "Match", ast.AsyncWith: "With",
}  # fmt: skip


@pytest.mark.parametrize("line", range(1, _CODE.count("\n") + 1))
def test_what_holds_no_touched_line_is_left_out(line: int):
    chunk = cst.parse_module(_CODE)

    found = untouched_in(chunk, ast.parse(_CODE), [line])

    kept = [node for node in _statements(chunk) if id(node) not in found]
    blocks = [type(node).__name__ for node in kept if isinstance(node, cst.BaseCompoundStatement)]
    simple = {name for node in kept if not isinstance(node, cst.BaseCompoundStatement) for name in _names(chunk, node)}
    expected = [node for node in ast.walk(ast.parse(_CODE)) if isinstance(node, ast.stmt) and _holds(node, line)]
    assert sorted(blocks) == sorted(_KINDS[type(node)] for node in expected if type(node) in _KINDS)
    assert simple == {part.id for node in expected if type(node) not in _KINDS for part in _every_name(node)}


def test_another_text_leaves_nothing_out():
    chunk = cst.parse_module("a = 1\nb = 2\n")

    assert untouched_in(chunk, ast.parse("a = 1\n"), []) == frozenset()
    assert untouched_in(chunk, ast.parse("a = 1\nif b:\n    c\n"), []) == frozenset()
    assert len(untouched_in(chunk, ast.parse("a = 1\nb = 2\n"), [])) == 2


def _statements(chunk: cst.Module) -> list[cst.CSTNode]:
    found: list[cst.CSTNode] = []

    class Finder(cst.CSTVisitor):
        def on_visit(self, node: cst.CSTNode) -> bool:
            if isinstance(node, (cst.SimpleStatementLine, cst.SimpleStatementSuite, cst.BaseCompoundStatement)):
                found.append(node)
            return True

    chunk.visit(Finder())
    return found


def _names(chunk: cst.Module, node: cst.CSTNode) -> set[str]:
    return {part.id for part in _every_name(ast.parse(chunk.code_for_node(node).strip()))}


def _every_name(node: ast.AST) -> list[ast.Name]:
    return [part for part in ast.walk(node) if isinstance(part, ast.Name)]


def _holds(node: ast.stmt, line: int) -> bool:
    decorators = [part.lineno for part in getattr(node, "decorator_list", [])]
    return min([node.lineno, *decorators]) <= line <= (node.end_lineno or node.lineno)
