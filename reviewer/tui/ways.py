"""What the reviewer's way through the change needs to outlive a screen: searches, jumps, the order of files."""

from dataclasses import dataclass, field

from reviewer.review.order import BY_FILE, Order
from reviewer.tui.filters import FileFilter
from reviewer.tui.jumps import Jumps
from reviewer.tui.widgets.search_bar import Wanted


@dataclass(slots=True)
class Ways:
    """`searches` are those made before, the latest last; `wanted` is what is searched for at the moment."""

    wanted: Wanted | None = None
    order: Order = BY_FILE
    # Which files the tree shows.
    files: FileFilter = FileFilter.ALL
    searches: list[Wanted] = field(default_factory=list)
    jumps: Jumps = field(default_factory=Jumps)
