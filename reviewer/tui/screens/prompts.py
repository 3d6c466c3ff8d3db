"""Small screens that ask for a word: a disposition, a note, a search."""

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from reviewer.review.model import Disposition, Flag
from reviewer.visible import show


@dataclass(frozen=True, slots=True)
class Word:
    """A disposition with the note that goes with it."""

    disposition: Disposition
    note: str


class DispositionPrompt(ModalScreen[Word | None]):
    """`c`, `a` or `x` for the flag at hand; an accepted risk is asked for its reason."""

    # Focused from the start, the field for the reason would swallow the choice.
    AUTO_FOCUS = ""
    BINDINGS = [
        Binding("c", "choose('needs-change')", "needs change"),
        Binding("a", "choose('accepted-risk')", "accepted risk"),
        Binding("x", "choose('false-alarm')", "false alarm"),
        Binding("escape,d,q", "dismiss(None)", "never mind"),
    ]

    def __init__(self, flag: Flag) -> None:
        super().__init__()
        self._flag = flag

    def compose(self) -> ComposeResult:
        finding = self._flag.finding
        with Vertical(classes="prompt"):
            yield Static(Content.assemble((f"{show(finding.rule)} ", "bold"), show(finding.message)))
            yield Static(
                Content.assemble(
                    (" c ", "bold $accent"), "needs change  ", (" a ", "bold $accent"), "accepted risk  ",
                    (" x ", "bold $accent"), "false alarm  ", (" esc ", "bold $accent"), "never mind",
                )
            )  # fmt: skip
            yield Input(placeholder="why is the risk acceptable? enter saves, esc leaves it open", id="reason")

    def on_mount(self) -> None:
        self.query_one("#reason", Input).display = False

    def action_choose(self, disposition: str) -> None:
        word = Disposition(disposition)
        if word is not Disposition.ACCEPTED_RISK:
            self.dismiss(Word(word, ""))
            return
        reason = self.query_one("#reason", Input)
        reason.display = True
        reason.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(Word(Disposition.ACCEPTED_RISK, event.value.strip()))


class SettlePrompt(ModalScreen[bool]):
    """`y` if what was asked for is done."""

    yes, no = "settled", "not yet"

    BINDINGS = [
        Binding("y", "dismiss(True)", "settled"),
        Binding("n,escape,q", "dismiss(False)", "not yet"),
    ]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical(classes="prompt"):
            yield Static(Content(show(self._text)))
            keys = (("\n y ", "bold $accent"), f"{self.yes}  ", (" n ", "bold $accent"), self.no)
            yield Static(Content.assemble(*keys))


class DeletePrompt(SettlePrompt):
    """`y` if a note is to be taken back."""

    yes, no = "delete it; the record keeps what it said", "keep it"


@dataclass(frozen=True, slots=True)
class Written:
    """Text a person typed."""

    text: str


class TextPrompt(ModalScreen[Written | None]):
    """One line of text."""

    BINDINGS = [
        Binding("escape", "dismiss(None)", "never mind", priority=True),
    ]

    def __init__(self, title: str, hint: str, *, text: str = "", may_be_empty: bool = False) -> None:
        super().__init__()
        self._title = title
        self._hint = hint
        self._text = text
        self._may_be_empty = may_be_empty

    def compose(self) -> ComposeResult:
        with Vertical(classes="prompt"):
            yield Static(Content(show(self._title)), id="title")
            yield Input(self._text, placeholder=self._hint)
            yield Static(Content.styled("enter saves · esc leaves it", "$faint"), id="keys")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.value.strip() or self._may_be_empty:
            self.dismiss(Written(event.value.strip()))
