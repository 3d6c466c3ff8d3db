import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.dockerfile import Instruction, instructions_of
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.secrets import names_secret
from reviewer.analysis.tokens import Token
from reviewer.analysis.yaml_lines import Entry, entries_of

_KEPT = "stays in the history of the image"
_NAMES = regex(r"(?:^|\s)(?P<name>[A-Za-z_]\w*)(?:=(?P<value>\"[^\"]*\"|'[^']*'|\S*))?")
_NO_SECRET = regex(
    r"file|path|dir|name|_url$|_id$|public|version|server|dummy|ttl|header|issuer|type|algo", re.IGNORECASE
)
_GIVEN = regex(r"[\"']?\$\{?\w+")
_MADE_UP = regex(r"dummy|fake|unused|placeholder|build-?only|not-?(?:used|needed|set)", re.IGNORECASE)
_SAMPLE = regex(r"example|sample|template|dist$|defaults?$|schema|test", re.IGNORECASE)
# What stands in a file of that name, and how sure it is a secret.
_FILES: tuple[tuple[re.Pattern[str], str, Severity], ...] = (
    (regex(r"\.env(?:\.[\w.-]+)?|\w+\.env"), "settings with secrets", Severity.MEDIUM),
    (
        regex(
            r"id_(?:rsa|dsa|ecdsa|ed25519)(?:[._-]\w+)?(?<!\.pub)|.*(?:priv(?:ate)?|key|secret).*\.pem|"
            r"(?!.*pub).*\.key|.*\.(?:p12|pfx|jks|keystore|ppk)"
        ),
        "a private key",
        Severity.HIGH,
    ),
    (regex(r"\.ssh|\.aws|\.gnupg|\.kube|kubeconfig|\.docker"), "the keys of whoever builds", Severity.HIGH),
    (
        regex(r"\.netrc|\.git-credentials|\.pgpass|\.my\.cnf|\.pypirc|\.htpasswd|\.?vault[-_]pass\w*(?:\.txt)?"),
        "a password",
        Severity.HIGH,
    ),
    (
        regex(r"\.npmrc|\.yarnrc\.yml|pip\.conf|nuget\.config|\.dockercfg|auth\.json", re.IGNORECASE),
        "perhaps a token",
        Severity.LOW,
    ),
    (
        regex(
            r"(?:\w+[-_])?(?:credentials?|service[-_]?account(?:[-_]?key)?|client[-_]secrets?|secrets?)"
            r"(?:[-_.]\w+)*\.(?:json|ya?ml|toml|env|txt|ini)|credentials?|secrets?|terraform\.tfstate|.*\.tfvars|"
            r"master\.key"
        ),
        "a secret by its name",
        Severity.MEDIUM,
    ),
)
_BUILD_ARGUMENT = regex(r"(?P<name>\w+)=\$\{\{\s*secrets\.\w+\s*\}\}")


