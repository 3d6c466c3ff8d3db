import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token
from reviewer.analysis.yaml_lines import Entry, entries_of

_KINDS = frozenset({"Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"})
_LISTS = frozenset({"containers", "initContainers"})
_TEMPLATE = regex(r"^\s*\{\{", re.MULTILINE)
_LIVES_ON = frozenset({"Deployment", "StatefulSet", "DaemonSet"})


class ContainerWithoutLimits(TokenRule):
    """A container of a cluster may take all the memory of its machine, or hang without being noticed.

    Why look: one that leaks takes its neighbours down, and one that hangs still gets requests.
    Ask: how much does it need at most, and how does the cluster learn that it no longer answers?
    """

    informs = "scale"
    severity = Severity.INFO
    cwe = 770
    words = ("containers:",)
    languages = frozenset({"yaml"})

    INVALID = (
        Example("kind: Pod\nspec:\n  containers:\n    - name: shop\n      image: a:1\n", path="deploy/pod.yaml"),
        Example(
            "kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - image: a:1\n"
            "          resources:\n            requests:\n              memory: 1Gi\n          livenessProbe: {}\n",
            path="deploy/shop.yaml",
        ),
        Example(
            "kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - image: a:1\n"
            "          resources:\n            limits: {memory: 1Gi}\n",
            path="deploy/shop.yaml",
        ),
    )
    VALID = (
        Example(
            "kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - image: a:1\n"
            "          resources:\n            limits:\n              memory: 1Gi\n          readinessProbe: {}\n",
            path="deploy/shop.yaml",
        ),
        Example(
            "kind: Pod\nspec:\n  containers:\n    - image: a:1\n      resources: {limits: {memory: 1Gi}}\n",
            path="pod.yaml",
        ),
        Example(
            "kind: Pod\nspec:\n  containers:\n    - image: a:1\n      resources:\n        {{- toYaml .Values.r }}\n",
            path="chart/templates/pod.yaml",
        ),
        Example("containers:\n  - name: shop\n    image: a:1\n", path="shop.yaml"),
        Example("kind: Kustomization\nspec:\n  containers:\n    - image: a:1\n", path="shop.yaml"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - entries
        if file.is_test or _TEMPLATE.search("\n".join(file.lines)):
            return
        entries = entries_of(file)
        kinds = {entry.value for entry in entries if entry.keys == ("kind",)}
        if not kinds & _KINDS:
            return
        containers: dict[tuple[int, tuple[str, ...]], list[Entry]] = {}
        documents = [entry.line for entry in entries if entry.keys == ("kind",)]
        for entry in entries:
            for index, key in enumerate(entry.keys[:-2]):
                if key in _LISTS and entry.keys[index + 1].isdigit():
                    number = sum(line <= entry.line for line in documents[:100])
                    containers.setdefault((number, entry.keys[: index + 2]), []).append(entry)
        for (_, owner), parts in containers.items():
            yield from _missing(parts, len(owner), is_serving=bool(kinds & _LIVES_ON) and owner[-2] == "containers")


def _missing(parts: Sequence[Entry], depth: int, *, is_serving: bool) -> Iterator[LineSighting]:
    keys = {part.keys[depth] for part in parts}
    if "image" not in keys:
        return
    line = next(part.line for part in parts if part.keys[depth] == "image")
    has_limits = any("limits" in part.keys or ("resources" in part.keys and "limits" in part.value) for part in parts)
    if not has_limits:
        yield LineSighting(line, "nothing limits the memory of this container: no `resources.limits`")
    elif is_serving and not keys & {"livenessProbe", "readinessProbe", "startupProbe"}:
        yield LineSighting(line, "the cluster cannot tell whether this container answers: no probe")
