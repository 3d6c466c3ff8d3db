import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice

import libcst as cst

from reviewer.analysis.bindings import BINDING, Binding, bindings_of, literals, text_of
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.codelines import code_lines, set_in
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import LANGUAGES, language_of
from reviewer.analysis.place import Place, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.secrets import Key, is_secret, keys_in, names_password, names_secret
from reviewer.analysis.template import called_name
from reviewer.analysis.tokens import Token
from reviewer.analysis.yaml_lines import Entry, entries_of

# Keys in the examples are put together here, so that no host's secret scanner takes them for real ones.
_RANDOM = "Q7ZK2MXR4WVN6TBY3PLH5DJCGFSA2EUIOQ7Z"

_MODEL = regex(r"(?:^|[-._/])(?:example|sample|template|tmpl|dist|default)s?(?:[-._/]|$)", re.IGNORECASE)
_WORDING = regex(r"(?:^|/)(?:locales?|i18n|l10n|translations?|lang|languages|messages)(?:/|\.\w+$)", re.IGNORECASE)
_SHOWS_TEXT = regex(
    r"(?:^|_)(?:header|label|form|field|column|widget|gettext|message|error|placeholder|translate)s?$|"
    r"(?:Header|Label|Form|Field|Column|Widget|Input|Message|Error|Placeholder)s?$"
)
_LONGEST_NAME = 40
_STRINGS = (cst.SimpleString, cst.ConcatenatedString, cst.FormattedStringText)
_USERS = regex(
    r"_?(?:[A-Za-z]+_)?(?:users?|credentials?|creds|accounts?|passwords?|logins?)(?:_(?:db|database|passwords|credentials|store))?",
    re.IGNORECASE,
)
# What people choose for a password and hardly ever for anything else about a user.
_CHOSEN = regex(r"^(?!v\d)[^\s@:/]*(?:\d|pass)[^\s@:/]*$", re.IGNORECASE)
_UNPRINTED = regex(r"[^!-~]")
_SIGNING = frozenset({"secret_key", "SECRET_KEY", "JWT_SECRET_KEY"})
# The functions that take a password by position, and which one.
_ARGUMENTS: Mapping[str, int] = {
    **dict.fromkeys((
        "requests.auth.HTTPBasicAuth", "requests.auth.HTTPDigestAuth", "requests.auth.HTTPProxyAuth",
        "httpx.BasicAuth", "httpx.DigestAuth", "aiohttp.BasicAuth", "neo4j.basic_auth", "cx_Oracle.connect",
        "werkzeug.security.check_password_hash", "cassandra.auth.PlainTextAuthProvider", "pika.PlainCredentials",
    ), 1),
    **dict.fromkeys((
        "MySQLdb.connect", "pymysql.connect", "pymssql.connect", "ftplib.FTP", "ftplib.FTP_TLS",
        "mysql.connector.connect", "psycopg2.connect",
    ), 2),
    **dict.fromkeys(("werkzeug.security.generate_password_hash", "django.contrib.auth.hashers.make_password"), 0),
}  # fmt: skip
# Methods that do, and the modules one of which must be imported for the name to mean that.
_METHODS: Mapping[str, tuple[int, str]] = {
    "login": (1, "smtplib imaplib ftplib aiosmtplib aioftp"),
    "set_password": (0, ""),
    "create_user": (2, "django"),
    "create_superuser": (2, "django"),
    "username_pw_set": (1, ""),
}
_TAKING = frozenset({*_METHODS, *(name.rpartition(".")[2] for name in _ARGUMENTS)})
_WORTH_A_LOOK = regex(
    r"pass|pwd|secret|token|key|auth|bearer|jwt|cred|salt|pepper|user|admin|getConnection", re.IGNORECASE
)
_PAIRS = frozenset({"auth", "basic_auth", "http_auth", "proxy_auth"})
_INSERT = regex(r"\bINSERT\s+INTO\s+[\w.\"`\[\]]+\s*\((?P<columns>[^()]{1,2000})\)\s*VALUES\s*", re.IGNORECASE)
_ROW = regex(r"\((?:'[^']*'|[^()';]|\([^()]*\))*\)")
_CELL = regex(r"'[^']*'|[^\s(),']+(?:\([^()]*\))?")
_LONGEST_INSERT = 4_000
_CLOSED_SET = regex(r"Enum|Choices|Flag$")


