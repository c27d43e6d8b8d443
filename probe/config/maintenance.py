"""Our own maintenance windows: once, or repeatedly by a cron expression."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice, pairwise
from typing import Annotated, Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from probe.config.types import WRITTEN, Duration, Model, Name, Plain, as_tuple, matching

_FIELDS: Final = 5
_LOOKED_AHEAD: Final = 60
_ANCHOR: Final = datetime(2024, 1, 1, tzinfo=UTC)
"""Expressions are tried from this fixed time, so that validity does not depend on the day."""


def _instant(value: object, info: ValidationInfo) -> float:
    if isinstance(value, float) and info.context != WRITTEN:
        return value
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise PydanticCustomError(
            "instant", "an instant has a date, a time and a zone: 2026-03-08T02:00Z, or +01:00"
        )
    return moment.timestamp()


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise PydanticCustomError(
            "zone", "no such time zone; write Europe/Berlin or UTC, for example"
        ) from None
    return value


def _cron(value: str) -> str:
    if len(value.split()) != _FIELDS:
        raise PydanticCustomError(
            "cron", "a cron expression has five fields, minute to weekday: 0 3 * * 0"
        )
    try:
        fires = next(CronSim(value, _ANCHOR), None)
    except CronSimError as error:
        message = (
            "{problem}; write minute, hour, day, month, weekday of times that exist: 0 3 * * 0"
        )
        raise PydanticCustomError("cron", message, {"problem": str(error).lower()}) from None
    if fires is None:
        raise PydanticCustomError("cron", "it never fires; name days that exist")
    return value


Instant = Annotated[
    float,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "examples": ["2026-03-08T02:00Z"]}),
]
"""Seconds since the epoch, written as `2026-03-08T02:00Z`."""

Title = Annotated[
    Plain, matching(r"^\S(.{0,62}\S)?$", "a window's name is one line of up to 64 letters")
]
Cron = Annotated[
    Plain,
    matching(r"^[ -~]{1,100}$", "a cron expression has up to 100 ASCII characters"),
    AfterValidator(_cron),
]
Zone = Annotated[Plain, AfterValidator(_zone)]


class PlannedWork(Model):
    """Work that happens once, from `starts`, or each time that `cron` fires in `zone`.

    When clocks change, a skipped time counts as the next one that exists, a repeated time as its
    first occurrence.
    """

    name: Title
    """The name of the work in messages and on the page."""
    starts: Instant | None = None
    """The start of work that happens once, with a zone."""
    cron: Cron | None = None
    """The starts of recurring work: minute, hour, day, month, weekday."""
    zone: Zone = "UTC"
    """The time zone of `cron`."""
    lasts: Duration
    """How long it lasts, in real time."""
    paths: Annotated[tuple[Name, ...], BeforeValidator(as_tuple)] = ()
    """The paths that it affects; without any, the whole service."""

    @model_validator(mode="after")
    def _once_or_again(self) -> Self:
        if self.starts is not None and self.cron is not None:
            raise PydanticCustomError("planned", "has both starts: and cron:; keep one")
        if self.starts is None and self.cron is None:
            raise PydanticCustomError("planned", "needs one of starts: (once) and cron: (again)")
        if self.starts is not None and "zone" in self.model_fields_set:
            raise PydanticCustomError("planned", "zone: belongs to cron:; starts: has its own")
        firings = [] if self.cron is None else list(islice(self._firings(_ANCHOR), _LOOKED_AHEAD))
        if any(after - before <= self.lasts for before, after in pairwise(firings)):
            raise PydanticCustomError(
                "planned",
                "it would begin again before it is over: shorten lasts:, or fire less often",
            )
        return self

    def start(self, now: float) -> float | None:
        """The start, maybe past, of the first window that ends after `now`; None if none does."""
        if self.starts is not None:
            return self.starts if self.starts + self.lasts > now else None
        begun = datetime.fromtimestamp(now - self.lasts, UTC)
        return next((at for at in self._firings(begun) if at + self.lasts > now), None)

    def _firings(self, after: datetime) -> Iterator[float]:
        """The times when `cron` fires after `after`, in order, in seconds since the epoch."""
        for moment in CronSim(self.cron or "", after.astimezone(ZoneInfo(self.zone))):
            yield moment.timestamp()
