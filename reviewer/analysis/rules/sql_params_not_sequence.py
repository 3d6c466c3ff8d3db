import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.sql import statement_of
from reviewer.analysis.syntax import Syntax, code, is_open_ended, last_name, syntax_of

_PLACEHOLDER = regex(r"(?<!%)%s|\?")
_ONE_VALUE = regex(
    r"(\w+_)?(id|ids_csv|name|email|username|slug|token|pk|uuid|user_name|number|date|key|title|status|code|phone|age|city)"
)
_NUMBERS_AND_TEXT = regex(r"(str|int|float|bool|UUID|uuid\.UUID|date|datetime|Decimal|EmailStr)(\s*\|\s*None)?")
# These take their values one by one behind the statement.
_ONE_BY_ONE = ("pyodbc", "torndb", "cs50", "asyncpg", "databases", "records", "duckdb")


class SqlParamsNotSequence(ModuleRule):
    """A single value is given where a statement takes a tuple of values.

    Why look: brackets alone make no tuple; a text is taken apart letter by letter, a number fails.
    Ask: is a comma missing, as in `(value,)`?
    """

    informs = "correctness"
    severity = Severity.MEDIUM
    words = ("execute",)

    INVALID = (
        Example("def get(cursor, user_id):\n    cursor.execute('SELECT name FROM users WHERE id = ?', (user_id))\n"),
        Example("def get(cursor, user_id):\n    cursor.execute('SELECT name FROM users WHERE id = %s', user_id)\n"),
        Example("def get(cursor, who: str):\n    cursor.execute('SELECT id FROM users WHERE login = %s', who)\n"),
        Example("def get(cursor):\n    cursor.execute('SELECT name FROM users WHERE id = ?', 7)\n"),
        Example("def get(cursor, name):\n    cursor.execute('SELECT id FROM users WHERE name LIKE ?', f'%{name}%')\n"),
        Example("def get(cursor, day):\n    cursor.execute('SELECT id FROM orders WHERE day = %s', str(day))\n"),
    )
    VALID = (
        Example("def get(cursor, user_id):\n    cursor.execute('SELECT name FROM users WHERE id = ?', (user_id,))\n"),
        Example("def get(cursor, user_id):\n    cursor.execute('SELECT name FROM users WHERE id = ?', [user_id])\n"),
        Example("def get(cursor, values):\n    cursor.execute('SELECT name FROM users WHERE id = ?', values)\n"),
        Example(
            "def get(cursor, key: tuple[int, int]):\n    cursor.execute('SELECT a FROM b WHERE c = ? AND d = ?', key)\n"
        ),
        Example(
            "import pyodbc\n\ndef get(cursor, user_id):\n"
            "    cursor.execute('SELECT name FROM users WHERE id = ?', user_id)\n"
        ),
        Example("def get(db, user_id):\n    db.execute('SELECT name FROM users WHERE id = $1', user_id)\n"),
        Example(
            "def get(cursor):\n    key = (1, 2)\n    cursor.execute('SELECT a FROM b WHERE c = ? AND d = ?', key)\n"
        ),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_example or not self.may_see("\n".join(source.lines)):
            return
        tree = syntax_of(source)
        if any(origin.partition(".")[0] in _ONE_BY_ONE for origin in source.imports.values()):
            return
        for call in tree.called("execute"):
            if len(call.args) != 2 or is_open_ended(call) or not isinstance(call.func, ast.Attribute):
                continue
            text = tree.text(call.args[0])
            if text is None or statement_of(text) is None or not _PLACEHOLDER.search(text):
                continue
            if _is_single(tree, call.args[1]):
                yield LineSighting(
                    tree.line(call), f"`{_shown(tree, call.args[1])}` is one value, not a tuple of values"
                )


def _is_single(tree: Syntax, given: ast.expr) -> bool:
    value = tree.value(given)
    if isinstance(value, ast.Constant):
        return value.value is not None
    if isinstance(value, ast.JoinedStr) or (
        isinstance(value, ast.Call) and last_name(value.func) in ("str", "int", "float")
    ):
        return True
    if isinstance(value, (ast.Tuple, ast.List, ast.Dict, ast.ListComp, ast.DictComp)):
        return False
    if isinstance(given, ast.Name):
        annotations = [
            bound.annotation
            for bound in tree.values(given, given.id)
            if isinstance(bound, ast.arg) and bound.annotation
        ]
        if annotations:
            return _NUMBERS_AND_TEXT.fullmatch(ast.unparse(annotations[0])) is not None
    is_bare = isinstance(given, ast.Name) and value is given
    return (is_bare and (_in_brackets(tree, given) or _ONE_VALUE.fullmatch(last_name(given)) is not None)) or (
        isinstance(given, (ast.Attribute, ast.Subscript)) and _in_brackets(tree, given)
    )


def _in_brackets(tree: Syntax, node: ast.expr) -> bool:
    """True for `(user_id)`, where somebody meant a tuple."""
    line = tree.source.lines[node.lineno - 1].encode()
    before, after = line[: node.col_offset].rstrip(), line[node.end_col_offset or 0 :].lstrip()
    return before.endswith(b"(") and not before[:-1].rstrip()[-1:].isalnum() and after.startswith(b")")


def _shown(tree: Syntax, node: ast.expr) -> str:
    return f"({code(node)})" if _in_brackets(tree, node) else code(node)
