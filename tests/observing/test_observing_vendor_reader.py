"""A status page is read gently, and says nothing when it cannot be read."""

import json
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest
from lookout import Certificate, StandIn, always, anything, raw, settings, web_server
from vendor_page import (
    NOON_IN_PARIS,
    START,
    Hands,
    Page,
    Reading,
    incident,
    reader,
    states,
    summary,
    watched,
)

from probe.config.path import Defaults
from probe.config.reach import Tls
from probe.config.settings import Settings
from probe.config.vendor import POLITE_S, StatusPage
from probe.model.claim import PAGE, Claim, ClaimState, Maintenance, Post, Stage
from probe.model.outcome import Outcome, Phase
from probe.model.state import Plane
from probe.observing.vendor.fetching import LARGEST
from probe.observing.vendor.page_history import Known
from probe.observing.vendor.reader import LONGEST_BACKOFF_S, LONGEST_WAIT_S, Reader

SUMMARY, INCIDENTS = "/api/v2/summary.json", "/api/v2/incidents.json"
LOGIN = {"a": "login"}
ULID = "01JXR4TDQ0GSWTQQ1YCHM7W4PK"


async def test_only_what_changed_is_told() -> None:
    page = Page()
    async with web_server(anything(page.handle)) as url:
        read = reader(url, {"a": "login", "b": "api"})
        page.says(summary(a="operational", b="operational", c="major_outage"))
        first = await read.read()
        assert states(first.news) == {
            PAGE: ClaimState.OPERATIONAL,
            "login": ClaimState.OPERATIONAL,
            "api": ClaimState.OPERATIONAL,
        }
        assert (await read.read()).news == ()
        page.says(summary(a="major_outage", b="operational"))
        (claim,) = (await read.read()).news
    assert isinstance(claim, Claim)
    assert (claim.component, claim.state) == ("login", ClaimState.MAJOR_OUTAGE)
    assert (claim.service, claim.seen_at, claim.bears_at) == ("it", START, NOON_IN_PARIS)


async def test_a_reader_goes_on_by_the_settings_of_a_reload_and_hides_their_secrets() -> None:
    page = Page()
    async with web_server(anything(page.handle)) as url:
        read = reader(url, LOGIN)
        page.says(summary(a="operational"))
        await read.read()
        step = """{request: GET http://localhost/, bearer: "${env:PROBE_TEST_PASSWORD}"}"""
        renewed = settings(f"- {{name: path, plane: data, steps: [{step}]}}")
        defaults = Defaults(user_agent="renamed")
        read.adopt(renewed.model_copy(update={"defaults": defaults}))
        told = incident("i1", "correct-horse", components=["a"])
        page.says({**summary(a="operational"), "incidents": [told]})
        posts = [news for news in (await read.read()).news if isinstance(news, Post)]
    assert [post.words for post in posts] == ["*** it"]
    assert page.asked_for("User-Agent") == [Defaults().user_agent, "renamed"]


UNREADABLE: dict[str, tuple[dict[str, Any], Outcome | None]] = {
    "moved": ({"status": 301, "headers": {"Location": "/elsewhere"}}, Outcome.UNEXPECTED_STATUS),
    "refused": ({"status": 405}, Outcome.UNEXPECTED_STATUS),
    "challenged": (
        {"status": 403, "headers": {"cf-mitigated": "challenge"}, "text": "<html>"},
        Outcome.CHALLENGED,
    ),
    "challenged with 405": (
        {"status": 405, "headers": {"x-amzn-waf-action": "captcha"}},
        Outcome.CHALLENGED,
    ),
    "not modified": ({"status": 304}, Outcome.BAD_CONTENT),
    "an error page": ({"text": "<html>all is well</html>"}, Outcome.BAD_CONTENT),
    "another document": ({"text": "{}"}, Outcome.BAD_CONTENT),
    "a text": ({"text": '"all is well"'}, Outcome.BAD_CONTENT),
    "50 MB": (
        {"text": json.dumps(summary(a="operational")) + " " * 50_000_000},
        Outcome.BAD_CONTENT,
    ),
    "nested": ({"text": "[" * 100_000}, Outcome.BAD_CONTENT),
    "a number without end": ({"text": "9" * 100_000}, Outcome.BAD_CONTENT),
    "an error": ({"status": 503, "text": json.dumps(summary(a="operational"))}, None),
}


