"""What a run means to the gauges that blackbox_exporter has too."""

from probe.model.clock import Clock
from probe.model.outcome import Outcome
from probe.model.run import Run, StreamSeen
from probe.model.status import PathStatus
from probe.reporting.metrics import catalogue as c
from probe.reporting.metrics.block import Block


class LastRun:
    """The gauges of a path's last run: absent as soon as it is no longer fresh."""

    def __init__(self, block: Block, clock: Clock) -> None:
        self._block = block
        self._clock = clock
        self._shown: Run | None = None
        self._fresh_until = 0.0

    def restate(self, status: PathStatus) -> None:
        """Show the last run of the path."""
        self._fresh_until = status.fresh_until
        if status.last_run is not None and status.last_run is not self._shown:
            self._show(status.last_run)

    def refresh(self) -> None:
        """Hide what went stale."""
        if self._clock.now() > self._fresh_until:
            self._hide()

    def _hide(self) -> None:
        for family in c.OF_LAST_RUN:
            self._block.hide(family)

    def _show(self, run: Run) -> None:
        self._shown = run
        self._hide()
        self._block.set(c.LAST_RUN, run.ended_at)
        if run.outcome is Outcome.UNOBSERVED:
            return  # not observed is not failed: no success of 0
        self._block.set(c.SUCCESS, float(run.outcome.succeeded))
        self._block.set(c.DURATION, run.duration_s)
        self._block.set(c.STATUS_CODE, status_code(run))
        for phase, seconds in run.phases.items():
            self._block.set(c.PHASE_DURATION, seconds, phase)
        for step in run.steps:
            self._block.set(c.STEP_SUCCESS, float(step.outcome.succeeded), step.name)
            self._block.set(c.STEP_DURATION, step.duration_s, step.name)
        self._set_known(c.CERTIFICATE, run.certificate_expires_at)
        stream = run.stream or StreamSeen()
        self._set_known(c.FIRST_TOKEN, stream.first_token_s)
        self._set_known(c.STREAM_GAP, stream.longest_gap_s)
        self._set_known(c.QUOTA_LEFT, least_quota_left(run))

    def _set_known(self, family: c.Family, value: float | None) -> None:
        if value is not None:
            self._block.set(family, value)


def status_code(run: Run) -> int:
    """The status of the step that decided the run, 0 when there was no answer."""
    step = run.deciding_step
    return (step.evidence.status or 0) if step is not None else 0


def least_quota_left(run: Run) -> float | None:
    """The share left of the scarcest budget that the run's answers reported."""
    shares = [quota.ratio for step in run.steps for quota in step.quotas]
    return min((share for share in shares if share is not None), default=None)
