"""One test message to each channel, to see that it arrives."""

import asyncio
from collections.abc import Sequence

from probe.config.notifications import Channel
from probe.config.settings import Settings
from probe.judging.message import trial
from probe.model.clock import Clock
from probe.model.errors import UserError
from probe.reporting.notify.errors import DeliveryError
from probe.reporting.notify.kinds import sender
from probe.running.telling.delivery import attempt


class NoSuchChannelError(UserError):
    """The message says which channels there are."""


def chosen(settings: Settings, name: str) -> tuple[Channel, ...]:
    """The channel called `name`, or all; raises NoSuchChannelError if there is none."""
    known = ", ".join(channel.name for channel in settings.notifications)
    if not known:
        raise NoSuchChannelError("no channel is configured; add one under notifications:")
    found = tuple(each for each in settings.notifications if name in {"", each.name})
    if not found:
        raise NoSuchChannelError(f"no channel is called {name!r}; there are: {known}")
    return found


def tried(settings: Settings, channels: Sequence[Channel], clock: Clock) -> list[str | None]:
    """What prevented a test message to each of `channels`; None where it was accepted."""

    async def main() -> list[str | None]:
        return await asyncio.gather(*(_tried(settings, each, clock) for each in channels))

    return asyncio.run(main())


async def _tried(settings: Settings, channel: Channel, clock: Clock) -> str | None:
    by = sender(channel)
    try:
        await attempt(by, trial(settings, channel, clock.wall()), clock)
    except DeliveryError as error:
        return str(error)
    finally:
        await by.close()
    return None
