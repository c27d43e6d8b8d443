"""Two processes share one configuration."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from processes import UP_WITHIN_S, Running, free_port, program, until

pytestmark = pytest.mark.scenario
SERVICES = ("alpha", "beta", "gamma", "delta")


def written(folder: Path, standin: str, services: tuple[str, ...]) -> Path:
    paths = f"[{{name: api, plane: data, steps: [{{request: GET {standin}/v1/models}}]}}]"
    listed = "".join(f"  - {{name: {name}, paths: {paths}}}\n" for name in services)
    file = folder / "probe.yaml"
    file.write_text(
        f"journal: {folder}/journal.db\ndefaults: {{interval: 5s, timeout: 2s}}\n"
        f"services:\n{listed}"
    )
    return file


@pytest.fixture
def shards(tmp_path: Path, standin: str) -> Iterator[list[Running]]:
    config = written(tmp_path, standin, SERVICES)
    with ExitStack() as stack:
        yield [stack.enter_context(shard(config, index)) for index in range(2)]


@contextmanager
def shard(config: Path, index: int) -> Iterator[Running]:
    address = f"127.0.0.1:{free_port()}"
    command = (sys.executable, "-m", "probe", "run", config)
    options = ("--shard", f"{index}/2", "--listen", address)
    with program(*command, *options, log=config.with_name(f"{index}.log")) as started:
        running = Running(program=started, address=f"http://{address}")
        until(lambda: running.get("/-/ready"), UP_WITHIN_S, "the shard is ready")
        yield running


def watched(running: Running) -> set[str]:
    services = json.loads(running.get("/api/v1/services"))["services"]
    return {service["name"] for service in services}


def test_each_service_is_probed_by_one_of_them_before_and_after_a_reload(
    shards: list[Running], tmp_path: Path, standin: str
) -> None:
    first, second = shards
    assert watched(first) | watched(second) == set(SERVICES)
    assert not watched(first) & watched(second)
    assert 'probe_shards{location="' in first.get("/metrics")
    assert {f"journal-{index}.db" for index in range(2)} == {
        file.name for file in tmp_path.glob("*.db")
    }
    more = (*SERVICES, "epsilon", "zeta")
    written(tmp_path, standin, more)
    for running in shards:
        running.program.process.send_signal(signal.SIGHUP)
    until(lambda: watched(first) | watched(second) == set(more), 10, "both took the new file over")
    assert not watched(first) & watched(second)
