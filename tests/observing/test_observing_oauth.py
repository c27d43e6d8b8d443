"""OAuth as one step: the requests it stands for, and what each of their failures is called."""

import base64
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from identity import KEY, Identity, identity
from lookout import Handler, always, failed, look, service, settings

from probe.config.settings import Settings
from probe.model.clock import SYSTEM
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.observing.observer import Observer

CODE = """
- name: token
  oauth:
    issuer: {url}
    grant: authorization_code
    client_id: monitor
    redirect_uri: http://localhost:1/callback
    scope: openid
    login: {{form: {{username: me, password: "${{env:PROBE_TEST_PASSWORD}}"}}}}
- request: GET {url}/me
  bearer: "{{{{ access_token }}}}"
"""
CLIENT = """
- name: token
  oauth:
    issuer: {url}
    grant: client_credentials
    client_id: "me:too"
    client_secret: "${{env:PROBE_TEST_PASSWORD}}"
    {more}
"""


@pytest.fixture
async def provider() -> AsyncIterator[Identity]:
    async with identity() as provider:
        provider.instead["/me"] = always()
        yield provider


async def sign_in(provider: Identity) -> Run:
    return await look(CODE.format(url=provider.url))


async def as_client(provider: Identity, more: str = "") -> Run:
    return await look(CLIENT.format(url=provider.url, more=more))


def redirect(location: str) -> Handler:
    return always(status=302, headers={"Location": location})


async def test_a_code_flow_is_a_run_of_ordinary_steps(provider: Identity) -> None:
    run = await sign_in(provider)
    assert run.outcome is Outcome.OK, failed(run)
    ways = ["token/discovery", "token/keys", "token/authorize", "token/login"]
    assert [step.name for step in run.steps] == [*ways, "token", "step7"]
    assert provider.asked[-1][2].headers["Authorization"] == "Bearer access-1"


async def test_an_id_token_holds_whatever_the_number_of_keys_that_its_provider_has(
    provider: Identity,
) -> None:
    others = [
        {"kty": "RSA", "kid": f"k{i}", "use": "sig", "alg": "RS256", "n": "A" * 342, "e": "AQAB"}
        for i in range(100)
    ]
    keys = [*({**each, "x5c": ["B" * 1500]} for each in others), KEY.as_dict(private=False)]
    provider.instead["/keys"] = always(text=json.dumps({"keys": keys}))
    run = await sign_in(provider)
    assert run.outcome is Outcome.OK, failed(run)


async def test_the_login_form_carries_its_hidden_fields_and_says_where_it_stood(
    provider: Identity,
) -> None:
    await sign_in(provider)
    _, form, request = next(asked for asked in provider.asked if asked[0] == "/login")
    expected = {"csrf": "{{ access_token }}&+", "username": "me", "password": "correct-horse"}
    assert form == expected
    assert request.headers["Referer"].startswith(f"{provider.url}/authorize")
    assert request.headers["Origin"] == provider.url


async def test_state_nonce_and_verifier_are_new_in_every_run(provider: Identity) -> None:
    await sign_in(provider)
    await sign_in(provider)
    first, second = (request for path, _, request in provider.asked if path == "/authorize")
    for name in ("state", "nonce", "code_challenge"):
        assert first.query[name] != second.query[name]
    assert first.query["code_challenge_method"] == "S256"


async def test_a_callback_is_never_asked_for(provider: Identity) -> None:
    run = await sign_in(provider)  # nothing listens at the callback's port
    login = next(step for step in run.steps if step.name == "token/login")
    assert [hop.status for hop in login.hops] == [302]


@pytest.mark.parametrize(
    "written", ["call%3Aback%C3%BC", "call%3aback%c3%bc", "call:back%C3%BC", "call:backü"]
)
async def test_a_callback_is_known_however_its_escapes_are_written(
    provider: Identity, written: str
) -> None:
    provider.instead["/login"] = redirect(f"http://localhost:1/{written}?error=access_denied")
    steps = CODE.format(url=provider.url).replace("1/callback", "1/call%3Aback%C3%BC")
    run = await look(steps)
    assert (run.outcome, run.failed_step) == (Outcome.UNAUTHORIZED, "token/login")


