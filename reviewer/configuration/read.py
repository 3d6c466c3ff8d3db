"""A configuration file to a Configuration, or to every mistake of it at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated

import msgspec
from msgspec import Meta

from reviewer.analysis.choice import Choice
from reviewer.analysis.finding import RuleSlug, Severity
from reviewer.analysis.manual import slugs
from reviewer.configuration.key_table import key_choice, misfits_of
from reviewer.configuration.model import Configuration
from reviewer.configuration.preferences import USERS_OWN, KeyCheck, Preferences, Written, meant, no_mistakes
from reviewer.errors import ConfigInvalid
from reviewer.tables import Unreadable, key_mistakes, listed, quoted, read_tables, told

_SEVERITIES = [severity.value for severity in Severity]

_Rule = Annotated[
    str,
    Meta(min_length=1, max_length=100, description='the id of a rule, such as "magic-number", of at most 100 letters'),
]
_ListOfRules = Annotated[tuple[_Rule, ...], Meta(description="a list of rules")]
_Table = Annotated[dict[str, object] | None, Meta(description="a table")]
_Choice = Annotated[bool, Meta(description="true or false")]


@dataclass(frozen=True, slots=True)
class _File:
    rules: _Table = None
    engines: _Table = None
    view: _Table = None
    keys: _Table = None


@dataclass(frozen=True, slots=True)
class _Rules:
    enable: _ListOfRules = ()
    disable: _ListOfRules = ()
    severity: Annotated[
        dict[str, Annotated[str, Meta(description=f"one of {listed(_SEVERITIES)}")]] | None,
        Meta(description="a table of rules, each with a severity"),
    ] = None
    paths: Annotated[
        dict[str, _ListOfRules] | None, Meta(description="a table of path patterns, each with a list of rules")
    ] = None


@dataclass(frozen=True, slots=True)
class _Engines:
    ruff: _Choice = False


def read_configuration(
    raw: bytes,
    place: str,
    within: tuple[str, ...] = (),
    *,
    is_users_own: bool = True,
    check_keys: KeyCheck = no_mistakes,
) -> Configuration:
    """Return what the tables of a file choose; `within` leads to them. Raises ConfigInvalid with every mistake.

    What only the user may choose is left out of a file that is not `is_users_own`, and named in `ignored`.
    """
    try:
        tables: object = read_tables(raw)
    except Unreadable as error:
        raise ConfigInvalid([f"{place}: {error}"]) from error
    for key in within:
        tables = tables.get(key) if isinstance(tables, dict) else None
    if not isinstance(tables, dict):
        return Configuration()
    prefix = "".join(f"{key}." for key in within)
    ignored = () if is_users_own else tuple(f"{place}: {what}" for what in _taken_out(tables, prefix))
    tables["view"] = _view_as_meant(tables.get("view", {}))
    wrong = told(_mistakes(tables, prefix, check_keys), place)
    if wrong:
        raise ConfigInvalid(wrong)
    return _configuration(tables, place, ignored)


def _taken_out(tables: dict[str, object], prefix: str) -> Iterator[str]:
    """Take out what a repository has no say in; yield what it was."""
    view = tables.get("view")
    for name in sorted(USERS_OWN & view.keys()) if isinstance(view, dict) else ():
        yield f'[{prefix}view]: "{name}" is for each user to choose, and not heeded here'
    if isinstance(view, dict):
        tables["view"] = {name: value for name, value in view.items() if name not in USERS_OWN}
    if tables.pop("keys", None) is not None:
        yield f"[{prefix}keys]: keys are for each user to choose, and not heeded here"


def _view_as_meant(view: object) -> object:
    return {name: meant(name, value) for name, value in view.items()} if isinstance(view, dict) else view


def _mistakes(tables: dict[str, object], prefix: str, check_keys: KeyCheck) -> Iterator[str]:
    yield from key_mistakes(tables, _File)
    for key, shape in (("rules", _Rules), ("engines", _Engines), ("view", Preferences)):
        table = tables.get(key)
        if isinstance(table, dict):
            yield from (f"[{prefix}{key}]: {mistake}" for mistake in key_mistakes(table, shape))
            if key == "rules":
                sound = {name: value for name, value in table.items() if not any(key_mistakes({name: value}, _Rules))}
                yield from (f"[{prefix}rules]: {mistake}" for mistake in _rule_mistakes(sound))
    keys = tables.get("keys")
    if isinstance(keys, dict):
        yield from (f"[{prefix}keys]: {mistake}" for mistake in misfits_of(keys))
        yield from (f"[{prefix}keys]: {mistake}" for mistake in check_keys(key_choice(keys)))


def _rule_mistakes(table: dict[str, object]) -> Iterator[str]:
    rules = msgspec.convert(table, _Rules)
    named = [*rules.enable, *rules.disable, *(rules.severity or {})]
    named += [rule for silent in (rules.paths or {}).values() for rule in silent]
    known = slugs()
    for rule in dict.fromkeys(named):
        if rule not in known:
            near = get_close_matches(rule, known, 1)
            hint = f"did you mean {listed(near)}?" if near else "`reviewer rules` lists them"
            yield f"there is no rule {quoted(rule)}; {hint}"
    for rule in sorted(set(rules.enable) & set(rules.disable)):
        yield f"{quoted(rule)} is both enabled and disabled; choose one"
    for rule, severity in (rules.severity or {}).items():
        if severity not in _SEVERITIES:
            yield f"severity of {quoted(rule)} must be one of {listed(_SEVERITIES)}, not {quoted(severity)}"


def _configuration(tables: dict[str, object], place: str, ignored: tuple[str, ...]) -> Configuration:
    file = msgspec.convert(tables, _File)
    rules, engines = msgspec.convert(file.rules or {}, _Rules), msgspec.convert(file.engines or {}, _Engines)
    choice = Choice(
        enabled=frozenset(map(RuleSlug, rules.enable)),
        disabled=frozenset(map(RuleSlug, rules.disable)),
        severities={RuleSlug(rule): Severity(severity) for rule, severity in (rules.severity or {}).items()},
        silent={glob: frozenset(map(RuleSlug, silent)) for glob, silent in (rules.paths or {}).items()},
    )
    keys = key_choice(file.keys or {})
    view: dict[str, Written] = msgspec.convert(file.view or {}, dict[str, Written])
    return Configuration(choice, engines.ruff, (place,), view, keys, ignored)
