import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.phrases import phrase, spoken
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token
from reviewer.analysis.yaml_lines import entries_of

_OPEN = "every network the machine is in can reach it"
_PLAIN = "what is sent can be read and changed on the way"
_SCRIPT = "javascript typescript"
_PHRASES = (
    phrase(
        "go",
        r'(?:net|tls) \. Listen \( "tcp[46]?" , "(?:0\.0\.0\.0|\[::\])?:\d+"',
        f"listens on all interfaces: {_OPEN}",
        Severity.LOW,
    ),
    phrase(
        "go",
        r'ListenAndServe(?:TLS)? \( "(?:0\.0\.0\.0|\[::\]):\d+"',
        f"listens on all interfaces: {_OPEN}",
        Severity.LOW,
    ),
    phrase("go", r'Addr : "(?:0\.0\.0\.0|\[::\]):\d+"', f"listens on all interfaces: {_OPEN}", Severity.LOW),
    phrase("go", r"grpc \. NewServer \( \)", f"`{{0}}` has no credentials: {_PLAIN}", Severity.LOW),
    phrase(
        _SCRIPT,
        r"(?:\w+ \. )*(?:credentials|ServerCredentials|ChannelCredentials) \. createInsecure \( \)",
        f"`{{0}}`: {_PLAIN}",
    ),
    phrase("java kotlin", r"\. usePlaintext \( (?:true )?\)", f"`usePlaintext`: {_PLAIN}"),
    phrase(
        "java kotlin",
        r"new (?:Server)?Socket \((?! \)| \w*[lL]ocal)",
        f"`{{0}}…)` is not encrypted: {_PLAIN}",
        Severity.LOW,
    ),
    phrase("go", r"http \. ListenAndServe \(", f"`http.ListenAndServe` is not encrypted: {_PLAIN}", Severity.INFO),
    phrase(_SCRIPT, r"serveIndex \(", "`serveIndex` lists every file of the folder", Severity.LOW),
    phrase(
        "go",
        r"&?tls \. Config \{ (?![^{}]{0,600}MinVersion)[^{}]{0,600}\}",
        "`tls.Config` names no `MinVersion`: older Go takes TLS 1.0",
        Severity.INFO,
    ),
)
# Where databases, queues and caches listen, which trust whoever reaches them.
_STORES = frozenset(
    {"1433", "1521", "2181", "2379", "3306", "5432", "5672", "5984", "6379", "7474", "7687", "8086", "9042", "9092",
     "9200", "9300", "11211", "15672", "26257", "27017", "28015"}
)  # fmt: skip
_PUBLISHED = regex(r"(?:(?P<host>\[?[\w.:]*\]?):)?(?P<outside>\d+):(?P<inside>\d+)(?:/tcp)?")
_OPEN_TO_ALL = regex(
    r"\bPOSTGRES_HOST_AUTH_METHOD\W{1,4}trust\b|\b(?:(?:MYSQL|MARIADB)_)?ALLOW_EMPTY(?:_ROOT)?_PASSWORD\W{1,4}(?:yes|true|1)\b|"
    r"\bxpack\.security\.enabled\W{1,4}false\b|\bDISABLE_SECURITY_PLUGIN\W{1,4}true\b|\bALLOW_ANONYMOUS_LOGIN\W{1,4}yes\b|"
    r"--protected-mode\W{1,4}no\b|--noauth\b|\bNEO4J_AUTH\W{1,4}none\b|\bGF_AUTH_ANONYMOUS_ENABLED\W{1,4}true\b|"
    r"--auth-mode=none|\bAUTH_ENABLED=false",
    re.IGNORECASE,
)
_EVERYWHERE = ("", "0.0.0.0", "::", "[::]", "*")  # noqa: S104 - they are what is sought
_DEVELOPING = regex(r"(?:^|[/_.-])(?:dev|develop|development|local|test|tests|ci|override|example|sample)(?:[/_.-]|$)")


