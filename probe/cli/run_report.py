"""One run in full, as `probe once` shows it."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from probe.model.run import Quota, Run, StepResult, StreamSeen
from probe.reporting.times import length


def run_report(run: Run) -> RenderableType:
    """One run in full: steps, phases, expectations, evidence."""
    style = "green" if run.outcome.succeeded else "red"
    head = Text.assemble(
        (f"{run.service}/{run.path} ", "bold"),
        (run.outcome, style),
        f" in {run.duration_s * 1000:.0f} ms",
        f", {run.note}" if run.note else "",
    )
    return Group(head, *(_step(step) for step in run.steps))


def _step(step: StepResult) -> RenderableType:
    phases = "  ".join(f"{phase} {s * 1000:.1f}" for phase, s in step.phases.items())
    lines = [
        Text(f"  {step.name}: {step.outcome}, {step.duration_s * 1000:.1f} ms  ({phases})"),
        Text(f"    {step.evidence.status or 'no answer'} {step.evidence.url}{_led(step)}", "dim"),
    ]
    for check in step.evidence.checks:
        mark, style = ("✓", "green") if check.passed else ("✗", "red")
        lines.append(Text(f"    {mark} {check}", style))
    lines += [Text(f"    {words}", "dim") for words in _told(step)]
    if step.evidence.error:
        lines.append(Text(f"    {step.evidence.error}", "red"))
    if step.evidence.excerpt and not step.outcome.succeeded:
        lines.append(Text(f"    {step.evidence.excerpt}", "dim"))
    return Group(*lines)


def _led(step: StepResult) -> str:
    """The target of a redirect that was not followed."""
    return f" leads to {step.evidence.leads_to}" if step.evidence.leads_to else ""


def _told(step: StepResult) -> Iterator[str]:
    """What the response showed besides its content: a stream's times, and quotas."""
    if step.stream is not None:
        yield _stream(step.stream)
    yield from map(_quota, step.quotas)


def _stream(seen: StreamSeen) -> str:
    times = {
        "first byte": seen.first_byte_s,
        "first event": seen.first_event_s,
        "first token": seen.first_token_s,
        "longest gap": seen.longest_gap_s,
    }
    told = (f"{name} {s * 1000:.1f} ms" for name, s in times.items() if s is not None)
    return ", ".join([f"{seen.events} events", *told])


def _quota(quota: Quota) -> str:
    share = "" if quota.limit is None else f" of {quota.limit:,.0f}"
    reset = "" if quota.reset_s is None else f", anew in {length(quota.reset_s)}"
    return f"{quota.name}: {quota.remaining:,.0f}{share} left{reset}"
