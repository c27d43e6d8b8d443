"""The id_token of a login: what must hold of it, and what is said where something does not."""

import base64
import hmac
import json
import subprocess
import sys
import time
import warnings
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from identity import KEY, Identity, identity
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from lookout import always, failed, look, settings
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from probe.config.settings import Settings
from probe.config.transaction.steps import IdToken
from probe.model.clock import SYSTEM, Clock
from probe.model.outcome import Outcome
from probe.model.run import Check, Run
from probe.observing.answers.answer import Answer
from probe.observing.masking import Masker
from probe.observing.observer import Observer
from probe.observing.signing_in.id_token import ALGORITHMS, verify

LOGIN = """
- name: token
  oauth:
    issuer: {url}
    grant: authorization_code
    client_id: monitor
    redirect_uri: http://localhost:1/callback
    scope: {scope}
    login: {{form: {{username: me, password: correct-horse}}}}
"""
STRANGER = ECKey.generate_key("P-256", {"kid": "second"})


@pytest.fixture
async def provider() -> AsyncIterator[Identity]:
    async with identity() as provider:
        yield provider


async def sign_in(provider: Identity, scope: str = "openid profile", clock: Clock = SYSTEM) -> Run:
    return await look(LOGIN.format(url=provider.url, scope=scope), clock=clock)


def shown(run: Run) -> list[tuple[str, str]]:
    return [(check.name, check.actual) for check in failed(run)]


async def test_a_login_that_holds_shows_every_check(provider: Identity) -> None:
    run = await sign_in(provider)
    assert run.outcome is Outcome.OK, failed(run)
    checks = {check.name: check for check in run.steps[-1].evidence.checks}
    claims = [f"id_token {claim}" for claim in ("sub", "exp", "iat", "iss", "aud", "nonce")]
    assert [name for name in checks if name.startswith("id_token")] == ["id_token", *claims]
    assert checks["id_token"].expected == "signed by a key of the key set: first"
    assert checks["id_token iss"].actual == provider.url
    assert checks["id_token aud"].actual == "monitor"


async def test_a_nonce_is_never_shown(provider: Identity) -> None:
    run = await sign_in(provider)
    _, _, asked = next(each for each in provider.asked if each[0] == "/authorize")
    assert asked.query["nonce"] not in repr(run)


@pytest.mark.parametrize(
    ("claims", "name", "actual"),
    [
        ({"iss": "https://evil.example"}, "iss", "https://evil.example"),
        ({"aud": "another"}, "aud", "another"),
        ({"aud": ["another", "third"]}, "aud", '["another", "third"]'),
        ({"nonce": "of another login"}, "nonce", "of another login"),
        ({"nonce": None}, "nonce", "nothing"),
        ({"nonce": 5}, "nonce", "5"),
        ({"sub": None}, "sub", "nothing"),
        ({"exp": None}, "exp", "nothing"),
        ({"exp": "soon"}, "exp", "soon"),
    ],
)
async def test_a_claim_that_does_not_hold_is_content_we_cannot_use_and_is_named(
    provider: Identity, claims: dict[str, object], name: str, actual: str
) -> None:
    provider.claims = claims
    run = await sign_in(provider)
    assert (run.outcome, run.failed_step) == (Outcome.BAD_CONTENT, "token")
    assert shown(run) == [(f"id_token {name}", actual)]


async def test_one_of_several_audiences_may_be_ours(provider: Identity) -> None:
    provider.claims = {"aud": ["another", "monitor"]}
    assert (await sign_in(provider)).outcome is Outcome.OK


async def test_an_id_token_that_is_issued_expired_says_since_when(provider: Identity) -> None:
    provider.claims = {"exp": int(time.time()) - 3600, "iat": int(time.time()) - 7200}
    ((name, actual),) = shown(await sign_in(provider))
    assert name == "id_token exp"
    assert 3600 <= int(actual.removesuffix(" s ago")) < 3700


async def test_an_id_token_issued_in_the_future_does_not_hold(provider: Identity) -> None:
    provider.claims = {"iat": int(time.time()) + 3600}
    ((name, actual),) = shown(await sign_in(provider))
    assert name == "id_token iat"
    assert 3500 < int(actual.removesuffix(" s from now")) <= 3600


