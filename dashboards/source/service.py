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
        "How long ago the verdict last changed at any location.",
        Question(f"time() - max({SERVICE.select('probe_verdict_since_timestamp_seconds')})"),
        nothing="UNKNOWN",
    ),
    "s",
    0,
)

WORST_BUDGET: Final = figure(
    TILE.card(
        "Error budget left, worst path",
        "Remaining share of the failures that the objective allows in 30 days, for the path with"
        " the least; below zero it is overspent. Throttled runs, runs in maintenance and runs"
        " without evidence do not count.",
        Question(f"min({budget_left(SERVICE, *BY_PATH)})"),
        nothing="no runs",
    ),
    "percentunit",
    1,
)

OBJECTIVE: Final = figure(
    TILE.card(
        "Objective",
        "The availability objective configured for the service. Without one, budget and burn are"
        " measured against 99.9 %.",
        Question(f"max by (service) ({SERVICE.select('probe_objective_ratio')})"),
        nothing="NONE: 99.9 %",
    ),
    "percentunit",
)

VENDOR_AGREES: Final = tiles(
    TILE.card(
        "Vendor's page",
        "Whether the vendor's status page and our observations contradict each other.",
        Question(f"max by (service) ({SERVICE.select('probe_vendor_disagreement')})"),
        nothing="NO PAGE",
    ),
    AGREEMENT,
)

BUDGETS: Final = joined(
    HALF.card(
        "Availability and error budget by path",
        "Available: share of the known time in the selected range in which the path was up."
        " Budget left: remaining share of the failures that the objective allows in 30 days."
        " Burn: rate of failed runs relative to what the objective allows; 1 uses up the budget"
        " exactly.",
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
        "Above: what we observed. Below: what the vendor's status page said about each component."
        " The page is shown next to the verdict and never influences it.",
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
        "Firing Prometheus alerts about the service, and since when their conditions have held.",
        Question(
            f"1000 * max by (alertname, severity, service, path) ({SINCE}"
            f" and ignoring (alertstate) {FIRING})"
        ),
        nothing="none firing",
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
    description="How bad it is, for how long, and what the vendor says about it.",
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
