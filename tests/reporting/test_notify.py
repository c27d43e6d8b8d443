"""Every kind of channel tells the same messages to a real receiver, and tells failures apart."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import time_machine
from configured import channel
from hypothesis import given
from hypothesis import strategies as st
from notices import ENDED, HEALTHY, NOON, SPLIT, message
from private_authority import be_strict, private_authority, trust_alone
from processes import free_port
from sinks import MailSink, WebSink, web_sink
from standardwebhooks import Webhook, WebhookVerificationError

from probe.model.notification import SEVERITIES, Ailing, Message, Occasion
from probe.model.outcome import Outcome
from probe.model.run import Check
from probe.model.state import Plane, State, Verdict
from probe.reporting.notify.alertmanager import ALERTS, RESOLVED_SINCE_S, alerts
from probe.reporting.notify.errors import RefusedError, UnreachedError
from probe.reporting.notify.kinds import KINDS, sender
from probe.reporting.notify.webhook import document
from probe.reporting.notify.wording import text, title
from probe.reporting.times import rfc3339

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
TOKEN = "hunter2-hunter2"
TRIAL = message(
    occasion=Occasion.TEST, verdict=Verdict.HEALTHY, stands=False, ailing=(), working=()
)
REMINDER = message(occasion=Occasion.REMINDER, at=NOON + 14400)
HIDDEN = message(
    occasion=Occasion.MAINTENANCE,
    verdict=Verdict.HEALTHY,
    old=Verdict.CONTROL_PLANE_DOWN,
    stands=False,
    spared=(Plane.CONTROL,),
    maintenance="move",
)
BESIDE = message(
    verdict=Verdict.DATA_PLANE_DOWN,
    planes={Plane.CONTROL: State.DOWN, Plane.DATA: State.DOWN},
    spared=(Plane.CONTROL,),
)
ABANDONED = replace(
    ENDED, verdict=Verdict.UNKNOWN, old=Verdict.UNKNOWN, worst=None, incident=None, length_s=None
)
MESSAGES = (SPLIT, REMINDER, HEALTHY, HIDDEN, ENDED, TRIAL)


@dataclass
class Case:
    """A channel of one kind, a way to point it at an address, and what its receiver got."""

    kind: str
    aimed: Callable[[str], dict[str, Any]]


CASES = [
    Case("webhook", lambda url: {"webhook": {"url": f"{url}/{TOKEN}", "secret": SECRET}}),
    Case(
        "alertmanager",
        lambda url: {"webhook": None, "alertmanager": {"url": url, "bearer": TOKEN}},
    ),
    Case(
        "apprise",
        lambda url: {"webhook": None, "apprise": f"json{url.removeprefix('http')}/{TOKEN}"},
    ),
]
every_kind = pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)


async def tell(case: Case, address: str, told: Message) -> None:
    teller = sender(channel(**case.aimed(address)))
    try:
        await teller.send(told, told.at + 1)
    finally:
        await teller.close()


UNSEEN = {Plane.CONTROL: State.UNKNOWN, Plane.DATA: State.UNKNOWN}
BLIND = message(verdict=Verdict.UNKNOWN, planes=UNSEEN)
HALF_BLIND = message(
    verdict=Verdict.UNKNOWN, planes={Plane.CONTROL: State.DOWN, Plane.DATA: State.UNKNOWN}
)


def test_every_kind_of_channel_is_held_to_the_contract() -> None:
    assert {case.kind for case in CASES} == set(KINDS)


@every_kind
@pytest.mark.parametrize("told", MESSAGES, ids=lambda told: f"{told.occasion}-{told.verdict}")
async def test_a_message_that_is_accepted_arrives_once(
    case: Case, sink: WebSink, told: Message
) -> None:
    await tell(case, sink.address, told)
    nothing_new = case.kind == "alertmanager" and told is ENDED
    assert len(sink.arrived) == (0 if nothing_new else 1)


@pytest.mark.parametrize("case", CASES[:2], ids=lambda case: case.kind)
async def test_a_receiver_may_have_a_private_authority_without_key_usage_on_any_python(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = private_authority(tmp_path)
    be_strict(monkeypatch)
    trust_alone(authority, monkeypatch)
    with web_sink(tls=authority.server) as receiver:
        await tell(case, receiver.address, SPLIT)
    assert len(receiver.arrived) == 1


@every_kind
@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
async def test_what_is_refused_for_what_we_are_is_permanent(
    case: Case, sink: WebSink, status: int
) -> None:
    sink.answers.append((status, {}))
    with pytest.raises(RefusedError, match=str(status)):
        await tell(case, sink.address, SPLIT)


@every_kind
@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
async def test_what_may_pass_is_temporary(case: Case, sink: WebSink, status: int) -> None:
    sink.answers.append((status, {"Retry-After": "17"}))
    with pytest.raises(UnreachedError, match=str(status)) as failure:
        await tell(case, sink.address, SPLIT)
    assert failure.value.retry_after_s == (None if case.kind == "apprise" else 17)


@every_kind
async def test_nobody_there_is_temporary(case: Case) -> None:
    with pytest.raises(UnreachedError, match=r"Connect call failed|A Connection error occurred"):
        await tell(case, f"http://127.0.0.1:{free_port()}", SPLIT)


@pytest.mark.parametrize("case", CASES[:2], ids=lambda case: case.kind)
async def test_a_redirect_is_not_followed(case: Case, sink: WebSink) -> None:
    sink.answers.append((307, {"Location": f"{sink.address}/elsewhere"}))
    with pytest.raises(RefusedError, match="307"):
        await tell(case, sink.address, SPLIT)
    assert len(sink.arrived) == 1


@every_kind
@pytest.mark.parametrize("status", [404, 503, None])
async def test_no_failure_shows_the_address_or_the_secret(
    case: Case, sink: WebSink, status: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    sink.answers.append((status or 404, {}))
    address = sink.address if status else f"http://127.0.0.1:{free_port()}"
    with caplog.at_level(logging.INFO), pytest.raises((RefusedError, UnreachedError)) as failure:
        await tell(case, address, SPLIT)
    assert TOKEN not in f"{failure.value!r}{caplog.text}"


@every_kind
async def test_a_receiver_that_hangs_holds_nothing_else_up(case: Case, sink: WebSink) -> None:
    sink.silent.clear()
    teller = sender(channel(**case.aimed(sink.address)))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await teller.send(SPLIT, NOON)
    sink.silent.set()
    await teller.close()


async def test_one_hanging_attempt_of_apprise_is_not_followed_by_another(sink: WebSink) -> None:
    sink.silent.clear()
    teller = sender(channel(**CASES[2].aimed(sink.address)))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.2):
            await teller.send(SPLIT, NOON)
    with pytest.raises(UnreachedError, match="still hangs"):
        await teller.send(SPLIT, NOON)
    sink.silent.set()


@pytest.mark.parametrize("told", MESSAGES, ids=lambda told: f"{told.occasion}-{told.verdict}")
async def test_a_webhook_is_signed_as_standard_webhooks_verifies_it(
    sink: WebSink, told: Message
) -> None:
    await tell(CASES[0], sink.address, told)
    (posted,) = sink.arrived
    with time_machine.travel(told.at, tick=False):
        assert Webhook(SECRET).verify(posted.body, posted.headers) == document(told)
        assert posted.headers["webhook-id"] == told.id
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(posted.body + b" ", posted.headers)


async def test_a_webhook_without_a_secret_is_not_signed(sink: WebSink) -> None:
    await tell(Case("", lambda url: {"webhook": url}), sink.address, SPLIT)
    assert "webhook-signature" not in sink.arrived[0].headers
    assert sink.arrived[0].headers["webhook-id"] == SPLIT.id


def test_a_router_finds_in_the_body_all_that_it_decides_by() -> None:
    body = document(SPLIT)
    assert body["type"] == "verdict.changed"
    data = body["data"]
    assert data["verdict"] == "control_plane_down"
    assert data["planes"] == {"control": "down", "data": "up"}
    assert data["transition"] == "claude-1772452200000"
    assert (data["at"], data["began_at"]) == (
        "2026-03-02T11:50:00.000Z",
        "2026-03-02T11:49:30.000Z",
    )
    assert data["failing"][0] == {
        "path": "login",
        "plane": "control",
        "state": "down",
        "outcome": "timed_out",
        "step": "submit",
        "phase": "processing",
        "run": "r1",
        "unmet": None,
    }


SAID = """\
claude: Login down · API up.
Since 2026-03-02 11:50:00 UTC; the first run failed at 2026-03-02 11:49:30 UTC.
login (control plane) is down: timed out at submit, while waiting for the answer.
Still works: api, api_stream.
Seen from fra1.
https://probe.example.com/incidents/claude-1772452170000"""


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (SPLIT, "claude: Login down · API up"),
        (REMINDER, "claude: still Login down · API up, for 4 h"),
        (HEALTHY, "claude: healthy again after 42 min"),
        (ENDED, "claude: incident over, it lasted 42 min"),
        (ABANDONED, "claude: no longer watched"),
        (
            replace(ENDED, verdict=Verdict.UNKNOWN),
            "claude: no longer watched, its incident had lasted 42 min",
        ),
        (
            replace(REMINDER, since=REMINDER.at - 280),
            "claude: still Login down · API up, for 4 min 40 s",
        ),
        (TRIAL, "splitprobe: a test of the channel team"),
        (BLIND, "claude: Unknown — cannot see"),
        (HALF_BLIND, "claude: Login down · API unknown"),
        (
            replace(
                HEALTHY, ailing=(Ailing(path="usage", plane=Plane.CONTROL, state=State.UNKNOWN),)
            ),
            "claude: healthy again after 42 min, as far as it can be seen",
        ),
        (HIDDEN, "claude: in maintenance, move"),
        (BESIDE, "claude: API down · login in maintenance"),
        (message(service="a\r\nBcc: x"), "a\\u000d Bcc: x: Login down · API up"),
    ],
)
def test_a_title_says_it_in_one_line(told: Message, line: str) -> None:
    assert title(told) == line


