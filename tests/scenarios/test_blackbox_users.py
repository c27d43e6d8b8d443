"""What people ask of blackbox_exporter's metrics, asked of `/probe` and of the exporter at once.

Both look at the same real server, a real Prometheus scrapes both with the usual relabelling, and
every expression stands here as its users write it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import pytest
import trustme
from processes import CHECKOUT, daemon, free_port, nginx_config, program, prometheus, tool, until

pytestmark = pytest.mark.scenario

SITE = """
  server {{
    listen 127.0.0.1:{http};
    listen 127.0.0.1:{https} ssl;
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.key;
    ssl_protocols TLSv1.3;
    root {folder}/www;
    location = /moved {{ return 302 /page.html; }}
    location = /broken {{ return 503; }}
    location = /slow.html {{ limit_rate 10k; output_buffers 1 2k; }}
  }}
"""
BLACKBOX = """
modules:
  http_2xx: {{prober: http, http: {{tls_config: {{ca_file: {folder}/ca.pem}}}}}}
  http_text: {{prober: http, http: {{fail_if_body_not_matches_regexp: [Welcome]}}}}
"""
STEPS = {
    "page": "{request: GET HTTP/page.html}",
    "secure": "{request: GET HTTPS/page.html}",
    "moved": "{request: GET HTTPS/moved, follow: true}",
    "broken": "{request: GET HTTP/broken}",
    "text": "{request: GET HTTP/page.html?text, expect: {body: {contains: Welcome}}}",
    "refused": "{request: GET REFUSED/}",
    "slow": "{request: GET HTTP/slow.html}",
}
TARGETS = {
    "page": ("http_2xx", "HTTP/page.html"),
    "secure": ("http_2xx", "HTTPS/page.html"),
    "moved": ("http_2xx", "HTTPS/moved"),
    "broken": ("http_2xx", "HTTP/broken"),
    "text": ("http_text", "HTTP/page.html?text"),
    "refused": ("http_2xx", "REFUSED/"),
    "slow": ("http_2xx", "HTTP/slow.html"),
}
JOB = """
  - job_name: {job}
    metrics_path: /probe
    scrape_interval: 3s
    scrape_timeout: 3s
    static_configs:
{targets}
    relabel_configs:
      - {{source_labels: [__address__], target_label: __param_target}}
      - {{source_labels: [__param_target], target_label: instance}}
      - {{target_label: __address__, replacement: "{address}"}}
