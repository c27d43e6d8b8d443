"""PromQL over the raw metrics; no recording rule is needed.

Every selector carries the variables of its scope. A state is read in three steps: fresh series
only, one vote per location, a strict majority; what was known and has no majority is unknown.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from dashboards.source.words import (
    CLAIMS,
    IMPAIRED_ADDS,
    MAINTENANCE_ADDS,
    STATES,
    VERDICTS,
    Word,
    code_of,
)

MEMORY: Final = "7d:5m"
"""How long something that is no longer scraped keeps its place, grey. Looked up every 5 minutes,
the time that Prometheus itself remembers a sample: nothing in between is missed."""

BUDGET: Final = "30d:5m"
"""Looked up every 5 minutes too: a month of raw samples would be too much to load."""

BUDGET_SECONDS: Final = 30 * 86400
ALLOWED: Final = 0.001
"""The share of runs that may fail where nothing else is promised."""
NOT_JUDGED: Final = "throttled|quota_exhausted|challenged|unobserved|maintenance"
NOT_KNOWN: Final = "unknown|maintenance"
GOOD: Final = "ok|slow"
ASKED_TO_WAIT: Final = "retry_after|credential_backoff"
"""Why runs are skipped on purpose: the daemon holds its word for the time, as ProbeStale knows."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The variables by which a dashboard narrows a metric down."""

    variables: tuple[str, ...]

    def select(self, metric: str, *matchers: str) -> str:
        """A selector of `metric`, with `matchers` beside those of the variables."""
        own = (f'{name}=~"${name}"' for name in self.variables)
        return f"{metric}{{{', '.join([*own, *matchers])}}}"


PROCESS: Final = Scope(("job", "instance"))
MONITOR: Final = Scope(("job", "instance", "location"))
SERVICE: Final = Scope(("job", "instance", "service", "location"))
PATH: Final = Scope(("job", "instance", "service", "location", "path"))


@dataclass(frozen=True, slots=True)
class Judged:
    """A state set that daemons export about `identity`, its word in the label `label`."""

    metric: str
    label: str
    identity: tuple[str, ...]
    words: tuple[Word, ...]
    one_down: str = ""
    """A pattern of the values that one plane is down: they are told with how the other stands."""

    @property
    def unknown(self) -> int:
        """What stands for it when nobody knows."""
        return code_of(self.words, "unknown")


VERDICT: Final = Judged("probe_verdict", "verdict", ("service",), VERDICTS)
STANDING: Final = replace(VERDICT, one_down="control_plane_down|data_plane_down")
PATH_STATE: Final = Judged("probe_path_state", "state", ("service", "path"), STATES)
CLAIM: Final = Judged("probe_vendor_claim", "state", ("service", "component"), CLAIMS)


def decided(judged: Judged, scope: Scope) -> str:
    """The code on which a strict majority of the locations with a fresh run agrees.

    Where more than half agree, theirs is the median; where these differ about the other plane, the
    worse word.
    """
    what = ", ".join(judged.identity)
    votes = _votes(judged, scope)
    return (
        f"(ceil(quantile by ({what}) (0.5, {votes})) and on ({what})"
        f" (max by ({what}) (count by ({what}, {judged.label}) ({votes}))"
        f" > count by ({what}) ({votes}) / 2))"
        f" or on ({what}) {_unknown(judged, scope, judged.identity)}"
    )


def by_location(judged: Judged, scope: Scope) -> str:
    """The code that each location holds for true."""
    identity = (*judged.identity, "location")
    what = ", ".join(identity)
    votes = _votes(judged, scope)
    return f"max by ({what}) ({votes}) or on ({what}) {_unknown(judged, scope, identity)}"


def fresh(scope: Scope) -> str:
    """A series for each path that has not missed three runs, or was asked to wait."""
    last = scope.select("probe_last_run_timestamp_seconds")
    interval = scope.select("probe_interval_seconds")
    skipped = scope.select("probe_runs_skipped_total", f'reason=~"{ASKED_TO_WAIT}"')
    return (
        f"({last} > time() - 3 * {interval}"
        f" or {interval} and ignoring (reason) increase({skipped}[30m]) > 0)"
    )


def remembered(selector: str) -> str:
    """What was there within the memory or came just now, be it gone again."""
    return f"(last_over_time({selector}[{MEMORY}]) or {selector})"


def stale(scope: Scope, *by: str) -> str:
    """How many paths, seen from how many locations, have no fresh run."""
    what = "job, instance, location, service, path"
    known = f"group by ({what}) ({remembered(scope.select('probe_interval_seconds'))})"
    gone = f"{known} unless on ({what}) {fresh(scope)}"
    group = f" by ({', '.join(by)})" if by else ""
    return f"count{group} ({gone}) or 0 * count{group} ({known})"


def path_availability(scope: Scope, window: str, *by: str) -> str:
    """The share of its known time in which a path was up."""
    up, known = (
        scope.select("probe_path_state_seconds_total", state)
        for state in ('state="up"', f'state!~"{NOT_KNOWN}"')
    )
    return ratio(f"increase({up}[{window}])", f"increase({known}[{window}])", *by)