def test_a_text_says_what_fails_where_since_when_and_what_works() -> None:
    assert text(SPLIT) == SAID


@pytest.mark.parametrize(
    ("actual", "said"),
    [
        ("404", "status: expected 200, got 404"),
        ("90.0 days left", "status: expected 200, got 90.0 days left"),
        ("<!channel> see evil.example", "status: expected 200"),
        ("@everyone", "status: expected 200"),
        ("call 0900 123456 to unlock your account", "status: expected 200"),
        ("nothing", "status: expected 200, got nothing"),
        ("x" * 61, "status: expected 200"),
    ],
)
def test_a_text_says_which_expectation_was_not_met_but_not_in_a_targets_words(
    actual: str, said: str
) -> None:
    unmet = Check(name="status", passed=False, expected="200", actual=actual)
    failing = replace(SPLIT.ailing[0], outcome=Outcome.UNEXPECTED_STATUS, phase=None, unmet=unmet)
    line = text(message(ailing=(failing,))).splitlines()[2]
    assert line == f"login (control plane) is down: unexpected status at submit ({said})."


def test_what_is_unknown_claims_nothing_of_the_service_but_what_is_seen_to_be_down() -> None:
    assert "I cannot see: this says nothing about the service itself." in text(BLIND)
    assert "this may be a split or a full outage." in text(HALF_BLIND)
    assert "says nothing" not in text(HALF_BLIND)


