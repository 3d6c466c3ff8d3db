import ast
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.outline import Outline, dotted, is_open_ended, keyword_of, outline_of, uses_in
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source

_STARTS = frozenset(
    f"subprocess.{name}"
    for name in ("run", "call", "check_call", "check_output", "Popen", "getoutput", "getstatusoutput")
)
_UNCHECKED = frozenset({"subprocess.run", "subprocess.call", "os.system"})
_READS = frozenset({"communicate", "read", "readline", "readlines", "__enter__"})
_MOST_USES = 100
_ASKS_CODE = frozenset({"returncode", "check_returncode"})


class SubprocessMisuse(ModuleRule):
    """A command is started in a way that hides its failure, or that can block or break it.

    Why look: the program goes on as if the command had worked, or waits for it for ever.
    Ask: what happens here when the command fails, or prints more than a pipe holds?
    """

    informs = "debug"
    severity = Severity.MEDIUM
    words = ("subprocess", "os.system")

    INVALID = (
        Example("import subprocess\n\nsubprocess.run(['git', 'fetch'])\n"),
        Example("import subprocess\n\nout = subprocess.run(['git', 'log'], capture_output=True).stdout\n"),
        Example("from subprocess import call\n\ndef build():\n    call(['make'])\n"),
        Example("import os, subprocess\n\nsubprocess.Popen(['tea'], preexec_fn=os.setsid)\n"),
        Example(
            "import subprocess\n\ndef build():\n    p = subprocess.Popen(['make'], stdout=subprocess.PIPE)\n"
            "    p.wait()\n    return p.stdout.read()\n"
        ),
        Example("import subprocess\n\nsubprocess.run(['ls', '-l'], shell=True, check=True)\n"),
        Example("import subprocess\n\nsubprocess.run('ls -l', check=True)\n"),
        Example("import subprocess\n\nsubprocess.run('dump | gzip > tea.gz', shell=True, check=True)\n"),
    )
    VALID = (
        Example("import subprocess\n\nsubprocess.run(['git', 'fetch'], check=True)\n"),
        Example("import subprocess\n\ndone = subprocess.run(['git', 'log'])\nif done.returncode:\n    stop()\n"),
        Example("import subprocess\n\ndef ok():\n    return subprocess.call(['make']) == 0\n"),
        Example(
            "import subprocess\n\ndef build():\n    p = subprocess.Popen(['make'], stdout=subprocess.PIPE)\n"
            "    out, _ = p.communicate()\n    p.wait()\n    return out\n"
        ),
        Example(
            "import subprocess\n\ndef build():\n    p = subprocess.Popen(['make'], stdout=subprocess.PIPE)\n"
            "    Thread(target=show, args=(p.stdout,)).start()\n    p.wait()\n"
        ),
        Example("import subprocess\n\ndef run(command, **options):\n    return subprocess.run(command, **options)\n"),
        Example("import subprocess\n\nsubprocess.run('make', check=True)\n"),
        Example("import subprocess\n\nsubprocess.run(['bash', '-c', 'a | b'], check=False)\n"),
        Example("def go(subprocess):\n    subprocess.run(['tea'])\n"),
        Example("import subprocess\n\ndef start():\n    return subprocess.run(['make'])\n"),
        Example("import subprocess\n\nsubprocess.run(['tea'])\n", path="tests/test_tea.py"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        outline = outline_of(source)
        for call in outline.added(file, ast.Call):
            name = outline.known(call.func)
            if name in _STARTS or name in _UNCHECKED:
                found = _arguments(call, name) or _deadlock(call, name, outline) or _unchecked(call, name, outline)
                if found is not None:
                    yield LineSighting(outline.line(call), f"`{outline.quote(call)}` {found[0]}", found[1])


_Found = tuple[str, Severity]


def _arguments(call: ast.Call, name: str) -> _Found | None:
    if name not in _STARTS or name.startswith("subprocess.get"):
        return None
    command = call.args[0] if call.args else keyword_of(call, "args")
    shell = keyword_of(call, "shell")
    has_shell = isinstance(shell, ast.Constant) and bool(shell.value)
    if keyword_of(call, "preexec_fn") is not None:
        return "runs `preexec_fn` between fork and exec: with threads it can deadlock", Severity.MEDIUM
    if has_shell and isinstance(command, (ast.List, ast.Tuple)) and len(command.elts) > 1:
        return "gives the shell only the first item of the list; the others are dropped", Severity.HIGH
    text = command.value if isinstance(command, ast.Constant) and isinstance(command.value, str) else ""
    if shell is None and " " in text.strip() and not is_open_ended(call):
        return "looks for a program whose name has blanks in it: split the command into a list", Severity.HIGH
    if has_shell and " | " in text and "pipefail" not in text:
        return "reports only how the last command of the pipe ended", Severity.INFO
    return None


def _deadlock(call: ast.Call, name: str, outline: Outline) -> _Found | None:
    """Judge `Popen(stdout=PIPE)` and `.wait()`: a full pipe stops the command, and the waiting never ends."""
    pipes = [word for word in ("stdout", "stderr") if _is_pipe(keyword_of(call, word), outline)]
    if name not in ("subprocess.Popen", "subprocess.call", "subprocess.check_call") or not pipes:
        return None
    if name != "subprocess.Popen":
        return f"waits while nobody empties the pipe of `{pipes[0]}`", Severity.HIGH
    above = outline.parents[call]
    target = above.targets[0] if isinstance(above, ast.Assign) else None
    kept = dotted(target) if target is not None else ""
    methods: dict[str, int] = {}
    for use in uses_in(outline.scope(call)).get(kept, ())[:_MOST_USES]:
        if _is_drained(use, outline):
            return None
        method = _method(use, outline)
        methods.setdefault(method, use.lineno)
    reads = [line for name, line in methods.items() if name in _READS]
    if "wait" in methods and not any(line < methods["wait"] for line in reads):
        return f"may never end: `{kept}.wait()` comes before anybody empties the pipe", Severity.MEDIUM
    return None


def _method(use: ast.Name, outline: Outline) -> str:
    """Return `read` for `p.read()` and for `p.stdout.read()`."""
    node, above = _stream(use, outline)
    return above.attr if isinstance(above, ast.Attribute) and above.value is node else ""


def _is_drained(use: ast.Name, outline: Outline) -> bool:
    """True where somebody else gets the pipe, or a loop goes through it."""
    node, above = _stream(use, outline)
    while isinstance(above, (ast.Tuple, ast.List, ast.keyword)):
        node, above = above, outline.parents[above]
    is_given = isinstance(above, ast.Call) and node is not above.func and node is not use
    return is_given or (isinstance(above, (ast.For, ast.AsyncFor)) and above.iter is node)


def _stream(use: ast.Name, outline: Outline) -> tuple[ast.AST, ast.AST]:
    """Step from `p` to `p.stdout` if that is what is used; return it with what it stands in."""
    above = outline.parents[use]
    if isinstance(above, ast.Attribute) and above.attr in ("stdout", "stderr"):
        return above, outline.parents[above]
    return use, above


def _is_pipe(value: ast.expr | None, outline: Outline) -> bool:
    return value is not None and outline.known(value) == "subprocess.PIPE"


def _unchecked(call: ast.Call, name: str, outline: Outline) -> _Found | None:
    """Judge a command whose failure nobody asks for."""
    if name not in _UNCHECKED or keyword_of(call, "check") is not None or is_open_ended(call):
        return None
    above = outline.parents[call]
    if isinstance(above, ast.Expr):
        severity = Severity.LOW if name == "subprocess.run" else Severity.INFO
        return "drops the exit status: a failing command goes unseen", severity
    if name != "subprocess.run":
        return None
    if isinstance(above, ast.Attribute):
        return None if above.attr in _ASKS_CODE else ("does not ask whether the command failed", Severity.INFO)
    if not isinstance(above, ast.Assign) or not isinstance(above.targets[0], ast.Name):
        return None
    kept = above.targets[0].id
    uses = uses_in(outline.scope(call)).get(kept, ())[:_MOST_USES]
    parts = {parent.attr for use in uses if isinstance(parent := outline.parents[use], ast.Attribute)}
    is_whole = any(
        isinstance(use.ctx, ast.Load) and not isinstance(outline.parents[use], ast.Attribute) for use in uses
    )
    return None if parts & _ASKS_CODE or is_whole else ("does not ask whether the command failed", Severity.INFO)