def plane_availability(scope: Scope, plane: str, window: str) -> str:
    """The share of its known time in which a plane was up: as of a path, and as in reports."""
    up, known = (
        scope.select("probe_plane_state", f'plane="{plane}"', state)
        for state in ('state="up"', f'state!~"{NOT_KNOWN}"')
    )
    return ratio(f"sum_over_time({up}[{window}])", f"sum_over_time({known}[{window}])")


def burn(scope: Scope, window: str, *by: str) -> str:
    """How many times faster than the objective allows runs failed; 1 spends the budget exactly.

    `service` is among `by`: each has its own objective. `window` says how often it is looked up.
    """
    failed = _counted(scope, f"{GOOD}|{NOT_JUDGED}", window)
    judged = _counted(scope, NOT_JUDGED, window)
    return f"({ratio(failed, judged, *by)}) / on (service) group_left () ({allowed(scope)})"


def allowed(scope: Scope) -> str:
    """The share of runs that may fail by the objective of each service."""
    promised = f"max by (service) ({remembered(scope.select('probe_objective_ratio'))})"
    known = f"group by (service) ({remembered(scope.select('probe_incident_open'))})"
    return f"1 - {promised} or on (service) {ALLOWED} * {known}"


def budget_left(scope: Scope, *by: str) -> str:
    """What is left of the failures that the objective allows in 30 days.

    The failures that were seen, weighed with how much of the 30 days was watched: a first bad
    hour spends an hour of the budget, not all of it for ever.
    """
    watched = scope.select("probe_path_state_seconds_total", f'state!~"{NOT_KNOWN}"')
    place = ", ".join(("job", "instance", "location", *by))
    seconds = f"sum by ({place}) (increase({watched}[{BUDGET}]))"
    share = f"avg by ({', '.join(by)}) ({seconds}) / {BUDGET_SECONDS}"
    return f"1 - {burn(scope, BUDGET, *by)} * ({share})"


def ratio(part: str, whole: str, *by: str) -> str:
    """The sum of `part` over that of `whole`."""
    group = f" by ({', '.join(by)})" if by else ""
    return f"sum{group} ({part}) / sum{group} ({whole})"


def rate(scope: Scope, counter: str, *by: str) -> str:
    """How often a second."""
    return f"sum by ({', '.join(by)}) (rate({scope.select(counter)}[$__rate_interval]))"


def quantile(scope: Scope, histogram: str, share: float, *by: str) -> str:
    """A quantile of what a histogram counted lately."""
    buckets = rate(scope, f"{histogram}_bucket", "le", *by)
    return f"histogram_quantile({share}, {buckets})"


def of_monitors(expression: str) -> str:
    """Those series of `expression` whose target is one of our daemons."""
    ours = remembered(MONITOR.select("probe_build_info"))
    return f"{expression} and on (job, instance) {ours}"


def _counted(scope: Scope, left_out: str, window: str) -> str:
    """How many runs each path had in `window`, without those of the outcomes `left_out`.

    Outcomes are summed before anything is counted over time, as the recorded rules do it: a rare
    outcome's series begins with its first run, which `increase` would miss.
    """
    runs = scope.select("probe_runs_total", f'outcome!~"{left_out}"')
    return f"increase(sum without (outcome) ({runs})[{window}])"


def _votes(judged: Judged, scope: Scope) -> str:
    """One code per location; of several daemons at one, the best word wins."""
    what = ", ".join((*judged.identity, "location"))
    held = f"({scope.select(judged.metric)} == 1) * 0"
    codes = f"{held} + on ({judged.label}) group_left () ({_table(judged.label, judged.words)})"
    if judged.one_down:
        codes += f" + {_other_plane(judged, scope)}"
    seen = f"on ({', '.join(_seen_by(judged))}) {fresh(scope)}"
    return f"bottomk by ({what}) (1, ({codes}) and {seen})"


def _other_plane(judged: Judged, scope: Scope) -> str:
    """What a vote that one plane is down adds for the other one; any other vote adds nothing."""
    where = ", ".join(("job", "instance", "location", *judged.identity))
    one_down = scope.select(judged.metric, f'{judged.label}=~"{judged.one_down}"')
    impaired, resting = (
        scope.select("probe_plane_state", f'state="{state}"')
        for state in ("impaired", "maintenance")
    )
    beside = f"{IMPAIRED_ADDS} * {impaired} or {MAINTENANCE_ADDS} * {resting}"
    return (
        f"on ({where}) group_left () (sum by ({where}) ({one_down}) * sum by ({where}) ({beside}))"
    )


def _seen_by(judged: Judged) -> Iterable[str]:
    """What a vote and the run that it rests on have in common."""
    shared = [name for name in judged.identity if name in {"service", "path", "plane"}]
    return ["job", "instance", "location", *shared]


def _table(label: str, words: Iterable[Word]) -> str:
    """The code of each word, as a vector to join with."""
    return " or ".join(
        f'label_replace(vector({word.code}), "{label}", "{word.value}", "", "")' for word in words
    )


def _unknown(judged: Judged, scope: Scope, identity: tuple[str, ...]) -> str:
    """The code of unknown for everything that was known within the memory."""
    one_each = scope.select(judged.metric, f'{judged.label}="unknown"')
    return f"{judged.unknown} * group by ({', '.join(identity)}) ({remembered(one_each)})"
