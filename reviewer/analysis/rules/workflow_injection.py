from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token
from reviewer.analysis.yaml_lines import Entry, entries_of

_HOLE = regex(r"\$\{\{([^{}]*)\}\}")
# What a stranger can write: titles, bodies, names of branches, messages.
_STRANGER = regex(
    r"\bgithub\.(?:head_ref\b|event\.(?:"
    r"(?:issue|pull_request|discussion|milestone|release|deployment|project\w*|workflow_run\.pull_requests\S*|review|"
    r"review_comment|comment|label)\.(?:title|body|note|name|description|ref|label|head\.(?:ref|label|repo\.\w+)|user\.(?:name|"
    r"email|login))\b|"
    r"pull_request\.head\.|comment\.body|review\.body|review_comment\.body|discussion_comment\.body|pages\S*\.page_name|"
    r"(?:commits\S*|head_commit)\.(?:message|author\.\w+|committer\.\w+)|"
    r"workflow_run\.(?:head_branch|display_title|head_repository\.\w+|head_commit\.(?:message|author\.\w+))|"
    r"client_payload\b|ref_name\b))"
)
_CALLER = regex(r"\b(?:github\.event\.inputs\.|inputs\.)[\w-]+")
_BRANCH = regex(r"\bgithub\.(?:base_ref|ref_name|event\.base_ref|ref)\b")
_NO_TEXT = regex(
    r"github\.event\.pull_request\.head\.(?:sha|repo\.(?:id|fork|full_name)|user\.id)\b|\.outputs?\.|\.number\b"
)
# What is only compared does not reach the script.
_COMPARED = regex(r"[\w.*\[\]-]+\s*[!=]=|[!=]=\s*[\w.*\[\]-]+|\b(?:contains|startsWith|endsWith)\([^()]*\)")
_PARAMETER = regex(r"\{\{\s?=?(?:inputs|workflow|event)\.[\w.-]{1,80}\s?\}\}")
_SHELL = regex(r"\b(?:ba|z|da|a)?sh\b|python|node|perl")
_CHOICE = regex(r"choice|boolean|number|environment")


