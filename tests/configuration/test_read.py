import pytest

from reviewer.analysis.finding import Severity
from reviewer.configuration.preferences import WHOLE_FILES, KeyChoice
from reviewer.configuration.read import read_configuration
from reviewer.errors import ConfigInvalid
from tests.hurry import hurried


def _mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        read_configuration(text.encode(), "f.toml")
    return caught.value.mistakes


def test_what_a_file_chooses_is_read() -> None:
    read = read_configuration(
        b'[rules]\nenable = ["select-star"]\ndisable = ["bare-except"]\n[rules.severity]\nn-plus-one = "low"\n'
        b'[rules.paths]\n"scripts/**" = ["missing-timeout"]\n[engines]\nruff = true\n',
        "f.toml",
    )

    assert read.choice.enabled == {"select-star"}
    assert read.choice.disabled == {"bare-except"}
    assert read.choice.severities == {"n-plus-one": Severity.LOW}
    assert read.choice.silent == {"scripts/**": {"missing-timeout"}}
    assert read.uses_ruff
    assert read.sources == ("f.toml",)


def test_the_tables_may_lie_within_others() -> None:
    text = b'[tool.other]\nx = 1\n[tool.reviewer.rules]\ndisable = ["bare-except"]\n'

    assert read_configuration(text, "f", ("tool", "reviewer")).choice.disabled == {"bare-except"}
    assert read_configuration(b"[tool]\nx = 1\n", "f", ("tool", "reviewer")).choice.disabled == frozenset()


def test_all_mistakes_are_told_at_once() -> None:
    assert _mistakes(
        '[rules]\ndisable = ["bare-exept"]\nenable = "all"\nfoo = 1\n[rules.severity]\nselect-star = "hihg"\n[engine]\n'
    ) == [
        'f.toml: key "engine" is unknown; did you mean "engines"?',
        'f.toml: [rules]: "enable" must be a list of rules, not "all"',
        'f.toml: [rules]: key "foo" is unknown; known here are "enable", "disable", "severity", "paths"',
        'f.toml: [rules]: there is no rule "bare-exept"; did you mean "bare-except"?',
        'f.toml: [rules]: severity of "select-star" must be one of "high", "medium", "low", "info", not "hihg"',
    ]


def test_a_mistake_deep_in_a_table_is_told_where_it_is() -> None:
    an_id = 'must be the id of a rule, such as "magic-number", of at most 100 letters, not'
    paths = f'"a/**" = ["{"x" * 101}", 7]\n"b" = "bare-except"\n"c" = []\n'

    assert _mistakes(f"[rules.severity]\nselect-star = 3\n[rules.paths]\n{paths}") == [
        'f.toml: [rules]: "severity": "select-star" must be one of "high", "medium", "low", "info", not 3',
        f'f.toml: [rules]: "paths": "a/**" entry 1 {an_id} "{"x" * 60}…"',
        f'f.toml: [rules]: "paths": "a/**" entry 2 {an_id} 7',
        'f.toml: [rules]: "paths": "b" must be a list of rules, not "bare-except"',
    ]


def test_the_mistakes_of_view_and_keys_are_told_with_the_others() -> None:
    view = '[view]\nlayuot = "split"\nmouse = 1\ncontext = 5\ntheme = ""\n'

    assert _mistakes(f'{view}[keys]\npreset = 3\nmark = true\nundo = ["u", 1]\nselect = []\n') == [
        'f.toml: [view]: "theme" must be the name of a theme, or "auto", not ""',
        'f.toml: [view]: "context" must be a number of lines (3, 10, 30 or 100) or "whole", not 5',
        'f.toml: [view]: "mouse" must be true or false, not 1',
        'f.toml: [view]: key "layuot" is unknown; did you mean "layout"?',
        'f.toml: [keys]: "preset" must be the name of one',
        'f.toml: [keys]: "mark" must be a key, a list of keys, or false for none',
        'f.toml: [keys]: "undo" must be a key, a list of keys, or false for none',
    ]


def test_view_and_keys_are_read() -> None:
    read = read_configuration(
        b'[view]\nmouse = "off"\ncontext = "whole"\neditor = "vi"\n'
        b'[keys]\npreset = "plain"\nmark = "m"\nundo = false\nhelp = ["h", "f1"]\n',
        "f.toml",
    )

    assert read.view == {"mouse": False, "context": WHOLE_FILES, "editor": "vi"}
    assert read.keys == KeyChoice("plain", {"mark": ("m",), "undo": (), "help": ("h", "f1")})


def test_a_file_of_nothing_but_mistakes_does_not_hold_up_a_review() -> None:
    names = "".join(f'"rule-{number}",\n' for number in range(50_000))

    with hurried():
        mistakes = _mistakes(f"[rules]\ndisable = [{names}]\n")

    assert mistakes[0].startswith('f.toml: [rules]: there is no rule "rule-0"')
    assert mistakes[-1] == "f.toml: and more; put these right first"


def test_a_rule_cannot_be_chosen_and_left_out_at_once() -> None:
    assert _mistakes('[rules]\nenable = ["select-star"]\ndisable = ["select-star"]\n') == [
        'f.toml: [rules]: "select-star" is both enabled and disabled; choose one'
    ]


def test_a_file_that_is_no_toml_names_the_line() -> None:
    (mistake,) = _mistakes("[rules]\nenable = [\n")

    assert mistake.startswith("f.toml: line 2")
