import ast
import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.phrases import Code, code_of
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.syntax import Syntax, syntax_of
from reviewer.analysis.tokens import Token

_MADE = regex(r"(?<!\S)(?:new )?(?P<name>IvParameterSpec|GCMParameterSpec) (?P<open>\()")
_CIPHER = regex(r"(?<!\S)(?P<name>createCipheriv) (?P<open>\()")
_GO = regex(r"(?<!\S)cipher \. (?P<name>NewCBCEncrypter|NewCTR|NewCFBEncrypter|NewOFB) (?P<open>\()")
_BYTES = regex(
    r"\. getBytes \((?: [\w.]+(?: \. [\w.]+)*)? \)|Buffer \. (?:from|alloc) \(|Hex \. decode\w* \(|\[ \] byte"
)
_ZEROS = regex(r"new byte \[ \d+ \]|make \( \[ \] byte , [^()]*\)|ByteArray \( \d+ \)")
_FILLED = (
    r"(?:nextBytes|randomFill\w*|getrandom|ReadFull|Read|read|copy|arraycopy|put|get) "
    r"\([^;{{}}]{{0,80}}?(?<!\S){}(?!\S)"
)


_MOST_STEPS = 3
_ONCE = regex(r"cryptography\.hazmat\.primitives\.ciphers\.aead\.\w+")
_LIBRARY = regex(r"cryptography\.hazmat\.primitives\.ciphers|Crypto(?:dome)?\.Cipher")
_MODES = regex(r"cryptography\.hazmat\.primitives\.ciphers\.(?:modes\.(?:GCM|CTR|CBC)|algorithms\.ChaCha20)")
_DRAWN = regex(r"urandom|token_bytes|get_random_bytes|randbytes|random\(|generate_nonce|os\.read|getrandbits")


