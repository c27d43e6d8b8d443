"""Overview: which service is broken, and which half of it. To be read in three seconds."""

from typing import Final

from dashboards.source.card import Question, Size
from dashboards.source.frame import Board, Row, address
from dashboards.source.panels import count, figure, history, lines, matrix, warm
from dashboards.source.queries import (
    PATH_STATE,
    SERVICE,
    STANDING,
    VERDICT,
    decided,
    path_availability,
    plane_availability,
    quantile,
    rate,
    stale,
)
from dashboards.source.runs import certificate
from dashboards.source.states import locations, verdicts
from dashboards.source.words import GREY, NONE, PURPLE, STANDINGS, STATES, VERDICTS, code_of

SMALL: Final = Size(4, 4)
TILE: Final = Size(5, 4)
HALF: Final = Size(12, 9)

SPLIT: Final = code_of(VERDICTS, "control_plane_down")

TILES: Final = verdicts("Which half is broken", Size(24, 5), leads_to="service")

SPLITS: Final = count(
    SMALL.card(
        "Split now",
        "Services whose login is down while their API is not.",
        Question(f"sum(({decided(VERDICT, SERVICE)}) == bool {SPLIT})"),
        nothing="UNKNOWN",
    ),
    "split",
    PURPLE,
    NONE,
)

AVAILABILITY: Final = tuple(
    figure(
        TILE.card(
            f"{called} available",
            f"Share of the known time in the selected range in which the {plane} plane was up,"
            " over all services. Impaired is not up; unknown time and maintenance do not count.",
            Question(plane_availability(SERVICE, plane, "$__range")),
            nothing="UNKNOWN",
        ),
        "percentunit",
        2,
    )
    for called, plane in (("Login", "control"), ("API", "data"))
)

STALE: Final = count(
    TILE.card(
        "Stale probes",
        "Paths, counted per location, that were configured within the last week and have now"
        " missed three runs or disappeared. Paths that were asked to wait do not count.",
        Question(stale(SERVICE)),
        nothing="UNKNOWN",
    ),
    "stale",
    GREY,
    NONE,
)

SOONEST: Final = certificate("Soonest certificate", SERVICE, TILE)

PATHS: Final = matrix(
    Size(24, 7).card(
        "Paths",
        "The confirmed state of each path of each service, by a strict majority of the locations"
        " with a fresh run.",
        Question(decided(PATH_STATE, SERVICE)),
        nothing="UNKNOWN",
        link=address("path", service="${__data.fields[0]}", path="${__field.name}"),
    ),
    STATES,
    down="service",
    across="path",
    row=address("service", service="${__data.fields[0]}"),
)

HISTORY: Final = history(
    Size(24, 5).card(
        "Verdicts over time",
        "The verdicts in the tiles above, over the selected time range.",
        Question(decided(STANDING, SERVICE), "{{service}}"),
        nothing="UNKNOWN",
    ),
    STANDINGS,
)

OF_A_SERVICE: Final = (
    history(
        Size(24, 9).card(
            "Paths over time",
            "The confirmed state of each path.",
            Question(decided(PATH_STATE, SERVICE), "{{path}}"),
            nothing="UNKNOWN",
        ),
        STATES,
    ),
    lines(
        HALF.card(
            "Availability by path",
            "Share of the last half hour in which each path was up, without unknown time and"
            " maintenance. The gap between the lines is the split.",
            Question(path_availability(SERVICE, "30m", "plane", "path"), "{{path}}"),
        ),
        "percentunit",
    ),
    lines(
        HALF.card(
            "Slowest twentieth of the runs that succeeded",
            "95th percentile of the duration of runs that ended ok or slow. The line stops when"
            " there are none, so that a login that fails fast does not look like an improvement.",
            Question(quantile(SERVICE, "probe_run_duration_seconds", 0.95, "path"), "{{path}}"),
        ),
        "s",
    ),
    warm(
        Size(12, 11).card(
            "Durations of the runs that succeeded",
            "Runs per second that ended ok or slow, by duration, over all paths.",
            Question(rate(SERVICE, "probe_run_duration_seconds_bucket", "le"), "{{le}}"),
        )
    ),
    locations(Size(12, 11)),
)

OVERVIEW: Final = Board(
    name="overview",
    description="Which service is broken, and which half of it.",
    variables=("job", "instance", "service", "location"),
    panels=(TILES, SPLITS, *AVAILABILITY, STALE, SOONEST, PATHS, HISTORY),
    row=Row(OF_A_SERVICE),
)
