"""Panels about confirmed states that more than one dashboard shows."""

from typing import Final

from grafana_foundation_sdk.builders import stat, table

from dashboards.source.card import Question, Size
from dashboards.source.frame import address
from dashboards.source.panels import matrix, tiles
from dashboards.source.queries import PATH_STATE, SERVICE, STANDING, by_location, decided
from dashboards.source.words import STANDINGS, STATES

TO_PATH: Final = address("path", service="$service", path="${__data.fields[0]}")


def verdicts(title: str, size: Size, leads_to: str) -> stat.Panel:
    """A tile per service, its verdict in words; a click leads to another dashboard."""
    card = size.card(
        title,
        "The verdict on each service, by a strict majority of the locations with a fresh run."
        " Purple is the split: people cannot log in and the API is not down; the tile says"
        " whether it is up, impaired or in maintenance. A service that is no longer watched stays"
        " for a week, grey.",
        Question(decided(STANDING, SERVICE), "{{service}}"),
        nothing="UNKNOWN",
        link=address(leads_to, service="${__field.labels.service}"),
    )
    return tiles(card, STANDINGS)


def locations(size: Size) -> table.Panel:
    """The paths of a service and how each location sees them."""
    card = size.card(
        "By location",
        "The confirmed state of each path at each location.",
        Question(by_location(PATH_STATE, SERVICE)),
        nothing="UNKNOWN",
        link=TO_PATH,
    )
    return matrix(card, STATES, down="path", across="location", row=TO_PATH)