async def test_a_redirect_that_answers_another_request_is_content_we_cannot_use(
    provider: Identity,
) -> None:
    provider.instead["/login"] = redirect("http://localhost:1/callback?code=c&state=theirs")
    run = await sign_in(provider)
    assert (run.outcome, run.failed_step) == (Outcome.BAD_CONTENT, "token/login")
    assert [check.expected for check in failed(run)] == ["the state that was sent"]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        ("access_denied", Outcome.UNAUTHORIZED),
        ("server_error", Outcome.SERVER_ERROR),
        ("temporarily_unavailable", Outcome.OVERLOADED),
        ("invalid_scope", Outcome.BAD_CONTENT),
    ],
)
async def test_an_error_in_the_redirect_is_told(
    provider: Identity, error: str, outcome: Outcome
) -> None:
    location = f"http://localhost:1/callback?error={error}&error_description=no+correct-horse"
    provider.instead["/authorize"] = redirect(location)
    run = await sign_in(provider)
    assert (run.outcome, run.failed_step) == (outcome, "token/authorize")
    assert [check.actual for check in failed(run)] == [f"{error}: no ***"]


async def test_a_wrong_password_shows_the_form_again_and_is_a_refusal(
    provider: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBE_TEST_PASSWORD", "wrong-horse")
    run = await sign_in(provider)
    assert (run.outcome, run.failed_step) == (Outcome.UNAUTHORIZED, "token/login")


async def test_a_login_page_without_its_form_is_bad_content(provider: Identity) -> None:
    provider.instead["/authorize"] = always(text="This isn't working right now")
    run = await sign_in(provider)
    assert (run.outcome, run.failed_step) == (Outcome.BAD_CONTENT, "token/login")
    assert [check.expected for check in failed(run)] == ["a form form"]


async def test_a_form_that_goes_elsewhere_gets_no_password(provider: Identity) -> None:
    async with identity() as stranger:
        form = f'<form method=POST action="{stranger.url}/login"><input name=password></form>'
        provider.instead["/authorize"] = always(text=form, content_type="text/html")
        run = await sign_in(provider)
    assert (run.outcome, run.failed_step) == (Outcome.BAD_CONTENT, "token/login")
    assert stranger.asked == []
    assert stranger.url in failed(run)[0].actual


async def test_a_login_form_on_another_host_gets_no_password(provider: Identity) -> None:
    async with identity() as stranger:
        provider.instead["/authorize"] = redirect(f"{stranger.url}/authorize")
        run = await sign_in(provider)
    assert (run.outcome, run.failed_step) == (Outcome.BAD_CONTENT, "token/authorize")
    assert [path for path, _, _ in stranger.asked] == ["/authorize"]


@pytest.mark.parametrize("target", ["file:///etc/passwd", "javascript:alert(1)", "//", "http://"])
async def test_a_redirect_to_no_web_address_is_not_followed(
    provider: Identity, target: str
) -> None:
    provider.instead["/authorize"] = redirect(target)
    run = await sign_in(provider)
    assert (run.outcome, run.failed_step) == (Outcome.BAD_CONTENT, "token/authorize")


async def test_a_client_says_who_it_is_by_basic_authentication_form_encoded(
    provider: Identity,
) -> None:
    run = await as_client(provider, "scope: read")
    assert run.outcome is Outcome.OK
    _, form, request = provider.asked[-1]
    assert form == {"grant_type": "client_credentials", "scope": "read"}
    token = request.headers["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(token) == b"me%3Atoo:correct-horse"


async def test_parameters_that_a_provider_wants_beside_the_standard_ones_go_to_its_token_endpoint(
    provider: Identity,
) -> None:
    run = await as_client(provider, "parameters: {audience: 'https://api.example.com/?a&b'}")
    assert run.outcome is Outcome.OK
    audience = {"audience": "https://api.example.com/?a&b"}
    assert provider.forms("/token") == [{"grant_type": "client_credentials", **audience}]


async def test_parameters_that_a_provider_wants_go_to_every_endpoint_of_the_code_flow(
    provider: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBE_TEST_KEY", "urn:mfa &more")
    wanted = 'scope: openid\n    parameters: {{acr_values: "${{env:PROBE_TEST_KEY}}"}}'
    steps = CODE.replace("scope: openid", wanted).format(url=provider.url)
    run = await look(steps)
    assert run.outcome is Outcome.OK, failed(run)
    (way,) = (request.query for path, _, request in provider.asked if path == "/authorize")
    (token,) = provider.forms("/token")
    assert way["acr_values"] == token["acr_values"] == "urn:mfa &more"
    (renewal,) = (step for step in service(steps).paths[0].steps if step.renew)
    assert "acr_values" in (renewal.form or {})


async def test_a_client_may_say_who_it_is_in_the_form(provider: Identity) -> None:
    await as_client(provider, "client_auth: post")
    _, form, request = provider.asked[-1]
    assert (form["client_id"], form["client_secret"]) == ("me:too", "correct-horse")
    assert "Authorization" not in request.headers


async def test_an_issuer_that_calls_itself_otherwise_is_bad_content(provider: Identity) -> None:
    run = await look(CLIENT.format(url=provider.url + "/", more=""))
    assert (run.outcome, run.failed_step) == (Outcome.BAD_CONTENT, "token/discovery")
    assert [check.name for check in failed(run)] == ["json issuer"]


def elsewhere(provider: Identity) -> Handler:
    names = ("authorization_endpoint", "token_endpoint")
    return always(
        body=f'{{"issuer": "{provider.url}", '
        + ", ".join(f'"{name}": "http://127.0.0.1.example:9/{name}"' for name in names)
        + "}",
        content_type="application/json",
    )


async def test_endpoints_at_another_origin_are_a_failed_check_that_names_them(
    provider: Identity,
) -> None:
    provider.instead["/.well-known/openid-configuration"] = elsewhere(provider)
    run = await as_client(provider)
    assert (run.outcome, run.failed_step) == (Outcome.BAD_CONTENT, "token/discovery")
    assert "http://127.0.0.1.example:9/token_endpoint" in failed(run)[0].actual
    assert len(provider.asked) == 1


async def test_endpoints_at_an_allowed_host_are_used(provider: Identity) -> None:
    provider.instead["/.well-known/openid-configuration"] = elsewhere(provider)
    run = await as_client(provider, 'allow_hosts: ["127.0.0.1.example:9"]')
    assert (run.outcome, run.failed_step) == (Outcome.DNS_FAILURE, "token")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"status": 500}, Outcome.SERVER_ERROR),
        ({"status": 503, "text": "upstream connect error"}, Outcome.SERVER_ERROR),
        ({"text": "<html>Sign in</html>", "content_type": "text/html"}, Outcome.BAD_CONTENT),
        ({"text": "{}", "content_type": "application/json"}, Outcome.BAD_CONTENT),
        ({"status": 429}, Outcome.THROTTLED),
        ({"status": 401, "text": '{"error": "invalid_client"}'}, Outcome.UNAUTHORIZED),
        ({"status": 400, "text": '{"error": "invalid_client"}'}, Outcome.UNAUTHORIZED),
        ({"status": 400, "text": '{"error": "invalid_grant"}'}, Outcome.UNAUTHORIZED),
        ({"status": 400, "text": '{"error": "invalid_scope"}'}, Outcome.UNEXPECTED_STATUS),
        ({"status": 302, "headers": {"Location": "/"}}, Outcome.UNEXPECTED_STATUS),
    ],
)
async def test_a_failing_token_endpoint_is_called_what_it_is(
    provider: Identity, answer: dict[str, object], outcome: Outcome
) -> None:
    provider.instead["/token"] = always(**answer)
    run = await as_client(provider)
    assert (run.outcome, run.failed_step) == (outcome, "token")


