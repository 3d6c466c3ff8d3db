import re
from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.bindings import environment_variable, literals
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.codelines import code_lines
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.place import Place, dotted_name
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.secrets import names_secret
from reviewer.analysis.tokens import Token

_FOR_WORK = regex(r"(?:^|[/_.-])(?:tests?|testing|local|dev|development|ci|demo)(?:[_.-]\w+)*\.\w+$")
_NOTHING = regex(r"|none|null|nil|unset|not[-_ ]?set|missing|undefined|n/?a|-+|/.*|\.{1,2}/.*", re.IGNORECASE)
# Which way to log in, not the secret itself; salts and names of keys are no secrets.
_NO_VALUE = regex(r"(?:^|_)(?:auth|authorization|salt|credentials?|access_key_id)$", re.IGNORECASE)


# Keys by which tokens are signed, whatever they are called.
_SIGNS = regex(
    r"(?:^|_)(?:token|sign\w*|cookie|hmac|crypt\w*|fernet|webhook|hash|flask|django|app)_keys?$", re.IGNORECASE
)
_LANGUAGES = frozenset(
    {"javascript", "typescript", "go", "java", "bash", "yaml", "docker", "kotlin", "php", "ruby", "csharp"}
)
_NAMED = r"(?P<name>[A-Za-z_][\w.]{0,80})"
_QUOTED = r"[\"'`](?P<value>[^\"'`\s]{1,200})[\"'`]"
# `process.env.KEY || "x"`, `getEnv("KEY", "x")`, `${KEY:-x}`, `@Value("${key:x}")`.
_DEFAULTS = (
    regex(rf"\b(?:process\.env|import\.meta\.env|env)(?:\.|\[[\"']){_NAMED}(?:[\"']\])?\s*(?:\|\||\?\?)\s*{_QUOTED}"),
    regex(
        rf"\b(?:get_?env\w*|env(?:Or|OrDefault|Default|Str)?|getOrDefault|getProperty|SetDefault|fetch)\(\s*"
        rf"[\"']{_NAMED}[\"']\s*,\s*{_QUOTED}",
        re.IGNORECASE,
    ),
    regex(rf"\$\{{{_NAMED}(?::?[-=]|:(?![-=?+\d]))(?P<value>[^\s{{}}$\"'`?+-][^\s{{}}$\"'`]{{0,200}})\}}"),
)


