import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.phrases import code_of
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_PARSED = regex(
    r"(?<!\S)(?P<name>\w+) , \w+ :?= strconv \. (?:(?P<any>Atoi) \( (?P<text>[^()]{1,80}?) \)|"
    r"Parse(?P<sign>Int|Uint) \( [^,]{1,80} , [^,]{1,20} , (?P<bits>\w+) \))"
)
_SIZES = {"8": 8, "16": 16, "32": 32, "64": 64, "0": 64}
_FAR = 1_500


class NarrowingConversion(TokenRule):
    """A number is read as a wide one and cut down to a narrow one without a look at its size.

    Why look: 4294967297 becomes 1, silently, and every check before it saw the larger number.
    Ask: which sizes can the text hold, and would parsing with the right number of bits do?
    """

    informs = "edge-cases"
    severity = Severity.MEDIUM
    cwe = 190
    words = ("strconv.",)
    languages = frozenset({"go"})

    INVALID = (
        Example(
            "n, err := strconv.Atoi(text)\nif err != nil {\n\treturn err\n}\nsize := int32(n)\n", path="shop/size.go"
        ),
        Example("n, err := strconv.ParseInt(text, 10, 64)\nuse(int16(n))\n", path="shop/size.go"),
        Example('n, err := strconv.Atoi("2147483648")\nvalue := int16(n)\n', path="shop/size.go"),
        Example("n, _ := strconv.ParseUint(text, 10, 32)\nvalue := uint8(n)\n", path="shop/size.go"),
    )
    VALID = (
        Example("n, err := strconv.ParseInt(text, 10, 32)\nsize := int32(n)\n", path="shop/size.go"),
        Example(
            "n, err := strconv.Atoi(text)\nif n > math.MaxInt32 {\n\treturn\n}\nsize := int32(n)\n", path="shop/size.go"
        ),
        Example('n, err := strconv.Atoi("10")\nvalue := int16(n)\n', path="shop/size.go"),
        Example("n, err := strconv.Atoi(text)\nvalue := int64(n)\n// int8(n)\n", path="shop/size.go"),
        Example("n, err := strconv.Atoi(text)\nvalue := int8(m)\n", path="shop/size.go"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        if file.is_test:
            return
        code = code_of(file)
        for _, match in code.find(_PARSED):
            name, after = re.escape(match["name"]), code.text[match.end() : match.end() + _FAR]
            end = re.search(rf" func |(?<!\S){name} , \w+ :?= ", after)
            after = after[: end.start()] if end else after
            cut = re.search(rf"(?<!\S)(u?int(8|16|32)) \( {name} \)", after)
            if cut is None or _SIZES.get(match["bits"] or "64", 64) <= int(cut[2]):
                continue
            is_checked = re.search(
                rf"(?<!\S){name} (?:<|>|<=|>=|== \d) |(?:<|>|<=|>=) {name}(?!\S)", after[: cut.start()]
            )
            if not is_checked and not _fits(match["text"] or "", int(cut[2])):
                line = code.line_at(match.end() + cut.start())
                yield LineSighting(line, f"`{cut[1]}({match['name']})` cuts off what does not fit")


def _fits(text: str, bits: int) -> bool:
    number = re.fullmatch(r'"(-?\d{1,20})"', text)
    return number is not None and abs(int(number[1])) < 2 ** (bits - 1)
