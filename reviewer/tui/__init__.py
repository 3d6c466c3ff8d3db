"""The interface: screens show a snapshot of the review and post wishes; the app turns a wish into an event."""

import os

_FRAMES = "TEXTUAL_FPS"


def _draw_soon() -> None:
    """Have Textual draw a key within four milliseconds of the frame before it; as shipped, that may be seventeen.

    While rules report, there often is one just before. Textual asks once, when it is loaded.
    """
    if _FRAMES in os.environ:
        return
    os.environ[_FRAMES] = "240"
    import textual.constants  # noqa: F401

    # Not for the editors and tests that are started from here.
    del os.environ[_FRAMES]


_draw_soon()
