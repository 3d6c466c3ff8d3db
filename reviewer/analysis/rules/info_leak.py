import re
from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.bindings import name_of
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.codelines import Call, calls_in
from reviewer.analysis.finding import Severity
from reviewer.analysis.hops import results_of
from reviewer.analysis.outside import makers
from reviewer.analysis.place import Place, dotted_name, keyword, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.template import called_name, template_of
from reviewer.analysis.tokens import Token

_RESPONSES = frozenset({
    "Response", "JSONResponse", "HTMLResponse", "PlainTextResponse", "ORJSONResponse", "UJSONResponse", "HttpResponse",
    "JsonResponse", "HttpResponseServerError", "HttpResponseBadRequest", "HTTPException", "HTTPError", "abort",
    "jsonify", "make_response", "json_response", "send_error", "render_template", "render", "write", "finish",
    "InternalServerError", "HTTPInternalServerError", "json", "text", "html",
})  # fmt: skip
_ROUTE = regex(
    r"route|get|post|put|patch|delete|head|options|api_route|websocket|expose|action|api_view|view|view_config|"
    r"require_(?:POST|GET|http_methods|safe)|csrf_exempt|login_required|http|function_name"
)
_ERROR_ROUTES = frozenset({"errorhandler", "exception_handler", "app_errorhandler", "register_error_handler"})
_VIEW = regex(r"View$|ViewSet$|Resource$|Handler$|HTTPEndpoint$|Controller$")
_REQUEST = frozenset({"request", "req", "event"})
_VERBS = frozenset({"get", "post", "put", "patch", "delete", "dispatch", "handle"})
# What these say is about the machine and not about what the caller sent.
_INNER = regex(
    r"(?:\w+\.)*(?:Exception|BaseException|OSError|IOError|RuntimeError|SystemError|KeyError|AttributeError|"
    r"(?:SQLAlchemy|Database|Operational|Integrity|Programming|Interface|Internal|MySQL|PyMongo|Redis)Error|"
    r"(?:sqlite3|psycopg2?|pymysql|MySQLdb|asyncpg)\.Error|CalledProcessError|Connection\w*|FileNotFoundError|"
    r"PermissionError)"
)
_TRACES = regex(r"(?:\w+\.)*(?:format_exc|format_exception|format_tb|format_stack|exc_info|print_exc|extract_tb)")
_TEXTS = frozenset({"args", "message", "msg", "orig", "strerror", "stderr", "__cause__", "__traceback__"})
_COLUMN = regex(
    r"(?:hashed_|encrypted_)?(?:password|passwd|pwd|password_?hash|pass_?hash|secret|secret_key|api_secret|ssn|cvv)"
)
# What says how this machine is set up.
_ENVIRONMENT = "the environment of the process, with its secrets,"
_INSIDE = {
    "os.environ": _ENVIRONMENT, "os.environ.copy": _ENVIRONMENT, "os.environ.items": _ENVIRONMENT,
    "os.environb": _ENVIRONMENT, "flask.current_app.config": "the configuration",
    "django.conf.settings": "the settings",
}  # fmt: skip
_COLUMNS = regex(
    r"__table__\.(?:columns|c)\b|__mapper__\.\w+|_meta\.(?:get_)?fields(?:\(\))?|inspect\([^()]*\)\.\w+(?:\.\w+)?"
)
_ROW = regex(r"user|account|member|customer|employee|admin|patient|person|owner|profile", re.IGNORECASE)
_PEOPLE = regex(r"\b(?:User|Account|Member|Customer|Employee|Admin|Patient|Person)(?:Model|DB|Table|Orm)?\b")
_FETCHES = regex(r"get|first|one|one_or_none|scalar|scalars|scalar_one|scalar_one_or_none|all|get_or_404|fetchone")
_MOST_HELPERS = 10
_BOUND = regex(r"^\s*(\w+)\s*=\s*(?:traceback\.)?(?:str|repr|format_exc|format_exception)\((\w*)", re.MULTILINE)
_HARMLESS = frozenset({"type", "len", "isinstance", "bool", "id", "hash", "getattr", "hasattr"})


