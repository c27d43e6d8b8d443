"""Nothing that must not be shown is shown, in whatever form a target echoes it."""

import json
from base64 import b64encode, urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from html import escape
from itertools import count
from string import printable
from urllib.parse import quote, quote_plus

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st
from lookout import always, anything, failed, look, only_step, raw, service, web_server
from yarl import URL

from probe.config.service import Service
from probe.model.outcome import Outcome
from probe.model.secret import MASK, Secret
from probe.observing import masking
from probe.observing.masking import LONGEST, SHORTEST_SECRET, Masker, secrets_in
from probe.observing.secret_spellings import forms_of

SECRET = st.text(st.characters(codec="utf-8"), min_size=SHORTEST_SECRET, max_size=60).filter(
    lambda secret: "*" not in secret
)


@given(SECRET, st.text(max_size=20), st.text(max_size=20))
def test_no_form_of_a_secret_survives(secret: str, before: str, after: str) -> None:
    masker = Masker([secret])
    for form in (
        secret,
        quote(secret, safe=""),
        quote(secret, safe="").lower() if secret.isascii() and secret.islower() else quote(secret),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(json.dumps(secret))[3:-3],
        str(URL("http://host/").with_query({"q": secret})).partition("?q=")[2],
        escape(secret),
    ):
        assert secret not in masker.show(before + form + after, 10_000)
        assert form not in masker.hide(before + form + after)


@given(SECRET, st.text(max_size=20), st.text(max_size=20))
def test_no_secret_survives_in_small_or_in_capital_letters(
    secret: str, before: str, after: str
) -> None:
    small = "".join(c.lower() if len(c.lower()) == 1 else c for c in secret)
    capital = "".join(c.upper() if c.upper().lower() == c else c for c in small)
    for form in (small, capital):
        assert form not in Masker([secret]).hide(before + form + after)


async def test_a_secret_is_masked_in_whatever_case_a_target_echoes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROBE_TEST_USER", "Me.Probe@Example.com")
    monkeypatch.setenv("PROBE_TEST_KEY", "sk-live-AbCdEf12")
    page = always(
        status=500,
        text="no me.probe@example.com, NO ME.PROBE@EXAMPLE.COM, no me.probe%40Example.com",
        headers={"X-Request-Id": "SK-LIVE-ABCDEF12", "Server": "sk-live-abcdef12"},
    )
    async with web_server(anything(page)) as url:
        run = await look(f"""
            - request: POST {url}/
              headers: {{X-Api-Key: "${{env:PROBE_TEST_KEY}}"}}
              form: {{user: "${{env:PROBE_TEST_USER}}"}}
            """)
    evidence = only_step(run).evidence
    assert evidence.excerpt == "no ***, NO ***, no ***"
    assert dict(evidence.headers)["x-request-id"] == MASK
    assert dict(evidence.headers)["server"] == MASK


def test_letters_whose_case_is_odd_move_no_mask() -> None:
    assert Masker(["abcdef"]).hide("İİİ abcdef. ΔΣ") == "İİİ ***. ΔΣ"
    assert Masker(["ΓΔΣΓΔΣ"]).hide("γδσγδς ΓΔΣΓΔΣΓ") == "*** ***Γ"
    assert Masker(["İstanbul-1"]).hide("<İstanbul-1>") == "<***>"


@given(st.text(), st.integers(0, 300))
def test_what_is_shown_is_printable_and_bounded(text: str, limit: int) -> None:
    shown = Masker().show(text, limit)
    assert len(shown) <= limit
    assert shown.isprintable()


