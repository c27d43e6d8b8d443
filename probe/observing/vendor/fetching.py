"""One request for a document of a status page, recorded like any step of ours.

It asks only for what changed since the last time, follows no redirect and reads a bounded body.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import aiohttp
from yarl import URL

from probe.config.expectations import StatusSet
from probe.config.settings import Cadence
from probe.model.clock import Clock
from probe.model.outcome import Outcome, Phase
from probe.model.run import Check, Evidence, Hop, StepResult
from probe.observing import retry_after
from probe.observing.answer import Answer
from probe.observing.classification import refusal
from probe.observing.connections import Pool, middlewares
from probe.observing.cookies import Jar
from probe.observing.evidence import ERROR, evidence_of
from probe.observing.failures import ContentProblem, outcome_of, words_of
from probe.observing.masking import Masker
from probe.observing.proxies import check_answer, through_a_proxy
from probe.observing.timing import WATCH, Stopwatch
from probe.observing.tls import Contexts

TIMEOUT_S: Final = 10.0
LARGEST: Final = 4 * 2**20
NOT_MODIFIED: Final = 304
_ACCEPTED: Final = StatusSet(ranges=((200, 200), (NOT_MODIFIED, NOT_MODIFIED)))
_CONDITIONS: Final = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
_VALIDATOR: Final = re.compile(r"[\x20-\x7e]{1,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came back; `answer` is None where nothing did that may be read."""

    step: StepResult
    answer: Answer | None = None


class Fetcher:
    """Asks one vendor, always in the same words: who we are, and what we have already.

    It goes the way that `way` says: its proxy, its authorities, its version of IP.
    """

    def __init__(self, way: Cadence, clock: Clock, masker: Masker) -> None:
        self._headers = {"User-Agent": way.user_agent, "Accept": "application/json"}
        self._way = way
        self._clock = clock
        self._masker = masker
        self._contexts = Contexts()

    async def fetch(self, name: str, url: str, conditions: Mapping[str, str]) -> Fetched:
        """The answer to a step called `name`; raises nothing but a cancellation."""
        began = self._clock.monotonic()
        watch = Stopwatch(self._clock.monotonic)
        WATCH.set(watch)
        answer, error = None, None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answer = await self._reached(URL(url), conditions)
        except Exception as problem:  # noqa: BLE001 - whatever it is, it is an outcome
            error = problem
        struck_in = watch.stop()
        outcome = _outcome(answer, error, struck_in)
        failed = outcome is not Outcome.OK
        step = StepResult(
            name=name,
            outcome=outcome,
            duration_s=self._clock.monotonic() - began,
            phases=dict(watch.phases),
            failed_phase=struck_in if error is not None else None,
            hops=(self._hop(url, answer, watch),),
            retry_after_s=self._asked_to_wait(answer),
            certificate_expires_at=watch.certificate_expires_at,
            evidence=self._evidence(url, answer, error, excerpt=failed),
        )
        return Fetched(step=step, answer=None if failed else answer)

    async def _reached(self, url: URL, conditions: Mapping[str, str]) -> Answer:
        pool = Pool(self._way.ip, self._way.proxy)
        try:
            async with pool.session(Jar()) as http:
                if self._way.proxy is None:
                    return await self._ask(http, url, conditions)
                with through_a_proxy():
                    answer = await self._ask(http, url, conditions)
                if url.scheme != "https":
                    check_answer(answer)
                return answer
        finally:
            await pool.close()

    async def _ask(
        self, http: aiohttp.ClientSession, url: URL, conditions: Mapping[str, str]
    ) -> Answer:
        async with http.get(
            url,
            headers={**self._headers, **conditions},
            allow_redirects=False,
            ssl=self._contexts.of(self._way.tls) if url.scheme == "https" else True,
            middlewares=middlewares(None),
        ) as response:
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > LARGEST:
                    raise ContentProblem("body", expected=f"at most {LARGEST} bytes", actual="more")
            version = response.version
            return Answer(
                status=response.status,
                url=url,
                http_version=f"{version.major}.{version.minor}" if version else "",
                headers=response.headers,
                charset=response.charset or "utf-8",
                body=bytes(body),
            )

    def _hop(self, url: str, answer: Answer | None, watch: Stopwatch) -> Hop:
        return Hop(
            url=self._masker.show_url(URL(url), query=False),
            status=answer.status if answer else None,
            phases=dict(watch.phases),
            tls_version=watch.tls_version,
        )

    def _asked_to_wait(self, answer: Answer | None) -> float | None:
        """What a Retry-After asks for, whatever the status that it came with."""
        if answer is None or answer.status in _ACCEPTED:
            return None
        return retry_after.parse(answer.headers.get("Retry-After"), self._clock.wall())

    def _evidence(
        self, url: str, answer: Answer | None, error: Exception | None, *, excerpt: bool
    ) -> Evidence:
        words = words_of(error) if error is not None else ""
        checks = (error.check,) if isinstance(error, ContentProblem) else ()
        if answer is None:
            return Evidence(
                url=self._masker.show_url(URL(url)),
                checks=checks,
                error=self._masker.show(words, ERROR),
            )
        return evidence_of(answer, self._masker, checks=checks, error=words, excerpt=excerpt)


def conditions_from(answer: Answer) -> dict[str, str]:
    """The headers by which the next request asks whether anything changed since `answer`."""
    return {
        condition: value
        for header, condition in _CONDITIONS.items()
        if _VALIDATOR.fullmatch(value := answer.headers.get(header, ""))
    }


def unreadable(step: StepResult, reason: str) -> StepResult:
    """`step`, once its answer proves to be no document of a status page."""
    check = Check(name="document", passed=False, expected="a status page", actual=reason)
    evidence = replace(step.evidence, checks=(check,))
    return replace(step, outcome=Outcome.BAD_CONTENT, evidence=evidence)


def _outcome(answer: Answer | None, error: Exception | None, struck_in: Phase | None) -> Outcome:
    if isinstance(error, ContentProblem):
        return error.outcome
    if error is not None:
        return outcome_of(error, struck_in)
    if answer is None:
        return Outcome.UNOBSERVED
    return refusal(answer, _ACCEPTED, credential=False) or Outcome.OK
