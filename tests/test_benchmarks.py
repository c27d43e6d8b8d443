"""What the benchmarks say must itself be right: bars, times of processes, and their page."""

import asyncio
import json
import os
import re
import subprocess
import time
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from processes import CHECKOUT

from benchmarks.bare import main as bare_loop
from benchmarks.bars import BARS
from benchmarks.detection import FAULTS, _alerted_after
from benchmarks.figure import Figure, document, spread
from benchmarks.process import Theft, children, cpu_s, open_files, resident_mb
from benchmarks.table import table
from benchmarks.targets import Targets
from probe.config.loading import load

pytestmark = pytest.mark.unwatched  # what is tested is no code of the package
HERE = os.getpid()


@pytest.mark.parametrize(
    ("figure", "holds", "bar"),
    [
        (Figure(what="x", value=5.0, unit="ms", at_most=5), True, "at most 5"),
        (Figure(what="x", value=5.1, unit="ms", at_most=5), False, "at most 5"),
        (Figure(what="x", value=5.0, unit="ms", at_least=5), True, "at least 5"),
        (Figure(what="x", value=4.9, unit="ms", at_least=5), False, "at least 5"),
        (Figure(what="x", value=4.9, unit="ms"), None, ""),
    ],
)
def test_a_figure_knows_whether_it_clears_its_bar(
    figure: Figure,
    holds: bool | None,  # noqa: FBT001 - a parameter of the test
    bar: str,
) -> None:
    assert (figure.holds, figure.bar) == (holds, bar)


def test_the_spread_of_a_hundred_values_is_their_middle_and_nearly_their_last() -> None:
    middle, nearly_last = spread(float(value) for value in range(101))
    assert middle == 50
    assert nearly_last == pytest.approx(99)


def test_the_cpu_of_a_process_is_what_it_has_used() -> None:
    before, began = cpu_s(HERE), time.process_time()
    while time.process_time() - began < 0.2:
        pass
    assert cpu_s(HERE) - before == pytest.approx(time.process_time() - began, abs=0.05)


def test_what_the_host_gave_to_others_is_a_share_of_all_time_there_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, stat = iter([100.0, 110.0]), tmp_path / "stat"
    monkeypatch.setattr("benchmarks.process.time.monotonic", lambda: next(clock))
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    stat.write_text("cpu 9 9 9 9 9 9 9 1000 0 0\ncpu0 9 9 9 9 9 9 9 500 0 0\n")
    theft = Theft(stat)
    stat.write_text("cpu 9 9 9 9 9 9 9 1400 0 0\ncpu0 9 9 9 9 9 9 9 900 0 0\n")
    assert theft.share == pytest.approx(0.2)


def test_an_open_file_is_counted_and_memory_that_is_touched(tmp_path: Path) -> None:
    files, memory = open_files(HERE), resident_mb(HERE)
    with (tmp_path / "a").open("w"):
        assert open_files(HERE) == files + 1
    touched = bytearray(b"x" * 50_000_000)
    assert resident_mb(HERE) > memory + 40
    del touched


def test_a_child_is_known_as_long_as_it_lives() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as child:
        assert child.pid in children(HERE)
    assert child.pid not in children(HERE)


def test_every_promise_has_its_place_on_the_page() -> None:
    text = (CHECKOUT / "docs/performance.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"<!-- (\w+) -->\n(?:[^<]*)<!-- end -->", text)) == sorted(BARS)


def test_what_is_written_as_json_comes_back_as_a_table() -> None:
    missed = Figure(what="lateness", value=7.25, unit="ms", at_most=5)
    written = json.loads(json.dumps(document([missed], stolen=0.031)))
    assert "| lateness | 7.25 ms | at most 5 | missed |" in table(written)
    assert written["machine"]["cpu"] in table(written)


def test_both_sides_are_given_the_same_targets(tmp_path: Path) -> None:
    targets = Targets(base="http://127.0.0.1:1", count=20, interval_s=10)
    config = targets.daemon(tmp_path / "probe.yaml")
    config.write_text(config.read_text("utf-8").replace("LISTEN", "127.0.0.1:0"), "utf-8")
    paths = [path for service in load(config).services for path in service.paths]
    assert [str(path.steps[0].request.url) for path in paths] == targets.urls
    scraping = json.loads(
        targets.scraping_the_exporter(tmp_path / "prometheus.json", "127.0.0.1:2").read_text()
    )
    assert scraping["scrape_configs"][0]["static_configs"] == [{"targets": targets.urls}]
    assert {path.interval for path in paths} == {10.0}
    assert scraping["global"]["scrape_interval"] == "10s"


async def test_the_bare_loop_asks_for_each_target_in_turn_at_its_pace() -> None:
    loop, came, enough = asyncio.get_running_loop(), list[tuple[float, str]](), asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        came.append((loop.time(), request.path))
        if len(came) == 10:
            enough.set()
        return web.Response()

    application = web.Application()
    application.router.add_get("/{number}", answer)
    async with TestServer(application) as server:
        urls = [str(server.make_url(f"/{number}")) for number in range(5)]
        bare = asyncio.create_task(bare_loop(urls, 0.1, "fresh", None))
        await enough.wait()
        bare.cancel()
        await asyncio.wait({bare})
    assert sorted(path for _, path in came[:5]) == [f"/{number}" for number in range(5)]
    assert came[9][0] - came[0][0] > 0.15


class _Least:
    """Chance that is always as early as it can be."""

    def uniform(self, low: float, _: float) -> float:
        return low


def test_an_alert_that_waits_for_a_minute_fires_no_sooner() -> None:
    at_once = FAULTS[0]
    assert _alerted_after(at_once, _Least()) == 75  # type: ignore[arg-type]
