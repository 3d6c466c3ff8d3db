import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.phrases import code_of, shown
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_COPIED = regex(r"(?<!\S)(?:io|ioutil) \. (?P<call>Copy|CopyBuffer|ReadAll) (?P<open>\()")
_UNPACKED = regex(
    r"(?<!\S)(?:gzip|zlib|bzip2|flate|lzw|tar|zstd|lz4|snappy|xz|pgzip|brotli) \. New\w*Reader\w* \(|"
    r"(?<!\S)(?:f|file|zf|zipFile|entry|zipEntry|\w+ \. File \[ \w+ \]) \. Open \( \)"
)
_OF_ZIP = regex(r"(?<!\S)zip \. (?:OpenReader|NewReader) \(")


class UnboundedDecompression(TokenRule):
    """What is unpacked is copied to its end, however long that is.

    Why look: a few kilobytes can unpack to gigabytes, and fill memory or disk.
    Ask: how large may it be at most, and what stops it there?
    """

    informs = "scale"
    severity = Severity.MEDIUM
    cwe = 409
    words = ("gzip", "zlib", "bzip2", "flate", "lzw", "tar.", "zstd", "zip.", "lz4", "snappy", "xz.", "brotli")
    languages = frozenset({"go"})

    INVALID = (
        Example(
            "r, err := gzip.NewReader(body)\nif err != nil {\n\treturn err\n}\nio.Copy(out, r)\n", path="shop/pack.go"
        ),
        Example("r := flate.NewReader(body)\ndata, err := io.ReadAll(r)\n", path="shop/pack.go"),
        Example(
            'z, err := zip.OpenReader("a.zip")\nfor _, f := range z.File {\n'
            "\trc, err := f.Open()\n\t_, err = io.Copy(out, rc)\n}\n",
            path="shop/pack.go",
        ),
        Example("r, _ := zlib.NewReader(b)\n_, err = io.CopyBuffer(out, r, buffer)\n", path="shop/pack.go"),
    )
    VALID = (
        Example("r, err := gzip.NewReader(body)\nio.CopyN(out, r, limit)\n", path="shop/pack.go"),
        Example("r, err := gzip.NewReader(body)\nio.Copy(out, io.LimitReader(r, limit))\n", path="shop/pack.go"),
        Example('r, err := os.Open("a")\nio.Copy(out, r)\n// gzip.NewReader(r)\n', path="shop/pack.go"),
        Example("w := gzip.NewWriter(out)\nio.Copy(w, file)\n", path="shop/pack.go"),
        Example("r, _ := gzip.NewReader(body)\ndata, err := io.ReadAll(r)\n", path="shop/pack_test.go"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - phrases
        if file.is_test:
            return
        code = code_of(file)
        has_zip = _OF_ZIP.search(code.text) is not None
        for line, match in code.find(_COPIED):
            arguments = code.arguments(match.start("open"))
            source = arguments[0 if match["call"] == "ReadAll" else 1 : 2][:1]
            if not source or "LimitReader" in source[0] or "MaxBytesReader" in source[0]:
                continue
            given = code.value_of(source[0], match.start()) if re.fullmatch(r"\w+", source[0]) else None
            text = given[0] if given is not None else source[0]
            unpacked = _UNPACKED.search(text)
            if unpacked is not None and (has_zip or ". Open" not in unpacked[0]):
                yield LineSighting(line, f"`{match['call']}` takes all that `{shown(source[0])}` unpacks to")
