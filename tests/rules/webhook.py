"""A receiver of Alertmanager's webhook messages on loopback."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from threaded import Quiet, answering

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
    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            inbox.messages.setdefault(self.path.removeprefix("/"), []).append(message)
            self.send_response(204)
            self.end_headers()

    with answering(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        inbox = Webhook(address=f"http://127.0.0.1:{port}")
        yield inbox
