"""What follows from a message that was given up: it did not reach its channel.

The channel knows what it knew before, and what still holds is reported again after a while: its
receiver may work by then, and no channel may count as told of a trouble that it never heard of.
"""

from dataclasses import dataclass, replace
from typing import Final

from probe.config.notifications import Channel
from probe.model.notification import Message, Occasion
from probe.model.state import State, Verdict

FIRST_PAUSE_S: Final = 300.0
LONGEST_PAUSE_S: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Which turn a channel could not be told, and until when that is not retried."""

    turn: float
    pause_s: float
    until: float


def backed_off(channel: Channel, lost: Message, before: Backoff | None, now: float) -> Backoff:
    """The pause after `lost` was given up: doubled each time, at most a reminder's interval."""
    pause_s = FIRST_PAUSE_S
    if before is not None and before.turn == lost.turn:
        pause_s = min(2 * before.pause_s, LONGEST_PAUSE_S)
    until = now + min(pause_s, channel.repeat_every or pause_s)
    return Backoff(turn=lost.turn, pause_s=pause_s, until=until)


def known_before(channel: Channel, lost: Message) -> Message | None:
    """What `channel` knows, as `lost` did not reach it; None if it believes in no trouble."""
    if lost.old_maintenance:
        return replace(
            lost,
            occasion=Occasion.MAINTENANCE,
            verdict=Verdict.HEALTHY,
            turned_at=None,
            stands=False,
            maintenance=lost.old_maintenance,
        )
    if lost.old is None or not channel.wants(lost.service, lost.old, lost.old_known_down):
        return None
    if lost.occasion is Occasion.REMINDER:
        return lost
    unwatched = lost.occasion is Occasion.ENDED and lost.verdict is Verdict.UNKNOWN
    return replace(
        lost,
        occasion=Occasion.CHANGED,
        verdict=lost.old,
        since=_known_since(lost),
        turned_at=None,
        stands=True,
        length_s=None,
        maintenance="",
        incident=None if unwatched else lost.incident,  # that has ended: no further end will come
        planes=dict.fromkeys(lost.old_known_down, State.DOWN),
        spared=(),
    )


def _known_since(lost: Message) -> float:
    """Since when what `lost` changes or ends was so; an incident's end carries that itself."""
    if lost.occasion is Occasion.ENDED:
        return lost.since
    if lost.length_s is not None:
        return lost.since - lost.length_s
    return lost.since if lost.began_at is None else lost.began_at
