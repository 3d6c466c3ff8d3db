"""Textual's door to the terminal, for one that still owes an answer or was typed to before there was a screen."""

from collections.abc import Iterable, Iterator
from functools import partial
from time import monotonic

from textual import constants
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.message import Message

from reviewer.tui.background import Background
from reviewer.tui.messages import BackgroundHeard


class ListeningDriver(linux_driver.LinuxDriver):
    """`background` takes its answer out of what the terminal sends."""

    background: Background

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual gives it no types
        if self.background.modes:
            # What stood there now was set to ask.
            self.attrs_before = self.background.modes

    def run_input_thread(self) -> None:
        for message in _keys_in(self.background.typed_before(), debug=self._debug):
            self.process_message(message)
        # Textual makes its parser in the middle of this, and has no other way to give it another.
        vars(linux_driver)["XTermParser"] = partial(_Parser, self.background)
        super().run_input_thread()


class _Parser(XTermParser):
    def __init__(self, background: Background, debug: bool = False) -> None:  # noqa: FBT001, FBT002 - Textual's form
        self._background = background
        self._fed_at = 0.0
        super().__init__(debug)

    def feed(self, data: str) -> Iterable[Message]:
        """Parse what is no answer; an empty text means the end, so that is passed on as it is."""
        was_due = self._background.is_due
        rest = self._background.rest_of(data) if data else ""
        self._fed_at = monotonic()
        if rest or not data:
            yield from super().feed(rest)
        if was_due and not self._background.is_due:
            yield BackgroundHeard()

    def tick(self) -> Iterable[Message]:
        """Parse what may have been the beginning of an answer, once nothing followed it for as long as after escape."""
        if monotonic() - self._fed_at >= constants.ESCAPE_DELAY:
            held = self._background.let_go()
            if held:
                yield from super().feed(held)
        yield from super().tick()


def _keys_in(typed: str, *, debug: bool) -> Iterator[Message]:
    """Yield what was typed as a whole, as the driver would tell it."""
    parser = XTermParser(debug)
    # An empty text ends it.
    for data in (typed, "") if typed else ():
        yield from parser.feed(data)


def listening_to(background: Background, driver: type[linux_driver.LinuxDriver]) -> type[linux_driver.LinuxDriver]:
    """Return the driver, but that it listens."""
    return type("Listening", (ListeningDriver, driver), {"background": background})
