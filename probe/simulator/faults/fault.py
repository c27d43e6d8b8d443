"""What all faults have in common: where, when and how often they act."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Annotated, ClassVar, Self

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from probe.simulator.accounts import Accounts
from probe.simulator.exchange import Exchange, Proceed
from probe.simulator.routes import ALL, Route, routes_named
from probe.simulator.times import Moment

Routes = Annotated[
    frozenset[Route],
    BeforeValidator(routes_named),
    PlainSerializer(lambda routes: [name for name in Route if name in routes], return_type=list),
]


class Fault(BaseModel, ABC):
    """A fault on some routes, for a period, for a share of the requests."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    meant_for: ClassVar[frozenset[Route]] = ALL

    on: Routes
    share: float = Field(default=1.0, gt=0, le=1)
    since: Moment | None = Field(default=None, alias="from")
    until: Moment | None = None

    @model_validator(mode="after")
    def _can_act(self) -> Self:
        if self.since and self.until and self.since >= self.until:
            raise ValueError("ends before it begins: `from` must lie before `until`")
        if not self.on & self.meant_for:
            named = ", ".join(sorted(self.meant_for))
            raise ValueError(f"has no meaning on these routes; it acts on {named}")
        return self

    def covers(self, route: Route, now: datetime) -> bool:
        """Whether requests for `route` may meet this fault now."""
        return route in self.on & self.meant_for and self.is_active(now)

    def is_active(self, now: datetime) -> bool:
        """Whether the fault has begun and not ended."""
        return self.has_begun(now) and (self.until is None or now < self.until)

    def has_begun(self, now: datetime) -> bool:
        """Whether the fault has begun; one without a beginning always has."""
        return self.since is None or self.since <= now

    def begin(self, accounts: Accounts, now: datetime) -> None:
        """Do what the fault does once, when it begins; for most, nothing."""

    @abstractmethod
    async def answer(self, exchange: Exchange, proceed: Proceed) -> web.StreamResponse:
        """The altered answer; `proceed` gives the answer without the fault."""


class Substitute(Fault, ABC):
    """A fault that answers in place of the route, without asking it."""

    async def answer(self, exchange: Exchange, _: Proceed) -> web.StreamResponse:
        """Give the substitute."""
        return await self.substitute(exchange)

    @abstractmethod
    async def substitute(self, exchange: Exchange) -> web.StreamResponse:
        """The answer in place of the route's."""
