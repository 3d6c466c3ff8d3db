import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.phrases import Code, code_of, shown
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.spoken import speech_of
from reviewer.analysis.tokens import Token

_LDAP = regex(r"(?<!\S)\w+ \. (?:search|lookup|newSearchRequest|Search|NewSearchRequest) (?P<open>\()")
_IS_LDAP = regex(r"DirContext|LdapContext|InitialLdap|LdapCtx|LdapTemplate|ldap|Ldap")
_XPATH = regex(r"(?<!\S)\w+ \. (?:evaluate|compile|selectNodes|selectSingleNode) (?P<open>\()")
_IS_XPATH = regex(r"[xX]Path|XPATH")
_WHERE = regex(r'(?<!\S)"?\$where"? (?:: |, )(?P<value>[^,}]{1,200})')
_FILTER = regex(r'"\(?[&|!]?\(?[\w-]+=[^"]*"|"[^"]*\([&|!]?\(?[\w-]+=')
_IS_MONGO = regex(r"[mM]ongo|ObjectId|\. collection \(|(?<!\S)_id(?!\S)|new Schema|Schema \. Types")
_MONGO_CALL = regex(
    r"(?:find(?:One)?(?:And(?:Update|Delete|Replace|Remove))?|update(?:One|Many)|delete(?:One|Many)|replaceOne"
    r"|countDocuments|exists"
    r"|findOneAnd\w+)"
)
# Values made a text or a number, compared as they are, or fields of other mappers.
_TURNED = regex(
    r"\$eq|\bString \(|\. toString|ObjectId|Number \(|parseInt|=>|\bwhere\b|\bparams\b|^\(|function|trim|toLowerCase"
)
_VALIDATED = regex(
    r"[mM]ongo-?[sS]anitize|express-validator|(?<!\S)(?!JSON )\w+ \. (?:parse|safeParse|parseAsync|validate"
    r"|validateAsync|validateSync"
    r"|cast) \( (?:req|request|ctx|c)(?!\S)|celebrate|sanitizeFilter|checkSchema|@Body \("
)
_NEAR = 20
_ESCAPES = regex(r"[eE]scape|[eE]ncode|sanitize|Filter \. encode")


