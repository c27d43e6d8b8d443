"""What pages ask of the past, and how: in a thread, once a minute for everybody who looks."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final, TypeVar, cast

import structlog

from probe.model.clock import Clock
from probe.model.outcome import Outcome
from probe.reporting.journal.errors import JournalError
from probe.reporting.journal.page_queries import PageQueries

T = TypeVar("T")
KEPT_S: Final = 60.0
MOST_KEPT: Final = 100
_log = structlog.get_logger("probe.web")

Columns = Sequence[Counter[Outcome]]
Hour = tuple[float, Counter[Outcome]]
"""When an hour began, and the outcomes of its runs that are kept no more."""

Open = Callable[[], PageQueries]
"""Opens the past for the thread that asks; it and each question may raise JournalError."""


@dataclass(frozen=True, slots=True)
class _Answer:
    asked_at: float
    value: object


class CachedHistory:
    """Asks the past. An answer serves for a minute, so that readers cannot wear it out."""

    def __init__(self, past: Open | None, clock: Clock) -> None:
        self._past = past
        self._clock = clock
        self._answers: dict[tuple[str, ...], _Answer] = {}
        self._one_at_a_time = asyncio.Lock()

    async def ask(self, *name: str, question: Callable[[PageQueries], T]) -> T | None:
        """The answer to the question of that `name`; None where nobody can tell."""
        if self._past is None:
            return None
        async with self._one_at_a_time:
            known = self._answers.get(name)
            if known is None or self._clock.monotonic() - known.asked_at >= KEPT_S:
                known = await self._answer(self._past, question)
                self._keep(name, known)
            return cast("T | None", known.value)

    async def _answer(self, past: Open, question: Callable[[PageQueries], object]) -> _Answer:
        value = None
        try:
            value = await asyncio.to_thread(_asked, past, question)
        except JournalError as error:
            _log.error("a page is shown without its past", problem=str(error))
        return _Answer(self._clock.monotonic(), value)

    def _keep(self, name: tuple[str, ...], answer: _Answer) -> None:
        self._answers.pop(name, None)
        self._answers[name] = answer
        if len(self._answers) > MOST_KEPT:
            del self._answers[next(iter(self._answers))]


def _asked(past: Open, question: Callable[[PageQueries], T]) -> T:
    with closing(past()) as opened:
        return question(opened)
