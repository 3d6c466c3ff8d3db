import ast
import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.comments import Comment
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import CommentRule, Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.tokens import Token
from reviewer.analysis.touched import Function, Touched, touched

_LEFT_OUT = regex(
    r"^\W*(the )?(rest|remainder) of (the |your |this )?(implementation|code|function|class|file|logic|method)|"
    r"^\W*(existing|previous|original|other|remaining) (code|implementation|methods|logic)( \w+)? ?"
    r"(here|unchanged|remains?|goes here)?\W*$|"
    r"\byour (code|logic|implementation|query)\b.{0,12}\bhere\b|"
    r"(logic|implementation|code) (goes|would go|will go|belongs) here|"
    r"\b(implement|add|insert|put|write) (your |the |actual |real |proper |own )*(\w+ ){0,2}"
    r"(logic|implementation|code|functionality) here|"
    r"\b(actual|real|full) (implementation|logic|code|call) (would|goes|should|will|to be)\b|"
    r"\bimplementation omitted\b|^\W*(to be|will be|should be) implemented\b|"
    r"\bplaceholder (for|implementation|logic|function|code|method)\b|^\W*placeholder\W*$|"
    r"\bnot (yet )?implemented( yet)?\W*$|\bstub(bed)? (out|implementation|for now)\b|"
    r"\bsimulat(e|ing|ed) (the |an? )?(api|call|response|database|request|delay|processing|payment|work)\b",
    re.IGNORECASE,
)
_UNDONE = regex(r"\b(TODO|FIXME|implement\w*|placeholder|stub|later|dummy)\b", re.IGNORECASE)
_NOT_IMPLEMENTED = regex(r"not (yet )?(been )?implemented|todo|implement me|unimplemented", re.IGNORECASE)
_STATED = frozenset(
    {"overload", "abstractmethod", "abstractproperty", "abstractclassmethod", "hookspec", "singledispatch"}
)
_OPEN_BASES = regex(
    r"ABC|Protocol|Interface|Abstract|Base|Mixin|TypedDict|Enum|Exception|Error|Warning|Null|Noop|Dummy|Fake|Stub"
)
_HOOK = regex(
    r"__\w+__|on_\w+|_?(pre|post|before|after|handle|visit|depart|hook|noop|nop|no_op|nothing|ignore|dummy|default|null)(_\w*)?|"
    r"setup|teardown|close|flush|start|stop|shutdown|initiali[sz]e|finali[sz]e|main|cli|\w+_(hook|callback|noop)|pass_?\w*|_+"
)
_ACTION = regex(
    r"_?(validate|verify|check|authenticate|authori[sz]e|process|calculate|compute|send|save|store|fetch|load|create|update|"
    r"delete|remove|charge|pay|refund|transfer|encrypt|decrypt|hash|sign|parse|convert|upload|download|sync|import|export|"
    r"notify|generate|search|find|analy[sz]e|predict|optimi[sz]e|get|is_valid|has_permission|can)(_\w+)?"
)
_QUESTION = regex(r"_?(needs|should|is|must|requires|exceeds|matches|qualifies|score|estimate|rate)_\w+")
_SPEAKERS = frozenset({"print", "debug", "info", "warning", "log", "echo"})