@pytest.mark.parametrize("name", UNREADABLE)
async def test_a_page_that_cannot_be_read_is_never_all_clear_nor_down(name: str) -> None:
    answer, outcome = UNREADABLE[name]
    page = Page()
    async with web_server(anything(page.handle)) as url:
        read = reader(url, LOGIN)
        page.says(summary(a="operational"))
        await read.read()
        page.keywords = answer
        lost = await read.read()
        page.says(summary(a="operational"))
        found = await read.read()
    assert states(lost.news) == {"login": ClaimState.UNKNOWN, PAGE: ClaimState.UNKNOWN}
    assert lost.run.outcome is (outcome or Outcome.SERVER_ERROR)
    assert set(states(found.news).values()) == {ClaimState.OPERATIONAL}


async def test_a_page_that_is_not_there_is_unknown_and_said_so_once() -> None:
    read = reader("http://no-such-name.invalid", LOGIN)
    first = await read.read()
    assert set(states(first.news).values()) == {ClaimState.UNKNOWN}
    assert first.run.outcome in {Outcome.DNS_FAILURE, Outcome.CONNECT_FAILED}
    assert (await read.read()).news == ()


async def test_a_reading_is_a_run_outside_of_both_planes() -> None:
    page = Page()
    page.says(summary(a="operational"))
    async with web_server(anything(page.handle)) as url:
        run = (await reader(url, LOGIN).read()).run
        page.keywords = {"status": 405, "text": "Go away"}
        refused = (await reader(url, LOGIN).read()).run
    assert (run.service, run.path, run.plane) == ("it", "status_page", Plane.VENDOR)
    assert (run.outcome, run.failed_step) == (Outcome.OK, None)
    (step,) = run.steps
    assert step.name == "summary"
    assert {Phase.CONNECT, Phase.PROCESSING, Phase.TRANSFER} <= set(step.phases)
    assert (step.evidence.status, step.hops[0].status) == (200, 200)
    assert refused.failed_step == "summary"
    assert refused.deciding_step is not None
    assert refused.deciding_step.evidence.excerpt == "Go away"


async def test_a_page_over_tls_is_checked_against_the_authorities_of_the_defaults(
    certificate: Certificate,
) -> None:
    page = Page()
    page.says(summary(a="operational"))
    async with web_server(anything(page.handle), tls=certificate.server) as url:
        known = Defaults(tls=Tls(ca_file=certificate.file))
        trusted = (await reader(url, LOGIN, defaults=known).read()).run
        refused = await reader(url, LOGIN).read()
    assert trusted.outcome is Outcome.OK
    assert Phase.TLS in trusted.steps[0].phases
    assert trusted.steps[0].certificate_expires_at is not None
    assert refused.run.outcome is Outcome.TLS_FAILURE
    assert set(states(refused.news).values()) == {ClaimState.UNKNOWN}


async def test_a_page_is_read_through_the_proxy_of_the_defaults() -> None:
    page = Page()
    page.says(summary(a="operational"))
    async with web_server(anything(page.handle)) as proxy:
        through = Defaults.model_validate({"proxy": proxy.replace("//", "//me:word-of-mine@")})
        read = reader("http://status.invalid", LOGIN, defaults=through)
        run = (await read.read()).run
    assert run.outcome is Outcome.OK
    (asked,) = page.asked
    assert asked.headers["Host"] == "status.invalid"
    assert asked.headers["Proxy-Authorization"].startswith("Basic ")
    assert "word-of-mine" not in repr(run)


