"""Whether a vendor's page itself can be read: judged like a path, separately from all paths."""

from dataclasses import dataclass, replace

from probe.judging.path import PathMemory, Rules, Sample, learn
from probe.judging.weight import weigh
from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.state import Plane, State
from probe.model.status import PathStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class PageMemory:
    """All that judging remembers of one page."""

    path: PathMemory
    status: PathStatus


def begin(service: str, path: str, now: float) -> PageMemory:
    """A page that has not been read yet."""
    status = PathStatus(
        service=service,
        path=path,
        plane=Plane.VENDOR,
        critical=False,
        state=State.UNKNOWN,
        since=now,
    )
    return PageMemory(path=PathMemory(), status=status)


def judge(memory: PageMemory, run: Run, *, fresh_until: float) -> PageMemory:
    """The page after `run`, whose evidence stands until `fresh_until`."""
    weight = weigh(run.outcome, credential_proven=False)
    sample = Sample(weight=weight, at=run.ended_at, run=run.id, fresh_until=fresh_until)
    path = learn(memory.path, sample, Rules())
    state = path.state_at(run.ended_at)
    known = memory.status
    began = run.ended_at if state is path.state else path.fresh_until
    status = replace(
        known,
        state=state,
        since=known.since if state is known.state else began,
        last_run=run,
        last_failure=known.last_failure if run.outcome is Outcome.OK else run,
        fresh_until=fresh_until,
    )
    return PageMemory(path=path, status=status)
