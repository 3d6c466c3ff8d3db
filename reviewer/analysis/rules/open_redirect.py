from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.outside import argument, entry_into, is_checked, shown
from reviewer.analysis.place import Place, dotted_name, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.spoken import LANGUAGES, Call, speech_of, text_of
from reviewer.analysis.spoken_checks import is_looked_at
from reviewer.analysis.template import HOLE, called_name, template_of
from reviewer.analysis.tokens import Token
from reviewer.analysis.words import Word

_CALLS = frozenset(
    {f"{module}.redirect" for module in ("flask", "werkzeug.utils", "django.shortcuts", "bottle", "quart", "sanic")}
    | {"sanic.response.redirect", "cherrypy.HTTPRedirect", "webapp2.redirect", "flask.helpers.redirect"}
    | {f"django.http.HttpResponse{kind}Redirect" for kind in ("", "Permanent")}
    | {f"django.http.response.HttpResponse{kind}Redirect" for kind in ("", "Permanent")}
    | {f"{module}.RedirectResponse" for module in ("starlette.responses", "fastapi.responses", "fastapi", "starlette")}
    | {f"aiohttp.web.HTTP{kind}" for kind in ("Found", "SeeOther", "MovedPermanently", "TemporaryRedirect")}
    | {f"pyramid.httpexceptions.HTTP{kind}" for kind in ("Found", "SeeOther", "MovedPermanently", "TemporaryRedirect")}
    | {f"falcon.HTTP{kind}" for kind in ("Found", "SeeOther", "MovedPermanently", "TemporaryRedirect")}
    | {"django.http.HttpResponseRedirect", "litestar.response.Redirect"}
)
_OWN = frozenset(
    {"path", "full_path", "url", "base_url", "host_url", "get_full_path", "build_absolute_uri", "get_host"}
)
_CLEANING = frozenset({"url_for", "reverse", "quote", "quote_plus", "urlencode", "resolve_url", "iri_to_uri"})


_LOCATION = regex(r"(?:(?:window|document|self|top|parent)\.)?location(?:\.href)?")
_NAVIGATING = regex(r"(?:(?:window|document|self|top|parent)\.)?location\.(?:assign|replace)")


