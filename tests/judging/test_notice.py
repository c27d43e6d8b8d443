"""What a channel is to hear: each change once, its end whatever it filters, and reminders."""

import itertools
from dataclasses import replace
from typing import Any

import pytest
from configured import channel, settings
from hypothesis import given
from hypothesis import strategies as st
from made_incidents import an_incident
from made_runs import a_run
from made_statuses import a_path, a_status

from probe.judging.backoff import backed_off, known_before
from probe.judging.listener import Listener
from probe.judging.message import hidden_by, trial
from probe.judging.notice import SETTLING_S, abandoned, ended, overdue, owed, turned
from probe.model.claim import Owner
from probe.model.incident import Wave
from probe.model.maintenance import Window
from probe.model.notification import SEVERITIES, Ailing, Message, Occasion, Severity
from probe.model.outcome import Outcome, Phase
from probe.model.state import Plane, State, Verdict
from probe.model.status import PathStatus, ServiceStatus

OPENED_AT = 1000.0
INCIDENT = an_incident(
    id="acme-1000000",
    opened_at=OPENED_AT,
    confirmed_at=1010.0,
    worst=Verdict.OUTAGE,
    waves=(Wave(started_at=OPENED_AT),),
)
WINDOW = Window(service="acme", name="move", whose=Owner.OURS, since=900.0, until=5000.0)
FAILURE = a_run(
    id="r9",
    started_at=OPENED_AT,
    outcome=Outcome.TIMED_OUT,
    failed_step="submit",
    failed_phase=Phase.PROCESSING,
)
UNSEEN = replace(FAILURE, id="r10", outcome=Outcome.UNOBSERVED)


def path_of(name: str, plane: Plane, state: State, **more: Any) -> PathStatus:  # noqa: ANN401 - fields of any type
    return a_path(path=name, plane=plane, state=state, **more)


def status(verdict: Verdict, since: float = 1010.0, **more: Any) -> ServiceStatus:  # noqa: ANN401 - fields of any type
    incident = INCIDENT if verdict.troubled else None
    return a_status(**{"verdict": verdict, "since": since, "incident": incident, **more})


def listener(told: Message | None = None, **fields: Any) -> Listener:  # noqa: ANN401 - fields of any type
    asked = channel(**fields)
    return Listener(settings=settings(asked), channel=asked, told=told)


def heard(verdicts: list[Verdict], /, **fields: object) -> list[Message]:
    """What a channel hears of these verdicts, ten seconds apart."""
    messages: list[Message] = []
    for number, verdict in enumerate(verdicts):
        at = 1010.0 + 10 * number
        told = messages[-1] if messages else None
        message = owed(listener(told, **fields), status(verdict, since=at), at)
        messages += [message] if message is not None else []
    return messages


H, D, U = Verdict.HEALTHY, Verdict.DEGRADED, Verdict.UNKNOWN
C, A, O = Verdict.CONTROL_PLANE_DOWN, Verdict.DATA_PLANE_DOWN, Verdict.OUTAGE  # noqa: E741 - short on purpose


@pytest.mark.parametrize(
    ("filters", "verdicts", "told"),
    [
        ({}, [H], []),
        ({}, [H, C, O, C, H], [C, O, C, H]),
        ({}, [C, C, H, H], [C, H]),
        ({}, [C, H, C, H], [C, H, C, H]),
        ({}, [U, H], [U, H]),
        ({"severity": "critical"}, [D, H], []),
        ({"severity": "critical"}, [D, C, D, H], [C, D]),
        ({"severity": "critical"}, [C, U, H], [C, U]),
        ({"severity": "critical"}, [C, D, C, H], [C, D, C, H]),
        ({"verdicts": ["outage"]}, [C, O, C, H], [O, C]),
        ({"verdicts": ["outage"]}, [C, A, H], []),
        ({"services": ["other"]}, [C, O, H], []),
    ],
)
def test_a_channel_hears_what_it_asked_for_and_its_end(
    filters: dict[str, object], verdicts: list[Verdict], told: list[Verdict]
) -> None:
    assert [message.verdict for message in heard(verdicts, **filters)] == told


