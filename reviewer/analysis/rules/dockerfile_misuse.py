import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.dockerfile import Instruction, instructions_of
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.shell_lines import masked
from reviewer.analysis.tokens import Token

_SPLIT = regex(r"&&|\|\||[;|]")
_WORD = regex(r"\s*(?:\w+=\S*\s+)*(?:sudo\s+)?(\S+)(?:\s+(.*))?", re.DOTALL)
_ARCHIVE = regex(r"\.(?:tar|tgz|bz2|xz|gz|zip)(?:\.\w+)?(?:\s|$)")
_YES = {
    "apt-get": regex(r"(?:^|\s)(?:-\w*y\w*|-qq\w*|--yes|--assume-yes|--force-yes)(?:\s|$)"),
    "apt": regex(r"(?:^|\s)(?:-\w*y\w*|-qq\w*|--yes|--assume-yes)(?:\s|$)"),
    "yum": regex(r"(?:^|\s)(?:-\w*y\w*|--assumeyes)(?:\s|$)"),
    "dnf": regex(r"(?:^|\s)(?:-\w*y\w*|--assumeyes)(?:\s|$)"),
    "microdnf": regex(r"(?:^|\s)(?:-\w*y\w*|--assumeyes)(?:\s|$)"),
    "zypper": regex(r"(?:^|\s)(?:-\w*[ny]\w*|--non-interactive|--no-confirm)(?:\s|$)"),
}
_UPGRADES = {
    "apt-get": r"(?:dist-)?upgrade", "apt": r"(?:full-)?upgrade", "apk": r"upgrade", "yum": r"update|upgrade",
    "dnf": r"update|upgrade", "zypper": r"update|up|dist-upgrade|dup",
}  # fmt: skip
# What makes no sense inside a build: it asks someone, or looks at a machine that will be gone.
_POINTLESS = frozenset(
    {"top", "kill", "shutdown", "reboot", "ifconfig", "free", "vim", "vi", "nano", "htop", "ssh", "service"}
)
_PIPE = regex(r"(?<!\|)\|(?!\|)")
_PIP = regex(r"pip[\d.]*")


