"""Logins at servers that nobody here wrote: Canaille behind nginx; nginx behind tinyproxy."""

import asyncio
import json
import signal
import socket
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
import trustme
from joserfc.jwk import RSAKey
from processes import CHECKOUT, Program, daemon, free_port, nginx_config, program, tool, until

from probe.config.loading import read
from probe.config.settings import Settings
from probe.model.clock import SYSTEM
from probe.model.outcome import Outcome, Phase
from probe.model.run import Run
from probe.observing.observer import Observer

pytestmark = pytest.mark.scenario
PASSWORD = "a real password"
STRANGER = RSAKey.generate_key(2048)

PATHS = """
services:
  - name: id
    paths:
      - name: login
        plane: control
        timeout: 3s
        steps:
          - name: token
            oauth:
              issuer: {url}
              grant: authorization_code
              client_id: probe
              client_secret: a client's secret
              redirect_uri: http://localhost:1/callback
              scope: openid profile
              login:
                - {{form: {{login: monitor}}, select: "form:has(input[name=login])"}}
                - form: {{password: "${{env:ID_PASSWORD}}"}}
                  select: "form:has(input[name=password])"
                - {{form: {{answer: accept}}, select: "form:has([name=answer])"}}
          - name: who
            request: GET {url}/oauth/userinfo
            bearer: "{{{{ access_token }}}}"
            expect: {{json: {{name: The monitor}}}}
      - name: kept
        plane: control
        critical: false
        session: login
        timeout: 3s
        steps:
          - name: who
            request: GET {url}/oauth/userinfo
            bearer: "{{{{ access_token }}}}"
            canary: true
            expect: {{json: {{name: The monitor}}}}
      - name: machine
        plane: control
        critical: false
        timeout: 3s
        steps:
          - name: token
            oauth:
              issuer: {url}
              grant: client_credentials
              client_id: probe
              client_secret: a client's secret
      - name: api
        plane: data
        steps: [{{request: GET {url}/oauth/jwks.json, expect: {{json: {{keys: {{is: array}}}}}}}}]
"""
THROUGH = "location / {{ proxy_pass http://127.0.0.1:{port}; proxy_set_header Host $http_host; }}"


@dataclass
class Provider:
    """Canaille behind nginx, which can answer in its place."""

    folder: Path
    port: int
    behind: int
    nginx: Program | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def break_with(self, *locations: str) -> None:
        """Serve `locations` before all else, and return once nginx does."""
        self.write(*locations)
        before = self._workers()
        assert self.nginx is not None
        self.nginx.process.send_signal(signal.SIGHUP)

        def reloaded() -> bool:
            """An old worker may take a last connection beside the new one."""
            now = self._workers()
            return bool(now) and now.isdisjoint(before)

        until(reloaded, 10, "nginx serves the new configuration")

    def _workers(self) -> set[str]:
        assert self.nginx is not None
        pid = self.nginx.process.pid
        return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())

    def write(self, *locations: str) -> Path:
        inner = "\n".join([*locations, THROUGH.format(port=self.behind)])
        server = f"server {{ listen 127.0.0.1:{self.port}; {inner} }}"
        return nginx_config(self.folder, server)

    def visit(self, *names: str) -> list[Run]:
        """One run of each of these paths, in order, by one observer."""
        settings = read(PATHS.format(url=self.url), Path("probe.yaml"))
        (service,) = settings.services
        paths = {path.name: path for path in service.paths}

        async def runs() -> list[Run]:
            observer = Observer(Settings(services=(service,)), SYSTEM)
            found = [await observer.observe(service, paths[name]) for name in names]
            await observer.close()
            return found

        return asyncio.run(runs())


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    pytest.importorskip("canaille", reason="needs canaille (a development dependency)")
    folder = tmp_path_factory.mktemp("provider")
    provider = Provider(folder=folder, port=free_port(), behind=free_port())
    script = Path(__file__).with_name("canaille_server.py")
    command = (sys.executable, script, str(provider.behind), provider.url, PASSWORD)
    nginx = (tool("nginx", "nginx-light"), "-c", provider.write(), "-e", "stderr")
    with (
        program(*command, log=folder / "canaille.log"),
        program(*nginx, log=folder / "nginx.log") as provider.nginx,
    ):
        discovery = f"{provider.url}/.well-known/openid-configuration"
        until(lambda: urlopen(discovery, timeout=2).read(), 30, "Canaille answers")
        yield provider


