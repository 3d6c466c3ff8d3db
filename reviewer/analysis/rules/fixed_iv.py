import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.phrases import Code, code_of
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
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


class FixedIv(TokenRule):
    """An encryption begins with the same initialisation vector each time.

    Why look: equal texts then become equal ciphers, and with GCM or CTR two messages give both away.
    Ask: could it be drawn anew for each message and stored in front of it?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 329
    words = ("IvParameterSpec", "GCMParameterSpec", "createCipheriv", "NewCBCEncrypter", "NewCTR", "NewCFB", "NewOFB")
    languages = frozenset({"java", "kotlin", "javascript", "typescript", "go"})

    INVALID = (
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
            "byte[] iv = new byte[16];\nrandom.nextBytes(iv);\nspec = new IvParameterSpec(iv);\n", path="shop/Seal.java"
        ),
        Example("spec = new IvParameterSpec(message.iv());\n", path="shop/Seal.java"),
        Example("const iv = crypto.randomBytes(16);\ncrypto.createCipheriv('aes-256-gcm', key, iv);\n", path="seal.js"),
        Example(
            "iv := make([]byte, 16)\nio.ReadFull(rand.Reader, iv)\nstream := cipher.NewCTR(block, iv)\n", path="seal.go"
        ),
        Example("void seal(byte[] iv) { spec = new IvParameterSpec(iv); }\n", path="shop/Seal.java"),
    )

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
