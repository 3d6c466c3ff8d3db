import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.phrases import Code, code_of, shown
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_POSTED = regex(r"(?<!\S)(?P<owner>[\w$]+(?: \. [\w$]+)*) \. postMessage (?P<open>\()")
_HEARD = regex(r'(?<!\S)(?:(?P<owner>[\w$]+) \. )?addEventListener (?P<open>\() "message" , ')
_CHECK = regex(r"\borigin\b|\. source (?:===|!==|==|!=)|isTrusted|\bdomain\b")
_WORKER = regex(r"worker|port|channel|client|socket|self|parentPort|ws|bc|process", re.IGNORECASE)
_FAR = 3_000


class UncheckedMessageOrigin(TokenRule):
    """A page sends a message to whoever is there, or believes one without looking who sent it.

    Why look: any page that frames or opens this one can listen, or talk, too.
    Ask: which site is meant to be at the other end?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 346
    words = ("postMessage", "addEventListener", "onmessage")
    languages = frozenset({"javascript", "typescript"})

    INVALID = (
        Example("frame.contentWindow.postMessage(data, '*');\n", path="shop/frame.js"),
        Example("window.addEventListener('message', (e) => {\n  show(e.data);\n});\n", path="shop/frame.js"),
        Example(
            "function hear(e) {\n  show(e.data);\n}\nwindow.addEventListener('message', hear, false);\n",
            path="shop/frame.ts",
        ),
        Example("window.parent.postMessage({ a: 1 }, '*')\n", path="shop/frame.js"),
    )
    VALID = (
        Example("frame.contentWindow.postMessage(data, 'https://example.com');\n", path="shop/frame.js"),
        Example(
            "window.addEventListener('message', (e) => {\n  if (e.origin !== HOME) return;\n  show(e.data);\n});\n",
            path="shop/frame.js",
        ),
        Example(
            "const hear = (e) => {\n  if (KNOWN.test(e.origin)) show(e.data);\n};\n"
            "window.addEventListener('message', hear);\n",
            path="shop/frame.js",
        ),
        Example("worker.postMessage(data);\nworker.addEventListener('message', (e) => show(e.data));\n", path="a.js"),
        Example("window.addEventListener('message', imported);\nbox.addEventListener('click', hear);\n", path="a.js"),
        Example("// w.postMessage(data, '*')\n", path="shop/frame.js"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        if file.is_test:
            return
        code = code_of(file)
        for line, match in code.find(_POSTED):
            arguments = code.arguments(match.start("open"))
            if len(arguments) > 1 and arguments[1] == '"*"':
                yield LineSighting(
                    line, f"`{shown(match['owner'])}.postMessage(…, '*')` goes to whichever page is there"
                )
        for line, match in code.find(_HEARD):
            if match["owner"] is not None and _WORKER.search(match["owner"]):
                continue
            heard = _handler(code, match)
            if heard and not _CHECK.search(heard):
                yield LineSighting(line, "a message is believed without a look at its `origin`")


def _handler(code: Code, match: re.Match[str]) -> str:
    """Return the code of the function that hears; "" if it is not in this file."""
    arguments = code.arguments(match.start("open"))
    handler = arguments[1] if len(arguments) > 1 else ""
    if not re.fullmatch(r"[\w$]+", handler):
        return handler
    name = re.escape(handler)
    found = re.search(rf"(?<!\S)(?:function {name} \(|{name} = (?:async )?(?:function\b|\())", code.text)
    if found is None:
        return ""
    begin = code.text.find(" {", found.end())
    end = code.closing(begin + 1) if 0 <= begin < found.end() + _FAR else None
    return code.text[begin:end] if end is not None else ""
