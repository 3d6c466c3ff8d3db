import re
from collections.abc import Iterator, Mapping, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.code_text import CSHARP, GO, JVM, PHP, RUBY, SCRIPT, SHELL, YAML, languages_of, seen_in, sign
from reviewer.analysis.finding import Severity
from reviewer.analysis.guards import outcomes_around
from reviewer.analysis.literals import called, is_true, key_of, literal_of, quote, value_of
from reviewer.analysis.place import Place, dotted_name, keyword, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.template import called_name
from reviewer.analysis.tokens import Token

# Settings by name, with the value that takes a protection away.
_SETTINGS: Mapping[str, tuple[object, Severity]] = {
    **dict.fromkeys(
        ("WTF_CSRF_ENABLED", "CSRF_ENABLED", "WTF_CSRF_CHECK_DEFAULT", "JWT_COOKIE_CSRF_PROTECT", "xsrf_cookies"),
        (False, Severity.MEDIUM),
    ),
    **dict.fromkeys(("require_csrf", "csrf_enabled", "check_csrf", "check_origin"), (False, Severity.MEDIUM)),
    **dict.fromkeys(
        ("SECURE_SSL_REDIRECT", "SECURE_CONTENT_TYPE_NOSNIFF", "SECURE_BROWSER_XSS_FILTER"), (False, Severity.LOW)
    ),
    **dict.fromkeys(("TESTING", "TEMPLATE_DEBUG", "DEBUG_PROPAGATE_EXCEPTIONS"), (True, Severity.LOW)),
    "SECURE_HSTS_SECONDS": (0, Severity.LOW),
    "X_FRAME_OPTIONS": ("ALLOWALL", Severity.MEDIUM),
}
_HOST_LISTS: Mapping[str, Severity] = {
    "ALLOWED_HOSTS": Severity.MEDIUM, "allowed_hosts": Severity.LOW, "trusted_hosts": Severity.LOW,
}  # fmt: skip
_DEVELOPMENT = regex(
    r"(?:^|[/_.-])(?:dev|develop|development|local|test|testing|ci|example|sample)(?:[/_.-]|$)", re.IGNORECASE
)
_DEVELOPING_CLASS = regex(r"Dev|Test|Local|Debug")
_SERVERS = regex(r"(?:\w*app\w*|\w*server\w*|socketio|\w*api|bottle|application|web|sio|dash)", re.IGNORECASE)
_FRAMEWORKS = frozenset(
    {"FastAPI", "Starlette", "Sanic", "Application", "Litestar", "Quart", "Robyn", "run_simple", "BlackSheep"}
)
_EVERYWHERE = ("0.0.0.0", "::", "[::]")  # noqa: S104 - they are what is sought
_HOSTS = regex(r"(?:\w+_)?(?:host|hostname|bind|address|addr|ip|interface|listen\w*|iface)", re.IGNORECASE)
# A browser that was lured here could not say this.
_PROVES_SENDER = regex(
    r"construct_event|hmac|compare_digest|[sS]ignature|SIGNATURE|verify_|\.verify\(|_verified|webhook_secret|WEBHOOK_SECRET|"
    r"RequestValidator|HTTP_AUTHORIZATION|[\"']Authorization[\"']|api_?key|API_?KEY|[bB]earer|authenticate_token|constant_time"
)
_BINDERS = regex(
    r"bind|run|run_app|run_server|serve|create_server|start_server|listen|launch|\w*Server|make_server|"
    r"run_simple|TCPSite|"
    r"create_unix_server|start"
)
_SIGNS = (
    sign(
        SCRIPT,
        r"\b(?:contentSecurityPolicy|frameguard|xssFilter|noSniff|hsts):false\b|\bdisable\([\"'`]x-frame-options",
        "`{0}` takes a protection away",
        Severity.LOW,
    ),
    sign(
        SCRIPT,
        r"\.listen\([^\n;]{1,60},[\"'`]0\.0\.0\.0[\"'`]",
        "`{0}` listens to every network this machine is in",
        Severity.LOW,
    ),
    sign(
        SCRIPT,
        r"\b(?:nodeIntegration|webviewTag|allowRunningInsecureContent):true\b|\b(?:contextIsolation|"
        r"webSecurity):false\b",
        "`{0}` lets pages reach this machine",
    ),
    sign(
        JVM,
        r"\.csrf\(\)\.disable\(\)|\.csrf\(\w+->\w+\.disable\(\)\)|\.csrf\(\w+::disable\)|"
        r"\.frameOptions\(\)\.disable\(\)|\.headers\(\)\.disable\(\)|\bcsrf\{disable\(\)\}",
        "`{0}` takes a protection away",
    ),
    sign(
        GO,
        r"gin\.SetMode\(gin\.DebugMode\)|csrf\.Secure\(false\)|_\"net/http/pprof\"",
        "`{0}` shows the inside of the program",
        Severity.LOW,
    ),
    sign(
        CSHARP,
        r"ValidateRequest=false|\[ValidateInput\(false\)\]|\[IgnoreAntiforgeryToken\]|EnableViewStateMac=false",
        "`{0}` takes a protection away",
    ),
    sign(
        PHP,
        r"ini_set\([\"']display_errors[\"'],(?:[\"']?(?:1|On)[\"']?|true)",
        "`{0}` shows visitors the inside of the program",
        Severity.LOW,
    ),
    sign(
        RUBY,
        r"skip_before_action :verify_authenticity_token|protect_from_forgery with: ?:null_session|"
        r"skip_forgery_protection",
        "`{0}` lets other sites send requests in a user's name",
    ),
    sign(
        SHELL | YAML,
        r"\b(?:FLASK_DEBUG|DJANGO_DEBUG|FLASK_ENV|APP_DEBUG|WERKZEUG_DEBUG) ?[=:] ?[\"']?(?:1|[tT]rue|on|"
        r"development)\b",
        "`{0}` shows visitors the inside of the program",
        Severity.LOW,
    ),
)


