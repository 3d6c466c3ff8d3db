import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.code_text import CSHARP, GO, JVM, PHP, RUBY, SCRIPT, SHELL, languages_of, seen_in, sign
from reviewer.analysis.finding import Severity
from reviewer.analysis.literals import called, quote
from reviewer.analysis.origin import names_read
from reviewer.analysis.phrases import code_of
from reviewer.analysis.place import Place, dotted_name
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.tokens import Token
from reviewer.analysis.values import spot_of, values_of

_DRAWS = (
    r"random|randrange|randint|choice|choices|uniform|triangular|randbytes|sample|getrandbits|shuffle|Random|"
    r"betavariate|gauss"
)
_RANDOM = regex(rf"(?:_?random)\.(?:{_DRAWS})|numpy\.random\.(?:{_DRAWS}|rand|randn|bytes|integers|random_sample)")
_CLOCKED = frozenset({"uuid.uuid1", "uuid.getnode"})
_SECRET = regex(
    r"(?:^|_)(?:tokens?|secrets?|passw(?:or)?ds?|passphrases?|passcodes?|pwd|session(?:_?ids?|_?keys?|s)?|"
    r"nonces?|salts?|"
    r"otps?|totp|pins?|csrf|cookies?|api_?keys?|keys?|iv|captchas?|vouchers?|coupons?|invite\w*|activation\w*|"
    r"verif\w*|confirm\w*|reset\w*|auth\w*|credentials?|signatures?|challenges?|licen[cs]es?|account_?(?:number|id)s?|"
    r"(?:security|access|login|sms|mfa|2fa|two_factor|recovery|backup|promo|discount|gift|referral)_?codes?|"
    r"user_?ids?|sid)"
    r"(?:$|_)"
)
_CODE = regex(r"(?:^|_)(?:codes?|digits|numbers?)$")
_ONE_TIME = regex(
    r"otp|one.?time|verif|confirm|(?<![a-z])sms(?![a-z])|2fa|two.?factor|mfa|log_?in|sign_?in|passcode|recover|reset_|activat|authentic",
    re.IGNORECASE,
)
_HASH = regex(r"hashlib\.(?:md5|sha\w+|blake2\w|new)|uuid\.uuid[35]|zlib\.(?:crc32|adler32)")
_ENCODERS = frozenset({"base64.b64encode", "base64.urlsafe_b64encode", "base64.b32encode", "binascii.hexlify"})
# Hashes have many uses; these are handed out and taken back.
_TOKEN = regex(
    r"(?:^|_)(?:(?:reset|access|auth|api|login|session|invite|invitation|activation|verification|verify|confirm\w*|"
    r"unsubscribe|password|refresh|remember|download|share|magic|recovery|security|user|csrf)_?)?(?:token|otp|session_?id|"
    r"api_?key|secret|nonce)$|(?:reset|activation|invite|confirmation|verification|recovery|magic)_(?:code|link|key|url)$"
)
_CLOCK = regex(
    r"\btime\.time(?:_ns)?\(\)|\b(?:datetime\.|dt\.|timezone\.)+(?:now|utcnow|today)\([^()]*\)|\bos\.getpid\(\)"
)
_KNOWN = regex(
    r"\b(?:\w+\.)?(?:e?mail|user_?name|user_?id|account_?id|phone)\b|\b(?:user|account|member|customer)\.(?:id|pk)\b"
)
# Something in it that nobody else knows.
_UNKNOWN = regex(
    r"secret|SECRET|urandom|uuid4|token_(?:bytes|hex|urlsafe)|randbits|randbelow|randbytes|random|salt|SALT|hmac|pepper|"
    r"[Pp]rivate|(?i:\w*(?:sign|api|app|secret|server|token|hash)\w*_key)\b|\bKEY\b|\bkey\b|password|encrypt|token\b|nonce|digest"
)
_MOST_NAMES = 20
_CHANCE = regex(
    r"(?<![a-z])(?:jitter|delay|sleep|back_?off|wait|retry|interval|shuffle|noise|weight|colou?r|simulat|dice|"
    r"roll|game|"
    r"play|augment|crop|flip|mutat|population|batch|train|epoch|epsilon|explor|neural|model|bots?\b|enemy|player|sampl|"
    r"prob|seed|fake|mock|demo|dummy|spawn|position|velocit|temperature|benchmark|permut|quote|joke|greet|animation|"
    r"particle|monte|walk|ttl|port|test|jump|move)",
    re.IGNORECASE,
)
_LETTERS = regex(r"ascii_letters|ascii_lowercase|ascii_uppercase|string\.digits|hexdigits|ABCDEFGH|abcdefgh|0123456789")
_IDENTIFIER = regex(r"[A-Za-z_]\w{1,60}")
# `function newToken(`, `const newToken = (`, `func newToken(`, `String newToken(…) {`, `newToken() {`
_HEADER = regex(
    r"\s{0,40}(?:(?:export |async |default )*function\*? (\w+)\(|(?:export )?(?:const|"
    r"let) (\w+) ?= ?(?:async )?(?:function|\()|"
    r"func (?:\(\w+ \*?\w+\) )?(\w+)\(|(?:[\w<>\[\], ]{1,80} )(\w+)\([^;]{0,200}\{\s*$|fun (\w+)\(|"
    r"def (?:self\.)?(\w+))"
)
_GENERATOR = regex(
    r"(?<!\S)(?:(?:Random|SplittableRandom|RandomGenerator|var|val) (?P<name>\w+)(?: : Random)? =) (?:new )?"
    r"(?:(?:java \. util \. )?Random|SplittableRandom|ThreadLocalRandom \. current) \("
)
_DRAWN = regex(r"(?<!\S)(?:this \. )?(?P<name>\w+) \. (?P<draw>[nN]ext\w*|ints|longs) \(")
_CLASS = regex(r"(?<!\S)class (?P<name>\w+)")
_FARTHEST_HEADER = 15
_STEPS = regex(r"(?<=[a-z0-9])(?=[A-Z])")
_SIGNS = (
    sign(SCRIPT, r"\bMath\.random\(\)", "`{0}` can be predicted"),
    sign(
        GO,
        r"\brand\.(?:Int\w*|Intn|Float\w+|Uint\w+|Read|Perm|Seed)\(",
        "`{0}` can be predicted",
        unless=r"crypto/rand",
    ),
    sign(
        JVM,
        r"\bnew Random\(|\bMath\.random\(\)|\bThreadLocalRandom\.current\(\)|\bRandomStringUtils\.random\w*\(|"
        r"\bRandom\.next\w+\(",
        "`{0}` can be predicted",
    ),
    sign(CSHARP, r"\bnew Random\(", "`{0}` can be predicted"),
    sign(PHP, r"(?<![\w>:$])(?:mt_rand|rand|uniqid|lcg_value|str_shuffle)\(", "`{0}` can be predicted"),
    sign(RUBY, r"(?<![\w.])rand[( ]\d|Random\.rand\b", "`{0}` can be predicted"),
    sign(SHELL, r"\$\{?RANDOM\b", "`{0}` can be predicted"),
)


