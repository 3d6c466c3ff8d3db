"""Where outside data enters: requests as the web frameworks hand them over, route parameters, sockets, the terminal.

A bare `request` that nobody imported is one if it is a parameter or unbound, and the part asked for leaves no doubt.
"""

import ast
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache

import libcst as cst

from reviewer.analysis.origin import below
from reviewer.analysis.place import Place, dotted_name, positional, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.template import called_name


class Kind(Enum):
    """Who chooses the value: anybody who can send a request, or an archive; whoever sits at the prompt or starts it."""

    REMOTE = "remote"
    ARCHIVE = "archive"
    TYPED = "typed"
    LOCAL = "local"


_WEB = frozenset(
    {"flask", "django", "fastapi", "starlette", "aiohttp", "tornado", "bottle", "pyramid", "sanic", "quart", "falcon"}
    | {"werkzeug", "rest_framework", "webob", "cherrypy", "web", "webapp2", "litestar", "robyn", "flask_restful"}
    | {"flask_restx", "flask_login", "connexion", "ninja", "azure", "chalice", "cgi", "http", "functions_framework"}
    | {"streamlit", "channels", "websockets", "flask_wtf", "flask_sqlalchemy", "flask_cors"}
)
_PARTS = frozenset(
    {"GET", "POST", "FILES", "COOKIES", "META", "get_json", "query_params", "path_params", "matchdict", "match_info"}
    | {"view_args", "json_body", "query_string", "QUERY"}
)
_VAGUE_PARTS = frozenset(
    {"args", "form", "forms", "values", "json", "data", "files", "headers", "cookies", "body", "get_data", "params"}
    | {
        "query",
        "url",
        "base_url",
        "full_path",
        "path",
        "referrer",
        "host",
        "stream",
        "text",
        "read",
        "post",
        "arguments",
    }
    | {"arguments", "rel_url", "raw_body", "media", "get_param", "get_media", "uri", "get", "getlist", "get_host"}
    | {"body_arguments", "query_arguments", "get_full_path", "build_absolute_uri", "REQUEST", "environ", "get_referrer"}
    | {
        "user_agent",
        "remote_addr",
        "bounded_stream",
        "get_header",
        "match_dict",
        "authorization",
        "path_info",
        "content",
        "input",
    }
)
_ASKING = frozenset(
    {"get_argument", "get_arguments", "get_query_argument", "get_query_arguments", "get_body_argument"}
    | {"get_body_arguments", "recv", "recvfrom", "recvmsg", "receive_text", "receive_json", "receive_bytes"}
)
_ARCHIVE_NAMES = frozenset({"namelist", "infolist", "getnames", "getmembers"})
_CALLS = {
    "cgi.FieldStorage": Kind.REMOTE,
    "streamlit.text_input": Kind.REMOTE,
    "streamlit.text_area": Kind.REMOTE,
    "streamlit.file_uploader": Kind.REMOTE,
    "web.input": Kind.REMOTE,
    "input": Kind.TYPED,
    "raw_input": Kind.TYPED,
    "os.getenv": Kind.LOCAL,
    "click.prompt": Kind.TYPED,
}
_NAMES = {
    "sys.argv": Kind.LOCAL,
    "os.environ": Kind.LOCAL,
    "sys.stdin": Kind.TYPED,
    "sys.stdin.buffer": Kind.TYPED,
    "cherrypy.request.params": Kind.REMOTE,
    "cherrypy.request.body": Kind.REMOTE,
}
_ROUTES = frozenset({"route", "get", "post", "put", "patch", "delete", "head", "api_route", "websocket", "expose"})
_TOOLS = frozenset({"tool", "function_tool", "kernel_function"})
_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
_HANDLERS = regex(r"\w*(View|ViewSet|Resource|RequestHandler|Endpoint|Controller|ViewMixin)")
_NOT_DATA = frozenset(
    {"Request", "Response", "BackgroundTasks", "Session", "AsyncSession", "WebSocket", "HTTPConnection", "Connection"}
    | {"HttpRequest", "SecurityScopes", "Context", "RunContext", "Redis", "Settings", "ToolContext", "ToolRuntime"}
)
_NARROW = frozenset(
    {"int", "float", "bool", "UUID", "UUID4", "Decimal", "date", "datetime", "time", "timedelta", "Literal", "Enum"}
    | {"complex", "LiteralString", "IPv4Address", "IPv6Address", "PositiveInt", "StrEnum", "IntEnum"}
)
_OPEN = frozenset({"str", "bytes", "Any", "object", "dict", "list", "Dict", "List", "UploadFile", "Optional"})
_CONVERTED = regex(r"<(?:int|float|uuid|any\([^<>]*\))(?:\([^<>]*\))?:(\w+)>|\{(\w+):(?:int|float|uuid)\}")
_NUMBERED = regex(r"pk|id|\w+_(id|pk)|page|year|month|day")
_SELVES = frozenset({"self", "cls", "request", "req", "info", "root", "ctx", "context"})


