"""A server that answers after an exact time and records when each request came.

It runs as its own process: `python -m benchmarks.clockwork PORT SECONDS FILE`. A thread waits for
each connection in advance, because starting one takes longer than what is measured; it wakes within
a tenth of a millisecond, where an event loop's timers are rounded to whole ones. The last part of
the wait is a busy loop.
"""

import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Final

from benchmarks.targets import TEXT

AT_ONCE: Final = 64
"""Further connections wait for one of these to end; 100 a second of 50 ms are 5 at once."""

SPUN_S: Final = 0.0003
BODY: Final = f"{TEXT} to a page of a few words\n".encode()
ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


class Clockwork:
    """Answers every request `holds_s` after it came."""

    def __init__(self, port: int, holds_s: float) -> None:
        self._holds_s = holds_s
        self._listener = socket.create_server(("127.0.0.1", port), backlog=4096)
        self.came: list[tuple[float, str]] = []

    def start(self) -> None:
        """Accept connections, for ever."""
        for _ in range(AT_ONCE):
            Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection, suppress(ConnectionError):
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        while asked := connection.recv(65536):
            came = time.monotonic()
            until = came + self._holds_s
            self.came.append((came, asked.split(b" ", 2)[1].decode()))
            time.sleep(max(0.0, self._holds_s - SPUN_S))
            while time.monotonic() < until:
                pass
            connection.sendall(ANSWER)


def main(port: str, holds_s: str, file: str) -> None:
    """Serve until SIGTERM, then write the arrivals."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    sys.setswitchinterval(0.0001)
    clockwork = Clockwork(int(port), float(holds_s))
    try:
        clockwork.start()
        while True:
            signal.pause()
    finally:
        lines = [f"{at:.6f} {path}\n" for at, path in clockwork.came]
        Path(file).write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
