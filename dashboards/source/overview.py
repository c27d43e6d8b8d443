"""Overview: which service is broken, and which half of it. To be read in three seconds."""

from typing import Final

from dashboards.source.card import Card, Question
from dashboards.source.frame import Board, Row, address
from dashboards.source.panels import count, figure, history, lines, matrix, warm
from dashboards.source.queries import (
    PATH_STATE,
    SERVICE,
    VERDICT,
    decided,
    path_availability,
    plane_availability,
    quantile,
    rate,
    stale,
)
from dashboards.source.states import locations, verdicts
from dashboards.source.words import GREY, NONE, PURPLE, STATES, VERDICTS, code_of

SPLIT: Final = code_of(VERDICTS, "control_plane_down")
CERTIFICATE: Final = SERVICE.select("probe_ssl_earliest_cert_expiry")

TILES: Final = verdicts("Which half is broken", width=24, height=5, leads_to="service")

SPLITS: Final = count(
    Card(
        title="Split now",
        description="Services whose login is down while their API is up.",
        width=4,
        height=4,
        ask=(Question(f"sum(({decided(VERDICT, SERVICE)}) == bool {SPLIT})"),),
        nothing="UNKNOWN",
    ),
    "split",
    PURPLE,
    NONE,
)

AVAILABILITY: Final = tuple(
    figure(
        Card(
            title=f"{called} available",
            description=f"Share of the known time in the chosen range in which the {plane} plane"
            " was not down, over all services. Unknown time does not count.",
            width=5,
            height=4,
            ask=(Question(plane_availability(SERVICE, plane, "$__range")),),
            nothing="UNKNOWN",
        ),
        "percentunit",
        2,
    )
    for called, plane in (("Login", "control"), ("API", "data"))
)

STALE: Final = count(
    Card(
        title="Stale probes",
        description="Paths, counted per location, that ran within the last week and have now"
        " missed three runs or are gone.",
        width=5,
        height=4,
        ask=(Question(stale(SERVICE)),),
        nothing="UNKNOWN",
    ),
    "stale",
    GREY,
    NONE,
)

SOONEST: Final = figure(
    Card(
        title="Soonest certificate",
        description="Time until the first of the certificates that the last runs saw expires.",
        width=5,
        height=4,
        ask=(Question(f"min({CERTIFICATE}) - time()"),),
        nothing="NO TLS",
    ),
    "s",
    1,
)

PATHS: Final = matrix(
    Card(
        title="Paths",
        description="The confirmed state of each path of each service, as a strict majority of"
        " the locations with a fresh run has it.",
        width=24,
        height=7,
        ask=(Question(decided(PATH_STATE, SERVICE)),),
        nothing="UNKNOWN",
        link=address("path", service="${__data.fields[0]}", path="${__field.name}"),
    ),
    STATES,
    down="service",
    across="path",
    row=address("service", service="${__data.fields[0]}"),
)

HISTORY: Final = history(
    Card(
        title="Verdicts over time",
        description="What the tiles above said, and when.",
        width=24,
        height=5,
        ask=(Question(decided(VERDICT, SERVICE), "{{service}}"),),
        nothing="UNKNOWN",
    ),
    VERDICTS,
)

OF_A_SERVICE: Final = (
    history(
        Card(
            title="Paths over time",
            description="The confirmed state of each path.",
            width=24,
            height=9,
            ask=(Question(decided(PATH_STATE, SERVICE), "{{path}}"),),
            nothing="UNKNOWN",
        ),
        STATES,
    ),
    lines(
        Card(
            title="Availability by path",
            description="Share of the last half hour in which a path was up, unknown time left"
            " out. The gap between the lines is the split.",
            width=12,
            height=9,
            ask=(Question(path_availability(SERVICE, "30m", "plane", "path"), "{{path}}"),),
        ),
        "percentunit",
    ),
    lines(
        Card(
            title="Slowest twentieth of the runs that succeeded",
            description="95th percentile of the duration of runs that ended ok or slow. A line"
            " breaks off where none did: a login that fails fast is no improvement.",
            width=12,
            height=9,
            ask=(
                Question(quantile(SERVICE, "probe_run_duration_seconds", 0.95, "path"), "{{path}}"),
            ),
        ),
        "s",
    ),
    warm(
        Card(
            title="Durations of the runs that succeeded",
            description="How many runs a second ended ok or slow, by duration, over all paths.",
            width=12,
            height=11,
            ask=(Question(rate(SERVICE, "probe_run_duration_seconds_bucket", "le"), "{{le}}"),),
        )
    ),
    locations(),
)

OVERVIEW: Final = Board(
    name="overview",
    description="Which service is broken, and which half of it.",
    variables=("job", "instance", "service", "location"),
    panels=(TILES, SPLITS, *AVAILABILITY, STALE, SOONEST, PATHS, HISTORY),
    row=Row(OF_A_SERVICE),
)
