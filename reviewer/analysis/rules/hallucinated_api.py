import ast
import builtins
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache

from reviewer.analysis import stdlib
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.installed import exists, is_missing, offered, offered_by, place_of
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.scopes import Scope, Scopes, scopes_of
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.tree import (
    Function,
    Tree,
    added_line,
    dotted,
    full_name,
    head_line,
    methods_of,
    quote,
    tree_of,
)

_Fault = tuple[str, Severity | None]
# What is written by habit from other languages and libraries, and what was meant.
_MEANT: Mapping[str, str] = {
    "json.parse": "json.loads", "json.stringify": "json.dumps", "json.encode": "json.dumps",
    "json.decode": "json.loads",
    "json.read": "json.load", "json.write": "json.dump", "json.to_string": "json.dumps",
    "os.exists": "os.path.exists", "os.isfile": "os.path.isfile", "os.isdir": "os.path.isdir",
    "os.join": "os.path.join",
    "os.getEnv": "os.getenv", "os.env": "os.environ", "os.sleep": "time.sleep", "os.copy": "shutil.copy",
    "os.path.mkdir": "os.mkdir", "os.path.makedirs": "os.makedirs", "os.path.listdir": "os.listdir",
    "os.mkdirs": "os.makedirs", "os.delete": "os.remove", "os.getcwdu": "os.getcwd", "os.path.remove": "os.remove",
    "math.round": "round", "math.abs": "abs", "math.max": "max", "math.min": "min", "math.random": "random.random",
    "math.average": "statistics.mean", "math.mean": "statistics.mean", "math.PI": "math.pi", "math.sum": "sum",
    "time.now": "time.time", "time.current_time": "time.time", "random.random_int": "random.randint",
    "random.rand": "random.random", "random.int": "random.randint", "random.string": "secrets.token_hex",
    "datetime.now": "datetime.datetime.now", "datetime.utcnow": "datetime.datetime.utcnow",
    "datetime.datetime.parse": "datetime.datetime.fromisoformat", "datetime.datetime.from_string": "strptime",
    "datetime.datetime.format": "strftime", "datetime.today": "datetime.date.today",
    "datetime.strptime": "datetime.datetime.strptime", "datetime.fromisoformat": "datetime.datetime.fromisoformat",
    "re.replace": "re.sub", "re.matches": "re.match", "re.test": "re.search", "re.find": "re.search",
    "re.find_all": "re.findall", "string.join": "str.join", "string.letters": "string.ascii_letters",
    "string.maketrans": "str.maketrans", "string.replace": "str.replace", "string.split": "str.split",
    "subprocess.exec": "subprocess.run", "subprocess.execute": "subprocess.run", "subprocess.check": "subprocess.run",
    "shutil.delete": "shutil.rmtree", "shutil.remove": "os.remove", "shutil.copy_tree": "shutil.copytree",
    "collections.Mapping": "collections.abc.Mapping", "collections.Iterable": "collections.abc.Iterable",
    "collections.Callable": "collections.abc.Callable", "collections.MutableMapping": "collections.abc.MutableMapping",
    "asyncio.async": "asyncio.create_task", "asyncio.spawn": "asyncio.create_task", "sys.args": "sys.argv",
    "itertools.flatten": "itertools.chain.from_iterable", "itertools.izip": "zip", "itertools.imap": "map",
    "itertools.chunked": "itertools.batched", "functools.memoize": "functools.cache", "time.clock": "time.perf_counter",
    "logging.warning_once": "logging.warning", "uuid.generate": "uuid.uuid4", "uuid.v4": "uuid.uuid4",
    "hashlib.hash": "hashlib.new", "base64.encode_string": "base64.b64encode",
    "urllib.urlopen": "urllib.request.urlopen",
    "urllib.urlencode": "urllib.parse.urlencode", "urllib.quote": "urllib.parse.quote", "os.getcwdb_path": "os.getcwd",
    "inspect.getargspec": "inspect.getfullargspec", "typing.list": "list", "secrets.random": "secrets.randbelow",
    "csv.read": "csv.reader", "csv.parse": "csv.reader", "pathlib.join": "pathlib.Path",
    "tempfile.create": "tempfile.mkstemp",
}  # fmt: skip
_SENDING = frozenset(
    {"method", "url", "params", "data", "json", "headers", "cookies", "files", "auth", "timeout", "allow_redirects"}
    | {"proxies", "hooks", "stream", "verify", "cert"}
)
_HTTPX = frozenset(
    {"method", "url", "params", "content", "data", "files", "json", "headers", "cookies", "auth", "proxy", "proxies"}
    | {"timeout", "follow_redirects", "verify", "cert", "trust_env", "mounts"}
)
_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
# All that some much used functions of other libraries take by keyword.
_KEYWORDS: Mapping[str, frozenset[str]] = {
    **{f"requests.{verb}": _SENDING for verb in _VERBS},
    **{f"httpx.{verb}": _HTTPX for verb in _VERBS},
    "requests.Session": frozenset(),
    "requests.session": frozenset(),
    "yaml.safe_load": frozenset({"stream"}),
    "dotenv.load_dotenv": frozenset({"dotenv_path", "stream", "verbose", "override", "interpolate", "encoding"}),
}
# All the public names of some much used modules.
_NAMES: Mapping[str, frozenset[str]] = {
    "requests": frozenset(
        {*_VERBS, "Session", "session", "Request", "Response", "PreparedRequest", "codes", "exceptions", "adapters"}
        | {
            "auth",
            "models",
            "sessions",
            "cookies",
            "utils",
            "api",
            "hooks",
            "structures",
            "packages",
            "compat",
            "certs",
        }
        | {
            "RequestException",
            "HTTPError",
            "ConnectionError",
            "Timeout",
            "ConnectTimeout",
            "ReadTimeout",
            "URLRequired",
        }
        | {"TooManyRedirects", "JSONDecodeError", "FileModeWarning", "status_codes", "help", "logging", "warnings"}
        | {"urllib3", "check_compatibility", "ssl", "NullHandler", "RequestsDependencyWarning"}
    ),
}
# Methods that only other languages have; on a value of unknown type they may still be right.
_FOREIGN: Mapping[str, str] = {
    "toLowerCase": "lower()", "toUpperCase": "upper()", "toString": "str(...)", "charAt": "[...]",
    "forEach": "a `for` loop",
    "hasOwnProperty": "`in`", "startsWith": "startswith()", "endsWith": "endswith()", "indexOf": "index() or find()",
    "lastIndexOf": "rindex()", "equalsIgnoreCase": "casefold()", "trim": "strip()", "addAll": "extend()",
    "isEmpty": "not",
    "containsKey": "`in`", "substring": "a slice", "toFixed": "round()", "parseInt": "int()", "has_key": "`in`",
    "iteritems": "items()", "itervalues": "values()", "iterkeys": "keys()", "unshift": "insert(0, ...)",
}  # fmt: skip
_SURELY_FOREIGN = frozenset(
    {"toLowerCase", "toUpperCase", "hasOwnProperty", "equalsIgnoreCase", "has_key", "iteritems", "charAt"}
)
_FOR_KNOWN_TYPES: Mapping[str, str] = {
    "length": "len(...)", "size": "len(...)", "push": "append()", "contains": "`in`", "add": "append()",
    "includes": "`in`",
    "concat": "`+`", "filter": "a comprehension", "map": "a comprehension", "first": "[0]", "last": "[-1]",
    "put": "[...] =",
    "reverse": "[::-1]", "append": "`+=`", "remove_all": "a comprehension", "strip_all": "strip()", "get": "[...]",
    "isNumeric": "isnumeric()", "slice": "a slice", "match": "re.match()", "each": "a `for` loop",
}  # fmt: skip
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
_LITERALS: Mapping[type[ast.expr], str] = {
    ast.List: "list", ast.ListComp: "list", ast.Dict: "dict", ast.DictComp: "dict", ast.Set: "set", ast.SetComp: "set",
    ast.JoinedStr: "str",
}  # fmt: skip
_BUILTIN_TYPES = frozenset({"str", "list", "dict", "set", "tuple", "int", "float", "bytes", "bool", "frozenset"})
_COLUMNS = regex(r"sqlalchemy(\.\w+)*\.(Column|mapped_column)")
_NO_COLUMN_TYPES = frozenset(
    {
        "decimal.Decimal",
        "datetime.datetime",
        "datetime.date",
        "str",
        "int",
        "float",
        "bool",
        "bytes",
        "dict",
        "list",
        "uuid.UUID",
    }
)
_MISSING = ("ImportError", "ModuleNotFoundError", "AttributeError", "Exception", "BaseException", "TypeError")
# Those who catch these may know that they caught something narrower.
_OPEN_ERRORS = frozenset(
    {"Exception", "BaseException", "OSError", "RuntimeError", "ValueError", "UnicodeError", "LookupError", "Warning"}
    | {"ArithmeticError", "ConnectionError", "TypeError"}
)
# What stands for a type there is no class with members of its own.
_NO_CLASSES = frozenset({"typing", "typing_extensions", "types", "abc", "collections.abc", "ctypes", "unittest.mock"})
_JSON = frozenset({"json.dump", "json.dumps", "json.load", "json.loads"})


