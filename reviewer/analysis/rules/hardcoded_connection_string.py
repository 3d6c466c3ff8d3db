import re
from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.bindings import literals
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.codelines import code_lines
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import LANGUAGES, language_of
from reviewer.analysis.place import Place, keyword, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.secrets import is_secret, keys_in
from reviewer.analysis.template import called_name, template_of
from reviewer.analysis.tokens import Token

# `Server=…;Password=…;` and `host=… password=…`: both know where and how to log in.
_PASSWORD = regex(r"(?:^|[;\s])(?:password|pwd|passwd)\s*=\s*'?(?P<value>[^;\s{}'\"\0]{3,100})", re.IGNORECASE)
_SERVER = regex(
    r"(?:^|[;\s])(?:server|data source|host|dbname|database|initial catalog|user id|uid|user|driver|dsn)\s*=",
    re.IGNORECASE,
)
_SHARED_KEY = regex(
    r"(?:AccountKey|SharedAccessKey|SharedAccessSignature)=(?P<value>[^;\s{}\"'<$%]{8,200})|"
    r"[?&]sig=(?P<signature>[A-Za-z0-9%+/]{30,200})"
)
_CUT = regex(r"[a-z][a-z0-9+]{1,20}://[^\s:/@]{1,80}:(?P<value>[^\s/@{}]{3,100})@$")
_FOR_SHOW = regex(
    r"devstoreaccount1|UseDevelopmentStorage|example|your|placeholder|changeme|xxx|<|\.\.\.", re.IGNORECASE
)
_MODEL = regex(r"(?:^|[-._/])(?:example|sample|template|tmpl|dist|default)s?(?:[-._/]|$)", re.IGNORECASE)
_STRINGS = (cst.SimpleString, cst.ConcatenatedString, cst.FormattedStringText)


