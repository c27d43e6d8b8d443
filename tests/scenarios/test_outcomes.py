"""docs/outcomes.md says what is really seen: every row is broken here, on real sockets."""

import asyncio
import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.request import urlopen

import pytest
import trustme
from faultless import SCENARIO
from outcome_rows import CERTIFICATES, ENDPOINTS, NOWHERE, ROWS, Breakage
from processes import CHECKOUT, free_port, nginx_config, program, tool, until

from probe.config.canaries import Canary
from probe.config.loading import read
from probe.config.path import ProbePath
from probe.config.service import Service
from probe.config.settings import Connectivity as Configured
from probe.config.settings import Settings
from probe.judging.service import begin
from probe.model.clock import SYSTEM, Clock
from probe.model.event import Event, Observed
from probe.model.run import Run
from probe.model.state import Verdict
from probe.model.status import ServiceStatus
from probe.observing.connectivity import Connectivity
from probe.observing.observer import Observer
from probe.running.cycle import Cycle
from probe.running.restraint.politeness import Politeness
from probe.running.vitals import Vitals
from probe.simulator.provider import Provider
from probe.simulator.scenario import read_faults, read_scenario
from probe.simulator.serving import serving

pytestmark = pytest.mark.scenario
TABLE = CHECKOUT / "docs" / "outcomes.md"
HEAD = "| what breaks | path | outcome | step | phase | blame | path is | verdict | findings |"
INTERVAL_S = 30.0
WELL_ROUNDS, BROKEN_ROUNDS = 4, 12
DEMO = "http://127.0.0.1:9640"
DAY = dt.date(2026, 3, 2)
URLs = dict[str, str]


@dataclass
class Stage:
    """The pipeline of the daemon; after each round, its time moves on by an interval."""

    url: str
    urls: URLs
    authority: Path
    told: list[Observed] = field(default_factory=list)
    moved_s: float = 0.0

    def settings(self, row: Breakage | None = None) -> Settings:
        """The configuration of the demo, against the stand-in and what the row puts in."""
        text = (CHECKOUT / "config/demo.yaml").read_text(encoding="utf-8")
        text = text.replace("timeout: 10s}", f"timeout: 10s, tls: {{ca_file: {self.authority}}}}}")
        if row is not None and row.at:
            looked_at = "" if row.everywhere else "/v1/models"
            text = text.replace(f"{DEMO}{looked_at}", f"{self.urls[row.at]}{looked_at}")
        return read(text.replace(DEMO, self.url), CHECKOUT / "config/demo.yaml")

    async def play(self, row: Breakage, provider: Provider) -> str:
        """The row of the table, as it is seen."""
        before, after = self.settings(), self.settings(row)
        service = before.services[0]
        wrong = Clock(now=lambda: SYSTEM.now() + row.clock_ahead_s, monotonic=SYSTEM.monotonic)
        moved = Clock(now=lambda: wrong.now() + self.moved_s, monotonic=SYSTEM.monotonic)
        vitals = Vitals(Connectivity(self._canaries(row), wrong), wrong, lambda _: None)
        observer = Observer(before, wrong)
        looked_at = before

        async def observe(_: Service, path: ProbePath, *_confirmation: bool) -> Run:
            at = next(each for each in looked_at.services[0].paths if each.name == path.name)
            if looked_at is after and row.path == at.name:
                at = at.model_copy(update=row.limits)
            run = await vitals.excuse(await observer.observe(service, at))
            return replace(run, started_at=run.started_at + self.moved_s)

        politeness = Politeness(before, moved.now(), observer.has_session)
        memory = begin(service, moved.now())
        cycle = Cycle({service.name: memory}, observe, politeness, self._note, moved)
        try:
            await self._rounds(cycle, service, WELL_ROUNDS)
            assert cycle.memories[service.name].status.verdict is Verdict.HEALTHY, row.what
            looked_at = after
            provider.inject(read_faults([dict(row.fault)], DAY) if row.fault else [])
            await self._rounds(cycle, service, BROKEN_ROUNDS)
        finally:
            await observer.close()
        runs = [event.run for event in self.told if event.run.path == row.path]
        return written(row, runs[-1], cycle.memories[service.name].status)

    def _canaries(self, row: Breakage) -> tuple[Canary, ...]:
        urls = [f"{self.urls[name]}/generate_204" for name in row.canaries]
        return Configured.model_validate({"canaries": urls}).canaries

    def _note(self, event: Event) -> None:
        if isinstance(event, Observed):
            self.told.append(event)

    async def _rounds(self, cycle: Cycle, service: Service, count: int) -> None:
        for _ in range(count):
            await asyncio.gather(*(cycle.run(service, path) for path in service.paths))
            self.moved_s += INTERVAL_S
            cycle.review()


