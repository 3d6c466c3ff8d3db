from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.outside import argument, entry_into, is_checked, is_fixed, shown
from reviewer.analysis.place import Place, dotted_name, string_value
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.spoken import LANGUAGES, Call, speech_of, text_of, values_in
from reviewer.analysis.template import called_name, template_of
from reviewer.analysis.tokens import Token
from reviewer.analysis.words import Word


@dataclass(frozen=True, slots=True)
class _Use:
    """What a call does with the text at `position`; severities for outside data, for any other value, for a literal.

    None where nothing need be said.
    """

    verb: str = "runs {} as code"
    position: int = 0
    outside: Severity = Severity.HIGH
    other: Severity | None = Severity.MEDIUM
    literal: Severity | None = None


_RUN = _Use(literal=Severity.INFO)
_COMPILE = _Use("makes code of {}", other=Severity.INFO)
_IMPORT = _Use("imports what {} names", other=Severity.INFO)
_TEMPLATE = _Use("runs {} as a template", other=Severity.INFO)
_BUILT_IN: Mapping[str, _Use] = {
    "eval": _RUN,
    "exec": _RUN,
    "execfile": _RUN,
    "compile": _COMPILE,
    "__import__": _IMPORT,
}
_CALLS: Mapping[str, _Use] = {
    "builtins.eval": _RUN,
    "builtins.exec": _RUN,
    "builtins.compile": _COMPILE,
    "builtins.__import__": _IMPORT,
    "importlib.import_module": _IMPORT,
    "importlib.__import__": _IMPORT,
    "django.utils.module_loading.import_string": _IMPORT,
    "werkzeug.utils.import_string": _IMPORT,
    "runpy.run_path": _Use(other=None),
    "runpy.run_module": _Use(other=None),
    "timeit.timeit": _Use(other=Severity.LOW),
    "timeit.repeat": _Use(other=Severity.LOW),
    "cProfile.run": _Use(other=Severity.LOW),
    "profile.run": _Use(other=Severity.LOW),
    "pdb.run": _Use(other=Severity.LOW),
    "code.compile_command": _COMPILE,
    "codeop.compile_command": _COMPILE,
    "pandas.eval": _Use(other=Severity.LOW),
    "numexpr.evaluate": _Use(other=Severity.LOW),
    "sympy.sympify": _Use(other=Severity.LOW),
    "sympy.parse_expr": _Use(other=Severity.LOW),
    "sympy.parsing.sympy_parser.parse_expr": _Use(other=Severity.LOW),
    "_xxsubinterpreters.run_string": _Use(position=1),
    "_interpreters.run_string": _Use(position=1),
    "_testcapi.run_in_subinterp": _Use(),
    "test.support.run_in_subinterp": _Use(),
    "js2py.eval_js": _Use(),
    "flask.render_template_string": _Use("runs {} as a template"),
    "flask.templating.render_template_string": _Use("runs {} as a template"),
    "quart.render_template_string": _Use("runs {} as a template"),
    "jinja2.Template": _TEMPLATE,
    "mako.template.Template": _TEMPLATE,
    "tornado.template.Template": _TEMPLATE,
    "django.template.Template": _TEMPLATE,
    "chameleon.PageTemplate": _TEMPLATE,
    "Cheetah.Template.Template": _TEMPLATE,
    "bottle.template": _Use("runs {} as a template", other=None),
    "bottle.SimpleTemplate": _TEMPLATE,
}
_METHODS: Mapping[str, _Use] = {
    "from_string": _TEMPLATE,
    "runsource": _Use(other=Severity.MEDIUM),
    "runcode": _Use(other=Severity.LOW),
    "runctx": _Use(other=None),
    "query": _Use("evaluates {}", other=None),
    "eval": _Use("evaluates {}", other=None),
    "run_line_magic": _Use(position=1, other=None),
    "run_cell": _Use(other=None),
}
_LISTENING = "logging.config.listen"
_TABLES = frozenset({"globals", "locals", "vars"})