class FilterInjection(TokenRule):
    """A value is pasted into an LDAP filter, an XPath or a Mongo script, or may itself be a Mongo filter.

    Why look: a value such as `*)(uid=*` turns a question about one entry into one about all.
    Ask: which characters can the value hold, and what escapes them?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 943
    words = (
        "search", "lookup", "Search", "evaluate", "compile", "select", "$where", "find", "updateOne", "updateMany",
        "delete", "replaceOne", "countDocuments", "exists",
    )  # fmt: skip
    languages = frozenset({"java", "kotlin", "go", "javascript", "typescript", "csharp"})

    INVALID = (
        Example(
            'DirContext c = new InitialDirContext(p);\nc.search("dc=tea", "(uid=" + name + ")", controls);\n',
            path="a/Find.java",
        ),
        Example(
            'XPath path = factory.newXPath();\nString q = "//user[name=\'" + name + "\']";\npath.evaluate(q, doc);\n',
            path="a/Find.java",
        ),
        Example("users.find({ $where: `this.name == '${name}'` });\n", path="a/find.js"),
        Example('query.put("$where", "this.name == \'" + name + "\'");\n', path="a/Find.java"),
        Example(
            "const user = await db.collection('users').findOne({ mail: req.body.mail, key: req.body.key });\n",
            path="a/find.js",
        ),
        Example(
            "import mongoose from 'mongoose';\nasync function find(req) {\n  const { mail } = req.body;\n"
            "  return User.findOne({ mail });\n}\n",
            path="a/find.ts",
        ),
        Example("const teas = await mongo.teas.find(req.query);\n", path="a/find.js"),
    )
    VALID = (
        Example(
            "const user = await db.collection('users').findOne({ mail: { $eq: req.body.mail } });\n"
            "const other = await db.collection('users').findOne({ _id: new ObjectId(req.body.id) });\n"
            "const third = await db.collection('users').findOne({ mail: String(req.body.mail) });\n",
            path="a/find.js",
        ),
        Example(
            "import mongoose from 'mongoose';\nasync function find(req) {\n  const { mail } = Login.parse(req.body);\n"
            "  return User.findOne({ mail });\n}\n",
            path="a/find.ts",
        ),
        Example("const tea = await teas.findOne({ where: { name: req.body.name } });\n", path="a/find.js"),
        Example(
            'DirContext c = new InitialDirContext(p);\nc.search("dc=tea", "(uid=bob)", controls);\n', path="a/Find.java"
        ),
        Example(
            'DirContext c = get();\nc.search("dc=tea", "(uid={0})", new Object[] { name }, controls);\n',
            path="a/Find.java",
        ),
        Example(
            'DirContext c = get();\nc.search("dc=tea", "(uid=" + LdapEncoder.filterEncode(name) + ")", o);\n',
            path="a/Find.java",
        ),
        Example('XPath path = factory.newXPath();\npath.evaluate("//user/name", doc);\n', path="a/Find.java"),
        Example('index.search("title:" + name);\nPattern.compile(name + "$");\n', path="a/Find.java"),
        Example("users.find({ name: name });\n", path="a/find.js"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        if file.is_test:
            return
        code = code_of(file)
        if _IS_LDAP.search(code.text):
            yield from _calls(code, _LDAP, "an LDAP filter", _FILTER)
        if _IS_XPATH.search(code.text):
            yield from _calls(code, _XPATH, "an XPath", regex(r'"\.?/|"[^"]*\['))
        if _IS_MONGO.search(code.text) and "script" in (language_of(file) or ""):
            yield from _objects(file, code)
        for line, match in code.find(_WHERE):
            if _is_pasted(code, match["value"], match.start()):
                yield LineSighting(line, "a value is pasted into the script of `$where`", Severity.HIGH)


def _objects(file: ChangedFile, code: Code) -> Iterator[LineSighting]:
    """Yield Mongo filters that take a value from a request as it is: it may be `{ "$ne": null }`."""
    if _VALIDATED.search(code.text):
        return
    speech = speech_of(file)
    for call in speech.calls:
        if not (_MONGO_CALL.fullmatch(call.method) and call.arguments and "." in call.name):
            continue
        words = call.arguments[0]
        text = " ".join(word.text for word in words)
        entry = speech.outside(words) if not _TURNED.search(text) else None
        name = re.split(r"\.|\[", entry or "")[0]
        # A message of another window or worker is no request.
        if entry is None or entry.endswith(".data") or _is_of_text(file, name, call.line):
            continue
        is_whole = not text.startswith("{")
        said = "is the filter" if is_whole else "may itself be a filter"
        severity = Severity.HIGH if is_whole else Severity.MEDIUM
        yield LineSighting(call.line, f"`{entry}` {said} of `{call.name}`: a request can send `$ne` or `$gt`", severity)


def _is_of_text(file: ChangedFile, name: str, line: int) -> bool:
    """True if a parameter of the path, which is always a text, or a value whose type was asked before."""
    above = file.lines[max(0, line - _NEAR) : line]
    is_param = any(re.search(rf"\b{re.escape(name)}\b[^=]*=.*\.params\b", text) for text in above)
    return is_param or any("typeof" in text and name in text for text in above)


def _calls(code: Code, call: re.Pattern[str], what: str, looks: re.Pattern[str]) -> Iterator[LineSighting]:
    for line, match in code.find(call):
        for argument in code.arguments(match.start("open"))[:3]:
            given = code.value_of(argument, match.start())
            text = given[0] if given else argument
            if looks.search(text) and _is_pasted(code, text, match.start()):
                yield LineSighting(line, f"a value is pasted into {what}: `{shown(text)}`")
                break


def _is_pasted(code: Code, text: str, before: int) -> bool:
    """True if a text is put together from strings and something that is not fixed."""
    has_hole = " + " in text or " ${ " in text or "format (" in text or "Sprintf (" in text
    return has_hole and not code.is_fixed(text, before) and not _ESCAPES.search(text)
