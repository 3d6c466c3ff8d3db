from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.outside import Entry, argument, entry_into, is_checked, is_fixed, makers, shown
from reviewer.analysis.place import Place, has_double_star, keyword, positional, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.spoken import LANGUAGES, Call, Speech, speech_of, text_of, values_in
from reviewer.analysis.template import called_name, template_of
from reviewer.analysis.tokens import Token, tokens_of
from reviewer.analysis.words import Word

# Where the text for a shell stands among the arguments.
_SHELLS: Mapping[str, int] = {
    **{f"os.{name}": 0 for name in ("system", "popen", "popen2", "popen3", "popen4")},
    **{f"subprocess.{name}": 0 for name in ("getoutput", "getstatusoutput")},
    **{f"commands.{name}": 0 for name in ("getoutput", "getstatusoutput")},
    **{f"popen2.{name}": 0 for name in ("popen2", "popen3", "popen4", "Popen3", "Popen4")},
    "asyncio.create_subprocess_shell": 0,
    "asyncio.subprocess.create_subprocess_shell": 0,
    "anyio.run_process": 0,
    "trio.run_process": 0,
    "platform.popen": 0,
    "invoke.run": 0,
    "invoke.sudo": 0,
    "fabric.api.run": 0,
    "fabric.api.sudo": 0,
    "fabric.api.local": 0,
    "pexpect.run": 0,
    "pexpect.spawn": 0,
    "pexpect.runu": 0,
    "delegator.run": 0,
}
# Whatever object it is, its method of this name runs a text by a shell, here or on another machine.
_SHELL_METHODS: Mapping[str, int] = {"exec_command": 0, "subprocess_shell": 1}
_PROCESSES = frozenset(
    {f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen")}
    | {"sh.Command", "asyncio.create_subprocess_exec", "asyncio.subprocess.create_subprocess_exec"}
)
_STARTING = frozenset({"run", "call", "check_call", "check_output", "Popen", "create_subprocess_exec"})
_PROGRAMS: Mapping[str, int] = {
    **{f"os.{name}": 0 for name in ("execl", "execle", "execlp", "execlpe", "execv", "execve", "execvp", "execvpe")},
    **{f"os.spawn{name}": 1 for name in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")},
    "os.posix_spawn": 0,
    "os.posix_spawnp": 0,
    "os.startfile": 0,
    "pty.spawn": 0,
}
_INTERPRETERS = frozenset({"sh", "bash", "zsh", "dash", "ksh", "cmd", "cmd.exe", "powershell", "pwsh", "su", "ssh"})
_SAY = frozenset({"-c", "/c", "/C", "-lc", "-Command", "-command", "-ec"})
_QUOTING = frozenset({"shlex.quote", "pipes.quote", "shlex.join", "subprocess.list2cmdline"})


@dataclass(frozen=True, slots=True)
class _Run:
    """What is run: `text` for a shell, or the name of a program."""

    text: cst.BaseExpression
    is_shell: bool


_JS_SHELLS = frozenset(
    {
        "exec",
        "execSync",
        "execAsync",
        "execPromise",
        "promisify.exec",
        "execaCommand",
        "execaCommandSync",
        "execa.command",
        "execa.commandSync",
        "shell.exec",
        "shelljs.exec",
    }
)
_JS_OWNERS = ("child_process.", "cp.", "childProcess.", "proc.", "require.")
_JS_STARTERS = frozenset({"spawn", "spawnSync", "execFile", "execFileSync", "execa", "execaSync"})
_JS_PROCESSES = regex(rb"child_process|shelljs|\bexeca\b")
_PROMISIFIED = regex(rb"(\w+)\s*=\s*(?:util\.)?promisify\(\s*(?:\w+\.|require\([^)\n]{1,40}\)\.)?exec\s*\)")
_WHOLE = regex(rb"(\w+)(?: from |\s*=\s*require\()[\"'](?:node:)?child_process[\"']")
_RENAMED = regex(rb"\bexec(?:Sync)?\s*(?:as|:)\s*(\w+)(?=[^;\n]{0,80}(?:child_process))")
_PHP_SHELLS = frozenset({"exec", "shell_exec", "system", "passthru", "popen", "proc_open", "pcntl_exec"})


class CommandInjection(PythonRule, TokenRule):
    """A value becomes part of a command line or chooses the program that is run.

    Why look: whoever chooses the value can add a command of their own.
    Ask: can any part of this command come from outside, and would a list without a shell do?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 78
    words = (
        "Runtime", "ProcessBuilder", "passthru", "`", "proc_open",
        "shell", "system", "popen", "getoutput", "getstatusoutput", "exec", "spawn", "subprocess", "Popen",
        "run", "call(", "startfile",
    )  # fmt: skip
    visits = (cst.Call,)
    languages = LANGUAGES

    INVALID = (
        Example("import os\n\n\ndef ping(host):\n    os.system('ping -c 1 ' + host)\n"),
        Example("import subprocess\n\n\ndef pack(name):\n    subprocess.run(f'tar cf {name}.tar .', shell=True)\n"),
        Example("from subprocess import Popen as start\n\n\ndef pack(line):\n    start(line, shell=True)\n"),
        Example(
            "import os\nfrom flask import request\n\n\ndef look_up():\n    host = request.args.get('host')\n"
            "    command = 'nslookup %s' % host\n    return os.popen(command).read()\n"
        ),
        Example("import subprocess\n\n\ndef sizes(folder):\n    return subprocess.getoutput('du ' + folder)\n"),
        Example("def deploy(client, branch):\n    client.exec_command(f'cd /srv && git checkout {branch}')\n"),
        Example(
            "import asyncio\n\n\nasync def scale(name):\n    await asyncio.create_subprocess_shell('convert ' + name)\n"
        ),
        Example("import subprocess\n\n\ndef run(line):\n    subprocess.run(['bash', '-c', line])\n"),
        Example(
            "import shlex\nimport subprocess\nfrom flask import request\n\n\ndef run():\n"
            "    subprocess.run(shlex.split(request.form['command']))\n"
        ),
        Example("import os\n\n\ndef start(program, rest):\n    os.execvp(program, rest)\n"),
        Example("import subprocess\n\nsubprocess.call('ls *.csv | wc -l', shell=True)\n"),
        Example("import sys, os\n\nos.system('echo ' + sys.argv[1])\n"),
        Example("const { exec } = require('child_process');\nexec('ping ' + req.query.host);\n", path="shop/ping.js"),
        Example("import * as cp from 'child_process';\ncp.execSync(`tar cf ${name}.tar .`);\n", path="shop/pack.ts"),
        Example(
            "import { exec } from 'node:child_process';\nimport { promisify } from 'node:util';\n\n"
            "const start = promisify(exec);\n\nexport async function ping(host: string) {\n"
            "  await start(`ping -c 1 ${host}`);\n}\n",
            path="shop/ping.ts",
        ),
        Example(
            "import * as child from 'child_process';\n"
            "const zip = (dir: string) => child.exec('zip -r a.zip ' + dir);\n",
            path="shop/zip.ts",
        ),
        Example(
            "const { spawn } = require('child_process');\n"
            "const ping = (host) => spawn('sh', ['-c', 'ping ' + host]);\n",
            path="shop/ping.js",
        ),
        Example('out, err := exec.Command("sh", "-c", "du "+folder).Output()\n', path="shop/size.go"),
        Example('class A { void f(String host) { Runtime.getRuntime().exec("ping " + host); } }\n', path="shop/A.java"),
        Example("<?php\nsystem('ping ' . $_GET['host']);\n", path="shop/ping.php"),
    )
    VALID = (
        Example("import subprocess\n\n\ndef ping(host):\n    subprocess.run(['ping', '-c', '1', host])\n"),
        Example("import subprocess\n\nsubprocess.run('ls', shell=False)\n"),
        Example("import os, shlex\n\n\ndef ping(host):\n    os.system(f'ping {shlex.quote(host)}')\n"),
        Example("import subprocess, sys\n\nsubprocess.run([sys.executable, '-m', 'pip', 'list'])\n"),
        Example("def order(table, what):\n    table.system(what)\n    table.run(what)\n"),
        Example(
            "import subprocess\n\nGIT = 'git'\n\n\ndef log(name):\n    subprocess.check_output([GIT, 'log', name])\n"
        ),
        Example("import os\n\n\ndef test_run(line):\n    os.system('echo ' + line)\n", path="tests/test_run.py"),
        Example("import subprocess\n\n\nclass Git:\n    def log(s, args):\n        subprocess.run(['git', *args])\n"),
        Example("import os\nimport sys\n\n\ndef again():\n    os.execv(sys.executable, [sys.executable, *sys.argv])\n"),
        Example("const { execFile } = require('child_process');\nexecFile('ping', [host]);\n", path="shop/ping.js"),
        Example(
            "const { exec } = require('child_process');\nexec('ls');\nconst m = /a/.exec(text);\n",
            path="shop/ls.js",
        ),
        Example(
            "import { execFile } from 'node:child_process';\nconst start = promisify(execFile);\n"
            "export const ping = (host: string) => start('ping', ['-c', '1', host]);\n",
            path="shop/ping.ts",
        ),
        Example('out, err := exec.Command("du", folder).Output()\n', path="shop/size.go"),
        Example('class A { void f(String host) { new ProcessBuilder("ping", host).start(); } }\n', path="shop/A.java"),
        Example("<?php\nsystem('ping ' . escapeshellarg($_GET['host']));\n", path="shop/ping.php"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or at.file.is_test:
            return
        run = _run(node, at)
        if run is None:
            return
        entry = entry_into(run.text, at, lambda part: _is_quoted(part, at))
        if entry is not None and is_checked(entry, node, at):
            entry = None
        sighting = _of_shell(node, run.text, entry, at) if run.is_shell else _of_program(node, run.text, entry, at)
        if sighting is not None:
            yield sighting

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - read whole
        if not file.is_test:
            yield from _spoken(file)


def _run(call: cst.Call, at: Place) -> _Run | None:
    name = at.name(call.func) or ""
    if name in _PROGRAMS and at.is_imported(call.func):
        told = _said_to_shell(list(_words(call))[_PROGRAMS[name] :])
        if told is not None:
            return told
    if name in _SHELLS or name in _PROGRAMS:
        text = argument(call, _SHELLS.get(name, _PROGRAMS.get(name, 0)), "cmd", "command", "args", "path", "file")
        return None if text is None or not at.is_imported(call.func) else _Run(text, name in _SHELLS)
    method = called_name(call)
    if isinstance(call.func, cst.Attribute) and method in _SHELL_METHODS:
        text = argument(call, _SHELL_METHODS[method], "command", "cmd")
        return None if text is None else _Run(text, is_shell=True)
    is_process = name in _PROCESSES or (method in _STARTING and name.startswith("subprocess."))
    if is_process and at.is_imported(call.func):
        return _process(call, name, at)
    # A function of the project that hands its `shell=True` on.
    if _is_true(keyword(call, "shell")) and call.args and call.args[0].keyword is None:
        return _Run(call.args[0].value, is_shell=True)
    return None


def _process(call: cst.Call, name: str, at: Place) -> _Run | None:
    first = argument(call, 0, "args", "program", "cmd")
    if first is None or has_double_star(call) or any(arg.star for arg in call.args):
        return None
    if not _is_false(keyword(call, "shell")):
        return _Run(first, is_shell=True)
    if name.endswith("create_subprocess_exec"):
        words: Sequence[cst.BaseExpression] = [arg.value for arg in call.args if arg.keyword is None]
    else:
        listed = next(iter(makers(first, at)), first)
        if not isinstance(listed, (cst.List, cst.Tuple)):
            return _Run(first, is_shell=False)
        words = [element.value for element in listed.elements if not isinstance(element, cst.StarredElement)]
    if not words:
        return None
    return _said_to_shell(words) or _Run(words[0], is_shell=False)


def _words(call: cst.Call) -> Iterator[cst.BaseExpression]:
    """Yield the arguments, and those in lists among them."""
    for value in positional(call):
        if isinstance(value, (cst.List, cst.Tuple)):
            yield from (element.value for element in value.elements)
        else:
            yield value


def _said_to_shell(words: Sequence[cst.BaseExpression]) -> _Run | None:
    """Return the text in `["bash", "-c", text]`."""
    program = (string_value(words[0]) or "").rpartition("/")[2]
    if program not in _INTERPRETERS:
        return None
    for option, text in pairwise(words):
        if string_value(option) in _SAY:
            return _Run(text, is_shell=True)
    return None


def _of_shell(call: cst.Call, text: cst.BaseExpression, entry: Entry | None, at: Place) -> Sighting | None:
    runner = f"`{shown(call.func, at)}`"
    if entry is not None:
        severity = Severity.HIGH if entry.is_remote else Severity.MEDIUM
        return Sighting(call, f"`{shown(entry.node, at)}` becomes part of the command that {runner} runs", severity)
    if is_fixed(text, at):
        return Sighting(call, f"{runner} runs a fixed command by a shell", Severity.INFO)
    if is_fixed(text, at, lambda part: _is_quoted(part, at)):
        return None
    risky = _first_risky(text, at)
    said = "is" if isinstance(text, cst.Name) and risky is text else "becomes part of"
    return Sighting(call, f"`{shown(risky, at)}` {said} the command that {runner} gives to a shell", Severity.MEDIUM)


def _of_program(call: cst.Call, program: cst.BaseExpression, entry: Entry | None, at: Place) -> Sighting | None:
    runner = f"`{shown(call.func, at)}`"
    if entry is not None:
        severity = Severity.HIGH if entry.is_remote else Severity.LOW
        return Sighting(call, f"`{shown(entry.node, at)}` chooses the program that {runner} starts", severity)
    if at.name(call.func) in _PROGRAMS and not is_fixed(program, at):
        return Sighting(call, f"{runner} replaces or starts a program named by `{shown(program, at)}`", Severity.LOW)
    if isinstance(program, cst.Subscript) and not is_fixed(program, at):
        return Sighting(call, f"`{shown(program, at)}` chooses the program that {runner} starts", Severity.INFO)
    return None


def _first_risky(text: cst.BaseExpression, at: Place) -> cst.BaseExpression:
    template = template_of(text)
    values = template.values if template is not None else ()
    return next((value for value in values if not is_fixed(value, at, lambda part: _is_quoted(part, at))), text)


def _is_quoted(node: cst.CSTNode, at: Place) -> bool:
    return isinstance(node, cst.Call) and at.name(node.func) in _QUOTING


def _is_false(value: cst.BaseExpression | None) -> bool:
    """True for no `shell` at all, False, None, 0 and empty collections."""
    match value:
        case None | cst.Name("False" | "None") | cst.List(elements=[]) | cst.Tuple(elements=[]) | cst.Dict(elements=[]):
            return True
        case cst.Integer():
            return value.evaluated_value == 0
        case _:
            return False


def _is_true(value: cst.BaseExpression | None) -> bool:
    return isinstance(value, cst.Name) and value.value == "True"


def _spoken(file: ChangedFile) -> Iterator[LineSighting]:
    speech, text = speech_of(file), (file.new_text or b"")
    language = language_of(file) or ""
    aliases = _aliases(text) if "script" in language else frozenset[str]()
    for call in speech.calls:
        command = _command(call, language, aliases, has_processes=_JS_PROCESSES.search(text) is not None)
        if command and not speech.is_literal(command):
            yield _said(call, command, speech)
    for token in tokens_of(file) if language == "php" else ():
        if token.text.startswith("`") and "$" in token.text:
            yield LineSighting(token.line, "a variable becomes part of a command in backticks")


def _said(call: Call, command: Sequence[Word], speech: Speech) -> LineSighting:
    entry = speech.outside(command)
    value = entry or values_in(command)
    severity = Severity.HIGH if entry is not None else Severity.MEDIUM
    return LineSighting(call.line, f"`{value}` becomes part of the command that `{call.name}` runs", severity)


def _aliases(text: bytes) -> frozenset[str]:
    """Return the names a script gives to what runs a shell: `promisify(exec)`, `import { exec as run }`."""
    found = _PROMISIFIED.findall(text) + _RENAMED.findall(text) + _WHOLE.findall(text)
    return frozenset(name.decode(errors="replace") for name in found)


def _told(program: Sequence[Word], listed: Sequence[Word]) -> Sequence[Word]:
    """Return the text in `spawn("sh", ["-c", text])`."""
    texts = [word for word in listed if word.text not in ("[", "]", ",")]
    is_shell = (text_of(program) or "").rpartition("/")[2] in _INTERPRETERS
    is_text = len(texts) > 1 and texts[0].is_text and texts[0].text in _SAY
    return texts[1:] if is_shell and is_text else ()


def _command(call: Call, language: str, aliases: frozenset[str], *, has_processes: bool) -> Sequence[Word]:
    """Return what a shell gets to run."""
    arguments = call.arguments
    if not arguments:
        return ()
    if language in ("javascript", "typescript"):
        is_shell = call.name in _JS_SHELLS | aliases or (
            call.method in ("exec", "execSync")
            and call.name.startswith((*_JS_OWNERS, *(f"{name}." for name in aliases)))
        )
        is_spawned = call.method in ("spawn", "spawnSync", "execFile") and "shell:true" in _code(arguments[-1])
        if call.method in _JS_STARTERS and len(arguments) > 1:
            told = _told(arguments[0], arguments[1])
            if told:
                return told
        return arguments[0] if has_processes and (is_shell or is_spawned) else ()
    if language == "go":
        words = arguments[1:] if call.name == "exec.CommandContext" else arguments
        is_command = call.name in ("exec.Command", "exec.CommandContext") and len(words) > 2
        is_shell = is_command and (text_of(words[0]) or "").rpartition("/")[2] in _INTERPRETERS
        return words[2] if is_shell and text_of(words[1]) in _SAY else ()
    if language == "java":
        if call.name.endswith("getRuntime.exec") or call.name in ("runtime.exec", "rt.exec"):
            return arguments[0]
        texts = [text_of(argument) for argument in arguments[:2]]
        is_shell = call.is_new and call.name == "ProcessBuilder" and len(arguments) > 2 and texts[1] in _SAY
        return arguments[2] if is_shell else ()
    return arguments[0] if call.name in _PHP_SHELLS else ()


def _code(words: Sequence[Word]) -> str:
    return "".join(word.text for word in words)
