"""Service: how bad, for how long, what the vendor says of it, and who was told."""

from typing import Final

from dashboards.source.card import Question, Size, step
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
    STANDING,
    Scope,
    budget_left,
    burn,
    decided,
    path_availability,
)
from dashboards.source.runs import by_outcome
from dashboards.source.states import locations, verdicts
from dashboards.source.words import AGREEMENT, CLAIMS, STANDINGS

TILE: Final = Size(4, 4)
HALF: Final = Size(12, 11)

BY_PATH: Final = ("service", "path")
ALERT: Final = Scope(("service",))
"""What an alert is about need not have been scraped: alerts carry no job and no instance."""
FIRING: Final = ALERT.select("ALERTS", 'alertstate="firing"')
SINCE: Final = ALERT.select("ALERTS_FOR_STATE")

SINCE_WHEN: Final = figure(
    TILE.card(
        "Verdict holds since",
        "How long ago the verdict last changed, at any location.",
        Question(f"time() - max({SERVICE.select('probe_verdict_since_timestamp_seconds')})"),
        nothing="UNKNOWN",
    ),
    "s",
    0,
)

WORST_BUDGET: Final = figure(
    TILE.card(
        "Error budget left, worst path",
        "What is left of the failures that the objective allows in 30 days, for the"
        " path that has the least; below zero it is overspent. Throttled runs and runs that saw"
        " nothing do not count.",
        Question(f"min({budget_left(SERVICE, *BY_PATH)})"),
        nothing="no runs",
    ),
    "percentunit",
    1,
)

OBJECTIVE: Final = figure(
    TILE.card(
        "Objective",
        "The availability that the configuration promises for the service. Where it promises"
        " none, budget and burn count against 99.9 %.",
        Question(f"max by (service) ({SERVICE.select('probe_objective_ratio')})"),
        nothing="NONE: 99.9 %",
    ),
    "percentunit",
)

VENDOR_AGREES: Final = tiles(
    TILE.card(
        "Vendor's page",
        "Whether the vendor's status page and our verdict contradict each other.",
        Question(f"max by (service) ({SERVICE.select('probe_vendor_disagreement')})"),
        nothing="NO PAGE",
    ),
    AGREEMENT,
)

BUDGETS: Final = joined(
    HALF.card(
        "Availability and error budget by path",
        "Available: share of the known time in the chosen range in which the path was"
        " up. Budget left: of the failures that the objective allows in 30 days. Burn: how many"
        " times faster than the objective allows runs fail; 1 spends the budget exactly.",
        Question(path_availability(SERVICE, "$__range", *BY_PATH)),
        Question(budget_left(SERVICE, *BY_PATH)),
        Question(burn(SERVICE, "1h:1m", *BY_PATH)),
        Question(burn(SERVICE, "6h:1m", *BY_PATH)),
    ),
    "path",
    {
        "available": number("percentunit"),
        "budget left": number("percentunit"),
        "burn 1 h": number("suffix: x"),
        "burn 6 h": number("suffix: x"),
    },
)

OUTCOMES: Final = by_outcome(SERVICE, HALF)

CLAIMED: Final = history(
    Size(24, 9).card(
        "Our verdict and the vendor's words",
        "Above what we observed, below what the vendor's status page said of each"
        " component. The page is shown beside the verdict and is never an input to it.",
        Question(decided(STANDING, SERVICE), "{{service}}, observed"),
        Question(decided(CLAIM, SERVICE), "{{component}}"),
        nothing="UNKNOWN",
    ),
    STANDINGS,
    CLAIMS,
)

ALERTS: Final = sheet(
    HALF.card(
        "Open alerts",
        "Alerts of Prometheus that fire about the service, and since when they held.",
        Question(
            f"1000 * max by (alertname, severity, service, path) ({SINCE}"
            f" and ignoring (alertstate) {FIRING})"
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
    row=Row(
        (
            verdicts("Verdict", Size(8, 4), leads_to="path"),
            *(SINCE_WHEN, OBJECTIVE, WORST_BUDGET, VENDOR_AGREES),
            *(BUDGETS, OUTCOMES, CLAIMED, locations(HALF), ALERTS),
        ),
        open=True,
    ),
)
