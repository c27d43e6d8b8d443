"""The cookies of a run: which host's reach which other, as in a browser."""

import json
import subprocess
import sys
from itertools import count
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from lookout import always, anything, failed, look, only_step, settings, web_server
from yarl import URL

from probe.config.settings import Settings
from probe.model.clock import SYSTEM
from probe.model.outcome import Outcome
from probe.model.secret import MASK
from probe.observing.asking.cookies import MOST_NOTED, MOST_OF_A_HOST, Jar
from probe.observing.observer import Observer
from probe.observing.owners import is_public_suffix


def reaches(setter: str, domain: str, other: str, jar: aiohttp.CookieJar) -> bool:
    """Whether a cookie that `setter` sets for `domain` goes along to `other`."""
    jar.update_cookies_from_headers([f"sid=1; Domain={domain}"], URL(f"https://{setter}/"))
    return bool(jar.filter_cookies(URL(f"https://{other}/")))


SHARED = [
    ("app.example.com", "example.com", "login.example.com"),
    ("app.example.com", ".Example.COM", "login.example.com"),
    ("app.example.co.uk", "example.co.uk", "login.example.co.uk"),
    ("example.com", "example.com", "login.example.com"),
    ("me.github.io", "me.github.io", "www.me.github.io"),
    ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
    ("com", "com", "com"),
]
APART = [
    ("evil.com", "com", "victim.com"),
    ("evil.co.uk", "co.uk", "victim.co.uk"),
    ("evil.co.uk", ".CO.UK", "victim.co.uk"),
    ("evil.github.io", "github.io", "victim.github.io"),
    ("evil.xn--p1ai", "xn--p1ai", "victim.xn--p1ai"),
    ("evil.internal", "internal", "victim.internal"),
    ("github.io", "github.io", "victim.github.io"),
    ("evil.com", "victim.com", "victim.com"),
    ("example.com", "app.example.com", "app.example.com"),
    ("127.0.0.1", "0.0.1", "8.0.0.1"),
]


@pytest.mark.parametrize(("setter", "domain", "other"), SHARED)
async def test_hosts_of_one_owner_share_a_cookie(setter: str, domain: str, other: str) -> None:
    assert reaches(setter, domain, other, Jar())


@pytest.mark.parametrize(("setter", "domain", "other"), APART)
async def test_a_stranger_brings_no_cookie_to_another_host(
    setter: str, domain: str, other: str
) -> None:
    jar = Jar()
    assert not reaches(setter, domain, other, jar)
    assert not reaches(setter, domain, other, jar), "a second try fares no better"


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("http://127.0.0.1:8080/", True),
        ("http://127.8.8.8/", True),
        ("http://[::1]:8080/", True),
        ("http://localhost:8080/", True),
        ("http://id.localhost/", True),
        ("http://192.0.2.1/", False),
        ("http://id.example.com/", False),
        ("http://notlocalhost/", False),
        ("https://id.example.com/", True),
    ],
)
async def test_a_secure_cookie_goes_over_plain_http_to_this_machine_alone(
    address: str, *, sent: bool
) -> None:
    jar = Jar()
    jar.update_cookies_from_headers(["sid=1; Secure; SameSite=None"], URL(address))
    assert bool(jar.filter_cookies(URL(address))) is sent


async def test_aiohttps_own_jar_lets_a_stranger_bring_his_cookie() -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    assert reaches("evil.co.uk", "co.uk", "victim.co.uk", jar), "Jar is needed no longer"


async def test_a_stranger_on_the_way_of_a_login_brings_no_session_into_it() -> None:
    brought: dict[str, dict[str, str]] = {}

    async def answer(request: web.Request) -> web.StreamResponse:
        brought[request.host] = dict(request.cookies)
        if request.host == "evil.co.uk":
            moved = web.HTTPFound("http://app.victim.co.uk/")
            moved.headers.add("Set-Cookie", "session=evil; Domain=co.uk; Path=/")
            raise moved
        if request.host == "app.victim.co.uk":
            moved = web.HTTPFound("http://login.victim.co.uk/")
            moved.headers.add("Set-Cookie", "session=own; Domain=Victim.co.uk; Path=/")
            raise moved
        return web.Response()

    async with web_server(anything(answer)) as proxy:
        run = await look(
            "- {request: GET http://evil.co.uk/, follow: true}", keys=f"proxy: {proxy}"
        )
    assert run.outcome is Outcome.OK
    assert brought["app.victim.co.uk"] == {}
    assert brought["login.victim.co.uk"] == {"session": "own"}


