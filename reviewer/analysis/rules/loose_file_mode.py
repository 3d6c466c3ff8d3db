import stat
from collections.abc import Iterator, Mapping, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.code_text import GO, JVM, PHP, RUBY, SCRIPT, SHELL, YAML, languages_of, seen_in, sign
from reviewer.analysis.finding import Severity
from reviewer.analysis.literals import literal_of, quote, value_of
from reviewer.analysis.place import Place, dotted_name, keyword, positional
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.template import called_name
from reviewer.analysis.tokens import Token

# Where the mode stands among the positional arguments.
_MODES: Mapping[str, int] = {
    "chmod": 1, "fchmod": 1, "lchmod": 1, "fchmodat": 1, "mkdir": 1, "makedirs": 1, "mkfifo": 1, "mknod": 1,
}  # fmt: skip
_OWNERS = frozenset({"os", "path", "Path", "pathlib", "posix", "anyio", "aiofiles", "sftp"})
_OPEN = frozenset({"os.open", "posix.open"})
_UMASK = "os.umask"
_SIGNS = (
    sign(
        SHELL | YAML,
        r"\bchmod (?:-\w+ |--\w+ ){0,3}(?:0?[0-7]?(?:77|66)[67]|[0-7]{0,2}[0-7][2367]|a\+rwx|a\+w|o\+\w*w|"
        r"ugo\+\w*w|a=rwx)\b|\bumask 0{1,4}(?=\s|\Z)|\b(?:install|mkdir) (?:-\w+ ){0,2}-m ?0?777\b",
        "`{0}` lets every user of the machine write it",
    ),
    sign(SHELL, r"(?:COPY|ADD) --chmod ?= ?0?(?:777|666)\b", "`{0}` lets every user of the machine write it"),
    sign(
        YAML,
        r"\b(?:mode|defaultMode) ?: ?[\"']?0?o?(?:777|666)\b[\"']?",
        "`{0}` lets every user of the machine write it",
    ),
    sign(
        SCRIPT,
        r"\bf?chmod(?:Sync)?\([^;\n]{1,120},(?:0o?|[\"']0?)(?:777|666)\b|\bf?chmod(?:Sync)?\([^;\n]{1,120},511\b|"
        r"\bumask\(0",
        "`{0}` lets every user of the machine write it",
    ),
    sign(
        GO,
        r"\bos\.(?:Chmod|MkdirAll|Mkdir|WriteFile|OpenFile)\([^;\n]{1,160},0o?(?:777|666)\)|"
        r"\bioutil\.WriteFile\([^;\n]{1,160},0o?(?:777|666)\)|\bsyscall\.Umask\(0\)",
        "`{0}` lets every user of the machine write it",
    ),
    sign(
        JVM,
        r"\.set(?:Writable|Readable|Executable)\(true,false\)|PosixFilePermission\.OTHERS_WRITE|"
        r"PosixFilePermissions\.fromString\(\"\w{7}w\w\"",
        "`{0}` opens it to every user of the machine",
    ),
    sign(
        PHP,
        r"(?<![\w>:$])(?:chmod|mkdir)\([^;\n]{1,120},0?(?:777|666)\b|(?<![\w>:$])umask\(0+\)",
        "`{0}` lets every user of the machine write it",
    ),
    sign(RUBY, r"\bchmod(?:_R)?[( ]0?o?(?:777|666)\b", "`{0}` lets every user of the machine write it"),
)


