"""Servers of the standard library, which answer in a thread beside the test."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import HTTPServer


class Quiet:
    """For a handler of requests that keeps the test's output clean."""

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def answering(server: HTTPServer) -> Iterator[int]:
    """The port of `server`, which answers until the block ends."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