class HardcodedConnectionString(PythonRule, TokenRule):
    """A connection string with its password or shared key stands in the code.

    Why look: who reads the code can connect, and nobody can tell afterwards who did.
    Ask: why a shared key and not an identity, and where will the string be kept?
    """

    informs = "prompt"
    severity = Severity.HIGH
    cwe = 798
    hides_code = True
    visits = (*_STRINGS, cst.Call)
    words = ("://", "=", "from_connection_string")
    languages = frozenset(LANGUAGES.values())

    INVALID = (
        Example('DSN = "postgres://shop:' + 'hunter2@db.shop.net/orders"\n'),
        Example('engine = create_engine(f"mysql+pymysql://shop:' + 'hunter2@{HOST}/orders")\n'),
        Example('text = "Server=db.shop.net;Database=orders;User Id=shop;Password=hunter2;"\n'),
        Example('import psycopg2\n\nlink = psycopg2.connect("dbname=orders user=shop password=hunter2")\n'),
        Example('CONNECTION = "Endpoint=sb://shop.net/;SharedAccessKey=Zm9yLXRoZS1zaG9wLW9ubHk9"\n'),
        Example(
            'client = BlobServiceClient.from_connection_string("DefaultEndpointsProtocol=https;AccountName=shop")\n'
        ),
        Example('client = TableClient.from_connection_string(conn_str=CONNECTION, table_name="orders")\n'),
        Example('REDIS = (\n    "redis://:' + 'f00dcafe77@"\n    "cache.shop.net:6379/0"\n)\n'),
        Example('const url = "mongodb://shop:' + 'hunter2@db.shop.net/orders";\n', path="shop/db.ts"),
        Example("DATABASE_URL=postgres://shop:" + "hunter2@db.shop.net/orders\n", path=".env"),
        Example('spring:\n  url: "jdbc:sqlserver://db1;user=shop;password=hunter2"\n', path="application.yaml"),
        Example('class A { String u = "jdbc:mysql://db1/shop?user=shop&password=hunter2"; }\n', path="shop/A.java"),
        Example('{"Main": "Server=db1;Database=orders;User Id=shop;Password=hunter2;"}\n', path="appsettings.json"),
    )
    VALID = (
        Example('DSN = os.environ["DATABASE_URL"]\n'),
        Example('DSN = "postgres://shop@db.shop.net/orders"\nLOCAL = "postgres://shop:shop@localhost/orders"\n'),
        Example('DSN = f"postgres://{user}:{password}@{host}/orders"\n'),
        Example('DSN = "postgres://user:password@host/name"\nODBC = "Server={server};Uid={user};Pwd={password};"\n'),
        Example('link = connect("dbname=%s user=%s password=%s" % (name, user, password))\n'),
        Example('CONNECTION = "AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlC"\n'),
        Example("client = BlobServiceClient(URL, credential=DefaultAzureCredential())\n"),
        Example('"""Use `postgres://shop:' + 'hunter2@db.shop.net` to connect."""\n'),
        Example('DSN = "postgres://shop:' + 'hunter2@db.shop.net/orders"\n', path="tests/test_db.py"),
        Example("DATABASE_URL=postgres://shop:${PASSWORD}@db.shop.net/orders\n", path="bin/start.sh"),
        Example("const url = `postgres://${user}:${password}@${host}/orders`;\n", path="shop/db.ts"),
        Example("DATABASE_URL=postgres://shop:" + "hunter2@db.shop.net/orders\n", path=".env.example"),
        Example('page = "https://shop.net/login?user=ada&password=none"\nhelp = "host=NAME password=SECRET"\n'),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test or at.file.is_example:
            return
        if isinstance(node, cst.Call):
            if called_name(node) == "from_connection_string":
                yield from _from_string(node)
        elif isinstance(node, _STRINGS) and _may_hold(node) and not _is_spoken_of(at):
            template = template_of(node)
            what = _what(node.value if isinstance(node, cst.FormattedStringText) else template.text if template else "")
            if what is not None:
                yield Sighting(node, f"{what} stands in the code")

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or _MODEL.search(file.name):
            return
        for line, code in code_lines(tokens, file, language_of(file) or ""):
            texts = re.findall(r"[\"'`]([^\"'`]{8,2000})[\"'`]", code)
            what = next((what for text in (*texts, code) if (what := _what(text)) is not None), None)
            if what is not None:
                yield LineSighting(line, f"{what} stands in the file")


def _may_hold(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.ConcatenatedString) or any(mark in getattr(node, "value", "") for mark in ("://", "="))


def _is_spoken_of(at: Place) -> bool:
    """True for docstrings, and for the pieces of a joined string, which is read whole."""
    return isinstance(at.parent, cst.Expr) or any(
        isinstance(parent, cst.ConcatenatedString) for parent in at.parents[-2:]
    )


def _from_string(call: cst.Call) -> Iterator[Sighting]:
    given = keyword(call, "conn_str") or next(iter(positional(call)), None)
    texts = [text for _, text in literals(given)] if given is not None else []
    if any(_what(text) is not None for text in texts):
        return  # the literal itself is reported
    severity = Severity.HIGH if texts and not _FOR_SHOW.search(texts[0]) else Severity.LOW
    if given is not None:
        yield Sighting(call, "`from_connection_string` logs in with a shared key instead of an identity", severity)


def _what(text: str) -> str | None:
    """Return what kind of connection string a text holds, if it holds the secret too."""
    if _FOR_SHOW.search(text):
        return None
    if any(key.is_connection for key in keys_in(text)):
        return "a URL with a password" if "://" in text and "=" not in text.partition("://")[0] else "a shared key"
    shared = _SHARED_KEY.search(text)
    if shared is not None:
        return "a shared key"
    text = text.replace("?", ";").replace("&", ";") if text.startswith("jdbc:") else text
    password = _PASSWORD.search(text) if _SERVER.search(text) else None
    password = password or _CUT.search(text)
    if password is not None and not password["value"].isupper() and is_secret("password", password["value"]):
        return "a connection string with its password"
    return None