class WebConfigWeakened(PythonRule, TokenRule):
    """A protection of a web application is switched off, or it is open to all.

    Why look: what is handy while developing is an open door in production.
    Ask: is this what runs in production?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 16
    words = (
        "debug", "DEBUG", "CSRF", "csrf", "SECURE_", "HOSTS", "hosts", *_EVERYWHERE, "xsrf", "TESTING", "X_FRAME",
        "listen", "frame_options", "check_origin", "contentSec", "frameguard", "xssFilter", "noSniff", "hsts",
        "Integration", "Isolation", "webSecurity", "webviewTag", "disable", "display_errors", "forgery",
        "authenticity", "host", "Validate", "Antiforgery", "SetMode", "pprof", "ViewState",
        "InsecureContent",
    )  # fmt: skip
    visits = (cst.Call, cst.Assign, cst.AnnAssign, cst.Decorator, cst.DictElement, cst.Param)
    languages = languages_of(_SIGNS)

    INVALID = (
        Example("app.config['WTF_CSRF_ENABLED'] = False\napp.config.update(TESTING=True)\n"),
        Example("from tornado.web import Application\n\napp = Application(routes, xsrf_cookies=False)\n"),
        Example("class ProductionConfig:\n    DEBUG = True\n", path="shop/config.py"),
        Example("from flask_wtf import CSRFProtect\n\ncsrf = CSRFProtect(app)\n\n@csrf.exempt\ndef pay():\n    ...\n"),
        Example("from flask import Flask\n\napp = Flask(__name__)\napp.run(debug=True)\n"),
        Example(
            "from flask import Flask\n\napp = Flask(__name__)\n\nif __name__ == '__main__':\n    app.run(debug=True)\n",
        ),
        Example("from fastapi import FastAPI\n\napp = FastAPI(debug=True)\n"),
        Example("DEBUG = True\n", path="shop/settings.py"),
        Example("ALLOWED_HOSTS = ['*']\n", path="shop/settings.py"),
        Example("from django.views.decorators.csrf import csrf_exempt\n\n@csrf_exempt\ndef order(request):\n    ...\n"),
        Example("import socket\n\nserver = socket.socket()\nserver.bind(('0.0.0.0', 8080))\n"),
        Example("import uvicorn\n\nuvicorn.run(app, host='0.0.0.0')\n"),
        Example("import logging.config\n\nserver = logging.config.listen(9030)\n"),
        Example("app.use(helmet({ contentSecurityPolicy: false }));\n", path="shop/app.js"),
        Example("http.csrf().disable();\n", path="shop/Security.java"),
        Example("FROM tea\nENV FLASK_DEBUG=1\n", path="Dockerfile"),
    )
    VALID = (
        Example("from flask import Flask\n\napp = Flask(__name__)\napp.run(debug=settings.DEBUG)\n"),
        Example("import subprocess\n\nrun(command, debug=True)\nlogger = make_logger(debug=True)\n"),
        Example("DEBUG = True\nALLOWED_HOSTS = ['*']\n", path="shop/settings/development.py"),
        Example("class DevConfig:\n    DEBUG = True\n\nclass TestConfig:\n    TESTING = True\n", path="shop/config.py"),
        Example(
            "DEBUG = env.bool('DEBUG', default=False)\nALLOWED_HOSTS = ['tea-shop.com']\n",
            path="shop/settings.py",
        ),
        Example(
            "import hmac\nfrom django.views.decorators.csrf import csrf_exempt\n\n@csrf_exempt\ndef parcel(request):\n"
            "    if not hmac.compare_digest(sign(request.body), request.headers['X-Sign']):\n        return None\n"
        ),
        Example("import socket\n\nserver.bind(('127.0.0.1', 8080))\nif host == '0.0.0.0':\n    warn(host)\n"),
        Example("import logging.config\n\nlogging.config.listen(9030, verify=check)\n"),
        Example("DEBUG = True\n", path="tests/settings.py"),
        Example("app.use(helmet());\napp.listen(port);\n", path="shop/app.js"),
        Example("http.csrf(Customizer.withDefaults());\n", path="shop/Security.java"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test or _DEVELOPMENT.search(at.file.name) or _is_for_developing(node, at):
            return
        seen = next(_faults(node, at), None)
        if seen is not None:
            yield Sighting(node, *seen)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - the text is made of them
        return seen_in(file, _SIGNS)


def _is_for_developing(node: cst.CSTNode, at: Place) -> bool:
    """True in `class DevConfig` and under `if DEBUG`."""
    inside = at.enclosing(cst.ClassDef)
    if inside is not None and _DEVELOPING_CLASS.search(inside.name.value):
        return True
    return any(outcome and "debug" in at.code(test).lower() for test, outcome in outcomes_around(at, node))


def _faults(node: cst.CSTNode, at: Place) -> Iterator[tuple[str, Severity]]:
    match node:
        case cst.Call():
            yield from _call(node, at)
        case cst.Assign(targets=targets, value=value):
            for target in targets:
                yield from _named(key_of(target.target, at), value, at)
        case cst.AnnAssign(target=target, value=cst.BaseExpression() as value):
            yield from _named(key_of(target, at), value, at)
        case cst.DictElement(key=key, value=value):
            yield from _named(str(literal_of(key, at)), value, at)
        case cst.Param(name=cst.Name(name), default=cst.BaseExpression() as default) if _HOSTS.fullmatch(name):
            yield from _bound(default, at)
        case cst.Decorator(decorator=decorator):
            yield from _decorator(decorator, at)


def _named(name: str, value: cst.BaseExpression, at: Place) -> Iterator[tuple[str, Severity]]:
    shown = f"`{name} = {quote(value, at)}`"
    literal = literal_of(value, at)
    if name in _SETTINGS and literal is not None and (literal, type(literal)) == (w := _SETTINGS[name][0], type(w)):
        yield f"{shown} takes a protection away", _SETTINGS[name][1]
    elif name in _HOST_LISTS and re.search(r"""["']\*["']""", at.code(value_of(value, at))):
        yield f"{shown} answers under any name a request gives it", _HOST_LISTS[name]
    elif name == "DEBUG" and is_true(value):
        yield f"{shown} shows visitors the inside of the program", _weight_of_debug(at)
    elif (
        name == "debug"
        and is_true(value)
        and isinstance(at.parent, cst.SimpleStatementLine)
        and "flask" in _origins(at)
    ):
        yield f"{shown} shows visitors the inside of the program", Severity.MEDIUM
    elif _HOSTS.fullmatch(name):
        yield from _bound(value, at)


def _origins(at: Place) -> set[str]:
    return {origin.partition(".")[0] for origin in at.imports.values()}


def _weight_of_debug(at: Place) -> Severity:
    is_setting = at.file.is_settings or not isinstance(at.parent, cst.SimpleStatementLine) or at.enclosing(cst.ClassDef)
    return Severity.MEDIUM if is_setting or _origins(at) & {"flask", "django", "fastapi"} else Severity.LOW


def _bound(node: cst.BaseExpression, at: Place) -> Iterator[tuple[str, Severity]]:
    value = node.elements[0].value if isinstance(node, cst.Tuple) and node.elements else node
    literal = literal_of(value, at)
    if isinstance(literal, str) and literal in _EVERYWHERE:
        yield f"`{quote(value, at)}` listens to every network this machine is in", Severity.LOW


def _call(call: cst.Call, at: Place) -> Iterator[tuple[str, Severity]]:
    name, full = called_name(call), called(call, at)
    yield from _debug(call, name, at)
    if full == "logging.config.listen" and keyword(call, "verify") is None and len(positional(call)) < 2:
        yield f"`{quote(call.func, at)}` runs what any local user sends it", Severity.MEDIUM
    for argument in call.args:
        word = argument.keyword.value if argument.keyword is not None else ""
        if word in _SETTINGS or word in _HOST_LISTS or word == "DEBUG" or _HOSTS.fullmatch(word):
            yield from _named(word, argument.value, at)
        elif not word and _BINDERS.fullmatch(name):
            yield from _bound(argument.value, at)
    if full.endswith("csrf_exempt") or (name == "exempt" and "csrf" in at.code(call.func)):
        yield f"`{quote(call, at)}` lets other sites send requests in a user's name", Severity.MEDIUM


def _debug(call: cst.Call, name: str, at: Place) -> Iterator[tuple[str, Severity]]:
    given = keyword(call, "debug") or keyword(call, "use_debugger")
    if given is None or literal_of(given, at) is not True:
        return
    owner = (dotted_name(call.func.value) or "").rpartition(".")[2] if isinstance(call.func, cst.Attribute) else ""
    is_run = name in ("run", "run_server", "run_app", "init_app") and _SERVERS.fullmatch(owner)
    if is_run or name in _FRAMEWORKS:
        severity = Severity.MEDIUM if _is_main(call, at) or name in ("FastAPI", "Starlette") else Severity.HIGH
        yield f"`{quote(call.func, at)}` with `debug=True` shows visitors the inside, or lets them run code", severity


def _is_main(node: cst.CSTNode, at: Place) -> bool:
    return any("__main__" in at.code(test) for test, _ in outcomes_around(at, node))


def _decorator(decorator: cst.BaseExpression, at: Place) -> Iterator[tuple[str, Severity]]:
    if isinstance(decorator, cst.Call):
        if called_name(decorator) == "method_decorator" and any(
            "csrf_exempt" in at.code(one) for one in positional(decorator)
        ):
            yield "`csrf_exempt` lets other sites send requests in a user's name", Severity.MEDIUM
        return
    name = at.name(decorator) or ""
    if name.endswith(("csrf_exempt", "csrf.exempt")):
        function = at.parent if isinstance(at.parent, cst.FunctionDef) else None
        if function is not None and _PROVES_SENDER.search(at.code(function.body)):
            return
        yield f"`{quote(decorator, at)}` lets other sites send requests in a user's name", Severity.MEDIUM
    elif name.endswith("xframe_options_exempt"):
        yield f"`{quote(decorator, at)}` lets other sites show this page as theirs", Severity.LOW
