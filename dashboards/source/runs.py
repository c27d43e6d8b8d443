"""Panels about runs that more than one dashboard shows."""

from typing import Final

from grafana_foundation_sdk.builders import stat, timeseries

from dashboards.source.card import Question, Size
from dashboards.source.panels import coloured, figure, lines
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


def by_outcome(scope: Scope, size: Size) -> timeseries.Panel:
    """What the runs showed."""
    card = size.card(
        "Runs by outcome",
        "Runs per minute by outcome; outcomes without a run are omitted.",
        Question(f"60 * {rate(scope, 'probe_runs_total', 'outcome')} > 0", "{{outcome}}"),
    )
    return coloured(lines(card, "cpm", stacked=True), COLOURS)


def skipped(scope: Scope, size: Size) -> timeseries.Panel:
    """Which runs did not happen, and why."""
    card = size.card(
        "Runs skipped",
        "Planned or confirming runs per minute that did not happen, by reason. A skipped run is"
        " never evidence of a fault.",
        Question(f"60 * {rate(scope, 'probe_runs_skipped_total', 'reason')}", "{{reason}}"),
        nothing="none skipped",
    )
    return lines(card, "cpm", stacked=True)


def certificate(title: str, scope: Scope, size: Size) -> stat.Panel:
    """How long until a certificate has expired."""
    card = size.card(
        title,
        "Time until the first of the certificates seen by the last runs expires.",
        Question(f"min({scope.select('probe_ssl_earliest_cert_expiry')}) - time()"),
        nothing="NO TLS",
    )
    return figure(card, "s", 1)
