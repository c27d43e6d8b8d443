"""The secrets of channels stay secret, and each kind of filter means what it says."""

import logging
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st
from written_configs import problems, written

from probe.config.apprise_urls import service
from probe.config.loading import read
from probe.config.notifications import Channel, signing_key
from probe.model.notification import SEVERITIES, Severity
from probe.model.state import Plane, Verdict

TOKENS = st.text("abcdefghijkmnopqrstuvwxyz0123456789", min_size=8, max_size=20).map(
    lambda text: f"s3cr3t{text}"
)


def channel(**fields: object) -> Channel:
    given = {"name": "a", "webhook": "https://hook.example.com/", **fields}
    return Channel.model_validate(given)


@pytest.mark.parametrize(
    "place",
    [
        '{name: a, apprise: "json://example.com/PLACE"}',
        '{name: a, apprise: "mailto://me:PLACE@example.com"}',
        '{name: a, webhook: "https://example.com/PLACE"}',
        '{name: a, webhook: {url: "https://example.com/", secret: PLACE}}',
        '{name: a, alertmanager: {url: "http://example.com", bearer: PLACE}}',
    ],
)
@trying(max_examples=10, deadline=None)
@given(token=TOKENS)
def test_what_lets_us_in_is_masked_even_where_it_is_written_out(place: str, token: str) -> None:
    secret = f"whsec_{b64encode(token.encode() * 2).decode()}" if "secret" in place else token
    top = f"notifications: [{place.replace('PLACE', secret)}]"
    settings = read(written(top=top), Path("probe.yaml"))
    for shown in (repr(settings), settings.model_dump_json(), str(settings.model_dump())):
        assert secret not in shown


@pytest.mark.parametrize(
    "place",
    [
        '{name: a, apprise: "nowhere://PLACE@x"}',
        '{name: a, webhook: "PLACE"}',
        '{name: a, webhook: {url: "https://example.com/", secret: PLACE}}',
        '{name: a, alertmanager: {url: "http://example.com", bearer: "PLACE\\n"}}',
        '{name: a, alertmanager: "PLACE"}',
    ],
)
@trying(max_examples=10, deadline=None)
@given(token=TOKENS)
def test_no_problem_with_a_channel_shows_what_was_written(place: str, token: str) -> None:
    (found,) = problems(written(top=f"notifications: [{place.replace('PLACE', token)}]"))
    assert token not in found


@given(key=st.binary(min_size=24, max_size=64))
def test_any_key_of_24_to_64_bytes_signs(key: bytes) -> None:
    secret = f"whsec_{b64encode(key).decode()}"
    assert signing_key(secret) == signing_key(secret.removeprefix("whsec_")) == key
    channel(webhook={"url": "https://example.com/", "secret": secret})


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("severity", Severity)
def test_a_severity_is_the_least_that_is_told(verdict: Verdict, severity: Severity) -> None:
    known = SEVERITIES.get(verdict)
    expected = known is not None and (severity is Severity.WARNING or known is Severity.CRITICAL)
    assert channel(severity=severity).wants("acme", verdict) is expected


def test_filters_of_services_and_verdicts_hold_together() -> None:
    picky = channel(services=["acme"], verdicts=["outage"])
    assert picky.wants("acme", Verdict.OUTAGE)
    assert not picky.wants("acme", Verdict.DEGRADED)
    assert not picky.wants("other", Verdict.OUTAGE)
    critical = channel(verdicts=["unknown"], severity="critical")
    assert not critical.wants("acme", Verdict.UNKNOWN)
    assert critical.wants("acme", Verdict.UNKNOWN, {Plane.CONTROL})


def test_apprise_is_silenced_once_however_many_addresses_it_is_asked_of() -> None:
    log = logging.getLogger("apprise")
    service("json://one.example.com")
    held = len(log.handlers)
    service("json://two.example.com")
    assert (len(log.handlers), log.propagate) == (held, False)
