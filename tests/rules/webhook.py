"""A receiver of Alertmanager's webhook messages on loopback."""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Message = dict[str, Any]


@dataclass
class Webhook:
    """What arrived, by the receiver's name, in order."""

    address: str
    messages: dict[str, list[Message]] = field(default_factory=dict)

    def of(self, receiver: str) -> list[Message]:
        return list(self.messages.get(receiver, ()))


@contextlib.contextmanager
def webhook() -> Iterator[Webhook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            inbox.messages.setdefault(self.path.removeprefix("/"), []).append(message)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        inbox = Webhook(address=f"http://127.0.0.1:{server.server_port}")
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        yield inbox
        server.shutdown()
        serving.join()
