"""A stream followed as it arrives: its first signs of life, its longest silence, its end."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from probe.config.transaction.streams import Stream
from probe.model.outcome import Outcome
from probe.model.run import StreamSeen
from probe.observing.answers.classification import outcome_of_kinds
from probe.observing.answers.document import error_kinds, reported_error
from probe.observing.answers.event_stream import Event, EventParser, EventTooLong

_KEEP_ALIVE: Final = "ping"
_FAILURES: Final = frozenset({"error", "response.failed"})
_USED_UP: Final = re.compile(
    r'"(?:finish_|stop_)?reason"\s*:\s*"(?:length|max_tokens|max_output_tokens|refusal'
    r'|stop_sequence|model_context_window_exceeded)"'
)
"""Reasons why an answer may have no content: its tokens are used up, or it refuses."""


class StreamWatch:
    """Follows a stream: when it first had content, whether it ended, which error it reported."""

    def __init__(self, stream: Stream) -> None:
        self._format = stream.format
        self._ends = stream.ends
        self._parser = EventParser()
        self._events = 0
        self._first_byte_s: float | None = None
        self._first_event_s: float | None = None
        self._first_content_s: float | None = None
        self._last_event_s: float | None = None
        self._longest_gap_s = 0.0
        self._used_up = False
        self.ended = False
        self.error: Outcome | None = None
        self.complaint = ""
        self.too_long = False

    @property
    def done(self) -> bool:
        """Whether there is nothing further worth waiting for."""
        return self.ended or self.too_long or self.error is not None

    @property
    def empty(self) -> bool:
        """Whether it ended without content. A model may use up its tokens while thinking."""
        said = self._first_content_s is not None or self._used_up
        return self.ended and not said and self._format != "sse"

    def seen(self, elapsed_s: float) -> StreamSeen:
        """What was seen so far; while the stream is not done, the silence continues."""
        self._fall_silent(self._last_event_s if self.done else elapsed_s)
        return StreamSeen(
            events=self._events,
            first_byte_s=self._first_byte_s,
            first_event_s=self._first_event_s,
            first_token_s=self._first_token_s,
            longest_gap_s=None if self._last_event_s is None else self._longest_gap_s,
        )

    @property
    def _first_token_s(self) -> float | None:
        """Seconds until the first content; for unknown kinds of streams, the first event."""
        if self._first_content_s is None and self.ended and self._format == "sse":
            return self._first_event_s
        return self._first_content_s

    def feed(self, chunk: bytes, elapsed_s: float) -> None:
        """Take in what arrived `elapsed_s` after the request began."""
        if self._first_byte_s is None and chunk:
            self._first_byte_s = elapsed_s
        try:
            for event in self._parser.feed(chunk):
                self._follow(event, elapsed_s)
                if self.done:
                    return
        except EventTooLong:
            self.too_long = True

    def _follow(self, event: Event, elapsed_s: float) -> None:
        if event.name == _KEEP_ALIVE:
            return
        self._events += 1
        self._fall_silent(elapsed_s)
        self._last_event_s = elapsed_s
        self.error = _outcome_of(event)
        self.complaint = event.data if self.error is not None else ""
        self.ended = self.error is None and not self._ends.isdisjoint({event.name, event.data})
        if self._first_event_s is None:
            self._first_event_s = elapsed_s
        if self._first_content_s is None:
            self._used_up = self._used_up or bool(_USED_UP.search(event.data))
            self._first_content_s = elapsed_s if _CONTENT[self._format](event) else None

    def _fall_silent(self, until_s: float | None) -> None:
        if until_s is not None and self._last_event_s is not None:
            self._longest_gap_s = max(self._longest_gap_s, until_s - self._last_event_s)


def _outcome_of(event: Event) -> Outcome | None:
    """The outcome of an event that reports an error; None for all others."""
    if event.name not in _FAILURES and '"error"' not in event.data:
        return None
    told = reported_error(event.data) or _fields(event.data).get("error")
    if event.name in _FAILURES or told:
        return outcome_of_kinds(error_kinds(event.data)) or Outcome.SERVER_ERROR
    return None


def _is_delta(event: Event) -> bool:
    return event.name.endswith("delta") and event.name != "message_delta"


def _is_choice(event: Event) -> bool:
    if '"choices"' not in event.data:
        return False
    choices = _fields(event.data).get("choices")
    return isinstance(choices, list) and any(map(_says_something, choices))


def _says_something(choice: object) -> bool:
    """Whether there is more than a role: text, a thought, a refusal, a tool call."""
    if not isinstance(choice, dict):
        return False
    delta = choice.get("delta")
    told = {**delta, "role": None} if isinstance(delta, dict) else {}
    return bool(choice.get("text")) or any(told.values())


def _is_part_of_response(event: Event) -> bool:
    return event.name.endswith((".delta", ".partial_image"))


_CONTENT: Final[Mapping[str, Callable[[Event], bool]]] = {
    "sse": lambda event: _is_delta(event) or _is_choice(event),
    "anthropic": lambda event: event.name == "content_block_delta",
    "openai": lambda event: _is_choice(event) or _is_part_of_response(event),
}
"""Which events carry content, by format."""


def _fields(data: str) -> dict[str, object]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
