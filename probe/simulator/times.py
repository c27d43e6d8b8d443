"""How a scenario writes durations and times, read into seconds and into UTC."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Annotated, Final

from pydantic import BeforeValidator, PlainSerializer, ValidationInfo

_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_UNIT_S: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
YEARS: Final = range(1970, 2242)
"""Earlier times are below 0 and no run is fresh. Later ones, from 2**33 seconds on, have no whole
microseconds as floats, for which a scheduler on a virtual clock would wait for ever."""

_TIME_OF_DAY: Final = re.compile(r"\d{2}:\d{2}(:\d{2})?")


def read_seconds(value: object) -> float:
    """The seconds in `250ms`, `3s`, `2m` or `1h`; only 0 needs no unit."""
    if str(value) == "0":
        return 0.0
    match = _DURATION.fullmatch(str(value))
    if match is None:
        raise ValueError(f"{value!r} is no duration; write one like 250ms, 3s, 2m or 1h")
    return float(match[1]) * _UNIT_S[match[2]]


def read_timestamp(value: object) -> datetime:
    """The UTC time of a full timestamp with its zone."""
    moment = None
    with suppress(ValueError):
        moment = datetime.fromisoformat(str(value))
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"{value!r} is no moment; write one like 2026-03-02T11:49:00Z")
    if moment.year not in YEARS or moment.timestamp() < 0:  # 1970 began later in some zones
        raise ValueError(f"{value!r} is too far; the years are {YEARS[0]} to {YEARS[-1]}")
    return moment.astimezone(UTC)


def read_moment(value: object, info: ValidationInfo) -> datetime:
    """The UTC time of a time on the day in `info.context`, or of a full timestamp."""
    text = str(value)
    if not _TIME_OF_DAY.fullmatch(text) or not isinstance(info.context, date):
        return read_timestamp(value)
    try:
        return datetime.combine(info.context, time.fromisoformat(text), tzinfo=UTC)
    except ValueError:
        raise ValueError(
            f"{text!r} is no time of day; midnight after it needs the full timestamp"
        ) from None


Seconds = Annotated[
    float,
    BeforeValidator(read_seconds),
    PlainSerializer(lambda seconds: f"{seconds:g}s", return_type=str),
]
Moment = Annotated[datetime, BeforeValidator(read_moment)]
Timestamp = Annotated[datetime, BeforeValidator(read_timestamp)]
