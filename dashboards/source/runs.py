"""Panels about runs that more than one dashboard shows."""

from typing import Final

from grafana_foundation_sdk.builders import timeseries

from dashboards.source.card import Card, Question
from dashboards.source.panels import coloured, lines
from dashboards.source.queries import Scope, rate
from dashboards.source.words import BLUE, GREEN, ORANGE, RED, YELLOW

COLOURS: Final = {
    "ok": GREEN,
    "slow": YELLOW,
    "throttled": BLUE,
    "timed_out": ORANGE,
    "server_error": RED,
    "bad_content": "#d683ce",
    "overloaded": "#7fb1ff",
    "connection_reset": "#b0774a",
    "incomplete": "#e8d5a3",
}
"""Of the usual outcomes, so that they look alike on every dashboard; the words are the legend's."""


def by_outcome(scope: Scope, width: int, height: int) -> timeseries.Panel:
    """What the runs showed."""
    card = Card(
        title="Runs by outcome",
        description="Runs a minute by what they showed; outcomes without a run are left out.",
        width=width,
        height=height,
        ask=(Question(f"60 * {rate(scope, 'probe_runs_total', 'outcome')} > 0", "{{outcome}}"),),
    )
    return coloured(lines(card, "cpm", stacked=True), COLOURS)


def skipped(scope: Scope, width: int, height: int) -> timeseries.Panel:
    """Which runs did not happen, and why."""
    card = Card(
        title="Runs skipped",
        description="Planned runs a minute that did not happen, by reason. A skipped run is never"
        " evidence of a fault.",
        width=width,
        height=height,
        ask=(Question(f"60 * {rate(scope, 'probe_runs_skipped_total', 'reason')}", "{{reason}}"),),
        nothing="none skipped",
    )
    return lines(card, "cpm", stacked=True)
