import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.tree import Tree, catches, dotted, full_name, head_line, is_imported, tree_of


@dataclass(frozen=True, slots=True)
class _Past:
    """`since` and `gone` are versions of Python, or for other libraries words; 0 where it still works."""

    instead: str
    since: tuple[int, int] | str = (3, 0)
    gone: tuple[int, int] = (0, 0)


_MODULES: Mapping[str, _Past] = {
    "imp": _Past("`importlib`", (3, 4), (3, 12)),
    "distutils": _Past("`setuptools`, `shutil` or `packaging`", (3, 10), (3, 12)),
    "asyncore": _Past("`asyncio`", (3, 6), (3, 12)),
    "asynchat": _Past("`asyncio`", (3, 6), (3, 12)),
    "smtpd": _Past("`aiosmtpd`", (3, 6), (3, 12)),
    "cgi": _Past("`urllib.parse` and `email.message`", (3, 11), (3, 13)),
    "cgitb": _Past("`traceback`", (3, 11), (3, 13)),
    "crypt": _Past("`hashlib` or `bcrypt`", (3, 11), (3, 13)),
    "telnetlib": _Past("SSH", (3, 11), (3, 13)),
    "nntplib": _Past("another library", (3, 11), (3, 13)),
    "pipes": _Past("`subprocess`", (3, 11), (3, 13)),
    "imghdr": _Past("`filetype` or Pillow", (3, 11), (3, 13)),
    "sndhdr": _Past("`filetype`", (3, 11), (3, 13)),
    "uu": _Past("`base64`", (3, 11), (3, 13)),
    "xdrlib": _Past("`struct`", (3, 11), (3, 13)),
    "chunk": _Past("another library", (3, 11), (3, 13)),
    "audioop": _Past("another library", (3, 11), (3, 13)),
    "aifc": _Past("another library", (3, 11), (3, 13)),
    "sunau": _Past("another library", (3, 11), (3, 13)),
    "mailcap": _Past("`mimetypes`", (3, 11), (3, 13)),
    "spwd": _Past("another library", (3, 11), (3, 13)),
    "msilib": _Past("another library", (3, 11), (3, 13)),
    "lib2to3": _Past("LibCST", (3, 11), (3, 13)),
    "binhex": _Past("`binascii`", (3, 9), (3, 11)),
    "formatter": _Past("another library", (3, 4), (3, 10)),
    "parser": _Past("`ast`", (3, 9), (3, 10)),
    "symbol": _Past("`ast`", (3, 9), (3, 10)),
    "macpath": _Past("`pathlib`", (3, 7), (3, 8)),
    "xml.etree.cElementTree": _Past("`xml.etree.ElementTree`", (3, 3), (3, 9)),
    "pkg_resources": _Past("`importlib.resources` and `importlib.metadata`", "setuptools 67"),
    "sqlalchemy.ext.declarative": _Past("`sqlalchemy.orm`", "SQLAlchemy 2"),
    "mock": _Past("`unittest.mock`", (3, 3)),
    "nose": _Past("`pytest`", "2016"),
}
_ABC = (
    "Mapping MutableMapping Sequence MutableSequence Set MutableSet Iterable Iterator Callable Hashable Sized Container"
)
_NAMES: Mapping[str, _Past] = {
    **{f"collections.{name}": _Past(f"`collections.abc.{name}`", (3, 3), (3, 10)) for name in _ABC.split()},
    "datetime.datetime.utcnow": _Past("`datetime.now(timezone.utc)`", (3, 12)),
    "datetime.datetime.utcfromtimestamp": _Past("`datetime.fromtimestamp(..., timezone.utc)`", (3, 12)),
    "asyncio.get_event_loop": _Past("`asyncio.run` or `get_running_loop`", (3, 10)),
    "asyncio.coroutine": _Past("`async def`", (3, 8), (3, 11)),
    "asyncio.set_event_loop_policy": _Past("`asyncio.Runner(loop_factory=...)`", (3, 14)),
    "asyncio.get_event_loop_policy": _Past("`asyncio.Runner(loop_factory=...)`", (3, 14)),
    "asyncio.iscoroutinefunction": _Past("`inspect.iscoroutinefunction`", (3, 14)),
    "ssl.wrap_socket": _Past("`SSLContext.wrap_socket`", (3, 7), (3, 12)),
    "ssl.match_hostname": _Past("`SSLContext.check_hostname`", (3, 7), (3, 12)),
    "time.clock": _Past("`time.perf_counter`", (3, 3), (3, 8)),
    "os.popen2": _Past("`subprocess`", (3, 0), (3, 0)),
    "os.errno": _Past("`errno`", (3, 0), (3, 7)),
    "platform.linux_distribution": _Past("`platform.freedesktop_os_release`", (3, 5), (3, 8)),
    "platform.dist": _Past("`platform.freedesktop_os_release`", (3, 5), (3, 8)),
    "platform.popen": _Past("`subprocess`", (3, 3), (3, 8)),
    "inspect.getargspec": _Past("`inspect.signature`", (3, 0), (3, 11)),
    "inspect.formatargspec": _Past("`inspect.signature`", (3, 5), (3, 11)),
    "string.maketrans": _Past("`str.maketrans`", (3, 0), (3, 0)),
    "base64.encodestring": _Past("`base64.encodebytes`", (3, 1), (3, 9)),
    "base64.decodestring": _Past("`base64.decodebytes`", (3, 1), (3, 9)),
    "cgi.escape": _Past("`html.escape`", (3, 2), (3, 8)),
    "html.parser.HTMLParser.unescape": _Past("`html.unescape`", (3, 4), (3, 9)),
    "fractions.gcd": _Past("`math.gcd`", (3, 5), (3, 9)),
    "gettext.lgettext": _Past("`gettext.gettext`", (3, 8), (3, 11)),
    "locale.getdefaultlocale": _Past("`locale.getlocale`", (3, 11)),
    "locale.resetlocale": _Past("`locale.setlocale`", (3, 11), (3, 13)),
    "locale.format": _Past("`locale.format_string`", (3, 7), (3, 12)),
    "logging.warn": _Past("`logging.warning`", (3, 3)),
    "pkgutil.find_loader": _Past("`importlib.util.find_spec`", (3, 12), (3, 14)),
    "pkgutil.get_loader": _Past("`importlib.util.find_spec`", (3, 12), (3, 14)),
    "pkgutil.ImpImporter": _Past("`importlib`", (3, 3), (3, 12)),
    "importlib.find_loader": _Past("`importlib.util.find_spec`", (3, 4), (3, 12)),
    "importlib.abc.Finder": _Past("`MetaPathFinder`", (3, 3), (3, 12)),
    "abc.abstractproperty": _Past("`property` with `abstractmethod`", (3, 3)),
    "abc.abstractclassmethod": _Past("`classmethod` with `abstractmethod`", (3, 3)),
    "abc.abstractstaticmethod": _Past("`staticmethod` with `abstractmethod`", (3, 3)),
    "threading.currentThread": _Past("`threading.current_thread`", (3, 10)),
    "threading.activeCount": _Past("`threading.active_count`", (3, 10)),
    "unittest.makeSuite": _Past("`TestLoader`", (3, 11), (3, 13)),
    "unittest.findTestCases": _Past("`TestLoader`", (3, 11), (3, 13)),
    "typing.io": _Past("`typing`", (3, 8), (3, 13)),
    "typing.ByteString": _Past("`collections.abc.Buffer`", (3, 9), (3, 14)),
    "ast.Num": _Past("`ast.Constant`", (3, 8), (3, 14)),
    "ast.Str": _Past("`ast.Constant`", (3, 8), (3, 14)),
    "ast.NameConstant": _Past("`ast.Constant`", (3, 8), (3, 14)),
    "tempfile.mktemp": _Past("`tempfile.mkstemp`", (2, 3)),
    "random.jumpahead": _Past("nothing", (3, 0), (3, 0)),
    "xml.etree.ElementTree.Element.getchildren": _Past("`list(element)`", (3, 2), (3, 9)),
    "email.Utils": _Past("`email.utils`", (3, 0), (3, 0)),
    "sys.setcheckinterval": _Past("`sys.setswitchinterval`", (3, 2), (3, 9)),
    "sys.maxint": _Past("`sys.maxsize`", (3, 0), (3, 0)),
    # pydantic 1
    "pydantic.validator": _Past("`field_validator`", "pydantic 2"),
    "pydantic.root_validator": _Past("`model_validator`", "pydantic 2"),
    "pydantic.BaseSettings": _Past("`pydantic_settings.BaseSettings`", "pydantic 2"),
    "pydantic.parse_obj_as": _Past("`TypeAdapter`", "pydantic 2"),
    "pydantic.conlist": _Past("`Annotated[list, Field(...)]`", "pydantic 2"),
    # numpy and pandas
    **{
        f"numpy.{name}": _Past(f"`{name.rstrip('_')}` or `numpy.{name}_`", "numpy 1.20")
        for name in ("bool", "object", "int", "float", "complex", "str")
    },
    "numpy.product": _Past("`numpy.prod`", "numpy 1.25"),
    "numpy.float_": _Past("`numpy.float64`", "numpy 2"),
    "numpy.in1d": _Past("`numpy.isin`", "numpy 2"),
    "numpy.trapz": _Past("`numpy.trapezoid`", "numpy 2"),
    "pandas.Panel": _Past("a MultiIndex", "pandas 0.25"),
    "pandas.datetime": _Past("`datetime.datetime`", "pandas 1"),
    # web and clients
    "flask.Markup": _Past("`markupsafe.Markup`", "Flask 2.3"),
    "flask.escape": _Past("`markupsafe.escape`", "Flask 2.3"),
    "flask.json.JSONEncoder": _Past("`flask.json.provider`", "Flask 2.3"),
    "flask._request_ctx_stack": _Past("`flask.g`", "Flask 2.3"),
    "django.conf.urls.url": _Past("`re_path`", "Django 3.1"),
    "django.utils.encoding.force_text": _Past("`force_str`", "Django 3"),
    "django.utils.encoding.smart_text": _Past("`smart_str`", "Django 3"),
    "django.utils.translation.ugettext": _Past("`gettext`", "Django 3"),
    "django.utils.translation.ugettext_lazy": _Past("`gettext_lazy`", "Django 3"),
    "django.core.urlresolvers.reverse": _Past("`django.urls.reverse`", "Django 1.10"),
    "django.utils.timezone.utc": _Past("`datetime.timezone.utc`", "Django 4.1"),
    "openai.ChatCompletion": _Past("`OpenAI().chat.completions`", "openai 1"),
    "openai.Completion": _Past("`OpenAI().completions`", "openai 1"),
    "openai.Embedding": _Past("`OpenAI().embeddings`", "openai 1"),
    "jwt.decode_complete": _Past("`jwt.decode`", "PyJWT 2"),
    "sqlalchemy.ext.declarative.declarative_base": _Past("`sqlalchemy.orm.DeclarativeBase`", "SQLAlchemy 2"),
    "werkzeug.secure_filename": _Past("`werkzeug.utils.secure_filename`", "Werkzeug 1"),
    "jinja2.Markup": _Past("`markupsafe.Markup`", "Jinja 3.1"),
    "jinja2.contextfilter": _Past("`pass_context`", "Jinja 3.1"),
}
# Methods of test cases, and of models and queries where the library that brought them is imported.
_TEST_METHODS = {
    "assertEquals": "assertEqual", "assertNotEquals": "assertNotEqual", "assert_": "assertTrue",
    "failUnless": "assertTrue",
    "failIf": "assertFalse", "assertAlmostEquals": "assertAlmostEqual", "assertRegexpMatches": "assertRegex",
    "assertNotRegexpMatches": "assertNotRegex", "assertRaisesRegexp": "assertRaisesRegex",
    "failUnlessEqual": "assertEqual",
    "assertItemsEqual": "assertCountEqual", "assertDictContainsSubset": "assertLessEqual",
    "failUnlessRaises": "assertRaises",
}  # fmt: skip
_METHODS: Mapping[str, tuple[str, str, str]] = {
    "parse_obj": ("pydantic", "model_validate", "pydantic 2"),
    "parse_raw": ("pydantic", "model_validate_json", "pydantic 2"),
    "schema_json": ("pydantic", "model_json_schema", "pydantic 2"),
    "update_forward_refs": ("pydantic", "model_rebuild", "pydantic 2"),
    "from_orm": ("pydantic", "model_validate", "pydantic 2"),
    "iteritems": ("pandas", "items", "pandas 2"),
    "as_matrix": ("pandas", "to_numpy", "pandas 1"),
    "isSet": ("threading", "is_set", "3.10"),
    "setDaemon": ("threading", "daemon =", "3.10"),
    "getName": ("threading", "name", "3.10"),
    "load_module": ("importlib", "exec_module", "3.4"),
    "before_first_request": ("flask", "a call at start-up", "Flask 2.3"),
    "on_event": ("fastapi", "lifespan=", "FastAPI 0.93"),
    "get_or_404": ("flask_sqlalchemy", "db.get_or_404", "Flask-SQLAlchemy 3"),
}


