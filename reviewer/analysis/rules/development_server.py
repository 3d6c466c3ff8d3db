import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.dockerfile import Instruction, instructions_of
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token
from reviewer.analysis.yaml_lines import Entry, entries_of

_STARTS = regex(
    r"(?<![\w./-])(?:(?:npx\s+|yarn\s+|pnpm\s+(?:exec\s+)?|node_modules/\.bin/)?(?:nodemon|ts-node-dev|webpack-dev-server|"
    r"tsx\s+watch|next\s+dev|nuxi?\s+dev|astro\s+dev|remix\s+(?:vite:)?dev|ng\s+serve|vue-cli-service\s+serve|"
    r"react-scripts\s+start|webpack\s+serve|parcel\s+serve|gatsby\s+develop|vite(?!\s+(?:preview|build))(?=\s|$))|"
    r"(?:npm|yarn|pnpm|bun)\s+(?:run\s+)?(?:dev|start:dev|develop|serve:dev|dev:\w+)\b|node\s+--watch|"
    r"flask\s+(?:--?\S+(?:\s+[\w.:]+)?\s+)*run|(?:\S*/)?manage\.py\s+runserver|fastapi\s+dev|php\s+-S|artisan\s+serve|"
    r"go\s+run|mvnw?\s+spring-boot:run|gradlew?\s+bootRun|dotnet\s+watch|hugo\s+server|jekyll\s+serve|mkdocs\s+serve|"
    r"cargo\s+(?:watch|run(?!.*--release))|python[\d.]*\s+-m\s+(?:http\.server|debugpy|pdb)|air)(?=[\s;&|]|$)"
)
_RELOADS = regex(r"(?:uvicorn|gunicorn|hypercorn|daphne|celery|granian)\b.*\s--(?:reload|debug)\b")
_DEBUGS = regex(
    r"--inspect(?:-brk)?=(?:0\.0\.0\.0|\*)|-agentlib:jdwp=\S*address=(?:\*|0\.0\.0\.0)|debugpy\s+--listen\s+0\.0\.0\.0"
)
_SETTING = regex(
    r"(?:^|\s)(?P<name>NODE_ENV|RAILS_ENV|RACK_ENV|APP_ENV|ASPNETCORE_ENVIRONMENT|DOTNET_ENVIRONMENT|MIX_ENV|GIN_MODE|DEBUG|"
    r"DJANGO_DEBUG_MODE)[=\s]\s*[\"']?(?P<value>development|dev|local|debug|\*|[Tt]rue|1)[\"']?(?=\s|$)",
    re.IGNORECASE,
)
_DEVELOPING = regex(
    r"(?:^|[/_.-])(?:dev|develop|development|local|test|debug|ci|override|example|sample|playground)(?:[/_.-]|$)",
    re.IGNORECASE,
)
_SAID = "is made for one person at work: it is slow, shows its inside and may break off"


class DevelopmentServer(TokenRule):
    """What an image starts is the server, or the mode, of people at work on it.

    Why look: it reloads, prints its inside to visitors, and holds out neither load nor attacks.
    Ask: is this image ever started where others can reach it?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 489
    words = ("CMD", "ENTRYPOINT", "ENV", "cmd", "command", "args")
    languages = frozenset({"docker", "yaml"})

    INVALID = (
        Example('FROM a:1\nCMD ["npx", "nodemon", "shop.js"]\n', path="Dockerfile"),
        Example("FROM a:1\nCMD python manage.py runserver 0.0.0.0:8000\n", path="Dockerfile"),
        Example('FROM a:1\nCMD ["flask", "--app", "shop", "run", "--host=0.0.0.0"]\n', path="Dockerfile"),
        Example('FROM a:1\nENTRYPOINT ["uvicorn", "shop:app", "--reload"]\n', path="Dockerfile"),
        Example('FROM a:1\nCMD ["npm", "run", "dev"]\n', path="Dockerfile"),
        Example('FROM a:1\nCMD ["node", "--inspect=0.0.0.0:9229", "shop.js"]\n', path="Dockerfile"),
        Example('FROM a:1\nENV NODE_ENV=development PORT=80\nCMD ["node", "shop.js"]\n', path="Dockerfile"),
        Example('kind: Pod\nspec:\n  containers:\n    - command: ["flask", "run"]\n', path="deploy/pod.yaml"),
    )
    VALID = (
        Example('FROM a:1\nENV NODE_ENV=production\nCMD ["node", "shop.js"]\n', path="Dockerfile"),
        Example('FROM a:1 AS dev\nCMD ["npm", "run", "dev"]\nFROM a:1\nCMD ["node", "shop.js"]\n', path="Dockerfile"),
        Example('FROM a:1\nCMD ["npm", "run", "dev"]\n', path="Dockerfile.dev"),
        Example('FROM a:1 AS development\nCMD ["npm", "run", "dev"]\n', path="Dockerfile"),
        Example('FROM a:1\nCMD ["gunicorn", "shop:app"]\nENTRYPOINT ["vite", "preview"]\n', path="Dockerfile"),
        Example("FROM a:1\nRUN npm run dev:types && ng build\nCMD /usr/bin/air-quality\n", path="Dockerfile"),
        Example("services:\n  shop:\n    command: npm run dev\n", path="docker-compose.override.yml"),
        Example('kind: Pod\nspec:\n  containers:\n    - command: ["gunicorn", "shop:app"]\n', path="deploy/pod.yaml"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - lines
        if file.is_test or file.is_example or _DEVELOPING.search(file.name):
            return
        if language_of(file) == "yaml":
            yield from _containers(entries_of(file))
            return
        instructions = instructions_of(file)
        last = instructions[-1].stage if instructions else 0
        stage = [one for one in instructions if one.stage == last]
        if not stage or (
            stage[0].name == "FROM" and re.search(r"(?i)\sas\s+\S*(?:dev|test|debug|local)", stage[0].text)
        ):
            return
        for one in stage:
            yield from _started(one)


def _started(one: Instruction) -> Iterator[LineSighting]:
    if one.name in ("CMD", "ENTRYPOINT"):
        for said in _faults(one.text):
            yield LineSighting(one.line, said)
    elif one.name == "ENV":
        for found in _SETTING.finditer(one.text):
            said = f"`{found['name']}={found['value']}` is how people work on it, not how it is to run"
            yield LineSighting(one.line_of(found["name"]), said, Severity.LOW)


def _containers(entries: Sequence[Entry]) -> Iterator[LineSighting]:
    """Report containers of a cluster; a compose file is as often made for work."""
    if not any(entry.keys[-1:] == ("kind",) for entry in entries):
        return
    for entry in entries:
        if entry.key in ("command", "args") and "containers" in entry.keys:
            for said in _faults(entry.value):
                yield LineSighting(entry.line, said)


def _faults(command: str) -> Iterator[str]:
    plain = " ".join(re.sub(r"[\[\]\"',]+", " ", command).split())
    if found := _DEBUGS.search(plain):
        yield f"`{found[0][:40]}` lets everybody who reaches the port run code"
    elif found := _STARTS.search(plain):
        yield f"`{found[0][:40]}` {_SAID}"
    elif found := _RELOADS.search(plain):
        yield f"`--{found[0].rpartition('--')[2]}` is for people at work: the server watches its files and restarts"
