"""What Prometheus scrapes; the only user of prometheus_client.

`catalogue` lists every family, `block` holds the series of one place and renders them, `path`,
`service`, `vendor`, `channel` and `own` say what events do to them, `last_run` what a run's gauges
mean, `blackbox` exports it as blackbox_exporter would, `exporter` is the whole. Nothing here
decides anything, and no label comes from a response.

How many series a path has: at most 30 besides its histogram while it has one step and no rare event
has happened to it; two more for each further step, one for each rarer outcome and skip reason once
seen, one after a Retry-After, three once it was in maintenance. The 18 outcomes and 6 skip reasons
of a path would alone take 24 of the 30, so that only the outcomes in `path.EXPECTED_OUTCOMES` exist
at 0 from the start. A rule that counts failures must not rely on `increase()` of a rarer one: its
runs before the first scrape are in no increase. These have no such gap:
`probe_path_state_seconds_total`, `probe_success`, and the counters of a service, which all exist
from the start. The schedule's lag is a histogram per service, because a second one per path would
not fit.
"""
