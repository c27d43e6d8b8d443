"""A secret that a reload brings is hidden like any other, whoever of the targets repeats it."""

import json
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from running_daemon import running

from probe.config.loading import load
from probe.model.clock import SYSTEM
from probe.model.run import Run
from probe.running.daemon import Daemon

SECRET = "sk-brought-by-a-reload-0001"
PAGES = ("/", "/services/parrot/api", "/api/v1/services/parrot", "/metrics")
PARROT = """
  - name: parrot
    paths: [{{name: api, plane: data, steps: [{{request: GET {url}}}]}}]
"""
OWNER = """
  - name: owner
    paths: [{{name: api, plane: data, steps: [{{request: GET {url}, bearer: "${{file:{file}}}"}}]}}]
"""


async def repeat(_: web.Request) -> web.Response:
    return web.Response(status=500, text=f"no such key: {SECRET}", headers={"Server": SECRET})


async def pages(address: str) -> str:
    async with aiohttp.ClientSession(address) as client:
        answers = [await client.get(page) for page in PAGES]
        assert {answer.status for answer in answers} == {200}
        return "".join([await answer.text() for answer in answers])


async def run_after_reload(tmp_path: Path, url: str) -> tuple[Run, str]:
    """A run of the service that did not change, and what the daemon's pages say of it."""
    config, secret = tmp_path / "probe.yaml", tmp_path / "secret"
    secret.write_text(SECRET)
    head = "listen: 127.0.0.1:0\ndefaults: {interval: 1h}\nservices:"
    config.write_text(head + PARROT.format(url=url))
    daemon = Daemon(load(config), SYSTEM, config=config)
    async with running(daemon) as address:
        parrot = daemon.settings.services[0]
        config.write_text(head + PARROT.format(url=url) + OWNER.format(url=url, file=secret))
        assert (await daemon.reload()).successful
        assert daemon.settings.services[0] == parrot
        run = await daemon.cycle.run(parrot, parrot.paths[0])
        assert run is not None
        await daemon.cycle.drain(5.0)
        await daemon._dispatch.flush()
        return run, await pages(address)


async def test_a_secret_that_came_with_a_reload_is_masked_in_evidence_log_and_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    application = web.Application()
    application.router.add_get("/", repeat)
    async with TestServer(application) as server:
        run, shown = await run_after_reload(tmp_path, str(server.make_url("/")))
    logged = capsys.readouterr()
    assert "no such key: ***" in run.steps[0].evidence.excerpt
    assert "no such key: ***" in shown
    assert "parrot" in logged.out + logged.err
    assert SECRET not in repr(run) + json.dumps(shown) + logged.out + logged.err
