import re
from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.code_text import CSHARP, GO, JVM, PHP, SCRIPT, YAML, languages_of, seen_in, sign
from reviewer.analysis.finding import Severity
from reviewer.analysis.literals import is_false, is_none, key_of, literal_of, quote
from reviewer.analysis.place import Place, has_double_star, keyword, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.template import called_name
from reviewer.analysis.tokens import Token

_SETTERS = frozenset({"set_cookie", "set_secure_cookie", "set_signed_cookie"})
_OPTIONS = ("secure", "httponly", "samesite")
# Settings of Django, Flask and their extensions; off, they open the cookie to scripts and eavesdroppers.
_SETTING = regex(
    r"(?:SESSION|CSRF|REMEMBER|JWT|LANGUAGE|AUTH|SECURITY)\w*_COOKIE_(?:SECURE|HTTPONLY)|\w+_COOKIE_SECURE"
)
_SAME_SITE = regex(r"(?:\w+_)?COOKIE_SAME_?SITE|(?:session|cookie)_same_?site", re.IGNORECASE)
_HARMLESS = regex(r"CSRF_COOKIE_HTTPONLY|LANGUAGE_COOKIE_HTTPONLY")
_DEVELOPMENT = regex(r"(?:^|[/_.-])(?:dev|develop|development|local|test|testing|ci)(?:[/_.-]|$)", re.IGNORECASE)
_MAKERS = regex(r"\w*(?:Session|Cookie)\w*(?:Factory|Middleware|Policy|Profile|Helper|Storage|Transport)\w*")
# A file that never speaks of cookies means something else by `secure: false`.
_NO_COOKIE = r"\A(?![\s\S]*[cC]ookie)(?![\s\S]*[sS]ession\()"
_SESSION = regex(r"sess|token|auth|jwt|login|user|sid|csrf|remember|secret|credential|\bid\b", re.IGNORECASE)
_SIGNS = (
    sign(
        SCRIPT,
        r"\b(?:httpOnly|secure):false\b",
        "`{0}`: a cookie that scripts or eavesdroppers can read",
        unless=_NO_COOKIE,
    ),
    sign(
        SCRIPT,
        r"\b(?:res|response|reply|ctx\.cookies)\.(?:cookie|setCookie|set)\([\"'`](?i:\w*(?:sess|token|auth|jwt|"
        r"sid)\w*)[\"'`],[\w.]+\)",
        "`{0}` without `httpOnly` and `secure`",
    ),
    sign(GO, r"\b(?:HttpOnly|Secure)[:=]false\b", "`{0}`: a cookie that scripts or eavesdroppers can read"),
    sign(
        GO,
        r"http\.SetCookie\(\w+,&http\.Cookie\{(?![^}]{0,400}(?:Secure|HttpOnly):true)[^}]{0,60}",
        "a cookie without `Secure` and `HttpOnly`",
    ),
    sign(
        JVM,
        r"\.set(?:HttpOnly|Secure)\(false\)|\b(?:httpOnly|secure|useHttpOnlyCookie)\(false\)",
        "`{0}`: a cookie that scripts or eavesdroppers can read",
    ),
    sign(
        CSHARP,
        r"\b(?:HttpOnly|Secure)=false\b|CookieSecurePolicy\.None|SameSiteMode\.None",
        "`{0}`: a cookie that others can read or use",
    ),
    sign(
        PHP,
        r"(?<![\w>:$])setcookie\([\"'](?i:\w*(?:sess|token|auth|sid)\w*)[\"'],[^,;\n]{1,80}(?:,[^,;\n]{1,60}){0,3}\);",
        "`{0}` without `secure` and `httponly`",
    ),
    sign(
        YAML,
        r"\b(?:http-only|httpOnly|cookie-secure|cookie-http-only) ?: ?false",
        "`{0}`: a cookie that scripts or eavesdroppers can read",
    ),
)


