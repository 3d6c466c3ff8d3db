import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.shell_lines import LANGUAGES, Command, commands_of, masked
from reviewer.analysis.tokens import Token

_START = r"(?:^|[;&|({`]|\b(?:then|do|else|sudo|xargs|exec|if|!)\s)\s*"
_REMOVES = regex(rf"{_START}rm\s+(?P<flags>(?:-[-\w]+\s+)+)(?P<rest>[^;&|)]*)")
_RECURSIVE = regex(r"-\w*[rR]|--recursive")
_ROOTED = regex(r"[\"']?\$\{?(\w+)\}?[\"']?/(?:\S*)")
_TOP = regex(r"(?:/|/\*|~/?|~/\*|/(?:usr|etc|var|home|bin|lib|opt|boot)/?\*?)(?=\s|$)")
_GUARDED = regex(r"\$\{\w+:?[?-]")
_STRICT = regex(r"(?:^|[;&\n])\s*set\s+-(?:\w*u|o\s+nounset|\w+\s+-?o?\s*nounset)|^#!.*\s-\w*u", re.MULTILINE)
# Variables that the file gives a value that is not empty, or asks for one; and those a shell or a CI always sets.
_GIVEN = regex(
    r"(?:^|[\s;&])(?:(?:ENV|export|readonly|local|declare)\s+)*(\w+)(?:=|\s+(?=\S))(?![\"']?(?:\s|$|\$\{?\d))|"
    r"(?:-[nz]\s+\"?\$\{?|\$\{)(\w+)(?=:\?|\b\"?\}?\"?\s*\])",
    re.MULTILINE,
)
_ALWAYS = frozenset(
    {"HOME", "PWD", "TMPDIR", "GITHUB_WORKSPACE", "RUNNER_TEMP", "CI_PROJECT_DIR", "BASH_SOURCE", "OLDPWD", "BUILD_DIR"}
)
_DOWNLOADED = regex(r"(\w+)=[\"']?(?:\$\(|`)\s*(?:curl|wget)\b")
_FETCHED = regex(r"\$\{?(\w+)")
_EVAL = regex(rf"{_START}eval\s+(?!set\s+--)(?P<what>[\"']?(?:\$\{{?[\w@*]|[^;&|]*?\$\{{?[\w@*]).*)")
# What the caller or a reader of input chooses, and names that hold it.
_ARGUMENT = regex(r"(?<!\\)\$\{?[1-9@*]")
_OUTSIDE = regex(r"(\w+)=[^\n]*(?<!\\)\$\{?[1-9@*]|\bread\s+(?:-\w+\s+)*(\w+)")
# Hooks and such, one after the other.
_EACH = regex(r"\bfor\s+(\w+)\s+in\s+[\"']?\$\{\w+\[")
_HELD = regex(r"(?<!\\)\$\{?([A-Za-z_]\w*)")
# Sets a variable whose name is in another: `eval "$name=\$value"`.
_INDIRECT = regex(
    r"[\"']?\\?\$\{?\w+\}?(?:_\w+)?=[\"']?(?:\\|[\"']|\w)|[\"']?(?:echo|unset|export|test|set)\s|\\?\$\{?\\?\$"
)
_SUBSTITUTION = regex(r"[\"']?(?:\$\(|`)")
_PLAIN_ALL = regex(r"(?<![\"\w=\\$])\$(?:[@*]|\{[@*]\})(?!\w)")
_UNQUOTED = regex(
    rf"{_START}(?P<command>rm|mv|cp|cd|exec|chown|chmod|tar)\s+(?:-\S+\s+)*(?P<what>[^;&|()\"'`<>#\n]*?\$\{{?[A-Za-z1-9]\w*[^\s;&|]*)"
)
_UNQUOTED_OUTPUT = regex(
    rf"{_START}(?P<command>rm|mv|cp|cd|exec|chown|chmod|tar)\s+(?:-\S+\s+)*[^;&|\"'`<>#\s]*(?:\$\(|`)"
)
_MANY = regex(r"\$\{?_?\w*(?:OPT|ARG|FLAG|CMD|COMMAND|PARAMS|LIST|FILES|opt|arg|flag|cmd|command|params|list|files)\w*")
_IFS = regex(r"(?:^|[;&]|\b(?:then|do)\s)\s*(?:export\s+)?IFS=(?P<value>\$?'[^']*'|\"[^\"]*\"|[^\s;&|]*)\s*(?:[;&]|$)")
_IFS_BACK = regex(r"\bunset\s+IFS\b|\bIFS=[\"']?\$\{?\w")
_RESTORED = regex(r"[\"']?\$\{?\w+")
_LISTED = regex(r"\bfor\s+\w+\s+in\s+(?:\$\(|`)\s*(?P<what>ls|find)\b")


