"""Redirects: not followed, followed, refused; and what does not go along."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from lookout import always, anything, failed, look, only_step, raw, web_server

from probe.model.outcome import Outcome, Phase


def to(place: str, status: int = 302) -> web.Response:
    return web.Response(status=status, headers={"Location": place})


def redirect(place: str, status: int = 302) -> web.RouteDef:
    async def handle(_: web.Request) -> web.Response:
        return to(place, status)

    return web.route("*", "/", handle)


class Target:
    """A server that notes what reaches it."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], str]] = []
        self.url = ""

    async def note(self, request: web.Request) -> web.Response:
        headers = {key.lower(): value for key, value in request.headers.items()}
        self.requests.append((request.method, headers, await request.text()))
        return web.Response(text="here")


@pytest.fixture
async def target() -> AsyncIterator[Target]:
    target = Target()
    async with web_server(anything(target.note)) as target.url:
        yield target


async def test_a_redirect_is_not_followed_unless_told_to() -> None:
    async with web_server(redirect("/maintenance"), anything(always())) as url:
        run = await look(f"- request: GET {url}/")
    assert run.outcome is Outcome.UNEXPECTED_STATUS
    assert ("location", "/maintenance") in only_step(run).evidence.headers
    assert len(only_step(run).hops) == 1


async def test_each_hop_is_recorded_with_its_own_phases() -> None:
    async with web_server(redirect("/next?token=1"), anything(always(text="here"))) as url:
        steps = f"- request: GET {url}/\n  follow: true\n  expect: {{url: {{contains: /next}}}}"
        run = await look(steps)
    step = only_step(run)
    assert run.outcome is Outcome.OK, failed(run)
    assert [(hop.url, hop.status) for hop in step.hops] == [(f"{url}/", 302), (f"{url}/next", 200)]
    assert Phase.CONNECT in step.hops[0].phases
    assert Phase.CONNECT not in step.hops[1].phases
    total = sum(hop.phases[Phase.PROCESSING] for hop in step.hops)
    assert step.phases[Phase.PROCESSING] == pytest.approx(total)
    assert step.evidence.url == f"{url}/next?token=***"


@pytest.mark.parametrize(
    ("method", "status", "expected"),
    [
        ("POST", 301, ("GET", "")),
        ("POST", 302, ("GET", "")),
        ("POST", 303, ("GET", "")),
        ("PUT", 303, ("GET", "")),
        ("PUT", 302, ("PUT", "body")),
        ("POST", 307, ("POST", "body")),
        ("POST", 308, ("POST", "body")),
    ],
)
async def test_the_method_after_a_redirect_is_as_the_standard_has_it(
    target: Target, method: str, status: int, expected: tuple[str, str]
) -> None:
    async with web_server(redirect(target.url, status)) as url:
        run = await look(f"- request: {method} {url}/\n  body: body\n  follow: true")
    assert run.outcome is Outcome.OK
    ((seen, _, body),) = target.requests
    assert (seen, body) == expected


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_no_credential_goes_along_to_another_port_or_host(target: Target, host: str) -> None:
    async with web_server(redirect(target.url.replace("127.0.0.1", host), 307)) as url:
        run = await look(f"""
            - request: POST {url}/
              follow: true
              bearer: token
              headers:
                x-api-key: "${{env:PROBE_TEST_KEY}}"
                cookie: "a=b"
                api-key: in plain text
                x-plain: "kept"
              form: {{password: "${{env:PROBE_TEST_PASSWORD}}"}}
            """)
    assert run.outcome is Outcome.OK
    ((_, headers, body),) = target.requests
    assert headers["x-plain"] == "kept"
    assert not {"authorization", "x-api-key", "api-key", "cookie"} & headers.keys()
    assert body == ""


async def test_what_came_from_an_answer_does_not_go_along_either(target: Target) -> None:
    async def first(_: web.Request) -> web.Response:
        return web.Response(headers={"X-Token": "abcdef"})

    async with web_server(web.get("/token", first), redirect(target.url, 307)) as url:
        await look(f"""
            - request: GET {url}/token
              extract: {{token: {{header: X-Token}}}}
            - request: POST {url}/
              follow: true
              headers: {{x-token: "{{{{ token }}}}"}}
              json: {{deep: ["{{{{ token }}}}"]}}
            """)
    ((_, headers, body),) = target.requests
    assert "x-token" not in headers
    assert body == ""


async def test_the_name_of_a_host_is_told_to_no_other(target: Target) -> None:
    async with web_server(redirect(f"{target.url}/there", 302)) as url:
        await look(f"""
            - request: GET {url}/
              follow: true
              headers: {{hOST: app.example.com}}
            """)
    ((_, headers, _),) = target.requests
    assert headers["host"] == target.url.removeprefix("http://")


