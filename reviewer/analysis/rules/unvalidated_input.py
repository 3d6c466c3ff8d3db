import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import libcst as cst

from reviewer.analysis.entries import Kind
from reviewer.analysis.finding import Severity
from reviewer.analysis.guards import handlers_around, outcomes_around, statements_before
from reviewer.analysis.origin import below, names_read
from reviewer.analysis.outside import Entry, entry_into, is_checked, shown
from reviewer.analysis.place import Place, dotted_name, positional, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import called_name

_CAUGHT = frozenset({"KeyError", "TypeError", "LookupError", "Exception", "BaseException", "ValueError", "IndexError"})
_SCHEMA = regex(
    r"\w*(schema|serializer|validat|parse_obj|parse_raw|from_dict|from_json|structure|parser|cleaned|dacite|check|verify"
    r"|require)\w*|\w+Form|\w+In|\w+Input|\w+Request|\w+Params",
    re.IGNORECASE,
)
_JSON = regex(r"json|loads|body|event|data|payload|media", re.IGNORECASE)
_SINKS = regex(
    r"system|popen|Popen|run|call|check_\w+|eval|exec|open|execute\w*|redirect|find\w*|urlopen|loads|Template|Markup"
    r"|mark_safe|render_template_string|send_file|getattr|import_module"
)
_ASKING = frozenset({"get", "isinstance", "keys", "issubset", "issuperset"})
_CHECKED = frozenset({"model_dump", "asdict", "dump", "to_dict", "cleaned_data", "validated"})
_STORING = frozenset({"create", "update", "get_or_create", "update_or_create", "filter", "insert", "values", "objects"})


