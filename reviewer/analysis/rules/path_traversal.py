import re
from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.entries import Kind
from reviewer.analysis.file_paths import PATH_MAKERS, paths_given
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.outside import Entry, entry_into, is_checked, makers, shown
from reviewer.analysis.place import Place, dotted_name, has_double_star, keyword, positional, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.spoken import LANGUAGES, speech_of
from reviewer.analysis.spoken_checks import is_looked_at
from reviewer.analysis.template import called_name
from reviewer.analysis.tokens import Token

_CLEANING = frozenset(
    {"secure_filename", "safe_join", "basename", "get_valid_filename", "get_valid_name", "quote", "quote_plus", "uuid4"}
    | {"sanitize_filename", "slugify", "sub", "escape", "abort", "hexdigest", "splitext", "get_available_name"}
)
# Files that are no files on a disk, and so have no path.
_IN_MEMORY = frozenset(
    {"BytesIO", "StringIO", "TextIOWrapper", "BufferedReader", "ContentFile", "SpooledTemporaryFile"}
)
_CLEANED_PARTS = frozenset({"name", "stem", "suffix", "content_type", "mimetype"})
_ARCHIVES = frozenset({"tarfile.open", "tarfile.TarFile", "tarfile.TarFile.open", "tarfile.open.__enter__"})
_JAVASCRIPT = frozenset(
    {"readFile", "readFileSync", "writeFile", "writeFileSync", "appendFile", "appendFileSync", "createReadStream"}
    | {
        "createWriteStream",
        "rename",
        "renameSync",
        "copyFile",
        "outputFile",
        "unlink",
        "unlinkSync",
        "sendFile",
        "sendfile",
        "download",
        "readdir",
        "readdirSync",
        "rmSync",
    }
)
_SPOKEN = {
    "javascript": _JAVASCRIPT,
    "typescript": _JAVASCRIPT,
    "go": frozenset({"Open", "OpenFile", "ReadFile", "WriteFile", "Create", "Remove", "RemoveAll", "ServeFile"}),
    "java": frozenset({"File", "FileInputStream", "FileReader", "FileOutputStream", "FileWriter"}),
    "php": frozenset(
        {
            "include",
            "include_once",
            "require",
            "require_once",
            "fopen",
            "file_get_contents",
            "readfile",
            "unlink",
            "file",
        }
        | {"file", "file_put_contents", "move_uploaded_file", "opendir", "scandir", "show_source"}
    ),
}
_NEAR = 6
_INSIDE = regex(r"\.(?:startsWith|isRelativeTo)\s*\(|HasPrefix\(|path\.relative\(|filepath\.Rel\(|IsLocal\(")
_LAST_PART = regex(
    r"\.getFileName\(\)|FilenameUtils\.(?:getName|normalize)\(|basename\(|filepath\.Base\(|randomUUID|uuid"
)
_JAVA_PATHS = frozenset({"Paths.get", "Path.of", "Files.newInputStream"})
_JAVA_RESOLVES = frozenset({"resolve", "resolveSibling"})
_OF_URL = regex(r"ur[il]", re.IGNORECASE)


