import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.origin import below
from reviewer.analysis.place import Place, dotted_name, keyword, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import called_name

_WRITING = frozenset({"post", "put", "patch", "delete"})
_ROUTERS = frozenset({"route", "api_route", "get", "websocket", *_WRITING})
_ROUTER = regex(
    r"(?:\w+\.)*_?(?:\w+_)?(?:app|application|api|router|routes|bp|blueprint|server|web|sanic)\d?", re.IGNORECASE
)
_FRAMEWORKS = frozenset(
    {"flask", "fastapi", "starlette", "sanic", "aiohttp", "bottle", "quart", "litestar", "falcon", "robyn"}
    | {"blacksheep", "flask_restx", "flask_restful", "flask_smorest", "apiflask", "ninja", "azure", "chalice"}
)
_PRIVATE = regex(
    r"admin|setting|user|account|profile|member|customer|patient|payment|invoice|order|internal|config|secret|export"
)
_PUBLIC = regex(
    r"log_?in|log_?out|sign_?(?:in|up|out)|regist|auth|oauth|callback|webhook|hook|health|ready|live|ping|status|static|"
    r"public|version|docs|openapi|forgot|reset|verif|confirm|subscribe|contact|feedback|metrics|favicon|token|csp|report|search|"
    r"cart|basket|wish_?list|echo|hello|index|home|demo|captcha|password"
)
# Words by which a function, its decorators, parameters or its file show that somebody asks who calls.
_ASKS = regex(
    r"auth|login|logged_?in|current_?user|permission|g\.user|request\.user|session|token|api_?key|jwt|principal|identity|"
    r"require[sd]?_|roles?_|scope|acl|protected|credential|Security\(|whoami|check_access|is_admin|signature|hmac|verify|"
    r"get_user|x_api|tenant|owner_required|access_control|guard",
    re.IGNORECASE,
)
# Modules, of others or of the repository, that have to do with it.
_LOGINS = regex(
    r"auth|login|permission|security|account|users?\b|jwt|jose|passlib|itsdangerous|oidc|saml|principal|identity|"
    r"token|credential",
    re.IGNORECASE,
)
# Places that ask for all routes of a file at once.
_ASKS_ALL = regex(
    r"before_request|before_app_request|dependencies\s*=|add_middleware|\.middleware\(|middlewares\s*=|LoginManager|"
    r"auth\s*=|JWTManager|HTTPBasicAuth|permission_classes|default_permissions"
)


# What else is injected; a dependency that is none of these brings whoever asks, or turns them away.
_EQUIPMENT = regex(
    r"(?:get|provide|make|create|use|inject|new|with)?_?(?:async_)?(?:\w+_)?(?:db|database|session|sessionmaker|conn|"
    r"connection|settings|config|configuration|repo|repository|repositories|service|services|client|cache|redis|queue|"
    r"broker|pool|storage|store|uow|unit_of_work|paginat\w*|page|paging|params|query|filters?|engine|logger|producer|"
    r"mailer|bus|limiter|rate_limit\w*|throttle|crud|dao|manager|gateway|model|locale|language|context|tasks?)s?|"
    r"\w*(?:Session|Repository|Service|Client|Settings|Config|Params|Query|Filters?|Pagination|Form|UnitOfWork|Dao)",
)
# Decorators that let anybody through.
_OPEN_DECORATOR = regex(
    r"\w*(?:limit|cache|caching|tim|transaction|atomic|inject|validat|schema|respon|use_|doc|json|async|sync|retr|log|trac|cors|csrf|"
    r"marshal|expect|accept|header|deprecat|background|profil|wrap|measur|metric|count|gzip|compress|etag|swag|param|"
    r"produc|consum|content|exempt|route|form|arg|body|template|render|error|handle|summary|tag|version|feature|flag|"
    r"public|anonym|allow|http|method|view)\w*",
    re.IGNORECASE,
)
# What a function that keeps nothing does not call.
_KEEPS = regex(
    r"(?:save|commit|add|insert|delete|remove|update|create|execute|send|write|put|drop|set|store|change|enqueue|publish|"
    r"delay|upload|charge|pay|buy|order|book|register|start|run|import|flush|patch|append|push|cancel|approve|reset|ban)"
    r"(?:_\w+)?\("
)