@pytest.mark.parametrize("ahead_s", [-86400, 86400])
async def test_it_is_the_providers_own_clock_by_which_it_must_hold(
    provider: Identity, ahead_s: int
) -> None:
    wrong = Clock(now=lambda: SYSTEM.now() + ahead_s, monotonic=SYSTEM.monotonic)
    run = await sign_in(provider, clock=wrong)
    assert run.outcome is Outcome.OK, failed(run)


async def test_it_must_hold_by_our_clock_where_the_providers_is_not_told(
    provider: Identity,
) -> None:
    async def from_a_cache(request: web.Request) -> web.Response:
        answer = await provider.token(request)
        answer.headers["Age"] = "5"
        return answer

    provider.instead["/token"] = from_a_cache
    run = await sign_in(provider)
    assert run.outcome is Outcome.OK, failed(run)


async def test_a_signature_by_a_key_that_the_set_lacks_names_both(provider: Identity) -> None:
    provider.key, provider.header = STRANGER, {"kid": "second"}
    run = await sign_in(provider)
    assert (run.outcome, run.failed_step) == (Outcome.BAD_CONTENT, "token")
    ((name, actual),) = shown(run)
    assert (name, actual) == ("id_token", "No key for kid: 'second'")
    assert failed(run)[0].expected == "signed by a key of the key set: first"


async def test_a_signature_by_another_key_of_the_same_name_is_wrong(provider: Identity) -> None:
    provider.key = STRANGER
    assert shown(await sign_in(provider)) == [("id_token", "a signature that is wrong")]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"status": 500}, Outcome.SERVER_ERROR),
        ({"status": 404}, Outcome.UNEXPECTED_STATUS),
        ({"text": "<html>"}, Outcome.BAD_CONTENT),
        ({"text": '{"keys": []}'}, Outcome.BAD_CONTENT),
    ],
)
async def test_a_key_set_that_cannot_be_fetched_fails_in_a_step_of_its_own(
    provider: Identity, answer: dict[str, object], outcome: Outcome
) -> None:
    provider.instead["/keys"] = always(**answer)
    run = await sign_in(provider)
    assert (run.outcome, run.failed_step) == (outcome, "token/keys")
    assert provider.forms("/login") == []


async def test_a_key_set_at_another_origin_is_a_failed_check_of_discovery(
    provider: Identity,
) -> None:
    ends = {name: f"{provider.url}/{name}" for name in ("authorization_endpoint", "token_endpoint")}
    document = {"issuer": provider.url, **ends, "jwks_uri": "https://evil.example/keys"}
    provider.instead["/.well-known/openid-configuration"] = always(text=json.dumps(document))
    run = await sign_in(provider)
    assert (run.outcome, run.failed_step) == (Outcome.BAD_CONTENT, "token/discovery")
    assert [check.name for check in failed(run)] == ["json jwks_uri"]


async def test_keys_that_we_do_not_know_or_that_encrypt_spoil_no_set(provider: Identity) -> None:
    broken = {"kty": "EC", "crv": "P-256", "kid": "broken", "x": "A", "y": "B"}
    others = [{"kty": "AKP", "kid": "new", "alg": "ML-DSA-44"}, broken, {"kty": "RSA", "n": 1}]
    secret = {"kty": "oct", "kid": "first", "use": "enc", "k": "c2VjcmV0"}
    keys = [*others, secret, KEY.as_dict(private=False)]
    provider.instead["/keys"] = always(text=json.dumps({"keys": keys}))
    run = await sign_in(provider)
    assert run.outcome is Outcome.OK, failed(run)


async def test_without_openid_in_the_scope_nothing_is_asked_of_identities(
    provider: Identity,
) -> None:
    provider.claims = {"aud": "another"}
    run = await sign_in(provider, scope="profile")
    assert run.outcome is Outcome.OK
    assert "token/keys" not in [step.name for step in run.steps]


async def test_an_answer_without_an_id_token_is_content_we_cannot_use(provider: Identity) -> None:
    provider.instead["/token"] = always(text='{"access_token": "access-0"}')
    assert shown(await sign_in(provider)) == [("id_token", "no id_token")]


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
        scope: openid
        login: {{form: {{username: me, password: correct-horse}}}}
