import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.entries import is_web
from reviewer.analysis.finding import Severity
from reviewer.analysis.headers import value_in_head
from reviewer.analysis.outside import Entry, argument, entry_into, is_checked, is_fixed, makers, shown
from reviewer.analysis.place import Place, dotted_name, keyword, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import called_name, template_of

_LDAP = frozenset({"search_s", "search_st", "search_ext", "search_ext_s", "search", "paged_search", "simple_bind_s"})
_LDAP_KEYS = ("filterstr", "search_filter", "base", "search_base")
_XPATH = frozenset({"xpath", "XPath", "ETXPath", "xpathEval", "xpath_eval", "findall", "iterfind", "findtext", "find"})
_XPATH_ONLY = frozenset({"xpath", "XPath", "ETXPath", "xpathEval", "xpath_eval"})
_XML = frozenset({"lxml", "xml", "defusedxml", "libxml2", "elementpath", "parsel"})
_DOCUMENTS = frozenset(
    {
        "find",
        "find_one",
        "find_one_and_update",
        "find_one_and_delete",
        "find_one_and_replace",
        "update_one",
        "update_many",
    }
    | {"delete_one", "delete_many", "replace_one", "count_documents", "aggregate", "distinct", "objects"}
)
_MONGO = frozenset({"pymongo", "motor", "mongoengine", "flask_pymongo", "beanie", "mongoframes", "bson"})
_LOGGING = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "fatal"})
_LOGGER = regex(r"_?(\w+_)?(log|logger|logging)", re.IGNORECASE)
_HEADERS = frozenset({"set_header", "send_header", "add_header", "setHeader"})
_LINE_CLEANING = frozenset(
    {
        "replace",
        "repr",
        "quote",
        "quote_plus",
        "urlencode",
        "escape",
        "splitlines",
        "sub",
        "translate",
        "dumps",
        "encode",
    }
    | {"ascii", "strip_newlines", "isoformat", "hexdigest", "b64encode", "secure_filename", "slugify", "sanitize"}
)
_BROWSER = regex(r"HttpResponse|StringIO|BytesIO|Response\(|EchoBuffer|Echo\(|TextIOWrapper")
_TYPED_COLUMN = regex(
    r"\b(?:name|title|comment|remark|note|notes|message|subject|description|company|address|first_name|text|feedback)\b"
)
_DEFUSED = regex(
    r"formula|defused|sanitiz|escape|quote_cell|safe_cell|startswith\(|lstrip\([\"'][=@+-]|[\"']=[\"']\s*,|\[=|=\+-@"
)
# Parts of a request that hold nothing but text.
_PLAIN = frozenset({"str", "args", "form", "GET", "POST", "values", "view_args", "cookies", "headers", "path_params"})


