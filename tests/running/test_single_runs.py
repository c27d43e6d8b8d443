"""Single runs: no account is asked again that refused another path."""

from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from threaded import Quiet, answering

from probe.config.settings import Settings
from probe.model.outcome import Outcome
from probe.running.single_runs import REFUSED_BEFORE, run_once


class Refusing(Quiet, BaseHTTPRequestHandler):
    """Lets nobody in, by the status that the path names; `asked` counts the requests."""

    asked: Counter[str]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.do_GET()

    def do_GET(self) -> None:
        self.asked[self.path] += 1
        self.send_response(int(self.path.rpartition("/")[2]))
        self.send_header("content-length", "0")
        self.end_headers()


@pytest.fixture
def site() -> Iterator[tuple[str, Counter[str]]]:
    asked = Counter[str]()
    handler = type("Handler", (Refusing,), {"asked": asked})
    with answering(HTTPServer(("127.0.0.1", 0), handler)) as port:
        yield f"http://127.0.0.1:{port}", asked


def path(name: str, step: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"name": name, "plane": "control", "steps": [step], **more}


def told(*paths: dict[str, Any]) -> list[tuple[Outcome, str]]:
    whole = Settings.model_validate({"services": [{"name": "acme", "paths": paths}]})
    service = whole.services[0]
    runs = run_once(whole, [(service, each) for each in service.paths])
    return [(run.outcome, run.note) for run in runs]


NOT_TRIED = (Outcome.UNOBSERVED, REFUSED_BEFORE)


@pytest.mark.parametrize(
    ("status", "first"), [("401", Outcome.UNAUTHORIZED), ("200", Outcome.UNEXPECTED_STATUS)]
)
def test_a_login_that_was_refused_is_not_tried_for_other_paths(
    site: tuple[str, Counter[str]], status: str, first: Outcome
) -> None:
    base, asked = site
    form = {"user": "me", "password": "wrong horse"}
    login = {"request": f"POST {base}/login/{status}", "form": form, "expect": {"status": 302}}
    kept = [
        path(f"p{number}", {"request": f"GET {base}/page/200"}, session="login")
        for number in range(6)
    ]
    assert told(path("login", login), *kept) == [(first, ""), *[NOT_TRIED] * 6]
    assert asked == {f"/login/{status}": 1}


def test_a_password_that_was_refused_is_not_told_again_and_a_key_of_another_path_is(
    site: tuple[str, Counter[str]],
) -> None:
    base, _ = site
    basic = {"user": "me", "password": "wrong horse"}
    assert told(
        path("one", {"request": f"GET {base}/a/401", "basic": basic}),
        path("two", {"request": f"GET {base}/b/401", "basic": basic}),
        path("api", {"request": f"GET {base}/c/401", "bearer": "key"}),
    ) == [(Outcome.UNAUTHORIZED, ""), NOT_TRIED, (Outcome.UNAUTHORIZED, "")]
