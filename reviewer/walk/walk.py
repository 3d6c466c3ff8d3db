"""The hunks of a diff in the order a reviewer meets them, and the files that are folded meanwhile."""

from collections.abc import Mapping

from reviewer.diff.model import Diff, FileDiff, Hunk


class Walk:
    """Hunks count through all files; `folds` tells why a file is folded, by its place in the diff."""

    def __init__(self, diff: Diff, folds: Mapping[int, str] | None = None) -> None:
        self.files: tuple[FileDiff, ...] = diff.files
        self.folds = dict(folds or {})
        self.hunks: list[Hunk] = []
        self.file_of_hunk: list[int] = []
        self.first_hunk_of_file: list[int] = []
        for number, file in enumerate(diff.files):
            self.first_hunk_of_file.append(len(self.hunks))
            self.hunks += file.hunks
            self.file_of_hunk += [number] * len(file.hunks)

    def hunks_of_file(self, file: int) -> range:
        first = self.first_hunk_of_file[file]
        return range(first, first + len(self.files[file].hunks))

    def is_folded(self, hunk: int) -> bool:
        return self.file_of_hunk[hunk] in self.folds

    @property
    def folds_by_path(self) -> dict[bytes, str | None]:
        """Why each file is folded, None for one that is shown."""
        return {file.path: self.folds.get(number) for number, file in enumerate(self.files)}

    def fold(self, file: int, reason: str | None) -> None:
        """Fold a file, or show it again."""
        if reason is None:
            self.folds.pop(file, None)
        else:
            self.folds[file] = reason
