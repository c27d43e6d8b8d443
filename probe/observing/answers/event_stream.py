"""Server-sent events from bytes, however they are split: incremental and bounded.

No package that parses them takes bytes as they come *and* bounds what it holds: they want whole
lines, read a response themselves, or let an endless event fill the memory.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

LONGEST_EVENT: Final = 256 * 1024
_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_BOM: Final = "\ufeff"


class EventTooLong(Exception):  # noqa: N818 - becomes a failed check
    """A line, or the event gathered so far, is longer than any sane one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event; `name` is `message` if the stream gives none."""

    name: str
    data: str


class EventParser:
    """Turns bytes into events. It holds at most twice `longest` characters, and no comments."""

    def __init__(self, longest: int = LONGEST_EVENT) -> None:
        self._longest = longest
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        self._begun = self._after_return = False
        self._line: list[str] = []
        self._line_length = 0
        self._name = ""
        self._data: list[str] = []
        self._length = 0

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that `chunk` completes, one by one. Raises EventTooLong."""
        *ended, rest = _LINE_END.split(self._joined(self._decode(chunk)))
        for part in ended:
            self._gather(part)
            line = "".join(self._line)
            self._line, self._line_length = [], 0
            if (event := self._take(line)) is not None:
                yield event
        self._gather(rest)

    def _joined(self, text: str) -> str:
        """`text` without a byte order mark at the start, or the second half of a split CRLF."""
        if not text:
            return text
        if not self._begun:
            text = text.removeprefix(_BOM)
        elif self._after_return:
            text = text.removeprefix("\n")
        self._begun, self._after_return = True, text.endswith("\r")
        return text

    def _gather(self, part: str) -> None:
        """Keep a part of a line, joined only at its end: a drip of bytes would take quadratic time.

        Of a comment only the first part is kept.
        """
        self._line_length += len(part)
        if self._line_length > self._longest:
            raise EventTooLong
        if part and not (self._line and self._line[0].startswith(":")):
            self._line.append(part)

    def _take(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
            self._length += len(value) + 1
        if self._length + len(self._name) > self._longest:
            raise EventTooLong
        return None

    def _dispatch(self) -> Event | None:
        """The gathered event. More lenient than the standard: a name alone is an event too."""
        name, data = self._name or "message", "\n".join(self._data)
        gathered = bool(self._name or self._data)
        self._name, self._data, self._length = "", [], 0
        return Event(name=name, data=data) if gathered else None