async def test_the_error_of_a_token_endpoint_is_shown_masked(provider: Identity) -> None:
    words = '{"error": "invalid_client", "error_description": "correct-horse is wrong"}'
    provider.instead["/token"] = always(status=401, text=words)
    run = await as_client(provider)
    assert run.deciding_step is not None
    assert '"error_description": "*** is wrong"' in run.deciding_step.evidence.excerpt


async def test_no_token_is_anywhere_in_a_run(provider: Identity) -> None:
    provider.instead["/me"] = always(status=500, text="access-1 refresh-1 correct-horse")
    run = await sign_in(provider)
    shown = repr(run)
    assert run.outcome is Outcome.SERVER_ERROR
    for secret in ("access-1", "refresh-1", "correct-horse"):
        assert secret not in shown


async def test_a_refresh_token_is_spent_at_an_endpoint_given_by_hand(provider: Identity) -> None:
    run = await look(f"""
        - name: token
          oauth:
            token_url: {provider.url}/token
            grant: refresh_token
            client_id: public
            refresh_token: "${{env:PROBE_TEST_PASSWORD}}"
        """)
    assert run.outcome is Outcome.OK
    wanted = {"client_id": "public", "refresh_token": "correct-horse"}
    assert provider.forms("/token") == [{"grant_type": "refresh_token", **wanted}]


KEPT = """
- name: login
  plane: control
  steps:
    - name: token
      oauth:
        issuer: {url}
        grant: authorization_code
        client_id: monitor
        redirect_uri: http://localhost:1/callback
        login: {{form: {{username: me, password: correct-horse}}}}
- name: usage
  plane: control
  session: login
  steps: [{{request: GET {url}/me, bearer: "{{{{ access_token }}}}"}}]
"""


class Visits:
    """Runs of one observer, at whatever time it is."""

    def __init__(self, provider: Identity, paths: str = KEPT) -> None:
        self.now = 1_772_449_200.0
        clock = SYSTEM.__class__(now=lambda: self.now, monotonic=SYSTEM.monotonic)
        self.service = settings(paths.format(url=provider.url)).services[0]
        self.observer = Observer(Settings(services=(self.service,)), clock)

    async def __call__(self, name: str) -> Run:
        path = next(path for path in self.service.paths if path.name == name)
        return await self.observer.observe(self.service, path)


