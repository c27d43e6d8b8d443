"""The commands: arguments in, exit statuses out, no logic.

Exit status 0 is success, 1 a failing target or expectation, 2 a wrong input, 3 a broken daemon.
Each command imports what it needs: a container asks for its health every few seconds, and that
must not load the daemon.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from probe.config.settings import ProbePath, Service, Settings
    from probe.simulator.scenario import Scenario

app = typer.Typer(
    help="Tells a control-plane outage from an API outage, within seconds.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
Config = Annotated[Path, typer.Argument(metavar="CONFIG", help="The configuration file (YAML).")]
WRONG_INPUT = 2
BROKEN = 3


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what a user can mend into its sentence and exit status 2."""
    from probe.config.errors import ConfigError
    from probe.reporting.journal.errors import JournalError
    from probe.running.history import HistoryError
    from probe.running.reports import ReportError
    from probe.running.sharding import ShareError
    from probe.running.starter import StarterError
    from probe.running.supervision import TaskEndedError
    from probe.running.trial import NoSuchChannelError
    from probe.simulator.reading import ScenarioError

    mendable = (
        ConfigError,
        JournalError,
        HistoryError,
        NoSuchChannelError,
        ReportError,
        ScenarioError,
        ShareError,
        StarterError,
    )
    try:
        yield
    except mendable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(WRONG_INPUT) from None
    except typer.Abort:
        typer.echo("\nno answer; give it as an option, see --help", err=True)
        raise typer.Exit(WRONG_INPUT) from None
    except OSError as error:
        typer.echo(f"cannot listen: {error.strerror or error}; choose another address", err=True)
        raise typer.Exit(WRONG_INPUT) from None
    except TaskEndedError as error:
        typer.echo(f"{error}: {error.__cause__!r}", err=True)
        raise typer.Exit(BROKEN) from error


@app.command()
def run(
    config: Config,
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="Of N processes, the one that runs part I, from 0.")
    ] = "",
    listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Answer here, whatever the file says.")
    ] = "",
) -> None:
    """Run the daemon until SIGTERM; SIGHUP loads the file anew."""
    from probe.reporting.log import configure as configure_log
    from probe.running import live
    from probe.running.sharding import share

    configure_log()
    with _explained():
        live.run_daemon(config, share(shard, listen))


@app.command()
def check(config: Config) -> None:
    """Validate a configuration; every problem is printed with file, line and key."""
    from probe.config.loading import load

    with _explained():
        settings = load(config)
    paths = sum(len(service.paths) for service in settings.services)
    typer.echo(f"{config}: fine, {len(settings.services)} service(s), {paths} path(s)")
    if not settings.connectivity.canaries:
        typer.echo("note: no canaries; without them our own network's faults look like theirs")


@app.command()
def once(
    config: Config,
    target: Annotated[str, typer.Argument(metavar="[SERVICE[/PATH]]")] = "",
) -> None:
    """Run paths once and show steps, phases, expectations and evidence."""
    from rich.console import Console

    from probe.config.loading import load
    from probe.reporting.log import configure as configure_log
    from probe.running import live, terminal

    configure_log()
    with _explained():
        settings = load(config)
        chosen = _chosen(settings, target)
        runs = live.run_once(settings, chosen)
    console = Console()
    for result in runs:
        console.print(terminal.run_report(result))
    raise typer.Exit(0 if all(result.outcome.succeeded for result in runs) else 1)


def _chosen(settings: "Settings", target: str) -> "list[tuple[Service, ProbePath]]":
    chosen = [
        (service, path)
        for service in settings.services
        for path in service.paths
        if target in {"", service.name, f"{service.name}/{path.name}"}
    ]
    if not chosen:
        known = ", ".join(f"{s.name}/{p.name}" for s in settings.services for p in s.paths)
        typer.echo(f"no path is called {target!r}; there are: {known}", err=True)
        raise typer.Exit(WRONG_INPUT)
    return chosen


@app.command()
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
    location: Annotated[str, typer.Option(help="Where this stands.")] = "",
    output: Annotated[Path, typer.Option(help="The file to write.")] = Path("probe.yaml"),
    *,
    force: Annotated[bool, typer.Option(help="Overwrite it.")] = False,
    run: Annotated[bool, typer.Option(help="Run every path once.")] = True,
) -> None:
    """Write a first configuration, asking for what the options leave open; check and run it."""
    from probe.running.questions import Wishes, completed
    from probe.running.starter import text, variables, write

    own = {"form-login": ("login_url", login_url), "rest-api": ("api_url", api_url)}
    own = {key: wish for key, wish in own.items() if wish[1]}
    given = (wish.partition("=") for wish in parameter or ())
    wishes = Wishes(
        presets=(*(preset or ()), *own),
        grade=grade,
        parameters={key: value for key, _, value in given} | dict(own.values()),
        location=location,
        name=name,
    )
    with _explained():
        start = completed(wishes)
        write(text(start), output, force=force)
    typer.echo(f"wrote {output}")
    if needed := variables(start):
        typer.echo(f"set before start: {', '.join(needed)}")
    check(output)
    if run:
        once(output)


ScenarioName = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A shipped scenario's name, or a YAML file.")
]


def _scenario(name: str) -> "Scenario":
    from probe.config.shipped import shipped
    from probe.simulator.scenario import load_scenario

    folder = shipped("scenarios")
    file = Path(name) if name.endswith((".yaml", ".yml")) else folder / f"{name}.yaml"
    if not file.is_file():
        known = ", ".join(sorted(path.stem for path in folder.glob("*.yaml")))
        typer.echo(f"no scenario is called {name!r}; shipped are: {known}", err=True)
        raise typer.Exit(WRONG_INPUT)
    return load_scenario(file)


