from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.phrases import phrase, spoken
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_PHRASES = (
    phrase(
        "go",
        r"unsafe \. (?:Pointer|Slice|String|StringData|SliceData|Add)",
        "`{0}` goes round the types and the bounds",
    ),
    phrase(
        "javascript typescript",
        r"(?:\w+ \. )?(?:read|write)(?:U?Int(?:8|16LE|16BE|32LE|32BE)|FloatLE|FloatBE|DoubleLE|DoubleBE) "
        r"\( [^()]{1,80} , true \)",
        "`{0}` reads or writes without a look at the bounds",
    ),
    phrase(
        "javascript typescript",
        r"new Buffer \(",
        "`{0}…)` may hold what other code left in memory",
    ),
    phrase("csharp", r"unsafe \{", "`unsafe` goes round the types and the bounds"),
)


class UnsafeMemory(TokenRule):
    """Memory is used past the checks of the language.

    Why look: a wrong length then reads or changes what belongs to something else, without an error.
    Ask: what was measured to need this, and which test would notice a wrong length?
    """

    informs = "correctness"
    severity = Severity.LOW
    cwe = 242
    words = ("unsafe", "UInt", "Int8", "Int16", "Int32", "Float", "Double", "new Buffer")
    languages = frozenset({"go", "javascript", "typescript", "csharp"})

    INVALID = (
        Example("p := unsafe.Pointer(&x)\n", path="shop/fast.go"),
        Example("const n = data.readUInt8(offset, true);\n", path="shop/fast.js"),
        Example("const b = new Buffer(size);\n", path="shop/fast.js"),
        Example("data.writeInt32LE(price, at, true);\n", path="shop/fast.ts"),
    )
    VALID = (
        Example("n := unsafe.Sizeof(x)\n// unsafe.Pointer\n", path="shop/fast.go"),
        Example("const n = data.readUInt8(offset);\nconst m = data.readUInt8(0, false);\n", path="shop/fast.js"),
        Example("const b = Buffer.alloc(size);\nconst c = Buffer.from(text);\n", path="shop/fast.js"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        if not file.is_test:
            yield from spoken(file, _PHRASES)