WRITTEN = {
    "Python": r"""a/b&c<d>e'f\"g=h+\u00e9""",
    "JavaScript": r"""a/b&c<d>e'f\"g=h+é""",
    "PHP": r"""a\/b&c<d>e'f\"g=h+\u00e9""",
    "PHP, its HTML": "a/b&amp;c&lt;d&gt;e&#039;f&quot;g=h+é",
    "PHP, JSON within JSON": r"""a\\\/b&c<d>e'f\\\"g=h+\\u00e9""",
    "Symfony": r"""a\/b\u0026c\u003Cd\u003Ee\u0027f\u0022g=h+\u00e9""",
    "Go": r"""a/b\u0026c\u003cd\u003ee'f\"g=h+é""",
    "Go, its HTML": "a/b&amp;c&lt;d&gt;e&#39;f&#34;g=h+é",
    "Jinja": r"""a/b\u0026c\u003cd\u003ee\u0027f\"g=h+\u00e9""",
    "Gson": r"""a/b\u0026c\u003cd\u003ee\u0027f\"g\u003dh+é""",
    ".NET": r"""a/b\u0026c\u003Cd\u003Ee\u0027f\u0022g=h\u002B\u00E9""",
    "Rails, its HTML": "a/b&amp;c&lt;d&gt;e&#39;f&quot;g=h+é",
    "XML": "a/b&amp;c&lt;d&gt;e&apos;f&quot;g=h+é",
    "a text within HTML": "a/b&amp;c&lt;d&gt;e'f\"g=h+é",
}
"""One secret as several languages write it."""


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
async def test_a_secret_is_masked_in_whatever_language_the_target_writes_it(
    monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv("PROBE_TEST_PASSWORD", "a/b&c<d>e'f\"g=h+é")
    page = always(status=500, text=f"no user with {written}.")
    async with web_server(anything(page)) as url:
        run = await look(f"""
            - request: POST {url}/
              form: {{password: "${{env:PROBE_TEST_PASSWORD}}"}}
            """)
    assert only_step(run).evidence.excerpt == "no user with ***."


@pytest.mark.parametrize("secret", ["k?>k?>k?>", "k?>k?>k?>k", "hunter22", "sk-ant_0.1~2"])
@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
def test_a_secret_is_masked_in_base64_with_and_without_padding(
    secret: str, encode: Callable[[bytes], bytes]
) -> None:
    encoded = encode(secret.encode()).decode()
    masker = Masker([secret])
    assert masker.hide(f"({encoded.rstrip('=')})") == "(***)"
    assert masker.hide(f"({encoded})").replace("=", "") == "(***)"


def test_a_token_has_few_forms_to_look_for_and_a_short_secret_hides_no_other_text() -> None:
    assert len(Masker(["sk-ant_0.1~2"])._beginnings) <= 3
    assert len(Masker(["k9#x&2b=Q7!z:w"])._beginnings) <= 20
    page = f"{printable} {printable.swapcase()} &amp; &lt; &gt; &quot; &#39; u0026 u003c MTIz"
    assert Masker(["<&'\"", "1!a&"]).hide(page) == page


def test_a_secret_at_the_cut_is_masked_before_it_is_cut() -> None:
    text = "x" * (LONGEST - 3) + "hunter22"
    assert Masker(["hunter22"]).show(text).endswith("x***")


def test_two_secrets_that_overlap_are_both_masked_to_their_ends() -> None:
    assert Masker(["abcdef", "defghijk"]).hide("<abcdefghijk>") == f"<{MASK}>"


@given(st.lists(st.integers(0, 60), min_size=1, max_size=60), st.integers(0, 60))
def test_no_part_of_a_secret_is_shown_wherever_a_long_text_is_cut(
    gaps: list[int], limit: int
) -> None:
    text = "".join("x" * gap + "01234567890123456789" for gap in gaps)
    shown = Masker(["01234567890123456789", "890123"]).show(text, limit)
    assert set(shown) <= set("x*")


def test_of_a_long_text_as_much_is_shown_as_of_a_short_one() -> None:
    text = "correct-horse " * 20 + "x" * 10**6
    assert Masker(["correct-horse"]).show(text) == ("*** " * 20 + "x" * LONGEST)[:LONGEST]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each text was written out in all of its forms."""
    written = Counter[str]()

    def counted(text: str) -> Iterator[str]:
        written[text] += 1
        return forms_of(text)

    monkeypatch.setattr(masking, "forms_of", counted)
    return written


def test_what_a_target_gives_answer_by_answer_is_written_out_once_where_it_is_shown(
    written: Counter[str],
) -> None:
    masker, seen = Masker(["hunter22"]), list[str]()
    for answer in range(5):
        seen += [f"{answer}-{number} is a cookie &<" for number in range(5)]
        masker = masker.also(seen)
    for _ in range(2):
        assert masker.show(f"{seen[0]}, {seen[-1]}, hunter22") == "***, ***, ***"
    assert [written[text] for text in seen] == [1, *[0] * 23, 1]
    assert [written[text[:12]] for text in seen] == [1] * 25


async def test_a_target_that_sets_long_odd_cookies_hop_by_hop_does_not_keep_the_loop_busy(
    written: Counter[str],
) -> None:
    hops = count()

    async def answer(_: web.Request) -> web.Response:
        hop = next(hops)
        moved = web.Response(status=302, headers={"Location": f"/{hop}"})
        for number in range(40):
            moved.headers.add("Set-Cookie", f"c{number}={hop}-{number}-{'é<&/' * 400}")
        return moved

    async with web_server(anything(answer)) as url:
        run = await look(f"- {{request: GET {url}/, follow: true, max_redirects: 3}}")
    assert failed(run)[0].name == "redirects"
    assert max(map(len, written)) < 20
    assert max(written.values()) <= 2, "no cookie is taken in more than once"


def test_what_a_target_gave_is_not_kept_by_the_masker_that_outlives_it() -> None:
    kept = Masker(["hunter22"])
    assert kept.also(["a cookie &<"]).show("hunter22 a cookie &<") == "*** ***"
    assert "a cookie &<" not in kept._written
    assert kept.show("a cookie &<") == "a cookie &<"


def test_of_secrets_that_begin_alike_none_is_shown() -> None:
    alike = [f"{'<' * 50}{number}{'é' * 500}" for number in range(50)]
    masker = Masker().also(alike)
    assert masker.show(f"it is {alike[7]}.", 10_000) == MASK, "too many to write them all out"
    assert Masker().also(alike[:5]).show(f"it is {alike[3]}.") == f"it is {MASK}."


def test_what_is_masked_behind_the_part_that_is_looked_at_takes_nothing_of_it() -> None:
    for gap in range(60):
        text = f"{'x' * gap}0123456789{'x' * 60}"
        assert Masker(["0123456789"]).show(text, 1) == ("x" if gap else "*")


def test_what_a_target_gave_is_masked_too_when_it_is_long_enough() -> None:
    masker = Masker().also(["abcdef", "ab"])
    assert masker.show("abcdef ab") == "*** ab"


def test_a_url_shows_no_user_no_values_and_no_fragment() -> None:
    url = URL("https://me:pw@example.com:8443/a b/hunter22?key=1&key=2&q=x#f")
    shown = Masker(["hunter22"]).show_url(url)
    assert shown == "https://example.com:8443/a b/***?key=***&q=***"
    assert Masker().show_url(URL("http://[::1]/x?y"), query=False) == "http://[::1]/x"


def configured(monkeypatch: pytest.MonkeyPatch, steps: str, **env: str) -> Service:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return service(steps)


def test_every_secret_of_a_configuration_is_known_with_its_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = configured(
        monkeypatch,
        """
        - request: "GET https://api.example.com/v1/${env:K1}?key=${env:K2}"
          headers: {Authorization: "Bearer ${env:K3}"}
          basic: {user: me, password: "${env:K4}"}
          expect: {body: {contains: "${env:K5}"}}
        - request: POST https://api.example.com/
          json: {a: [{b: "${env:K6}"}]}
        - request: POST https://api.example.com/
          body: '{"username": "me", "password": "${env:K7}"}'
        """,
        **{f"K{i}": f"secret-number-{i}" for i in range(1, 8)},
    )
    known = set(secrets_in(target))
    assert {f"secret-number-{i}" for i in range(1, 8)} <= known
    assert b64encode(b"me:secret-number-4").decode() in known
    assert not {"https", "api.example.com", "v1", "Bearer", "username", "password"} & known


@pytest.mark.parametrize(
    ("step", "value"),
    [
        ("""{request: POST http://h.invalid/, body: '{"key":"${env:K}"}'}""", "k9#x&2b=Q7!z:w"),
        ("{request: POST http://h.invalid/, body: '<pw>${env:K}</pw>'}", "a<b>c"),
        ("{request: GET http://h.invalid/, headers: {X-Key: 'v1.${env:K}'}}", "KEYKEY12"),
        ("{request: GET http://h.invalid/, query: {k: 'x-${env:K}'}}", "KEYKEY12"),
        ("{request: POST http://h.invalid/, form: {pw: '${env:K}${env:PIN}'}}", "word"),
        ("{request: 'GET http://h.invalid/bot${env:K}/x'}", "123456:AAbbCC"),
        ("{request: 'GET http://h.invalid/hook/${env:K}'}", "Zx81q7"),
        ("{request: 'GET http://${env:K}.localhost/'}", "tenant-7"),
    ],
)
def test_a_secret_within_a_longer_text_is_known_by_itself(
    monkeypatch: pytest.MonkeyPatch, step: str, value: str
) -> None:
    target = configured(monkeypatch, f"- {step}", K=value, PIN="1234")
    assert Masker(secrets_in(target)).hide(f"it said {value}.") == f"it said {MASK}."


