import re
from collections.abc import Iterator, Mapping

from reviewer.analysis.change import Change, ChangedFile
from reviewer.analysis.declared import Requirement, is_manifest, normal_name, requirements_of
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import DiffRule, Example, LineSighting

_OPEN = regex(r"|\*|latest|x|any|>=?\s*0(?:\.0)*|next|workspace:\*?", re.IGNORECASE)
_REMOTE = regex(r"git\+|git:|github:|https?:|ssh:|@\s*(?:git|https?)|[\w-]+/[\w.-]+(?:#.*)?$", re.IGNORECASE)
_COMMIT = regex(r"[@#](?:v?\d+(?:\.\d+)+|[0-9a-f]{7,40})\b|\.(?:whl|tar\.gz|tgz)\b|--hash|/(?:v?\d+(?:\.\d+)+)/")
_INDEX = regex(r"^\s*(--(?:extra-index-url|trusted-host)\b|(?:-i|--index-url)\s+http://)")
_MOST = 4
# The names a misspelling would be of.
_POPULAR = frozenset(
    """
    requests urllib3 boto3 botocore setuptools certifi numpy pandas scipy matplotlib scikit-learn tensorflow
    torch django flask fastapi starlette uvicorn gunicorn pydantic sqlalchemy alembic psycopg2 psycopg2-binary
    pymysql redis celery kombu pyyaml cryptography pyjwt bcrypt passlib pillow beautifulsoup4 lxml selenium
    playwright scrapy aiohttp httpx websockets jinja2 click typer rich pytest tox black isort flake8 mypy pylint
    ruff coverage hypothesis python-dateutil python-dotenv openai anthropic langchain transformers
    huggingface-hub tiktoken sentry-sdk stripe twilio pymongo motor elasticsearch paramiko fabric ansible
    colorama tqdm loguru structlog attrs marshmallow werkzeug itsdangerous djangorestframework opencv-python
    grpcio protobuf kubernetes docker jsonschema orjson simplejson packaging virtualenv poetry pipenv wheel
    react react-dom vue angular svelte next nuxt express koa fastify lodash underscore axios moment dayjs chalk
    commander typescript webpack vite rollup babel eslint prettier jest mocha chai vitest cypress puppeteer
    jsonwebtoken bcryptjs mongoose sequelize prisma knex mysql2 nodemailer socket.io dotenv cors helmet passport
    winston nodemon tailwindcss cross-env electron discord.js crypto-js jquery bootstrap uuid rxjs zod
    """.split()  # noqa: SIM905 - a list of them would be a screen long
)
# Names of their own, however near.
_KNOWN = frozenset(
    {"djongo", "aredis", "boto", "request", "preact", "chia", "koa2", "numba", "pandera", "httpie", "http3", "blake3"}
    | {"mysql", "psycopg", "pymssql", "celery2", "nest", "vuex"}
)
_SHORTEST = 5


class DependencyChange(DiffRule):
    """A dependency is new, has lost its version or comes from another place.

    Why look: its code runs with all rights of this program, and so does the next version of it.
    Ask: who looked at this package, and why is what we have not enough?
    """

    informs = "prompt"
    severity = Severity.MEDIUM
    cwe = 1357

    INVALID = (
        Example("flask==3.0\ntea-time\n", path="requirements.txt", before="flask==3.0\n"),
        Example("flask==3.0\nreqeusts==2.31\n", path="requirements.txt", before="flask==3.0\n"),
        Example("flask\nrich==14\n", path="requirements/dev.txt", before="flask==3.0\nrich==14\n"),
        Example(
            '[project]\ndependencies = [\n    "flask>=3",\n    "tea>=1",\n]\n', path="pyproject.toml",
            before='[project]\ndependencies = [\n    "flask>=3",\n]\n',
        ),
        Example(
            '{\n  "dependencies": {\n    "react": "^19.0.0",\n    "tea-cup": "latest"\n  }\n}\n', path="package.json",
            before='{\n  "dependencies": {\n    "react": "^19.0.0"\n  }\n}\n',
        ),
        Example(
            "module shop\n\nrequire (\n\tshop.net/a v1.0.0\n\tshop.net/tea v1.2.3\n)\n", path="go.mod",
            before="module shop\n\nrequire (\n\tshop.net/a v1.0.0\n)\n",
        ),
        Example(
            "--extra-index-url https://pypi.shop.net\nflask==3.0\n", path="requirements.txt", before="flask==3.0\n",
        ),
        Example("flask @ git+https://shop.net/flask.git\n", path="requirements.txt", before="flask==3.0\n"),
        Example('[packages]\nflask = "*"\n', path="Pipfile", before="[packages]\n"),
    )  # fmt: skip
    VALID = (
        Example("flask==3.1\n", path="requirements.txt", before="flask==3.0\n"),
        Example("# the shop\nrich>=14\nFlask==3.0\n", path="requirements.txt", before="flask==3.0\nrich>=14\n"),
        Example("flask==3.0\n", path="notes.txt", before=""),
        Example(
            '[project]\nname = "shop"\ndependencies = ["flask>=3"]\n', path="pyproject.toml",
            before='[project]\ndependencies = ["flask>=3"]\n',
        ),
        Example(
            '{"version": "1.0.1", "dependencies": {"react": "^19.1.0"}}\n', path="package.json",
            before='{"version": "1.0.0", "dependencies": {"react": "^19.0.0"}}\n',
        ),
        Example('{"dependencies": {"react": "*"}}\n', path="tests/data/package.json"),
        Example("flask==3.0\n", path="requirements.txt", before="flask==3.0\nrich==14\n"),
        Example("[project\n", path="pyproject.toml", before=""),
        Example("flask==3.0\nrich==14\n", path="requirements.txt"),
    )  # fmt: skip

    def check_change(self, change: Change) -> Iterator[tuple[ChangedFile, LineSighting]]:
        files = [
            file
            for file in change.files
            if file.added and is_manifest(file.name) and not file.is_test and not file.is_example
        ]
        # What another file of the change held before has only moved.
        moved = {name for file in files for name in _by_name(file.name, file.old_text)}
        for file in files:
            yield from ((file, sighting) for sighting in _new(file, moved))
            for line in sorted(file.added):
                match = (
                    _INDEX.match(file.lines[line - 1])
                    if line <= len(file.lines) and file.suffix in (".txt", ".in")
                    else None
                )
                if match is not None:
                    yield file, LineSighting(line, f"`{match[1]}` takes packages from another place")