class SecretInImage(TokenRule):
    """A secret becomes part of an image of a container.

    Why look: layers and build arguments are kept, so whoever may pull the image has it, deleted or not.
    Ask: would `RUN --mount=type=secret` or a variable at the start of the container do?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 538
    words = ("ARG", "ENV", "COPY", "ADD", "args", "build", "arg ", "env ", "copy ", "add ")
    languages = frozenset({"docker", "yaml"})

    INVALID = (
        Example(
            "FROM a:1\nARG PIP_TOKEN\nRUN pip config set global.index-url https://$PIP_TOKEN@b.net\n", path="Dockerfile"
        ),
        Example("FROM a:1\nARG DB_PASSWORD\nENV DB_PASSWORD=$DB_PASSWORD\n", path="Dockerfile"),
        Example("FROM a:1\nCOPY .env /srv/\n", path="Dockerfile"),
        Example("FROM a:1\nCOPY pot.py .env.production ./\n", path="Dockerfile"),
        Example("FROM a:1\nADD --chown=1:1 deploy/id_ed25519 /root/.ssh/\n", path="Dockerfile"),
        Example('FROM a:1\nCOPY ["certs/server.key", "/etc/tea/"]\n', path="Dockerfile"),
        Example("FROM a:1\nCOPY .npmrc package.json ./\n", path="Dockerfile"),
        Example("FROM a:1\nCOPY service-account.json /srv/\nCOPY .aws /root/.aws\n", path="Dockerfile"),
        Example(
            "services:\n  shop:\n    build:\n      context: .\n      args:\n        NPM_TOKEN: ${NPM_TOKEN}\n",
            path="compose.yaml",
        ),
        Example(
            "jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n"
            "          build-args: |\n            TOKEN=${{ secrets.TEA_TOKEN }}\n",
            path=".github/workflows/x.yml",
        ),
    )
    VALID = (
        Example("FROM a:1\nRUN --mount=type=secret,id=npm,target=/root/.npmrc npm ci\n", path="Dockerfile"),
        Example("FROM a:1\nARG TOKEN_FILE\nARG SECRET_NAME=tea\nENV PASSWORD_FILE=/run/a\n", path="Dockerfile"),
        Example("FROM a:1\nCOPY .env.example .env\nCOPY src ca.pem id_rsa.pub server.crt /etc/\n", path="Dockerfile"),
        Example("FROM a:1\nCOPY --from=build /srv/.env.d/tea.key /srv/\n", path="Dockerfile"),
        Example('FROM a:1\nENV API_TOKEN=""\nARG SECRET_KEY=dummy\n', path="Dockerfile"),
        Example(
            "services:\n  shop:\n    build:\n      args:\n        VERSION: ${VERSION}\n    environment:\n"
            "      NPM_TOKEN: ${NPM_TOKEN}\n",
            path="compose.yaml",
        ),
        Example("FROM a:1\n# ARG API_TOKEN\n# COPY .env .\n", path="Dockerfile"),
    )  # fmt: skip

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - lines
        if file.is_test:
            return
        if language_of(file) == "yaml":
            yield from _arguments(entries_of(file))
            return
        for one in instructions_of(file):
            match one.name:
                case "ARG" | "ENV":
                    yield from _variables(one)
                case "COPY" | "ADD" if "--from=" not in one.text:
                    yield from _copied(one)


def _variables(one: Instruction) -> Iterator[LineSighting]:
    for found in _NAMES.finditer(one.text):
        name, value = found["name"], found["value"] or ""
        if not _is_secret(name) or _MADE_UP.search(value):
            continue
        if one.name == "ARG":
            yield LineSighting(one.line_of(name), f"the build argument `{name}` {_KEPT}")
        elif _GIVEN.match(value):
            yield LineSighting(one.line_of(name), f"`ENV {name}` takes its value at the build, and it {_KEPT}")


def _copied(one: Instruction) -> Iterator[LineSighting]:
    words = [word.strip("[]\"',") for word in re.split(r"[\s,]+", one.text) if not word.startswith("--")]
    for word in [word for word in words if word][:-1]:
        name = word.rstrip("/").rpartition("/")[2]
        found = next(((what, severity) for pattern, what, severity in _FILES if pattern.fullmatch(name)), None)
        if found is not None and not _SAMPLE.search(name):
            yield LineSighting(one.line_of(word), f"`{word[:60]}`, {found[0]}, {_KEPT}", found[1])


def _arguments(entries: Sequence[Entry]) -> Iterator[LineSighting]:
    for entry in entries:
        if "build" in entry.keys and "args" in entry.keys:
            name = entry.keys[-1] if entry.key != "args" else entry.value.partition("=")[0]
            if _is_secret(name):
                yield LineSighting(entry.line, f"the build argument `{name}` {_KEPT}")
        elif entry.key == "build-args":
            for line, text in entry.lines:
                if found := _BUILD_ARGUMENT.search(text):
                    yield LineSighting(line, f"the build argument `{found['name']}` {_KEPT}")


def _is_secret(name: str) -> bool:
    return name.isidentifier() and names_secret(name) and not _NO_SECRET.search(name)