@pytest.fixture
def provider(started: Provider, monkeypatch: pytest.MonkeyPatch) -> Provider:
    monkeypatch.setenv("ID_PASSWORD", PASSWORD)
    started.break_with()
    return started


def where(run: Run) -> tuple[Outcome, str | None, Phase | None]:
    return run.outcome, run.failed_step, run.failed_phase


def test_a_code_flow_is_walked_through_user_password_and_consent(provider: Provider) -> None:
    first, second = provider.visit("login", "login")
    assert [where(run) for run in (first, second)] == [(Outcome.OK, None, None)] * 2
    # Consent is asked for once: later runs arrive without its page.
    ways = ["discovery", "keys", "authorize", "login", "login2"]
    names = [*(f"token/{way}" for way in ways), "token", "who"]
    assert [step.name for step in second.steps] == names
    assert PASSWORD not in repr([first, second])


def test_a_kept_session_and_a_machine_have_tokens_of_their_own(provider: Provider) -> None:
    kept, again, machine = provider.visit("kept", "kept", "machine")
    assert [run.outcome for run in (kept, again, machine)] == [Outcome.OK] * 3
    assert [step.name for step in again.steps] == ["who"]
    assert again.session_age_s is not None
    assert [step.name for step in machine.steps] == ["token/discovery", "token"]


def test_a_wrong_password_is_a_refusal(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ID_PASSWORD", "a wrong password")
    (run,) = provider.visit("login")
    assert run.outcome is Outcome.UNAUTHORIZED
    assert (run.failed_step or "").startswith("token/login")


def test_a_real_id_token_holds_in_every_part(provider: Provider) -> None:
    (run,) = provider.visit("login")
    token = next(step for step in run.steps if step.name == "token")
    checks = {check.name: check.passed for check in token.evidence.checks}
    claims = ("sub", "exp", "iat", "iss", "aud", "nonce")
    identity = ["id_token", *(f"id_token {claim}" for claim in claims)]
    assert {name: passed for name, passed in checks.items() if name in identity} == dict.fromkeys(
        identity, True
    )


def test_a_real_id_token_that_other_keys_signed_does_not_hold(provider: Provider) -> None:
    keys = json.dumps({"keys": [STRANGER.as_dict(private=False)]})
    provider.break_with(f"location = /oauth/jwks.json {{ return 200 '{keys}'; }}")
    (run,) = provider.visit("login")
    assert (run.outcome, run.failed_step) == (Outcome.BAD_CONTENT, "token")
    assert run.deciding_step is not None
    failed = [check.name for check in run.deciding_step.evidence.checks if not check.passed]
    assert failed == ["id_token"]


ELSEWHERE = """'{"issuer": "URL", "authorization_endpoint": "http://127.0.0.2:9/a",
"token_endpoint": "http://127.0.0.2:9/t"}'"""


@dataclass(frozen=True)
class Break:
    """What nginx answers in the place of one of Canaille's addresses, and what that is called."""

    what: str
    location: str
    answer: str


BREAKS = (
    Break("discovery answers 503", "/.well-known/openid-configuration", "return 503;"),
    Break(
        "discovery names endpoints elsewhere",
        "/.well-known/openid-configuration",
        f"default_type application/json; return 200 {ELSEWHERE};",
    ),
    Break("the key set answers 503", "/oauth/jwks.json", "return 503;"),
    Break("the key set is a web page", "/oauth/jwks.json", "return 200 '<html>';"),
    Break("other keys signed the id_token", "/oauth/jwks.json", "return 200 'KEYS';"),
    Break("the way to the login answers 500", "/oauth/authorize", "return 500;"),
    Break("it leads to a file", "/oauth/authorize", "return 302 file:///etc/passwd;"),
    Break("it leads to a dead host", "/oauth/authorize", "return 302 http://127.0.0.2:9/;"),
    Break(
        "the login page apologises with 200",
        "/login",
        'return 200 "This isn\'t working right now";',
    ),
    Break("the password is answered by 502", "/auth/password", "return 502;"),
    Break("the token endpoint answers 500", "/oauth/token", "return 500;"),
    Break("it answers a web page", "/oauth/token", "return 200 '<html>Sign in</html>';"),
    Break("it is throttled", "/oauth/token", "return 429;"),
    Break("it closes without an answer", "/oauth/token", "return 444;"),
    Break("it never answers", "/oauth/token", "proxy_pass http://127.0.0.1:SILENT;"),
    Break("the token is not honoured", "/oauth/userinfo", "return 500;"),
)
GUIDE = CHECKOUT / "docs/logins.md"
HEAD = "| what breaks | outcome | step | phase | blame |"


def line_of(provider: Provider, broken: Break) -> str:
    """The row of the guide's table, as it is seen."""
    keys = json.dumps({"keys": [STRANGER.as_dict(private=False)]})
    with socket.create_server(("127.0.0.1", 0)) as silent:
        answer = broken.answer.replace("URL", provider.url).replace("KEYS", keys)
        answer = answer.replace("SILENT", str(silent.getsockname()[1]))
        provider.break_with(f"location = {broken.location} {{ {answer} }}")
        (run,) = provider.visit("login")
    cells = f"`{run.outcome}`", f"`{run.failed_step}`", run.failed_phase or "", run.blame
    return f"| {' | '.join((broken.what, *cells))} |"


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.what)
def test_what_the_guide_says_of_a_broken_part_is_what_is_seen(
    provider: Provider, broken: Break
) -> None:
    line = line_of(provider, broken)
    assert line in GUIDE.read_text(encoding="utf-8").splitlines(), line


