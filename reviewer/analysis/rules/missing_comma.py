import ast
from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source
from reviewer.analysis.tree import Tree, below, dotted, full_name, head_line, quote, tree_of

# A single letter is looked for in a text of letters on purpose.
_LETTER = regex(
    r"(?i)(\w+_)?(c|ch|char|character|letter|digit|sign|symbol|first|last|x|s|byte|mode|flag|op|operator)\d*"
)
# Names that frameworks read as a sequence of texts.
_LISTED = frozenset(
    {"INSTALLED_APPS", "MIDDLEWARE", "ALLOWED_HOSTS", "AUTHENTICATION_BACKENDS", "STATICFILES_DIRS", "TEMPLATE_DIRS"}
    | {
        "list_display",
        "list_filter",
        "search_fields",
        "readonly_fields",
        "raw_id_fields",
        "filter_horizontal",
        "inlines",
    }
    | {"unique_together", "index_together", "ordering", "fields", "exclude", "prepopulated_fields", "list_editable"}
    | {"permission_classes", "authentication_classes", "renderer_classes", "parser_classes", "throttle_classes"}
    | {
        "filter_backends",
        "filterset_fields",
        "ordering_fields",
        "__all__",
        "fixtures",
        "required_fields",
        "REQUIRED_FIELDS",
    }
)
_STARTERS = frozenset(
    {"threading.Thread", "multiprocessing.Process", "threading.Timer", "Thread", "Process", "Timer", "Pool"}
    | {"apply_async", "send_task", "starmap", "map_async", "add_job", "timeit.Timer"}
)
_WORD = regex(r"[\w./:@-]{1,30}")
_FEWEST, _MOST = 3, 200
_LONGEST = 40


