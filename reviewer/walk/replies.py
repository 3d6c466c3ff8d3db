"""What a reply to a question has to be asked for before it can be given. Pure."""

from reviewer.checklist import Question
from reviewer.review.model import Flag, Reply, ReviewState
from reviewer.review.progress import flags_of, stale_answer


def note_at_hand(question: Question, reply: Reply, state: ReviewState) -> str | None:
    """Return the note the reply can go with as things stand, maybe an empty one; None if a person has to write it.

    What is bound to be refused needs none either.
    """
    grave = _grave(question, state)
    stale = stale_answer(question.key, state)
    if stale is not None and stale.reply is reply and (stale.note or not grave):
        # Said before, of an earlier state of the change: one key affirms it.
        return stale.note
    return "" if reply is Reply.YES and (not grave or any(flag.is_open for flag in grave)) else None


def why(question: Question, reply: Reply, state: ReviewState) -> str:
    """Return what the note has to answer."""
    count = len(_grave(question, state))
    return f"why is it still yes, with {count} flags?" if reply is Reply.YES else f"why {reply.value}?"


def _grave(question: Question, state: ReviewState) -> list[Flag]:
    return [flag for flag in flags_of(question.point, state) if flag.is_grave]
