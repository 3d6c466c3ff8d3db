import ast
from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.scopes import BUILTINS, Scope, scopes_of
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.tree import Tree, dotted, head_line, tree_of

_FIELD = regex(r"(?<![{$])\{([A-Za-z_][^{}]*)\}(?!\})")
_CONVERSION = regex(r"(![rsa])?(:[^:{}]*)?\Z|=\Z")
# What fills fields in later, takes them for a pattern, or looks for the very text.
_FILLS = regex(
    r"(?i).*(format|template|prompt|substitute|replace|render|interpolate|route|register|compile|parse|fmt|translat"
    r"|eval|split|partition|index|find|count|strip|remove|starts|ends).*|t|_|gettext\w*|ngettext\w*|field|re|sub|match"
)
_TEMPLATE_NAMES = regex(r"(?i).*(template|format|fmt|pattern|tmpl|prompt|layout|skeleton|placeholder|schema|tpl).*")
_CODE = regex(r"\bf['\"]")
_LONGEST_FIELD = 60
_MOST_FIELDS = 10


class MissingFPrefix(ModuleRule):
    """A text holds the name of a variable in braces, and no `f` stands before it.

    Why look: whoever reads the text sees the braces, and never the value that should tell what went wrong.
    Ask: which value should stand here?
    """

    informs = "correctness"
    severity = Severity.MEDIUM
    words = ("{",)

    INVALID = (
        Example("import logging\n\ndef f(order):\n    logging.info('order {order.number} sent')\n"),
        Example("def f(order):\n    if not order:\n        raise ValueError('no tea in {order!r}')\n"),
        Example("def title(shop, rate):\n    return 'Teas of {shop} at {rate:.2f}'\n"),
        Example("def f(orders):\n    print('{len(orders)} orders', flush=True)\n"),
        Example("def f(out, name):\n    out.write('Dear ' + name + ', {name}!\\n')\n"),
        Example("def f(tea):\n    message = '{tea} is cold'\n    send(message)\n"),
        Example("class Shop:\n    def show(self):\n        return {'title': 'Teas of {self.name}'}\n"),
        Example("def load(session, number):\n    return session.get('https://shop.example/teas/{number}')\n"),
        Example("def load(cursor, table):\n    cursor.execute('SELECT name FROM {table}')\n"),
        Example("def f(teas):\n    for tea in teas:\n        assert tea.price, 'no price for {tea}'\n"),
    )
    VALID = (
        Example("def f(tea):\n    print(f'{tea} is cold')\n    print('{tea} is cold'.format(tea=tea))\n"),
        Example("def f(tea):\n    message = '{tea} is cold'\n    send(message.format(tea=tea))\n"),
        Example("def f(tea, _):\n    return _('{tea} is cold').format(tea=tea)\n"),
        Example("def f(log, tea):\n    log.info('{tea} is cold', tea=tea)\n    show('{tea} cold', {'tea': tea})\n"),
        Example("@app.get('/teas/{number}')\ndef tea(number):\n    return find(number)\n"),
        Example("def f(text, tea):\n    return text.replace('{tea}', tea)\n"),
        Example("TITLE = 'Teas of {shop}'\n\ndef title(shop):\n    return TITLE.format(shop=shop)\n"),
        Example("def f(prompts, question):\n    return prompts.ChatPromptTemplate.from_template('Say: {question}')\n"),
        Example("def f(tea):\n    '''Brew {tea}.'''\n    return '{{tea}}' + '{tea}' + '${tea} is' + '{other} is'\n"),
        Example("def f(name):\n    pattern = '{name} is cold'\n    return brew(pattern, name)\n"),
        Example("def f(tea):\n    return '{tea} of %s' % tea + '{tea' + 'a{3}'\n"),
        Example("def f(code, line):\n    return line.startswith('begin {code}') or 'x = f\"a {code}\"'\n"),
        Example("def route(app, number):\n    app.add_route('/teas/{number}', brew)\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.suffix == ".pyi":
            return
        look = _Look(source, tree_of(source.tree))
        for node in look.tree.nodes(ast.Constant):
            line = head_line(node, source, file)
            if line is None or not isinstance(node.value, str) or "{" not in node.value:
                continue
            shown = look.unfilled(node.value, node)
            if shown is not None and not look.is_filled_later(node):
                yield LineSighting(line, f"`{shown}` is text here: the string has no `f` before it")


@dataclass(frozen=True, slots=True)
class _Look:
    source: Source
    tree: Tree

    def unfilled(self, text: str, node: ast.expr) -> str | None:
        """Return the first field of the text, if all of its fields could be filled in here."""
        around = self.tree.function(node)
        scope = scopes_of(self.source.tree).by_node.get(around) if around is not None else None
        fields = list(_FIELD.finditer(text))
        # A text with an f-string in it is code to be written out.
        if (
            scope is None
            or not fields
            or len(fields) > _MOST_FIELDS
            or fields[0][0] == text.strip()
            or _CODE.search(text)
        ):
            return None
        local = [_is_known(field[1], scope) for field in fields]
        return fields[0][0] if None not in local and any(local) else None

    def is_filled_later(self, node: ast.expr) -> bool:
        inner: ast.AST = node
        for parent in self.tree.above(node):
            match parent:
                case ast.JoinedStr() | ast.Expr(value=ast.Constant()) | ast.Compare() | ast.Subscript():
                    return True
                case ast.BinOp(op=ast.Mod(), left=left) if left is inner:
                    return True
                case ast.Attribute(attr=name) if _FILLS.fullmatch(name):
                    return True
                case ast.Call() if inner is not parent.func and _fills(parent, inner, node):
                    return True
                case ast.keyword(arg=str(name)) if _TEMPLATE_NAMES.fullmatch(name):
                    return True
                case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                    return _TEMPLATE_NAMES.fullmatch(name) is not None or self.is_a_template(name, parent)
                case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                    return not isinstance(parent, ast.AugAssign)
                case ast.arguments() | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    return True
                case ast.stmt():
                    return False
            inner = parent
        return True

    def is_a_template(self, name: str, node: ast.AST) -> bool:
        """True if the function fills the named text in, or hands it on by anything but a plain call."""
        function = self.tree.function(node)
        for part in nodes_in(function) if function is not None else ():
            match part:
                case ast.Attribute(value=ast.Name(id=used)) if used == name:
                    return True
                case ast.BinOp(op=ast.Mod(), left=ast.Name(id=used)) if used == name:
                    return True
                case ast.Call(func=func, args=args, keywords=keywords):
                    is_given = any(isinstance(each, ast.Name) and each.id == name for each in args)
                    if is_given and (_FILLS.fullmatch((dotted(func) or "").rpartition(".")[2]) or keywords):
                        return True
        return False


def _fills(call: ast.Call, given: ast.AST, text: ast.expr) -> bool:
    """True if the call fills the text in itself, going by its name or by what else it is given."""
    name = dotted(call.func) or ""
    if _FILLS.fullmatch(name.rpartition(".")[2]) or "emplate" in name:
        return True
    if any(each.arg is None or f"{{{each.arg}" in str(getattr(text, "value", "")) for each in call.keywords):
        return True
    return any(isinstance(each, ast.Dict) and each is not given for each in call.args)


def _is_known(field: str, scope: Scope) -> bool | None:
    """Tell whether a field names something of the function itself; None if it names what nobody knows here."""
    code = _CONVERSION.sub("", field, count=1)
    if len(code) > _LONGEST_FIELD:
        return None
    try:
        expression = ast.parse(code, mode="eval").body
    except (SyntaxError, ValueError):
        return None
    names = {node.id for node in nodes_in(expression) if isinstance(node, ast.Name)}
    if not all(scope.lookup(name) is not None or name in BUILTINS for name in names):
        return None
    return bool(names & set(scope.bindings))