class MissingComma(ModuleRule):
    """A comma is missing or too many: a text stands where a tuple was meant, or a tuple where a value was.

    Why look: `"x" in ("abc")` looks for letters, and a list with a lost comma has a name that nobody wrote.
    Ask: how many elements should there be?
    """

    informs = "correctness"
    severity = Severity.MEDIUM

    INVALID = (
        Example("def is_raw(path):\n    return path.suffix in ('.dng')\n"),
        Example("def is_open(order):\n    if order.state not in ('open'):\n        close(order)\n"),
        Example("def is_open(order):\n    return order.state in ('open' 'paid')\n"),
        Example("KINDS = ('green')\n\ndef is_known(tea):\n    return tea.kind in KINDS\n"),
        Example("KINDS: tuple[str, ...] = ('green')\n"),
        Example("KINDS = ('green')\n\nfor kind in KINDS:\n    print(kind)\n"),
        Example("class TeaAdmin:\n    list_display = ('name')\n"),
        Example("class TeaView:\n    permission_classes = (IsOwner)\n"),
        Example("import threading\n\nthreading.Thread(target=brew, args=('green')).start()\n"),
        Example("import threading\n\ndef f(tea):\n    threading.Thread(target=brew, args=(tea)).start()\n"),
        Example("class Shop:\n    def __init__(self, rate):\n        self.rate = rate,\n"),
        Example("KINDS = [\n    'green',\n    'black'\n    'white',\n    'red',\n]\n"),
        Example("ENDINGS = ('csv')\n\ndef f(name):\n    return name.rsplit('.', 1)[1] in ENDINGS\n"),
    )
    VALID = (
        Example("def is_raw(path):\n    return path.suffix in ('.dng',) or path.suffix in {'.raw'}\n"),
        Example("def is_vowel(letter):\n    return letter in ('aeiou') or 'tea' in ('green tea and black tea')\n"),
        Example("def f(text):\n    return 'tea' in text or text in 'tea' or text in (OTHER)\n"),
        Example("NAME = ('green')\nTEXT = (\n    'a long text '\n    'on two lines'\n)\nprint('g' in TEXT)\n"),
        Example("KINDS = ('green',)\n\ndef is_known(tea):\n    return tea.kind in KINDS\n"),
        Example("class TeaAdmin:\n    list_display = ('name',)\n    ordering = ['name']\n    fields = '__all__'\n"),
        Example("import threading\n\ndef f(args):\n    threading.Thread(target=brew, args=(args)).start()\n"),
        Example("import threading\n\ndef f(tea):\n    threading.Thread(target=brew, args=(tea,)).start()\n"),
        Example(
            "def f(pair):\n    name, = pair\n    first = (name,)\n    a, b = c, d = 1, 2\n    return first, a, b\n"
        ),
        Example("LINES = [\n    'a long line that goes on and '\n    'on',\n    'another',\n    'third',\n]\n"),
        Example("WORDS = ['a', 'b', 'c' 'd']\nPARTS = ['-x', 'a=' 'b']\n"),
        Example("def f(value):\n    if isinstance(value, (int)):\n        raise (ValueError)\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        look = _Look(source, tree_of(source.tree))
        for node, message in look.faults():
            line = head_line(node, source, file)
            if line is not None:
                yield LineSighting(line, message)


@dataclass(frozen=True, slots=True)
class _Look:
    source: Source
    tree: Tree

    def faults(self) -> Iterator[tuple[ast.AST, str]]:
        for compare in self.tree.nodes(ast.Compare):
            yield from self.searched(compare)
        for node in self.tree.every:
            if isinstance(node, (ast.Assign, ast.AnnAssign)):
                yield from self.kept(node)
            elif isinstance(node, (ast.List, ast.Tuple, ast.Set)):
                yield from self.joined(node)
        for call in self.tree.nodes(ast.Call):
            yield from self.started(call)

    def searched(self, node: ast.Compare) -> Iterator[tuple[ast.AST, str]]:
        """Report `x in ("a")`, which looks for a part of a text."""
        right = node.comparators[0]
        if (
            len(node.ops) != 1
            or not isinstance(node.ops[0], (ast.In, ast.NotIn))
            or isinstance(node.left, ast.Constant)
        ):
            return
        if self.is_in_brackets(right) and _is_word(right, node.left):
            yield right, f"`({quote(right)})` is a text, no tuple: this asks whether it holds `{quote(node.left)}`"

    def kept(self, node: ast.Assign | ast.AnnAssign) -> Iterator[tuple[ast.AST, str]]:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        value = node.value
        if value is None or len(targets) != 1:
            return
        target = targets[0]
        name = (dotted(target) or "").rpartition(".")[2]
        if (
            name
            and isinstance(value, ast.Tuple)
            and len(value.elts) == 1
            and not self.is_in_brackets(value, inside=True)
        ):
            is_meant = name.endswith(("s", "_")) or name.isupper() or isinstance(value.elts[0], ast.Starred)
            yield from [] if is_meant else [(node, f"the comma at the end makes `{quote(target)}` a tuple of one")]
        if not self.is_in_brackets(value):
            return
        is_text = _is_text(value) and _WORD.fullmatch(quote(value).strip("'")) is not None
        is_typed = isinstance(node, ast.AnnAssign) and quote(node.annotation).lower().startswith(
            ("tuple", "typing.tuple")
        )
        is_class = name.endswith("_classes") and isinstance(value, (ast.Name, ast.Attribute))
        if (is_text and (is_typed or name in _LISTED or self.is_gone_through(name, node))) or (
            is_class and name in _LISTED
        ):
            yield node, f"`({quote(value)})` is no tuple: a comma is missing"

    def is_gone_through(self, name: str, given: ast.AST) -> bool:
        """True if the file loops over the name, or asks whether something is in it; single letters apart."""
        if not name.isupper() and not name.endswith("s"):
            return False
        for node in self.tree.nodes(ast.Compare, ast.For, ast.comprehension):
            match node:
                case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[right]):
                    is_used = not _LETTER.fullmatch((dotted(left) or "word").rpartition(".")[2])
                    is_used = is_used and not isinstance(left, ast.Constant) and not _is_one_sign(left)
                case ast.For(iter=right) | ast.comprehension(iter=right):
                    is_used = not _LETTER.fullmatch(dotted(node.target) or "word")
                case _:
                    continue
            if is_used and (dotted(right) or "").rpartition(".")[2] == name and right is not given:
                return True
        return False

    def started(self, call: ast.Call) -> Iterator[tuple[ast.AST, str]]:
        """Report `Thread(args=("x"))`, which hands over letters."""
        name = full_name(call.func, self.source) or ""
        if name not in _STARTERS and name.rpartition(".")[2] not in _STARTERS:
            return
        value = next((each.value for each in call.keywords if each.arg == "args"), None)
        if value is None:
            return
        is_text = isinstance(value, (ast.JoinedStr, ast.Constant))
        is_name = isinstance(value, (ast.Name, ast.Attribute)) and self.is_in_brackets(value)
        if is_text or (is_name and not (dotted(value) or "").endswith(("s", "tuple", "list"))):
            yield value, f"`args=({quote(value)})` is no tuple: a comma is missing"

    def joined(self, node: ast.List | ast.Tuple | ast.Set) -> Iterator[tuple[ast.AST, str]]:
        """Report a list of words, one to a line, in which two have no comma between them."""
        if not _FEWEST <= len(node.elts) <= _MOST or not all(_is_text(each) for each in node.elts):
            return
        whole = [each for each in node.elts if each.lineno == each.end_lineno]
        long = [each for each in node.elts if each.lineno != each.end_lineno]
        if len(long) != 1 or len({each.lineno for each in whole}) != len(whole) or len(whole) < len(long) + 1:
            return
        odd = long[0]
        lines = [line.strip() for line in self.source.lines[odd.lineno - 1 : odd.end_lineno]]
        words = [line.rstrip(",").strip("\"'") for line in lines]
        if len(lines) == _FEWEST - 1 and all(_WORD.fullmatch(word) for word in words):
            yield odd, f"no comma stands after `{lines[0]}`: the list has `{quote(odd)}` instead of two"

    def is_in_brackets(self, node: ast.expr, *, inside: bool = False) -> bool:
        """True if brackets stand around the node alone; a tuple's own begin where it does."""
        first = self.source.lines[node.lineno - 1].encode()
        last = self.source.lines[(node.end_lineno or node.lineno) - 1].encode()
        if inside:
            return first[node.col_offset : node.col_offset + 1] == b"("
        return first[: node.col_offset].rstrip().endswith(b"(") and last[node.end_col_offset :].lstrip().startswith(
            b")"
        )


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_word(node: ast.expr, sought: ast.expr) -> bool:
    """True for a text that is a word, not a row of letters or signs to look a single one up in."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or len(node.value) > _LONGEST:
        return False
    text = node.value
    name = (dotted(sought) or "word").rpartition(".")[2]
    is_row = len(set(text)) == len(text) and text.isalpha() and not text.islower()
    has_word = any(letter.isalnum() for letter in text) and " " not in text
    return has_word and not is_row and not _LETTER.fullmatch(name) and not _is_one_sign(sought)


def _is_one_sign(node: ast.expr) -> bool:
    """True for `text[0]` and `text[-1:]`."""
    is_of_name = isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name)
    return is_of_name and any(isinstance(each, ast.Constant) for each in below(node))
