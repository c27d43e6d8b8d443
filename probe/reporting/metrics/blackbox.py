"""A path's last run in blackbox_exporter's own families, for those who scrape `/probe`.

Names, help and meaning are those of its HTTP prober, zeros included: a phase that did not happen
takes 0 s here. Families about one answer describe the one that decided the run. What a run does not
know is left out.
"""

from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest

from probe.model import http_date
from probe.model.outcome import Outcome, Phase
from probe.model.run import Evidence, Run
from probe.model.status import PathStatus
from probe.reporting.metrics.last_run import status_code


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
        for name, (documentation, value_of) in _GAUGES.items():
            value = value_of(self._run)
            if value is not None:
                yield GaugeMetricFamily(name, documentation, value=value)
        yield self._durations()
        yield from self._tls_version()

    def _durations(self) -> Metric:
        family = GaugeMetricFamily(
            "probe_http_duration_seconds",
            "Duration of http request by phase, summed over all redirects",
            labels=["phase"],
        )
        by_phase = self._run.phases
        for phase in Phase:
            family.add_metric([phase], by_phase.get(phase, 0.0))
        return family

    def _tls_version(self) -> Iterator[Metric]:
        versions = [hop.tls_version for step in self._run.steps for hop in step.hops]
        known = [version.replace("v", " ") for version in versions if version]
        if known:
            documentation = "Returns the TLS version used or NaN when unknown"
            family = GaugeMetricFamily("probe_tls_version_info", documentation, labels=["version"])
            family.add_metric([known[-1]], 1)
            yield family


def _evidence(run: Run) -> Evidence:
    step = run.deciding_step
    return step.evidence if step is not None else Evidence()


def _header(run: Run, wanted: str) -> str:
    return next((value for name, value in _evidence(run).headers if name == wanted), "")


def _redirects(run: Run) -> float:
    return sum(len(step.hops) - 1 for step in run.steps if step.hops)


def _used_tls(run: Run) -> float:
    urls = [hop.url for step in run.steps for hop in step.hops]
    return bool(urls) and urls[-1].startswith("https:")


def _http_version(run: Run) -> float:
    return float(_evidence(run).http_version or 0)


def _content_length(run: Run) -> float:
    """The announced length: -1 if an answer has none, 0 without an answer."""
    announced = _header(run, "content-length")
    if announced.isdecimal():
        return float(announced)
    return -1 if status_code(run) else 0


def _body_length(run: Run) -> float | None:
    return _evidence(run).body_bytes if status_code(run) else 0


def _failed_by_text(run: Run) -> float:
    """Whether a check of the body or of a header failed the run, by a regex or by plain text."""
    failed = {check.name.partition(" ")[0] for check in _evidence(run).checks if not check.passed}
    return not run.outcome.succeeded and bool(failed & {"body", "header"})


def _last_modified(run: Run) -> float | None:
    return http_date.parse(_header(run, "last-modified"))


_GAUGES: Final[dict[str, tuple[str, Callable[[Run], float | None]]]] = {
    "probe_dns_lookup_time_seconds": (
        "Returns the time taken for probe dns lookup in seconds",
        lambda run: run.phases.get(Phase.RESOLVE, 0.0),
    ),
    "probe_duration_seconds": (
        "Returns how long the probe took to complete in seconds",
        lambda run: run.duration_s,
    ),
    "probe_failed_due_to_regex": ("Indicates if probe failed due to regex", _failed_by_text),
    "probe_http_content_length": ("Length of http content response", _content_length),
    "probe_http_last_modified_timestamp_seconds": (
        "Returns the Last-Modified HTTP response header in unixtime",
        _last_modified,
    ),
    "probe_http_redirects": ("The number of redirects", _redirects),
    "probe_http_ssl": ("Indicates if SSL was used for the final redirect", _used_tls),
    "probe_http_status_code": ("Response HTTP status code", status_code),
    "probe_http_uncompressed_body_length": (
        "Length of uncompressed response body",
        _body_length,
    ),
    "probe_http_version": ("Returns the version of HTTP of the probe response", _http_version),
    "probe_ssl_earliest_cert_expiry": (
        "Returns last SSL chain expiry in unixtime",
        lambda run: run.certificate_expires_at,
    ),
    "probe_success": (
        "Displays whether or not the probe was a success",
        lambda run: run.outcome.succeeded,
    ),
}
