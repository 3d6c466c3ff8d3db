"""A file's language, by its name or by what runs it."""

import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.languages import language_of


def language(name: str, text: str = "") -> str | None:
    return language_of(ChangedFile(name.encode(), None, text.encode(), frozenset(), frozenset()))


@pytest.mark.parametrize(
    "line",
    ["#!/bin/sh", "#!/usr/bin/env bash", "#! /bin/zsh -e", "#!/usr/bin/env -S bash -eu", "#!/usr/local/bin/dash"],
)
def test_a_script_without_a_suffix_is_known_by_what_runs_it(line: str) -> None:
    assert language("bin/deploy", f"{line}\nset -e\n") == "bash"


@pytest.mark.parametrize("text", ["#!/usr/bin/env python3\n", "#!/bin/fish\n", "set -e\n", ""])
def test_other_files_without_a_suffix_have_no_language(text: str) -> None:
    assert language("bin/deploy", text) is None


@pytest.mark.parametrize(
    "name", ["Dockerfile", "a/Dockerfile.web", "web.Dockerfile", "Dockerfile-web", "Containerfile"]
)
def test_a_dockerfile_is_known_by_its_name(name: str) -> None:
    assert language(name) == "docker"


@pytest.mark.parametrize(
    "name", ["Dockerfile.md", "docs/dockerfile.rst", "Dockerfiles/a.txt", "Dockerfile.dockerignore"]
)
def test_what_is_only_called_like_one_is_none(name: str) -> None:
    assert language(name) is None
