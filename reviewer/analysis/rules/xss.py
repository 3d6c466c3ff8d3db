import re
from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.entries import is_route, is_web
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.outside import argument, entry_into, is_checked, is_fixed, makers, shown
from reviewer.analysis.place import Place, dotted_name, has_double_star, keyword, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.spoken import LANGUAGES, Call, Speech, speech_of, values_in
from reviewer.analysis.template import called_name, template_of
from reviewer.analysis.tokens import Token
from reviewer.analysis.words import Word

_MARKING = frozenset(
    {f"django.utils.safestring.{name}" for name in ("mark_safe", "SafeString", "SafeText", "SafeUnicode", "SafeBytes")}
    | {"django.utils.html.mark_safe", "django.utils.html.html_safe", "markupsafe.Markup", "flask.Markup"}
    | {"jinja2.Markup", "jinja2.utils.markupsafe.Markup", "markupsafe.Markup.unescape", "webhelpers.html.literal"}
    | {"wtforms.widgets.HTMLString", "wtforms.widgets.core.HTMLString", "mistune.markdown"}
)
_MARKERS = frozenset({"mark_safe", "SafeString", "SafeText", "SafeUnicode", "SafeBytes", "Markup"})
_FORMATTING = frozenset({"django.utils.html.format_html"})
_ESCAPING = regex(
    r"(\w+_)?(escape|escaped|escapejs|conditional_escape|format_html|format_html_join|clean|sanitize\w*|bleach|linkify"
    r"|render|render_to_string|render_template|mark_safe|Markup|flatatt|urlencode|quote|quote_plus|jsonify|dumps|nh3"
    r"|json_script|xmlattr|gettext|gettext_lazy|ngettext|_|reverse|url_for|static|localize|intcomma|date|number_format"
    r"|as_widget|css_classes|label_tag|hexdigest|secure_filename|strip_tags|highlight|isoformat|strftime)"
)
_ESCAPED = regex(r"\w*(escaped|safe|sanitized|cleaned)\w*")
_ENVIRONMENTS = frozenset(
    {"jinja2.Environment", "jinja2.sandbox.SandboxedEnvironment", "jinja2.environment.Environment"}
    | {"jinja2.sandbox.ImmutableSandboxedEnvironment", "jinja2.nativetypes.NativeEnvironment"}
)
_MAKO = frozenset({"mako.template.Template", "mako.lookup.TemplateLookup"})
_PAGES = frozenset(
    {f"django.http.HttpResponse{kind}" for kind in ("", "BadRequest", "NotFound", "Forbidden", "ServerError", "Gone")}
    | {"flask.make_response", "flask.Response", "werkzeug.wrappers.Response", "werkzeug.Response", "quart.Response"}
    | {
        "starlette.responses.HTMLResponse",
        "fastapi.responses.HTMLResponse",
        "sanic.response.html",
        "quart.make_response",
    }
    | {"django.http.response.HttpResponse", "pyramid.response.Response", "webob.Response", "aiohttp.web.Response"}
    | {"bottle.HTTPResponse", "quart.make_response", "starlette.responses.Response", "fastapi.Response"}
)
# These say nothing of HTML unless told so.
_PLAIN = frozenset({"aiohttp.web.Response", "starlette.responses.Response", "fastapi.Response"})
_RETURNING = frozenset({"flask", "bottle", "quart", "cherrypy", "web"})
_UNSAFE_FILTER = regex(r"\|\s*safe\b|\{%-?\s*autoescape\s+(?:off|false)")


_HTML = regex(r"(?:.*\.)?(?:innerHTML|outerHTML|srcdoc)|dangerouslySetInnerHTML")
_SANITISER = regex(r"sanitiz|purif|escapeHtml|xssFilter", re.IGNORECASE)
_WRITING = frozenset({"document.write", "document.writeln"})


