"""The rows of docs/outcomes.md: what is broken, and on which path it is observed.

A row is one line here. `fault` is one of the stand-in's (see probe/simulator/faults); `at` names a
server of `ENDPOINTS`, real nginx, that replaces the path's own; `everywhere` makes it replace all
paths' servers. `PYTHONPATH=tests python tests/scenarios/test_outcomes.py` writes the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakage:
    """One row before it is observed.

    `limits` are keys of the path (seconds) that only its broken rounds have, so that a machine that
    stalls for a moment breaks no other path. `canaries` name servers that are asked about our
    network, `clock_ahead_s` sets our clock wrong.
    """

    what: str
    path: str
    fault: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""
    everywhere: bool = False
    limits: Mapping[str, float] = field(default_factory=dict)
    canaries: tuple[str, ...] = ()
    clock_ahead_s: float = 0.0


def fault(what: str, path: str, on: str, kind: str, **more: object) -> Breakage:
    """A fault of the stand-in."""
    return Breakage(what=what, path=path, fault={"on": on, "kind": kind, **more})


def impatient(breakage: Breakage, **limits: float) -> Breakage:
    """The same, observed by a path with these limits."""
    return replace(breakage, limits=limits)


def endpoint(what: str, at: str) -> Breakage:
    """Another server in place of the `api` path's."""
    return Breakage(what=what, path="api", at=at)


ENDPOINTS: Final = {
    "portal": "return 302 http://portal.invalid/sign-in;",
    "no_content": "return 204;",
    "welcome": "return 200 'Welcome to our network';",
    "own_budget": "add_header x-ratelimit-remaining 0 always;"
    " add_header x-ratelimit-limit 60 always; return 429;",
    "shared_budget": "add_header x-ratelimit-remaining 59 always;"
    " add_header x-ratelimit-limit 60 always; return 429;",
    "github": "add_header x-ratelimit-remaining 0 always; return 403;",
    "unpaid": "return 402;",
    "google": """return 400 '{"error":{"details":[{"reason":"API_KEY_INVALID"}]}}';""",
    "amazon_wall": "add_header x-amzn-waf-action challenge always; return 202;",
    "moved": "return 301 https://elsewhere.invalid/;",
    "gone": "return 404;",
}
"""What nginx does in each server without TLS."""

CERTIFICATES: Final = ("untrusted", "expired", "not_yet_valid", "other_host")
NOWHERE: Final = {"refused": "http://127.0.0.1:{closed}", "unknown": "http://no-such-name.invalid"}

ROWS: Final = (
    fault("the login page answers 500", "login", "login_page", "status", status=500),
    fault("the login is refused by 500", "login", "login_submit", "status", status=500),
    fault("good credentials are refused", "login", "login_submit", "refuse_credentials"),
    fault("the login page is an empty shell", "login", "login_page", "empty_shell"),
    fault("the login page apologises with 200", "login", "login_page", "error_page"),
    fault("the login page redirects to a notice", "login", "login_page", "status", status=302),
    fault("the logout answers 500", "login", "logout", "status", status=500),
    fault("a bot wall stands before the login", "login", "login_page", "challenge"),
    fault("kept sessions end at once", "usage", "usage", "expire_sessions"),
    fault("the usage page lacks its numbers", "usage", "usage", "empty_shell"),
    fault("the usage page is throttled", "usage", "usage", "throttle", retry_after="5s"),
    fault("the account lost its history", "account", "account", "lose_history"),
    fault("the token endpoint answers 503", "token", "token", "status", status=503),
    fault("the console is down", "console", "console", "status", status=502),
    fault("the API answers 500", "api", "models", "status", status=500),
    fault("the API is overloaded (529)", "api", "models", "overload"),
    fault("the API refuses a good key", "api", "models", "refuse_credentials"),
    impatient(fault("the API is slow", "api", "models", "delay", delay="200ms"), slow_after=0.1),
    impatient(fault("the API never answers", "api", "models", "hang"), timeout=1.0),
    fault("the API resets the connection", "api", "models", "reset"),
    fault("the API closes without an answer", "api", "models", "close"),
    fault("the API answers what is not HTTP", "api", "models", "garbage"),
    fault("the answer is cut", "api", "models", "truncate"),
    fault("the answer is cut before it is sent, compressed", "api", "models", "cut_packed"),
    fault("the answer is reset half-way", "api", "models", "reset_body"),
    impatient(fault("the answer stalls half-way", "api", "models", "stall"), timeout=1.0),
    fault("a stream ends without its last event", "api_stream", "stream", "cut_stream"),
    fault("a stream carries an overload", "api_stream", "stream", "overloaded_event"),
    impatient(fault("a stream stalls", "api_stream", "stream", "stall"), timeout=1.0),
    fault("a stream is a web page", "api_stream", "stream", "error_page"),
    endpoint("nobody listens", "refused"),
    endpoint("the name is unknown", "unknown"),
    endpoint("the certificate is nobody's whom we trust", "untrusted"),
    endpoint("the certificate has expired", "expired"),
    endpoint("the certificate is not yet valid", "not_yet_valid"),
    endpoint("the certificate is another host's", "other_host"),
    endpoint("the API has moved", "moved"),
    endpoint("the model is gone (404)", "gone"),
    endpoint("429, and our own budget is empty", "own_budget"),
    endpoint("429, though our own budget is not", "shared_budget"),
    endpoint("403 for an empty budget, as GitHub does", "github"),
    endpoint("the bill is unpaid (402)", "unpaid"),
    endpoint("400 for a wrong key, as Google does", "google"),
    endpoint("a bot wall of Amazon's answers 202", "amazon_wall"),
    Breakage(
        what="the certificate has expired, by our clock that is two days ahead",
        path="api",
        at="expired",
        clock_ahead_s=2 * 86_400.0,
    ),
    Breakage(
        what="a captive portal answers for everybody",
        path="api",
        at="portal",
        everywhere=True,
        canaries=("portal", "welcome"),
    ),
    Breakage(
        what="nobody answers, no canary either",
        path="api",
        at="refused",
        everywhere=True,
        canaries=("refused",),
    ),
    Breakage(
        what="nobody answers, but the canaries do",
        path="api",
        at="refused",
        everywhere=True,
        canaries=("no_content",),
    ),
)
