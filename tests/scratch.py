"""Temporary git repositories in which neither the clock nor anybody's settings matter."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from reviewer.diff.model import Diff
from reviewer.provenance.agents import AGENTS
from reviewer.repository import Repository, Target, TargetKind, choose_target, discover, read_diff

ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_ATTR_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_AUTHOR_DATE": "1700000000 +0000",
    "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org", "GIT_COMMITTER_DATE": "1700000000 +0000",
}  # fmt: skip

PLAIN, EXECUTABLE, SYMLINK, SUBMODULE = "100644", "100755", "120000", "160000"


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of a tree; the content of a submodule is the id of its commit."""

    content: bytes
    mode: str = PLAIN


Tree = Mapping[bytes, bytes | Entry]


def pin_environment(patch: pytest.MonkeyPatch, home: Path) -> None:
    """Let no variable and no file of the developer's reach git, or say that an agent runs the tests."""
    of_git = [name for name in os.environ if name.startswith("GIT_") and not name.startswith("GIT_PYTHON")]
    # Whoever runs the tests, the sessions in them are a person's.
    of_agents = [name for _, conditions, _ in AGENTS for name, _ in conditions if name not in ("HOME", "USER")]
    of_ours = [name for name in os.environ if name.startswith("REVIEWER_")]
    for name in {*of_git, *of_agents, *of_ours, "AI_AGENT"}:
        patch.delenv(name, raising=False)
    home.mkdir(exist_ok=True)
    for name, value in {
        **ENVIRONMENT,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "XDG_CACHE_HOME": str(home / ".cache"),
    }.items():
        patch.setenv(name, value)


class Scratch:
    """A repository in a folder of its own, and the few git commands that tests arrange with."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main", *options)

    @property
    def repository(self) -> Repository:
        return discover(self.folder)

    def git(self, *arguments: str | bytes, stdin: bytes = b"", check: bool = True, **environment: str) -> bytes:
        """Return what git prints; `check=False` where it may fail."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, input=stdin, capture_output=True, env={**os.environ, **environment}
        )
        assert not check or done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout

    def oid(self, revision: str) -> str:
        return self.git("rev-parse", "--verify", revision).decode().strip()

    def write(self, path: str | bytes, content: bytes | str = b"", mode: str = PLAIN) -> Path:
        """Put a file into the working tree, in place of whatever was there."""
        place = self.folder / os.fsdecode(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        data = content if isinstance(content, bytes) else content.encode()
        if mode == SYMLINK:
            place.symlink_to(os.fsdecode(data))
        else:
            place.write_bytes(data)
            place.chmod(0o755 if mode == EXECUTABLE else 0o644)
        return place

    def commit(self, files: Mapping[str, bytes | str] | None = None, message: str = "change") -> str:
        """Write the files, commit the whole working tree, and return the commit's id."""
        for path, content in (files or {}).items():
            self.write(path, content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--no-verify", "-m", message)
        return self.oid("HEAD")

    def import_commits(self, *trees: Tree, branch: str = "main") -> tuple[str, ...]:
        """Make one commit of each tree, each the child of the one before, without a working tree."""
        stream = b"".join(_commit(tree, branch, number, is_first=number == 1) for number, tree in enumerate(trees, 1))
        marks = self.folder / ".git" / "marks" if (self.folder / ".git").is_dir() else self.folder / "marks"
        self.git("fast-import", "--quiet", "--force", f"--export-marks={marks}", stdin=stream)
        oids = dict(line.split(" ") for line in marks.read_text().splitlines())
        marks.unlink()
        return tuple(oids[f":{number}"] for number in range(1, len(trees) + 1))

    def put(self, tree: Tree) -> None:
        """Make the working tree hold exactly this, submodules aside."""
        for path in self.git("ls-files", "-z").split(b"\0")[:-1]:
            place = self.folder / os.fsdecode(path)
            place.unlink(missing_ok=True)
            if place.parent != self.folder and not any(place.parent.iterdir()):
                place.parent.rmdir()
        for path, entry in tree.items():
            content, mode = _content_and_mode(entry)
            self.write(path, content, mode)

    def diff(
        self, revision: str | None = None, *, kind: TargetKind | None = None, paths: tuple[bytes, ...] = ()
    ) -> Diff:
        target = choose_target(self.repository, revision, kind=kind, paths=paths)
        return read_diff(self.repository, target)

    def diff_of(self, old: str, new: str) -> Diff:
        return read_diff(self.repository, Target(TargetKind.COMMITS, old, new, "test"))

    def diff_of_trees(self, old: Tree, new: Tree) -> Diff:
        return self.diff_of(*self.import_commits(old, new))


def _content_and_mode(entry: bytes | Entry) -> tuple[bytes, str]:
    return (entry.content, entry.mode) if isinstance(entry, Entry) else (entry, PLAIN)


def _commit(tree: Tree, branch: str, mark: int, *, is_first: bool) -> bytes:
    head = f"commit refs/heads/{branch}\nmark :{mark}\ncommitter Ada <ada@example.org> 1700000000 +0000\ndata 0\n"
    start = f"from :{mark - 1}\n" if not is_first else ""
    return (head + start + "deleteall\n").encode() + b"".join(_modify(*item) for item in tree.items()) + b"\n"


def _modify(path: bytes, entry: bytes | Entry) -> bytes:
    content, mode = _content_and_mode(entry)
    name = b'"' + b"".join(b"\\%03o" % byte for byte in path) + b'"'
    if mode == SUBMODULE:
        return b"M %s %s %s\n" % (mode.encode(), content, name)
    return b"M %s inline %s\ndata %d\n%s\n" % (mode.encode(), name, len(content), content)