class InsecureCookie(PythonRule, TokenRule):
    """A cookie is set without what keeps scripts, other sites and eavesdroppers from it.

    Why look: whoever gets the cookie of a session is that user.
    Ask: who else needs to read this cookie, and over which connections does it travel?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 614
    words = (
        "ookie", "COOKIE", "SessionMiddleware", "cookie(", "HttpOnly", "httpOnly", "http-only", "Secure",
        "CookieSecure", "secure",
    )  # fmt: skip
    visits = (cst.Call, cst.Assign)
    languages = languages_of(_SIGNS)

    INVALID = (
        Example("def login(response):\n    response.set_cookie('session', token)\n"),
        Example("def choose(response):\n    response.set_cookie('tea', 'green', max_age=3600)\n"),
        Example("def login(response):\n    response.set_cookie('tea', 'green', secure=False, httponly=True)\n"),
        Example("def login(r):\n    r.set_cookie('tea', 'green', secure=True, httponly=True, samesite=None)\n"),
        Example("def login(r):\n    r.set_cookie('session', token, secure=True, httponly=True)\n"),
        Example("SESSION_COOKIE_SECURE = False\nCSRF_COOKIE_SECURE = False\n", path="shop/settings/production.py"),
        Example("app.config['SESSION_COOKIE_HTTPONLY'] = False\napp.config.update(REMEMBER_COOKIE_SECURE=False)\n"),
        Example(
            "from pyramid.session import SignedCookieSessionFactory\n\n"
            "f = SignedCookieSessionFactory(k, httponly=False)\n",
        ),
        Example("app.config.update(SESSION_COOKIE_SAMESITE='None')\nCSRF_COOKIE_SAMESITE = 'none'\n"),
        Example("def login(r):\n    r.set_cookie('session', t, secure=True, httponly=True, samesite='none')\n"),
        Example("app.use(session({ secret, cookie: { httpOnly: false } }));\n", path="shop/app.js"),
        Example("res.cookie('session', token);\n", path="shop/app.ts"),
        Example('http.SetCookie(w, &http.Cookie{Name: "session", Value: token})\n', path="shop/app.go"),
        Example("cookie.setHttpOnly(false);\n", path="shop/App.java"),
    )
    VALID = (
        Example("def login(r):\n    r.set_cookie('session', token, secure=True, httponly=True, samesite='Lax')\n"),
        Example("def login(r):\n    r.set_cookie('session', token, **COOKIE_OPTIONS)\n"),
        Example(
            "def logout(r):\n    r.delete_cookie('session')\n    r.set_cookie('session', '', expires=0, max_age=0)\n",
        ),
        Example("def login(r):\n    r.set_cookie('s', t, 60, None, '/', None, True, True)\n"),
        Example("SESSION_COOKIE_SECURE = True\nSESSION_COOKIE_HTTPONLY = True\n", path="shop/settings.py"),
        Example("SESSION_COOKIE_SAMESITE = 'Lax'\napp.config['SESSION_COOKIE_SAMESITE'] = 'Strict'\n"),
        Example("SESSION_COOKIE_SECURE = False\n", path="shop/settings/local.py"),
        Example("CSRF_COOKIE_HTTPONLY = False\n", path="shop/settings.py"),
        Example("def test_login(client):\n    client.set_cookie('session', 'x')\n", path="tests/test_login.py"),
        Example("class Response:\n    def set_cookie(self, name, value, secure=False):\n        ...\n"),
        Example("res.cookie('session', token, { httpOnly: true, secure: true });\n", path="shop/app.js"),
        Example(
            'http.SetCookie(w, &http.Cookie{Name: "s", Value: t, Secure: true, HttpOnly: true})\n',
            path="shop/app.go",
        ),
        Example("const mail = connect({ host, secure: false });\n", path="shop/mail.js"),
        Example("cookie.setHttpOnly(true);\n", path="shop/App.java"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test or _DEVELOPMENT.search(at.file.name):
            return
        if isinstance(node, cst.Assign):
            for target in node.targets:
                yield from _setting(node, key_of(target.target, at), node.value, at)
        elif isinstance(node, cst.Call):
            for argument in node.args:
                if argument.keyword is not None:
                    yield from _setting(argument, argument.keyword.value, argument.value, at)
            if called_name(node) in _SETTERS and isinstance(node.func, cst.Attribute):
                yield from _cookie(node, at)
            elif _MAKERS.fullmatch(called_name(node)):
                yield from _turned_off(node, at)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - the text is made of them
        return seen_in(file, _SIGNS)


def _setting(node: cst.CSTNode, name: str, value: cst.BaseExpression, at: Place) -> Iterator[Sighting]:
    if _SETTING.fullmatch(name) and not _HARMLESS.fullmatch(name) and literal_of(value, at) is False:
        yield Sighting(node, f"`{name}` is off")
    elif _SAME_SITE.fullmatch(name) and (is_none(value) or str(literal_of(value, at)).lower() == "none"):
        yield Sighting(node, f"`{name}` sends the cookie with requests of other sites", Severity.LOW)


def _turned_off(call: cst.Call, at: Place) -> Iterator[Sighting]:
    for word in ("secure", "httponly", "https_only", "cookie_secure", "cookie_httponly", "cookie_https_only"):
        if is_false(keyword(call, word)):
            yield Sighting(call, f"`{quote(call.func, at)}` turns `{word}` off")
            return


def _cookie(call: cst.Call, at: Place) -> Iterator[Sighting]:
    values = positional(call)
    if has_double_star(call) or len(values) > 5 or any(arg.star for arg in call.args) or _is_removed(call, at):
        return
    given = {word: keyword(call, word) for word in _OPTIONS}
    off = [word for word, value in given.items() if is_false(value) or is_none(value)]
    missing = [word for word, value in given.items() if value is None]
    key = keyword(call, "key") or keyword(call, "name") or next(iter(values), None)
    is_grave = key is not None and _SESSION.search(at.code(key)) is not None
    shown = f"`{quote(call.func, at)}`"
    if off:
        yield Sighting(call, f"{shown} turns {_list(off)} off")
    elif given["samesite"] is not None and str(literal_of(given["samesite"], at)).lower() == "none":
        said = f"{shown} sends the cookie with requests of other sites"
        yield Sighting(call, said, Severity.LOW if is_grave else Severity.INFO)
    elif missing == ["samesite"]:
        yield Sighting(call, f"{shown} without `samesite`", Severity.LOW if is_grave else Severity.INFO)
    elif missing:
        yield Sighting(call, f"{shown} without {_list(missing)}", Severity.MEDIUM if is_grave else Severity.LOW)


def _is_removed(call: cst.Call, at: Place) -> bool:
    """True if the cookie is only set to expire."""
    return any(
        value is not None and literal_of(value, at) == 0
        for value in (keyword(call, "expires"), keyword(call, "max_age"))
    )


def _list(words: list[str]) -> str:
    return " and ".join(f"`{word}`" for word in words)
