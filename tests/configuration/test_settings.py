from reviewer.analysis.choice import Choice
from reviewer.analysis.finding import RuleSlug, Severity
from reviewer.configuration.model import Configuration
from reviewer.configuration.settings import Setting, settings_of

_TODO, _MAGIC = RuleSlug("todo-left"), RuleSlug("magic-number")


def _layer(origin: str, choice: Choice, *, uses_ruff: bool = False) -> Configuration:
    return Configuration(choice, uses_ruff, (origin,))


def test_without_a_file_there_are_the_defaults():
    assert settings_of(()) == (
        Setting("engines.ruff", value=False, origin="default"),
        Setting("rules", "as shipped", "default"),
    )


def test_each_setting_comes_from_the_file_that_has_the_last_word():
    user = _layer("user", Choice(enabled=frozenset({_TODO}), severities={_MAGIC: Severity.INFO}), uses_ruff=True)
    team = _layer(
        "team",
        Choice(disabled=frozenset({_TODO}), severities={_MAGIC: Severity.LOW}, silent={"a/**": frozenset({_TODO})}),
    )

    assert [(each.name, each.value, each.origin) for each in settings_of((user, team))] == [
        ("engines.ruff", True, "user"),
        ("rules.disable.todo-left", True, "team"),
        ('rules.paths."a/**"', ["todo-left"], "team"),
        ("rules.severity.magic-number", "low", "team"),
    ]