class Xss(PythonRule, TokenRule):
    """A value goes into a page unescaped, or escaping is turned off.

    Why look: whoever chooses the value can run a script in the browsers of others.
    Ask: where is this escaped?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 79
    words = (
        "innerHTML", "outerHTML", "document.write", "insertAdjacentHTML", "__html", ".html(", "bypassSecurityTrust",
        "send(",         "echo", "Fprint", "template.", "println",
        *sorted(_MARKERS), "autoescape", "Environment(", "format_html", "Response", "make_response", "return ",
        "write(", "TemplateLookup", "Template(", "render_template_string", "HTMLString", "html(", "print(",
    )  # fmt: skip
    visits = (cst.Call, cst.Return, cst.Assign, cst.DictElement)
    languages = LANGUAGES

    INVALID = (
        Example(
            "from django.utils.safestring import mark_safe\n\n\ndef bold(name):\n"
            "    return mark_safe(f'<b>{name}</b>')\n"
        ),
        Example("from markupsafe import Markup\n\n\ndef show(text):\n    return Markup(text)\n"),
        Example("from jinja2 import Environment\n\npages = Environment(loader=loader)\n"),
        Example("import jinja2\n\npages = jinja2.Environment(loader=loader, autoescape=False)\n"),
        Example(
            "from flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.route('/hello')\ndef hello():\n"
            "    name = request.args.get('name', '')\n    return f'<h1>Hello {name}</h1>'\n"
        ),
        Example(
            "from django.http import HttpResponse\n\n\ndef hello(request):\n"
            "    return HttpResponse('Hello ' + request.GET['name'])\n"
        ),
        Example("from mako.template import Template\n\npage = Template(filename='order.html')\n"),
        Example(
            "class Hello(RequestHandler):\n    def get(self):\n"
            "        self.write('Hello ' + self.get_argument('name'))\n"
        ),
        Example(
            "from django.utils.html import format_html\n\n\ndef bold(name):\n    return format_html(f'<b>{name}</b>')\n"
        ),
        Example(
            "from flask import request, render_template_string\n\n\ndef hello():\n"
            "    return render_template_string('<h1>{{ name|safe }}</h1>', name=request.args['name'])\n"
        ),
        Example("from flask import Flask\n\napp = Flask(__name__)\napp.jinja_env.autoescape = False\n"),
        Example("box.innerHTML = '<b>' + name + '</b>';\n", path="shop/box.js"),
        Example("document.write(location.hash);\n", path="shop/write.js"),
        Example(
            "const Note = ({ text }) => <div dangerouslySetInnerHTML={{ __html: text }} />;\n",
            path="shop/note.tsx",
        ),
        Example("res.send(`<h1>Hello ${req.query.name}</h1>`);\n", path="shop/hello.ts"),
        Example('fmt.Fprintf(w, "<h1>Hello %s</h1>", r.FormValue("name"))\n', path="shop/hello.go"),
        Example('class A { void f() { out.println("Hello " + request.getParameter("name")); } }\n', path="shop/A.java"),
        Example("<?php\necho 'Hello ' . $_GET['name'];\n", path="shop/hello.php"),
    )
    VALID = (
        Example(
            "const safe = useMemo(() => DOMPurify.sanitize(html), [html]);\n"
            "return <p dangerouslySetInnerHTML={{ __html: safe }} />;\n",
            path="src/Tea.tsx",
        ),
        Example("from django.utils.safestring import mark_safe\n\nline = mark_safe('<hr>')\n"),
        Example(
            "from django.utils.html import escape\nfrom django.utils.safestring import mark_safe\n\n\n"
            "def bold(name):\n    return mark_safe('<b>%s</b>' % escape(name))\n"
        ),
        Example(
            "from markupsafe import Markup, escape\n\n\ndef show(text):\n    return Markup('<b>{}</b>').format(text)\n"
        ),
        Example(
            "from jinja2 import Environment, select_autoescape\n\npages = Environment(autoescape=select_autoescape())\n"
        ),
        Example(
            "import html\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.route('/hello')\n"
            "def hello():\n    name = html.escape(request.args.get('name', ''))\n    return f'<h1>Hello {name}</h1>'\n"
        ),
        Example(
            "from flask import Flask, jsonify, request\n\napp = Flask(__name__)\n\n\n@app.route('/hello')\n"
            "def hello():\n"
            "    return jsonify(name=request.args['name'])\n\n\n@app.route('/echo', methods=['POST'])\ndef echo():\n"
            "    return {'name': request.form['name']}\n"
        ),
        Example(
            "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/hello/{name}')\ndef hello(name: str):\n"
            "    return f'Hello {name}'\n"
        ),
        Example(
            "from django.http import HttpResponse\n\n\ndef echo(request):\n"
            "    return HttpResponse(request.GET['name'], content_type='text/plain')\n"
        ),
        Example("def hello(request, name):\n    return f'Hello {name}'\n"),
        Example(
            "from django.utils.safestring import mark_safe\n\n\ndef line(width: int):\n"
            "    return mark_safe(f'<hr width={width}>')\n"
        ),
        Example("from mako.template import Template\n\npage = Template(filename='a.html', default_filters=['h'])\n"),
        Example(
            "box.innerHTML = '';\nbox.innerHTML = DOMPurify.sanitize(html);\nbox.textContent = name;\n",
            path="a.js",
        ),
        Example("const Note = () => <div dangerouslySetInnerHTML={{ __html: '<b>x</b>' }} />;\n", path="shop/note.tsx"),
        Example("res.send({ name: req.query.name });\nres.json(req.body);\n", path="shop/hello.ts"),
        Example(
            "<?php\necho htmlspecialchars($_GET['name']);\necho 'x', intval($_GET['page']);\n",
            path="shop/hello.php",
        ),
        Example('fmt.Fprintf(w, "<h1>%s</h1>", html.EscapeString(r.FormValue("name")))\n', path="shop/hello.go"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test:
            return
        match node:
            case cst.Call():
                yield from _call(node, at)
            case cst.Return(value=cst.BaseExpression() as value):
                yield from _returned(node, value, at)
            case cst.Assign(targets=[cst.AssignTarget(cst.Attribute(attr=cst.Name("autoescape")))], value=value):
                if dotted_name(value) in ("False", "None"):
                    yield Sighting(node, "escaping is turned off for all templates", Severity.MEDIUM)
            case cst.DictElement(key=key, value=value) if string_value(key) == "autoescape":
                if dotted_name(value) in ("False", "None"):
                    yield Sighting(node, "escaping is turned off for all templates", Severity.MEDIUM)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - read whole
        if not file.is_test:
            yield from _spoken(file)


def _call(call: cst.Call, at: Place) -> Iterator[Sighting]:
    name = at.name(call.func) or ""
    is_imported = at.is_imported(call.func)
    if is_imported and (name in _MARKING or (name.rpartition(".")[2] in _MARKERS and _is_of_framework(name))):
        yield from _marked(call, at)
    elif is_imported and name in _FORMATTING:
        yield from _formatted(call, at)
    elif is_imported and name in _ENVIRONMENTS:
        yield from _environment(call, at)
    elif is_imported and name in _MAKO:
        if not has_double_star(call) and keyword(call, "default_filters") is None:
            yield Sighting(call, f"`{shown(call.func, at)}` without `default_filters` escapes nothing", Severity.LOW)
    elif called_name(call) in ("render_template_string", "Template", "from_string") and is_imported:
        yield from _literal_template(call, at)
    elif _is_page(call, name, at):
        yield from _page(call, argument(call, 0, "content", "response", "body", "text"), at)
    elif (
        called_name(call) in ("Context", "RequestContext")
        and dotted_name(keyword(call, "autoescape") or call) == "False"
    ):
        yield Sighting(call, f"`{shown(call.func, at)}` turns escaping off", Severity.MEDIUM)


def _is_of_framework(name: str) -> bool:
    return name.startswith(("django.", "flask.", "markupsafe.", "jinja2."))


def _marked(call: cst.Call, at: Place) -> Iterator[Sighting]:
    text = argument(call, 0, "s", "base", "object")
    if text is None:
        return
    marker = f"`{shown(call.func, at)}`"
    if is_fixed(text, at, _is_escaped):
        # Escaping such a text instead would cost nothing.
        is_needless = called_name(call) == "Markup" and string_value(text) is None and is_fixed(text, at)
        if is_needless and (template_of(text) or (isinstance(text, cst.Name) and not text.value.isupper())):
            yield Sighting(call, f"{marker} takes `{shown(text, at)}` for safe HTML", Severity.INFO)
        return
    entry = entry_into(text, at, _is_escaped)
    if entry is not None and entry.is_remote:
        yield Sighting(call, f"`{shown(entry.node, at)}` is marked as safe HTML by {marker}", Severity.HIGH)
        return
    risky = _risky(text, at)
    severity = Severity.LOW if risky is text else Severity.MEDIUM
    yield Sighting(call, f"{marker} takes `{shown(risky, at)}` for safe HTML", severity)


def _formatted(call: cst.Call, at: Place) -> Iterator[Sighting]:
    text = argument(call, 0, "format_string")
    template = template_of(text) if text is not None else None
    if text is not None and template is not None and template.values and not is_fixed(text, at, _is_escaped):
        risky = shown(_risky(text, at), at)
        yield Sighting(call, f"`{risky}` is formatted before `format_html` can escape it", Severity.MEDIUM)


def _risky(text: cst.BaseExpression, at: Place) -> cst.BaseExpression:
    """Return the first value of a text that nothing escapes, or the text itself."""
    for made in makers(text, at):
        template = template_of(made)
        for value in template.values if template is not None else ():
            if not is_fixed(value, at, _is_escaped):
                return value
    return text


def _environment(call: cst.Call, at: Place) -> Iterator[Sighting]:
    given = keyword(call, "autoescape")
    if has_double_star(call) or (given is not None and dotted_name(given) not in ("False", "None")):
        return
    how = "with `autoescape` off" if given is not None else "without `autoescape`"
    text = (at.file.new_text or b"").lower()
    severity = Severity.MEDIUM if is_web(at) or b"html" in text else Severity.LOW
    yield Sighting(call, f"`{shown(call.func, at)}` {how} escapes nothing", severity)


def _literal_template(call: cst.Call, at: Place) -> Iterator[Sighting]:
    text = argument(call, 0, "source", "template_string")
    for made in makers(text, at) if text is not None else ():
        if _UNSAFE_FILTER.search(string_value(made) or "") and is_web(at):
            yield Sighting(call, "the template turns escaping off for a value", Severity.MEDIUM)
            return


def _is_page(call: cst.Call, name: str, at: Place) -> bool:
    """True for what sends its argument to a browser as HTML."""
    if name in ("self.write", "self.finish"):
        return at.enclosing(cst.ClassDef) is not None
    if name == "self.wfile.write":
        return True
    if name == "print":
        return any(origin == "cgi" for origin in at.imports.values())
    if name not in _PAGES or not at.is_imported(call.func):
        return False
    kind = next((keyword(call, key) for key in ("content_type", "mimetype", "media_type") if keyword(call, key)), None)
    if kind is None:
        return name not in _PLAIN
    return "html" in (string_value(kind) or "html" * (name not in _PLAIN))


def _page(call: cst.Call, text: cst.BaseExpression | None, at: Place) -> Iterator[Sighting]:
    if text is None:
        return
    entry = entry_into(text, at, _is_escaped)
    if entry is not None and entry.is_remote and not is_checked(entry, call, at) and not _is_other_data(text, at):
        said = f"`{shown(entry.node, at)}` goes into the page unescaped by `{shown(call.func, at)}`"
        yield Sighting(call, said, Severity.HIGH)


def _returned(node: cst.Return, value: cst.BaseExpression, at: Place) -> Iterator[Sighting]:
    """Report text with outside data that a view returns to a framework which takes text for HTML."""
    function = at.function
    modules = {origin.partition(".")[0] for origin in at.imports.values()}
    if function is None or not is_route(function, at):
        return
    says_html = any("HTMLResponse" in at.code(decorator.decorator) for decorator in function.decorators)
    if not says_html and not modules & _RETURNING:
        return
    text = value.elements[0].value if isinstance(value, cst.Tuple) and value.elements else value
    if isinstance(text, (cst.Dict, cst.List, cst.DictComp, cst.ListComp)):
        return
    entry = entry_into(text, at, _is_escaped)
    if entry is None or not entry.is_remote or is_checked(entry, node, at) or _is_other_data(text, at):
        return
    yield Sighting(node, f"`{shown(entry.node, at)}` is returned as HTML unescaped", Severity.HIGH)


def _is_other_data(text: cst.BaseExpression, at: Place) -> bool:
    """True for a dictionary or list, and for JSON handed back whole."""
    for made in makers(text, at):
        if isinstance(made, (cst.Dict, cst.List, cst.DictComp, cst.ListComp)):
            return True
        name = called_name(made) if isinstance(made, cst.Call) else dotted_name(made) or ""
        if name.endswith(("get_json", ".json", "json_body")) or name in ("json", "dict", "read", "loads"):
            return True
    return False


def _is_escaped(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Call):
        # `Markup("<b>{}</b>").format(name)` escapes what it puts in.
        match node.func:
            case cst.Attribute(value=cst.Call() as made, attr=cst.Name("format" | "join")):
                return called_name(made) in _MARKERS
        return _ESCAPING.fullmatch(called_name(node)) is not None
    name = dotted_name(node)
    return name is not None and _ESCAPED.fullmatch(name.rpartition(".")[2]) is not None


def _spoken(file: ChangedFile) -> Iterator[LineSighting]:
    speech, language = speech_of(file), language_of(file) or ""
    if language in ("javascript", "typescript"):
        yield from _in_browser(speech)
    for call in speech.calls:
        for page in _pages(call, language):
            entry = speech.outside(page)
            if entry is not None:
                yield LineSighting(call.line, f"`{entry}` goes into the page unescaped by `{call.name}`")
                break


def _in_browser(speech: Speech) -> Iterator[LineSighting]:
    """Report what becomes part of a page as HTML, wherever it comes from."""
    parts = [(one.line, one.target, one.value) for one in speech.assignments if _HTML.fullmatch(one.target)]
    for call in speech.calls:
        is_html = call.name in _WRITING or call.method.startswith("bypassSecurityTrust")
        is_beside = call.method == "insertAdjacentHTML"
        is_jquery = call.method == "html" and call.name.startswith(("$.", "jQuery."))
        if call.arguments and (is_html or is_beside or is_jquery):
            parts.append((call.line, call.name, call.arguments[-1]))
    for line, target, value in parts:
        if speech.is_literal(value) or values_in(value).startswith("$.html") or _is_cleaned(value, line, speech):
            continue
        entry = speech.outside(value)
        severity = Severity.HIGH if entry is not None else Severity.MEDIUM
        yield LineSighting(line, f"`{entry or values_in(value)}` becomes HTML by `{target}` unescaped", severity)


def _is_cleaned(value: Sequence[Word], line: int, speech: Speech) -> bool:
    """True for a name that was last given what a sanitiser made, if in a callback: `useMemo(() => purify(html))`."""
    name = values_in(value)
    given = [one for one in speech.assignments if one.target.split(" ")[0] == name and one.line < line]
    return bool(given) and any(_SANITISER.search(word.text) for word in given[-1].value if word.is_name)


def _is_data(page: Sequence[Word]) -> bool:
    """True for an object, and for what is written as JSON."""
    return any(word.text == "{" for word in page) or [word.text for word in page[:3]] == ["JSON", ".", "stringify"]


def _pages(call: Call, language: str) -> Sequence[Sequence[Word]]:
    """Return what a server sends to the browser as HTML."""
    if language in ("javascript", "typescript"):
        is_sent = call.name in ("res.send", "res.write", "res.end", "response.send", "response.write", "response.end")
        return [page for page in call.arguments[:1] if is_sent and not _is_data(page)]
    if language == "go":
        if call.name in ("fmt.Fprintf", "fmt.Fprint", "fmt.Fprintln", "io.WriteString"):
            return call.arguments[1:] if "".join(word.text for word in call.arguments[0]) == "w" else ()
        return call.arguments[:1] if call.name in ("w.Write", "template.HTML", "template.JS") else ()
    if language == "java":
        is_writer = call.name.split(".")[0] in ("out", "writer", "response", "resp", "pw")
        return (
            call.arguments[:1] if is_writer and call.method in ("print", "println", "write", "printf", "append") else ()
        )
    return call.arguments if language == "php" and call.name in ("echo", "print", "printf") else ()