class HardcodedSecret(PythonRule, TokenRule):
    """A password, key or token stands in the text of the code.

    Why look: whoever can read the repository has it, now and in every old copy.
    Ask: is it real, and if so, who replaces it and where will the new one be kept?
    """

    informs = "security"
    severity = Severity.HIGH
    hides_code = True
    visits = (*_STRINGS, *BINDING, cst.Return)
    languages = frozenset(LANGUAGES.values())

    INVALID = (
        Example('password = "hunter2"\n'),
        Example('class Shop:\n    def __init__(self):\n        self.db_password = "Tr0ub4dor"\n'),
        Example('connect(host, password="letmein")\n'),
        Example('SETTINGS = {"user": "shop", "api_key": "9f8a7b6c5d4e"}\n'),
        Example('if request.form["password"] == "s3same":\n    login()\n'),
        Example('def connect(host, secret="opensesame"):\n    ...\n'),
        Example('config["SECRET_KEY"] = "supersecret"\n', path="shop/app.py"),
        Example('password = given or "hunter2"\n'),
        Example('token = "b7e23ec29af22b0b4e41da31e868d572"\n'),
        Example(f'CLIENT = S3("AKIA{_RANDOM[:16]}")\n'),
        Example('header = f"Bearer gh' + f'p_{_RANDOM}"\n', path="tests/test_orders.py"),
        Example('KEY = """-----BEGIN RSA PRIVATE' + f' KEY-----\nMIIE{_RANDOM}\n"""\n'),
        Example('user, password = "shop", "hunter2"\n'),
        Example('if user == "admin" and password == "password":\n    login()\n'),
        Example('SECRET_KEY = b"_7#y\\xec]/ 2L"\n'),
        Example('settings.setdefault("SECRET_KEY", "my-secret-key")\n'),
        Example('parser.add_argument("--db-password", "-p", default="admin123")\n'),
        Example('if user.password != "one more secret word":\n    refuse()\n'),
        Example('password = b"hunter2"\npasswd = "hunter2".encode()\n'),
        Example('import requests\n\nrequests.get(URL, auth=("shop", "hunter2"), timeout=5)\n'),
        Example('import smtplib\n\nserver = smtplib.SMTP(HOST)\nserver.login("shop", "hunter2")\n'),
        Example('USERS = {"admin": "admin123", "guest": "hunter2"}\n'),
        Example('def get_db_password():\n    return "hunter2"\n'),
        Example("INSERT INTO users (name, password)\nVALUES\n  ('ada', 'hunter2');\n", path="db/users.sql"),
        Example(
            "kind: Pod\nspec:\n  containers:\n    - env:\n        - name: DB_PASSWORD\n          value: hunter2\n",
            path="deploy/pod.yaml",
        ),
        Example('class Settings:\n    smtp_pass: SecretStr = SecretStr("hunter2")\n'),
        Example('user.set_password("hunter2")\n'),
        Example('const apiKey: string = "9f8a7b6c5d4e";\n', path="shop/client.ts"),
        Example('password := "hunter2"\n', path="shop/db.go"),
        Example('String dbPassword = "hunter2";\n', path="shop/Db.java"),
        Example("<?php\n$config = ['password' => 'hunter2'];\ndefine('DB_PASSWORD', 'hunter2');\n", path="shop/db.php"),
        Example('perform("login", password="hunter2")\n'),
        Example("CREATE USER shop WITH PASSWORD 'hunter2';\n", path="shop/users.sql"),
        Example("services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: hunter2\n", path="compose.yaml"),
        Example('[database]\npassword = "hunter2"\n', path="shop.toml"),
        Example('{"database": {"password": "hunter2"}}\n', path="shop.json"),
        Example('class A { void a(Map b) { b.put("password", "hunter2"); } }\n', path="shop/A.java"),
        Example('class A { A a = DriverManager.getConnection(URL, "shop", "hunter2"); }\n', path="shop/A.java"),
        Example("FROM scratch\nENV DB_PASSWORD=hunter2 DEBUG=0\n", path="Dockerfile"),
        Example("FROM scratch\nENV DB_PASSWORD hunter2\n", path="Dockerfile"),
        Example("DEBUG=0\nexport DB_PASSWORD=hunter2\n", path=".env"),
        Example(f"# sk_live_{_RANDOM[:24]}\nstripe listen\n", path="bin/pay.sh"),
    )
    VALID = (
        Example('password = os.environ["SHOP_PASSWORD"]\npassword = os.environ.get("SHOP_PASSWORD") or "hunter2"\n'),
        Example('password = ""\ntoken = None\n'),
        Example('PASSWORD_FIELD = "password"\npassword = "password"\nAPI_KEY_HEADER = API_KEY = "X-Api-Key"\n'),
        Example('password = "<your password>"\napi_key = "changeme"\nsecret = "xxxxxxxx"\n'),
        Example('SECRET_KEY = "SHOP_SECRET_KEY"\nsecret = get(SECRET_KEY)\n'),
        Example('if token == "bearer" or token.kind == "STRING":\n    take(token)\n'),
        Example('errors = {"password": "Must be at least 8 characters"}\nwrong_password = "wrong-password"\n'),
        Example('form.password = TextInput(label="Password", password="errors.password.short")\n'),
        Example('from enum import Enum\n\nclass Grant(Enum):\n    PASSWORD = "pwd-grant"\n'),
        Example('login(user, password="hunter2")\n', path="tests/test_login.py"),
        Example('login(user, password="hunter2")\n', path="docs/conf.py"),
        Example('private_key = "/etc/shop/key.pem"\nsecret = "vault:shop/db"\n'),
        Example('if "-----BEGIN PRIVATE' + ' KEY-----" in text:\n    load(text)\n'),
        Example('DSN = "postgres://shop:shop@localhost/shop"\nURL = f"https://{user}:{password}@shop.net"\n'),
        Example('DSN = "postgres://shop:' + 'hunter2@db.shop.net/orders"  # is for hardcoded-connection-string\n'),
        Example('app.secret_key = b"_7#y\\xec]/ 2L"  # is for hardcoded-crypto-key\n'),
        Example('first_pass = "inline7"\nbypass = "x9k2m4"\npassed = "all 3 tests"\ncompassion = "none1"\n'),
        Example('users = {"name": "Ada Lovelace", "mail": "ada1@shop.net"}\n'),
        Example('def password_field():\n    return "password"\n\ndef token_kind():\n    return "b64url"\n'),
        Example('parser.add_argument("--password", default=None, help="asked for if missing, min 8")\n'),
        Example('KEY = "AKIA' + 'IOSFODNN7EXAMPLE"\n'),
        Example(
            'token = "b7e23ec29af22b0b4e41da31e868d572"\n', before='token = "b7e23ec29af22b0b4e41da31e868d572"\nx = 1\n'
        ),
        Example("const password = process.env.PASSWORD;\n// password: 'hunter2'\n", path="shop/db.js"),
        Example('<Input type={shown ? "text" : "password"} autoComplete="new-password" />\n', path="shop/login.tsx"),
        Example(
            "password: ${DB_PASSWORD}\nsecretName: shop-tls\ntoken: ${{ secrets.TOKEN }}\nsecret: !vault shop\n",
            path="deploy.yaml",
        ),
        Example(
            "kind: Pod\nspec:\n  containers:\n    - env:\n        - name: DB_PASSWORD\n          valueFrom: {}\n"
            "        - {name: TOKEN_FILE, value: /run/token}\n",
            path="deploy/pod.yaml",
        ),
        Example(
            "INSERT INTO users (name, password) VALUES ('ada', '$2b$12$"
            + "abcdefghij" * 5
            + "'), ('eve', crypt(:p, salt()));\n",
            path="db/users.sql",
        ),
        Example(
            "jobs:\n  a:\n    services:\n      db:\n        image: a:1\n        env:\n          DB_PASSWORD: hunter2\n",
            path=".github/workflows/x.yml",
        ),
        Example("password:\n  type: string\nforgot_password: Forgot it?\n", path="api.yml"),
        Example('{"password": "Kennwort", "token": "Token"}\n', path="shop/locales/de.json"),
        Example("DB_PASSWORD=$(cat /run/secrets/db)\nAPI_KEY=$1\nPWD=/srv/shop\n", path="bin/start.sh"),
        Example("DB_PASSWORD=hunter2\n", path=".env.example"),
        Example(
            "FROM scratch\nARG DB_PASSWORD\nENV PASSWORD_FILE=/run/secrets/db\nRUN apk add pass gnupg\n",
            path="Dockerfile",
        ),
        Example('const key = process.env.API_KEY || "9f8a7b6c5d4e";\n', path="shop/client.js"),
    )

    def may_see(self, text: str) -> bool:
        names = _WORTH_A_LOOK.search(text) is not None or any(name in text for name in _TAKING)
        return names or any(keys_in(text))

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if isinstance(node, _STRINGS):
            yield from _keys(node, at)
        elif not _holds_no_secrets(at.file):
            yield from islice(self._literals(node, at), 1)

    def _literals(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        for binding in (*bindings_of(node), *_returned(node, at)):
            if isinstance(binding.value, cst.Dict):
                yield from _passwords_of_users(binding.name, binding.value)
            for value, text in literals(binding.value) if names_secret(binding.name) else ():
                if _is_told(binding, value, text) and not any(keys_in(text)) and not _is_text_only(at):
                    name = " ".join(binding.name.split())[-_LONGEST_NAME:]
                    yield Sighting(value, f"`{name}` {binding.how} a literal")
        if isinstance(node, cst.Call):
            yield from _arguments(node, at)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        text = "\n".join(file.lines)
        with_key = set()
        for key in keys_in(text):
            if not key.is_connection and (key.is_issued or not _holds_no_secrets(file)):
                line = text.count("\n", 0, key.offset) + 1
                with_key.add(line)
                yield LineSighting(line, _stands(key, "the file"))
        if _holds_no_secrets(file):
            return
        language = language_of(file) or ""
        if language == "yaml":
            with_key |= _passing_lines(entries_of(file))
        for line, code in code_lines(tokens, file, language):
            secrets = (name for name, value in set_in(code, language) if is_secret(name, value))
            name = None if line in with_key else next(secrets, None)
            if name is not None:
                yield LineSighting(line, f"`{name}` is set to a literal")
        if language == "sql":
            yield from _rows(text)
        if language == "yaml":
            yield from _variables(entries_of(file), with_key)


def _passing_lines(entries: Sequence[Entry]) -> set[int]:
    """Return the lines on the services of a CI job: they are gone with it, and nobody else reaches them."""
    return {entry.line for entry in entries if entry.keys[:1] == ("jobs",) and "services" in entry.keys}


def _rows(text: str) -> Iterator[LineSighting]:
    """Report passwords that an INSERT writes, each beside the name of its column."""
    for insert in _INSERT.finditer(text):
        columns = [column.strip(' \n"`[]') for column in insert["columns"].split(",")]
        if not any(map(names_secret, columns)):
            continue
        for row in _ROW.finditer(text, insert.end(), insert.end() + _LONGEST_INSERT):
            values = _CELL.findall(row[0])
            for column, value in zip(columns, values, strict=False):
                if value[:1] == "'" and is_secret(column, value.strip("'")):
                    yield LineSighting(text.count("\n", 0, row.start()) + 1, f"`{column}` is set to a literal")
                    break


def _variables(entries: Sequence[Entry], with_key: set[int]) -> Iterator[LineSighting]:
    """Report `name: DB_PASSWORD` with its `value` beside it, as clusters have their variables."""
    names = {entry.owner: entry.value for entry in entries if entry.keys[-1:] == ("name",) and len(entry.keys) > 1}
    for entry in entries:
        name = names.get(entry.owner, "") if entry.keys[-1:] == ("value",) else ""
        if name and entry.line not in with_key and is_secret(name, entry.value):
            yield LineSighting(entry.line, f"`{name}` is set to a literal")


def _holds_no_secrets(file: ChangedFile) -> bool:
    """True for tests, examples and translations: a password in them is as made up as the user."""
    return file.is_test or file.is_example or _is_model(file.name)


@lru_cache(maxsize=64)
def _is_model(name: str) -> bool:
    return _MODEL.search(name) is not None or _WORDING.search(name) is not None


def _stands(key: Key, where: str) -> str:
    return f"{key} stands in {where}"


def _keys(node: cst.SimpleString | cst.ConcatenatedString | cst.FormattedStringText, at: Place) -> Iterator[Sighting]:
    if any(isinstance(parent, cst.ConcatenatedString) for parent in at.parents[-2:]):
        return
    text = at.code(node) if isinstance(node, cst.ConcatenatedString) else node.value
    is_documentation = isinstance(at.parent, cst.Expr)
    for key in keys_in(text):
        if key.is_connection:
            continue  # hardcoded-connection-string speaks of it
        if key.is_issued or not (is_documentation or _holds_no_secrets(at.file)):
            names = (binding.name for parent in reversed(at.parents) for binding in bindings_of(parent))
            name = next((name for name in names if name.isidentifier() and not any(keys_in(name))), None)
            yield Sighting(node, f"`{name}` holds {key}" if name else _stands(key, "the code"))


def _is_text_only(at: Place) -> bool:
    """True in the arguments of what shows text, and in the members of a closed set."""
    call = at.parent
    if isinstance(call, cst.Call):
        return _SHOWS_TEXT.search(called_name(call)) is not None
    owner = at.enclosing(cst.ClassDef)
    return owner is not None and any(_CLOSED_SET.search(at.code(base)) is not None for base in owner.bases)


def _is_told(binding: Binding, value: cst.BaseExpression, text: str) -> bool:
    if binding.how == "is compared with":
        # Nobody compares a password with a message about one.
        text = text.replace(" ", "")
        return is_secret(binding.name, text) or (names_password(binding.name) and text.lower() == "password")
    if isinstance(value, cst.SimpleString) and "b" in value.prefix.lower():
        if binding.name in _SIGNING and not binding.is_bare:
            return False  # hardcoded-crypto-key speaks of it
        text = _UNPRINTED.sub("", text)
    return is_secret(binding.name, text)


def _returned(node: cst.CSTNode, at: Place) -> Iterator[Binding]:
    """Read the result of `get_password()` as a password."""
    if isinstance(node, cst.Return) and node.value is not None and at.function is not None:
        yield Binding(at.function.name.value, node.value, "returns")


def _passwords_of_users(name: str, users: cst.Dict) -> Iterator[Sighting]:
    """Report `USERS = {"admin": "hunter2"}`."""
    for element in users.elements if _USERS.fullmatch(name) else ():
        text = text_of(element.value)
        if text is not None and _CHOSEN.search(text) and is_secret("password", text):
            yield Sighting(element.value, f"`{name}` holds passwords")


def _arguments(call: cst.Call, at: Place) -> Iterator[Sighting]:
    method = called_name(call)
    if not call.args or (
        method not in _TAKING and not any(arg.keyword and arg.keyword.value in _PAIRS for arg in call.args)
    ):
        return
    values = positional(call)
    position = _ARGUMENTS.get((at.name(call.func) if at.is_imported(call.func) else None) or "", -1)
    if position < 0 and isinstance(call.func, cst.Attribute):
        position, modules = _METHODS.get(method, (-1, ""))
        if modules and not any(origin.partition(".")[0] in modules.split() for origin in at.imports.values()):
            return
    given = [values[position]] if 0 <= position < len(values) else []
    for argument in call.args:
        is_pair = argument.keyword is not None and argument.keyword.value in _PAIRS
        if is_pair and isinstance(argument.value, cst.Tuple) and len(argument.value.elements) == 2:
            given.append(argument.value.elements[1].value)
    for one in given:
        for value, text in literals(one):
            if is_secret("password", text.replace(" ", "")) and not any(keys_in(text)):
                yield Sighting(value, f"`{method}()` gets a literal password")
