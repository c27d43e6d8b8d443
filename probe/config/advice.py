"""Advice on a valid configuration: what is probably not as intended."""

import json
import re
from collections.abc import Iterator
from typing import Final

from probe.config.path import ProbePath
from probe.config.plan import planned_by_host
from probe.config.reading.document import Location, key_path
from probe.config.service import Service
from probe.config.settings import Settings
from probe.config.transaction.steps import Basic, Step
from probe.model.http_status import REDIRECTION
from probe.model.notification import Severity
from probe.model.secret import Secret, reveal
from probe.model.state import Verdict

_LEAST_PERCENT: Final = 50
"""Nobody promises less; a smaller number was meant as a fraction, such as 0.999."""

_SHELL: Final = re.compile(r"(?:[A-Za-z]+ )?\$([A-Z_][A-Z0-9_]+)")
"""A shell's variable, alone or after an authentication scheme: `Bearer $TOKEN`."""

_UNCHANGED: Final = (304, 304)
"""A single status in the range of redirects that leads nowhere: Not Modified."""

_IN_A_BODY: Final = frozenset({"json", "css", "regex"})
"""The sources of an extraction that only a body has."""


def advice(settings: Settings, now: float) -> Iterator[str]:
    """One line for each piece of advice; `now` is in seconds since the epoch."""
    yield from _on_canaries(settings)
    yield from _on_budgets(settings)
    yield from _on_channels(settings)
    for service in settings.services:
        yield from _on_service(service, now)
        for path in service.paths:
            yield from _on_path(service, path)


def _on_canaries(settings: Settings) -> Iterator[str]:
    canaries = settings.connectivity.canaries
    if not canaries:
        yield "note: no canaries; without them a fault of your own network is blamed on the service"
    elif not any(canary.named for canary in canaries):
        yield "note: no canary has a name; a fault of your own resolver is blamed on the service"


def _on_budgets(settings: Settings) -> Iterator[str]:
    fixed = settings.politeness.host_requests_per_minute
    for host, per_second in planned_by_host(settings).items():
        planned = 60 * per_second
        if fixed is not None and planned > fixed:
            yield (
                f"warning: {host} would be asked {planned:.4g} times a minute, and"
                f" host_requests_per_minute allows {fixed}: some paths will hardly run"
            )


def _on_channels(settings: Settings) -> Iterator[str]:
    for channel in settings.notifications:
        severe = channel.severity is Severity.CRITICAL
        if severe and Verdict.DEGRADED in channel.verdicts:
            yield (
                f"warning: the channel {channel.name} hears of no degraded, though it asks for it:"
                " severity: critical leaves that out"
            )


def _on_service(service: Service, now: float) -> Iterator[str]:
    if len({path.plane for path in service.paths}) == 1:
        yield (
            f"note: {service.name} has paths of the {service.paths[0].plane} plane alone: no split"
            " can be told, and when they are down the verdict is outage"
        )
    if service.components and service.status_page is None:
        yield f"note: {service.name} has components, and no status_page that tells of them"
    objective = service.objective
    if objective is not None and objective.availability < _LEAST_PERCENT:
        yield (
            f"warning: {service.name}: an availability of {objective.availability:g} is in percent;"
            " write 99.9, not 0.999"
        )
    for work in service.maintenance:
        if work.start(now) is None:
            yield (
                f"warning: {service.name}: the maintenance {work.name!r} is over and spares"
                " nothing; give it a time to come, or take it out"
            )


def _on_path(service: Service, path: ProbePath) -> Iterator[str]:
    name = f"{service.name}/{path.name}"
    if path.slow_after is not None and path.slow_after >= path.timeout:
        yield f"note: {name} times out before it could be slow"
    login = service.path(path.session or "")
    if login is not None and login.timeout > path.timeout:
        yield (
            f"note: {name} signs in by {login.name}, which may take {login.timeout:g} s, within its"
            f" own {path.timeout:g} s; give it as long, or no login that takes longer lets it in"
        )
    lines: dict[str, None] = {}
    for number, step in enumerate(path.steps, start=1):
        written = (step.name or f"step{number}").partition("/")[0]  # `token` of `token/login`
        for words in _on_step(step, path.timeout):
            lines[f"note: {name}: {written} {words}"] = None
    yield from lines


def _on_step(step: Step, run_timeout_s: float) -> Iterator[str]:
    if step.timeout is not None and step.timeout > run_timeout_s:
        yield f"may take {step.timeout:g} s, but its run no more than {run_timeout_s:g} s"
    if "max_redirects" in step.model_fields_set and not step.follow:
        yield "follows no redirect, whatever max_redirects: allows; it needs follow: true"
    yield from _on_what_no_answer_has(step)
    if step.bearer is not None and reveal(step.bearer).lower().startswith("bearer "):
        yield "sends the word Bearer twice; leave it out of bearer:"
    if _is_text_of_json(step.json_):
        yield "sends its json: as one string; write it as YAML, or use body:"
    for key in ("headers", "query", "form", "json_", "bearer", "basic", "digest"):
        for at, text in _texts(getattr(step, key), (key.rstrip("_"),)):
            if variable := _SHELL.fullmatch(text):
                name = variable[1]
                yield f"sends {key_path(at)} with ${name} as it stands; a secret is ${{env:{name}}}"


def _on_what_no_answer_has(step: Step) -> Iterator[str]:
    if step.follow and step.callback is None and _awaits_a_redirect(step):
        yield "follows redirects, and expects one as the last answer; take follow: out, or status:"
    if step.request.method == "HEAD" and _looks_at_a_body(step):
        yield "looks at the body of an answer that has none; ask by GET"
    if step.expect.certificate is not None and not step.follow and not _asks_by_tls(step):
        yield "expects a certificate where there is no TLS; ask by https://"


def _awaits_a_redirect(step: Step) -> bool:
    ranges = step.expect.status.ranges
    return _UNCHANGED not in ranges and all(
        low in REDIRECTION and high in REDIRECTION for low, high in ranges
    )


def _looks_at_a_body(step: Step) -> bool:
    sources = {source.source[0] for source in step.extract.values()}
    expected = step.expect.body is not None or bool(step.expect.json_)
    return expected or step.stream is not None or not _IN_A_BODY.isdisjoint(sources)


def _asks_by_tls(step: Step) -> bool:
    """Whether it may use TLS: where a form or an extracted URL leads is not known here."""
    return not reveal(step.request.url).lower().startswith("http://")


def _is_text_of_json(value: object) -> bool:
    """Whether `value` is text that contains a JSON object or list."""
    if not isinstance(value, str | Secret):
        return False
    try:
        return isinstance(json.loads(reveal(value)), dict | list)
    except (ValueError, RecursionError):
        return False


def _texts(value: object, at: Location) -> Iterator[tuple[Location, str]]:
    """Each text in `value`, except secrets, with its location; `at` is that of `value`."""
    match value:
        case str():
            yield at, value
        case Basic():
            yield from _texts({"user": value.user, "password": value.password}, at)
        case dict():
            for key, item in value.items():
                yield from _texts(item, (*at, key))
        case list():
            for number, item in enumerate(value):
                yield from _texts(item, (*at, number))
