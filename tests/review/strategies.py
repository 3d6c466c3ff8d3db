"""Every event there can be, made from the types of its fields; and logs of them that refer to each other."""

import re
from dataclasses import fields, is_dataclass
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from reviewer.analysis.finding import FindingId
from reviewer.checklist import QuestionId
from reviewer.diff.identity import EditId
from reviewer.points import Point
from reviewer.review.events import (
    EVENT_TYPES,
    SCHEMA,
    Dispose,
    Entry,
    Event,
    GiveAnswer,
    Open,
    Raise,
    Range,
    Resolve,
    Retract,
    RunTests,
    Sign,
    Signature,
    TakeNote,
    Unview,
    View,
    Waive,
)
from reviewer.review.model import Disposition, EventId, Intent, Reply, Verdict
from tests.review.samples import ADA, AT, BEN, OTHER_SCOPE, REVIEW, REVIEWED, SCOPE, finding

# Halves of surrogate pairs too, as a file that is no UTF-8 brings them in; two that make a pair are its character.
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
TEXTS = st.text(st.characters(), max_size=20).filter(lambda text: _PAIR.search(text) is None)


def paths(texts: st.SearchStrategy[str] = TEXTS) -> st.SearchStrategy[bytes]:
    return st.one_of(st.binary(max_size=12), texts.map(lambda text: text.encode("utf-8", "replace")))


def values(kind: object, texts: st.SearchStrategy[str] = TEXTS) -> st.SearchStrategy[Any]:
    """Return all values of a type that a record can hold."""
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind, include_extras=True)
        parts = {field.name: values(hints[field.name], texts) for field in fields(kind)}
        return st.builds(kind, **parts | ({"schema": st.just(SCHEMA)} if kind is Open else {}))
    if get_origin(kind) is tuple:
        return st.lists(values(get_args(kind)[0], texts), max_size=3).map(tuple)
    if get_origin(kind) in (UnionType, Union):
        return st.one_of(*(values(option, texts) for option in get_args(kind)))
    if get_origin(kind) is Annotated:
        return st.floats(0, 1)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    plain = getattr(kind, "__supertype__", kind)
    known = {
        str: texts,
        bytes: paths(texts),
        int: st.integers(-(2**60), 2**60),
        bool: st.booleans(),
        type(None): st.none(),
    }
    return known[plain]


ALL_EVENTS: st.SearchStrategy[Event] = st.one_of(*(values(kind) for kind in EVENT_TYPES))

_EDITS = st.lists(st.sampled_from(["e1", "e2", "e3"]).map(EditId), min_size=1, max_size=2).map(tuple)
_FINDINGS = st.sampled_from(["f1", "f2", "f3"]).map(FindingId)
_QUESTIONS = st.sampled_from(["q1", "q2"]).map(QuestionId)
_SCOPES = st.sampled_from([SCOPE.id, OTHER_SCOPE])
_NOTES = st.sampled_from(["", "why"])
_PLAIN_EVENTS = st.one_of(
    st.sampled_from([Open(REVIEW, ADA, "test"), Open(REVIEW, BEN, "test"), Range(REVIEWED)]),
    st.builds(View, _EDITS),
    st.builds(Unview, _EDITS),
    st.lists(_FINDINGS, max_size=3).map(lambda names: Raise(tuple(finding(name) for name in names), SCOPE.id)),
    st.builds(Dispose, _FINDINGS, st.sampled_from(Disposition), _NOTES),
    st.builds(GiveAnswer, _QUESTIONS, st.sampled_from(Reply), _SCOPES, _NOTES),
    st.builds(TakeNote, _NOTES, st.none(), st.sampled_from([None, Point.SCALE]), st.booleans()),
    st.builds(Sign, st.sampled_from(Verdict), _SCOPES, st.sampled_from([0.0, 0.5, 1.0])),
    st.builds(RunTests, _SCOPES, st.just("pytest"), st.sampled_from([0, 1])),
    st.builds(Waive, st.sampled_from(["tests", "tag"]), _NOTES, _SCOPES),
    st.builds(lambda name: Resolve(finding=name), _FINDINGS),
    st.none(),
)


@st.composite
def logs(draw: st.DrawFn, *, max_size: int = 12) -> list[Entry]:
    """Return entries in their order, of two people, with few names so that they meet; some share a clock."""
    log: list[Entry] = []
    clock = 0
    for number in range(draw(st.integers(0, max_size))):
        clock += draw(st.integers(0, 1))
        log.append(Entry(EventId(f"{number:03}"), draw(_event_after(log)), draw(_PEOPLE), AT, number, clock))
    return log


_PEOPLE = st.sampled_from([ADA, BEN])


def _event_after(log: list[Entry]) -> st.SearchStrategy[Event | None]:
    if not log:
        return _PLAIN_EVENTS
    earlier = st.sampled_from([entry.id for entry in log])
    notes = st.builds(
        TakeNote, _NOTES, st.none(), st.none(), st.booleans(), st.sampled_from(Intent),
        answers=st.none() | earlier, replaces=st.none() | earlier,
    )  # fmt: skip
    settled = st.builds(Resolve, proposes=st.none() | earlier, reopens=st.none() | earlier)
    refer = (
        notes,
        settled,
        st.builds(Resolve, earlier),
        st.builds(Retract, earlier),
        st.builds(Signature, earlier, st.just("sig")),
    )
    return st.one_of(_PLAIN_EVENTS, *refer)
