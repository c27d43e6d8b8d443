"""Messages made by hand."""

from dataclasses import replace
from typing import Any

from probe.model.notification import Ailing, Message, Occasion
from probe.model.outcome import Outcome, Phase
from probe.model.state import Plane, State, Verdict

NOON = 1_772_452_200.0  # 2 March 2026, 11:50 UTC

SPLIT = Message(
    channel="team",
    occasion=Occasion.CHANGED,
    location="fra1",
    service="claude",
    verdict=Verdict.CONTROL_PLANE_DOWN,
    at=NOON,
    since=NOON,
    stands=True,
    old=Verdict.HEALTHY,
    planes={Plane.CONTROL: State.DOWN, Plane.DATA: State.UP},
    ailing=(
        Ailing(
            path="login",
            plane=Plane.CONTROL,
            state=State.DOWN,
            outcome=Outcome.TIMED_OUT,
            step="submit",
            phase=Phase.PROCESSING,
            run="r1",
        ),
    ),
    working=("api", "api_stream"),
    incident="claude-1772452170000",
    began_at=NOON - 30,
    page="https://probe.example.com/incidents/claude-1772452170000",
)


def message(**changes: Any) -> Message:  # noqa: ANN401 - fields of any type
    return replace(SPLIT, **changes)


HEALTHY = message(
    verdict=Verdict.HEALTHY,
    old=Verdict.CONTROL_PLANE_DOWN,
    since=NOON + 2490,
    at=NOON + 2490,
    stands=False,
    planes={Plane.CONTROL: State.UP, Plane.DATA: State.UP},
    ailing=(),
    working=("login", "api", "api_stream"),
    length_s=2520.0,
)
ENDED = message(
    occasion=Occasion.ENDED,
    verdict=Verdict.HEALTHY,
    old=Verdict.HEALTHY,
    worst=Verdict.OUTAGE,
    at=NOON + 3090,
    stands=False,
    planes={},
    ailing=(),
    working=(),
    length_s=2520.0,
    waves=2,
)