def test_the_guides_table_has_these_rows_and_no_others() -> None:
    lines = GUIDE.read_text(encoding="utf-8").partition(f"{HEAD}\n")[2].splitlines()[1:]
    rows = [line for line in lines if line.startswith("| ")]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == [
        broken.what for broken in BREAKS
    ]


def test_new_logins_that_fail_while_a_session_lives_are_a_finding(
    provider: Provider, tmp_path: Path
) -> None:
    text = "location: test\nlisten: LISTEN\ndefaults: {interval: 3s, timeout: 3s}\n"
    config = tmp_path / "probe.yaml"
    config.write_text(text + PATHS.format(url=provider.url).replace("timeout: 3s", "timeout: 2s"))
    with daemon(config, log=tmp_path / "daemon.log") as running:
        running.await_verdict("id", "healthy", 30)
        provider.break_with("location = /oauth/token { return 500; }")
        running.await_verdict("id", "control_plane_down", 40)
        service = running.service("id")
        assert "new_sessions_only" in service["findings"]
        assert PASSWORD not in running.get("/") + running.program.text()


TINYPROXY = """
Port {port}
Listen 127.0.0.1
Timeout 5
MaxClients 20
LogFile "{log}"
ConnectPort {tls}
{more}
"""


@dataclass
class Proxied:
    """A path through tinyproxy to a target over TLS."""

    folder: Path
    port: int
    target: str
    ca_file: Path

    def look(self, *, port: int | None = None, credentials: str = "", url: str = "") -> Run:
        text = f"""
        services:
          - name: it
            paths:
              - name: path
                plane: data
                timeout: 5s
                proxy: http://{credentials}127.0.0.1:{port or self.port}
                tls: {{ca_file: {self.ca_file}}}
                steps: [{{request: GET {url or self.target}}}]
        """
        settings = read(textwrap.dedent(text), Path("probe.yaml"))
        (service,) = settings.services

        async def run() -> Run:
            return await Observer(settings, SYSTEM).observe(service, service.paths[0])

        return asyncio.run(run())


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[Proxied]:
    ca = trustme.CA()
    ca_file, chain = tmp_path / "ca.pem", tmp_path / "server.pem"
    ca.cert_pem.write_to_path(ca_file)
    ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(chain)
    tls, port = free_port(), free_port()
    server = f"""server {{ listen 127.0.0.1:{tls} ssl; ssl_certificate {chain};
    ssl_certificate_key {chain}; location / {{ return 200 'through'; }} }}"""
    file = tmp_path / "tinyproxy.conf"
    more = "BasicAuth me word-of-mine"
    log = tmp_path / "tinyproxy.log"
    file.write_text(TINYPROXY.format(port=port, tls=tls, log=log, more=more))
    nginx = (tool("nginx", "nginx-light"), "-c", nginx_config(tmp_path, server), "-e", "stderr")
    proxy = (tool("tinyproxy", "tinyproxy"), "-d", "-c", file)
    with (
        program(*nginx, log=tmp_path / "nginx.log"),
        program(*proxy, log=tmp_path / "tinyproxy.out"),
    ):
        until(lambda: _listens(port) and _listens(tls), 10, "nginx and tinyproxy listen")
        yield Proxied(tmp_path, port, f"https://127.0.0.1:{tls}/", ca_file)


