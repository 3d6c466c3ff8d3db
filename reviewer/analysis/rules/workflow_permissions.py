import re
from collections.abc import Iterator, Mapping, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token
from reviewer.analysis.yaml_lines import Entry, entries_of

_HEAD = regex(
    r"github\.event\.pull_request\.head\b|github\.head_ref|refs/pull/|github\.event\.workflow_run\.head_|"
    r"github\.event\.pull_request\.merge_commit_sha|github\.event\.number"
)
_PRINTS = regex(r"\b(?:echo|printf|print|console\.log|cat)\b[^|>\n]*\$\{\{\s*secrets\.(\w+)\s*\}\}(?P<after>[^\n]*)")
_SECRET = regex(r"\$\{\{[^{}]*\bsecrets\.(\w+)[^{}]*\}\}")
_TRIGGERS = ("pull_request_target", "workflow_run")
_ALLOWED = regex(r"true|1", re.IGNORECASE)


class WorkflowPermissions(TokenRule):
    """A workflow gives more rights, or its secrets, to code that nobody here has read.

    Why look: one hostile pull request then writes to the repository or takes the secrets.
    Ask: which rights does each job use, and whose code runs with them?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 732
    words = ("permissions", "pull_request_target", "workflow_run", "secrets", "ACTIONS_ALLOW", "persist-credentials")
    languages = frozenset({"yaml"})

    INVALID = (
        Example("on: push\npermissions: write-all\njobs:\n  a:\n    steps: []\n", path=".github/workflows/x.yml"),
        Example(
            "on: [pull_request_target]\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n        with:\n"
            "          ref: ${{ github.event.pull_request.head.sha }}\n",
            path=".github/workflows/x.yml",
        ),
        Example(
            "on:\n  workflow_run:\n    workflows: [ci]\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n"
            "        with:\n          ref: ${{ github.event.workflow_run.head_sha }}\n",
            path=".github/workflows/x.yml",
        ),
        Example(
            "on: push\njobs:\n  a:\n    steps:\n      - run: echo ${{ secrets.TOKEN }}\n",
            path=".github/workflows/x.yml",
        ),
        Example(
            "on: push\njobs:\n  a:\n    uses: tea/pot/.github/workflows/x.yml@v1\n    secrets: inherit\n",
            path=".github/workflows/x.yml",
        ),
        Example("on: push\nenv:\n  ACTIONS_ALLOW_UNSECURE_COMMANDS: true\njobs: {}\n", path=".github/workflows/x.yml"),
        Example(
            "on: pull_request_target\njobs:\n  a:\n    steps:\n      - run: gh pr checkout 1 && git fetch origin "
            "refs/pull/1/head\n",
            path=".github/workflows/x.yml",
        ),
        Example("on: push\nenv:\n  TEA_TOKEN: ${{ secrets.TEA_TOKEN }}\njobs: {}\n", path=".github/workflows/x.yml"),
        Example(
            "on: push\njobs:\n  a:\n    env:\n      TEA_TOKEN: ${{ secrets.TEA_TOKEN }}\n    steps: []\n",
            path=".github/workflows/x.yml",
        ),
    )
    VALID = (
        Example(
            "on: push\nenv:\n  GH_TOKEN: ${{ secrets.GITHUB_TOKEN }}\njobs:\n  a:\n    steps:\n      - run: tea\n"
            "        env:\n          TEA_TOKEN: ${{ secrets.TEA_TOKEN }}\n",
            path=".github/workflows/x.yml",
        ),
        Example("on: push\npermissions:\n  contents: read\njobs: {}\n", path=".github/workflows/x.yml"),
        Example(
            "on: pull_request\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n        with:\n"
            "          ref: ${{ github.event.pull_request.head.sha }}\n",
            path=".github/workflows/x.yml",
        ),
        Example(
            "on: pull_request_target\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n"
            "      - uses: tea/label@v1\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}\n",
            path=".github/workflows/x.yml",
        ),
        Example(
            "on: push\njobs:\n  a:\n    steps:\n"
            "      - run: echo ${{ secrets.TOKEN }} | docker login --password-stdin\n",
            path=".github/workflows/x.yml",
        ),
        Example(
            "on: push\njobs:\n  a:\n    steps:\n      - run: echo ${{ secrets.KEY }} > key.pem\n",
            path=".github/workflows/x.yml",
        ),
        Example(
            "on: push\njobs:\n  a:\n    uses: ./.github/workflows/x.yml\n    secrets: inherit\n",
            path=".github/workflows/y.yml",
        ),
        Example("# permissions: write-all\non: push\njobs: {}\n", path=".github/workflows/x.yml"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - entries
        entries = entries_of(file)
        by_keys = {entry.keys: entry for entry in entries}
        trigger = _trigger(entries)
        for entry in entries:
            if "env" in entry.keys[:-1] and "steps" not in entry.keys:
                yield from _shared(entry)
            match entry.keys[-1] if entry.keys else "":
                case "permissions" if entry.value == "write-all":
                    yield LineSighting(entry.line, "`write-all` gives the token every right there is")
                case "ACTIONS_ALLOW_UNSECURE_COMMANDS" if _ALLOWED.fullmatch(entry.value):
                    said = "`ACTIONS_ALLOW_UNSECURE_COMMANDS` lets any printed line set the environment"
                    yield LineSighting(entry.line, said, Severity.HIGH)
                case "secrets" if entry.value == "inherit" and not _is_own(by_keys.get((*entry.owner, "uses"))):
                    yield LineSighting(entry.line, "`secrets: inherit` hands all secrets to that workflow")
                case "run":
                    yield from _run(entry, trigger)
                case "uses" if trigger and re.match(r"actions/checkout(?:@|$)", entry.value):
                    yield from _checkout(entry, by_keys, trigger)


def _is_own(uses: Entry | None) -> bool:
    return uses is not None and uses.value.startswith("./")


def _shared(entry: Entry) -> Iterator[LineSighting]:
    """Report a secret in the environment of every step, the actions of others among them."""
    found = _SECRET.search(entry.value)
    # Every workflow has this token anyway.
    if found is not None and found[1] != "GITHUB_TOKEN":
        whole = entry.keys[0] == "env"
        who = "every step of every job" if whole else "every step of the job"
        severity = Severity.LOW if whole else Severity.INFO
        yield LineSighting(
            entry.line, f"{who} gets the secret `{found[1]}`, those of other people's actions too", severity
        )


def _trigger(entries: Sequence[Entry]) -> str:
    """Return what makes the workflow run with secrets on a stranger's pull request, if that does."""
    for entry in entries:
        if entry.keys[:1] and entry.keys[0] in ("on", "true"):
            words = (*entry.keys[1:2], *re.findall(r"\w+", entry.value if len(entry.keys) < 3 else ""))
            for name in _TRIGGERS:
                if name in words:
                    return name
    return ""


def _checkout(entry: Entry, by_keys: Mapping[tuple[str, ...], Entry], trigger: str) -> Iterator[LineSighting]:
    given = (by_keys.get((*entry.owner, "with", key)) for key in ("ref", "repository"))
    # The line that names the stranger's code, not that of the action which everybody uses.
    strange = next((one for one in given if one is not None and _HEAD.search(one.value)), None)
    if strange is not None:
        said = f"`{trigger}` runs with secrets, and this checks out a stranger's code"
        yield LineSighting(strange.line, said, Severity.HIGH)


def _run(entry: Entry, trigger: str) -> Iterator[LineSighting]:
    for line, text in entry.lines:
        if trigger == "pull_request_target" and re.search(
            r"\bgh pr checkout\b|git (?:fetch|pull|checkout)\b.*refs/pull/", text
        ):
            said = f"`{trigger}` runs with secrets, and this checks out a stranger's code"
            yield LineSighting(line, said, Severity.HIGH)
        printed = _PRINTS.search(text)
        if printed is not None and not re.search(r"[|>]", printed["after"]):
            yield LineSighting(line, f"the secret `{printed[1]}` is printed; masks miss what is cut or encoded")
