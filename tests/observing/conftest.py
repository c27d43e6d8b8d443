"""A certificate for the loopback, made once, and stand-in providers."""

import ssl
import subprocess
from collections.abc import AsyncIterator

import pytest
from faultless import SCENARIO
from lookout import Certificate, StandIn

from probe.simulator.provider import Provider
from probe.simulator.scenario import read_scenario
from probe.simulator.serving import serving


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder = tmp_path_factory.mktemp("tls")
    file, key = folder / "certificate.pem", folder / "key.pem"
    names = "subjectAltName=IP:127.0.0.1,DNS:localhost"
    command = "openssl req -x509 -nodes -days 30 -subj /CN=localhost -newkey ec"
    curve = "-pkeyopt ec_paramgen_curve:prime256v1"
    files = ["-addext", names, "-keyout", str(key), "-out", str(file)]
    subprocess.run([*command.split(), *curve.split(), *files], check=True, capture_output=True)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file, key)
    return Certificate(file, server)


@pytest.fixture
async def stand_in() -> AsyncIterator[StandIn]:
    provider = Provider(read_scenario(SCENARIO))
    async with serving(provider) as url:
        yield StandIn(url, provider)


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROBE_TEST_PASSWORD", "correct-horse")
    monkeypatch.setenv("PROBE_TEST_KEY", "sk-standin-0001")
