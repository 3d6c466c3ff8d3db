import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.secrets import is_placeholder, is_secret, names_password, names_secret
from reviewer.analysis.shell_lines import LANGUAGES, Command, commands_of
from reviewer.analysis.tokens import Token

_START = r"(?:^|[;&|({`]|\$\(|\b(?:then|do|else|sudo|if|exec|!|env)\s)\s*(?:\w+=\S*\s+)*"
_VARIABLE = r"[\"']?(?:\$\{(?P<a>\w+)\}|\$(?P<b>\w+)|\$\{\{\s*secrets\.(?P<c>\w+)\s*\}\})"
_OPTION = regex(
    rf"\s--?(?P<option>(?:\w+-)*(?:pass(?:word|wd|phrase)?|pwd|token|secret|api-?key|auth-?token|secret-?key|access-?key))(?:=|\s+){_VARIABLE}"
)
# Options that hold a password only behind these programs.
_SHORT = (
    (rf"(?:mysql\w*|mariadb\w*|mysqladmin)\b[^;&|]{{0,300}}?\s-p{_VARIABLE}", "`-p`"),
    (
        rf"(?:docker|podman|helm\s+registry|oras|skopeo)\s+(?:\S+\s+){{0,8}}?login\b[^;&|]{{0,300}}?\s-p[=\s]*{_VARIABLE}",
        "`-p`",
    ),
    (rf"sshpass\s+-p\s*{_VARIABLE}", "`-p`"),
    (rf"redis-cli\b[^;&|]{{0,300}}?\s-a\s+{_VARIABLE}", "`-a`"),
    (rf"curl\b[^;&|]{{0,300}}?\s(?:-\w*u|--user|--proxy-user)[=\s]*[\"']?[^\s:\"']*:{_VARIABLE}", "`--user`"),
    (rf"(?:zip|7z|unzip)\b[^;&|]{{0,300}}?\s-[pP]\s*{_VARIABLE}", "`-P`"),
    (rf"openssl\b[^;&|]{{0,300}}?\spass:{_VARIABLE}", "`pass:`"),
    (rf"ldap\w+\b[^;&|]{{0,300}}?\s-w\s+{_VARIABLE}", "`-w`"),
    (rf"sqlcmd\b[^;&|]{{0,300}}?\s-P\s+{_VARIABLE}", "`-P`"),
)
_VALUE = r"[\"']?(?P<value>[^\s\"'$`;&|<>@{}]{4,80})[\"']?(?=[\s;&|)@]|$)"
_WRITTEN = (
    regex(rf"{_START}(?:mysql\w*|mariadb\w*)\b[^;&|]{{0,300}}?\s-p{_VALUE}"),
    regex(rf"{_START}sshpass\s+-p\s*{_VALUE}"),
    regex(rf"{_START}(?:docker|podman)\s+(?:\S+\s+){{0,8}}?login\b[^;&|]{{0,300}}?\s-p\s+{_VALUE}"),
    regex(rf"{_START}curl\b[^;&|]{{0,300}}?\s(?:-\w*u|--user)[=\s]+[\"']?[\w.@-]+:{_VALUE}"),
    regex(rf"{_START}redis-cli\b[^;&|]{{0,300}}?\s-a\s+{_VALUE}"),
)
_PROGRAMS = tuple((regex(rf"{_START}{pattern}"), shown) for pattern, shown in _SHORT)
_ADDRESS = regex(rf"[a-z+]{{2,20}}://(?:[\w.-]*:)?{_VARIABLE}@")
_PRINTED = regex(rf"{_START}(?:echo|printf)\s+(?P<what>[^;&|<>`]{{0,500}})(?P<next>[;&|>]|$)")
_IN_TEXT = regex(r"\$\{(?P<a>\w+)\}|\$(?P<b>\w+)")
_TRACES = regex(r"(?:^|;)\s*(?:set\s+-(?:\w*x|o\s+xtrace)|set\s+(?:-\w+\s+)+-\w*x)|^#!.*\s-\w*x", re.MULTILINE)
_UNTRACED = regex(r"set\s+\+\w*x|set\s+\+o\s+xtrace|BASH_XTRACEFD")
_READ = regex(r"\$\{?(?P<name>[A-Za-z_]\w+)")
_QUIET = regex(r"mask|set-secret|stdin|\*\*\*|is not set|is set|missing|required|unset|length", re.IGNORECASE)


