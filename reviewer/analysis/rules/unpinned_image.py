import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.dockerfile import instructions_of
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token
from reviewer.analysis.yaml_lines import entries_of

_FROM = regex(r"(?:--\S+\s+)*(\S+)(?:\s+as\s+(\S+))?", re.IGNORECASE)
_COPY = regex(r"(?:--\S+\s+)*?--from=(\S+)")
_NEVER = regex(r"(?!)")
_MOVING = frozenset({"latest", "stable", "edge", "nightly", "master", "main", "dev"})
# A file of services has them under these keys; elsewhere `image` is a picture.
_CONTAINERS = frozenset({"containers", "initContainers", "services", "container", "jobs", "spec", "steps", "default"})


class UnpinnedImage(TokenRule):
    """A container is built from, or runs, whatever image has the name today.

    Why look: the next build may bring other software, and nobody can build today's again.
    Ask: which version was this tried with, and who decides when it moves?
    """

    informs = "maintain"
    severity = Severity.MEDIUM
    cwe = 1357
    words = ("FROM", "from", "image", "COPY")
    languages = frozenset({"docker", "yaml"})

    INVALID = (
        Example("FROM python\n", path="Dockerfile"),
        Example("FROM python:latest AS build\nRUN make\n", path="Dockerfile"),
        Example("FROM --platform=linux/amd64 tea/pot as base\n", path="shop.dockerfile"),
        Example("FROM registry.example.com:5000/tea/pot\n", path="Dockerfile"),
        Example("FROM node:20 AS build\nFROM nginx\nCOPY --from=build /a /b\n", path="Dockerfile"),
        Example("FROM alpine:3.20\nCOPY --from=images.tea.example/tea/pot:latest /pot /pot\n", path="Dockerfile"),
        Example("services:\n  shop:\n    image: tea/shop:latest\n", path="docker-compose.yml"),
        Example(
            "kind: Pod\nspec:\n  containers:\n    - name: shop\n      image: tea/shop:latest\n", path="deploy/pod.yaml"
        ),
    )
    VALID = (
        Example("FROM python:3.12-slim\nFROM scratch\n", path="Dockerfile"),
        Example("FROM python@sha256:" + "4be65b40" * 8 + "\n", path="Dockerfile"),
        Example("FROM node:20 AS build\nFROM build AS test\nCOPY --from=build /a /b\n", path="Dockerfile"),
        Example("ARG BASE=python:3.12\nFROM ${BASE}\nFROM $BASE AS x\nFROM python:$VERSION\n", path="Dockerfile"),
        Example("# FROM python\nFROM registry.example.com:5000/tea/pot:1.2\n", path="Dockerfile"),
        Example("FROM node:20\nFROM node:20\nCOPY --from=0 /a /b\n", path="Dockerfile"),
        Example("services:\n  shop:\n    image: tea/shop:1.4\n", path="docker-compose.yml"),
        Example("services:\n  shop:\n    build: .\n    image: shop:latest\n", path="docker-compose.yml"),
        Example("page:\n  image: logo\n", path="site/page.yml"),
        Example("spec:\n  containers:\n    - image: {{ .Values.image }}:latest\n", path="chart/pod.yaml"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - lines
        return _built(file) if language_of(file) == "docker" else _run(file)


def _built(file: ChangedFile) -> Iterator[LineSighting]:
    stages: set[str] = set()
    for instruction in instructions_of(file):
        match = {"FROM": _FROM, "COPY": _COPY}.get(instruction.name, _NEVER).match(instruction.text)
        if match is None:
            continue
        is_outside = match[1].lower() not in stages | {"scratch"} and (instruction.name == "FROM" or "/" in match[1])
        if is_outside:
            yield from _named(match[1], instruction.line, Severity.MEDIUM, bare_too=True)
        if instruction.name == "FROM":
            stages.add((match[2] or "").lower())


def _run(file: ChangedFile) -> Iterator[LineSighting]:
    entries = entries_of(file)
    built = {entry.owner for entry in entries if entry.keys and entry.keys[-1] == "build"}
    for entry in entries:
        if entry.key == "image" and _CONTAINERS & set(entry.keys) and entry.owner not in built:
            yield from _named(entry.value, entry.line, Severity.LOW, bare_too=False)


def _named(image: str, line: int, severity: Severity, *, bare_too: bool) -> Iterator[LineSighting]:
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    if re.match(r"sha\d+:[0-9a-f]{32}", digest) or re.search(r"[$<]|\{\{|%\(", image) or not image:
        return
    if tag.lower() in _MOVING:
        yield LineSighting(line, f"`{image}` is another image whenever someone pushes one", severity)
    elif not tag and bare_too:
        yield LineSighting(line, f"`{image}` names no version, so `latest` is taken", severity)