class OpenRedirect(PythonRule, TokenRule):
    """A redirect goes to an address that a request chooses.

    Why look: a link to this site can lead its reader to another that looks the same.
    Ask: who chooses the target, and where is its host checked?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 601
    words = (
        "location",
        "header(",
        "Redirect",
        "edirect",
        "HTTPFound",
        "HTTPSeeOther",
        "HTTPMovedPermanently",
        "HTTPTemporaryRedirect",
        "ocation",
    )
    visits = (cst.Call, cst.Assign, cst.DictElement)
    languages = LANGUAGES

    INVALID = (
        Example(
            "from flask import redirect, request\n\n\ndef where():\n    return request.args.get('next') or '/'\n\n\n"
            "def leave():\n    return redirect(where())\n"
        ),
        Example(
            "from flask import redirect, request\n\n\ndef leave():\n    return redirect(request.args.get('next'))\n"
        ),
        Example(
            "from django.http import HttpResponseRedirect\n\n\ndef leave(request):\n    target = request.GET['next']\n"
            "    return HttpResponseRedirect(target)\n"
        ),
        Example(
            "from fastapi import APIRouter\nfrom fastapi.responses import RedirectResponse\n\n"
            "router = APIRouter()\n\n\n"
            "@router.get('/leave')\ndef leave(to: str):\n    return RedirectResponse(to)\n"
        ),
        Example(
            "from flask import make_response, request\n\n\ndef leave():\n    answer = make_response('', 302)\n"
            "    answer.headers['Location'] = request.values['to']\n    return answer\n"
        ),
        Example("class Leave(RequestHandler):\n    def get(self):\n        self.redirect(self.get_argument('to'))\n"),
        Example(
            "from flask import redirect, request\n\n\ndef leave():\n    host = request.args['host']\n"
            "    return redirect(f'https://{host}/thanks')\n"
        ),
        Example("res.redirect(req.query.next);\n", path="shop/leave.js"),
        Example("window.location.href = new URLSearchParams(location.search).get('next');\n", path="shop/leave.ts"),
        Example('http.Redirect(w, r, r.URL.Query().Get("next"), 302)\n', path="shop/leave.go"),
        Example('class A { void f() { response.sendRedirect(request.getParameter("next")); } }\n', path="shop/A.java"),
        Example("<?php\nheader('Location: ' . $_GET['next']);\n", path="shop/leave.php"),
    )
    VALID = (
        Example("app.get('/go', (req, res) => {\n  res.redirect(localPath(req.query.to));\n});\n", path="shop/go.js"),
        Example(
            "app.get('/go', (req, res) => {\n  const to = req.query.to;\n"
            "  if (!OURS.includes(to)) return res.sendStatus(400);\n"
            "  res.redirect(to);\n});\n",
            path="shop/go.ts",
        ),
        Example("from flask import redirect, url_for\n\n\ndef leave():\n    return redirect(url_for('index'))\n"),
        Example(
            "from flask import redirect, request, url_for\n\n\ndef leave():\n"
            "    return redirect(url_for('orders', page=request.args['page']))\n"
        ),
        Example(
            "from django.shortcuts import redirect\nfrom django.utils.http import url_has_allowed_host_and_scheme\n\n\n"
            "def leave(request):\n    to = request.GET.get('next', '/')\n"
            "    if not url_has_allowed_host_and_scheme(to, allowed_hosts=None):\n        to = '/'\n"
            "    return redirect(to)\n"
        ),
        Example("from flask import redirect, request\n\n\ndef again():\n    return redirect(request.full_path)\n"),
        Example(
            "from flask import redirect, request\n\n\ndef show():\n"
            "    return redirect(f'/orders/{request.args[\"id\"]}')\n"
        ),
        Example("from django.shortcuts import redirect\n\n\ndef leave(request, to):\n    return redirect(to)\n"),
        Example(
            "from flask import redirect, request\n\n\ndef leave():\n    to = request.args.get('next')\n"
            "    if not to or not is_safe_url(to):\n        to = '/'\n    return redirect(to)\n"
        ),
        Example(
            "from flask import redirect, request\n\n\ndef where():\n    to = request.args.get('next', '')\n"
            "    return to if to in PAGES else '/'\n\n\ndef leave():\n    return redirect(where())\n"
        ),
        Example("res.redirect('/orders/' + req.params.id);\nres.redirect(301, '/');\n", path="shop/orders.js"),
        Example("window.location.href = '/login';\nlocation.assign(url);\n", path="shop/login.ts"),
        Example('http.Redirect(w, r, "/login", 302)\n', path="shop/login.go"),
        Example("<?php\nheader('Location: /orders?id=' . $_GET['id']);\n", path="shop/orders.php"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test:
            return
        target = _target(node, at)
        if target is None or _stays_here(target):
            return
        entry = entry_into(target, at, _is_clean)
        if entry is not None and entry.is_remote and not is_checked(entry, node, at):
            yield Sighting(node, f"`{shown(entry.node, at)}` chooses where the redirect goes")

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - read whole
        if not file.is_test:
            yield from _spoken(file)


def _target(node: cst.CSTNode, at: Place) -> cst.BaseExpression | None:
    match node:
        case cst.Call(func=func):
            name = at.name(func) or ""
            is_own = name.startswith("self.") and called_name(node) == "redirect"
            if is_own or (name in _CALLS and at.is_imported(func)):
                return argument(node, 0, "location", "url", "to", "redirect_to", "path")
            if called_name(node) in ("set_header", "send_header", "add_header", "setdefault", "add", "set"):
                first = argument(node, 0)
                return argument(node, 1) if first is not None and _is_location(first) else None
        case cst.Assign(targets=[cst.AssignTarget(cst.Subscript(slice=[cst.SubscriptElement(cst.Index(key))]))]):
            return node.value if _is_location(key) else None
        case cst.Assign(targets=[cst.AssignTarget(cst.Attribute(attr=cst.Name("location" | "autocorrect_location")))]):
            return node.value
        case cst.DictElement(key=key, value=value):
            return value if _is_location(key) else None
    return None


def _is_location(node: cst.BaseExpression) -> bool:
    return string_value(node) in ("Location", "location", "LOCATION")


def _stays_here(target: cst.BaseExpression) -> bool:
    """True if the text before the first value is a path of this site or settles the host."""
    template = template_of(target)
    if template is None:
        return False
    before = template.text.partition("\0")[0]
    host = before.partition("://")[2] if "://" in before else before
    return "/" in host and not before.startswith("//")


def _is_clean(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.BaseExpression) and _stays_here(node):
        return True
    if isinstance(node, cst.Call):
        return called_name(node) in _CLEANING
    if isinstance(node, cst.Attribute) and node.attr.value in _OWN:
        return (dotted_name(node.value) or "").rpartition(".")[2] == "request"
    return False


def _spoken(file: ChangedFile) -> Iterator[LineSighting]:
    speech, language = speech_of(file), language_of(file) or ""
    targets = [(call.line, target) for call in speech.calls for target in _spoken_targets(call, language)]
    if language in ("javascript", "typescript"):
        targets += [(one.line, one.value) for one in speech.assignments if _LOCATION.fullmatch(one.target)]
    for line, target in targets:
        text = (text_of(target) or "").removeprefix("Location:").removeprefix("redirect:").strip()
        before = text.partition(HOLE)[0]
        is_settled = HOLE in text and "/" in (before.partition("://")[2] if "://" in before else before)
        entry = speech.outside(target) if not is_settled else None
        if entry is not None and not is_looked_at(file, entry, line):
            yield LineSighting(line, f"`{entry}` chooses where the redirect goes")


def _spoken_targets(call: Call, language: str) -> Sequence[Sequence[Word]]:
    name = call.name
    if language in ("javascript", "typescript"):
        is_own = name.startswith(("res.", "response.", "reply.", "ctx.", "NextResponse.")) and call.method == "redirect"
        return call.arguments if is_own or _NAVIGATING.fullmatch(name) else ()
    if language == "go":
        is_framework = name in ("c.Redirect", "ctx.Redirect")
        return call.arguments[2:3] if name == "http.Redirect" else call.arguments[1:2] if is_framework else ()
    if language == "java":
        return call.arguments[:1] if call.method in ("sendRedirect", "RedirectView") else ()
    is_header = name in ("header", "redirect") and language == "php"
    return (
        call.arguments[:1]
        if is_header and (name == "redirect" or "ocation" in (text_of(call.arguments[0]) or ""))
        else ()
    )