async def test_a_page_has_a_way_of_its_own_beside_the_defaults(certificate: Certificate) -> None:
    page, others = Page(), Page()
    page.says(summary(a="operational"))
    secure = web_server(anything(page.handle), tls=certificate.server)
    async with (
        web_server(anything(others.handle)) as proxy,
        web_server(anything(page.handle)) as mine,
        secure as url,
    ):
        defaults = Defaults.model_validate({"proxy": proxy, "ip": 6})
        through = {"url": "http://status.invalid", "proxy": mine, "ip": None}
        straight = {"url": url, "proxy": None, "ip": 4, "tls": {"ca_file": str(certificate.file)}}
        for way in (through, straight):
            own = StatusPage.model_validate(way)
            reading = await reader(own.url, LOGIN, page=own, defaults=defaults).read()
            assert reading.run.outcome is Outcome.OK
    assert [asked.headers["Host"] for asked in page.asked] == [
        "status.invalid",
        url.removeprefix("https://"),
    ]
    assert others.asked == []


@pytest.mark.parametrize("url", ["http://status.invalid", "https://status.invalid"])
async def test_a_proxy_that_is_down_or_refuses_us_says_nothing_of_the_page(url: str) -> None:
    down = Defaults.model_validate({"proxy": "http://127.0.0.1:1"})
    async with web_server(anything(always(status=407))) as proxy:
        refusing = Defaults.model_validate({"proxy": proxy})
        readings = [await reader(url, LOGIN, defaults=way).read() for way in (down, refusing)]
    for reading in readings:
        assert reading.run.outcome is Outcome.UNOBSERVED
        assert [check.name for check in reading.run.steps[0].evidence.checks] == ["proxy"]
        assert set(states(reading.news).values()) == {ClaimState.UNKNOWN}


async def test_a_page_is_read_over_the_version_of_ip_of_the_defaults() -> None:
    page = Page()
    page.says(summary(a="operational"))
    async with web_server(anything(page.handle)) as url:
        address = url.replace("127.0.0.1", "localhost")
        four = (await reader(address, LOGIN, defaults=Defaults(ip=4)).read()).run
        six = (await reader(address, LOGIN, defaults=Defaults(ip=6)).read()).run
    assert four.outcome is Outcome.OK
    assert six.outcome in {Outcome.CONNECT_FAILED, Outcome.DNS_FAILURE}


async def test_a_page_that_hangs_up_is_asked_no_second_time() -> None:
    async with raw() as server:
        await reader(f"http://127.0.0.1:{server.port}", LOGIN).read()
    assert len(server.requests) == 1


async def test_a_page_that_did_not_change_is_not_sent_again() -> None:
    page = Page()
    async with web_server(anything(page.handle)) as url:
        read = reader(url, LOGIN)
        modified = "Mon, 02 Mar 2026 11:49:00 GMT"
        page.says(summary(a="major_outage"), ETag='"1"', **{"Last-Modified": modified})
        await read.read()
        page.keywords = {"status": 304}
        same = await read.read()
        page.keywords = {"status": 405}
        await read.read()
        page.says(summary(a="major_outage"))
        again = await read.read()
    assert (same.news, same.run.outcome) == ((), Outcome.OK)
    assert page.asked_for("If-None-Match")[:2] == [None, '"1"']
    assert page.asked_for("If-Modified-Since")[:2] == [None, modified]
    assert states(again.news)["login"] is ClaimState.MAJOR_OUTAGE


async def test_a_hostile_validator_is_not_sent_back() -> None:
    page = Page()
    async with web_server(anything(page.handle)) as url:
        read = reader(url, LOGIN)
        page.says(summary(a="operational"), ETag='"' + "x" * 5000 + '"')
        await read.read()
        await read.read()
    assert page.asked_for("If-None-Match") == [None, None]


async def test_we_say_who_we_are() -> None:
    page = Page()
    async with web_server(anything(page.handle)) as url:
        await reader(url).read()
    assert page.asked_for("User-Agent")[0].startswith("splitprobe/")  # type: ignore[union-attr]


async def rests(*answers: dict[str, Any]) -> list[float]:
    page = Page()
    async with web_server(anything(page.handle)) as url:
        read = reader(url, LOGIN)
        found = []
        for page.keywords in answers:
            found.append((await read.read()).rest_s)
    return found


GOOD = {"text": json.dumps(summary(a="operational"))}


async def test_a_page_is_asked_once_an_interval() -> None:
    assert await rests(GOOD, GOOD) == [60, 60]