def _by_name(path: str, text: bytes | None) -> dict[str, Requirement]:
    if text is None:
        return {}
    return {normal_name(each.name): each for each in requirements_of(path, text)}


def _new(file: ChangedFile, moved: set[str]) -> Iterator[LineSighting]:
    before, now = _by_name(file.name, file.old_text), _by_name(file.name, file.new_text)
    places = _places(file, now)
    seen = []
    for name, requirement in now.items():
        if file.old_text is None and not _OPEN.fullmatch(requirement.version) and _near(name) is None:
            continue  # a new project needs something
        what = _what(name, requirement, before, is_known=name in before or name in moved)
        if what is not None and name in places:
            seen.append((places[name], *what))
    near = [each for each in seen if each[2] is Severity.HIGH]
    rest = [each for each in seen if each[2] is not Severity.HIGH]
    for line, says, severity in near if len(rest) > _MOST else seen:
        yield LineSighting(line, says, severity)
    if len(rest) > _MOST:
        unpinned = sum("version" in says for _, says, _ in rest)
        more = f", {unpinned} of them without a version" if unpinned else ""
        yield LineSighting(min(line for line, _, _ in rest), f"{len(rest)} dependencies are new{more}")


def _what(
    name: str, requirement: Requirement, before: Mapping[str, Requirement], *, is_known: bool
) -> tuple[str, Severity] | None:
    """Return what to say of a requirement, and how loudly; None if it only has another version now."""
    shown, version = requirement.name[:60], requirement.version
    old = before.get(name)
    if old is not None and old.version == version:
        return None
    if not is_known and (like := _near(name)) is not None:
        return f"`{shown}` is new and a letter away from `{like}`", Severity.HIGH
    if _REMOTE.match(version) and not _COMMIT.search(version):
        return f"`{shown}` comes from a repository, in whatever state that is", Severity.MEDIUM
    is_open = _OPEN.fullmatch(version) is not None
    if is_known:
        is_loosened = is_open and old is not None and not _OPEN.fullmatch(old.version)
        return (f"`{shown}` has no version any more", Severity.MEDIUM) if is_loosened else None
    if is_open:
        return f"`{shown}` is new and has no version", Severity.LOW if requirement.is_for_work else Severity.MEDIUM
    return f"`{shown}` is new", Severity.INFO if requirement.is_for_work else Severity.LOW


def _places(file: ChangedFile, names: Mapping[str, Requirement]) -> dict[str, int]:
    """Return the first added line on which each name stands as a word."""
    places: dict[str, int] = {}
    spelled = {each.name.lower(): name for name, each in names.items()}
    for line in sorted(file.added):
        if line <= len(file.lines):
            for word in re.findall(r"[\w@][\w./@-]*", file.lines[line - 1].lower()):
                name = spelled.get(word) or spelled.get(word.rstrip("."))
                if name is not None:
                    places.setdefault(name, line)
    return places


def _near(name: str) -> str | None:
    """Return the popular name that one letter more, less, other or swapped would make of this one."""
    if len(name) < _SHORTEST or name in _POPULAR or name in _KNOWN:
        return None
    plain = name.replace("-", "")
    for other in _POPULAR:
        if abs(len(other) - len(name)) <= 1 and len(other) >= _SHORTEST and _is_one_step(name, other):
            return other
        if plain == other.replace("-", ""):
            return other
    return None


def _is_one_step(one: str, other: str) -> bool:
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    one, other = one[start:], other[start:]
    swapped = one[1:2] + one[:1] + one[2:]
    return one[1:] == other[1:] or one[1:] == other or one == other[1:] or swapped == other
