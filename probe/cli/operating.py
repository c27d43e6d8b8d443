"""Commands that configure a daemon, run it, and ask for its health."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli.absence import absent
from probe.cli.exits import FAILED, WRONG_INPUT, tell

if TYPE_CHECKING:
    from probe.config.path import ProbePath
    from probe.config.service import Service
    from probe.config.settings import Settings

Config = Annotated[Path, typer.Argument(metavar="CONFIG", help="The configuration file (YAML).")]


def run(
    config: Config,
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="Run shard I of N; I counts from 0.")
    ] = "",
    listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Listen here, whatever the file says.")
    ] = "",
) -> None:
    """Run the daemon until SIGTERM; SIGHUP loads the file anew."""
    with absent("rich", "greenlet"):  # structlog would import them: 4 MB that our log does not use
        from probe.reporting.log import configure as configure_log
        from probe.running import live
        from probe.running.sharding import share

    configure_log()
    live.run_daemon(config, share(shard, listen))


def check(config: Config) -> None:
    """Validate a configuration; every problem is printed with file, line and key."""
    from probe.config.advice import advice
    from probe.config.authorities import passed_over
    from probe.config.loading import load

    settings = load(config)
    paths = sum(len(service.paths) for service in settings.services)
    typer.echo(f"{config}: fine, {len(settings.services)} service(s), {paths} path(s)")
    for line in advice(settings, time.time()):
        typer.echo(line)
    for problem in passed_over():
        typer.echo(f"warning: {problem}")


def once(
    config: Config,
    target: Annotated[str, typer.Argument(metavar="SERVICE[/PATH]", help="By default all.")] = "",
) -> None:
    """Run paths once and show steps, phases, expectations and evidence."""
    from rich.console import Console

    from probe.cli.run_report import run_report
    from probe.config.loading import load
    from probe.reporting.log import configure as configure_log
    from probe.running.single_runs import run_once

    configure_log()
    settings = load(config)
    chosen = _chosen(settings, target)
    runs = run_once(settings, chosen)
    console = Console()
    for result in runs:
        console.print(run_report(result), soft_wrap=True)  # evidence is copied from here
    raise typer.Exit(0 if all(result.outcome.succeeded for result in runs) else FAILED)


def _chosen(settings: "Settings", target: str) -> "list[tuple[Service, ProbePath]]":
    chosen = [
        (service, path)
        for service in settings.services
        for path in service.paths
        if target in {"", service.name, f"{service.name}/{path.name}"}
    ]
    if not chosen:
        known = ", ".join(f"{s.name}/{p.name}" for s in settings.services for p in s.paths)
        tell(f"no path is called {target!r}; there are: {known}")
        raise typer.Exit(WRONG_INPUT)
    return chosen


def init(
    preset: Annotated[
        list[str] | None, typer.Option(help="A preset, or several that make one service.")
    ] = None,
    grade: Annotated[str, typer.Option(help="public, or account: with a credential.")] = "",
    parameter: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A preset's parameter.")
    ] = None,
    login_url: Annotated[str, typer.Option(help="Your own login page: preset form-login.")] = "",
    api_url: Annotated[str, typer.Option(help="Your own API: preset rest-api.")] = "",
    name: Annotated[str, typer.Option(help="The service's name.")] = "",
    location: Annotated[str, typer.Option(help="A label for this location, such as fra1.")] = "",
    output: Annotated[Path, typer.Option(help="The file to write.")] = Path("probe.yaml"),
    *,
    force: Annotated[bool, typer.Option(help="Overwrite it.")] = False,
    run: Annotated[bool, typer.Option(help="Run every path once.")] = True,
) -> None:
    """Write a first configuration, asking for what the options leave open; check and run it."""
    from probe.cli.questions import InitAnswers, completed
    from probe.config.starter import text, variables, write

    own = {"form-login": ("login_url", login_url), "rest-api": ("api_url", api_url)}
    own = {kind: (key, url) for kind, (key, url) in own.items() if url}
    given = (written.partition("=") for written in parameter or ())
    answers = InitAnswers(
        presets=(*(preset or ()), *own),
        grade=grade,
        parameters={key: value for key, _, value in given} | dict(own.values()),
        location=location,
        name=name,
    )
    start = completed(answers)
    write(text(start), output, force=force)
    typer.echo(f"wrote {output}")
    if needed := variables(start):
        typer.echo(f"set before start: {', '.join(needed)}")
    check(output)
    if run:
        once(output)


def notify(
    config: Config,
    *,
    test: Annotated[bool, typer.Option("--test", help="Send a test message.")] = False,
    channel: Annotated[str, typer.Option(help="Only to the channel of this name.")] = "",
) -> None:
    """Send a test message to each channel of notifications, and say whether it was accepted."""
    from probe.config.loading import load
    from probe.model.clock import SYSTEM
    from probe.running.telling.trial import chosen, tried

    if not test:
        tell("nothing to do; --test sends a test message to each channel")
        raise typer.Exit(WRONG_INPUT)
    settings = load(config)
    channels = chosen(settings, channel)
    problems = tried(settings, channels, SYSTEM)
    for each, problem in zip(channels, problems, strict=True):
        typer.echo(f"{each.name} ({each.kind}): {problem or 'accepted'}")
    raise typer.Exit(FAILED if any(problems) else 0)


def schema() -> None:
    """Print the JSON Schema of the configuration."""
    from probe.config.schema import schema as configuration_schema

    sys.stdout.write(configuration_schema())


def healthcheck(
    url: Annotated[
        str, typer.Option(help="The daemon's address; by default this machine's port 9632.")
    ] = "",
    cert_file: Annotated[
        Path | None, typer.Option(help="Client certificate, if the daemon asks for one.")
    ] = None,
    key_file: Annotated[Path | None, typer.Option(help="Its key.")] = None,
) -> None:
    """Exit with 0 if the daemon answers that it is healthy."""
    from probe.cli.health import UnhealthyError, health, here

    try:
        typer.echo(health((url,) if url else here(), cert_file, key_file))
    except UnhealthyError as error:
        tell(f"not healthy: {error}")
        raise typer.Exit(FAILED) from None
