"""The shipped configuration on a machine with no way out: a namespace with nothing but lo.

Some machines are worse off than without a network: whatever stands between accepts every
connection, and resolves no name.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from processes import CHECKOUT, tool

from probe.config.loading import load

pytestmark = pytest.mark.scenario

INSIDE = """
import fcntl, pathlib, socket, struct, sys, time
sys.path.insert(0, "tests")
from processes import daemon, until

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as lo:
    fcntl.ioctl(lo, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS: up, running
    for number, address in enumerate(sys.argv[2:]):
        alias = struct.pack("16sHH4s8x", b"lo:%d" % number, 2, 0, socket.inet_aton(address))
        fcntl.ioctl(lo, 0x8916, alias)  # SIOCSIFADDR
gateway = socket.create_server(("0.0.0.0", 443))
folder = pathlib.Path(sys.argv[1])
with daemon(folder / "probe.yaml", log=folder / "daemon.log") as running:
    until(lambda: running.service("claude")["findings"] == ["blind"], 60, "it says it is blind")
    time.sleep(10)
    metrics = running.get("/metrics")
    print("verdict", running.verdict("claude"))
    print("connectivity", 'probe_local_connectivity{location="local"} 0.0' in metrics)
    print("findings", running.service("claude")["findings"])
"""


@pytest.mark.parametrize(
    "accepted",
    [
        pytest.param((), id="no network at all"),
        pytest.param(("1.1.1.1", "8.8.8.8"), id="connections are accepted and no name resolves"),
    ],
)
def test_without_a_way_out_the_shipped_configuration_ends_at_unknown(
    tmp_path: Path, accepted: tuple[str, ...]
) -> None:
    unshare = tool("unshare", "util-linux")
    shipped = CHECKOUT / "config/probe.yaml"
    paths = [f"{{name: {path.name}, interval: 3s}}" for path in load(shipped).services[0].paths]
    text = shipped.read_text().replace("/var/lib/probe/journal.db", f"{tmp_path}/journal.db")
    quick = f"{text}    paths: [{', '.join(paths)}]\nlisten: LISTEN\n"
    (tmp_path / "probe.yaml").write_text(quick)
    ended = subprocess.run(
        [
            unshare,
            "--net",
            "--map-root-user",
            sys.executable,
            "-c",
            INSIDE,
            str(tmp_path),
            *accepted,
        ],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        check=False,
    )
    assert ended.returncode == 0, ended.stderr + (tmp_path / "daemon.log").read_text()
    assert "verdict unknown" in ended.stdout
    assert "connectivity True" in ended.stdout
    assert "blind" in ended.stdout
