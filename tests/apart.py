"""Runs a test's function in a network of its own, whose only name server is 127.0.0.1."""

import os
import subprocess
import sys
from pathlib import Path

from processes import CHECKOUT, tool

SCRIPT = """
import fcntl, importlib, pathlib, socket, struct, subprocess, sys

module, function, folder = sys.argv[1:]
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as lo:
    fcntl.ioctl(lo, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS: up, running
resolv = pathlib.Path(folder) / "resolv.conf"
resolv.write_text("nameserver 127.0.0.1\\n")
subprocess.run(["mount", "--bind", resolv, "/etc/resolv.conf"], check=True)
getattr(importlib.import_module(module), function)(pathlib.Path(folder))
"""


def run_apart(module: str, function: str, folder: Path) -> None:
    """Call `function(folder)` there; what it logs to `folder` is shown if it fails."""
    apart = (tool("unshare", "util-linux"), "--net", "--mount", "--map-root-user")
    ended = subprocess.run(
        [*apart, sys.executable, "-c", SCRIPT, module, function, str(folder)],
        capture_output=True,
        text=True,
        timeout=100,
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / 'tests'}"},
        check=False,
    )
    log = folder / "daemon.log"
    assert ended.returncode == 0, ended.stderr + (log.read_text() if log.exists() else "")