class InjectionOther(PythonRule):
    """A value goes unescaped into a language of its own: LDAP, XPath, a Mongo query, a header, a CSV cell, a log line.

    Why look: a value with the right signs in it ends its own part and begins another.
    Ask: what can this value contain, and what escapes it for where it goes?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 74
    words = (
        "search", "xpath", "XPath", "find", "update", "delete", "aggregate", "$where", "objects", "header", "Header",
        "writerow", "format(", "log", "set_cookie", "simple_bind", "count_documents", "replace_one", "iterfind",
        "ubject:", "o:", "rom:", "ocation:", "isposition:", "ookie:", "X-", "cc:", "ype:",
    )  # fmt: skip
    visits = (
        cst.Call, cst.Assign, cst.DictElement, cst.FormattedString, cst.BinaryOperation, cst.ConcatenatedString,
    )  # fmt: skip

    INVALID = (
        Example(
            "def mail(title, text):\n    return 'From: tea@shop\\nTo: you@shop\\nSubject: %s\\n\\n%s' % (title, text)\n"
        ),
        Example(
            "import smtplib\n\n\ndef mail(title, text):\n    lines = ['To: tea@shop', f'Subject: {title}', '', text]\n"
            "    return '\\r\\n'.join(lines)\n"
        ),
        Example("def head(name):\n    return 'Content-Disposition: attachment; filename=' + name + '\\r\\n'\n"),
        Example(
            "import csv\nfrom django.http import HttpResponse\n\n\ndef export(request):\n"
            "    answer = HttpResponse()\n    writer = csv.writer(answer)\n    for guest in guests():\n"
            "        writer.writerow([guest.name, guest.remark])\n    return answer\n"
        ),
        Example(
            "import ldap\n\n\ndef look_up(connection, name):\n"
            "    return connection.search_s('ou=people', ldap.SCOPE_SUBTREE, f'(uid={name})')\n"
        ),
        Example(
            "from lxml import etree\nfrom flask import request\n\n\ndef look_up():\n"
            "    tree = etree.parse('users.xml')\n"
            "    query = \"//user[name='\" + request.args['name'] + \"']\"\n    return tree.xpath(query)\n"
        ),
        Example(
            "import pymongo\nfrom flask import request\n\n\ndef login(users):\n    data = request.get_json()\n"
            "    return users.find_one({'name': data['name'], 'word': data['word']})\n"
        ),
        Example("def find(orders, name):\n    return orders.find({'$where': f\"this.name == '{name}'\"})\n"),
        Example(
            "import logging\nfrom flask import request\n\n\ndef login():\n"
            "    logging.warning('no user %s', request.form['name'])\n"
        ),
        Example("from flask import request\n\n\ndef greet(user):\n    return request.form['text'].format(user=user)\n"),
        Example(
            "from flask import make_response, request\n\n\ndef show():\n    answer = make_response('ok')\n"
            "    answer.headers['X-Shop'] = request.args['shop']\n    return answer\n"
        ),
        Example(
            "import csv\nfrom flask import request\n\n\ndef export(file):\n    writer = csv.writer(file)\n"
            "    writer.writerow([request.form['name'], 3])\n"
        ),
    )
    VALID = (
        Example(
            "import smtplib\nfrom email.message import EmailMessage\n\n\ndef tell(who, what):\n"
            "    mail = EmailMessage()\n    mail['Subject'] = f'Tea: {what}'\n    return mail\n"
        ),
        Example("def head(size: int):\n    return f'Content-Length: {size}\\r\\n' + f'X-Leaves: {int(size)}\\r\\n'\n"),
        Example("def show(name):\n    print(f'Subject: {name}\\r\\n')\n"),
        Example(
            "import csv\nfrom django.http import HttpResponse\n\n\ndef export(request):\n"
            "    answer = HttpResponse()\n    writer = csv.writer(answer)\n    for guest in guests():\n"
            "        writer.writerow([safe_cell(guest.name)])\n    return answer\n"
        ),
        Example(
            "import ldap\nfrom ldap.filter import escape_filter_chars\n\n\ndef look_up(connection, name):\n"
            "    wanted = '(uid=%s)' % escape_filter_chars(name)\n"
            "    return connection.search_s('ou=people', ldap.SCOPE_SUBTREE, wanted)\n"
        ),
        Example(
            "from lxml import etree\nfrom flask import request\n\n\ndef look_up(tree):\n"
            "    return tree.xpath('//user[name=$name]', name=request.args['name'])\n"
        ),
        Example(
            "import pymongo\nfrom flask import request\n\n\ndef login(users):\n    data = request.get_json()\n"
            "    return users.find_one({'name': str(data['name'])})\n"
        ),
        Example("def find(orders, name):\n    return orders.find({'name': name})\n"),
        Example(
            "import pymongo\nfrom flask import request\n\n\ndef find(teas):\n    name = request.get_json()['name']\n"
            "    if not isinstance(name, str):\n        return None\n    return teas.find_one({'name': name})\n"
        ),
        Example("import logging\n\n\ndef login(name):\n    logging.warning('no user %s', name)\n"),
        Example(
            "import logging\nfrom flask import request\n\n\ndef login():\n    name = request.form['name']\n"
            "    logging.warning('no user %r', name)\n    logging.info(name.replace('\\n', ''))\n"
        ),
        Example("import re\n\n\ndef find(pattern, text):\n    return re.search(pattern, text)\n"),
        Example("def greet(text, user):\n    return text.format(user=user)\n"),
        Example("name = '\u05e9\u05dc\u05d5\u05dd'\n"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test:
            return
        match node:
            case cst.Call():
                yield from _call(node, at)
            case cst.Assign(targets=[cst.AssignTarget(cst.Subscript(value=owner) as target)], value=value):
                yield from _header(node, owner, target, value, at)
            case cst.FormattedString() | cst.BinaryOperation() | cst.ConcatenatedString():
                yield from _lines(node, at)
            case cst.DictElement(key=key, value=value) if string_value(key) in ("$where", "$function", "$accumulator"):
                yield from _script(node, value, at)


def _call(call: cst.Call, at: Place) -> Iterator[Sighting]:
    method = called_name(call)
    modules = {origin.partition(".")[0] for origin in at.imports.values()}
    if method in _LDAP and modules & {"ldap", "ldap3"} and not at.is_imported(call.func):
        yield from _ldap(call, at)
    elif method in _XPATH and modules & _XML:
        yield from _xpath(call, at)
    elif method in _DOCUMENTS and modules & _MONGO:
        yield from _document(call, at)
    elif method in ("writerow", "writerows") and _is_formula(call, at):
        yield Sighting(call, "a spreadsheet runs a cell that begins with `=`, and people typed these", Severity.LOW)
    elif method in ("writerow", "writerows"):
        yield from _outside(call, argument(call, 0), "a spreadsheet may run `{}` as a formula", Severity.LOW, at)
    elif method in ("format", "format_map") and isinstance(call.func, cst.Attribute):
        yield from _pattern(call, call.func.value, at)
    elif method in _HEADERS:
        value = argument(call, 1, "value")
        if string_value(call.args[0].value) not in ("Location", "location"):
            yield from _outside(call, value, "`{}` becomes a header's value", Severity.LOW, at)
    elif method == "set_cookie":
        yield from _outside(call, argument(call, 0, "key", "name"), "`{}` becomes a cookie's name", Severity.LOW, at)
    elif method in _LOGGING and _is_logger(call):
        yield from _logged(call, at)


def _is_clean(node: cst.CSTNode) -> bool:
    name = called_name(node) if isinstance(node, cst.Call) else ""
    return "escape" in name or name in _LINE_CLEANING or name in ("filter_format", "ObjectId", "literal")


def _outside(
    call: cst.CSTNode, value: cst.BaseExpression | None, said: str, severity: Severity, at: Place
) -> Iterator[Sighting]:
    entry = _entry(value, call, at) if value is not None else None
    if entry is not None:
        yield Sighting(call, said.format(shown(entry.node, at)), severity)


def _entry(value: cst.BaseExpression, node: cst.CSTNode, at: Place) -> Entry | None:
    entry = entry_into(value, at, _is_clean)
    return entry if entry is not None and entry.is_remote and not is_checked(entry, node, at) else None


def _ldap(call: cst.Call, at: Place) -> Iterator[Sighting]:
    values = [arg.value for arg in call.args if arg.keyword is None]
    values += [value for name in _LDAP_KEYS if (value := keyword(call, name)) is not None]
    for value in values:
        entry = _entry(value, call, at)
        if entry is not None:
            yield Sighting(call, f"`{shown(entry.node, at)}` becomes part of an LDAP query unescaped", Severity.HIGH)
            return
    for value in values:
        risky = _formatted(value, at, sign="=")
        if risky is not None:
            yield Sighting(call, f"`{shown(risky, at)}` becomes part of an LDAP query unescaped")
            return


def _formatted(value: cst.BaseExpression, at: Place, *, sign: str) -> cst.BaseExpression | None:
    """Return the first value that is not known to be harmless in a text that holds the sign."""
    for made in makers(value, at):
        template = template_of(made)
        if template is not None and sign in template.text:
            for hole in template.values:
                if not is_fixed(hole, at, _is_clean):
                    return hole
    return None


def _xpath(call: cst.Call, at: Place) -> Iterator[Sighting]:
    value = argument(call, 0, "path", "_path", "match")
    if value is None:
        return
    entry = _entry(value, call, at)
    if entry is not None:
        yield Sighting(call, f"`{shown(entry.node, at)}` becomes part of an XPath query unescaped", Severity.HIGH)
    elif called_name(call) in _XPATH_ONLY:
        risky = _formatted(value, at, sign="[")
        if risky is not None:
            yield Sighting(call, f"`{shown(risky, at)}` becomes part of an XPath query", Severity.LOW)


def _document(call: cst.Call, at: Place) -> Iterator[Sighting]:
    """Report JSON of a request in a query: it may be `{"$ne": null}` instead of a text."""
    if call.args:
        entry = _entry_of_json(call.args[0].value, call, at)
        if entry is not None:
            said = f"`{shown(entry.node, at)}` may hold Mongo operators where a plain value is meant"
            yield Sighting(call, said, Severity.MEDIUM)


def _entry_of_json(value: cst.BaseExpression, node: cst.CSTNode, at: Place) -> Entry | None:
    def is_plain(part: cst.CSTNode) -> bool:
        if template_of(part) is not None or _is_clean(part) or _is_known_text(part, at):
            return True
        name = called_name(part) if isinstance(part, cst.Call) else (dotted_name(part) or "").rpartition(".")[2]
        return name in (
            "str",
            "args",
            "form",
            "GET",
            "POST",
            "values",
            "view_args",
            "cookies",
            "headers",
            "path_params",
        )

    entry = entry_into(value, at, is_plain)
    is_param = entry is not None and isinstance(entry.node, cst.Param)
    return entry if entry and not is_param and entry.is_remote and not is_checked(entry, node, at) else None


def _is_formula(call: cst.Call, at: Place) -> bool:
    """True for a table of a web application's own records that goes to a browser, its texts as they are."""
    value = argument(call, 0)
    if value is None or not is_web(at) or not isinstance(call.func, cst.Attribute):
        return False
    if at.enclosing(cst.For) is None and called_name(call) == "writerow":
        return False
    made = [
        one for one in makers(call.func.value, at) if isinstance(one, cst.Call) and "writer" in called_name(one).lower()
    ]
    outs = [out for one in made if (out := argument(one, 0)) is not None]
    to_browser = any(_BROWSER.search(at.code(source)) for out in outs for source in makers(out, at))
    text = "\n".join(at.source.lines)
    return to_browser and _TYPED_COLUMN.search(text) is not None and _DEFUSED.search(text) is None