def test_what_is_merely_unknown_is_not_said_to_be_broken() -> None:
    api = Ailing(path="api", plane=Plane.DATA, state=State.UNKNOWN)
    unseen = message(verdict=Verdict.UNKNOWN, ailing=(*SPLIT.ailing, api), working=())
    assert "works" not in text(unseen)
    assert "works" not in text(message(ailing=(*SPLIT.ailing, api), working=()))


def test_maintenance_is_told_as_no_recovery_but_with_what_fails_in_it() -> None:
    assert text(HIDDEN).splitlines()[:3] == [
        "claude: in maintenance, move.",
        "Since 2026-03-02 11:50:00 UTC. Failures that outlast it will be reported.",
        "login (control plane) is down: timed out at submit, while waiting for the answer.",
    ]


def test_no_router_reads_maintenance_or_a_test_as_recovery() -> None:
    hidden, trial = document(HIDDEN), document(TRIAL)
    assert (hidden["type"], hidden["data"]["maintenance"]) == ("maintenance", "move")
    assert hidden["data"]["verdict"] is trial["data"]["verdict"] is None
    assert hidden["data"]["planes"] == {"control": "down", "data": "up"}
    assert hidden["data"]["length_seconds"] is None


def test_an_end_tells_its_length_its_waves_and_the_worst() -> None:
    said = text(ENDED)
    assert "From 2026-03-02 11:49:30 UTC to 2026-03-02 12:31:30 UTC." in said
    assert "2 waves" in said
    assert "At worst: Outage." in said