class SecretEnvDefault(PythonRule, TokenRule):
    """A secret read from the environment has a default in the code.

    Why look: where the variable is forgotten, everything runs with a secret that everybody can read here.
    Ask: what protects production when this variable is missing, and should it not refuse to start?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 1188
    hides_code = True
    visits = (cst.Call, cst.BooleanOperation)
    words = ("env", "Env", "ENV", "config(", "secret(", "${", "getOrDefault", "getProperty", "SetDefault", "fetch(")
    languages = _LANGUAGES

    INVALID = (
        Example('import os\n\nSECRET = os.getenv("SECRET_KEY", "dev")\n'),
        Example('import os\n\npassword = os.environ.get("DB_PASSWORD", "changeme")\n'),
        Example('from os import environ\n\nkey = environ.get("API_KEY", default="9f8a7b6c5d4e")\n'),
        Example('from decouple import config\n\nSECRET_KEY = config("SECRET_KEY", default="hunter2")\n'),
        Example('SECRET_KEY = env.str("DJANGO_SECRET_KEY", default="insecure")\n', path="shop/settings.py"),
        Example('import os\n\nTOKEN = os.environ.get("API_TOKEN") or "b7e23ec29af22b"\n'),
        Example('import os\n\nconnect(password=os.getenv("PGPASSWORD", "postgres"))\n'),
        Example('import os\n\nclass Config:\n    JWT_SECRET = os.getenv("JWT_SECRET_KEY", "jwt-secret")\n'),
        Example('import os\n\nKEY = os.environ.get("COOKIE_KEY", "green-tea")\n'),
        Example('import os\n\nJWT_SECRET = os.getenv("SHOP_JWT", "green-tea")\n'),
        Example('const key = process.env.API_KEY || "9f8a7b6c5d4e";\n', path="shop/client.ts"),
        Example('const secret = process.env["JWT_SECRET"] ?? "secret"\n', path="shop/auth.js"),
        Example('password := getEnv("DB_PASSWORD", "postgres")\n', path="shop/db.go"),
        Example('@Value("${db.password:hunter2}")\nString password;\n', path="shop/Db.java"),
        Example("services:\n  db:\n    environment:\n      PGPASSWORD: ${DB_PASSWORD:-hunter2}\n", path="compose.yaml"),
        Example('API_KEY="${API_KEY:-9f8a7b6c5d4e}"\n', path="bin/start.sh"),
    )
    VALID = (
        Example('import os\n\nSECRET = os.environ["SECRET_KEY"]\nTOKEN = os.getenv("API_TOKEN")\n'),
        Example('import os\n\npassword = os.environ.get("DB_PASSWORD", "")\nkey = os.getenv("API_KEY", None)\n'),
        Example('import os\n\nhost = os.environ.get("DB_HOST", "localhost")\nuser = os.getenv("DB_USER") or "shop"\n'),
        Example('import os\n\nCOLUMN = os.getenv("PRIMARY_KEY", "id")\nNAME = os.getenv("CACHE_KEY", "teas")\n'),
        Example('import os\n\nfile = os.environ.get("PASSWORD_FILE", "/run/secrets/db")\n'),
        Example('import os\n\nkey = os.getenv("PRIVATE_KEY", "/etc/shop/key.pem")\n'),
        Example('import os\n\nSECRET = os.getenv("SECRET_KEY", "tests")\n', path="tests/settings.py"),
        Example('SECRET_KEY = env("SECRET_KEY", default="local")\n', path="shop/settings/local.py"),
        Example('import os\n\nfield = os.getenv("PASSWORD_FIELD", "password")\nkind = os.getenv("AUTH", "basic")\n'),
        Example('import os\n\nkey = os.getenv("SECRET_KEY", DEFAULT)\nkey = os.getenv("SECRET_KEY") or make_key()\n'),
        Example('password = settings.get("password", "hunter2")\n'),
        Example('const key = process.env.API_KEY || "";\nconst host = process.env.HOST || "localhost";\n', path="a.js"),
        Example('// process.env.API_KEY || "9f8a7b6c5d4e"\nconst k = process.env.KEY ?? makeKey();\n', path="a.ts"),
        Example('password := os.Getenv("DB_PASSWORD")\nhost := getEnv("DB_HOST", "localhost")\n', path="shop/db.go"),
        Example("a: ${DB_PASSWORD:?missing}\nb: ${PASSWORD_FILE:-/run/db}\nc: ${DB_PASSWORD:-}\n", path="compose.yaml"),
        Example('echo "${PASSWORD:0:3}" "${API_KEY:+set}" "${TOKEN:-$OTHER}"\n', path="bin/start.sh"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test or at.file.is_example or _FOR_WORK.search(at.file.name):
            return
        read = default = None
        if isinstance(node, cst.Call):
            read = environment_variable(node)
            default = read[1] if read is not None else None
        elif isinstance(node, cst.BooleanOperation) and isinstance(node.operator, cst.Or):
            read, default = environment_variable(node.left), node.right
        if read is None or default is None or _NO_VALUE.search(read[0]):
            return
        if not names_secret(read[0]) and not _SIGNS.search(read[0]) and not _gives_secret(node, at):
            return
        if any(not _NOTHING.fullmatch(text) for _, text in literals(default)):
            yield Sighting(node, f"`{read[0][:60]}` has a default in the code")

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or _FOR_WORK.search(file.name):
            return
        for line, code in code_lines(tokens, file, language_of(file) or ""):
            for match in (match for pattern in _DEFAULTS for match in pattern.finditer(code)):
                name, value = match["name"], match["value"]
                if names_secret(name) and not _NO_VALUE.search(name) and not _is_nothing(value):
                    yield LineSighting(line, f"`{name[:60]}` has a default in the code")
                    break


def _gives_secret(node: cst.CSTNode, at: Place) -> bool:
    """True if what is read becomes a key by the name it gets: `SIGNING_KEY = os.getenv("KEY", "tea")`."""
    return (
        isinstance(at.parent, cst.Assign)
        and node is at.parent.value
        and any(
            names_secret(name) and not _NO_VALUE.search(name)
            for target in at.parent.targets
            if (name := (dotted_name(target.target) or "").rpartition(".")[2])
        )
    )


def _is_nothing(value: str) -> bool:
    return _NOTHING.fullmatch(value) is not None or value.isdigit()
