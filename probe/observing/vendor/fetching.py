"""One request for a document of a status page, recorded like any step of ours.

It asks only for changes since the last time, follows no redirect and reads a bounded body.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from multidict import CIMultiDict
from yarl import URL

from probe.config.path import Defaults
from probe.config.transaction.expectations import StatusSet
from probe.model import http_date
from probe.model.clock import Clock
from probe.model.outcome import Outcome
from probe.model.run import Check, Evidence, StepResult
from probe.observing.answers.answer import Answer
from probe.observing.answers.classification import refusal
from probe.observing.answers.evidence import show_check
from probe.observing.asking.cookies import Jar
from probe.observing.asking.request import Outgoing
from probe.observing.connecting.connections import Pool
from probe.observing.connecting.tls import Contexts
from probe.observing.exchange import Exchange
from probe.observing.failures import StepFailed, outcome_of, words_of
from probe.observing.masking import Masker
from probe.observing.proxies import carry_out

TIMEOUT_S: Final = 10.0
LARGEST: Final = 4 * 2**20
NOT_MODIFIED: Final = 304
_ACCEPTED: Final = StatusSet(ranges=((200, 200), (NOT_MODIFIED, NOT_MODIFIED)))
_CONDITIONS: Final = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
_VALIDATOR: Final = re.compile(r"[\x20-\x7e]{1,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came back; `answer` is None if nothing readable did."""

    step: StepResult
    answer: Answer | None = None


class Fetcher:
    """Asks one vendor, always with the same headers: who we are, and what we have already.

    It connects as `defaults` says: its proxy, its authorities, its IP version.
    """

    def __init__(self, defaults: Defaults, clock: Clock, masker: Masker) -> None:
        self._headers = {"User-Agent": defaults.user_agent, "Accept": "application/json"}
        self._defaults = defaults
        self._clock = clock
        self._masker = masker
        self._contexts = Contexts()

    async def fetch(self, name: str, url: str, conditions: Mapping[str, str]) -> Fetched:
        """The answer to a step called `name`; raises nothing but a cancellation."""
        began = self._clock.monotonic()
        exchange = Exchange(self._asking(URL(url), conditions), self._clock)
        error: Exception | None = None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await self._reach(exchange)
        except Exception as problem:  # noqa: BLE001 - whatever it is, it is an outcome
            error = problem
        outcome = _outcome(exchange, error)
        failed = outcome is not Outcome.OK
        step = StepResult(
            name=name,
            outcome=outcome,
            duration_s=self._clock.monotonic() - began,
            phases=dict(exchange.watch.phases),
            failed_phase=exchange.struck_in if error is not None else None,
            hops=(exchange.hop(self._masker),),
            retry_after_s=self._asked_to_wait(exchange.answer),
            certificate_expires_at=exchange.watch.certificate_expires_at,
            evidence=self._evidence(exchange, error, excerpt=failed),
        )
        return Fetched(step=step, answer=None if failed else exchange.answer)

    def _asking(self, url: URL, conditions: Mapping[str, str]) -> Outgoing:
        return Outgoing(
            method="GET",
            url=url,
            headers=CIMultiDict({**self._headers, **conditions}),
            body=None,
            guarded=frozenset(),
            body_guarded=False,
            credential=False,
        )

    async def _reach(self, exchange: Exchange) -> None:
        secure = exchange.outgoing.url.scheme == "https"
        tls = self._contexts.of(self._defaults.tls) if secure else None
        pool = Pool(self._defaults.ip, self._defaults.proxy)
        try:
            async with pool.session(Jar()) as http:
                await carry_out(exchange, http, LARGEST, tls, self._defaults.proxy)
        finally:
            await pool.close()
        if exchange.overflowed:
            raise StepFailed("body", expected=f"at most {LARGEST} bytes", actual="more")

    def _asked_to_wait(self, answer: Answer | None) -> float | None:
        """What a Retry-After asks for, whatever the status except an accepted one."""
        if answer is None or answer.status in _ACCEPTED:
            return None
        return http_date.until(answer.headers.get("Retry-After", ""), self._clock.wall())

    def _evidence(self, exchange: Exchange, error: Exception | None, *, excerpt: bool) -> Evidence:
        words = words_of(error) if error is not None else ""
        checks = (show_check(error.check, self._masker),) if isinstance(error, StepFailed) else ()
        return exchange.evidence(self._masker, checks=checks, error=words, excerpt=excerpt)


def conditions_from(answer: Answer) -> dict[str, str]:
    """The headers with which the next request asks whether anything changed since `answer`."""
    return {
        condition: value
        for header, condition in _CONDITIONS.items()
        if _VALIDATOR.fullmatch(value := answer.headers.get(header, ""))
    }


def unreadable(step: StepResult, reason: str) -> StepResult:
    """`step`, once its answer proves not to be a status page document."""
    check = Check(name="document", passed=False, expected="a status page", actual=reason)
    evidence = replace(step.evidence, checks=(check,))
    return replace(step, outcome=Outcome.BAD_CONTENT, evidence=evidence)


def _outcome(exchange: Exchange, error: Exception | None) -> Outcome:
    if error is not None:
        return outcome_of(error, exchange.struck_in)
    if exchange.answer is None:
        return Outcome.UNOBSERVED
    return refusal(exchange.answer, _ACCEPTED, credential=False) or Outcome.OK
