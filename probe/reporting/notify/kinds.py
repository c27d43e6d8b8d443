"""Which class sends to which kind of channel."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, Protocol

from probe.config.notifications import Channel
from probe.model.notification import Message
from probe.reporting.notify.alertmanager import AlertmanagerSender
from probe.reporting.notify.apprise import AppriseSender
from probe.reporting.notify.webhook import WebhookSender


class Sender(Protocol):
    """What every kind of channel can do."""

    async def send(self, message: Message, now: float) -> None:
        """Send `message` once. `now` is this machine's clock, by which its receiver judges it.

        Raises:
            RefusedError: another attempt would be refused too.
            UnreachedError: a later attempt may succeed.
        """

    async def close(self) -> None:
        """Close connections."""


KINDS: Final[Mapping[str, Callable[[Any], Sender]]] = MappingProxyType(
    {
        "alertmanager": AlertmanagerSender,
        "apprise": AppriseSender,
        "webhook": WebhookSender,
    }
)


def sender(channel: Channel) -> Sender:
    """The sender for `channel`; nothing is opened yet."""
    return KINDS[channel.kind](getattr(channel, channel.kind))
