"""The programs of a measurement: targets, the daemon, and what it is compared with."""

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import quote
from urllib.request import urlopen

import trustme
from processes import daemon, free_port, nginx_config, program, tool, until

from benchmarks.targets import TEXT, Targets

SITE: Final = """
  keepalive_requests 1000000;
  server {{
    listen 127.0.0.1:{http} backlog=4096;
    listen 127.0.0.1:{https} ssl backlog=4096;
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.key;
    ssl_session_cache off;
    ssl_session_tickets off;
    location / {{ return 200 "{text} to a page of a few words\\n"; }}
  }}
"""
"""Every handshake is a full one: a resumed session would not be fresh."""


class TooBusyError(Exception):
    """The machine has no room to measure; the text says what did not happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A running nginx, and the authority that issued its certificate."""

    pid: int
    http: str
    https: str
    authority: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running program that answers at `address`."""

    pid: int
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A prober, and the Prometheus that scrapes it."""

    prober: Server
    prometheus: Server

    @property
    def pids(self) -> tuple[int, int]:
        """The processes that probing needs."""
        return self.prober.pid, self.prometheus.pid


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """A real nginx with its own certificate."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", not_after=datetime.now(UTC) + timedelta(days=10))
    authority.cert_pem.write_to_path(folder / "ca.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "server.pem")
    issued.private_key_pem.write_to_path(folder / "server.key")
    ports = {"http": free_port(), "https": free_port()}
    config = nginx_config(folder, SITE.format(folder=folder, text=TEXT, **ports))
    roomy = config.read_text().replace("events {}", "events { worker_connections 8192; }")
    config.write_text(roomy)  # with nginx's 512, it would close kept connections for new ones
    command = (tool("nginx", "nginx-light"), "-c", config, "-e", "stderr")
    with program(*command, log=folder / "nginx.log") as started:
        found = Site(
            pid=started.process.pid,
            http=f"http://127.0.0.1:{ports['http']}",
            https=f"https://127.0.0.1:{ports['https']}",
            authority=folder / "ca.pem",
        )
        until(lambda: urlopen(f"{found.http}/0").read(), 10, "nginx answers")
        yield found


@contextmanager
def our_pair(
    targets: Targets,
    folder: Path,
    journal: Path | None = None,
    scraped_every_s: float | None = None,
) -> Iterator[Pair]:
    """The daemon on `targets`, scraped by default as often as it probes."""
    with probing(targets, folder, journal) as prober:
        address = prober.address.removeprefix("http://")
        every_s = scraped_every_s or targets.interval_s
        config = targets.scraping_the_daemon(folder / "ours.json", address, every_s)
        with scraping(config, folder / "ours") as prometheus:
            yield Pair(prober=prober, prometheus=prometheus)


@contextmanager
def filling(paths: int, interval_s: float) -> Iterator[tuple[Site, Pair]]:
    """A daemon with a journal on that many paths of its own site, scraped every 10 s."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = stack.enter_context(site(folder))
        targets = Targets(base=found.http, count=paths, interval_s=interval_s)
        ours = our_pair(targets, folder, folder / "journal.db", scraped_every_s=10.0)
        yield found, stack.enter_context(ours)


@contextmanager
def their_pair(targets: Targets, folder: Path) -> Iterator[Pair]:
    """blackbox_exporter, and a Prometheus that has it probe `targets`."""
    with exporter(targets, folder) as prober:
        address = prober.address.removeprefix("http://")
        config = targets.scraping_the_exporter(folder / "theirs.json", address)
        with scraping(config, folder / "theirs") as prometheus:
            yield Pair(prober=prober, prometheus=prometheus)


@contextmanager
def probing(targets: Targets, folder: Path, journal: Path | None = None) -> Iterator[Server]:
    """The daemon."""
    config = targets.daemon(folder / "probe.yaml", journal)
    with daemon(config, log=folder / "daemon.log") as running:
        yield Server(pid=running.program.process.pid, address=running.address)


@contextmanager
def bare(targets: Targets, folder: Path) -> Iterator[int]:
    """A loop of aiohttp that requests `targets` and does nothing else; yields its process id."""
    asked = {
        "urls": targets.urls,
        "interval_s": targets.interval_s,
        "connection": targets.connection,
        "authority": str(targets.authority) if targets.authority else None,
    }
    command = (sys.executable, "-m", "benchmarks.bare", json.dumps(asked))
    with program(*command, log=folder / "bare.log") as started:
        yield started.process.pid


@contextmanager
def exporter(targets: Targets, folder: Path) -> Iterator[Server]:
    """blackbox_exporter."""
    config = targets.exporter(folder / "blackbox.json")
    name = "prometheus-blackbox-exporter"
    address = f"127.0.0.1:{free_port()}"
    command = (tool(name, name), f"--config.file={config}", f"--web.listen-address={address}")
    with answering(command, f"http://{address}", "/-/healthy", folder / "exporter.log") as server:
        yield server


@contextmanager
def scraping(config: Path, folder: Path) -> Iterator[Server]:
    """A Prometheus with its data in `folder`."""
    folder.mkdir()
    address = f"127.0.0.1:{free_port()}"
    command = (
        tool("prometheus", "prometheus"),
        f"--config.file={config}",
        f"--storage.tsdb.path={folder}",
        f"--web.listen-address={address}",
        "--log.level=warn",
    )
    with answering(command, f"http://{address}", "/-/ready", folder / "log") as server:
        yield server


def asked(prometheus: Server, query: str, at: float | None = None) -> float:
    """Prometheus's answer to a query that has one number as its result, `at` a time or now.

    Raises TooBusyError if it has none.
    """
    moment = "" if at is None else f"&time={at}"
    url = f"{prometheus.address}/api/v1/query?query={quote(query)}{moment}"
    with urlopen(url, timeout=10) as answer:
        results = json.loads(answer.read())["data"]["result"]
    if not results:
        raise TooBusyError(f"Prometheus stored no scrape in which {query} stands")
    return float(results[0]["value"][1])


@contextmanager
def answering(
    command: tuple[str | Path, ...], address: str, path: str, log: Path
) -> Iterator[Server]:
    """A program that is ready once it answers at `path`."""
    with program(*command, log=log) as started:
        until(lambda: urlopen(address + path, timeout=5).read(), 30, f"{log} is ready")
        yield Server(pid=started.process.pid, address=address)


@contextmanager
def clockwork(holds_s: float, file: Path) -> Iterator[str]:
    """A server that answers after that time; its arrivals are in `file` once it has ended."""
    port = free_port()
    command = (sys.executable, "-m", "benchmarks.clockwork", str(port), str(holds_s), str(file))
    with answering(command, f"http://127.0.0.1:{port}", "/-/ready", file.with_suffix(".log")) as on:
        yield on.address