class PathTraversal(PythonRule, TokenRule):
    """A path is built from outside data, or an archive may write outside its folder.

    Why look: with `../` or a leading `/` the path leaves the folder it was meant for.
    Ask: what stops `../` and absolute paths here?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 22
    visits = (cst.Call,)
    languages = LANGUAGES
    words = (
        "readFile", "writeFile", "sendFile", "createReadStream", "download(", "ServeFile", "File(", "Reader(", "Open",
        "Stream(", "Paths", "include", "require", "fopen", "file_get_contents", "readfile", "ReadFile",
        "open", "os.", "shutil", "send_file", "send_from_directory", "FileResponse", "extract", "save", "Path", "glob",
        "read_", "write_", "resolve(", "rename", "Path.of", "unlink", "remove", "rmtree", "mkdir", "makedirs",
        "parse(", "connect(", "load", "render",
        "unpack_archive", "static_file", "copy", "move", "ZipFile", "listdir",
    )  # fmt: skip

    INVALID = (
        Example(
            "from flask import request\n\n\ndef show():\n    name = request.args.get('file')\n"
            "    return open('/srv/invoices/' + name).read()\n"
        ),
        Example(
            "import os\nfrom flask import Flask, send_file\n\napp = Flask(__name__)\n\n\n"
            "@app.route('/invoice/<path:name>')\ndef invoice(name):\n"
            "    return send_file(os.path.join('/srv/invoices', name))\n"
        ),
        Example(
            "import os\nfrom flask import request\n\n\ndef upload():\n    paper = request.files['paper']\n"
            "    paper.save(os.path.join('/srv/papers', paper.filename))\n"
        ),
        Example(
            "from pathlib import Path\nfrom fastapi import APIRouter\n\nrouter = APIRouter()\n\n\n"
            "@router.get('/notes/{name}')\nasync def note(name: str):\n    path = Path('notes') / name\n"
            "    return path.read_text()\n"
        ),
        Example("import os\n\n\ndef drop(request):\n    os.remove(f\"/srv/papers/{request.POST['name']}\")\n"),
        Example(
            "import tarfile\n\n\ndef unpack(name):\n    with tarfile.open(name) as t:\n        t.extractall('x')\n"
        ),
        Example("import tarfile\n\ntar = tarfile.open('orders.tgz')\ntar.extractall(filter='fully_trusted')\n"),
        Example("path = input('file: ')\nprint(open(path).read())\n"),
        Example(
            "import os\nimport zipfile\n\n\ndef unpack(source, folder):\n    archive = zipfile.ZipFile(source)\n"
            "    for name in archive.namelist():\n"
            "        with open(os.path.join(folder, name), 'wb') as file:\n            file.write(archive.read(name))\n"
        ),
        Example(
            "from pathlib import Path\nfrom flask import request\n\nNOTES = Path('notes')\n\n\n"
            "def read(name):\n    return (NOTES / name).read_text()\n\n\n"
            "def show():\n    return read(request.args['name'])\n"
        ),
        Example(
            "import os\n\n\ndef unpack(archive, folder):\n    for leaf in archive.infolist():\n"
            "        keep(archive, leaf, folder)\n\n\ndef keep(archive, leaf, folder):\n"
            "    with open(os.path.join(folder, leaf.filename), 'wb') as file:\n        file.write(b'')\n"
        ),
        Example("fs.readFile('/srv/papers/' + req.query.name, done);\n", path="shop/papers.js"),
        Example("const { name } = req.params;\nres.sendFile(path.join(BASE, name));\n", path="shop/papers.ts"),
        Example('data, err := os.ReadFile("/srv/papers/" + r.URL.Query().Get("name"))\n', path="shop/papers.go"),
        Example('class A { File f() { return new File(BASE, request.getParameter("name")); } }\n', path="shop/A.java"),
        Example("<?php\ninclude('pages/' . $_GET['page'] . '.php');\n", path="shop/page.php"),
        Example(
            "class Upload {\n  void keep(MultipartFile paper) throws IOException {\n"
            "    paper.transferTo(folder.resolve(paper.getOriginalFilename()));\n  }\n}\n",
            path="shop/Upload.java",
        ),
        Example(
            "app.post('/up', (req, res) => {\n  const to = path.join(DIR, req.file.originalname);\n"
            "  fs.writeFileSync(to, req.file.buffer);\n});\n",
            path="shop/up.js",
        ),
        Example(
            'func up(w http.ResponseWriter, r *http.Request) {\n\tfile, header, err := r.FormFile("paper")\n'
            "\tout, err := os.Create(filepath.Join(dir, header.Filename))\n\tio.Copy(out, file)\n}\n",
            path="shop/up.go",
        ),
    )
    VALID = (
        Example(
            "class Upload {\n  void keep(MultipartFile paper) throws IOException {\n"
            "    Path to = folder.resolve(paper.getOriginalFilename()).normalize();\n"
            "    if (!to.startsWith(folder)) {\n      throw new IOException();\n    }\n    paper.transferTo(to);\n"
            "  }\n}\n",
            path="shop/Upload.java",
        ),
        Example(
            "app.post('/up', (req, res) => {\n"
            "  fs.renameSync(req.file.path, path.join(DIR, path.basename(req.file.originalname)));\n});\n",
            path="shop/up.js",
        ),
        Example(
            "import os\nfrom flask import request\nfrom werkzeug.utils import secure_filename\n\n\ndef upload():\n"
            "    paper = request.files['paper']\n    name = secure_filename(paper.filename)\n"
            "    paper.save(os.path.join('/srv/papers', name))\n"
        ),
        Example(
            "import os\nfrom flask import abort, request\n\nBASE = '/srv/papers'\n\n\ndef show():\n"
            "    path = os.path.realpath(os.path.join(BASE, request.args['name']))\n"
            "    if not path.startswith(BASE + os.sep):\n        abort(404)\n    return open(path).read()\n"
        ),
        Example(
            "from flask import request\n\nPAGES = {'about', 'help'}\n\n\ndef show():\n    page = request.args['page']\n"
            "    if page not in PAGES:\n        return None\n    return open(f'pages/{page}.html').read()\n"
        ),
        Example("def load(path):\n    with open(path) as file:\n        return file.read()\n"),
        Example("import sys\n\nwith open(sys.argv[1]) as file:\n    print(file.read())\n", path="tests/test_show.py"),
        Example("import tarfile\n\nwith tarfile.open(name) as tar:\n    tar.extractall('x', filter='data')\n"),
        Example("import zipfile\n\nwith zipfile.ZipFile(name) as archive:\n    archive.extractall('x')\n"),
        Example("from flask import send_from_directory\n\n\ndef show(n):\n    return send_from_directory('x', n)\n"),
        Example(
            "import os\nfrom flask import request\n\n\ndef show():\n    name = os.path.basename(request.args['name'])\n"
            "    return open('/srv/papers/' + name).read()\n"
        ),
        Example(
            "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.route('/order/<int:number>')\n"
            "def order(number):\n    return open(f'/srv/orders/{number}.json').read()\n"
        ),
        Example(
            "from io import BytesIO\nfrom flask import request\nfrom PIL import Image\n\n\ndef show():\n"
            "    body = request.files['leaf'].read()\n    return Image.open(BytesIO(body)).size\n"
        ),
        Example(
            "import pandas\nfrom flask import request\n\n\ndef load():\n    sheet = request.files['sheet']\n"
            "    return pandas.read_csv(sheet)\n"
        ),
        Example(
            "from pathlib import Path\nfrom flask import abort, request\n\n\n"
            "def read(name):\n    return Path('notes', name).read_text()\n\n\n"
            "def show():\n    name = request.args['name']\n    if name not in NOTES:\n        abort(404)\n"
            "    return read(name)\n"
        ),
        Example("fs.readFile(path.join(BASE, path.basename(req.query.name)), done);\n", path="shop/papers.js"),
        Example("fs.readFile(name, done);\nres.sendFile(path.join(BASE, 'index.html'));\n", path="shop/index.ts"),
        Example('data, err := os.ReadFile(filepath.Base(r.FormValue("name")))\n', path="shop/papers.go"),
        Example("<?php\nreadfile('/srv/papers/' . basename($_GET['name']));\n", path="shop/papers.php"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or at.file.is_test:
            return
        for path in paths_given(node, at):
            if _is_upload(path, at):
                continue
            entry = entry_into(path, at, lambda part: _is_clean(part, at))
            if entry is not None and not is_checked(entry, node, at):
                yield Sighting(node, _said(entry, node, at), _severity(entry))
                return
        yield from _unpacked(node, at)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - read whole
        if not file.is_test:
            yield from _spoken(file)


def _is_upload(node: cst.BaseExpression, at: Place) -> bool:
    """True for an uploaded file itself, which libraries read as they read any open file."""
    for made in makers(node, at):
        match made:
            case cst.Subscript(value=cst.Attribute(attr=cst.Name("files" | "FILES"))):
                return True
            case cst.Call(func=cst.Attribute(value=cst.Attribute(attr=cst.Name("files" | "FILES")))):
                return True
    return False


def _severity(entry: Entry) -> Severity:
    """Whoever types a file's name or starts the program may read the file anyway."""
    return {Kind.TYPED: Severity.LOW, Kind.LOCAL: Severity.INFO}.get(entry.kind, Severity.HIGH)


