import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.literals import value_of
from reviewer.analysis.place import Place, positional, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import called_name

_FUNCTIONS = {
    f"{module}.{name}": name
    for module in ("re", "regex", "re2")
    for name in ("compile", "match", "search", "fullmatch")
}
_ENDINGS = (
    "com|org|net|io|dev|app|de|eu|uk|fr|ch|at|nl|it|es|us|ca|co|gov|edu|info|biz|cloud|ai|example|test|internal|local|"
    "shop|site"
)
# A name of a host, with its dots as a pattern writes them.
_HOST = regex(rf"(?:[a-z0-9][a-z0-9-]*(?:\\?\.))+(?:{_ENDINGS})(?![\w\\(\[*+?-]*[a-z(])", re.IGNORECASE)
_OPEN_DOT = regex(r"(?<!\\)\.")
_SCHEME = regex(r"\^?\(?(?:\?:)?(?:https\??|http|wss\??|ws)\)?:(?:\\?/){2}")
_ENDED = regex(r"(?:\$|\\Z|\\z|/|\\/|\[/|\(/|\(\?:/|\(:|\(\?::|:\\d|\(\?:\\?:|\\b)")
_ADDRESS = regex(
    r"url|uri|origin|host|domain|refer(?:r)?er|redirect|next|target|site|link|address|netloc|callback|return_to",
    re.IGNORECASE,
)
_TRUST = regex(
    r"allow|trust|permit|safe|valid|partner|internal|is_own|whitelist|origin|cors|check|redirect|refer(?:r)?er|same_site|may_",
    re.IGNORECASE,
)
_PARSED = regex(r"netloc|hostname|\bhost\b|urlparse|urlsplit|domain", re.IGNORECASE)
_NAME = regex(rf"(?:https?://)?(?:\.?[a-z0-9][a-z0-9-]*)(?:\.[a-z0-9-]+)*\.(?:{_ENDINGS})", re.IGNORECASE)


