import re
from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.bindings import name_of
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.columns import Column, columns_in
from reviewer.analysis.finding import Severity
from reviewer.analysis.place import Place, dotted_name, keyword, positional, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.secrets import names_password
from reviewer.analysis.spoken_sql import spoken_statements
from reviewer.analysis.template import called_name, template_of
from reviewer.analysis.tokens import Token

_HASHED = regex(r"hash|crypt|argon|pbkdf|digest|md5|sha\d|hmac|make_password|set_password|kdf|keyring", re.IGNORECASE)
_WRITES = regex(r"\s*(?:INSERT|REPLACE|UPDATE|MERGE)\s", re.IGNORECASE)
_COLUMN = regex(r"\b(?:passw(?:or)?d|pwd|user_?pass)\b", re.IGNORECASE)
_RUNNERS = regex(r"(?:execute|fetch|query|run)\w*|executemany|text")
_MODEL = regex(
    r"(?:\w*[a-z])?(?:User|Account|Member|Customer|Employee|Admin|Patient|Student|Teacher|Person|Login|Subscriber)"
    r"(?:Model|s|Table|DB|Db|Entity)?"
)
# Their instances carry a password somewhere instead of keeping it.
_NO_MODEL = regex(r"(?:Create|Request|Schema|Form|Config|Client|Auth|Credentials|Login)\w*$")
_INSERTS = frozenset(
    {"insert_one", "insert_many", "insert", "update_one", "put_item", "setex", "hset", "hmset", "append", "add"}
    | {"create", "save"}
)
_STORES = regex(
    r"_?(?:\w+_)?(?:users?|accounts?|members?|customers?|passwords?|db|database|collection|objects|redis|credentials|"
    r"table)(?:_\w+)?"
)
_KEPT = regex(r"user|account|member|customer|row", re.IGNORECASE)
_SAVING = regex(r"\.(?:save|commit|add|flush|put|merge)\(")
_FILES = frozenset({"write", "writelines", "writerow", "dump"})
_TABLE = regex(r"Model$|^Base$|Document$|SQLModel|DeclarativeBase")
# A column of text; one of 60, 64 or 97 characters is as wide as a hash, and one of 255 may hold either.
_TEXT = regex(r"(?:n?var)?char2?|n?text|citext|string|(?:tiny|medium|long)text|clob|character")
_WIDE = regex(r"\((?:255|256|5\d\d|6\d|7\d|8\d|9\d|1[0-4]\d|max)\b", re.IGNORECASE)


