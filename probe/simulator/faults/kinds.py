"""The kinds of fault that a scenario can name: each class says which `kind` it is."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from probe.simulator.faults.answers import (
    Challenge,
    EmptyShell,
    ErrorPage,
    Overload,
    Status,
    Throttle,
)
from probe.simulator.faults.cutting import (
    Close,
    CutPacked,
    CutStream,
    Garbage,
    OverloadedEvent,
    Reset,
    ResetBody,
    Truncate,
)
from probe.simulator.faults.identity import ExpireSessions, LoseHistory, RefuseCredentials
from probe.simulator.faults.waiting import Delay, Drip, Hang, Ramp, Stall

AnyFault = Annotated[
    Challenge
    | Close
    | CutPacked
    | CutStream
    | Delay
    | Drip
    | EmptyShell
    | ErrorPage
    | ExpireSessions
    | Garbage
    | Hang
    | LoseHistory
    | Overload
    | OverloadedEvent
    | Ramp
    | RefuseCredentials
    | Reset
    | ResetBody
    | Stall
    | Status
    | Throttle
    | Truncate,
    Field(discriminator="kind"),
]


class FaultList(BaseModel):
    """Faults alone, as injected into a running stand-in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    faults: tuple[AnyFault, ...]