class FixedIv(ModuleRule, TokenRule):
    """An encryption begins with the same initialisation vector each time, or with one that starts over.

    Why look: equal texts then become equal ciphers, and with GCM or CTR two messages give both away.
    Ask: could it be drawn anew for each message and stored in front of it?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 329
    words = (
        "aead",
        "modes",
        "algorithms",
        "Crypto",
        "IvParameterSpec",
        "GCMParameterSpec",
        "createCipheriv",
        "NewCBCEncrypter",
        "NewCTR",
        "NewCFB",
        "NewOFB",
    )
    # Java and Go name the vector; in Python it is what an AEAD cipher is given first.
    languages = frozenset({"java", "kotlin", "javascript", "typescript", "go"})

    INVALID = (
        Example(
            "from Crypto.Cipher import AES\n\n\nclass Seal:\n    def __init__(self, key):\n        self.key = key\n"
            "        self.count = 0\n\n    def close(self, text):\n        self.count += 1\n"
            "        nonce = self.count.to_bytes(12, 'big')\n"
            "        return AES.new(self.key, AES.MODE_GCM, nonce=nonce).encrypt_and_digest(text)\n",
            path="shop/seal.py",
        ),
        Example(
            "from cryptography.hazmat.primitives.ciphers.aead import AESGCM\n\n\nclass Seal:\n"
            "    def __init__(self, key):\n        self.cipher = AESGCM(key)\n        self.count = 0\n\n"
            "    def close(self, text):\n        self.count += 1\n"
            "        return self.cipher.encrypt(self.count.to_bytes(12, 'big'), text, None)\n",
            path="shop/seal.py",
        ),
        Example(
            "import os\nfrom cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305\n\n\nclass Seal:\n"
            "    def __init__(self, key):\n        self.box = ChaCha20Poly1305(key)\n"
            "        self.nonce = os.urandom(12)\n\n    def close(self, text):\n"
            "        return self.box.encrypt(self.nonce, text, None)\n",
            path="shop/seal.py",
        ),
        Example(
            "import hashlib\nfrom cryptography.hazmat.primitives.ciphers.aead import AESGCM\n\n\n"
            "def close(key, text):\n    nonce = hashlib.sha256(key).digest()[:12]\n"
            "    return nonce + AESGCM(key).encrypt(nonce, text, None)\n",
            path="shop/seal.py",
        ),
        Example("byte[] iv = { (byte) 0, (byte) 1 };\nspec = new IvParameterSpec(iv);\n", path="shop/Seal.java"),
        Example(
            'static final String IV = "abc";\nspec = new GCMParameterSpec(128, IV.getBytes());\n', path="shop/Seal.java"
        ),
        Example("byte[] iv = new byte[16];\nspec = new IvParameterSpec(iv);\n", path="shop/Seal.java"),
        Example(
            "const iv = Buffer.alloc(16);\nconst c = crypto.createCipheriv('aes-256-cbc', key, iv);\n", path="seal.js"
        ),
        Example("c := crypto.createCipheriv('aes-256-cbc', key, 'abcdefgh')\n", path="seal.ts"),
        Example('stream := cipher.NewCTR(block, []byte("0123456789abcdef"))\n', path="seal.go"),
    )
    VALID = (
        Example(
            "import os\nfrom cryptography.hazmat.primitives.ciphers.aead import AESGCM\n\n\n"
            "def close(key, text):\n    nonce = os.urandom(12)\n"
            "    return nonce + AESGCM(key).encrypt(nonce, text, None)\n",
            path="shop/seal.py",
        ),
        Example(
            "from cryptography.hazmat.primitives.ciphers.aead import AESGCM\n\n\n"
            "def close(key, nonce, text):\n    return AESGCM(key).encrypt(nonce, text, None)\n",
            path="shop/seal.py",
        ),
        Example(
            "from cryptography.hazmat.primitives.ciphers.aead import AESGCM\n\n\nclass Seal:\n"
            "    def __init__(self, key, count):\n        self.cipher = AESGCM(key)\n        self.count = count\n\n"
            "    def close(self, text):\n        self.count += 1\n"
            "        return self.cipher.encrypt(self.count.to_bytes(12, 'big'), text, None)\n",
            path="shop/seal.py",
        ),
        Example(
            "byte[] iv = new byte[16];\nrandom.nextBytes(iv);\nspec = new IvParameterSpec(iv);\n", path="shop/Seal.java"
        ),
        Example("spec = new IvParameterSpec(message.iv());\n", path="shop/Seal.java"),
        Example("const iv = crypto.randomBytes(16);\ncrypto.createCipheriv('aes-256-gcm', key, iv);\n", path="seal.js"),
        Example(
            "iv := make([]byte, 16)\nio.ReadFull(rand.Reader, iv)\nstream := cipher.NewCTR(block, iv)\n", path="seal.go"
        ),
        Example("void seal(byte[] iv) { spec = new IvParameterSpec(iv); }\n", path="shop/Seal.java"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or not any(_LIBRARY.match(origin) for origin in source.imports.values()):
            return
        tree = syntax_of(source)
        is_aead = any(_ONCE.fullmatch(origin) for origin in source.imports.values())
        for call in tree.called("encrypt", "new", "GCM", "CTR", "CBC", "ChaCha20"):
            nonce = _given_nonce(call, tree, is_aead=is_aead)
            said = _nonce(nonce, call, tree) if nonce is not None else None
            if said is not None:
                yield LineSighting(tree.line(nonce or call), said)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        if file.is_test:
            return
        code = code_of(file)
        pattern = {"go": _GO, "java": _MADE, "kotlin": _MADE}.get(language_of(file) or "", _CIPHER)
        for line, match in code.find(pattern):
            arguments = code.arguments(match.start("open"))
            place = {"GCMParameterSpec": 1, "createCipheriv": 2}.get(match["name"], 1 if pattern is _GO else 0)
            # A text written right there is what weak-crypto speaks about.
            if arguments[:1] and arguments[0].startswith('"') and match["name"] == "IvParameterSpec":
                continue
            if len(arguments) > place and _is_fixed(code, arguments[place], match.start()):
                yield LineSighting(line, f"`{match['name']}` gets the same vector each time")


def _given_nonce(call: ast.Call, tree: Syntax, *, is_aead: bool) -> ast.expr | None:
    """Return what a cipher is to begin with."""
    name = tree.name(call.func)
    if isinstance(call.func, ast.Attribute) and call.func.attr == "encrypt":
        return call.args[0] if is_aead and len(call.args) > 1 else None
    if name.startswith(("Crypto.Cipher.", "Cryptodome.Cipher.")):
        return next((word.value for word in call.keywords if word.arg in ("nonce", "iv", "IV")), None)
    if _MODES.fullmatch(name) and call.args:
        return call.args[-1 if name.endswith("ChaCha20") else 0]
    return None


def _nonce(nonce: ast.expr, call: ast.Call, tree: Syntax) -> str | None:
    """Return what is wrong with what a cipher begins with."""
    function = tree.function(call)
    for _ in range(_MOST_STEPS):
        if not isinstance(nonce, ast.Name) or function is None:
            break
        given = [part.value for part in nodes_in(function) if isinstance(part, ast.Assign) and _binds(part, nonce.id)]
        if len(given) != 1:
            return None
        nonce = given[0]
    shown = ast.unparse(nonce)
    if _DRAWN.search(shown):
        return None
    for part in nodes_in(nonce):
        kept = _set_up(part, call, tree)
        if kept is not None and isinstance(kept, ast.Constant) and isinstance(kept.value, int):
            return f"`{shown}` starts over with each object, and the key may be the same"
        if kept is not None and part is nonce and _DRAWN.search(ast.unparse(kept)):
            return f"`{shown}` is drawn once and used for each message"
    is_hash = "hashlib." in shown and not re.search(r"time|count|random|number", shown)
    return f"`{shown}` is the same whenever what it is made of is" if is_hash else None


def _set_up(node: ast.AST, call: ast.Call, tree: Syntax) -> ast.expr | None:
    """Return what `__init__` puts into `self.x`, if nothing but a count changes it later."""
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name) or node.value.id != "self":
        return None
    owner = next((each for each in tree.around(call) if isinstance(each, ast.ClassDef)), None)
    given = [
        (part, method)
        for method in (owner.body if owner is not None else ())
        if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef))
        for part in nodes_in(method)
        if isinstance(part, ast.Assign) and any(ast.unparse(target) == ast.unparse(node) for target in part.targets)
    ]
    if len(given) != 1 or given[0][1].name != "__init__" or tree.function(call) is given[0][1]:
        return None
    return given[0][0].value


def _binds(part: ast.Assign, name: str) -> bool:
    return any(isinstance(one, ast.Name) and one.id == name for one in part.targets)


def _is_fixed(code: Code, text: str, before: int) -> bool:
    if code.is_fixed(_BYTES.sub(" ", text).strip(" )(").replace("  ", " ") or '""', before) and (
        '"' in text or _BYTES.search(text) or re.fullmatch(r"[A-Z][A-Z0-9_]+", text)
    ):
        return True
    given = code.value_of(text, before) if re.fullmatch(r"\w+", text) else None
    if given is None:
        return False
    if _ZEROS.fullmatch(given[0]) or re.match(r"Buffer \. alloc \( \d+ \)", given[0]):
        return re.search(_FILLED.format(re.escape(text)), code.text[given[1] : before + 1]) is None
    return given[0].startswith("{") or (_BYTES.search(given[0]) is not None and _is_fixed(code, given[0], given[1]))
