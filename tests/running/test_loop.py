import subprocess
import sys

CONNECT = """
import asyncio, os, socket, uvloop
from probe.running import loop

async def connect():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, server.getsockname())
    print(len(os.listdir("/proc/self/task")))

{run}(connect())
"""


def threads(run: str) -> int:
    """How many there are in a process that has connected to an address by `run`."""
    command = (sys.executable, "-c", CONNECT.format(run=run))
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_to_connect_to_an_address_no_thread_is_asked() -> None:
    assert threads("loop.run") == 1
    assert threads("uvloop.run") > 1, "uvloop has learnt it: probe/running/loop.py can go"
