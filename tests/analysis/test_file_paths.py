"""Which calls take a path."""

import libcst as cst
import pytest

from reviewer.analysis.file_paths import paths_given
from tests.analysis.places import asked


def given(code: str) -> list[str]:
    """Return the code of all paths that calls in the file get."""
    found = asked(code, cst.Call, lambda call, at: [at.code(path) for path in paths_given(call, at)])
    return [path for paths in found for path in paths]


@pytest.mark.parametrize(
    ("code", "paths"),
    [
        ("open(name).read()", ["name"]),
        ("import os\nos.rename(one, other)", ["one", "other"]),
        ("from flask import send_file\nsend_file(filename=name)", ["name"]),
        ("from django.shortcuts import render\nrender(request, page)", ["page"]),
        ("from pathlib import Path\nPath(name).unlink()", ["Path(name)"]),
        ("def f(base, name):\n    return (base / name).read_text()", ["(base / name)"]),
        ("def f(paper):\n    paper.save('/srv/' + paper.filename)", ["'/srv/' + paper.filename"]),
    ],
)
def test_paths_are_known_by_the_function_that_gets_them(code: str, paths: list[str]) -> None:
    assert [path.strip("()") for path in given(code)] == [path.strip("()") for path in paths]


@pytest.mark.parametrize("code", ["shop.open(name)", "def f(form):\n    form.save(order)", "text.replace(a, b)"])
def test_other_calls_with_such_names_get_no_path(code: str) -> None:
    assert given(code) == []