@given(
    verdicts=st.lists(st.sampled_from(Verdict), max_size=12),
    wanted=st.sets(st.sampled_from(sorted(SEVERITIES))),
    severity=st.sampled_from(["warning", "critical"]),
)
def test_no_channel_is_left_with_a_trouble_that_is_over_or_hears_anything_twice(
    verdicts: list[Verdict], wanted: set[str], severity: str
) -> None:
    told = heard([*verdicts, Verdict.HEALTHY], verdicts=sorted(wanted), severity=severity)
    assert not told or not told[-1].stands
    assert all(a.verdict is not b.verdict for a, b in itertools.pairwise(told))
    assert len({message.id for message in told}) == len(told)


@given(verdicts=st.lists(st.sampled_from(Verdict), max_size=12))
def test_without_filters_every_change_is_told_once_in_order(verdicts: list[Verdict]) -> None:
    changes = [b for a, b in zip([H, *verdicts], verdicts, strict=False) if a is not b]
    assert [message.verdict for message in heard(verdicts)] == changes


def test_a_reminder_comes_when_it_is_due_and_again_after_as_long() -> None:
    (split,) = heard([C])
    asked = {"remind_every": 3600.0}
    assert owed(listener(split, **asked), status(C), split.at + 3599) is None
    reminder = owed(listener(split, **asked), status(C), split.at + 3600)
    assert reminder is not None
    assert (reminder.occasion, reminder.since) == (Occasion.REMINDER, split.since)
    assert reminder.id != split.id
    assert owed(listener(reminder, **asked), status(C), reminder.at + 3599) is None
    assert owed(listener(reminder, **asked), status(C), reminder.at + 3600) is not None
    assert owed(listener(split), status(C), split.at + 1e6) is None


def test_a_reminder_belongs_to_the_turn_that_it_reminds_of() -> None:
    (split,) = heard([C])
    told = replace(split, turned_at=1005.0)
    hears = replace(listener(told, remind_every=60.0), turned_at=1500.0)
    reminder = owed(hears, status(C), split.at + 60)
    assert reminder is not None
    assert reminder.turned_at == 1005.0


def test_blindness_that_was_told_is_reminded_of() -> None:
    (blind,) = heard([U])
    reminder = overdue(listener(blind, remind_every=60.0), status(U), blind.at + 60)
    assert reminder is not None
    assert reminder.occasion is Occasion.REMINDER


def test_a_trouble_that_goes_on_has_no_length_yet() -> None:
    assert [message.length_s for message in heard([C, O, U])] == [None] * 3


def test_an_incident_of_an_early_journal_has_one_wave_that_began_with_it() -> None:
    early = replace(INCIDENT, waves=())
    message = owed(listener(), status(C, incident=early), 1010.0)
    assert message is not None
    assert message.began_at == OPENED_AT


def test_without_an_address_of_the_page_none_is_told() -> None:
    asked = channel()
    nowhere = settings(asked).model_copy(update={"page_url": None})
    message = owed(Listener(settings=nowhere, channel=asked), status(C), 1010.0)
    assert message is not None
    assert message.page == ""


def test_an_alert_is_told_again_every_minute_or_it_would_expire() -> None:
    (split,) = heard([C], webhook=None, alertmanager="http://127.0.0.1:9093")
    again = listener(split, webhook=None, alertmanager="http://127.0.0.1:9093")
    assert owed(again, status(C), split.at + 59) is None
    assert owed(again, status(C), split.at + 60) is not None


def test_a_new_channel_hears_of_a_trouble_that_stands_and_of_no_ignorance_after_a_start() -> None:
    found = overdue(listener(), status(O), 2000.0)
    assert found is not None
    assert (found.verdict, found.since) == (O, 1010.0)
    assert overdue(listener(), status(U), 2000.0) is None
    assert overdue(listener(found), status(U), 2000.0) is None