def test_of_a_request_that_is_one_secret_the_path_and_the_values_are_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    request = "GET https://h.example.com/hunter22/?key=k-33"
    masker = Masker(secrets_in(configured(monkeypatch, "- request: '${env:K}'", K=request)))
    assert masker.hide("h.example.com got hunter22, k-33") == f"h.example.com got {MASK}, {MASK}"


def test_a_host_that_comes_from_the_environment_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for place, host in (
        ("${env:K}", "https://h.example.com"),
        ("https://${env:K}", "h.local:80"),
        ("https://${env:K}.example.com", "prod"),
        ("https://h.example.com:${env:K}", "8080"),
    ):
        target = configured(monkeypatch, f"- request: 'GET {place}/login'", K=host)
        assert Masker(secrets_in(target)).hide(f"{host}/login") == f"{host}/login"


@pytest.mark.parametrize(
    ("address", "hosts", "hidden"),
    [
        (
            "json://probe-user:p%40ss@127.0.0.1:8080/hunter22",
            ["127.0.0.1:8080"],
            ["probe-user", "p%40ss", "p@ss", "hunter22"],
        ),
        ("json://receiver:8080/hook/hunter22", ["receiver:8080", "hook"], ["hunter22"]),
        ("https://[::1]:9000/hunter22?key=hunter33", ["[::1]:9000"], ["hunter22", "hunter33"]),
        ("mailtos://me:pass@smtp.example.com", ["smtp.example.com", "mailtos"], ["pass"]),
        ("tgram://123456789:AAE_token/98765432", ["tgram"], ["123456789", "AAE_token"]),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnl", ["slack"], ["T1JJ3T3L2", "TIiajkdnl"]),
        ("line://eyJhbGci.eyJzdWIi.SflKxwRJ2QT4", ["line"], ["eyJhbGci.eyJzdWIi.SflKxwRJ2QT4"]),
        ("json://[unclosed/hunter22", ["json"], ["hunter22"]),
    ],
)
def test_of_an_address_that_is_secret_what_opens_it_is_masked_and_not_its_host(
    address: str, hosts: list[str], hidden: list[str]
) -> None:
    masker = Masker(secrets_in([Secret(address)]))
    for host in hosts:
        assert masker.hide(f"cannot connect to //{host}/v1") == f"cannot connect to //{host}/v1"
    for form in (address, b64encode(address.encode()).decode()):
        assert form not in masker.hide(f"at {form}.")
    for text in hidden:
        assert masker.hide(f"got {text} back") == f"got {MASK} back"