def test_the_list_is_loaded_where_hosts_share_a_cookie_and_not_before() -> None:
    check = """
import asyncio, sys
from yarl import URL
from probe.observing.asking.cookies import Jar
async def visit(*hosts):
    jar = Jar()
    for url in [URL(f"https://{host}/") for host in hosts]:
        jar.filter_cookies(url)
        print("publicsuffixlist" in sys.modules)
        jar.update_cookies_from_headers(["a=1; Domain=example.com"], url)
asyncio.run(visit("api.example.com", "api.example.com", "example.com", "login.example.com"))
"""
    found = subprocess.run([sys.executable, "-c", check], check=True, capture_output=True)
    assert found.stdout.split() == [b"False", b"False", b"False", b"True"]


@pytest.mark.parametrize(
    ("deletion", "sent"),
    [
        ("Expires=Thu, 01 Jan 1970 00:00:00 GMT", ""),
        ("expires=Thu, 01-Jan-1970 00:00:00 GMT; Max-Age=", ""),
        ("Expires=Thu, 01 Jan 1970 00:00:01 GMT", ""),
        ("Expires=Fri, 31-Dec-1600 23:59:59 GMT", ""),
        ("Max-Age=0", ""),
        ("Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60", "sid="),
        ("Expires=0", "sid="),
        ("Expires=Thu, 01 Jan 2110 00:00:00 GMT", "sid="),
    ],
)
async def test_a_cookie_that_a_site_takes_back_is_sent_no_more(deletion: str, sent: str) -> None:
    async def answer(request: web.Request) -> web.Response:
        cookie = "sid=very-secret" if request.path == "/login" else f"sid=; {deletion}"
        text = request.headers.get("Cookie", "")
        return web.Response(headers={"Set-Cookie": f"{cookie}; Path=/"}, text=f"({text})")

    async with web_server(anything(answer)) as url:
        run = await look(f"""
            - request: GET {url}/login
            - request: GET {url}/logout
              expect: {{body: {{contains: (sid=very-secret)}}}}
            - request: GET {url}/
              expect: {{body: {{contains: ({sent})}}}}
            """)
    assert run.outcome is Outcome.OK, failed(run)


async def test_a_kept_jar_does_not_grow_with_the_domains_that_a_target_makes_up() -> None:
    jar, noted = Jar(), set[int]()
    for n in range(1000):
        host = f"a.b{n}.evil.co.uk"
        headers = [f"a=1; Domain={host[2:]}", f"b=1; Domain=x{n}.example", "sid=1; Domain=co.uk"]
        jar.update_cookies_from_headers(headers, URL(f"https://{host}/"))
        noted.add(len(jar._own))
    assert max(noted) <= MOST_NOTED
    assert not jar.filter_cookies(URL("https://victim.co.uk/"))


QUOTED = r'"{\"uid\": 7\054 \"role\": \"a\073b\"}"'
READ = '{"uid": 7, "role": "a;b"}'


@pytest.mark.parametrize(
    "value", [QUOTED, '"abc/def=="', '"', '""', '"a', "a=b==", "2|1:a", "a b", "{}", r"a\054b", ""]
)
async def test_a_cookie_is_sent_back_to_the_letter_as_it_was_set(value: str) -> None:
    sent: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        sent.append(request.headers.get("Cookie", ""))
        return web.Response(headers={"Set-Cookie": f"session={value}; Path=/; HttpOnly"})

    async with web_server(anything(answer)) as url:
        run = await look(f"[{{request: GET {url}/}}, {{request: GET {url}/}}]")
    assert run.outcome is Outcome.OK
    assert sent == ["", f"session={value}"]