def test_a_trouble_that_ended_while_we_were_away_is_ended() -> None:
    (split,) = heard([C])
    found = overdue(listener(split), status(H, since=3000.0), 3001.0)
    assert found is not None
    assert (found.verdict, found.stands, found.length_s) == (H, False, 3000.0 - split.since)


def test_the_same_change_makes_the_same_identifier_whenever_it_is_told() -> None:
    first, late = (owed(listener(), status(O), at) for at in (1010.0, 9999.0))
    assert first is not None
    assert late is not None
    assert first.id == late.id
    assert first.transition == late.transition == "acme-1010000"
    assert "." not in first.id


def test_the_end_of_an_incident_is_told_once_with_its_length_to_those_who_heard_of_it() -> None:
    (split,) = heard([C])
    over = replace(INCIDENT, waves=2 * INCIDENT.waves, closed_at=OPENED_AT + 2520)
    end = ended(listener(split), over, status(H), 9000.0)
    assert end is not None
    assert (end.occasion, end.length_s, end.stands) == (Occasion.ENDED, 2520, False)
    assert (end.incident, end.began_at, end.waves) == (INCIDENT.id, OPENED_AT, 2)
    assert end.page.endswith(f"/incidents/{INCIDENT.id}")
    assert end.told is Verdict.HEALTHY
    assert ended(listener(end), over, status(H), 9001.0) is None
    assert ended(listener(), over, status(H), 9000.0) is None


def test_an_incident_that_ends_since_nobody_looks_any_more_claims_no_health() -> None:
    (split,) = heard([C])
    over = replace(INCIDENT, closed_at=OPENED_AT + 2520)
    end = ended(listener(split), over, status(C), 9000.0)
    assert end is not None
    assert end.told is Verdict.UNKNOWN


def test_an_end_is_told_of_the_incident_that_was_heard_of_alone() -> None:
    (split,) = heard([C])
    other = replace(INCIDENT, id="acme-2", closed_at=OPENED_AT + 2520)
    assert ended(listener(split), other, status(H), 9000.0) is None


def test_who_believes_in_a_trouble_without_an_incident_hears_that_nobody_looks_any_more() -> None:
    (split,) = heard([C])
    alone = replace(split, incident=None)
    over = abandoned(listener(alone), 2000.0)
    assert over is not None
    assert (over.occasion, over.verdict, over.old, over.stands) == (Occasion.ENDED, U, C, False)
    assert abandoned(listener(), 2000.0) is None
    assert abandoned(listener(replace(alone, stands=False)), 2000.0) is None
    assert abandoned(listener(split), 2000.0) is None


def test_an_end_follows_what_was_told_last_though_it_tells_the_worst() -> None:
    *_, milder = heard([O, D])
    over = replace(INCIDENT, closed_at=OPENED_AT + 2520)
    end = ended(listener(milder), over, status(D), 9000.0)
    assert end is not None
    assert (end.old, end.worst) == (D, O)


def test_a_message_about_another_path_leaves_out_what_a_window_spares() -> None:
    login = path_of("login", Plane.CONTROL, State.DOWN, last_failure=FAILURE, maintenance=WINDOW)
    api = path_of("api", Plane.DATA, State.DOWN, last_failure=FAILURE)
    message = owed(listener(), status(A, paths=(login, api)), 1010.0)
    assert message is not None
    assert [ailing.path for ailing in message.ailing] == ["api"]


def test_a_later_wave_is_told_with_its_own_beginning_and_length() -> None:
    waves = (Wave(started_at=OPENED_AT, ended_at=1100.0), Wave(started_at=1200.0))
    again = replace(INCIDENT, waves=waves)
    trouble = owed(listener(), status(D, since=1210.0, incident=again), 1210.0)
    assert trouble is not None
    assert trouble.began_at == 1200.0
    over = replace(again, waves=(waves[0], replace(waves[1], ended_at=1300.0)))
    recovery = owed(listener(trouble), status(H, since=1310.0, incident=over), 1310.0)
    assert recovery is not None
    assert recovery.length_s == 110.0


