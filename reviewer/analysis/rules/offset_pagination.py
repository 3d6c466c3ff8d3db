import ast
import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.source import Source
from reviewer.analysis.spoken_sql import spoken_statements
from reviewer.analysis.sql import reads_rows
from reviewer.analysis.syntax import Syntax, code, is_open_ended, syntax_of, text_of
from reviewer.analysis.template import HOLE
from reviewer.analysis.tokens import Token

_OFFSET = regex(
    rf"\bOFFSET\s+(?:{HOLE}|%\(?\w|\?|:\w|\$\d|@\w|\{{)|\bLIMIT\s+(?:{HOLE}|%s|\?|:\w+)\s*,\s*(?:{HOLE}|%s|\?|:\w+|\d)",
    re.IGNORECASE,
)
_QUERYING = regex(r"query|select|filter|order_by|where|limit|objects|stmt|statement", re.IGNORECASE)
_SPOKEN = regex(r"\bSELECT\b.*\bOFFSET\s+(\$\d|\?|:\w|\$\{|\+|%[sd]|['\"`]?$)", re.IGNORECASE | re.DOTALL)


# A parameter, a variable, a sum, or a place far down; not the `OFFSET` of an array, a window or BigQuery.
_NAMED = regex(
    r"\bOFFSET\s+(?!0\b|1\b|ROWS?\b)(?:[:$@?%({&\w])[^;]{0,80}|"
    r"\bLIMIT\s+(?:[:$@?%]\w*|\(?\w+(?:\s*[-*+]\s*\w+)*\)?)\s*,\s*[:$@?%\w]",
    re.IGNORECASE,
)


class OffsetPagination(ModuleRule, TokenRule):
    """Pages are counted with OFFSET.

    Why look: the database reads and drops all rows before the page, and a row added meanwhile moves all others.
    Ask: how far do people page, and would "after this key" do?
    """

    informs = "scale"
    severity = Severity.INFO
    words = ("OFFSET", "offset", "LIMIT", "limit")
    languages = frozenset({"javascript", "typescript", "go", "java", "kotlin", "csharp", "php", "ruby", "sql"})

    INVALID = (
        Example(
            "def page(db, number):\n"
            "    return db.execute('SELECT id FROM orders ORDER BY id LIMIT 50 OFFSET ?', (number * 50,))\n"
        ),
        Example("def page(db, first):\n    return db.execute(f'SELECT id FROM orders LIMIT 50 OFFSET {first}')\n"),
        Example(
            "def page(session, first):\n"
            "    return session.query(Order).order_by(Order.id).offset(first).limit(50).all()\n"
        ),
        Example("def page(db, first):\n    return db.execute('SELECT id FROM orders LIMIT %s, 50', (first,))\n"),
        Example(
            "const rows = await db.query('SELECT id FROM orders LIMIT 50 OFFSET $1', [first])\n", path="src/orders.js"
        ),
        Example("SELECT id FROM orders\nORDER BY id\nLIMIT :size OFFSET :first;\n", path="db/page.sql"),
        Example(
            "SELECT id FROM orders ORDER BY id OFFSET (@page - 1) * 50 ROWS FETCH NEXT 50 ROWS ONLY;\n", path="p.sql"
        ),
    )
    VALID = (
        Example("SELECT id FROM orders WHERE id > $1 ORDER BY id LIMIT 50 OFFSET 0;\n", path="db/page.sql"),
        Example("SELECT tags[OFFSET(0)] FROM orders; -- OFFSET 50\n", path="db/page.sql"),
        Example(
            "def page(db, last):\n"
            "    return db.execute('SELECT id FROM orders WHERE id > ? ORDER BY id LIMIT 50', (last,))\n"
        ),
        Example("def second(db):\n    return db.execute('SELECT id FROM orders ORDER BY id LIMIT 1 OFFSET 1')\n"),
        Example("def at(self, day):\n    return self.zone.offset(day)\n"),
        Example("print('LIMIT is the number of rows, OFFSET where to begin')\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or not self.may_see("\n".join(source.lines)):
            return
        tree = syntax_of(source)
        for kind in (ast.Constant, ast.JoinedStr, ast.BinOp, ast.Call):
            for node in tree.nodes.get(kind, ()) if kind is not ast.Call else tree.called("format"):
                if (
                    not _is_inside(tree, node)
                    and (text := text_of(node)) is not None
                    and _OFFSET.search(text)
                    and reads_rows(text)
                ):
                    yield LineSighting(tree.line(node), "rows before `OFFSET` are read for each page and dropped")
        for call in tree.called("offset"):
            if (
                len(call.args) == 1
                and not is_open_ended(call)
                and not isinstance(call.args[0], ast.Constant)
                and _QUERYING.search(ast.unparse(call.func))
            ):
                yield LineSighting(
                    tree.line(call), f"rows before `offset({code(call.args[0])})` are read for each page and dropped"
                )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        if file.suffix == ".sql":
            yield from _in_script(tokens, file)
            return
        for token in tokens:
            if token.is_string and _SPOKEN.search(token.text):
                yield LineSighting(token.line, "rows before `OFFSET` are read for each page and dropped")


def _in_script(tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
    for line, statement in spoken_statements(tokens, file):
        for found in _NAMED.finditer(statement):
            at = line + statement.count("\n", 0, found.start())
            yield LineSighting(at, "rows before `OFFSET` are read for each page and dropped")


def _is_inside(tree: Syntax, node: ast.AST) -> bool:
    """True for a piece of a longer text, and for text that stands alone: a docstring."""
    above = tree.parents.get(node)
    is_piece = isinstance(above, (ast.JoinedStr, ast.Expr)) or (
        isinstance(above, ast.BinOp) and isinstance(above.op, (ast.Add, ast.Mod))
    )
    return is_piece or (isinstance(above, ast.Attribute) and above.attr == "format")