_DATABASE_SESSION = regex(
    r"(?:db|database|sql)\.?_?session\w*|:\s*(?:Async)?Session\b|get_(?:async_)?session|"
    r"session\.(?:add|commit|query|execute|delete|get|scalars?|refresh|flush|rollback)"
)


class RouteWithoutAuth(PythonRule):
    """A route that changes or shows private data never asks who is calling.

    Why look: whoever finds the address can use it.
    Ask: who may call this, and where is that checked?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 306
    visits = (cst.FunctionDef,)
    words = ("@",)

    INVALID = (
        Example(
            "from flask import Flask\n\n@app.route('/orders', methods=['POST'])\ndef add():\n"
            "    return save(request.json)\n"
        ),
        Example(
            "from fastapi import FastAPI\n\n@app.delete('/orders/{number}')\ndef drop(number: int):\n"
            "    remove(number)\n"
        ),
        Example("from flask import Blueprint\n\n@bp.route('/admin/prices')\ndef prices():\n    return table()\n"),
        Example(
            "from fastapi import APIRouter\n\n@router.get('/users/{number}')\nasync def user(number: int):\n"
            "    return find(number)\n"
        ),
        Example(
            "from fastapi import APIRouter, Depends\n\n@router.put('/orders/{number}')\n"
            "async def change(number: int, db: Session = Depends(get_db)):\n    update(db, number)\n"
        ),
        Example(
            "from flask import Flask\nfrom flask_login import login_required\n\n@app.get('/')\n@login_required\n"
            "def index():\n    return page()\n\n@app.post('/orders')\ndef add():\n    return save(request.json)\n"
        ),
        Example(
            "from flask import Flask\n\n@app.post('/teas')\n@limiter.limit('5/minute')\ndef add():\n"
            "    return save(request.json)\n"
        ),
    )
    VALID = (
        Example(
            "from flask import Flask\n\n@app.post('/orders')\n@login_required\ndef add():\n"
            "    return save(request.json)\n"
        ),
        Example(
            "from fastapi import APIRouter, Depends\n\n@router.post('/orders')\n"
            "async def add(order: Order, user: User = Depends(get_current_user)):\n    save(order)\n"
        ),
        Example(
            "from fastapi import APIRouter, Depends\n\nrouter = APIRouter(dependencies=[Depends(known)])\n\n"
            "@router.post('/orders')\nasync def add(order: Order):\n    save(order)\n"
        ),
        Example("from flask import Flask\n\n@app.post('/login')\ndef login():\n    return enter(request.form)\n"),
        Example("from flask import Flask\n\n@app.get('/prices')\ndef prices():\n    return table()\n"),
        Example(
            "from flask import Flask\n\n@app.post('/orders')\ndef add():\n    if not current_user.can_order:\n"
            "        abort(403)\n    return save(request.json)\n"
        ),
        Example("@cache.get('/users')\ndef users():\n    return table()\n"),
        Example(
            "from flask import Flask\n\n@app.post('/orders')\ndef add():\n    return save()\n"
            "", path="tests/test_app.py"
        ),
        Example(
            "from flask import Flask\n\n@app.post('/orders')\ndef add():\n    check_token(request)\n"
            "    return save()\n"
        ),
        Example(
            "from flask import Flask\n\n@app.before_request\ndef known():\n    check()\n\n"
            "@app.post('/orders')\ndef add():\n    return save()\n"
        ),
        Example(
            "from fastapi import APIRouter, Depends\n\n@router.put('/teas/{number}')\n"
            "async def rename(number: int, new: Tea, who: Brewer = Depends(brewer)):\n    await save(number, new)\n"
        ),
        Example(
            "from typing import Annotated\nfrom fastapi import APIRouter, Depends\n\n@router.delete('/teas/{number}')\n"
            "async def drop(number: int, _who: Annotated[Brewer, Depends(head_brewer)]):\n    await remove(number)\n"
        ),
        Example(
            "from flask import Blueprint\n\n@bp.post('/teas')\n@staff_only\ndef add():\n    return save(request.json)\n"
        ),
    )  # fmt: skip

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.FunctionDef) or not node.decorators or at.file.is_test or at.file.is_example:
            return
        route = next((found for each in node.decorators if (found := _route(each)) is not None), None)
        if route is None or not _uses_framework(at):
            return
        path, verbs = route
        writes = next((verb for verb in verbs if verb in _WRITING), None)
        words = f"{path} {node.name.value}".lower()
        if (writes is None and not _PRIVATE.search(words)) or _PUBLIC.search(words):
            return
        text = (at.file.new_text or b"").decode("utf-8", "replace")
        if _ASKS.search(_code(node, at)) or _ASKS_ALL.search(text) or _is_let_in(node):
            return
        knows_callers = _ASKS.search(text) is not None
        verb = (writes or "get").upper()
        severity = Severity.MEDIUM if writes or knows_callers else Severity.LOW
        is_open = not _PRIVATE.search(words) and not _KEEPS.search(at.code(node.body))
        if is_open or not (knows_callers or _may_have_logins(at)):
            # A calculation, a page everybody may ask for, or a program in which nobody ever logs in.
            severity = Severity.INFO
        yield Sighting(node.name, f"`{verb} {path[:50]}` asks nobody who they are", severity)


def _may_have_logins(at: Place) -> bool:
    """True if something in the repository has to do with who calls; nobody can say so where its files are not known."""
    names = at.file.project.python_names
    return not names or any(_LOGINS.search(name) for name in (*at.imports.values(), *names))


def _is_let_in(function: cst.FunctionDef) -> bool:
    """True if a dependency or a decorator that serves no other known purpose runs before the function."""
    for param in (*function.params.params, *function.params.kwonly_params):
        calls = [part for part in below(param) if isinstance(part, cst.Call)]
        for call in calls:
            target = call.args[0].value if call.args else None
            if called_name(call) not in ("Depends", "Security", "Inject"):
                continue
            asked = (dotted_name(target) or "").rpartition(".")[2] if target is not None else ""
            if asked and _EQUIPMENT.fullmatch(asked) is None:
                return True
    for decorator in function.decorators:
        node = decorator.decorator
        name = (dotted_name(node.func if isinstance(node, cst.Call) else node) or "").rpartition(".")[2]
        if name not in _ROUTERS and _OPEN_DECORATOR.fullmatch(name) is None:
            return True
    return False


def _uses_framework(at: Place) -> bool:
    return any(origin.lstrip(".").partition(".")[0] in _FRAMEWORKS for origin in at.imports.values())


def _route(decorator: cst.Decorator) -> tuple[str, list[str]] | None:
    """Return the path of a route and its verbs."""
    call = decorator.decorator
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute) or called_name(call) not in _ROUTERS:
        return None
    if _ROUTER.fullmatch(dotted_name(call.func.value) or "") is None:
        return None
    paths = [arg.value for arg in call.args if arg.keyword is None or arg.keyword.value in ("path", "rule", "route")]
    path = string_value(paths[0]) if paths else None
    verbs = [called_name(call)]
    methods = keyword(call, "methods")
    if isinstance(methods, (cst.List, cst.Tuple, cst.Set)):
        verbs = [(string_value(element.value) or "").lower() for element in methods.elements]
    return None if path is None else (path, verbs)


def _code(function: cst.FunctionDef, at: Place) -> str:
    """Return the function without its docstring and the name of a database session."""
    code = at.code(function)
    docstring = function.get_docstring(clean=False)
    code = code.replace(docstring, "") if docstring else code
    return _DATABASE_SESSION.sub("", code)
