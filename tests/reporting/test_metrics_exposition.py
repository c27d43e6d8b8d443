"""The text of a scrape: its catalogue, its formats, and its manners towards the event loop."""

import asyncio
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from made_incidents import a_transition
from processes import tool
from prometheus_client import Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families
from test_metrics import (
    ACME,
    INCIDENT,
    LOGIN,
    OK_STEP,
    QUOTA,
    RUN,
    START,
    STREAM,
    Watch,
    claimed,
    compared,
    status,
)

from probe.config.settings import Settings
from probe.model.claim import Account, ClaimState
from probe.model.event import Changed, IncidentUpdated, Reviewed, SelfObserved, Skipped, Started
from probe.model.outcome import Outcome, Phase
from probe.model.state import SkipReason, Verdict
from probe.reporting.metrics.block import Block
from probe.reporting.metrics.catalogue import CATALOGUE, RUN_DURATION, Family

GOLDEN = Path(__file__).with_name("metric_catalogue.txt")
OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
CHANNEL = {"name": "team", "webhook": "https://hook.example.com/"}


def catalogue() -> str:
    return "".join(
        f"{family.name} {family.kind} {','.join(_labels(family))}\n" for family in CATALOGUE
    )


def _labels(family: Family) -> list[str]:
    return sorted((*family.place, *family.labels))


def populated() -> Watch:
    """A daemon to which everything happened that leaves a series."""
    watch = Watch(settings={"services": [ACME], "notifications": [CHANNEL]})
    step = replace(OK_STEP, phases=dict.fromkeys(Phase, 0.1), stream=STREAM, quotas=(QUOTA,))
    watch.observe(replace(RUN, steps=(step,)))
    transition = a_transition(
        at=START + 100.0, new=Verdict.CONTROL_PLANE_DOWN, first_bad_at=START + 90.0
    )
    watch.metrics.handle(Changed(transition=transition, status=status(replace(RUN, steps=(step,)))))
    watch.metrics.handle(IncidentUpdated(incident=INCIDENT, status=status(incident=INCIDENT)))
    watch.metrics.handle(claimed(ClaimState.PARTIAL_OUTAGE, 200.0))
    watch.metrics.handle(compared(account=Account(service="acme", incident="i1", lead_s=100.0)))
    watch.metrics.handle(
        Skipped(
            service="acme",
            path="login",
            reason=SkipReason.RETRY_AFTER,
            at=START,
            retry_after_until=START + 9.0,
        )
    )
    watch.metrics.handle(Started(service="acme", lag_s=0.001))
    watch.metrics.handle(SelfObserved(at=START, connected=True, loop_lag_s=0.001, clock_skew_s=0.2))
    inside = status(replace(RUN, steps=(step,), session_age_s=1.0))
    kept = replace(inside.paths[0], session="login")
    watch.metrics.handle(Reviewed(status=replace(inside, paths=(kept,))))
    return watch


def families_of(text: str) -> list[Metric]:
    return list(text_string_to_metric_families(text))


def openmetrics_families(text: bytes) -> list[Metric]:
    read = openmetrics.text_string_to_metric_families
    return list(read(text.decode()))  # type: ignore[no-untyped-call]  # that parser has no types


def test_the_metric_catalogue_is_the_checked_in_one() -> None:
    assert catalogue() == GOLDEN.read_text(encoding="utf-8"), (
        "Names and labels are a promise to dashboards and rules. If this change is meant, say so "
        "in CHANGELOG.md and renew the file: python tests/reporting/test_metrics_exposition.py"
    )


async def test_what_is_scraped_is_what_the_catalogue_promises() -> None:
    body, _ = await populated().metrics.exposition(OPENMETRICS)
    scraped = {
        family.name + ("_total" if family.type == "counter" else ""): (
            family.type,
            {tuple(sorted(set(sample.labels) - {"le"})) for sample in family.samples},
        )
        for family in openmetrics_families(body)
        if family.name.startswith("probe_")
    }
    assert scraped == {family.name: (family.kind, {tuple(_labels(family))}) for family in CATALOGUE}


async def test_the_text_is_the_one_that_prometheus_client_would_write() -> None:
    body, content_type = await populated().metrics.exposition("")

    class Parsed:
        def collect(self) -> list[Metric]:
            return families_of(body.decode())

    ours = [line for line in body.decode().split("\n") if not line.startswith("#")]
    theirs = [line for line in generate_latest(Parsed()).decode().split("\n") if line[:1] != "#"]
    assert ours == theirs
    assert content_type == "text/plain; version=0.0.4; charset=utf-8"


