"""Commands that play or judge scripted and recorded outages."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from probe.cli.exits import FAILED, WRONG_INPUT, tell

if TYPE_CHECKING:
    from probe.simulator.scenario import Scenario

_EVERY_OF_A_SCENARIO: Final = "--every is for a CSV of changes; a scenario is played without it"
ScenarioName = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A shipped scenario's name, or a YAML file.")
]


def demo(
    scenario: Annotated[str, typer.Option(help="A shipped scenario, or a file.")] = "2026-03-02",
    speed: Annotated[float, typer.Option(min=1, help="Simulated seconds per real second.")] = 130,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The page's port.")] = 9632,
) -> None:
    """Watch an outage be caught: simulator, daemon and page in one, on a fast clock."""
    from rich.console import Console

    from probe.cli import terminal
    from probe.config.settings import Listen
    from probe.rehearsing.staging import Stage, play
    from probe.rehearsing.verification import misses
    from probe.reporting.log import configure as configure_log

    configure_log(level=logging.CRITICAL)
    console = Console()
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
    raise typer.Exit(FAILED if missed else 0)


def simulate(
    scenario: ScenarioName,
    port: Annotated[int, typer.Option(min=0, max=65535)] = 9640,
    speed: Annotated[
        float, typer.Option(min=0.01, max=1e6, help="Simulated seconds per real second.")
    ] = 1,
) -> None:
    """Serve the stand-in provider with a scenario's faults, in real time."""
    from probe.rehearsing.simulating import run_simulator

    script = _scenario(scenario)
    run_simulator(script, port, speed, lambda address: typer.echo(f"serving {address}"))


def replay(
    history: Annotated[
        str,
        typer.Argument(
            metavar="HISTORY",
            help="A scenario, or a CSV: its first service is the login.",
        ),
    ],
    every: Annotated[
        float | None,
        typer.Option(min=1, max=1e6, help="For a CSV of state changes: seconds between samples."),
    ] = None,
) -> None:
    """Judge a scenario or a recorded history on a virtual clock, faster than it took."""
    from rich.console import Console

    from probe.cli import terminal
    from probe.rehearsing.history import read_history
    from probe.rehearsing.replay import judge_history, sampled
    from probe.rehearsing.staging import Stage, play
    from probe.rehearsing.verification import misses
    from probe.reporting.log import configure as configure_log

    configure_log(level=logging.CRITICAL)
    console = Console()
    if history.endswith(".csv"):
        runs = read_history(Path(history))
        recording = judge_history(sampled(runs, every) if every else runs)
        console.print(terminal.history_summary(recording, runs))
        return
    if every:
        tell(_EVERY_OF_A_SCENARIO)
        raise typer.Exit(WRONG_INPUT)
    script = _scenario(history, "; a recorded history's name ends in .csv")
    recording = play(script, Stage())
    missed = misses(script, recording)
    console.print(terminal.summary(script, recording, missed))
    raise typer.Exit(FAILED if missed else 0)


def _scenario(name: str, hint: str = "") -> "Scenario":
    from probe.config.shipped import shipped
    from probe.simulator.scenario import load_scenario

    folder = shipped("scenarios")
    file = Path(name) if name.endswith((".yaml", ".yml")) else folder / f"{name}.yaml"
    if not file.is_file():
        known = ", ".join(sorted(path.stem for path in folder.glob("*.yaml")))
        yours = "the name of a file of yours ends in .yaml"
        tell(f"no scenario is called {name!r}; shipped are: {known}; {yours}{hint}")
        raise typer.Exit(WRONG_INPUT)
    return load_scenario(file)