def written(row: Breakage, run: Run, status: ServiceStatus) -> str:
    state = next(path.state for path in status.paths if path.path == row.path)
    findings = ", ".join(f"`{finding}`" for finding in sorted(status.findings))
    cells = (
        row.what,
        f"`{row.path}`",
        f"`{run.outcome}`",
        f"`{run.failed_step}`" if run.failed_step else "",
        run.failed_phase or "",
        run.blame,
        state,
        f"`{status.verdict}`",
        findings,
    )
    return f"| {' | '.join(cells)} |"


@contextmanager
def endpoints(folder: Path) -> Iterator[tuple[URLs, Path]]:
    """nginx with a server for each of ENDPOINTS and CERTIFICATES: their URLs, and the authority."""
    ports = {name: free_port() for name in (*ENDPOINTS, *CERTIFICATES)}
    authority = folder / "authority.pem"
    _write_certificates(folder, authority)
    servers = [_server(ports[name], then) for name, then in ENDPOINTS.items()]
    servers += [_server(ports[name], "return 200;", folder / name) for name in CERTIFICATES]
    config = nginx_config(folder, "\n".join(servers))
    command = (tool("nginx", "nginx-light"), "-c", config, "-e", "stderr")
    urls = {name: f"http://127.0.0.1:{ports[name]}" for name in ENDPOINTS}
    urls |= {name: f"https://127.0.0.1:{ports[name]}" for name in CERTIFICATES}
    urls |= {name: url.format(closed=free_port()) for name, url in NOWHERE.items()}
    with program(*command, log=folder / "nginx.log"):
        until(lambda: urlopen(urls["welcome"]).read(), 10, "nginx answers")
        yield urls, authority


def _server(port: int, then: str, certificate: Path | None = None) -> str:
    tls = f"ssl_certificate {certificate}; ssl_certificate_key {certificate};"
    kind, keys = ("", "") if certificate is None else (" ssl", tls)
    return f"server {{ listen 127.0.0.1:{port}{kind}; {keys} location / {{ {then} }} }}"


def _write_certificates(folder: Path, authority: Path) -> None:
    trusted, stranger = trustme.CA(), trustme.CA()
    trusted.cert_pem.write_to_path(authority)
    now, day = dt.datetime.now(dt.UTC), dt.timedelta(days=1)
    issued = {
        "untrusted": stranger.issue_cert("127.0.0.1"),
        "expired": trusted.issue_cert("127.0.0.1", not_before=now - 9 * day, not_after=now - day),
        "not_yet_valid": trusted.issue_cert("127.0.0.1", not_before=now + day),
        "other_host": trusted.issue_cert("other.invalid"),
    }
    for name, certificate in issued.items():
        certificate.private_key_and_cert_chain_pem.write_to_path(folder / name)


async def seen(row: Breakage, urls: URLs, authority: Path) -> str:
    provider = Provider(read_scenario(SCENARIO))
    async with serving(provider) as url:
        return await Stage(url, urls, authority).play(row, provider)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[URLs, Path]]:
    with endpoints(tmp_path_factory.mktemp("endpoints")) as ready:
        yield ready


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
async def test_what_the_table_says_of_a_fault_is_what_is_seen(
    row: Breakage, served: tuple[URLs, Path]
) -> None:
    line = await seen(row, *served)
    assert line in TABLE.read_text(encoding="utf-8").splitlines(), (
        f"if `{line}` is meant: PYTHONPATH=tests python tests/scenarios/test_outcomes.py"
    )


def test_the_table_has_these_rows_and_no_others() -> None:
    lines = TABLE.read_text(encoding="utf-8").partition(f"{HEAD}\n")[2].splitlines()[1:]
    assert [line.split(" | ")[0].removeprefix("| ") for line in lines if line] == [
        row.what for row in ROWS
    ]


def main() -> None:
    before = TABLE.read_text(encoding="utf-8").partition(HEAD)[0]
    with tempfile.TemporaryDirectory() as folder, endpoints(Path(folder)) as (urls, authority):
        lines = [asyncio.run(seen(row, urls, authority)) for row in ROWS]
    table = "\n".join([HEAD, "|---" * 9 + "|", *lines])
    TABLE.write_text(f"{before}{table}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
