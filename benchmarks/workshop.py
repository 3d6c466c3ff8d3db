"""A clone in which histories are made and rewritten; the repository it was taken from stays as it is."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

# None for a file that is not there.
Content = bytes | None

_SETTINGS = ("gc.auto=0", "maintenance.auto=false", "core.fsync=none", "rerere.enabled=false", "core.quotePath=true",
             "commit.gpgSign=false", "core.hooksPath=/dev/null", "core.autocrlf=false")  # fmt: skip


class Workshop:
    def __init__(self, original: Path, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._environment = {**environment, "GIT_EDITOR": "true"}
        subprocess.run(
            ["git", "clone", "--quiet", "--shared", str(original.resolve()), str(folder)],
            env=self._environment, check=True,
        )  # fmt: skip
        self._blobs: dict[str, Content] = {"0" * 40: None}

    def git(self, *arguments: str, stdin: bytes = b"") -> bytes:
        done = self._run(*arguments, stdin=stdin)
        if done.returncode:
            raise RuntimeError(f"git {arguments}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def commits(self) -> list[str]:
        """Return the commits of the first line of history, the oldest first."""
        return self.git("rev-list", "--reverse", "--first-parent", "HEAD").decode().split()

    def blob(self, oid: str) -> Content:
        if oid not in self._blobs:
            self._blobs[oid] = self.git("cat-file", "blob", oid)
        return self._blobs[oid]

    def commit(self, parent: str, files: Mapping[bytes, Content], message: str = "change") -> str:
        """Return a new commit whose tree is the parent's but for these files."""
        stream = [f"commit refs/made\nmark :1\ncommitter Rita <rita@example.org> 1700000000 +0000\ndata {len(message)}"]
        lines = [*(line.encode() for line in stream), message.encode(), b"from " + parent.encode()]
        for path, content in files.items():
            if content is None:
                lines.append(b"D " + path)
            else:
                lines += [b"M 100644 inline " + path, b"data %d" % len(content), content]
        marks = self.folder / ".git" / "marks"
        self.git("fast-import", "--quiet", "--force", f"--export-marks={marks}", stdin=b"\n".join([*lines, b""]))
        return marks.read_text().split()[1]

    def rebase(self, upstream: str, base: str, tip: str) -> str | None:
        """Return the tip of what lies between `base` and `tip`, put upon `upstream`; None if that needs a person."""
        return self._rewritten("rebase", "--quiet", "--onto", upstream, base, tip)

    def pick(self, upstream: str, commit: str) -> str | None:
        self.git("checkout", "--quiet", "--force", "--detach", upstream)
        return self._rewritten("cherry-pick", commit)

    def _rewritten(self, verb: str, *arguments: str) -> str | None:
        if self._run(verb, *arguments).returncode:
            self.git(verb, "--abort")
            return None
        return self.git("rev-parse", "HEAD").decode().strip()

    def _run(self, *arguments: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        command = ["git", *(part for setting in _SETTINGS for part in ("-c", setting)), *arguments]
        return subprocess.run(
            command, check=False, cwd=self.folder, env=self._environment, input=stdin, capture_output=True
        )