class ShellMisuse(TokenRule):
    """A shell command takes a value for something else: for several words, for code, or for the root folder.

    Why look: a blank, a star or an empty variable turns the command into another one.
    Ask: what does this line do when the variable is empty or holds a blank?
    """

    informs = "edge-cases"
    severity = Severity.MEDIUM
    cwe = 78
    words = ("rm ", "eval", "$@", "$*", "${@", "${*", "IFS=", "ls", "find", "mv ", "exec ", "cp ", "cd ")
    languages = LANGUAGES

    INVALID = (
        Example('rm -rf "$HOME_OF_SHOP/"*\n', path="clean.sh"),
        Example("rm -rf $DIR/\n", path="clean.sh"),
        Example("rm -rf /\n", path="clean.sh"),
        Example("rm -fr ~/*\n", path="clean.sh"),
        Example('eval "$command"\n', path="run.sh"),
        Example("eval $1\n", path="run.sh"),
        Example('eval "tea_$name=\\$value"\n', path="run.sh"),
        Example("tea --pot $@\n", path="run.sh"),
        Example("rm $file\nmv $old new\nexec ${tool%.sh}\nexec $(find_tool)\n", path="run.sh"),
        Example("cd $folder\ncp -r $from to\n", path="run.sh"),
        Example("IFS=,\nread a b\n", path="run.sh"),
        Example("for f in $(ls dir); do\n  echo x\ndone\n", path="run.sh"),
        Example("FROM a:1\nRUN rm -rf $TARGET/lib\n", path="Dockerfile"),
    )
    VALID = (
        Example('rm -rf "${DIR:?}/"*\nrm -rf "$DIR"\nrm -rf ./build /var/cache/tea/*\n', path="clean.sh"),
        Example('set -euo pipefail\nrm -rf "$DIR/lib"\n', path="clean.sh"),
        Example('DIR=$(mktemp -d)\nrm -rf "$DIR/lib"\n', path="clean.sh"),
        Example(
            'eval "$(ssh-agent -s)"\neval $(docker-machine env)\neval set -- "$options"\neval "x=1"\n', path="run.sh"
        ),
        Example('tea --pot "$@"\necho "$*" $#\nargs=($@)\n', path="run.sh"),
        Example('rm "$file"\nmv -- "$old" new\nexec "$@"\nexec $TEA_OPTS\nrm $$ x\n', path="run.sh"),
        Example('old=$IFS\nIFS=,\nread a b\nIFS="$old"\n', path="run.sh"),
        Example('IFS=, read -r a b\nlocal IFS=,\nIFS=$OLD_IFS\nIFS="$saved"\n', path="run.sh"),
        Example('for f in dir/*; do\n  echo "rm -rf $f/"\ndone\n', path="run.sh"),
        Example("# rm -rf $DIR/\necho 'eval $x'\n", path="run.sh"),
        Example("FROM a:1\nENV TARGET=/srv\nRUN rm -rf $TARGET/lib /var/lib/apt/lists/*\n", path="Dockerfile"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - commands
        whole = "\n".join(file.lines)
        if file.is_test or "Generated by GNU Autoconf" in whole:
            return
        given = {first or second for first, second in _GIVEN.findall(whole)} | _ALWAYS
        downloaded = set(_DOWNLOADED.findall(whole))
        is_strict = _STRICT.search(whole) is not None
        outside = {first or second for first, second in _OUTSIDE.findall(whole)} - set(_EACH.findall(whole))
        is_restored = _IFS_BACK.search(whole) is not None
        for command in commands_of(file):
            yield from _removal(command, given, is_strict=is_strict)
            yield from _words(command, downloaded, outside)
            if not is_restored:
                yield from _separator(command)


def _removal(command: Command, given: set[str], *, is_strict: bool) -> Iterator[LineSighting]:
    for match in _REMOVES.finditer(_open(command.text)):
        if not _RECURSIVE.search(match["flags"]):
            continue
        rest, line = command.text[match.start("rest") : match.end("rest")], command.line_at(match.start("rest"))
        if top := _TOP.match(rest):
            yield LineSighting(line, f"`rm` takes `{top[0].strip()}` away with all that is in it", Severity.HIGH)
        for word in rest.split():
            named = _ROOTED.fullmatch(word)
            if named and not is_strict and not _GUARDED.match(word.lstrip("\"'")) and named[1] not in given:
                yield LineSighting(line, f"if `{named[1]}` is empty, `{word[:40]}` begins at the root folder")


def _words(command: Command, downloaded: set[str], outside: set[str]) -> Iterator[LineSighting]:
    text = command.text
    plain = masked(text)
    for match in _EVAL.finditer(text):
        fetched = _FETCHED.search(match["what"])
        if fetched is not None and fetched[1] in downloaded:
            continue  # curl-pipe-shell speaks about it
        is_code = plain[match.start() : match.start("what")] == text[match.start() : match.start("what")]
        if is_code and not _SUBSTITUTION.match(match["what"]) and not re.match(r"'[^']*'\s*$", match["what"]):
            names = set(_HELD.findall(match["what"]))
            is_given = names & outside or _ARGUMENT.search(match["what"])
            severity = Severity.MEDIUM if is_given and not _INDIRECT.match(match["what"]) else Severity.LOW
            line = command.line_at(match.start("what"))
            yield LineSighting(line, "`eval` runs whatever the variable holds", severity)
    for match in _PLAIN_ALL.finditer(plain):
        if not re.search(r"\b(?:for\s+\w+\s+in|case|\w+=\()\s*$", plain[: match.start()]) and "[[" not in plain:
            said = f"`{match[0]}` without quotes: an argument with a blank becomes two"
            yield LineSighting(command.line_at(match.start()), said, Severity.LOW)
    for match in _UNQUOTED.finditer(plain):
        if not _MANY.search(match["what"]) and "$$" not in match["what"]:
            word = match["what"].strip()[:40]
            said = f"`{match['command']} {word}` without quotes: a blank or star makes it other files"
            yield LineSighting(command.line_at(match.start("what")), said, Severity.LOW)
    for match in _UNQUOTED_OUTPUT.finditer(plain):
        said = f"`{match['command']}` gets a command's output without quotes: a blank or star makes it other files"
        yield LineSighting(command.line_at(match.start("command")), said, Severity.LOW)
    for match in _LISTED.finditer(plain):
        said = f"the names `{match['what']}` prints are split at their blanks; a pattern is not"
        yield LineSighting(command.line_at(match.start("what")), said, Severity.LOW)


def _separator(command: Command) -> Iterator[LineSighting]:
    for match in _IFS.finditer(command.text):
        if not _RESTORED.match(match["value"]) and not re.search(r"\\n|^\"\"$|^''$", match["value"]):
            said = f"`IFS={match['value']}` holds for all that follows and changes how every value is split"
            yield LineSighting(command.line_at(match.end("value")), said, Severity.LOW)


def _open(text: str) -> str:
    """Return the command with text in quotes kept where it begins with a variable, and blotted out elsewhere."""
    return re.sub(
        r"'[^']*'|\"(?!\$)[^\"]*\"", lambda match: match[0][0] + "_" * (len(match[0]) - 2) + match[0][-1], text
    )
