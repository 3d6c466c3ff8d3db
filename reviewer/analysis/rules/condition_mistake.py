from collections.abc import Iterator, Sequence

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
    )
    VALID = (
        Example("if (total !== total) {\n  fail();\n}\nif (a.x == b.x) pay();\n", path="shop/pay.js"),
        Example("while (true) {\n  pay();\n}\nif ((m = next()) != null) pay();\n", path="shop/Pay.java"),
        Example('if (name == "tea") pay();\n', path="shop/pay.js"),
        Example('if (name.equals("tea") || name == null) pay();\n', path="shop/Pay.java"),
        Example('if (null == "tea") pay();\nassert(x == x);\n', path="shop/Pay.java"),
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
                if shape == "null":
                    continue
                yield LineSighting(
                    line, f"`{shape}` is compared by identity with a text; `equals` compares what it says"
                )
        for line in _same_branches(code):
            yield LineSighting(line, "both branches do the same", Severity.LOW)


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