class SecretOnCommandLine(TokenRule):
    """A shell command shows a secret: among the arguments of a program, in what is printed, in a trace.

    Why look: every user of the machine can list arguments, and logs are kept and passed on.
    Ask: does the program read it from a file, from its input or from the environment?
    """

    informs = "security"
    severity = Severity.LOW
    cwe = 214
    hides_code = True
    words = ("$", "mysql", "mariadb", "sshpass", "login", "curl", "redis-cli")
    languages = LANGUAGES

    INVALID = (
        Example('mysqldump -u shop -p"$DB_PASSWORD" shop > shop.sql\n', path="bin/save.sh"),
        Example('docker login -u shop -p "$REGISTRY_PASSWORD" registry.shop.net\n', path="bin/send.sh"),
        Example('curl -fsS -u "shop:${API_TOKEN}" https://shop.net\n', path="bin/send.sh"),
        Example('tea upload --api-key "$TEA_API_KEY" dist\n', path="bin/send.sh"),
        Example('git clone "https://oauth2:${GIT_TOKEN}@git.shop.net/tea.git"\n', path="bin/get.sh"),
        Example("mysqldump -u shop -phunter2x shop > shop.sql\ncurl -u shop:hunter2x shop.net\n", path="bin/save.sh"),
        Example('echo "the password is $DB_PASSWORD"\n', path="bin/start.sh"),
        Example('#!/bin/bash\nset -eux\nexport PGPASSWORD="$DB_PASSWORD"\npsql -f a.sql\n', path="bin/start.sh"),
        Example(
            "on: push\njobs:\n  a:\n    steps:\n      - run: tea upload --token ${{ secrets.TEA_TOKEN }}\n",
            path=".github/workflows/x.yml",
        ),
    )
    VALID = (
        Example('echo "$REGISTRY_PASSWORD" | docker login -u shop --password-stdin\n', path="bin/send.sh"),
        Example("mysql -u shop -p shop < a.sql\nmysql -P3306\ncurl -u user:password a.net\n", path="bin/save.sh"),
        Example('PGPASSWORD="$DB_PASSWORD" psql -f a.sql\n', path="bin/start.sh"),
        Example('mysql --defaults-extra-file="$CONFIG" -p shop\nmkdir -p "$TOKEN_DIR"\n', path="bin/start.sh"),
        Example('tea upload --password-file "$PASSWORD_FILE" --token-ttl "$TTL"\n', path="bin/send.sh"),
        Example('echo "$DB_PASSWORD" > "$file"\necho "DB_PASSWORD is not set"\n', path="bin/start.sh"),
        Example('echo "::add-mask::$TOKEN"\n', path="bin/start.sh"),
        Example('set -x\nmake all\nset +x\nexport PGPASSWORD="$DB_PASSWORD"\n', path="bin/start.sh"),
        Example('set -x\necho "$HOME" "$PWD"\n', path="bin/start.sh"),
        Example('if debug; then\n  set -x\nfi\nlogin "$TOKEN"\nget() {\n  echo "$token"\n}\n', path="bin/start.sh"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - commands
        if file.is_test:
            return
        commands = list(commands_of(file))
        for command in commands:
            yield from _given(command)
            yield from _written(command)
            yield from _printed(command)
        if language_of(file) == "bash":
            yield from _traced("\n".join(file.lines), commands)


def _given(command: Command) -> Iterator[LineSighting]:
    seen: set[int] = set()
    patterns = ((_OPTION, ""), *_PROGRAMS, (_ADDRESS, "an address"))
    for pattern, shown in patterns:
        for found in pattern.finditer(command.text):
            name = found["a"] or found["b"] or found["c"]
            line = command.line_at(found.end() - 1)
            if line not in seen and (found["c"] or _is_secret(name)) and not _is_harmless(command.text):
                seen.add(line)
                where = shown or f"`--{found['option']}`"
                yield LineSighting(line, f"`{name}` in {where} can be read in the list of processes")


def _written(command: Command) -> Iterator[LineSighting]:
    for pattern in _WRITTEN:
        for found in pattern.finditer(command.text):
            if is_secret("password", found["value"]) and not is_placeholder(found["value"]):
                line = command.line_at(found.start("value"))
                yield LineSighting(line, "a password stands in the command", Severity.HIGH)


def _printed(command: Command) -> Iterator[LineSighting]:
    for found in _PRINTED.finditer(command.text):
        if found["next"] in ("|", ">") or _QUIET.search(found["what"]) or "'" in found["what"][:1]:
            continue
        before = command.text[: found.start("what")]
        if before.count("$(") > before.count(")") or before.count("`") % 2:
            continue
        name = next(
            (one["a"] or one["b"] for one in _IN_TEXT.finditer(found["what"]) if _is_secret(one["a"] or one["b"])), None
        )
        # A function gives its result so, and a helper of another program its answer.
        is_result = re.fullmatch(r"(?:-\w+\s+)?[\"']?\$\{?[a-z_]\w*\}?[\"']?\s*", found["what"]) is not None
        if name is not None and not is_result:
            line = command.line_at(found.start("what"))
            severity = Severity.MEDIUM if names_password(name) else Severity.LOW
            yield LineSighting(line, f"`{name}` is printed and stays in the log", severity)


def _traced(text: str, commands: Sequence[Command]) -> Iterator[LineSighting]:
    trace = _TRACES.search(text)
    if trace is None or _UNTRACED.search(text):
        return
    line = text.count("\n", 0, trace.end()) + 1
    if text[text.rfind("\n", 0, trace.end()) + 1 :][:1].isspace():
        return  # somebody asks for it
    for command in commands:
        if command.line_at(0) <= line:
            continue
        name = next((one["name"] for one in _READ.finditer(command.text) if _is_secret(one["name"])), None)
        if name is not None:
            yield LineSighting(line, f"`set -x` prints each command, the value of `{name}` too")
            return


def _is_secret(name: str) -> bool:
    return names_secret(name) and not re.search(
        r"(?i)^(?:old)?pwd$|entry_?token|file|path|dir|name|_id$|_url$|ttl|expir|length|type|count", name
    )


def _is_harmless(text: str) -> bool:
    """True where the arguments are only shown, or Docker's own secrets are used."""
    return re.match(r"\s*(?:echo|printf|#)", text) is not None or "--mount=type=secret" in text