class PlaintextPasswordStore(PythonRule, TokenRule):
    """A password is stored as it was typed.

    Why look: whoever reads the table, a backup or a dump of it has every password, here and wherever else it is used.
    Ask: where is it hashed, and with what?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 256
    visits = (cst.Call, cst.Assign)
    words = ("assw", "pwd", "passphrase", "ASSW")
    languages = frozenset({"sql"})

    INVALID = (
        Example("db.execute('INSERT INTO users (name, password) VALUES (?, ?)', (name, password))\n"),
        Example("cursor.execute(f\"INSERT INTO users (name, password) VALUES ('{name}', '{password}')\")\n"),
        Example('cursor.execute("UPDATE users SET password = %s WHERE id = %s", (request.form["password"], number))\n'),
        Example("user = User(name=name, password=form.password.data)\ndb.session.add(user)\n"),
        Example("user = User.objects.create(username=name, password=password)\n"),
        Example("def rename(user, password):\n    user.password = password\n    user.save()\n"),
        Example('users[name] = {"name": name, "password": password}\n'),
        Example("users[name] = password\n"),
        Example('db.users.insert_one({"name": name, "password": data["password"]})\n'),
        Example('with open(FILE, "a") as file:\n    file.write(f"{name}:{password}\\n")\n'),
        Example("query = 'INSERT INTO users (name, password) VALUES (?, ?)'\ncursor.execute(query, (name, passwd))\n"),
        Example("CREATE TABLE users (\n    name text,\n    password text NOT NULL\n);\n", path="db/users.sql"),
        Example("ALTER TABLE users ADD COLUMN user_password varchar(40);\n", path="db/users.sql"),
    )
    VALID = (
        Example("db.execute('INSERT INTO users (name, password) VALUES (?, ?)', (name, hash_password(password)))\n"),
        Example("def add(name, password):\n    password = bcrypt.hashpw(password, salt)\n    users[name] = password\n"),
        Example("user = User(name=name, password_hash=generate_password_hash(password))\n"),
        Example("user = User.objects.create_user(name, password=password)\nuser.set_password(password)\n"),
        Example("link = connect(host, user=name, password=password)\nclient = UserClient(password=password)\n"),
        Example("class Login:\n    def __init__(self, password):\n        self.password = password\n"),
        Example('payload = {"name": name, "password": password}\nrequests.post(URL, json=payload, timeout=5)\n'),
        Example("db.execute('UPDATE users SET name = ? WHERE id = ?', (name, number))\n"),
        Example('fields["password"] = PasswordField()\nusers[name] = user\n'),
        Example(
            "form = UserCreateForm(password=password)\n\ndef user(password: str):\n    return UserSchema(password)\n"
        ),
        Example("users[name] = password\n", path="tests/test_users.py"),
        Example("def parse(url):\n    parts.password = url.password\n    return parts\n"),
        Example("CREATE TABLE users (name text, password_hash text, password bytea);\n", path="db/users.sql"),
        Example("CREATE TABLE users (password char(60) NOT NULL); -- bcrypt\n", path="db/users.sql"),
        Example("CREATE TABLE users (\n    password text, -- argon2id hash\n    name text\n);\n", path="db/users.sql"),
        Example("self.users[name] = {'password_field': field, 'reset_password': True}\n"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test or at.file.is_example:
            return
        plain = None
        where = ""
        if isinstance(node, cst.Assign):
            plain, where = _assigned(node, at)
        elif isinstance(node, cst.Call):
            plain, where = _called(node, at)
        if plain is not None and not _hashes(at):
            yield Sighting(node, f"`{at.code(plain)}` is {where} as it was typed")

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example or _HASHED.search("\n".join(file.lines)):
            return
        for line, statement in spoken_statements(tokens, file):
            for column in columns_in(statement):
                if _keeps_password(column):
                    severity = Severity.INFO if _WIDE.match(column.rest) else Severity.LOW
                    said = f"the column `{column.name}` keeps passwords as text, and nothing says that they are hashed"
                    yield LineSighting(line + statement.count("\n", 0, column.offset), said, severity)


def _keeps_password(column: Column) -> bool:
    is_text = _TEXT.fullmatch(column.type) is not None and "hash" not in column.rest.lower()
    return is_text and names_password(column.name) and not _HASHED.search(column.name)


def _assigned(node: cst.Assign, at: Place) -> tuple[cst.BaseExpression | None, str]:
    target = node.targets[0].target
    value = _password_in(node.value) if isinstance(node.value, cst.Dict) else node.value
    if value is None or not _is_password(value):
        return None, ""
    if isinstance(target, cst.Subscript) and _STORES.fullmatch((name_of(target.value) or "").lower()):
        return value, f"kept in `{at.code(target.value)}`"
    if isinstance(target, cst.Attribute) and names_password(target.attr.value):
        owner = dotted_name(target.value) or ""
        is_kept = owner not in ("self", "cls") and at.function is not None and _saves(owner, at.code(at.function))
        return (value, f"kept in `{at.code(target)}`") if is_kept else (None, "")
    return None, ""


def _saves(owner: str, code: str) -> bool:
    return f"{owner}.save(" in code or (_KEPT.search(owner) is not None and _SAVING.search(code) is not None)


def _called(call: cst.Call, at: Place) -> tuple[cst.BaseExpression | None, str]:
    called = called_name(call)
    if _RUNNERS.fullmatch(called) and (plain := _in_statement(call, at)) is not None:
        return plain, "written"
    is_model = _MODEL.fullmatch(called) is not None and _NO_MODEL.search(called) is None
    if is_model or (
        called == "create" and isinstance(call.func, cst.Attribute) and name_of(call.func.value) == "objects"
    ):
        pairs = [arg.value for arg in call.args if arg.keyword is not None and names_password(arg.keyword.value)]
        plain = next((value for value in pairs if _is_password(value)), None)
        is_kept = not is_model or _is_table(call, at)
        return (plain, f"given to `{at.code(call.func)}`") if is_kept else (None, "")
    if (
        called in _INSERTS
        and isinstance(call.func, cst.Attribute)
        and _STORES.fullmatch(_owner(call.func.value).lower())
    ):
        given = [arg.value for arg in call.args if isinstance(arg.value, cst.Dict)]
        plain = next((value for entry in given if (value := _password_in(entry)) is not None), None)
        return plain, f"kept by `{called}`"
    if called in _FILES and call.args:
        return _in_file(call), "written"
    return None, ""


def _owner(node: cst.BaseExpression) -> str:
    return called_name(node) if isinstance(node, cst.Call) else name_of(node) or ""


def _is_table(call: cst.Call, at: Place) -> bool:
    """True if the class is not one of this file's that only carries data."""
    source = at.source
    name = called_name(call)
    own = next((node for node in source.tree.body if getattr(node, "name", None) == name), None)
    if own is None:
        return keyword(call, "password") is not None or _SAVING.search(at.code(at.function or at.chunk)) is not None
    bases = getattr(own, "bases", [])
    return any(_TABLE.search(getattr(base, "attr", getattr(base, "id", ""))) for base in bases)


