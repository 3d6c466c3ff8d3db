import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from reviewer.analysis import stdlib
from reviewer.analysis.bound_names import BUILTIN_TYPES, Bound, is_enum, kind_of_literal
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.class_members import builtin_members, members_of_class
from reviewer.analysis.finding import Severity
from reviewer.analysis.installed import place_of
from reviewer.analysis.known_libraries import NAMES
from reviewer.analysis.library_calls import LibraryCalls
from reviewer.analysis.meant_names import foreign_method, lacks, meant_method, suggestion
from reviewer.analysis.missing_imports import import_faults, not_installed
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.scopes import scopes_of
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.tree import Function, Tree, added_line, dotted, full_name, head_line, quote, tree_of

# Bridges to other languages, and libraries whose own names look like theirs.
_BRIDGES = frozenset(
    {
        "PyQt5",
        "PyQt6",
        "PySide2",
        "PySide6",
        "qtpy",
        "jpype",
        "py4j",
        "pyspark",
        "java",
        "js",
        "pyodide",
        "clr",
        "System",
    }
    | {"ROOT", "vtk", "gi", "qgis", "com", "org", "javax", "pymel", "maya", "sgtk", "pyodbc", "lxml", "six", "wx"}
)
_MISSING = ("ImportError", "ModuleNotFoundError", "AttributeError", "Exception", "BaseException", "TypeError")
# Those who catch these may know that they caught something narrower.
_OPEN_ERRORS = frozenset(
    {"Exception", "BaseException", "OSError", "RuntimeError", "ValueError", "UnicodeError", "LookupError", "Warning"}
    | {"ArithmeticError", "ConnectionError", "TypeError"}
)
# Classes get these from their metaclass.
_OF_CLASSES = frozenset({"register", "mro"})
# A property goes by the type of its value, and is still one where its setter is made.
_OF_PROPERTIES = frozenset({"setter", "getter", "deleter"})
_Fault = tuple[str, Severity | None]