_MOST_CLASSES = 60
_OF_OBJECTS = frozenset(name for kind in (object, Exception) for name in dir(kind))
# Classes get these from their metaclass.
_OF_CLASSES = frozenset({"register", "mro"})
# By its name a part of other classes, which bring what it uses.
_PART = regex(r".*(Mixin|Base|Abstract|Interface).*|I[A-Z].*")


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
        look = _Look(source, file, tree_of(source.tree), scopes_of(source.tree))
        seen: set[int] = set()
        for node, fault in look.faults():
            line = head_line(node, source, file) or added_line(node, source, file)
            if fault is not None and line is not None and line not in seen and not look.may_be_missing(node):
                seen.add(line)
                yield LineSighting(line, *fault)


# A property goes by the type of its value, and is still one where its setter is made.
_OF_PROPERTIES = frozenset({"setter", "getter", "deleter"})


@dataclass(frozen=True, slots=True)
class _Look:
    source: Source
    file: ChangedFile
    tree: Tree
    scopes: Scopes

    def faults(self) -> Iterator[tuple[ast.AST, _Fault | None]]:
        imports: list[ast.Import | ast.ImportFrom] = [*self.tree.nodes(ast.Import), *self.tree.nodes(ast.ImportFrom)]
        for node in imports:
            if self.is_new(node):
                yield from ((node, fault) for fault in self.imported(node))
        for attribute in self.tree.nodes(ast.Attribute):
            if self.is_new(attribute) and isinstance(attribute.ctx, ast.Load):
                yield attribute, self.asked(attribute)
        for call in self.tree.nodes(ast.Call):
            if self.is_new(call):
                yield call, self.called(call)

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

    def imported(self, node: ast.Import | ast.ImportFrom) -> Iterator[_Fault]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from self.module_missing(alias.name, 0)
            return
        name = node.module or ""
        known = stdlib.module(name) if not node.level else None
        if not node.level and known is None:
            yield from self.module_missing(name, 0)
        for alias in node.names:
            if alias.name == "*" or alias.name.startswith("_"):
                continue
            if known is not None:
                is_known = alias.name in known or stdlib.module(f"{name}.{alias.name}") is not None
                if not is_known and not stdlib.has_unlisted(name, alias.name):
                    yield self.lacks(name, alias.name, known)
            elif not node.level and name in _NAMES:
                if alias.name not in _NAMES[name]:
                    yield self.lacks(name, alias.name, _NAMES[name])
            else:
                yield from self.not_offered(node, alias.name)

    def module_missing(self, name: str, level: int) -> Iterator[_Fault]:
        top = name.partition(".")[0]
        if stdlib.module(top) is not None and "." in name:
            owner, _, last = name.rpartition(".")
            things = stdlib.module(owner)
            is_unknown = stdlib.module(name) is None and things is not None and last not in things
            is_own = bool(self.file.project.names) and exists(top, self.file.project)
            if is_unknown and not last.startswith("_") and not is_own:
                yield self.lacks(owner, last, things)
            return
        place = place_of(self.file.name, level, name, self.file.project)
        if place is not None and not exists(place, self.file.project):
            yield f"the repository has no module `{name}`", None
        elif place is None and not level and "." in name and is_missing(name, self.file.project.site):
            yield f"the package installed here has no module `{name}`", Severity.MEDIUM

    def not_offered(self, node: ast.ImportFrom, name: str) -> Iterator[_Fault]:
        """Check a name against the module of the repository, or the package, that it is imported from."""
        project, module = self.file.project, node.module or ""
        place = place_of(self.file.name, node.level, module, project)
        if place is None and not node.level and module:
            yield from self.not_installed(module, name)
        if place is None or not project.names:
            return
        shown = "." * node.level + module
        if not exists(place, project):
            yield f"the repository has no module `{shown}`", None
            return
        names = offered(place, project)
        if names is not None and name not in names and not exists(f"{place}/{name}", project):
            yield self.lacks(shown, name, names)

    def not_installed(self, module: str, name: str) -> Iterator[_Fault]:
        """Check a name against an installed package; where the program runs, another version may be."""
        names = offered_by(module, self.file.project.site)
        if names is not None and name not in names:
            yield f"`{module}` as installed here has no `{name}`{_suggestion(module, name, names)}", Severity.MEDIUM

    def lacks(self, owner: str, name: str, known: object) -> _Fault:
        return f"`{owner}` has no `{name}`{_suggestion(owner, name, known)}", None

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
        if full is None or not self.is_only_imported(first, node):
            return None
        owner, _, name = full.rpartition(".")
        if name.startswith("_") or self.is_set(name):
            return None
        things = stdlib.module(owner)
        if things is not None:
            is_known = name in things or stdlib.module(f"{owner}.{name}") is not None or stdlib.module(name) is not None
            return None if is_known or stdlib.has_unlisted(owner, name) else self.lacks(owner, name, things)
        if owner in _NAMES and name not in _NAMES[owner]:
            return self.lacks(owner, name, _NAMES[owner])
        if owner in self.source.imports.values() and place_of(self.file.name, 0, owner, self.file.project) is None:
            fault = next(self.not_installed(owner, name), None)
            if fault is not None:
                return fault
        module, _, class_name = owner.rpartition(".")
        known = stdlib.members(module, class_name) if module else None
        if known is not None and name not in known | _OF_CLASSES and not self.is_enum(module, class_name):
            return self.lacks(owner, name, known)
        return None

    def is_enum(self, module: str, name: str) -> bool:
        thing = (stdlib.module(module) or {}).get(name)
        return thing is None or any("Enum" in base or "Flag" in base for base in thing.bases or ())

    def is_only_imported(self, name: str, node: ast.AST) -> bool:
        owner = self.owner(name, node)
        bindings = owner.bindings.get(name, []) if owner is not None else []
        return (
            bool(bindings)
            and all(isinstance(each, ast.alias) for each in bindings)
            and len({each.name for each in bindings if isinstance(each, ast.alias)}) == 1
        )

    def owner(self, name: str, node: ast.AST) -> Scope | None:
        around = next((each for each in self.tree.above(node) if each in self.scopes.by_node), None)
        return self.scopes.by_node[around].lookup(name) if around is not None else None

    def is_set(self, name: str) -> bool:
        """True if the file itself gives some object an attribute of this name, or asks whether it has one."""
        return name in _names_set(self.source.tree)

    def of_literal(self, node: ast.Attribute) -> _Fault | None:
        value = node.value
        kind = _LITERALS.get(type(value)) or (type(value.value).__name__ if isinstance(value, ast.Constant) else None)
        if kind in _BUILTIN_TYPES:
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
        known = _members_of_class(owner, self.source.tree) if not _PART.fullmatch(owner.name) else None
        if known is None or name in known:
            return None
        return f"`{owner.name}` has no `{name}`{_suggestion('', name, known)}", None

    def of_variable(self, node: ast.Attribute) -> _Fault | None:
        """Check an attribute of a local variable whose type the function shows."""
        if not isinstance(node.value, ast.Name) or self.scopes.is_open:
            return None
        name = node.value.id
        owner = self.owner(name, node)
        bindings = owner.bindings.get(name, []) if owner is not None else []
        if len(bindings) != 1 or owner is None or name in owner.remote:
            return None
        kind = self.kind_of(bindings[0])
        if kind is None or self.is_narrowed(name):
            return None
        return self.of_type(*kind, node)

    def kind_of(self, binding: ast.AST) -> tuple[str, str] | None:
        """Return the module and the name of a variable's class."""
        if isinstance(binding, ast.arg):
            kind = binding.annotation
            owner = self.tree.parents.get(binding)
            if isinstance(owner, ast.arguments) and binding in (owner.vararg, owner.kwarg):
                return None
        elif isinstance(binding, ast.ExceptHandler):
            kind = binding.type
        else:
            return self.kind_of_value(binding)
        if isinstance(kind, ast.Constant) and isinstance(kind.value, str) and kind.value.isidentifier():
            name: str | None = self.source.imports.get(kind.value, kind.value)
        else:
            name = full_name(kind.value if isinstance(kind, ast.Subscript) else kind, self.source)
        return self.class_of(name)

    def kind_of_value(self, binding: ast.AST) -> tuple[str, str] | None:
        parent = self.tree.parents.get(binding)
        if isinstance(parent, ast.AnnAssign):
            return self.class_of(
                full_name(
                    parent.annotation.value if isinstance(parent.annotation, ast.Subscript) else parent.annotation,
                    self.source,
                )
            )
        if not isinstance(parent, ast.Assign) or len(parent.targets) != 1 or parent.targets[0] is not binding:
            return None
        value = parent.value
        if type(value) in _LITERALS:
            return "builtins", _LITERALS[type(value)]
        if isinstance(value, ast.Constant):
            kind = type(value.value).__name__
            return ("builtins", kind) if kind in _BUILTIN_TYPES else None
        return self.class_of(full_name(value.func, self.source)) if isinstance(value, ast.Call) else None

    def class_of(self, name: str | None) -> tuple[str, str] | None:
        if name is None:
            return None
        module, _, last = name.rpartition(".")
        if not module:
            is_known = last in _BUILTIN_TYPES or (last in vars(builtins) and last.endswith(("Error", "Exception")))
            return ("builtins", last) if is_known and last not in self.scopes.module.bindings else None
        thing = (stdlib.module(module) or {}).get(last) if module not in _NO_CLASSES else None
        return (module, last) if thing is not None and thing.is_class and not self.is_enum(module, last) else None

    def is_narrowed(self, name: str) -> bool:
        """True if the file asks what a variable of this name is: then its type says too little."""
        return name in _names_asked(self.source.tree)

    def of_type(self, module: str, name: str, node: ast.Attribute) -> _Fault | None:
        known = _builtin_members(name) if module == "builtins" else stdlib.members(module, name)
        attribute = node.attr
        if known is None or attribute in known or attribute.startswith("_"):
            return None
        if self.is_set(attribute):
            return None
        if module == "builtins" and name in _OPEN_ERRORS and attribute != "message":
            return None
        shown = quote(node.value)
        meant = {**_FOREIGN, **_FOR_KNOWN_TYPES}.get(attribute)
        hint = f"; {meant} does that" if meant else _suggestion(name, attribute, known)
        return f"`{shown}` is a `{name}`, which has no `{attribute}`{hint}", None

    def foreign(self, node: ast.Attribute) -> _Fault | None:
        """Report a method that other languages have, on a value of a type nobody knows."""
        meant = _FOREIGN.get(node.attr) if node.attr in _SURELY_FOREIGN else None
        parent = self.tree.parents.get(node)
        if meant is None or not isinstance(parent, ast.Call) or parent.func is not node or self.is_set(node.attr):
            return None
        if any(origin.partition(".")[0] in _BRIDGES for origin in self.source.imports.values()):
            return None
        if dotted(node.value) in ("self", "cls") or self.file.is_test:
            return None
        return f"`.{node.attr}()` is no method of Python's own types; {meant} does that", Severity.MEDIUM

    def called(self, call: ast.Call) -> _Fault | None:
        name = full_name(call.func, self.source)
        if name is None:
            return None
        if isinstance(call.func, ast.Name) and call.func.id not in self.source.imports:
            fault = self.uncallable(call.func)
            if fault is not None:
                return fault
        if _COLUMNS.fullmatch(name):
            return self.column(call, name)
        first = (dotted(call.func) or "").partition(".")[0]
        given = [keyword.arg for keyword in call.keywords if keyword.arg]
        if not given or (first in self.source.imports and not self.is_only_imported(first, call)):
            return None
        known = self.keywords_of(name, first, call, is_plain="cls" not in given)
        is_open = known is not None and "**" in known and name not in _JSON
        unknown = [each for each in given if known is not None and each not in known and not is_open]
        if not unknown or known is None:
            return None
        return f"`{name}()` takes no `{unknown[0]}=`{_suggestion('', unknown[0], known)}", None

    def uncallable(self, func: ast.Name) -> _Fault | None:
        """Report a call of a variable that holds a literal."""
        owner = self.owner(func.id, func)
        bindings = owner.bindings.get(func.id, []) if owner is not None else []
        if len(bindings) != 1 or owner is None or func.id in owner.remote or self.is_narrowed(func.id):
            return None
        parent = self.tree.parents.get(bindings[0])
        value = parent.value if isinstance(parent, ast.Assign) and parent.targets == [bindings[0]] else None
        kind = _LITERALS.get(type(value)) if value is not None else None
        if isinstance(value, ast.Constant) and value.value is not None and value.value is not ...:
            kind = type(value.value).__name__
        return (f"`{func.id}` is a `{kind}`, which cannot be called", None) if kind else None

    def keywords_of(self, name: str, first: str, call: ast.Call, *, is_plain: bool) -> frozenset[str] | None:
        if first not in self.source.imports:
            if name not in vars(builtins) or self.scopes.has_stars or self.owner(name, call) is not None:
                return None
            name = f"builtins.{name}"
        if name in _KEYWORDS:
            return _KEYWORDS[name]
        module, _, last = name.rpartition(".")
        thing = (stdlib.module(module) or {}).get(last)
        if thing is None or thing.keywords is None:
            return None
        if name in _JSON:
            # What else these take, they hand on to the class that `cls=` names.
            return thing.keywords if is_plain else None
        # A class whose bases take part in making it, and what decorators may have changed, is not known.
        return thing.keywords if thing.keywords or not thing.is_class else None

    def column(self, call: ast.Call, name: str) -> _Fault | None:
        for argument in call.args[:2]:
            kind = full_name(argument, self.source)
            if kind in _NO_COLUMN_TYPES and kind not in self.scopes.module.bindings:
                return (
                    f"`{name.rpartition('.')[2]}` wants a type of SQLAlchemy's own, not Python's `{quote(argument)}`",
                    None,
                )
        return None