- {{name: kept, plane: control, session: login, steps: [{{request: GET {url}/keys}}]}}
"""


async def renewed(provider: Identity, **claims: object) -> Run:
    """A run in a session that came due, whose renewal answers an id_token with these claims."""
    now = 0.0
    service = settings(KEPT.format(url=provider.url)).services[0]
    clock = Clock(now=lambda: now, monotonic=SYSTEM.monotonic)
    observer = Observer(Settings(services=(service,)), clock)
    kept = service.paths[1]
    assert (await observer.observe(service, kept)).outcome is Outcome.OK
    provider.claims = claims
    now += 3600
    run = await observer.observe(service, kept)
    assert run.steps[0].name == "session/token/renew"
    return run


async def test_a_renewal_without_an_id_token_is_one(provider: Identity) -> None:
    assert (await renewed(provider)).outcome is Outcome.OK


async def test_an_id_token_that_comes_with_a_renewal_is_the_same_persons_still(
    provider: Identity,
) -> None:
    provider.renews = True
    run = await renewed(provider, nonce=None)
    assert run.outcome is Outcome.OK, failed(run)
    checks = {check.name: check.passed for check in run.steps[0].evidence.checks}
    told = {"id_token", *(f"id_token {claim}" for claim in ("sub", "exp", "iat", "iss", "aud"))}
    assert told == {name for name in checks if name.startswith("id_token")}


@pytest.mark.parametrize(
    ("claim", "value"),
    [("sub", "somebody else"), ("iss", "https://evil.example"), ("aud", "another"), ("exp", 1)],
)
async def test_an_id_token_of_a_renewal_that_is_about_another_is_content_we_cannot_use(
    provider: Identity, claim: str, value: object
) -> None:
    provider.renews = True
    run = await renewed(provider, **{claim: value})
    assert (run.outcome, run.failed_step) == (Outcome.BAD_CONTENT, "session/token/renew")
    assert [check.name for check in failed(run)] == [f"id_token {claim}"]


def test_the_library_is_loaded_where_an_identity_is_looked_at_and_not_before() -> None:
    code = "import sys, probe.running.daemon; print('joserfc' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"


NOW = 1_772_449_200.0
WANTED = IdToken(issuer="https://id.example", audience="me", keys="{{ keys }}", nonce="once")
GOOD = {"iss": "https://id.example", "aud": "me", "nonce": "once", "sub": "x"}
TIMES = {"iat": int(NOW) - 1, "exp": int(NOW) + 60}
KEYS = json.dumps([KEY.as_dict(private=False)])


def checked(token: object, keys: str = KEYS, wanted: IdToken = WANTED) -> tuple[Check, ...]:
    body = json.dumps({"id_token": token}).encode()
    answer = Answer(
        status=200,
        url=URL("https://id.example/token"),
        http_version="1.1",
        headers=CIMultiDictProxy(CIMultiDict()),
        charset="utf-8",
        body=body,
    )
    return verify(wanted, answer, {"keys": keys}, NOW, Masker()).checks


def holds(checks: tuple[Check, ...]) -> bool:
    return all(check.passed for check in checks)


def signed(**claims: object) -> str:
    return jwt.encode({"alg": "ES256", "kid": "first"}, {**GOOD, **TIMES, **claims}, KEY)


def test_a_token_that_is_right_holds() -> None:
    assert holds(checked(signed()))


def written(header: dict[str, object], key: bytes = b"") -> str:
    parts = [json.dumps(part).encode() for part in (header, {**GOOD, **TIMES})]
    words = [base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts]
    signature = hmac.digest(key, b".".join(words), "sha256") if key else b""
    return b".".join([*words, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def test_a_token_that_nobody_signed_does_not_hold() -> None:
    (check,) = checked(written({"alg": "none"}))
    assert (check.passed, check.actual) == (False, "Algorithm of 'none' is not allowed")


def test_a_token_signed_with_the_public_key_as_a_shared_secret_does_not_hold() -> None:
    token = written({"alg": "HS256", "kid": "first"}, key=KEY.as_pem(private=False))
    (check,) = checked(token)
    assert (check.passed, check.actual) == (False, "Algorithm of 'HS256' is not allowed")


@pytest.mark.parametrize("value", [1, 0.5, True, None, "exp", ["exp"], [1], {}])
@pytest.mark.parametrize("name", ["alg", "kid", "crit", "b64", "typ", "jwk"])
def test_a_token_whose_header_is_of_anybodys_making_does_not_hold(name: str, value: object) -> None:
    checks = checked(written({"alg": "ES256", "kid": "first", name: value}))
    assert not holds(checks)
    assert all(check.actual for check in checks)


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("RS256", RSAKey.generate_key(2048)),
        ("PS384", RSAKey.generate_key(2048)),
        ("ES384", ECKey.generate_key("P-384")),
        ("EdDSA", OKPKey.generate_key("Ed25519")),
        ("Ed25519", OKPKey.generate_key("Ed25519")),
    ],
)
@pytest.mark.parametrize("kid", [{"kid": "k"}, {}], ids=["named", "unnamed"])
def test_every_kind_of_key_can_vouch_and_a_single_one_needs_no_name(
    algorithm: str, key: RSAKey | ECKey | OKPKey, kid: dict[str, str]
) -> None:
    claims: dict[str, Any] = {**GOOD, **TIMES}
    with warnings.catch_warnings(action="ignore"):  # EdDSA is an old name, and still in use
        token = jwt.encode({"alg": algorithm, **kid}, claims, key, ALGORITHMS)
    told = [{**key.as_dict(private=False), **kid, "alg": None}]
    assert holds(checked(token, json.dumps(told)))


@pytest.mark.parametrize("payload", [b"[" * 90_000, b"9" * 90_000, b"\xff", b"[]", b"{}"])
def test_a_signed_payload_that_is_none_does_not_hold(payload: bytes) -> None:
    token = jws.serialize_compact({"alg": "ES256", "kid": "first"}, payload, KEY)
    checks = checked(token)
    assert not holds(checks)
    assert all(len(check.actual) <= 200 for check in checks)


@given(st.text() | st.integers() | st.none() | st.lists(st.text()))
def test_no_token_of_anybodys_making_holds_or_breaks_the_check(token: object) -> None:
    assert not holds(checked(token))


RENEWED = IdToken(issuer="https://id.example", audience="me", keys=None, subject="x")


def test_a_subject_that_is_no_text_is_nobody() -> None:
    assert [check.name for check in checked(signed(sub=5)) if not check.passed] == ["id_token sub"]


def test_a_renewed_token_may_be_signed_by_keys_that_came_after_the_login() -> None:
    token = jwt.encode({"alg": "ES256", "kid": "second"}, {**GOOD, **TIMES}, STRANGER)
    assert not holds(checked(token))
    assert holds(checked(token, wanted=RENEWED))


@given(st.text() | st.integers() | st.none() | st.lists(st.text()))
def test_no_renewed_token_of_anybodys_making_holds_or_breaks_the_check(token: object) -> None:
    checks = checked(token, wanted=RENEWED)
    assert checks
    assert not holds(checks)


@pytest.mark.parametrize("payload", [b"[" * 90_000, b"9" * 90_000, b"\xff", b"[]", b"{}"])
def test_a_renewed_payload_that_is_none_does_not_hold(payload: bytes) -> None:
    token = jws.serialize_compact({"alg": "ES256"}, payload, STRANGER)
    assert not holds(checked(token, wanted=RENEWED))


@given(st.text() | st.builds(json.dumps, st.lists(st.dictionaries(st.text(), st.text()))))
def test_no_key_set_of_anybodys_making_makes_a_token_hold_or_breaks_the_check(keys: str) -> None:
    assert not holds(checked(signed(), keys))


@given(st.integers(0, 400), st.sampled_from("ABCDabcd0123-_."))
def test_a_token_changed_in_one_place_does_not_hold(place: int, letter: str) -> None:
    token = signed()
    at = place % (len(token) - 2)  # the last letters carry bits that nobody reads
    if token[at] != letter:
        assert not holds(checked(token[:at] + letter + token[at + 1 :]))


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(("ago_s", "expected"), [(59, True), (60, False)])
def test_the_clocks_of_a_provider_may_differ_by_a_minute(ago_s: int, *, expected: bool) -> None:
    assert holds(checked(signed(exp=int(NOW) - ago_s))) is expected


@given(st.sampled_from(["iss", "aud", "nonce", "sub", "exp", "iat"]), ANY)
def test_a_claim_of_any_value_is_shown_and_never_breaks_the_check(name: str, value: object) -> None:
    checks = checked(signed(**{name: value}))
    assert len(checks) == 7
    assert all(len(check.actual) <= 200 for check in checks)
