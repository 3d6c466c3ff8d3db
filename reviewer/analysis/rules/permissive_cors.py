import re
from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.code_text import CSHARP, GO, JVM, PHP, SCRIPT, YAML, languages_of, seen_in, sign
from reviewer.analysis.finding import Severity
from reviewer.analysis.guards import outcomes_around
from reviewer.analysis.literals import called, is_true, key_of, literal_of, quote, value_of
from reviewer.analysis.place import Place, has_double_star, keyword, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.template import called_name
from reviewer.analysis.tokens import Token

_HEADER = "access-control-allow-origin"
_LISTS = regex(
    r"CORS_ALLOWED_ORIGINS|CORS_ORIGIN_WHITELIST|CORS_ORIGINS|CORS_ALLOWED_ORIGIN_REGEXES|BACKEND_CORS_ORIGINS|"
    r"cors_allowed_origins|cors_origins|allow_origins|allow_origin_regex|allowed_origins|ALLOWED_ORIGINS|"
    r"CSRF_TRUSTED_ORIGINS"
)
_ALL = frozenset({"CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL", "allow_all_origins"})
_ANY = regex(r"\*|\^?\.[*+]\$?|https?://\*|\^?https\?://\.[*+]\$?")
_ANY_RESOURCE = regex(r"""["']origins?["']: *\[?["'](?:\*|\.\*)["']""")
_DEVELOPMENT = regex(r"(?:^|[/_.-])(?:dev|develop|development|local|test|testing|ci)(?:[/_.-]|$)", re.IGNORECASE)
_ANSWERS = "any site may read what this answers"
_SIGNS = (
    sign(
        SCRIPT,
        r"\borigin:(?:[\"'`]\*[\"'`]|true\b|\[[\"'`]\*[\"'`]\])|\ballowedOrigins:\[[\"'`]\*[\"'`]\]",
        f"`{{0}}`: {_ANSWERS}",
    ),
    sign(
        SCRIPT,
        r"(?:setHeader|header|set|append|"
        r"writeHead)\((?:\d+,\{)?[\"'`][aA]ccess-[cC]ontrol-[aA]llow-[oO]rigin[\"'`][,:](?:[\"'`]\*[\"'`]|"
        r"req\.headers?[.\[(])",
        f"`{{0}}`: {_ANSWERS}",
    ),
    sign(SCRIPT, r"\buse\(cors\(\)\)", f"`{{0}}`: {_ANSWERS}", Severity.LOW),
    sign(
        GO,
        r"AllowedOrigins:\[\]string\{\"\*\"|AllowAllOrigins[:=]true|AllowOrigins:\[\]string\{\"\*\"|\.(?:Set|"
        r"Add)\(\"Access-Control-Allow-Origin\",\"\*\"|handlers\.AllowedOrigins\(\[\]string\{\"\*\"",
        f"`{{0}}`: {_ANSWERS}",
    ),
    sign(
        JVM,
        r"@CrossOrigin(?:\((?:origins?=|value=)?\{?\"\*\"|\(\)|(?=\s*\n))|\.allowedOrigins\(\"\*\"|"
        r"\.addAllowedOrigin(?:Pattern)?\(\"\*\"|\.allowedOriginPatterns\(\"\*\"|(?:set|"
        r"add)Header\(\"Access-Control-Allow-Origin\",\"\*\"",
        f"`{{0}}`: {_ANSWERS}",
    ),
    sign(
        CSHARP,
        r"\.AllowAnyOrigin\(\)|\.SetIsOriginAllowed\(\w+=>true\)|Headers\.Add\(\"Access-Control-Allow-Origin\",\"\*\"",
        f"`{{0}}`: {_ANSWERS}",
    ),
    sign(PHP, r"\bheader\([\"']Access-Control-Allow-Origin: ?\*", f"`{{0}}`: {_ANSWERS}"),
    sign(
        YAML,
        r"(?i:access-control-allow-origin|allow-?origins?|cors-allow-origin|"
        r"allowed-?origins?) ?: ?(?:\[ ?)?(?:- )?[\"']\*[\"']",
        f"`{{0}}`: {_ANSWERS}",
    ),
)


