"""Mutants that mean the same as their rule, each with the reason; no test can detect them."""

from collections.abc import Mapping
from typing import Final

_ALL_ZERO: Final = (
    "stands in only where the left side is empty, which is where every location says 0: "
    "the greatest and the least of zeros are the same"
)
_EXTRAPOLATED: Final = (
    "an increase is extrapolated: whether it is exactly that number hangs on the range's edges, "
    "which Prometheus 2 and 3 count differently"
)
_INTERPOLATED: Final = (
    "both sides are interpolated within histograms: no counts make them the same number"
)
_NOW: Final = (
    "histogram_quantile(0.9, sum by (service, plane, path, le)"
    "(rate(probe_run_duration_seconds_bucket{}[30m])))"
)
_BEFORE: Final = (
    "0.25 + 2 * histogram_quantile(0.9, sum by (service, plane, path, le)"
    "(rate(probe_run_duration_seconds_bucket{}[1d] offset 30m)))"
)

_ALL_ONE: Final = "what group gives is 1: to count it and to sum it is the same"

EQUIVALENT: Final[Mapping[str, Mapping[str, str]]] = {
    "path:probe_path_state:majority": {
        "max by (service, plane, path)(location_path:probe_path_state:best{})"
        "  ->  min by (service, plane, path)(location_path:probe_path_state:best{})": _ALL_ZERO
    },
    "plane:probe_plane_state:majority": {
        "max by (service, plane)(location_plane:probe_plane_state:best{})"
        "  ->  min by (service, plane)(location_plane:probe_plane_state:best{})": _ALL_ZERO
    },
    "instance:probe_config_age_seconds:1h": {
        "count by (location)(group by (location, shard)(probe_shards{}))"
        "  ->  sum by (location)(group by (location, shard)(probe_shards{}))": _ALL_ONE
    },
    "ShardMissing-warning": {
        "count by (job, location)(group by (job, location, shard)(probe_shards{}))"
        "  ->  sum by (job, location)(group by (job, location, shard)(probe_shards{}))": _ALL_ONE
    },
    "LatencyRegression-warning": {
        f"{_NOW} > {_BEFORE}  ->  {_NOW} >= {_BEFORE}": _INTERPOLATED,
        "sum by (service, path)(increase(probe_run_duration_seconds_count{}[30m])) > 10"
        "  ->  sum by (service, path)(increase(probe_run_duration_seconds_count{}[30m])) >= 10": (
            _EXTRAPOLATED
        ),
        "sum by (service, path)(increase(probe_run_duration_seconds_count{}[1d] offset 30m)) > 100"
        "  ->  sum by (service, path)"
        "(increase(probe_run_duration_seconds_count{}[1d] offset 30m)) >= 100": _EXTRAPOLATED,
    },
}