class HallucinatedApi(ModuleRule):
    """A name, method or keyword is used that the module or type it is asked of does not have.

    Why look: it reads well and has never run; it fails with an AttributeError, ImportError or TypeError.
    Ask: where is this documented, for the version in use?
    """

    informs = "prompt"
    severity = Severity.HIGH

    INVALID = (
        Example("import json\n\ndef load(text):\n    return json.parse(text)\n"),
        Example("import os\n\nif os.exists(path):\n    go()\n"),
        Example("from collections import OrderedMap\n"),
        Example("import os.paths\n"),
        Example("import json\n\ntext = json.dumps(order, pretty=True)\n"),
        Example("import requests\n\nrequests.get(url, retries=3, timeout=5)\n"),
        Example("import requests as r\n\nr.fetch(url)\n"),
        Example("from datetime import datetime\n\nday = datetime.parse(text)\n"),
        Example("from pathlib import Path\n\ndef load(path: Path):\n    return path.read_json()\n"),
        Example("def names(rows: list[str]):\n    rows.push('x')\n    return rows.length\n"),
        Example("def lower(name):\n    text = f'{name}!'\n    return text.contains('a')\n"),
        Example("def lower(name):\n    return name.toLowerCase()\n"),
        Example(
            "def f(job):\n    try:\n        job()\n    except ValueError as error:\n        print(error.message)\n"
        ),
        Example("from decimal import Decimal\nfrom sqlalchemy import Column\n\nprice = Column(Decimal)\n"),
        Example("import math\n\nhalf = math.round(value / 2)\n"),
        Example("def rates():\n    known = {'a': 1}\n    return known('a')\n"),
        Example(
            "class Order:\n    def __init__(self):\n        self.lines = []\n\n    def total(self):\n"
            "        return self._sum(self.lines)\n"
        ),
        Example("from subprocess import run\n\nrun(['ls'], timeout_seconds=3)\n"),
    )
    VALID = (
        Example(
            "class Order:\n    @property\n    def lines(self) -> list:\n        return self._lines\n\n"
            "    @lines.setter\n    def lines(self, lines: list) -> None:\n        self._lines = lines\n"
        ),
        Example(
            "import json\n\ntext = json.dumps(order, indent=2, default=str)\nerror = json.decoder.JSONDecodeError\n"
        ),
        Example("try:\n    from collections import OrderedMap\nexcept ImportError:\n    OrderedMap = dict\n"),
        Example("import os\n\nif hasattr(os, 'exists'):\n    os.exists(path)\n"),
        Example("import shop\n\nshop.load(path, any=1)\nshop.names.first.second\n"),
        Example("import json\n\ndef f(json):\n    return json.parse('x')\n"),
        Example(
            "import itertools, pathlib, typing\n\nitertools.batched(rows, 3)\npathlib.Path.walk\ntyping.override\n"
        ),
        Example(
            "from pathlib import Path\n\ndef load(path: Path | str):\n"
            "    return Path(path).read_text(encoding='utf-8')\n"
        ),
        Example("def f(rows: list[str], names):\n    rows.append('x')\n    names.push('x')\n    return names.length\n"),
        Example("def f(value: str):\n    if isinstance(value, list):\n        value.append(1)\n    return value\n"),
        Example("from PyQt5 import QtCore\n\ndef f(name):\n    return name.isEmpty()\n"),
        Example(
            "def f(job):\n    try:\n        job()\n    except Exception as error:\n"
            "        print(error.code, error.args)\n"
        ),
        Example("from sqlalchemy import Column, Numeric\n\nprice = Column(Numeric)\n"),
        Example("import os\n\nos.exists = lambda path: True\nos.exists('a')\n"),
        Example("from unittest.mock import Mock\n\norder = Mock()\norder.anything(any=1)\n"),
        Example("import requests\n\nrequests.get(url, params={}, timeout=5, **more)\nrequests.adapters.HTTPAdapter\n"),
        Example("from argparse import Namespace\n\ndef f(options: Namespace):\n    return options.anything\n"),
        Example("def f():\n    rows = []\n    rows = Rows(rows)\n    return rows.length\n"),
        Example("class OrderMixin:\n    def total(self):\n        return self._sum(self.lines)\n"),
        Example(
            "class Order(Base):\n    def __init__(self):\n        self.lines = []\n\n    def total(self):\n"
            "        return self._sum(self.lines)\n"
        ),
        Example("import datetime\n\ndatetime.datetime.now(tz=datetime.UTC).isoformat(timespec='seconds')\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        tree = tree_of(source.tree)
        look = _Look(source, file, tree, Bound(source, tree, scopes_of(source.tree)))
        seen: set[int] = set()
        for node, fault in look.faults():
            line = head_line(node, source, file) or added_line(node, source, file)
            if fault is not None and line is not None and line not in seen and not look.may_be_missing(node):
                seen.add(line)
                yield LineSighting(line, *fault)


@dataclass(frozen=True, slots=True)
class _Look:
    source: Source
    file: ChangedFile
    tree: Tree
    bound: Bound

    def faults(self) -> Iterator[tuple[ast.AST, _Fault | None]]:
        imports: list[ast.Import | ast.ImportFrom] = [*self.tree.nodes(ast.Import), *self.tree.nodes(ast.ImportFrom)]
        for node in imports:
            if self.is_new(node):
                yield from ((node, fault) for fault in import_faults(node, self.file))
        for attribute in self.tree.nodes(ast.Attribute):
            if self.is_new(attribute) and isinstance(attribute.ctx, ast.Load):
                yield attribute, self.asked(attribute)
        calls = LibraryCalls(self.bound)
        for call in self.tree.nodes(ast.Call):
            if self.is_new(call):
                yield call, calls.fault(call)

    def is_new(self, node: ast.AST) -> bool:
        return added_line(node, self.source, self.file) is not None

    def may_be_missing(self, node: ast.AST) -> bool:
        """True where the code is ready for the name not to be there."""
        inner = node
        for parent in self.tree.above(node):
            if isinstance(parent, ast.Try) and any(inner is each for each in parent.body):
                types = [handler.type for handler in parent.handlers]
                if any(kind is None or any(word in ast.dump(kind) for word in _MISSING) for kind in types):
                    return isinstance(node, (ast.Import, ast.ImportFrom)) or any(
                        kind is not None and "AttributeError" in ast.dump(kind) for kind in types
                    )
            if isinstance(parent, (ast.If, ast.IfExp)) and any(
                isinstance(part, ast.Call) and dotted(part.func) in ("hasattr", "getattr")
                for part in nodes_in(parent.test)
            ):
                return True
            inner = parent
        return False

    def asked(self, node: ast.Attribute) -> _Fault | None:
        name = dotted(node)
        if name is None or "." not in name:
            return self.of_literal(node)
        if node.attr in _OF_PROPERTIES:
            return None
        first = name.partition(".")[0]
        if first in self.source.imports:
            return self.of_module(node, first)
        return self.of_self(node) or self.of_variable(node) or self.foreign(node)

    def of_module(self, node: ast.Attribute, first: str) -> _Fault | None:
        full = full_name(node, self.source)
        if full is None or not self.bound.is_only_imported(first, node):
            return None
        owner, _, name = full.rpartition(".")
        if name.startswith("_") or self.is_set(name):
            return None
        things = stdlib.module(owner)
        if things is not None:
            is_known = name in things or stdlib.module(f"{owner}.{name}") is not None or stdlib.module(name) is not None
            return None if is_known or stdlib.has_unlisted(owner, name) else (lacks(owner, name, things), None)
        if owner in NAMES and name not in NAMES[owner]:
            return lacks(owner, name, NAMES[owner]), None
        if owner in self.source.imports.values() and place_of(self.file.name, 0, owner, self.file.project) is None:
            fault = next(not_installed(owner, name, self.file), None)
            if fault is not None:
                return fault
        module, _, class_name = owner.rpartition(".")
        known = stdlib.members(module, class_name) if module else None
        if known is not None and name not in known | _OF_CLASSES and not is_enum(module, class_name):
            return lacks(owner, name, known), None
        return None

    def is_set(self, name: str) -> bool:
        """True if the file itself gives some object an attribute of this name, or asks whether it has one."""
        return name in _names_set(self.source.tree)

    def of_literal(self, node: ast.Attribute) -> _Fault | None:
        value = node.value
        kind = kind_of_literal(value)
        if kind in BUILTIN_TYPES:
            return self.of_type("builtins", kind, node)
        return self.foreign(node)

    def of_self(self, node: ast.Attribute) -> _Fault | None:
        """Check `self.name` in a class that shows all its attributes: it and its bases stand in this file."""
        name = node.attr
        if (
            not isinstance(node.value, ast.Name)
            or node.value.id != "self"
            or name.startswith("__")
            or self.is_set(name)
        ):
            return None
        function = self.tree.function(node)
        owner = self.tree.scope(function) if function is not None else None
        if not isinstance(owner, ast.ClassDef) or function is None or function.args.args[:1] == []:
            return None
        if function.args.args[0].arg != "self" or (function.decorator_list and not _is_method(function)):
            return None
        known = members_of_class(owner, self.source.tree)
        if known is None or name in known:
            return None
        return f"`{owner.name}` has no `{name}`{suggestion('', name, known)}", None

    def of_variable(self, node: ast.Attribute) -> _Fault | None:
        """Check an attribute of a local variable whose type the function shows."""
        if not isinstance(node.value, ast.Name) or self.bound.scopes.is_open:
            return None
        name = node.value.id
        binding = self.bound.binding(name, node)
        kind = self.bound.kind_of(binding) if binding is not None else None
        if kind is None or self.bound.is_narrowed(name):
            return None
        return self.of_type(*kind, node)

    def of_type(self, module: str, name: str, node: ast.Attribute) -> _Fault | None:
        known = builtin_members(name) if module == "builtins" else stdlib.members(module, name)
        attribute = node.attr
        if known is None or attribute in known or attribute.startswith("_"):
            return None
        if self.is_set(attribute):
            return None
        if module == "builtins" and name in _OPEN_ERRORS and attribute != "message":
            return None
        shown = quote(node.value)
        meant = meant_method(attribute)
        hint = f"; {meant} does that" if meant else suggestion(name, attribute, known)
        return f"`{shown}` is a `{name}`, which has no `{attribute}`{hint}", None

    def foreign(self, node: ast.Attribute) -> _Fault | None:
        """Report a method that other languages have, on a value of a type nobody knows."""
        meant = foreign_method(node.attr)
        parent = self.tree.parents.get(node)
        if meant is None or not isinstance(parent, ast.Call) or parent.func is not node or self.is_set(node.attr):
            return None
        if any(origin.partition(".")[0] in _BRIDGES for origin in self.source.imports.values()):
            return None
        if dotted(node.value) in ("self", "cls") or self.file.is_test:
            return None
        return f"`.{node.attr}()` is no method of Python's own types; {meant} does that", Severity.MEDIUM


def _is_method(function: Function) -> bool:
    return all(
        dotted(each) in ("property", "cached_property", "functools.cached_property", "override")
        for each in function.decorator_list
    )


@lru_cache(maxsize=8)
def _names_set(module: ast.Module) -> frozenset[str]:
    tree = tree_of(module)
    stored = {node.attr for node in tree.nodes(ast.Attribute) if not isinstance(node.ctx, ast.Load)}
    asked = {
        part.value
        for call in tree.nodes(ast.Call)
        if dotted(call.func)
        in ("hasattr", "getattr", "setattr", "monkeypatch.setattr", "mock.patch.object", "patch.object")
        for part in call.args
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }
    return frozenset(stored | asked)