def _in_statement(call: cst.Call, at: Place) -> cst.BaseExpression | None:
    """Return the password an INSERT or UPDATE gets, in its text or beside it."""
    values = positional(call)
    if not values:
        return None
    template = template_of(values[0])
    if template is None:
        text = _text_bound_to(values[0], at)
        holes: Sequence[cst.BaseExpression] = ()
    else:
        text, holes = template.text, template.values
    if text is None or _WRITES.match(text) is None or _COLUMN.search(text) is None:
        return None
    given = [*holes, *(value for argument in values[1:] for value in _elements(argument))]
    return next((value for value in given if _is_password(value)), None)


def _text_bound_to(node: cst.BaseExpression, at: Place) -> str | None:
    """Return the text a name was given in the function or at the top of the file."""
    name = dotted_name(node)
    scope = at.function or at.chunk
    if name is None:
        return None
    if name in at.constants:
        value = getattr(at.constants[name], "value", None)
        return value if isinstance(value, str) else None
    code = at.code(scope) if scope is at.function else "\n".join(at.source.lines)
    found = re.search(
        rf"^\s*{re.escape(name)}\s*=\s*\(?\s*[fr]?(?:\"\"\"|'''|\"|')(.{{0,2000}})", code, re.MULTILINE | re.DOTALL
    )
    return found[1] if found is not None else None


def _elements(node: cst.BaseExpression) -> Sequence[cst.BaseExpression]:
    match node:
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            return [value for element in elements for value in _elements(element.value)]
        case cst.Dict(elements=elements):
            return [element.value for element in elements]
        case _:
            return (node,)


def _password_in(entry: cst.BaseExpression) -> cst.BaseExpression | None:
    if not isinstance(entry, cst.Dict):
        return None
    for element in entry.elements:
        if isinstance(element, cst.DictElement) and names_password(string_value(element.key) or ""):
            return element.value if _is_password(element.value) else None
    return None


def _in_file(call: cst.Call) -> cst.BaseExpression | None:
    template = template_of(call.args[0].value)
    values = list(template.values) if template is not None else list(_elements(call.args[0].value))
    is_output = isinstance(call.func, cst.Attribute) and "std" not in (dotted_name(call.func) or "")
    return next((value for value in values if is_output and _is_password(value)), None)


def _is_password(node: cst.BaseExpression) -> bool:
    """True for a value called password, and for `form.password.data`."""
    if isinstance(node, cst.Attribute) and node.attr.value in ("data", "value"):
        node = node.value
    name = name_of(node) or ""
    return names_password(name) and not _HASHED.search(name)


def _hashes(at: Place) -> bool:
    """True if something in the function hashes: the password may be one no more."""
    scope = at.function or at.enclosing(cst.SimpleStatementLine)
    return scope is not None and _HASHED.search(at.code(scope)) is not None