_ANSWERS = regex(
    r"(?:res|response|reply|ctx|c|w)(?:\.\w+)*\.(?:send|json|end|write|render|jsonp|JSON|String|AbortWithStatusJSON|body|SendString)|"
    r"http\.Error|fmt\.Fprint(?:f|ln)?|(?:ResponseEntity|Response)(?:\.\w+)*\.(?:body|entity|ok)|(?:NextResponse|Response)\.json|"
    r"(?:\w+\.)*getWriter(?:\.\w+)*|sendError|(?:\w+\.)*sendError"
)
_ERROR_NAME = regex(r"_?(?:e|ex|err|error|exc|exception|throwable)")
_ERROR_TEXT = frozenset(
    {"stack", "Error", "getMessage", "getStackTrace", "toString", "message", "sqlMessage", "getLocalizedMessage"}
)


class InfoLeak(PythonRule, TokenRule):
    """A response tells the caller what happened inside: an exception, a traceback, every field of a record.

    Why look: queries, paths, versions and hashes are what an attacker looks for first.
    Ask: does the caller need to know this, or will a number do by which you find it in the log?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 209
    visits = (cst.Return, cst.Call)
    languages = frozenset({"javascript", "typescript", "go", "java", "kotlin", "php"})
    words = (
        "send",
        "json",
        "Error(",
        "body(",
        "render",
        "end(",
        "print",
        "Fprint",
        "return",
        "HTTPException",
        "abort",
        "write",
        "send_error",
        "finish",
    )

    INVALID = (
        Example(
            "from flask import jsonify\n\n@app.get('/buyers/<int:n>')\ndef buyer(n):\n"
            "    known = dict(find(n).__dict__)\n    known.pop('note')\n    return jsonify(known)\n"
        ),
        Example("import os\n\n@app.get('/state')\ndef state():\n    return {k: v for k, v in os.environ.items()}\n"),
        Example(
            "import os\nfrom flask import jsonify\n\n@app.get('/state')\ndef state():\n"
            "    return jsonify(env=dict(os.environ))\n"
        ),
        Example(
            "from fastapi import FastAPI\n\n\ndef plain(buyer):\n"
            "    return {c.name: getattr(buyer, c.name) for c in Buyer.__table__.columns}\n\n\n"
            "@app.get('/buyers')\ndef buyers(request):\n    return [plain(one) for one in rows()]\n"
        ),
        Example(
            "from fastapi import FastAPI\n\n@app.get('/users/{n}')\ndef user(n: int, db=Depends(session)):\n"
            "    found = db.get(User, n)\n    return found\n"
        ),
        Example(
            "@app.post('/orders')\ndef order():\n    try:\n        return save(request.json)\n"
            "    except Exception as e:\n        return jsonify({'error': str(e)}), 500\n"
        ),
        Example(
            "@router.get('/orders')\nasync def orders():\n    try:\n        return await load()\n"
            "    except Exception as e:\n        raise HTTPException(status_code=500, detail=f'failed: {e}')\n"
        ),
        Example(
            "import traceback\n\ndef show(request):\n    try:\n        return render(request, 'a.html')\n"
            "    except ValueError:\n        return HttpResponse(traceback.format_exc(), status=500)\n"
        ),
        Example("@app.errorhandler(500)\ndef failed(error):\n    return repr(error), 500\n"),
        Example(
            "@app.exception_handler(Exception)\nasync def failed(request, exc):\n    return JSONResponse(str(exc))\n"
        ),
        Example("@app.get('/users/{number}')\ndef user(number):\n    user = find(number)\n    return user.__dict__\n"),
        Example("@app.get('/me')\ndef me():\n    return {'name': user.name, 'password_hash': user.password_hash}\n"),
        Example(
            "class Orders(RequestHandler):\n    def get(self):\n        try:\n            load()\n"
            "        except sqlite3.Error as error:\n            self.write({'error': str(error)})\n"
        ),
        Example(
            "@app.route('/run')\ndef run():\n    try:\n        go()\n    except Exception:\n"
            "        trace = traceback.format_exc()\n        return trace, 500\n"
        ),
        Example(
            "def lambda_handler(event, context):\n    try:\n        return go(event)\n"
            "    except Exception as e:\n        return {'statusCode': 500, 'body': str(e)}\n"
        ),
        Example(
            "app.get('/', (req, res) => {\n  try { go() } catch (err) { res.status(500).send(err.stack) }\n})\n",
            path="a.js",
        ),
        Example(
            "app.use((err, req, res, next) => {\n  res.status(500).json({ error: err.message });\n});\n", path="a.ts"
        ),
        Example("if err != nil {\n\thttp.Error(w, err.Error(), http.StatusInternalServerError)\n}\n", path="shop/a.go"),
        Example("class A { A a() { return ResponseEntity.status(500).body(e.getMessage()); } }\n", path="shop/A.java"),
    )
    VALID = (
        Example(
            "import os\n\n@app.get('/state')\ndef state():\n"
            "    return {k: v for k, v in os.environ.items() if k in SHOWN}\n"
        ),
        Example(
            "@app.post('/orders')\ndef order():\n    try:\n        return save(request.json)\n"
            "    except Exception as e:\n        log(e)\n        return jsonify({'error': 'failed'}), 500\n"
        ),
        Example(
            "@app.post('/orders')\ndef order():\n    try:\n        return save(request.json)\n"
            "    except OrderInvalid as e:\n        return jsonify({'error': str(e)}), 400\n"
        ),
        Example(
            "@app.post('/orders')\ndef order():\n    try:\n        return save(request.json)\n"
            "    except Exception as e:\n        return {'kind': type(e).__name__, 'code': e.code}, 500\n"
        ),
        Example(
            "def load(path):\n    try:\n        return read(path)\n    except Exception as e:\n        return str(e)\n"
        ),
        Example("def main():\n    try:\n        go()\n    except Exception:\n        print(traceback.format_exc())\n"),
        Example("@app.get('/me')\ndef me():\n    return {'name': user.name, 'has_password': bool(user.password)}\n"),
        Example("@app.errorhandler(404)\ndef missing(error):\n    return str(error), 404\n"),
        Example("@app.get('/form')\ndef form():\n    return {'password': 'at least eight characters'}\n"),
        Example(
            "def show(request):\n    try:\n        go()\n    except Exception as e:\n        return str(e)\n",
            path="tests/test_show.py",
        ),
        Example("res.status(500).json({ error: 'failed', id: req.id });\nlogger.error(err.stack);\n", path="a.js"),
        Example("res.status(400).json({ error: err.message });\n", path="a.js"),
        Example('http.Error(w, "failed", 500)\nlog.Print(err.Error())\n', path="shop/a.go"),
        Example(
            "import os\nfrom flask import jsonify\n\n@app.get('/state')\ndef state():\n"
            "    return jsonify(zone=os.environ['ZONE'], home=os.environ.get('HOME'))\n"
        ),
        Example(
            "from fastapi import FastAPI\n\n@app.get('/buyers/{n}', response_model=Buyer)\n"
            "def buyer(n: int, db=Depends(session)):\n    row = db.get(User, n)\n    return row\n"
        ),
        Example("res.send(error ? 'failed' : 'done')\n", path="a.ts"),
        Example("def settings(self):\n    return vars(self)\n"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test or at.file.is_example or not _serves(at):
            return
        if isinstance(node, cst.Return):
            value = [node.value] if node.value is not None else []
        elif isinstance(node, cst.Call) and called_name(node) in _RESPONSES and at.enclosing(cst.Return) is None:
            if any(isinstance(parent, cst.Call) for parent in at.parents):
                return
            value = [arg.value for arg in node.args]
        else:
            return
        inner = _inner_errors(at)
        for part in value:
            what = _leak(part, inner, at)
            if what is not None:
                severity = Severity.LOW if what.startswith("every column") else None
                yield Sighting(node, f"{what} goes to the caller", severity)
                return
        if isinstance(node, cst.Return):
            whole = _whole_row(node.value, at)
            if whole is not None:
                yield Sighting(node, f"every column of `{whole}` goes to the caller", Severity.LOW)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example:
            return
        for call in calls_in(tokens):
            # What was wrong with a request may be told to whoever made it.
            is_theirs = re.search(r"\b4\d\d\b|BadRequest|NotFound|Unprocessable", file.lines[call.line - 1]) is not None
            if call.line in file.added and not is_theirs and _ANSWERS.fullmatch(call.name):
                error = _error_given(call)
                if error is not None:
                    line = error.line if error.line in file.added else call.line
                    yield LineSighting(line, f"the text of `{error.text}` goes to the caller")


def _error_given(call: Call) -> Token | None:
    """Return the error whose text a call is given, or that is given whole."""
    given = call.given
    for index, token in enumerate(given):
        if token.is_string or _ERROR_NAME.fullmatch(token.text) is None or (index and given[index - 1].text == "."):
            continue
        following = [each.text for each in given[index + 1 : index + 3]]
        is_text = len(following) > 1 and following[0] in (".", "?.") and following[1] in _ERROR_TEXT
        is_whole = len(given) == 1 or (
            following[:1] in ([","], ["}"], []) and index > 0 and given[index - 1].text == ":"
        )
        is_printed = call.name.startswith("fmt.Fprint") and given[0].text in ("w", "rw", "writer")
        if is_text or is_whole or is_printed:
            return token
    return None


def _serves(at: Place) -> bool:
    """True in a function that answers requests."""
    function = at.function
    if function is None:
        return False
    if any(_ROUTE.fullmatch(_decorator(each)) or _decorator(each) in _ERROR_ROUTES for each in function.decorators):
        return True
    first = function.params.params[0].name.value if function.params.params else ""
    if first in _REQUEST:
        return True
    owner = at.enclosing(cst.ClassDef)
    is_view = owner is not None and any(_VIEW.search(name_of(base.value) or "") for base in owner.bases)
    return is_view and function.name.value in _VERBS


def _decorator(decorator: cst.Decorator) -> str:
    node = decorator.decorator
    return called_name(node) if isinstance(node, cst.Call) else name_of(node) or ""


def _inner_errors(at: Place) -> set[str]:
    """Return the names of caught exceptions whose text is about the inside, and of texts made of them."""
    names = {
        handler.name.name.value
        for handler in at.parents
        if isinstance(handler, cst.ExceptHandler) and handler.name is not None
        and isinstance(handler.name.name, cst.Name) and _is_inner(handler.type)
    }  # fmt: skip
    function = at.function
    if function is None:
        return names
    for decorator in function.decorators:
        call = decorator.decorator
        if isinstance(call, cst.Call) and called_name(call) in _ERROR_ROUTES and call.args:
            given = call.args[0].value
            is_all = (isinstance(given, cst.Integer) and given.value == "500") or _is_inner(given)
            if is_all and function.params.params:
                names.add(function.params.params[-1].name.value)
    code = at.code(function)
    if names or "traceback" in code:
        names |= {name for name, source in _BOUND.findall(code) if not source or source in names}
    return names


def _is_inner(kind: cst.BaseExpression | None) -> bool:
    if kind is None:
        return True
    if isinstance(kind, cst.Tuple):
        return any(_is_inner(element.value) for element in kind.elements)
    return _INNER.fullmatch(dotted_name(kind) or "") is not None


def _leak(node: cst.BaseExpression, inner: set[str], at: Place) -> str | None:
    todo: list[cst.CSTNode] = [node]
    seen = 0
    while todo:
        part = todo.pop()
        what = _named(part, inner, at)
        if what is not None:
            return what
        todo.extend(_shown(part))
        if isinstance(part, cst.Name) and seen < _MOST_HELPERS:
            seen += 1
            todo.extend(made for made in makers(part, at) if _is_copy(made))
        if isinstance(part, cst.Call) and seen < _MOST_HELPERS:
            seen += 1
            todo.extend(hop.node for _, _, hop in results_of(part, at))
    return None


def _named(part: cst.CSTNode, inner: set[str], at: Place) -> str | None:
    match part:
        case cst.Name(name) if name in inner:
            return f"the text of `{name}`"
        case cst.Attribute(value=owner, attr=cst.Name("__dict__")):
            return f"every field of `{at.code(owner)}`"
        case cst.Call() if _TRACES.fullmatch(dotted_name(part.func) or ""):
            return "the traceback"
        case cst.Call(func=cst.Name("vars"), args=[first, *_]):
            return f"every field of `{at.code(first.value)}`"
        case cst.Attribute() | cst.Call() if (inside := _INSIDE.get(_called(part, at))) is not None:
            return inside
        case cst.Call(args=[cst.Arg(value=row), *_]) if called_name(part) in ("model_to_dict", "to_json", "serialize"):
            return f"every column of `{at.code(row)}`" if _ROW.search(at.code(row)) and len(part.args) == 1 else None
        case cst.DictComp(for_in=cst.CompFor(iter=cst.Call() as items, ifs=[])) if _called(items, at) in _INSIDE:
            return _INSIDE[_called(items, at)]
        case cst.DictComp(for_in=cst.CompFor(iter=columns)) if _COLUMNS.search(at.code(columns)):
            return f"every column of `{_COLUMNS.sub('', at.code(columns)).strip('.')}`"
        case cst.Dict(elements=elements):
            column = next((found for each in elements if (found := _column(each)) is not None), None)
            return f"`{column}`" if column is not None else None
        case _:
            return None


def _is_copy(node: cst.CSTNode) -> bool:
    """True for what puts fields into a dictionary, without a call that may pick some."""
    if isinstance(node, cst.Call):
        return called_name(node) in ("dict", "vars", "copy", "deepcopy", "model_to_dict")
    return isinstance(node, (cst.DictComp, cst.Attribute))


def _called(node: cst.CSTNode, at: Place) -> str:
    return at.name(node.func if isinstance(node, cst.Call) else node) or ""


def _whole_row(node: cst.BaseExpression | None, at: Place) -> str | None:
    """Return the row of a person that a route of FastAPI hands out without a model that picks its fields."""
    function = at.function
    if not isinstance(node, cst.Name) or function is None or function.returns is not None:
        return None
    calls = [each.decorator for each in function.decorators if isinstance(each.decorator, cst.Call)]
    if not any("fastapi" in origin for origin in at.imports.values()) or not calls:
        return None
    if any(keyword(call, "response_model") is not None for call in calls):
        return None
    for made in makers(node, at):
        if isinstance(made, cst.Call) and _FETCHES.fullmatch(called_name(made)) and _PEOPLE.search(at.code(made)):
            return node.value
    return None


def _shown(part: cst.CSTNode) -> Sequence[cst.BaseExpression]:
    """Return what can be seen of the parts of an expression in its own value, last first."""
    match part:
        case cst.Attribute(value=owner, attr=cst.Name(name)):
            return (owner,) if name in _TEXTS else ()
        case cst.Call() if called_name(part) not in _HARMLESS:
            owners = [part.func.value] if isinstance(part.func, cst.Attribute) and called_name(part) != "get" else []
            return [*(arg.value for arg in reversed(part.args)), *owners]
        case cst.Dict(elements=elements):
            return [each.value for each in reversed(elements)]
        case cst.FormattedString() | cst.BinaryOperation():
            template = template_of(part)
            return template.values if template is not None else ()
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            return [each.value for each in reversed(elements)]
        case (
            cst.ListComp(elt=part) | cst.GeneratorExp(elt=part) | cst.DictComp(value=part) | cst.Await(expression=part)
        ):
            return (part,)
        case cst.IfExp(body=one, orelse=other) | cst.BooleanOperation(left=one, right=other):
            return (other, one)
        case _:
            return ()


def _column(entry: cst.BaseDictElement) -> str | None:
    """Return `password` for `"password": user.password`."""
    if not isinstance(entry, cst.DictElement) or not isinstance(entry.value, (cst.Attribute, cst.Subscript)):
        return None
    name, same = string_value(entry.key) or "", name_of(entry.value) or ""
    return name if _COLUMN.fullmatch(name) and _COLUMN.fullmatch(same) else None