def _said(entry: Entry, call: cst.Call, at: Place) -> str:
    return f"`{shown(entry.node, at)}` becomes part of the path that `{shown(call.func, at)}` gets"


def _is_clean(node: cst.CSTNode, at: Place) -> bool:
    match node:
        case cst.Call():
            return called_name(node) in _CLEANING or called_name(node) in _IN_MEMORY
        case cst.Attribute(attr=cst.Name("stream" | "file")):
            return True
        case cst.Attribute(value=cst.Call(func=func), attr=cst.Name(part)):
            return part in _CLEANED_PARTS and at.name(func) in PATH_MAKERS
        case cst.Subscript(value=cst.Call() as call):
            return called_name(call) in ("rsplit", "split", "splitext", "rpartition") and _is_last(node)
        case _:
            return False


def _is_last(node: cst.Subscript) -> bool:
    """True for `[-1]`: the last part of a path, or a suffix."""
    index = node.slice[0].slice
    return isinstance(index, cst.Index) and isinstance(index.value, cst.UnaryOperation)


def _unpacked(call: cst.Call, at: Place) -> Iterator[Sighting]:
    """Report members of a tar archive written where the archive says."""
    name = at.name(call.func) or ""
    if name == "shutil.unpack_archive":
        if keyword(call, "filter") is None and len(positional(call)) < 4 and not has_double_star(call):
            yield Sighting(call, "`shutil.unpack_archive` without `filter` lets a tar write anywhere", Severity.LOW)
        return
    if not isinstance(call.func, cst.Attribute) or called_name(call) not in ("extractall", "extract"):
        return
    if not _is_tar(call.func.value, at) or has_double_star(call):
        return
    given, members = keyword(call, "filter"), keyword(call, "members")
    if given is not None and string_value(given) != "fully_trusted" and dotted_name(given) != "None":
        return
    severity = Severity.LOW if isinstance(members, (cst.Call, cst.ListComp, cst.GeneratorExp)) else Severity.MEDIUM
    said = "with a filter that trusts all" if given is not None else "without `filter`"
    yield Sighting(call, f"`{shown(call.func, at)}` {said} writes wherever the archive says", severity)


