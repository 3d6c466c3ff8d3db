"""What Linux says of a running process: processor time, peak memory, children."""

import time
from collections.abc import Callable
from pathlib import Path

_CALM_LOOKS = 10
_CALM_HALF_SECONDS = 4


def processor_seconds(pid: int) -> float:
    """Return the processor time of all threads of the process so far."""
    # The clock of another process, as clock_getcpuclockid(3) makes it; /proc counts in steps of 10 ms.
    return time.clock_gettime((~pid << 3) | 2)


def peak_memory(pid: int) -> float:
    """Return the largest resident memory the process had, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def family(pid: int) -> list[int]:
    """Return the process and all that descend from it."""
    members = [pid]
    for member in members:
        for children in Path(f"/proc/{member}/task").glob("*/children"):
            members += map(int, _read(children).split())
    return members


def find(pid: int, name: str) -> int:
    """Return the process of that name among a process and its descendants."""
    return next(member for member in family(pid) if _read(Path(f"/proc/{member}/comm")).strip() == name)


def wait_for_rest(pid: int, *, limit: float, meanwhile: Callable[[], None]) -> bool:
    """Wait until the process and its descendants have used no time to speak of for two seconds."""
    end = time.monotonic() + limit
    before = _family_seconds(pid)
    calm = 0
    while time.monotonic() < end:
        time.sleep(0.5)
        meanwhile()
        now = _family_seconds(pid)
        # A process that has ended takes its time along.
        calm = calm + 1 if abs(now - before) < 0.005 else 0
        if calm == _CALM_HALF_SECONDS:
            return True
        before = now
    return False


def wait_for_calm(*, limit: float) -> None:
    """Wait until nothing else has run on this machine for a moment, but not for ever."""
    end = time.monotonic() + limit
    calm = 0
    while calm < _CALM_LOOKS and time.monotonic() < end:
        time.sleep(0.02)
        lines = Path("/proc/stat").read_text().splitlines()
        running = next(int(line.split()[1]) for line in lines if line.startswith("procs_running"))
        calm = calm + 1 if running <= 1 else 0


def _family_seconds(pid: int) -> float:
    total = 0.0
    for member in family(pid):
        try:
            total += processor_seconds(member)
        except OSError:
            continue
    return total


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
