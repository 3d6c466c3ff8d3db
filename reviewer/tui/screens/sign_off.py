"""What still stands in the way, each thing one key away; and the verdict, typed out."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from reviewer.review.model import Verdict
from reviewer.review.progress import Blocker
from reviewer.tui.keys import SIGN_OFF_KEYS, Key, bound
from reviewer.tui.messages import GiveVerdict, PressKey
from reviewer.tui.snapshot import Snapshot
from reviewer.tui.widgets.key_line import KeyLine
from reviewer.tui.widgets.row_list import RowList
from reviewer.tui.widgets.status_line import percent
from reviewer.visible import show


class BlockerList(RowList):
    blockers: tuple[Blocker, ...] = ()

    @property
    def row_count(self) -> int:
        return len(self.blockers)

    def row_text(self, index: int) -> tuple[str, bool]:
        return f" {show(self.blockers[index].text)}", False


class SignOffScreen(Screen[Blocker | None]):
    """Gives the blocker to go to, or None."""

    def __init__(
        self, snapshot: Snapshot, blockers: tuple[Blocker, ...], signing: str, keys: Sequence[Key] = SIGN_OFF_KEYS
    ) -> None:
        super().__init__()
        self._keys = keys
        self._bindings = bound(self._bindings, keys)
        self._signing = signing
        self._snapshot = snapshot
        self._blockers = blockers

    def compose(self) -> ComposeResult:
        with Vertical(id="sign-off"):
            yield Static(self._summary(), id="summary")
            blockers = BlockerList(id="blockers")
            blockers.blockers = self._blockers
            yield blockers
            yield Static(self._choices(), id="choices")
            yield Input(placeholder="the verdict's word, then enter", id="verdict")
        yield KeyLine(self._keys, id="keys")

    def on_mount(self) -> None:
        self.query_one(BlockerList).selected = 0 if self._blockers else -1
        self.query_one(BlockerList).display = bool(self._blockers)
        self.query_one(Input).focus()

    def action_move(self, step: int) -> None:
        blockers = self.query_one(BlockerList)
        blockers.selected = max(0, min(blockers.selected + step, blockers.row_count - 1))

    def action_go(self) -> None:
        blockers = self.query_one(BlockerList)
        if 0 <= blockers.selected < blockers.row_count:
            self.dismiss(self._blockers[blockers.selected])

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        self.dismiss(self._blockers[event.index])

    def action_back(self) -> None:
        self.dismiss(None)

    def on_press_key(self, event: PressKey) -> None:
        self.call_later(self.run_action, event.action)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        word = event.value.strip().lower()
        known = {verdict.value: verdict for verdict in Verdict}
        if not word and self._blockers:
            self.action_go()
        elif word in known:
            self.post_message(GiveVerdict(known[word]))
        elif word:
            self.notify(f"type one of: {', '.join(known)}", markup=False)

    def _summary(self) -> Content:
        progress = self._snapshot.progress
        signed = self._snapshot.state.verdict
        parts: list[str | tuple[str, str]] = [
            ("Sign off\n\n", "bold $accent"),
            f"{progress.hunks_viewed} of {progress.hunks} hunks reviewed, {percent(progress)} of changed lines\n",
            f"{progress.open_flags} of {progress.flags} flags open · ",
            f"{progress.points_answered} of {progress.points} points answered\n",
        ]
        if signed is not None:
            parts.append((f"signed before: {signed.verdict.value} by {show(signed.by.name)}\n", "bold $success"))
        if self._blockers:
            parts.append(
                (f"\n{len(self._blockers)} things stand in the way of an approval; enter goes there", "bold $warning")
            )
        else:
            parts.append(("\nnothing stands in the way of an approval", "bold $success"))
        parts.append((f"\n{self._signing}", "$faint"))
        return Content.assemble(*parts)

    def _choices(self) -> Content:
        parts: list[str | tuple[str, str]] = ["Type  "]
        for verdict in Verdict:
            possible = verdict is not Verdict.APPROVE or not self._blockers
            parts += [(verdict.value, "bold" if possible else "strike $faint"), "   "]
        return Content.assemble(*parts)
