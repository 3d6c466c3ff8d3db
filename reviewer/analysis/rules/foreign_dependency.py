import ast
import re
import sys
from collections.abc import Iterator

from reviewer.analysis.change import Change, ChangedFile
from reviewer.analysis.declared import Declared, declared_by
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import DiffRule, Example, LineSighting
from reviewer.analysis.source import DoesNotParse, children_of, nodes_in, read_source

_DRIVERS = frozenset(
    {
        "psycopg",
        "psycopg2",
        "psycopg2-binary",
        "psycopg-binary",
        "asyncpg",
        "pymysql",
        "mysqlclient",
        "aiomysql",
        "asyncmy",
    }
    | {"mysql-connector-python", "pymssql", "pyodbc", "oracledb", "cx-oracle", "pymongo", "motor", "cassandra-driver"}
)
# Standard once, or only on some machines.
_OLD_STANDARD = frozenset(
    {
        "asynchat",
        "asyncore",
        "imp",
        "distutils",
        "smtpd",
        "cgi",
        "cgitb",
        "crypt",
        "nntplib",
        "telnetlib",
        "pipes",
        "audioop",
    }
    | {"imghdr", "sndhdr", "uu", "xdrlib", "nis", "ossaudiodev", "spwd", "msilib", "mailcap", "chunk", "aifc", "sunau"}
    | {"lib2to3", "tomllib", "compression", "annotationlib", "test", "tests", "parser", "symbol", "formatter", "binhex"}
    | {"org", "java", "js", "pyodide", "micropython", "machine", "google", "__main__", "_pytest"}
)
_ASIDE = regex(
    r"(?:^|/)(?:setup|conftest|noxfile|fabfile|tasks|versioneer|dodo|wscript|conf)\.py$|(?:^|/)(?:benchmarks?|scripts?|tools?|docs?|\.\w+)/"
)
_MOST_READ = 400


class ForeignDependency(DiffRule):
    """A module is imported that the project neither has nor declares.

    Why look: it may not be there where this runs, and a name made up may be anybody's package by now.
    Ask: does this package exist, why this one, and what has the project used for it so far?
    """

    informs = "prompt"
    severity = Severity.MEDIUM
    cwe = 1357

    INVALID = (
        Example("import polars\n", beside={"requirements.txt": "flask==3.0\n"}),
        Example("from tea.cup import Cup\n", beside={"pyproject.toml": '[project]\ndependencies = ["flask"]\n'}),
        Example(
            "def load():\n    import numpy as np\n    return np\n",
            beside={"setup.cfg": "[options]\ninstall_requires = rich\n"},
        ),
        Example("import sqlite3\n", beside={"requirements.txt": "psycopg2-binary==2.9\n"}),
        Example("import os, requests\n", before="import os\n", beside={"Pipfile": '[packages]\nhttpx = "*"\n'}),
    )
    VALID = (
        Example("import polars\nimport json\n", beside={"requirements.txt": "polars==1.0\n"}),
        Example("import yaml\nfrom PIL import Image\n", beside={"requirements.txt": "PyYAML\npillow\n"}),
        Example("import polars\n"),
        Example("from shop.users import find\nfrom . import cups\n", beside={"requirements.txt": "flask\n"}),
        Example(
            "try:\n    import polars\nexcept ImportError:\n    polars = None\n", beside={"requirements.txt": "flask\n"}
        ),
        Example(
            "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import polars\n",
            beside={"requirements.txt": "flask\n"},
        ),
        Example("import polars\nx = 1\n", before="import polars\n", beside={"requirements.txt": "flask\n"}),
        Example("import polars\n", beside={"requirements.txt": "flask\n", "shop/users.py": "import polars\n"}),
        Example("import sqlite3\n", beside={"requirements.txt": "flask\n"}),
        Example("import polars\n", path="tests/test_orders.py", beside={"requirements.txt": "flask\n"}),
        Example(
            "from werkzeug.exceptions import NotFound\nimport google.cloud\n", beside={"requirements.txt": "flask\n"}
        ),
    )

    def check_change(self, change: Change) -> Iterator[tuple[ChangedFile, LineSighting]]:
        files = [file for file in change.files if file.suffix == ".py" and file.added and file.new_text is not None]
        declared = declared_by(change) if files else None
        if declared is None or not declared.is_known:
            return
        own = _own_names(change)
        foreign = [
            (file, line, module, says, is_local)
            for file in files
            if not file.is_test and not file.is_example and not _ASIDE.search(file.name)
            for line, module, is_local in _imports(file)
            if (says := _says(module, declared, own)) is not None
        ]
        elsewhere = _imported_elsewhere({module for _, _, module, _, _ in foreign}, change)
        told: set[tuple[bytes, str]] = set()
        for file, line, module, says, is_local in foreign:
            if module not in elsewhere and (file.path, module) not in told:
                told.add((file.path, module))
                yield file, LineSighting(line, says, Severity.LOW if is_local else None)