class PlaceholderImplementation(ModuleRule, CommentRule, TokenRule):
    """A function does nothing yet, or a comment stands where code was left out.

    Why look: callers take it for done; what it should do is silently missing.
    Ask: is this done, and if not, who must not call it before?
    """

    informs = "prompt"
    severity = Severity.HIGH
    languages = frozenset({"javascript", "typescript", "go", "java", "kotlin", "csharp", "php", "ruby"})

    INVALID = (
        Example("def refund(order):\n    pass\n"),
        Example("def refund(order):\n    ...\n"),
        Example("def refund(order):\n    raise NotImplementedError\n"),
        Example("def refund(order):\n    # TODO: pay back\n    return None\n"),
        Example("def validate_card(card):\n    return True\n"),
        Example("def send_mail(user, text):\n    print(f'mail to {user}')\n    return True\n"),
        Example('class Shop:\n    def refund(self, order):\n        """Pay back."""\n        pass\n'),
        Example("def refund(order):\n    check(order)\n    # ... rest of the implementation\n"),
        Example("class Shop:\n    # ... existing code ...\n    name = 'tea'\n"),
        Example("function refund(order) {\n  throw new Error('Not implemented');\n}\n", path="shop/refund.js"),
        Example("func Refund() {\n\t// Add your refund logic here\n}\n", path="shop/refund.go"),
        Example(
            "class Tea:\n    def price(self, cups):\n        total = cups * self.rate\n        return total\n\n"
            "    def needs_milk(self, guest):\n        'Tell whether the guest takes milk.'\n        return False\n"
        ),
    )
    VALID = (
        Example(
            "class Leaf(Node):\n    def price(self, cups):\n        total = cups * self.rate\n        return total\n\n"
            "    def is_open(self, day):\n        'Tell whether it is open.'\n        return False\n"
        ),
        Example("class Store(ABC):\n    @abstractmethod\n    def load(self): ...\n"),
        Example("class Store(Protocol):\n    def load(self): ...\n"),
        Example("class BaseStore:\n    def load(self):\n        raise NotImplementedError\n"),
        Example("class Store:\n    def load(self):\n        raise NotImplementedError('subclasses load')\n"),
        Example("@overload\ndef load(key: str) -> str: ...\n"),
        Example("class OrderMissing(Exception):\n    pass\n"),
        Example('class Screen(Widget):\n    def on_key(self, key):\n        """Do nothing."""\n'),
        Example("class Quiet(Screen):\n    def show(self, text):\n        pass\n"),
        Example("class Leaf(Node):\n    def check(self, depth):\n        return True\n"),
        Example("def refund(order):\n    pass\n", path="tests/test_orders.py"),
        Example("def refund(order): ...\n", path="shop/orders.pyi"),
        Example("@app.group()\ndef shop():\n    pass\n"),
        Example("def rate():\n    return 0.19\n"),
        Example("# The rest of the orders are shipped by hand\nship(first)\n"),
        Example("throw new Error('Not found');\n", path="shop/refund.ts"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or file.suffix == ".pyi":
            return
        nodes = touched(file)
        parents = {
            base.id
            for node in source.tree.body
            if isinstance(node, ast.ClassDef)
            for base in node.bases
            if isinstance(base, ast.Name)
        }
        for function in nodes.functions:
            owner = nodes.owner(function)
            if (owner is None or owner.name not in parents) and not _is_for_type_checkers(function, nodes):
                yield from _function(function, owner, file)

    def check_comments(self, comments: Sequence[Comment], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example:
            return
        for comment in comments:
            words = comment.words
            if comment.is_alone and _LEFT_OUT.search(words) and words[:4].upper() not in ("TODO", "FIXM"):
                severity = Severity.HIGH if re.search(r"rest of|existing|here\b", words) else Severity.MEDIUM
                yield LineSighting(comment.line, f"code was left out here: `{words[:60]}`", severity)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example:
            return
        raising = 0
        for token in tokens:
            if token.text in ("throw", "panic", "raise", "UnsupportedOperationException", "NotImplementedException"):
                raising = token.line
            elif token.is_string and raising == token.line and _NOT_IMPLEMENTED.search(token.text):
                yield LineSighting(token.line, "nothing is implemented here yet")


def _is_for_type_checkers(function: Function, nodes: Touched) -> bool:
    return any(
        isinstance(outer, ast.If) and "TYPE_CHECKING" in ast.unparse(outer.test) for outer in nodes.around(function)
    )


def _function(function: Function, owner: ast.ClassDef | None, file: ChangedFile) -> Iterator[LineSighting]:
    lines = range(function.lineno, (function.end_lineno or function.lineno) + 1)
    line = next((line for line in lines if line in file.added), None)
    if line is None or len(function.body) > 4 or _is_open(function, owner):
        return
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    is_marked = any(
        "#" in text and _UNDONE.search(text.partition("#")[2]) for text in file.lines[lines.start - 1 : lines.stop - 1]
    )
    what = _emptiness(body, function, owner, is_marked=is_marked)
    if what is not None:
        is_sure = is_marked or (owner is None and what in ("pass", "...", "raise NotImplementedError"))
        severity = Severity.HIGH if is_sure else Severity.MEDIUM
        yield LineSighting(line, f"`{function.name}` does nothing yet but `{what}`", severity)


def _is_open(function: Function, owner: ast.ClassDef | None) -> bool:
    """True where an empty body is what is meant: for others to fill, or a step that may be left out."""
    names = {ast.unparse(each).partition("(")[0].rpartition(".")[2] for each in function.decorator_list}
    if names & _STATED or (function.decorator_list and names - {"staticmethod", "classmethod", "property"}):
        return True
    if owner is None:
        return False
    bases = [ast.unparse(base) for base in owner.bases]
    return _OPEN_BASES.search(" ".join([owner.name, *bases])) is not None


def _emptiness(body: list[ast.stmt], function: Function, owner: ast.ClassDef | None, *, is_marked: bool) -> str | None:
    """Return the statement that is all a body does, if that is nothing."""
    if not body:
        return None  # a docstring alone says that nothing is to be done
    *spoken, last = body
    if any(not _speaks(statement) for statement in spoken):
        return None
    overrides = owner is not None and bool(owner.bases)
    is_hook = _HOOK.fullmatch(function.name) is not None
    match last:
        case ast.Pass():
            return None if (overrides or is_hook) and not is_marked else "pass"
        case ast.Expr(value=ast.Constant(value=value)) if value is ...:
            return None if (overrides or is_hook) and not is_marked else "..."
        case ast.Raise(exc=ast.expr() as error) if ast.unparse(error).startswith("NotImplementedError"):
            is_for_others = owner is not None and (
                overrides or isinstance(error, ast.Call) or function.name.startswith("_")
            )
            return None if is_for_others and not is_marked else "raise NotImplementedError"
        case ast.Return(value=value) if value is None or _is_constant(value):
            if _is_fixed_answer(function, owner, value) and not overrides and not spoken:
                return ast.unparse(last)
            is_believed = _ACTION.fullmatch(function.name) and _parameters(function) and not overrides
            return ast.unparse(last) if is_marked or (is_believed and _is_answer(value, spoken)) else None
        case ast.Expr() if _speaks(last) and is_marked:
            return ast.unparse(last)[:40]
    return None


def _is_fixed_answer(function: Function, owner: ast.ClassDef | None, value: ast.expr | None) -> bool:
    """True for `needs_review(facts)` that is always False, in a class whose other methods look at what they get."""
    if owner is None or not _QUESTION.fullmatch(function.name) or not _parameters(function) or function.decorator_list:
        return False
    others = [part for part in owner.body if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef))]
    is_working = any(part is not function and len(part.body) > 1 and _parameters(part) for part in others)
    return is_working and ast.get_docstring(function) is not None and isinstance(value, ast.Constant)


def _is_answer(value: ast.expr | None, spoken: list[ast.stmt]) -> bool:
    """True for what looks like success; a plain constant or None is often the default of a hook."""
    return bool(spoken) or (isinstance(value, ast.Constant) and value.value is True) or isinstance(value, ast.Dict)


def _is_constant(value: ast.expr) -> bool:
    return not any(
        isinstance(part, (ast.Name, ast.Call, ast.Attribute, ast.Await, ast.Yield)) for part in nodes_in(value)
    )


def _parameters(function: Function) -> bool:
    arguments = function.args
    return bool({arg.arg for arg in [*arguments.args, *arguments.kwonlyargs]} - {"self", "cls"})


def _speaks(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name))):
            return name in _SPEAKERS
        case _:
            return False
