import ast
import re
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in

Function = ast.FunctionDef | ast.AsyncFunctionDef

_BATCH = regex(
    r"(\w*_)?(migrate|import|backfill|export|sync|batch|etl|ingest|process_all|convert|reindex|rebuild|populate|crawl|"
    r"scrape|archive|copy_all|cleanup|upgrade)(_\w+)?"
)
_SOURCES = frozenset(
    {
        "fetchall",
        "fetchmany",
        "iterator",
        "all",
        "filter",
        "exclude",
        "find",
        "scan_iter",
        "yield_per",
        "paginate",
        "scan",
    }
    | {
        "rglob",
        "execute",
        "scalars",
        "query",
        "stream_results",
        "read_csv",
        "glob",
        "iterdir",
        "walk",
        "scandir",
        "reader",
        "DictReader",
        "iterrows",
        "itertuples",
        "open",
        "stream",
    }
)
_TELLS = regex(
    r"\w*(log|logger|logging|print|tqdm|progress|track|echo|write|info|debug|report|notify|status)\w*", re.IGNORECASE
)
_WORK = frozenset(
    {
        "save",
        "execute",
        "commit",
        "post",
        "put",
        "insert",
        "insert_one",
        "update",
        "update_one",
        "create",
        "send",
        "write",
    }
    | {
        "upload_file",
        "copy",
        "move",
        "rename",
        "add",
        "index",
        "delete",
        "get_or_create",
        "update_or_create",
        "copyfile",
    }
)


class NoProgressReport(ModuleRule):
    """A long run over many rows or files says nothing until it is over.

    Why look: after an hour nobody can tell whether it works, hangs, or how much is left.
    Ask: how many are there in production, and how would one see how far it is?
    """

    informs = "debug"
    severity = Severity.INFO
    words = ("for ",)

    INVALID = (
        Example(
            "def migrate_orders(db):\n    for row in db.execute(SQL).fetchall():\n        db.execute(UPDATE, row)\n"
        ),
        Example(
            "def import_prices(path):\n    for row in csv.reader(open(path)):\n"
            "        Price.objects.create(tea=row[0])\n"
        ),
        Example(
            "def backfill():\n    for order in Order.objects.all().iterator():\n"
            "        order.total = total(order)\n        order.save()\n"
        ),
        Example(
            "def backfill(db, index):\n    for number, text in db.execute(ALL):\n        index.add(number, text)\n"
        ),
    )
    VALID = (
        Example(
            "def migrate_orders(db):\n    for n, row in enumerate(db.execute(SQL).fetchall()):\n"
            "        db.execute(UPDATE, row)\n        if n % 1000 == 0:\n            log.info('%d done', n)\n"
        ),
        Example("def backfill():\n    for order in tqdm(Order.objects.all()):\n        order.save()\n"),
        Example("def total():\n    for order in Order.objects.all():\n        order.save()\n"),
        Example("def import_names(names):\n    for name in names:\n        shop.add(name)\n"),
        Example("def export_rows(rows):\n    for row in rows.iterator():\n        yield row\n"),
        Example("def migrate():\n    for o in Order.objects.all():\n        o.save()\n", path="tests/test_migrate.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        for function in nodes_in(source.tree):
            if not isinstance(function, Function) or _BATCH.fullmatch(function.name) is None or _tells(function):
                continue
            for loop in nodes_in(function):
                if isinstance(loop, (ast.For, ast.AsyncFor)) and _is_long(loop.iter) and _works(loop):
                    message = f"`{function.name}` goes through `{_short(loop.iter)}` without a word on how far it is"
                    yield LineSighting(source.numbers[loop.lineno - 1], message)
                    break


def _tells(function: Function) -> bool:
    for node in nodes_in(function):
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            owner = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
            if name not in _WORK and (_TELLS.fullmatch(name) or _TELLS.fullmatch(owner.rpartition(".")[2])):
                return True
    return False


def _is_long(node: ast.expr) -> bool:
    """True for rows of a database and files of a folder, as far as the call's name tells."""
    while isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in _SOURCES:
            return True
        if name in ("enumerate", "sorted", "list", "reversed", "zip") and node.args:
            node = node.args[0]
        else:
            return False
    return False


def _works(loop: ast.For | ast.AsyncFor) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _WORK
        for statement in loop.body
        for node in nodes_in(statement)
    )


def _short(node: ast.expr) -> str:
    code = ast.unparse(node)
    return code if len(code) <= 45 else f"{code[:41]} ..."
