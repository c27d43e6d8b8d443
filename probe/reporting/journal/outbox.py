"""Messages that wait for delivery: written with what caused them, in one transaction.

So a crash between a transition and its message loses nothing; the next start sends them.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from pydantic import TypeAdapter

from probe.model.event import Attempted, ChannelRemoved, Event, Notified, Undelivered
from probe.model.notification import Message, Result
from probe.reporting.journal.rows import Row, document_of

KINDS: Final = (Notified, Attempted, Undelivered, ChannelRemoved)
MESSAGE: Final = TypeAdapter(Message)
WAITING: Final = "SELECT document FROM outbox ORDER BY number"
TOLD: Final = "SELECT document FROM told"

_ADD_MESSAGE: Final = (
    "INSERT OR IGNORE INTO outbox (id, channel, made_at, document) VALUES (?, ?, ?, ?)"
)
_PUT_TOLD: Final = "INSERT OR REPLACE INTO told (channel, service, document) VALUES (?, ?, ?)"
_UNTELL: Final = "DELETE FROM told WHERE channel = ? AND service = ?"
_SETTLE: Final = "DELETE FROM outbox WHERE id = ?"
_FORGET: Final = (
    "DELETE FROM outbox WHERE channel = ?",
    "DELETE FROM told WHERE channel = ?",
)


def writes(events: Sequence[Event]) -> Iterator[tuple[str, list[Row]]]:
    """Statements, each with the rows that it is executed with; other events are not kept."""
    settled, waiting = _settled(events)
    yield _SETTLE, [(identifier,) for identifier in settled]
    yield _ADD_MESSAGE, [_waiting(message) for message in waiting]
    known = _known(events)
    yield _PUT_TOLD, [_told(message) for message in known.values() if message is not None]
    yield _UNTELL, [key for key, message in known.items() if message is None]
    removed: list[Row] = [(event.channel,) for event in events if isinstance(event, ChannelRemoved)]
    for statement in _FORGET:
        yield statement, removed


def _settled(events: Sequence[Event]) -> tuple[list[str], list[Message]]:
    """Which messages are settled, and which wait after `events`: one may be made again."""
    settled: list[str] = []
    waiting: dict[str, Message] = {}
    for event in events:
        match event:
            case Notified(message=message):
                waiting[message.id] = message
            case Attempted(message=message, result=result) if result is not Result.FAILED:
                settled.append(message.id)
                waiting.pop(message.id, None)
    return settled, list(waiting.values())


def _known(events: Sequence[Event]) -> dict[tuple[str, str], Message | None]:
    """What each channel knows of each service after `events`: one may revoke another."""
    known: dict[tuple[str, str], Message | None] = {}
    for event in events:
        match event:
            case Notified(message=message):
                known[message.channel, message.service] = message
            case Undelivered(message=message, known=before):
                known[message.channel, message.service] = before
    return known


def _waiting(message: Message) -> Row:
    return (message.id, message.channel, message.at, document_of(MESSAGE, message))


def _told(message: Message) -> Row:
    return (message.channel, message.service, document_of(MESSAGE, message))