class DeprecatedApi(ModuleRule):
    """Something is used that its makers have deprecated or taken away.

    Why look: it was learned from older code; it warns today and breaks with a later version.
    Ask: is this still current for the versions you run?
    """

    informs = "prompt"
    severity = Severity.LOW

    INVALID = (
        Example("from datetime import datetime\n\nnow = datetime.utcnow()\n"),
        Example("import asyncio\n\nloop = asyncio.get_event_loop()\n"),
        Example("import imp\n"),
        Example("from distutils.version import LooseVersion\n"),
        Example("from pydantic import BaseModel, validator\n"),
        Example(
            "from pydantic import BaseModel\n\nclass Order(BaseModel):\n    class Config:\n        frozen = True\n"
        ),
        Example("from pydantic import BaseModel\n\ndef f(text):\n    return Order.parse_obj(text)\n"),
        Example("import numpy as np\n\nzero = np.float(0)\n"),
        Example("import ssl\n\nsafe = ssl.wrap_socket(plain)\n"),
        Example(
            "import unittest\n\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEquals(1, 1)\n",
            path="tests/test_a.py",
        ),
        Example(
            "def price(session, number):\n    return Order.query.get(number)\n\n"
            "from flask_sqlalchemy import SQLAlchemy\n"
        ),
        Example("import openai\n\nanswer = openai.ChatCompletion.create(model='x')\n"),
        Example("import pandas as pd\n\nframe = pd.DataFrame().append(other)\n"),
        Example("import pkg_resources\n"),
    )
    VALID = (
        Example("from datetime import datetime, timezone\n\nnow = datetime.now(timezone.utc)\n"),
        Example("try:\n    import imp\nexcept ImportError:\n    imp = None\n"),
        Example(
            "import sys\n\nif sys.version_info < (3, 10):\n    from collections import Mapping\nelse:\n"
            "    from collections.abc import Mapping\n"
        ),
        Example("import asyncio\n\nasync def f():\n    return asyncio.get_running_loop()\n"),
        Example("from pydantic import BaseModel, field_validator\n\nclass Order(BaseModel):\n    model_config = {}\n"),
        Example("class Order:\n    class Config:\n        frozen = True\n"),
        Example("import numpy as np\n\nzero = np.float64(0)\n"),
        Example("def f(shop):\n    return shop.parse_obj(1), shop.iteritems(), shop.getName()\n"),
        Example("rows = []\nrows.append(1)\n"),
        Example("from shop import imp\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        look = _Look(source, file, tree_of(source.tree))
        seen: set[int] = set()
        for node, message in look.faults():
            line = head_line(node, source, file)
            if line is not None and line not in seen and not look.is_prepared(node):
                seen.add(line)
                yield LineSighting(line, message)


@dataclass(frozen=True, slots=True)
class _Look:
    source: Source
    file: ChangedFile
    tree: Tree

    def faults(self) -> Iterator[tuple[ast.AST, str]]:
        for node in self.tree.nodes(ast.Import):
            for alias in node.names:
                yield from self.said(node, alias.name, _module(alias.name))
        for origin in self.tree.nodes(ast.ImportFrom):
            module = origin.module or ""
            for alias in origin.names if not origin.level else ():
                full = f"{module}.{alias.name}"
                yield from self.said(origin, full, _NAMES.get(full) or _module(full) or _module(module))
        for attribute in self.tree.nodes(ast.Attribute):
            if head_line(attribute, self.source, self.file) is not None:
                yield from self.attribute(attribute)
        for owner in self.tree.nodes(ast.ClassDef):
            yield from self.config(owner)

    def said(self, node: ast.AST, name: str, past: _Past | None) -> Iterator[tuple[ast.AST, str]]:
        if past is None:
            return
        since = past.since if isinstance(past.since, str) else f"Python {'.'.join(map(str, past.since))}"
        state = f"is deprecated since {since}"
        if past.gone > (0, 0):
            state = f"is gone since Python {'.'.join(map(str, past.gone))}"
        yield node, f"`{name}` {state}; {past.instead} takes its place"

    def attribute(self, node: ast.Attribute) -> Iterator[tuple[ast.AST, str]]:
        name = full_name(node, self.source) or ""
        parent = self.tree.parents.get(node)
        is_called = isinstance(parent, ast.Call) and parent.func is node
        if name in _NAMES and is_imported(node, self.source):
            # Within a coroutine it gives the running loop, and no warning.
            if name == "asyncio.get_event_loop" and isinstance(self.tree.function(node), ast.AsyncFunctionDef):
                return
            # A name that was imported alone is reported where it is imported.
            if isinstance(node.value, ast.Name) or name.count(".") > 1 or dotted(node) != name:
                yield from self.said(node, name, _NAMES[name])
        elif is_called and isinstance(node.value, ast.Name) and node.value.id == "self" and node.attr in _TEST_METHODS:
            yield node, f"`{node.attr}` is gone since Python 3.12; `{_TEST_METHODS[node.attr]}` takes its place"
        elif is_called:
            yield from self.method(node)

    def method(self, node: ast.Attribute) -> Iterator[tuple[ast.AST, str]]:
        library, instead, since = _METHODS.get(node.attr, ("", "", ""))
        if library and self.imports(library):
            yield node, f"`.{node.attr}` is deprecated since {since}; `{instead}` takes its place"
        owner = node.value
        is_query = node.attr == "get" and isinstance(owner, ast.Attribute) and owner.attr == "query"
        if is_query and (self.imports("sqlalchemy") or self.imports("flask_sqlalchemy")):
            yield node, "`Query.get` is deprecated since SQLAlchemy 2; `session.get(Model, key)` takes its place"
        made = (full_name(owner.func, self.source) or "") if isinstance(owner, ast.Call) else ""
        if node.attr == "append" and made in ("pandas.DataFrame", "pandas.Series"):
            yield node, f"`{made[7:]}.append` is gone since pandas 2; `pandas.concat` takes its place"

    def config(self, owner: ast.ClassDef) -> Iterator[tuple[ast.AST, str]]:
        """Report pydantic's inner class `Config`."""
        bases = {full_name(base, self.source) for base in owner.bases}
        for part in owner.body:
            if isinstance(part, ast.ClassDef) and part.name == "Config" and "pydantic.BaseModel" in bases:
                yield part, "`class Config` is deprecated since pydantic 2; `model_config` takes its place"

    def imports(self, library: str) -> bool:
        return any(origin.partition(".")[0] == library for origin in self.source.imports.values())

    def is_prepared(self, node: ast.AST) -> bool:
        """True where the code asks which version runs, or has another way ready."""
        for parent in self.tree.above(node):
            if isinstance(parent, (ast.If, ast.IfExp)) and "version" in ast.dump(parent.test).lower():
                return True
        kinds = frozenset({"ImportError", "ModuleNotFoundError", "AttributeError", "Exception"})
        if catches(node, kinds, self.tree, self.source):
            return True
        return any(
            isinstance(parent, ast.ExceptHandler) and parent.type is not None and "ImportError" in ast.dump(parent.type)
            for parent in self.tree.above(node)
        )


def _module(name: str) -> _Past | None:
    """Return what is known of a module or of the package it is in."""
    while name:
        if name in _MODULES:
            return _MODULES[name]
        name = name.rpartition(".")[0]
    return None