class LooseFileMode(PythonRule, TokenRule):
    """A file or folder may be written or run by other users of the machine.

    Why look: any program on the machine can then change it, and what it changes may be run as somebody else.
    Ask: who has to write this file, and would 0o600 or 0o640 do?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 732
    words = (
        "chmod", "umask", "mkdir", "makedirs", "mkfifo", "mknod", "open", "Chmod", "mode", "Mode", "WriteFile",
        "OpenFile", "setWritable", "setReadable", "setExec", "OTHERS_WRITE", "PosixFile", "install", "Umask",
    )  # fmt: skip
    visits = (cst.Call,)
    languages = languages_of(_SIGNS)

    INVALID = (
        Example("import os\n\nos.chmod(path, 0o777)\n"),
        Example("import os\n\nos.chmod(path, 0o666)\nos.chmod(path, 511)\n"),
        Example("import os, stat\n\nos.chmod(path, stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO)\n"),
        Example("from pathlib import Path\n\nPath('orders.db').chmod(0o664)\n"),
        Example("import os\n\nos.makedirs(folder, mode=0o777, exist_ok=True)\n"),
        Example("import os\n\nos.umask(0)\n"),
        Example("import os\n\nhandle = os.open(path, os.O_CREAT | os.O_WRONLY, 0o666)\n"),
        Example("import os\n\nMODE = 0o777\nos.chmod(path, MODE)\n"),
        Example("import os, stat\n\nos.chmod(script, os.stat(script).st_mode | stat.S_IWOTH)\n"),
        Example("import os\n\nos.chmod(keys, 0o644)\nos.chmod(private_key, 0o755)\n"),
        Example("chmod -R 777 /srv/shop\n", path="bin/install.sh"),
        Example("FROM tea\nRUN mkdir /data && chmod a+rwx /data\n", path="Dockerfile"),
        Example("fs.chmodSync(path, 0o777);\n", path="shop/files.js"),
        Example("err := os.Chmod(path, 0777)\n", path="shop/files.go"),
        Example("file.setWritable(true, false);\n", path="shop/Files.java"),
        Example('- file:\n    path: /srv/shop\n    mode: "0777"\n', path="deploy.yaml"),
    )
    VALID = (
        Example("import os\n\nos.chmod(path, 0o600)\nos.chmod(script, 0o755)\nos.chmod(page, 0o644)\n"),
        Example("import os, stat\n\nos.chmod(path, stat.S_IRUSR | stat.S_IWUSR)\n"),
        Example("import os\n\nos.makedirs(folder, exist_ok=True)\nos.mkdir(folder, 0o700)\n"),
        Example("import os\n\nos.umask(0o077)\nold = os.umask(mask)\n"),
        Example("import os\n\nhandle = os.open(path, os.O_CREAT | os.O_EXCL, 0o600)\n"),
        Example("import os, stat\n\nos.chmod(script, os.stat(script).st_mode | stat.S_IXUSR)\n"),
        Example("import os\n\nos.chmod(path, mode)\nopen(path, 'w')\n"),
        Example("import os\n\nold = os.umask(0)\nos.umask(old)\n"),
        Example("import os\n\ndef test_mode(path):\n    os.chmod(path, 0o777)\n", path="tests/test_mode.py"),
        Example("chmod 755 bin/shop\nchmod u+x,g-w bin/shop\n# chmod 777\n", path="bin/install.sh"),
        Example("fs.chmodSync(path, 0o755);\n", path="shop/files.js"),
        Example("err := os.WriteFile(path, data, 0600)\n", path="shop/files.go"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or at.file.is_test:
            return
        given = _mode(node, at)
        mode = _bits(given, at) if given is not None else None
        if mode is None:
            return
        if at.name(node.func) == _UMASK:
            yield from _umask(node, mode, at)
        elif fault := _fault(mode, node, at):
            yield Sighting(node, f"`{quote(node, at)}` lets {fault[0]}", fault[1])

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - the text is made of them
        return seen_in(file, _SIGNS)


def _mode(call: cst.Call, at: Place) -> cst.BaseExpression | None:
    name, values = called_name(call), positional(call)
    full = at.name(call.func) or ""
    if full == _UMASK:
        return next(iter(values), None)
    if full in _OPEN:
        return keyword(call, "mode") or (values[2] if len(values) > 2 else None)
    if name not in _MODES:
        return None
    # `Path.chmod` has its path in front, `os.chmod` among the arguments.
    is_method = isinstance(call.func, cst.Attribute) and not at.is_imported(call.func)
    position = _MODES[name] - (is_method and len(values) < 2)
    return keyword(call, "mode") or (values[position] if len(values) > position else None)


def _bits(node: cst.BaseExpression, at: Place) -> int | None:
    """Return the bits a mode sets for sure: numbers, constants of `stat`, and both joined by `|`."""
    todo, bits, has_seen = [value_of(node, at)], 0, False
    while todo:
        part = todo.pop()
        if isinstance(part, cst.BinaryOperation) and isinstance(part.operator, cst.BitOr):
            todo += [part.left, part.right]
            continue
        literal = literal_of(part, at)
        constant = getattr(stat, (dotted_name(part) or "").rpartition(".")[2], None)
        known = literal if isinstance(literal, int) else constant
        if isinstance(known, int):
            has_seen = True
            bits |= known
    return bits if has_seen else None


def _umask(call: cst.Call, mask: int, at: Place) -> Iterator[Sighting]:
    is_restored = at.function is not None and at.code(at.function).count("umask(") > 1
    if mask & stat.S_IWOTH == 0 and not is_restored and not isinstance(at.parent, (cst.Assign, cst.AssignTarget)):
        yield Sighting(call, f"`{quote(call, at)}` lets every user write the files made from here on")


def _fault(mode: int, call: cst.Call, at: Place) -> tuple[str, Severity] | None:
    # The umask takes bits away from the mode of a new file, but not from `chmod`.
    is_new = called_name(call) not in ("chmod", "fchmod", "lchmod")
    if mode & stat.S_IWOTH:
        grave = Severity.HIGH if mode & stat.S_IXOTH else Severity.MEDIUM
        return "every user of the machine write it", Severity.LOW if is_new else grave
    if is_new:
        return None
    path = " ".join(at.code(argument.value) for argument in call.args) + at.code(call.func)
    if mode & (stat.S_IROTH | stat.S_IRGRP) and any(
        word in path.lower() for word in ("key", "secret", "password", "shadow")
    ):
        return "others read what looks secret", Severity.MEDIUM
    if mode & stat.S_IWGRP:
        return "the whole group write it", Severity.LOW
    return None
