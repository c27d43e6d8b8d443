"""The plain data of a file, or of several merged ones, with the place of each of its parts."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from probe.config.errors import Problem

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part of the data was written. The value of an `unread` part is not known."""

    file: Path
    line: int
    at: Location
    unread: bool = False


def _unchanged(text: str, _: Place) -> Any:
    return text


@dataclass(slots=True)
class Document:
    """The data of a file, the place of every key and item, and the problems found so far."""

    file: Path
    data: Any = None
    places: dict[Location, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def mark(self, location: Location, line: int) -> None:
        """Note the line of `location` in this file, unless its place is known already."""
        self.places.setdefault(location, Place(self.file, line, location))

    def place(self, location: Location) -> Place:
        """Where `location` was written, or else the nearest part that contains it."""
        known = location
        while known and known not in self.places:
            known = known[:-1]
        found = self.places.get(known) or Place(self.file, 1, ())
        return replace(found, at=found.at + location[len(known) :])

    def line(self, location: Location) -> int:
        """The line of `location`, or of the nearest part of the file that contains it."""
        return self.place(location).line

    def value(self, location: Location) -> Any:
        """The data at `location`; None if there is none."""
        value = self.data
        for part in location:
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return None
        return value

    def copy(
        self,
        at: Location,
        source: "Document",
        source_at: Location,
        read: Callable[[str, Place], Any] = _unchanged,
    ) -> Any:
        """A copy of the data at `source_at` in `source`, its texts and keys passed through `read`.

        The caller must put it at `at`; the places of its parts are noted there at once.
        """
        value = source.value(source_at)
        self._forget(at, self.value(at))
        return self._copy(value, at, source, source_at, read)

    def _copy(
        self,
        value: Any,
        at: Location,
        source: "Document",
        source_at: Location,
        read: Callable[[str, Place], Any],
    ) -> Any:
        self.places[at] = place = source.place(source_at)
        if isinstance(value, dict):
            keys = {key: read(key, source.place((*source_at, key))) for key in value}
            return {
                keys[key]: self._copy(item, (*at, keys[key]), source, (*source_at, key), read)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [
                self._copy(item, (*at, i), source, (*source_at, i), read)
                for i, item in enumerate(value)
            ]
        return read(value, place) if isinstance(value, str) else value

    def _forget(self, at: Location, value: Any) -> None:
        """Drop the places of `value`, which is at `at` and will be replaced."""
        self.places.pop(at, None)
        parts = value.items() if isinstance(value, dict) else ()
        for part, item in enumerate(value) if isinstance(value, list) else parts:
            self._forget((*at, part), item)

    def refuse(self, location: Location, message: str, *, line: int | None = None) -> None:
        """Note a problem at `location`, and no later one there: its value is not known."""
        self.report(location, message, line=line)
        self.places[location] = replace(self.place(location), unread=True)

    def report(self, location: Location, message: str, *, line: int | None = None) -> None:
        """Note a problem at `location`, once; `line` is its line if not that of `location`."""
        place = self.place(location)
        if place.unread:
            return
        if place.file != self.file:
            message = f"{message} (it stands as {key_path(location)} of {self.file})"
        problem = Problem(
            file=place.file,
            line=place.line if line is None else line,
            key=key_path(place.at),
            message=message,
        )
        if problem not in self.problems:
            self.problems.append(problem)


def key_path(location: Location) -> str:
    """`("services", 0, "name")` as `services[0].name`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")
