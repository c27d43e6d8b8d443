"""Commands that play or judge scripted and recorded outages."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from probe.cli.exits import FAILED, WRONG_INPUT, tell

if TYPE_CHECKING:
    from probe.rehearsing.recording import Recording
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
    from probe.reporting.log import configure as configure_log

    configure_log(level=logging.CRITICAL)
    script = _scenario(scenario)
    with terminal.LiveView(script, Console()) as view:
        stage = Stage(
            speed=speed,
            listen=Listen(host="127.0.0.1", port=port),
            started=view.started,
            reporters=(view,),
        )
        recording = play(script, stage)
    _conclude(script, recording)


def simulate(
    scenario: ScenarioName,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The provider's port.")] = 9640,
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
    from probe.rehearsing.staging import Stage, play
    from probe.reporting.log import configure as configure_log

    configure_log(level=logging.CRITICAL)
    if history.endswith(".csv"):
        _judge(Path(history), every)
        return
    if every:
        tell(_EVERY_OF_A_SCENARIO)
        raise typer.Exit(WRONG_INPUT)
    script = _scenario(history, "; a recorded history's name ends in .csv")
    _conclude(script, play(script, Stage()))


def _judge(history: Path, every: float | None) -> None:
    from rich.console import Console

    from probe.cli.terminal import history_summary
    from probe.rehearsing.history import read_history
    from probe.rehearsing.replay import judge_history, sampled

    runs = read_history(history)
    recording = judge_history(sampled(runs, every) if every else runs)
    Console().print(history_summary(recording, runs))


def _conclude(script: "Scenario", recording: "Recording") -> None:
    """Show what was recorded; the exit status says whether the scenario's expectations held."""
    from rich.console import Console

    from probe.cli.terminal import summary
    from probe.rehearsing.verification import misses

    missed = misses(script, recording)
    Console().print(summary(script, recording, missed))
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
