"""Service: how bad, for how long, what the vendor says of it, and who was told."""

from typing import Final

from dashboards.source.card import Card, Question, step
from dashboards.source.frame import Board, Row
from dashboards.source.panels import (
    figure,
    history,
    joined,
    number,
    sheet,
    tiles,
)
from dashboards.source.queries import (
    CLAIM,
    SERVICE,
    VERDICT,
    Scope,
    budget_left,
    burn,
    decided,
    path_availability,
)
from dashboards.source.runs import by_outcome
from dashboards.source.states import locations, verdicts
from dashboards.source.words import AGREEMENT, CLAIMS, VERDICTS

BY_PATH: Final = ("path",)
ALERT: Final = Scope(("service",))
"""What an alert is about need not have been scraped: alerts carry no job and no instance."""
FIRING: Final = ALERT.select("ALERTS", 'alertstate="firing"')
SINCE: Final = ALERT.select("ALERTS_FOR_STATE")

SINCE_WHEN: Final = figure(
    Card(
        title="Verdict holds since",
        description="How long ago the verdict last changed, at any location.",
        width=5,
        height=4,
        ask=(Question(f"time() - max({SERVICE.select('probe_verdict_since_timestamp_seconds')})"),),
        nothing="UNKNOWN",
    ),
    "s",
    0,
)

WORST_BUDGET: Final = figure(
    Card(
        title="Error budget left, worst path",
        description="What is left of the failures that the objective allows in 30 days, for the"
        " path that has the least; below zero it is overspent. Throttled runs and runs that saw"
        " nothing do not count.",
        width=5,
        height=4,
        ask=(Question(f"min({budget_left(SERVICE, *BY_PATH)})"),),
        nothing="no runs",
    ),
    "percentunit",
    1,
)

VENDOR_AGREES: Final = tiles(
    Card(
        title="Vendor's page",
        description="Whether the vendor's status page and our verdict contradict each other.",
        width=5,
        height=4,
        ask=(Question(f"max by (service) ({SERVICE.select('probe_vendor_disagreement')})"),),
        nothing="NO PAGE",
    ),
    AGREEMENT,
)

BUDGETS: Final = joined(
    Card(
        title="Availability and error budget by path",
        description="Available: share of the known time in the chosen range in which the path was"
        " up. Budget left: of the failures that the objective allows in 30 days. Burn: how many"
        " times faster than the objective allows runs fail; 1 spends the budget exactly.",
        width=12,
        height=11,
        ask=(
            Question(path_availability(SERVICE, "$__range", *BY_PATH)),
            Question(budget_left(SERVICE, *BY_PATH)),
            Question(burn(SERVICE, "1h", *BY_PATH)),
            Question(burn(SERVICE, "6h", *BY_PATH)),
        ),
    ),
    "path",
    {
        "available": number("percentunit"),
        "budget left": number("percentunit"),
        "burn 1 h": number("suffix: x"),
        "burn 6 h": number("suffix: x"),
    },
)

OUTCOMES: Final = by_outcome(SERVICE, width=12, height=11)

CLAIMED: Final = history(
    Card(
        title="Our verdict and the vendor's words",
        description="Above what we observed, below what the vendor's status page said of each"
        " component. The page is shown beside the verdict and is never an input to it.",
        width=24,
        height=9,
        ask=(
            Question(decided(VERDICT, SERVICE), "{{service}}, observed"),
            Question(decided(CLAIM, SERVICE), "{{component}}"),
        ),
        nothing="UNKNOWN",
    ),
    VERDICTS,
    CLAIMS,
)

ALERTS: Final = sheet(
    Card(
        title="Open alerts",
        description="Alerts of Prometheus that fire about the service, and since when they held.",
        width=12,
        height=11,
        ask=(
            Question(
                f"1000 * max by (alertname, severity, service, path) ({SINCE}"
                f" and ignoring (alertstate) {FIRING})"
            ),
        ),
        nothing="none fires",
    ),
    {"since": number("dateTimeFromNow", 0)},
    step(
        "organize",
        excludeByName={"Time": True},
        indexByName={"alertname": 0, "severity": 1, "service": 2, "path": 3, "Value": 4},
        renameByName={"alertname": "alert", "Value": "since"},
    ),
)

OF_SERVICE: Final = Board(
    name="service",
    description="How bad, for how long, and what the vendor says of it.",
    variables=("job", "instance", "service", "location"),
    texts={"objective": ("Objective in %", "99.9")},
    row=Row(
        (
            verdicts("Verdict", width=9, height=4, leads_to="path"),
            *(SINCE_WHEN, WORST_BUDGET, VENDOR_AGREES),
            *(BUDGETS, OUTCOMES, CLAIMED, locations(), ALERTS),
        ),
        open=True,
    ),
)