class PermissiveCors(PythonRule, TokenRule):
    """Pages of any other site may call this application and read its answers.

    Why look: a page the user opens elsewhere can then act here, in the user's name or from inside the network.
    Ask: which sites need to call it, and does it know its users by cookie or address?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 942
    words = (
        "CORS", "cors", "rigin", "Origin", "origin", "ORIGIN",
    )  # fmt: skip
    visits = (cst.Call, cst.Assign, cst.AnnAssign, cst.DictElement)
    languages = languages_of(_SIGNS)

    INVALID = (
        Example("from flask_cors import CORS\n\nCORS(app)\n"),
        Example("from flask_cors import CORS\n\nCORS(app, resources={'/*': {'origins': '*'}})\n"),
        Example("from flask_cors import cross_origin\n\n@cross_origin(origins='*')\ndef order():\n    ...\n"),
        Example(
            "from fastapi.middleware.cors import CORSMiddleware\n\n"
            "app.add_middleware(CORSMiddleware, allow_origins=['*'], allow_credentials=True)\n"
        ),
        Example("CORS_ALLOW_ALL_ORIGINS = True\n", path="shop/settings.py"),
        Example("def reply(response):\n    response.headers['Access-Control-Allow-Origin'] = '*'\n"),
        Example("def reply(response):\n    response.headers.add('Access-Control-Allow-Origin', '*')\n"),
        Example("HEADERS = {'Access-Control-Allow-Origin': '*'}\n"),
        Example("def reply(r, request):\n    r['Access-Control-Allow-Origin'] = request.headers['Origin']\n"),
        Example("import socketio\n\nserver = socketio.Server(cors_allowed_origins='*')\n"),
        Example("app.use(cors({ origin: '*', credentials: true }));\n", path="shop/app.js"),
        Example("res.setHeader('Access-Control-Allow-Origin', '*');\n", path="shop/app.ts"),
        Example('w.Header().Set("Access-Control-Allow-Origin", "*")\n', path="shop/app.go"),
        Example('@CrossOrigin(origins = "*")\nclass Orders {}\n', path="shop/Orders.java"),
    )
    VALID = (
        Example("from flask_cors import CORS\n\nCORS(app, origins=['https://tea-shop.com'])\n"),
        Example("from fastapi.middleware.cors import CORSMiddleware\n\nadd(CORSMiddleware, allow_origins=ORIGINS)\n"),
        Example("def reply(response):\n    response.headers['Access-Control-Allow-Origin'] = SHOP\n"),
        Example("CORS_ALLOWED_ORIGINS = ['https://tea-shop.com']\n", path="shop/settings.py"),
        Example("CORS_ALLOW_ALL_ORIGINS = True\n", path="shop/settings/dev.py"),
        Example("if DEBUG:\n    CORS_ALLOW_ALL_ORIGINS = True\n", path="shop/settings.py"),
        Example(
            "def reply(r, o):\n    if o in ALLOWED:\n        r['Access-Control-Allow-Origin'] = o.headers['Origin']\n",
        ),
        Example("def test_cors(app):\n    CORS_ALLOW_ALL_ORIGINS = True\n", path="tests/test_cors.py"),
        Example("app.use(cors({ origin: 'https://tea-shop.com' }));\n", path="shop/app.js"),
        Example('w.Header().Set("Access-Control-Allow-Origin", shop)\n', path="shop/app.go"),
        Example('@CrossOrigin(origins = "https://tea-shop.com")\nclass Orders {}\n', path="shop/Orders.java"),
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
    return any(outcome and "debug" in at.code(test).lower() for test, outcome in outcomes_around(at, node))


def _faults(node: cst.CSTNode, at: Place) -> Iterator[tuple[str, Severity]]:
    match node:
        case cst.Call():
            yield from _call(node, at)
        case cst.Assign(targets=targets, value=value):
            for target in targets:
                yield from _named(key_of(target.target, at), value, node, at)
        case cst.AnnAssign(target=target, value=cst.BaseExpression() as value):
            yield from _named(key_of(target, at), value, node, at)
        case cst.DictElement(key=key, value=value):
            yield from _named(str(literal_of(key, at)), value, node, at)


def _named(name: str, value: cst.BaseExpression, node: cst.CSTNode, at: Place) -> Iterator[tuple[str, Severity]]:
    if name in _ALL and literal_of(value, at) is True:
        yield f"`{name} = True`: {_ANSWERS}", Severity.MEDIUM
    elif _LISTS.fullmatch(name) and _is_any(value, at):
        yield f"`{name} = {quote(value, at)}`: {_ANSWERS}", Severity.MEDIUM
    elif name.lower() == _HEADER:
        if _is_any(value, at):
            yield f"`*`: {_ANSWERS}", Severity.MEDIUM
        elif re.search(r"""["'](?:HTTP_)?origin["']""", at.code(value), re.IGNORECASE) and not any(
            outcomes_around(at, node)
        ):
            yield f"whoever asks is allowed: {_ANSWERS}", Severity.MEDIUM


def _is_any(node: cst.BaseExpression, at: Place) -> bool:
    value = value_of(node, at)
    elements = value.elements if isinstance(value, (cst.List, cst.Tuple, cst.Set)) else ()
    texts = [literal_of(element.value, at) for element in elements] or [literal_of(value, at)]
    return any(isinstance(text, str) and _ANY.fullmatch(text) is not None for text in texts)


def _call(call: cst.Call, at: Place) -> Iterator[tuple[str, Severity]]:
    values = positional(call)
    if len(values) > 1 and str(literal_of(values[0], at)).lower() == _HEADER:
        yield from _named(_HEADER, values[1], call, at)
    if called(call, at).startswith("flask_cors."):
        yield from _flask(call, at)
        return
    for argument in call.args:
        word = argument.keyword.value if argument.keyword is not None else ""
        if word in ("allow_origins", "allow_origin_regex") and is_true(keyword(call, "allow_credentials")):
            if _is_any(argument.value, at):
                yield "any site may read what this answers to a user who is logged in", Severity.HIGH
        elif word:
            yield from _named(word, argument.value, call, at)


def _flask(call: cst.Call, at: Place) -> Iterator[tuple[str, Severity]]:
    if called_name(call) not in ("CORS", "cross_origin") or has_double_star(call):
        return
    origins = keyword(call, "origins") or keyword(call, "origin") or keyword(call, "resources")
    if origins is None:
        with_login = is_true(keyword(call, "supports_credentials"))
        yield f"`{quote(call, at)}`: {_ANSWERS}", Severity.MEDIUM if with_login else Severity.LOW
    elif _is_any(origins, at) or _ANY_RESOURCE.search(at.code(origins)):
        yield f"`{quote(call.func, at)}`: {_ANSWERS}", Severity.MEDIUM