def _is_tar(owner: cst.BaseExpression, at: Place) -> bool:
    if "tarfile" not in {origin.partition(".")[0] for origin in at.imports.values()}:
        return False
    made = list(makers(owner, at))
    if at.name(owner) == "tarfile" or any(isinstance(one, cst.Call) and at.name(one.func) in _ARCHIVES for one in made):
        return True
    is_unknown = all(one is owner for one in made)
    return is_unknown and (dotted_name(owner) or "").rpartition(".")[2].startswith(("tar", "tf"))


def _is_held_inside(file: ChangedFile, line: int) -> bool:
    """True if the path is normalised and compared with its folder right after it is made, or only its last part "
    "kept."""
    text = "\n".join(file.lines[line - 1 : line + _NEAR])
    return _INSIDE.search(text) is not None or _LAST_PART.search(file.lines[line - 1]) is not None


def _spoken(file: ChangedFile) -> Iterator[LineSighting]:
    speech, language = speech_of(file), language_of(file) or ""
    for call in speech.calls:
        is_java_path = call.name in _JAVA_PATHS or (call.method in _JAVA_RESOLVES and _OF_URL.search(call.name) is None)
        is_spoken = call.method in _SPOKEN.get(language, ()) and (call.is_new or language != "java")
        if is_spoken or (language == "java" and is_java_path):
            paths = (argument for argument in call.arguments if not any(word.text == "=>" for word in argument))
            entry = next((entry for path in paths if (entry := speech.outside(path)) is not None), None)
            if entry is not None and not (is_looked_at(file, entry, call.line) or _is_held_inside(file, call.line)):
                yield LineSighting(call.line, f"`{entry}` becomes part of the path that `{call.name}` gets")
