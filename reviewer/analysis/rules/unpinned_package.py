import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.dockerfile import Instruction, instructions_of
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_COMMANDS = regex(r"&&|\|\||[;|]")
_PREFIX = r"\s*(?:(?:sudo|env|exec|time|set\s+-\w+)\s+)*(?:\w+=\S*\s+)*(?:\S*/)?"
_PIP = regex(
    _PREFIX + r"(?:pip[\d.]*|python[\d.]*\s+-m\s+pip|uv\s+pip)\s+(?:-\S+\s+)*install\s+(?P<rest>.*)", re.DOTALL
)
_NPM = regex(
    _PREFIX + r"(?:npm\s+(?:-\S+\s+)*(?:install|i|add)|(?:yarn|pnpm)\s+(?:global\s+)?add)(?:\s+(?P<rest>.*))?",
    re.DOTALL,
)
_YARN = regex(_PREFIX + r"(?P<what>yarn(?:\s+install)?|pnpm\s+(?:install|i))(?P<rest>(?:\s+-\S+)*)\s*")
_GEM = regex(_PREFIX + r"gem\s+install\s+(?P<rest>.*)", re.DOTALL)
_GO = regex(_PREFIX + r"go\s+(?:install|get)\s+(?P<rest>.*)", re.DOTALL)
_CARGO = regex(_PREFIX + r"cargo\s+install\s+(?P<rest>.*)", re.DOTALL)
_APT = regex(_PREFIX + r"(?:apt-get|apt)\s+(?:-\S+\s+)*install\s+(?P<rest>.*)", re.DOTALL)
_FIXED = regex(r"==|===|~=|@|://|\.whl\b|\.tar|\.zip|^[./$]|[$]\{?\w|\*$|^<|^-|^\[|^\\$")
_TOOLS = frozenset({"pip", "setuptools", "wheel", "npm", "corepack"})
# Options whose value is the next word.
_WITH_VALUE = frozenset(
    {"-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-i", "--index-url", "--extra-index-url", "-f",
     "--find-links", "--target", "-t", "--prefix", "--root", "--trusted-host", "--timeout", "--default-timeout",
     "--retries", "--registry", "--python", "--platform", "--cache-dir", "--progress-bar", "--only-binary",
     "--no-binary", "--proxy", "--cert", "--global-option", "--config-settings", "-o", "--upgrade-strategy"}
)  # fmt: skip
_PINNED = regex(r"--require-hashes|(?:^|\s)(?:-c|--constraint)[\s=]|PIP_CONSTRAINT")
_FROZEN = regex(r"frozen|immutable|--production=false|--version|--offline")


class UnpinnedPackage(TokenRule):
    """An image installs whatever version of a package is new today.

    Why look: the same file builds another image tomorrow, and a package taken over by others is in it at once.
    Ask: which versions were tested, and what makes sure that those are installed?
    """

    informs = "security"
    severity = Severity.LOW
    cwe = 1357
    words = ("install", "npm", "yarn", "pnpm", "go get")
    languages = frozenset({"docker"})

    INVALID = (
        Example("FROM a:1\nRUN pip install --no-cache-dir flask requests\n", path="Dockerfile"),
        Example("FROM a:1\nRUN python -m pip install -U pip && pip3 install 'flask>=2'\n", path="Dockerfile"),
        Example("FROM a:1\nCOPY package.json .\nRUN npm install\n", path="Dockerfile"),
        Example("FROM a:1\nRUN npm install -g typescript && npm i --omit=dev\n", path="Dockerfile"),
        Example("FROM a:1\nRUN apk add --no-cache make \\\n && gem install bundler\n", path="Dockerfile"),
        Example("FROM a:1\nRUN go install shop.net/tea@latest\n", path="Dockerfile"),
        Example("FROM a:1\nRUN cargo install tea\n", path="Dockerfile"),
        Example("FROM a:1\nRUN yarn install\n", path="Dockerfile"),
        Example("FROM a:1\nRUN apt-get update && apt-get install -y curl\n", path="Dockerfile"),
    )
    VALID = (
        Example("FROM a:1\nRUN pip install --no-cache-dir flask==3.0.3 -r requirements.txt .\n", path="Dockerfile"),
        Example("FROM a:1\nRUN pip install -U pip wheel && pip install -c versions.txt flask\n", path="Dockerfile"),
        Example("FROM a:1\nRUN pip install tea-$V.whl git+https://a.net/tea@v1 'flask~=3.0.1'\n", path="Dockerfile"),
        Example("FROM a:1\nRUN npm ci && npm install -g typescript@5.4.2 npm\n", path="Dockerfile"),
        Example("FROM a:1\nRUN go install shop.net/tea@v1.2.3 && go install ./cmd/tea\n", path="Dockerfile"),
        Example("FROM a:1\nRUN cargo install --locked tea && gem install bundler -v 2.5.6\n", path="Dockerfile"),
        Example("FROM a:1\nRUN yarn install --frozen-lockfile && apt-get install -y curl=8.1*\n", path="Dockerfile"),
        Example("FROM a:1\n# RUN pip install flask\nCMD pip install flask\n", path="Dockerfile"),
    )  # fmt: skip

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - lines
        if file.is_test:
            return
        for one in instructions_of(file):
            if one.name == "RUN" and not one.text.startswith("["):
                yield from _run(one)


