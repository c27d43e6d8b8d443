"""A path's last run in blackbox_exporter's own families, for those who scrape `/probe`.

Names, help and meaning are those of its HTTP prober; what a run does not know is left out.
"""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest

from probe.model.outcome import Outcome, Phase
from probe.model.run import Run
from probe.model.status import PathStatus
from probe.reporting.metrics.last_run import certificate_expiry, phases, status_code


def families(status: PathStatus) -> bytes:
    """The text of a path's last run; empty when there is none or it saw nothing."""
    run = status.last_run
    if run is None or run.outcome is Outcome.UNOBSERVED:
        return b""
    return generate_latest(_Families(run))


class _Families:
    def __init__(self, run: Run) -> None:
        self._run = run

    def collect(self) -> Iterator[Metric]:
        run = self._run
        by_phase = phases(run)
        if Phase.RESOLVE in by_phase:
            yield _gauge(
                "probe_dns_lookup_time_seconds",
                "Returns the time taken for probe dns lookup in seconds",
                by_phase[Phase.RESOLVE],
            )
        yield _gauge(
            "probe_duration_seconds",
            "Returns how long the probe took to complete in seconds",
            run.duration_s,
        )
        yield _durations(by_phase)
        yield from self._http()
        expiry = certificate_expiry(run)
        if expiry is not None:
            yield _gauge(
                "probe_ssl_earliest_cert_expiry",
                "Returns last SSL chain expiry in unixtime",
                expiry,
            )
        yield _gauge(
            "probe_success",
            "Displays whether or not the probe was a success",
            float(run.outcome.succeeded),
        )

    def _http(self) -> Iterator[Metric]:
        hops = [hop for step in self._run.steps for hop in step.hops]
        redirects = len(hops) - sum(1 for step in self._run.steps if step.hops)
        yield _gauge("probe_http_redirects", "The number of redirects", redirects)
        yield _gauge(
            "probe_http_ssl",
            "Indicates if SSL was used for the final redirect",
            float(bool(hops) and hops[-1].url.startswith("https:")),
        )
        yield _gauge("probe_http_status_code", "Response HTTP status code", status_code(self._run))


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(name, documentation, value=value)


def _durations(by_phase: dict[Phase, float]) -> Metric:
    family = GaugeMetricFamily(
        "probe_http_duration_seconds",
        "Duration of http request by phase, summed over all redirects",
        labels=["phase"],
    )
    for phase, seconds in by_phase.items():
        family.add_metric([phase], seconds)
    return family
