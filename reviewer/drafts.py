"""The only door to drafts: a file each beside the journals of its review, written anew with every change.

They are one writer's own, never published, and gone once said. A draft out in an editor is in a second file, which is
found again if we are killed before the editor ends.
"""

import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from reviewer.errors import ReviewerError
from reviewer.review.draft import Draft, decode_draft, encode_draft
from reviewer.visible import show
from reviewer.whole_file import write_whole

_SUFFIX = ".draft"
_IN_EDITOR = ".md"
_LARGEST = 4_000_000
# Nobody else may read what is not said yet.
_OWN = 0o600


@dataclass(frozen=True, slots=True)
class Drafts:
    """`home` is the folder of the review, `writer` whose drafts they are."""

    home: Path
    writer: str

    def read(self) -> tuple[Draft, ...]:
        """Return all drafts that can be read, the oldest first; the file of another is left alone."""
        found = []
        for file in sorted(self._files(), key=_time_written):
            key = file.name[len(self.writer) + 1 : -len(_SUFFIX)]
            # The name of another writer can begin like this one's.
            draft = decode_draft(key, _content(file)) if "." not in key else None
            if draft is not None:
                found.append(self._back_from_editor(draft))
        return tuple(draft for draft in found if not draft.is_empty)

    def keep(self, draft: Draft, *, durable: bool = False) -> None:
        """Write the draft so that it survives us; a durable one also the loss of power. Raises ReviewerError."""
        file = self._file(draft)
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            write_whole(file, encode_draft(draft), mode=_OWN, durable=durable)
        except OSError as error:
            raise ReviewerError(
                f"{show(str(file))}: the draft is not kept on disk ({error.strerror}); make room or check permissions"
            ) from error

    def drop(self, draft: Draft) -> None:
        """Forget a draft that was said, or is empty."""
        for file in (self._file(draft), self._text_file(draft)):
            with suppress(OSError):
                file.unlink(missing_ok=True)

    def edit(self, draft: Draft, editor: Sequence[str]) -> Draft:
        """Return the draft as the editor leaves it. Raises ReviewerError if it cannot be run, or ends with an error."""
        # The text that comes back belongs to a place, which is told in here.
        self.keep(draft)
        file = self._text_file(draft)
        try:
            content = f"{draft.note.body}\n".encode(errors="surrogateescape")
            write_whole(file, content, mode=_OWN, durable=False)
            status = subprocess.run([*editor, str(file)], check=False).returncode
        except OSError as error:
            file.unlink(missing_ok=True)
            raise ReviewerError(f"{show(' '.join(editor))}: cannot be run ({error.strerror})") from error
        if status:
            file.unlink(missing_ok=True)
            raise ReviewerError(f"{show(editor[0])}: ended with {status}; the text is as it was before")
        return self._back_from_editor(draft)

    def _back_from_editor(self, draft: Draft) -> Draft:
        file = self._text_file(draft)
        if not file.is_file():
            return draft
        text = _content(file).decode("utf-8", "replace").replace("\r\n", "\n").removesuffix("\n")
        edited = replace(draft, note=replace(draft.note, body=text))
        self.keep(edited)
        file.unlink(missing_ok=True)
        return edited

    def _files(self) -> list[Path]:
        try:
            return list(self.home.glob(f"{self.writer}.*{_SUFFIX}"))
        except OSError:
            return []

    def _file(self, draft: Draft) -> Path:
        return self.home / f"{self.writer}.{draft.key}{_SUFFIX}"

    def _text_file(self, draft: Draft) -> Path:
        return self.home / f"{self.writer}.{draft.key}{_IN_EDITOR}"


def _content(file: Path) -> bytes:
    try:
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:
            return stream.read(_LARGEST)
    except OSError:
        return b""


def _time_written(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
