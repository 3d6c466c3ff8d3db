from collections.abc import Iterator, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.place import Place, positional, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.template import template_of
from reviewer.analysis.tokens import Token

_COMMAND = regex(
    r"(^|[;&|(`\s])(?P<command>"
    r"pkill\s+(-\S+\s+)*-\w*f\w*(?=\s)|killall\b(?!\s+-0)|kill\s+(-\S+\s+)+-1\b|taskkill\b[^;&|]*/IM|"
    r"kill\s+(-\S+\s+)*[$`]\(?\s*(pgrep|pidof|ps|lsof)\b|xargs\s+(-\S+\s+)*kill\b|kill\s+(-\S+\s+)*`\s*(pgrep|pidof|ps))"
)
_RUNNERS = regex(r"(subprocess\.\w+|os\.(system|popen|exec\w+|spawn\w+)|asyncio\.create_subprocess_\w+)")
_IN_STRINGS = frozenset({"json", "yaml", "docker", "javascript", "typescript"})


class BroadProcessKill(PythonRule, TokenRule):
    """Processes are ended by a name or a pattern that others may share.

    Why look: it also ends the editor that has the file open, the neighbour's server and the next version of this one.
    Ask: who started the process, and where is its id kept?
    """

    informs = "debug"
    severity = Severity.LOW
    words = ("kill",)
    visits = (cst.Call,)
    languages = frozenset({"bash", *_IN_STRINGS})

    INVALID = (
        Example("pkill -f server.py\n", path="stop.sh"),
        Example("if true; then\n  killall -9 node\nfi\n", path="stop.sh"),
        Example("kill -9 $(pgrep python)\n", path="stop.sh"),
        Example("kill -9 -1\n", path="stop.sh"),
        Example("ps aux | grep node | awk '{print $2}' | xargs kill -9\n", path="stop.sh"),
        Example("import subprocess\n\nsubprocess.run(['pkill', '-f', name])\n"),
        Example("import os\n\nos.system('killall python')\n"),
        Example("import os\nimport signal\n\nos.kill(-1, signal.SIGTERM)\n"),
        Example('{"scripts": {"stop": "pkill -f node"}}\n', path="package.json"),
    )
    VALID = (
        Example('kill "$(cat server.pid)"\nkill -9 "$pid"\nkill %1\n', path="stop.sh"),
        Example("# pkill -f server.py\necho 'use killall with care'\n", path="stop.sh"),
        Example("pkill -F server.pid\npkill -P $$\n", path="stop.sh"),
        Example("import subprocess\n\nsubprocess.run(['kill', str(pid)])\n"),
        Example("import os\n\nos.kill(pid, 15)\n"),
        Example("print('pkill -f ends too much')\n"),
        Example('{"description": "a skill"}\n', path="package.json"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or not at.is_imported(node.func):
            return
        name = at.name(node.func) or ""
        values = positional(node)
        if name == "os.kill" and values and at.code(values[0]) == "-1":
            yield Sighting(node, "`os.kill(-1, ...)` ends every process of this user")
        elif _RUNNERS.fullmatch(name) and values and (command := _match(_text(values[0]))) is not None:
            yield Sighting(node, _message(command))

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        lines: dict[int, list[str]] = {}
        in_strings = language_of(file) in _IN_STRINGS
        for token in tokens:
            if not token.is_comment and (in_strings or not token.is_string or token.text.startswith("`")):
                lines.setdefault(token.line, []).append(token.text.strip("\"'") if in_strings else token.text)
        for line, words in lines.items():
            command = _match(" ".join(words))
            if command is not None:
                yield LineSighting(line, _message(command))


def _match(text: str) -> str | None:
    found = _COMMAND.search(f"{text} ")
    return " ".join(found["command"].split()) if found is not None else None


def _message(command: str) -> str:
    return f"`{command}` ends every process that fits, whoever started it"


def _text(node: cst.BaseExpression) -> str:
    if isinstance(node, (cst.List, cst.Tuple)):
        return " ".join(string_value(element.value) or "x" for element in node.elements)
    template = template_of(node)
    return template.text if template is not None else ""