class LooseHostPattern(PythonRule):
    """A test for a trusted address also lets others through: a dot that matches anything, an end left open.

    Why look: `shop.net` as a part of `https://shop.net.evil.org` or of `https://evilshop.net` is somebody else's site.
    Ask: would comparing the host that `urlsplit` finds with a list do?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 625
    visits = (cst.Call, cst.Comparison, cst.Arg, cst.Assign)
    words = (
        "re.", "compile(", "match(", "search(", "startswith(", "endswith(", " in ", "origin_regex", "ORIGIN_REGEX",
    )  # fmt: skip

    INVALID = (
        Example("import re\n\nSHOP = re.compile(r'https://tea.shop.net')\n"),
        Example("import re\n\n\ndef is_ours(url):\n    return re.match(r'https://(\\w+\\.)?tea-shop\\.com', url)\n"),
        Example("import re\n\n\ndef is_ours(host):\n    return re.search(r'tea-shop\\.com$', host) is not None\n"),
        Example("def may_go_to(url):\n    return url.startswith('https://tea-shop.com')\n"),
        Example(
            "from urllib.parse import urlsplit\n\n\ndef may_go_to(url):\n"
            "    return urlsplit(url).hostname.endswith('tea-shop.com')\n"
        ),
        Example("def is_allowed(origin):\n    return 'tea-shop.com' in origin\n"),
        Example(
            "from fastapi.middleware.cors import CORSMiddleware\n\n"
            "app.add_middleware(CORSMiddleware, allow_origin_regex='https://.*.tea-shop.com')\n"
        ),
    )
    VALID = (
        Example("import re\n\nSHOP = re.compile(r'https://tea\\.shop\\.net(?:/|$)')\n"),
        Example(
            "import re\n\n\ndef is_ours(url):\n    return re.fullmatch(r'https://(\\w+\\.)?tea-shop\\.com', url)\n"
        ),
        Example("import re\n\n\ndef is_ours(host):\n    return re.search(r'^(.+\\.)?tea-shop\\.com$', host)\n"),
        Example(
            "import re\n\nSHOP = re.compile(r'https://tea-shop\\.com')\n\n\ndef is_ours(url):\n"
            "    return SHOP.fullmatch(url) is not None\n"
        ),
        Example("def may_go_to(url):\n    return url.startswith('https://tea-shop.com/')\n"),
        Example("def may_go_to(host):\n    return host == 'tea-shop.com' or host.endswith('.tea-shop.com')\n"),
        Example("HOSTS = {'tea-shop.com'}\n\n\ndef is_allowed(host):\n    return host in HOSTS\n"),
        Example("def is_allowed(host):\n    return host in ('tea-shop.com', 'tea-shop.net')\n"),
        Example("import re\n\nLINK = re.compile(r'https?://[\\w.]+/teas/(\\d+)')\nNAME = re.compile(r'index.html')\n"),
        Example("def is_mail(text):\n    return 'tea-shop.com' in text\n"),
        Example(
            "import re\n\n\ndef test_it(url):\n    re.match('https://tea.shop.net', url)\n", path="tests/test_it.py"
        ),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test or at.file.is_example:
            return
        said = None
        match node:
            case cst.Call():
                said = _of_call(node, at)
            case cst.Comparison(left=left, comparisons=[cst.ComparisonTarget(cst.In() | cst.NotIn(), whole)]):
                said = _of_part(left, whole, at)
            case cst.Arg(keyword=cst.Name("allow_origin_regex"), value=value):
                said = _of_pattern(value, "fullmatch", at)
            case cst.Assign(
                targets=[cst.AssignTarget(cst.Name("CORS_ALLOWED_ORIGIN_REGEXES" | "CORS_ORIGIN_REGEX_WHITELIST"))]
            ):
                elements = node.value.elements if isinstance(node.value, (cst.List, cst.Tuple)) else ()
                said = next((each for one in elements if (each := _of_pattern(one.value, "match", at))), None)
        if said is not None:
            yield Sighting(node, *said)


def _of_call(call: cst.Call, at: Place) -> tuple[str, Severity] | None:
    name = at.name(call.func) or ""
    values = positional(call)
    if name in _FUNCTIONS and at.is_imported(call.func) and values:
        if _FUNCTIONS[name] != "compile" and len(values) > 1 and _ADDRESS.search(_around(call, at)) is None:
            return None
        return _of_pattern(values[0], _use(name, at), at)
    if (
        called_name(call) not in ("startswith", "endswith")
        or not isinstance(call.func, cst.Attribute)
        or len(values) != 1
    ):
        return None
    owner = at.code(call.func.value)
    texts = values[0].elements if isinstance(values[0], cst.Tuple) else (cst.Element(values[0]),)
    for each in texts:
        text = string_value(value_of(each.value, at)) or ""
        if _NAME.fullmatch(text) is None or _ADDRESS.search(owner) is None:
            continue
        if called_name(call) == "startswith" and text.startswith("http"):
            return f"`{text}` also begins the address of another host: a `/` is missing", Severity.MEDIUM
        if called_name(call) == "endswith" and not text.startswith((".", "http")) and _is_trusted(call, at):
            return f"`{text}` also ends the name of another host: a `.` is missing", Severity.MEDIUM
    return None


def _use(name: str, at: Place) -> str:
    """Return how a pattern is used: by what it is compiled for, as far as the file shows."""
    kind = _FUNCTIONS[name]
    if kind != "compile":
        return kind
    target = at.parent.targets[0].target if isinstance(at.parent, cst.Assign) else None
    if target is None:
        return "unknown"
    text = "\n".join(at.source.lines)
    used = re.findall(rf"\b{re.escape(at.code(target).rpartition('.')[2])}\s*\.\s*(fullmatch|match|search)\(", text)
    return used[0] if used and len(set(used)) == 1 else "unknown"


def _of_pattern(node: cst.BaseExpression, use: str, at: Place) -> tuple[str, Severity] | None:
    literal = value_of(node, at)
    text = literal.evaluated_value if isinstance(literal, (cst.SimpleString, cst.ConcatenatedString)) else None
    if not isinstance(text, str) or len(text) > 300 or "@" in text or "\n" in text:
        return None
    scheme = _SCHEME.match(text)
    host = _HOST.search(text, scheme.end() if scheme is not None else 0)
    if host is None:
        return None
    is_address = scheme is not None or _ADDRESS.search(_around(node, at)) is not None
    rest = text[host.end() :]
    if not is_address or re.search(r"[/?#].*\w", rest.replace("(?:", "").replace("\\", "")):
        return None  # what follows the host says that more than the host is looked for
    if _OPEN_DOT.search(host[0]):
        return f"the dot in `{host[0]}` matches any character", Severity.MEDIUM
    is_whole = use == "fullmatch" or _ENDED.match(rest) is not None or _ENDED.match(rest.lstrip(")")) is not None
    if not is_whole and use in ("match", "search"):
        return f"`{host[0]}` is not the end of the host: more may follow", Severity.MEDIUM
    before = text[: host.start()]
    if (
        use == "search"
        and scheme is None
        and not before.lstrip("(?:").startswith(("^", "\\A"))
        and not before.endswith("\\.")
    ):
        return f"anything may stand before `{host[0]}`", Severity.LOW
    return None


def _of_part(part: cst.BaseExpression, whole: cst.BaseExpression, at: Place) -> tuple[str, Severity] | None:
    """Return what is wrong with `"shop.net" in url`."""
    text = string_value(part) or ""
    if _NAME.fullmatch(text) is None or isinstance(whole, (cst.Tuple, cst.List, cst.Set, cst.Dict)):
        return None
    code = at.code(whole)
    if not _ADDRESS.search(code) or re.search(
        r"s\b|hosts|HOSTS|domains|ALLOWED|allowed|list|set", code.rpartition(".")[2]
    ):
        return None
    return (f"`{text}` may stand anywhere in `{code}`", Severity.MEDIUM) if _is_trusted(whole, at) else None


def _is_trusted(node: cst.CSTNode, at: Place) -> bool:
    """True where an address is tested to be let through, going by the names around."""
    function = at.function.name.value if at.function is not None else ""
    return _TRUST.search(function) is not None or (
        _PARSED.search(at.code(node)) is not None and _TRUST.search(_around(node, at)) is not None
    )


def _around(node: cst.CSTNode, at: Place) -> str:
    """Return the statement's code and the name of its function."""
    statement = at.enclosing(cst.SimpleStatementLine)
    function = at.function.name.value if at.function is not None else ""
    return f"{function} {at.code(statement if statement is not None else node)}"
