"""What a process has used, from /proc: CPU seconds, resident bytes, open files."""

import os
from pathlib import Path
from typing import Final

_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_USER, _SYSTEM = 11, 12  # of what follows the name in stat(5)


def cpu_s(pid: int) -> float:
    """Seconds of CPU that all threads of a process have used, in user and system mode."""
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(after_name[_USER]) + int(after_name[_SYSTEM])) * _TICK_S


def resident_mb(pid: int) -> float:
    """Its resident memory in MB (10^6 bytes)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * _PAGE / 1e6


def open_files(pid: int) -> int:
    """How many file descriptors it holds."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
