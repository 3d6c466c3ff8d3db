import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.bindings import name_of
from reviewer.analysis.finding import Severity
from reviewer.analysis.place import Place, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.secrets import names_password
from reviewer.analysis.template import called_name, is_for_people, is_part_of_template, template_of

# Two fields of one form, typed by the same person.
_TYPED_AGAIN = regex(
    r"confirm|again|repeat|retype|re_?enter|verif|second|other|_?[12]$|^new|new_?pass|check", re.IGNORECASE
)
_HASHED = regex(r"hash|bcrypt|argon|scrypt|pbkdf|crypt|digest|md5|sha\d|hmac|make_password|kdf", re.IGNORECASE)
_VERB = regex(r"\s*(?:SELECT|UPDATE|DELETE)\s", re.IGNORECASE)
_CONDITION = regex(r"\bWHERE\b", re.IGNORECASE)
_COLUMN = regex(
    r"(?<![\w:@])(?:passw(?:or)?d|pwd|user_?pass(?:word)?|pass)[`\"\]]?\s*=\s*(?:BINARY\s+)?['\"]?(?:%s|%\(|\?|:\w|@\w|\$\d|\0|\{)",
    re.IGNORECASE,
)
_STRINGS = (cst.SimpleString, cst.ConcatenatedString, cst.FormattedString, cst.BinaryOperation)
_LOGINS = regex(r"user|account|login|passw|cred", re.IGNORECASE)
_LOOKUPS = frozenset({"filter", "get", "filter_by", "get_or_404", "find_one", "exclude", "find"})
_MODELS = regex(r"objects|query|users?|accounts?|members?|customers?|session|db|collection", re.IGNORECASE)


