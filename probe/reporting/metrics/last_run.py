"""What a run means to the gauges that blackbox_exporter has too."""

from collections import defaultdict

from probe.model.outcome import Phase
from probe.model.run import Run, StreamSeen


def status_code(run: Run) -> int:
    """The status of the step that decided the run, 0 when there was no answer."""
    step = run.deciding_step
    return (step.evidence.status or 0) if step is not None else 0


def phases(run: Run) -> dict[Phase, float]:
    """Seconds by phase, over all steps; a phase that did not happen is not in it."""
    total: defaultdict[Phase, float] = defaultdict(float)
    for step in run.steps:
        for phase, seconds in step.phases.items():
            total[phase] += seconds
    return dict(total)


def certificate_expiry(run: Run) -> float | None:
    """When the first certificate that the run saw expires."""
    seen = [step.certificate_expires_at for step in run.steps]
    return min((at for at in seen if at is not None), default=None)


def stream(run: Run) -> StreamSeen:
    """What the run's first stream showed; without any, nothing."""
    return next((step.stream for step in run.steps if step.stream is not None), StreamSeen())


def least_quota_left(run: Run) -> float | None:
    """The share that is left of the scarcest budget that the run was told of."""
    shares = [quota.ratio for step in run.steps for quota in step.quotas]
    return min((share for share in shares if share is not None), default=None)
