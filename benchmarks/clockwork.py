"""A server that answers after an exact time and writes down when each request came.

It runs as a process of its own: `python -m benchmarks.clockwork PORT SECONDS FILE`. A thread
holds each connection, for a sleeping thread wakes within a tenth of a millisecond and an event
loop's timers are rounded to whole ones; the last part of the wait is spun.
"""

import signal
import socket
import socketserver
import sys
import time
from pathlib import Path
from typing import Final

from benchmarks.targets import TEXT

SPUN_S: Final = 0.0003
BODY: Final = f"{TEXT} to a page of a few words\n".encode()
ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


class Clockwork(socketserver.ThreadingTCPServer):
    """Answers every request `holds_s` after it came."""

    daemon_threads = True
    request_queue_size = 4096

    def __init__(self, port: int, holds_s: float) -> None:
        self.holds_s = holds_s
        self.came: list[tuple[float, str]] = []
        super().__init__(("127.0.0.1", port), _Connection)


class _Connection(socketserver.BaseRequestHandler):
    request: socket.socket
    server: Clockwork

    def handle(self) -> None:
        while asked := self.request.recv(65536):
            came = time.monotonic()
            until = came + self.server.holds_s
            self.server.came.append((came, asked.split(b" ", 2)[1].decode()))
            time.sleep(max(0.0, self.server.holds_s - SPUN_S))
            while time.monotonic() < until:
                pass
            self.request.sendall(ANSWER)


def main(port: str, holds_s: str, file: str) -> None:
    """Serve until SIGTERM, then write the arrivals."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    sys.setswitchinterval(0.0001)
    with Clockwork(int(port), float(holds_s)) as server:
        try:
            server.serve_forever()
        finally:
            lines = [f"{at:.6f} {path}\n" for at, path in server.came]
            Path(file).write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