class PlaintextPasswordCompare(PythonRule):
    """A password is compared as it was typed, so it is stored the same way.

    Why look: who gets hold of the table has every password, and the comparison tells by its time how much was right.
    Ask: where is it hashed, and with what?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 522
    visits = (
        cst.Comparison,
        cst.Call,
        cst.SimpleString,
        cst.ConcatenatedString,
        cst.FormattedString,
        cst.BinaryOperation,
    )
    words = ("assw", "ASSW", "pwd", "PWD", "passphrase", "_pass", "Pass")

    INVALID = (
        Example("def login(user, password):\n    return user.password == password\n"),
        Example('if users[name] == request.form["password"]:\n    login(name)\n'),
        Example('def check(form, row):\n    if row["password"] != form.get("password"):\n        raise Refused\n'),
        Example("if password == ADMIN_PASSWORD:\n    admit()\n"),
        Example("def login(name, passwd):\n    return name in USERS and USERS[name] == passwd\n"),
        Example("db.execute('SELECT id FROM users WHERE name = ? AND password = ?', (name, password))\n"),
        Example("query = f\"SELECT * FROM users WHERE name='{name}' AND password='{password}'\"\n"),
        Example("user = User.objects.filter(name=name, password=password).first()\n"),
        Example("user = User.query.filter_by(name=name, password=form.password.data).first()\n"),
        Example('user = db.users.find_one({"name": name, "password": password})\n'),
        Example("if old_password != user.password:\n    refuse()\n"),
    )
    VALID = (
        Example("if password == confirm_password:\n    save()\nif form.password1 != form.password2:\n    refuse()\n"),
        Example("ok = bcrypt.checkpw(password.encode(), user.password)\n"),
        Example("def login(user, password):\n    return user.password == hash_password(password)\n"),
        Example("def login(user, password):\n    password = sha256(password)\n    return user.password == password\n"),
        Example('if password is None or password == "" or len(password) == 8:\n    refuse()\n'),
        Example("if kind == Grant.PASSWORD:\n    ask()\n"),
        Example("class Login:\n    def __eq__(self, other):\n        return self.password == other.password\n"),
        Example('if password == "hunter2":  # is for hardcoded-secret\n    login()\n'),
        Example("db.execute('UPDATE users SET password = ? WHERE id = ?', (hashed, number))\n"),
        Example('logger.info("SELECT ... WHERE password = ?")\nuser = User.objects.get(name=name)\n'),
        Example("def test_it(user, password):\n    assert user.password == password\n", path="tests/test_user.py"),
        Example("link = connect(name=name, password=password)\nfound = cache.get(password)\n"),
        Example("if new_password == user.name or password == username:\n    refuse()\n"),
        Example('if key == "password" or field.name == PASSWORD_FIELD:\n    hide()\n'),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test or at.file.is_example:
            return
        if isinstance(node, cst.Comparison):
            yield from _compared(node, at)
        elif isinstance(node, cst.Call):
            yield from _looked_up(node, at)
        elif not is_part_of_template(at) and not is_for_people(at) and _queries_password(node) and not _hashes(at):
            yield Sighting(node, "the query looks for a `password` as it was typed")


def _queries_password(node: cst.CSTNode) -> bool:
    template = template_of(node)
    if template is None or _VERB.match(template.text) is None:
        return False
    where = _CONDITION.search(template.text)
    return where is not None and _COLUMN.search(template.text, where.end()) is not None


def _compared(node: cst.Comparison, at: Place) -> Iterator[Sighting]:
    if len(node.comparisons) != 1 or (at.function is not None and at.function.name.value in ("__eq__", "__ne__")):
        return
    operator, sides = node.comparisons[0].operator, (node.left, node.comparisons[0].comparator)
    if isinstance(operator, cst.In):
        is_fault = _is_password(sides[0]) and _are_logins(sides[1])
    else:
        is_fault = isinstance(operator, (cst.Equal, cst.NotEqual)) and _are_compared(*sides)
    if is_fault and not _hashes(at):
        side = sides[0] if _is_password(sides[0]) else sides[1]
        yield Sighting(node, f"`{at.code(side)}` is compared as it was typed")


def _are_compared(left: cst.BaseExpression, right: cst.BaseExpression) -> bool:
    names = [name_of(side) or "" for side in (left, right)]
    passwords = [_is_password(side) for side in (left, right)]
    if not any(passwords) or any(_TYPED_AGAIN.search(name) or _HASHED.search(name) for name in names):
        return False
    return all(passwords) or any(_is_stored(side) for side in (left, right))


def _is_stored(node: cst.BaseExpression) -> bool:
    """True for `users[name]` and for what is called the stored one."""
    if isinstance(node, cst.Subscript):
        return name_of(node) is None
    return (name_of(node) or "").lower() in ("stored", "expected", "actual", "correct", "saved", "known", "real")


def _is_password(node: cst.BaseExpression) -> bool:
    """True for a value called password; `Grant.PASSWORD` is a member of a closed set."""
    name = name_of(node) or ""
    is_member = isinstance(node, cst.Attribute) and name.isupper() and (name_of(node.value) or "")[:1].isupper()
    return names_password(name) and not is_member


def _are_logins(node: cst.BaseExpression) -> bool:
    """True for `users.values()`."""
    if not isinstance(node, cst.Call) or called_name(node) != "values" or not isinstance(node.func, cst.Attribute):
        return False
    return _LOGINS.search(name_of(node.func.value) or "") is not None


def _looked_up(call: cst.Call, at: Place) -> Iterator[Sighting]:
    """Report `filter(password=password)` and `find_one({"password": password})`."""
    if not isinstance(call.func, cst.Attribute) or called_name(call) not in _LOOKUPS:
        return
    owner = call.func.value
    if not _MODELS.search(called_name(owner) if isinstance(owner, cst.Call) else name_of(owner) or ""):
        return
    pairs = [(arg.keyword.value, arg.value) for arg in call.args if arg.keyword is not None]
    for arg in call.args:
        if isinstance(arg.value, cst.Dict):
            entries = (entry for entry in arg.value.elements if isinstance(entry, cst.DictElement))
            pairs += [(string_value(entry.key) or "", entry.value) for entry in entries]
    for name, value in pairs:
        is_plain = _is_password(value) or (isinstance(value, cst.Attribute) and _is_password(value.value))
        if names_password(name) and is_plain and not _HASHED.search(name_of(value) or "") and not _hashes(at):
            yield Sighting(call, f"`{called_name(call)}` looks for a `{name}` as it was typed")
            return


def _hashes(at: Place) -> bool:
    """True if something in the function hashes: the password may be one no more."""
    scope = at.function or at.enclosing(cst.SimpleStatementLine)
    return scope is not None and _HASHED.search(at.code(scope)) is not None
