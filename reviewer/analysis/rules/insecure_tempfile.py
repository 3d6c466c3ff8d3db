from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.code_text import GO, JVM, PHP, SCRIPT, SHELL, languages_of, seen_in, sign
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.literals import literal_of, quote
from reviewer.analysis.place import Place, keyword, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.shell_lines import commands_of
from reviewer.analysis.template import called_name, is_for_people, is_part_of_template, template_of
from reviewer.analysis.tokens import Token

_GUESSED = frozenset({"tempfile.mktemp", "os.tempnam", "os.tmpnam", "tempfile.mktemp.mktemp", "_tempfile.mktemp"})
_SHARED = regex(r"/(?:tmp|var/tmp|dev/shm|private/tmp)(?:/[^\s]*)?\Z")
_WRITING = regex(r"[wax]|\+")
# These make a name nobody can guess below the folder they are given, or only look.
_HARMLESS = frozenset(
    {"mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryDirectory", "TemporaryFile", "SpooledTemporaryFile"}
    | {"exists", "isdir", "isfile", "startswith", "relpath", "is_relative_to", "gettempdir", "endswith", "count"}
    | {"getenv", "get", "commonpath", "tmpfs", "statvfs", "disk_usage", "chmod"}
)
_SIGNS = (
    sign(SHELL, r"\bmktemp (?:-\w+ ){0,2}-u\b|\bmktemp -\w*u\w* ", "`{0}`: the name can be taken by others first"),
    sign(
        SCRIPT,
        r"\b(?:writeFile|appendFile|createWriteStream|open|mkdir)(?:Sync)?\([\"'`]/(?:var/)?tmp/\w",
        "`{0}` is open to every user of the machine",
    ),
    sign(
        GO,
        r"\bos\.(?:Create|WriteFile|OpenFile|Mkdir|MkdirAll)\(\"/(?:var/)?tmp/\w|\bioutil\.WriteFile\(\"/(?:var/)?tmp/\w",
        "`{0}` is open to every user of the machine",
    ),
    sign(
        JVM,
        r"new (?:File|FileWriter|FileOutputStream)\(\"/(?:var/)?tmp/\w|Paths\.get\(\"/(?:var/)?tmp/\w",
        "`{0}` is open to every user of the machine",
    ),
    sign(
        PHP,
        r"(?<![\w>:$])(?:file_put_contents|fopen)\([\"']/(?:var/)?tmp/\w",
        "`{0}` is open to every user of the machine",
    ),
)
# What a script keeps in a file, and a name for one; what holds `X` is made by `mktemp`.
_PLACE = r"[\"']?/(?:var/)?tmp/(?P<name>[\w.${}@%+-]*[\w$}][\w./${}@%+-]*)[\"']?"
_KEPT = regex(
    rf"(?:>{{1,2}}\|?|\btee\s+(?:-a\s+)?|\btouch\s+|\bmkdir\s+(?:-p\s+)?|\s(?:-o|-O|--output|--output-document)[=\s]\s*)\s*{_PLACE}"
    r"(?=[\s;&|)]|\Z)"
)
_NAMED = regex(
    rf"(?:^|[;&|({{]|\b(?:then|do|else)\s)\s*(?:(?:export|readonly|local|declare|typeset)\s+(?:-\w+\s+)*)?(?P<variable>\w+)={_PLACE}(?=[\s;&|)]|\Z)"
)
_WRITTEN = regex(
    r"(?:>{1,2}\|?|\b(?:tee|touch|mkdir|cp|mv|install|mkfifo|dd|exec|ln)\b[^\n;|&]{0,200}?|"
    r"\s(?:-o|-O|-f|--output|--file)[=\s])\s*[\"']?\$\{?(\w+)"
)