def test_blindness_after_a_wave_is_told_with_its_own_length_and_no_failing_run() -> None:
    over = replace(INCIDENT, waves=(Wave(started_at=OPENED_AT, ended_at=1900.0),))
    (split,) = heard([C])
    recovery = owed(listener(split), status(H, since=1910.0, incident=over), 1910.0)
    assert recovery is not None
    assert (recovery.began_at, recovery.length_s) == (OPENED_AT, 910.0)
    blind = owed(listener(recovery), status(U, since=2100.0, incident=over), 2100.0)
    assert blind is not None
    assert blind.began_at is None
    seen = owed(listener(blind), status(H, since=2220.0, incident=over), 2220.0)
    assert seen is not None
    assert (seen.began_at, seen.length_s) == (None, 120.0)


def test_blindness_within_a_wave_belongs_to_it() -> None:
    (split,) = heard([C])
    blind = owed(listener(split), status(U, since=1100.0, incident=INCIDENT), 1100.0)
    assert blind is not None
    assert blind.began_at == OPENED_AT
    over = replace(INCIDENT, waves=(Wave(started_at=OPENED_AT, ended_at=1050.0),))
    seen = owed(listener(blind), status(H, since=1200.0, incident=over), 1200.0)
    assert seen is not None
    assert seen.length_s == 200.0


def test_a_message_names_what_fails_where_and_what_works() -> None:
    login = path_of("login", Plane.CONTROL, State.DOWN, last_failure=FAILURE)
    api = path_of("api", Plane.DATA, State.UP)
    lost = path_of("usage", Plane.CONTROL, State.UNKNOWN, last_failure=FAILURE)
    message = owed(listener(), status(C, paths=(login, api, lost)), 1010.0)
    assert message is not None
    failing, unknown = message.ailing
    assert failing == Ailing(
        path="login",
        plane=Plane.CONTROL,
        state=State.DOWN,
        outcome=Outcome.TIMED_OUT,
        step="submit",
        phase=Phase.PROCESSING,
        run="r9",
    )
    assert (unknown.path, unknown.outcome) == ("usage", None)
    assert message.working == ("api",)
    assert message.page == "https://probe.example.com/incidents/acme-1000000"


BLIND = {Plane.CONTROL: State.UNKNOWN, Plane.DATA: State.UNKNOWN}
HALF = {Plane.CONTROL: State.DOWN, Plane.DATA: State.UNKNOWN}


@pytest.mark.parametrize(
    ("severity", "stands"), [("warning", [True, True, True]), ("critical", [True, False])]
)
def test_a_plane_that_goes_down_while_the_other_is_unseen_is_critical_news(
    severity: str, stands: list[bool]
) -> None:
    messages: list[Message] = []
    turn = None
    for number, planes in enumerate((BLIND, BLIND, HALF, HALF, BLIND, BLIND)):
        now = 1010.0 + 10 * number
        seen = status(U, planes=planes)
        turn = turned(turn, seen, now)
        told = messages[-1] if messages else None
        hears = replace(listener(told, severity=severity), turned_at=turn.at)
        message = owed(hears, seen, now)
        messages += [message] if message is not None else []
    assert [message.stands for message in messages] == stands
    assert len({message.id for message in messages}) == len(messages)
    assert [message.known_down for message in messages][-2:] == [{Plane.CONTROL}, frozenset()]


def test_what_failed_last_is_not_said_to_work() -> None:
    login = path_of("login", Plane.CONTROL, State.DOWN, last_failure=FAILURE)
    api = path_of("api", Plane.DATA, State.UP, last_run=FAILURE)
    unseen = path_of("usage", Plane.CONTROL, State.UP, last_run=UNSEEN)
    message = owed(listener(), status(C, paths=(login, api, unseen)), 1010.0 + SETTLING_S)
    assert message is not None
    assert (message.working, message.wavering) == (("usage",), ("api",))