@pytest.mark.parametrize("refusal", [{"status": status} for status in (401, 403, 405, 429, 451)])
async def test_a_refusal_backs_off_twice_as_long_each_time_and_a_success_ends_it(
    refusal: dict[str, Any],
) -> None:
    assert await rests(refusal, refusal, refusal, GOOD, refusal) == [120, 240, 480, 60, 120]
    assert (await rests(*[refusal] * 30))[-1] == LONGEST_BACKOFF_S


async def test_a_challenge_backs_off_whatever_its_status() -> None:
    wall = {"status": 503, "headers": {"cf-mitigated": "challenge"}}
    assert await rests(wall, wall) == [120, 240]


@pytest.mark.parametrize(
    ("asked", "rest"),
    [
        ("600", 600),
        ("0", 60),
        ("-5", 60),
        ("soon", 60),
        ("Thu, 01 Jan 1970 00:33:20 GMT", 1000),
        ("999999999", LONGEST_WAIT_S),
    ],
)
async def test_a_retry_after_is_honoured_within_a_day(asked: str, rest: float) -> None:
    answer = {"status": 503, "headers": {"Retry-After": asked}}
    assert await rests(answer) == [rest]


async def test_an_error_of_the_page_is_no_refusal() -> None:
    assert await rests({"status": 500}, {"status": 500}) == [60, 60]


async def test_a_restart_asks_no_sooner() -> None:
    page = Page()
    page.keywords = {"status": 429}
    async with web_server(anything(page.handle)) as url:
        read = reader(url, LOGIN)
        runs = [(await read.read()).run for _ in range(3)]
        anew = reader(url, LOGIN)
        assert [anew.learn(run) for run in runs] == [120, 240, 480]


async def read_all(page: Page, hands: Hands, until: float, **keys: Any) -> list[Reading]:  # noqa: ANN401
    """Every reading of `page` until then, each as soon as the one before allows it."""
    async with web_server(anything(page.handle)) as url:
        read = reader(url, hands=hands, **keys)
        found = []
        while hands.now < until:
            found.append(await read.read())
            hands.now += found[-1].rest_s
    return found


async def test_an_incident_that_leaves_the_summary_is_looked_up_a_minute_later() -> None:
    page, hands = Page(), Hands()
    async with web_server(anything(page.handle)) as url:
        read = reader(url, LOGIN, hands=hands)
        opened = summary(a="major_outage") | {"incidents": [incident("i1", "investigating")]}
        page.says(opened, SUMMARY)
        first = await read.read()
        page.says(summary(a="operational"), SUMMARY)
        past = {
            "incidents": [incident("i1", "investigating", "resolved"), incident("i0", "resolved")]
        }
        page.says(past, INCIDENTS)
        hands.now += first.rest_s
        gone = await read.read()
        hands.now += gone.rest_s
        end = await read.read()
        after = await read.read()
    assert [request.path for request in page.asked] == [SUMMARY, SUMMARY, INCIDENTS, SUMMARY]
    assert gone.rest_s == POLITE_S
    (post,) = end.news
    assert isinstance(post, Post)
    assert (post.incident, post.stage, post.words) == ("i1", Stage.RESOLVED, "resolved it")
    assert (post.seen_at, post.bears_at) == (START + 120, 1_772_452_800.0)
    assert end.run.steps[0].name == "incidents"
    assert after.news == ()


async def test_an_incident_that_was_taken_down_is_gone() -> None:
    page, hands = Page(), Hands()
    async with web_server(anything(page.handle)) as url:
        read = reader(url, LOGIN, hands=hands)
        page.says(summary(a="operational") | {"incidents": [incident("i1", "identified")]}, SUMMARY)
        await read.read()
        page.says(summary(a="operational"), SUMMARY)
        page.keywords = {"status": 500}
        await read.read()
        failed = await read.read()
        await read.read()
        page.says({"incidents": []}, INCIDENTS)
        (post,) = (await read.read()).news
    assert failed.news == ()
    assert isinstance(post, Post)
    assert (post.stage, post.id, post.bears_at) == (Stage.GONE, "gone", None)


