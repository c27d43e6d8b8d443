"""One step: request, follow redirects if told to, check the answer, extract from it."""

from dataclasses import replace
from typing import Final

from yarl import URL

from probe.config.transaction.steps import SUBJECT, SUBMIT, Step
from probe.model.http_status import REDIRECTION, SUCCESS
from probe.model.outcome import Outcome
from probe.model.run import Check, Evidence, StepResult, summed
from probe.model.secret import reveal
from probe.observing.answers.answer import Answer
from probe.observing.answers.classification import refusal
from probe.observing.answers.evidence import ERROR
from probe.observing.answers.extraction import Extraction, extract
from probe.observing.answers.page import beside_the_loop
from probe.observing.answers.quota import quotas_of
from probe.observing.answers.retry_after import asked_by
from probe.observing.answers.their_clock import dated, skew_s
from probe.observing.asking.credential import tells_a_password
from probe.observing.asking.forms import find_form
from probe.observing.asking.redirects import next_request
from probe.observing.asking.request import Outgoing, compose
from probe.observing.assessment import Assessment, StepFacts, assess
from probe.observing.deadline import Deadline
from probe.observing.exchange import Exchange
from probe.observing.failures import StepFailed, forget_the_way
from probe.observing.journey import Journey
from probe.observing.proxies import carry_out
from probe.observing.signing_in.callback import arrives, check_arrival
from probe.observing.signing_in.id_token import verify

_UNCLEAR: Final = frozenset({Outcome.BAD_CONTENT, Outcome.UNEXPECTED_STATUS})
_OTHER_THAN_CONTENT: Final = frozenset({"duration", "certificate", "first_token", "gap", "stream"})


async def perform(step: Step, name: str, journey: Journey, deadline: Deadline) -> StepResult:
    """Do one step and report how it went. Raises nothing but a cancellation.

    It took what the phases of its exchanges took. Without an answer it took as long as we waited.
    """
    attempt = Attempt(step, journey)
    began = journey.clock.monotonic()
    try:
        async with deadline.at_most(step.timeout).timeout():
            await attempt.run()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is an outcome
        result = attempt.result(name, journey.clock.monotonic() - began, error)
        forget_the_way(error)
        return result
    result = attempt.result(name, attempt.took_s, None)
    if result.outcome is Outcome.OK and not tells_a_password(step):
        journey.told = False  # seeing what was expected behind a login means being let in
    return result


