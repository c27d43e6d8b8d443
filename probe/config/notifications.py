"""The channels that are notified of changes: how, and of which ones."""

import binascii
from base64 import b64decode
from collections.abc import Collection
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from probe.config.addresses import check_url, web_address
from probe.config.apprise_urls import service
from probe.config.transaction.steps import Basic, HeaderValue
from probe.config.types import Duration, Model, Name, Plain, Text, as_tuple, refused
from probe.model.notification import SEVERITIES, Severity
from probe.model.secret import Secret, reveal
from probe.model.state import Plane, Verdict

KINDS: Final = ("apprise", "alertmanager", "webhook")
SHORTEST_REMINDER_S: Final = 60.0
_KEY_BYTES: Final = range(24, 65)
"""The length that Standard Webhooks requires of a symmetric secret."""


def _guarded(value: str | Secret) -> Secret:
    return Secret(reveal(value))


Token = Annotated[HeaderValue, AfterValidator(_guarded)]
"""A header's value that is kept secret, even if it is not given by a reference."""


def _known_to_apprise(value: str | Secret) -> Secret:
    if service(reveal(value)) is None:
        raise PydanticCustomError(
            "apprise", "apprise knows no such address or misses a part of it; see appriseit.com"
        )
    return Secret(reveal(value))


def _url(value: str | Secret) -> Secret:
    check_url(reveal(value))
    return Secret(reveal(value))


def signing_key(secret: str) -> bytes:
    """The key in a secret of Standard Webhooks. Raises ValueError if it is not base64."""
    return b64decode(secret.removeprefix("whsec_"), validate=True)


def _signing_secret(value: str | Secret) -> Secret:
    try:
        usable = len(signing_key(reveal(value))) in _KEY_BYTES
    except (binascii.Error, ValueError):
        usable = False
    if not usable:
        message = (
            "a webhook's secret is whsec_ and 24 to 64 bytes in base64: openssl rand -base64 32"
        )
        raise refused("webhook_secret", message)
    return Secret(reveal(value))


def _without_its_api(url: str) -> str:
    if url.rstrip("/").endswith(("/api/v1", "/api/v2")):
        raise PydanticCustomError("alertmanager", "leave /api/v2 out; we put it there")
    return url


class Alertmanager(Model):
    """The address of an Alertmanager, without `/api/v2`, and the credentials for it."""

    url: Annotated[Plain, AfterValidator(web_address), AfterValidator(_without_its_api)]
    """Its address, without `/api/v2`."""
    basic: Basic | None = None
    """A user and a password for it."""
    bearer: Token | None = None
    """A bearer token for it."""

    @model_validator(mode="after")
    def _one_identity(self) -> Self:
        if self.basic is not None and self.bearer is not None:
            raise PydanticCustomError(
                "alertmanager", "an Alertmanager knows us by basic or by bearer; remove one"
            )
        return self


class Webhook(Model):
    """An address that signed JSON is posted to; without a secret it is not signed."""

    url: Annotated[Text, AfterValidator(_url)]
    """The address that the JSON is posted to."""
    secret: Annotated[Text, AfterValidator(_signing_secret)] | None = None
    """The signing key in the format of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64."""


def _addressed(value: object) -> object:
    return {"url": value} if isinstance(value, str | Secret) else value


def _verdict(value: object) -> object:
    if isinstance(value, str) and value in SEVERITIES:
        return Verdict(value)
    raise PydanticCustomError("verdict", f"a verdict is one of {', '.join(SEVERITIES)}")


def _severity(value: object) -> object:
    if isinstance(value, str) and value in set(Severity):
        return Severity(value)
    raise PydanticCustomError("severity", "a severity is warning or critical")


def _unhurried(value: float) -> float:
    if value < SHORTEST_REMINDER_S:
        raise PydanticCustomError("remind_every", "reminders come once a minute at most: 1m")
    return value


class Channel(Model):
    """One way to notify somebody, and what to report there.

    Without filters: every verdict except `healthy` of every service, and its end.
    """

    name: Name
    """The channel's label in metrics and logs."""
    apprise: Annotated[Text, AfterValidator(_known_to_apprise)] | None = None
    """An address of apprise: mail, Slack, ntfy and many more."""
    alertmanager: (
        Annotated[
            Alertmanager, BeforeValidator(_addressed, json_schema_input_type=str | Alertmanager)
        ]
        | None
    ) = None
    """An Alertmanager: its address, or a mapping with more settings."""
    webhook: (
        Annotated[Webhook, BeforeValidator(_addressed, json_schema_input_type=str | Webhook)] | None
    ) = None
    """A program of yours: its address, or a mapping with a secret."""
    services: Annotated[tuple[Name, ...], BeforeValidator(as_tuple)] = ()
    """The services to report; without any, all."""
    verdicts: Annotated[
        tuple[
            Annotated[
                Verdict, BeforeValidator(_verdict), WithJsonSchema({"enum": list(SEVERITIES)})
            ],
            ...,
        ],
        BeforeValidator(as_tuple),
    ] = ()
    """The verdicts to report; without any, all except `healthy`."""
    severity: Annotated[
        Severity, BeforeValidator(_severity), WithJsonSchema({"enum": list(Severity)})
    ] = Severity.WARNING
    """`critical` reports only a plane that is down, `warning` everything."""
    remind_every: Annotated[Duration, AfterValidator(_unhurried)] | None = None
    """How often to repeat a problem that is not over, at most once a minute. Unset: never."""

    @model_validator(mode="before")
    @classmethod
    def _one_kind(cls, data: Any) -> Any:
        kinds = [kind for kind in KINDS if isinstance(data, dict) and kind in data]
        if len(kinds) > 1:
            raise PydanticCustomError("channel", f"is of one kind; keep one of {', '.join(kinds)}")
        if isinstance(data, dict) and not kinds:
            unknown = ", ".join(key for key in data if key not in cls.model_fields)
            beside = f"; unknown here: {unknown}" if unknown else ""
            raise refused("channel", f"needs one of {', '.join(KINDS)}{beside}")
        return data

    @model_validator(mode="after")
    def _alertmanager_reminds(self) -> Self:
        if self.alertmanager is not None and self.remind_every is not None:
            raise PydanticCustomError(
                "remind_every", "Alertmanager reminds by its repeat_interval; remove remind_every"
            )
        return self

    @property
    def repeat_every(self) -> float | None:
        """Seconds between repeats of an open problem; None for none. Unrepeated alerts expire."""
        return SHORTEST_REMINDER_S if self.alertmanager is not None else self.remind_every

    @property
    def kind(self) -> str:
        """The one of KINDS that it is."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    def wants(self, service: str, verdict: Verdict, down: Collection[Plane] = ()) -> bool:
        """Whether it asked for `verdict` on `service`; a `healthy` one only ends another.

        A plane that is `down` is critical even if the verdict is unknown because of the other one.
        """
        severity = Severity.CRITICAL if down else SEVERITIES.get(verdict)
        return (
            severity is not None
            and (not self.services or service in self.services)
            and (not self.verdicts or verdict in self.verdicts)
            and self.severity in {Severity.WARNING, severity}
        )
