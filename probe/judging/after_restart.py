"""A restart is no recovery: what was reported stands until its paths have been judged again.

After a start, old evidence goes stale before enough new runs agree. A channel that heard of a
trouble is not told meanwhile that nothing is known, or that less is broken than before.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from probe.judging.incident import SEVERITY
from probe.model.notification import Message
from probe.model.state import State, Verdict
from probe.model.status import PathStatus, ServiceStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """When the daemon began to observe: `at`, or `earlier` for some paths, by service and path.

    After standing still it begins anew, but what was stale before that did not go stale by it: a
    machine that stands still every few seconds would never tell what it looks at in vain.
    """

    at: float = -math.inf
    earlier: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def of(self, path: PathStatus) -> float:
        """When the daemon began to observe `path`."""
        return self.earlier.get((path.service, path.path), self.at)

    def anew(self, paths: Iterable[PathStatus], stood_from: float, now: float) -> "Start":
        """The start after standing still, or a change of the clock, from `stood_from` to `now`."""
        earlier = {
            (path.service, path.path): min(self.of(path), now)
            for path in paths
            if path.fresh_until < stood_from
        }
        return Start(at=now, earlier=earlier)


def premature(told: Message | None, status: ServiceStatus, start: Start, now: float) -> bool:
    """Whether the verdict of `status` only means that paths have not been judged since the start.

    `unknown` only means that while it is true of every unknown path. A verdict milder than `told`,
    or with fewer planes down, only means that while it is true of a path that failed then, or when
    it was last known.
    """
    unknown = [path for path in status.paths if path.state is State.UNKNOWN]
    pending = {path.path for path in unknown if _pending(path, start, now)}
    if status.verdict is Verdict.UNKNOWN and unknown and len(pending) == len(unknown):
        return True
    if told is None or not told.stands:
        return False
    failed = {ailing.path for ailing in told.ailing}
    if status.verdict is Verdict.UNKNOWN:
        return not told.known_down <= status.known_down and not pending.isdisjoint(failed)
    if status.incident is not None:
        failed |= status.incident.failing
    milder = SEVERITY.index(status.verdict) < SEVERITY.index(told.verdict)
    return milder and not pending.isdisjoint(failed)


def in_vain(status: ServiceStatus, start: Start, now: float) -> bool:
    """Whether a path is unknown although it was run since the start."""
    return any(
        path.state is State.UNKNOWN and not _pending(path, start, now) for path in status.paths
    )


def _pending(path: PathStatus, start: Start, now: float) -> bool:
    """Whether an unknown path has no run since the start, or too few yet to settle its state."""
    looked = path.last_run is not None and path.last_run.ended_at >= start.of(path)
    return not looked or now <= path.fresh_until
