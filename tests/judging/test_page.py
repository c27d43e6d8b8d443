"""A vendor's page is judged by whether it can be read."""

from fed_paths import run_of

from probe.judging.page import PageMemory, begin, judge
from probe.model.outcome import Outcome
from probe.model.state import Plane, State


def read(*outcomes: Outcome) -> PageMemory:
    """A page after these runs, a minute apart."""
    memory = begin("acme", "page", 0.0)
    for number, outcome in enumerate(outcomes, 1):
        at = number * 60.0
        run = run_of("page", outcome, at, Plane.VENDOR)
        memory = judge(memory, run, fresh_until=at + 180)
    return memory


def test_a_page_that_nobody_asked_for_is_unknown_and_never_critical() -> None:
    status = read().status
    assert (status.state, status.since, status.critical) == (State.UNKNOWN, 0.0, False)


def test_a_page_is_down_since_the_run_that_showed_it_and_keeps_its_last_failure() -> None:
    down = read(Outcome.OK, *[Outcome.DNS_FAILURE] * 6).status
    assert (down.state, down.since, down.fresh_until) == (State.DOWN, 5 * 60, 7 * 60 + 180)
    assert down.last_run is down.last_failure is not None
    up = read(Outcome.OK, *[Outcome.DNS_FAILURE] * 6, *[Outcome.OK] * 3).status
    assert (up.state, up.since) == (State.UP, 10 * 60)
    assert up.last_run is not None
    assert up.last_failure is not None
    assert (up.last_run.outcome, up.last_failure.outcome) == (Outcome.OK, Outcome.DNS_FAILURE)


def test_a_page_that_wants_a_login_says_nothing_of_itself() -> None:
    assert read(Outcome.OK, Outcome.UNAUTHORIZED).status.state is State.UP
    refused = read(Outcome.OK, *[Outcome.UNAUTHORIZED] * 9).status
    assert (refused.state, refused.since) == (State.UNKNOWN, 60 + 180)
    assert read(Outcome.OK, *[Outcome.CHALLENGED] * 9, Outcome.OK).status.state is State.UP