class InsecureTempfile(PythonRule, TokenRule):
    """A file in a folder that everybody may write has a name that can be guessed.

    Why look: another user can put a file or a link of that name there first, and choose what is read or overwritten.
    Ask: would `tempfile.mkstemp` or `TemporaryDirectory` do?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 377
    words = (
        "mktemp", "tempnam", "tmpnam", "/tmp", "/var/tmp", "/dev/shm",  # noqa: S108 - they are what is sought
    )  # fmt: skip
    visits = (cst.Call, cst.SimpleString, cst.FormattedString)
    languages = languages_of(_SIGNS)

    INVALID = (
        Example("import tempfile\n\npath = tempfile.mktemp()\n"),
        Example("from tempfile import mktemp\n\npath = mktemp(suffix='.csv')\n"),
        Example("import os\n\npath = os.tempnam()\n"),
        Example("with open('/tmp/orders.csv', 'w') as report:\n    write(report)\n"),
        Example(
            "def report(order):\n    with open(f'/tmp/order-{order}.csv', mode='w') as file:\n        write(file)\n",
        ),
        Example("import os\n\npath = os.path.join('/tmp', name)\n"),
        Example("LOCK = '/var/tmp/shop.lock'\n"),
        Example("def export(path='/dev/shm/orders'):\n    ...\n"),
        Example("sort orders > /tmp/orders.txt\n", path="bin/sort.sh"),
        Example('report=/tmp/orders.txt\nsort orders > "$report"\n', path="bin/sort.sh"),
        Example('out="/tmp/orders-$$.csv"\ncurl -o "$out" shop.net\n', path="bin/get.sh"),
        Example("fs.writeFileSync('/tmp/orders.txt', text);\n", path="shop/orders.js"),
        Example('file, err := os.Create("/tmp/orders.txt")\n', path="shop/orders.go"),
    )
    VALID = (
        Example("import tempfile\n\nhandle, path = tempfile.mkstemp()\n"),
        Example("import tempfile\n\nwith tempfile.TemporaryDirectory(dir='/tmp') as folder:\n    fill(folder)\n"),
        Example("if path.startswith('/tmp/') or os.path.exists('/tmp'):\n    show(path)\n"),
        Example("print('see /tmp/orders.log')\nraise Missing('/tmp/orders')\n"),
        Example("parser.add_argument('--out', help='/tmp/orders')\n"),
        Example("path = '/templates/order.html'\nother = '/srv/tmp/orders'\n"),
        Example("def test_export():\n    export('/tmp/orders')\n", path="tests/test_export.py"),
        Example('def export(path):\n    """/tmp/orders"""\n    return mktemp(path)\n'),
        Example('file=$(mktemp)\nsort orders > "$file"\nls /tmp/orders.txt\n', path="bin/sort.sh"),
        Example('socket=/tmp/shop.sock\nshop --socket "$socket"\nx=$(mktemp /tmp/x.XXXXXX)\n', path="bin/sort.sh"),
        Example(
            "FROM a:1\nRUN curl -fo /tmp/tea.tgz https://shop.net/tea.tgz && tar xf /tmp/tea.tgz\n", path="Dockerfile"
        ),
        Example("fs.writeFileSync(path.join(folder, 'orders.txt'), text);\n", path="shop/orders.js"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test:
            return
        if isinstance(node, cst.Call):
            if at.name(node.func) in _GUESSED:
                severity = Severity.MEDIUM if at.is_imported(node.func) else Severity.LOW
                yield Sighting(node, f"the name from `{quote(node.func, at)}` can be taken by others first", severity)
        elif isinstance(node, (cst.SimpleString, cst.FormattedString)):
            yield from _path(node, at)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - the text is made of them
        yield from seen_in(file, _SIGNS)
        if language_of(file) == "bash" and not file.is_test:
            yield from _in_script(file)


def _in_script(file: ChangedFile) -> Iterator[LineSighting]:
    """Report what a script writes to a name in `/tmp` that anybody knows before; nobody else is in a container."""
    commands = list(commands_of(file))
    written = {name for command in commands for name in _WRITTEN.findall(command.text)}
    for command in commands:
        for found in (*_KEPT.finditer(command.text), *_NAMED.finditer(command.text)):
            variable = found.groupdict().get("variable")
            if "XXX" in found["name"] or "mktemp" in command.text or (variable and variable not in written):
                continue
            said = f"`/tmp/{found['name'][:40]}` is a name that every user of the machine can take first"
            yield LineSighting(command.line_at(found.start("name")), said, Severity.LOW)


def _path(node: cst.SimpleString | cst.FormattedString, at: Place) -> Iterator[Sighting]:
    template = template_of(node)
    if template is None or not _SHARED.match(template.text) or is_for_people(at):
        return
    if isinstance(at.parent, (cst.Comparison, cst.ComparisonTarget, cst.Element)) and not is_part_of_template(at):
        return
    calls = [parent for parent in at.parents if isinstance(parent, cst.Call)]
    if any(called_name(call) in _HARMLESS for call in calls):
        return
    writes = bool(calls) and _writes(calls[-1], at)
    says = "is open to every user of the machine"
    yield Sighting(node, f"`{quote(node, at)}` {says}", Severity.MEDIUM if writes else Severity.LOW)


def _writes(call: cst.Call, at: Place) -> bool:
    name, values = called_name(call), positional(call)
    if name in ("write_text", "write_bytes", "makedirs", "mkdir", "copy", "copyfile", "move", "FileHandler", "to_csv"):
        return True
    mode = keyword(call, "mode") or (values[1] if len(values) > 1 else None)
    literal = literal_of(mode, at) if mode is not None else None
    return name == "open" and isinstance(literal, str) and _WRITING.search(literal) is not None
