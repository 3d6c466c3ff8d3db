import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.dockerfile import Instruction, instructions_of
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_ROOT = regex(r"(?:root|0)(?::\S+)?")
_FROM = regex(r"(?:--\S+\s+)*(\S+)(?:\s+as\s+(\S+))?", re.IGNORECASE)
# Images that come with a user of their own.
_UNPRIVILEGED = regex(r"nonroot|unprivileged|rootless|bitnami/|chainguard|distroless.*nonroot|jupyter/", re.IGNORECASE)
# These begin as root and give their rights up, or need a shell that may.
_DROPS = regex(r"gosu|su-exec|setpriv|runuser|s6-|/init\b|tini.*gosu|entrypoint\.sh", re.IGNORECASE)


class RootContainer(TokenRule):
    """A container's program runs as root.

    Why look: whoever breaks into the program owns the container, and is a step closer to the host.
    Ask: what does it do that an ordinary user of the image could not?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 250
    words = ("CMD", "ENTRYPOINT", "USER", "cmd", "user")
    languages = frozenset({"docker"})

    INVALID = (
        Example('FROM python:3.12\nCOPY . /app\nCMD ["python", "/app/shop.py"]\n', path="Dockerfile"),
        Example('FROM node:20\nRUN npm ci\nENTRYPOINT ["node", "shop.js"]\n', path="Dockerfile"),
        Example('FROM node:20\nUSER node\nRUN npm ci\nUSER root\nCMD ["node", "shop.js"]\n', path="Dockerfile"),
        Example("FROM debian:12\nUSER shop\nUSER 0:0\n", path="Dockerfile"),
        Example('FROM node:20 AS build\nUSER node\nFROM node:20\n# USER node\nCMD ["node"]\n', path="Dockerfile"),
        Example("FROM debian:12\nHEALTHCHECK CMD curl -f localhost\nCMD shop serve\n", path="Dockerfile"),
    )
    VALID = (
        Example('FROM python:3.12\nRUN useradd shop\nUSER shop\nCMD ["python", "shop.py"]\n', path="Dockerfile"),
        Example("FROM node:20\nUSER root\nRUN apt-get update\nUSER node\nCMD node shop.js\n", path="Dockerfile"),
        Example("FROM gcr.io/distroless/static:nonroot\nCMD /shop\n", path="Dockerfile"),
        Example("FROM node:20 AS base\nUSER node\nFROM base\nCMD node shop.js\n", path="Dockerfile"),
        Example('FROM debian:12\nENTRYPOINT ["/docker-entrypoint.sh"]\nCMD ["shop"]\n', path="Dockerfile"),
        Example("FROM node:20 AS build\nCMD npm test\nFROM node:20\nUSER node\nCMD node shop.js\n", path="Dockerfile"),
        Example("FROM debian:12\nRUN apt-get install -y make\n", path="Dockerfile"),
        Example("ARG USER_ID\nFROM debian:12\nUSER $USER_ID\nCMD shop\n", path="Dockerfile"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - lines
        users: dict[str, str] = {}
        stages: dict[int, list[Instruction]] = {}
        for instruction in instructions_of(file):
            stages.setdefault(instruction.stage, []).append(instruction)
        for number, stage in stages.items():
            base, name = _base(stage)
            user = users.get(base) or ("-" if _UNPRIVILEGED.search(base) else None)
            said = [one for one in stage if one.name == "USER"]
            users[name] = said[-1].text if said else user or ""
            if number == max(stages):
                yield from _last(stage, said, user)


def _base(stage: Sequence[Instruction]) -> tuple[str, str]:
    """Return the image a stage is built from and its own name."""
    match = _FROM.match(stage[0].text) if stage[0].name == "FROM" else None
    return (match[1].lower(), (match[2] or "").lower()) if match else ("", "")


def _last(stage: Sequence[Instruction], said: Sequence[Instruction], user: str | None) -> Iterator[LineSighting]:
    started = [one for one in stage if one.name in ("CMD", "ENTRYPOINT")]
    if any(_DROPS.search(one.text) for one in started):
        return
    if said and _ROOT.fullmatch(said[-1].text):
        yield LineSighting(said[-1].line, f"`USER {said[-1].text}` is the last, so what is started is root")
    elif not said and started and (user is None or _ROOT.fullmatch(user)) and stage[0].name == "FROM":
        yield LineSighting(started[-1].line, f"no `USER` before `{started[-1].name}`: what is started is root")