LOGIN_DOWN = path_of("login", Plane.CONTROL, State.DOWN, last_failure=FAILURE, last_run=FAILURE)
LOGIN_GONE = {Plane.CONTROL: State.DOWN, Plane.DATA: State.UP}


@pytest.mark.parametrize(
    ("other", "waits"),
    [
        (path_of("api", Plane.DATA, State.UP, last_run=FAILURE), True),
        (path_of("api", Plane.DATA, State.UP, last_run=UNSEEN), False),
        (path_of("api", Plane.DATA, State.UP, last_run=FAILURE, maintenance=WINDOW), False),
        (path_of("api", Plane.DATA, State.IMPAIRED, last_run=FAILURE), False),
        (path_of("usage", Plane.CONTROL, State.UP, last_run=FAILURE), False),
    ],
    ids=["begins to fail", "was not seen", "in maintenance", "is impaired", "same plane"],
)
def test_a_split_is_told_once_the_other_plane_is_settled_or_ten_seconds_later(
    other: PathStatus, *, waits: bool
) -> None:
    seen = status(C, planes=LOGIN_GONE, paths=(LOGIN_DOWN, other))
    assert (owed(listener(), seen, seen.since) is None) is waits
    assert (overdue(listener(), seen, seen.since + SETTLING_S - 0.1) is None) is waits
    assert overdue(listener(), seen, seen.since + SETTLING_S) is not None


@pytest.mark.parametrize("verdict", [D, H])
def test_only_a_split_waits_for_the_other_plane(verdict: Verdict) -> None:
    (split,) = heard([C])
    wavering = path_of("api", Plane.DATA, State.UP, last_run=FAILURE)
    assert owed(listener(split), status(verdict, since=1050.0, paths=(wavering,)), 1050.0)


def test_an_outage_is_not_announced_as_a_split_that_comes_seconds_before_it() -> None:
    begins = path_of("api", Plane.DATA, State.UP, last_run=FAILURE)
    half = status(C, planes=LOGIN_GONE, paths=(LOGIN_DOWN, begins))
    whole = status(O, since=1012.0, paths=(LOGIN_DOWN, replace(begins, state=State.DOWN)))
    assert owed(listener(), half, half.since) is None
    message = owed(listener(), whole, whole.since)
    assert message is not None
    assert (message.old, message.verdict) == (None, O)


def test_what_a_maintenance_hides_is_told_as_such_and_told_again_after_it() -> None:
    (split,) = heard([C])
    login = path_of("login", Plane.CONTROL, State.DOWN, maintenance=WINDOW)
    hidden = owed(listener(split), status(H, paths=(login,)), 1020.0)
    assert hidden is not None
    assert (hidden.maintenance, hidden.stands) == ("move", False)
    assert (hidden.occasion, hidden.told, hidden.length_s) == (Occasion.MAINTENANCE, None, None)
    assert (hidden.planes, hidden.spared) == ({Plane.CONTROL: State.DOWN}, (Plane.CONTROL,))
    assert [ailing.path for ailing in hidden.ailing] == ["login"]
    assert owed(listener(hidden), status(H, paths=(login,)), 1030.0) is None
    api = path_of("api", Plane.DATA, State.DOWN)
    beside = owed(listener(hidden), status(A, paths=(login, api)), 1030.0)
    assert beside is not None
    assert (beside.verdict, beside.stands, beside.old_maintenance) == (A, True, "move")
    after = overdue(listener(hidden), status(C, since=5000.0), 5000.0)
    assert after is not None
    assert after.stands


@pytest.mark.parametrize(
    ("login", "usage", "hides"),
    [
        ({"state": State.DOWN, "maintenance": WINDOW}, {"state": State.UP}, True),
        ({"state": State.UP, "maintenance": WINDOW}, {"state": State.UP}, False),
        ({"state": State.UP, "maintenance": WINDOW}, {"state": State.UNKNOWN}, False),
    ],
)
def test_a_window_hides_something_only_where_what_is_not_up_is_in_it(
    login: dict[str, Any], usage: dict[str, Any], *, hides: bool
) -> None:
    paths = (path_of("login", Plane.CONTROL, **login), path_of("usage", Plane.CONTROL, **usage))
    assert (hidden_by(status(H, paths=paths)) is WINDOW) is hides
    assert hidden_by(status(C, paths=paths)) is None


