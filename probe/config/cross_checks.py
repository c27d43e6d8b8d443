"""Checks that involve several keys: names that must be unique, names that must exist.

They read the raw data, so that an invalid value elsewhere does not hide a problem.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from probe.config.reading.document import Document, Location
from probe.config.transaction.oauth import GIVEN
from probe.config.transaction.steps import MADE, SUBJECT, VARIABLE
from probe.config.vendor import PAGE_PATH
from probe.model.claim import PAGE
from probe.model.secret import Secret, reveal


def cross_check(document: Document) -> None:
    """Report every contradiction between the parts of `document`."""
    services = _children(document.data, "services", ())
    _report_duplicates(document, services, "service")
    _check_channels(document, _by_name(services))
    for at, service in services:
        paths = _children(service, "paths", at)
        _report_duplicates(document, paths, "path")
        _check_vendor(document, at, service, _by_name(paths))
        _check_maintenance(document, at, service, _by_name(paths))
        for path_at, path in paths:
            _check_session(document, path_at, path, _by_name(paths))
            _check_steps(document, path_at, path, _by_name(paths))


def _children(parent: Any, key: str, at: Location) -> list[tuple[Location, dict[str, Any]]]:
    items = parent.get(key) if isinstance(parent, dict) else None
    if not isinstance(items, list):
        return []
    return [((*at, key, i), item) for i, item in enumerate(items) if isinstance(item, dict)]


def _by_name(items: list[tuple[Location, dict[str, Any]]]) -> dict[Any, dict[str, Any]]:
    """The items that have a name, by name."""
    return {item["name"]: item for _, item in items if isinstance(item.get("name"), str)}


def _report_duplicates(
    document: Document, items: list[tuple[Location, dict[str, Any]]], kind: str
) -> None:
    first: dict[str, int] = {}
    for at, item in items:
        name = item.get("name")
        if not isinstance(name, str):
            continue
        line = document.line((*at, "name"))
        if name in first:
            document.report(
                (*at, "name"),
                f"the {kind} name {name!r} is taken on line {first[name]}; names are unique",
            )
        first.setdefault(name, line)


def _check_channels(document: Document, services: dict[Any, dict[str, Any]]) -> None:
    """Report channels with the same name, and services that they name but that do not exist."""
    channels = _children(document.data, "notifications", ())
    _report_duplicates(document, channels, "channel")
    for at, channel in channels:
        asked = channel.get("services")
        for i, name in enumerate(asked if isinstance(asked, list) else ()):
            if isinstance(name, str) and name not in services:
                known = ", ".join(sorted(services)) or "none"
                message = f"no service is named {name!r}; there are: {known}"
                document.report((*at, "services", i), message)


def _check_vendor(
    document: Document, at: Location, service: dict[str, Any], paths: dict[Any, dict[str, Any]]
) -> None:
    """Report reserved and duplicate names around the status page, and its unknown paths."""
    if service.get("status_page") is not None and PAGE_PATH in paths:
        document.report(
            (*at, "status_page"), f"its reading is recorded as {PAGE_PATH!r}; rename that path"
        )
    components = service.get("components")
    taken = {PAGE}
    for key, component in components.items() if isinstance(components, dict) else ():
        here = (*at, "components", key)
        fields = component if isinstance(component, dict) else {"name": component}
        name, spoken_for = fields.get("name"), fields.get("paths")
        if isinstance(name, str) and name in taken:
            document.report(here, f"the name {name!r} is taken; components have names of their own")
        taken.add(name if isinstance(name, str) else PAGE)
        _report_unknown(document, (*here, "paths"), spoken_for, paths)


def _check_maintenance(
    document: Document, at: Location, service: dict[str, Any], paths: dict[Any, dict[str, Any]]
) -> None:
    works = _children(service, "maintenance", at)
    _report_duplicates(document, works, "maintenance")
    for work_at, work in works:
        _report_unknown(document, (*work_at, "paths"), work.get("paths"), paths)


def _report_unknown(
    document: Document, at: Location, named: Any, paths: dict[Any, dict[str, Any]]
) -> None:
    """Report each path in `named`, at location `at`, that the service does not have."""
    for i, path in enumerate(named if isinstance(named, list) else ()):
        if isinstance(path, str) and path not in paths:
            known = ", ".join(sorted(paths)) or "none"
            message = f"no path of this service is named {path!r}; there are: {known}"
            document.report((*at, i), message)


def _check_session(
    document: Document, at: Location, path: dict[str, Any], paths: dict[Any, dict[str, Any]]
) -> None:
    session = path.get("session")
    if not isinstance(session, str):
        return
    here = (*at, "session")
    if session not in paths:
        known = ", ".join(sorted(name for name in paths if name != path.get("name"))) or "none"
        document.report(here, f"no path of this service is named {session!r}; there are: {known}")
    elif paths[session].get("session") is not None:
        document.report(here, "a session is established by another path, one without a session")


def _check_steps(
    document: Document, at: Location, path: dict[str, Any], paths: dict[Any, dict[str, Any]]
) -> None:
    session = path.get("session")
    login = paths.get(session, {}) if isinstance(session, str) else {}
    known = {name for _, step in _children(login, "steps", ()) for name in _extracted(step)}
    known |= MADE | ({"totp"} if path.get("totp") is not None else set())
    steps = _children(path, "steps", at)
    _report_duplicates(document, steps, "step")
    for step_at, step in steps:
        for text_at, text in _texts(step, step_at):
            for name in VARIABLE.findall(reveal(text)):
                if text_at[len(step_at)] == "expect":
                    document.report(text_at, _NOT_FILLED_IN)
                elif name not in known:
                    document.report(text_at, _unknown_variable(name, text))
            if text_at[len(step_at)] not in _AS_WRITTEN and _holds_another_form(text):
                document.report(text_at, _ONLY_A_NAME)
        known |= _extracted(step)


_AS_WRITTEN: Final = frozenset({"expect", "extract", "body"})
"""The keys of a step whose texts may contain other braces."""

_OTHER_FORM: Final = re.compile(r"\{\{[^{}]*\}")
_ONLY_A_NAME: Final = (
    "a variable is {{ name }}: letters, digits and '_', no filter and no part of it; "
    "a secret is ${env:NAME}, and other braces go into body:"
)


def _holds_another_form(text: str | Secret) -> bool:
    """Whether `text` contains `{{ something | else }}`, which would be sent unchanged."""
    if isinstance(text, Secret) and not text.parts:
        return False
    written = VARIABLE.sub("", reveal(text))
    for part in text.parts if isinstance(text, Secret) else ():
        written = written.replace(part, "")
    return bool(_OTHER_FORM.search(written))


_NOT_FILLED_IN: Final = (
    "no variable is filled in here; expect a fixed text, or these very letters by "
    r"matches: '\{\{ name \}\}'"
)


def _unknown_variable(name: str, text: str | Secret) -> str:
    if isinstance(text, Secret):  # the name may be a part of the secret
        return "no earlier step extracts a variable that stands here"
    if name == "totp":
        return "a one-time code needs the key totp: on its path, with the shared secret"
    return f"no earlier step extracts {name!r}; add extract: {{{name}: ...}} to one"


def _extracted(step: dict[str, Any]) -> set[str]:
    extract = step.get("extract")
    given = set(GIVEN) if "oauth" in step else set()
    given |= {SUBJECT} if "oauth" in step or "id_token" in step else set()
    return given | set(extract) if isinstance(extract, dict) else given


def _texts(value: Any, at: Location) -> Iterator[tuple[Location, str | Secret]]:
    if isinstance(value, str | Secret):
        yield at, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*at, key))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _texts(item, (*at, i))
