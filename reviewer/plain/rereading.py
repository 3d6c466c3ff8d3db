"""Opening the review of a change, and reading the change again: with more around its edits, or as it has become."""

import subprocess
from collections.abc import Callable

from reviewer.diff.lines import first_change
from reviewer.errors import ReviewerError
from reviewer.plain.console import Console
from reviewer.plain.reading import Reading
from reviewer.plain.rules import Rules
from reviewer.plain.saying import Saying
from reviewer.plain.teller import Manner
from reviewer.review.carry import Fate
from reviewer.review.model import Side
from reviewer.session.session import Session
from reviewer.session.subject import Subject
from reviewer.visible import show
from reviewer.walk.folds import folds_as_before, folds_of
from reviewer.walk.places import Place, find_place
from reviewer.walk.walk import Walk

# Lines around an edit, from git's own three to whole files.
_CONTEXTS = (3, 10, 30, 100, 1_000_000)


class Rereading(Saying):
    def __init__(
        self,
        console: Console,
        manner: Manner,
        open_session: Callable[[Subject], Session],
        reread: Callable[[int], Subject | None] | None,
    ) -> None:
        super().__init__(console, manner)
        self._open_session = open_session
        self._reread = reread
        self._context = _CONTEXTS[0]

    def greet(self) -> None:
        """Say what is under review."""
        raise NotImplementedError

    def open(self, subject: Subject) -> None:
        """Begin or go on with the review: at the first hunk that only needs a word, else at the first to review."""
        self.session = self._open_session(subject)
        self.forget_file()
        self.begin_rules(Rules(self.session.inspect))
        walk, left = Walk(subject.diff, folds_of(subject.diff)), self.left
        unread = [hunk for hunk, fate in enumerate(left) if fate is not Fate.KEPT]
        ported = [hunk for hunk in unread if left[hunk] is Fate.PORTED]
        shown = [hunk for hunk in (*ported, *unread) if not walk.is_folded(hunk)]
        self.reading = Reading(walk, Place((shown or unread or [0])[0]), self.manner.portion)

    def do_reload(self, rest: str) -> None:  # noqa: ARG002 - as all letters are told
        self._read_again(self._context)

    def do_more_context(self, rest: str) -> None:  # noqa: ARG002
        self._read_around(_CONTEXTS.index(self._context) + 1)

    def do_less_context(self, rest: str) -> None:  # noqa: ARG002
        self._read_around(_CONTEXTS.index(self._context) - 1)

    def do_whole_files(self, rest: str) -> None:  # noqa: ARG002
        last = len(_CONTEXTS) - 1
        self._read_around(0 if self._context == _CONTEXTS[last] else last)

    def do_toggle_secrets(self, rest: str) -> None:  # noqa: ARG002
        self.shows_secrets = not self.shows_secrets
        self.say("Secrets are printed." if self.shows_secrets else "Secrets are hidden.")
        self._print_again()

    def do_toggle_wrap(self, rest: str) -> None:  # noqa: ARG002
        self.cuts_lines = not self.cuts_lines
        self.say("Long lines are cut." if self.cuts_lines else "Long lines are printed whole.")
        self._print_again()

    def do_edit(self, rest: str) -> None:
        line = int(rest) if rest.isdecimal() else self.reading.place.line or first_change(self.reading.hunk)
        try:
            command = self.session.editor_command(self.reading.file.path, line)
        except ReviewerError as error:
            self.say(f"{error}.")
            return
        try:
            subprocess.run(command, check=False)
        except OSError as error:
            self.say(f"{show(command[0])}: {error.strerror}.")
            return
        self.say("R reads the change again.")

    def _print_again(self) -> None:
        if self.reading.has_begun and not self.reading.is_folded:
            self.arrive(Place(self.reading.place.hunk))

    def _read_around(self, step: int) -> None:
        if 0 <= step < len(_CONTEXTS):
            self._read_again(_CONTEXTS[step])
        else:
            self.say("There is no more around the edits." if step > 0 else "Three lines is the least.")

    def _read_again(self, context: int) -> None:
        subject = self._subject(context)
        if subject is None:
            return
        self._context = context
        before = self.reading
        path, first = before.file.path, next(iter(before.lines.slice(0, 1)), None)
        if self.session.look_at(subject):
            walk = Walk(subject.diff, folds_as_before(subject.diff, before.walk.folds_by_path))
            line = before.place.line or before.hunk.new_start or None
            side = Side.OLD if before.place.is_old else Side.NEW
            place = find_place(walk, path, line if first is not None else None, side)
            self.reading = Reading(walk, Place(place.hunk if place is not None else 0), self.manner.portion)
            self.forget_file()
            self.say(f"{context if context < _CONTEXTS[-1] else 'All'} lines around the edits.")
            self.arrive(self.reading.place)
            return
        self.rules.stop()
        self.session.close()
        self.open(subject)
        self.greet()

    def _subject(self, context: int) -> Subject | None:
        """Return the change as it is now; None after saying why there is none."""
        if self._reread is None:
            self.say("A patch is read once; start again to read another.")
            return None
        try:
            subject = self._reread(context)
        except ReviewerError as error:
            self.say(str(error))
            return None
        if subject is None:
            self.say("Nothing is changed any more.")
        return subject