async def test_no_more_than_one_request_a_minute_whatever_is_left_open() -> None:
    page, hands = Page(), Hands()
    document = summary(b="operational")
    document["page"]["id"] = ULID
    page.says(document, SUMMARY)
    page.says({"components": summary(a="partial_outage")["components"]}, "/api/v2/components.json")
    found = await read_all(page, hands, START + 600, components=LOGIN)
    starts = [reading.run.started_at for reading in found]
    assert {later - earlier for earlier, later in pairwise(starts)} == {60.0}
    told = states(one for reading in found for one in reading.news)
    assert told["login"] is ClaimState.PARTIAL_OUTAGE


async def test_a_component_of_incident_io_that_stands_elsewhere_keeps_its_state() -> None:
    page, hands = Page(), Hands()
    document = summary(b="operational")
    document["page"]["id"] = ULID
    page.says(document, SUMMARY)
    page.says({"components": summary(a="partial_outage")["components"]}, "/api/v2/components.json")
    found = await read_all(page, hands, START + 600, components=LOGIN)
    told = [
        one.state
        for each in found
        for one in each.news
        if isinstance(one, Claim) and one.component == "login"
    ]
    assert told == [ClaimState.UNKNOWN, ClaimState.PARTIAL_OUTAGE]


async def test_a_document_is_asked_for_once_and_tells_each_service_of_its_own_components() -> None:
    page = Page()
    document = summary(a="operational")
    document["page"]["id"] = ULID
    page.says(document, SUMMARY)
    page.says({"components": summary(b="partial_outage")["components"]}, "/api/v2/components.json")
    async with web_server(anything(page.handle)) as url:
        services = [
            watched(names, url).model_copy(update={"name": name})
            for name, names in {"one": LOGIN, "two": {"b": "api"}, "three": {"b": "jobs"}}.items()
        ]
        known = {service.name: Known() for service in services}
        whole = Settings(services=tuple(services))
        read = Reader(StatusPage(url=url), services, whole, Hands().clock, known)
        readings = [*await read.read(), *await read.read()]
    assert [request.path for request in page.asked] == [SUMMARY, "/api/v2/components.json"]
    assert [reading.run.service for reading in readings] == ["one", "two", "three"] * 2
    assert len({reading.run.id for reading in readings}) == 6
    told: dict[str, list[tuple[str, ClaimState]]] = defaultdict(list)
    for reading in readings:
        for claim in reading.news:
            assert isinstance(claim, Claim)
            if claim.component != PAGE:
                told[claim.service].append((claim.component, claim.state))
    late = [ClaimState.UNKNOWN, ClaimState.PARTIAL_OUTAGE]
    assert told == {
        "one": [("login", ClaimState.OPERATIONAL)],
        "two": [("api", state) for state in late],
        "three": [("jobs", state) for state in late],
    }


async def test_a_refusal_counts_once_however_many_services_share_the_page() -> None:
    page = Page(keywords={"status": 429})
    async with web_server(anything(page.handle)) as url:
        alone = reader(url)
        names = ("one", "two", "three")
        services = [watched(url=url).model_copy(update={"name": name}) for name in names]
        known = {name: Known() for name in names}
        whole = Settings(services=tuple(services))
        shared = Reader(StatusPage(url=url), services, whole, Hands().clock, known)
        for _ in range(3):
            rests = {shared.learn(reading.run) for reading in await shared.read()}
            assert rests == {(await alone.read()).rest_s}


def absent(readings: Iterable[Reading]) -> list[tuple[ClaimState, bool]]:
    """What is told of `login`: the state, and whether the page has no such component."""
    news = [one for reading in readings for one in reading.news]
    claims = [one for one in news if isinstance(one, Claim) and one.component == "login"]
    return [(claim.state, claim.absent) for claim in claims]


async def test_a_component_that_the_page_does_not_have_is_told_apart_from_a_page_that_fails() -> (
    None
):
    page, hands = Page(), Hands()
    page.says(summary(b="operational"), SUMMARY)
    found = await read_all(page, hands, START + 60, components=LOGIN)
    assert absent(found) == [(ClaimState.UNKNOWN, True)]
    async with web_server(anything(page.handle)) as url:
        read = reader(url, LOGIN, hands=hands)
        readings = [await read.read()]
        page.at[SUMMARY] = {"status": 500}
        readings.append(await read.read())
        page.says(summary(a="operational"), SUMMARY)
        readings.append(await read.read())
    assert absent(readings) == [
        (ClaimState.UNKNOWN, True),
        (ClaimState.UNKNOWN, False),
        (ClaimState.OPERATIONAL, False),
    ]


