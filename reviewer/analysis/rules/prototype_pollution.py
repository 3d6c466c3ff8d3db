import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.phrases import Code, code_of, shown
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_REQUEST = r"(?:req|request|ctx|event) (?:\. request )?\. (?:query|body|params|headers|cookies|queryStringParameters)"
_SENT = regex(rf"(?<!\S){_REQUEST}(?!\S)|(?<!\S)JSON \. parse \((?! \")")
# The walk down a path that a caller gives: `node = node[key]`.
_STEP = regex(r"(?<!\S)(?P<node>[A-Za-z_$][\w$]*) = (?P=node) \[ (?P<key>[A-Za-z_$][\w$]*) \]")
_NAMED_BY = regex(
    rf"(?<!\S)(?P<owner>[\w$]+) \[ (?P<key>{_REQUEST}(?: \. [\w$]+)?|{_REQUEST} \[ \"[^\"]*\" \]) \] (?:=|\[ )(?!=)"
)
_TWICE = regex(r"(?<!\S)(?P<owner>[\w$]+) \[ (?P<outer>[A-Za-z_$][\w$]*) \] \[ (?P<inner>[A-Za-z_$][\w$]*) \] = ")
_MERGED = regex(
    r"(?<!\S)(?:Object \. assign|(?:_|lodash) \. (?:merge|defaultsDeep|mergeWith|extend)|(?:\$|"
    r"jQuery) \. extend|merge|deepmerge|extend) (?P<open>\()"
)
_COPIED = regex(
    r"(?<!\S)for \( (?:const|let|var) (?P<key>[\w$]+) in (?P<from>[\w$]+) \) (?P<body>(?:(?!\bfor \().){0,600}?)"
    r"(?P<owner>[\w$]+) \[ (?P=key) \] = (?:[\w$]+ \( [\w$]+ \[ (?P=key) \] , |(?:deep)?[mM]erge\w* \(|extend \()"
)
# The same walk by recursion: what is no object is copied under its key.
_RECURSED = regex(
    r"(?<!\S)for \( (?:(?:const|let|var) )?(?P<key>[\w$]+) in (?P<from>[\w$]+) \) "
    r"(?P<body>(?:(?!\bfor \().){0,600}?[\w$]+ "
    r"\( (?P<to>[\w$]+) \[ (?P=key) \] , (?P=from) \[ (?P=key) \] \)(?:(?!\bfor \().){0,200}?)"
    r"(?P<owner>(?P=to) \[ (?P=key) \] = (?P=from) \[ (?P=key) \])"
)
_KEPT = regex(r"(?<!\S)(?P<owner>[A-Za-z_$][\w$]*) \[ (?P<key>[A-Za-z_$][\w$]*) \] = ")
_WALK = regex(r"\bsplit \(|\. (?:shift|pop) \( \)|\. (?:forEach|reduce) \(|for \( (?:const|let|var) \w+ of |while \(")
_OF_REQUEST = regex(rf"{_REQUEST}(?: \. [\w$]+)?")
_GUARD = regex(
    r"__proto__|\"constructor\"|\"prototype\"|hasOwnProperty|hasOwn \(|Object \. create \( null \)|"
    r"new Map|isSafeKey|isPrototypePolluted|"
    r"\. freeze \(|includes \(|Number \.|parseInt"
)
_COUNTED = r"(?:for \( (?:let|var) {0} = \d|\( \w+ , {0} \) =>|{0} \+\+|{0} < )"


