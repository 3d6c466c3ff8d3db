import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token
from reviewer.analysis.yaml_lines import Entry, entries_of

_TRUE = regex(r"true|yes|on", re.IGNORECASE)
_FALSE = regex(r"false|no|off", re.IGNORECASE)
_SOCKET = regex(r"(?:/var)?/run/(?:docker|containerd/containerd|crio/crio|podman/podman)\.sock")
_HOST_PATHS = regex(r"/|/etc/?|/root/?|/proc/?|/var/run/?|/var/lib/kubelet/?|/var/lib/docker/?")
_BOUND = regex(
    r"(?P<folder>/|/(?:etc|root|proc|boot|dev|sys|var/run|var/lib/docker)/?):/[^:]*(?P<how>:(?:\w+,)*ro\b.*)?(?::\w+)?"
)
_POWERS = regex(
    r"(?:CAP_)?(?:ALL|SYS_ADMIN|SYS_PTRACE|SYS_MODULE|NET_ADMIN|NET_RAW|SYS_RAWIO|BPF|DAC_READ_SEARCH)", re.IGNORECASE
)
_SWITCHES = {
    "privileged": ("the container gets every right on the host", Severity.HIGH),
    "allowPrivilegeEscalation": ("a program in the container may become root", Severity.MEDIUM),
    "hostNetwork": ("the container shares the host's network, its local services too", Severity.MEDIUM),
    "hostPID": ("the container sees and may signal the host's processes", Severity.MEDIUM),
    "hostIPC": ("the container shares the host's memory segments", Severity.MEDIUM),
}
_SHARED = {"network_mode": "network", "pid": "processes", "ipc": "memory segments", "userns_mode": "users"}


