from dataclasses import replace
from pathlib import Path

import pytest

from reviewer.configuration.find import configuration_for, layers_for
from reviewer.configuration.model import Configuration, laid_together
from reviewer.configuration.preferences import AS_SHIPPED
from reviewer.errors import ConfigInvalid
from tests.scratch import Scratch

QUIET = '[rules]\ndisable = ["bare-except"]\n'


def _configuration(scratch: Scratch, user: Path | None = None) -> Configuration:
    environment = {"REVIEWER_CONFIG": str(user or scratch.folder / "none.toml")}
    return configuration_for(scratch.repository, scratch.diff(), scratch.oid("HEAD"), environment)


def test_without_any_file_nothing_is_chosen(scratch: Scratch) -> None:
    scratch.commit({"a.py": "a = 1\n"})

    assert _configuration(scratch) == Configuration()


def test_the_repository_chooses_in_its_own_file_or_in_pyproject(scratch: Scratch) -> None:
    scratch.commit({".reviewer.toml": QUIET, "pyproject.toml": '[tool.reviewer.rules]\ndisable = ["select-star"]\n'})

    assert _configuration(scratch).choice.disabled == {"bare-except", "select-star"}


def test_a_change_cannot_choose_what_it_is_looked_at_with(scratch: Scratch) -> None:
    scratch.commit({".reviewer.toml": QUIET})
    scratch.write(".reviewer.toml", '[rules]\ndisable = ["hardcoded-secret"]\n')

    read = _configuration(scratch)

    assert read.choice.disabled == {"bare-except"}
    assert read.sources == (f"{scratch.oid('HEAD')[:12]}:.reviewer.toml",)


def test_a_change_that_brings_the_first_file_chooses_nothing(scratch: Scratch) -> None:
    scratch.commit({"a.py": "a = 1\n"})
    scratch.write(".reviewer.toml", QUIET)

    assert _configuration(scratch) == Configuration()


def test_the_repository_is_weightier_than_the_user(scratch: Scratch, tmp_path: Path) -> None:
    scratch.commit({".reviewer.toml": '[rules]\nenable = ["bare-except"]\n[rules.severity]\nselect-star = "low"\n'})
    user = tmp_path / "config.toml"
    user.write_text('[rules]\ndisable = ["bare-except", "n-plus-one"]\n[rules.severity]\nselect-star = "high"\n')

    read = _configuration(scratch, user)

    assert read.choice.disabled == {"n-plus-one"}
    assert read.choice.severities["select-star"].value == "low"
    assert read.sources == (".reviewer.toml", str(user))


def test_the_mistakes_of_all_files_are_told_at_once(scratch: Scratch, tmp_path: Path) -> None:
    scratch.commit({".reviewer.toml": "[rule]\n", "pyproject.toml": "[tool.reviewer.engines]\nruff = 1\n"})
    user = tmp_path / "config.toml"
    user.write_text("rules = 3\n")
    environment = {"REVIEWER_CONFIG": str(user), "REVIEWER_LAYOUT": "sideways"}

    with pytest.raises(ConfigInvalid) as caught:
        layers_for(scratch.repository, scratch.diff(), None, environment, flags={"context": "7"})

    assert [mistake.partition(":")[0] for mistake in caught.value.mistakes] == [
        str(user), "pyproject.toml", ".reviewer.toml", "REVIEWER_LAYOUT", "--context",
    ]  # fmt: skip


def test_flags_weigh_more_than_variables_and_these_more_than_repository_and_user(
    scratch: Scratch, tmp_path: Path
) -> None:
    scratch.commit({".reviewer.toml": '[view]\nlayout = "split"\ncontext = 10\ntree = "off"\n'})
    user = tmp_path / "config.toml"
    user.write_text('[view]\nlayout = "unified"\nwrap = true\n')
    environment = {"REVIEWER_CONFIG": str(user), "REVIEWER_CONTEXT": "30", "REVIEWER_TREE": "on"}

    layers = layers_for(scratch.repository, scratch.diff(), None, environment, flags={"context": "whole"})
    read = laid_together(layers).preferences

    assert (read.layout.value, read.wrap, read.tree.value, read.context) == ("split", True, "on", 1_000_000)


def test_a_repository_has_no_say_in_keys_and_in_what_could_mislead(scratch: Scratch) -> None:
    scratch.commit(
        {
            ".reviewer.toml": '[view]\ntheme = "void"\nwhitespace = "faint"\neditor = "rm"\nwrap = true\n',
            "pyproject.toml": '[tool.reviewer.keys]\nmark = "q"\n[tool.reviewer.view]\nmouse = 3\n',
        }
    )

    read = _configuration(scratch)

    assert read.preferences == replace(AS_SHIPPED, wrap=True)
    assert not read.keys.keys
    assert read.ignored == (
        'pyproject.toml: [tool.reviewer.view]: "mouse" is for each user to choose, and not heeded here',
        "pyproject.toml: [tool.reviewer.keys]: keys are for each user to choose, and not heeded here",
        '.reviewer.toml: [view]: "editor" is for each user to choose, and not heeded here',
        '.reviewer.toml: [view]: "theme" is for each user to choose, and not heeded here',
        '.reviewer.toml: [view]: "whitespace" is for each user to choose, and not heeded here',
    )


def test_a_change_that_mends_the_configuration_can_be_walked_through(scratch: Scratch) -> None:
    scratch.commit({".reviewer.toml": "[rule]\n", "pyproject.toml": "[tool.reviewer.view]\nwrap = true\n"})

    layers = layers_for(scratch.repository, scratch.diff(), None, {"REVIEWER_CONFIG": "none"}, needs_rules=False)

    assert laid_together(layers).preferences.wrap


def test_a_link_in_the_place_of_the_file_is_not_followed(scratch: Scratch, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text(QUIET)
    scratch.commit({"a.py": "a = 1\n"})
    (scratch.folder / ".git" / "info" / "exclude").write_text(".reviewer.toml\n")
    (scratch.folder / ".reviewer.toml").symlink_to(elsewhere)

    assert _configuration(scratch) == Configuration()
