from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token
from reviewer.analysis.yaml_lines import entries_of

_ACTION = regex(r"([\w.-]+)/([\w./-]+?)(?:@(\S+))?")
_COMMIT = regex(r"[0-9a-f]{40}|[0-9a-f]{64}")
_MOVING = regex(r"main|master|develop|dev|latest|HEAD|trunk|next|edge|stable")
# Their tags are made by those who run the machine anyway.
_HOUSE = frozenset({"actions", "github"})


class UnpinnedAction(TokenRule):
    """A workflow runs a stranger's action by a name that can be moved to other code.

    Why look: whoever takes over that repository runs code here, with this workflow's secrets.
    Ask: which commit was read, and is it the one that runs?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 829
    words = ("uses:", "uses :")
    languages = frozenset({"yaml"})

    INVALID = (
        Example("jobs:\n  a:\n    steps:\n      - uses: tea/pot-action@v2\n", path=".github/workflows/ci.yml"),
        Example("jobs:\n  a:\n    steps:\n      - uses: tea/pot@main\n", path=".github/workflows/ci.yml"),
        Example("jobs:\n  a:\n    steps:\n      - uses: tea/pot\n", path=".github/workflows/ci.yml"),
        Example("jobs:\n  a:\n    steps:\n      - uses: tea/pot@5fd3084\n", path=".github/workflows/ci.yml"),
        Example("jobs:\n  a:\n    uses: tea/pot/.github/workflows/ci.yml@v1\n", path=".github/workflows/ci.yml"),
        Example("jobs:\n  a:\n    steps:\n      - uses: docker://tea/pot:3.8\n", path=".github/workflows/ci.yml"),
        Example("jobs:\n  a:\n    steps:\n      - uses: actions/checkout@main\n", path=".github/workflows/ci.yml"),
        Example("jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n", path=".github/workflows/ci.yml"),
        Example("runs:\n  using: composite\n  steps:\n    - name: x\n      uses: 'tea/pot@v1'\n", path="action.yml"),
    )
    VALID = (
        Example(
            "jobs:\n  a:\n    steps:\n      - uses: tea/pot@" + "5fd3084f" * 5 + " # v2\n",
            path=".github/workflows/ci.yml",
        ),
        Example("jobs:\n  a:\n    steps:\n      - uses: ./.github/actions/pot\n", path=".github/workflows/ci.yml"),
        Example("jobs:\n  a:\n    uses: ./.github/workflows/x.yml@main\n", path=".github/workflows/ci.yml"),
        Example(
            "jobs:\n  a:\n    steps:\n      - uses: docker://alpine@sha256:" + "402d2175" * 8 + "\n",
            path=".github/workflows/ci.yml",
        ),
        Example("# uses: tea/pot@v2\nsteps: []\n", path=".github/workflows/ci.yml"),
        Example(
            "jobs:\n  a:\n    steps:\n      - run: |\n          uses: tea/pot@v2\n", path=".github/workflows/ci.yml"
        ),
        Example("pot:\n  uses: tea/leaves\n", path="shop/pot.yml"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - entries
        for entry in entries_of(file):
            if entry.keys[-1:] == ("uses",) and {"steps", "jobs"} & set(entry.keys):
                yield from _used(entry.value, entry.line)


def _used(action: str, line: int) -> Iterator[LineSighting]:
    if action.startswith("docker://"):
        if "@sha256:" not in action:
            yield LineSighting(line, f"`{action}` is whatever image has that name today")
        return
    match = _ACTION.fullmatch(action)
    if match is None or match[1] in (".", "..") or "${{" in action:
        return
    at = match[3] or ""
    if _COMMIT.fullmatch(at):
        return
    if match[1] in _HOUSE and not _MOVING.fullmatch(at):
        said = f"`{action}`: a tag may be moved, a commit's id may not"
        yield LineSighting(line, said, Severity.INFO)
    elif not at:
        yield LineSighting(line, f"`{action}` says no version at all")
    else:
        what = (
            "a branch moves with every push" if _MOVING.fullmatch(at) else "whoever owns it may move it to other code"
        )
        yield LineSighting(line, f"`{action}`: {what}")
