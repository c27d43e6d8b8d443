"""Real receivers of messages on loopback: a web server and a mail server."""

import contextlib
import ssl
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message as Mail
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from processes import free_port
from threaded import Quiet, answering


@dataclass(frozen=True)
class Posted:
    """A request that arrived; headers by their names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class WebSink:
    """Answers what `answers` says, then 204; a silent one answers nothing until released."""

    address: str = ""
    arrived: list[Posted] = field(default_factory=list)
    answers: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    silent: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def web_sink(port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[WebSink]:
    sink = WebSink()
    sink.silent.set()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            sink.arrived.append(Posted(path=self.path, headers=headers, body=body))
            sink.silent.wait(60)
            status, more = sink.answers.popleft() if sink.answers else (204, {})
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    with answering(server) as taken:
        sink.address = f"{'http' if tls is None else 'https'}://127.0.0.1:{taken}"
        yield sink
        sink.silent.set()


@dataclass
class MailSink:
    """What arrived, in order; each recipient gets the answer in `replies`, or OK."""

    port: int = field(default_factory=free_port)
    arrived: list[Mail] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and signature
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        assert isinstance(envelope.content, bytes)
        self.arrived.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@contextlib.contextmanager
def mail_sink() -> Iterator[MailSink]:
    sink = MailSink()
    controller = Controller(
        sink,
        hostname="127.0.0.1",
        port=sink.port,
        authenticator=lambda *_: AuthResult(success=False, handled=False),
        auth_require_tls=False,
    )
    controller.start()
    yield sink
    controller.stop()


@pytest.fixture
def sink() -> Iterator[WebSink]:
    with web_sink() as receiver:
        yield receiver


@pytest.fixture
def mailbox() -> Iterator[MailSink]:
    with mail_sink() as receiver:
        yield receiver
