"""Finer signatures beside the verdict: one function or one outcome each, in mappings."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.state import TROUBLED, Finding, Plane, State
from probe.model.status import PathStatus

CASCADE_AFTER_S = 30.0
"""The data plane must fail at least this much later; a common fault takes both within seconds."""

USAGE = "usage"
"""The one path name that has a meaning here.

By its plane, session and weight it looks like an account page or a console, of which it would be
false to say that only usage fails.
"""

Paths = Sequence[PathStatus]


def find(paths: Paths) -> frozenset[Finding]:
    """All signatures that `paths` show."""
    shown = {finding for finding, shows in SIGNATURES.items() if shows(paths)}
    failed = {path.last_failure.outcome for path in paths if path.last_failure and _bad(path)}
    ended = {path.last_run.outcome for path in paths if path.last_run}
    shown.update(finding for outcome, finding in OF_FAILURES.items() if outcome in failed)
    shown.update(finding for outcome, finding in OF_LAST_RUNS.items() if outcome in ended)
    return frozenset(shown)


def shown_by(failure: Run) -> tuple[Finding | None, bool]:
    """What findings depend on in the latest failure of a path that is impaired or down."""
    return OF_FAILURES.get(failure.outcome), _lacks_its_canary(failure)


def _bad(path: PathStatus) -> bool:
    return path.state in TROUBLED


def _of(paths: Paths, plane: Plane) -> list[PathStatus]:
    return [path for path in paths if path.plane is plane]


def _new_sessions_only(paths: Paths) -> bool:
    control = _of(paths, Plane.CONTROL)
    kept = [path for path in control if path.session]
    logins = {path.session for path in kept}
    return any(path.path in logins and path.state is State.DOWN for path in control) and (
        any(path.state is State.UP for path in kept)
        and all(path.state is not State.DOWN for path in kept)
    )


def _session_lost(paths: Paths) -> bool:
    """Content known to be in the account is missing in a session, while a new login works."""
    up = {path.path for path in paths if path.state is State.UP}
    return any(
        path.session in up and _bad(path) and _lacks_its_canary(path.last_failure) for path in paths
    )


def _lacks_its_canary(failure: Run | None) -> bool:
    if failure is None or failure.outcome is not Outcome.BAD_CONTENT:
        return False
    step = failure.deciding_step
    return step is not None and step.canary


def _usage_only(paths: Paths) -> bool:
    bad = {path.path for path in paths if _bad(path)}
    logins = [path for path in _of(paths, Plane.CONTROL) if path.critical and path.path != USAGE]
    return bad == {USAGE} and all(path.state is State.UP for path in logins)


def _auth_cascade(paths: Paths) -> bool:
    control = _down_since(paths, Plane.CONTROL)
    data = _down_since(paths, Plane.DATA)
    return control is not None and data is not None and data - control >= CASCADE_AFTER_S


def _down_since(paths: Paths, plane: Plane) -> float | None:
    down = (path.since for path in _of(paths, plane) if path.critical and path.state is State.DOWN)
    return min(down, default=None)


def _partial_data_plane(paths: Paths) -> bool:
    data = _of(paths, Plane.DATA)
    critical_down = any(path.critical and path.state is State.DOWN for path in data)
    some_up = any(path.state is State.UP for path in data)
    return some_up and not critical_down and any(_bad(path) for path in data)


def _credential_refused(paths: Paths) -> bool:
    """A path is unknown because it was refused, and not because its session's login fails."""
    refused = [path for path in paths if path.state is State.UNKNOWN and _was_refused(path)]
    return any(path.session not in {each.path for each in paths if _bad(each)} for path in refused)


def _was_refused(path: PathStatus) -> bool:
    last = path.last_run
    return last is not None and (last.outcome is Outcome.UNAUTHORIZED or last.perhaps_refused)


def _blind(paths: Paths) -> bool:
    runs = [path.last_run for path in paths if path.last_run is not None]
    return bool(runs) and all(run.outcome is Outcome.UNOBSERVED for run in runs)


SIGNATURES: Mapping[Finding, Callable[[Paths], bool]] = MappingProxyType(
    {
        Finding.NEW_SESSIONS_ONLY: _new_sessions_only,
        Finding.SESSION_LOST: _session_lost,
        Finding.USAGE_ONLY: _usage_only,
        Finding.AUTH_CASCADE: _auth_cascade,
        Finding.PARTIAL_DATA_PLANE: _partial_data_plane,
        Finding.CREDENTIAL_REFUSED: _credential_refused,
        Finding.BLIND: _blind,
    }
)

OF_FAILURES: Mapping[Outcome, Finding] = MappingProxyType(
    {
        Outcome.THROTTLED: Finding.THROTTLED,
        Outcome.OVERLOADED: Finding.OVERLOADED,
        Outcome.SLOW: Finding.SLOW,
    }
)
"""What the latest poor run of some impaired or down path shows."""

OF_LAST_RUNS: Mapping[Outcome, Finding] = MappingProxyType(
    {
        Outcome.CHALLENGED: Finding.CHALLENGED,
        Outcome.QUOTA_EXHAUSTED: Finding.QUOTA_EXHAUSTED,
    }
)
"""What the latest run of some path shows: our own problem, whatever the path's state."""