class InsecureRandom(PythonRule, TokenRule):
    """A value that nobody should guess is drawn from a generator that can be predicted.

    Why look: whoever sees a few of its numbers, or knows when it began, knows the next ones.
    Ask: would it matter if someone guessed it, and would `secrets` do?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 330
    words = (
        "hashlib", "uuid3", "uuid5", "b64encode", "hexlify", "b32encode", "md5(", "sha1(", "sha256(",
        "rand", "choice", "sample", "uniform", "shuffle", "uuid1", "getnode", "Random", "seed", "triangular", "RANDOM",
        "uniqid", "lcg_value",
    )  # fmt: skip
    visits = (cst.Call,)
    languages = languages_of(_SIGNS)

    INVALID = (
        Example("import random\n\ntoken = random.randint(100000, 999999)\n"),
        Example("import random\n\ndef new_password():\n    return ''.join(random.choice(LETTERS) for _ in range(9))\n"),
        Example("from random import choices\n\nuser.reset_code = ''.join(choices(LETTERS, k=20))\n"),
        Example("import random\n\ndef send(user):\n    mail(user, otp=random.randrange(10**6))\n"),
        Example("import random\n\norder['session_id'] = str(random.random())\n"),
        Example("import random, string\n\ndef name():\n    return ''.join(random.sample(string.ascii_letters, 12))\n"),
        Example("import numpy as np\n\nsalt = np.random.bytes(16)\n"),
        Example("import uuid\n\nreset_token = uuid.uuid1().hex\n"),
        Example("import random\n\nrandom.seed(42)\napiKey = random.getrandbits(128)\n"),
        Example("import random\n\nchosen = random.choice(customers)\n"),
        Example(
            "import random as chance\n\ndef send_sms(buyer):\n    code = '%04d' % chance.randint(0, 9999)\n"
            "    post(buyer.phone, code)\n"
        ),
        Example(
            "import hashlib\nimport time\n\ndef reset_token(buyer):\n    seed = buyer.email + str(time.time())\n"
            "    return hashlib.md5(seed.encode()).hexdigest()\n"
        ),
        Example(
            "import base64\nfrom datetime import datetime\n\ndef invite(mail):\n"
            "    token = base64.b64encode(f'{mail}{datetime.now()}'.encode())\n    send(mail, token)\n"
        ),
        Example("const token = Math.random().toString(36);\n", path="shop/login.js"),
        Example("func newToken() int {\n\treturn rand.Intn(1000000)\n}\n", path="shop/login.go"),
        Example('String resetToken() {\n  return "" + new Random().nextInt();\n}\n', path="shop/Login.java"),
        Example("PASSWORD=tea$RANDOM\n", path="bin/user.sh"),
        Example(
            "class Shop {\n  private final Random dice = new Random();\n  String newToken() {\n"
            "    byte[] raw = new byte[9];\n"
            "    dice.nextBytes(raw);\n    return hex(raw);\n  }\n}\n",
            path="shop/Shop.java",
        ),
    )
    VALID = (
        Example(
            "class Shop {\n  private final SecureRandom dice = new SecureRandom();\n  String newToken() {\n"
            "    return hex(dice.nextLong());\n  }\n}\n",
            path="shop/Shop.java",
        ),
        Example(
            "class Dice {\n  private final Random random = new Random();\n  int roll() {\n"
            "    return random.nextInt(6) + 1;\n  }\n}\n",
            path="shop/Dice.java",
        ),
        Example("import secrets\n\ntoken = secrets.token_urlsafe()\npassword = secrets.choice(WORDS)\n"),
        Example("import random\n\ntoken = random.SystemRandom().choice(LETTERS)\n"),
        Example("from random import SystemRandom\n\nrandom = SystemRandom()\ntoken = random.choice(LETTERS)\n"),
        Example("import random, time\n\ntime.sleep(delay + random.uniform(0, 1))\n"),
        Example("import random\n\ndef should_sample(rate):\n    return random.random() < rate\n"),
        Example("import random\n\ndef roll():\n    return random.randint(1, 6)\n"),
        Example("def token(random):\n    return random.choice(LETTERS)\n"),
        Example("import uuid\n\ntoken = uuid.uuid4().hex\nrow_name = uuid.uuid1()\n"),
        Example("import random\n\nrandom.shuffle(cards)\n"),
        Example("import random\n\ndef paint():\n    code = '#%06x' % random.randrange(1 << 24)\n    return code\n"),
        Example(
            "import hashlib\nimport time\n\ndef reset_token(buyer):\n"
            "    return hashlib.sha256(f'{SECRET}{buyer.email}{time.time()}'.encode()).hexdigest()\n"
        ),
        Example("import hashlib\n\ndef picture(buyer):\n    name = hashlib.md5(buyer.email.encode()).hexdigest()\n"),
        Example(
            "import hashlib\nimport secrets\n\ndef keep(user):\n    token = secrets.token_urlsafe()\n"
            "    save(user, token_hash=hashlib.sha256(token.encode()).hexdigest())\n"
        ),
        Example("import random\n\ndef test_token():\n    token = random.random()\n", path="tests/test_token.py"),
        Example("const delay = 100 + Math.random() * 100;\n", path="shop/retry.js"),
        Example("func shuffle(cards []int) {\n\tn := rand.Intn(len(cards))\n}\n", path="shop/cards.go"),
        Example("const token = crypto.randomUUID();\n", path="shop/login.js"),
        Example("SecureRandom random = new SecureRandom();\nString token = text(random);\n", path="shop/Login.java"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or at.file.is_test:
            return
        name = called(node, at)
        secret = _secret(node, at) if name in _CLOCKED or _RANDOM.fullmatch(name) else None
        if name in _CLOCKED:
            if secret is not None:
                yield Sighting(node, f"`{quote(node.func, at)}` tells clock and machine, so `{secret}` can be guessed")
        elif _RANDOM.fullmatch(name):
            yield from _drawn(node, secret, at)
        elif _HASH.fullmatch(name) or name in _ENCODERS:
            yield from _derived(node, at)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - the text is made of them
        return _elsewhere(file)


def _drawn(call: cst.Call, secret: str | None, at: Place) -> Iterator[Sighting]:
    shown = quote(call.func, at)
    if secret is not None:
        yield Sighting(call, f"`{shown}` can be predicted, and so can `{secret}`")
    elif _LETTERS.search(at.code(call)):
        yield Sighting(
            call, f"`{shown}` draws characters that can be predicted; `secrets` is for secrets", Severity.LOW
        )
    elif not _is_chance(call, at):
        yield Sighting(call, f"`{shown}` can be predicted: fine for chance, not for secrets", Severity.INFO)


def _is_chance(call: cst.Call, at: Place) -> bool:
    """True for numbers that decide by chance, as in `random() < rate`, or that only vary something."""
    if at.enclosing(cst.Comparison) is not None or isinstance(at.parent, (cst.BinaryOperation, cst.Expr)):
        return True
    statement = at.enclosing(cst.SimpleStatementLine, cst.If, cst.For, cst.While)
    near = at.code(statement) if isinstance(statement, cst.SimpleStatementLine) else at.code(call)
    near = near.replace(at.code(call.func), "")
    function = at.function.name.value if at.function is not None else ""
    return _CHANCE.search(f"{near} {function} {at.file.name}") is not None


def _secret(call: cst.Call, at: Place) -> str | None:
    """Return the name that the drawn value gets: of a variable, key, keyword, or the function that returns it."""
    for name in _names(call, at):
        words = _STEPS.sub("_", name).lower()
        if _SECRET.search(words) or (_CODE.search(words) and _is_one_time(at)):
            return name
    return None


def _is_one_time(at: Place) -> bool:
    """True where codes are drawn that a person types to prove who they are."""
    function = f"{at.function.name.value} {at.code(at.function.body)}" if at.function is not None else ""
    return _ONE_TIME.search(f"{at.file.name} {function}") is not None


def _derived(call: cst.Call, at: Place) -> Iterator[Sighting]:
    """Report a token that is only a hash of what others know: the time, an address, a number."""
    given = [arg.value for arg in call.args if arg.keyword is None or arg.keyword.value in ("name", "s", "string")]
    secret = next((each for each in _names(call, at) if _TOKEN.search(_STEPS.sub("_", each).lower())), None)
    if not given or secret is None or at.enclosing(cst.Comparison) is not None:
        return
    said = "\n".join(at.code(part) for value in given for part in _made_of(value, at))
    clock = _CLOCK.search(said)
    known = clock or _KNOWN.search(said)
    if known is not None and _UNKNOWN.search(said) is None:
        shown = quote(call.func, at)
        yield Sighting(call, f"`{secret}` is `{shown}` of `{known[0]}` and no secret: it can be computed")


def _made_of(node: cst.BaseExpression, at: Place) -> Iterator[cst.CSTNode]:
    """Yield the expression and those that gave the names in it their values."""
    todo: list[cst.CSTNode] = [node]
    seen: set[str] = set()
    while todo:
        part = todo.pop()
        yield part
        for name in names_read(part) if not isinstance(part, cst.Param) else ():
            if name not in seen and len(seen) < _MOST_NAMES:
                seen.add(name)
                todo += [value.node for value in values_of(name, spot_of(at), at)]


def _names(call: cst.Call, at: Place) -> Iterator[str]:
    inner: cst.CSTNode = call
    for parent in reversed(at.parents):
        match parent:
            case cst.Assign(targets=targets):
                yield from (_last(target.target, at) for target in targets)
            case cst.AnnAssign(target=target) | cst.AugAssign(target=target) | cst.NamedExpr(target=target):
                yield _last(target, at)
            case cst.Arg(keyword=cst.Name(word)):
                yield word
            case cst.DictElement(key=key, value=value) if value is inner:
                yield at.code(key).strip("'\"")
            case cst.Call(func=func) if func is not inner:
                yield (dotted_name(func) or "").rpartition(".")[2]
            case cst.For(iter=iterated) if iterated is inner:
                return
            case cst.FunctionDef(name=cst.Name(name)):
                yield name
                return
        inner = parent


def _last(target: cst.CSTNode, at: Place) -> str:
    """Return the word that says what is given a value: `token` for `order.token` and `order["token"]`."""
    return re.split(r"[.\[]", at.code(target))[-1].strip("]'\"")


def _kept(file: ChangedFile) -> Iterator[LineSighting]:
    """Yield draws in Java and C# from a generator that a field or a variable holds."""
    if file.is_test or file.suffix not in (".java", ".kt", ".cs"):
        return
    code = code_of(file)
    kept = {match["name"] for _, match in code.find(_GENERATOR)}
    owner = next((match["name"] for _, match in code.find(_CLASS)), "")
    for line, match in code.find(_DRAWN) if kept else ():
        if match["name"] in kept:
            names = _IDENTIFIER.findall(f"{_header(file, line)} {file.lines[line - 1]} {owner}")
            secret = next((name for name in names if _SECRET.search(_STEPS.sub("_", name).lower())), None)
            if secret is not None:
                shape = f"{match['name']}.{match['draw']}()"
                yield LineSighting(line, f"`{shape}` can be predicted, and so can `{secret}`")


def _elsewhere(file: ChangedFile) -> Iterator[LineSighting]:
    """Yield what other languages draw for a secret, by the names on the line and of the function around it."""
    yield from _kept(file)
    for seen in seen_in(file, _SIGNS):
        names = _IDENTIFIER.findall(_header(file, seen.line) + " " + file.lines[seen.line - 1])
        secret = next((name for name in names if _SECRET.search(_STEPS.sub("_", name).lower())), None)
        if secret is not None:
            yield replace(seen, message=f"{seen.message}, and so can `{secret}`")


def _header(file: ChangedFile, line: int) -> str:
    """Return the name of the function a line is in, going by how such lines begin; empty if it is not near."""
    for text in reversed(file.lines[max(0, line - _FARTHEST_HEADER) : line]):
        match = _HEADER.match(text)
        if match is not None:
            return next(filter(None, match.groups()), "")
    return ""