async def test_a_component_is_absent_only_when_no_document_of_the_page_has_it() -> None:
    page, hands = Page(), Hands()
    document = summary(b="operational")
    document["page"]["id"] = ULID
    page.says(document, SUMMARY)
    page.says({"components": document["components"]}, "/api/v2/components.json")
    found = await read_all(page, hands, START + 600, components=LOGIN)
    assert absent(found) == [(ClaimState.UNKNOWN, False), (ClaimState.UNKNOWN, True)]


async def test_the_chosen_format_is_the_only_one_that_is_read() -> None:
    page = Page()
    page.says(summary(a="operational"))
    async with web_server(anything(page.handle)) as url:
        chosen = StatusPage(url=url, format="google_cloud")
        reading = await reader(url, LOGIN, page=chosen).read()
    assert page.asked[0].path == "/incidents.json"
    assert reading.run.outcome is Outcome.BAD_CONTENT


async def test_an_address_of_a_document_is_read_as_it_is_and_recognized() -> None:
    page = Page()
    page.says(
        [
            {
                "begin": "2026-03-02T11:00:00Z",
                "external_desc": "x",
                "affected_products": [{"id": "a"}],
                "status_impact": "SERVICE_OUTAGE",
            }
        ]
    )
    async with web_server(anything(page.handle)) as url:
        read = reader(f"{url}/some/incidents.json", LOGIN)
        first = await read.read()
        second = await read.read()
    assert [request.path for request in page.asked] == ["/some/incidents.json"] * 2
    assert states(first.news)["login"] is ClaimState.MAJOR_OUTAGE
    assert second.news == ()


async def test_our_secrets_do_not_come_back_in_the_vendors_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("probe.observing.vendor.reader.secrets_in", lambda _: ["sk-0123456789"])
    page = Page()
    page.says(summary(a="operational") | {"incidents": [{"id": "i", "name": "of sk-0123456789"}]})
    async with web_server(anything(page.handle)) as url:
        news = (await reader(url, LOGIN).read()).news
    assert [one.title for one in news if isinstance(one, Post)] == ["of ***"]


async def test_a_body_of_the_largest_size_is_read() -> None:
    page = Page()
    text = json.dumps(summary(a="operational"))
    page.keywords = {"text": text + " " * (LARGEST - len(text))}
    async with web_server(anything(page.handle)) as url:
        assert (await reader(url, LOGIN).read()).run.outcome is Outcome.OK


async def test_the_stand_ins_own_page_can_be_read(stand_in: StandIn) -> None:
    news = (await reader(stand_in.url, {"web": "login", "api": "api"}).read()).news
    assert set(states(news)) == {PAGE, "login", "api"}
    assert set(states(news).values()) == {ClaimState.OPERATIONAL}


async def test_a_maintenance_is_told_with_its_plan_and_its_end() -> None:
    page = Page()
    planned = incident("m1", "scheduled", components=["a"]) | {
        "scheduled_for": "2026-03-03T02:00:00Z",
        "scheduled_until": "2026-03-03T04:00:00Z",
    }
    async with web_server(anything(page.handle)) as url:
        read = reader(url, LOGIN)
        page.says(summary(a="operational") | {"scheduled_maintenances": [planned]})
        works = [one for one in (await read.read()).news if isinstance(one, Maintenance)]
        same = (await read.read()).news
        page.says(summary(a="operational"))
        gone = (await read.read()).news
    (work,) = works
    assert (work.id, work.stage, work.components) == ("m1", Stage.SCHEDULED, ("login",))
    assert (work.starts_at, work.ends_at) == (1_772_503_200.0, 1_772_510_400.0)
    assert same == ()
    assert [(one.stage, one.ends_at) for one in gone if isinstance(one, Maintenance)] == [
        (Stage.GONE, 1_772_510_400.0)
    ]
