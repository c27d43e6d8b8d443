"""What pages ask of the past, and how: in a thread, once a minute for everybody who looks."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar, cast

import structlog

from probe.model.claim import Account, Claim, Post
from probe.model.clock import Clock
from probe.model.incident import Incident, Transition
from probe.model.maintenance import Window
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.status import Spell
from probe.reporting.journal.errors import JournalError

T = TypeVar("T")
KEPT_S: Final = 60.0
MOST_KEPT: Final = 100
_log = structlog.get_logger("probe.web")

Columns = Sequence[Counter[Outcome]]
Hour = tuple[float, Counter[Outcome]]
"""When an hour began, and the outcomes of its runs that are kept no more."""


class History(Protocol):
    """The questions. Each may block and raise JournalError; any thread may ask."""

    def incidents(self, limit: int) -> list[Incident]:
        """The newest incidents, newest first."""

    def incidents_within(self, service: str, since: float, until: float) -> list[Incident]:
        """The incidents of a service that reach into that time, oldest first."""

    def incident(self, identifier: str) -> Incident | None:
        """The incident of that name."""

    def transitions(self, service: str, since: float, until: float) -> list[Transition]:
        """The changes of a service's verdict in that time, in order."""

    def account(self, incident: str) -> Account | None:
        """How the vendor's page went along with an incident."""

    def accounts(self, incidents: Iterable[str]) -> Mapping[str, Account]:
        """How it went along with each of those incidents, where it is known."""

    def words(self, service: str, since: float, until: float) -> tuple[list[Claim], list[Post]]:
        """What the vendor said in that time."""

    def runs(self, service: str, path: str, limit: int) -> list[Run]:
        """The newest runs, oldest first."""

    def failures(self, service: str, path: str, since: float, limit: int) -> list[Run]:
        """The newest failures, newest first."""

    def ways_of_failing(self, service: str, since: float, until: float) -> list[tuple[Run, int]]:
        """The first run of each path and outcome that failed, and how many did."""

    def tally(
        self, service: str, since: float, until: float, columns: int
    ) -> Mapping[str, Columns]:
        """The outcomes of each path, counted in columns of equal time."""

    def hours(self, service: str, since: float, until: float) -> Mapping[str, Sequence[Hour]]:
        """The sums that are left of forgotten runs of each path, by hour."""

    def spells(self, since: float, until: float) -> list[Spell]:
        """The confirmed states of every path in that time, by path, in order."""

    def windows(self, since: float, until: float) -> list[Window]:
        """The windows of maintenance in that time, of every service, in order."""


@dataclass(frozen=True, slots=True)
class _Answer:
    asked_at: float
    value: object


class CachedHistory:
    """Asks the history. An answer serves for a minute, so that readers cannot wear it out."""

    def __init__(self, history: History | None, clock: Clock) -> None:
        self._history = history
        self._clock = clock
        self._answers: dict[tuple[str, ...], _Answer] = {}
        self._one_at_a_time = asyncio.Lock()

    async def ask(self, *name: str, question: Callable[[History], T]) -> T | None:
        """The answer to the question of that `name`; None where nobody can tell."""
        if self._history is None:
            return None
        async with self._one_at_a_time:
            known = self._answers.get(name)
            if known is None or self._clock.monotonic() - known.asked_at >= KEPT_S:
                known = await self._answer(self._history, question)
                self._keep(name, known)
            return cast("T | None", known.value)

    async def _answer(self, history: History, question: Callable[[History], object]) -> _Answer:
        value = None
        try:
            value = await asyncio.to_thread(question, history)
        except JournalError as error:
            _log.error("a page is shown without its past", problem=str(error))
        return _Answer(self._clock.monotonic(), value)

    def _keep(self, name: tuple[str, ...], answer: _Answer) -> None:
        self._answers.pop(name, None)
        self._answers[name] = answer
        if len(self._answers) > MOST_KEPT:
            del self._answers[next(iter(self._answers))]