@app.command()
def demo(
    scenario: Annotated[str, typer.Option(help="A shipped scenario, or a file.")] = "2026-03-02",
    speed: Annotated[float, typer.Option(min=1, help="Simulated seconds a real one.")] = 130,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The page's port.")] = 9632,
) -> None:
    """Watch an outage be caught: simulator, daemon and page in one, on a fast clock."""
    from rich.console import Console

    from probe.config.settings import Listen
    from probe.reporting.log import configure as configure_log
    from probe.running import terminal
    from probe.running.staging import Stage, play
    from probe.running.verification import misses

    configure_log(level=logging.CRITICAL)
    console = Console()
    with _explained():
        script = _scenario(scenario)
        with terminal.LiveView(script, console) as view:
            stage = Stage(
                speed=speed,
                listen=Listen(host="127.0.0.1", port=port),
                started=view.started,
                reporters=(view,),
            )
            recording = play(script, stage)
    missed = misses(script, recording)
    console.print(terminal.summary(script, recording, missed))
    raise typer.Exit(1 if missed else 0)


@app.command()
def simulate(
    scenario: ScenarioName,
    port: Annotated[int, typer.Option(min=0, max=65535)] = 9640,
    speed: Annotated[float, typer.Option(min=0.01, help="How fast its timeline runs.")] = 1,
) -> None:
    """Serve the stand-in provider with a scenario's faults, in real time."""
    from probe.running.simulating import run_simulator

    with _explained():
        script = _scenario(scenario)
        run_simulator(script, port, speed, lambda address: typer.echo(f"serving {address}"))


@app.command()
def replay(
    history: Annotated[str, typer.Argument(help="A scenario, or a CSV of recorded results.")],
    every: Annotated[
        float,
        typer.Option(help="CSV of changes: seconds between the samples that stood in between."),
    ] = 0,
) -> None:
    """Judge a scenario or a recorded history on a virtual clock: hours in seconds."""
    from rich.console import Console

    from probe.reporting.log import configure as configure_log
    from probe.running import terminal
    from probe.running.history import read_history
    from probe.running.replay import judge_history, sampled
    from probe.running.staging import Stage, play
    from probe.running.verification import misses

    configure_log(level=logging.CRITICAL)
    console = Console()
    with _explained():
        if history.endswith(".csv"):
            runs = read_history(Path(history))
            recording = judge_history(sampled(runs, every) if every else runs)
            console.print(terminal.history_summary(recording))
            return
        script = _scenario(history)
        recording = play(script, Stage())
    missed = misses(script, recording)
    console.print(terminal.summary(script, recording, missed))
    raise typer.Exit(1 if missed else 0)


@app.command()
def report(
    incident: Annotated[
        str, typer.Argument(metavar="[INCIDENT]", help="One incident, by its identifier.")
    ] = "",
    config: Annotated[Path | None, typer.Option(help="The configuration: journal, goals.")] = None,
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
    from probe.reporting.report.formats import FORMATS
    from probe.running.asking import Wish, asked

    with _explained():
        wish = Wish(
            incident=incident,
            config=config,
            journal=journal,
            since=since,
            until=until,
            month=month,
            form=form,
            zones=tuple(zone or ()),
        )
        text = FORMATS[wish.form](asked(wish))
        if output is None:
            sys.stdout.buffer.write(text.encode())
        else:
            output.write_bytes(text.encode())


@app.command()
def incidents(
    config: Annotated[Path | None, typer.Option(help="The configuration that names it.")] = None,
    journal: Annotated[Path | None, typer.Option(help="The journal, if no --config.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 20,
) -> None:
    """List incidents, newest first, with their lengths and worst verdicts."""
    from rich.console import Console

    from probe.running.asking import newest
    from probe.running.terminal import incident_table

    with _explained():
        found = newest(config, journal, limit)
    Console().print(incident_table(found))


@app.command()
def notify(
    config: Config,
    *,
    test: Annotated[bool, typer.Option("--test", help="Send a test message.")] = False,
    channel: Annotated[str, typer.Option(help="Only to the channel of this name.")] = "",
) -> None:
    """Send a test message to each channel of notifications, and say whether it was accepted."""
    from probe.config.loading import load
    from probe.model.clock import SYSTEM
    from probe.running.trial import chosen, tried

    if not test:
        typer.echo("nothing to do; --test sends a test message to each channel", err=True)
        raise typer.Exit(WRONG_INPUT)
    with _explained():
        settings = load(config)
        channels = chosen(settings, channel)
        problems = tried(settings, channels, SYSTEM)
    for each, problem in zip(channels, problems, strict=True):
        typer.echo(f"{each.name} ({each.kind}): {problem or 'accepted'}")
    raise typer.Exit(1 if any(problems) else 0)


@app.command()
def schema() -> None:
    """Print the JSON Schema of the configuration."""
    from probe.config.schema import schema as configuration_schema

    sys.stdout.write(configuration_schema())


@app.command()
def healthcheck(
    url: Annotated[
        str, typer.Option(help="The daemon's address; by default this machine's port 9632.")
    ] = "",
    cert_file: Annotated[
        Path | None, typer.Option(help="Shown to a daemon that asks for a certificate.")
    ] = None,
    key_file: Annotated[Path | None, typer.Option(help="Its key.")] = None,
) -> None:
    """Exit with 0 if the daemon answers that it is healthy."""
    from probe.running.health import HERE, UnhealthyError, health

    try:
        typer.echo(health((url,) if url else HERE, cert_file, key_file))
    except UnhealthyError as error:
        typer.echo(f"not healthy: {error}", err=True)
        raise typer.Exit(1) from None
