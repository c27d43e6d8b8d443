"""Every default that is promised, pinned."""

from pathlib import Path

import pytest
import trustme
from written_configs import path_of, settings, step_of

from probe.config.errors import ConfigError
from probe.config.loading import read
from probe.config.reach import Tls
from probe.config.transaction.oauth_steps import OAuthStep
from probe.config.transaction.steps import Extract


def test_the_defaults_of_the_whole() -> None:
    found = settings()
    assert found.location == "local"
    assert found.journal is None
    kept = found.retention
    assert (kept.runs, kept.failures, kept.hours) == (14 * 86400, 90 * 86400, 400 * 86400)
    assert str(found.listen) == "0.0.0.0:9632"
    assert found.web_config_file is None
    assert found.enable_reload is False
    assert found.page_url is None
    assert found.notifications == ()
    assert found.connectivity.canaries == ()
    assert found.politeness.host_requests_per_minute is None
    assert found.politeness.retry_after_cap == 15 * 60
    assert found.politeness.status_page_interval == 60


@pytest.mark.parametrize(
    ("url", "status"),
    [("http://a.example/generate_204", "204"), ("http://a.example/", "200-299")],
)
def test_a_web_canary_that_generates_no_content_must_answer_so(url: str, status: str) -> None:
    written = f'connectivity: {{canaries: ["{url}"]}}'
    (canary,) = settings(top=written).connectivity.canaries
    assert (str(canary.status), canary.contains) == (status, None)


def test_the_defaults_of_a_service() -> None:
    (service,) = settings().services
    assert service.status_page is None
    assert service.components == {}
    assert service.objective is None
    assert service.maintenance == ()
    assert service.quiet_after == 600
    assert service.confirm_budget is None


def test_a_status_page_is_reached_by_the_way_of_the_defaults_key_by_key() -> None:
    def way(page: str) -> tuple[object, ...]:
        top = "defaults: {ip: 6, proxy: 'http://proxy.example.com:3128', user_agent: me}\n"
        service = f"services:\n  - {{name: a, preset: github, status_page: {page}}}\n"
        found = read(top + service, Path("probe.yaml"))
        defaults = found.page_defaults(found.services[0])
        return defaults.ip, defaults.proxy and defaults.proxy.url, defaults.tls, defaults.user_agent

    proxy = "http://proxy.example.com:3128"
    assert way("https://status.example.com") == (6, proxy, Tls(), "me")
    assert way("{url: 'https://status.example.com', ip: 4}") == (4, proxy, Tls(), "me")
    assert way("{url: 'https://status.example.com', proxy: null}") == (6, None, Tls(), "me")