class CodeInjection(PythonRule, TokenRule):
    """A value is run as code, or chooses the code that is run.

    Why look: whoever chooses the value can make the program do anything it is able to do.
    Ask: why must data be run as code here, and would a parser or a table of functions do?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 95
    words = (
        "Function(", "setTimeout", "setInterval", "vm.", "parseExpression", "assert", "create_function", "compile",
        "eval", "exec", "compile", "import", "render_template_string", "Template", "from_string", "globals()",
        "locals()", "run", "sympify", "parse_expr", "timeit", "getattr", "listen", "query(", "vars()",
    )  # fmt: skip
    visits = (cst.Call, cst.Subscript)
    languages = LANGUAGES

    INVALID = (
        Example("def price(rule, order):\n    return eval(rule, {'order': order})\n"),
        Example("def run(text):\n    exec(compile(text, 'order', 'exec'))\n"),
        Example("from flask import request\n\n\ndef total():\n    return str(eval(request.args['sum']))\n"),
        Example("eval('price * 2')\n"),
        Example(
            "from flask import Flask, request, render_template_string\n\napp = Flask(__name__)\n\n\n"
            "@app.route('/hello')\ndef hello():\n    page = f'<h1>Hello {request.args.get(\"name\")}</h1>'\n"
            "    return render_template_string(page)\n"
        ),
        Example(
            "import importlib\nfrom flask import request\n\n\ndef load():\n"
            "    return importlib.import_module('plugins.' + request.form['plugin'])\n"
        ),
        Example("def act(request):\n    action = globals().get(request.GET.get('do'))\n    return action(request)\n"),
        Example("import logging.config\n\nserver = logging.config.listen(9030)\n"),
        Example("from jinja2 import Environment\n\n\ndef letter(text):\n    return Environment().from_string(text)\n"),
        Example("import sys\n\nresult = eval(sys.argv[1])\n"),
        Example("const total = eval(req.query.sum);\n", path="shop/sum.js"),
        Example("const price: any = new Function('order', 'return ' + rule);\n", path="shop/rule.ts"),
        Example("setTimeout(`show('${name}')`, 100);\n", path="shop/show.js"),
        Example('class A { Object f(String rule) { return engine.eval("x = " + rule); } }\n', path="shop/A.java"),
        Example("<?php\neval('$total = ' . $_POST['sum'] . ';');\n", path="shop/sum.php"),
    )
    VALID = (
        Example("import ast\n\n\ndef read(text):\n    return ast.literal_eval(text)\n"),
        Example("model.eval()\nframe.eval('total = price * count')\nframe.query('price > 3')\n"),
        Example("def eval(order):\n    return order.total\n\n\ndef total(order):\n    return eval(order)\n"),
        Example(
            "import importlib\n\nNAMES = ('tea', 'cup')\nparts = [importlib.import_module(name) for name in NAMES]\n"
        ),
        Example("import re\n\n\ndef find(pattern, text):\n    return re.compile(pattern).search(text)\n"),
        Example(
            "from flask import render_template_string, request\n\n\ndef hello():\n"
            "    return render_template_string('<h1>{{ name }}</h1>', name=request.args['name'])\n"
        ),
        Example("from string import Template\n\n\ndef letter(text, name):\n    return Template(text).substitute()\n"),
        Example("def run(text):\n    exec(text)\n", path="tests/test_run.py"),
        Example("__import__('pkg_resources').declare_namespace(__name__)\n"),
        Example("ACTIONS = {'add': add}\n\n\ndef act(request):\n    return ACTIONS[request.GET['do']](request)\n"),
        Example(
            "const data = JSON.parse(text);\nsetTimeout(() => show(name), 100);\neval('1 + 1');\n",
            path="shop/a.js",
        ),
        Example("model.eval(input);\nsetTimeout(show, 100, name);\n", path="shop/model.ts"),
        Example("<?php\n$rows = $model->eval($x);\n", path="shop/model.php"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test:
            return
        if isinstance(node, cst.Subscript):
            yield from _looked_up(node, node.value, _index(node), at)
        elif isinstance(node, cst.Call):
            if at.name(node.func) == _LISTENING and at.is_imported(node.func):
                yield Sighting(node, "`logging.config.listen` runs what is sent to its port", Severity.MEDIUM)
                return
            if isinstance(node.func, cst.Attribute) and called_name(node) in ("get", "__getitem__"):
                yield from _looked_up(node, node.func.value, argument(node, 0), at)
            yield from _picked(node, at)
            use = _use(node, at)
            if use is not None:
                yield from _used(node, use, at)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - read whole
        if not file.is_test:
            yield from _spoken(file)


def _use(call: cst.Call, at: Place) -> _Use | None:
    name = at.name(call.func) or ""
    if isinstance(call.func, cst.Name) and name in _BUILT_IN:
        return None if _is_defined_here(name, at) else _BUILT_IN[name]
    if name in _CALLS and at.is_imported(call.func):
        return _CALLS[name]
    if isinstance(call.func, cst.Attribute) and not at.is_imported(call.func):
        return _METHODS.get(called_name(call))
    return None


def _used(call: cst.Call, use: _Use, at: Place) -> Iterator[Sighting]:
    text = argument(call, use.position, "source", "code", "stmt", "expr", "name", "text", "string", "template_string")
    if text is None:
        return
    runner = f"`{shown(call.func, at)}`"
    entry = entry_into(text, at)
    if entry is not None and not is_checked(entry, call, at):
        severity = use.outside if entry.is_remote else Severity.MEDIUM
        yield Sighting(call, f"{runner} {use.verb.format(f'`{shown(entry.node, at)}`')}", severity)
        return
    is_literal = string_value(text) is not None
    if is_literal or is_fixed(text, at):
        if use.literal is not None:
            yield Sighting(call, f"{runner} runs a fixed text as code", use.literal)
    elif use.other is not None:
        yield Sighting(call, f"{runner} {use.verb.format(f'`{shown(text, at)}`')}", _severity(use.other, text))


def _severity(other: Severity, text: cst.BaseExpression) -> Severity:
    """A text put together with a value is graver than one handed on whole."""
    template = template_of(text)
    return Severity.MEDIUM if template is not None else other


def _looked_up(
    node: cst.CSTNode, table: cst.BaseExpression, key: cst.BaseExpression | None, at: Place
) -> Iterator[Sighting]:
    """Report `globals()[name]` where the name comes from outside."""
    if key is None or not isinstance(table, cst.Call) or called_name(table) not in _TABLES or table.args:
        return
    entry = entry_into(key, at)
    if entry is not None and not is_checked(entry, node, at):
        severity = Severity.HIGH if entry.is_remote else Severity.LOW
        yield Sighting(node, f"`{shown(entry.node, at)}` picks any name of `{shown(table, at)}`", severity)


def _picked(call: cst.Call, at: Place) -> Iterator[Sighting]:
    """Report `getattr(shop, name)` where a request brings the name and nothing limits it."""
    if dotted_name(call.func) != "getattr" or len(call.args) < 2:
        return
    name = call.args[1].value
    template = template_of(name)
    if template is not None and not template.text.startswith("\0"):
        return  # a prefix such as `do_` limits what can be picked
    entry = entry_into(name, at)
    if entry is not None and entry.is_remote and not is_checked(entry, call, at):
        owner = shown(call.args[0].value, at)
        yield Sighting(call, f"`{shown(entry.node, at)}` picks any attribute of `{owner}`", Severity.MEDIUM)


def _index(node: cst.Subscript) -> cst.BaseExpression | None:
    first = node.slice[0].slice
    return first.value if isinstance(first, cst.Index) else None


def _is_defined_here(name: str, at: Place) -> bool:
    """True if the module has a function or an import of its own by the name of a built-in."""
    if name in at.imports:
        return True
    return any(getattr(statement, "name", None) == name for statement in at.source.tree.body)


def _spoken(file: ChangedFile) -> Iterator[LineSighting]:
    speech, language = speech_of(file), language_of(file) or ""
    for call in speech.calls:
        for code in _code(call, language):
            if not speech.is_literal(code):
                entry = speech.outside(code)
                severity = Severity.HIGH if entry is not None else Severity.MEDIUM
                yield LineSighting(call.line, f"`{call.name}` runs `{entry or values_in(code)}` as code", severity)
                break


def _code(call: Call, language: str) -> Sequence[Sequence[Word]]:
    """Return the arguments that a call runs as code."""
    arguments = call.arguments
    if language in ("javascript", "typescript"):
        if call.name in ("eval", "window.eval", "globalThis.eval", "vm.runInThisContext", "vm.runInNewContext"):
            return arguments[:1]
        if call.name in ("Function", "vm.Script") and call.is_new:
            return arguments[-1:] if call.name == "Function" else arguments[:1]
        is_timer = call.name in ("setTimeout", "setInterval", "window.setTimeout", "window.setInterval")
        return [code for code in arguments[:1] if is_timer and text_of(code) is not None]
    if language == "java":
        is_engine = call.method == "eval" and call.name.lower().split(".")[0].endswith(
            ("engine", "shell", "interpreter")
        )
        return arguments[:1] if is_engine or call.method == "parseExpression" else ()
    return arguments[:1] if language == "php" and call.name in ("eval", "create_function") else ()
