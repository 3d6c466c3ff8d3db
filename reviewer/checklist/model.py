"""Checklists as values, and what brings their questions up."""

from dataclasses import dataclass
from typing import NewType

from reviewer.points import Point

NINE_POINT = "nine-point"

QuestionId = NewType("QuestionId", str)


@dataclass(frozen=True, slots=True)
class Question:
    """`key` is `<checklist id>/<question id>`: two checklists never mean the same question."""

    key: QuestionId
    point: Point
    ask: str
    look_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a change must have for the questions to be asked; one hit of any kind is enough."""

    paths: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    ai_assisted: bool = False


@dataclass(frozen=True, slots=True)
class Checklist:
    """Its questions are always asked if it has no trigger."""

    id: str
    title: str
    trigger: Trigger | None
    questions: tuple[Question, ...]
