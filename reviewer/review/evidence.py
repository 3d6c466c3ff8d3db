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
    key: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of a change: its diff, what people said of it, and who and what wrote it.

    `state` is the fold of what people said, with this scope under review. `authors` are e-mail addresses in
    lower case, and `are_authors_known` is False if some commits could not be read. `tests_changed` says whether
    the change itself has tests; `agents_approvals` count for nothing. `unreviewed` are paths that change and are
    no part of the diff, although what comes later will be judged by them. With `needs_proof` a word that is not
    signed takes back no request for changes.
    """

    diff: Diff
    scope: Scope
    state: ReviewState
    questions: tuple[Question, ...]
    authors: frozenset[str] = frozenset()
    are_authors_known: bool = True
    is_ai_assisted: bool = False
    has_tag: bool = False
    tests_changed: bool = False
    agents_approvals: tuple[SignOff, ...] = ()
    signatures: Mapping[EventId, SignatureCheck] = field(default_factory=dict)
    unreviewed: tuple[bytes, ...] = ()
    needs_proof: bool = False

    def is_author(self, person: Reviewer) -> bool:
        return person.email.lower() in self.authors

    @property
    def approvals(self) -> tuple[SignOff, ...]:
        """The last word of each person on exactly this change, where it is an approval."""
        last = {_email(signoff): signoff for signoff in self.state.signoffs if signoff.scope == self.scope.id}
        return tuple(signoff for signoff in last.values() if signoff.verdict is Verdict.APPROVE)

    @property
    def objections(self) -> tuple[SignOff, ...]:
        """Requests for changes that their authors have not taken back by a word on this very change."""
        last: dict[str, SignOff] = {}
        for signoff in self.state.signoffs:
            known = last.get(_email(signoff))
            if signoff.verdict is not Verdict.REQUEST_CHANGES and self.needs_proof and not self._is_signed(signoff):
                continue
            if known is None or signoff.scope == self.scope.id or known.scope != self.scope.id:
                last[_email(signoff)] = signoff
        return tuple(signoff for signoff in last.values() if signoff.verdict is Verdict.REQUEST_CHANGES)

    def _is_signed(self, signoff: SignOff) -> bool:
        check = self.signatures.get(signoff.event)
        return check is not None and check.is_allowed


def _email(signoff: SignOff) -> str:
    """Return what a person is known by: the name may be written in many ways."""
    return signoff.by.email.lower()