def test_nothing_that_works_is_said_to_be_nothing() -> None:
    assert "Still works: no probed path." in text(message(working=()))


def test_what_failed_last_is_said_to_begin_to_fail() -> None:
    said = text(message(working=(), wavering=("api", "usage")))
    assert "Starting to fail, unconfirmed: api, usage." in said
    assert "works" not in said


@given(name=st.text(min_size=1))
def test_a_hostile_name_adds_no_line_and_no_unseen_character(name: str) -> None:
    step = Ailing(
        path=name, plane=Plane.CONTROL, state=State.DOWN, outcome=SPLIT.ailing[0].outcome, step=name
    )
    told = message(service=name, ailing=(step,), working=(name,), location=name)
    assert "\n" not in title(told)
    assert len(text(told).splitlines()) == len(SAID.splitlines())
    assert not {"\r", "\x00", "\u202e"} & set(text(told))
    document(told)


async def test_a_mail_arrives_with_its_title_as_subject_and_its_text(mailbox: MailSink) -> None:
    url = f"mailto://127.0.0.1:{mailbox.port}?from=probe@example.com&to=team@example.com"
    teller = sender(channel(webhook=None, apprise=url))
    await teller.send(SPLIT, NOON)
    (mail,) = mailbox.arrived
    assert isinstance(mail, EmailMessage)
    assert (mail["Subject"], mail["To"]) == (title(SPLIT), "team@example.com")
    body = mail.get_body(("html", "plain"))
    assert body is not None
    assert "timed out at submit" in body.get_content()


@pytest.mark.parametrize(
    ("user", "reply", "refused", "words"),
    [
        ("", "550 5.1.1 no such user", True, "SMTP 550"),
        ("", "554 5.7.1 (451, not now)", True, "SMTP 554"),
        ("", "451 4.7.1 greylisted, (550, says who)", False, "failed"),
        ("", "421 too busy", False, "failed"),
        ("someone:wrong-secret@", "250 OK", True, "SMTP 535"),
    ],
)
async def test_a_mail_that_is_refused_for_good_is_told_apart_from_one_that_may_go_out_later(
    mailbox: MailSink,
    user: str,
    reply: str,
    refused: bool,  # noqa: FBT001 - what is told apart
    words: str,
) -> None:
    mailbox.replies["team@example.com"] = reply
    url = f"mailto://{user}127.0.0.1:{mailbox.port}?from=probe@example.com&to=team@example.com"
    with pytest.raises(RefusedError if refused else UnreachedError) as failure:
        await sender(channel(webhook=None, apprise=url)).send(SPLIT, NOON)
    assert words in str(failure.value)
    assert "team@example.com" not in str(failure.value)
    assert "wrong-secret" not in str(failure.value)


