"""The questions of the nine points: those always asked, and those a change brings up."""

from reviewer.checklist.load import built_in_checklists, load_checklist, load_checklists
from reviewer.checklist.model import Checklist, Question, QuestionId, Trigger
from reviewer.checklist.situation import Situation, questions_for, situation_of

__all__ = [
    "Checklist",
    "Question",
    "QuestionId",
    "Situation",
    "Trigger",
    "built_in_checklists",
    "load_checklist",
    "load_checklists",
    "questions_for",
    "situation_of",
]