class UnvalidatedInput(PythonRule):
    """Data of a request is used as it came: no schema, no check, no conversion that may fail.

    Why look: the sender may leave out a field, add one, or send another type than the code expects.
    Ask: which fields, types and ranges may arrive, and where is that checked?
    """

    informs = "validate"
    severity = Severity.MEDIUM
    cwe = 20
    words = ("request", "req.", "event[", "input(", "argv", '["', "['", "int(", "float(", "setattr(", "**")
    visits = (cst.Subscript, cst.Call)

    INVALID = (
        Example(
            "from flask import request\n\n\ndef create():\n    data = request.get_json()\n"
            "    return save(data['name'], data['price'])\n"
        ),
        Example("from flask import request\n\n\ndef rename(order):\n    order.name = request.json['name']\n"),
        Example("def lambda_handler(event, context):\n    return price(event['order'])\n"),
        Example(
            "import json\n\n\ndef create(request):\n    order = json.loads(request.POST['order'])\n"
            "    ship(order['city'])\n"
        ),
        Example(
            "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.post('/orders')\nasync def create(order: dict):\n"
            "    return ship(order['city'])\n"
        ),
        Example("from flask import request\n\n\ndef page():\n    return rows(int(request.args.get('page', 1)))\n"),
        Example("def update(request, tea):\n    Tea.objects.filter(pk=tea).update(**request.POST)\n"),
        Example(
            "from flask import request\n\n\ndef update(user):\n    for name, value in request.json.items():\n"
            "        setattr(user, name, value)\n"
        ),
        Example("age = int(input('age: '))\n"),
    )
    VALID = (
        Example(
            "from flask import request\n\n\ndef create():\n    order = OrderSchema().load(request.get_json())\n"
            "    return save(order['name'])\n"
        ),
        Example(
            "from flask import abort, request\n\n\ndef create():\n    data = request.get_json()\n"
            "    if not data or 'name' not in data:\n        abort(400)\n    return save(data['name'])\n"
        ),
        Example(
            "from flask import request\n\n\ndef create():\n    try:\n        name = request.json['name']\n"
            "    except (KeyError, TypeError):\n        return {'error': 'no name'}, 400\n    return save(name)\n"
        ),
        Example(
            "from flask import request\n\n\ndef page():\n    try:\n        number = int(request.args['page'])\n"
            "    except ValueError:\n        number = 1\n    return rows(number)\n"
        ),
        Example(
            "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.post('/orders')\n"
            "async def create(order: Order):\n"
            "    return ship(order.city)\n"
        ),
        Example("def price(order):\n    return order['price'] * int(order['count'])\n"),
        Example("import os\n\nport = int(os.environ.get('PORT', 8000))\n"),
        Example(
            "from flask import request\n\n\ndef page():\n    text = request.args.get('page', '1')\n"
            "    return rows(int(text) if text.isdigit() else 1)\n"
        ),
        Example("def show(request):\n    return find(request.GET.get('name'))\n"),
        Example(
            "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.post('/orders')\n"
            "async def create(order: Order):\n"
            "    return Row(**order.model_dump())\n"
        ),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test:
            return
        if isinstance(node, cst.Subscript):
            yield from _taken(node, at)
        elif isinstance(node, cst.Call):
            if dotted_name(node.func) in ("int", "float", "Decimal", "decimal.Decimal"):
                yield from _converted(node, at)
            elif dotted_name(node.func) == "setattr":
                yield from _set_by_name(node, at)
            else:
                yield from _stored_whole(node, at)


def _taken(node: cst.Subscript, at: Place) -> Iterator[Sighting]:
    """Report the first field taken out of a request's JSON unseen."""
    key = _key(node)
    if key is None or at.function is None or _is_stored_to(node, at) or _is_in_sink(at):
        return
    entry = entry_into(node.value, at)
    if entry is None or not entry.is_remote or not _is_json(entry, at):
        return
    if node not in _first_fields(at.function) or is_checked(entry, node, at) or _is_guarded(entry, node, at):
        return
    yield Sighting(node, f"`{shown(node, at)}` is taken from the request unchecked")


def _key(node: cst.Subscript) -> str | None:
    first = node.slice[0].slice
    return string_value(first.value) if isinstance(first, cst.Index) else None


def _is_stored_to(node: cst.Subscript, at: Place) -> bool:
    return isinstance(at.parent, (cst.AssignTarget, cst.Del)) or (
        isinstance(at.parent, cst.AugAssign) and at.parent.target is node
    )


def _is_in_sink(at: Place) -> bool:
    """True in the arguments of calls that are dangerous for another reason, which has a rule of its own."""
    for parent in reversed(at.parents):
        if isinstance(parent, cst.Call) and _SINKS.fullmatch(called_name(parent)) is not None:
            return True
        if isinstance(parent, cst.BaseStatement):
            return False
    return False


def _is_json(entry: Entry, at: Place) -> bool:
    """True if the value has fields: JSON, an event, a dictionary that the framework hands over."""
    if isinstance(entry.node, cst.Param):
        return _is_loose(entry.node)
    if _JSON.search(shown(entry.node, at, 200)) is not None:
        return True
    return any(called_name(call) == "loads" for call in _calls(at.function or at.chunk))


@lru_cache(maxsize=16)
def _calls(scope: cst.CSTNode) -> Sequence[cst.Call]:
    """Return the calls in a function that tell what happens to its data."""
    calls = [node for node in below(scope) if isinstance(node, cst.Call)]
    return [call for call in calls if called_name(call) == "loads" or _SCHEMA.fullmatch(called_name(call))]


@lru_cache(maxsize=16)
def _first_fields(scope: cst.CSTNode) -> frozenset[cst.Subscript]:
    """Return the first subscript by a text of each value in a function."""
    first: dict[str, cst.Subscript] = {}
    for node in below(scope):
        if isinstance(node, cst.Subscript) and _key(node) is not None:
            first.setdefault(cst.Module([]).code_for_node(node.value), node)
    return frozenset(first.values())


def _is_loose(param: cst.Param) -> bool:
    """True for a parameter the framework fills with whatever JSON arrives; of a model it has checked the fields."""
    names = {node.value for node in below(param.annotation or param) if isinstance(node, cst.Name)}
    return param.name.value == "event" or bool(names & {"dict", "Dict", "Any"})


def _whole(value: cst.BaseExpression, call: cst.Call, at: Place) -> Entry | None:
    """Return where data of a request came in, if nobody has looked at its fields."""
    entry = entry_into(value, at, lambda part: isinstance(part, cst.Call) and called_name(part) in _CHECKED)
    is_model = entry is not None and isinstance(entry.node, cst.Param) and not _is_loose(entry.node)
    return entry if entry and entry.is_remote and not is_model and not is_checked(entry, call, at) else None


def _is_guarded(entry: Entry, node: cst.CSTNode, at: Place) -> bool:
    for caught in handlers_around(at, node):
        if caught is None or (dotted_name(caught) or "").rpartition(".")[2] in _CAUGHT:
            return True
    names = set(entry.names) | set(names_read(node))
    tests = [test for test, _ in outcomes_around(at, node)]
    tests += [
        statement.test for statement in statements_before(at, node) if isinstance(statement, (cst.If, cst.Assert))
    ]
    if any(_asks_for_key(test, names) for test in tests):
        return True
    return any(
        names & {name for arg in call.args for name in names_read(arg.value)}
        for call in _calls(at.function or at.chunk)
        if called_name(call) != "loads"
    )


def _asks_for_key(test: cst.BaseExpression, names: set[str]) -> bool:
    for node in below(test):
        is_asked = isinstance(node, cst.Call) and called_name(node) in _ASKING
        if isinstance(node, cst.ComparisonTarget):
            is_asked = isinstance(node.operator, (cst.In, cst.NotIn))
        if is_asked and names & set(names_read(node)):
            return True
    return False


def _converted(call: cst.Call, at: Place) -> Iterator[Sighting]:
    values = positional(call)
    entry = entry_into(values[0], at) if values else None
    if entry is None or entry.kind in (Kind.LOCAL, Kind.ARCHIVE) or is_checked(entry, call, at):
        return
    if isinstance(entry.node, cst.Param) or _is_size(values[0]) or _is_caught(call, at):
        return
    said = f"`{shown(call.func, at)}` fails on `{shown(entry.node, at)}` if it is no number, and nothing catches that"
    yield Sighting(call, said, Severity.LOW)


def _is_size(node: cst.BaseExpression) -> bool:
    """True for what the server has checked: `Content-Length` and the like."""
    return any(isinstance(part, cst.SimpleString) and "ength" in part.value for part in below(node))


def _is_caught(call: cst.Call, at: Place) -> bool:
    names = {
        (dotted_name(kind) or "").rpartition(".")[2] if kind is not None else "" for kind in handlers_around(at, call)
    }
    return bool(names & (_CAUGHT | {"", "InvalidOperation", "ArithmeticError"}))


def _set_by_name(call: cst.Call, at: Place) -> Iterator[Sighting]:
    values = positional(call)
    entry = _whole(values[1], call, at) if len(values) == 3 else None
    if entry is not None:
        said = f"`{shown(entry.node, at)}` chooses which attributes of `{shown(values[0], at)}` are set"
        yield Sighting(call, said)


def _stored_whole(call: cst.Call, at: Place) -> Iterator[Sighting]:
    """Report `Order(**request.json)`: the sender chooses which fields are set."""
    whole = next((arg.value for arg in call.args if arg.star == "**"), None)
    name = called_name(call)
    if whole is None or not (name in _STORING or name[:1].isupper()) or _SCHEMA.fullmatch(name) is not None:
        return
    entry = _whole(whole, call, at)
    if entry is not None:
        yield Sighting(call, f"`{shown(entry.node, at)}` sets any field of `{shown(call.func, at)}` it likes")
