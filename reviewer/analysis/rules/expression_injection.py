from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.phrases import code_of, shown
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

# Which argument is evaluated, by the name of the call; and the word that must stand in the file besides.
_CALLS = (
    (r"\w+ \. (?:evaluate|parse|parseClass|evaluateScript)", 0, "Groovy"),
    (r"(?:Ognl|ognl) \. (?:getValue|setValue|parseExpression)", 0, "gnl"),
    (
        r"\w+ \. (?:getValue|setValue|findValue|callMethod)",
        0,
        "OgnlUtil|OgnlReflectionProvider|ValueStack|TextParseUtil",
    ),
    (r"\w+ \. (?:createValueExpression|createMethodExpression)", 1, "ELContext|ExpressionFactory"),
    (r"\. buildConstraintViolationWithTemplate", 0, "onstraint"),
    (r"MVEL \. (?:eval|compileExpression|executeExpression)", 0, "MVEL"),
    (r"Velocity \. evaluate", 3, "Velocity"),
    (r"(?:\w+ \. )?(?:evaluate)", 0, "JexlEngine|JexlExpression"),
)
_PATTERNS = tuple((regex(rf"(?<!\S){call} (?P<open>\()"), place, regex(word)) for call, place, word in _CALLS)


class ExpressionInjection(TokenRule):
    """Text that is put together at run time is evaluated as an expression or a script.

    Why look: whoever chooses part of the text can call any method of the program.
    Ask: who can choose what stands in it, and would a value handed over as a variable do?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 917
    words = ("eval", "parse", "Value", "ValueExpression", "MethodExpression", "buildConstraint", "compileExpression")
    languages = frozenset({"java", "kotlin"})

    INVALID = (
        Example(
            'GroovyShell shell = new GroovyShell();\nshell.evaluate(request.getParameter("x"));\n', path="shop/Pot.java"
        ),
        Example("Object o = Ognl.getValue(text, context, root);\n", path="shop/Pot.java"),
        Example(
            "ValueExpression v = factory.createValueExpression(elContext, text, String.class); ELContext c;\n",
            path="P.java",
        ),
        Example(
            "ConstraintValidatorContext context;\ncontext.buildConstraintViolationWithTemplate(message)\n",
            path="shop/Pot.java",
        ),
    )
    VALID = (
        Example('GroovyShell shell = new GroovyShell();\nshell.evaluate("1 + 1");\n', path="shop/Pot.java"),
        Example("double d = calculator.eval(text);\nDate t = format.parse(text);\n", path="shop/Pot.java"),
        Example("// GroovyShell\nengine.evaluate(text);\n", path="shop/Pot.java"),
        Example("Object o = map.getValue(text);\n", path="shop/Pot.java"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        if file.is_test:
            return
        code = code_of(file)
        for pattern, place, word in _PATTERNS:
            if not word.search(code.text):
                continue
            for line, match in code.find(pattern):
                arguments = code.arguments(match.start("open"))
                if len(arguments) > place and not code.is_fixed(arguments[place], match.start()):
                    said = f"`{shown(arguments[place])}` is evaluated as code"
                    yield LineSighting(line, said)
