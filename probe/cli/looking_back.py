"""Commands that read the past from the journal."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli.exits import tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from probe.model.report import Report


def report(
    incident: Annotated[
        str, typer.Argument(metavar="INCIDENT", help="One incident, by its identifier.")
    ] = "",
    config: Annotated[Path | None, typer.Option(help="The configuration file.")] = None,
    journal: Annotated[Path | None, typer.Option(help="The journal, if no --config.")] = None,
    since: Annotated[str, typer.Option(help="As 2026-03-02 or 2026-03-02T11:00Z; UTC.")] = "",
    until: Annotated[str, typer.Option(help="Likewise; by default now.")] = "",
    month: Annotated[str, typer.Option(help="A whole month, as 2026-03.")] = "",
    form: Annotated[
        str, typer.Option("--format", help="markdown, html, json or csv.")
    ] = "markdown",
    output: Annotated[Path | None, typer.Option(help="The file to write.")] = None,
    zone: Annotated[list[str] | None, typer.Option(help="As Europe/Berlin; UTC always.")] = None,
) -> None:
    """Report an incident or a period from the journal: what was observed, when, for how long."""
    from probe.recounting.request import ReportRequest, requested

    written = _format_named(form)
    request = ReportRequest(
        incident=incident,
        config=config,
        journal=journal,
        since=since,
        until=until,
        month=month,
        zones=tuple(zone or ()),
    )
    text = written(requested(request))
    if output is None:
        sys.stdout.buffer.write(text.encode())
    else:
        output.write_bytes(text.encode())


def _format_named(name: str) -> "Callable[[Report], str]":
    from probe.recounting.reports import ReportError
    from probe.reporting.report.formats import FORMATS

    if name not in FORMATS:
        raise ReportError(f"no format is called {name!r}; there are: {', '.join(FORMATS)}")
    return FORMATS[name]


def incidents(
    config: Annotated[Path | None, typer.Option(help="The configuration file.")] = None,
    journal: Annotated[Path | None, typer.Option(help="The journal, if no --config.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 20,
) -> None:
    """List incidents, newest first, with their lengths and worst verdicts."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    from probe.cli.terminal import listed_incidents
    from probe.recounting.request import newest

    found = newest(config, journal, limit)
    if not found:
        tell("no incidents")
    console = Console()
    for head, facts in listed_incidents(found):
        console.print(head, soft_wrap=True)  # the identifier is copied from here
        if console.is_terminal:
            console.print(Padding(facts, (0, 0, 0, 2)))
        else:
            console.print(Text("  ").append_text(facts), soft_wrap=True)  # padding would cut it
