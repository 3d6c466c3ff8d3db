import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.phrases import code_of, shown
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_CALLS = {
    "java": regex(r"(?<!\S)(?:Class \. forName|\w+ \. loadClass) (?P<open>\()"),
    "go": regex(r"(?<!\S)(?:\w+|\)) \. (?:MethodByName|FieldByName) (?P<open>\()"),
    "javascript": regex(r"(?<!\S)(?<!\. )(?:require|import) (?P<open>\()"),
}
_CALLS |= {"kotlin": _CALLS["java"], "typescript": _CALLS["javascript"]}
_GLOBAL = regex(
    r"(?<!\S)(?P<owner>window|globalThis|global|"
    r"self) \[ (?P<key>[A-Za-z_$][\w$]*(?: \. [A-Za-z_$][\w$]*)*|[^\]\"]{1,40}\+[^\]]{1,60}) \](?P<called> \(| ;)"
)
_RESOLVES = regex(r"\"\.{1,2}/|process \. env|path \. (?:join|resolve) \(|__dirname|require \. resolve|import \. meta")
_FETCHED = regex(r"(?<!\S)JSON \. parse \(|\. data(?!\S)|(?<!\S)(?:req|request) \.|location \. (?:search|hash)")
_CHECKED = (
    r"(?:includes|has|hasOwn|hasOwnProperty|contains|containsKey|in|startsWith) \(? ?[^;{{}}]{{0,60}}?(?<!\S){}(?!\S)"
)


class UnsafeReflection(TokenRule):
    """A name that comes from outside decides which class, module or function is used.

    Why look: whoever chooses the name chooses among all the code there is.
    Ask: which names are meant, and where is the list of them?
    """

    informs = "security"
    severity = Severity.LOW
    cwe = 470
    words = ("forName", "loadClass", "ByName(", "require(", "import(", "window[", "globalThis[", "global[", "self[")
    languages = frozenset({"java", "kotlin", "go", "javascript", "typescript"})

    INVALID = (
        Example("Class<?> c = Class.forName(name);\n", path="shop/Make.java"),
        Example('Class<?> c = Class.forName("com.tea." + request.getParameter("pot"));\n', path="shop/Make.java"),
        Example("m := reflect.ValueOf(x).MethodByName(name)\n", path="shop/make.go"),
        Example("function load(name) {\n  return require(name);\n}\n", path="shop/make.js"),
        Example("const message = JSON.parse(text);\nwindow[message.name](message.value);\n", path="shop/make.js"),
    )
    VALID = (
        Example(
            'Class<?> c = Class.forName("com.tea.Pot");\nstatic final String N = "a";\nClass.forName(N);\n',
            path="M.java",
        ),
        Example('m := reflect.ValueOf(x).MethodByName("Pour")\n', path="shop/make.go"),
        Example(
            "const a = require('tea');\nconst b = require(path.join(__dirname, 'b')); require('./' + a);\n",
            path="shop/make.js",
        ),
        Example("const lazy = () => import('./pot');\nwindow['tea'](1);\n", path="shop/make.js"),
        Example("const all = window[name];\nwindow[key] = 1;\n", path="shop/make.js"),
        Example("Class<?> c = Class.forName(name);\n", path="src/test/java/MakeTest.java"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        if file.is_test:
            return
        code = code_of(file)
        for line, match in code.find(_CALLS[language_of(file) or ""]):
            name = next(iter(code.arguments(match.start("open"))), '""')
            plain = name.replace(" ${", "").replace(" }", "")
            if not code.is_fixed(plain, match.start()) and not _RESOLVES.search(name):
                near = code.text[max(0, match.start() - 800) : match.start()]
                if not re.search(_CHECKED.format(re.escape(name)), near):
                    yield LineSighting(line, f"`{shown(name)}` decides what is loaded or called")
        for line, match in code.find(_GLOBAL):
            if code.comes_from(_FETCHED, match["key"], match.start()):
                yield LineSighting(line, f"`{shown(match['key'])}` picks any function of the page", Severity.MEDIUM)
