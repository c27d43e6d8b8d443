"""What a process has used, from /proc: CPU seconds, resident bytes, open files.

And what others used of the machine: a virtual one does not have its processors to itself.
"""

import os
import time
from pathlib import Path
from typing import Final

_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_USER, _SYSTEM = 11, 12  # among the fields after the name in stat(5)
_STEAL: Final = 8  # in the first line of /proc/stat


class Theft:
    """The processor time that the host has given to others since this was created."""

    def __init__(self, stat: Path = Path("/proc/stat")) -> None:
        self._stat = stat
        self._began, self._stolen = time.monotonic(), self._stolen_s()

    @property
    def share(self) -> float:
        """The share of all processor time, from 0 to 1."""
        passed_s = (time.monotonic() - self._began) * (os.cpu_count() or 1)
        return (self._stolen_s() - self._stolen) / passed_s

    def _stolen_s(self) -> float:
        of_all = self._stat.read_text(encoding="ascii").partition("\n")[0].split()
        return int(of_all[_STEAL]) * _TICK_S


def cpu_s(pid: int) -> float:
    """Seconds of CPU that all threads of a process have used, in user and system mode."""
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(after_name[_USER]) + int(after_name[_SYSTEM])) * _TICK_S


def resident_mb(pid: int) -> float:
    """Its resident memory in MB (10^6 bytes)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * _PAGE / 1e6


def children(pid: int) -> list[int]:
    """The living processes that its main thread has started."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def open_files(pid: int) -> int:
    """How many file descriptors it has open."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
