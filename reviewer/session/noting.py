"""Notes and drafts of an open review: where their lines stand now, and what becomes of what is being written."""

import os
from dataclasses import replace
from pathlib import Path

from reviewer.drafts import Drafts
from reviewer.errors import Refused
from reviewer.review.anchor import anchored
from reviewer.review.draft import Draft, anchored_draft
from reviewer.review.events import Entry, Event, Retract
from reviewer.review.model import EventId, Note, Reviewer, ReviewState
from reviewer.session.editor import editor_words
from reviewer.session.people import slug
from reviewer.session.subject import Subject


class Noting:
    """`home` is where the review lies."""

    subject: Subject
    state: ReviewState

    def __init__(self, home: Path, reviewer: Reviewer) -> None:
        self.reviewer = reviewer
        self._drafts = Drafts(home, slug(reviewer.email))
        self._open_drafts = {draft.key: draft for draft in self._drafts.read()}
        self._anchored: dict[EventId, Note] = {}

    def dispatch(self, event: Event) -> Entry:
        """Let the event happen."""
        raise NotImplementedError

    def begin_record(self) -> None:
        """Have a record, though nothing is said yet."""
        raise NotImplementedError

    def forget_places(self) -> None:
        """Look for the lines of notes anew: the diff is another one."""
        self._anchored = {}

    @property
    def notes(self) -> dict[EventId, Note]:
        """The notes at the places their lines stand at in this diff."""
        for identity, note in self.state.notes.items():
            if identity not in self._anchored:
                self._anchored[identity] = anchored(note, self.subject.diff)
        # An edit changes what a note says, never where it stands.
        return {
            identity: replace(note, spot=self._anchored[identity].spot, was=self._anchored[identity].was)
            for identity, note in self.state.notes.items()
        }

    @property
    def drafts(self) -> tuple[Draft, ...]:
        """What was being written here and never said, at the places its lines stand at in this diff."""
        return tuple(anchored_draft(draft, self.subject.diff) for draft in self._open_drafts.values())

    def keep_draft(self, draft: Draft, *, durable: bool = False) -> None:
        """Keep what is being written; an empty draft is forgotten.

        Raises ReviewerError if the disk does not take it; then it is kept for as long as this session lasts.
        """
        if draft.is_empty:
            self.drop_draft(draft)
            return
        self._open_drafts[draft.key] = draft
        # By its record the review is found again, and the draft in it.
        self.begin_record()
        self._drafts.keep(draft, durable=durable)

    def drop_draft(self, draft: Draft) -> None:
        self._open_drafts.pop(draft.key, None)
        self._drafts.drop(draft)

    def delete_note(self, identity: EventId) -> None:
        """Take a note of the reviewer's own back; the record keeps what it said."""
        note = self.state.notes.get(identity)
        if note is None or note.by != self.reviewer:
            raise Refused("only who wrote a note can delete it; r settles it")
        # The latest text first: cut off in between, an older one stands, and nothing is half gone.
        for event in (*reversed(note.versions), identity):
            self.dispatch(Retract(event))

    def edit_draft(self, draft: Draft, preferred: str = "") -> Draft:
        """Return the draft as the reviewer's own editor leaves it. Raises ReviewerError without one, or if it fails."""
        return self._drafts.edit(draft, editor_words(os.environ, preferred))
