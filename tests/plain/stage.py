"""A stage for the walk by line prompts: a real repository, the real walk, lines in, the whole dialogue out."""

from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path

from reviewer.plain.teller import Manner
from reviewer.plain.walk import PlainWalk
from reviewer.repository import choose_target, discover, read_diff
from reviewer.review.model import SignOff
from reviewer.session.opening import open_session
from reviewer.session.subject import Subject


class Script:
    """A console at which these lines are typed; then nobody is there any more. `text` is all that stood there."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.text = ""

    def say(self, text: str) -> None:
        self.text += f"{text}\n"

    def ask(self, prompt: str) -> str:
        self.text += prompt
        line = next(self._lines, None)
        if line is None:
            raise EOFError
        self.text += f"<{line}>\n"
        return line


class Played:
    """What was said in a walk, and what it ended with."""

    def __init__(self, walk: PlainWalk, text: str, signoff: SignOff | None) -> None:
        self.walk = walk
        self.text = text
        self.signoff = signoff

    def after(self, typed: str) -> str:
        """Return what was said after this line was typed for the last time, up to the next prompt's answer."""
        return self.text.rpartition(f"<{typed}>\n")[2].partition("<")[0]


def play(folder: Path, *lines: str, seconds: float = 1.0, portion: int = 20, range_: str | None = None) -> Played:
    """Walk through the change in the folder, typing these lines; every look at the clock is so many seconds later.

    The rules get all the time they need for each file.
    """
    script = Script(iter(lines))
    ticks = count()
    manner = Manner(lambda: next(ticks) * seconds, portion, patience=100_000)
    reread = partial(read, folder, range_)
    walk = PlainWalk(reread(), partial(open_session, folder=folder), script, manner, reread=reread)
    signoff = walk.run()
    walk.session.close()
    return Played(walk, script.text, signoff)


def read(folder: Path, range_: str | None = None, context: int = 3) -> Subject:
    repository = discover(folder)
    target = choose_target(repository, range_)
    diff = read_diff(repository, target, context=context)
    return Subject(diff, target.label, repository, target.old, target.new)
