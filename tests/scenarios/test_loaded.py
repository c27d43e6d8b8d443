"""What a daemon loads, which is most of the memory that it takes."""

import re
from pathlib import Path

import pytest
from processes import Running, daemon, until

pytestmark = pytest.mark.scenario

CONFIG = """
listen: LISTEN
journal: {journal}
services:
  - name: acme
    paths:
      - name: api
        plane: data
        interval: 1s
        steps: [{{request: GET http://LISTEN/-/healthy}}]
"""
UNUSED = {
    "apprise",  # 26 MB, for channels of notifications
    "greenlet",  # 1 MB
    "jinja2",  # 2 MB, for who looks at a page
    "joserfc",
    "lxml",  # 4 MB, for selectors
    "publicsuffixlist",
    "pygments",
    "rich",  # 3 MB with pygments
}


def loaded(running: Running) -> set[str]:
    """The packages of which it has a module: what is only looked for in vain is listed, too."""
    told = r"(?m)^import time: .*\| +(\w+)\.[\w.]+$"
    return set(re.findall(told, running.program.text()))


def test_a_daemon_loads_what_its_configuration_uses_and_a_page_when_somebody_looks(
    tmp_path: Path,
) -> None:
    config = tmp_path / "probe.yaml"
    config.write_text(CONFIG.format(journal=tmp_path / "journal.db"))
    told = {"PYTHONPROFILEIMPORTTIME": "1"}
    with daemon(config, log=tmp_path / "log", env=told) as running:
        until(lambda: running.service("acme")["verdict"] == "healthy", 10, "it is healthy")
        assert {"aiohttp", "pydantic", "sqlite3", "structlog"} <= loaded(running)
        assert "probe_success" in running.get("/metrics")
        assert not UNUSED & loaded(running)
        assert "acme" in running.get("/")
        assert UNUSED & loaded(running) == {"jinja2"}
