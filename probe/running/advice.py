"""What is valid in a configuration, and yet hardly what was meant."""

from collections.abc import Iterator

from probe.config.settings import Service, Settings
from probe.config.slips import slips
from probe.running.restraint.budgets import planned_by_host


def advice(settings: Settings, now: float) -> Iterator[str]:
    """A line for each."""
    yield from _on_canaries(settings)
    yield from _on_budgets(settings)
    for service in settings.services:
        yield from _on_paths(service)
        yield from slips(service)
        if service.components and service.status_page is None:
            yield f"note: {service.name} has components, and no status_page that tells of them"
        for work in service.maintenance:
            if work.start(now) is None:
                yield (
                    f"warning: {service.name}: the maintenance {work.name!r} is over and spares"
                    " nothing; give it a time to come, or take it out"
                )


def _on_canaries(settings: Settings) -> Iterator[str]:
    canaries = settings.connectivity.canaries
    if not canaries:
        yield "note: no canaries; without them our own network's faults look like theirs"
    elif not any(canary.named for canary in canaries):
        yield "note: no canary has a name; our resolver's faults look like theirs"


def _on_budgets(settings: Settings) -> Iterator[str]:
    fixed = settings.politeness.host_requests_per_minute
    for host, per_second in planned_by_host(settings).items():
        planned = 60 * per_second
        if fixed is not None and planned > fixed:
            yield (
                f"warning: {host} would be asked {planned:.4g} times a minute, and"
                f" host_requests_per_minute allows {fixed}: some paths will hardly run"
            )


def _on_paths(service: Service) -> Iterator[str]:
    if len({path.plane for path in service.paths}) == 1:
        yield (
            f"note: {service.name} has paths of the {service.paths[0].plane} plane alone: no split"
            " can be told, and when they are down the verdict is outage"
        )
    for path in service.paths:
        if path.slow_after is not None and path.slow_after >= path.timeout:
            yield f"note: {service.name}/{path.name} times out before it could be slow"
