"""A journal as a year of probing leaves it, made by SQL: to measure its size and its report.

By hand: PYTHONPATH=tests/reporting python tests/reporting/year_journal.py FILE [PATHS] [DAYS]
"""

import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from probe.config.settings import Retention
from probe.model.outcome import Outcome, Phase
from probe.model.run import Check, Evidence, Hop, Run, StepResult
from probe.model.state import Plane
from probe.reporting.journal.packing import packed
from probe.reporting.journal.rows import RUN, document_of
from probe.reporting.journal.store import Journal

INTERVAL_S = 30
DAY_S = 86_400
END = 1_772_323_200  # 2026-03-01 00:00:00 UTC
FAILED_EVERY = 100
_PHASES = {Phase.CONNECT: 0.0213, Phase.TLS: 0.0391, Phase.PROCESSING: 0.1872}
_EVIDENCE = Evidence(
    status=200,
    url="https://api.acme.example/v1/models",
    http_version="1.1",
    headers=(
        ("content-type", "application/json"),
        ("server", "cloudflare"),
        ("date", "Sun, 01 Feb 2026 09:31:17 GMT"),
        ("request-id", "req_4ebcad21d641cae6e2796e12"),
    ),
    body_bytes=324,
    checks=(Check(name="status", passed=True, expected="200", actual="200"),),
)
_STEPS = tuple(
    StepResult(
        name=name,
        outcome=Outcome.OK,
        duration_s=0.2476,
        phases=_PHASES,
        hops=(Hop(url=_EVIDENCE.url, status=200, phases=_PHASES, tls_version="TLSv1.3"),),
        evidence=_EVIDENCE,
    )
    for name in ("open", "submit")
)
GOOD = Run(
    id="38b7acf71234e182",
    service="acme",
    path="path-0",
    plane=Plane.DATA,
    started_at=1_772_300_000.385336,
    duration_s=0.49572,
    outcome=Outcome.OK,
    steps=_STEPS,
)
FAILED = replace(
    GOOD,
    outcome=Outcome.SERVER_ERROR,
    failed_step="submit",
    steps=tuple(
        replace(step, evidence=replace(_EVIDENCE, status=500, excerpt="it broke " * 40))
        for step in _STEPS
    ),
)
_COUNT = (
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :count - 1), "
    "p(path) AS (SELECT 0 UNION ALL SELECT path + 1 FROM p WHERE path < :paths - 1) "
)
_RUNS = _COUNT + (  # noqa: S608 - literals
    "INSERT INTO runs (service, path, started_at, ended_at, outcome, document) "
    "SELECT 'acme', 'path-' || path, :begin + i * :every + path, :begin + i * :every + path + 0.5, "
    ":outcome, :document FROM n, p"
)
_HOURS = _COUNT + (
    "INSERT INTO hours SELECT 'acme', 'path-' || path, :begin / 3600 + i, outcome, 60, 30.1, 0.9 "
    "FROM n, p, (SELECT 'ok' AS outcome UNION ALL SELECT 'server_error')"
)
_STATES = _COUNT + (  # noqa: S608 - literals
    "INSERT INTO states (service, path, since, until, state, plane, critical) "
    "SELECT 'acme', 'path-' || path, :begin + i * 21600 + path, :begin + (i + 1) * 21600 + path, "
    "CASE i % 4 WHEN 1 THEN 'down' WHEN 3 THEN 'impaired' ELSE 'up' END, "
    "CASE path % 2 WHEN 0 THEN 'control' ELSE 'data' END, path < 4 FROM n, p"
)


def fill(file: Path, paths: int, days: int) -> None:
    """Create `file` and insert what `days` of `paths` leave under the default retention."""
    Journal.open(file).close()
    kept = Retention()
    with closing(sqlite3.connect(file)) as journal, journal:
        for run, seconds, every in (
            (GOOD, kept.runs, INTERVAL_S),
            (FAILED, kept.failures, INTERVAL_S * FAILED_EVERY),
        ):
            span = min(seconds, days * DAY_S)
            values = {
                "count": int(span / every),
                "paths": paths,
                "begin": END - span,
                "every": every,
                "outcome": run.outcome,
                "document": packed(document_of(RUN, run)),
            }
            journal.execute(_RUNS, values)
        begin = END - days * DAY_S
        journal.execute(_HOURS, {"count": days * 24, "paths": paths, "begin": begin})
        journal.execute(_STATES, {"count": days * 4, "paths": paths, "begin": float(begin)})
        journal.execute("INSERT INTO last_successes SELECT DISTINCT service, path, 0, '' FROM runs")
    journal.close()


def main() -> None:
    """Fill the file and print how large it became."""
    file, *sizes = sys.argv[1:]
    paths, days = map(int, sizes) if sizes else (50, 365)
    began = time.monotonic()
    fill(Path(file), paths, days)
    size = Path(file).stat().st_size / 1e9
    sys.stdout.write(f"{size:.2f} GB after {time.monotonic() - began:.0f} s\n")


if __name__ == "__main__":
    main()