class DockerfileMisuse(TokenRule):
    """An instruction of a Dockerfile hides a failure, stops to ask, or does something else than it seems to.

    Why look: the image is built all the same, and what is wrong shows only when it runs.
    Ask: what happens here when a download fails or somebody has to answer?
    """

    informs = "maintain"
    severity = Severity.LOW
    cwe = 710
    languages = frozenset({"docker"})

    INVALID = (
        Example("FROM a:1\nADD https://example.com/pot /pot\n", path="Dockerfile"),
        Example("FROM a:1\nADD tea.tar.gz /pot\n", path="Dockerfile"),
        Example("FROM a:1\nRUN apt-get update && apt-get install --no-install-recommends curl\n", path="Dockerfile"),
        Example("FROM a:1\nRUN apt-get update \\\n && apt-get install -y curl\n", path="Dockerfile"),
        Example("FROM a:1\nRUN sudo make install\n", path="Dockerfile"),
        Example("FROM a:1\nRUN apt-get update && apt-get -y upgrade\n", path="Dockerfile"),
        Example("FROM a:1\nRUN wget -O - https://example.com | wc -l > /number\n", path="Dockerfile"),
        Example("FROM a:1\nCMD shop serve\n", path="Dockerfile"),
        Example('FROM a:1\nCMD ["a"]\nCMD ["b"]\n', path="Dockerfile"),
        Example('FROM a:1\nENTRYPOINT ["a"]\nENTRYPOINT ["b"]\n', path="Dockerfile"),
        Example("FROM a:1\nEXPOSE 80000\n", path="Dockerfile"),
        Example("FROM a:1\nRUN cd /shop && make\n", path="Dockerfile"),
        Example("FROM a:1\nWORKDIR shop\n", path="Dockerfile"),
        Example("FROM a:1\nMAINTAINER tea@example.com\n", path="Dockerfile"),
        Example("FROM a:1\nRUN pip install tea\n", path="Dockerfile"),
        Example("FROM a:1\nRUN apk add curl\n", path="Dockerfile"),
        Example("FROM a:1 AS x\nFROM b:1 AS x\n", path="Dockerfile"),
        Example("FROM a:1 AS x\nCOPY --from=x /a /b\n", path="Dockerfile"),
        Example("FROM a:1\nRUN --security=insecure make\n", path="Dockerfile"),
        Example("FROM a:1\nVOLUME /var/run/docker.sock\n", path="Dockerfile"),
        Example(
            "FROM a:1\nRUN pip install --no-cache-dir --extra-index-url https://example.com tea==1\n", path="Dockerfile"
        ),
        Example("FROM a:1\nRUN ln -sfv /bin/bash /bin/sh\n", path="Dockerfile"),
    )
    VALID = (
        Example("FROM a:1\nADD pot /pot\nADD --chown=55:tea files* /pot/\n", path="Dockerfile"),
        Example(
            "FROM a:1\nRUN apt-get update \\\n && apt-get install -y --no-install-recommends curl \\\n"
            " && rm -rf /var/lib/apt/lists/*\n",
            path="Dockerfile",
        ),
        Example('FROM a:1\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN curl a | wc -l > /n\n', path="Dockerfile"),
        Example("FROM a:1\nRUN set -o pipefail && curl a | wc -l > /n\n", path="Dockerfile"),
        Example('FROM a:1\nRUN echo "a | sudo b" > /x || true\n', path="Dockerfile"),
        Example('FROM a:1\nENTRYPOINT ["shop"]\nCMD ["serve"]\nEXPOSE 8080 443/tcp $PORT\n', path="Dockerfile"),
        Example('FROM a:1 AS x\nCMD ["a"]\nFROM x AS y\nCMD ["b"]\nCOPY --from=x /a /b\n', path="Dockerfile"),
        Example("FROM a:1\nWORKDIR /shop\nWORKDIR tea\nWORKDIR $HOME\nRUN make && cd ..\n", path="Dockerfile"),
        Example("FROM a:1\nRUN pip install --no-cache-dir tea==1.2 -r requirements.txt\n", path="Dockerfile"),
        Example("FROM a:1\nENV PIP_NO_CACHE_DIR=1\nRUN pip install tea==1.2\n", path="Dockerfile"),
        Example(
            "FROM a:1\nRUN --mount=type=cache,target=/root/.cache pip install -r requirements.txt\n", path="Dockerfile"
        ),
        Example("FROM a:1\nRUN apk add --no-cache curl\n", path="Dockerfile"),
        Example("FROM a:1\nRUN useradd tea && usermod -aG sudo tea\n", path="Dockerfile"),
        Example("FROM a:1\nHEALTHCHECK CMD curl -f localhost\n# CMD shop\n", path="Dockerfile"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - lines
        instructions = instructions_of(file)
        names = {one.stage: _alias(one) for one in instructions if one.name == "FROM"}
        stood = {one.stage: one.line for one in reversed(instructions) if one.name == "WORKDIR"}
        yield from _doubles(instructions)
        shells: dict[int, str] = {}
        is_uncached = any("PIP_NO_CACHE_DIR" in one.text for one in instructions)
        for one in instructions:
            if one.name == "SHELL":
                shells[one.stage] = one.text
            elif one.name == "RUN":
                is_safe = "pipefail" in shells.get(one.stage, "")
                yield from _run(one, is_pipe_safe=is_safe, is_uncached=is_uncached)
            else:
                yield from _single(one, names.get(one.stage, ""), stood.get(one.stage, 0))


def _single(one: Instruction, own: str, first_folder: int) -> Iterator[LineSighting]:
    text = one.text
    match one.name:
        case "ADD" if "://" in text and "--checksum" not in text:
            yield LineSighting(one.line, "`ADD` fetches an address that nobody checks", Severity.MEDIUM)
        case "ADD" if _ARCHIVE.search(text.rpartition(" ")[0] + " "):
            yield LineSighting(one.line, "`ADD` unpacks the archive by itself; `COPY` does what it says", Severity.INFO)
        case "MAINTAINER":
            yield LineSighting(one.line, "`MAINTAINER` is deprecated; `LABEL maintainer` took its place", Severity.INFO)
        case "CMD" | "ENTRYPOINT" if text and not text.startswith("["):
            said = f"`{one.name}` in shell form: signals reach the shell and not the program"
            yield LineSighting(one.line, said, Severity.INFO)
        case "VOLUME" if "docker.sock" in text:
            said = "whoever runs this container with the socket of Docker rules the host"
            yield LineSighting(one.line, said, Severity.HIGH)
        case "EXPOSE":
            yield from _ports(one)
        case "WORKDIR" if re.match(r"[\w.]", text.strip("\"'")) and not re.match(r"[A-Za-z]:", text):
            if one.line == first_folder:
                yield LineSighting(one.line, f"`WORKDIR {text}` depends on where the base image stood")
        case "COPY":
            source = re.search(r"--from=(\S+)", text)
            if source is not None and own and source[1].lower() == own:
                yield LineSighting(one.line, f"`--from={source[1]}` is this very stage", Severity.MEDIUM)


def _ports(one: Instruction) -> Iterator[LineSighting]:
    for port in re.findall(r"(?<![\w$.{-])(\d+)(?:/\w+)?(?=\s|$)", one.text):
        if len(port) > 5 or not 0 < int(port) < 65536:
            yield LineSighting(one.line, f"`{port[:12]}` is no port", Severity.MEDIUM)


def _doubles(instructions: Sequence[Instruction]) -> Iterator[LineSighting]:
    seen: dict[tuple[int, str], Instruction] = {}
    names: set[str] = set()
    for one in instructions:
        if one.name in ("CMD", "ENTRYPOINT"):
            if (one.stage, one.name) in seen:
                said = f"only the last `{one.name}` counts; there is one on line {seen[one.stage, one.name].line}"
                yield LineSighting(one.line, said, Severity.MEDIUM)
            seen[one.stage, one.name] = one
        elif one.name == "FROM" and (name := _alias(one)):
            if name in names:
                yield LineSighting(one.line, f"a stage named `{name}` exists already", Severity.MEDIUM)
            names.add(name)


def _alias(first: Instruction) -> str:
    match = re.search(r"\sas\s+(\S+)$", first.text, re.IGNORECASE)
    return match[1].lower() if match is not None else ""


def _run(one: Instruction, *, is_pipe_safe: bool, is_uncached: bool) -> Iterator[LineSighting]:
    text = one.text
    if "--security=insecure" in text:
        said = "`--security=insecure` gives this step the rights of the host's root"
        yield LineSighting(one.line, said, Severity.HIGH)
    if text.startswith("[") or "<<" in text:
        return
    plain = masked(re.sub(r"^(?:--\S+\s+)*", "", text))
    if _PIPE.search(plain) and not is_pipe_safe and "pipefail" not in text:
        yield LineSighting(one.line, "the step succeeds even if what stands before the pipe fails: no `pipefail`")
    commands = [match for part in _SPLIT.split(plain) if (match := _WORD.fullmatch(part))]
    if commands and commands[0][1] == "cd" and len(commands) > 1:
        said = "`cd` holds for this step only; `WORKDIR` says where the rest stands"
        yield LineSighting(one.line, said, Severity.INFO)
    if re.search(r"\bln\s+-\w+\s+\S*/bash\s+/bin/sh\b", plain):
        yield LineSighting(one.line, "`SHELL` changes the shell without replacing `/bin/sh`", Severity.INFO)
    is_cached = "--mount=type=cache" in text or is_uncached
    for said, severity, word in _faults(commands, plain, is_cached=is_cached):
        yield LineSighting(one.line_of(word), said, severity)


def _faults(commands: Sequence[re.Match[str]], plain: str, *, is_cached: bool) -> Iterator[tuple[str, Severity, str]]:
    if re.search(r"(?:^|[;&|]\s*)sudo\s", plain):
        yield "`sudo` in a build: it is root already, or its user may become it", Severity.LOW, "sudo"
    for match in commands:
        command, rest = match[1].rpartition("/")[2], match[2] or ""
        if command in _YES and re.search(r"(?:^|\s)(?:install|in)(?:\s|$)", rest):
            yield from _installs(command, rest)
        if command in _UPGRADES and re.search(rf"(?:^|\s)(?:{_UPGRADES[command]})(?:\s|$)", rest):
            yield f"`{command}` upgrades whatever is new today: each build is another image", Severity.LOW, command
        if command == "apk" and re.search(r"(?:^|\s)add\s", rest) and "--no-cache" not in rest and not is_cached:
            yield "`apk add` leaves its index in the image: no `--no-cache`", Severity.INFO, "apk"
        if command in _POINTLESS:
            yield f"`{command}` does nothing useful while an image is built", Severity.LOW, command
        if _PIP.fullmatch(command) or (command.startswith("python") and re.match(r"-m\s+pip\s", rest)):
            yield from _pip(rest, is_cached=is_cached)


def _installs(command: str, rest: str) -> Iterator[tuple[str, Severity, str]]:
    if not _YES[command].search(rest):
        yield f"`{command} install` waits for an answer nobody gives: no `-y`", Severity.LOW, command
    elif command == "apt-get" and "--no-install-recommends" not in rest and "Install-Recommends" not in rest:
        yield "`apt-get install` brings recommended packages too", Severity.INFO, command
    if command == "apt":
        yield "`apt` is made for people and may change; scripts use `apt-get`", Severity.INFO, command


def _pip(rest: str, *, is_cached: bool) -> Iterator[tuple[str, Severity, str]]:
    if not re.search(r"(?:^|\s)install(?:\s|$)", rest):
        return
    if "--extra-index-url" in rest:
        said = "`--extra-index-url`: whoever publishes the same name on the other index wins"
        yield said, Severity.MEDIUM, "--extra-index-url"
    elif "--no-cache-dir" not in rest and not is_cached:
        yield "`pip install` leaves its cache in the image: no `--no-cache-dir`", Severity.INFO, "install"
