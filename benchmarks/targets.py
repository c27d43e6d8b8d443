"""The same targets, interval and checks, written for the daemon and for blackbox_exporter."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PATHS_PER_SERVICE: Final = 5
TEXT: Final = "Welcome"
"""What both search the body for, with a regular expression."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """`count` paths below `base`, each requested every `interval_s`."""

    base: str
    count: int
    interval_s: float
    connection: str = "fresh"
    authority: Path | None = None

    @property
    def urls(self) -> list[str]:
        """Each target's URL; none is requested twice in an interval."""
        return [f"{self.base}/{number}" for number in range(self.count)]

    def services(self) -> list[dict[str, Any]]:
        """The services of the daemon's configuration: two control and three data paths each."""
        paths = [
            {
                "name": f"p{number % PATHS_PER_SERVICE}",
                "plane": "control" if number % PATHS_PER_SERVICE < 2 else "data",  # noqa: PLR2004 - two
                "steps": [
                    {
                        "request": f"GET {url}",
                        "expect": {"status": 200, "body": {"matches": TEXT}},
                    }
                ],
            }
            for number, url in enumerate(self.urls)
        ]
        return [
            {"name": f"s{begin // PATHS_PER_SERVICE}", "paths": paths[begin : begin + 5]}
            for begin in range(0, self.count, PATHS_PER_SERVICE)
        ]

    def daemon(self, file: Path, journal: Path | None = None) -> Path:
        """Write the daemon's configuration; `LISTEN` stands for its address."""
        tls = {"ca_file": str(self.authority)} if self.authority else {}
        settings = {
            "location": "bench",
            "listen": "LISTEN",
            **({"journal": str(journal)} if journal else {}),
            "defaults": {
                "interval": f"{self.interval_s:g}s",
                "timeout": "5s",
                "connection": self.connection,
                "tls": tls,
            },
            "services": self.services(),
        }
        file.write_text(json.dumps(settings), encoding="utf-8")
        return file

    def exporter(self, file: Path) -> Path:
        """Write blackbox_exporter's configuration."""
        http = {
            "valid_status_codes": [200],
            "fail_if_body_not_matches_regexp": [TEXT],
            "preferred_ip_protocol": "ip4",
            **({"tls_config": {"ca_file": str(self.authority)}} if self.authority else {}),
        }
        modules = {"site": {"prober": "http", "timeout": "5s", "http": http}}
        file.write_text(json.dumps({"modules": modules}), encoding="utf-8")
        return file

    def scraping_the_exporter(self, file: Path, exporter: str) -> Path:
        """Write the configuration of a Prometheus that has every target probed by `exporter`."""
        job = {
            "job_name": "exporter",
            "metrics_path": "/probe",
            "params": {"module": ["site"]},
            "static_configs": [{"targets": self.urls}],
            "relabel_configs": [
                {"source_labels": ["__address__"], "target_label": "__param_target"},
                {"source_labels": ["__param_target"], "target_label": "instance"},
                {"target_label": "__address__", "replacement": exporter},
            ],
        }
        return _scraping(file, job, self.interval_s)

    def scraping_the_daemon(self, file: Path, daemon: str, every_s: float) -> Path:
        """Write the configuration of a Prometheus that scrapes the daemon."""
        job = {"job_name": "daemon", "static_configs": [{"targets": [daemon]}]}
        return _scraping(file, job, every_s)


def _scraping(file: Path, job: dict[str, Any], every_s: float) -> Path:
    every = {"scrape_interval": f"{every_s:g}s", "scrape_timeout": f"{every_s:g}s"}
    text = json.dumps({"global": every, "scrape_configs": [job]})
    file.write_text(text, encoding="utf-8")
    return file
