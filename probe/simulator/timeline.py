"""Which faults a request meets: those of the scenario in their time, and those injected live."""

import random
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from aiohttp import web

from probe.simulator.accounts import Accounts
from probe.simulator.exchange import Exchange, Proceed
from probe.simulator.faults.fault import Fault
from probe.simulator.routes import Route


class Timeline:
    """The faults in their order; the first one is the first to meet a request."""

    def __init__(self, faults: Sequence[Fault], rng: random.Random) -> None:
        """Start with a scenario's faults; `rng` decides for faults with a share below 1."""
        self._planned = tuple(faults)
        self._injected: tuple[Fault, ...] = ()
        self._not_begun: list[Fault] = [*faults]
        self._rng = rng

    @property
    def injected(self) -> tuple[Fault, ...]:
        """The faults that were injected live."""
        return self._injected

    def inject(self, faults: Sequence[Fault]) -> None:
        """Inject these faults, in place of all that were injected before."""
        self._not_begun = [fault for fault in self._not_begun if fault not in self._injected]
        self._not_begun += faults
        self._injected = tuple(faults)

    def active(self, now: datetime) -> list[Fault]:
        """The faults that act now."""
        return [fault for fault in (*self._injected, *self._planned) if fault.is_active(now)]

    def begin_due(self, accounts: Accounts, now: datetime) -> None:
        """Begin, once, every fault whose time has come since the last call."""
        for fault in [fault for fault in self._not_begun if fault.has_begun(now)]:
            fault.begin(accounts, now)
            self._not_begun.remove(fault)

    def meeting(self, route: Route, now: datetime) -> list[Fault]:
        """The faults that a request meets, drawing for those that affect only a share."""
        covering = [fault for fault in self.active(now) if fault.covers(route, now)]
        return [fault for fault in covering if fault.share == 1 or self._rng.random() < fault.share]


async def through(
    faults: Sequence[Fault], exchange: Exchange, proceed: Proceed
) -> web.StreamResponse:
    """The answer of `proceed` as the faults alter it, the first of them outermost."""
    for fault in reversed(faults):
        proceed = partial(fault.answer, exchange, proceed)
    return await proceed()