class PrivilegedContainer(TokenRule):
    """A container is let out of what keeps it apart from its host.

    Why look: whoever breaks into it is then on the host, next to everything else that runs there.
    Ask: which one right does it need, and would that alone do?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 250
    words = (
        "rivileged", "allowPrivilegeEscalation", "host", "docker.sock", "containerd", "cap", "volumes", "runAsNonRoot",
        "runAsUser",
        "confined", "no-new-privileges", "label", "crio", "podman",
    )  # fmt: skip
    languages = frozenset({"yaml"})

    INVALID = (
        Example("services:\n  shop:\n    image: shop:1\n    privileged: true\n", path="docker-compose.yml"),
        Example(
            "kind: Pod\nspec:\n  containers:\n    - name: shop\n      securityContext:\n        privileged: true\n",
            path="deploy/pod.yaml",
        ),
        Example(
            "kind: Pod\nspec:\n  hostNetwork: true\n  hostPID: true\n  hostIPC: yes\n  containers: []\n",
            path="deploy/pod.yaml",
        ),
        Example(
            "spec:\n  containers:\n    - securityContext:\n        allowPrivilegeEscalation: true\n"
            "        runAsNonRoot: false\n",
            path="deploy/pod.yaml",
        ),
        Example(
            "services:\n  shop:\n    volumes:\n      - ./a:/a\n      - /var/run/docker.sock:/var/run/docker.sock:ro\n",
            path="docker-compose.yml",
        ),
        Example("spec:\n  volumes:\n    - hostPath:\n        path: /var/run/docker.sock\n", path="deploy/pod.yaml"),
        Example("spec:\n  volumes:\n    - name: a\n      hostPath:\n        path: /\n", path="deploy/pod.yaml"),
        Example("services:\n  shop:\n    volumes:\n      - /:/host\n      - /etc:/a\n", path="docker-compose.yml"),
        Example("services:\n  shop:\n    cap_add: [SYS_ADMIN]\n", path="docker-compose.yml"),
        Example(
            "spec:\n  containers:\n    - securityContext:\n        capabilities:\n          add:\n            - ALL\n",
            path="deploy/pod.yaml",
        ),
        Example("services:\n  shop:\n    security_opt:\n      - seccomp:unconfined\n", path="docker-compose.yml"),
        Example("services:\n  shop:\n    security_opt:\n      - label:disable\n", path="docker-compose.yml"),
        Example("services:\n  shop:\n    security_opt:\n      - no-new-privileges:false\n", path="docker-compose.yml"),
        Example("securityContext:\n  seccompProfile:\n    type: Unconfined\n", path="deploy/pod.yaml"),
        Example("services:\n  shop:\n    network_mode: host\n    pid: host\n", path="docker-compose.yml"),
        Example("spec:\n  securityContext:\n    runAsUser: 0\n", path="deploy/pod.yaml"),
    )
    VALID = (
        Example("services:\n  shop:\n    image: shop:1\n    privileged: false\n", path="docker-compose.yml"),
        Example(
            "jobs:\n  a:\n    services:\n      docker:\n        privileged: true\n", path=".github/workflows/x.yml"
        ),
        Example(
            "spec:\n  containers:\n    - securityContext:\n        allowPrivilegeEscalation: false\n"
            "        runAsNonRoot: true\n"
            "        capabilities:\n          drop:\n            - ALL\n          add: [NET_BIND_SERVICE]\n",
            path="deploy/pod.yaml",
        ),
        Example("services:\n  shop:\n    cap_drop:\n      - ALL\n", path="docker-compose.yml"),
        Example("services:\n  shop:\n    security_opt:\n      - no-new-privileges:true\n", path="docker-compose.yml"),
        Example(
            "services:\n  shop:\n    volumes:\n      - /etc/localtime:/etc/localtime:ro\n      - ./etc:/etc\n",
            path="docker-compose.yml",
        ),
        Example("services:\n  shop:\n    volumes:\n      - /srv/shop:/shop\n", path="docker-compose.yml"),
        Example("users:\n  tea:\n    privileged: true\n", path="shop/users.yml"),
        Example("spec:\n  volumes:\n    - hostPath:\n        path: /srv/shop\n", path="deploy/pod.yaml"),
        Example("# privileged: true\nspec:\n  hostNetwork: false\n", path="deploy/pod.yaml"),
        Example(
            "kind: PodSecurityPolicy\nspec:\n  privileged: false\n  hostNetwork: false\n", path="deploy/policy.yaml"
        ),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - entries
        entries = entries_of(file)
        if any(entry.keys[:1] == ("jobs",) for entry in entries) and not any("containers" in e.keys for e in entries):
            return
        for entry in entries:
            yield from _set(entry)


def _set(entry: Entry) -> Iterator[LineSighting]:
    key, value, line = entry.key, entry.value, entry.line
    keys = set(entry.keys)
    shown = f"`{key}: {value[:40]}`"
    if key in _SWITCHES and _TRUE.fullmatch(value) and keys & {"services", "spec", "securityContext", "template"}:
        said, severity = _SWITCHES[key]
        yield LineSighting(line, f"{shown}: {said}", severity)
    elif key == "runAsNonRoot" and _FALSE.fullmatch(value):
        yield LineSighting(line, f"{shown} allows the container to run as root", Severity.MEDIUM)
    elif key == "runAsUser" and value == "0":
        yield LineSighting(line, f"{shown} is root", Severity.MEDIUM)
    elif key in _SHARED and value == "host" and "services" in keys:
        yield LineSighting(line, f"{shown}: the container shares the host's {_SHARED[key]}", Severity.MEDIUM)
    elif key == "type" and "seccompProfile" in keys and value.lower() == "unconfined":
        yield LineSighting(line, "`Unconfined`: the container may make every system call", Severity.MEDIUM)
    elif "security_opt" in keys:
        yield from _option(value, line)
    elif "hostPath" in keys or keys & {"volumes", "volumeMounts"}:
        yield from _mounted(entry)
    elif key in ("cap_add", "add") and keys & {"cap_add", "capabilities"}:
        yield from _powers(value, line)


def _option(value: str, line: int) -> Iterator[LineSighting]:
    for option in re.findall(r"[\w-]+\s*[:=]\s*\w+", value):
        name, setting = re.split(r"\s*[:=]\s*", option)
        if setting == "unconfined" or (name, setting) == ("label", "disable"):
            yield LineSighting(line, f"`{option}` takes the container's fence away", Severity.MEDIUM)
        elif name == "no-new-privileges" and _FALSE.fullmatch(setting):
            yield LineSighting(line, f"`{option}`: a program in the container may become root", Severity.MEDIUM)


def _mounted(entry: Entry) -> Iterator[LineSighting]:
    if _SOCKET.search(entry.value) and entry.keys[-1] not in ("target", "mountPath", "name"):
        yield LineSighting(entry.line, "whoever has the socket of the container engine rules the host")
    elif entry.keys[-2:] == ("hostPath", "path") and _HOST_PATHS.fullmatch(entry.value):
        yield LineSighting(entry.line, f"`{entry.value}` of the host is open to the container", Severity.MEDIUM)
    elif "services" in entry.keys and (bound := _BOUND.fullmatch(entry.value)) is not None:
        severity = Severity.INFO if bound["how"] else Severity.MEDIUM
        yield LineSighting(entry.line, f"`{bound['folder']}` of the host is open to the container", severity)


def _powers(value: str, line: int) -> Iterator[LineSighting]:
    for power in re.findall(r"\w+", value):
        if _POWERS.fullmatch(power):
            severity = Severity.HIGH if power.upper().removeprefix("CAP_") in ("ALL", "SYS_ADMIN") else Severity.MEDIUM
            yield LineSighting(line, f"`{power}` is close to root on the host", severity)
