import re
from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.bindings import environment_variable
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.place import Place
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.template import called_name, is_for_people
from reviewer.analysis.tokens import Token

_URL = regex(r"(?<![\w+.-])(?:https?|wss?)://(?P<host>\[[0-9a-fA-F:]{2,40}\]|[A-Za-z0-9._-]{1,200})")
_STAGE = regex(
    r"(?:^|[.-])(?:staging|stage|stg|prod|production|dev|devel|develop|development|uat|qa|preprod|pre-prod|preview|"
    r"internal|intern|corp|intranet|localhost|local|lan|svc|cluster)\d?(?=[.-]|$)"
)
_ADDRESS = regex(r"\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:]+\]")
# Addresses kept for documents, and the homes of other people's pages.
_OTHERS = regex(
    r"(?:192\.0\.2|198\.51\.100|203\.0\.113)\.|^169\.254\.169\.254$|^(?:dev\.(?:mysql|azure|twitter|to|events)|developers?|"
    r"docs?|api\.stage\.cloud)\b.*\.(?:com|org|net|io|to)$|(?:^|\.)(?:example|test|invalid)(?:\.(?:com|org|net))?$|\.dev$"
)
_LOOKS = frozenset(
    {"startswith", "endswith", "replace", "compile", "match", "search", "sub", "split", "strip", "removeprefix", "find"}
    | {"getenv", "add_argument", "option", "Field", "setdefault", "print", "reverse", "urlparse", "urlsplit"}
)
# Lines that print, compare, document or have the environment's word first.
_ASIDE = regex(
    r"process\.env|import\.meta|[gG]et_?[eE]nv|getOrDefault|getProperty|console\.|\b[lL]og(?:ger)?\.|Print|println|startsWith|includes\(|"
    r"===?|!==?|\.test\(|\.match\(|replace\(|flag\.String|HasPrefix|[eE]xample|xmlns"
)
_CONFIGURES = regex(
    r"(?:^|/)(?:[\w.-]*\.config|vite|webpack|next|nuxt|playwright|cypress|proxy|environment[\w.-]*|gulpfile|karma\.conf)\.\w+$"
)
_NAMESPACE = regex(r"xmlns|namespace|schema|\bns\b|doc|help|comment", re.IGNORECASE)


class HardcodedUrl(PythonRule, TokenRule):
    """The address of one environment stands in the code.

    Why look: the same code runs on another machine tomorrow and still talks to this one.
    Ask: where is this address set for each environment?
    """

    informs = "maintain"
    severity = Severity.LOW
    cwe = 1051
    visits = (cst.SimpleString, cst.FormattedStringText)
    words = ("://",)
    languages = frozenset({"javascript", "typescript", "go", "java", "kotlin", "csharp", "php", "ruby"})

    INVALID = (
        Example('API = "https://api.staging.shop.net/v1"\n'),
        Example('reply = get("http://localhost:8080/orders")\n'),
        Example('URL = f"http://10.0.3.17:{PORT}/orders"\n'),
        Example('def load(base="https://orders-prod.shop.net"):\n    ...\n'),
        Example('client = Client(url="http://orders.internal/api")\n'),
        Example('SOCKET = "wss://dev.shop.net/live"\n'),
        Example('ORIGINS = ["https://shop.net", "http://127.0.0.1:3000"]\n'),
        Example('const API = "https://api.staging.shop.net";\n', path="shop/client.ts"),
        Example('resp, err := http.Get("http://10.0.3.17/orders")\n', path="shop/client.go"),
        Example('class A { String url = "http://localhost:8080/orders"; }\n', path="shop/A.java"),
    )
    VALID = (
        Example('API = os.environ["API_URL"]\n'),
        Example('DOCS = "https://docs.python.org/3/library/"\nSHOP = "https://www.shop.net/orders"\n'),
        Example(
            'API = os.getenv("API_URL", "http://localhost:8080")\nurl = os.environ.get("U") or "http://localhost"\n'
        ),
        Example('parser.add_argument("--url", default="http://localhost:8080")\n'),
        Example('print("open http://localhost:8080")\n"""See http://dev.shop.net."""\n'),
        Example('if url.startswith("http://localhost"):\n    warn()\n'),
        Example('API = "https://api.staging.shop.net/v1"\n', path="shop/settings/staging.py"),
        Example('API = "http://localhost:8080"\n', path="tests/test_api.py"),
        Example('URL = "https://dev.mysql.com/doc"\nWEB = "https://web.dev/lcp"\nPROD = "https://products.shop.net"\n'),
        Example('const API = process.env.API_URL || "http://localhost:8080";\n', path="shop/client.ts"),
        Example('// http://localhost:8080\nconsole.log("http://localhost:8080");\n', path="shop/client.js"),
        Example('export default { server: { proxy: "http://localhost:8080" } }\n', path="vite.config.ts"),
        Example('if host == "http://localhost":\n    warn()\nraise ValueError("no http://localhost")\n'),
        Example('TEST_NET = "http://192.0.2.1/"\nNS = "http://www.w3.org/2001/XMLSchema"\n'),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if (
            at.file.is_test
            or at.file.is_settings
            or at.file.is_example
            or not isinstance(node, (cst.SimpleString, cst.FormattedStringText))
        ):
            return
        match = _URL.search(node.value)
        if match is None or not _is_of_one_environment(match["host"]) or is_for_people(at) or _is_looked_for(at):
            return
        yield Sighting(node, f"`{match[0][:60]}` is the address of one environment")

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_settings or file.is_example or _CONFIGURES.search(file.name):
            return
        told: set[int] = set()
        for token in tokens:
            match = _URL.search(token.text) if token.is_string else None
            if match is None or token.line in told or not _is_of_one_environment(match["host"]):
                continue
            if not _ASIDE.search(file.lines[token.line - 1]):
                told.add(token.line)
                yield LineSighting(token.line, f"`{match[0][:60]}` is the address of one environment")


def _is_of_one_environment(host: str) -> bool:
    host = host.lower()
    if _OTHERS.search(host):
        return False
    return _ADDRESS.fullmatch(host) is not None or _STAGE.search(host) is not None


def _is_looked_for(at: Place) -> bool:
    """True for defaults that can be set, comparisons and patterns."""
    for parent in reversed(at.parents):
        match parent:
            case cst.Comparison() | cst.Expr():
                return isinstance(parent, cst.Comparison)
            case cst.BooleanOperation(left=left) if environment_variable(left) is not None:
                return True
            case cst.Call():
                if environment_variable(parent) is not None or called_name(parent) in _LOOKS:
                    return True
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(name))]):
                return _NAMESPACE.search(name) is not None
            case cst.BaseStatement():
                return False
    return False
