"""Which runs count as failed: reports, alerts and dashboards are to agree."""

import re

import yaml
from processes import CHECKOUT

from dashboards.source import queries
from probe.model.outcome import Outcome
from probe.recounting.spending import NO_FAILURES
from probe.reporting.metrics.path import MAINTENANCE

RUNS = CHECKOUT / "config" / "prometheus" / "rules" / "runs.yaml"
SUCCESSES = {outcome for outcome in Outcome if outcome.succeeded}


def left_out(record: str) -> set[str]:
    """The outcomes of the runs that the recorded sum leaves out."""
    (group,) = yaml.safe_load(RUNS.read_text("utf-8"))["groups"]
    (expr,) = (rule["expr"] for rule in group["rules"] if rule.get("record") == record)
    (words,) = re.findall(r'outcome!~"(.+)"', expr)
    return set(words.split("|"))


def test_alerts_and_reports_take_the_same_runs_for_failed() -> None:
    assert left_out("instance_path:probe_runs_failed:sum") == {*NO_FAILURES, MAINTENANCE}


def test_alerts_count_what_failed_and_what_succeeded_and_nothing_else() -> None:
    neither = {*NO_FAILURES, MAINTENANCE} - SUCCESSES
    assert left_out("instance_path:probe_runs_counted:sum") == neither


def test_dashboards_and_reports_take_the_same_runs_for_failed() -> None:
    assert set(queries.GOOD.split("|")) == SUCCESSES
    not_failed = f"{queries.GOOD}|{queries.NOT_JUDGED}"
    assert set(not_failed.split("|")) == {*NO_FAILURES, MAINTENANCE}
