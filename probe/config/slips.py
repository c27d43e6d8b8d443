"""Values that are valid and look like a slip: a share for a percentage, a variable of a shell."""

import json
import re
from collections.abc import Iterator
from typing import Final

from probe.config.reading.document import Location, key_path
from probe.config.settings import Service
from probe.config.transaction.steps import Basic, Step
from probe.model.secret import Secret, reveal

_LEAST_PERCENT: Final = 50
"""Nobody promises less; what is smaller was written as a share."""

_SHELL: Final = re.compile(r"(?:[A-Za-z]+ )?\$([A-Z_][A-Z0-9_]+)")
"""A variable as a shell has it, alone or after the word of a credential: `Bearer $TOKEN`."""


def slips(service: Service) -> Iterator[str]:
    """A line for each."""
    objective = service.objective
    if objective is not None and objective.availability < _LEAST_PERCENT:
        yield (
            f"warning: {service.name}: an availability of {objective.availability:g} is in percent;"
            " write 99.9, not 0.999"
        )
    for path in service.paths:
        for number, step in enumerate(path.steps, start=1):
            for slip in _in_step(step, path.timeout):
                yield f"note: {service.name}/{path.name}: {step.name or f'step{number}'} {slip}"


def _in_step(step: Step, run_timeout_s: float) -> Iterator[str]:
    if step.timeout is not None and step.timeout > run_timeout_s:
        yield f"may take {step.timeout:g} s, but its run no more than {run_timeout_s:g} s"
    if "max_redirects" in step.model_fields_set and not step.follow:
        yield "follows no redirect, whatever max_redirects: allows; it needs follow: true"
    if step.bearer is not None and reveal(step.bearer).lower().startswith("bearer "):
        yield "sends the word Bearer twice; leave it out of bearer:"
    if _is_text_of_json(step.json_):
        yield "sends its json: as one string; write it as YAML, or use body:"
    for key in ("headers", "query", "form", "json_", "bearer", "basic", "digest"):
        for at, text in _texts(getattr(step, key), (key.rstrip("_"),)):
            if variable := _SHELL.fullmatch(text):
                name = variable[1]
                yield f"sends {key_path(at)} with ${name} as it stands; a secret is ${{env:{name}}}"


def _is_text_of_json(value: object) -> bool:
    """Whether `value` is a text that holds an object or a list."""
    if not isinstance(value, str | Secret):
        return False
    try:
        return isinstance(json.loads(reveal(value)), dict | list)
    except (ValueError, RecursionError):
        return False


def _texts(value: object, at: Location) -> Iterator[tuple[Location, str]]:
    """Each text of `value`, which stands at `at`, that came by no reference."""
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
