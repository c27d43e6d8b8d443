"""Delivers messages to their channels: one task for each, so that a dead one delays no other.

Messages are sent in the order in which they were made, each repeatedly until it is accepted,
refused for good or too old. The result is reported, and only then does the journal forget the
message: a crash in between repeats a message and loses none.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from typing import Any, Final

from probe.config.notifications import Channel
from probe.model.clock import Clock
from probe.model.event import Attempted, Event, Notified
from probe.model.notification import Message, Occasion, Result
from probe.reporting.notify.errors import DeliveryError, UnreachedError
from probe.reporting.notify.kinds import Sender, sender

LONGEST_ATTEMPT_S: Final = 30.0
GIVE_UP_AFTER_S: Final = 86_400.0
MOST_WAITING: Final = 1000
_SHORTEST_PAUSE_S: Final = 2.0
_LONGEST_PAUSE_S: Final = 300.0
_LONGEST_ASKED_S: Final = 3600.0

Report = Callable[[Attempted], None]
Teller = Callable[[Channel], Sender]


def pause_s(failures: int, asked_s: float | None) -> float:
    """Seconds until the next attempt: doubled after each, or longer if the receiver asked."""
    doubled = _SHORTEST_PAUSE_S * 2.0 ** min(failures - 1, 30)
    return max(min(doubled, _LONGEST_PAUSE_S), min(asked_s or 0.0, _LONGEST_ASKED_S))


async def attempt(by: Sender, message: Message, clock: Clock) -> None:
    """Send `message` once, in bounded time.

    Raises:
        DeliveryError: it was not accepted; a fault of our own is told so too, and breaks no more.
    """
    try:
        async with asyncio.timeout(LONGEST_ATTEMPT_S):
            await by.send(message, clock.wall())
    except DeliveryError:
        raise
    except TimeoutError as error:
        raise UnreachedError("timed out") from error
    except Exception as error:  # its text could hold an address
        raise UnreachedError(f"our own fault: {type(error).__name__}") from error


class ChannelQueue:
    """What waits for one channel, in order; `_telling` is the message being sent.

    `_missed` has the last message of each service if that was given up.
    """

    def __init__(self, channel: Channel, clock: Clock, report: Report, teller: Teller) -> None:
        self._channel = channel
        self._teller = teller
        self._sender = teller(channel)
        self._clock = clock
        self._report = report
        self._waiting: deque[Message] = deque()
        self._missed: dict[str, Message] = {}
        self._telling: Message | None = None
        self._wake = asyncio.Event()
        self._over = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: Message) -> None:
        """Queue `message` after all that waits; a reminder that it overtakes is not sent."""
        for waiting in list(self._waiting):
            reminds = waiting.occasion is Occasion.REMINDER and waiting is not self._telling
            if reminds and waiting.service == message.service:
                self._settle(waiting, Result.OVERTAKEN)
        if len(self._waiting) >= MOST_WAITING:
            self._settle(self._waiting[1], Result.GIVEN_UP, "too many wait")
        self._waiting.append(message)
        self._wake.set()

    async def use(self, channel: Channel) -> None:
        """Use `channel` as it is configured now, at once."""
        if channel == self._channel:
            return
        before, self._channel = self._sender, channel
        self._sender = self._teller(channel)
        self._wake.set()
        await before.close()

    def end(self) -> None:
        """Send nothing more."""
        self._over = True
        self._wake.set()

    async def run(self) -> None:
        """Send messages until the end."""
        try:
            while not self._over:
                self._wake.clear()
                if self._waiting:
                    await self._deliver(self._following())
                else:
                    await self._wake.wait()
        finally:
            await self._sender.close()

    def _following(self) -> Message:
        """The first in line, as a change from the last message delivered, not from one given up."""
        message = self._waiting[0]
        if missed := self._missed.get(message.service):
            message = replace(
                message,
                old=missed.old,
                old_known_down=missed.old_known_down,
                old_maintenance=missed.old_maintenance,
            )
            self._waiting[0] = message
        return message

    async def _deliver(self, message: Message) -> None:
        """Send `message` until it is settled, unless another overtakes it between two attempts."""
        if message.service in self._missed and message.ends_nothing:
            self._settle(message, Result.OVERTAKEN)
            return
        failures = 0
        while not self._over and message in self._waiting:
            if self._clock.now() - message.at > GIVE_UP_AFTER_S:
                self._give_up(message, "it is older than a day")
                return
            sender_before = self._sender
            try:
                await self._attempt(message)
            except DeliveryError as error:
                if self._sender is not sender_before:
                    failures = 0  # a reload replaced it meanwhile: the new one is tried at once
                elif isinstance(error, UnreachedError):
                    failures += 1
                    failed = Attempted(message=message, result=Result.FAILED, problem=str(error))
                    self._report(failed)
                    await self._pause(pause_s(failures, error.retry_after_s))
                else:
                    self._give_up(message, f"refused: {error}")
                    return
            else:
                self._settle(message, Result.SENT)
                self._missed.pop(message.service, None)
                return

    async def _attempt(self, message: Message) -> None:
        self._telling = message
        try:
            await attempt(self._sender, message, self._clock)
        finally:
            self._telling = None

    async def _pause(self, seconds: float) -> None:
        """Wait, but only until a new configuration or the end."""
        sender_before, until = self._sender, asyncio.get_running_loop().time() + seconds
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                while self._sender is sender_before and not self._over:
                    self._wake.clear()
                    await self._wake.wait()

    def _give_up(self, message: Message, problem: str) -> None:
        self._missed[message.service] = message
        self._settle(message, Result.GIVEN_UP, problem)

    def _settle(self, message: Message, result: Result, problem: str = "") -> None:
        self._waiting.remove(message)
        self._report(Attempted(message=message, result=result, problem=problem))


class Delivery:
    """The queues of all channels, and the reporter that fills them."""

    def __init__(
        self,
        clock: Clock,
        report: Report,
        spawn: Callable[[Coroutine[Any, Any, None], str], object],
        waiting: Callable[[str, int], None],
        teller: Teller = sender,
    ) -> None:
        self._clock = clock
        self._report = report
        self._spawn = spawn
        self._waiting = waiting
        self._teller = teller
        self._queues: dict[str, ChannelQueue] = {}

    async def adopt(self, channels: Iterable[Channel], undelivered: Iterable[Message] = ()) -> None:
        """Serve `channels` and no others; messages waiting for those that stay are kept."""
        wanted = {channel.name: channel for channel in channels}
        for name in self._queues.keys() - wanted.keys():
            self._queues.pop(name).end()
        for name, channel in wanted.items():
            if name in self._queues:
                await self._queues[name].use(channel)
            else:
                queue = self._queues[name] = ChannelQueue(
                    channel, self._clock, self._attempted, self._teller
                )
                self._spawn(queue.run(), f"channel {name}")
        for message in undelivered:
            self._put(message)
        for name, queue in self._queues.items():
            self._waiting(name, len(queue))

    def handle(self, event: Event) -> None:
        """Take over a message that is now stored."""
        if isinstance(event, Notified):
            self._put(event.message)

    def _put(self, message: Message) -> None:
        queue = self._queues.get(message.channel)
        if queue is not None:
            queue.put(message)
            self._waiting(message.channel, len(queue))

    def _attempted(self, event: Attempted) -> None:
        self._report(event)
        name = event.message.channel
        if name in self._queues:
            self._waiting(name, len(self._queues[name]))
