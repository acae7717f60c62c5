"""Time limits that do not depend on how busy the machine is.

A limit counts real seconds, less those in which the process was ready to run and waited for a processor; the kernel
keeps them in `/proc/PID/schedstat`. So a cell that sleeps is stopped in time, and one that others slow down is not.
"""

from __future__ import annotations

import time

PATIENCE = 4.0  # times the limit, in real seconds: what no load excuses


class Stopwatch:
    """Runs against a limit, standing still while the process waits for a processor.

    Args:
        limit_s: the limit.
        pid: of the process; this one by default.
    """

    def __init__(self, limit_s: float, pid: int | None = None) -> None:
        self.limit_s = limit_s
        self._pid = "self" if pid is None else str(pid)
        self._started, self._starved = time.monotonic(), _starved_s(self._pid)

    def left_s(self) -> float:
        """Seconds until the limit, 0 if it is reached."""
        passed = time.monotonic() - self._started
        if passed >= self.limit_s * PATIENCE:
            return 0.0
        counted = passed - max(0.0, _starved_s(self._pid) - self._starved)
        return max(0.0, self.limit_s - counted)


def _starved_s(pid: str) -> float:
    """Seconds that the main thread of a process has waited for a processor; 0 where the kernel does not tell."""
    try:
        with open(f"/proc/{pid}/schedstat") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0