class Records(logging.Handler):
    """Whose records reach the root of all logs."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.names.append(record.name)


async def test_nothing_of_what_apprise_logs_of_a_message_gets_into_our_log(
    mailbox: MailSink,
) -> None:
    records, root = Records(), logging.getLogger()
    mailbox.replies["team@example.com"] = "550 no"
    url = f"mailto://127.0.0.1:{mailbox.port}?from=probe@example.com&to=team@example.com"
    teller = sender(channel(webhook=None, apprise=url))
    root.addHandler(records)
    try:
        with pytest.raises(RefusedError):
            await teller.send(SPLIT, NOON)
        logging.getLogger("another").warning("heard")
    finally:
        root.removeHandler(records)
    assert records.names == ["another"]


async def test_a_hostile_name_reaches_a_mail_as_words_alone(mailbox: MailSink) -> None:
    url = f"mailto://127.0.0.1:{mailbox.port}?from=probe@example.com&to=team@example.com"
    hostile = message(service="a\r\nBcc: evil@example.com\r\n\r\n<script>alert(1)</script>")
    await sender(channel(webhook=None, apprise=url)).send(hostile, NOON)
    (mail,) = mailbox.arrived
    assert isinstance(mail, EmailMessage)
    assert mail["Bcc"] is None
    for part in mail.walk():
        if part.get_content_type() == "text/html":
            assert "<script" not in part.get_content()


def test_every_trouble_has_an_alert_of_the_name_in_our_rules() -> None:
    assert set(ALERTS) == set(SEVERITIES)


def test_an_alert_that_changes_resolves_the_one_before() -> None:
    worse = message(verdict=Verdict.OUTAGE, old=Verdict.CONTROL_PLANE_DOWN, at=NOON + 100)
    resolved, firing = alerts(worse, NOON + 101)
    assert (resolved["labels"]["alertname"], resolved["endsAt"]) == (
        "SplitControlPlaneDown",
        "2026-03-02T11:50:41.000Z",
    )
    assert (firing["labels"]["alertname"], firing["endsAt"]) == (
        "ServiceOutage",
        "2026-03-02T11:56:41.000Z",
    )
    assert firing["labels"] == {
        "alertname": "ServiceOutage",
        "location": "fra1",
        "service": "claude",
        "severity": "critical",
    }


@pytest.mark.parametrize("told", [SPLIT, HEALTHY, TRIAL], ids=lambda told: told.verdict)
def test_no_alert_begins_after_now_or_its_own_end_where_our_clock_was_set_back(
    told: Message,
) -> None:
    now = NOON - 3600
    (alert,) = alerts(told, now)
    begins, ends = (
        datetime.fromisoformat(alert[key]).timestamp() for key in ("startsAt", "endsAt")
    )
    assert begins <= now
    assert begins <= ends


def test_an_alert_is_resolved_though_the_clock_of_its_receiver_is_a_little_behind() -> None:
    (resolved,) = alerts(HEALTHY, HEALTHY.at)
    assert resolved["endsAt"] == rfc3339(HEALTHY.at - RESOLVED_SINCE_S)


def test_an_alert_of_a_moment_does_not_end_before_it_began() -> None:
    (resolved,) = alerts(HEALTHY, NOON - 20)
    assert resolved["endsAt"] == resolved["startsAt"] == rfc3339(NOON - 20 - RESOLVED_SINCE_S)


def test_a_window_resolves_the_alert_of_what_it_hides() -> None:
    (resolved,) = alerts(HIDDEN, NOON + 1)
    assert resolved["labels"]["alertname"] == "SplitControlPlaneDown"
    assert resolved["endsAt"] == "2026-03-02T11:49:01.000Z"
    assert resolved["annotations"]["summary"] == "claude: in maintenance, move"


def test_a_service_that_is_watched_no_more_resolves_its_alert() -> None:
    (resolved,) = alerts(ABANDONED, NOON + 1)
    assert resolved["labels"]["alertname"] == "VerdictUnknown"
    assert resolved["endsAt"] == "2026-03-02T11:49:01.000Z"
    assert list(alerts(ENDED, NOON + 1)) == []


def test_a_service_that_is_watched_no_more_resolves_what_fires_and_not_the_worst() -> None:
    gone = replace(ENDED, verdict=Verdict.UNKNOWN, old=Verdict.DEGRADED, worst=Verdict.OUTAGE)
    (resolved,) = alerts(gone, NOON + 1)
    assert resolved["labels"]["alertname"] == "ServiceDegraded"
    assert "At worst: Outage." in text(gone)
    assert document(gone)["data"]["previous_verdict"] == "outage"


def test_an_alert_names_no_address_that_is_relative() -> None:
    (firing,) = alerts(SPLIT, NOON)
    assert set(firing["annotations"]) == {"summary", "description", "runbook_url"}
    assert firing["generatorURL"] == SPLIT.page


def test_a_verdict_that_a_channel_filters_resolves_and_fires_nothing() -> None:
    (resolved,) = alerts(message(verdict=Verdict.DEGRADED, old=Verdict.OUTAGE, stands=False), NOON)
    assert resolved["labels"]["alertname"] == "ServiceOutage"
