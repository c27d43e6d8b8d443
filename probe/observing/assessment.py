"""What one step showed: the order in which answer, failure and checks are considered.

A status that is not accepted comes before the failure that may have cut its body; a failure comes
before the expectations, which only a whole answer can meet.
"""

from dataclasses import dataclass
from typing import Final

from probe.config.transaction.steps import Step
from probe.model.outcome import Outcome, Phase
from probe.model.run import Check
from probe.observing.answers.answer import Answer
from probe.observing.answers.classification import (
    asks_for_a_password,
    outcome_of_kinds,
    refusal,
)
from probe.observing.answers.document import error_kinds
from probe.observing.answers.event_stream import LONGEST_EVENT
from probe.observing.answers.evidence import show_check
from probe.observing.answers.expectations import Seen, checks_of, status_check
from probe.observing.answers.extraction import Extraction
from probe.observing.answers.streaming import StreamWatch
from probe.observing.exchange import Exchange
from probe.observing.failures import StepFailed, outcome_of, words_of
from probe.observing.masking import Masker
from probe.observing.signing_in.login_pages import LED_THERE

_WITHOUT_CONTENT: Final = Check(name="stream", passed=False, expected="some content", actual="none")
"""The fault of a stream that ended without content, where no expected wait for it says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    """Everything known after a step was tried. `exchange` is the last one, if any began."""

    step: Step
    exchange: Exchange | None
    credential: bool
    password: bool
    turned_away: bool
    extraction: Extraction
    identity: tuple[Check, ...]
    duration_s: float
    certificate_expires_at: float | None
    now: float
    masker: Masker


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The outcome of a step, with its evidence. `error` is not masked yet."""

    outcome: Outcome
    checks: tuple[Check, ...] = ()
    error: str = ""
    phase: Phase | None = None


def assess(facts: StepFacts, error: Exception | None) -> Assessment:
    """The outcome of what was tried, and of `error` if it ended with one."""
    if isinstance(error, StepFailed):
        return _unusable(error, facts)
    exchange = facts.exchange
    if isinstance(error, TimeoutError) and exchange is not None:
        error = exchange.withheld or error
    if exchange is not None and exchange.answer is not None:
        told = _told(facts, exchange, exchange.answer, error)
        if told is not None:
            return told
    if error is not None:
        phase = exchange.struck_in if exchange is not None else None
        outcome = outcome_of(error, phase)
        return Assessment(outcome=outcome, error=words_of(error), phase=phase)
    if exchange is None or exchange.answer is None:
        raise AssertionError("an exchange without an error has an answer")
    return _checked(facts, exchange, exchange.answer)


def _told(
    facts: StepFacts, exchange: Exchange, answer: Answer, error: Exception | None
) -> Assessment | None:
    """What the answer reports about itself; None if it claims to be good."""
    expect = facts.step.expect
    outcome = refusal(answer, expect.status, credential=facts.credential, password=facts.password)
    if facts.turned_away and outcome is not Outcome.CHALLENGED:
        check = status_check(expect, answer.status)
        return Assessment(outcome=Outcome.UNAUTHORIZED, checks=(check,), error=LED_THERE)
    if outcome is not None:
        words = words_of(error) if error else ""
        return Assessment(
            outcome=outcome, checks=(status_check(expect, answer.status),), error=words
        )
    if exchange.stream is not None and exchange.stream.error is not None:
        words = f"the stream carries an error: {exchange.stream.complaint}"
        return Assessment(outcome=exchange.stream.error, error=words, phase=Phase.TRANSFER)
    return None


def _checked(facts: StepFacts, exchange: Exchange, answer: Answer) -> Assessment:
    if exchange.overflowed:
        size = Check(
            name="body",
            passed=False,
            expected=f"at most {len(answer.body)} bytes",
            actual="more",
        )
        return _bad_content(size)
    if exchange.stream is not None and not exchange.stream.ended:
        return _unfinished(exchange.stream, answer, facts.masker)
    seen = Seen(
        answer=answer,
        duration_s=facts.duration_s,
        certificate_expires_at=facts.certificate_expires_at,
        now=facts.now,
        masker=facts.masker,
        stream=exchange.stream_seen,
    )
    expect = facts.step.expect
    missed = (show_check(check, facts.masker) for check in facts.extraction.checks)
    checks = (*checks_of(expect, seen), *missed, *facts.identity)
    if exchange.stream is not None and exchange.stream.empty and expect.first_token is None:
        checks += (_WITHOUT_CONTENT,)
    if all(check.passed for check in checks):
        return Assessment(outcome=Outcome.OK, checks=checks)
    # Asked for a password after sending one means refused, whatever the status.
    refused = facts.password and asks_for_a_password(answer)
    told = Outcome.UNAUTHORIZED if refused else outcome_of_kinds(error_kinds(answer.text))
    return Assessment(outcome=told or Outcome.BAD_CONTENT, checks=checks)


def _unfinished(stream: StreamWatch, answer: Answer, masker: Masker) -> Assessment:
    """A stream that is none, that cannot be followed, or that stopped before its end."""
    kind = answer.headers.get("Content-Type", "nothing")
    if not kind.lower().startswith("text/event-stream"):
        shown = masker.show(kind)
        return _bad_content(
            Check(name="stream", passed=False, expected="text/event-stream", actual=shown)
        )
    if stream.too_long:
        expected = f"events of at most {LONGEST_EVENT} bytes"
        return _bad_content(
            Check(name="stream", passed=False, expected=expected, actual="a longer one")
        )
    words = "the stream ended without its last event"
    return Assessment(outcome=Outcome.INCOMPLETE, error=words, phase=Phase.TRANSFER)


def _unusable(problem: StepFailed, facts: StepFacts) -> Assessment:
    check, exchange = show_check(problem.check, facts.masker), facts.exchange
    if problem.outcome is Outcome.BAD_CONTENT:
        return _bad_content(check)
    return Assessment(
        outcome=problem.outcome,
        checks=(check,),
        error=str(problem),
        phase=exchange.struck_in if exchange is not None else None,
    )


def _bad_content(check: Check) -> Assessment:
    return Assessment(outcome=Outcome.BAD_CONTENT, checks=(check,))