def _is_method(function: Function) -> bool:
    return all(
        dotted(each) in ("property", "cached_property", "functools.cached_property", "override")
        for each in function.decorator_list
    )


@lru_cache(maxsize=8)
def _classes_of(module: ast.Module) -> tuple[Mapping[str, ast.ClassDef], Mapping[str, Sequence[ast.ClassDef]]]:
    """Return the module's classes by a name no other class has, and by the name of a base."""
    every = list(tree_of(module).nodes(ast.ClassDef))
    counted = Counter(node.name for node in every)
    unique = {node.name: node for node in module.body if isinstance(node, ast.ClassDef) and counted[node.name] == 1}
    heirs: defaultdict[str, list[ast.ClassDef]] = defaultdict(list)
    for node in every:
        for base in node.bases:
            heirs[dotted(base) or ""].append(node)
    return unique, heirs


@lru_cache(maxsize=1024)
def _members_of_class(owner: ast.ClassDef, module: ast.Module) -> frozenset[str] | None:
    """Return the attributes of a class whose bases are all in this file; None if it may have others.

    What its heirs here give themselves, the class may count on. One that makes nothing of its own is a part
    of other classes, which bring the rest.
    """
    classes, heirs = _classes_of(module)
    found: set[str] = set(_OF_OBJECTS)
    todo, seen = [owner], set[ast.ClassDef]()
    while todo:
        node = todo.pop()
        if node in seen:
            continue
        seen.add(node)
        bases = [dotted(base) or "?" for base in node.bases]
        is_odd = bool(node.keywords or node.decorator_list) or classes.get(node.name) is not node
        members = _own_members(node) if not is_odd and len(seen) < _MOST_CLASSES else None
        if members is None or any(base not in classes and base not in ("object", "Exception") for base in bases):
            return None
        found |= members
        todo += [classes[base] for base in bases if base in classes]
        todo += heirs.get(node.name, ())
    return frozenset(found) if any("__init__" in methods_of(each) for each in seen) else None