def grants(provider: Identity) -> list[str]:
    return [form["grant_type"] for form in provider.forms("/token")]


async def test_a_token_is_kept_until_shortly_before_it_expires(provider: Identity) -> None:
    visit = Visits(provider)
    await visit("usage")
    visit.now += 3539
    assert [step.name for step in (await visit("usage")).steps] == ["step1"]
    visit.now += 2
    renewed = await visit("usage")
    assert [step.name for step in renewed.steps] == ["session/token/renew", "step1"]
    assert provider.forms("/token")[-1]["refresh_token"] == "refresh-1"
    assert provider.asked[-1][2].headers["Authorization"] == "Bearer access-2"


async def test_the_age_of_a_session_counts_from_its_login_through_renewals(
    provider: Identity,
) -> None:
    visit = Visits(provider)
    ages = []
    for _ in range(3):
        ages.append((await visit("usage")).session_age_s)
        visit.now += 3600
    assert ages == [0, 3600, 7200]
    assert (await visit("login")).session_age_s is None


async def test_a_refused_renewal_is_followed_by_a_new_login(provider: Identity) -> None:
    visit = Visits(provider)
    await visit("usage")
    refuse = always(status=400, text='{"error": "invalid_grant"}')
    token = provider.token

    async def refuse_renewals(request: web.Request) -> web.StreamResponse:
        renewal = grants(provider)[-1] == "refresh_token"
        return await (refuse if renewal else token)(request)

    provider.instead["/token"] = refuse_renewals
    visit.now += 3600
    run = await visit("usage")
    assert run.outcome is Outcome.OK
    assert grants(provider) == ["authorization_code", "refresh_token", "authorization_code"]
    assert run.session_age_s == 0


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (always(text='{"error": "it is over"}'), Outcome.BAD_CONTENT),
        (always(status=404), Outcome.UNEXPECTED_STATUS),
    ],
)
async def test_a_renewal_that_is_refused_in_words_of_their_own_fails_once(
    provider: Identity, answer: Handler, outcome: Outcome
) -> None:
    visit = Visits(provider)
    await visit("usage")
    provider.instead["/token"] = answer
    visit.now += 3600
    run = await visit("usage")
    assert (run.outcome, run.failed_step) == (outcome, "session/token/renew")
    del provider.instead["/token"]
    assert (await visit("usage")).outcome is Outcome.OK
    assert grants(provider)[1:] == ["refresh_token", "authorization_code"]


async def test_a_renewal_that_fails_is_their_failure_and_no_reason_to_sign_in(
    provider: Identity,
) -> None:
    visit = Visits(provider)
    await visit("usage")
    provider.instead["/token"] = always(status=500)
    visit.now += 3600
    run = await visit("usage")
    assert (run.outcome, run.failed_step) == (Outcome.SERVER_ERROR, "session/token/renew")
    assert grants(provider) == ["authorization_code", "refresh_token"]
    del provider.instead["/token"]
    assert (await visit("usage")).outcome is Outcome.OK
    assert grants(provider)[-1] == "refresh_token"


async def test_a_fresh_login_takes_nothing_from_a_kept_session(provider: Identity) -> None:
    visit = Visits(provider)
    await visit("usage")
    run = await visit("login")
    assert run.steps[0].name == "token/discovery"
    await visit("usage")
    assert provider.asked[-1][2].headers["Authorization"] == "Bearer access-1"


async def test_state_and_challenge_are_new_in_every_run_within_a_kept_session_too(
    provider: Identity,
) -> None:
    token = KEPT[KEPT.index("    - name: token") : KEPT.index("- name: usage")]
    inside = KEPT + f"- name: consent\n  plane: control\n  session: login\n  steps:\n{token}"
    visit = Visits(provider, inside)
    await visit("consent")
    await visit("consent")
    asked = [request for path, _, request in provider.asked if path == "/authorize"]
    assert len(asked) == 3
    for name in ("state", "code_challenge"):
        assert len({request.query[name] for request in asked}) == 3


@pytest.mark.parametrize("life", ["soon", None, -5, 0, "nan"])
async def test_a_token_of_unknown_life_is_kept_until_it_is_refused(
    provider: Identity, life: object
) -> None:
    provider.expires_in = life
    visit = Visits(provider)
    await visit("usage")
    visit.now += 1e6
    assert len((await visit("usage")).steps) == 1
    provider.instead["/me"] = always(status=401)
    assert (await visit("usage")).outcome is Outcome.UNAUTHORIZED
    del provider.instead["/me"]
    provider.instead["/me"] = always()
    assert (await visit("usage")).steps[0].name == "session/token/discovery"