@pytest.mark.parametrize(
    ("own", "names"),
    [
        ("{cert_file: mine.pem}", ("ours.pem", "mine.pem", None)),
        ("{cert_file: mine.pem, ca_file: mine.pem}", ("mine.pem", "mine.pem", None)),
        ("{cert_file: mine.pem, ca_file: null}", (None, "mine.pem", None)),
        ("{}", (None, None, None)),
    ],
)
def test_a_certificate_of_ones_own_leaves_the_authorities_of_the_defaults(
    own: str, names: tuple[str | None, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ours, mine = (trustme.CA().issue_cert("acme.example") for _ in range(2))
    ours.cert_chain_pems[0].write_to_path("ours.pem")
    ours.private_key_pem.write_to_path("ours.key")
    mine.private_key_and_cert_chain_pem.write_to_path("mine.pem")
    top = "defaults: {tls: {ca_file: ours.pem, cert_file: ours.pem, key_file: ours.key}}"
    page = f"status_page: {{url: 'https://status.example.com', tls: {own}}}"
    service = f"services:\n  - {{name: a, preset: github, {page}}}\n"
    watched = read(f"{top}\n{service}", Path("probe.yaml"))
    of_a_path = path_of(settings(path=f"tls: {own}", top=top)).tls
    for tls in (of_a_path, watched.page_defaults(watched.services[0]).tls):
        found = (tls.ca_file, tls.cert_file, tls.key_file)
        assert tuple(file and file.name for file in found) == names


def test_what_the_defaults_trust_and_is_not_there_is_told_where_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.pem").touch()
    own = "tls: {cert_file: mine.pem}"
    page = f"status_page: {{url: 'https://status.example.com', {own}}}"
    steps = "plane: data, steps: [{request: GET https://api.example.com/}]"
    path = f"paths: [{{name: api, {steps}, {own}}}]"
    text = f"defaults: {{tls: {{ca_file: none.pem}}}}\nservices:\n  - {{name: a, {page}, {path}}}\n"
    with pytest.raises(ConfigError) as raised:
        read(text, Path("probe.yaml"))
    assert [problem.key for problem in raised.value.problems] == ["defaults.tls.ca_file"]


def test_files_that_are_no_certificates_are_told_once_where_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    fine, other = (trustme.CA().issue_cert("acme.example") for _ in range(2))
    fine.cert_chain_pems[0].write_to_path("fine.pem")
    other.private_key_pem.write_to_path("other.key")
    Path("der.pem").write_bytes(b"\x30\x82")
    steps = "plane: data, steps: [{request: GET https://api.example.com/}]"
    text = f"""
defaults: {{tls: {{ca_file: der.pem}}}}
services:
  - name: a
    status_page: {{url: "https://status.example.com", tls: {{ca_file: der.pem}}}}
    paths:
      - {{name: one, {steps}}}
      - {{name: two, {steps}, tls: {{cert_file: fine.pem, key_file: other.key, ca_file: fine.pem}}}}
      - {{name: three, {steps}, tls: {{ca_file: fine.pem}}}}
"""
    with pytest.raises(ConfigError) as raised:
        read(text, Path("probe.yaml"))
    assert [(problem.key, problem.message) for problem in raised.value.problems] == [
        (
            "defaults.tls",
            "der.pem has no PEM certificates of authorities: no certificate or crl found",
        ),
        (
            "services[0].paths[1].tls",
            "fine.pem is no PEM certificate with its unencrypted key: key values mismatch",
        ),
    ]


def test_the_defaults_of_an_objective() -> None:
    text = "services:\n  - {name: a, objective: {availability: 99}, paths: [{name: b, plane: data,"
    text += " steps: [{request: GET https://example.com/}]}]}\n"
    objective = read(text, Path("probe.yaml")).services[0].objective
    assert objective is not None
    assert objective.window == 30 * 86400


def test_the_defaults_of_a_path() -> None:
    path = path_of(settings())
    assert path.interval == 30
    assert path.timeout == 10
    assert path.slow_after is None
    assert path.connection == "fresh"
    assert path.max_body == 2**20
    assert path.user_agent.startswith("splitprobe/")
    assert (path.tls.ca_file, path.tls.cert_file, path.tls.key_file) == (None, None, None)
    assert (path.proxy, path.ip, path.totp) == (None, None, None)
    assert path.confirm_after == (2.0, 4.0, 6.0)
    assert path.fail_after == 4
    assert path.recover_after == 3
    assert path.critical is True
    assert path.session is None


def test_the_defaults_of_an_extraction() -> None:
    extract = Extract(cookie="session")
    assert (extract.attribute, extract.decode) == (None, None)
    assert (extract.optional, extract.public) == (False, False)


def test_the_defaults_of_a_step() -> None:
    step = step_of(settings())
    assert step.name is None
    assert (step.renew, step.canary, step.callback, step.digest) == (False, False, None, None)
    assert (step.headers, step.query) == ({}, {})
    assert (step.form, step.json_, step.body) == (None, None, None)
    assert (step.basic, step.bearer) == (None, None)
    assert (step.extract, step.id_token) == ({}, None)
    assert step.follow is False
    assert step.max_redirects == 10
    assert step.timeout is None
    assert step.always is False
    assert step.stream is None


def test_any_2xx_and_nothing_else_is_expected_by_default() -> None:
    expect = step_of(settings()).expect
    assert str(expect.status) == "200-299"
    assert (expect.headers, expect.json_) == ({}, {})
    assert (expect.body, expect.duration, expect.certificate, expect.url) == (None,) * 4
    assert (expect.first_token, expect.gap) == (None, None)


def test_a_stream_ends_with_message_stop_by_default() -> None:
    stream = step_of(settings(step="stream: sse")).stream
    assert stream is not None
    assert (stream.format, stream.end) == ("sse", "message_stop")


@pytest.mark.parametrize(
    ("written", "ends"),
    [
        ("sse", {"message_stop"}),
        ("{}", {"message_stop"}),
        ("anthropic", {"message_stop"}),
        ("openai", {"[DONE]", "response.completed", "response.incomplete"}),
        ("{format: openai, end: over}", {"over"}),
        ("{end: [a, b]}", {"a", "b"}),
    ],
)
def test_each_format_of_a_stream_has_its_end(written: str, ends: set[str]) -> None:
    stream = step_of(settings(step=f"stream: {written}")).stream
    assert stream is not None
    assert stream.ends == ends


def test_the_defaults_of_an_oauth_step() -> None:
    text = """
services:
  - name: a
    paths:
      - name: b
        plane: control
        totp: GEZDGNBVGY3TQOJQ
        steps:
          - name: token
            oauth:
              issuer: https://id.example.com
              grant: authorization_code
              client_id: me
              redirect_uri: http://localhost/callback
              login: {form: {user: me}}
"""
    path = path_of(read(text, Path("probe.yaml")))
    (step,) = path.written
    assert isinstance(step, OAuthStep)
    oauth = step.oauth
    assert (oauth.client_auth, oauth.allow_hosts, oauth.scope) == ("basic", (), None)
    assert oauth.parameters == {}
    assert (oauth.client_secret, oauth.login[0].select, step.timeout) == (None, "form", None)
    assert path.totp is not None
    assert (path.totp.digits, path.totp.period, path.totp.algorithm) == (6, 30, "sha1")


def test_an_id_token_needs_no_nonce_and_names_nobody_by_default() -> None:
    step = step_of(settings(step="id_token: {issuer: a, audience: b, keys: c}"))
    assert step.id_token is not None
    assert (step.id_token.nonce, step.id_token.subject) == (None, None)


def test_the_defaults_of_a_channel() -> None:
    top = 'notifications: [{name: a, webhook: "https://hook.example.com/"}, '
    top += '{name: b, alertmanager: "http://127.0.0.1:9093"}]'
    webhook, alertmanager = settings(top=top).notifications
    assert (webhook.services, webhook.verdicts, webhook.severity) == ((), (), "warning")
    assert webhook.remind_every is None
    assert webhook.webhook is not None
    assert webhook.webhook.secret is None
    assert alertmanager.alertmanager is not None
    assert (alertmanager.alertmanager.basic, alertmanager.alertmanager.bearer) == (None, None)


def test_a_plain_retention_is_that_of_all_runs() -> None:
    kept = settings(top="retention: 90d").retention
    assert (kept.runs, kept.failures, kept.hours) == (90 * 86400, 90 * 86400, 400 * 86400)
