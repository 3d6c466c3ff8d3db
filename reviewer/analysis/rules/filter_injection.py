import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.phrases import Code, code_of, shown
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_LDAP = regex(r"(?<!\S)\w+ \. (?:search|lookup|newSearchRequest|Search|NewSearchRequest) (?P<open>\()")
_IS_LDAP = regex(r"DirContext|LdapContext|InitialLdap|LdapCtx|LdapTemplate|ldap|Ldap")
_XPATH = regex(r"(?<!\S)\w+ \. (?:evaluate|compile|selectNodes|selectSingleNode) (?P<open>\()")
_IS_XPATH = regex(r"[xX]Path|XPATH")
_WHERE = regex(r'(?<!\S)"?\$where"? (?:: |, )(?P<value>[^,}]{1,200})')
_FILTER = regex(r'"\(?[&|!]?\(?[\w-]+=[^"]*"|"[^"]*\([&|!]?\(?[\w-]+=')
_ESCAPES = regex(r"[eE]scape|[eE]ncode|sanitize|Filter \. encode")


class FilterInjection(TokenRule):
    """A value is pasted into an LDAP filter, an XPath or a Mongo script.

    Why look: a value such as `*)(uid=*` turns a question about one entry into one about all.
    Ask: which characters can the value hold, and what escapes them?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 943
    words = ("search", "lookup", "Search", "evaluate", "compile", "select", "$where")
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
    )
    VALID = (
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
        for line, match in code.find(_WHERE):
            if _is_pasted(code, match["value"], match.start()):
                yield LineSighting(line, "a value is pasted into the script of `$where`", Severity.HIGH)


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
