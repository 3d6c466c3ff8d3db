"""The only door to diffs as they were seen, kept so that a later state of a change can be compared with them.

They lie in the git common directory beside the reviews and never leave it. Losing one loses no
mark and no word, only the comparison.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from reviewer.diff.identity import ScopeId, scope_of
from reviewer.diff.model import Diff
from reviewer.diff.pack import pack, unpack

_SUFFIX = ".diff"
_MOST_KEPT = 200


@dataclass(frozen=True, slots=True)
class Archive:
    """`home` holds one packed diff a scope."""

    home: Path

    def keep(self, scope: ScopeId, diff: Diff) -> None:
        """Keep the diff for later; a full or read-only disk is no reason to stop a review."""
        file = self._file(scope)
        with suppress(OSError):
            if file.exists():
                return
            self.home.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self.home, suffix=".tmp", delete=False) as draft:
                draft.writelines(pack(diff))
            Path(draft.name).replace(file)
            self._forget_old()

    def diff(self, scope: ScopeId) -> Diff | None:
        """Return the diff of a scope, or None if it is not here or not what it was."""
        # A scope can come from somebody else's record, where it may say anything.
        if not (scope.isascii() and scope.isalnum()):
            return None
        try:
            diff = unpack(self._file(scope).read_bytes())
            # The name says what must be in it; a damaged diff would carry marks to the wrong lines.
            return diff if scope_of(diff).id == scope else None
        except (OSError, ValueError):
            return None

    def _file(self, scope: ScopeId) -> Path:
        return self.home / f"{scope}{_SUFFIX}"

    def _forget_old(self) -> None:
        files = sorted(self.home.glob(f"*{_SUFFIX}"), key=lambda file: file.stat().st_mtime)
        for file in files[:-_MOST_KEPT]:
            file.unlink(missing_ok=True)
