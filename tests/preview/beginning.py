"""The beginning of a patch, waited for."""

from reviewer.preview.patch import asked


def patch_start(revision: str | None) -> bytes | None:
    awaited = asked(revision)
    return awaited() if awaited is not None else None