class PrototypePollution(TokenRule):
    """A key that somebody else chooses leads into an object, so that it may be `__proto__`.

    Why look: what is written there is then a property of every object in the program.
    Ask: which keys are meant to be possible, and would a `Map` do?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 1321
    words = ("[", "assign(", "merge", "extend(", "defaultsDeep")
    languages = frozenset({"javascript", "typescript"})

    INVALID = (
        Example(
            "function set(node, path, value) {\n  const keys = path.split('.');\n  while (keys.length > 1) {\n"
            "    const key = keys.shift();\n    node = node[key];\n  }\n  node[keys[0]] = value;\n}\n",
            path="shop/set.js",
        ),
        Example("app.post('/a', (req, res) => {\n  items[req.query.name] = req.body.text;\n});\n", path="shop/app.js"),
        Example("const data = JSON.parse(text);\nObject.assign(settings, data);\n", path="shop/app.js"),
        Example("_.merge(settings, req.body);\n", path="shop/app.ts"),
        Example(
            "function merge(a, b) {\n  for (const k in b) {\n    if (isObject(b[k])) {\n"
            "      a[k] = merge(a[k], b[k]);\n    }\n  }\n}\n",
            path="shop/merge.js",
        ),
        Example("const k = req.body.k;\nstore[k][name] = value;\n", path="shop/app.js"),
        Example("const k = req.query.k;\nstore[k] = value;\n", path="shop/app.js"),
        Example(
            "function mix(to, from) {\n  for (const k in from) {\n    if (isObject(to[k])) mix(to[k], from[k]);\n"
            "    else to[k] = from[k];\n  }\n}\n",
            path="shop/mix.js",
        ),
    )
    VALID = (
        Example(
            "function set(node, path) {\n  for (const key of path) {\n    if (key === '__proto__') throw new Error();\n"
            "    node = node[key];\n  }\n}\n",
            path="shop/set.js",
        ),
        Example("for (let i = 0; i < n; i++) {\n  node = node[i];\n}\n", path="shop/set.js"),
        Example("path.forEach((item, index) => {\n  node = node[index];\n});\n", path="shop/set.js"),
        Example("items['name'] = req.query.text;\nitems[0] = req.query.text;\n", path="shop/app.js"),
        Example(
            "if (req.query.name !== '__proto__') {\n  items[req.query.name] = req.query.text;\n}\n", path="shop/app.js"
        ),
        Example("const data = JSON.parse('{\"a\": 1}');\nObject.assign({}, defaults, data);\n", path="shop/app.js"),
        Example("const price = prices[req.query.name];\n", path="shop/app.js"),
        Example("const k = '$' + req.query.k;\nstore[k] = value;\n", path="shop/app.js"),
        Example("matrix[row][column] = 1;\n", path="shop/app.js"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        if file.is_test:
            return
        code = code_of(file)
        for look in (_walked, _named, _copied, _merged):
            yield from look(code)


def _walked(code: Code) -> Iterator[LineSighting]:
    for line, match in code.find(_STEP):
        near = _around(code, match)
        is_counted = re.search(_COUNTED.format(re.escape(match["key"])), near) is not None
        if _WALK.search(near) and not is_counted and not _GUARD.search(near):
            yield LineSighting(line, f"`{shown(match[0])}` goes wherever `{match['key']}` leads, `__proto__` too")


def _named(code: Code) -> Iterator[LineSighting]:
    for line, match in code.find(_NAMED_BY):
        if not _GUARD.search(_around(code, match)):
            yield LineSighting(line, f"`{shown(match['key'])}` names the property that is written")
    for line, match in code.find(_KEPT):
        given = code.value_of(match["key"], match.start())
        if given and _OF_REQUEST.fullmatch(given[0]) and not _GUARD.search(_around(code, match)):
            yield LineSighting(line, f"`{match['key']}` of the request names the property that is written")
    for line, match in code.find(_TWICE):
        if code.comes_from(_SENT, match["outer"], match.start()) and not _GUARD.search(_around(code, match)):
            yield LineSighting(line, f"`{match['outer']}` of the request leads into `{match['owner']}`")


def _copied(code: Code) -> Iterator[LineSighting]:
    for _, match in code.find(_RECURSED):
        to = re.escape(match["to"])
        if not re.search(rf"__proto__|\"constructor\"|{to} \. hasOwn|hasOwn \( {to}(?!\S)", match[0]):
            yield LineSighting(
                code.line_at(match.start("owner")), f"`{match['key']}` may be `__proto__` in what is merged"
            )
    for _, match in code.find(_COPIED):
        if not _GUARD.search(_around(code, match)) and not _GUARD.search(match["body"]):
            yield LineSighting(
                code.line_at(match.start("owner")), f"`{match['key']}` may be `__proto__` in what is merged"
            )


def _merged(code: Code) -> Iterator[LineSighting]:
    for line, match in code.find(_MERGED):
        arguments = code.arguments(match.start("open"))
        for argument in arguments[1:]:
            if (
                arguments[0] != "{ }"
                and code.comes_from(_SENT, argument, match.start())
                and not _SENT.search(arguments[0])
            ):
                said = f"`{shown(argument)}` brings its own keys into `{shown(arguments[0])}`"
                yield LineSighting(line, said)
                break


def _around(code: Code, match: re.Match[str]) -> str:
    return code.text[max(0, match.start() - 500) : match.end() + 60]
