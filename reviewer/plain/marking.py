"""The letters that mark: a hunk or a file reviewed, and undo."""

from reviewer.plain.moving import Moving
from reviewer.plain.sentences import counted
from reviewer.review.carry import Fate
from reviewer.review.events import Unview, View
from reviewer.walk.places import Place


class Marking(Moving):
    def do_mark(self, rest: str) -> None:  # noqa: ARG002 - as all letters are told
        """Mark the hunk at hand if its last line was printed, and all before it, else read on."""
        reading, hunk = self.reading, self.reading.place.hunk
        if reading.is_folded or not reading.has_begun:
            self.say("Nothing of it was printed yet.")
        elif self.left[hunk] is Fate.KEPT:
            self.say("It is reviewed already; unmark takes that back.")
        elif self.left[hunk] is not Fate.PORTED and not reading.has_read(hunk):
            self.say("Its last line was not printed yet." if reading.left else "Lines above were not printed yet.")
            self.do_more("")
        elif self.is_hasty:
            self.say("That came too fast for anybody to have read it; once more marks it.")
        elif self.dispatch(View(self.session.scope.by_hunk[hunk])):
            self.say(f"Hunk {hunk + 1} is reviewed.")
            self.go_on()

    def do_unmark(self, rest: str) -> None:  # noqa: ARG002
        hunk = self.reading.place.hunk
        if self.left[hunk] is not Fate.KEPT:
            self.say("It has no mark.")
        elif self.dispatch(Unview(self.session.scope.by_hunk[hunk])):
            self.say(f"Hunk {hunk + 1} is to be reviewed again.")

    def do_mark_file(self, rest: str) -> None:  # noqa: ARG002
        walk, file = self.reading.walk, self.reading.file_number
        left = [hunk for hunk in walk.hunks_of_file(file) if self.left[hunk] is not Fate.KEPT]
        unread = [hunk for hunk in left if not self.reading.has_read(hunk)]
        if unread:
            self.say(f"{counted(len(unread), 'hunk')} of this file {'were' if unread[1:] else 'was'} not printed yet.")
            walk.fold(file, None)
            self.arrive(Place(unread[0]))
        elif not left:
            self.say("All of this file is reviewed already.")
        elif self.dispatch(View(tuple(edit for hunk in left for edit in self.session.scope.by_hunk[hunk]))):
            self.say("This file is reviewed.")
            self.go_on()

    def do_undo(self, rest: str) -> None:  # noqa: ARG002
        self.undo()