token = st.text(st.sampled_from("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789_-"), min_size=8, max_size=30)


@given(token, token, token, st.integers(1, 65535))
def test_no_part_of_a_secret_address_but_its_host_survives(
    user: str, password: str, path: str, port: int
) -> None:
    address = f"json://{user}:{password}@relay.example.com:{port}/{path}?key={path}"
    masker = Masker(secrets_in([Secret(address)]))
    for part in (user, password, path):
        assert part not in masker.hide(f"{part}, {address}, ({part})")
    assert masker.hide("relay.example.com") == "relay.example.com"


ECHOED = st.text(
    st.characters(min_codepoint=33, max_codepoint=126), min_size=6, max_size=20
).filter(
    lambda secret: not set(secret) & set("*${}") and secret not in "Content-Type application/json"
)


@settings(max_examples=20)
@given(ECHOED)
async def test_no_secret_is_in_a_run_whatever_the_target_echoes(secret: str) -> None:
    async def echo(request: web.Request) -> web.Response:
        text = f"{request.headers['X-Key']} {request.raw_path} {await request.text()}"
        headers = {"Server": request.headers["X-Key"], "Location": f"/?{request.query_string}"}
        return web.Response(status=500, text=text, headers=headers)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("PROBE_TEST_ECHO", secret)
        async with web_server(anything(echo)) as url:
            run = await look(f"""
                - request: POST {url}/
                  query: {{q: "${{env:PROBE_TEST_ECHO}}"}}
                  headers: {{X-Key: "${{env:PROBE_TEST_ECHO}}"}}
                  form: {{password: "${{env:PROBE_TEST_ECHO}}"}}
                """)
    evidence = only_step(run).evidence
    assert secret not in evidence.excerpt
    assert secret not in dict(evidence.headers)["server"]
    assert secret not in evidence.url


