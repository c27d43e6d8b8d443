"""Questions of the pages to the journal: in a thread, once a minute for all readers."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
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
PATIENCE_S: Final = 5.0
_log = structlog.get_logger("probe.web")

Columns = Sequence[Counter[Outcome]]
Hour = tuple[float, Counter[Outcome]]
"""When an hour began, and the outcomes of its runs that were pruned."""

Open = Callable[[], PageQueries]
"""Opens the past for the thread that asks; it and each question may raise JournalError."""


@dataclass(frozen=True, slots=True)
class _Answer:
    asked_at: float
    value: object


class CachedHistory:
    """Asks the journal. An answer is kept for a minute, so that readers cannot overload it.

    It has a thread of its own: if the disk hangs, only that thread waits, and other work that is
    done in threads goes on.
    """

    def __init__(self, past: Open | None, clock: Clock) -> None:
        self._past = past
        self._clock = clock
        self._answers: dict[tuple[str, ...], _Answer] = {}
        self._one_at_a_time = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="history")
        self._asking = False
        self._in_vain = False

    async def ask(self, *name: str, question: Callable[[PageQueries], T]) -> T | None:
        """The answer to the question of that `name`; None if there is no answer."""
        async with self._one_at_a_time:
            known = self._answers.get(name)
            if known is None or self._clock.monotonic() - known.asked_at >= KEPT_S:
                value = await self._answer(question)
                known = _Answer(self._clock.monotonic(), value)
                self._keep(name, known)
            return cast("T | None", known.value)

    async def look_up(self, question: Callable[[PageQueries], T]) -> T | None:
        """The answer to a question in a reader's words: keeping it would evict the others."""
        async with self._one_at_a_time:
            return await self._answer(question)

    def close(self) -> None:
        """Ask nothing more; a hanging question is left alone."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _answer(self, question: Callable[[PageQueries], T]) -> T | None:
        if self._past is None or (self._in_vain and self._asking):
            return None
        self._in_vain = False
        asked = asyncio.get_running_loop().run_in_executor(
            self._thread, self._asked, self._past, question
        )
        try:
            return await asyncio.wait_for(asked, PATIENCE_S)
        except TimeoutError:
            self._in_vain = True
            problem = f"the journal has not answered for {PATIENCE_S:g} s"
        except JournalError as error:
            problem = str(error)
        _log.error("page shown without its history", problem=problem)
        return None

    def _asked(self, past: Open, question: Callable[[PageQueries], T]) -> T:
        self._asking = True
        try:
            with closing(past()) as opened:
                return question(opened)
        finally:
            self._asking = False

    def _keep(self, name: tuple[str, ...], answer: _Answer) -> None:
        self._answers.pop(name, None)
        self._answers[name] = answer
        if len(self._answers) > MOST_KEPT:
            del self._answers[next(iter(self._answers))]