class ExposedService(TokenRule):
    """A service is open to more than it serves: all networks, unencrypted, or with its insides on a page.

    Why look: who can reach the port can read along, or ask it for anything.
    Ask: who is meant to connect, and from where?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 319
    words = (
        "Listen", "Addr", "createInsecure", "NewServer", "usePlaintext", "Socket(", "tls.Config", "serveIndex", "ports",
        "AUTH_METHOD", "ALLOW_EMPTY", "ALLOW_ANON", "xpack", "SECURITY_PLUGIN", "protected-mode", "noauth",
        "NEO4J_AUTH", "AUTH_ANONYMOUS", "auth-mode", "AUTH_ENABLED",
    )  # fmt: skip
    languages = frozenset({"go", "javascript", "typescript", "java", "kotlin", "yaml"})

    INVALID = (
        Example('l, err := net.Listen("tcp", "0.0.0.0:2000")\n', path="shop/serve.go"),
        Example('l, err := net.Listen("tcp", ":2000")\n', path="shop/serve.go"),
        Example("const c = new Pot(address, grpc.credentials.createInsecure());\n", path="shop/serve.js"),
        Example('Socket s = new Socket("shop.example.net", 80);\n', path="shop/Serve.java"),
        Example("app.use('/files', serveIndex('files'));\n", path="shop/serve.js"),
        Example("c := &tls.Config{RootCAs: pool}\n", path="shop/serve.go"),
        Example('services:\n  db:\n    image: a:1\n    ports:\n      - "5432:5432"\n', path="docker-compose.yml"),
        Example(
            "services:\n  db:\n    environment:\n      POSTGRES_HOST_AUTH_METHOD: trust\n  es:\n    environment:\n"
            "      - xpack.security.enabled=false\n",
            path="compose.yaml",
        ),
        Example("services:\n  db:\n    ports:\n      - 0.0.0.0:6380:6379/tcp\n", path="compose.yaml"),
        Example("services:\n  db:\n    ports:\n      - target: 3306\n        published: 3306\n", path="compose.yaml"),
    )
    VALID = (
        Example(
            'services:\n  db:\n    ports:\n      - "127.0.0.1:5432:5432"\n      - "6379"\n  shop:\n    ports:\n'
            '      - "80:8080"\n    expose: ["5432:5432"]\n',
            path="docker-compose.yml",
        ),
        Example(
            "services:\n  db:\n    ports:\n      - target: 3306\n        published: 3306\n        host_ip: 127.0.0.1\n",
            path="compose.yaml",
        ),
        Example(
            "services:\n  db:\n    environment:\n      POSTGRES_HOST_AUTH_METHOD: scram-sha-256\n"
            "      MYSQL_ALLOW_EMPTY_PASSWORD: 'no'\n",
            path="compose.yaml",
        ),
        Example("jobs:\n  a:\n    services:\n      db:\n        ports:\n          - 5432:5432\n", path="ci.yml"),
        Example('l, err := net.Listen("tcp", "127.0.0.1:2000")\n', path="shop/serve.go"),
        Example("c, err := grpc.Dial(address, grpc.WithTransportCredentials(tls))\n", path="shop/serve.go"),
        Example("s := grpc.NewServer(grpc.Creds(c))\n", path="shop/serve.go"),
        Example(
            "Socket s = new Socket();\nSSLSocket t = (SSLSocket) factory.createSocket(h, p);\n", path="shop/Serve.java"
        ),
        Example("c := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}\n", path="shop/serve.go"),
        Example("c, err := grpc.Dial(address, grpc.NewServer())\n", path="shop/serve_test.go"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        if file.is_test:
            return
        if language_of(file) == "yaml":
            yield from _published(file)
        else:
            yield from spoken(file, _PHRASES)


def _published(file: ChangedFile) -> Iterator[LineSighting]:
    """Report the ports of databases that a compose file opens to more than its own containers."""
    entries = entries_of(file)
    if not any(entry.keys[:1] in (("services",), ("spec",)) for entry in entries):
        return
    # People open them while they work on their own machine.
    severity = Severity.INFO if _DEVELOPING.search(file.name) else Severity.LOW
    hosts = {entry.owner: entry.value for entry in entries if entry.keys[-1:] == ("host_ip",)}
    listed = {entry.owner for entry in entries if entry.keys[-1:] == ("published",)}
    for entry in entries:
        if found := _OPEN_TO_ALL.search(f"{entry.keys[-1] if entry.keys else ''}={entry.value}"):
            yield LineSighting(entry.line, f"`{found[0].strip('=')}`: whoever reaches it needs no password", severity)
        if entry.keys[:1] != ("services",) or entry.keys[2:3] != ("ports",):
            continue
        port = ""
        if entry.keys[-1] == "target" and entry.owner in listed and hosts.get(entry.owner, "") in _EVERYWHERE:
            port = entry.value
        elif found := _PUBLISHED.fullmatch(entry.value):
            port = found["inside"] if (found["host"] or "") in _EVERYWHERE else ""
        if port in _STORES:
            said = f"port {port} of `{entry.keys[1]}` is published on every address: {_OPEN}"
            yield LineSighting(entry.line, said, severity)
