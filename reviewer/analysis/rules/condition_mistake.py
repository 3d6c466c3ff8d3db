from collections import defaultdict
from collections.abc import Iterator, Sequence

from reviewer.analysis.blocks import blocks_of
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.phrases import Code, code_of, shown
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_OPERAND = r"[A-Za-z_$][\w$]*(?: \. [A-Za-z_$][\w$]*)*"
_SAME = regex(
    rf"(?<!\S)(?<! [-+*/%.] )(?P<left>{_OPERAND}) (?:={{2,3}}|= =) (?P=left)(?= (?:\)|;|&&|\|\||\{{|,|\?|\}})|$)"
)
_ASSIGNED = regex(
    r"(?<!\S)if \( (?P<name>[A-Za-z_$][\w$]*) = (?P<value>true|false|null|\d+|\"[^\"]*\"|[A-Za-z_$][\w$]*) \)"
)
_ALWAYS = regex(r"(?<!\S)if (?:\( )?(?P<what>true|false|! true|! false)(?: \))? \{")
_STRING = regex(
    r'(?<!\S)(?:(?P<name>[A-Za-z_][\w.]*(?: \. \w+(?: \( \))?)*) (?P<sign>[!=]=|[!=] =) "[^"]*"|'
    r'"[^"]*" (?P<turned>[!=]=|[!=] =) (?P<other>[A-Za-z_]\w*))'
)
_LOOSE = regex(r"(?<!\S)(?P<left>[\w$)\]\"][\w$]*) (?P<sign>==|!=) (?P<right>-?[\w$.]+|\"[^\"]*\"|\[ \]|\{ \})(?!\S)")
_COERCED = frozenset({"true", "false", '""', "[ ]", "{ }", "NaN"})
_NULLISH = frozenset({"null", "undefined"})
_STRICT = regex(r"(?<!\S)(?:===|!==)(?!\S)")
# Where texts are compared by `==`: names that are declared as one type, and nowhere as another.
_MOSTLY = 2
_DECLARED = regex(r"(?<![\w\"])(?P<type>[A-Za-z][\w.]*|[>\]]) (?P<name>[A-Za-z_]\w*)(?= (?:=|;|,|\)|:)(?!\S))")
_PATH = r"(?:this \. )?[A-Za-z_]\w*(?: \( \))?(?: \. [A-Za-z_]\w*(?: \( \))?)*"
_IDENTITY = regex(rf"(?<!\S)(?<!\. )(?P<left>{_PATH}) (?:==|!=) (?P<right>{_PATH})(?! (?:\.|\[|\(|\+|-))(?!\S)")
_BOXED = frozenset({"Integer", "Long", "Double", "Float", "Short", "Byte", "BigDecimal", "BigInteger"})
_NO_TYPE = frozenset({"return", "throw", "new", "case", "else", "package", "import", "instanceof"})
_QUOTED = regex(r"[!=]=\s*\"|\"\s*[!=]=")
_TESTED = regex(r"(?:assert\w*|expect|require) \( $")
_TWO = regex(r"(?<!\S)\} else \{ ")
_TEXT = 400


