"""Signed JSON for programs, such as a router that falls back to another provider.

The format is that of Standard Webhooks: https://www.standardwebhooks.com. The body is described in
docs/notifications.md.
"""

import json
from base64 import b64encode
from dataclasses import asdict
from hmac import digest
from typing import Any

from probe.config.notifications import Webhook, signing_key
from probe.model.notification import Message, Occasion
from probe.model.secret import reveal
from probe.reporting.notify.posting import Poster
from probe.reporting.notify.wording import text, title
from probe.reporting.times import rfc3339

TYPES = {
    Occasion.CHANGED: "verdict.changed",
    Occasion.REMINDER: "verdict.reminder",
    Occasion.MAINTENANCE: "maintenance",
    Occasion.ENDED: "incident.ended",
    Occasion.TEST: "test",
}


class WebhookSender:
    """Posts each message to one address."""

    def __init__(self, webhook: Webhook) -> None:
        self._url = reveal(webhook.url)
        self._key = None if webhook.secret is None else signing_key(reveal(webhook.secret))
        self._poster = Poster()

    async def send(self, message: Message, now: float) -> None:
        """Send `message` once; raises DeliveryError."""
        body = json.dumps(document(message)).encode()
        headers = {"webhook-id": message.id, "webhook-timestamp": str(int(now))}
        if self._key is not None:
            headers["webhook-signature"] = signature(self._key, message.id, int(now), body)
        await self._poster.post(self._url, body, headers)

    async def close(self) -> None:
        """Close its connections."""
        await self._poster.close()


def signature(key: bytes, identifier: str, timestamp: int, body: bytes) -> str:
    """Proof that `body` is ours, and when it was sent, in whole seconds since the epoch."""
    signed = f"{identifier}.{timestamp}.".encode() + body
    return f"v1,{b64encode(digest(key, signed, 'sha256')).decode()}"


def document(message: Message) -> dict[str, Any]:
    """The body: times are RFC 3339; what is unknown or does not apply is null."""
    return {
        "type": TYPES[message.occasion],
        "timestamp": rfc3339(message.at),
        "data": {
            "id": message.id,
            "location": message.location,
            "service": message.service,
            "verdict": message.told,
            "previous_verdict": message.worst or message.old,
            "planes": dict(message.planes),
            "transition": message.transition,
            "incident": message.incident,
            "at": rfc3339(message.at),
            "since": rfc3339(message.since),
            "began_at": None if message.began_at is None else rfc3339(message.began_at),
            "length_seconds": message.length_s,
            "maintenance": message.maintenance or None,
            "failing": [asdict(ailing) for ailing in message.ailing],
            "working": list(message.working),
            "wavering": list(message.wavering),
            "page": message.page or None,
            "title": title(message),
            "text": text(message),
        },
    }