"""

EQUAL = {
    # public collections of alerting rules
    "probe_success == 0": {"broken", "text", "refused"},
    "probe_http_status_code <= 199 OR probe_http_status_code >= 400": {"broken", "refused"},
    "avg_over_time(probe_http_duration_seconds[1m]) > 1": {"slow"},
    "avg_over_time(probe_duration_seconds[1m]) > 1": {"slow"},
    "probe_ssl_earliest_cert_expiry - time() < 86400 * 30": {"secure", "moved"},
    "round((last_over_time(probe_ssl_earliest_cert_expiry[10m]) - time()) / 86400, 0.1) < 20": {
        "secure",
        "moved",
    },
    "probe_ssl_earliest_cert_expiry - time() <= 0": set(),
    "avg_over_time(probe_success[30d]) * 100 < 99.9": {"broken", "text", "refused"},
    "probe_failed_due_to_regex == 1": {"text"},
    # dashboards 7587 and 13659 and their kin
    "probe_success": set(STEPS),
    "avg_over_time(probe_success[30d])": set(STEPS),
    "(sum_over_time(probe_success[5m]) / count_over_time(probe_success[5m])) * 100": set(STEPS),
    "probe_http_status_code": set(STEPS),
    "probe_http_version": set(STEPS),
    "probe_http_ssl": set(STEPS),
    "probe_http_redirects": set(STEPS),
    "probe_http_content_length": set(STEPS),
    "probe_http_uncompressed_body_length": set(STEPS),
    "probe_http_last_modified_timestamp_seconds": set(STEPS) - {"broken", "refused"},
    "probe_tls_version_info": {"secure", "moved"},
    "probe_ssl_earliest_cert_expiry - time()": {"secure", "moved"},
}
"""Expressions and the targets that both must answer for, with the same labels."""

TIMES = (
    "probe_duration_seconds",
    "probe_dns_lookup_time_seconds",
    "probe_http_duration_seconds",
    "avg by (phase, job) (probe_http_duration_seconds)",
    "sum by (instance, job) (probe_http_duration_seconds)",
    'probe_http_duration_seconds{phase="tls"} > 0',
    'probe_http_duration_seconds{phase="processing"} > 0',
    "quantile_over_time(0.95, probe_duration_seconds[5m])",
)
"""Expressions whose answers are times, which no two looks share: the series must agree."""

TAKEN_TIME = {expression for expression in EQUAL if "duration" in expression}
SLOW_BYTES = 18_000
"""They take 1.7 s, halfway between the second that people call slow and the time-outs: nginx sends
small buffers at its pace, but a large one at once and the next on the full second."""
LONGEST_S = 3.0
GUIDE = CHECKOUT / "docs/deploying.md"
Series = dict[frozenset[tuple[str, str]], float]


@dataclass(frozen=True)
class Answers:
    """A Prometheus that scrapes both."""

    address: str
    targets: dict[str, str]
    """From what the exporter calls a target to the path's name."""

    def ask(self, expression: str) -> dict[str, Series]:
        """The answer of each job, its instances by the path's name."""
        url = f"{self.address}/api/v1/query?query={quote(expression)}"
        with urlopen(url, timeout=10) as answer:
            result = json.loads(answer.read())["data"]["result"]
        found: dict[str, Series] = {"splitprobe": {}, "blackbox": {}}
        for each in result:
            labels = dict(each["metric"])
            labels.pop("__name__", None)
            series = found[labels.pop("job")]
            if "instance" in labels:
                name = labels["instance"]
                labels["instance"] = self.targets.get(name, name.removeprefix("site/"))
            series[frozenset(labels.items())] = float(each["value"][1])
        return found

    def names(self, job: str) -> set[str]:
        """The probe's metrics that `job` has; every scrape adds some of Prometheus' own."""
        selector = quote('{job="%s"}' % job)  # noqa: UP031 - braces and quotes as PromQL has them
        url = f"{self.address}/api/v1/label/__name__/values?match[]={selector}"
        with urlopen(url, timeout=10) as answer:
            found = json.loads(answer.read())["data"]
        return {name for name in found if name.startswith("probe_")}


def placed(text: str, addresses: dict[str, str]) -> str:
    """`text` with its stand-ins for addresses replaced, the longest first."""
    for name in sorted(addresses, key=len, reverse=True):
        text = text.replace(name, addresses[name])
    return text