def _listens(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


def test_a_target_is_seen_through_a_real_proxy_and_its_tls_is_the_targets(
    proxied: Proxied,
) -> None:
    run = proxied.look(credentials="me:word-of-mine@")
    assert where(run) == (Outcome.OK, None, None)
    assert run.steps[0].certificate_expires_at is not None


def test_a_real_proxys_failures_are_told_from_the_targets(proxied: Proxied) -> None:
    known = "me:word-of-mine@"
    refused = proxied.look()
    closed = f"https://127.0.0.1:{free_port()}/"
    forbidden = proxied.look(credentials=known, url=closed)
    unknown = proxied.look(credentials=known, url="http://no-such-host.invalid/")
    down = proxied.look(credentials=known, port=free_port())
    runs = (refused, forbidden, unknown, down)
    assert [run.outcome for run in runs] == [
        Outcome.UNOBSERVED,
        Outcome.UNOBSERVED,
        Outcome.CONNECT_FAILED,
        Outcome.UNOBSERVED,
    ]
    assert "407 from the proxy" in refused.note
    assert "word-of-mine" not in repr(runs)


@pytest.mark.parametrize("shown", ["none", "a stranger's", "its own"])
def test_a_server_that_demands_a_client_certificate_refuses_a_credential(
    tmp_path: Path, shown: str
) -> None:
    ca, stranger = trustme.CA(), trustme.CA()
    files = {name: tmp_path / f"{name}.pem" for name in ("ca", "server", "client")}
    ca.cert_pem.write_to_path(files["ca"])
    ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(files["server"])
    issuer = ca if shown == "its own" else stranger
    client = issuer.issue_cert("prober@example.com")
    client.private_key_and_cert_chain_pem.write_to_path(files["client"])
    port = free_port()
    server = f"""server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {files["server"]};
    ssl_certificate_key {files["server"]}; ssl_client_certificate {files["ca"]};
    ssl_verify_client on; location / {{ return 200; }} }}"""
    mine = "" if shown == "none" else f", cert_file: {files['client']}"
    text = f"""
    services:
      - name: it
        paths:
          - name: path
            plane: data
            tls: {{ca_file: {files["ca"]}{mine}}}
            steps: [{{request: "GET https://127.0.0.1:{port}/"}}]
    """
    settings = read(textwrap.dedent(text), Path("probe.yaml"))
    (service,) = settings.services

    async def run() -> Run:
        return await Observer(settings, SYSTEM).observe(service, service.paths[0])

    nginx = (tool("nginx", "nginx-light"), "-c", nginx_config(tmp_path, server), "-e", "stderr")
    with program(*nginx, log=tmp_path / "nginx.log"):
        until(lambda: _listens(port), 10, "nginx listens")
        found = asyncio.run(run())
    assert found.outcome is (Outcome.OK if shown == "its own" else Outcome.UNAUTHORIZED)