async def test_on_the_same_host_everything_goes_along() -> None:
    target = Target()
    async with web_server(redirect("/next", 307), anything(target.note)) as url:
        await look(f"""
            - request: POST {url}/
              follow: true
              basic: {{user: me, password: "${{env:PROBE_TEST_PASSWORD}}"}}
              headers: {{Host: app.example.com}}
              body: "${{env:PROBE_TEST_KEY}}"
            """)
    ((_, headers, body),) = target.requests
    assert headers["authorization"].startswith("Basic ")
    assert headers["host"] == "app.example.com"
    assert body == "sk-standin-0001"


async def test_a_refusal_by_another_host_is_not_our_credentials_fault() -> None:
    async with (
        web_server(anything(always(status=401))) as other,
        web_server(redirect(other, 307)) as url,
    ):
        run = await look(f"- request: GET {url}/\n  bearer: token\n  follow: true")
    assert run.outcome is Outcome.UNEXPECTED_STATUS


async def test_an_endless_redirect_is_bad_content() -> None:
    async with web_server(redirect("/")) as url:
        run = await look(f"- request: GET {url}/\n  follow: true\n  max_redirects: 3")
    (check,) = failed(run)
    assert (run.outcome, check.name) == (Outcome.BAD_CONTENT, "redirects")
    assert (check.expected, len(only_step(run).hops)) == ("at most 3", 4)


@pytest.mark.parametrize(
    "place", ["file:///etc/passwd", "ftp://example.com/", "javascript:1", "http://[", "https:/x"]
)
async def test_a_redirect_to_no_web_address_is_bad_content(place: str) -> None:
    async with web_server(redirect(place)) as url:
        run = await look(f"- request: GET {url}/\n  follow: true")
    (check,) = failed(run)
    assert (run.outcome, check.name) == (Outcome.BAD_CONTENT, "redirect")


async def test_a_foreign_text_in_a_check_is_masked_and_cut() -> None:
    secret = "correct-horse"
    async with web_server(redirect(f"{secret}{'a' * 7000}:")) as url:
        run = await look(f"""
            - request: GET {url}/
              follow: true
              headers: {{x-password: "${{env:PROBE_TEST_PASSWORD}}"}}
            """)
    (check,) = failed(run)
    assert secret not in check.actual
    assert len(check.actual) == 200


def places(base: str) -> list[tuple[str, str]]:
    """What a redirect from /saml/%C3%BC/in?a=1 says, and what must be asked for."""
    signed = "SigAlg=http%3A%2F%2Fwww.w3.org%2Frsa-sha256&Signature=a%2Bb%3d%27%20*"
    return [
        (f"{base}/a%3Ab%27?{signed}", f"/a%3Ab%27?{signed}"),
        (f"{base.replace('http', 'HTTP')}?{signed}", f"/?{signed}"),
        (f"//{base.partition('//')[2]}//a?{signed}#{signed}", f"//a?{signed}"),
        (f"/a?{signed}", f"/a?{signed}"),
        (f"?{signed}", f"/saml/%C3%BC/in?{signed}"),
        (f"out?{signed}", f"/saml/%C3%BC/out?{signed}"),
        (f"../x/./a:b?{signed}", f"/saml/x/a:b?{signed}"),
        (f"{base}/x/../a?b=%41", "/a?b=%41"),
        ("/a b?c=ü|%41", "/a%20b?c=%C3%BC%7CA"),
        ("/a?b=100%&c=%2F", "/a?b=100%25&c=/"),
        ("", "/saml/%C3%BC/in?a=1"),
    ]


@pytest.mark.parametrize("number", range(11))
async def test_a_redirect_is_followed_in_its_own_octets_which_may_be_signed(number: int) -> None:
    async with raw(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n") as server:
        base = f"http://127.0.0.1:{server.port}"
        place, asked = places(base)[number]
        server.parts = [*server.parts, f"Location: {place}\r\n\r\n".encode()]
        await look(f"""
            - request: GET {base}/saml/%C3%BC/in?a=1
              follow: true
              max_redirects: 1
            """)
    assert server.requests[1].split()[1].decode() == asked


async def test_a_redirect_without_a_place_is_an_answer_like_any_other() -> None:
    async with web_server(anything(always(status=302))) as url:
        run = await look(f"- request: GET {url}/\n  follow: true")
    assert run.outcome is Outcome.UNEXPECTED_STATUS


async def test_a_place_that_comes_with_another_status_leads_nowhere() -> None:
    async with web_server(redirect("/created", 201), anything(always())) as url:
        run = await look(f"- request: GET {url}/\n  follow: true\n  expect: {{status: 201}}")
    assert run.outcome is Outcome.OK, failed(run)
    assert len(only_step(run).hops) == 1


async def test_a_redirect_to_a_dead_host_names_the_phase_there() -> None:
    async with web_server(redirect("http://no-such-name.invalid/")) as url:
        run = await look(f"- request: GET {url}/\n  follow: true")
    assert (run.outcome, run.failed_phase) == (Outcome.DNS_FAILURE, Phase.RESOLVE)
    assert [hop.status for hop in only_step(run).hops] == [302, None]