def entry_kind(node: cst.CSTNode, at: Place) -> Kind | None:
    """Return who chooses the value, if the expression is one that brings data in."""
    if isinstance(node, cst.Call):
        return _kind_of_call(node, at)
    if not isinstance(node, cst.Attribute):
        return None
    name = at.name(node) or ""
    if name in _NAMES:
        return _NAMES[name]
    return Kind.REMOTE if _is_part_of_request(node, at) or _is_part_of_handler(node, at) else None


def param_kind(param: cst.Param, function: cst.FunctionDef, at: Place) -> Kind | None:
    """Return who chooses a parameter: the sender of the request for those of routes, views and tools."""
    name = param.name.value
    if name in ("self", "cls") or _is_no_data(param, at):
        return None
    if name == "event" and any(other.name.value == "context" for other in function.params.params):
        return Kind.REMOTE
    owner = _owner(function, at)
    if name == "request" and owner is not None and any(base.endswith("Servicer") for base in _bases(owner, at)):
        return Kind.REMOTE
    if name in _SELVES:
        return None
    decorators = [decorator.decorator for decorator in function.decorators]
    for decorator in decorators:
        kind = _kind_by_decorator(decorator, name, at)
        if kind is not None:
            return kind
    if any(name in _converted(decorator) for decorator in decorators):
        return None
    is_field = function.name.value.startswith("resolve_") and any(
        p.name.value == "info" for p in function.params.params
    )
    if is_field or _is_of_view(function, owner, name, at):
        return Kind.REMOTE
    return None


def is_web(at: Place) -> bool:
    """True if the file imports a web framework."""
    return any(origin.partition(".")[0] in _WEB for origin in at.imports.values())


def is_narrow(annotation: cst.Annotation, at: Place) -> bool:
    """True for a type whose values are numbers or members of a closed set."""
    names = {node.value for node in below(annotation) if isinstance(node, cst.Name)}
    return not names & _OPEN and bool(names & (_NARROW | _closed_sets(at.source.tree)))


def is_route(function: cst.FunctionDef, at: Place) -> bool:
    """True if a decorator binds the function to a path."""
    return any(_is_route(decorator.decorator, at) for decorator in function.decorators)


def _kind_of_call(call: cst.Call, at: Place) -> Kind | None:
    name = at.name(call.func) or ""
    method = called_name(call)
    if name in _CALLS:
        return _CALLS[name]
    if not isinstance(call.func, cst.Attribute):
        return None
    if method in _ASKING:
        return Kind.REMOTE
    if method in _ARCHIVE_NAMES and not call.args:
        return Kind.ARCHIVE
    return Kind.LOCAL if method in ("parse_args", "parse_known_args") else None


def _is_part_of_request(node: cst.Attribute, at: Place) -> bool:
    owner, part = dotted_name(node.value), node.attr.value
    if owner is None or (part not in _PARTS and part not in _VAGUE_PARTS):
        return False
    if owner.rpartition(".")[2] not in ("request", "req", "_request", "current_request", "wrapped_request"):
        return False
    origin = at.name(node.value) or ""
    if at.is_imported(node.value):
        return origin.partition(".")[0] in _WEB and not origin.startswith("http.")
    if "." not in owner and not _is_handed_in(owner, at):
        return False
    return part in _PARTS or is_web(at)


