"""The daemon as a process on a preset, its provider a stand-in whose parts fail one by one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import daemon
from staged_presets import STAGES
from standins import UPSTREAM, Answer, anthropic, anthropic_error, on_a_thread

pytestmark = pytest.mark.scenario


@pytest.fixture
def answers() -> dict[str, Answer]:
    return anthropic()


@pytest.fixture
def provider(answers: dict[str, Answer]) -> Iterator[str]:
    with on_a_thread(answers) as address:
        yield address


def written(address: str, file: Path) -> Path:
    """A use of the preset at the pace of a test, its status page left alone."""
    parameters = ", ".join(f"{name}: {address}" for name in STAGES["anthropic"].urls)
    names = ("web", "login", "token", "console", "api")
    paths = ", ".join(f"{{name: {name}, interval: 2s}}" for name in names)
    file.write_text(
        "listen: LISTEN\nservices:\n"
        f"  - preset: {{name: anthropic, parameters: {{{parameters}}}}}\n"
        f"    status_page: null\n    paths: [{paths}]\n"
    )
    return file


def test_a_preset_tells_a_login_that_is_down_from_an_api_that_is(
    provider: str, answers: dict[str, Answer], tmp_path: Path
) -> None:
    well = dict(answers)
    config = written(provider, tmp_path / "probe.yaml")
    with daemon(config, log=tmp_path / "daemon.log") as running:
        running.await_verdict("claude", "healthy", 20)
        answers["POST /v1/oauth/token"] = UPSTREAM
        running.await_verdict("claude", "control_plane_down", 20)
        answers.update(well)
        running.await_verdict("claude", "healthy", 20)
        answers["GET /v1/models"] = anthropic_error("api_error", 500)
        running.await_verdict("claude", "data_plane_down", 20)
