"""A dashboard as a picture: Chromium draws the page in `build` on data of a real Prometheus."""

import functools
import http.server
import json
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

FOLDER: Final = Path(__file__).parent
JSON: Final = FOLDER.parent / "json"
WIDTH: Final = 1516
ROW: Final = 38
FLAGS: Final = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --hide-scrollbars"
    " --disable-background-networking --disable-component-update --disable-sync"
    " --run-all-compositor-stages-before-draw --virtual-time-budget=15000"
)


class DrawingError(Exception):
    """A picture could not be taken; the message names the panels that failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Which dashboard, when, over how many hours, with which values of its variables.

    Its row stands there once for each of `services`, all of them opened or folded away.
    """

    dashboard: str
    end: float
    hours: float
    services: tuple[str, ...]
    folded: bool = False
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def source(self) -> Path:
        """The dashboard's JSON."""
        return JSON / f"{self.dashboard}.json"

    @property
    def height(self) -> int:
        """In pixels: down to the end of the last panel."""
        panels = json.loads(self.source.read_text(encoding="utf-8"))["panels"]
        inside = [each for panel in panels for each in panel.get("panels", ())]
        shown = panels if self.folded else [*panels, *inside]
        rows = max(each["gridPos"]["y"] + each["gridPos"]["h"] for each in shown)
        folded_rows = len(self.services) - 1 if self.folded else 0
        return ROW * (rows + folded_rows) + 16


def draw(picture: Picture, prometheus: str, file: Path) -> None:
    """Take `picture` of what the Prometheus at that address holds.

    Raises:
        DrawingError: a panel failed, or there is no browser.
    """
    browser = shutil.which("chromium")
    if browser is None:
        raise DrawingError("chromium is missing (Debian: chromium)")
    with tempfile.TemporaryDirectory() as name, _site(Path(name), picture) as address:
        asked = {
            "prometheus": prometheus,
            "end": picture.end,
            "hours": picture.hours,
            "services": ",".join(picture.services),
            "folded": "yes" if picture.folded else "",
            "variables": json.dumps(picture.variables),
        }
        command = [
            *(browser, *FLAGS.split(), f"--user-data-dir={name}/profile"),
            f"--window-size={WIDTH},{picture.height}",
        ]
        page = f"{address}?{urlencode(asked)}"
        _run([*command, f"--screenshot={file.resolve()}", page])
        _check(_run([*command, "--dump-dom", page]))


def _run(command: list[str]) -> str:
    done = subprocess.run(  # noqa: S603 - our own page
        command, check=True, capture_output=True, text=True, timeout=120
    )
    return done.stdout


def _check(page: str) -> None:
    failures = re.search(r'<pre id="failures"[^>]*>([^<]*)', page)
    if failures is None:
        raise DrawingError("the page did not finish drawing")
    if failures[1].strip():
        raise DrawingError(f"panels that failed:\n{failures[1]}")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _site(folder: Path, picture: Picture) -> Iterator[str]:
    """The page and its dashboard, served on loopback; gives the address."""
    for file in (FOLDER / "index.html", *(FOLDER / "build").glob("bundle.*")):
        shutil.copy(file, folder)
    shutil.copy(picture.source, folder / "dashboard.json")
    handler = functools.partial(_Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/index.html"
    finally:
        server.shutdown()
        server.server_close()
