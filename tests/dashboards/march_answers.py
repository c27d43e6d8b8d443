"""Answers of 2 March that several panels show, or that take several lines to say."""

import math

from shown import (
    MOMENTS,
    NOTHING,
    PATHS,
    Perhaps,
    Shown,
    Values,
    about,
    burnt,
    each,
    everywhere,
    four,
    left,
    of_standin,
)

NAN = math.nan
UP, IMPAIRED, DOWN = 0, 1, 2
FAILED, OK = 20, 21
EITHER = frozenset({20.0, 21.0})

VERDICT = of_standin(
    0,
    2,
    3,
    0,
    "the scenario expects a split at both moments between; at 14:10 methods of the API fail",
)
EMPTY_TLS = everywhere("", NOTHING, "the stand-in speaks plain HTTP")
STATES = Shown(
    "path",
    each(UP),
    each(UP, console=DOWN, login=DOWN, token=IMPAIRED, usage=IMPAIRED),
    each(
        UP,
        api_count_tokens=(IMPAIRED, DOWN),
        api_stream=(IMPAIRED, DOWN),
        console=(IMPAIRED, DOWN),
        login=DOWN,
        token=IMPAIRED,
        usage=IMPAIRED,
    ),
    each(UP),
    "each path's faults; an overloaded stream is impaired, so is a throttled path",
)
WITH_PAGE = {"status_page": OK}
LAST_RUNS = Shown(
    "path",
    {**each(OK), **WITH_PAGE},
    {**each(OK, console=FAILED, login=FAILED, token=FAILED, usage=FAILED), **WITH_PAGE},
    {
        **each(OK, console=EITHER, login=FAILED, token=FAILED, usage=FAILED),
        "api_count_tokens": FAILED,
        "api_stream": FAILED,
        **WITH_PAGE,
    },
    {**each(OK), **WITH_PAGE},
    "as the faults; half of the console's runs succeed at 14:10",
)
NOT_CHANGED = {"status_page": 304}
REFUSED = frozenset({500.0, 200.0, 0.0})
"""A failed login: a 500, an error page with 200, or no answer."""
STATUSES = Shown(
    "path",
    {**each(200, login=302), **NOT_CHANGED},
    {**each(200, console=503, login=REFUSED, token=429, usage=429), **NOT_CHANGED},
    {
        **each(200, console=frozenset({200, 503}), login=REFUSED, token=429, usage=429),
        "api_count_tokens": 503,
        **NOT_CHANGED,
    },
    {**each(200, login=302), **NOT_CHANGED},
    "a login ends with the redirect of who is logged out; a stream breaks off after its 200",
)
STEP_NAMES = (
    *("account history", "api models", "api_count_tokens count", "api_messages message"),
    *("api_stream stream", "console open", "status_page summary", "token refresh", "usage read"),
    *("login open", "login submit", "login logout", "login logged_out"),
)
ALL_STEPS = (*STEP_NAMES, "login home")
LOGIN_FAILS: Values = {
    "login open": EITHER,
    "login submit": Perhaps(FAILED),
    "login logout": FAILED,
    "login logged_out": OK,
}
"""A share of the login pages is broken; after such a page nothing is submitted."""
STEPS = Shown(
    "path step",
    dict.fromkeys(ALL_STEPS, OK),
    {
        **dict.fromkeys(STEP_NAMES, OK),
        **dict.fromkeys(("console open", "token refresh", "usage read"), FAILED),
        **LOGIN_FAILS,
    },
    {
        **dict.fromkeys(STEP_NAMES, OK),
        **dict.fromkeys(("api_count_tokens count", "api_stream stream"), FAILED),
        **dict.fromkeys(("token refresh", "usage read"), FAILED),
        "console open": EITHER,
        **LOGIN_FAILS,
    },
    dict.fromkeys(ALL_STEPS, OK),
    "the faults name the steps; home comes only after a submit that worked",
)
A_REQUEST, A_STREAM = (0.02, 0.25), (0.2, 1.0)
TIMED: Values = {**dict.fromkeys(STEP_NAMES, A_REQUEST), "api_stream stream": A_STREAM}
FAILING: Values = {**TIMED, "login submit": Perhaps((0.02, 8.5))}
STEP_TIMES = Shown(
    "path step",
    {**TIMED, "login home": A_REQUEST},
    FAILING,
    FAILING,
    {**TIMED, "login home": A_REQUEST},
    "what the stand-in takes for an answer and for a stream; a submit may hang until its deadline",
)
QUICK = each(A_REQUEST, login=(0.25, 1), api_stream=A_STREAM)
QUANTILES = Shown(
    "path",
    QUICK,
    {**QUICK, "console": NAN, "login": NAN, "token": NAN, "usage": NAN},
    {
        **QUICK,
        "console": Perhaps(A_REQUEST),
        **dict.fromkeys(("api_count_tokens", "api_stream", "login", "token", "usage"), NAN),
    },
    QUICK,
    "no number where no run succeeded: a failure that answers fast is no improvement",
)
AVAILABLE = Shown(
    "path",
    each(1),
    each(1, login=0, console=about(15 / 30, 0.05), token=(20 / 30, 0.85), usage=(11 / 30, 0.5)),
    each(
        1,
        api_count_tokens=(0, 0.05),
        api_stream=(0, 0.05),
        console=0,
        login=0,
        token=0,
        usage=0,
    ),
    each(1),
    "up until the console failed at 12:10, was throttled from 12:06 or 12:15, methods from 13:40;"
    " throttled once is not yet impaired",
)
LOGIN_LEFT = four(left("login", clock) for clock in MOMENTS.values())
LEFT = Shown(
    "path",
    *four({path: left(path, clock) for path in PATHS} for clock in MOMENTS.values()),
    "the minutes of each fault since 11:00, weighed with its share",
)
BURN_HOUR, BURN_SIX_HOURS = (
    Shown(
        "path",
        *four(burnt(clock, window) for clock in MOMENTS.values()),
        f"the minutes of failure among the last {window} that were watched",
    )
    for window in (60, 360)
)
SOME = Perhaps((0, 2))
OUTCOMES = Shown(
    "outcome",
    {"ok": 18},
    {"ok": 10, "throttled": 2, "server_error": (2, 4), "timed_out": SOME, "bad_content": SOME},
    {
        "ok": about(7, 1),
        "throttled": 2,
        "server_error": (2, 6),
        **dict.fromkeys(("bad_content", "connection_reset", "incomplete", "overloaded"), SOME),
    },
    {"ok": 18},
    "nine paths twice a minute, half of the console's at 14:10; what is throttled is asked half as"
    " often",
)
ONCE_SEEN = Perhaps(0)
SKIPPED = Shown(
    "reason",
    NOTHING,
    {"retry_after": 2, "overlap": ONCE_SEEN},
    {"retry_after": 2, "overlap": ONCE_SEEN, "host_budget": ONCE_SEEN},
    {"retry_after": 0, "overlap": ONCE_SEEN, "host_budget": ONCE_SEEN},
    "two throttled paths hold back every other run for 45 s; a reason once seen stays",
)
INCIDENTS = Shown(
    "service", NOTHING, {"standin": 1}, {"standin": 1}, NOTHING, "open from 11:49 to 17:35"
)
BOUNDS_S = ("0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "20.0", "30.0", "+Inf")


def durations(least: float, most: float) -> Values:
    """All within 2.5 s, some within less: how many per minute."""
    return {
        le: ((least if float(le) >= 2.5 else 0) / 60 - 1e-6, most / 60 + 1e-6) for le in BOUNDS_S
    }


def vendor(**components: int) -> Values:
    return {"api": 10, "code": 10, "console": 10, "page": 10, "web": 10, **components}
