"""All commands, in the order in which `probe --help` lists them."""

from importlib.metadata import version as version_of
from typing import Annotated

import typer

from probe.cli import looking_back, operating, rehearsing
from probe.cli.exits import explained

app = typer.Typer(
    help="Tells a control-plane outage from an API outage, within seconds.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for command in (
    operating.init,
    operating.check,
    operating.run,
    operating.once,
    rehearsing.demo,
    rehearsing.simulate,
    rehearsing.replay,
    looking_back.incidents,
    looking_back.report,
    operating.notify,
    operating.schema,
    operating.healthcheck,
):
    app.command()(explained()(command))


def _tell_version(asked: bool) -> None:  # noqa: FBT001 - Typer's signature
    if asked:
        typer.echo(f"splitprobe {version_of('splitprobe')}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Take the options that belong to no command."""
