"""What is known of a change when it is judged: the diff, what people said of it, and who and what wrote it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reviewer.checklist import Question
from reviewer.diff.identity import Scope
from reviewer.diff.model import Diff
from reviewer.review.model import EventId, Reviewer, ReviewState, SignOff, Verdict


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """`is_intact`: some key signed exactly this sign-off. `is_allowed`: one that the target knows for this person."""

    is_intact: bool
    is_allowed: bool
    words: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of a change: its diff, what people said of it, and who and what wrote it.

    `state` is the fold of what people said, with this scope under review. `authors` are e-mail addresses in
    lower case. `tests_changed` says whether the change itself has tests; `agents_approvals` count for nothing.
    """

    diff: Diff
    scope: Scope
    state: ReviewState
    questions: tuple[Question, ...]
    authors: frozenset[str] = frozenset()
    is_ai_assisted: bool = False
    has_tag: bool = False
    tests_changed: bool = False
    agents_approvals: tuple[SignOff, ...] = ()
    signatures: Mapping[EventId, SignatureCheck] = field(default_factory=dict)

    def is_author(self, person: Reviewer) -> bool:
        return person.email.lower() in self.authors

    @property
    def approvals(self) -> tuple[SignOff, ...]:
        """The last word of each person on exactly this change, where it is an approval."""
        last = {signoff.by: signoff for signoff in self.state.signoffs if signoff.scope == self.scope.id}
        return tuple(signoff for signoff in last.values() if signoff.verdict is Verdict.APPROVE)

    @property
    def objections(self) -> tuple[SignOff, ...]:
        """Requests for changes that their authors have not taken back by a word on this very change."""
        last: dict[Reviewer, SignOff] = {}
        for signoff in self.state.signoffs:
            known = last.get(signoff.by)
            if known is None or signoff.scope == self.scope.id or known.scope != self.scope.id:
                last[signoff.by] = signoff
        return tuple(signoff for signoff in last.values() if signoff.verdict is Verdict.REQUEST_CHANGES)