def _is_handed_in(name: str, at: Place) -> bool:
    """True for a parameter, and for a name the function does not bind itself."""
    function = at.function
    if function is None:
        return True
    params = function.params
    if any(param.name.value == name for param in (*params.params, *params.kwonly_params, *params.posonly_params)):
        return True
    return not any(
        isinstance(node, cst.AssignTarget) and dotted_name(node.target) == name for node in below(function.body)
    )


def _is_part_of_handler(node: cst.Attribute, at: Place) -> bool:
    """True for `self.path` and the like in a handler of the standard library's server."""
    if dotted_name(node.value) != "self" or node.attr.value not in ("path", "rfile", "headers", "requestline"):
        return False
    owner = at.enclosing(cst.ClassDef)
    return owner is not None and any(base.endswith("HTTPRequestHandler") for base in _bases(owner, at))


def _owner(function: cst.FunctionDef, at: Place) -> cst.ClassDef | None:
    for index, parent in enumerate(at.parents):
        if parent is function:
            return next((outer for outer in reversed(at.parents[:index]) if isinstance(outer, cst.ClassDef)), None)
    return None


def _bases(owner: cst.ClassDef, at: Place) -> Iterator[str]:
    for base in owner.bases:
        yield (at.name(base.value) or "").rpartition(".")[2]


def _is_no_data(param: cst.Param, at: Place) -> bool:
    """True for numbers, members of closed sets, and what the framework itself puts in."""
    default = param.default
    if isinstance(default, cst.Call) and called_name(default) in ("Depends", "Security", "Inject", "Provide"):
        return True
    if param.annotation is None:
        return False
    names = {node.value for node in below(param.annotation) if isinstance(node, cst.Name)}
    return "Depends" in names or bool(names & _NOT_DATA) or is_narrow(param.annotation, at)


@lru_cache(maxsize=8)
def _closed_sets(tree: ast.Module) -> frozenset[str]:
    """Return the module's enumerations."""
    return frozenset(
        node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef) and any("Enum" in ast.unparse(base) for base in node.bases)
    )


def _kind_by_decorator(decorator: cst.BaseExpression, name: str, at: Place) -> Kind | None:
    func = decorator.func if isinstance(decorator, cst.Call) else decorator
    origin = at.name(func) or ""
    if _is_route(decorator, at):
        return None if name in _converted(decorator) else Kind.REMOTE
    if origin.rpartition(".")[2] in _TOOLS:
        return Kind.REMOTE
    return Kind.LOCAL if origin in ("click.argument", "click.option", "click.command") else None


def _is_route(decorator: cst.BaseExpression, at: Place) -> bool:
    func = decorator.func if isinstance(decorator, cst.Call) else decorator
    name = at.name(func) or ""
    if name.rpartition(".")[2] == "expose" and at.is_imported(func):
        return True
    if not isinstance(decorator, cst.Call) or name.rpartition(".")[2] not in _ROUTES or name.startswith("requests."):
        return False
    where = next((string_value(value) for value in positional(decorator)), None)
    return where is not None and (where.startswith("/") or is_web(at))


def _converted(decorator: cst.BaseExpression) -> set[str]:
    """Return the parameters that the route itself turns into numbers."""
    values = positional(decorator) if isinstance(decorator, cst.Call) else ()
    where = next((string_value(value) for value in values), None) or ""
    return {match[1] or match[2] for match in _CONVERTED.finditer(where)}


def _is_of_view(function: cst.FunctionDef, owner: cst.ClassDef | None, name: str, at: Place) -> bool:
    """True for what a URL pattern hands to a view besides the request."""
    if _NUMBERED.fullmatch(name) is not None:
        return False
    params = function.params.params
    if owner is not None:
        is_handler = any(_HANDLERS.fullmatch(base) is not None for base in _bases(owner, at))
        return is_handler and function.name.value in _VERBS and any(param.name.value == name for param in params)
    is_first = bool(params) and params[0].name.value == "request"
    return is_first and "view" in at.file.name and any(param.name.value == name for param in params[1:])
