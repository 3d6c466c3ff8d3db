"""What attributes say of changed files, and diffs in which they have no say.

A driver, be it git's own or one somebody configured, decides which line stands behind an `@@` and what counts as text;
`-diff` and `diff` decide the latter by themselves. Whoever looks at a change is to see the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from reviewer.pins import NO_DRIVER
from reviewer.repository.git import Repository

_HIDES, _SHOWS, _SILENT = b"unset", b"set", b"unspecified"


@dataclass(frozen=True, slots=True)
class Attributes:
    """Of paths, the values of `diff` and `working-tree-encoding` as git names them."""

    diff: Mapping[bytes, bytes]
    encoding: Mapping[bytes, bytes]

    def decide(self, paths: Iterable[bytes]) -> bool:
        """True if git may take the files for binary, or for text, without looking."""
        return any(self.diff.get(path, _HIDES) in (_HIDES, _SHOWS) for path in paths)

    def encoding_of(self, path: bytes) -> str | None:
        """Return the encoding a file has in the working tree alone, git holds it as UTF-8."""
        value = self.encoding.get(path, _SILENT)
        return None if value in (_SILENT, _SHOWS, _HIDES) else value.decode("utf-8", "replace")

    @property
    def drivers(self) -> frozenset[bytes]:
        return frozenset(self.diff.values()) - {_HIDES, _SHOWS, _SILENT}


def attributes_of(
    repository: Repository, paths: Iterable[bytes], *, index: Mapping[str, str], settings: tuple[str, ...]
) -> Attributes:
    """Return what git makes of all the attribute files there are, the user's own included."""
    # Git would refuse to say anything if it were asked about a path that leads out of the repository.
    asked = (path for path in sorted(paths) if b".." not in path.split(b"/"))
    lines = b"".join(path + b"\0" for path in asked)
    found: dict[bytes, dict[bytes, bytes]] = {b"diff": {}, b"working-tree-encoding": {}}
    if lines:
        names = (name.decode() for name in found)
        output = repository.batch(
            "check-attr", "-z", "--stdin", *names, lines=lines, environment=index, settings=settings
        )
        fields = output.split(b"\0")
        for path, name, value in zip(fields[0::3], fields[1::3], fields[2::3], strict=False):
            found[name][path] = value
    return Attributes(found[b"diff"], found[b"working-tree-encoding"])


@contextmanager
def drivers_off(drivers: Iterable[bytes]) -> Iterator[tuple[str, ...]]:
    """Lend the settings under which these drivers do as git does without one."""
    names = sorted(drivers)
    if not names:
        yield ()
        return
    with TemporaryDirectory(prefix="reviewer-") as folder:
        # By a file: there may be more of them than an argument holds, and `-c` cuts names at the first "=".
        file = Path(folder, "drivers")
        file.write_bytes(b"".join(map(_neutral, names)))
        yield (f"include.path={file}",)


def _neutral(driver: bytes) -> bytes:
    name = driver.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    settings = "".join(f'\t{name} = "{value}"\n' for name, value in NO_DRIVER.items())
    return b'[diff "%s"]\n%s' % (name, settings.encode())
