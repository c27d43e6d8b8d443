"""All known incidents: new ones from the board, and older ones from the journal."""

import math
from collections.abc import Sequence
from typing import Final

from probe.model.claim import Account
from probe.model.incident import Incident
from probe.model.maintenance import Window
from probe.reporting.board import Board
from probe.reporting.web.history import CachedHistory

INCIDENTS_LISTED: Final = 200


class IncidentList:
    """What the board holds is fresh; the past is a minute old at most."""

    def __init__(self, board: Board, history: CachedHistory) -> None:
        self._board = board
        self._history = history

    async def newest(self) -> list[Incident]:
        """The newest incidents, newest first."""
        stored = await self._history.ask(
            "incidents", question=lambda past: past.incidents(limit=INCIDENTS_LISTED)
        )
        known = {each.id: each for each in (*(stored or ()), *self._board.picture().incidents)}
        return sorted(known.values(), key=lambda each: -each.opened_at)[:INCIDENTS_LISTED]

    async def windows(self, name: str, incidents: Sequence[Incident]) -> list[Window]:
        """The maintenance since the oldest of `incidents`; `name` identifies the question."""
        since = min((each.opened_at for each in incidents), default=math.inf)
        found = await self._history.ask(
            "works", name, question=lambda past: past.windows(since, math.inf)
        )
        return found or []

    async def find(self, identifier: str) -> Incident | None:
        """The incident of that name, however old."""
        for known in (self._board.picture().incidents, await self.newest()):
            for incident in known:
                if incident.id == identifier:
                    return incident
        return await self._history.look_up(lambda past: past.incident(identifier))

    async def accounts(self, name: str, incidents: Sequence[Incident]) -> dict[str, Account]:
        """When the vendor acknowledged and resolved `incidents`; `name` identifies the question."""
        held = self._board.picture().accounts
        old = [each.id for each in incidents if each.id not in held]
        stored = await self._history.ask(
            "accounts", name, question=lambda past: past.accounts_of(old)
        )
        return {**(stored or {}), **held}
