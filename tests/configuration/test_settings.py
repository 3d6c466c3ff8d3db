from reviewer.analysis.choice import Choice
from reviewer.analysis.finding import RuleSlug, Severity
from reviewer.configuration.model import Configuration
from reviewer.configuration.preferences import WHOLE_FILES, KeyChoice
from reviewer.configuration.settings import Setting, settings_of

_TODO, _MAGIC = RuleSlug("todo-left"), RuleSlug("magic-number")


def _layer(origin: str, choice: Choice, *, uses_ruff: bool = False) -> Configuration:
    return Configuration(choice, uses_ruff, (origin,))


def test_without_a_file_there_are_the_defaults():
    shown = {each.name: each.value for each in settings_of(())}

    assert shown == {
        "engines.ruff": False, "rules": "as shipped", "keys": "as shipped", "keys.preset": "vim",
        "view.theme": "auto", "view.layout": "auto", "view.wrap": False, "view.word_emphasis": True,
        "view.whitespace": "show", "view.context": 3, "view.tree": "auto", "view.mouse": True,
        "view.order": "by-file", "view.editor": "",
    }  # fmt: skip
    assert {each.origin for each in settings_of(())} == {"default"}
    assert all(each.value == each.default for each in settings_of(()))


def test_a_setting_of_the_interface_tells_its_value_default_and_origin():
    team = Configuration(sources=("team",), view={"layout": "split", "context": 10})
    variable = Configuration(sources=("REVIEWER_CONTEXT",), view={"context": WHOLE_FILES})
    mine = Configuration(sources=("mine",), keys=KeyChoice("plain", {"next_hunk": ("n",), "select": ()}))

    shown = {each.name: each for each in settings_of((mine, team, variable))}

    assert shown["view.layout"] == Setting("view.layout", "split", "team", "auto")
    assert shown["view.context"] == Setting("view.context", "whole", "REVIEWER_CONTEXT", 3)
    assert shown["keys.preset"] == Setting("keys.preset", "plain", "mine", "vim")
    assert shown["keys.next_hunk"] == Setting("keys.next_hunk", ["n"], "mine", "as shipped")
    assert shown["keys.select"].value is False
    assert "keys" not in shown


def test_each_setting_comes_from_the_file_that_has_the_last_word():
    user = _layer("user", Choice(enabled=frozenset({_TODO}), severities={_MAGIC: Severity.INFO}), uses_ruff=True)
    team = _layer(
        "team",
        Choice(disabled=frozenset({_TODO}), severities={_MAGIC: Severity.LOW}, silent={"a/**": frozenset({_TODO})}),
    )

    shown = [each for each in settings_of((user, team)) if each.name.startswith(("engines", "rules"))]
    assert shown == [
        Setting("engines.ruff", value=True, origin="user", default=False),
        Setting("rules.disable.todo-left", value=True, origin="team", default=False),
        Setting('rules.paths."a/**"', ["todo-left"], "team", []),
        Setting("rules.severity.magic-number", "low", "team", "low"),
    ]