@pytest.mark.parametrize("accept", ["", OPENMETRICS])
async def test_each_family_is_introduced_once(accept: str) -> None:
    body, _ = await populated().metrics.exposition(accept)
    lines = body.decode().split("\n")
    introduced = [line.split(" ")[2] for line in lines if line.startswith("# TYPE ")]
    assert len(introduced) == len(set(introduced))
    assert len(introduced) > len(CATALOGUE)


async def test_no_sample_carries_a_timestamp_and_none_tells_when_a_series_was_created() -> None:
    body, _ = await populated().metrics.exposition("")
    samples = [sample for family in families_of(body.decode()) for sample in family.samples]
    assert {sample.timestamp for sample in samples} == {None}
    assert not [sample.name for sample in samples if sample.name.endswith("_created")]


async def test_openmetrics_ends_as_it_must() -> None:
    body, content_type = await populated().metrics.exposition(OPENMETRICS)
    assert content_type.startswith("application/openmetrics-text; version=1.0.0; charset=utf-8")
    assert body.endswith(b"# EOF\n")
    assert body.count(b"# EOF") == 1


@pytest.mark.parametrize(
    "accept",
    [
        "application/openmetrics-text;version=1.0.0;escaping=dots",
        "text/plain;version=1.0.0;escaping=values",
        "application/openmetrics-text;version=a.b",
        "application/openmetrics-text;version=",
        ";;;,,,=",
        "\udc80",
    ],
)
async def test_an_odd_accept_header_gets_an_orderly_answer(accept: str) -> None:
    body, content_type = await populated().metrics.exposition(accept)
    assert b'\nprobe_success{location="local"' in body
    assert b"\n# TYPE probe_success gauge\n" in body
    assert content_type.isascii()


def test_promtool_finds_nothing_to_complain_about() -> None:
    promtool = tool("promtool", "prometheus")
    body, _ = asyncio.run(populated().metrics.exposition(""))
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=body, capture_output=True, check=False
    )
    assert checked.returncode == 0, (checked.stdout + checked.stderr).decode()


async def test_hostile_names_of_steps_break_nothing() -> None:
    names = [
        'say "hi"',
        "back\\slash",
        "two\nlines",
        "{}{0}%s",
        "\ue000",
        "caf\udce9",
        "\r\u2028",
        "",
    ]
    watch = Watch()
    watch.observe(replace(RUN, steps=tuple(replace(OK_STEP, name=name) for name in names)))
    body, _ = await watch.metrics.exposition(OPENMETRICS)
    steps = [
        sample.labels["step"]
        for family in openmetrics_families(body)
        if family.name == "probe_step_success"
        for sample in family.samples
    ]
    assert steps == [name.replace("\udce9", "?") for name in names]


def test_a_per_cent_sign_in_a_place_stands_in_every_line_of_a_histogram() -> None:
    block = Block({"location": "100 %s", "service": "acme", "path": "api", "plane": "data"})
    block.begin(RUN_DURATION)
    block.observe(RUN_DURATION, 0.1)
    texts: dict[Family, list[str]] = {RUN_DURATION: []}
    block.write(texts)
    (text,) = texts[RUN_DURATION]
    assert text.count('location="100 %s"') == len(RUN_DURATION.buckets) + 3
    assert text.endswith('plane="data",service="acme"} 0.1\n')


async def test_a_scrape_gives_way_after_each_path() -> None:
    paths = [{**LOGIN, "name": f"p{n}"} for n in range(50)]
    watch = Watch(settings={"services": [{"name": "acme", "paths": paths}]})
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await watch.metrics.exposition("")
    counting.cancel()
    assert turns > 50


async def test_what_happens_during_a_scrape_leaves_an_orderly_text() -> None:
    paths = [{**LOGIN, "name": f"p{n}"} for n in range(9)]
    watch = Watch(settings={"services": [{"name": "acme", "paths": paths}]})
    fewer = Settings.model_validate({"services": [{"name": "acme", "paths": paths[:2]}]})
    scrape = asyncio.create_task(watch.metrics.exposition(OPENMETRICS))
    await asyncio.sleep(0)
    watch.metrics.adopt(fewer)
    watch.observe(replace(RUN, path="p1", outcome=Outcome.TLS_FAILURE))
    body, _ = await scrape
    assert openmetrics_families(body)


if __name__ == "__main__":
    GOLDEN.write_text(catalogue(), encoding="utf-8")
