"""`policy.toml` to a Policy, or to every mistake of it at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from reviewer.analysis.finding import Severity
from reviewer.errors import PolicyInvalid
from reviewer.review.policy import WAIVABLE, Policy, Requirement
from reviewer.tables import Unreadable, key_mistakes, listed, read_tables, told

_NONE = "none"
_SEVERITIES = [*(severity.value for severity in Severity), _NONE]
_NAMES = sorted(requirement.value for requirement in WAIVABLE)

_Choice = Annotated[bool, Meta(description="true or false")]
_Ref = Annotated[
    str, Meta(pattern=r"\Arefs/\S+\Z", max_length=300, description='a full ref or a pattern, such as "refs/heads/*"')
]
_Severity = Annotated[str, Meta(pattern=rf"\A({'|'.join(_SEVERITIES)})\Z", description=f"one of {listed(_SEVERITIES)}")]
_Waivable = Annotated[str, Meta(pattern=rf"\A({'|'.join(_NAMES)})\Z", description=f"one of {listed(_NAMES)}")]


@dataclass(frozen=True, slots=True)
class _RequireTable:
    viewed: _Choice = True
    answers: _Choice = True
    flags: _Severity = "medium"
    humans: Annotated[int, Meta(ge=0, le=9, description="a number of people, 0 to 9")] = 1
    author_counts: _Choice = True
    signatures: _Choice = False


@dataclass(frozen=True, slots=True)
class _AiTable:
    tests: _Choice = True
    tag: _Choice = True


@dataclass(frozen=True, slots=True)
class _PolicyTable:
    schema: Annotated[Literal[1], Meta(description="1, the one schema this version reads")]
    protected: Annotated[tuple[_Ref, ...], Meta(description="a list of refs")] = Policy().protected
    waivable: Annotated[tuple[_Waivable, ...], Meta(description="a list of requirements")] = tuple(_NAMES)
    require: Annotated[dict[str, object] | None, Meta(description="a table, written [require]")] = None
    ai: Annotated[dict[str, object] | None, Meta(description="a table, written [ai]")] = None


def read_policy(raw: bytes, name: str) -> Policy:
    """Return the policy that a file holds. Raises PolicyInvalid with all mistakes; `name` says whose they are."""
    try:
        file = read_tables(raw)
    except Unreadable as error:
        raise PolicyInvalid([f"{name}: {error}"]) from error
    mistakes = told(_mistakes(file), name)
    if mistakes:
        raise PolicyInvalid(mistakes)
    return _policy(file)


def _mistakes(file: dict[str, object]) -> Iterator[str]:
    yield from key_mistakes(file, _PolicyTable)
    for key, shape in (("require", _RequireTable), ("ai", _AiTable)):
        table = file.get(key)
        if isinstance(table, dict):
            yield from (f"[{key}]: {mistake}" for mistake in key_mistakes(table, shape))


def _policy(file: dict[str, object]) -> Policy:
    table = msgspec.convert(file, _PolicyTable)
    require = msgspec.convert(table.require or {}, _RequireTable)
    ai = msgspec.convert(table.ai or {}, _AiTable)
    return Policy(
        protected=table.protected,
        viewed=require.viewed,
        answers=require.answers,
        flags=None if require.flags == _NONE else Severity(require.flags),
        humans=require.humans,
        author_counts=require.author_counts,
        signatures=require.signatures,
        ai_tests=ai.tests,
        ai_tag=ai.tag,
        waivable=frozenset(Requirement(name) for name in table.waivable),
    )
