"""What is to be told is decided as events pass, and written in one transaction with its cause."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from configured import channel, settings
from dispatching import dispatch_to
from hypothesis import example, given
from hypothesis import strategies as st
from made_incidents import a_transition, an_incident
from made_runs import a_run
from made_statuses import a_path, a_status

from probe.config.notifications import Channel
from probe.judging.backoff import LONGEST_PAUSE_S
from probe.judging.maintenance import overlaid
from probe.judging.verdict import judge_service
from probe.model.claim import Owner
from probe.model.clock import Clock
from probe.model.event import (
    Attempted,
    Changed,
    ChannelRemoved,
    Event,
    IncidentUpdated,
    MaintenanceTurned,
    Notified,
    Observed,
    Reviewed,
    SelfObserved,
    Undelivered,
)
from probe.model.maintenance import Window
from probe.model.notification import Message, Occasion, Result
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.shard import Shard
from probe.model.state import Plane, State, Verdict
from probe.model.status import PathStatus, ServiceStatus
from probe.reporting.journal.errors import JournalError
from probe.reporting.journal.store import Journal
from probe.running.telling.notifications import Notifications
from probe.running.telling.notifying import Notifying

NOW = 5000.0
CLOCK = Clock(now=lambda: NOW, monotonic=lambda: 0.0)
INCIDENT = an_incident(opened_at=990.0, confirmed_at=1000.0, worst=Verdict.OUTAGE)


def status(verdict: Verdict, since: float = 1000.0) -> ServiceStatus:
    incident = None if verdict is Verdict.UNKNOWN else INCIDENT
    return a_status(verdict=verdict, since=since, incident=incident)


def changed(new: Verdict, at: float = 1000.0) -> Changed:
    transition = a_transition(at=at, new=new)
    return Changed(transition=transition, status=status(new, at))


def closed() -> IncidentUpdated:
    over = replace(INCIDENT, closed_at=2000.0)
    return IncidentUpdated(incident=over, status=status(Verdict.HEALTHY))


def looked(at: float) -> SelfObserved:
    return SelfObserved(at=at, connected=None, loop_lag_s=0.0)


def notifying(*told: Message, **fields: Any) -> Notifying:  # noqa: ANN401 - fields of any type
    return Notifying(settings(channel(**fields)), CLOCK, told)


def heard(fold: Notifying, *events: Event) -> list[tuple[Occasion, Verdict]]:
    made = (one for event in events for one in fold.consequences(event))
    found = [one.message for one in made if isinstance(one, Notified)]
    return [(message.occasion, message.verdict) for message in found]


def test_a_change_and_the_end_of_its_incident_are_told() -> None:
    events = (changed(Verdict.OUTAGE), changed(Verdict.HEALTHY, 1500.0), closed())
    assert heard(notifying(), *events) == [
        (Occasion.CHANGED, Verdict.OUTAGE),
        (Occasion.CHANGED, Verdict.HEALTHY),
        (Occasion.ENDED, Verdict.HEALTHY),
    ]


def test_an_incident_that_grows_is_not_told() -> None:
    grown = IncidentUpdated(incident=INCIDENT, status=status(Verdict.OUTAGE))
    assert heard(notifying(), changed(Verdict.OUTAGE), grown) == [
        (Occasion.CHANGED, Verdict.OUTAGE)
    ]


def test_reminders_come_as_time_passes() -> None:
    fold = notifying(remind_every=3600.0)
    looks = [looked(1000.0 + 5 * n) for n in range(1500)]
    assert heard(fold, changed(Verdict.OUTAGE), *looks) == [
        (Occasion.CHANGED, Verdict.OUTAGE),
        (Occasion.REMINDER, Verdict.OUTAGE),
        (Occasion.REMINDER, Verdict.OUTAGE),
    ]


@pytest.mark.parametrize("kind", [Observed, Reviewed])
def test_a_change_that_a_crash_swallowed_is_told_as_soon_as_we_look(kind: type) -> None:
    told = {"status": status(Verdict.OUTAGE)}
    event = Reviewed(**told) if kind is Reviewed else Observed(**told, run=None)  # type: ignore[arg-type]
    found = [(Occasion.CHANGED, Verdict.OUTAGE)]
    assert heard(notifying(), event, looked(1001.0), looked(1006.0)) == found


def test_a_restart_repeats_nothing_that_was_told() -> None:
    (first,) = notifying().consequences(changed(Verdict.OUTAGE))
    fold = notifying(first.message)
    assert heard(fold, Reviewed(status=status(Verdict.OUTAGE)), looked(1001.0)) == []
    assert heard(fold, changed(Verdict.HEALTHY)) == [(Occasion.CHANGED, Verdict.HEALTHY)]


@pytest.mark.parametrize("step_s", [8.0, 15.0, 27.0, 80.0, 86_400.0])
def test_what_went_stale_while_nobody_looked_is_told_once_somebody_looked_in_vain(
    step_s: float,
) -> None:
    now = NOW
    fold = Notifying(settings(channel()), Clock(now=lambda: now, monotonic=lambda: 0.0))
    last = run("login", NOW)
    login = a_path(state=State.UNKNOWN, since=NOW, last_run=last, fresh_until=NOW + 6)
    assert heard(fold, looked(now)) == []
    now += step_s
    stale = replace(changed(Verdict.UNKNOWN, now), status=unknown_with(login))
    assert heard(fold, stale, looked(now)) == []
    for _ in range(20):
        now += 1
        fold.beat()
        assert heard(fold, looked(now)) == []
    again = replace(login, last_run=run("login", now - 15), fresh_until=now - 1)
    assert heard(fold, Reviewed(status=unknown_with(again)), looked(now)) == [
        (Occasion.CHANGED, Verdict.UNKNOWN)
    ]


def test_a_plane_that_is_down_is_told_though_the_loop_stands_still_again_and_again() -> None:
    now = NOW
    fold = Notifying(settings(channel()), Clock(now=lambda: now, monotonic=lambda: 0.0))
    told = []
    for _ in range(10):
        now += 4
        last = run("api", now - 3)  # its fault is excused, which takes until the loop goes on
        api = a_path(path="api", state=State.UNKNOWN, last_run=last, fresh_until=NOW - 1)
        half = replace(unknown_with(api), planes={Plane.CONTROL: State.DOWN})
        told += heard(fold, Observed(status=half, run=last), looked(now))
    assert told == [(Occasion.CHANGED, Verdict.UNKNOWN)]


def unknown_with(path: PathStatus) -> ServiceStatus:
    return replace(status(Verdict.UNKNOWN, NOW), paths=(path,))


def run(path: str, at: float) -> Run:
    return a_run(id=f"{path}-{at:g}", path=path, started_at=at, outcome=Outcome.UNOBSERVED)


LOGIN_ONLY = Window(
    service="acme", name="move", whose=Owner.OURS, since=0.0, until=9e9, paths=("login",)
)
ALL = replace(LOGIN_ONLY, paths=())


@dataclass
class Story:
    """A service of two paths whose states and windows change, and a receiver of its messages.

    What is told last of each service is all that a restart leaves.
    """

    channels: tuple[Channel, ...] = (
        channel(),
        channel("grave", severity="critical"),
        channel("anxious", remind_every=60.0),
    )
    now: float = 1000.0
    states: dict[str, tuple[State, float]] = field(default_factory=dict)
    window: Window | None = None
    verdict: Verdict = Verdict.HEALTHY
    since: float = 1000.0
    messages: list[Message] = field(default_factory=list)
    told: dict[tuple[str, str], Message] = field(default_factory=dict)
    refuses: bool = False

    def __post_init__(self) -> None:
        self.states = {"login": (State.UP, self.now), "api": (State.UP, self.now)}
        self.restart()

    def restart(self) -> None:
        clock = Clock(now=lambda: self.now, monotonic=lambda: 0.0)
        self.fold = Notifying(settings(*self.channels), clock, self.told.values())
        self.hear(Reviewed(status=self.status()))

    def status(self) -> ServiceStatus:
        planes = {"login": Plane.CONTROL, "api": Plane.DATA}
        paths = tuple(
            a_path(path=name, plane=planes[name], state=state, since=at)
            for name, (state, at) in self.states.items()
        )
        judged = {planes[name]: state for name, (state, _) in self.states.items()}
        status = a_status(verdict=self.verdict, since=self.since, planes=judged, paths=paths)
        return overlaid(status, [] if self.window is None else [self.window])

    def hear(self, *events: Event) -> None:
        for event in (*events, looked(self.now)):
            for made in list(self.fold.consequences(event)):
                self.tell(made.message)

    def tell(self, message: Message) -> None:
        key = message.channel, message.service
        self.told[key] = message
        if not self.refuses:
            self.messages.append(message)
            return
        for back in self.fold.consequences(lost(message)):
            assert isinstance(back, Undelivered)
            if back.known is None:
                del self.told[key]
            else:
                self.told[key] = back.known

    def turn(self, window: Window | None) -> None:
        self.window = None if window is None else replace(window, since=self.now)
        self.hear(MaintenanceTurned(status=self.status(), held=(), ahead=()))

    def see(self, path: str, state: State) -> None:
        if self.states[path][0] is not state:
            self.states[path] = (state, self.now)
        old = self.verdict
        verdict = judge_service(
            {Plane.CONTROL: self.states["login"][0], Plane.DATA: self.states["api"][0]}
        )
        if verdict is old:
            self.hear(Observed(run=None, status=self.status()))  # type: ignore[arg-type]
            return
        self.verdict, self.since = verdict, self.now
        transition = a_transition(at=self.now, old=old, new=verdict)
        self.hear(Changed(transition=transition, status=self.status()))

    def play(self, step: tuple[str, Any]) -> None:
        self.now += 30.0
        match step:
            case ("window", window):
                self.turn(window)
            case ("restart", _):
                self.restart()
            case ("refuse", refuses):
                self.refuses = refuses
            case (path, state):
                self.see(path, state)


def believed(messages: list[Message]) -> Verdict | None:
    """What a receiver believes that drops repeats and keeps its word where it hears none."""
    seen: set[str] = set()
    belief = None
    for message in messages:
        if message.id not in seen:
            belief = message.told or belief
        seen.add(message.id)
    return belief


STEPS = st.one_of(
    st.tuples(st.sampled_from(["login", "api"]), st.sampled_from(State)),
    st.tuples(st.just("window"), st.sampled_from([None, LOGIN_ONLY, ALL])),
    st.just(("restart", None)),
)


def test_an_outage_that_outlasts_a_window_reaches_a_receiver_that_drops_repeats() -> None:
    story = Story(channels=(channel(),))
    for step in (("login", State.DOWN), ("api", State.DOWN), ("window", ALL), ("window", None)):
        story.play(step)
    split, outage, hidden, after = story.messages
    assert [split.told, outage.told, hidden.told, after.told] == [
        Verdict.CONTROL_PLANE_DOWN,
        Verdict.OUTAGE,
        None,
        Verdict.OUTAGE,
    ]
    assert after.since == outage.since
    assert len({message.id for message in story.messages}) == 4
    assert len({message.transition for message in story.messages}) == 4


@given(st.lists(STEPS, max_size=15))
def test_whatever_windows_and_restarts_come_no_message_is_taken_for_another(
    steps: list[tuple[str, Any]],
) -> None:
    story = Story()
    for step in steps:
        story.play(step)
    messages = story.messages
    assert len({message.id for message in messages}) == len(messages)
    told_of = {message.transition: (message.told, message.maintenance) for message in messages}
    assert all(
        told_of[message.transition] == (message.told, message.maintenance) for message in messages
    )


SEEN = st.sampled_from([State.UP, State.IMPAIRED, State.DOWN])


@given(st.lists(STEPS, max_size=15), SEEN, SEEN)
def test_a_receiver_that_drops_repeats_believes_what_is_seen_when_windows_are_over(
    steps: list[tuple[str, Any]], login: State, api: State
) -> None:
    story = Story(channels=(channel(),))
    for step in (*steps, ("login", login), ("api", api), ("window", None)):
        story.play(step)
    belief = believed(story.messages)
    assert belief is story.verdict or (belief is None and not story.verdict.troubled)


HIDDEN_THEN_REFUSED = [
    ("login", State.DOWN),
    ("window", ALL),
    ("refuse", True),
    ("window", None),
]


@example(HIDDEN_THEN_REFUSED, State.UP, State.UP)
@given(st.lists(STEPS | st.tuples(st.just("refuse"), st.booleans()), max_size=15), SEEN, SEEN)
def test_a_receiver_believes_what_is_seen_a_while_after_it_refused_some_of_it(
    steps: list[tuple[str, Any]], login: State, api: State
) -> None:
    story = Story(channels=(channel(),))
    mended = ("refuse", False)
    for step in (*steps, mended, ("login", login), ("api", api), ("window", None)):
        story.play(step)
    story.now += LONGEST_PAUSE_S
    story.hear()
    belief = believed(story.messages)
    assert belief is story.verdict or (belief is None and not story.verdict.troubled)
    assert not story.messages or story.messages[0].verdict is not Verdict.HEALTHY


def test_a_trouble_that_was_told_before_the_clock_was_set_back_is_reminded_of() -> None:
    first = only(notifying().consequences(changed(Verdict.OUTAGE)))
    fold = notifying(replace(first, at=NOW + 86_400), remind_every=60.0)
    kept = Reviewed(status=status(Verdict.OUTAGE))
    assert heard(fold, kept, looked(NOW + 59)) == []
    assert heard(fold, looked(NOW + 60)) == [(Occasion.REMINDER, Verdict.OUTAGE)]


def test_each_channel_hears_for_itself() -> None:
    quiet = channel("quiet", severity="critical")
    fold = Notifying(settings(channel(), quiet), CLOCK)
    found = [one.message.channel for one in fold.consequences(changed(Verdict.DEGRADED))]
    assert found == ["team"]
    found = [one.message.channel for one in fold.consequences(changed(Verdict.OUTAGE))]
    assert found == ["team", "quiet"]


def test_a_channel_that_is_configured_no_more_is_said_to_be_disused_once() -> None:
    fold = notifying()
    heard(fold, changed(Verdict.OUTAGE))
    assert fold.adopt(settings(channel("other"))) == [ChannelRemoved(channel="team")]
    assert fold.adopt(settings(channel("other"))) == []
    found = only(fold.consequences(looked(1001.0)))
    assert (found.channel, found.verdict) == ("other", Verdict.OUTAGE)


def test_a_channel_hears_that_what_stood_at_unknown_is_watched_no_more() -> None:
    fold = notifying()
    (first,) = fold.consequences(changed(Verdict.UNKNOWN))
    renamed = settings(channel()).services[0].model_copy(update={"name": "other"})
    others = settings(channel()).model_copy(update={"services": (renamed,)})
    (told,) = fold.adopt(others)
    assert isinstance(told, Notified)
    assert (told.message.occasion, told.message.service) == (Occasion.ENDED, "acme")
    assert (told.message.old, told.message.stands) == (Verdict.UNKNOWN, False)
    assert fold.adopt(others) == []
    assert notifying(first.message).adopt(others) != [], "a restart may find it gone"
    assert notifying(told.message).adopt(others) == []
    (outage,) = notifying().consequences(changed(Verdict.OUTAGE))
    assert notifying(outage.message).adopt(others) == [], "its incident ends, and says so"


def lost(message: Message) -> Attempted:
    return Attempted(message=message, result=Result.GIVEN_UP, problem="refused: HTTP 404")


def only(told: Iterator[Notified | Undelivered]) -> Message:
    (event,) = told
    assert isinstance(event, Notified)
    return event.message


def test_what_was_given_up_and_stands_is_told_again_after_a_while() -> None:
    fold = notifying()
    first = only(fold.consequences(changed(Verdict.OUTAGE)))
    assert list(fold.consequences(lost(first))) == [Undelivered(message=first, known=None)]
    assert heard(fold, looked(NOW + 299)) == []
    again = only(fold.consequences(looked(NOW + 300)))
    assert (again.id, again.old) == (first.id, None)
    assert heard(fold, looked(NOW + 3000)) == []


def test_nobody_hears_that_a_trouble_is_over_of_which_all_was_given_up() -> None:
    fold = notifying()
    list(fold.consequences(lost(only(fold.consequences(changed(Verdict.OUTAGE))))))
    assert heard(fold, changed(Verdict.HEALTHY, 1500.0), closed(), looked(9000.0)) == []


def test_a_recovery_that_was_given_up_is_told_again_to_those_who_heard_of_the_trouble() -> None:
    fold = notifying()
    heard(fold, changed(Verdict.OUTAGE))
    recovery = only(fold.consequences(changed(Verdict.HEALTHY, 1500.0)))
    (back,) = fold.consequences(lost(recovery))
    assert isinstance(back, Undelivered)
    assert back.known is not None
    assert back.known.verdict is Verdict.OUTAGE
    assert heard(fold, looked(NOW + 299), looked(NOW + 300)) == [
        (Occasion.CHANGED, Verdict.HEALTHY)
    ]


def test_a_grave_channel_that_refused_the_end_of_a_known_down_plane_is_told_it_again() -> None:
    (first,) = notifying().consequences(changed(Verdict.UNKNOWN))
    planes = {Plane.CONTROL: State.UNKNOWN, Plane.DATA: State.DOWN}
    fold = notifying(replace(first.message, planes=planes), severity="critical")
    renamed = settings(channel()).services[0].model_copy(update={"name": "other"})
    others = settings(channel(severity="critical")).model_copy(update={"services": (renamed,)})
    (end,) = fold.adopt(others)
    assert isinstance(end, Notified)
    list(fold.consequences(lost(end.message)))
    (again,) = fold.adopt(others)
    assert isinstance(again, Notified)
    assert (again.message.occasion, again.message.stands) == (Occasion.ENDED, False)


def test_the_end_of_an_incident_that_maintenance_hid_is_told_again_to_who_refused_it() -> None:
    (first,) = notifying().consequences(changed(Verdict.OUTAGE))
    hidden = replace(first.message, occasion=Occasion.MAINTENANCE, verdict=Verdict.HEALTHY)
    fold = notifying(replace(hidden, stands=False, maintenance="move"))
    (back,) = fold.consequences(lost(only(fold.consequences(closed()))))
    assert isinstance(back, Undelivered)
    assert back.known is not None
    assert back.known.maintenance == "move"
    assert heard(fold, Reviewed(status=status(Verdict.HEALTHY)), looked(NOW + 300)) == [
        (Occasion.CHANGED, Verdict.HEALTHY)
    ]


def test_what_changed_since_is_told_at_once_though_the_one_before_was_given_up() -> None:
    fold = notifying()
    list(fold.consequences(lost(only(fold.consequences(changed(Verdict.DEGRADED))))))
    assert heard(fold, changed(Verdict.OUTAGE, 1500.0)) == [(Occasion.CHANGED, Verdict.OUTAGE)]


def test_what_was_given_up_is_told_again_as_soon_as_the_configuration_is_read_anew() -> None:
    fold = notifying()
    list(fold.consequences(lost(only(fold.consequences(changed(Verdict.OUTAGE))))))
    fold.adopt(settings(channel(webhook="https://mended.example.com/")))
    assert heard(fold, looked(NOW + 1)) == [(Occasion.CHANGED, Verdict.OUTAGE)]


def test_a_message_that_is_given_up_while_another_waits_takes_nothing_back() -> None:
    fold = notifying()
    first = only(fold.consequences(changed(Verdict.DEGRADED)))
    heard(fold, changed(Verdict.OUTAGE, 1500.0))
    assert list(fold.consequences(lost(first))) == []


@pytest.mark.parametrize("index", [0, 1])
def test_a_service_that_another_shard_watches_by_now_is_not_said_to_be_watched_no_more(
    journal: Journal, index: int
) -> None:
    (told,) = notifying().consequences(changed(Verdict.OUTAGE))
    assert isinstance(told, Notified)
    known = replace(told.message, incident=None)
    journal.record([Notified(message=known)])
    shard = Shard(index=index, count=2)
    renamed = settings(channel()).services[0].model_copy(update={"name": "other"})
    others = settings(channel()).model_copy(update={"services": (renamed,)})
    found = Notifications(others, CLOCK, journal, shard)
    heard = [each for each in found._notifying.adopt(others) if isinstance(each, Notified)]
    assert bool(heard) is bool(found._undelivered) is shard.keeps("acme")


def test_of_a_service_that_is_configured_no_more_nobody_is_reminded() -> None:
    fold = notifying(remind_every=3600.0)
    heard(fold, changed(Verdict.OUTAGE))
    kept = settings(channel(remind_every=3600.0))
    (service,) = kept.services
    renamed = service.model_copy(update={"name": "other"})
    fold.adopt(kept.model_copy(update={"services": (renamed,)}))
    late = Reviewed(status=status(Verdict.OUTAGE))  # it was on its way at the reload
    assert heard(fold, late, looked(9000.0)) == []


async def test_a_transition_is_in_the_journal_with_its_message_before_anyone_is_told(
    journal: Journal,
) -> None:
    seen: list[tuple[Event, int]] = []

    class Witness:
        def handle(self, event: Event) -> None:
            seen.append((event, len(journal.undelivered())))

    fold = notifying()
    dispatch = dispatch_to(Witness(), journal=journal, consequences=fold.consequences)
    dispatch.report(changed(Verdict.OUTAGE))
    await dispatch.flush()
    dispatch.close()
    assert [(type(event), waiting) for event, waiting in seen] == [(Changed, 1), (Notified, 1)]
    assert journal.last_transition("acme") is not None


async def test_transition_and_message_share_a_batch_however_full_it_is() -> None:
    batches: list[list[Event]] = []

    class Batches:
        def record(self, events: list[Event]) -> None:
            batches.append(list(events))

    fold = notifying()
    dispatch = dispatch_to(journal=Batches(), consequences=fold.consequences)
    for number in range(499):
        dispatch.report(Reviewed(status=status(Verdict.HEALTHY, number)))
    dispatch.report(changed(Verdict.OUTAGE))
    await dispatch.flush()
    dispatch.close()
    assert [type(event) for event in batches[0][-2:]] == [Changed, Notified]


async def test_a_journal_that_is_full_keeps_no_message_from_its_channel() -> None:
    told: list[Event] = []

    class Full:
        def record(self, _: list[Event]) -> None:
            raise JournalError("the disk is full")

    class Ears:
        def handle(self, event: Event) -> None:
            told.append(event)

    dispatch = dispatch_to(Ears(), journal=Full(), consequences=notifying().consequences)
    dispatch.report(changed(Verdict.OUTAGE))
    await dispatch.flush()
    dispatch.close()
    assert [type(event) for event in told] == [Changed, Notified]
