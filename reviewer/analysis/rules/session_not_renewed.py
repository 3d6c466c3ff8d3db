import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.outside import argument, entry_into
from reviewer.analysis.place import Place, dotted_name, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import called_name

_SIGNS_IN = regex(
    r"\w*(?:log_?in|sign_?in|authenticate|do_auth|oauth_callback|enter_session|callback)\w*", re.IGNORECASE
)
_WHO = regex(
    r"_?(?:user|user_?id|uid|account|account_?id|username|email|member|member_?id|customer_?id|identity|logged_?in|auth\w*|is_admin|_user_id)"
)
# A new number, or none that anybody could have known.
_RENEWS = regex(
    r"cycle_key|flush\(|\.clear\(|regenerate|new_session|invalidate|rotate|renew|create_session|session_interface|"
    r"\blogin\(|login_user\(|auth_login\(|django_login|changed_id|reset_session|\.delete\(|start_session"
)
_SESSION = regex(r"(?:\w+\.)*session")
# Where the number stands in a store of the server, and the browser brings it.
_KEPT = {"django": "request.session", "flask_session": "session", "aiohttp_session": "session", "beaker": "session"}


class SessionNotRenewed(PythonRule):
    """Somebody signs in, and the session keeps the number it had before.

    Why look: whoever planted that number in the browser is then signed in too.
    Ask: where does the session get a new number?
    """

    informs = "security"
    severity = Severity.LOW
    cwe = 384
    visits = (cst.Call, cst.Assign)
    words = ("session", "set_cookie(")

    INVALID = (
        Example(
            "from django.contrib.auth import authenticate\n\n\ndef login(request):\n"
            "    user = authenticate(request, **request.POST.dict())\n    request.session['user_id'] = user.pk\n"
        ),
        Example(
            "from flask import session\nfrom flask_session import Session\n\n\ndef log_in(user):\n"
            "    session['user'] = user.id\n"
        ),
        Example(
            "from aiohttp_session import get_session\n\n\nasync def login(request):\n    user = await check(request)\n"
            "    session = await get_session(request)\n    session['user'] = user.id\n"
        ),
        Example(
            "from flask import request\n\n\ndef login():\n    number = request.cookies.get('sid') or fresh()\n"
            "    answer = page()\n    answer.set_cookie('sid', number, secure=True, httponly=True, samesite='Lax')\n"
            "    return answer\n"
        ),
    )
    VALID = (
        Example(
            "from django.contrib.auth import authenticate, login\n\n\ndef enter(request):\n"
            "    user = authenticate(request, **request.POST.dict())\n    login(request, user)\n"
            "    request.session['user_id'] = user.pk\n"
        ),
        Example(
            "from flask import session\nfrom flask_session import Session\n\n\ndef log_in(user):\n    session.clear()\n"
            "    session['user'] = user.id\n"
        ),
        Example("from flask import session\n\n\ndef log_in(user):\n    session['user'] = user.id\n"),
        Example(
            "from aiohttp_session import new_session\n\n\nasync def login(request):\n"
            "    session = await new_session(request)\n    session['user'] = (await check(request)).id\n"
        ),
        Example(
            "import secrets\nfrom flask import request\n\n\ndef login():\n    answer = page()\n"
            "    answer.set_cookie('sid', secrets.token_urlsafe(), secure=True, httponly=True, samesite='Lax')\n"
            "    return answer\n"
        ),
        Example("def show(request):\n    request.session['user_id'] = 3\n"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        function = at.function
        if function is None or at.file.is_test or _SIGNS_IN.fullmatch(function.name.value) is None:
            return
        if isinstance(node, cst.Call):
            yield from _cookie(node, at)
        elif isinstance(node, cst.Assign) and _RENEWS.search(at.code(function.body)) is None:
            kept = _kept(node, at)
            if kept is not None:
                yield Sighting(node, f"`{kept}` keeps the number it had before somebody signed in")


def _kept(node: cst.Assign, at: Place) -> str | None:
    """Return the session that is told who signed in."""
    match node.targets[0].target:
        case cst.Subscript(value=owner, slice=[cst.SubscriptElement(cst.Index(key))]):
            name, word = dotted_name(owner) or "", string_value(key) or ""
        case _:
            return None
    modules = {origin.partition(".")[0] for origin in at.imports.values()}
    wanted = next((held for module, held in _KEPT.items() if module in modules and name.endswith(held)), None)
    return name if wanted is not None and _SESSION.fullmatch(name) and _WHO.fullmatch(word.lower()) else None


def _cookie(call: cst.Call, at: Place) -> Iterator[Sighting]:
    """Report a cookie that gets back the very number that the request brought."""
    if called_name(call) != "set_cookie":
        return
    value = argument(call, 1, "value")
    entry = entry_into(value, at) if value is not None else None
    if entry is None or not entry.is_remote or isinstance(entry.node, cst.Param):
        return
    if re.search(r"cookies|COOKIES", at.code(entry.node)):
        said = f"`{at.code(value)}` may be the number that the browser brought" if value is not None else ""
        yield Sighting(call, said, Severity.MEDIUM)