async def test_evidence_is_bounded_escaped_and_without_cookies() -> None:
    headers = {
        "Set-Cookie": "session=very-secret; Path=/",
        "X-Other": "not kept",
        "Server": "s" * 500,
        "Location": "https://u:p@example.com/next?code=1234",
        "Request-Id": "req_1",
    }
    body = "\x1b[31mred\x00 very-secret " + "x" * 1000
    async with web_server(anything(always(status=500, headers=headers, text=body))) as url:
        run = await look(f"- request: GET {url}/")
    evidence = only_step(run).evidence
    kept = dict(evidence.headers)
    assert kept["set-cookie"] == "session=***; Path=/"
    assert kept["location"] == "https://example.com/next?code=***"
    assert (len(kept["server"]), kept["request-id"]) == (200, "req_1")
    assert "x-other" not in kept
    assert len(evidence.excerpt) == 500
    assert evidence.excerpt.startswith("\\x1b[31mred\\x00 *** xxx")
    assert evidence.http_version == "1.1"


async def test_a_success_keeps_no_excerpt() -> None:
    async with web_server(anything(always(text="fine"))) as url:
        run = await look(f"- request: GET {url}/")
    assert (only_step(run).evidence.excerpt, only_step(run).evidence.status) == ("", 200)


async def test_an_extracted_variable_is_masked_where_it_comes_back() -> None:
    async with web_server(anything(always(text="token=abcdef123", status=200))) as url:
        run = await look(f"""
            - request: GET {url}/
              extract: {{t: {{regex: "token=(.*)"}}}}
            - request: GET {url}/{{{{ t }}}}
              expect: {{status: 201}}
            """)
    assert "abcdef123" not in repr(run)
    assert run.steps[1].evidence.excerpt == "token=***"


async def test_a_token_that_came_with_another_status_is_masked_too() -> None:
    async with web_server(anything(always(status=201, text='{"token": "AT-very-long"}'))) as url:
        run = await look(f"""
            - request: POST {url}/token
              extract: {{token: {{json: token}}}}
              expect: {{status: 200}}
            """)
    assert only_step(run).evidence.excerpt == f'{{"token": "{MASK}"}}'


async def test_of_an_address_that_was_extracted_what_opens_it_is_masked() -> None:
    async def answer(request: web.Request) -> web.Response:
        here = f"http://{request.host}"
        return web.Response(text=f'{{"link": "{here}/m/MAGIC-123/?next=/"}}')

    async with web_server(anything(answer)) as url:
        run = await look(f"""
            - {{request: GET {url}/, extract: {{link: {{json: link}}}}}}
            - {{request: "GET {{{{ link }}}}", expect: {{status: 404}}}}
            """)
    assert "MAGIC-123" not in run.steps[1].evidence.url
    assert "MAGIC-123" not in run.steps[1].hops[0].url


def test_of_what_a_target_gave_also_its_meaning_is_a_secret_and_no_word_of_its_address() -> None:
    assert "MAGIC/123" in masking.given("MAGIC%2F123")
    found = set(masking.given("https://h.example.com/activation/MAGIC-123?next=welcome"))
    assert "MAGIC-123" in found
    assert not {"activation", "welcome"} & found


async def test_what_an_answer_calls_a_secret_is_not_shown_though_nobody_asked_for_it() -> None:
    body = '{"accessToken": "AT-\\"very\\"-long", "token_type": "Bearer", "user": "me"}'
    async with web_server(anything(always(text=body))) as url:
        run = await look(f"- request: GET {url}/\n  expect: {{json: {{user: you}}}}")
    shown = only_step(run).evidence.excerpt
    assert shown == f'{{"accessToken": "{MASK}", "token_type": "Bearer", "user": "me"}}'


async def test_a_cookie_in_a_header_that_is_none_is_not_quoted() -> None:
    head = b"HTTP/1.1 200 OK\r\nSet-Cookie : session=SECRETVALUE; Path=/\r\n\r\n"
    async with raw(head) as server:
        run = await look(f"- request: GET http://127.0.0.1:{server.port}/")
    assert run.outcome is Outcome.PROTOCOL_ERROR
    assert "SECRETVALUE" not in only_step(run).evidence.error
    assert "nvalid header" in only_step(run).evidence.error


async def test_an_error_text_is_masked_and_bounded() -> None:
    async with raw(b"sk-standin-0001 is not HTTP" + b"x" * 900 + b"\r\n\r\n") as server:
        run = await look(f"""
            - request: GET http://127.0.0.1:{server.port}/
              headers: {{x-api-key: "${{env:PROBE_TEST_KEY}}"}}
            """)
    error = only_step(run).evidence.error
    assert "***" in error
    assert "sk-standin" not in error
    assert len(error) <= 300