class WorkflowInjection(TokenRule):
    """A workflow pastes what a stranger wrote into a script it runs.

    Why look: a title such as `$(curl …)` becomes a command, run with the workflow's token and secrets.
    Ask: would it do to hand the value over in `env:` and read the variable?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 78
    words = ("{{",)
    languages = frozenset({"yaml"})

    INVALID = (
        Example(
            'jobs:\n  a:\n    steps:\n      - run: echo "${{ github.event.issue.title }}"\n',
            path=".github/workflows/x.yml",
        ),
        Example(
            "jobs:\n  a:\n    steps:\n      - name: b\n        run: |\n          make\n"
            "          git checkout ${{ github.head_ref }}\n",
            path=".github/workflows/x.yml",
        ),
        Example(
            "jobs:\n  a:\n    steps:\n      - uses: actions/github-script@v7\n        with:\n          script: |\n"
            "            console.log('${{ github.event.comment.body }}')\n",
            path=".github/workflows/x.yml",
        ),
        Example(
            'jobs:\n  a:\n    steps:\n      - run: echo "${{github.event.commits[0].message}}"\n',
            path=".github/workflows/x.yml",
        ),
        Example(
            "on:\n  workflow_dispatch:\n    inputs:\n      who:\n        type: string\njobs:\n  a:\n    steps:\n"
            '      - run: echo "${{ inputs.who }}"\n',
            path=".github/workflows/x.yml",
        ),
        Example(
            'jobs:\n  a:\n    steps:\n      - run: echo "${{ github.ref_name }}"\n', path=".github/workflows/x.yml"
        ),
        Example(
            "runs:\n  using: composite\n  steps:\n    - shell: bash\n      run: tea ${{ inputs.leaf }}\n",
            path="action.yml",
        ),
        Example(
            "spec:\n  templates:\n    - name: a\n      script:\n        command: [bash]\n        source: |\n"
            "          echo {{inputs.parameters.who}}\n",
            path="deploy/flow.yaml",
        ),
        Example(
            "spec:\n  templates:\n    - name: a\n      container:\n        command: [sh, -c]\n"
            '        args: ["echo {{inputs.parameters.who}}"]\n',
            path="deploy/flow.yaml",
        ),
    )
    VALID = (
        Example(
            "spec:\n  templates:\n    - name: a\n      script:\n        command: [bash]\n        env:\n"
            "          - name: WHO\n"
            "            value: '{{inputs.parameters.who}}'\n        source: |\n          echo $WHO\n",
            path="deploy/flow.yaml",
        ),
        Example(
            "jobs:\n  a:\n    steps:\n      - env:\n          TITLE: ${{ github.event.issue.title }}\n"
            '        run: echo "$TITLE"\n',
            path=".github/workflows/x.yml",
        ),
        Example(
            "jobs:\n  a:\n    steps:\n      - run: docker build -t shop:${{ github.sha }} .\n",
            path=".github/workflows/x.yml",
        ),
        Example(
            "jobs:\n  a:\n    steps:\n      - if: contains(github.event.issue.title, 'tea')\n        run: make\n",
            path=".github/workflows/x.yml",
        ),
        Example(
            "jobs:\n  a:\n    steps:\n      - run: gh pr view ${{ github.event.pull_request.number }}\n",
            path=".github/workflows/x.yml",
        ),
        Example(
            "jobs:\n  a:\n    steps:\n      - uses: tea/comment@v1\n        with:\n"
            "          body: ${{ github.event.issue.body }}\n",
            path=".github/workflows/x.yml",
        ),
        Example(
            "jobs:\n  a:\n    steps:\n"
            "      - run: echo ${{ steps.b.outputs.title }} ${{ secrets.TOKEN }} ${{ matrix.os }}\n",
            path=".github/workflows/x.yml",
        ),
        Example(
            "on:\n  workflow_dispatch:\n    inputs:\n      where:\n        type: choice\njobs:\n  a:\n    steps:\n"
            "      - run: deploy ${{ inputs.where }}\n",
            path=".github/workflows/x.yml",
        ),
        Example(
            "jobs:\n  a:\n    steps:\n"
            "      - run: make ${{ github.event.pull_request.head.ref == 'main' && 'all' || 'some' }}\n",
            path=".github/workflows/x.yml",
        ),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - entries
        entries = entries_of(file)
        chosen = {
            entry.keys[-2]
            for entry in entries
            if entry.keys[-1:] == ("type",) and "inputs" in entry.keys[:-2] and _CHOICE.fullmatch(entry.value)
        }
        scripted = {
            (*entry.owner, "with", "script")
            for entry in entries
            if entry.keys[-1:] == ("uses",) and entry.value.startswith("actions/github-script")
        }
        yield from _templates(entries)
        for entry in entries:
            if "steps" in entry.keys and (entry.keys[-1] == "run" or entry.keys in scripted):
                for line, text in entry.lines:
                    for hole in _HOLE.finditer(text):
                        yield from _pasted(hole[1].strip(), line, chosen)


def _templates(entries: Sequence[Entry]) -> Iterator[LineSighting]:
    """Report the parameters that an Argo template pastes into what it runs."""
    shells = {entry.owner for entry in entries if "command" in entry.keys and _SHELL.search(entry.value)}
    shells |= {owner[:-1] for owner in shells}
    for entry in entries:
        if "templates" not in entry.keys or entry.key not in ("source", "args"):
            continue
        if entry.key == "source" or entry.owner in shells or entry.owner[:-1] in shells:
            for line, text in entry.lines:
                for hole in _PARAMETER.finditer(text):
                    yield LineSighting(line, f"`{hole[0]}` puts a parameter into the script as it is", Severity.MEDIUM)


def _pasted(hole: str, line: int, chosen: set[str]) -> Iterator[LineSighting]:
    shown = f"`${{{{ {hole[:60]} }}}}`"
    hole = _COMPARED.sub("", hole)
    if (found := _STRANGER.search(hole)) and not _NO_TEXT.match(hole, found.start()):
        yield LineSighting(line, f"{shown} puts what a stranger wrote into the script")
    elif (named := _CALLER.search(hole)) and named[0].rpartition(".")[2] not in chosen:
        yield LineSighting(line, f"{shown} puts an input into the script as it is", Severity.MEDIUM)
    elif _BRANCH.search(hole):
        yield LineSighting(line, f"{shown} puts a branch's name into the script", Severity.LOW)
