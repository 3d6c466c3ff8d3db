import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.shell_lines import LANGUAGES, commands_of
from reviewer.analysis.tokens import Token

_EVER = r"true|:|1|\[\s+1\s+\]|\[\[\s+1\s+\]\]|\(\(\s*1?\s*\)\)|\[\s+true\s+\]"
_OPENS = regex(
    rf"(?:^|[;&|({{\"']|\b(?:then|do|else)\s)\s*(?P<kind>while|until)\s+(?P<test>(?:(?P<ever>{_EVER})|[^;\n]+?))\s*(?:;|\s)\s*do\b"
)
_LOOPS = regex(
    r"(?:^|[;&|({\"']|\b(?:then|do|else)\s)\s*(?P<open>while|until|for|select)\s|(?:^|[;\s])(?P<done>done)\b"
)
_SLEEPS = regex(r"(?:^|[;&|({]|\b(?:do|then|else)\s)\s*sleep\s", re.MULTILINE)
_LEAVES = regex(r"\bbreak\b|\b(?:exit|return)\s+0\b|&&\s*(?:exit|return)\b")
# A count, a clock or a deadline: something that ends the loop.
_ENDS = regex(
    r"\(\(|\blet\s|\bexpr\s|\bSECONDS\b|\bdate\b|\btimeout\b|\s-(?:g[et]|l[et]|eq)\s|\bexit\s+[1-9]|\breturn\s+[1-9]|"
    r"\bdie\b|\bfail\b|\babort\b|\bfatal\b|\bseq\b|\+=|attempt|retries|tries|deadline|\$\[",
    re.IGNORECASE,
)
# These wait for a process of the script's own, or read until the end.
_OWN = regex(
    r"\bkill\s+-0\b|\bread\b|\bpgrep\b|\bps\s|\bjobs\b|\$#|\bshift\b|/proc/|\blsof\b|\bfuser\b|\bflock\b|\bset\s+-C\b"
)
_MOST, _LONGEST = 60, 5_000


class EndlessWait(TokenRule):
    """A script waits for something with no end to it.

    Why look: what it waits for may never come, and then the start, the build or the job hangs without a word.
    Ask: after how long is it an error, and who hears of it?
    """

    informs = "debug"
    severity = Severity.LOW
    words = ("while", "until")
    languages = LANGUAGES

    INVALID = (
        Example("until nc -z db 5432; do\n  sleep 1\ndone\n", path="bin/wait.sh"),
        Example("while ! curl -sf http://shop:8080/health; do sleep 2; done\n", path="bin/wait.sh"),
        Example("while true; do\n  if redis-cli ping; then\n    break\n  fi\n  sleep 1\ndone\n", path="bin/wait.sh"),
        Example("while :\ndo\n  mysqladmin ping && break\n  sleep 1\ndone\n", path="bin/wait.sh"),
        Example('FROM a:1\nCMD ["sh", "-c", "until nc -z db 5432; do sleep 1; done; shop"]\n', path="Dockerfile"),
        Example(
            "services:\n  shop:\n    image: a:1\n    command: sh -c 'until nc -z db 5432; do sleep 1; done; shop'\n",
            path="compose.yaml",
        ),
    )
    VALID = (
        Example(
            'left=30\nuntil nc -z db 5432; do\n  left=$((left - 1))\n  [ "$left" -gt 0 ] || exit 1\n  sleep 1\ndone\n',
            path="bin/wait.sh",
        ),
        Example("for i in $(seq 30); do\n  nc -z db 5432 && break\n  sleep 1\ndone\n", path="bin/wait.sh"),
        Example("timeout 60 sh -c 'until nc -z db 5432; do sleep 1; done'\n", path="bin/wait.sh"),
        Example("while true; do\n  send_mails\n  sleep 60\ndone\n", path="bin/loop.sh"),
        Example('while read -r line; do\n  echo "$line"\n  sleep 1\ndone < list\n', path="bin/loop.sh"),
        Example("while kill -0 $pid; do\n  sleep 1\ndone\n", path="bin/loop.sh"),
        Example("until nc -z db 5432; do\n  [ $SECONDS -lt 60 ] || exit 1\n  sleep 1\ndone\n", path="bin/wait.sh"),
        Example("echo 'until it rains; do nothing; sleep 1; done'\n# until nc; do sleep 1; done\n", path="bin/wait.sh"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - commands
        if file.is_test:
            return
        # The example people copy waits so in an init container, which the cluster shows as waiting.
        severity = Severity.INFO if language_of(file) == "yaml" else None
        commands = list(commands_of(file))
        for index, command in enumerate(commands):
            following = commands[index + 1].text if index + 1 < len(commands) else ""
            joined = command.text if " do" in f" {command.text}" else f"{command.text.rstrip()} ; {following.lstrip()}"
            loop = _OPENS.search(joined)
            if loop is None or loop.start() >= len(command.text) or re.match(r"\s*(?:echo|printf|timeout)\b", joined):
                continue
            body = _body(joined[loop.start() :], [one.text for one in commands[index + 1 : index + 1 + _MOST]])
            if body is not None and _waits(loop, body):
                shown = " ".join(loop["test"].split())[:40]
                said = f"`{loop['kind']} {shown}` waits for ever if that never comes"
                yield LineSighting(command.line_at(loop.start("kind")), said, severity)


def _body(first: str, following: Sequence[str]) -> str | None:
    """Return the text of the loop that `first` begins, to its `done`; None if that is far away."""
    depth, text = 0, ""
    for part in (first, *following):
        for mark in _LOOPS.finditer(part):
            depth += 1 if mark["open"] else -1
            if depth == 0:
                return text + part[: mark.end()]
        text += part + "\n"
        if len(text) > _LONGEST:
            break
    return None


def _waits(loop: re.Match[str], body: str) -> bool:
    """True if the loop sleeps until a command succeeds, and counts nothing."""
    if not _SLEEPS.search(body) or _ENDS.search(body) or _OWN.search(loop["test"]):
        return False
    if loop["ever"]:
        return loop["kind"] == "while" and _LEAVES.search(body) is not None
    return loop["kind"] == "until" or loop["test"].lstrip().startswith(
        ("!", "[ !", "[[ !", "[ -z", "[[ -z", "test !", '[ "$(')
    )