def test_a_turn_is_when_there_came_to_be_something_else_to_tell() -> None:
    login = path_of("login", Plane.CONTROL, State.DOWN, maintenance=WINDOW)
    first = turned(None, status(U, since=1000.0, planes=HALF), 1010.0)
    assert (first.verdict, first.at, first.known_down) == (U, 1000.0, frozenset({Plane.CONTROL}))
    assert turned(first, status(U, since=1000.0, planes=HALF), 1020.0) is first
    blind = turned(first, status(U, since=1000.0, planes=BLIND), 1030.0)
    assert (blind.at, blind.known_down) == (1030.0, frozenset())
    half = turned(blind, status(U, since=1000.0, planes=HALF), 1040.0)
    assert (half.at, half.known_down) == (1040.0, frozenset({Plane.CONTROL}))
    split = turned(half, status(C, since=2000.0), 2005.0)
    assert (split.verdict, split.at) == (C, 2000.0)
    hidden = turned(split, status(H, since=2000.0, paths=(login,)), 2100.0)
    assert (hidden.verdict, hidden.at) == (None, 2100.0)
    told_anew = turned(hidden, status(C, since=2000.0), 5000.0)
    assert (told_anew.verdict, told_anew.at) == (C, 5000.0)
    at_once = turned(told_anew, status(H, since=4000.0), 5000.0)
    assert at_once.at > 5000.0


def test_what_recovered_in_a_window_is_told_when_that_is_over() -> None:
    (split,) = heard([C])
    resting = path_of("login", Plane.CONTROL, State.DOWN, maintenance=WINDOW)
    hidden = owed(listener(split), status(H, paths=(resting,)), 1020.0)
    back = path_of("login", Plane.CONTROL, State.UP, maintenance=WINDOW)
    assert overdue(listener(hidden), status(H, paths=(back,)), 2000.0) is None
    awake = path_of("login", Plane.CONTROL, State.UP)
    over = overdue(listener(hidden), status(H, since=1990.0, paths=(awake,)), 5000.0)
    assert over is not None
    assert (over.occasion, over.told, over.old) == (Occasion.CHANGED, H, None)


def test_an_end_after_maintenance_that_was_given_up_is_told_again() -> None:
    (split,) = heard([C])
    resting = path_of("login", Plane.CONTROL, State.DOWN, maintenance=WINDOW)
    hidden = owed(listener(split), status(H, paths=(resting,)), 1020.0)
    awake = status(H, since=1990.0, paths=(path_of("login", Plane.CONTROL, State.UP),))
    lost = overdue(listener(hidden), awake, 5000.0)
    assert lost is not None
    known = known_before(channel(), lost)
    assert known is not None
    assert (known.occasion, known.verdict, known.stands) == (Occasion.MAINTENANCE, H, False)
    assert (known.maintenance, known.turned_at) == ("move", None)
    again = overdue(listener(known), awake, 6000.0)
    assert again is not None
    assert (again.id, again.old) == (lost.id, None)


def test_a_fault_after_maintenance_that_was_given_up_leaves_the_channel_with_the_window() -> None:
    login = path_of("login", Plane.CONTROL, State.DOWN, maintenance=WINDOW)
    hidden = owed(listener(*heard([C])), status(H, paths=(login,)), 1020.0)
    lost = overdue(listener(hidden), status(C, since=5000.0), 5000.0)
    assert lost is not None
    known = known_before(channel(), replace(lost, turned_at=5000.0))
    assert known is not None
    assert (known.verdict, known.stands, known.turned_at) == (H, False, None)


