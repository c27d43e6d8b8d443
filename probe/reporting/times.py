"""Instants and lengths as people and programs read them. Every clock time names its zone."""

from datetime import UTC, datetime
from typing import Final

_UNREADABLE: Final = "a time out of range"


def rfc3339(at: float) -> str:
    """`2026-03-02T11:49:30.250Z`; empty for a time outside the calendar."""
    moment = _moment(at)
    if moment is None:
        return ""
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def utc(at: float, now: float) -> str:
    """`11:49:30 UTC`, with the date in front when that is not today's."""
    moment, today = _moment(at), _moment(now)
    if moment is None:
        return _UNREADABLE
    same_day = today is not None and moment.date() == today.date()
    return moment.strftime("%H:%M:%S UTC" if same_day else "%Y-%m-%d %H:%M:%S UTC")


def full(at: float) -> str:
    """`2026-03-02 11:49:30 UTC`."""
    moment = _moment(at)
    return _UNREADABLE if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def clock(at: float) -> str:
    """`11:49`, in UTC."""
    moment = _moment(at)
    return "" if moment is None else moment.strftime("%H:%M")


def day(at: float) -> str:
    """`2 Mar`, in UTC."""
    moment = _moment(at)
    return "" if moment is None else f"{moment.day} {moment:%b}"


def length(seconds: float) -> str:
    """`42 s`, `3 min 20 s`, `12 min`, `2 h 5 min`, `3 d 4 h`: two units at most."""
    whole = max(0, int(seconds))
    days, hours, minutes = whole // 86400, whole // 3600 % 24, whole // 60 % 60
    if whole < 60:  # noqa: PLR2004 - a minute
        return f"{whole} s"
    if whole < 600:  # noqa: PLR2004 - from ten minutes on, seconds are noise
        return _joined((minutes, "min"), (whole % 60, "s"))
    if whole < 86400:  # noqa: PLR2004 - a day
        return _joined((hours, "h"), (minutes, "min"))
    return _joined((days, "d"), (hours, "h"))


def signed(seconds: float) -> str:
    """`length`, with a sign if negative by a second or more."""
    return f"-{length(-seconds)}" if seconds <= -1 else length(seconds)


def took(seconds: float) -> str:
    """The duration of a run: `340 ms`, `1.24 s`."""
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.2f} s"  # noqa: PLR2004


def _joined(*parts: tuple[int, str]) -> str:
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def _moment(at: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError):
        return None