class ConditionMistake(TokenRule):
    """A condition does not ask what it seems to: it assigns, compares a thing with itself, or is always the same.

    Why look: the branch is taken always or never, and both look tested.
    Ask: which value makes this condition false?
    """

    informs = "correctness"
    severity = Severity.MEDIUM
    cwe = 570
    words = ("==", "if")
    languages = frozenset({"javascript", "typescript", "java", "kotlin", "go", "csharp", "php"})

    INVALID = (
        Example("if (total == total) {\n  pay();\n}\n", path="shop/pay.js"),
        Example("if order.Total == order.Total {\n\tpay()\n}\n", path="shop/pay.go"),
        Example("if (paid = true) {\n  pay();\n}\n", path="shop/Pay.java"),
        Example("if (true) {\n  pay();\n}\n", path="shop/Pay.java"),
        Example('if (name == "tea") {\n  pay();\n}\n', path="shop/Pay.java"),
        Example('boolean b = "tea" == name;\n', path="shop/Pay.java"),
        Example("if paid {\n\tpay()\n} else {\n\tpay()\n}\n", path="shop/pay.go"),
        Example("if (quantity == false) {\n  drop();\n}\n", path="shop/cart.js"),
        Example("if (name == '') {\n  ask();\n}\n", path="shop/cart.ts"),
        Example(
            "const same = a === b && c !== d;\nconst line = lines.find((one) => one.id == id);\n", path="shop/cart.ts"
        ),
        Example(
            'class Tea {\n  static final String GREEN = "green";\n  boolean is(Leaf leaf) {\n'
            "    return leaf.kind() == GREEN;\n  }\n}\n",
            path="shop/Tea.java",
        ),
        Example(
            "class Tea {\n  boolean same(Integer one, Integer other) {\n    return one == other;\n  }\n}\n",
            path="shop/Tea.java",
        ),
    )
    VALID = (
        Example("if (tea == null || typeof tea == 'string' || a === b) drink();\n", path="shop/cart.js"),
        Example("if (a == b) drink();\n", path="shop/old.js"),
        Example(
            "class Tea {\n  boolean same(String a, Kind kind, int n, Integer m) {\n"
            "    return kind == Kind.GREEN && a == null && n == m && a.equals(b);\n  }\n}\n",
            path="shop/Tea.java",
        ),
        Example("if (total !== total) {\n  fail();\n}\nif (a.x == b.x) pay();\n", path="shop/pay.js"),
        Example("while (true) {\n  pay();\n}\nif ((m = next()) != null) pay();\n", path="shop/Pay.java"),
        Example('if (name == "tea") pay();\n', path="shop/pay.js"),
        Example('if (name.equals("tea") || name == null) pay();\n', path="shop/Pay.java"),
        Example('if (null == "tea" || c == ) pay();\nassert(x == x);\n', path="shop/Pay.java"),
        Example("// if (true) {\nif (paid == true) {\n  pay();\n}\n", path="shop/Pay.java"),
        Example("if paid {\n\tpay()\n} else {\n\twait()\n}\n", path="shop/pay.go"),
        Example("if (i + x == x) pay();\nif (x == x.next) pay();\n", path="shop/pay.js"),
        Example('if (name == "tea") pay();\n', path="shop/pay.go"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        language, code = language_of(file), code_of(file)
        if file.is_test:
            return
        for line, match in code.find(_SAME):
            if not _TESTED.search(code.text[max(0, match.start() - 30) : match.start()]):
                yield LineSighting(line, f"`{shown(match['left'])}` is compared with itself")
        for line, match in code.find(_ASSIGNED):
            yield LineSighting(line, f"`{match['name']} = …` assigns; a comparison has two signs")
        for line, match in code.find(_ALWAYS):
            yield LineSighting(line, f"`if {shown(match['what'])}` is always the same", Severity.LOW)
        if language == "java":
            for line, match in code.find(_STRING):
                shape = shown(match["name"] or match["other"])
                # A character stands in single quotes and is compared by its value.
                if shape == "null" or not _QUOTED.search(file.lines[line - 1]):
                    continue
                yield LineSighting(
                    line, f"`{shape}` is compared by identity with a text; `equals` compares what it says"
                )
            yield from _by_identity(blocks_of(file).code)
        elif language in ("javascript", "typescript"):
            yield from _loosely(code)
        for line in _same_branches(code):
            yield LineSighting(line, "both branches do the same", Severity.LOW)


def _loosely(code: Code) -> Iterator[LineSighting]:
    """Yield comparisons in scripts that turn one side into the type of the other."""
    is_strict = len(_STRICT.findall(code.text)) >= _MOSTLY
    for line, match in code.find(_LOOSE):
        left, right = match["left"], match["right"]
        before = code.text[max(0, match.start() - 12) : match.start()]
        if {left, right} & _NULLISH or before.endswith("typeof ") or (left == right and not before.endswith(". ")):
            continue
        if {left, right} & _COERCED:
            what = right if right in _COERCED else left
            shape = "''" if what == '""' else what.replace(" ", "")
            yield LineSighting(line, f"`{match['sign']} {shape}` is also true of other empty or odd values")
        elif is_strict and '"' not in left + right:
            yield LineSighting(line, f"`{match['sign']}` turns one side into the type of the other", Severity.LOW)


def _by_identity(code: Code) -> Iterator[LineSighting]:
    """Yield comparisons in Java that ask whether two texts or numbers are one object."""
    types: dict[str, set[str]] = defaultdict(set)
    for _, match in code.find(_DECLARED):
        if match["type"] not in _NO_TYPE:
            types[match["name"]].add(match["type"])
    for line, match in code.find(_IDENTITY):
        sides = [match[side].removeprefix("this . ") for side in ("left", "right")]
        if any(side in ("null", "this", "true", "false") or side.isdigit() for side in sides):
            continue
        kinds = [types.get(side, set()) for side in sides]
        is_text = {"String"} in kinds and all(kind in ({"String"}, set()) for kind in kinds)
        is_number = all(len(kind) == 1 and kind <= _BOXED for kind in kinds)
        # `one == other || one.equals(other)` asks both.
        if (is_text or is_number) and "equals" not in code.text[match.end() : match.end() + 80]:
            shape = shown(sides[0] if kinds[0] else sides[1])
            yield LineSighting(line, f"`{shape}` is compared by identity; `equals` compares what it says")


def _same_branches(code: Code) -> Iterator[int]:
    for _, match in code.find(_TWO):
        opening = match.end() - 2
        end = code.closing(opening)
        if end is None or end - opening > _TEXT:
            continue
        other = code.text[opening : end + 1]
        before = code.text[: match.start() + 1]
        if before.endswith(other) and len(other) > len("{ }"):
            yield code.line_at(match.start())