def test_a_path_that_a_window_hides_while_it_cannot_be_seen_has_not_recovered() -> None:
    (unknown,) = heard([U])
    resting = path_of("login", Plane.CONTROL, State.UNKNOWN, maintenance=WINDOW)
    hidden = owed(listener(unknown), status(H, paths=(resting,)), 1020.0)
    assert hidden is not None
    assert hidden.told is None


def test_a_plane_in_maintenance_is_not_said_to_be_up_beside_the_one_that_fails() -> None:
    login = path_of("login", Plane.CONTROL, State.DOWN, maintenance=WINDOW)
    api = path_of("api", Plane.DATA, State.DOWN)
    planes = {Plane.CONTROL: State.UP, Plane.DATA: State.DOWN}
    message = owed(listener(), status(A, planes=planes, paths=(login, api)), 1020.0)
    assert message is not None
    assert message.planes == {Plane.CONTROL: State.DOWN, Plane.DATA: State.DOWN}
    assert (message.spared, message.maintenance) == ((Plane.CONTROL,), "")


@pytest.mark.parametrize(
    ("login", "usage", "spared"),
    [
        ({"state": State.UP, "maintenance": WINDOW}, {"state": State.UP, "maintenance": WINDOW}, 1),
        ({"state": State.DOWN, "maintenance": WINDOW}, {"state": State.UP}, 1),
        ({"state": State.UP, "maintenance": WINDOW}, {"state": State.UP}, 0),
    ],
)
def test_a_plane_is_spared_that_rests_whole_or_whose_fault_does(
    login: dict[str, Any], usage: dict[str, Any], spared: int
) -> None:
    paths = (
        path_of("login", Plane.CONTROL, **login),
        path_of("usage", Plane.CONTROL, **usage),
        path_of("api", Plane.DATA, State.DOWN),
    )
    planes = {Plane.CONTROL: State.UP, Plane.DATA: State.DOWN}
    message = owed(listener(), status(A, planes=planes, paths=paths), 1020.0)
    assert message is not None
    assert message.spared == (Plane.CONTROL,) * spared


@given(
    st.lists(
        st.tuples(st.sampled_from(Verdict), st.booleans(), st.integers(0, 100)),
        min_size=1,
        max_size=12,
    )
)
def test_no_two_turns_of_a_service_have_the_same_moment(
    story: list[tuple[Verdict, bool, int]],
) -> None:
    turns = [turned(None, status(story[0][0], since=0.0), 0.0)]
    for now, (verdict, reverts, ago) in enumerate(story[1:], 1):
        since = float(now - ago) if reverts else float(now)
        turns.append(turned(turns[-1], status(verdict, since=since), float(now)))
    for before, after in itertools.pairwise(turns):
        assert (before.verdict is after.verdict) == (before.at == after.at)
        assert before.at <= after.at


def test_a_channel_that_a_first_message_did_not_reach_knows_of_no_trouble() -> None:
    split, recovery = heard([C, H])
    assert known_before(channel(), split) is None
    assert known_before(channel(), replace(split, old=H)) is None
    known = known_before(channel(), recovery)
    assert known is not None
    assert (known.verdict, known.stands, known.incident) == (C, True, recovery.incident)
    assert known.since == split.since
    again = owed(listener(known), status(H, since=1020.0), 2000.0)
    assert again is not None
    assert (again.id, again.old, again.length_s) == (recovery.id, C, recovery.length_s)


def test_a_channel_that_a_worse_verdict_did_not_reach_knows_the_one_before() -> None:
    split, outage = heard([C, O])
    known = known_before(channel(), outage)
    assert known is not None
    assert owed(listener(known), status(C), 2000.0) is None
    again = owed(listener(known), status(O, since=outage.since), 2000.0)
    assert again is not None
    assert (again.id, again.old) == (outage.id, split.verdict)