@lru_cache(maxsize=1024)
def _own_members(owner: ast.ClassDef) -> set[str] | None:
    found: set[str] = set()
    for part in nodes_in(owner):
        match part:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                if name in ("__getattr__", "__getattribute__"):
                    return None
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.alias(name=name, asname=other):
                found.add(other or name)
            case ast.Call(func=ast.Name("setattr" | "vars" | "exec")) | ast.Attribute(attr="__dict__" | "__setattr__"):
                return None
            case ast.Constant(value=str(text)) if text.isidentifier():
                found.add(text)  # in `__slots__`, or for `getattr`
    return found


@cache
def _builtin_members(name: str) -> frozenset[str] | None:
    kind = getattr(builtins, name, None)
    own = frozenset(dir(kind)) if isinstance(kind, type) else None
    listed = stdlib.members("builtins", name)
    return own | (listed or frozenset()) if own is not None else listed


@lru_cache(maxsize=8)
def _names_asked(module: ast.Module) -> frozenset[str]:
    asking = ("isinstance", "hasattr", "getattr", "type", "cast", "typing.cast", "callable", "setattr")
    calls = (call for call in tree_of(module).nodes(ast.Call) if dotted(call.func) in asking)
    return frozenset(name for call in calls for part in call.args if (name := dotted(part)) is not None)


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


def _suggestion(owner: str, name: str, known: object) -> str:
    meant = _MEANT.get(f"{owner}.{name}")
    if meant is None and isinstance(known, (frozenset, dict)):
        names: Sequence[str] = [each for each in known if each != "**"]
        meant = next(iter(get_close_matches(name, names, 1, 0.75)), None)
    return f"; `{meant}` was meant?" if meant else ""
