"""What every target of every panel shows at four moments of 2 March, and why it must.

What the scenario determines is exact: states, counts, what the vendor says. What it determines by
minutes of failure is computed from these minutes. What depends on the latency of the stand-in, or
on the machine, has bounds. A single run of a fault that affects a share of them is decided by the
scenario's seed.
"""

from importlib.metadata import version
from itertools import starmap

import march_answers as seen
from shown import (
    DAEMON,
    NOTHING,
    Perhaps,
    Shown,
    Values,
    about,
    alone,
    each,
    everywhere,
    four,
    of_daemon,
    of_standin,
    seconds_since,
)

SILENT = "the demo notifies nobody"
ON_TIME = "time is virtual: every run starts when it is due"
EXPECTED: dict[tuple[str, str, str], Shown] = {
    ("overview", "Which half is broken", "A"): seen.VERDICT,
    ("overview", "Split now", "A"): alone(0, 1, 1, 0, "one service, split at both moments"),
    ("overview", "Login available", "A"): alone(1, 0, 0, 1, "down for more than half an hour"),
    ("overview", "API available", "A"): alone(
        1, 1, (0.01, 0.06), 1, "from 13:40 on two of its methods fail: impaired is not up"
    ),
    ("overview", "Stale probes", "A"): alone(0, 0, 0, 0, "the daemon ran throughout"),
    ("overview", "Soonest certificate", "A"): seen.EMPTY_TLS,
    ("overview", "Paths", "A"): seen.STATES,
    ("overview", "Verdicts over time", "A"): seen.VERDICT,
    ("overview", "Paths over time", "A"): seen.STATES,
    ("overview", "Availability by path", "A"): seen.AVAILABLE,
    ("overview", "Slowest twentieth of the runs that succeeded", "A"): seen.QUANTILES,
    ("overview", "Durations of the runs that succeeded", "A"): Shown(
        "le",
        *four(starmap(seen.durations, ((18, 18), (10, 10), (6, 8), (18, 18)))),
        "runs that ended ok",
    ),
    ("overview", "By location", "A"): seen.STATES,
    ("path", "Confirmed state", "A"): seen.STATES,
    ("path", "Last run", "A"): seen.LAST_RUNS,
    ("path", "Last run ended", "A"): everywhere(
        "", {"": (0, 65)}, "every half minute, every minute where it holds back"
    ),
    ("path", "HTTP status", "A"): seen.STATUSES,
    ("path", "Certificate expires in", "A"): seen.EMPTY_TLS,
    ("path", "Status page", "A"): of_standin(
        seen.OK, seen.OK, seen.OK, seen.OK, "the page itself never failed"
    ),
    ("path", "Each run, and what it was taken for", "A"): seen.STATES,
    ("path", "Each run, and what it was taken for", "B"): seen.LAST_RUNS,
    ("path", "Phases of the last run", "A"): everywhere(
        "phase",
        {"connect": 0, "processing": (0.05, 0.25), "transfer": (0.001, 0.05)},
        "a connection on loopback takes no virtual time, and nothing is resolved",
    ),
    ("path", "Duration of each step", "A"): seen.STEP_TIMES,
    ("path", "Steps", "A"): seen.STEPS,
    ("path", "HTTP status over time", "A"): seen.STATUSES,
    ("path", "Time to the first content", "A"): everywhere(
        "path", {"api_stream": (0.2, 0.8)}, "the one path that streams"
    ),
    ("path", "Longest gap in the stream", "A"): Shown(
        "path",
        {"api_stream": (0.049, 0.051)},
        {"api_stream": (0.049, 0.051)},
        {"api_stream": Perhaps((0.02, 0.051))},
        {"api_stream": (0.049, 0.051)},
        "the stand-in's own pace; less where the stream is cut before its longest gap",
    ),
    ("path", "Typical and slow runs that succeeded", "A"): seen.QUANTILES,
    ("path", "Typical and slow runs that succeeded", "B"): seen.QUANTILES,
    ("path", "Rate-limit budget left", "A"): Shown(
        "path",
        *four(
            dict.fromkeys(paths, about(0.9997, 0.0003))
            for paths in (
                ("api", "api_count_tokens", "api_messages", "api_stream"),
                ("api", "api_count_tokens", "api_messages", "api_stream"),
                ("api", "api_messages", "api_stream"),
                ("api", "api_count_tokens", "api_messages", "api_stream"),
            )
        ),
        "one of 4,000 requests a minute is gone; the answer that failed tells of no budget",
    ),
    ("path", "Runs skipped", "A"): seen.SKIPPED,
    ("path", "Runs by outcome", "A"): seen.OUTCOMES,
    ("self", "Monitors", "A"): of_daemon(1, "it ran throughout"),
    ("self", "Own network", "A"): everywhere("", NOTHING, "the demo has no canaries"),
    ("self", "Configuration", "A"): everywhere("location", {"demo": 1}, "read once, accepted"),
    ("self", "Configuration in use for", "A"): alone(
        *four(seconds_since(*["11:00"] * 4)), "the daemon began at 11:00"
    ),
    ("self", "Daemons by version", "A"): everywhere(
        "version", {version("splitprobe"): 1}, "one daemon"
    ),
    ("self", "Clock ahead by", "A"): of_daemon((-1, 1), "a Date has whole seconds"),
    ("self", "Schedule lag", "A"): everywhere("location", {"demo": (0, 0.001)}, ON_TIME),
    ("self", "Schedule lag", "B"): everywhere("location", {"demo": (0, 0.001)}, ON_TIME),
    ("self", "Runs skipped", "A"): seen.SKIPPED,
    ("self", "Event loop lag", "A"): of_daemon((0, 0.001), ON_TIME),
    ("self", "Runs in flight", "A"): of_daemon((0, 9), "a path has one run at a time, nearly"),
    ("self", "Cost of a scrape", "A"): of_daemon((1e-4, 5), "of the machine's own clock"),
    ("self", "Samples a scrape", "A"): of_daemon((9 * 30, 9 * (30 + 13) + 200), "30 a path"),
    ("self", "Memory", "A"): of_daemon((2e7, 2e9), "a Python process with its libraries"),
    ("self", "Processor", "A"): of_daemon((0, 10), "seconds of a processor in virtual time"),
    ("self", "Errors of our own", "A"): of_daemon(0, "a replay has no journal to fail"),
    ("self", "Errors of our own", "B"): of_daemon(0, "nor an event that waits"),
    ("self", "Notifications by result", "A"): everywhere("", NOTHING, SILENT),
    ("self", "Notifications waiting", "A"): everywhere("", NOTHING, SILENT),
    ("service", "Verdict", "A"): seen.VERDICT,
    ("service", "Verdict holds since", "A"): alone(
        *four(seconds_since("11:00", "11:50", "13:12", ("17:24", "17:40"))),
        "since the start, the first wave, the second one, some good logins after 17:24",
    ),
    ("service", "Objective", "A"): of_standin(
        0.999, 0.999, 0.999, 0.999, "the demo's configuration"
    ),
    ("service", "Error budget left, worst path", "A"): alone(*seen.LOGIN_LEFT, "that of the login"),
    ("service", "Vendor's page", "A"): of_standin(0, 0, 0, 0, "it speaks of trouble as we do"),
    ("service", "Availability and error budget by path", "A"): seen.AVAILABLE,
    ("service", "Availability and error budget by path", "B"): seen.LEFT,
    ("service", "Availability and error budget by path", "C"): seen.BURN_HOUR,
    ("service", "Availability and error budget by path", "D"): seen.BURN_SIX_HOURS,
    ("service", "Runs by outcome", "A"): seen.OUTCOMES,
    ("service", "Our verdict and the vendor's words", "A"): seen.VERDICT,
    ("service", "Our verdict and the vendor's words", "B"): Shown(
        "component",
        seen.vendor(),
        seen.vendor(web=14, page=14, console=13, code=12),
        seen.vendor(web=13, page=13, console=13, code=13, api=13),
        seen.vendor(),
        "the vendor's posts of 12:06, of 14:05 and of 17:55",
    ),
    ("service", "By location", "A"): seen.STATES,
    ("service", "Open alerts", "A"): everywhere("", NOTHING, "no alerting rules are loaded"),
    **{
        (dashboard, "Incidents", "annotation"): seen.INCIDENTS
        for dashboard in ("overview", "path", "self", "service")
    },
}

GONE: dict[tuple[str, str, str], tuple[str, Values]] = {
    ("overview", "Which half is broken", "A"): ("service", {"standin": 9}),
    ("overview", "Stale probes", "A"): ("", {"": 9}),
    ("overview", "Paths", "A"): ("path", each(3)),
    ("overview", "By location", "A"): ("path", each(3)),
    ("service", "Our verdict and the vendor's words", "B"): (
        "component",
        dict.fromkeys(seen.vendor(), 15),
    ),
    ("self", "Monitors", "A"): ("instance", {DAEMON: 0}),
}
"""What remains six minutes after the daemon was stopped."""
