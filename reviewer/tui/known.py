"""What is known of files that have no lines to show, and of which ones to ask."""

from collections.abc import Mapping

from reviewer.diff.contents import Contents


class Known:
    """By the places of files in the diff; a file is asked about once, when somebody wants to see it."""

    def __init__(self) -> None:
        self._contents: dict[int, Contents] = {}
        self._asked: set[int] = set()
        self.wanted: list[int] = []

    def of(self, file: int) -> Contents | None:
        if file not in self._asked:
            self._asked.add(file)
            self.wanted.append(file)
        return self._contents.get(file)

    def learn(self, contents: Mapping[int, Contents]) -> None:
        self._contents |= contents
