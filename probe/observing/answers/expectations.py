"""What must hold for a step's answer: one function per kind of expectation, yielding checks."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from probe.config.transaction.expectations import BodyExpectation, DurationExpectation, Expect
from probe.model.run import Check, StreamSeen
from probe.model.secret import MASK
from probe.observing.answers import conditions
from probe.observing.answers.answer import Answer
from probe.observing.answers.document import MISSING, Unreadable, look_up, selects, shown
from probe.observing.answers.evidence import show_header
from probe.observing.masking import Masker
from probe.observing.tokens import is_token

_DAY_S: Final = 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything that expectations look at. `now` is seconds since the epoch."""

    answer: Answer
    duration_s: float
    certificate_expires_at: float | None
    now: float
    masker: Masker
    stream: StreamSeen | None = None


def checks_of(expect: Expect, seen: Seen) -> tuple[Check, ...]:
    """One check per expectation, passed or not."""
    return tuple(check for kind in KINDS for check in kind(expect, seen))


def _status(expect: Expect, seen: Seen) -> Iterator[Check]:
    yield status_check(expect, seen.answer.status)


def status_check(expect: Expect, status: int) -> Check:
    """Whether the status is an accepted one."""
    return Check(
        name="status",
        passed=status in expect.status,
        expected=str(expect.status),
        actual=str(status),
    )


def _headers(expect: Expect, seen: Seen) -> Iterator[Check]:
    for name, condition in expect.headers.items():
        show = partial(_show_value, name, seen.masker)
        read = _as_number if condition.compares_numbers else str
        values = [read(text) for text in seen.answer.all(name)] or [MISSING]
        reason = conditions.unmet(condition, values, show)
        actual = ", ".join(map(show, values)) if reason is None else reason
        yield Check(
            name=f"header {name}",
            passed=reason is None,
            expected=conditions.described(condition, seen.masker),
            actual=seen.masker.show(actual) or "nothing",
        )


def _as_number(text: str) -> object:
    """A header's text as a finite number if it is one, or unchanged."""
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return int(number) if number.is_integer() else number


def _show_value(header: str, masker: Masker, value: object) -> str:
    return show_header(header, value, masker) if isinstance(value, str) else shown(value)


def _body(expect: Expect, seen: Seen) -> Iterator[Check]:
    if expect.body is None:
        return
    for name, (operator, words) in _BODY.items():
        for part in _parts(expect.body, name):
            wanted = seen.masker.show(repr(part)) if isinstance(part, str) else str(part)
            try:
                passed, actual = operator(part, seen.answer.text), ""
            except conditions.TookTooLong as problem:
                passed, actual = False, str(problem)
            yield Check(
                name="body",
                passed=passed,
                expected=f"{words} {wanted}",
                actual=actual
                or f"{len(seen.answer.body)} bytes that {'do' if passed else 'do not'}",
            )


_BODY: Final[dict[str, tuple[Callable[[object, object], bool], str]]] = {
    "contains": (conditions.contains, "contains"),
    "not_contains": (conditions.lacks, "lacks"),
    "matches": (conditions.matches, "matches"),
}


def _parts(body: BodyExpectation, name: str) -> tuple[object, ...]:
    value = getattr(body, name)
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def _json(expect: Expect, seen: Seen) -> Iterator[Check]:
    for expression, condition in expect.json_.items():
        try:
            found = look_up(seen.answer.document, expression)
            if condition.exists is not None and found == [] and selects(expression):
                found = MISSING
            show = partial(_show_found, expression)
            reason = conditions.unmet(condition, [found], show)
            actual = show(found) if reason is None else reason
        except Unreadable as problem:
            reason = actual = str(problem)
        yield Check(
            name=f"json {expression}",
            passed=reason is None,
            expected=conditions.described(condition, seen.masker),
            actual=seen.masker.show(actual),
        )


def _show_found(expression: str, value: object) -> str:
    return MASK if is_token(expression, value) else shown(value)


def _durations(expect: Expect, seen: Seen) -> Iterator[Check]:
    stream = seen.stream or StreamSeen()
    for name, wanted, actual_s, otherwise in (
        ("duration", expect.duration, seen.duration_s, ""),
        ("first_token", expect.first_token, stream.first_token_s, "no content in a stream"),
        ("gap", expect.gap, stream.longest_gap_s, "no events in a stream"),
    ):
        if wanted is not None:
            yield _duration(name, wanted, actual_s, otherwise)


def _duration(
    name: str, wanted: DurationExpectation, actual_s: float | None, otherwise: str
) -> Check:
    return Check(
        name=name,
        passed=actual_s is not None and actual_s < wanted.below,
        expected=f"below {wanted.below:g} s",
        actual=otherwise if actual_s is None else f"{actual_s:.3f} s",
    )


def _certificate(expect: Expect, seen: Seen) -> Iterator[Check]:
    if expect.certificate is None:
        return
    expires_at, wanted = seen.certificate_expires_at, expect.certificate.days_left
    days_left = None if expires_at is None else (expires_at - seen.now) / _DAY_S
    yield Check(
        name="certificate",
        passed=days_left is not None and days_left >= wanted,
        expected=f"at least {wanted} days left",
        actual="no certificate" if days_left is None else f"{_floored(days_left)} days left",
    )


def _floored(days: float) -> float:
    """Rounded down to a tenth: 89.96 days are less than 90."""
    return math.floor(days * 10) / 10


def _url(expect: Expect, seen: Seen) -> Iterator[Check]:
    if expect.url is not None:
        place = seen.masker.show_url(seen.answer.url)
        reason = conditions.unmet(expect.url, [str(seen.answer.url)], lambda _: place)
        yield Check(
            name="url",
            passed=reason is None,
            expected=conditions.described(expect.url, seen.masker),
            actual=place if reason is None else reason,
        )


KINDS: Final[tuple[Callable[[Expect, Seen], Iterator[Check]], ...]] = (
    _status,
    _headers,
    _body,
    _json,
    _durations,
    _certificate,
    _url,
)