def _lines(node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
    """Report `"Subject: " + subject`: a header put together by hand, where a line break begins another."""
    found = value_in_head(node, at, _is_clean)
    if found is not None:
        name, value = found
        entry = entry_into(value, at, _is_clean)
        severity = Severity.MEDIUM if entry is not None and entry.is_remote else Severity.LOW
        yield Sighting(node, f"`{shown(value, at)}` goes into the header `{name}`, line breaks and all", severity)


def _is_known_text(node: cst.CSTNode, at: Place) -> bool:
    """True for a name that `isinstance(name, str)` has been asked about."""
    if not isinstance(node, cst.Name) or at.function is None:
        return False
    return re.search(rf"\bisinstance\(\s*{re.escape(node.value)}\s*,\s*(?:str|int)\b", at.code(at.function)) is not None


def _script(node: cst.DictElement, value: cst.BaseExpression, at: Place) -> Iterator[Sighting]:
    entry = entry_into(value, at)
    if entry is not None and entry.is_remote:
        yield Sighting(node, f"`{shown(entry.node, at)}` becomes part of a script the database runs", Severity.HIGH)
    elif not is_fixed(value, at):
        yield Sighting(node, f"`{shown(value, at)}` is run as a script by the database")


def _pattern(call: cst.Call, pattern: cst.BaseExpression, at: Place) -> Iterator[Sighting]:
    """Report a format string that a request brings: `{user.__class__}` reads what it likes."""
    if template_of(pattern) is None or any(template_of(made) is None for made in makers(pattern, at)):
        said = "`{}` is used as a format string: it can read any attribute"
        yield from _outside(call, pattern, said, Severity.MEDIUM, at)


def _header(
    node: cst.Assign, owner: cst.BaseExpression, target: cst.Subscript, value: cst.BaseExpression, at: Place
) -> Iterator[Sighting]:
    index = target.slice[0].slice
    key = string_value(index.value) if isinstance(index, cst.Index) else None
    if not (dotted_name(owner) or "").endswith("headers"):
        return
    if isinstance(index, cst.Index) and key is None:
        yield from _outside(node, index.value, "`{}` becomes a header's name", Severity.LOW, at)
    elif (key or "").lower() != "location":
        yield from _outside(node, value, "`{}` becomes a header's value", Severity.LOW, at)


def _is_logger(call: cst.Call) -> bool:
    if not isinstance(call.func, cst.Attribute):
        return False
    owner = call.func.value
    name = dotted_name(owner) or (called_name(owner) if isinstance(owner, cst.Call) else "")
    return _LOGGER.fullmatch(name.rpartition(".")[2]) is not None or name.lower().startswith("getlogger")


def _logged(call: cst.Call, at: Place) -> Iterator[Sighting]:
    text = argument(call, 0, "msg")
    escaped = "%r" in (string_value(text) or "") if text is not None else False
    for arg in () if escaped else call.args:
        if arg.keyword is not None and arg.keyword.value in ("exc_info", "extra", "stacklevel"):
            continue
        entry = _entry(arg.value, call, at)
        if entry is not None and not _is_escaped_by_format(arg.value):
            said = f"`{shown(entry.node, at)}` goes into the log as it came, line breaks and all"
            yield Sighting(call, said, Severity.LOW)
            return


def _is_escaped_by_format(value: cst.BaseExpression) -> bool:
    """True for f-strings whose values are shown with `!r`."""
    if not isinstance(value, cst.FormattedString):
        return False
    holes = [part for part in value.parts if isinstance(part, cst.FormattedStringExpression)]
    return all(hole.conversion in ("r", "a") for hole in holes)
