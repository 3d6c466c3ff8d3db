import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.origin import names_read
from reviewer.analysis.outside import makers
from reviewer.analysis.place import Place, dotted_name, positional, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import called_name

_CLEANED = regex(
    r"secure_filename|get_valid_filename|get_valid_name|basename|sanitize_filename|slugify|get_available_name|splitext|"
    r"\.suffix\b|rsplit|rpartition"
)
_NAME = regex(
    r"\.(?:filename|raw_filename|client_filename)\b|\bfilename\b|(?:file|upload\w*|image|photo|avatar|picture|document)\.name\b"
)
# Words by which the code asks what kind of file it is.
_ASKS = regex(
    r"allowed|ALLOWED|accept|endswith|content_type|mime|MIME|imghdr|magic|filetype|Image\.open|verify|valid|whitelist|"
    r"permitted|IMAGES|UploadSet|FileAllowed|scan|sniff|detect|(?i:\w*(?:ext|suffix)\w*\W{0,3}(?:lower\W{0,3})?\s*)"
    r"(?:not in|in|==|!=)\s|\[\w*(?:ext|suffix)\w*\]|\.get\(\w*(?:ext|suffix)"
)
_SAVING = frozenset({"save", "save_as", "save_to"})
_SERVED = regex(r"static|media|public|www|htdocs|web_?root|assets", re.IGNORECASE)
_MOST_STEPS = 8


class UnrestrictedUpload(PythonRule):
    """An uploaded file is kept under the name its sender gave it, whatever kind of file it is.

    Why look: a page, a script or a picture with code in it is then served, or run, from this site.
    Ask: which kinds of files are meant to be here, and what looks at more than the name?
    """

    informs = "security"
    severity = Severity.LOW
    cwe = 434
    visits = (cst.Call,)
    words = ("save(", "save_as(", "open(", "write_bytes(", "copyfileobj(", "aiofiles")

    INVALID = (
        Example(
            "import os\nimport uuid\nfrom flask import request\n\n\ndef add():\n    leaf = request.files['leaf']\n"
            "    ext = os.path.splitext(leaf.filename)[1]\n    leaf.save(f'/srv/leaves/{uuid.uuid4().hex}{ext}')\n"
        ),
        Example(
            "import os\nfrom flask import request\nfrom werkzeug.utils import secure_filename\n\n\ndef add():\n"
            "    leaf = request.files['leaf']\n    name = secure_filename(leaf.filename)\n"
            "    leaf.save(os.path.join('/srv/leaves', name))\n"
        ),
        Example(
            "import os\nfrom fastapi import UploadFile\n\n\nasync def add(leaf: UploadFile):\n"
            "    name = os.path.basename(leaf.filename)\n    with open(f'static/{name}', 'wb') as out:\n"
            "        out.write(await leaf.read())\n"
        ),
        Example(
            "from pathlib import Path\nfrom flask import request\nfrom werkzeug.utils import secure_filename\n\n\n"
            "def add():\n    leaf = request.files['leaf']\n"
            "    where = Path('leaves') / secure_filename(leaf.filename)\n    where.write_bytes(leaf.read())\n"
        ),
    )
    VALID = (
        Example(
            "import os\nimport uuid\nfrom flask import request\n\nKINDS = {'.png', '.jpg'}\n\n\ndef add():\n"
            "    leaf = request.files['leaf']\n    ext = os.path.splitext(leaf.filename)[1].lower()\n"
            "    if ext not in KINDS:\n        return None\n    leaf.save(f'/srv/leaves/{uuid.uuid4().hex}{ext}')\n"
        ),
        Example(
            "import os\nfrom flask import request\nfrom werkzeug.utils import secure_filename\n\n\ndef add():\n"
            "    leaf = request.files['leaf']\n    name = secure_filename(leaf.filename)\n"
            "    if not allowed_file(name):\n        return None\n    leaf.save(os.path.join('/srv/leaves', name))\n"
        ),
        Example(
            "import uuid\nfrom flask import request\n\n\ndef add():\n    leaf = request.files['leaf']\n"
            "    leaf.save(f'/srv/leaves/{uuid.uuid4().hex}.bin')\n"
        ),
        Example("def keep(order, name):\n    order.save(name)\n    open(name, 'wb').write(order)\n"),
        Example(
            "from flask import request\nfrom werkzeug.utils import secure_filename\n\n\ndef show():\n"
            "    return open(secure_filename(request.args['filename'])).read()\n"
        ),
        Example(
            "from flask import request\nfrom werkzeug.utils import secure_filename\n\n\ndef test_add():\n"
            "    leaf = request.files['leaf']\n    leaf.save(secure_filename(leaf.filename))\n",
            path="tests/test_add.py",
        ),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or at.file.is_test or at.function is None:
            return
        target = _target(node, at)
        if target is None:
            return
        parts = _made_of(target, at)
        said = "\n".join(at.code(part) for part in parts)
        # A name nobody cleaned is what path-traversal speaks about.
        if _CLEANED.search(said) is None or _NAME.search(said) is None or not _is_of_upload(at):
            return
        if _ASKS.search(at.code(at.function).replace("get_valid_filename", "").replace("get_valid_name", "")):
            return
        where = "\n".join([said, *(line for name in _constants(parts) for line in _defined(name, at))])
        severity = Severity.MEDIUM if _SERVED.search(where) else Severity.LOW
        yield Sighting(node, "an uploaded file of any kind is kept under its own name", severity)


def _target(call: cst.Call, at: Place) -> cst.BaseExpression | None:
    """Return the path a call writes to."""
    method, values = called_name(call), positional(call)
    if method in _SAVING and isinstance(call.func, cst.Attribute):
        return values[0] if values else None
    if method == "open" and at.name(call.func) in ("open", "aiofiles.open", "io.open", "anyio.open_file"):
        mode = string_value(values[1]) if len(values) > 1 else None
        return values[0] if mode is not None and set(mode) & set("wax") else None
    if method == "write_bytes" and isinstance(call.func, cst.Attribute):
        return call.func.value
    if method == "open" and isinstance(call.func, cst.Attribute) and values and "w" in (string_value(values[0]) or ""):
        return call.func.value
    return None


def _is_of_upload(at: Place) -> bool:
    code = at.code(at.function) if at.function is not None else ""
    return (
        re.search(r"UploadFile|\.files\b|\.FILES\b|FileStorage|\.file\b|UploadedFile|multipart|\.filename\b", code)
        is not None
    )


def _made_of(node: cst.BaseExpression, at: Place) -> list[cst.CSTNode]:
    """Return the expression and what the names in it were made of."""
    todo: list[cst.CSTNode] = [node]
    parts: list[cst.CSTNode] = []
    seen: set[str] = set()
    while todo and len(parts) < _MOST_STEPS:
        part = todo.pop()
        parts.append(part)
        for name in names_read(part):
            if name not in seen:
                seen.add(name)
                todo += [made for made in makers(cst.Name(name), at) if not isinstance(made, cst.Name)]
    return parts


def _constants(parts: list[cst.CSTNode]) -> set[str]:
    return {
        name for part in parts for name in names_read(part) if (dotted_name(part) or name).isupper() or name.isupper()
    }


def _defined(name: str, at: Place) -> Iterator[str]:
    return (line for line in at.source.lines if line.startswith((f"{name} =", f"{name}: ")))
