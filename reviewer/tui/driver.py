"""How the interface takes the terminal over from the preview: it paints over what stands there, without a flash."""

import sys

from textual.driver import Driver

_OTHER_SCREEN = "\x1b[?1049h"


def driver_after_preview() -> type[Driver] | None:
    """Return Textual's driver, but for the change to the other screen: made again, it would clear that."""
    if sys.platform == "win32":
        return None
    from textual.drivers.linux_driver import LinuxDriver

    class DriverAfterPreview(LinuxDriver):
        _has_begun = False

        def write(self, data: str) -> None:
            if data == _OTHER_SCREEN and not self._has_begun:
                self._has_begun = True
                return
            super().write(data)

    return DriverAfterPreview