def serve(folder: Path) -> dict[str, str]:
    """Write what nginx needs, its certificate good for ten days; returns where it will answer."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", not_after=datetime.now(UTC) + timedelta(days=10))
    authority.cert_pem.write_to_path(folder / "ca.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "server.pem")
    issued.private_key_pem.write_to_path(folder / "server.key")
    (folder / "www").mkdir()
    (folder / "www/page.html").write_text("a page\n")
    (folder / "www/slow.html").write_text("x" * SLOW_BYTES)
    ports = {"http": free_port(), "https": free_port()}
    nginx_config(folder, SITE.format(folder=folder, **ports))
    return {
        "HTTP": f"http://127.0.0.1:{ports['http']}",
        "HTTPS": f"https://127.0.0.1:{ports['https']}",
        "REFUSED": f"http://127.0.0.1:{free_port()}",
    }


def watching(folder: Path, addresses: dict[str, str]) -> Path:
    paths = "".join(
        f"      - {{name: {name}, plane: data, steps: [{placed(step, addresses)}]}}\n"
        for name, step in STEPS.items()
    )
    file = folder / "probe.yaml"
    file.write_text(
        "location: test\nlisten: LISTEN\n"
        "politeness: {host_requests_per_minute: 6000}\n"
        f"defaults: {{interval: 3s, timeout: 2500ms, tls: {{ca_file: {folder}/ca.pem}}}}\n"
        f"services:\n  - name: site\n    paths:\n{paths}"
    )
    return file


def scraping(folder: Path, ours: str, theirs: str, addresses: dict[str, str]) -> Path:
    jobs = {
        "splitprobe": (ours, {name: ("http_2xx", f"site/{name}") for name in STEPS}),
        "blackbox": (
            theirs,
            {name: (module, placed(url, addresses)) for name, (module, url) in TARGETS.items()},
        ),
    }
    text = "scrape_configs:"
    for job, (address, targets) in jobs.items():
        lines = [
            f'      - {{targets: ["{target}"], labels: {{__param_module: {module}}}}}'
            for module, target in targets.values()
        ]
        text += JOB.format(job=job, address=address, targets="\n".join(lines))
    file = folder / "prometheus.yaml"
    file.write_text(text)
    return file


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answers]:
    folder = tmp_path_factory.mktemp("site")
    addresses = serve(folder)
    (folder / "blackbox.yml").write_text(BLACKBOX.format(folder=folder))
    theirs = f"127.0.0.1:{free_port()}"
    exporter = (
        tool("prometheus-blackbox-exporter", "prometheus-blackbox-exporter"),
        f"--config.file={folder}/blackbox.yml",
        f"--web.listen-address={theirs}",
    )
    server = (tool("nginx", "nginx-light"), "-c", folder / "nginx.conf", "-e", "stderr")
    targets = {placed(url, addresses): name for name, (_, url) in TARGETS.items()}
    with (
        program(*server, log=folder / "nginx.log"),
        program(*exporter, log=folder / "blackbox.log"),
    ):
        until(lambda: urlopen(f"{addresses['HTTP']}/page.html").read(), 10, "nginx answers")
        until(lambda: urlopen(f"http://{theirs}/-/healthy").read(), 10, "the exporter answers")
        with daemon(watching(folder, addresses), log=folder / "daemon.log") as running:
            ours = running.address.removeprefix("http://")
            with prometheus(scraping(folder, ours, theirs, addresses), folder) as address:
                found = Answers(address, targets)
                until(lambda: both_are_scraped(found), 60, "both are scraped often enough")
                yield found


def both_are_scraped(answers: Answers) -> bool:
    """Four times, so that one bad moment decides no average."""
    seen = answers.ask("count by (job) (count_over_time(probe_duration_seconds[1m]) >= 4)")
    return all(list(series.values()) == [len(STEPS)] for series in seen.values())


def instances(series: Series) -> set[str]:
    return {dict(labels)["instance"] for labels in series}


@pytest.mark.parametrize("expression", EQUAL)
def test_both_answer_the_same(answers: Answers, expression: str) -> None:
    found = answers.ask(expression)
    assert instances(found["blackbox"]) == EQUAL[expression]
    if expression in TAKEN_TIME:
        assert found["splitprobe"].keys() == found["blackbox"].keys()
    else:
        assert found["splitprobe"] == found["blackbox"]


@pytest.mark.parametrize("expression", TIMES)
def test_both_time_the_same_things(answers: Answers, expression: str) -> None:
    found = answers.ask(expression)
    assert found["blackbox"]
    assert found["splitprobe"].keys() == found["blackbox"].keys()
    assert all(0 <= value < LONGEST_S for value in found["splitprobe"].values())


def test_the_guide_names_every_family_that_only_the_exporter_has(answers: Answers) -> None:
    names = {job: answers.names(job) for job in ("splitprobe", "blackbox")}
    assert names["splitprobe"] - names["blackbox"] == set()
    absent = names["blackbox"] - names["splitprobe"]
    (sentence,) = re.findall(r"Absent\sare\s(.*?)\.\s", GUIDE.read_text("utf-8"), re.DOTALL)
    assert absent == set(re.findall(r"`(probe_\w+)`", sentence))
