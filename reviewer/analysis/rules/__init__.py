"""One file a rule. A rule is found by being here."""

from functools import cache
from importlib import import_module
from inspect import isabstract
from pkgutil import iter_modules

from reviewer.analysis.finding import RuleSlug
from reviewer.analysis.rule import Rule


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return one instance of every rule, by id."""
    names = sorted(info.name for info in iter_modules(__path__))
    return tuple(rule() for name in names for rule in _rules_in(name))


def rule_named(slug: RuleSlug) -> Rule:
    """Return one rule; the others are not loaded."""
    return _rules_in(slug.replace("-", "_"))[0]()


def rules_to_run(enabled: frozenset[RuleSlug]) -> tuple[Rule, ...]:
    """Return all rules but the optional ones nobody enabled."""
    return tuple(rule for rule in all_rules() if not rule.is_optional or rule.slug in enabled)


def _rules_in(name: str) -> list[type[Rule]]:
    module = import_module(f"{__name__}.{name}")
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Rule)
        and value.__module__ == module.__name__
        and not isabstract(value)
    ]
