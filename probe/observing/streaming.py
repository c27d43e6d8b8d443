"""Server-sent events as they arrive: parsed at any split, bounded, and watched for their end."""

import codecs
import json
import re
from dataclasses import dataclass
from typing import Final

from probe.config.steps import Stream
from probe.model.outcome import Outcome
from probe.observing.classification import OVERLOADED_KINDS
from probe.observing.document import error_kinds

LONGEST_EVENT: Final = 256 * 1024
_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_BOM: Final = "\ufeff"


class EventTooLong(Exception):  # noqa: N818 - becomes a failed check
    """An event is longer than any sane one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event; `name` is `message` where the stream gives none."""

    name: str
    data: str


class EventParser:
    """Turns bytes into events, however they are cut."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        self._rest = ""
        self._begun = self._after_return = False
        self._name = ""
        self._data: list[str] = []
        self._length = 0

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that `chunk` completes. Raises EventTooLong."""
        text = self._joined(self._decode(chunk))
        *lines, self._rest = _LINE_END.split(self._rest + text)
        events = [event for line in lines if (event := self._take(line)) is not None]
        if self._length + len(self._rest) > LONGEST_EVENT:
            raise EventTooLong
        return events

    def _joined(self, text: str) -> str:
        """`text` without a byte order mark at the start, or a CRLF's second half."""
        if not text:
            return text
        if not self._begun:
            text = text.removeprefix(_BOM)
        elif self._after_return:
            text = text.removeprefix("\n")
        self._begun, self._after_return = True, text.endswith("\r")
        return text

    def _take(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        self._length += len(line)
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
        return None

    def _dispatch(self) -> Event | None:
        """What was gathered. More lenient than the standard: a name alone is an event too."""
        name, data = self._name or "message", "\n".join(self._data)
        gathered = bool(self._name or self._data)
        self._name, self._data, self._length = "", [], 0
        return Event(name=name, data=data) if gathered else None


class StreamWatch:
    """Follows a stream: when it first said something, whether it ended, what it complained of."""

    def __init__(self, stream: Stream) -> None:
        self._end = stream.end
        self._parser = EventParser()
        self._first_event_s: float | None = None
        self._first_content_s: float | None = None
        self.ended = False
        self.error: Outcome | None = None
        self.complaint = ""
        self.too_long = False

    @property
    def done(self) -> bool:
        """Whether nothing further is worth waiting for."""
        return self.ended or self.too_long or self.error is not None

    @property
    def first_token_s(self) -> float | None:
        """Seconds until the first content; for unknown kinds of streams, the first event."""
        if self._first_content_s is None and self.ended:
            return self._first_event_s
        return self._first_content_s

    def feed(self, chunk: bytes, elapsed_s: float) -> None:
        """Take in what arrived `elapsed_s` after the request began."""
        try:
            events = self._parser.feed(chunk)
        except EventTooLong:
            self.too_long = True
            return
        for event in events:
            if self.done:
                return
            self._follow(event, elapsed_s)

    def _follow(self, event: Event, elapsed_s: float) -> None:
        if event.name == "ping":
            return
        self.error = _outcome_of(event)
        self.complaint = event.data if self.error is not None else ""
        self.ended = self.error is None and self._end in {event.name, event.data}
        if self._first_event_s is None:
            self._first_event_s = elapsed_s
        if self._first_content_s is None and _carries_content(event):
            self._first_content_s = elapsed_s


def _outcome_of(event: Event) -> Outcome | None:
    """The outcome of an event that reports an error, None for all others."""
    kinds = error_kinds(event.data) if '"error"' in event.data else frozenset()
    if event.name != "error" and not kinds and not _has_error(event.data):
        return None
    if not OVERLOADED_KINDS.isdisjoint(kinds):
        return Outcome.OVERLOADED
    if any(kind.startswith("rate_limit") for kind in kinds):
        return Outcome.THROTTLED
    return Outcome.SERVER_ERROR


def _has_error(data: str) -> bool:
    return '"error"' in data and bool(_fields(data).get("error"))


def _carries_content(event: Event) -> bool:
    if event.name.endswith("delta"):
        return event.name != "message_delta"
    if '"choices"' not in event.data:
        return False
    choices = _fields(event.data).get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    delta = first.get("delta") if isinstance(first, dict) else None
    return isinstance(delta, dict) and bool(delta.get("content"))


def _fields(data: str) -> dict[str, object]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
