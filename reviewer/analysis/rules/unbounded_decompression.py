import re
from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.outside import argument, entry_into, makers
from reviewer.analysis.outside import shown as seen
from reviewer.analysis.phrases import code_of, shown
from reviewer.analysis.place import Place, keyword
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.template import called_name
from reviewer.analysis.tokens import Token

_COPIED = regex(r"(?<!\S)(?:io|ioutil) \. (?P<call>Copy|CopyBuffer|ReadAll) (?P<open>\()")
_UNPACKED = regex(
    r"(?<!\S)(?:gzip|zlib|bzip2|flate|lzw|tar|zstd|lz4|snappy|xz|pgzip|brotli) \. New\w*Reader\w* \(|"
    r"(?<!\S)(?:f|file|zf|zipFile|entry|zipEntry|\w+ \. File \[ \w+ \]) \. Open \( \)"
)
_OF_ZIP = regex(r"(?<!\S)zip \. (?:OpenReader|NewReader) \(")


# What unpacks all it is given, and the argument that limits it.
_WHOLE = {
    "gzip.decompress": "", "bz2.decompress": "", "lzma.decompress": "", "zlib.decompress": "", "brotli.decompress": "",
    "zstandard.decompress": "max_output_size", "snappy.decompress": "", "lz4.frame.decompress": "",
    "zstd.decompress": "",    "isal.igzip.decompress": "", "snappy.uncompress": "", "lz4.block.decompress": "",
}  # fmt: skip
_FILES = frozenset({"gzip.GzipFile", "gzip.open", "bz2.BZ2File", "bz2.open", "lzma.LZMAFile", "lzma.open"})
_OBJECTS = frozenset({"zlib.decompressobj", "bz2.BZ2Decompressor", "lzma.LZMADecompressor"})


class UnboundedDecompression(PythonRule, TokenRule):
    """What is unpacked is copied to its end, however long that is.

    Why look: a few kilobytes can unpack to gigabytes, and fill memory or disk.
    Ask: how large may it be at most, and what stops it there?
    """

    informs = "scale"
    severity = Severity.MEDIUM
    cwe = 409
    visits = (cst.Call,)
    words = (
        "decompress",
        "GzipFile",
        "BZ2File",
        "LZMAFile",
        "gzip",
        "zlib",
        "bzip2",
        "flate",
        "lzw",
        "tar.",
        "zstd",
        "zip.",
        "lz4",
        "snappy",
        "xz.",
        "brotli",
    )
    languages = frozenset({"go"})

    INVALID = (
        Example("import gzip\nfrom flask import request\n\n\ndef load():\n    return gzip.decompress(request.data)\n"),
        Example(
            "import zlib\nfrom fastapi import FastAPI, Request\n\napp = FastAPI()\n\n\ndef text_of(body):\n"
            "    return zlib.decompress(body, 31)\n\n\n@app.post('/teas')\nasync def add(request: Request):\n"
            "    return text_of(await request.body())\n"
        ),
        Example(
            "import gzip\nfrom io import BytesIO\nfrom django.http import HttpRequest\n\n\ndef load(request):\n"
            "    return gzip.GzipFile(fileobj=BytesIO(request.body)).read()\n"
        ),
        Example(
            "import zlib\nfrom flask import request\n\n\ndef load():\n    unpacker = zlib.decompressobj()\n"
            "    return unpacker.decompress(request.get_data())\n"
        ),
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
        Example(
            "import zlib\nfrom flask import request\n\n\ndef load():\n    unpacker = zlib.decompressobj()\n"
            "    return unpacker.decompress(request.get_data(), LIMIT)\n"
        ),
        Example("import gzip\n\n\ndef load(path):\n    return gzip.decompress(path.read_bytes())\n"),
        Example(
            "import gzip\nfrom flask import request\n\n\ndef load():\n"
            "    return gzip.GzipFile(fileobj=request.stream).read(LIMIT)\n"
        ),
        Example(
            "import gzip\nfrom flask import request\n\n\ndef test_load():\n    gzip.decompress(request.data)\n",
            path="tests/test_load.py",
        ),
        Example("r, err := gzip.NewReader(body)\nio.CopyN(out, r, limit)\n", path="shop/pack.go"),
        Example("r, err := gzip.NewReader(body)\nio.Copy(out, io.LimitReader(r, limit))\n", path="shop/pack.go"),
        Example('r, err := os.Open("a")\nio.Copy(out, r)\n// gzip.NewReader(r)\n', path="shop/pack.go"),
        Example("w := gzip.NewWriter(out)\nio.Copy(w, file)\n", path="shop/pack.go"),
        Example("r, _ := gzip.NewReader(body)\ndata, err := io.ReadAll(r)\n", path="shop/pack_test.go"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or at.file.is_test:
            return
        packed = _packed(node, at)
        entry = entry_into(packed, at) if packed is not None else None
        if entry is not None and entry.is_remote:
            said = f"`{seen(node.func, at)}` takes all that `{seen(entry.node, at)}` unpacks to"
            yield Sighting(node, said)

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


def _packed(call: cst.Call, at: Place) -> cst.BaseExpression | None:
    """Return what a call unpacks without a limit."""
    name, method = at.name(call.func) or "", called_name(call)
    if name in _WHOLE and at.is_imported(call.func):
        limit = _WHOLE[name]
        return argument(call, 0, "data") if not limit or keyword(call, limit) is None else None
    if not isinstance(call.func, cst.Attribute) or len(call.args) > 1:
        return None
    made = [one for one in makers(call.func.value, at) if isinstance(one, cst.Call)]
    if method == "decompress" and any(at.name(one.func) in _OBJECTS for one in made):
        return argument(call, 0, "data")
    if method == "read" and not call.args:
        opened = next((one for one in made if at.name(one.func) in _FILES), None)
        return argument(opened, 0, "fileobj", "filename") or keyword(opened, "fileobj") if opened is not None else None
    return None
