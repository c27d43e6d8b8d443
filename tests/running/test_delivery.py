"""Messages come in order and once, are tried again with growing pauses, and hold up no others."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from configured import channel
from hypothesis import given
from hypothesis import strategies as st

from probe.config.notifications import Channel
from probe.model.clock import Clock
from probe.model.event import Attempted, Event, Notified
from probe.model.notification import Message, Occasion, Result
from probe.model.state import Plane, Verdict
from probe.rehearsing.virtual import run_virtually
from probe.reporting.notify.errors import RefusedError, UnreachedError
from probe.reporting.notify.kinds import Sender
from probe.running.telling.delivery import GIVE_UP_AFTER_S, MOST_WAITING, Delivery, pause_s

T = TypeVar("T")
START = 1000.0
DEAD = UnreachedError("nobody there")


def message(number: int = 1, name: str = "team", **changes: Any) -> Message:  # noqa: ANN401 - fields of any type
    fields: dict[str, Any] = {
        "channel": name,
        "occasion": Occasion.CHANGED,
        "location": "fra1",
        "service": "acme",
        "verdict": Verdict.OUTAGE,
        "at": START,
        "since": float(number),
        "stands": True,
        "planes": {},
    }
    return Message(**{**fields, **changes})


@dataclass
class Scripted:
    """A sender that fails as it is told, then delivers; None never answers.

    With `gone`, an attempt ends with that once the sender is closed.
    """

    script: deque[Exception | None] = field(default_factory=deque)
    delivered: list[Message] = field(default_factory=list)
    tried_at: list[float] = field(default_factory=list)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    gone: Exception | None = None
    takes_s: float = 0.0

    async def send(self, message: Message, now: float) -> None:
        self.tried_at.append(now - START)
        await asyncio.sleep(self.takes_s)
        if self.gone is not None:
            await self.closed.wait()
            raise self.gone
        if self.script:
            outcome = self.script.popleft()
            if outcome is None:
                await asyncio.Event().wait()
            else:
                raise outcome
        self.delivered.append(message)

    async def close(self) -> None:
        self.closed.set()


@dataclass
class Stage:
    """A delivery to scripted senders, and what it reported."""

    clock: Clock
    senders: dict[str, Scripted] = field(default_factory=lambda: defaultdict(Scripted))
    told: list[Attempted] = field(default_factory=list)
    waiting: dict[str, int] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.delivery = Delivery(
            self.clock, self._note, self._spawn, self.waiting.__setitem__, self._teller
        )

    def put(self, *messages: Message) -> None:
        for each in messages:
            self.delivery.handle(Notified(message=each))

    def results(self, name: str = "team") -> list[Result]:
        return [event.result for event in self.told if event.message.channel == name]

    def _note(self, event: Event) -> None:
        assert isinstance(event, Attempted)
        self.told.append(event)

    def _spawn(self, task: Coroutine[Any, Any, None], name: str) -> None:
        self.tasks.add(asyncio.create_task(task, name=name))

    def _teller(self, wanted: Channel) -> Sender:
        """One sender for each configuration of a channel."""
        return self.senders[f"{wanted.name} {wanted.remind_every or ''}".strip()]


def staged(act: Callable[[Stage], Coroutine[Any, Any, T]], seconds: float = 90_000) -> Stage:
    """Let `act` set the stage for two channels, and time pass."""

    async def main(clock: Clock) -> Stage:
        stage = Stage(clock)
        await stage.delivery.adopt([channel(), channel("other")])
        await act(stage)
        await asyncio.sleep(seconds)
        for task in stage.tasks:
            task.cancel()
        await asyncio.gather(*stage.tasks, return_exceptions=True)
        return stage

    return run_virtually(main, start=START)


@given(failures=st.integers(1, 10_000), asked=st.none() | st.floats(0, 1e9))
def test_a_pause_grows_is_bounded_and_honours_what_was_asked(
    failures: int, asked: float | None
) -> None:
    pause = pause_s(failures, asked)
    assert 2 <= pause <= 3600
    assert pause <= pause_s(failures + 1, asked)
    assert pause >= min(asked or 0, 3600)


def test_messages_come_in_order_and_once_though_the_first_fails_for_a_while() -> None:
    async def act(stage: Stage) -> None:
        stage.senders["team"].script.extend([DEAD, DEAD, DEAD])
        stage.put(message(1), message(2), message(3))

    stage = staged(act)
    team = stage.senders["team"]
    assert [each.since for each in team.delivered] == [1, 2, 3]
    assert team.tried_at == [0, 2, 6, 14, 14, 14]
    assert stage.results() == [Result.FAILED] * 3 + [Result.SENT] * 3
    assert stage.waiting["team"] == 0


def test_a_message_leaves_with_the_time_by_which_its_receiver_may_judge_it() -> None:
    async def main(clock: Clock) -> list[float]:
        set_back = replace(clock, machine=lambda: clock.now() - 3600)
        stage = Stage(set_back)
        await stage.delivery.adopt([channel()])
        stage.put(message())
        await asyncio.sleep(1)
        for task in stage.tasks:
            task.cancel()
        return stage.senders["team"].tried_at

    assert run_virtually(main, start=START) == [-3600]


def test_a_receiver_that_asks_to_wait_is_left_alone_for_as_long() -> None:
    async def act(stage: Stage) -> None:
        stage.senders["team"].script.append(UnreachedError("HTTP 429", 120.0))
        stage.put(message())

    assert staged(act).senders["team"].tried_at == [0, 120]


def test_a_dead_channel_holds_up_no_other() -> None:
    async def act(stage: Stage) -> None:
        stage.senders["team"].script.extend([None] * 5000)
        stage.put(message(1), message(1, "other"), message(2), message(2, "other"))

    stage = staged(act, seconds=60)
    assert stage.senders["other"].tried_at == [0, 0]
    assert stage.senders["team"].delivered == []


def test_an_attempt_that_hangs_ends_after_half_a_minute() -> None:
    async def act(stage: Stage) -> None:
        stage.senders["team"].script.append(None)
        stage.put(message())

    stage = staged(act)
    assert stage.senders["team"].tried_at == [0, 32]
    assert stage.told[0].problem == "timed out"


def test_a_fault_of_our_own_in_telling_ends_nothing() -> None:
    async def act(stage: Stage) -> None:
        stage.senders["team"].script.append(KeyError("https://hook.example.com/hunter2"))
        stage.put(message())

    stage = staged(act)
    assert stage.results() == [Result.FAILED, Result.SENT]
    assert stage.told[0].problem == "our own fault: KeyError"


def test_what_is_refused_is_given_up_at_once_and_the_next_is_told() -> None:
    async def act(stage: Stage) -> None:
        stage.senders["team"].script.append(RefusedError("HTTP 404"))
        stage.put(message(1), message(2))

    stage = staged(act)
    assert stage.results() == [Result.GIVEN_UP, Result.SENT]
    assert stage.told[0].problem == "refused: HTTP 404"
    assert [each.since for each in stage.senders["team"].delivered] == [2]


def test_nothing_is_said_to_be_over_that_was_given_up_while_its_end_was_in_line() -> None:
    async def act(stage: Stage) -> None:
        stage.senders["team"].script.extend([RefusedError("HTTP 404")] * 2)
        stage.put(message(1, verdict=Verdict.DEGRADED), message(2, old=Verdict.DEGRADED))
        over: dict[str, Any] = {"verdict": Verdict.HEALTHY, "stands": False}
        stage.put(message(3, old=Verdict.OUTAGE, **over))
        stage.put(message(4, old=Verdict.HEALTHY, occasion=Occasion.ENDED, **over))
        await asyncio.sleep(1)
        stage.put(message(5, old=Verdict.HEALTHY), message(6, old=Verdict.OUTAGE, **over))

    stage = staged(act)
    assert stage.results() == [Result.GIVEN_UP] * 2 + [Result.OVERTAKEN] * 2 + [Result.SENT] * 2
    assert [each.since for each in stage.senders["team"].delivered] == [5, 6]


def test_what_follows_a_message_that_was_given_up_follows_what_was_delivered_before() -> None:
    async def act(stage: Stage) -> None:
        stage.senders["team"].script.extend([RefusedError("HTTP 404")])
        stage.put(message(2, **known))
        stage.put(message(3, old=Verdict.OUTAGE, verdict=Verdict.HEALTHY, stands=False))

    known: dict[str, Any] = {
        "old": Verdict.UNKNOWN,
        "old_known_down": (Plane.DATA,),
        "old_maintenance": "move",
    }
    (recovery,) = staged(act).senders["team"].delivered
    assert {name: getattr(recovery, name) for name in known} == known


def test_a_message_is_given_up_when_it_is_a_day_old_and_not_before() -> None:
    async def act(stage: Stage) -> None:
        stage.senders["team"].script.extend([DEAD] * 100_000)
        stage.put(message())

    stage = staged(act, seconds=GIVE_UP_AFTER_S - 1)
    assert set(stage.results()) == {Result.FAILED}
    stage = staged(act, seconds=GIVE_UP_AFTER_S + 400)
    assert stage.results().count(Result.GIVEN_UP) == 1
    assert stage.results()[-1] is Result.GIVEN_UP


def test_a_reminder_between_two_attempts_is_overtaken_too() -> None:
    async def act(stage: Stage) -> None:
        stage.senders["team"].script.extend([DEAD] * 3)
        stage.put(message(1, occasion=Occasion.REMINDER))
        await asyncio.sleep(10)
        stage.put(message(2, verdict=Verdict.HEALTHY))

    stage = staged(act)
    assert [told.verdict for told in stage.senders["team"].delivered] == [Verdict.HEALTHY]
    assert stage.results()[-2:] == [Result.OVERTAKEN, Result.SENT]


def test_a_reminder_that_is_being_sent_is_not_overtaken() -> None:
    async def act(stage: Stage) -> None:
        stage.senders["team"].takes_s = 5.0
        stage.put(message(1, occasion=Occasion.REMINDER))
        await asyncio.sleep(1)
        stage.put(message(2))

    assert staged(act).results() == [Result.SENT] * 2


def test_a_reminder_that_still_waits_is_overtaken_by_what_comes_after_it() -> None:
    reminders = [message(n, occasion=Occasion.REMINDER, at=START + n) for n in range(5)]

    async def act(stage: Stage) -> None:
        stage.senders["team"].script.extend([DEAD] * 3)
        other = message(9, occasion=Occasion.REMINDER, service="other")
        stage.put(message(1), other, *reminders, message(7))

    stage = staged(act)
    told = stage.senders["team"].delivered
    assert [(each.service, each.since) for each in told] == [("acme", 1), ("other", 9), ("acme", 7)]
    assert stage.results().count(Result.OVERTAKEN) == 5


def test_a_channel_takes_a_bounded_number_of_messages_and_counts_what_it_drops() -> None:
    async def act(stage: Stage) -> None:
        stage.senders["team"].script.extend([DEAD] * 3)
        stage.put(*(message(number) for number in range(MOST_WAITING + 5)))
        assert stage.waiting["team"] == MOST_WAITING

    stage = staged(act)
    assert stage.results().count(Result.GIVEN_UP) == 5
    assert len(stage.senders["team"].delivered) == MOST_WAITING


def test_a_channel_that_was_mended_is_tried_at_once_with_all_that_waited() -> None:
    async def act(stage: Stage) -> None:
        stage.senders["team"].script.extend([DEAD] * 1000)
        stage.put(message(1), message(2))
        await asyncio.sleep(1000)
        await stage.delivery.adopt([channel(remind_every=3600.0), channel("other")])
        await asyncio.sleep(0)

    stage = staged(act)
    mended = stage.senders["team 3600.0"]
    assert mended.tried_at == [1000, 1000]
    assert [each.since for each in mended.delivered] == [1, 2]
    assert stage.senders["team"].closed.is_set()


def test_a_reload_that_leaves_a_channel_as_it_is_cuts_no_message_short() -> None:
    async def act(stage: Stage) -> None:
        stage.senders["team"].takes_s = 5.0
        stage.put(message())
        await asyncio.sleep(1)
        await stage.delivery.adopt([channel(), channel("other")])
        assert not stage.senders["team"].closed.is_set()

    assert staged(act).senders["team"].tried_at == [0]


def test_a_channel_that_is_mended_during_an_attempt_is_tried_at_once() -> None:
    async def act(stage: Stage) -> None:
        stage.senders["team"].gone = RefusedError("404")
        stage.put(message(1))
        await asyncio.sleep(5)
        await stage.delivery.adopt([channel(remind_every=3600.0), channel("other")])

    stage = staged(act)
    assert stage.senders["team 3600.0"].tried_at == [5]
    assert stage.results() == [Result.SENT]


def test_a_channel_that_is_configured_no_more_is_told_nothing_more() -> None:
    async def act(stage: Stage) -> None:
        stage.senders["team"].script.extend([DEAD] * 3)
        stage.put(message(1), message(2))
        await asyncio.sleep(1)
        await stage.delivery.adopt([channel("other")])
        stage.put(message(3))
        await asyncio.sleep(0.1)
        assert stage.senders["team"].closed.is_set()

    assert staged(act).senders["team"].tried_at == [0]


def test_what_waited_at_the_last_stop_is_told_before_what_is_new() -> None:
    async def act(stage: Stage) -> None:
        await stage.delivery.adopt([channel(), channel("other")], [message(1), message(2)])
        stage.put(message(3))

    assert [each.since for each in staged(act).senders["team"].delivered] == [1, 2, 3]
