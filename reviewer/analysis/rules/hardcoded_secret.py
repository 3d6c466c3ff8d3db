import re
from collections.abc import Iterator, Mapping, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import LANGUAGES, language_of
from reviewer.analysis.place import Place, string_value
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.secrets import Key, is_secret, keys_in
from reviewer.analysis.tokens import Token

# Keys in the examples are put together here, so that no host's secret scanner takes them for real ones.
_RANDOM = "Q7ZK2MXR4WVN6TBY3PLH5DJCGFSA2EUIOQ7Z"

_NAME = r"(?<![\w$.-])[-:$@]{0,2}(?P<name>[A-Za-z_][\w.-]{0,80})"
_QUOTED = r"(?:\[\]byte\(|[@bru]?)(?P<quote>[\"'`])(?P<value>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote)"
_TYPE = r"(?:\s*\??:\s*[\w.<>| ]{1,40}(?==)|\s+(?:string|str|\[\]byte)(?=\s*=))?"
_IS = r"\s*(?:=>|:=|={1,3}|!={1,2}|:|\|\|=?|\?\?=?)\s*"
_BINDING = re.compile(rf"{_NAME}[\"'`]?[\])]{{0,2}}{_TYPE}{_IS}{_QUOTED}")
_WORD = r"(?P<value>[^\s\"'`;|&<>()$#{}\[\]%*!,@][^\s\"'`;|&<>()$]*)(?=[\s;|&)]|$)"
# What a language has besides `name = "value"` and its like.
_ALSO: Mapping[str, re.Pattern[str]] = {
    "bash": re.compile(rf"{_NAME}={_WORD}"),
    "yaml": re.compile(rf"^\s*(?:-\s+)?[\"']?{_NAME}[\"']?(?:\s*:\s+|=){_WORD}\s*(?:#|$)"),
    "sql": re.compile(rf"\b(?P<name>PASSWORD|IDENTIFIED\s+BY)\s+{_QUOTED}", re.IGNORECASE),
    "php": re.compile(rf"\bdefine\(\s*[\"'](?P<name>\w+)[\"']\s*,\s*{_QUOTED}"),
    "java": re.compile(rf"\.set(?P<name>[A-Z]\w+)\(\s*{_QUOTED}"),
}
_MODEL = re.compile(r"(?:^|[-._/])(?:example|sample|template|tmpl|dist|default)s?(?:[-._/]|$)", re.IGNORECASE)
_WORDING = re.compile(r"(?:^|/)(?:locales?|i18n|l10n|translations?|lang|languages|messages)(?:/|\.\w+$)", re.IGNORECASE)
_SHOWS_TEXT = re.compile(
    r"(?:^|_)(?:header|label|form|field|column|widget|gettext|message|error|placeholder|translate)s?$|"
    r"(?:Header|Label|Form|Field|Column|Widget|Input|Message|Error|Placeholder)s?$"
)
_LONGEST_NAME = 40
_CLOSED_SET = re.compile(r"Enum|Choices|Flag$")