async def test_a_variable_is_what_a_quoted_cookie_says() -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.query.get("session") == READ:
            return web.Response()
        return web.Response(status=403, headers={"Set-Cookie": f"session={QUOTED}; Path=/"})

    async with web_server(anything(answer)) as url:
        run = await look(f"""
            - request: GET {url}/
              expect: {{status: 403}}
              extract: {{session: {{cookie: session}}}}
            - request: GET {url}/
              query: {{session: "{{{{ session }}}}"}}
            """)
    assert run.outcome is Outcome.OK, failed(run)


@pytest.mark.parametrize("echoed", [QUOTED, QUOTED[1:-1], READ, json.dumps(READ), quote(QUOTED)])
async def test_a_quoted_cookie_is_masked_however_a_target_reads_it(echoed: str) -> None:
    page = always(text=f"({echoed})", headers={"Set-Cookie": f"session={QUOTED}; Path=/"})
    async with web_server(anything(page)) as url:
        run = await look(f"- {{request: GET {url}/, expect: {{status: 500}}}}")
    assert only_step(run).evidence.excerpt.replace('"', "") == f"({MASK})"


LOGIN_AND_USE = """
    - name: login
      plane: control
      steps: [{{request: GET {url}/login}}]
    - name: use
      plane: data
      session: login
      steps: [{{request: GET {url}/use}}]
    """


async def test_a_session_outlives_a_server_that_sets_another_cookie_with_each_answer() -> None:
    numbers = count()

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/login":
            return web.Response(headers={"Set-Cookie": "sid=1; Path=/"})
        if len(request.headers.get("Cookie", "")) > 8000:
            return web.Response(status=431)
        noise = f".AspNetCore.Correlation.{next(numbers):040d}=N; Path=/; Max-Age=900"
        status = 200 if request.cookies.get("sid") == "1" else 401
        return web.Response(status=status, headers={"Set-Cookie": noise})

    async with web_server(anything(answer)) as url:
        target = settings(LOGIN_AND_USE.format(url=url)).services[0]
        observer = Observer(Settings(services=(target,)), SYSTEM)
        runs = [await observer.observe(target, target.paths[1]) for _ in range(200)]
        await observer.close()
    assert {run.outcome for run in runs} == {Outcome.OK}
    assert {len(run.steps) for run in runs[1:]} == {1}, "one login is enough"


async def test_of_more_cookies_than_a_host_may_have_the_first_and_the_last_stay() -> None:
    jar, here = Jar(), URL("https://app.example.com/")
    for n in range(500):
        jar.update_cookies_from_headers([f"c{n}=1", "other=1; Domain=example.com"], here)
        jar.update_cookies_from_headers(["c0=2"], here)
        jar.filter_cookies(here)
    half = MOST_OF_A_HOST // 2
    kept = [f"c{n}" for n in (*range(half), *range(500 - half, 500))]
    assert sorted(jar.filter_cookies(here)) == sorted([*kept, "other"])


async def test_a_cookie_that_there_is_no_room_for_is_masked_all_the_same() -> None:
    values = [f"1-of-many-{n}" for n in range(120)]

    async def answer(request: web.Request) -> web.Response:
        first = int(request.query.get("first", 0))
        page = web.Response(text=" ".join(values[first : first + 40]))
        for n in range(first, first + 40):
            page.headers.add("Set-Cookie", f"c{n}={values[n]}; Path=/")
        return page

    async with web_server(anything(answer)) as url:
        run = await look(f"""
            - request: GET {url}/
            - request: GET {url}/?first=40
            - request: GET {url}/?first=80
              expect: {{status: 500}}
            """)
    assert set(run.steps[-1].evidence.excerpt.split()) == {MASK}


async def test_a_target_writes_nothing_into_our_log(caplog: pytest.LogCaptureFixture) -> None:
    names = [f"{name}=1" for name in ("\udcff", '"', "no name", "x" * 9000)]
    Jar().update_cookies_from_headers(names, URL("https://app.example.com/"))
    assert not caplog.records


@given(st.text(), st.text(min_size=1))
async def test_any_domain_is_survived(domain: str, host: str) -> None:
    assert is_public_suffix(domain) in {True, False}
    try:
        url = URL.build(scheme="https", host=host)
    except ValueError:
        return
    jar = Jar()
    jar.update_cookies_from_headers([f"a=1; Domain={domain}"], url)
    jar.filter_cookies(URL("https://app.example.com/"))
