"""Who changed some lines last, and the commits that touched them before: a list, and the commit chosen in full."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widgets import Static

from reviewer.session.past import PastCommit, Told
from reviewer.tui.past import detail_of, row_of, state_of
from reviewer.tui.widgets.row_list import RowList
from reviewer.visible import show

_MOST_ROWS = 10
_KEYS = "j k commit · ctrl+d ctrl+u scroll · y copies its id · esc closes"


class _Commits(RowList):
    commits: Sequence[PastCommit] = ()

    @property
    def row_count(self) -> int:
        return len(self.commits)

    def row_text(self, index: int) -> tuple[str, bool]:
        return f" {row_of(self.commits[index], self.size.width)}", not self.commits[index].left


class _Detail(VerticalScroll, can_focus=False):
    pass


class PastScreen(ModalScreen[None]):
    AUTO_FOCUS = ""
    BINDINGS = [
        Binding("escape,q,B,enter", "dismiss(None)", "close"),
        Binding("j,down,ctrl+n,right_square_bracket", "move(1)", "older commit"),
        Binding("k,up,ctrl+p,left_square_bracket", "move(-1)", "newer commit"),
        Binding("g,home", "move(-1000)", "newest commit"),
        Binding("G,end", "move(1000)", "oldest commit"),
        Binding("ctrl+d,space,pagedown,J", "scroll(1)", "down"),
        Binding("ctrl+u,pageup,K", "scroll(-1)", "up"),
        Binding("y", "copy", "copy the commit's id"),
    ]

    told: reactive[Told] = reactive(Told(), repaint=False)

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        # The commit somebody chose, rather than the newest one known so far.
        self._kept: str | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="past"):
            yield Static(Content.styled(show(self._title), "bold"), id="past-title")
            yield _Commits(id="past-commits")
            with _Detail():
                yield Static(id="past-detail")
            yield Static(id="past-state")
            yield Static(Content.styled(_KEYS, "$faint"))

    def on_mount(self) -> None:
        self._show()

    def watch_told(self) -> None:
        if self.is_mounted:
            self._show()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        self._choose(event.index)

    def action_move(self, step: int) -> None:
        commits = self.query_one(_Commits)
        if commits.row_count:
            self._choose(max(0, min(commits.selected + step, commits.row_count - 1)))

    def action_scroll(self, direction: int) -> None:
        detail = self.query_one(_Detail)
        detail.scroll_relative(y=direction * max(1, detail.size.height // 2), animate=False)

    def action_copy(self) -> None:
        past = self._chosen
        if past is not None:
            self.app.copy_to_clipboard(past.commit.oid)
            self.notify(f"{past.commit.oid[:10]} sent to the terminal's clipboard", timeout=2)

    @property
    def _chosen(self) -> PastCommit | None:
        commits = self.query_one(_Commits)
        return commits.commits[commits.selected] if 0 <= commits.selected < commits.row_count else None

    def _show(self) -> None:
        told = self.told
        commits = self.query_one(_Commits)
        kept = self._kept
        commits.commits = told.commits
        commits.styles.height = min(len(told.commits), _MOST_ROWS)
        ids = [past.commit.oid for past in told.commits]
        commits.selected = ids.index(kept) if kept in ids else min(0, len(ids) - 1)
        commits.refresh()
        self._show_commit()

    def _choose(self, index: int) -> None:
        commits = self.query_one(_Commits)
        commits.selected, self._kept = index, commits.commits[index].commit.oid
        self.query_one(_Detail).scroll_home(animate=False)
        self._show_commit()

    def _show_commit(self) -> None:
        past = self._chosen
        self.query_one("#past-detail", Static).update(Content("") if past is None else detail_of(past, self.told))
        state = state_of(self.told)
        line = self.query_one("#past-state", Static)
        line.update(Content.styled(state, "$warning"))
        line.display = bool(state)
