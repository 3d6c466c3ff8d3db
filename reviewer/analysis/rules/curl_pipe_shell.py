import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.shell_lines import LANGUAGES, Command, commands_of, masked
from reviewer.analysis.tokens import Token

_FETCH = r"(?:curl|wget|aria2c|lwp-download)\b"
_SHELL = r"(?:/\S*/)?(?:ba|z|k|da|a|fi)?sh\b"
_SCRIPT = r"(?:/\S*/)?(?:python[\d.]*|perl|ruby|node|php)\b"
_SUDO = r"(?:(?:sudo|doas|command|exec|time|nohup|env)\s+(?:-\S+\s+|\w+=\S*\s+)*|\w+=\S*\s+)*"
# Where a command may begin, so that `echo "curl … | sh"` is no such thing.
_BEGIN = r"(?:^|[;&|({!`]|\b(?:then|do|else|time)\s|\$\(|-c\s[\"'])\s*"
_PIPED = regex(
    rf"{_BEGIN}{_SUDO}{_FETCH}(?P<url>(?:\"[^\"]*\"|'[^']*'|[^|;\"'&]|&(?!&)){{0,600}}+)(?:\|(?!\|)(?P<middle>[^|;]{{0,400}}+)){{0,4}}?"
    rf"\|(?!\|)&?\s*{_SUDO}(?:{_SHELL}(?!\s+(?:-\w*c\b|[\w./$]))|{_SHELL}(?=[^;|&]{{0,400}}\s-\w*s\b)|{_SCRIPT}\s*(?=$|-\s|-$|[;|&)\"']))"
)
_SUBSTITUTED = regex(
    rf"(?:(?:{_SHELL}|{_SCRIPT}|source|\beval|(?<!\S)\.)\s+(?:-\S+\s+)*(?:<\s*)?[\"']?(?:<\(|\$\(|`)\s*{_SUDO}{_FETCH}(?P<url>[^)`]{{0,400}}))"
)
_FETCHED = regex(rf"(?:^|[;&|]|\b(?:local|export|declare|readonly)\s)\s*\$?(\w+)=[\"']?(?:\$\(|`)\s*{_SUDO}{_FETCH}")
_EVALUATED = regex(r"(?:^|[;&|]|\s)eval\s+[\"']?\$\{?(\w+)")
_POWERSHELL = regex(
    r"\b(?:iwr|irm|Invoke-WebRequest|Invoke-RestMethod|DownloadString)\b[^;]{0,400}\|\s*(?:iex|Invoke-Expression)\b|"
    r"\b(?:iex|Invoke-Expression)\b\s*[(&\"' ]+.{0,400}\b(?:DownloadString|iwr|irm|Invoke-WebRequest)\b",
    re.IGNORECASE,
)
_PLAIN = regex(r"\bhttp://(?!localhost|127\.)")


class CurlPipeShell(TokenRule):
    """What is downloaded is run at once, and nobody has seen it.

    Why look: whoever controls that server, or the way to it, runs commands here; a cut-off download runs in part.
    Ask: could it be fetched, compared with a checksum, and then run?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 494
    words = ("curl", "wget", "aria2c", "iwr", "irm", "Invoke-", "DownloadString", "iex")
    languages = LANGUAGES

    INVALID = (
        Example("curl -sSL https://example.com/install.sh | sh\n", path="install.sh"),
        Example("wget -qO- https://example.com/install.sh | sudo -E bash -\n", path="install.sh"),
        Example("curl https://example.com/a.sh | tee a.log | /bin/bash -x\n", path="install.sh"),
        Example("curl https://example.com/a.sh | bash -s -- --yes\n", path="install.sh"),
        Example("bash <(curl -Ls https://example.com/a.sh)\n", path="install.sh"),
        Example('/bin/bash -c "$(curl -fsSL https://example.com/a.sh)"\n', path="install.sh"),
        Example("eval $(curl -L https://example.com/a.sh)\n", path="install.sh"),
        Example('code=$(curl -L https://example.com/a.sh)\necho ok\neval "$code"\n', path="install.sh"),
        Example("curl https://example.com/get.py | python3 -\n", path="install.sh"),
        Example("FROM a:1\nRUN apk add curl \\\n && curl http://example.com/a.sh | sh\n", path="Dockerfile"),
        Example(
            "jobs:\n  a:\n    steps:\n      - run: |\n          curl https://example.com/a.sh \\\n            | bash\n",
            path="ci.yml",
        ),
        Example("source <(wget -O - https://example.com/env)\n", path="install.sh"),
    )
    VALID = (
        Example("curl -O https://example.com/a.sh\nsha256sum -c a.sum && sh a.sh\n", path="install.sh"),
        Example("curl https://example.com/a.tgz | tar xz\n", path="install.sh"),
        Example("curl https://example.com/a.json | python3 -m json.tool\n", path="install.sh"),
        Example("curl https://example.com/a.json | python3 -c 'import sys; print(sys.stdin.read())'\n", path="x.sh"),
        Example('echo "try: curl https://example.com/a.sh | sh"\n# curl https://example.com | sh\n', path="install.sh"),
        Example("cat <<EOF\ncurl https://example.com/a.sh | sh\nEOF\n", path="install.sh"),
        Example("curl https://example.com/a || sh fallback.sh\n", path="install.sh"),
        Example("curl https://example.com/rows.txt | sh count_rows.sh\n", path="install.sh"),
        Example('version=$(curl -s https://example.com/version)\necho "$version"\neval "$other"\n', path="install.sh"),
        Example("steps:\n  - name: curl https://example.com | sh\n    run: make\n", path="ci.yml"),
        Example("curl https://example.com/a | grep sh\ncat a.sh | bash\n", path="install.sh"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - commands
        fetched: set[str] = set()
        for command in commands_of(file):
            yield from _run(command, fetched)


def _run(command: Command, fetched: set[str]) -> Iterator[LineSighting]:
    text = command.text
    for match in _PIPED.finditer(text):
        if "echo" not in masked(text[: match.start()]).rpartition(";")[2].split()[:1]:
            yield _sighting(
                command, match.start("url"), match["url"], "what `curl` or `wget` brings goes straight into a shell"
            )
    for match in _SUBSTITUTED.finditer(text):
        yield _sighting(command, match.start(), match["url"], "what is downloaded is run unseen")
    for match in _POWERSHELL.finditer(text):
        yield _sighting(command, match.start(), match[0], "what is downloaded is run unseen")
    for match in _EVALUATED.finditer(text):
        if match[1] in fetched:
            yield _sighting(command, match.end(), "", f"`eval` runs what was downloaded into `{match[1]}`")
    fetched.update(match[1] for match in _FETCHED.finditer(text))


def _sighting(command: Command, offset: int, url: str, said: str) -> LineSighting:
    if _PLAIN.search(url):
        return LineSighting(command.line_at(offset), f"{said}, over a connection anyone can change", Severity.HIGH)
    return LineSighting(command.line_at(offset), said)
