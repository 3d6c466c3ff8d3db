"""Which modules and names of an import are not there."""

import ast
from collections.abc import Mapping, Sequence

import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.missing_imports import import_faults, not_installed
from reviewer.analysis.project import Project

NOWHERE = ChangedFile(b"shop/a.py", None, b"", frozenset(), frozenset())


class Files:
    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = {name.encode(): text.encode() for name, text in texts.items()}

    def paths(self) -> frozenset[bytes]:
        return frozenset(self.texts)

    def read(self, paths: Sequence[bytes]) -> Mapping[bytes, bytes]:
        return {path: self.texts[path] for path in paths if path in self.texts}


def faults(code: str, file: ChangedFile = NOWHERE) -> list[str]:
    (node,) = ast.parse(code).body
    assert isinstance(node, (ast.Import, ast.ImportFrom))
    return [message for message, _ in import_faults(node, file)]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("from collections import OrderedMap", "`collections` has no `OrderedMap`"),
        ("import os.paths", "`os` has no `paths`"),
        ("from requests import fetch", "`requests` has no `fetch`"),
    ],
)
def test_a_name_that_a_library_lacks_is_found(code: str, said: str) -> None:
    (found,) = faults(code)

    assert found.startswith(said)


@pytest.mark.parametrize(
    "code", ["import json", "from os import path", "from shop import *", "from json import _x", "import unheard.of"]
)
def test_what_is_there_or_unknown_is_left_alone(code: str) -> None:
    assert faults(code) == []


def test_the_repository_has_what_its_files_bind() -> None:
    project = Project(Files({"shop/__init__.py": "", "shop/a.py": "", "shop/b.py": "RATE = 1\n"}))
    file = ChangedFile(b"shop/a.py", None, b"", frozenset(), frozenset(), project=project)

    assert faults("from shop.b import RATE", file) == []
    assert faults("from .b import PRICE", file) == ["`.b` has no `PRICE`"]
    assert faults("import shop.c", file) == ["the repository has no module `shop.c`"]


def test_without_packages_nothing_is_known_of_them() -> None:
    assert list(not_installed("unheard", "of", NOWHERE)) == []
