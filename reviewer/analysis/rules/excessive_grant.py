import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.phrases import Code, code_of, phrase, spoken
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.sql import blank_comments
from reviewer.analysis.tokens import Token
from reviewer.analysis.yaml_lines import Entry, entries_of

_PUBLIC = "anyone may use it"
_PHRASES = (
    phrase("sql", r"(?i:GRANT ALL(?: PRIVILEGES)?(?: ON (?:\S+ ){1,8}?TO \S+)?)", "`{0}` gives every right there is"),
    phrase("sql", r"(?i:GRANT (?:\w+ (?:, )?){1,8}ON (?:\S+ ){1,8}?TO PUBLIC)", f"`TO PUBLIC`: {_PUBLIC}"),
    phrase("sql", r'(?i:"[^"]*" @ "%")', "`@'%'` lets the user in from every host", Severity.LOW),
    phrase(
        "sql",
        r"(?i:(?:CREATE|ALTER) (?:ROLE|USER) [\w\"]+ (?:WITH )?(?:\w+ ){0,6}?SUPERUSER)",
        "`SUPERUSER` is held back by no right at all",
    ),
    phrase("sql", r"(?i:xp_cmdshell)", "`xp_cmdshell` runs commands of the system", Severity.HIGH),
    phrase(
        "javascript typescript",
        r"\. grantPublicAccess \( \)|publicReadAccess : true|isPublic : true|AccessControl \. PUBLIC_READ(?:_WRITE)?|"
        r"badge : true",
        f"`{{0}}`: {_PUBLIC}",
    ),
    phrase("javascript typescript", r"new (?:iam \. )?(?:AnyPrincipal|StarPrincipal) \( \)", f"`{{0}}`: {_PUBLIC}"),
    phrase("javascript typescript", r'(?:actions|resources) : \[ "\*" \]', "`{0}` gives every right there is"),
)
_PRINCIPAL = regex(r'(?<!\S)"(?:Principal|AWS)" : (?:\{ "AWS" : )?(?:\[ )?"(?:\*|arn:aws:iam::\*:root)"')
_ACTION = regex(r'(?<!\S)"Action" : (?:\[ )?"\*"')
_ACL = regex(r'(?<!\S)"(?:AccessControl|Acl|ACL|acl)" : "(?:PublicRead\w*|public-read[\w-]*)"')
_FUNCTION = regex(r"\bCREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE)\b", re.IGNORECASE)
_DEFINER = regex(r"(?:(?<!SQL )|(?<=LANGUAGE SQL ))\bSECURITY\s+DEFINER\b", re.IGNORECASE)
_PATH = regex(r"\bSET\s+search_path\b|\bset_config\b", re.IGNORECASE)
_PATH_LATER = regex(r"\bALTER\s+(?:FUNCTION|PROCEDURE|ROUTINE)\b[^;]{0,300}\bSET\s+search_path\b", re.IGNORECASE)
_OPEN_ACL = frozenset({"PublicRead", "PublicReadWrite", "public-read", "public-read-write"})


