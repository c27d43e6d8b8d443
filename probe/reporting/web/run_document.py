"""A run in `/api/v1`: its deciding step, and what its answers reported besides."""

from typing import Any

from probe.model.run import Quota, Run, StreamSeen
from probe.reporting.times import rfc3339


def run_document(run: Run | None) -> dict[str, Any] | None:
    """What static/openapi.json describes as a Run."""
    if run is None:
        return None
    step = run.deciding_step
    evidence = None if step is None else step.evidence
    return {
        "id": run.id,
        "started_at": rfc3339(run.started_at) or None,
        "duration_seconds": run.duration_s,
        "outcome": run.outcome,
        "blame": run.blame,
        "confirmation": run.confirmation,
        "failed_step": run.failed_step,
        "failed_phase": run.failed_phase,
        "http_status": None if evidence is None else evidence.status,
        "leads_to": "" if evidence is None else evidence.leads_to,
        "error": "" if evidence is None else evidence.error,
        "failed_checks": [
            {"name": check.name, "expected": check.expected, "actual": check.actual}
            for check in run.failed_checks
        ],
        "excerpt": "" if evidence is None else evidence.excerpt,
        "stream": _stream(run),
        "quotas": _quotas(run),
    }


def _stream(run: Run) -> dict[str, Any] | None:
    return None if run.stream is None else _seen(run.stream)


def _seen(stream: StreamSeen) -> dict[str, Any]:
    return {
        "events": stream.events,
        "first_byte_seconds": stream.first_byte_s,
        "first_event_seconds": stream.first_event_s,
        "first_token_seconds": stream.first_token_s,
        "longest_gap_seconds": stream.longest_gap_s,
    }


def _quotas(run: Run) -> list[dict[str, Any]]:
    """What is left of each budget, by the last answer that reported it."""
    told: dict[str, Quota] = {quota.name: quota for step in run.steps for quota in step.quotas}
    return [
        {
            "name": quota.name,
            "remaining": quota.remaining,
            "limit": quota.limit,
            "reset_seconds": quota.reset_s,
        }
        for quota in told.values()
    ]
