import ast
import re
from collections.abc import Iterator, Sequence
from textwrap import dedent

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.comments import Comment
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import CommentRule, Example, LineSighting

_MAY_BE_CODE = regex(
    r"\s*([\w.\[\]'\", ]+ ?([+\-*/|&]?=)[^=]|(return|import|from|if|elif|else|for|while|def|class|with|try|"
    r"except|finally|raise|"
    r"assert|print|await|async|yield|del)\b|[\w.\[\]]+\(|@\w|[)\]}]+,?$)"
)
_FOREIGN = regex(
    r"^((const|let|var|return|import|export|throw|await|delete|new)\b.*[;{]|"
    r"(if|for|while|switch|function|class|try|catch|else|public|private|protected|func)\b.*[{;]|"
    r"[\w.$\[\]]+\(.*\)\s*[;{]|[\w.$\[\]]+\s*(\+|-)?:?=[^=].*;|\w+(, \w+)? := .+|\}\s*(else|catch|finally)?.*\{?)$"
)
_EXAMPLE = regex(
    r"(e\.g\.|i\.e\.|example|usage|like|such as|as in|becomes?|equivalent|same as|instead of|>>>|::|:)\W*$",
    re.IGNORECASE,
)
_LANGUAGES = frozenset({"javascript", "typescript", "java", "go", "kotlin", "csharp", "php"})
_NOT_CODE = regex(
    r"^\s*(type|noqa|pylint|mypy|fmt|isort|ruff|coding|pragma|nosec|region|endregion|TODO|FIXME|NOTE|%%)\b",
    re.IGNORECASE,
)
_LONGEST = 200


class CommentedCode(CommentRule):
    """Code was put into comments instead of being removed.

    Why look: nobody knows whether it may come back; git remembers it anyway.
    Ask: why keep it?
    """

    informs = "maintain"
    severity = Severity.LOW

    INVALID = (
        Example("# total = sum(orders)\ntotal = 0\n"),
        Example("# import os\nimport sys\n"),
        Example("# if order.paid:\n#     ship(order)\nsend(order)\n"),
        Example("# for order in orders:\n#     print(order)\n#     ship(order)\nsend(order)\n"),
        Example("#return total\nreturn_all()\n"),
        Example("# def old_total(orders):\n#     return sum(orders)\nRATE = 1\n"),
        Example("# send_mail(user)\nwait()\n"),
        Example("// const total = sum(orders);\nload();\n", path="shop/load.js"),
    )
    VALID = (
        Example("# The total is the sum of all orders\ntotal = 0\n"),
        Example("# return the first one\ntotal = 0\n"),
        Example("# For example:\n#     total(orders)\ntotal = 0\n"),
        Example("total = load()  # type: ignore\n"),
        Example("# total\ntotal = 0\n"),
        Example("# price = net + tax, where tax depends on the country of the buyer\n# and net does not\ntotal = 0\n"),
        Example("text = '# total = 1'\n"),
        Example("# -*- coding: utf-8 -*-\n# vim: set ts=4:\ntotal = 0\n"),
        Example("# https://example.com/a=b\ntotal = 0\n"),
        Example("// the total (of all)\nload();\n", path="shop/load.js"),
    )

    def check_comments(self, comments: Sequence[Comment], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_example or (not file.is_python and language_of(file) not in _LANGUAGES):
            return
        is_told = False
        for block in _blocks(comments):
            found = _in_python(block) if file.is_python else _in_others(block)
            if found is not None:
                first, count = found
                what = "1 line" if count == 1 else f"{count} lines"
                message = f"{what} of code in comments: `{first.words[:50]}`"
                yield LineSighting(first.line, message, Severity.INFO if is_told else Severity.LOW)
                is_told = is_told or first.line in file.added


def _blocks(comments: Sequence[Comment]) -> Iterator[list[Comment]]:
    """Yield comments that stand alone on lines that follow each other."""
    block: list[Comment] = []
    for comment in comments:
        if block and (not comment.is_alone or comment.line != block[-1].line + 1):
            yield block
            block = []
        if comment.is_alone:
            block.append(comment)
    if block:
        yield block


def _in_python(block: list[Comment]) -> tuple[Comment, int] | None:
    """Return the first comment of the first stretch of a block that is code, and how long the stretch is."""
    if len(block) > _LONGEST:
        return None
    texts = [comment.text[1:] if comment.text[:2] != "#!" else "" for comment in block]
    start = 0
    while start < len(block):
        if not _MAY_BE_CODE.match(texts[start]) or _NOT_CODE.match(texts[start]):
            start += 1
            continue
        end = start + 1
        indent = _indent(texts[start])
        while end < len(block) and (_MAY_BE_CODE.match(texts[end]) or _indent(texts[end]) > indent):
            end += 1
        before = block[start - 1].words if start else ""
        is_all = start == 0 and end == len(block)
        if (is_all or end - start > 1) and not _EXAMPLE.search(before) and _is_code(texts[start:end], is_all=is_all):
            return block[start], end - start
        start = end
    return None


def _in_others(block: list[Comment]) -> tuple[Comment, int] | None:
    lines = [comment for comment in block if comment.text.startswith("//") and _FOREIGN.match(comment.words)]
    if not lines or (len(lines) * 2 < len(block)):
        return None
    return lines[0], len(lines)


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _is_code(texts: Sequence[str], *, is_all: bool) -> bool:
    code = dedent("\n".join(texts))
    if code.rstrip().endswith(":"):
        code = code.rstrip() + "\n" + " " * (_indent(code.rstrip().rpartition("\n")[2]) + 4) + "pass"
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(_does_something(statement, is_alone=is_all and len(tree.body) == 1) for statement in tree.body)


def _does_something(statement: ast.stmt, *, is_alone: bool) -> bool:
    """True for what nobody would write as prose."""
    match statement:
        case ast.Expr(value=ast.Call(func=func, args=args, keywords=keywords)):
            # A call with nothing, or with words, may well be the name of a function in a sentence.
            return bool(args or keywords) and (isinstance(func, (ast.Name, ast.Attribute)))
        case ast.Expr(value=ast.Await() | ast.Yield()):
            return True
        case ast.Assign() | ast.AugAssign() | ast.Return(value=ast.expr()) | ast.Import() | ast.ImportFrom():
            return True
        case ast.AnnAssign(value=ast.expr()):
            return True
        case (
            ast.If()
            | ast.For()
            | ast.While()
            | ast.With()
            | ast.FunctionDef()
            | ast.ClassDef()
            | ast.AsyncFunctionDef()
        ):
            return True
        case ast.Try() | ast.Assert():
            return True
        case ast.Raise(exc=ast.Call()):
            return not is_alone or bool(ast.unparse(statement))
        case _:
            return False
