import re
from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.bindings import name_of
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.codelines import Call, calls_in
from reviewer.analysis.disclosed import disclosed
from reviewer.analysis.finding import Severity
from reviewer.analysis.outside import makers
from reviewer.analysis.place import Place, dotted_name, keyword
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.template import called_name
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
_PEOPLE = regex(r"\b(?:User|Account|Member|Customer|Employee|Admin|Patient|Person)(?:Model|DB|Table|Orm)?\b")
_FETCHES = regex(r"get|first|one|one_or_none|scalar|scalars|scalar_one|scalar_one_or_none|all|get_or_404|fetchone")
_BOUND = regex(r"^\s*(\w+)\s*=\s*(?:traceback\.)?(?:str|repr|format_exc|format_exception)\((\w*)", re.MULTILINE)
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
            what = disclosed(part, inner, at)
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
