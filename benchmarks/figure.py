"""A measured figure, the bar it has to clear, and the machine it was measured on."""

import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from os import cpu_count, getloadavg
from pathlib import Path
from statistics import median, quantiles
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table. Without a bar it is there for comparison."""

    what: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def holds(self) -> bool | None:
        """Whether it clears its bar; None if it has none."""
        if self.at_most is not None:
            return self.value <= self.at_most
        return None if self.at_least is None else self.value >= self.at_least

    @property
    def shown(self) -> str:
        """The value with its unit, to three digits."""
        digits = f"{self.value:,.0f}" if abs(self.value) >= 100 else f"{self.value:.3g}"  # noqa: PLR2004 - three digits
        return f"{digits} {self.unit}".rstrip()

    @property
    def bar(self) -> str:
        """The bar in words."""
        if self.at_most is not None:
            return f"at most {self.at_most:g}"
        return "" if self.at_least is None else f"at least {self.at_least:g}"


def spread(values: Iterable[float]) -> tuple[float, float]:
    """The median and the 99th percentile."""
    known = list(values)
    return median(known), quantiles(known, n=100, method="inclusive")[98]


def document(figures: list[Figure], stolen: float) -> dict[str, Any]:
    """The JSON of one bar, including when and on what it was measured.

    `stolen` is the share of the time in which the host gave our processors to others.
    """
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {**machine(), "stolen": f"{stolen:.1%} of its time meanwhile"},
        "figures": [{**asdict(figure), "holds": figure.holds} for figure in figures],
    }


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    cpu = _first("/proc/cpuinfo", "model name")
    memory_kib = int(_first("/proc/meminfo", "MemTotal").split()[0])
    return {
        "cpu": f"{cpu_count()} x {cpu}",
        "memory": f"{memory_kib / 2**20:.0f} GiB",
        "system": f"Linux {platform.release()}",
        "python": platform.python_version(),
        "load": f"{getloadavg()[1]:.1f} over the last five minutes",
    }


def _first(file: str, key: str) -> str:
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "?")
