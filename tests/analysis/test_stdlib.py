"""What the standard library offers, by the table."""

import json
import pathlib

import pytest

from reviewer.analysis import stdlib


def test_names_and_keywords_of_a_module_are_known() -> None:
    things = stdlib.module("json")

    assert things is not None
    assert "parse" not in things
    assert {"indent", "sort_keys"} <= (things["dumps"].keywords or set())


@pytest.mark.parametrize("name", ["os.path", "collections.abc", "xml.etree.ElementTree", "unittest.mock", "builtins"])
def test_modules_below_others_are_known(name: str) -> None:
    assert stdlib.module(name)


def test_a_module_of_somebody_else_is_not_known() -> None:
    assert stdlib.module("requests") is None


def test_a_class_has_the_members_of_its_bases() -> None:
    members = stdlib.members("pathlib", "Path")

    assert members is not None
    assert {"read_text", "joinpath", "parent"} <= members
    assert "read_json" not in members


def test_nothing_is_missing_that_this_interpreter_has() -> None:
    for module in (json, pathlib):
        things = stdlib.module(module.__name__) or {}
        assert set(module.__all__) <= set(things)


def test_what_nobody_can_list_is_not_known() -> None:
    assert stdlib.members("types", "SimpleNamespace") is None
    assert stdlib.members("argparse", "Namespace") is None


def test_a_name_without_documentation_is_found_in_the_source() -> None:
    assert stdlib.has_unlisted("urllib.parse", "splittype")
    assert not stdlib.has_unlisted("json", "parse")