def test_a_plane_that_went_down_unseen_by_a_channel_is_told_again() -> None:
    blind, half = status(U, planes=BLIND), status(U, planes=HALF)
    told = owed(listener(), blind, 1010.0)
    lost = owed(listener(told), half, 1020.0)
    assert lost is not None
    known = known_before(channel(), lost)
    assert known is not None
    assert known.known_down == frozenset()
    again = owed(listener(known), half, 2000.0)
    assert again is not None
    assert again.known_down == {Plane.CONTROL}


def test_the_end_of_what_only_its_plane_made_critical_is_told_again() -> None:
    told = owed(listener(severity="critical"), status(U, planes=HALF), 1010.0)
    lost = owed(listener(told, severity="critical"), status(H, since=1020.0), 1020.0)
    assert lost is not None
    known = known_before(channel(severity="critical"), lost)
    assert known is not None
    assert known.verdict is U
    assert known.known_down == {Plane.CONTROL}
    again = owed(listener(known, severity="critical"), status(H, since=1020.0), 2000.0)
    assert again is not None
    assert again.verdict is H


def test_what_is_known_to_be_down_beside_blindness_is_critical_and_since_it_went_down() -> None:
    login = replace(path_of("login", Plane.CONTROL, State.DOWN), since=1500.0)
    told = owed(listener(), status(U, planes=HALF, paths=(login,)), 1600.0)
    assert told is not None
    assert (told.since, told.severity) == (1500.0, Severity.CRITICAL)


def test_that_nobody_looks_any_more_is_told_again_with_no_incident_left() -> None:
    (split,) = heard([C])
    closed = replace(INCIDENT, closed_at=1200.0)
    lost = ended(listener(split), closed, status(U), 1200.0)
    assert lost is not None
    known = known_before(channel(), lost)
    assert known is not None
    assert (known.occasion, known.incident) == (Occasion.CHANGED, None)
    again = abandoned(listener(known), 2000.0)
    assert again is not None
    assert again.since == lost.since == split.since
    assert (again.occasion, again.verdict) == (Occasion.ENDED, U)


def test_a_reminder_that_was_given_up_leaves_what_the_channel_knows() -> None:
    (split,) = heard([C])
    reminder = owed(listener(split, remind_every=60.0), status(C), split.at + 60)
    assert reminder is not None
    assert known_before(channel(), reminder) == reminder
    assert known_before(channel(), replace(reminder, old=None)) is None


def test_what_was_given_up_is_told_again_after_pauses_that_double() -> None:
    (lost,) = heard([C])
    turn = replace(listener(), turned_at=lost.turn)
    backoff, now, pauses = None, lost.at, []
    for _ in range(6):
        backoff = backed_off(channel(), lost, backoff, now)
        held = replace(turn, backoff=backoff)
        assert overdue(held, status(C), backoff.until - 1) is None
        assert overdue(held, status(C), backoff.until) is not None
        pauses.append(backoff.until - now)
        now = backoff.until
    assert pauses == [300, 600, 1200, 2400, 3600, 3600]
    news = replace(turn, backoff=backoff, turned_at=lost.turn + 1)
    assert overdue(news, status(O), now - 1) is not None
    assert backed_off(channel(), replace(lost, since=now), backoff, now).until == now + 300


def test_what_was_given_up_is_told_again_long_before_a_reminder_is_due() -> None:
    (lost,) = heard([C])
    assert backed_off(channel(remind_every=86_400.0), lost, None, lost.at).until == lost.at + 300


def test_an_alert_that_was_given_up_is_told_again_as_often_as_one_that_was_not() -> None:
    asked = channel(webhook=None, alertmanager="http://127.0.0.1:9093")
    (lost,) = heard([C])
    first = backed_off(asked, lost, None, lost.at)
    assert first.until == lost.at + 60
    assert backed_off(asked, lost, first, first.until).until == first.until + 60


def test_a_trial_stands_for_nothing() -> None:
    asked = channel()
    message = trial(settings(asked), asked, 5.0)
    assert (message.occasion, message.stands) == (Occasion.TEST, False)
    assert message.page == "https://probe.example.com/"
