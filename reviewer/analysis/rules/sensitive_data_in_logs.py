import re
from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.bindings import name_of
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.codelines import Call, calls_in
from reviewer.analysis.finding import Severity
from reviewer.analysis.outside import makers
from reviewer.analysis.place import Place, positional, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.secrets import names_secret
from reviewer.analysis.template import called_name, template_of
from reviewer.analysis.tokens import Token

_LEVELS = frozenset(
    {"debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log", "trace", "success", "notice"}
)
_LOGGER = regex(r"_*(?:\w+_)?(?:log|logger|logging|loguru|syslog|_log)_*", re.IGNORECASE)
_PRINTERS = frozenset({"print", "pprint", "pp", "echo", "secho"})
_STREAMS = ("sys.stdout.write", "sys.stderr.write", "sys.__stdout__.write", "sys.__stderr__.write")
_CARD = regex(
    r"(?:^|_)(?:ssn|social_security(?:_(?:number|no))?|(?:credit_?|debit_?)?card_?(?:number|num|no)|credit_?card|cvv2?|cvc2?|"
    r"(?:bank_?)?account_number|routing_number|iban|passport(?:_(?:number|no))?|otp(?:_code)?|(?:^|card_|user_)pin|tax_id)$"
)
_PERSON = regex(
    r"^(?:user_|customer_|client_|patient_)?(?:e_?mail(?:_address)?|phone(?:_number)?|mobile(?:_number)?|(?:home|street|postal|mailing|"
    r"billing|shipping)_address|date_of_birth|dob|birth_?da(?:y|te)|medical_\w+|diagnosis)$"
)
_STEPS = regex(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")
_HIDDEN = regex(
    r"^(?:hashed|masked|encrypted|redacted|safe|obfuscated|censored|partial|short|fake|num|n|count|max|min)_"
)
# A salt and the scheme called `auth` tell nothing; cookies and sessions are objects as often as values.
_HARMLESS = regex(r"(?:^|_)(?:salt|pepper|auth|authorizations|secrets?_?\d|primary_key|public_key|access_key_id)s?$")
# What stays of a secret after one of these says nothing about it.
_MASKS = regex(
    r"len|bool|type|isinstance|id|sum|count|any|all|mask|redact|hash|sha\d*|md5|hexdigest|encrypt|scrub|censor|hid|"
    r"sanitiz|obfuscat|fingerprint|keys|startswith|endswith|decode_token|verify|check|validate|index|find|exists"
)
_MASKS_WHOLE = frozenset(
    {"len", "bool", "type", "isinstance", "id", "sum", "count", "any", "all", "keys", "index", "find"}
)
_WHOLE = frozenset({
    "request.form", "request.POST", "request.json", "request.headers", "request.META", "request.cookies",
    "request.COOKIES", "request.body", "request.get_json", "os.environ", "flask.request.form", "flask.request.json",
    "flask.request.headers", "flask.request.get_json", "flask.request.cookies", "flask.request.data",
})  # fmt: skip
_PERSONAL = regex(r"log_?in|sign_?in|sign_?up|regist|password|auth|token|pay|checkout|card", re.IGNORECASE)
_SAYS = regex(
    r"(?<![a-z])(password|passwd|passphrase|secret(?: key)?|api[ _-]?key|private key|access[ _]token|auth[ _]token|"
    r"bearer token|ssn|cvv|card number|credit card)\s*(?:is|was)?\s*[:=]?\s*[\"'`(\[]?$",
    re.IGNORECASE,
)
_ABOUT_IT = regex(
    r"(?:^|_)(?:e|ex|exc|err|error|exception|name|path|file|id|status|count|reason|msg|message|url|host|user|username|key|"
    r"length|size|type|kind|field|version|date|expiry|expires|policy)s?$"
)
_SHOWING = frozenset({"strip", "encode", "decode", "format", "json", "lower", "upper"})
_SPEC = regex(r"%(?!%)[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]")
# In a parser, a token is a word.
_GRAMMAR = regex(rb"tokeni[sz]|lexer|[Pp]arser|grammar|TokenType|tok\.|num_tokens|max_tokens|n_tokens|transformers")
_LOGIN = regex(rb"(?i)login|oauth|bearer|jwt|authenticat|authoriz|credential|session_id|api.?key")
_TOKEN = regex(r"tokens?")


_LANGUAGES = frozenset({"javascript", "typescript", "go", "java", "kotlin", "csharp", "php"})
_SPEAKERS = regex(
    r"(?:\w+\.)*console\.(?:log|info|warn|error|debug|trace|dir|table)|"
    r"(?:\w+\.)*_?(?:logger|log|LOG|LOGGER|Log|slog|winston|zap|sugar)\.(?:\w+\.)*(?:trace|debug|info|warn|warning|error|fatal|severe|fine|"
    r"log|print|printf|println|panic|panicf|fatalf|fatalln|infof|debugf|errorf|warnf|infow|debugw|errorw|msg|msgf|Trace|Debug|"
    r"Info|Warn|Error|Fatal|Print|Printf|Println|Panic|Panicf|Fatalf|Fatalln|Infof|Debugf|Errorf|Warnf|Infow|Debugw|Errorw|"
    r"LogInformation|LogDebug|LogWarning|LogError|d|e|i|v|w)|"
    r"fmt\.(?:Print|Printf|Println)|System\.(?:out|err)\.(?:print|println|printf)|Console\.Write(?:Line)?|error_log"
)


class SensitiveDataInLogs(PythonRule, TokenRule):
    """A secret or personal data go into a log, onto the screen or into the text of an exception.

    Why look: logs are kept for years, copied to other systems and read by people who may not know the password.
    Ask: may this stand in a log, and what would be lost if only a part or an id stood there?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 532
    visits = (cst.Call, cst.Raise)
    words = (
        "print",
        "pprint",
        "echo",
        "log",
        "LOG",
        "Log",
        "raise",
        "std",
        "console.",
        "Print",
        "Console",
        "winston",
        "zap",
    )
    languages = _LANGUAGES

    INVALID = (
        Example(
            "from flask import request\n\ndef sign_in():\n    form = request.get_json()\n"
            "    logger.info('got %s', form)\n"
        ),
        Example('logger.info("login of %s with %s", user, password)\n'),
        Example('print(f"password: {password}")\n'),
        Example('import logging\n\nlogging.debug("token: " + access_token)\n'),
        Example('log.warning("bad key {}".format(settings.API_KEY))\n'),
        Example('self.logger.error("login failed: %s", {"user": user, "password": form["password"]})\n'),
        Example('logger.info("charging %s", order.card_number)\n'),
        Example('current_app.logger.info("signup %s", request.form)\n'),
        Example('raise ValueError(f"cannot log in with {self.password!r}")\n'),
        Example('logger.info("new customer %s", customer.email)\n'),
        Example('logger.info("the API key is %s", value)\n'),
        Example('logger.debug("headers", extra={"authorization": request.headers["Authorization"]})\n'),
        Example('import sys\n\nsys.stderr.write("secret=" + secret)\n'),
        Example('def login(user, token):\n    logger.info("%s: %s", user, token)\n    return authenticate(token)\n'),
        Example(
            'def enter(user, password):\n    form = {"user": user, "password": password}\n'
            '    logger.info("entering with %s", form)\n'
        ),
        Example(
            'def ask(token):\n    headers = {"Authorization": f"Bearer {token}"}\n    logger.debug("%s", headers)\n'
        ),
        Example(
            'def enter():\n    answer = session.post(LOGIN)\n    logger.debug("got %s", answer.text)\n'
            '    return answer.json()["access_token"]\n'
        ),
        Example('console.log("login", user.name, user.password);\n', path="shop/login.ts"),
        Example("console.debug(`token: ${accessToken}`);\n", path="shop/login.js"),
        Example('log.Printf("login of %s with %s", name, password)\n', path="shop/login.go"),
        Example('class A { void a() { logger.info("key is " + apiKey); } }\n', path="shop/Login.java"),
    )
    VALID = (
        Example(
            "from flask import request\n\ndef find():\n    form = request.get_json()\n    logger.info('got %s', form)\n"
        ),
        Example('logger.info("login of %s", user)\n'),
        Example('logger.info("password has %d characters", len(password))\nlogger.info("set: %s", bool(api_key))\n'),
        Example('logger.info("token ends in %s", access_token[-4:])\n'),
        Example('logger.info("key %s", mask(api_key))\nlogger.info("key %s", sha256(api_key).hexdigest())\n'),
        Example(
            'def enter(user, password):\n    form = {"user": user, "password": mask(password)}\n'
            '    logger.info("entering with %s", form)\n'
        ),
        Example(
            'def ask():\n    answer = session.get(TEAS)\n    logger.debug("%s", answer.text)\n'
            '    return answer.json()["teas"]\n'
        ),
        Example('logger.warning("wrong password for %s", user)\nprint("Enter your password:")\n'),
        Example('logger.info("password is %s", "set" if password else "missing")\n'),
        Example('logger.info("reset sent to %s", password_reset_url)\nlogger.info("%s", password_hash_rounds)\n'),
        Example('from shop.parser import Parser\n\nprint(token)\nlogger.debug("unexpected token %s", token)\n'),
        Example('print(f"mail goes to {email}")\n'),
        Example('logger.info("token usage: %d", usage.total_tokens)\nlogger.info("max_tokens=%s", max_tokens)\n'),
        Example('logger.error("could not read secret: %s", error)\nlogger.info("secret: %s", secret_name)\n'),
        Example('raise KeyError("password")\n'),
        Example('logger.info("with %s", password)\n', path="tests/test_login.py"),
        Example("math.log(password)\ncatalog.info(password)\n"),
        Example('console.log("enter your password", password.length, mask(password));\n', path="shop/login.ts"),
        Example('console.log("password", !!password, hashPassword(user));\n// console.log(password)\n', path="a.js"),
        Example('log.Printf("password of %s is wrong", name)\nfmt.Println(len(password))\n', path="shop/login.go"),
        Example('console.log("with", password)\n', path="shop/login.test.ts"),
        Example('logger.info("matches: %s", password == again)\n'),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test or at.file.is_example:
            return
        where, parts = _spoken(node, at)
        for part, before in parts:
            name, severity = _sensitive(part, before, at, where)
            if severity is not None:
                yield Sighting(node, f"`{name}` {where}", severity)
                return

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example:
            return
        for call in calls_in(tokens):
            if call.line in file.added and _SPEAKERS.fullmatch(call.name):
                name = _name_given(call)
                if name is not None:
                    yield LineSighting(call.line, f"`{name}` goes into the log")


def _name_given(call: Call) -> str | None:
    """Return the secret among what a call is given as it is."""
    depth = 0  # in brackets of another call, whose result is shown and not what it was given
    given = call.given
    for index, token in enumerate(given):
        following = given[index + 1].text if index + 1 < len(given) else ""
        before = given[index - 1].text if index else ""
        if token.text == "(" and (depth or (before and before[-1].isalnum())):
            depth += 1
        elif token.text == ")" and depth:
            depth -= 1
        is_value = (
            not depth
            and not token.is_string
            and following not in ("(", ".", "?.", ":", "?")
            and before not in ("!", "!!")
        )
        words = _STEPS.sub("_", token.text).strip("_").lower()
        is_secret = names_secret(token.text) and not _HIDDEN.match(words) and not _HARMLESS.search(words)
        if is_value and (_CARD.search(words) or (is_secret and words not in ("token", "tokens", "secret", "key"))):
            return token.text
    return None


def _spoken(node: cst.CSTNode, at: Place) -> tuple[str, Sequence[tuple[cst.BaseExpression, str]]]:
    """Return where a text goes, and its parts with what stands before each."""
    if isinstance(node, cst.Raise):
        if isinstance(node.exc, cst.Call):
            return "is put into an exception", _parts([arg for arg in node.exc.args if _is_text(arg.value)])
        return "", ()
    if not isinstance(node, cst.Call):
        return "", ()
    called = called_name(node)
    if isinstance(node.func, cst.Attribute):
        if called in _LEVELS and _LOGGER.fullmatch(_owner(node.func.value)):
            return "goes into the log", _parts(node.args)
        is_printed = called in _PRINTERS or (called == "write" and at.name(node.func) in _STREAMS)
    else:
        is_printed = called in _PRINTERS
        if called in _LEVELS and (at.name(node.func) or "").startswith(("logging.", "syslog.")):
            return "goes into the log", _parts(node.args)
    return ("is printed", _parts(node.args)) if is_printed else ("", ())


def _owner(node: cst.BaseExpression) -> str:
    return called_name(node) if isinstance(node, cst.Call) else name_of(node) or ""


def _is_text(node: cst.BaseExpression) -> bool:
    return template_of(node) is not None


def _parts(args: Sequence[cst.Arg]) -> Sequence[tuple[cst.BaseExpression, str]]:
    """Return the values put into a text, each with what the text says before it."""
    values = [arg.value for arg in args if arg.keyword is None or arg.keyword.value in ("extra", "msg", "message")]
    if not values:
        return ()
    template = template_of(values[0])
    if template is None:
        return [(value, "") for value in values]
    stretches = _SPEC.split(template.text) if "%" in template.text else []
    parts = [(value, before) for before, value in template.holes]
    for number, value in enumerate(values[1:]):
        if (inner := template_of(value)) is not None:
            parts += [(hole, before) for before, hole in inner.holes]
        else:
            # `print("password:", x)` says it in the argument before.
            said = stretches[number] if number < len(stretches) - 1 else template.text if number == 0 else ""
            parts.append((value, said))
    return parts


def _sensitive(node: cst.BaseExpression, before: str, at: Place, where: str) -> tuple[str, Severity | None]:
    is_log = where == "goes into the log"
    for part in _exposed(node):
        whole = at.name(part.func if isinstance(part, cst.Call) else part)
        if is_log and whole in _WHOLE:
            return at.code(part), Severity.MEDIUM
        inside = _held(part, at) if is_log or where == "is printed" else None
        if inside is not None:
            return f"{inside}` in `{at.code(part)}", Severity.HIGH if is_log else Severity.MEDIUM
        if is_log and (_is_answer_with_token(part, at) or _is_login_form(part, at)):
            return at.code(part), Severity.MEDIUM
        name = name_of(part) or (called_name(part).removeprefix("get_") if isinstance(part, cst.Call) else "")
        words = _STEPS.sub("_", name).strip("_").lower()
        if _is_secret(name, words, at):
            return name, Severity.HIGH if is_log else Severity.MEDIUM
        if is_log and _PERSON.search(words):
            return name, Severity.LOW
        said = _SAYS.search(before[-60:])
        is_value = isinstance(part, (cst.Name, cst.Attribute, cst.Subscript)) and not _ABOUT_IT.search(words)
        if said is not None and is_value and not words.isdigit():
            return at.code(part), Severity.MEDIUM
    return "", None


def _held(node: cst.BaseExpression, at: Place) -> str | None:
    """Return the secret in a dictionary that a name stands for: `form` of `form = {"password": password}`."""
    if not isinstance(node, (cst.Name, cst.Attribute)):
        return None
    for made in makers(node, at):
        for element in made.elements if isinstance(made, cst.Dict) else ():
            key = string_value(element.key) if isinstance(element, cst.DictElement) else None
            if key is None or isinstance(element.value, (cst.SimpleString, cst.Integer)):
                continue
            words = _STEPS.sub("_", key).strip("_").lower()
            masked = isinstance(element.value, cst.Call) and _MASKS.match(called_name(element.value).lower())
            if not masked and (words in ("authorization", "cookie", "x_api_key") or _is_secret(key, words, at)):
                return key
    return None


def _is_login_form(node: cst.BaseExpression, at: Place) -> bool:
    """True for a name that stands for all a request brought, where people sign in or pay."""
    if not isinstance(node, cst.Name) or at.function is None or not _PERSONAL.search(at.function.name.value):
        return False
    made = (one.expression if isinstance(one, cst.Await) else one for one in makers(node, at))
    return any(at.name(one.func if isinstance(one, cst.Call) else one) in _WHOLE for one in made)


def _is_answer_with_token(node: cst.BaseExpression, at: Place) -> bool:
    """True for the whole text of an answer that brings a token: the function reads one out of it."""
    if at.function is None:
        return False
    match node:
        case (
            cst.Attribute(value=owner, attr=cst.Name("text" | "content"))
            | cst.Call(func=cst.Attribute(value=owner, attr=cst.Name("json" | "text")))
        ):
            name = re.escape(at.code(owner))
        case _:
            return False
    key = r"(?:access_|refresh_|id_|auth_)?(?:token|jwt|secret|password|api_key)"
    brought = rf"(?<!\w){name}\.json\(\)(?:\[|\.get\()\s*[\"']{key}"
    return re.search(brought, at.code(at.function)) is not None


def _is_secret(name: str, words: str, at: Place) -> bool:
    if _CARD.search(words):
        return True
    if not names_secret(name) or _HIDDEN.match(words) or _HARMLESS.search(words) or name.startswith(("MAX_", "MIN_")):
        return False
    if _TOKEN.fullmatch(words.rpartition("_")[2]):
        text = at.file.new_text or b""
        return _GRAMMAR.search(text) is None and ("_" in words or _LOGIN.search(text) is not None)
    return True


def _exposed(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """Yield what of an expression is shown as it is: not what is only counted, compared, masked or cut."""
    todo: list[cst.BaseExpression] = [node]
    while todo:
        node = todo.pop()
        yield node
        match node:
            case cst.Call():
                called = called_name(node).lower()
                if not _MASKS.match(called) and "mask" not in called:
                    todo += [arg.value for arg in reversed(node.args) if not _is_key(node, arg)]
                    if isinstance(node.func, cst.Attribute) and called in (
                        "strip",
                        "encode",
                        "decode",
                        "format",
                        "json",
                    ):
                        todo.append(node.func.value)
            case cst.Dict(elements=elements):
                todo += [element.value for element in reversed(elements)]
            case cst.List(elements=elements) | cst.Tuple(elements=elements) | cst.Set(elements=elements):
                todo += [element.value for element in reversed(elements)]
            case cst.IfExp(body=one, orelse=other) | cst.BooleanOperation(left=one, right=other):
                todo += [other, one]
            case cst.FormattedString() | cst.BinaryOperation():
                template = template_of(node)
                todo += list(template.values) if template is not None else []


def _is_key(call: cst.Call, arg: cst.Arg) -> bool:
    """True for the name of a setting in `get("password")`; the call itself stands for its value."""
    return isinstance(arg.value, cst.SimpleString) or (
        bool(positional(call)) and called_name(call) in ("get", "getattr")
    )