def _says(module: str, declared: Declared, own: frozenset[str]) -> str | None:
    if module == "sqlite3":
        drivers = sorted(declared.distributions & _DRIVERS)
        return f"`sqlite3` beside `{drivers[0]}`, which the project declares" if drivers else None
    is_known = module in sys.stdlib_module_names or module in _OLD_STANDARD or module in own or module.startswith("_")
    return (
        None if is_known or declared.brings(module) else f"`{module}` is not declared, and nothing else here imports it"
    )


def _own_names(change: Change) -> frozenset[str]:
    """Return the names by which files here can be imported, those of the change among them."""
    names = set(change.project.python_names)
    for file in change.files:
        if file.is_python:
            parts = file.name.removesuffix("i").removesuffix(".py").split("/")
            names.update(parts)
    return frozenset(names)


def _imports(file: ChangedFile) -> Iterator[tuple[int, str, bool]]:
    """Yield the modules that added lines import, neither tried nor for types alone, and if only some function does."""
    try:
        todo: list[ast.AST] = [read_source(file.new_text or b"").tree]
    except DoesNotParse:
        return
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Try) or (isinstance(node, ast.If) and _is_conditional(node)):
            continue
        todo.extend(reversed(list(children_of(node))))
        line, is_local = getattr(node, "lineno", 0), getattr(node, "col_offset", 0) > 0
        if line not in file.added:
            continue
        if isinstance(node, ast.Import):
            yield from ((line, alias.name.partition(".")[0], is_local) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield line, node.module.partition(".")[0], is_local


def _is_conditional(node: ast.If) -> bool:
    names = {getattr(each, "id", getattr(each, "attr", "")) for each in nodes_in(node.test)}
    return bool(names & {"TYPE_CHECKING", "version_info", "platform", "find_spec"})


def _imported_elsewhere(modules: set[str], change: Change) -> set[str]:
    """Return those that a file of the project imports besides the added lines, or imported before."""
    if not modules:
        return set()
    changed = {file.name for file in change.files}
    texts = [file.old_text for file in change.files if file.old_text is not None and file.is_python]
    for module in sorted(modules):
        homes = [file for file in change.files if file.is_python and _mentions(module, file.new_text)]
        if len(homes) > 1:
            texts += [file.new_text for file in homes[1:] if file.new_text is not None]
    others = sorted(name for name in change.project.names if name.endswith(".py") and name not in changed)
    texts += change.project.texts(others[:_MOST_READ]).values()
    return {module for module in modules if any(_mentions(module, text) for text in texts)}


def _mentions(module: str, text: bytes | None) -> bool:
    if text is None or module.encode() not in text:
        return False
    return (
        re.search(
            rb"^[ \t]*(?:import|from)[ \t]+(?:[\w., \t]*,[ \t]*)?" + re.escape(module.encode()) + rb"\b",
            text,
            re.MULTILINE,
        )
        is not None
    )
