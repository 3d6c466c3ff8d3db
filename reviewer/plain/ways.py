"""Where a part of the dialogue leads when it ends."""

from dataclasses import dataclass

from reviewer.checklist import QuestionId
from reviewer.walk.places import Place


@dataclass(frozen=True, slots=True)
class Way:
    """To a place of the diff, a question, the sign-off or out; without any of them, back to the hunk at hand."""

    place: Place | None = None
    question: QuestionId | None = None
    to_sign_off: bool = False
    leaves: bool = False
