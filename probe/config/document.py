"""The plain data of a file beside the line of each of its parts."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from probe.config.errors import Problem

Location = tuple[str | int, ...]


@dataclass(slots=True)
class Document:
    """The data of a file, the line of every key and item, and what was wrong on the way."""

    file: Path
    data: Any = None
    lines: dict[Location, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, location: Location) -> int:
        """The line of `location`, or of the nearest part of the file that holds it."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, 1)

    def value(self, location: Location) -> Any:
        """The data at `location`; None where there is none."""
        value = self.data
        for part in location:
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return None
        return value

    def report(self, location: Location, message: str, *, line: int | None = None) -> None:
        """Note a problem at `location`, which `line` may place more closely."""
        problem = Problem(
            file=self.file,
            line=self.line(location) if line is None else line,
            key=key_path(location),
            message=message,
        )
        if problem not in self.problems:
            self.problems.append(problem)


def key_path(location: Location) -> str:
    """`("services", 0, "name")` as `services[0].name`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")
