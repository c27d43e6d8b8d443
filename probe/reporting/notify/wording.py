"""A message as people read it: a title of one line, and a text that says what is known.

It says what was observed and never a cause. Names that came from outside are spelled out and cut.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from probe.model.notification import Ailing, Message, Occasion
from probe.model.run import Check
from probe.model.state import TROUBLED, State, Verdict
from probe.reporting.legible import cut, legible
from probe.reporting.times import full, length
from probe.reporting.words import OUTCOMES, PHASES, PLANES, STATES, VERDICTS, headline

_LONGEST_NAME: Final = 120
_OURS: Final = re.compile(r"\d{1,15}(?:\.\d{1,6})?(?: s| days left)?|nothing|no certificate")
"""Numbers, and words of ours: a target could write a sentence of its own."""


def title(message: Message) -> str:
    """One line that says it all."""
    return _TITLES[message.occasion](message)


def text(message: Message) -> str:
    """The whole of it, line by line."""
    return "\n".join(_TEXTS[message.occasion](message))


def _changed(message: Message) -> str:
    service = _name(message.service)
    if message.verdict is not Verdict.HEALTHY:
        return f"{service}: {_headline(message)}"
    lasted = "" if message.length_s is None else f" after {length(message.length_s)}"
    unseen = any(ailing.state is State.UNKNOWN for ailing in message.ailing)
    return f"{service}: healthy again{lasted}{', as far as it can be seen' if unseen else ''}"


def _still(message: Message) -> str:
    lasting = length(message.at - message.since)
    headed = _headline(message)
    return f"{_name(message.service)}: still {headed}, for {lasting}"


def _hidden(message: Message) -> str:
    return f"{_name(message.service)}: in maintenance, {_name(message.maintenance)}"


def _over(message: Message) -> str:
    lasted = length(message.length_s or 0.0)
    if message.incident is None:
        return f"{_name(message.service)}: no longer watched"
    if message.verdict is Verdict.UNKNOWN:
        return f"{_name(message.service)}: no longer watched, its incident had lasted {lasted}"
    return f"{_name(message.service)}: incident over, it lasted {lasted}"


def _trial(message: Message) -> str:
    return f"splitprobe: a test of the channel {_name(message.channel)}"


def _situation(message: Message) -> Iterator[str]:
    yield f"{_changed(message) if message.occasion is Occasion.CHANGED else _still(message)}."
    yield _since(message)
    if message.verdict is Verdict.UNKNOWN:
        yield _blindness(message)
    for ailing in message.ailing:
        yield _failing(ailing)
    yield from _working(message)
    yield from _footer(message)


def _sparing(message: Message) -> Iterator[str]:
    yield f"{_hidden(message)}."
    yield f"Since {full(message.since)}. Failures that outlast it will be reported."
    for ailing in message.ailing:
        yield _failing(ailing)
    yield from _footer(message)


def _conclusion(message: Message) -> Iterator[str]:
    yield f"{_over(message)}."
    if message.began_at is not None and message.length_s is not None:
        ended_at = message.began_at + message.length_s
        yield f"From {full(message.began_at)} to {full(ended_at)}."
    if message.waves > 1:
        yield f"It came in {message.waves} waves."
    if message.worst is not None:
        yield f"At worst: {VERDICTS[message.worst]}."
    yield from _footer(message)


def _nothing_wrong(message: Message) -> Iterator[str]:
    yield "This is a test: nothing is wrong. Changes will be sent here."
    yield from _footer(message)


def _footer(message: Message) -> Iterator[str]:
    yield f"Seen from {_name(message.location)}."
    if message.page:
        yield message.page


def _since(message: Message) -> str:
    if message.began_at is None or message.verdict is Verdict.HEALTHY:
        return f"Since {full(message.since)}."
    return f"Since {full(message.since)}; the first run failed at {full(message.began_at)}."


def _blindness(message: Message) -> str:
    if TROUBLED.isdisjoint(message.planes.values()):
        return "I cannot see: this says nothing about the service itself."
    return "I cannot see all of it: this may be a split or a full outage."


def _working(message: Message) -> Iterator[str]:
    """What still works, where that is known; what cannot be seen is not said to be broken."""
    if message.verdict in {Verdict.HEALTHY, Verdict.UNKNOWN}:
        return
    unseen = any(ailing.state is State.UNKNOWN for ailing in message.ailing)
    if message.working:
        yield f"Still works: {', '.join(map(_name, message.working))}."
    elif not unseen and not message.wavering:
        yield "Still works: no probed path."
    if message.wavering:
        yield f"Starting to fail, unconfirmed: {', '.join(map(_name, message.wavering))}."


def _failing(ailing: Ailing) -> str:
    """`login (control plane) is down: server error at open (status: expected 200, got 500)`."""
    plane, state = PLANES[ailing.plane].partition(" (")[0].lower(), STATES[ailing.state].lower()
    where = f"{_name(ailing.path)} ({plane}) is {state}"
    if ailing.outcome is None or ailing.state is State.UNKNOWN:
        return f"{where}."
    step = f" at {_name(ailing.step)}" if ailing.step else ""
    phase = f", {PHASES[ailing.phase]}" if ailing.phase else ""
    return f"{where}: {OUTCOMES[ailing.outcome]}{step}{phase}{_unmet(ailing.unmet)}."


def _unmet(check: Check | None) -> str:
    """` (status: expected 200, got 404)`; what a target may have worded is left to the page."""
    if check is None:
        return ""
    got = f", got {check.actual}" if _OURS.fullmatch(check.actual) else ""
    return f" ({_name(check.name)}: expected {_name(check.expected)}{got})"


def _headline(message: Message) -> str:
    return headline(message.verdict, message.planes, message.spared)


def _name(text: str) -> str:
    """A name on one line: a line break in it would begin another header of a mail."""
    return cut(" ".join(legible(text).split()), _LONGEST_NAME)


_TITLES: Final[Mapping[Occasion, Callable[[Message], str]]] = MappingProxyType(
    {
        Occasion.CHANGED: _changed,
        Occasion.REMINDER: _still,
        Occasion.MAINTENANCE: _hidden,
        Occasion.ENDED: _over,
        Occasion.TEST: _trial,
    }
)
_TEXTS: Final[Mapping[Occasion, Callable[[Message], Iterator[str]]]] = MappingProxyType(
    {
        Occasion.CHANGED: _situation,
        Occasion.REMINDER: _situation,
        Occasion.MAINTENANCE: _sparing,
        Occasion.ENDED: _conclusion,
        Occasion.TEST: _nothing_wrong,
    }
)
