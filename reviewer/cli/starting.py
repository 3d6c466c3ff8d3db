"""The start of a walk: git reads the change while the interface is loaded, each on a core of its own."""

import gc
from collections.abc import Callable
from concurrent.futures import Future
from importlib import import_module
from threading import Thread
from typing import TypeVar

from reviewer.repository.runners import Stoppable, running_with

Read = TypeVar("Read")


def read_while_loading(read: Callable[[], Read], interface: str) -> Read:
    """Return what is read, with the module of the interface loaded meanwhile; raise what reading raises."""
    # While modules load there is no garbage, and looking for it takes a twentieth of the start.
    gc.disable()
    git, reading = Stoppable(), Future[Read]()
    Thread(target=_work, args=(git, read, reading), daemon=True).start()
    try:
        # What is loaded here is used when there is something to show.
        import_module(interface)
        return reading.result()
    finally:
        # Whatever broke it off, git is not left behind.
        git.stop()


def _work(git: Stoppable, read: Callable[[], Read], reading: "Future[Read]") -> None:
    try:
        with running_with(git):
            reading.set_result(read())
    except BaseException as error:  # noqa: BLE001 - whoever waits raises it
        reading.set_exception(error)