class HardcodedSecret(PythonRule, TokenRule):
    """A password, key or token stands in the text of the code.

    Why look: whoever can read the repository has it, now and in every old copy.
    Ask: is it real, and if so, who replaces it and where will the new one be kept?
    """

    informs = "security"
    severity = Severity.HIGH
    hides_code = True
    visits = (
        cst.SimpleString, cst.ConcatenatedString, cst.FormattedStringText,
        cst.Assign, cst.AnnAssign, cst.NamedExpr, cst.Arg, cst.Param, cst.DictElement, cst.Comparison,
    )  # fmt: skip
    languages = frozenset(LANGUAGES.values())

    INVALID = (
        Example('password = "hunter2"\n'),
        Example('class Shop:\n    def __init__(self):\n        self.db_password = "Tr0ub4dor"\n'),
        Example('connect(host, password="letmein")\n'),
        Example('SETTINGS = {"user": "shop", "api_key": "9f8a7b6c5d4e"}\n'),
        Example('if request.form["password"] == "s3same":\n    login()\n'),
        Example('def connect(host, secret="opensesame"):\n    ...\n'),
        Example('config["SECRET_KEY"] = "supersecret"\n', path="shop/app.py"),
        Example('password = os.environ.get("PASSWORD") or "hunter2"\n'),
        Example('token = "b7e23ec29af22b0b4e41da31e868d572"\n'),
        Example(f'CLIENT = S3("AKIA{_RANDOM[:16]}")\n'),
        Example('header = f"Bearer gh' + f'p_{_RANDOM}"\n', path="tests/test_orders.py"),
        Example('KEY = """-----BEGIN RSA PRIVATE' + f' KEY-----\nMIIE{_RANDOM}\n"""\n'),
        Example('DSN = "postgres://shop:' + 'hunter2@db.shop.net/orders"\n'),
        Example('const apiKey: string = "9f8a7b6c5d4e";\n', path="shop/client.ts"),
        Example('password := "hunter2"\n', path="shop/db.go"),
        Example('String dbPassword = "hunter2";\n', path="shop/Db.java"),
        Example("<?php\n$config = ['password' => 'hunter2'];\ndefine('DB_PASSWORD', 'hunter2');\n", path="shop/db.php"),
        Example('perform("login", password="hunter2")\n'),
        Example("CREATE USER shop WITH PASSWORD 'hunter2';\n", path="shop/users.sql"),
        Example("services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: hunter2\n", path="compose.yaml"),
        Example('[database]\npassword = "hunter2"\n', path="shop.toml"),
        Example('{"database": {"password": "hunter2"}}\n', path="shop.json"),
        Example("DEBUG=0\nexport DB_PASSWORD=hunter2\n", path=".env"),
        Example(f"# sk_live_{_RANDOM[:24]}\nstripe listen\n", path="bin/pay.sh"),
    )
    VALID = (
        Example('password = os.environ["SHOP_PASSWORD"]\n'),
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
        Example("password:\n  type: string\nforgot_password: Forgot it?\n", path="api.yml"),
        Example('{"password": "Kennwort", "token": "Token"}\n', path="shop/locales/de.json"),
        Example("DB_PASSWORD=$(cat /run/secrets/db)\nAPI_KEY=$1\nPWD=/srv/shop\n", path="bin/start.sh"),
        Example("DB_PASSWORD=hunter2\n", path=".env.example"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if isinstance(node, (cst.SimpleString, cst.ConcatenatedString, cst.FormattedStringText)):
            yield from _keys(node, at)
            return
        for name, value, how in _bindings(node):
            text = _literal(value)
            if text is None or not is_secret(name, text) or any(keys_in(text)):
                continue
            if not _holds_no_secrets(at.file) and not _is_text_only(at):
                yield Sighting(value, f"`{' '.join(name.split())[-_LONGEST_NAME:]}` {how} a literal")
            return

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        text = "\n".join(file.lines)
        with_key = set()
        for key in keys_in(text):
            if key.is_issued or not _holds_no_secrets(file):
                line = text.count("\n", 0, key.offset) + 1
                with_key.add(line)
                yield LineSighting(line, _stands(key, "the file"))
        if _holds_no_secrets(file):
            return
        language = language_of(file) or ""
        for line, code in _code_lines(tokens, file, language):
            name = None if line in with_key else _name_of_secret(code, language)
            if name is not None:
                yield LineSighting(line, f"`{name}` is set to a literal")


def _holds_no_secrets(file: ChangedFile) -> bool:
    """True for tests, examples and translations: a password in them is as made up as the user."""
    return (
        file.is_test or file.is_example
        or _MODEL.search(file.name) is not None or _WORDING.search(file.name) is not None
    )  # fmt: skip


def _stands(key: Key, where: str) -> str:
    return f"{key} stands in {where}"


def _keys(node: cst.SimpleString | cst.ConcatenatedString | cst.FormattedStringText, at: Place) -> Iterator[Sighting]:
    if any(isinstance(parent, cst.ConcatenatedString) for parent in at.parents[-2:]):
        return
    text = at.code(node) if isinstance(node, cst.ConcatenatedString) else node.value
    is_documentation = isinstance(at.parent, cst.Expr)
    for key in keys_in(text):
        if key.is_issued or not (is_documentation or _holds_no_secrets(at.file)):
            names = (name for parent in reversed(at.parents) for name, _, _ in _bindings(parent))
            name = next((name for name in names if name.isidentifier() and not any(keys_in(name))), None)
            yield Sighting(node, f"`{name}` holds {key}" if name else _stands(key, "the code"))


def _is_text_only(at: Place) -> bool:
    """True in the arguments of what shows text, and in the members of a closed set."""
    call = at.parent
    if isinstance(call, cst.Call):
        called = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
        return isinstance(called, cst.Name) and _SHOWS_TEXT.search(called.value) is not None
    owner = at.enclosing(cst.ClassDef)
    return owner is not None and any(_CLOSED_SET.search(at.code(base)) is not None for base in owner.bases)


def _bindings(node: cst.CSTNode) -> Iterator[tuple[str, cst.BaseExpression, str]]:
    """Yield each name, the value it has or is compared with, and which of both."""
    if isinstance(node, cst.Assign):
        yield from _named([target.target for target in node.targets], node.value, "is set to")
    elif isinstance(node, (cst.AnnAssign, cst.NamedExpr)) and node.value is not None:
        yield from _named([node.target], node.value, "is set to")
    elif isinstance(node, cst.Arg) and node.keyword is not None:
        yield from _named([node.keyword], node.value, "is set to")
    elif isinstance(node, cst.Param) and node.default is not None:
        yield from _named([node.name], node.default, "defaults to")
    elif isinstance(node, cst.DictElement):
        key = string_value(node.key)
        if key is not None:
            yield key, node.value, "is set to"
    elif isinstance(node, cst.Comparison) and len(node.comparisons) == 1:
        compared = node.comparisons[0]
        if isinstance(compared.operator, (cst.Equal, cst.NotEqual)):
            yield from _named([node.left], compared.comparator, "is compared with")
            yield from _named([compared.comparator], node.left, "is compared with")


def _named(
    targets: Sequence[cst.CSTNode], value: cst.BaseExpression, how: str
) -> Iterator[tuple[str, cst.BaseExpression, str]]:
    for target in targets:
        name = _name(target)
        if name is not None:
            yield name, value, how


def _name(target: cst.CSTNode) -> str | None:
    """Return the last name of a target: `key` of `a.key` and of `a["key"]`."""
    if isinstance(target, cst.Name):
        return target.value
    if isinstance(target, cst.Attribute):
        return target.attr.value
    if isinstance(target, cst.Subscript) and len(target.slice) == 1:
        index = target.slice[0].slice
        return string_value(index.value) if isinstance(index, cst.Index) else None
    return None


def _literal(value: cst.BaseExpression) -> str | None:
    """Return the text of a literal, or of one that stands in for a missing value: `a or "text"`."""
    if isinstance(value, cst.BooleanOperation) and isinstance(value.operator, cst.Or):
        return _literal(value.right)
    if isinstance(value, cst.SimpleString) and isinstance(value.evaluated_value, bytes):
        return value.evaluated_value.decode("latin-1")
    return string_value(value)


def _code_lines(tokens: Sequence[Token], file: ChangedFile, language: str) -> Iterator[tuple[int, str]]:
    """Yield the changed lines without comments, but for those inside of long strings, which are prose."""
    comments: dict[int, list[str]] = {}
    prose: set[int] = set()
    for token in tokens:
        parts = token.text.rstrip("\n").split("\n")
        if token.is_comment:
            for line, part in enumerate(parts, token.line):
                comments.setdefault(line, []).append(part.strip())
        elif token.is_string and language != "bash":
            prose.update(range(token.line + 1, token.line + len(parts)))
    for line in sorted(file.added - prose):
        code = file.lines[line - 1] if line <= len(file.lines) else ""
        for comment in comments.get(line, ()):
            code = code.replace(comment, "")
        yield line, code


def _name_of_secret(code: str, language: str) -> str | None:
    for pattern in (_BINDING, _ALSO.get(language, _BINDING)):
        for match in pattern.finditer(code):
            name = match["name"].rpartition(".")[2].lstrip("-")
            known_as = "password" if name.upper().startswith("IDENTIFIED") else name
            if is_secret(known_as, match["value"]):
                return known_as
    return None