class Attempt:
    """One try of a step: its exchanges, and what follows from them."""

    def __init__(self, step: Step, journey: Journey) -> None:
        self._step = step
        self._journey = journey
        self._exchanges: list[Exchange] = []
        self._credential = False
        self._extraction = Extraction()
        self._identity: tuple[Check, ...] = ()

    async def run(self) -> None:
        """Request, follow redirects, extract; raises whatever goes wrong."""
        self._journey.told |= tells_a_password(self._step)
        with self._journey.minting(self._step, self._was_sent):
            await self._run()

    @property
    def took_s(self) -> float:
        """Seconds that the exchanges took, in all of their phases."""
        return sum(exchange.watch.took_s for exchange in self._exchanges)

    def _was_sent(self) -> bool:
        return any(exchange.was_sent for exchange in self._exchanges)

    async def _run(self) -> None:
        asked: Outgoing | None = await self._composed()
        while asked is not None:
            exchange = await self._exchange(asked)
            asked = self._redirected(exchange) if self._step.follow else None
        self._journey.page = exchange.answer
        await self._extract(exchange)

    async def _composed(self) -> Outgoing:
        journey, step, form = self._journey, self._step, None
        if step.request.method == SUBMIT:
            selector = reveal(step.request.url)
            form = await find_form(journey.page, selector, filled_before=journey.submitted)
            journey.hide(form.secrets)
            journey.submitted = True
        return compose(step, journey.path, journey.variables, form, journey.page)

    async def _exchange(self, asked: Outgoing) -> Exchange:
        journey = self._journey
        exchange = Exchange(asked, journey.clock, self._step)
        self._exchanges.append(exchange)
        known = bool(journey.http.cookie_jar.filter_cookies(asked.url))
        self._credential = asked.credential or known
        try:
            tls = journey.tls() if asked.url.scheme == "https" else None
            max_body, proxy = journey.path.max_body, journey.path.proxy
            await carry_out(exchange, journey.http, max_body, tls, proxy)
        finally:
            journey.sent = journey.sent or exchange.was_sent
            if journey.signing_in:
                journey.login_pages.note(asked, exchange.answer)
            journey.hide()
            journey.pool.note_certificate(exchange.outgoing.url, exchange.watch)
        return exchange

    def _redirected(self, exchange: Exchange) -> Outgoing | None:
        if exchange.answer is None:
            return None
        asked = next_request(exchange.outgoing, exchange.answer)
        callback = self._step.callback
        # A redirect keeps its octets, but a provider may write the callback in different ones.
        if asked is not None and callback is not None and arrives(URL(str(asked.url)), callback):
            journey = self._journey
            check_arrival(asked.url, journey.variables["oauth_state"], journey.masker)
            journey.arrived = journey.submitted
            return None
        if asked is not None and len(self._exchanges) > self._step.max_redirects:
            raise StepFailed(
                "redirects",
                expected=f"at most {self._step.max_redirects}",
                actual=f"one more, to {self._journey.masker.show_url(asked.url)}",
            )
        return asked

    async def _extract(self, exchange: Exchange) -> None:
        answer, step = exchange.answer, self._step
        if answer is None or (not step.extract and step.id_token is None):
            return
        refused = refusal(answer, step.expect.status, credential=False)
        if refused and answer.status not in SUCCESS:
            return
        extraction = await extract(step.extract, answer, self._journey.cookies())
        public = [name for name, source in step.extract.items() if source.public]
        self._journey.learn(extraction.found, public=public)
        if refused:
            return  # but a 201 where 200 was expected contains the token that a logout needs
        self._extraction = extraction
        await self._identify(answer, exchange.answered_at)

    async def _identify(self, answer: Answer, answered_at: float) -> None:
        """Check the id_token by the provider's own clock: ours may be wrong."""
        wanted, journey = self._step.id_token, self._journey
        if wanted is None:
            return
        now = dated(answer) or answered_at
        identity = await beside_the_loop(
            verify, wanted, answer, journey.variables, now, journey.masker
        )
        self._identity = identity.checks
        if identity.subject is not None:
            journey.learn({SUBJECT: identity.subject})

    def result(self, name: str, duration_s: float, error: Exception | None) -> StepResult:
        """What this try showed."""
        expires_at = self._certificate_expires_at()
        last = self._exchanges[-1] if self._exchanges else None
        attempted = StepFacts(
            step=self._step,
            exchange=last,
            credential=self._credential,
            password=tells_a_password(self._step),
            turned_away=self._is_turned_away(),
            extraction=self._extraction,
            identity=self._identity,
            duration_s=duration_s,
            certificate_expires_at=expires_at,
            now=self._journey.clock.wall(),
            masker=self._journey.masker,
        )
        assessment = assess(attempted, error)
        answer = None if last is None else last.answer
        refused = self._is_perhaps_refused(assessment, answer)
        result = StepResult(
            name=name,
            outcome=assessment.outcome,
            duration_s=duration_s,
            phases=summed(exchange.watch.phases for exchange in self._exchanges),
            failed_phase=assessment.phase,
            hops=tuple(exchange.hop(self._journey.masker) for exchange in self._exchanges),
            certificate_expires_at=expires_at,
            canary=self._step.canary,
            perhaps_refused=refused,
            evidence=self._evidence(assessment),
        )
        return result if last is None else _with_what_was_told(result, last)

    def _is_perhaps_refused(self, assessment: Assessment, answer: Answer | None) -> bool:
        """Whether a wrong password may look like this.

        Many refuse with a 200 and a sentence, or lead back to their form (Spring, Rails), which
        some configurations notice only on the page after it: it redirects, or shows what strangers
        see.
        """
        if answer is None or assessment.outcome not in _UNCLEAR or self._step.always:
            return False
        if tells_a_password(self._step):
            return True
        return self._journey.told and (
            answer.status in REDIRECTION or _shows_other_things(assessment)
        )

    def _is_turned_away(self) -> bool:
        """Whether where the request was led proves that a kept session has ended."""
        journey, exchanges = self._journey, self._exchanges
        if journey.signing_in or not journey.login_pages.addresses or not exchanges:
            return False
        answer = exchanges[-1].answer
        if answer is None or (len(exchanges) == 1 and answer.status in self._step.expect.status):
            return False
        return journey.login_pages.leads_to_login([each.outgoing for each in exchanges], answer)

    def _evidence(self, assessment: Assessment) -> Evidence:
        masker = self._journey.masker
        if not self._exchanges:
            return Evidence(checks=assessment.checks, error=masker.show(assessment.error, ERROR))
        return self._exchanges[-1].evidence(
            masker,
            checks=assessment.checks,
            error=assessment.error,
            excerpt=assessment.outcome is not Outcome.OK,
        )

    def _certificate_expires_at(self) -> float | None:
        """The earliest end of the certificates seen; a reused connection showed its own before."""
        pool = self._journey.pool
        ends = [pool.certificate_expires_at(each.outgoing.url) for each in self._exchanges]
        return min((end for end in ends if end is not None), default=None)


def _shows_other_things(assessment: Assessment) -> bool:
    """Whether the content is not what was expected: slowness alone is no refusal."""
    missed = {check.name for check in assessment.checks if not check.passed}
    return assessment.outcome is Outcome.BAD_CONTENT and not missed <= _OTHER_THAN_CONTENT


def _with_what_was_told(result: StepResult, last: Exchange) -> StepResult:
    """`result` with what the last answer says beside its content."""
    answer, at = last.answer, last.answered_at
    if answer is None:
        return result
    quotas, date = quotas_of(answer, at), dated(answer)
    return replace(
        result,
        stream=last.stream_seen,
        quotas=quotas,
        clock_skew_s=None if date is None else skew_s(date, at),
        retry_after_s=asked_by(answer, result.outcome, quotas, at),
    )