def _run(one: Instruction) -> Iterator[LineSighting]:
    text = re.sub(r"^(?:--\S+\s+)*", "", one.text)
    seen: set[int] = set()
    for part in _COMMANDS.split(text):
        for said, severity, word in _faults(part):
            line = one.line_of(word)
            if line not in seen:
                seen.add(line)
                yield LineSighting(line, said, severity)


def _faults(command: str) -> Iterator[tuple[str, Severity | None, str]]:
    if found := _PIP.match(command):
        loose = [] if _PINNED.search(command) else _loose(found["rest"])
        if loose:
            yield f"`pip install {loose[0]}` takes the version that is new today", None, loose[0]
    elif found := _NPM.match(command):
        words = _words(found["rest"] or "")
        loose = [word for word in words if not _is_versioned(word) and word not in _TOOLS]
        if loose:
            yield f"`{loose[0]}` is installed in the version that is new today", None, loose[0]
        elif not words and "npm" in command.split()[:3] and "--package-lock-only" not in command:
            yield "`npm install` may change what the lock file says; `npm ci` does not", None, "npm"
    elif found := _YARN.fullmatch(command):
        if not _FROZEN.search(found["rest"]):
            what = " ".join(found["what"].split())
            yield f"`{what}` may change what the lock file says: no `--frozen-lockfile`", Severity.INFO, what.split()[0]
    else:
        yield from _others(command)


def _others(command: str) -> Iterator[tuple[str, Severity | None, str]]:
    if found := _GEM.match(command):
        names = [word for word in _words(found["rest"]) if ":" not in word and not word[0].isdigit()]
        if names and not re.search(r"(?:^|\s)(?:-v|--version)\b|\s-g\b|--file", found["rest"]):
            yield f"`gem install {names[0]}` takes the version that is new today", None, names[0]
    elif found := _GO.match(command):
        newest = next((word for word in _words(found["rest"]) if word.endswith(("@latest", "@master", "@main"))), None)
        if newest is not None:
            yield f"`{newest}` is another version whenever somebody publishes one", None, newest
    elif found := _CARGO.match(command):
        if not re.search(r"--(?:version|vers|locked|path|git|tag|rev)\b|@", found["rest"]):
            yield "`cargo install` takes the versions that are new today: no `--locked`", None, "cargo"
    elif found := _APT.match(command):
        loose = [word for word in _words(found["rest"]) if "=" not in word and not _FIXED.search(word)]
        if loose:
            yield f"`{loose[0]}` is installed in the version that is new today", Severity.INFO, "install"


def _loose(rest: str) -> list[str]:
    return [word for word in _words(rest) if not _FIXED.search(word) and re.match(r"[A-Za-z]", word)
            and re.split(r"[\[<>=!;]", word)[0].lower() not in _TOOLS]  # fmt: skip


def _words(rest: str) -> list[str]:
    """Return the words that are no options and no values of one."""
    words, before = [], ""
    for word in rest.split():
        plain = word.strip("\"'")
        if plain.startswith(("2>", ">", "#", "&")):
            break
        if before not in _WITH_VALUE and plain and not plain.startswith("-"):
            words.append(plain)
        before = plain
    return words


def _is_versioned(package: str) -> bool:
    """True for `name@1.2` and `@scope/name@1`, for folders, archives and addresses."""
    version = package[1:].partition("@")[2]
    return (bool(version) and version not in ("latest", "next")) or _FIXED.search(
        package.lstrip("@").partition("@")[0]
    ) is not None
