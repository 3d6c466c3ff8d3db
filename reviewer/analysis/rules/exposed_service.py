from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.phrases import phrase, spoken
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

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


class ExposedService(TokenRule):
    """A service is open to more than it serves: all networks, unencrypted, or with its insides on a page.

    Why look: who can reach the port can read along, or ask it for anything.
    Ask: who is meant to connect, and from where?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 319
    words = ("Listen", "Addr", "createInsecure", "NewServer", "usePlaintext", "Socket(", "tls.Config", "serveIndex")
    languages = frozenset({"go", "javascript", "typescript", "java", "kotlin"})

    INVALID = (
        Example('l, err := net.Listen("tcp", "0.0.0.0:2000")\n', path="shop/serve.go"),
        Example('l, err := net.Listen("tcp", ":2000")\n', path="shop/serve.go"),
        Example("const c = new Pot(address, grpc.credentials.createInsecure());\n", path="shop/serve.js"),
        Example('Socket s = new Socket("shop.example.net", 80);\n', path="shop/Serve.java"),
        Example("app.use('/files', serveIndex('files'));\n", path="shop/serve.js"),
        Example("c := &tls.Config{RootCAs: pool}\n", path="shop/serve.go"),
    )
    VALID = (
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
        yield from spoken(file, _PHRASES)