class ExcessiveGrant(TokenRule):
    """A right is given to everybody, or all rights to somebody.

    Why look: the first account that is taken over then opens everything.
    Ask: who uses which of these rights today?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 732
    words = (
        "GRANT", "grant", "Grant", "SUPERUSER", "superuser", "xp_cmdshell", "XP_CMDSHELL", "%", "ublic", "PUBLIC",
        "Principal",
        "actions", "resources", "Action", "verbs", "AccessControl", "badge", "DEFINER", "definer", "cluster-admin",
    )  # fmt: skip
    languages = frozenset({"sql", "json", "yaml", "javascript", "typescript"})

    INVALID = (
        Example("GRANT ALL PRIVILEGES ON shop.* TO 'tea'@'%';\n", path="shop/rights.sql"),
        Example("grant select on orders to public;\n", path="shop/rights.sql"),
        Example("EXEC xp_cmdshell 'dir';\n", path="shop/rights.sql"),
        Example("CREATE ROLE tea WITH LOGIN SUPERUSER;\n", path="shop/rights.sql"),
        Example(
            '{"Statement": [{"Effect": "Allow", "Principal": "*",\n "Action": "s3:GetObject"}]}\n',
            path="deploy/policy.json",
        ),
        Example('{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}\n', path="deploy/policy.json"),
        Example('{"Properties": {"AccessControl": "PublicRead"}}\n', path="deploy/stack.json"),
        Example(
            'kind: ClusterRole\nrules:\n  - apiGroups: [""]\n    resources: ["*"]\n    verbs:\n      - "*"\n',
            path="deploy/role.yaml",
        ),
        Example("Resources:\n  a:\n    Properties:\n      AccessControl: PublicRead\n", path="deploy/stack.yml"),
        Example("bucket.grantPublicAccess();\n", path="deploy/stack.ts"),
    )
    VALID = (
        Example("GRANT SELECT, INSERT ON orders TO tea;\n-- GRANT ALL ON x TO y\n", path="shop/rights.sql"),
        Example(
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql\nSECURITY DEFINER SET search_path = shop, pg_temp\n"
            "AS $$ SELECT 1 $$;\n-- SECURITY DEFINER\n",
            path="shop/rights.sql",
        ),
        Example(
            "CREATE FUNCTION f() RETURNS int SECURITY DEFINER AS $$ SELECT 1 $$;\n"
            "ALTER FUNCTION f() SET search_path = shop;\n",
            path="shop/rights.sql",
        ),
        Example("REVOKE ALL ON orders FROM PUBLIC;\n", path="shop/rights.sql"),
        Example(
            '{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:root"}, "Action": "s3:*"}\n', path="a/policy.json"
        ),
        Example('{"Effect": "Deny", "Principal": "*", "Action": "*"}\n', path="deploy/policy.json"),
        Example(
            'kind: ClusterRole\nrules:\n  - apiGroups: [""]\n    resources: ["*"]\n    verbs: [list]\n',
            path="deploy/role.yaml",
        ),
        Example("const bucket = new Bucket(this, 'tea', { publicReadAccess: false });\n", path="deploy/stack.ts"),
        Example('{"actions": ["*"]}\n', path="shop/menu.json"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        match language_of(file):
            case "yaml":
                yield from _rights(entries_of(file))
            case "json":
                yield from _policies(code_of(file))
            case language:
                yield from spoken(file, _PHRASES)
                if language == "sql":
                    yield from _definers("\n".join(file.lines))


def _definers(text: str) -> Iterator[LineSighting]:
    """Report functions that run with their owner's rights and look tables up where the caller says."""
    plain = blank_comments(text)
    starts = [match.start() for match in _FUNCTION.finditer(plain)]
    if "alter" in plain.lower() and _PATH_LATER.search(plain):
        return
    for start, end in pairwise([*starts, len(plain)]):
        definer = _DEFINER.search(plain, start, end)
        if definer is not None and not _PATH.search(plain, start, end):
            said = "`SECURITY DEFINER` without `SET search_path`: the caller chooses which tables it finds"
            yield LineSighting(plain.count("\n", 0, definer.start()) + 1, said)


def _policies(code: Code) -> Iterator[LineSighting]:
    for pattern, said in (
        (_PRINCIPAL, f"`Principal` is everybody: {_PUBLIC}"),
        (_ACTION, "`Action: *` gives every right there is"),
    ):
        for line, match in code.find(pattern):
            statement = code.text[max(0, match.start() - 400) : match.end() + 400]
            own = statement[statement.rfind("{ ", 0, min(400, match.start())) + 1 :].partition("} , {")[0]
            if '"Effect" : "Allow"' in own and '"Condition"' not in own:
                yield LineSighting(line, said)
    for line, _ in code.find(_ACL):
        yield LineSighting(line, f"the store is readable by everybody: {_PUBLIC}")


def _rights(entries: Sequence[Entry]) -> Iterator[LineSighting]:
    starred: dict[tuple[str, ...], dict[str, Entry]] = {}
    groups: dict[tuple[str, ...], bool] = {}
    for entry in entries:
        if entry.keys[:1] == ("rules",) and len(entry.keys) > 2:
            if entry.keys[2] in ("resources", "verbs") and re.search(r"^\*$|[\"']\*[\"']", entry.value):
                starred.setdefault(entry.keys[:2], {})[entry.keys[2]] = entry
            if entry.keys[2] == "apiGroups" and re.search(r"\*|^$|\[\s*[\"']{2}\s*\]", entry.value):
                groups[entry.keys[:2]] = True
        elif entry.keys[-2:] == ("roleRef", "name") and entry.value == "cluster-admin":
            yield LineSighting(entry.line, "`cluster-admin` is every right in the cluster")
        elif entry.key in ("AccessControl", "acl") and entry.value in _OPEN_ACL:
            yield LineSighting(entry.line, f"`{entry.key}: {entry.value}`: {_PUBLIC}")
    for rule, both in starred.items():
        if len(both) > 1 and groups.get(rule):
            yield LineSighting(both["verbs"].line, "every verb on every resource is the cluster's whole power")
